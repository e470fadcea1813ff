package onboarding

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// pauses are how long after the message before each one comes, by day: all five within a day and a half.
func pauses() [messages]time.Duration {
	return [messages]time.Duration{0, time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour}
}

// at returns when the next message is to come: not before now, and not at night.
func (s Course) at(now time.Time, zone *time.Location) time.Time {
	from, pause := s.Last, pauses()[min(s.Sent, messages-1)]
	if s.Sent == 0 {
		from = s.Began
	}
	if s.Done {
		pause = apart
	}
	at := from.Add(pause)
	if at.Before(now) {
		at = now
	}
	return daytime(at, zone)
}

// daytime returns the time, or, if that is at night (22:00 to 08:00) in a zone, the next morning.
func daytime(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	day := local.Day()
	switch h := local.Hour(); {
	case h >= 22:
		day++
	case h >= 8:
		return t
	}
	return time.Date(local.Year(), local.Month(), day, 8, 0, 0, 0, zone)
}

// isHeld tells whether nothing is to be sent for now.
func (s Course) isHeld() bool {
	return s.Sent >= messages || s.Paused || s.Stopped || s.Away || s.Unreached
}

// wake sets the timer for the next message, or takes it back where there is none to come.
func wake(c chat.Community, s Course, now time.Time, card chat.Card) chat.Effect {
	key := rule.PersonKey(c.ID, card.ID)
	if s.isHeld() {
		return chat.Cancel{Rule: title, Key: key}
	}
	return chat.Wake{Rule: title, Key: key, At: s.at(now, c.ZoneOf(card))}
}

// loudOnly is how many messages a newcomer gets in a quiet week, too: the welcome and how to start. The others wait, but
// whoever asks for the next one has it.
const loudOnly = 2

// due sends the next message if it is still its time: a member may have moved to another zone, or gone.
func due(c chat.Community, s Course, e chat.Event, card chat.Card) (Course, []chat.Effect) {
	switch {
	case card.Level < chat.Member || len(card.In) == 0:
		s.Away = true
		return s, nil
	case card.Settings[settingPaused] != "": // he has a break from everything here
		return s, []chat.Effect{chat.Wake{Rule: title, Key: rule.PersonKey(c.ID, card.ID), At: daytime(e.Now.Add(tryAgain), c.ZoneOf(card))}}
	}
	if s.Sent >= loudOnly && rule.Quiet(c, e.Now) {
		return s, []chat.Effect{chat.Wake{Rule: title, Key: rule.PersonKey(c.ID, card.ID), At: daytime(e.Now.Add(tryAgain), c.ZoneOf(card))}}
	}
	if s.Unreached && s.Tries < maxTries && !s.Stopped && !s.Paused {
		s.Unreached = false // once more
	}
	if s.isHeld() || !isOpen(c) {
		return s, nil
	}
	if at := s.at(e.Now, c.ZoneOf(card)); at.After(e.Now) {
		return s, []chat.Effect{wake(c, s, e.Now, card)}
	}
	return send(c, s, e, card)
}

// send sends the next message and sets the timer for the one behind it.
func send(c chat.Community, s Course, e chat.Event, card chat.Card) (Course, []chat.Effect) {
	n := s.Sent + 1
	door, _ := rule.Door(card)
	out := rule.Secretly(c, card, tagOf(card.ID, n), func(v rule.Voice) chat.Text {
		return message(c, s, card, n, v, e.Now)
	}, choices(c, card, n, rule.To(c, card, door.Platform))...)
	s.Sent, s.Last, s.Done = n, e.Now, false
	s.Done = n == 2 && s.Intro
	return s, append(out, wake(c, s, e.Now, card))
}

// delivered notes that a message has arrived: the last one is the first win.
func delivered(c chat.Community, s Course, e chat.Event) (Course, []chat.Effect) {
	who, n, _ := partsOf(e.Tag)
	if s.Began.IsZero() {
		return s, nil
	}
	s.Tries = 0
	if n != messages || s.Won || !isSet(c, "firstwin") {
		return s, nil
	}
	s.Won = true
	return s, []chat.Effect{chat.Record{Log: "wins", About: who, Line: "first win delivered"}}
}

// refused holds the course of somebody who cannot be reached in private. At the beginning that is how Telegram is, and
// the room tells him what to do; later he has shut the door himself, and is left alone until he writes. What was not
// his doing is tried again.
func refused(c chat.Community, s Course, e chat.Event, b chat.Failed) (Course, []chat.Effect) {
	who, n, _ := partsOf(e.Tag)
	if s.Began.IsZero() || n != s.Sent {
		return s, nil
	}
	s.Sent, s.Done, s.Unreached = n-1, false, true
	s.Tries++
	key := rule.PersonKey(c.ID, who)
	card, ok := c.Members.ByID(who)
	his := n > 1 && (b.Why == chat.Forbidden || b.Why == chat.NotFound)
	if !ok || his || s.Tries >= maxTries {
		return s, []chat.Effect{chat.Cancel{Rule: title, Key: key}}
	}
	return s, []chat.Effect{chat.Wake{Rule: title, Key: key, At: daytime(e.Now.Add(tryAgain), c.ZoneOf(card))}}
}

// contact goes on, at any hour, with somebody who could not be reached and has now written himself. It takes what he
// has written: it was the key to the door, no talk.
func contact(c chat.Community, s Course, e chat.Event) (Course, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	if !ok || !s.Unreached || s.Paused || s.Stopped || s.Away || !isOpen(c) {
		return s, nil
	}
	s.Unreached, s.Tries = false, 0
	s, out := send(c, s, e, card)
	return s, append(out, chat.Drop{})
}

// stillMeant is how long after the last message a word like "next" is still about the messages.
const stillMeant = 48 * time.Hour

// answered reads what a newcomer writes in private: one of the words that move the course, or a first word at all.
func answered(c chat.Community, s Course, e chat.Event, b chat.Posted) (Course, []chat.Effect) {
	if e.ReplyTo != nil && !strings.HasPrefix(e.ReplyTo.Tag, courseTag) {
		return s, nil // that is for somebody else
	}
	verb := verbOf(b.Text.Plain)
	if s.Unreached && verb != "stop" {
		return contact(c, s, e)
	}
	over := s.Sent >= messages && e.Now.Sub(s.Last) > stillMeant
	if verb == "" || s.Sent == 0 && !s.Unreached || over {
		return s, nil
	}
	s, out := move(c, s, e, verb)
	return s, append(out, chat.Drop{})
}

// isBareWord tells whether "pause" is typed alone in private, where it can mean the messages.
func isBareWord(e chat.Event, asked chat.Asked) bool {
	mine := e.ReplyTo == nil || strings.HasPrefix(e.ReplyTo.Tag, courseTag)
	return e.Private && !asked.Chosen && len(asked.Args) == 0 && mine
}

// verbOf reads the words that move the course.
func verbOf(text string) string {
	word := strings.TrimFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	switch word {
	case "next", "skip", "continue", "resume":
		return "next"
	case "pause", "stop":
		return word
	}
	return ""
}

// asked is /welcome, the choices under the messages, and what else a newcomer's commands mean for his course.
func asked(c chat.Community, s Course, e chat.Event, b chat.Asked) (Course, []chat.Effect) {
	switch b.Command {
	case "accept":
		return done(c, s, e, 4)
	case "pause":
		if s.isHeld() || s.Sent == 0 {
			return s, nil // then it is the member's own pause that is meant
		}
		s, out := move(c, s, e, "pause")
		return s, append(out, chat.Drop{})
	}
	verb := ""
	if len(b.Args) > 0 {
		verb = strings.ToLower(b.Args[0])
	}
	switch {
	case verb == "again":
		card, ok := c.Members.ByID(e.Member)
		if !ok {
			return s, nil
		}
		s = Course{Began: e.Now, Intro: s.Intro, Seated: true, Won: s.Won}
		return send(c, s, e, card)
	case s.Began.IsZero():
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("welcome.never"))}
	case verbOf(verb) == "":
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("welcome.status", "n", s.Sent, "all", messages))}
	case verbOf(verb) == "next" && len(b.Args) > 1 && b.Args[1] != strconv.Itoa(s.Sent+1):
		return s, nil // a button pressed again: what it brings stands below it
	}
	return move(c, s, e, verbOf(verb))
}

// move does what a newcomer says about his messages.
func move(c chat.Community, s Course, e chat.Event, verb string) (Course, []chat.Effect) {
	voice := rule.Speak(c, e)
	card, ok := c.Members.ByID(e.Member)
	switch {
	case !ok:
		return s, nil
	case s.Sent >= messages:
		return s, []chat.Effect{rule.Reply(e, voice.Say("welcome.over"))}
	case verb == "next":
		s.Paused, s.Stopped, s.Unreached = false, false, false
		return send(c, s, e, card)
	case verb == "pause":
		s.Paused = true
		return s, []chat.Effect{wake(c, s, e.Now, card), rule.Reply(e, voice.Say("welcome.paused"))}
	}
	s.Stopped = true
	return s, []chat.Effect{wake(c, s, e.Now, card), rule.Reply(e, voice.Say("welcome.stopped"))}
}

// posted notes that a newcomer has introduced himself: what he writes where introductions go, in whatever words.
func posted(c chat.Community, s Course, e chat.Event, b chat.Posted) (Course, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	if room := introRoom(c, card); !ok || s.Intro || room.ID == "" || room.ID != e.Room || b.Reply != nil {
		return s, nil
	}
	s.Intro = true
	return done(c, s, e, 2)
}

// done brings the next message sooner if what the last one has asked for is done.
func done(c chat.Community, s Course, e chat.Event, step int) (Course, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	if !ok || s.Sent != step || s.Done || s.isHeld() {
		return s, nil
	}
	s.Done = true
	return s, []chat.Effect{wake(c, s, e.Now, card)}
}
