package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// textPromises are about texts that are hard to carry.
func textPromises() []promise {
	return []promise{
		{name: "odd texts arrive", keep: oddTextsArrive},
		{name: "odd texts are shown", keep: oddTextsAreShown},
		{name: "empty text is shown or refused", keep: emptyText},
		{name: "text at the limit is one message", keep: textAtLimit},
		{name: "text over the limit is shown whole", keep: textOverLimit},
		{name: "edit of a split text changes all of it", keep: editOfSplit},
		{name: "edit may grow over the limit", keep: editGrows},
		{name: "delete of a split text deletes all of it", keep: deleteOfSplit},
	}
}

// oddTexts break whoever counts in bytes, writes markup without escaping or tidies up.
func oddTexts() map[string]string {
	return map[string]string{
		"right to left":  "שלום لكم hello",
		"emoji":          "🍲🥖 soup & bread 👍🏽",
		"joined emoji":   "👨‍👩‍👧‍👦 and 🏳️‍🌈",
		"combining":      "Z̸͓̋a̷l̶g̴o̵ é",
		"astral letters": "𝔅𝔯𝔢𝔞𝔡 at 𝟔",
		"markup":         `<b>not bold</b> *nor this* _nor_ [x](http://y.z) ` + "`z` &amp; &lt; ~~s~~ ||q||",
		"lines":          "one\n\nthree\n  four",
		"mass mention":   "@everyone @room @all",
		"one letter":     "x",
	}
}

func oddTextsArrive(s *stage) {
	g := s.gather()
	for name, text := range oddTexts() {
		_, p := s.hearPosted(s.saying(g.ana, g.chat, text))
		if p.Text.Plain != text {
			s.t.Errorf("%s: %q arrived as %q", name, text, p.Text.Plain)
		}
		s.mustBePlain(name, p.Text)
	}
}

// mustBePlain allows what platforms find in plain text by themselves: addresses, and names of nobody we know.
func (s *stage) mustBePlain(what string, t chat.Text) {
	s.t.Helper()
	for _, span := range t.Spans {
		if span.Style != chat.Hyperlink && (span.Style != chat.Mention || span.Value != "") {
			s.t.Errorf("%s: plain text got the style %+v", what, span)
		}
	}
}

func oddTextsAreShown(s *stage) {
	g := s.gather()
	for name, text := range oddTexts() {
		r := s.do(chat.Send{To: g.chat, Text: chat.Plain(text)})
		m := s.seeOne(g.chat, name, func(m world.Shown) bool { return m.ID == r.Refs[0].ID })
		if m.Text.Plain != text {
			s.t.Errorf("%s: %q is shown as %q", name, text, m.Text.Plain)
		}
		s.mustBePlain(name, m.Text)
	}
}

func emptyText(s *stage) {
	g := s.gather()
	for _, text := range []string{"", " \n\t ", "\u200b"} {
		d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain(text)})
		_, err := s.try(d)
		s.mustNotBeBug(err)
		// Even without the degrading of the pump it is no bug.
		d = s.dispatch(chat.Send{To: g.chat, Text: chat.Plain("x")})
		d.Effect = chat.Send{To: g.chat, Text: chat.Plain(text)}
		_, err = s.try(d)
		s.mustNotBeBug(err)
	}
	s.send(g.chat, "the next one")
	s.seeText(g.chat, "the next one")
}

// prose returns a text of exactly n units, of words that occur once, each beginning with the tag.
func prose(tag string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%s%d ", tag, i)
	}
	text := []byte(b.String()[:n])
	if text[n-1] == ' ' {
		text[n-1] = '.'
	}
	return string(text)
}

// squeeze takes the white space from a text: where a text is cut, a space may get lost.
func squeeze(text string) string {
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), "")
}

// seeWhole waits until all that the bot says in the group, put together, is the text, and nothing else.
func (s *stage) seeWhole(in chat.Chat, text string) []world.Shown {
	s.t.Helper()
	var pieces []world.Shown
	s.see(in, fmt.Sprintf("%d characters of %.20q and nothing else", len(text), text), func(all []world.Shown) bool {
		var b strings.Builder
		pieces = nil
		for _, m := range all {
			if m.FromBot && !m.Deleted && !m.Service {
				b.WriteString(m.Text.Plain)
				pieces = append(pieces, m)
			}
		}
		return squeeze(b.String()) == squeeze(text)
	})
	return pieces
}

func textAtLimit(s *stage) {
	g := s.gather()
	text := prose("limit", s.features.TextLimit)
	r := s.do(chat.Send{To: g.chat, Text: chat.Plain(text)})
	s.seeWhole(g.chat, text)
	if len(r.Refs) != 1 {
		s.t.Errorf("a text of TextLimit became %d messages", len(r.Refs))
	}
}

// sendLong posts a text of some messages, bold from end to end, and returns its refs.
func (s *stage) sendLong(to chat.Chat, text string) []chat.Ref {
	s.t.Helper()
	r := s.do(chat.Send{To: to, Text: chat.Styled(chat.Bold, text, "")})
	if len(r.Refs) < 2 {
		s.t.Fatalf("a text over TextLimit became %d messages", len(r.Refs))
	}
	return r.Refs
}

func textOverLimit(s *stage) {
	g := s.gather()
	text := prose("over", 2*s.features.TextLimit+100)
	refs := s.sendLong(g.chat, text)
	pieces := s.seeWhole(g.chat, text)
	if len(pieces) != len(refs) {
		s.t.Fatalf("the receipt names %d messages, people see %d", len(refs), len(pieces))
	}
	for i, m := range pieces {
		if m.ID != refs[i].ID {
			s.t.Errorf("message %d is %s, the receipt says %s", i, m.ID, refs[i].ID)
		}
		bold := slices.ContainsFunc(m.Text.Spans, func(sp chat.Span) bool { return sp.Style == chat.Bold })
		if !bold && s.features.Shows["bold"].How == chat.Native {
			s.t.Errorf("message %d of a bold text is not bold", i)
		}
	}
}

func editOfSplit(s *stage) {
	g := s.gather()
	target := chat.Target{Refs: s.sendLong(g.chat, prose("before", 2*s.features.TextLimit+100))}
	for _, text := range []string{prose("after", 2*s.features.TextLimit+50), "and now in short"} {
		r := s.do(chat.Edit{To: g.chat, Target: target, Text: chat.Plain(text)})
		s.seeWhole(g.chat, text)
		target.Refs = appendNew(target.Refs, r.Refs...)
	}
}

func editGrows(s *stage) {
	g := s.gather()
	r := s.do(chat.Send{To: g.chat, Text: chat.Plain("in short")})
	text := prose("long", s.features.TextLimit+100)
	more := s.do(chat.Edit{To: g.chat, Target: chat.Target{Refs: r.Refs}, Text: chat.Plain(text)})
	s.seeWhole(g.chat, text)
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: appendNew(r.Refs, more.Refs...)}})
	s.seeWhole(g.chat, "")
}

func deleteOfSplit(s *stage) {
	g := s.gather()
	refs := s.sendLong(g.chat, prose("gone", 2*s.features.TextLimit+100))
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: refs}})
	s.seeWhole(g.chat, "")
}
