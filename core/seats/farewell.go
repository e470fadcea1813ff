package seats

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Leave is how far somebody has come with leaving.
type Leave struct {
	Step step      `json:"step,omitempty"`
	At   time.Time `json:"at,omitzero"` // of the last step
	Note string    `json:"note,omitempty"`
	Data string    `json:"data,omitempty"`
	Gone time.Time `json:"gone,omitzero"` // when he left
}

// mine is what somebody who leaves sees of it.
func (s Leave) mine(chat.MemberID) any {
	return struct {
		Step step      `json:"asked_for,omitempty"`
		At   time.Time `json:"at,omitzero"`
		Note string    `json:"note,omitempty"`
		Data string    `json:"what_becomes_of_your_messages,omitempty"`
		Gone time.Time `json:"left,omitzero"`
	}{s.Step, s.At, s.Note, s.Data, s.Gone}
}

// step is what he is asked.
type step string

const (
	askGoodbye step = "goodbye" // silently or with a note
	askNote    step = "note"    // which
	askData    step = "data"    // what becomes of what he has written
	askSure    step = "sure"
)

// What can become of what somebody has written.
const (
	keepData      = "keep"
	anonymiseData = "anonymise"
	eraseData     = "erase"
)

const (
	farewellTitle = "farewell"
	leaveLife     = 24 * time.Hour  // an unfinished leaving is forgotten then
	leaveSettle   = 5 * time.Minute // until all messengers have told that he is gone
	maxNote       = 500             // characters
)

// NewFarewell returns the rule of /leave: how somebody goes, on all messengers at once, and what becomes of what he has
// written. That he has gone is said as he wants it, and not by those who tell of people that come and go: before his
// messengers do he is a guest.
func NewFarewell() rule.Rule {
	return rule.Of[Leave]{
		Title:  farewellTitle,
		KeyOf:  farewellKey,
		Fold:   foldFarewell,
		Mine:   Leave.mine,
		Secret: true,
		Join: func(kept, gone Leave) Leave {
			if kept.Step == "" && kept.Gone.IsZero() {
				return gone
			}
			return kept
		},
		Ask: []rule.Command{{Name: "leave", Level: chat.Guest, Help: "help.leave"}},
	}
}

func farewellKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Asked:
		return rule.PersonKey(c.ID, e.Member), b.Command == "leave" && e.By.Identity != chat.House()
	case chat.Posted:
		if !e.Private && (e.ReplyTo == nil || !strings.HasPrefix(e.ReplyTo.Tag, farewellTitle+"/note/")) {
			return "", false
		}
		return rule.ByMember(c, e)
	case chat.Failed:
		id, ok := cutTag(e.Tag, farewellTitle+"/out/")
		return rule.PersonKey(c.ID, id), ok
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

func foldFarewell(c chat.Community, s Leave, e chat.Event) (Leave, []chat.Effect) {
	f := &parting{c: c, s: s, e: e, v: rule.Speak(c, e)}
	switch b := e.Body.(type) {
	case chat.Asked:
		f.asked(b)
	case chat.Posted:
		f.posted(b)
	case chat.Failed:
		f.stuck(b)
	case chat.Due:
		f.due(b)
	}
	return f.s, f.out
}

// parting is the work on one event of somebody's leaving.
type parting struct {
	c   chat.Community
	s   Leave
	e   chat.Event
	v   rule.Voice
	out []chat.Effect
}

func (f *parting) want(effects ...chat.Effect) { f.out = append(f.out, effects...) }

// ask says something to him alone and notes what he is asked next.
func (f *parting) ask(next step, text chat.Text, choices ...chat.Choice) {
	f.s.Step, f.s.At = next, f.e.Now
	f.want(rule.Discreetly(f.e, text, choices...))
}

func (f *parting) choice(key, word string) chat.Choice {
	return chat.Choice{Label: f.v.Say(key).Plain, Ask: "leave " + word}
}

func (f *parting) asked(b chat.Asked) {
	card, ok := f.c.Members.ByID(f.e.Member)
	if !ok {
		f.want(rule.Reply(f.e, f.v.Say("refuse.nobody")))
		return
	}
	if !f.e.Private && !b.Chosen {
		f.want(chat.Delete{To: f.e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
	}
	if f.s.Gone.IsZero() && f.e.Now.Sub(f.s.At) > leaveLife {
		f.s = Leave{}
	}
	word := ""
	if len(b.Args) > 0 {
		word = strings.ToLower(b.Args[0])
	}
	switch {
	case !f.s.Gone.IsZero():
		f.done()
	case card.Level < chat.Member:
		f.guest(card, word)
	case card.Level == chat.Organiser && !f.hasOtherOrganiser(card):
		f.s = Leave{}
		f.want(rule.Discreetly(f.e, f.v.Say("leave.last")))
	default:
		f.next(card, word)
	}
}

// guest answers somebody who has no seat: he can have his data erased, and there is no goodbye.
func (f *parting) guest(card chat.Card, word string) {
	switch {
	case word == "yes" && f.s.Step == askSure && f.s.Data == eraseData:
		f.leave(card)
	case word == "no":
		f.stay()
	case word == eraseData:
		f.s.Data = eraseData
		f.ask(askSure, f.v.Say("leave.sure.erase", "community", nameOf(f.c, f.v)), f.choice("leave.yes", "yes"), f.choice("leave.no", "no"))
	default:
		f.s = Leave{}
		f.want(rule.Discreetly(f.e, f.v.Say("leave.guest"), chat.Choice{Label: f.v.Say("leave.queue").Plain, Ask: "waitlist leave"},
			f.choice("leave.erase", eraseData)))
	}
}

// next takes the next step of a member's leaving. A word that does not belong to the step begins from the start: it is
// from an old message, or somebody else's.
func (f *parting) next(card chat.Card, word string) {
	switch {
	case word == "no" && f.s.Step != "":
		f.stay()
	case word == "silent" && f.s.Step == askGoodbye:
		f.s.Note = ""
		f.askData()
	case word == "note" && f.s.Step == askGoodbye:
		f.s.Step, f.s.At = askNote, f.e.Now
		f.want(f.noteWanted(card))
	case slices.Contains([]string{keepData, anonymiseData, eraseData}, word) && f.s.Step == askData:
		f.s.Data = word
		f.sure()
	case word == "yes" && f.s.Step == askSure:
		f.leave(card)
	case card.Settings[sanction] != "": // who may not write does not get to by leaving
		f.s = Leave{}
		f.askData()
	default:
		f.s = Leave{}
		f.ask(askGoodbye, f.v.Say("leave.goodbye", "community", nameOf(f.c, f.v)),
			f.choice("leave.silent", "silent"), f.choice("leave.note", "note"), f.choice("leave.no", "no"))
	}
}

// noteWanted asks for the note under a tag, so that it can be given in a room as an answer.
func (f *parting) noteWanted(card chat.Card) chat.Effect {
	text := f.v.Say("leave.write", "most", maxNote)
	return chat.Whisper{To: f.e.Chat, Who: f.e.By.Identity, Text: text, Tag: farewellTitle + "/note/" + string(card.ID)}
}

func (f *parting) stay() {
	f.s = Leave{}
	f.want(rule.Discreetly(f.e, f.v.Say("leave.stay")))
}

func (f *parting) askData() {
	f.ask(askData, f.v.Say("leave.data"), f.choice("leave.keep", keepData), f.choice("leave.anonymise", anonymiseData),
		f.choice("leave.erase", eraseData), f.choice("leave.no", "no"))
}

// sure shows what will happen before it does.
func (f *parting) sure() {
	key := map[string]string{keepData: "leave.sure.keep", anonymiseData: "leave.sure.anonymise", eraseData: "leave.sure.erase"}[f.s.Data]
	text := f.v.Say(key, "community", nameOf(f.c, f.v))
	note := "leave.sure.note"
	if f.s.Data == eraseData {
		note = "leave.sure.note.stays"
	}
	if f.s.Note != "" {
		text = text.Append(chat.Plain("\n"), f.v.Say(note, "text", f.s.Note))
	}
	f.ask(askSure, text, f.choice("leave.yes", "yes"), f.choice("leave.no", "no"))
}

// posted takes the note.
func (f *parting) posted(b chat.Posted) {
	if f.s.Step != askNote || f.e.Now.Sub(f.s.At) > leaveLife {
		return
	}
	f.want(chat.Drop{})
	if !f.e.Private {
		f.want(chat.Delete{To: f.e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
	}
	note := strings.TrimSpace(b.Text.Plain)
	if note == "" || len([]rune(note)) > maxNote {
		f.want(rule.Discreetly(f.e, f.v.Say("leave.write", "most", maxNote)))
		return
	}
	f.s.Note = note
	f.askData()
}

func (f *parting) hasOtherOrganiser(than chat.Card) bool {
	return len(rule.Team(f.c, chat.Organiser, than.ID)) > 0
}

// leave does it: the goodbye, out of every chat, out of the seat.
func (f *parting) leave(card chat.Card) {
	wasMember := card.Level >= chat.Member
	if f.s.Note != "" && card.Settings[sanction] == "" {
		room, ok := f.room(card)
		if ok {
			f.want(rule.Everywhere(f.c, room, "", func(v rule.Voice) chat.Text {
				return v.Say("leave.said", "name", nameless(v, card.Name), "text", f.s.Note)
			})...)
		}
	}
	for _, i := range card.Identities {
		for _, r := range f.c.Rooms {
			if to, ok := r.On(i.Platform); ok {
				f.want(chat.Remove{To: to, Who: i, Tag: farewellTitle + "/out/" + string(card.ID)})
			}
		}
	}
	if wasMember {
		f.want(chat.Appoint{Who: card.ID, Level: chat.Guest})
	}
	if card.Settings[mark] != "" {
		f.want(chat.Set{Member: card.ID, Key: mark})
	}
	f.want(record(f.e, card.ID, "leave: "+f.s.Data))
	f.s = Leave{Data: f.s.Data, Gone: f.e.Now}
	f.want(chat.Wake{Rule: farewellTitle, Key: rule.PersonKey(f.c.ID, card.ID), At: f.e.Now.Add(leaveSettle)})
	f.done()
}

// done says that he has left. It cannot be taken back by an old button: he comes in again.
func (f *parting) done() {
	key := "leave.done"
	if f.s.Data == eraseData {
		key = "leave.done.erase"
	}
	f.want(rule.Discreetly(f.e, f.v.Say(key, "community", nameOf(f.c, f.v))))
}

// room is where he says goodbye: the first where he is, never the moderators' own.
func (f *parting) room(card chat.Card) (chat.Room, bool) {
	var first chat.Room
	for _, r := range f.c.Rooms {
		if r.Settings[rule.Moderators] == "on" {
			continue
		}
		if slices.ContainsFunc(r.Chats, func(in chat.Chat) bool { return slices.Contains(card.In, in) }) {
			return r, true
		}
		if first.ID == "" {
			first = r
		}
	}
	return first, first.ID != ""
}

// stuck tells him where he could not be taken out.
func (f *parting) stuck(b chat.Failed) {
	id, _ := cutTag(f.e.Tag, farewellTitle+"/out/")
	card, ok := f.c.Members.ByID(id)
	if !ok || b.Why == chat.NotFound || !slices.Contains(card.In, f.e.Chat) {
		return
	}
	room, ok := f.c.RoomOf(f.e.Chat)
	if !ok {
		return
	}
	f.want(rule.Secretly(f.c, card, "", func(v rule.Voice) chat.Text {
		return v.Say("leave.stuck", "title", room.Title(f.e.Chat), "platform", say.Platform(v.Language, f.e.Chat.Platform))
	})...)
}

// due does what he has chosen for what he has written, once every messenger has told that he is gone.
func (f *parting) due(b chat.Due) {
	id, ok := cutTag(b.Key, string(f.c.ID)+"/")
	card, known := f.c.Members.ByID(id)
	data := f.s.Data
	if f.s.Gone.IsZero() {
		return
	}
	f.s = Leave{}
	if !ok || !known {
		return
	}
	switch data {
	case eraseData:
		f.want(chat.Forget{Who: card.ID})
	case anonymiseData:
		if card.Level >= chat.Member {
			return // he is back already
		}
		name := rule.Aloud(f.c, "").Say("leave.former").Plain
		f.want(chat.Enrol{Who: chat.Person{Identity: card.Identities[0], Name: name}})
		for _, key := range []string{"language", "zone"} {
			f.want(chat.Set{Member: card.ID, Key: key})
		}
	}
}
