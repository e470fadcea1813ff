package demo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// office is what the steward keeps for the community: its purpose, and the one case that he can have. spoil makes him
// forget there: to pin, to welcome, to take a report away (vanish), to thank for it, the card, its number or choices,
// that a case is taken (take), to carry a time-out out, to tell of it (notice), to lift it, to pass an answer on, to
// tell of the end (close) and to write it down (record), mydata. Or he tells too much: who the reporter is, a hint to
// whom it is about, the report aloud in the room, and what he was asked in private (gossip).
type office struct {
	purpose  string
	team     string // the moderators' room
	reporter happening
	card     string
	cards    map[*hall]string // what the card is called
}

const caseNumber = "7"

// serveOffice answers what looks after the community.
func (s *steward) serveOffice(h happening, w []string, answer func(string)) {
	rest := strings.Join(w[1:], " ")
	switch w[0] {
	case "room":
		s.office.team = s.rooms[h.group]
		answer("Done.")
	case "role":
		if s.spoil == "role" {
			answer("I know nobody of that name.")
			return
		}
		answer(s.hallOf(w[1]).nameOf(w[1]) + " is " + w[2] + " now.")
	case "purpose":
		s.office.purpose = rest
		s.everywhere(func(to *hall, group string) {
			id := to.botSays(group, "", world.Say{Text: chat.Plain(rest)})
			if s.spoil != "pin" {
				to.pin(group, id)
			}
		})
	case "welcome":
		if s.spoil != "welcome" {
			answer("Welcome, " + h.name + "! " + s.office.purpose)
		}
	case "report":
		s.report(h, rest)
	case "timeout", "unmute":
		s.calm(w[0], append(w, "")[1], answer)
	case "case":
		s.goOn(w[2], strings.Join(w[3:], " "))
	case "mydata":
		s.tellData(h)
	default:
		answer("I know /link.")
	}
}

// everywhere does something in all groups of the community.
func (s *steward) everywhere(do func(to *hall, group string)) {
	for _, to := range s.halls {
		for group := range to.groupIDs() {
			if s.rooms[group] != "" {
				do(to, group)
			}
		}
	}
}

// inTeam does it in the moderators' groups.
func (s *steward) inTeam(do func(to *hall, group string)) {
	s.everywhere(func(to *hall, group string) {
		if s.rooms[group] == s.office.team {
			do(to, group)
		}
	})
}

func (s *steward) hallOf(name string) *hall {
	i := slices.IndexFunc(s.halls, func(h *hall) bool { return h.byName(name) != "" })
	return s.halls[i]
}

func (h *hall) nameOf(name string) string {
	id := h.byName(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.people[id]
}

// tell says something to somebody in private.
func (s *steward) tell(to *hall, person, words string) {
	to.botSays(to.Private(person), "", world.Say{Text: chat.Plain(words)})
}

func (s *steward) report(h happening, why string) {
	o := &s.office
	o.reporter, o.cards = h, map[*hall]string{}
	about := ""
	for _, m := range h.hall.Messages(h.group) {
		if m.ID == h.replyTo {
			about = m.Text.Plain
		}
	}
	o.card = fmt.Sprintf("Case %s: %s\n%s\n1  Take it", caseNumber, why, about)
	choices := []string{"Take it"}
	switch s.spoil {
	case "number":
		o.card = strings.NewReplacer(caseNumber, "x", "1", "x").Replace(o.card)
	case "choices":
		choices = nil
	case "reporter":
		o.card += "\nElif says so"
	case "hint":
		s.tell(s.hallOf("chioma"), s.hallOf("chioma").byName("chioma"), "Somebody has reported you.")
	case "aloud":
		s.everywhere(func(to *hall, group string) { to.botSays(group, "", world.Say{Text: chat.Plain("Reported: " + why)}) })
	}
	if s.spoil != "vanish" {
		_ = h.hall.Delete("bot", h.group, h.message)
	}
	if s.spoil != "thanks" {
		s.tell(h.hall, h.person, "Thank you, this is case "+caseNumber)
	}
	s.inTeam(func(to *hall, group string) {
		if s.spoil != "card" || to != s.halls[2] {
			o.cards[to] = to.botSays(group, "", world.Say{Text: chat.Plain(o.card)}, choices...)
		}
	})
}

// recard adds to the card everywhere.
func (s *steward) recard(words string) {
	s.office.card += "\n" + words
	s.inTeam(func(to *hall, group string) {
		_ = to.Edit("bot", group, s.office.cards[to], chat.Plain(s.office.card))
	})
}

// take gives the case to whoever has chosen that.
func (s *steward) take(h happening) {
	if s.spoil != "take" {
		s.recard(h.name + " has it.")
	}
}

func (s *steward) calm(what, name string, answer func(string)) {
	if name == "" || name == "@nobody" {
		answer("Whom do you mean?")
		return
	}
	to := s.hallOf(name)
	person := to.byName(name)
	if s.spoil != what && (s.spoil != "lift" || what != "unmute") {
		to.calm(person, what == "timeout")
	}
	if s.spoil != "notice" {
		s.tell(to, person, "About your time-out: "+what)
	}
	answer("Done.")
}

// goOn is what is done in the case.
func (s *steward) goOn(verb, words string) {
	r := s.office.reporter
	switch {
	case verb == "answer" && s.spoil != "answer":
		s.tell(r.hall, r.person, words)
	case verb == "close":
		if s.spoil != "close" {
			s.tell(r.hall, r.person, "Case "+caseNumber+" is closed.")
		}
		if s.spoil != "record" {
			s.recard(words)
		}
	}
}

func (s *steward) tellData(h happening) {
	kept := []string{"You are " + h.name}
	s.everywhere(func(in *hall, group string) {
		for _, m := range in.Messages(group) {
			if m.Author == h.person {
				kept = append(kept, m.Text.Plain)
			}
		}
	})
	if s.spoil != "mydata" {
		s.tell(h.hall, h.person, strings.Join(kept, "\n"))
	}
	if s.spoil == "gossip" {
		s.announce(s.rooms[h.hall.byTitle(kitchen)], strings.Join(kept, " "))
	}
}

func (h *hall) byTitle(title string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, g := range h.groups {
		if g.title == title {
			return id
		}
	}
	return ""
}
