package sanctions

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Remnant is what is kept of a sanction on somebody whose data were erased: what is in force, as his card's mirror had it, and
// who had decided it.
type Remnant struct {
	Mirror string        `json:"mirror,omitempty"`
	By     chat.MemberID `json:"by,omitempty"`
}

// forgotten hands what is in force over to the rule that knows pseudonyms only. What ends by itself is lifted on the
// platforms now, for later nobody knows whom to release; whoever comes back before the end meets the gate.
func forgotten(c chat.Community, s Record, e chat.Event, b chat.Forgotten) []chat.Effect {
	out := []chat.Effect{unlisted(b.Who), chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, b.Who)}}
	h, kind, ok := s.hold(e.Now)
	if !ok {
		return out
	}
	who := chat.Card{ID: b.Who, Identities: b.Identities}
	h.Until = h.end() // nobody can confirm it any more
	switch {
	case kind == Timeout:
		out = append(out, everywhere(c, s, who, "release", time.Time{})...)
	case !h.Until.IsZero():
		out = append(out, everywhere(c, s, who, "unban", time.Time{})...)
	}
	if h.Own {
		return out
	}
	kept := Record{}.with(kind, h).mirror()
	for _, account := range b.Identities {
		out = append(out, byHouse("remnant", c.Members.Pseudonym(account), kept, string(h.By)))
	}
	return out
}

// byHouse asks another rule of this package for something.
func byHouse(command string, args ...string) chat.Effect {
	return chat.Emit{House: true, Body: chat.Asked{Command: command, Alias: command, Args: args}}
}

// NewRemnants returns the rule that knows those again who were under a sanction when their data were erased.
func NewRemnants() rule.Rule {
	return rule.Of[Remnant]{
		Title: "remnants",
		KeyOf: remnantKey,
		Fold:  foldRemnant,
		Ask:   []rule.Command{{Name: "remnant", Level: chat.Organiser}},
	}
}

func remnantKey(c chat.Community, e chat.Event) (string, bool) {
	place := func(who chat.Identity) (string, bool) {
		if c.ID == "" || e.Private || who.IsZero() || who == chat.House() {
			return "", false
		}
		return string(c.ID) + "/" + c.Members.Pseudonym(who), true
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		if b.Command != "remnant" {
			return place(e.By.Identity)
		}
		if e.By.Identity != chat.House() || len(b.Args) != 3 {
			return "", false
		}
		return string(c.ID) + "/" + b.Args[0], true
	case chat.Posted, chat.Edited, chat.Reacted:
		return place(e.By.Identity)
	case chat.Joined:
		return place(b.Who.Identity)
	case chat.Knocked:
		return place(b.Who.Identity)
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

func foldRemnant(c chat.Community, s Remnant, e chat.Event) (Remnant, []chat.Effect) {
	asked, isAsked := e.Body.(chat.Asked)
	if isAsked && asked.Command == "remnant" {
		return keepRemnant(c, e, asked)
	}
	word, until, ok := mirrored(s.Mirror)
	if !ok || !until.IsZero() && !e.Now.Before(until) {
		return Remnant{}, nil
	}
	switch b := e.Body.(type) {
	case chat.Due:
		return s, nil
	case chat.Knocked:
		if word != "ban" {
			return s, nil
		}
		return s, []chat.Effect{chat.Decline{To: e.Chat, Who: b.Who.Identity}, chat.Drop{}}
	case chat.Joined:
		return comesBack(c, s, b.Who.Identity, word)
	}
	s, out := comesBack(c, s, e.By.Identity, word)
	if ref := refOf(e); !ref.IsZero() {
		out = append(out, chat.Delete{To: ref.Chat, Target: chat.Target{Refs: []chat.Ref{ref}}})
	}
	if len(out) > 0 {
		out = append(out, chat.Drop{})
	}
	return s, out
}

// keepRemnant begins to remember a pseudonym, until the sanction ends.
func keepRemnant(c chat.Community, e chat.Event, asked chat.Asked) (Remnant, []chat.Effect) {
	s := Remnant{Mirror: asked.Args[1], By: chat.MemberID(asked.Args[2])}
	_, until, ok := mirrored(s.Mirror)
	switch {
	case !ok:
		return Remnant{}, nil
	case until.IsZero():
		return s, nil
	}
	key, _ := remnantKey(c, e)
	return s, []chat.Effect{chat.Wake{Rule: "remnants", Key: key, At: until}}
}

// comesBack gives somebody who is known again what he had. Until he has a card there is nothing to give it to.
func comesBack(c chat.Community, s Remnant, who chat.Identity, word string) (Remnant, []chat.Effect) {
	card, ok := c.Members.Of(who)
	if !ok {
		return s, nil
	}
	out := []chat.Effect{byHouse("restore", string(card.ID), s.Mirror, string(s.By))}
	if word == "ban" {
		out = append(out, chat.Drop{})
	}
	return Remnant{}, out
}

// restore puts a sanction back on somebody who was known again.
func restore(c chat.Community, s Record, e chat.Event, who chat.Card, asked chat.Asked) (Record, []chat.Effect) {
	if e.By.Identity != chat.House() || len(asked.Args) != 3 || who.ID == "" {
		return s, nil
	}
	word, until, ok := mirrored(asked.Args[1])
	if !ok {
		return s, nil
	}
	was := s.mirror()
	kind := Timeout
	if strings.HasPrefix(word, "ban") {
		kind = Ban
	}
	s = s.turned(chat.MemberID(asked.Args[2]))
	s = s.with(kind, Hold{Turn: s.Turn, Since: e.Now, Until: until, By: s.Actor})
	out := inForce(c, s, who, e.Now)
	out = append(out, audit(e, who.ID, s.Turn, string(kind), "goes on for somebody whose data were erased", was, ""))
	return s, append(out, toPerson(c, s, who, kind, "")...)
}
