package seats

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// visit is the work on one event about one applicant.
type visit struct {
	c    chat.Community
	s    Applicant
	e    chat.Event
	card chat.Card
	key  string
	out  []chat.Effect
}

func (g *visit) want(effects ...chat.Effect) { g.out = append(g.out, effects...) }

// about sets whom it is about.
func (g *visit) about(card chat.Card) {
	g.card, g.key = card, rule.PersonKey(g.c.ID, card.ID)
}

func (g *visit) wake(at time.Time) { g.want(chat.Wake{Rule: gateTitle, Key: g.key, At: at}) }

func (g *visit) asked(b chat.Asked) {
	switch b.Command {
	case "approve", "decline":
		g.decided(b)
	case "seat":
		if n, ok := readCome(g.c, b.Args); ok {
			g.about(n.Card)
			g.begin(n, b.Text.Plain)
		}
	case "door":
		g.door(b)
	}
}

// door does what is only chosen: an answer to the test, another kind of it, or a moderator's wish to ask something.
func (g *visit) door(b chat.Asked) {
	v := rule.Speak(g.c, g.e)
	if card, ok := probing(g.c, b); ok {
		g.about(card)
		g.probe(v)
		return
	}
	card, ok := g.c.Members.ByID(g.e.Member)
	if !ok || g.s.Stage != beingTested {
		g.want(rule.Discreetly(g.e, v.Say("captcha.old")))
		return
	}
	g.about(card)
	g.answerTest(b.Args)
}

// begin asks somebody who has come what the community wants to know.
func (g *visit) begin(n entry, note string) {
	now := g.e.Now
	isTest := g.c.Setting("gate", gateOpen) == gateCaptcha
	if n.Kind == byJoin && !isTest { // who is to be tested may stay for it: nothing he writes is carried
		g.want(chat.Remove{To: n.At, Who: n.By, Tag: tagRemove + string(g.card.ID)})
		n.Kind = byTurn
	}
	if now.Before(g.s.Again) {
		g.turnAway(n)
		return
	}
	began := g.s.Stage
	g.s.Kind, g.s.At, g.s.By = n.Kind, n.At, n.By
	if note != "" {
		g.s.Note = clip(note, maxAnswer)
	}
	if began != nothing && now.Sub(g.s.Sent) < askAgain {
		return
	}
	switch {
	case isTest && began != beingAsked && began != beingRead:
		if began == nothing {
			g.s.Begun, g.s.Test = now, Test{}
			g.wake(now.Add(testTime))
		}
		g.s.Stage = beingTested
		g.test("captcha.hello")
	case began == beingRead:
		g.s.Sent = now
		g.tell("gate.still")
	case began == beingAsked:
		g.question("gate.hello")
	case !g.hasReaders():
		g.s.Stage, g.s.Begun, g.s.Sent = beingRead, now, now
		g.tell("gate.asked")
		g.showCard()
	default:
		g.s.Stage, g.s.Begun, g.s.Answers = beingAsked, now, nil
		g.wake(now.Add(cardAfter))
		g.question("gate.hello")
	}
}

// hasReaders tells whether anybody would read the answers. A community that has appointed no one yet is asked itself.
func (g *visit) hasReaders() bool {
	_, room := g.c.With(rule.Moderators)
	return room || len(rule.Team(g.c, chat.Moderator)) > 0
}

// turnAway says to somebody who may not ask yet from when on he may.
func (g *visit) turnAway(n entry) {
	if n.Kind == byKnock {
		g.want(chat.Decline{To: n.At, Who: n.By})
	}
	if n.Kind == byJoin {
		g.want(chat.Remove{To: n.At, Who: n.By, Tag: tagRemove + string(g.card.ID)})
	}
	if g.e.Now.Sub(g.s.Sent) < askAgain {
		return
	}
	g.s.Sent = g.e.Now
	g.tell("gate.again", "until", g.s.Again)
}

// tell says something to the applicant that is his affair alone.
func (g *visit) tell(key string, pairs ...any) {
	g.want(rule.Secretly(g.c, g.card, "", func(v rule.Voice) chat.Text {
		return v.Say(key, append(pairs, "community", nameOf(g.c, v))...)
	})...)
}

// decided does what a moderator has decided.
func (g *visit) decided(b chat.Asked) {
	v := rule.Speak(g.c, g.e)
	card, rest, problem := rule.Target(g.c, g.e)
	if problem != "" {
		g.want(rule.Reply(g.e, v.Say(problem, rule.Meant(g.c, b)...)))
		return
	}
	g.about(card)
	switch {
	case card.Level >= chat.Member && b.Command == "approve":
		g.want(rule.Reply(g.e, v.Say("approve.has", "name", card.Name)))
	case card.Level >= chat.Member:
		g.want(rule.Reply(g.e, v.Say("decline.has", "name", card.Name)))
	case b.Command == "approve":
		g.want(record(g.e, card.ID, "approve"))
		g.closeCard("gate.card.in")
		g.pass("by")
	default:
		line := "decline"
		if reason := clip(strings.Join(rest, " "), maxReason); reason != "" {
			line += ": " + reason
		}
		g.want(record(g.e, card.ID, line), rule.Reply(g.e, v.Say("decline.done", "name", card.Name)))
		g.closeCard("gate.card.out")
		g.refuse(refusedFor)
		g.tell("gate.declined", "until", g.s.Again)
	}
}

// pass hands somebody who has passed to the seats.
func (g *visit) pass(how string) {
	kind, by := g.s.Kind, g.s.By
	if kind == "" && len(g.card.Identities) > 0 {
		kind, by = byTurn, g.card.Identities[0]
	}
	g.want(chat.Emit{House: true, Body: chat.Asked{
		Command: "seat", Args: []string{askChecked, kind, how, by.String(), g.s.At.String()},
	}})
	g.s = Applicant{}
}

// refuse ends what an applicant has begun, and says from when on he may begin again.
func (g *visit) refuse(wait time.Duration) {
	switch g.s.Kind {
	case byKnock:
		g.want(chat.Decline{To: g.s.At, Who: g.s.By})
	case byJoin:
		g.want(chat.Remove{To: g.s.At, Who: g.s.By, Tag: tagRemove + string(g.card.ID)})
	}
	if g.card.Settings[knocking] != "" {
		g.want(chat.Set{Member: g.card.ID, Key: knocking})
	}
	g.s = Applicant{Again: g.e.Now.Add(wait)}
	g.wake(g.s.Again)
}

// posted takes what somebody without a seat writes: an answer in private, in a room nothing but the answer to the test.
func (g *visit) posted(b chat.Posted) {
	if id, ok := probed(g.e); ok {
		if card, known := g.c.Members.ByID(id); known {
			g.about(card)
			g.forward(b)
		}
		return
	}
	card, ok := g.c.Members.ByID(g.e.Member)
	if !ok {
		return
	}
	g.about(card)
	if g.e.Private {
		g.said(b)
		return
	}
	g.want(chat.Drop{}, chat.Delete{To: g.e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
	if g.s.Stage == beingTested && g.typed(b) {
		return
	}
	if !g.s.Warned.IsZero() && g.e.Now.Sub(g.s.Warned) < warnAgain {
		return
	}
	g.s.Warned = g.e.Now
	key := "guest.post"
	if g.s.Stage == beingTested {
		key = "guest.test"
	}
	g.want(chat.Whisper{To: g.e.Chat, Who: g.e.By.Identity, Text: rule.To(g.c, card, g.e.Chat.Platform).Say(key)})
}

// said takes an answer in private; what is none is left to the others.
func (g *visit) said(b chat.Posted) {
	switch {
	case g.s.Stage == beingTested:
		if g.typed(b) {
			g.want(chat.Drop{})
		}
	case g.s.Stage == beingAsked, g.s.Probed:
		g.want(chat.Drop{})
		if b.Text.IsEmpty() {
			g.tell("gate.words")
			return
		}
		g.answered(clip(strings.TrimSpace(b.Text.Plain), maxAnswer))
	}
}

// claimed clears the state of somebody who has turned out to have a seat, and lets his other account in.
func (g *visit) claimed(b chat.Claimed) {
	card, ok := g.c.Members.ByID(b.Kept)
	if !ok {
		return
	}
	g.about(card)
	if card.Level < chat.Member {
		g.rewake()
		return
	}
	if g.s.Stage != nothing {
		g.closeCard("gate.card.one")
		g.pass("alone")
	}
	g.s = Applicant{}
}

// due does what time has brought.
func (g *visit) due(b chat.Due) {
	id, ok := cutTag(b.Key, string(g.c.ID)+"/")
	card, known := g.c.Members.ByID(id)
	if !ok || !known || card.Level >= chat.Member {
		g.s = Applicant{}
		return
	}
	g.about(card)
	now := g.e.Now
	switch {
	case g.s.Stage == beingTested && now.Sub(g.s.Begun) >= testTime:
		g.failTest("captcha.late")
	case g.s.Stage == beingAsked && g.s.Carded.IsZero():
		g.showCard()
	case !g.s.Carded.IsZero() && g.s.Pings < 2:
		g.ping()
	case g.s.Stage == nothing && !now.Before(g.s.Again):
		g.s = Applicant{}
	}
}

// rewake sets the timer for a state that has got another key.
func (g *visit) rewake() {
	switch {
	case g.s.Stage == beingTested:
		g.wake(g.s.Begun.Add(testTime))
	case g.s.Stage == beingAsked && g.s.Carded.IsZero():
		g.wake(g.s.Begun.Add(cardAfter))
	case !g.s.Carded.IsZero() && g.s.Pings < 2:
		g.wake(g.s.Carded.Add([]time.Duration{pingAfter, pingAgain}[g.s.Pings]))
	case !g.s.Again.IsZero():
		g.wake(g.s.Again)
	}
}
