package prompts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// find returns the place of an open question by its number, -1 = there is none.
func (s Asks) find(n int) int {
	return slices.IndexFunc(s.Open, func(q Question) bool { return q.N == n && !q.Closed })
}

// numberIn reads the number of a question out of its tag; -1 is none.
func numberIn(tag string) int {
	word, _, _ := strings.Cut(strings.TrimPrefix(tag, askTag), "/")
	n, err := strconv.Atoi(word)
	if err != nil {
		return -1
	}
	return n
}

// answered brings what somebody answers in the room to who has asked.
func (s Asks) answered(c chat.Community, e chat.Event, b chat.Posted) (Asks, []chat.Effect) {
	i := s.find(numberIn(e.ReplyTo.Tag))
	if i < 0 || s.Open[i].Who == e.Member || s.Open[i].Passed >= maxWords {
		return s, nil
	}
	card, ok := c.Members.ByID(s.Open[i].Who)
	if !ok || len(card.In) == 0 {
		return s, nil
	}
	q := s.Open[i]
	s.Open[i].Passed++
	return s, rule.Secretly(c, card, toldTag+strconv.Itoa(q.N), func(v rule.Voice) chat.Text {
		pairs := []any{"name", nameOf(e, v), "question", shortened(q.Text, 80), "n", q.N, "text", shortened(b.Text.Plain, maxPassed)}
		if b.Text.IsEmpty() {
			return v.Say("ask.answer.thing", pairs...)
		}
		return v.Say("ask.answer", pairs...)
	})
}

func nameOf(e chat.Event, v rule.Voice) any {
	if e.By.Name == "" {
		return v.Say("ask.somebody")
	}
	return e.By.Name
}

// shortened returns at most so many characters of a text.
func shortened(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// more lets who has asked add something, still without a name.
func (s Asks) more(c chat.Community, e chat.Event, v rule.Voice, b chat.Asked) (Asks, []chat.Effect) {
	n := 0
	if len(b.Args) > 1 {
		n, _ = strconv.Atoi(b.Args[1])
	}
	i := s.find(n)
	if i < 0 || s.Open[i].Who != e.Member || len(b.Args) < 3 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.more.how"))}
	}
	q := s.Open[i]
	text := chat.Uncalled(chat.OneLine(b.Args[2:]...))
	room, ok := c.Room(q.Room)
	problem := s.mayAsk(c, e)
	switch {
	case problem == "ask.held" || problem == "ask.barred":
		return s, []chat.Effect{rule.Reply(e, v.Say(problem))}
	case !ok:
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.noroom"))}
	case len([]rune(text)) > maxAsk:
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.long", "max", maxAsk, "n", len([]rune(text))))}
	case q.Passed >= maxWords:
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.more.enough"))}
	}
	s.Open[i].Passed++
	s.Open[i].Added++
	out := rule.Everywhere(c, room, s.Open[i].addedTag(s.Open[i].Added), func(v rule.Voice) chat.Text {
		return v.Say("ask.more.post", "text", text, "question", shortened(q.Text, 80))
	})
	return s, append(out, rule.Reply(e, v.Say("ask.more.done")))
}

// close takes a question away at a moderator's word, who answers it with the command. Who asked hears it, and asks nothing
// without a name for two weeks; nobody learns who it was.
func (s Asks) close(c chat.Community, e chat.Event, v rule.Voice) (Asks, []chat.Effect) {
	b, _ := e.Body.(chat.Asked)
	var out []chat.Effect
	if !e.Private {
		out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
	}
	if e.Level < chat.Moderator {
		return s, append(out, rule.Discreetly(e, v.Say("ask.close.level")))
	}
	i := -1
	if e.ReplyTo != nil && strings.HasPrefix(e.ReplyTo.Tag, askTag) {
		i = s.find(numberIn(e.ReplyTo.Tag))
	}
	if i < 0 {
		return s, append(out, rule.Discreetly(e, v.Say("ask.close.how")))
	}
	q := s.Open[i]
	s.Open[i].Closed, s.Open[i].Text = true, ""
	s.Barred = append(s.Barred, Bar{Who: q.Who, Until: e.Now.Add(barFor)})
	if room, ok := c.Room(q.Room); ok {
		for _, to := range room.Chats {
			out = append(out, chat.Delete{To: to, Target: chat.Target{Tag: q.tag()}})
			for n := range q.Added {
				out = append(out, chat.Delete{To: to, Target: chat.Target{Tag: q.addedTag(n + 1)}})
			}
		}
	}
	if card, ok := c.Members.ByID(q.Who); ok {
		out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("ask.closed", "text", shortened(q.Text, 80)) })...)
	}
	out = append(out, chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " ask: closed " + strconv.Itoa(q.N)})
	return s, append(out, rule.Discreetly(e, v.Say("ask.close.done")))
}
