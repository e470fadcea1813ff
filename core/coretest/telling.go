package coretest

import (
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// isRelayed tells whether an effect carries what a member has written.
func isRelayed(e chat.Outgoing) bool {
	switch x := e.(type) {
	case chat.Send:
		return x.As != nil
	case chat.Whisper:
		return false
	}
	return true
}

// words tells an effect in a line.
func (s *stage) words(e chat.Outgoing) string {
	switch x := e.(type) {
	case chat.Send:
		line := as(x.As) + s.answer(x.Answer)
		if x.Forward != "" {
			line += "(from " + x.Forward + ") "
		}
		line += s.plain(x.Text)
		for _, p := range x.Parts {
			line = strings.TrimSpace(line) + " " + p.Describe()
		}
		return line
	case chat.Edit:
		return "edit " + s.target(x.Target) + ": " + as(x.As) + s.plain(x.Text)
	case chat.Delete:
		return "delete " + s.target(x.Target)
	case chat.React:
		sign := "-"
		if x.On {
			sign = "+"
		}
		return fmt.Sprintf("react %s %s%s by %s, now %d, most %s", s.target(x.Target), sign, x.Emoji, x.As.Name, x.Count, x.Lead)
	case chat.Whisper:
		return "(to " + x.Who.ID + ") " + s.plain(x.Text)
	}
	return fmt.Sprintf("%T", e)
}

func as(p *chat.Person) string {
	if p == nil {
		return "POTLUCK "
	}
	return p.Name + ": "
}

func (s *stage) answer(a *chat.Answer) string {
	if a == nil {
		return ""
	}
	if name := s.target(a.Target); name != "?" {
		return "(re " + name + ") "
	}
	if a.Quote != "" && len(a.Target.Refs) == 0 && a.Target.Effect == "" {
		return "(re " + a.Name + ", \"" + a.Quote + "\") "
	}
	return ""
}

func (s *stage) target(t chat.Target) string {
	name := s.effects[t.Effect]
	if len(t.Refs) > 0 {
		name = s.labels[t.Refs[0].String()]
	}
	if name == "" {
		return "?"
	}
	return name
}

// plain writes a text in one line, with the code it shows hidden.
func (s *stage) plain(t chat.Text) string {
	if m := offered.FindStringSubmatch(t.Plain); m != nil {
		s.before, s.code = s.code, m[1]
	}
	return strings.ReplaceAll(codes.ReplaceAllString(t.Plain, "$$CODE"), "\n", " / ")
}
