package seats

import (
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// questions are those that the community asks, in the words of a voice.
func questions(c chat.Community, v rule.Voice) []any {
	own := []any{v.Say("gate.ask.need"), v.Say("gate.ask.give")}
	var out []any
	for i, name := range []string{"ask1", "ask2"} {
		switch set := c.Setting(name, ""); {
		case set == "":
			out = append(out, own[i])
		case !strings.EqualFold(set, "off"):
			out = append(out, set)
		}
	}
	return out
}

// question asks the next one; first is what is said before the first.
func (g *visit) question(first string) {
	n := len(g.s.Answers)
	all := questions(g.c, rule.Aloud(g.c, g.s.By.Platform))
	if n >= len(all) {
		g.done()
		return
	}
	g.s.Sent = g.e.Now
	g.want(rule.Secretly(g.c, g.card, tagQuestion+string(g.card.ID), func(v rule.Voice) chat.Text {
		ask := v.Say("gate.question", "n", n+1, "all", len(all), "question", questions(g.c, v)[n])
		if first == "" {
			return ask
		}
		return v.Say(first, "community", nameOf(g.c, v)).Append(chat.Plain("\n"), ask)
	})...)
}

// answered takes an answer: to a question, or to what moderators have asked.
func (g *visit) answered(words string) {
	if g.s.Probed {
		g.s.Probed = false
		g.want(rule.ToModerators(g.c, "", func(v rule.Voice) chat.Text {
			return v.Say("gate.probe.answer", "name", g.called(), "text", words)
		}, nil)...)
		g.tell("gate.passed.on")
		return
	}
	if len(g.s.Answers) < maxQuestions {
		g.s.Answers = append(g.s.Answers, words)
	}
	g.question("")
}

// done shows the moderators what he has answered.
func (g *visit) done() {
	g.s.Stage = beingRead
	g.tell("gate.thanks")
	g.showCard()
}

// unasked is what follows when he cannot be asked in private: a human has to.
func (g *visit) unasked() {
	id, _ := cutTag(g.e.Tag, tagQuestion)
	card, ok := g.c.Members.ByID(id)
	if !ok || g.s.Stage == nothing {
		return
	}
	g.about(card)
	g.s.Deaf, g.s.Probed = true, false
	g.s.Stage = beingRead
	g.showCard()
}

func (g *visit) called() string { return rule.Names([]chat.Card{g.card}) }

// showCard brings moderators what they need to decide, or brings the card that they have up to date.
func (g *visit) showCard() {
	write := func(v rule.Voice) chat.Text { return g.cardText(v) }
	if !g.s.Carded.IsZero() {
		if room, ok := g.c.With(rule.Moderators); ok {
			g.want(rule.Anew(g.c, room, tagCard+string(g.card.ID), write, g.cardChoices()...)...)
			return
		}
	}
	if g.s.Carded.IsZero() {
		g.wake(g.e.Now.Add(pingAfter))
		g.s.Carded, g.s.Pings = g.e.Now, 0
	}
	g.toTeam(tagCard+string(g.card.ID), write, g.cardChoices()...)
}

// toTeam tells the moderators, or, in a community that has none yet, the room, where its chats' admins read it; there
// nothing is said of what he has answered.
func (g *visit) toTeam(tag string, write func(rule.Voice) chat.Text, choices ...chat.Choice) {
	if out := rule.ToModerators(g.c, tag, write, nil, choices...); len(out) > 0 {
		g.want(out...)
		return
	}
	room, ok := g.c.RoomOf(g.s.At)
	if !ok {
		return
	}
	g.want(rule.Everywhere(g.c, room, tag, func(v rule.Voice) chat.Text {
		return v.Say("gate.card.admins", "handle", g.card.Handle)
	})...)
}

func (g *visit) cardText(v rule.Voice) chat.Text {
	out := v.Say("gate.card", "name", g.called(), "platform", say.Platform(v.Language, g.s.By.Platform), "title", g.where())
	if g.s.Note != "" {
		out = out.Append(chat.Plain("\n"), v.Say("gate.card.note", "text", clip(oneLine(g.s.Note), maxAnswer)))
	}
	all := questions(g.c, v)
	for i, a := range g.s.Answers {
		if i < len(all) {
			out = out.Append(chat.Plain("\n"), v.Say("gate.card.answer", "question", all[i], "text", oneLine(a)))
		}
	}
	switch {
	case g.s.Deaf:
		out = out.Append(chat.Plain("\n"), v.Say("gate.card.deaf"))
	case g.s.Stage == beingAsked:
		out = out.Append(chat.Plain("\n"), v.Say("gate.card.silent"))
	}
	return out
}

// oneLine lets nobody write what looks like a line of the house's.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (g *visit) where() string {
	room, ok := g.c.RoomOf(g.s.At)
	if !ok {
		return "–"
	}
	return room.Title(g.s.At)
}

func (g *visit) cardChoices() []chat.Choice {
	v := rule.Aloud(g.c, chat.Matrix)
	out := []chat.Choice{
		{Label: v.Say("gate.admit").Plain, Ask: "approve @" + g.card.Handle},
		{Label: v.Say("gate.decline").Plain, Ask: "decline @" + g.card.Handle},
	}
	if g.s.Deaf {
		return out
	}
	return append(out, chat.Choice{Label: v.Say("gate.probe").Plain, Ask: "door ask @" + g.card.Handle})
}

// closeCard writes on the card who has decided what.
func (g *visit) closeCard(key string) {
	if g.s.Carded.IsZero() {
		return
	}
	room, ok := g.c.With(rule.Moderators)
	if !ok {
		return
	}
	by := g.e.By.Name
	g.want(rule.Anew(g.c, room, tagCard+string(g.card.ID), func(v rule.Voice) chat.Text {
		return g.cardText(v).Append(chat.Plain("\n"), v.Say(key, "name", nameless(v, by)))
	})...)
}

// ping reminds moderators of somebody who waits, and says to him that he is not forgotten.
func (g *visit) ping() {
	g.s.Pings++
	since := g.e.Now.Sub(g.s.Begun)
	g.toTeam("", func(v rule.Voice) chat.Text {
		return v.Say("gate.ping", "name", g.called(), "time", since)
	}, g.cardChoices()...)
	if g.s.Pings == 1 {
		g.wake(g.s.Carded.Add(pingAgain))
		return
	}
	if !g.s.Deaf {
		g.tell("gate.late")
	}
}

// probing finds whom moderators want to ask something: "door ask @zoe~9".
func probing(c chat.Community, b chat.Asked) (chat.Card, bool) {
	if len(b.Args) != 2 || b.Args[0] != "ask" {
		return chat.Card{}, false
	}
	found := c.Members.Named(b.Args[1])
	if len(found) != 1 {
		return chat.Card{}, false
	}
	return found[0], true
}

// probe lets a moderator write what he wants to ask.
func (g *visit) probe(v rule.Voice) {
	room, ok := g.c.RoomOf(g.e.Chat)
	isTheirs := g.e.Private || ok && room.Settings[rule.Moderators] == "on"
	switch {
	case g.e.Level < chat.Moderator:
		g.want(rule.Discreetly(g.e, v.Say("refuse.level", "level", chat.Moderator)))
	case !isTheirs:
		g.want(rule.Discreetly(g.e, v.Say("refuse.private")))
	case g.s.Stage == nothing:
		g.want(rule.Discreetly(g.e, v.Say("gate.gone", "name", g.card.Name)))
	default:
		g.want(chat.Send{To: g.e.Chat, Text: v.Say("gate.probe.write", "name", g.card.Name), Tag: tagProbe + string(g.card.ID)})
	}
}

// forward asks the applicant what a moderator has written.
func (g *visit) forward(b chat.Posted) {
	v := rule.Speak(g.c, g.e)
	if g.e.Private {
		g.want(chat.Drop{})
	}
	switch {
	case g.s.Stage == nothing:
		g.want(chat.Send{To: g.e.Chat, Text: v.Say("gate.gone", "name", g.card.Name)})
		return
	case b.Text.IsEmpty():
		g.want(chat.Send{To: g.e.Chat, Text: v.Say("gate.words")})
		return
	}
	g.s.Probed = true
	words := clip(strings.TrimSpace(b.Text.Plain), maxAnswer)
	g.want(rule.Secretly(g.c, g.card, tagQuestion+string(g.card.ID), func(v rule.Voice) chat.Text {
		return v.Say("gate.probe.asks", "community", nameOf(g.c, v), "text", words)
	})...)
	g.want(chat.Send{To: g.e.Chat, Text: v.Say("gate.probe.sent", "name", g.card.Name)})
}
