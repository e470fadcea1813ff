package care

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// window is how far back a conversation is looked at.
	window = 30 * time.Minute
	// manyRepliers is how many people must have answered one; mostly is how many of ten messages of the others must be
	// to or about him if nobody has reported him.
	manyRepliers = 5
	mostly       = 7
	// alertAgain is how long the moderators hear no more of the same person; fineFor if they have said that all is fine.
	alertAgain = time.Hour
	fineFor    = 24 * time.Hour
	// memory is how long alerts and checks can be answered, and how often the neutral line and the check come at most.
	memory = 24 * time.Hour

	maxTalk     = 80
	maxFlags    = 50
	maxMentions = 5
	maxAlerts   = 30
)

// mentioned returns the members whom a text mentions, except its author.
func mentioned(c chat.Community, t chat.Text, by chat.MemberID) []chat.MemberID {
	var out []chat.MemberID
	for _, s := range t.Spans {
		if s.Style != chat.Mention || len(out) == maxMentions {
			continue
		}
		who, err := chat.ParseIdentity(s.Value)
		if err != nil {
			continue
		}
		if card, ok := c.Members.Of(who); ok && card.ID != by && !slices.Contains(out, card.ID) {
			out = append(out, card.ID)
		}
	}
	return out
}

// heard adds a line to the talk. What one person goes on saying to the same one is counted with the line before.
func heard(talk []Said, line Said) []Said {
	if n := len(talk); n > 0 {
		last := &talk[n-1]
		if last.By == line.By && last.To == line.To && slices.Equal(last.About, line.About) && line.At-last.At < 60 {
			last.More++
			return talk
		}
	}
	talk = append(talk, line)
	return talk[max(0, len(talk)-maxTalk):]
}

// isAbout tells whether something was said to or about a member.
func (x Said) isAbout(who chat.MemberID) bool { return x.To == who || slices.Contains(x.About, who) }

// lastAbout returns when something was last said to or about a member.
func (s State) lastAbout(who chat.MemberID) time.Time {
	for _, x := range slices.Backward(s.Talk) {
		if x.isAbout(who) {
			return time.Unix(x.At, 0).UTC()
		}
	}
	return time.Time{}
}

// repliers returns who has answered a member in the window, in the order of their first answer.
func (s State) repliers(who chat.MemberID) []chat.MemberID {
	var out []chat.MemberID
	for _, x := range s.Talk {
		if x.To == who && !slices.Contains(out, x.By) {
			out = append(out, x.By)
		}
	}
	return out
}

// isPile tells whether many are at one: at least five people answer him, and either a message of his was reported or
// nearly all that the others say is to or about him.
func (s State) isPile(who chat.MemberID) bool {
	if len(s.repliers(who)) < manyRepliers {
		return false
	}
	if slices.ContainsFunc(s.Flags, func(f Flag) bool { return f.On == who }) {
		return true
	}
	all, about := 0, 0
	for _, x := range s.Talk {
		if x.By == who {
			continue
		}
		all += 1 + x.More
		if x.isAbout(who) {
			about += 1 + x.More
		}
	}
	return about*10 >= all*mostly
}

// watch tells the moderators when many are at one, asks him whether all is well, and reminds the room of ideas.
func (s State) watch(c chat.Community, e chat.Event, who chat.MemberID) (State, []chat.Effect) {
	card, ok := c.Members.ByID(who)
	if !ok || len(card.Identities) == 0 || s.isQuiet(c, who, e.Now) || !s.isPile(who) {
		return s, nil
	}
	room, _ := c.Room(e.Room)
	s.Made++
	alert := Alert{N: s.Made, At: e.Now, Who: card.Identities[0], Repliers: s.repliers(who), Quiet: e.Now.Add(alertAgain)}
	s.Alerts = append(s.Alerts, alert)
	s.Alerts = s.Alerts[max(0, len(s.Alerts)-maxAlerts):]
	out := alarm(c, room, card, alert)
	s, check := s.checkIn(c, e, room, card)
	out = append(out, check...)
	if s.Line.IsZero() && !s.Calm.isOn(e.Now) {
		s.Line = e.Now
		out = append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("care.line") })...)
	}
	return s, out
}

// isQuiet tells whether the moderators have heard of this just now.
func (s State) isQuiet(c chat.Community, who chat.MemberID, now time.Time) bool {
	return slices.ContainsFunc(s.Alerts, func(a Alert) bool {
		card, ok := c.Members.Of(a.Who)
		return ok && card.ID == who && now.Before(a.Quiet)
	})
}

// alarm is the moderators' card. Who it is about does not get it.
func alarm(c chat.Community, room chat.Room, card chat.Card, a Alert) []chat.Effect {
	aloud := rule.Aloud(c, "")
	args := string(room.ID) + " " + strconv.Itoa(a.N)
	write := func(v rule.Voice) chat.Text {
		return v.Say("care.card", "name", card.Name, "room", room.Name, "n", len(a.Repliers), "time", window)
	}
	return rule.ToModerators(c, tag{"card", room.ID, a.N}.String(), write, []chat.MemberID{card.ID},
		chat.Choice{Label: aloud.Say("care.choice.cooldown").Plain, Ask: "cooldown in " + args},
		chat.Choice{Label: aloud.Say("care.choice.fine").Plain, Ask: "allfine " + args})
}

// alert finds an alert by its number; -1 = it is not there any more.
func (s State) alert(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		return -1
	}
	return slices.IndexFunc(s.Alerts, func(a Alert) bool { return a.N == n })
}

// allFine is a moderator's word that nothing need be done. Who is one of those who answer leaves it to another.
func allFine(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	i := -1
	if len(b.Args) > 1 {
		i = s.alert(b.Args[1])
	}
	if i < 0 {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("care.over"))}
	}
	a := &s.Alerts[i]
	about, _ := c.Members.Of(a.Who)
	if e.Member == about.ID || slices.Contains(a.Repliers, e.Member) && len(rule.Team(c, chat.Moderator, append(a.Repliers, about.ID)...)) > 0 {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("care.involved"))}
	}
	a.Quiet = e.Now.Add(fineFor)
	room, _ := c.Room(chat.RoomID(b.Args[0]))
	return s, shown(c, e, tag{"card", room.ID, a.N}, func(v rule.Voice) chat.Text {
		return v.Say("care.card.fine", "name", about.Name, "room", room.Name, "by", nameOf(c, e))
	})
}

// shown says what was decided on the card in the moderators' room, or to the one who has decided in private.
func shown(c chat.Community, e chat.Event, t tag, write func(rule.Voice) chat.Text, choices ...chat.Choice) []chat.Effect {
	if room, ok := c.With(rule.Moderators); ok && e.Room == room.ID {
		return rule.Anew(c, room, t.String(), write, choices...)
	}
	return []chat.Effect{rule.Discreetly(e, write(rule.Speak(c, e)), choices...)}
}

// nameOf is what the one who asks is called.
func nameOf(c chat.Community, e chat.Event) string {
	if card, ok := c.Members.ByID(e.Member); ok {
		return card.Name
	}
	return e.By.Name
}

// tag names what the rule has sent.
type tag struct {
	what string
	room chat.RoomID
	n    int
}

func (t tag) String() string {
	return strings.Join([]string{title, t.what, string(t.room), strconv.Itoa(t.n)}, " ")
}

func parseTag(s string) (tag, bool) {
	words := strings.Fields(s)
	if len(words) != 4 || words[0] != title {
		return tag{}, false
	}
	n, err := strconv.Atoi(words[3])
	return tag{words[1], chat.RoomID(words[2]), n}, err == nil
}

// roomIn reads the room out of a state's key.
func roomIn(c chat.Community, key string) chat.RoomID {
	return chat.RoomID(strings.TrimPrefix(key, roomKey(c, "")))
}
