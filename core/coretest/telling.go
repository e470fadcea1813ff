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
		return s.content(line, x.As, x.Text, x.Parts) + offeredIn(x.Choices)
	case chat.Edit:
		line := "edit " + s.target(x.Target) + ": " + as(x.As)
		if x.Forward != "" {
			line += "(from " + x.Forward + ") "
		}
		line = s.content(line, x.As, x.Text, x.Parts) + offeredIn(x.Choices)
		if !x.Tail.IsEmpty() {
			line += " | " + s.plain(x.Tail)
		}
		return line
	case chat.Delete:
		return "delete " + s.target(x.Target)
	case chat.React:
		sign := "-"
		if x.On {
			sign = "+"
		}
		return fmt.Sprintf("react %s %s%s by %s, now %d, most %s", s.target(x.Target), sign, x.Emoji, x.As.Name, x.Count, x.Lead)
	case chat.Whisper:
		secret := ""
		if !x.Secret {
			secret = ", in the room if need be"
		}
		return "(to " + x.Who.ID + secret + ") " + s.plain(x.Text) + offeredIn(x.Choices)
	case chat.Pin:
		return "pin " + s.target(x.Target)
	case chat.Unpin:
		return "unpin " + s.target(x.Target)
	case chat.Vote:
		return fmt.Sprintf("vote %s%s by %s", s.target(x.Target), chosen(x.Options), x.As.Name)
	case chat.EndPoll:
		return "end poll " + s.target(x.Target)
	case chat.Restrict:
		if x.Until.IsZero() {
			return "restrict " + x.Who.ID
		}
		return "restrict " + x.Who.ID + " until " + x.Until.Format("2 Jan 15:04")
	}
	return act(e)
}

// content tells text and parts, with the mentions in what is posted for a member.
func (s *stage) content(line string, by *chat.Person, t chat.Text, parts []chat.Part) string {
	if by != nil {
		t = chat.Plain(mentioned(t))
	}
	line += s.plain(t)
	for _, p := range parts {
		line = strings.TrimSpace(line) + " " + thing(p)
	}
	return line
}

// chosen tells the choices in a poll, counted from 1.
func chosen(options []int) string {
	if len(options) == 0 {
		return " none"
	}
	var out strings.Builder
	for _, o := range options {
		fmt.Fprintf(&out, " %d", o+1)
	}
	return out.String()
}

// act tells what is done to somebody.
func act(e chat.Outgoing) string {
	switch x := e.(type) {
	case chat.Release:
		return "release " + x.Who.ID
	case chat.Remove:
		return "remove " + x.Who.ID
	case chat.Ban:
		return "ban " + x.Who.ID
	case chat.Unban:
		return "unban " + x.Who.ID
	case chat.Admit:
		return "admit " + x.Who.ID
	case chat.Decline:
		return "decline " + x.Who.ID
	case chat.Invite:
		return "invite " + x.Who.ID
	case chat.Open:
		var who []string
		for _, i := range x.Who {
			who = append(who, i.ID)
		}
		return "open " + x.Title + " for " + strings.Join(who, ", ")
	case chat.Shut:
		return "shut"
	case chat.Summarise:
		return "summarise " + string(x.Room) + " " + x.From.Format("2 Jan 15:04") + " – " + x.Until.Format("2 Jan 15:04")
	}
	return fmt.Sprintf("%T", e)
}

// offeredIn tells what can be chosen under a message.
func offeredIn(choices []chat.Choice) string {
	var out strings.Builder
	for i, c := range choices {
		fmt.Fprintf(&out, " [%d %s]", i+1, c.Label)
	}
	return out.String()
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
	part, how := "", "re "
	if a.Partial {
		part = ", part \"" + a.Quote + "\""
	}
	if a.Thread {
		how = "in the thread of "
	}
	if name := s.label(a.Target); name != "" {
		return "(" + how + name + part + ") "
	}
	if a.Quote != "" && len(a.Target.Refs) == 0 && a.Target.Effect == "" {
		if !a.Partial {
			part = ", \"" + a.Quote + "\""
		}
		return "(" + how + a.Name + part + ") "
	}
	return ""
}

// label is what the script calls a message, or the tag of one of the house's.
func (s *stage) label(t chat.Target) string {
	name := s.effects[t.Effect]
	if len(t.Refs) == 0 {
		return name
	}
	name = s.labels[t.Refs[0].String()]
	if words := s.texts[t.Refs[0].String()]; name == "" && strings.HasPrefix(words, "[") {
		return words
	}
	return name
}

// target names a message in any way: by its label, else by its words.
func (s *stage) target(t chat.Target) string {
	if name := s.label(t); name != "" {
		return name
	}
	if len(t.Refs) > 0 {
		if words := []rune(strings.ReplaceAll(s.texts[t.Refs[0].String()], "\n", " / ")); len(words) > 0 {
			return "\"" + string(words[:min(len(words), 40)]) + "\""
		}
	}
	return "?"
}

// plain writes a text in one line, with the code it shows hidden.
func (s *stage) plain(t chat.Text) string {
	if m := offered.FindStringSubmatch(t.Plain); m != nil {
		s.before, s.code = s.code, m[1]
	}
	return strings.ReplaceAll(codes.ReplaceAllString(t.Plain, "$$CODE"), "\n", " / ")
}

// fill puts what the house has shown into a line of the script.
func (s *stage) fill(line string) string {
	return s.numbers.fill(strings.NewReplacer("$code", s.code, "$before", s.before).Replace(line))
}

// saidBy remembers what the house has said, so that people can answer it and choose.
func (s *stage) saidBy(house bool, r chat.Ref, tag string, choices []chat.Choice) {
	if !house {
		return
	}
	s.last[r.Chat] = r
	if tag != "" {
		s.texts[r.String()] = "[" + tag + "]"
	}
	if len(choices) > 0 {
		s.older[r.Chat], s.offers[r.Chat] = s.offers[r.Chat], r
	}
}
