package sanctions

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// gateKey names the record of somebody who writes. Those about whom nothing is in force have none to look at, but for
// what they say in private, which may be the words of an appeal.
func gateKey(c chat.Community, e chat.Event, who chat.MemberID) (string, bool) {
	if _, posted := e.Body.(chat.Posted); e.Private {
		return rule.PersonKey(c.ID, who), posted && c.ID != "" && who != ""
	}
	card, ok := c.Members.ByID(who)
	return rule.PersonKey(c.ID, who), ok && card.Settings[Mirror] != ""
}

// gateKeyOf is the same for somebody who comes.
func gateKeyOf(c chat.Community, who chat.Identity) (string, bool) {
	card, ok := c.Members.Of(who)
	return rule.PersonKey(c.ID, card.ID), ok && card.Settings[Mirror] != ""
}

// isHeld tells whether the one who asks is under a sanction; a break of his own is none.
func isHeld(c chat.Community, e chat.Event) bool {
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return false
	}
	word, until, ok := mirrored(card.Settings[Mirror])
	return ok && word != "break" && (until.IsZero() || e.Now.Before(until))
}

// isRight tells whether a command is one that nobody loses: to be heard, to know what is kept of him, to go.
func isRight(asked chat.Asked) bool {
	switch asked.Command {
	case "appeal", "human", "report", "reporting", "case", "mydata", "forget", "claim", "leave", "help", "my", "whois",
		"statement", "accept", "caps", "pause", "resume", "modcounts", "norecap", "del", "why":
		return true
	case "privacy", "waitlist", "rules", "promises", "purpose", "cap":
		return len(asked.Args) == 0 // to read them, not to change them
	}
	return false
}

// heldBack answers a command of somebody who may not give it now.
func heldBack(c chat.Community, s Record, e chat.Event, asked chat.Asked) (Record, []chat.Effect) {
	out := []chat.Effect{chat.Drop{}}
	card, _ := c.Members.ByID(e.Member)
	h, kind, ok := s.hold(e.Now)
	if !ok {
		return s, nil
	}
	if e.Private {
		return s, append(out, rule.Reply(e, heldText(rule.Speak(c, e), h, kind)))
	}
	if !asked.Chosen && !asked.Ref.IsZero() {
		out = append(out, takenAway(asked.Ref, h, card.ID))
	}
	s, note := noted(c, s, e, card)
	return s, append(out, note...)
}

// written holds what somebody has written or reacted: it is not carried on, and taken away where it stands.
func written(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	if e.Private {
		return privately(c, s, e, who)
	}
	h, _, ok := s.hold(e.Now)
	if !ok {
		return s, nil
	}
	out := []chat.Effect{chat.Drop{}}
	if ref := refOf(e); !ref.IsZero() {
		out = append(out, takenAway(ref, h, who.ID))
	}
	s, note := noted(c, s, e, who)
	return s, append(out, note...)
}

// takenAway deletes something that he has written; if it cannot be, its tag comes back.
func takenAway(ref chat.Ref, h Hold, who chat.MemberID) chat.Effect {
	t := tag{verb: "delete", turn: h.Turn, member: who}
	return chat.Delete{To: ref.Chat, Target: chat.Target{Refs: []chat.Ref{ref}}, Tag: t.String()}
}

// refOf names what was written, zero for what cannot be deleted.
func refOf(e chat.Event) chat.Ref {
	switch b := e.Body.(type) {
	case chat.Posted:
		return b.Ref
	case chat.Edited:
		if e.Message != nil {
			return e.Message.Latest()
		}
		return b.Ref
	}
	return chat.Ref{}
}

// noted tells him once that what he writes goes nowhere.
func noted(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	h, kind, ok := s.hold(e.Now)
	if !ok || h.Noted {
		return s, nil
	}
	h.Noted = true
	s = s.with(kind, h)
	return s, rule.Secretly(c, who, tag{verb: "note", turn: h.Turn, member: who.ID}.String(), func(v rule.Voice) chat.Text {
		return heldText(v, h, kind)
	})
}

// with returns the record with another hold of a kind.
func (s Record) with(kind Kind, h Hold) Record {
	if kind == Ban {
		s.Ban = h
	} else {
		s.Timeout = h
	}
	return s
}

// heldText says to somebody that he cannot write, until when, and what he can do.
func heldText(v rule.Voice, h Hold, kind Kind) chat.Text {
	switch {
	case h.Own:
		return v.Say("held.break", "end", h.Until)
	case kind == Timeout:
		return v.Say("held.timeout", "end", h.Until)
	case h.Until.IsZero():
		return v.Say("held.ban")
	}
	return v.Say("held.ban.until", "end", h.Until)
}

// comes does to somebody who comes into a chat, or wants to, what is in force.
func comes(s Record, e chat.Event, who chat.Card) []chat.Effect {
	_, kind, ok := s.hold(e.Now)
	if !ok {
		return nil
	}
	switch b := e.Body.(type) {
	case chat.Knocked:
		if kind == Ban {
			return []chat.Effect{chat.Decline{To: e.Chat, Who: b.Who.Identity}, chat.Drop{}}
		}
	case chat.Joined:
		out := s.holdIn(e.Chat, b.Who.Identity, who.ID, e.Now)
		if kind == Ban {
			out = append(out, chat.Drop{}) // nobody welcomes him
		}
		return out
	}
	return nil
}

// holdIn returns what keeps one account of his from writing in one chat.
func (s Record) holdIn(in chat.Chat, who chat.Identity, member chat.MemberID, now time.Time) []chat.Effect {
	h, kind, ok := s.hold(now)
	if !ok {
		return nil
	}
	t := tag{verb: "restrict", turn: s.Turn, member: member, who: who}
	if kind == Ban {
		t.verb = "ban"
	}
	return []chat.Effect{t.effect(in, h.Until)}
}
