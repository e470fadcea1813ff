package breakouts

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// askedAvoid is /avoid: whom the asker would rather not share a group with. It is heard in private only; what is typed in a
// room is taken away there as far as that can be, and not noted.
func (t *turn) askedAvoid(b chat.Asked) {
	if !t.e.Private {
		if !b.Ref.IsZero() && !b.Chosen {
			t.do(chat.Delete{To: t.e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
		}
		t.do(chat.Whisper{To: t.e.Chat, Who: t.e.By.Identity, Text: t.own().Say("avoid.private")})
		return
	}
	if t.e.Member == "" {
		t.answer("breakout.nowhere")
		return
	}
	if len(b.Args) == 0 {
		t.listWishes()
		return
	}
	event, off := t.e, false
	if word := strings.ToLower(b.Args[0]); word == "off" || word == "remove" {
		off = true
		b.Args = b.Args[1:]
		b.Text = b.Text.Slice(chat.Units(firstWord(b.Text.Plain)), b.Text.Len()).Trim()
	}
	event.Body = b
	card, _, wrong := rule.Target(t.c, event)
	switch {
	case wrong != "":
		t.answer(wrong, rule.Meant(t.c, b)...)
	case card.ID == t.e.Member:
		t.answer("avoid.self")
	case off:
		t.s.Avoid = slices.DeleteFunc(t.s.Avoid, func(w Wish) bool { return w == Wish{Who: t.e.Member, Not: card.ID} })
		t.answer("avoid.off", "name", nameOf(card))
	default:
		t.wish(card)
	}
}

// firstWord is the first word of a text with what stands before it.
func firstWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return s[:strings.Index(s, words[0])+len(words[0])]
}

// own is the voice for the asker in private, wherever he asks.
func (t *turn) own() rule.Voice {
	if card, ok := t.c.Members.ByID(t.e.Member); ok {
		return rule.To(t.c, card, t.e.Chat.Platform)
	}
	return rule.Speak(t.c, t.e)
}

// wish notes that the asker would rather not share a group with a member.
func (t *turn) wish(not chat.Card) {
	w := Wish{Who: t.e.Member, Not: not.ID}
	mine := 0
	for _, other := range t.s.Avoid {
		if other.Who == w.Who {
			mine++
		}
	}
	if !slices.Contains(t.s.Avoid, w) {
		if mine >= maxAvoid || len(t.s.Avoid) >= maxWishes {
			t.answer("avoid.many", "n", mine)
			return
		}
		t.s.Avoid = append(t.s.Avoid, w)
	}
	t.answer("avoid.done", "name", nameOf(not))
}

// listWishes tells the asker whom he is kept apart from by his own wish, and nothing of others'.
func (t *turn) listWishes() {
	var who []chat.MemberID
	for _, w := range t.s.Avoid {
		if w.Who == t.e.Member {
			who = append(who, w.Not)
		}
	}
	if len(who) == 0 {
		t.answer("avoid.none")
		return
	}
	t.answer("avoid.list", "names", t.names(who))
}

// renamedWishes puts one member in the place of another in all wishes. Nobody is kept apart from himself.
func (t *turn) renamedWishes(gone, kept chat.MemberID) {
	var out []Wish
	for _, w := range t.s.Avoid {
		if w.Who == gone {
			w.Who = kept
		}
		if w.Not == gone {
			w.Not = kept
		}
		if w.Who != w.Not && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	t.s.Avoid = out
}
