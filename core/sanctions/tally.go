package sanctions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Tally is what a community knows of all its sanctions together: how many there were in each month, without names, and
// what is in force for whom.
type Tally struct {
	// Months has the counts of each month ("2026-03"): by kind, "rule " and the name of an automatic rule, or both.
	Months map[string]map[string]int `json:"months,omitempty"`
	// Open is what is in force, as the card's mirror has it, and whether an appeal waits.
	Open map[chat.MemberID]Listed `json:"open,omitempty"`
	// Next is when the counts are to be shown in the rooms.
	Next time.Time `json:"next,omitzero"`
	// Chats are those that have come and where what is in force is carried out, Behind the person it was last done for.
	Chats  []chat.Chat   `json:"chats,omitempty"`
	Behind chat.MemberID `json:"behind,omitempty"`
}

// Listed is one person's line of the list.
type Listed struct {
	Mirror string `json:"mirror,omitempty"`
	Appeal bool   `json:"appeal,omitempty"`
}

const (
	tallyTitle = "tally"
	// maxMonths is how many months are kept, maxRules how many automatic rules are counted apart in each.
	maxMonths = 13
	maxRules  = 30
	// enforcedAtOnce is how many people a chat that has come is brought up to date for in one go.
	enforcedAtOnce = 40
	// shownAt is the hour of the first of a month at which the counts are shown.
	shownAt = 9
)

// NewTally returns the rule of /modcounts, of the lists of what is in force, and of what a chat that comes must catch up with.
func NewTally() rule.Rule {
	return rule.Of[Tally]{
		Title: tallyTitle,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			key := string(c.ID) + "/tally"
			switch b := e.Body.(type) {
			case chat.Asked:
				switch b.Command {
				case "modcounts", "sanctions":
					return key, true
				case "tally":
					return key, e.By.Identity == chat.House()
				case "appeals":
					return key, len(b.Args) == 0
				}
			case chat.Due:
				return b.Key, true
			case chat.Linked, chat.Arrived, chat.Migrated:
				return key, c.ID != "" && !e.Private
			}
			return "", false
		},
		Fold: foldTally,
		Ask: []rule.Command{
			{Name: "sanctions", Level: chat.Moderator, Help: "help.sanctions"},
			{Name: "modcounts", Level: chat.Guest, Help: "help.modcounts"},
			{Name: "tally", Level: chat.Organiser},
		},
		Options: []rule.Setting{
			{Name: "modcounts", Default: "off", Values: []string{"on", "off"}, Help: "setting.modcounts"},
		},
	}
}

// counted lets a decision be counted.
func counted(kind Kind, ruleName string) chat.Effect {
	return byHouse("tally", "count", string(kind), ruleName)
}

// listed puts a person on the list of what is in force, or takes him off.
func (s Record) listed(who chat.MemberID) chat.Effect {
	appeal := ""
	if s.Appeal.Open {
		appeal = "appeal"
	}
	return byHouse("tally", "list", string(who), s.mirror(), appeal)
}

// unlisted takes a person off it who is no longer there.
func unlisted(who chat.MemberID) chat.Effect { return byHouse("tally", "list", string(who), "", "") }

func foldTally(c chat.Community, s Tally, e chat.Event) (Tally, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		switch b.Command {
		case "tally":
			return noteTally(c, s, e, b)
		case "sanctions":
			return s, closed(c, e, func(v rule.Voice) chat.Text { return listText(c, v, s, e.Now) })
		case "appeals":
			return s, closed(c, e, func(v rule.Voice) chat.Text { return appealsText(c, v, s) })
		}
		return s, []chat.Effect{rule.Reply(e, countsText(c, rule.Speak(c, e), s, e.Now))}
	case chat.Linked:
		return catchUp(c, s, e, b.Chat)
	case chat.Arrived:
		return catchUp(c, s, e, e.Chat)
	case chat.Migrated:
		return catchUp(c, s, e, b.To)
	case chat.Due:
		return tallyDue(c, s, e)
	}
	return s, nil
}

// noteTally counts a decision or changes the list.
func noteTally(c chat.Community, s Tally, e chat.Event, asked chat.Asked) (Tally, []chat.Effect) {
	switch {
	case len(asked.Args) == 3 && asked.Args[0] == "count":
		s = s.count(monthOf(c, e.Now), asked.Args[1], asked.Args[2])
	case len(asked.Args) == 4 && asked.Args[0] == "list":
		who, l := chat.MemberID(asked.Args[1]), Listed{Mirror: asked.Args[2], Appeal: asked.Args[3] != ""}
		s.Open = maps.Clone(s.Open)
		if s.Open == nil {
			s.Open = make(map[chat.MemberID]Listed)
		}
		s.Open[who] = l
		if l == (Listed{}) {
			delete(s.Open, who)
		}
	}
	if s.Next.IsZero() && c.ID != "" {
		s.Next = firstOfMonth(c, e.Now)
		return s, []chat.Effect{s.wake(c)}
	}
	return s, nil
}

// count adds one to a month, and forgets what is too old.
func (s Tally) count(month, kind, ruleName string) Tally {
	months := make(map[string]map[string]int, len(s.Months)+1)
	for m, counts := range s.Months {
		months[m] = maps.Clone(counts)
	}
	if months[month] == nil {
		months[month] = make(map[string]int)
	}
	months[month][kind]++
	if ruleName != "" {
		name := "rule " + clipped(ruleName, 40)
		if _, known := months[month][name]; known || len(months[month]) < maxRules {
			months[month][name]++
		}
	}
	names := slices.Sorted(maps.Keys(months))
	for _, old := range names[:max(0, len(names)-maxMonths)] {
		delete(months, old)
	}
	s.Months = months
	return s
}

func monthOf(c chat.Community, t time.Time) string { return t.In(c.Zone()).Format("2006-01") }

// firstOfMonth is when the counts of a time's month are complete and it is morning.
func firstOfMonth(c chat.Community, t time.Time) time.Time {
	local := t.In(c.Zone())
	return time.Date(local.Year(), local.Month()+1, 1, shownAt, 0, 0, 0, c.Zone())
}

// wake is for the first thing that waits.
func (s Tally) wake(c chat.Community) chat.Effect {
	return chat.Wake{Rule: tallyTitle, Key: string(c.ID) + "/tally", At: s.Next}
}

// countsText shows the counts of this month and the last.
func countsText(c chat.Community, v rule.Voice, s Tally, now time.Time) chat.Text {
	this := now.In(v.Zone)
	last := time.Date(this.Year(), this.Month(), 0, 12, 0, 0, 0, v.Zone)
	out := v.Say("counts.intro")
	for _, at := range []time.Time{this, last} {
		out = out.Append(chat.Plain("\n"), monthText(v, at, s.Months[monthOf(c, at)]))
	}
	return out
}

// monthText shows one month: how many of each kind, and how many of them no human has decided.
func monthText(v rule.Voice, at time.Time, counts map[string]int) chat.Text {
	out := v.Say("counts.month", "month", at.Format("2006-01"), "warn", counts[string(Warn)], "timeout", counts[string(Timeout)],
		"remove", counts[string(Removal)], "ban", counts[string(Ban)])
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if bare, ok := strings.CutPrefix(name, "rule "); ok {
			out = out.Append(chat.Plain("\n"), v.Say("counts.rule", "rule", bare, "n", counts[name]))
		}
	}
	return out
}

// tallyDue shows the counts where that is wanted, or goes on with what a chat must catch up with.
func tallyDue(c chat.Community, s Tally, e chat.Event) (Tally, []chat.Effect) {
	if c.ID == "" {
		return Tally{}, nil
	}
	if len(s.Chats) > 0 {
		return goOn(c, s, e)
	}
	var out []chat.Effect
	if !s.Next.IsZero() && !s.Next.After(e.Now) {
		month := s.Next.In(c.Zone()).AddDate(0, 0, -1)
		if c.Setting("modcounts", "off") == "on" {
			out = append(out, showCounts(c, month, s.Months[monthOf(c, month)])...)
		}
		s.Next = firstOfMonth(c, e.Now)
	}
	if s.Next.IsZero() {
		return s, out
	}
	return s, append(out, s.wake(c))
}

func showCounts(c chat.Community, month time.Time, counts map[string]int) []chat.Effect {
	var out []chat.Effect
	for _, room := range c.Rooms {
		if room.Settings[rule.Moderators] == "on" {
			continue
		}
		out = append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text {
			return v.Say("counts.intro").Append(chat.Plain("\n"), monthText(v, month, counts))
		})...)
	}
	return out
}

// catchUp carries out in a chat that has come what is in force.
func catchUp(c chat.Community, s Tally, e chat.Event, in chat.Chat) (Tally, []chat.Effect) {
	if len(s.Open) == 0 || slices.Contains(s.Chats, in) {
		return s, nil
	}
	s.Chats = append(slices.Clone(s.Chats), in)
	if len(s.Chats) > 1 {
		return s, nil // it is at it
	}
	s.Behind = ""
	return goOn(c, s, e)
}

// goOn does it for the next people of the list; then for the next chat.
func goOn(c chat.Community, s Tally, e chat.Event) (Tally, []chat.Effect) {
	var out []chat.Effect
	in := s.Chats[0]
	for _, who := range slices.Sorted(maps.Keys(s.Open)) {
		if who <= s.Behind || s.Open[who].Mirror == "" {
			continue
		}
		if len(out) == enforcedAtOnce {
			break
		}
		out = append(out, byHouse("enforce", string(who), in.String()))
		s.Behind = who
	}
	if len(out) < enforcedAtOnce {
		s.Chats, s.Behind = slices.Clone(s.Chats[1:]), ""
	}
	if len(s.Chats) == 0 {
		s.Chats = nil
		if s.Next.IsZero() {
			return s, out
		}
		return s, append(out, s.wake(c))
	}
	return s, append(out, chat.Wake{Rule: tallyTitle, Key: string(c.ID) + "/tally", At: e.Now.Add(time.Second)})
}

// listText shows moderators what is in force.
func listText(c chat.Community, v rule.Voice, s Tally, now time.Time) chat.Text {
	out := v.Say("list.intro")
	some := false
	for _, who := range slices.Sorted(maps.Keys(s.Open)) {
		card, there := c.Members.ByID(who)
		word, until, ok := mirrored(s.Open[who].Mirror)
		if !ok || !there || word == "break" || !until.IsZero() && !now.Before(until) {
			continue
		}
		kind := Timeout
		if word == "ban" {
			kind = Ban
		}
		some, card = true, named(card)
		out = out.Append(chat.Plain("\n"), v.Say("list.line", "name", card.Name, "handle", card.Handle, "what", holdText(v, kind, until)))
	}
	if !some {
		return v.Say("list.none")
	}
	return out
}

// appealsText shows moderators whose appeals wait.
func appealsText(c chat.Community, v rule.Voice, s Tally) chat.Text {
	var names []string
	handle := ""
	for _, who := range slices.Sorted(maps.Keys(s.Open)) {
		if card, ok := c.Members.ByID(who); ok && s.Open[who].Appeal {
			names = append(names, fmt.Sprintf("%s (@%s)", card.Name, card.Handle))
			handle = card.Handle
		}
	}
	if len(names) == 0 {
		return v.Say("appeals.empty")
	}
	return v.Say("appeals.list", "names", strings.Join(names, ", ")).Append(chat.Plain("\n"), v.Say("appeals.how", "handle", handle))
}
