package recap

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// What the notes of a call have at most.
const (
	maxCall   = 12 * time.Hour
	maxLines  = 500
	maxTakers = 10
	maxCalls  = 20
)

// Notes are the lines of a call that goes on.
type Notes struct {
	Room chat.RoomID      `json:"room"`
	From time.Time        `json:"from"`
	Who  []chat.MemberID  `json:"who"` // the note-takers
	IDs  []chat.MessageID `json:"ids,omitempty"`
}

// isNoting tells whether what is written may be a line of a call: only the rule's state knows whether one goes on, so
// rooms where one does have a mark.
func isNoting(c chat.Community, e chat.Event) bool {
	room, ok := c.Room(e.Room)
	return ok && !e.Private && e.Member != "" && e.Message != nil && room.Settings[settingNoting] == "on"
}

// settingNoting is the rule's own mark of a room where a call is noted.
const settingNoting = "recap-notes"

// note answers /notes start and /notes end.
func (s State) note(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	voice := rule.Speak(c, e)
	room, ok := c.Room(e.Room)
	card, known := c.Members.ByID(e.Member)
	word := ""
	if len(b.Args) > 0 {
		word = strings.ToLower(b.Args[0])
	}
	i := slices.IndexFunc(s.Notes, func(n Notes) bool { return n.Room == e.Room })
	switch {
	case !ok || !known:
		return s, []chat.Effect{rule.Reply(e, voice.Say("recap.nobody"))}
	case word == "start" && !isOpen(room):
		return s, []chat.Effect{rule.Reply(e, voice.Say("recap.private"))}
	case word == "start" && card.Settings["recap"] == "off":
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("notes.left.out"))}
	case word == "start":
		return s.startNotes(c, e, room, i)
	case word != "end":
		return s, []chat.Effect{rule.Reply(e, voice.Say("notes.how"))}
	case i < 0:
		return s, []chat.Effect{rule.Reply(e, voice.Say("notes.none"))}
	case !slices.Contains(s.Notes[i].Who, e.Member) && e.Level < chat.Moderator:
		return s, []chat.Effect{rule.Reply(e, voice.Say("notes.others"))}
	}
	n := s.Notes[i]
	s.Notes = slices.Delete(slices.Clone(s.Notes), i, i+1)
	out := []chat.Effect{chat.Set{Room: room.ID, Key: settingNoting}}
	if len(n.IDs) == 0 {
		return s, append(out, rule.Reply(e, voice.Say("notes.empty")))
	}
	s, ordered := s.order(c, Order{
		Kind: notes, Room: room.ID, In: room.ID, Who: e.Member, By: e.By.Identity, From: n.From, Until: e.Now.Add(time.Millisecond), Only: n.IDs,
	}, e.Now)
	if len(ordered) == 0 {
		return s, append(out, rule.Reply(e, voice.Say("recap.busy")))
	}
	return s, append(out, ordered...)
}

// startNotes begins to note a call, or adds a note-taker to one that goes on.
func (s State) startNotes(c chat.Community, e chat.Event, room chat.Room, i int) (State, []chat.Effect) {
	voice := rule.Speak(c, e)
	s.Notes = slices.Clone(s.Notes)
	if i >= 0 {
		if who := s.Notes[i].Who; !slices.Contains(who, e.Member) && len(who) < maxTakers {
			s.Notes[i].Who = append(slices.Clone(who), e.Member)
		}
		return s, []chat.Effect{rule.Reply(e, voice.Say("notes.joined"))}
	}
	if len(s.Notes) >= maxCalls {
		return s, []chat.Effect{rule.Reply(e, voice.Say("recap.busy"))}
	}
	s.Notes = append(s.Notes, Notes{Room: room.ID, From: e.Now, Who: []chat.MemberID{e.Member}})
	name := e.By.Name
	out := []chat.Effect{chat.Set{Room: room.ID, Key: settingNoting, Value: "on"}}
	return s, append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("notes.started", "name", name) })...)
}

// noted keeps a line of a note-taker.
func (s State) noted(c chat.Community, e chat.Event) State {
	if !isNoting(c, e) {
		return s
	}
	for i, n := range s.Notes {
		if n.Room == e.Room && slices.Contains(n.Who, e.Member) && len(n.IDs) < maxLines {
			s.Notes = slices.Clone(s.Notes)
			s.Notes[i].IDs = append(slices.Clone(n.IDs), e.Message.ID)
		}
	}
	return s
}

// unnote forgets a line that is not there any more.
func (s State) unnote(id chat.MessageID) State {
	for i, n := range s.Notes {
		if at := slices.Index(n.IDs, id); at >= 0 {
			s.Notes = slices.Clone(s.Notes)
			s.Notes[i].IDs = slices.Delete(slices.Clone(n.IDs), at, at+1)
		}
	}
	return s
}
