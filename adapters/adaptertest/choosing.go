package adaptertest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// choosingPromises are about choices under a message of the house's.
func choosingPromises() []promise {
	return []promise{
		{name: "choices are offered", keep: choicesAreOffered, proves: []chat.Kind{"choices"}},
		{name: "choice arrives", keep: choiceArrives},
		{name: "choice has the level of who makes it", keep: choiceHasLevel},
		{name: "number as an answer chooses", keep: numberChooses},
		{name: "choices change and go with an edit", keep: choicesChange},
		{name: "choice in private arrives", keep: privateChoice},
	}
}

// offers returns what can be chosen.
func offers() []chat.Choice {
	return []chat.Choice{{Label: "Claim it", Ask: "claim 7"}, {Label: "Ask back", Ask: "ask 7"}, {Label: "Close", Ask: "close 7"}}
}

// numbered returns choices as the lines that tell them where there are no buttons.
func numbered(cs []chat.Choice) string {
	var lines []string
	for i, c := range cs {
		lines = append(lines, fmt.Sprintf("%d  %s", i+1, c.Label))
	}
	return strings.Join(lines, "\n")
}

// offer sends a message with choices and returns its ref.
func (s *stage) offer(to chat.Chat, text string, cs []chat.Choice) chat.Ref {
	s.t.Helper()
	r := s.do(chat.Send{To: to, Text: chat.Plain(text), Choices: cs})
	return r.Refs[len(r.Refs)-1]
}

// seeChoices waits until a message of the bot offers exactly the choices.
func (s *stage) seeChoices(in chat.Chat, id string, want []chat.Choice) {
	s.t.Helper()
	var labels []string
	for _, c := range want {
		labels = append(labels, c.Label)
	}
	s.seeOne(in, fmt.Sprintf("the choices %q under %s", labels, id), func(m world.Shown) bool {
		if m.ID != id || m.Deleted {
			return false
		}
		if s.features.Shows["choices"].How == chat.Native {
			return slices.Equal(m.Choices, labels)
		}
		lines, after, _ := strings.Cut(m.Text.Plain, "\n\n")
		if len(want) > 0 {
			return len(m.Choices) == 0 && strings.TrimSpace(after) == numbered(want)
		}
		return len(m.Choices) == 0 && after == "" && lines != "" && len(keycapsOn(m)) == 0
	})
}

// keycapsOn returns the keycaps that somebody gives to a message.
func keycapsOn(m world.Shown) []string {
	var out []string
	for n := range chat.MaxChoices {
		for emoji, by := range m.Reactions {
			if bare(emoji) == bare(chat.Keycap(n)) && len(by) > 0 {
				out = append(out, emoji)
			}
		}
	}
	return out
}

// chose matches the event of a person's choice in any way that the engine understands.
func chose(person string, ref chat.Ref, n int) func(chat.Event) bool {
	return func(e chat.Event) bool {
		if e.By.Identity.ID != person {
			return false
		}
		switch b := e.Body.(type) {
		case chat.Pressed:
			return b.Ref == ref && b.N == n
		case chat.Reacted:
			return b.Ref == ref && b.Change != chat.ReactionRemoved && len(b.Emoji) > 0 &&
				bare(b.Emoji[len(b.Emoji)-1]) == bare(chat.Keycap(n))
		case chat.Posted:
			return b.Reply != nil && b.Reply.Ref == ref && b.Text.Plain == strconv.Itoa(n+1)
		}
		return false
	}
}

// press chooses and waits for the event.
func (s *stage) press(person string, ref chat.Ref, n int) chat.Event {
	s.t.Helper()
	if err := s.w.Press(person, ref.Chat.ID, ref.ID, n); err != nil {
		s.t.Fatalf("press choice %d: %v", n, err)
	}
	return s.hear(fmt.Sprintf("choice %d of %v by %s", n, ref, person), chose(person, ref, n))
}

func choicesAreOffered(s *stage) {
	g := s.gather()
	ref := s.offer(g.chat, "A report waits.", offers())
	s.seeChoices(g.chat, ref.ID, offers())
	none := s.offer(g.chat, "Nothing to choose.", nil)
	s.seeChoices(g.chat, none.ID, nil)
	// What the adapter itself puts under the message is nobody's choice.
	s.hearPosted(s.saying(g.ana, g.chat, "let us see"))
	events, _ := s.heard.heard()
	for _, e := range events {
		switch e.Body.(type) {
		case chat.Reacted, chat.Pressed:
			s.t.Errorf("nobody has chosen, and %T %+v by %v arrived", e.Body, e.Body, e.By.Identity)
		}
	}
}

func choiceArrives(s *stage) {
	g := s.gather()
	ref := s.offer(g.chat, "A report waits.", offers())
	s.seeChoices(g.chat, ref.ID, offers())
	s.press(g.ana, ref, 2)
	e := s.press(g.ben, ref, 0)
	if e.Chat != g.chat || e.Private || e.By.Name != g.benName {
		s.t.Errorf("the choice of %q is told as by %q in %v (private %v)", g.benName, e.By.Name, e.Chat, e.Private)
	}
	s.restart()
	s.listening(g)
	s.press(g.ben, ref, 1)
	count := map[int]int{}
	events, _ := s.heard.heard()
	for n := range offers() {
		for _, e := range events {
			if chose(g.ana, ref, n)(e) {
				count[n]++
			}
		}
	}
	if len(count) != 1 || count[2] != 1 {
		s.t.Errorf("Ana chose the third once, told as (choice: times) %v", count)
	}
}

func choiceHasLevel(s *stage) {
	g := s.gather()
	ref := s.offer(g.chat, "A report waits.", offers())
	s.seeChoices(g.chat, ref.ID, offers())
	for _, by := range []struct {
		id   string
		want chat.Level
	}{{g.owner, chat.Organiser}, {g.ana, chat.Member}} {
		if e := s.press(by.id, ref, 0); e.By.Level != by.want || e.By.Unsure {
			s.t.Errorf("level of %s is %v (unsure %v), want %v", by.id, e.By.Level, e.By.Unsure, by.want)
		}
	}
}

// numberChooses is the way that works on every platform, buttons or not.
func numberChooses(s *stage) {
	g := s.gather()
	ref := s.offer(g.chat, "A report waits.", offers())
	s.seeChoices(g.chat, ref.ID, offers())
	for _, by := range []struct {
		id   string
		want chat.Level
	}{{g.owner, chat.Organiser}, {g.ana, chat.Member}} {
		e, p := s.hearPosted(s.say(by.id, g.chat, world.Say{Text: chat.Plain("2"), ReplyTo: ref.ID}))
		if !chose(by.id, ref, 1)(e) {
			s.t.Errorf("the answer is %q to %+v, want %q to %v", p.Text.Plain, p.Reply, "2", ref)
		}
		if e.By.Level != by.want || e.By.Unsure {
			s.t.Errorf("level of %s is %v (unsure %v), want %v", by.id, e.By.Level, e.By.Unsure, by.want)
		}
	}
}

func choicesChange(s *stage) {
	g := s.gather()
	ref := s.offer(g.chat, "A report waits.", offers())
	s.seeChoices(g.chat, ref.ID, offers())
	target := chat.Target{Refs: []chat.Ref{ref}}
	fewer := []chat.Choice{{Label: "Give it back", Ask: "unclaim 7"}, {Label: "Close", Ask: "close 7"}}
	s.do(chat.Edit{To: g.chat, Target: target, Text: chat.Plain("A report waits, Ben has it."), Choices: fewer})
	s.seeChoices(g.chat, ref.ID, fewer)
	// The same words with other choices are a change, too.
	more := slices.Concat(fewer, offers()[:1])
	s.do(chat.Edit{To: g.chat, Target: target, Text: chat.Plain("A report waits, Ben has it."), Choices: more})
	s.seeChoices(g.chat, ref.ID, more)
	s.restart() // what an adapter has put under the message it takes away after a restart, too
	s.listening(g)
	s.do(chat.Edit{To: g.chat, Target: target, Text: chat.Plain("The report is closed.")})
	s.seeText(g.chat, "The report is closed.")
	s.seeChoices(g.chat, ref.ID, nil)
}

func privateChoice(s *stage) {
	g := s.gather()
	c := s.private(g)
	r := s.do(chat.Whisper{
		To: g.chat, Who: s.identity(g.ana), Text: chat.Plain("You are over your posts."), Secret: true, Choices: offers(),
	})
	if len(r.Refs) == 0 {
		s.t.Fatal("the receipt of a whisper has no refs")
	}
	ref := r.Refs[len(r.Refs)-1]
	s.seeChoices(c, ref.ID, offers())
	if e := s.press(g.ana, ref, 1); e.Chat != c || !e.Private {
		s.t.Errorf("a choice in private is told as in %v (private %v)", e.Chat, e.Private)
	}
}
