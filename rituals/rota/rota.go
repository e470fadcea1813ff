// Package rota passes small jobs on among volunteers: greeter, note-taker, curator, moderator on duty. It knows who would do
// what, whose turn it is and who was asked; it does not know what is done on duty. Others see who is on duty from the member's
// setting "duty": the roles' words, separated by spaces.
//
// Flow: a role turns by a recurrence (Mondays at nine unless an organiser says otherwise). Two days before, whoever comes next
// is asked in private and says yes or not this time; after a day without a word the next one is asked. Nobody is put on duty
// without a yes.
//
// Why there is an account and not a list (fair.go): whoever is away keeps their place, but a list alone would then ask somebody
// who is here every other week as often as one who is always here. So each turn is shared out among those who could have had
// it, and whoever has it pays for it; next is who is owed most. Where all are here it is the same as the list.
package rota

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state and timer are kept under it.
const title = "rota"

// The commands.
const (
	commandRota   = "rota"
	commandAnswer = "rotaanswer" // only chosen
)

const (
	// settingDuty is the member's setting that says what they are on duty for; settingLine the community's, whether it is
	// said in the room.
	settingDuty = "duty"
	settingLine = "dutyline"
	// askTag begins the tags of the questions to volunteers: "rota:7".
	askTag    = "rota:"
	logRhythm = "rhythm"
	// check is how long after a pause or a sanction we look whether it has taken effect.
	check = time.Minute
)

// State is what is kept of one community.
type State struct {
	Roles map[string]*Role `json:"roles,omitempty"`
	Swaps []Swap           `json:"swaps,omitempty"`
	// Count numbers what is asked.
	Count int `json:"count,omitempty"`
	// Check is when we look whether those on duty still can be.
	Check time.Time `json:"check,omitzero"`
	// Woken is when the timer is set for.
	Woken time.Time `json:"woken,omitzero"`
}

// Role is one job and those who do it.
type Role struct {
	// Rule is the recurrence by which it turns, Start its first date and time on the wall; empty = Mondays at nine.
	Rule  string      `json:"rule,omitempty"`
	Start string      `json:"start,omitempty"`
	List  []Volunteer `json:"list,omitempty"`
	Now   Turn        `json:"now,omitzero"`
	Next  Turn        `json:"next,omitzero"`
	// Past are the turns of the last weeks, the oldest first.
	Past []Served `json:"past,omitempty"`
}

// Volunteer is a member who would do it.
type Volunteer struct {
	Who   chat.MemberID `json:"who"`
	Since time.Time     `json:"since"`
	Last  time.Time     `json:"last,omitzero"` // began a turn
	// Owed is the part of turns that they are owed, in millionths; less than nothing if they have done more.
	Owed int `json:"owed,omitempty"`
	// Silent is how many questions in a row they have not answered.
	Silent int `json:"silent,omitempty"`
}

// Turn is one time on duty, and how far it is settled who has it.
type Turn struct {
	From  time.Time     `json:"from,omitzero"`
	Until time.Time     `json:"until,omitzero"`
	Who   chat.MemberID `json:"who,omitempty"` // has said yes
	// Asked has been asked, by the question N, and has not answered yet.
	Asked chat.MemberID `json:"asked,omitempty"`
	N     int           `json:"n,omitempty"`
	At    time.Time     `json:"at,omitzero"`
	// Passed will not have it this time.
	Passed []chat.MemberID `json:"passed,omitempty"`
	// Wait: nobody is written to before, because it is night where they are.
	Wait time.Time `json:"wait,omitzero"`
	// Told: the moderators know that nobody is left to ask. Warned: they know what else is wrong with it.
	Told   bool `json:"told,omitempty"`
	Warned bool `json:"warned,omitempty"`
	// Paid: whoever has it has paid for it.
	Paid bool `json:"paid,omitempty"`
}

// Served is a turn that somebody had.
type Served struct {
	Who   chat.MemberID `json:"who"`
	From  time.Time     `json:"from"`
	Until time.Time     `json:"until"`
}

// maxTold is how many turns somebody is shown who asks what is kept.
const maxTold = 20

// mine is what a member sees of what is kept of them: what they volunteer for, and their turns, by their beginnings.
func (s State) mine(who chat.MemberID) any {
	type role struct {
		Role   string    `json:"role"`
		Since  time.Time `json:"since"`
		Owed   float64   `json:"turns_owed,omitempty"`
		Silent int       `json:"questions_not_answered,omitempty"`
	}
	type turn struct {
		Role  string    `json:"role"`
		What  string    `json:"what"`
		From  time.Time `json:"from"`
		Until time.Time `json:"until,omitzero"`
	}
	var out struct {
		Roles []role `json:"volunteers_for,omitempty"`
		Turns []turn `json:"turns,omitempty"`
	}
	for id, r := range s.Roles {
		for _, v := range r.List {
			if v.Who == who {
				out.Roles = append(out.Roles, role{Role: id, Since: v.Since, Owed: float64(v.Owed) / 1e6, Silent: v.Silent})
			}
		}
		for _, p := range r.Past {
			if p.Who == who {
				out.Turns = append(out.Turns, turn{id, "had", p.From, p.Until})
			}
		}
		for _, t := range []Turn{r.Now, r.Next} {
			switch {
			case t.Who == who:
				out.Turns = append(out.Turns, turn{id, "said yes", t.From, t.Until})
			case t.Asked == who:
				out.Turns = append(out.Turns, turn{id, "asked", t.From, t.Until})
			case slices.Contains(t.Passed, who):
				out.Turns = append(out.Turns, turn{id, "passed", t.From, t.Until})
			}
		}
	}
	for _, x := range s.Swaps {
		switch who {
		case x.By:
			out.Turns = append(out.Turns, turn{Role: x.Role, What: "wants to swap", From: x.From})
		case x.To:
			out.Turns = append(out.Turns, turn{Role: x.Role, What: "asked to swap", From: x.From})
		}
	}
	slices.SortFunc(out.Roles, func(a, b role) int { return strings.Compare(a.Role, b.Role) })
	slices.SortStableFunc(out.Turns, func(a, b turn) int { return cmp.Or(a.From.Compare(b.From), strings.Compare(a.Role, b.Role)) })
	out.Turns = out.Turns[max(0, len(out.Turns)-maxTold):]
	return out
}

// New returns the rule of /rota.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title, KeyOf: keyOf, Fold: fold, Mine: State.mine,
		Ask: []rule.Command{
			{Name: commandRota, Aliases: []string{"roles", "duty"}, Args: "[who | next | volunteer ROLE | leave ROLE | skip | swap @NAME]", Level: chat.Member, Help: "help.rota"},
			{Name: commandAnswer, Level: chat.Member},
		},
		Options: []rule.Setting{
			{Name: settingLine, Default: "on", Values: []string{"on", "off"}, Help: "setting.dutyline"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Asked:
		affects := []string{"pause", "resume", "timeout", "untimeout", "ban"}
		return key, b.Command == commandRota || here && (b.Command == commandAnswer || slices.Contains(affects, b.Command))
	case chat.Failed:
		return key, here && strings.HasPrefix(e.Tag, askTag)
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten, chat.Appointed, chat.Left:
		return key, here
	}
	return "", false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if c.ID == "" {
		return State{}, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("rota.nowhere"))}
	}
	if s.isEmpty() {
		if b, ok := e.Body.(chat.Asked); !ok || b.Command != commandRota {
			return State{}, nil
		}
	}
	t := &turn{c: c, s: s.cloned(), e: e}
	t.s.Swaps = slices.DeleteFunc(t.s.Swaps, func(x Swap) bool { return e.Now.Sub(x.At) >= swapFor })
	t.happen()
	t.tend()
	t.settle()
	return t.s, t.out
}

func (s State) isEmpty() bool { return len(s.Roles) == 0 && len(s.Swaps) == 0 && s.Woken.IsZero() }

// cloned returns a copy that can be changed.
func (s State) cloned() State {
	roles := make(map[string]*Role)
	for id, old := range s.Roles {
		r := *old
		r.List, r.Past = slices.Clone(r.List), slices.Clone(r.Past)
		r.Now.Passed, r.Next.Passed = slices.Clone(r.Now.Passed), slices.Clone(r.Next.Passed)
		roles[id] = &r
	}
	s.Roles = roles
	s.Swaps = slices.Clone(s.Swaps)
	return s
}

// turn is the work on one event.
type turn struct {
	c   chat.Community
	s   State
	e   chat.Event
	out []chat.Effect
	// begun are the roles that have been handed over by this event.
	begun []string
}

// role returns a role; one that nobody has volunteered for is empty, and what is done to it is not kept.
func (t *turn) role(id string) *Role {
	if r := t.s.Roles[id]; r != nil {
		return r
	}
	return &Role{}
}

func (t *turn) want(effects ...chat.Effect) { t.out = append(t.out, effects...) }

func (t *turn) happen() {
	switch b := t.e.Body.(type) {
	case chat.Due:
		t.s.Woken = time.Time{}
	case chat.Asked:
		switch b.Command {
		case commandRota:
			t.asked(b)
		case commandAnswer:
			t.answered(b)
		default:
			t.s.Check = t.e.Now.Add(check)
		}
	case chat.Failed:
		t.unreached()
	case chat.Claimed:
		t.renamed(b.Gone, b.Kept)
	case chat.Forgotten:
		t.renamed(b.Who, "")
	case chat.Appointed:
		if b.To < chat.Moderator {
			t.dropped(roleModerator, b.Who)
		}
	case chat.Left:
		if card, ok := t.c.Members.Of(b.Who.Identity); ok && len(card.In) == 0 {
			for _, id := range roles() {
				t.dropped(id, card.ID)
			}
		}
	}
}

// settle writes down on the cards who is on duty, says so in the room, and sets the timer.
func (t *turn) settle() {
	for _, card := range t.c.Members.All() {
		duties := t.duties(card.ID)
		if card.Settings[settingDuty] != duties {
			t.want(chat.Set{Member: card.ID, Key: settingDuty, Value: duties})
		}
	}
	t.announce()
	for id, r := range t.s.Roles {
		if len(r.List) == 0 && r.Now.Who == "" && r.Rule == "" {
			delete(t.s.Roles, id)
		}
	}
	if len(t.s.Swaps) == 0 {
		t.s.Swaps = nil
	}
	next := t.due()
	t.want(rule.Rewake(title, string(t.c.ID), t.s.Woken, next)...)
	t.s.Woken = next
	if len(t.s.Roles) == 0 {
		t.s.Roles = nil
	}
}

// duties are the words of what a member is on duty for.
func (t *turn) duties(who chat.MemberID) string {
	var out []string
	for _, id := range roles() {
		if t.role(id).Now.Who == who {
			out = append(out, id)
		}
	}
	return strings.Join(out, " ")
}

// renamed puts one member in the place of another, or nobody in that of who is erased.
func (t *turn) renamed(gone, kept chat.MemberID) {
	for _, id := range roles() {
		if kept == "" {
			t.dropped(id, gone)
		}
		r := t.role(id)
		r.List = united(r.List, gone, kept)
		for _, at := range []*Turn{&r.Now, &r.Next} {
			at.Passed = replaced(at.Passed, gone, kept)
			if at.Who == gone {
				at.Who = kept
			}
			if at.Asked == gone {
				at.Asked = kept
			}
		}
		for i := range r.Past {
			if r.Past[i].Who == gone {
				r.Past[i].Who = kept
			}
		}
	}
	t.s.Swaps = slices.DeleteFunc(t.s.Swaps, func(x Swap) bool { return x.By == gone || x.To == gone })
}

func replaced(list []chat.MemberID, gone, kept chat.MemberID) []chat.MemberID {
	i := slices.Index(list, gone)
	if i < 0 {
		return list
	}
	if kept == "" || slices.Contains(list, kept) {
		return slices.Delete(list, i, i+1)
	}
	list[i] = kept
	return list
}

// united makes one volunteer of two accounts: what both are owed is theirs.
func united(list []Volunteer, gone, kept chat.MemberID) []Volunteer {
	i := slices.IndexFunc(list, func(v Volunteer) bool { return v.Who == gone })
	if i < 0 {
		return list
	}
	j := slices.IndexFunc(list, func(v Volunteer) bool { return v.Who == kept })
	if j < 0 {
		list[i].Who = kept
		return list
	}
	list[j].Owed += list[i].Owed
	if list[i].Last.After(list[j].Last) {
		list[j].Last = list[i].Last
	}
	return slices.Delete(list, i, i+1)
}
