package adaptertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// styles are those of the table, with a value where they have one.
func styles() []chat.Span {
	return []chat.Span{
		{Style: chat.Bold},
		{Style: chat.Italic},
		{Style: chat.Underline},
		{Style: chat.Strike},
		{Style: chat.Spoiler},
		{Style: chat.Code},
		{Style: chat.Pre, Value: "go"},
		{Style: chat.Quote},
		{Style: chat.Hyperlink, Value: "https://example.org/page"},
	}
}

// stylePromises are about spans over texts.
func stylePromises() []promise {
	var kinds []chat.Kind
	for _, st := range styles() {
		kinds = append(kinds, chat.Kind(st.Style))
	}
	return []promise{
		{name: "styles arrive", keep: stylesArrive},
		{name: "styles are shown", keep: stylesAreShown, proves: kinds},
		{name: "styles within styles are shown", keep: nestedStyles},
		{name: "mention arrives", keep: mentionArrives},
		{name: "mention is shown", keep: mentionIsShown, proves: []chat.Kind{"mention"}},
		{name: "mention of a stranger is his name", keep: mentionOfStranger},
	}
}

// styled returns a text with a style over its middle, between letters that count as two units each.
func styled(st chat.Span) (chat.Text, string) {
	if st.Style == chat.Pre || st.Style == chat.Quote { // blocks have lines of their own
		words := "so 𝔟𝔦𝔤 a " + string(st.Style)
		return chat.Plain("𝔅efore:\n").Append(chat.Styled(st.Style, words, st.Value), chat.Plain("\nafter 🍲")), words
	}
	words := "so 𝔟𝔦𝔤"
	return chat.Plain("𝔅efore ").Append(chat.Styled(st.Style, words, st.Value), chat.Plain(" after 🍲")), words
}

// under returns what lies under the spans of a style, and their values.
func under(t chat.Text, style chat.Style) (words, values []string) {
	for _, sp := range t.Spans {
		if sp.Style == style {
			words = append(words, strings.TrimSpace(t.Slice(sp.Start, sp.End).Plain))
			values = append(values, sp.Value)
		}
	}
	return words, values
}

// compare fails unless a text has exactly the words under a style.
func (s *stage) compare(t chat.Text, st chat.Span, words string) {
	s.t.Helper()
	got, values := under(t, st.Style)
	if !slices.Equal(got, []string{words}) {
		s.t.Errorf("%s is over %q, want %q, in %q %v", st.Style, got, words, t.Plain, t.Spans)
		return
	}
	if strings.TrimSuffix(values[0], "/") != strings.TrimSuffix(st.Value, "/") {
		s.t.Errorf("value of %s is %q, want %q", st.Style, values[0], st.Value)
	}
	for _, sp := range t.Spans {
		if sp.Style != st.Style {
			s.t.Errorf("%s came with %+v", st.Style, sp)
		}
	}
}

func stylesArrive(s *stage) {
	g := s.gather()
	for _, st := range styles() {
		if s.features.Shows[chat.Kind(st.Style)].How != chat.Native {
			continue // people there cannot write it
		}
		text, words := styled(st)
		_, p := s.hearPosted(s.say(g.ana, g.chat, world.Say{Text: text}))
		s.compare(p.Text, st, words)
	}
}

func stylesAreShown(s *stage) {
	g := s.gather()
	for _, st := range styles() {
		text, words := styled(st)
		r := s.do(chat.Send{To: g.chat, Text: text})
		m := s.seeOne(g.chat, "a text with "+string(st.Style), func(m world.Shown) bool { return m.ID == r.Refs[0].ID })
		if s.features.Shows[chat.Kind(st.Style)].How == chat.Native {
			s.compare(m.Text, st, words)
		}
		if got := squeeze(m.Text.Plain); !strings.Contains(got, squeeze(words)) && !strings.Contains(got, squeeze(strings.ReplaceAll(words, "\n", ">"))) {
			s.t.Errorf("the words under %s are lost: %q", st.Style, m.Text.Plain)
		}
		if st.Value != "" && st.Style == chat.Hyperlink {
			_, values := under(m.Text, chat.Hyperlink)
			if !strings.Contains(m.Text.Plain+fmt.Sprint(values), st.Value) {
				s.t.Errorf("the address of a link is lost: %q", m.Text.Plain)
			}
		}
	}
}

// nestedStyles has spans within spans and side by side, under a name that the adapter puts before them.
func nestedStyles(s *stage) {
	g := s.gather()
	text := chat.Text{Plain: "all of 🍲 this is bold and some italic", Spans: []chat.Span{
		{Start: 0, End: 38, Style: chat.Bold}, {Start: 7, End: 14, Style: chat.Strike}, {Start: 32, End: 38, Style: chat.Italic},
	}}
	s.do(chat.Send{To: g.chat, As: s.guest(), Text: text})
	m := s.seeText(g.chat, text.Plain)
	for style, want := range map[chat.Style]string{chat.Strike: "🍲 this", chat.Italic: "italic"} {
		got, _ := under(m.Text, style)
		if s.features.Shows[chat.Kind(style)].How == chat.Native && !slices.Contains(got, want) {
			s.t.Errorf("%s is over %q, want %q", style, got, want)
		}
	}
	got, _ := under(m.Text, chat.Bold)
	if s.features.Shows["bold"].How == chat.Native && !strings.Contains(squeeze(strings.Join(got, "")), squeeze(text.Plain)) {
		s.t.Errorf("bold is over %q, want %q", got, text.Plain)
	}
}

// mention returns a text that means a person of the world.
func (s *stage) mention(id, name string) chat.Text {
	who := chat.Identity{Platform: s.w.Platform(), ID: id}
	return chat.Plain("🍲 for ").Append(chat.Styled(chat.Mention, name, who.String()), chat.Plain(" at six"))
}

// meant checks that a text means the person.
func (s *stage) meant(t chat.Text, id string) {
	s.t.Helper()
	want := chat.Identity{Platform: s.w.Platform(), ID: id}.String()
	if _, values := under(t, chat.Mention); !slices.Equal(values, []string{want}) {
		s.t.Errorf("it means %q, want %q: %q %v", values, want, t.Plain, t.Spans)
	}
	if !strings.HasSuffix(t.Plain, " at six") || !strings.Contains(t.Plain, "🍲 for ") {
		s.t.Errorf("the text around a mention is %q", t.Plain)
	}
}

func mentionArrives(s *stage) {
	g := s.gather()
	_, p := s.hearPosted(s.say(g.ana, g.chat, world.Say{Text: s.mention(g.ben, g.benName)}))
	s.meant(p.Text, g.ben)
	if !strings.Contains(p.Text.Plain, g.benName) {
		s.t.Errorf("the one meant is not named in %q", p.Text.Plain)
	}
}

func mentionIsShown(s *stage) {
	g := s.gather()
	s.do(chat.Send{To: g.chat, Text: s.mention(g.ben, g.benName)})
	m := s.seeText(g.chat, " at six")
	if s.features.Shows["mention"].How == chat.Native {
		s.meant(m.Text, g.ben)
	}
	if !strings.Contains(m.Text.Plain, g.benName) {
		s.t.Errorf("the one meant is not named in %q", m.Text.Plain)
	}
}

// mentionOfStranger means somebody who has no account there, and one nobody knows.
func mentionOfStranger(s *stage) {
	g := s.gather()
	for i, value := range []string{s.guest().Identity.String(), "", "no identity at all"} {
		tail := fmt.Sprintf(" at %d", i)
		s.do(chat.Send{To: g.chat, Text: chat.Plain("bread for ").Append(chat.Styled(chat.Mention, "Gita", value), chat.Plain(tail))})
		m := s.seeText(g.chat, tail)
		if !strings.Contains(m.Text.Plain, "Gita") {
			s.t.Errorf("the one meant is not named in %q", m.Text.Plain)
		}
		if words, values := under(m.Text, chat.Mention); len(words) > 0 {
			s.t.Errorf("a stranger (%q) became a mention of %q", value, values)
		}
	}
}
