package core

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// desk knows every command and setting, and is the one place where it is decided who may ask for what. It
// answers help, set and dead letters itself and lets the rules answer the rest.
type desk struct {
	commands map[string]rule.Command
	order    []string // as help lists them
	settings []rule.Setting
}

func newDesk(rules []rule.Rule) (*desk, error) {
	d := &desk{commands: make(map[string]rule.Command)}
	own := []rule.Command{
		{Name: "help", Level: chat.Guest, Help: "help.help"},
		{Name: "set", Args: "[NAME VALUE]", Level: chat.Organiser, Place: rule.InRoom, Help: "help.set"},
		{Name: "dead", Args: "letters", Level: chat.Organiser, Place: rule.AtHome, Help: "help.dead"},
	}
	d.settings = []rule.Setting{
		{Name: "language", Default: "en", Values: say.Languages(), Help: "setting.language"},
	}
	names := make(map[string]bool)
	for _, r := range rules {
		if names[r.Name()] {
			return nil, fmt.Errorf("two rules are called %q", r.Name())
		}
		names[r.Name()] = true
		own = append(own, r.Commands()...)
		d.settings = append(d.settings, r.Settings()...)
	}
	for _, c := range own {
		if _, twice := d.commands[c.Name]; twice {
			return nil, fmt.Errorf("two commands are called %q", c.Name)
		}
		d.commands[c.Name] = c
		d.order = append(d.order, c.Name)
	}
	return d, nil
}

// isCommand turns a Posted that is a command into an Asked. Everywhere that is a text beginning with '/' or
// '!' and the name of a command; in private and at home the name alone does. An edit never is one, nor what another program says: two that answer
// each other would never end.
func (d *desk) isCommand(e *chat.Event) bool {
	p, ok := e.Body.(chat.Posted)
	if !ok || len(p.Parts) > 0 || p.Forward != "" || e.By.Bot {
		return false
	}
	text := p.Text.Trim()
	first := text.Plain
	if i := strings.IndexFunc(first, unicode.IsSpace); i >= 0 {
		first = first[:i]
	}
	name := strings.ToLower(first)
	if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "!") {
		name = name[1:]
	} else if !e.Private && e.Chat.Platform != chat.Local {
		return false
	}
	if _, known := d.commands[name]; !known {
		if e.Chat.Platform != chat.Local {
			return false
		}
		name = "help" // the operator has no one to chat with
	}
	if startsQuoted(text) {
		return false
	}
	rest := text.Slice(chat.Units(first), text.Len()).Trim()
	e.Body = chat.Asked{Ref: p.Ref, Command: name, Args: strings.Fields(rest.Plain), Text: rest, Reply: p.Reply}
	return true
}

// startsQuoted tells whether the text begins inside a quotation or code: then somebody shows a command, he
// does not give it.
func startsQuoted(t chat.Text) bool {
	return slices.ContainsFunc(t.Spans, func(s chat.Span) bool {
		return s.Start == 0 && (s.Style == chat.Quote || s.Style == chat.Pre || s.Style == chat.Code)
	})
}

// answer checks whether the command may be given and answers those of the desk's own; forRules tells that
// the rules should see it.
func (d *desk) answer(c chat.Community, e chat.Event, dead func(int) ([]letter, error)) (_ []chat.Effect, forRules bool) {
	asked, _ := e.Body.(chat.Asked)
	command := d.commands[asked.Command]
	language := c.Language()
	prefix := say.Prefix(e.Chat.Platform)
	if key, refused := refusal(command, e); refused {
		return []chat.Effect{rule.Reply(e, say.Text(language, key, "level", command.Level, "prefix", prefix))}, false
	}
	switch command.Name {
	case "help":
		return []chat.Effect{rule.Reply(e, d.help(c, e))}, false
	case "set":
		return d.set(c, e, asked), false
	case "dead":
		return []chat.Effect{rule.Reply(e, deadLetters(language, dead))}, false
	}
	return nil, true
}

// refusal returns the sentence for one who may not give the command here.
func refusal(c rule.Command, e chat.Event) (key string, refused bool) {
	home := e.Chat.Platform == chat.Local
	switch {
	case home:
		return "", false
	case c.Place == rule.AtHome:
		return "refuse.home", true
	case c.Place == rule.InRoom && e.Private:
		return "refuse.room", true
	case c.Place == rule.InPrivate && !e.Private:
		return "refuse.private", true
	case e.By.Anonymous && c.Level > chat.Guest:
		return "refuse.anonymous", true
	case e.Level >= c.Level:
		return "", false
	case e.By.Unsure:
		return "refuse.unsure", true
	}
	return "refuse.level", true
}

func (d *desk) help(c chat.Community, e chat.Event) chat.Text {
	language, prefix := c.Language(), say.Prefix(e.Chat.Platform)
	out := say.Text(language, "help.intro")
	for _, name := range d.order {
		command := d.commands[name]
		home := e.Chat.Platform == chat.Local
		if command.Place == rule.AtHome && !home || command.Place == rule.InPrivate && !e.Private && !home {
			continue
		}
		if command.Place == rule.InRoom && e.Private {
			continue
		}
		usage := strings.TrimSpace(command.Name + " " + command.Args)
		out = out.Append(chat.Plain("\n"), say.Text(language, "help.line",
			"prefix", prefix, "command", usage, "help", say.Text(language, command.Help)))
	}
	return out
}

func (d *desk) set(c chat.Community, e chat.Event, asked chat.Asked) []chat.Effect {
	language, prefix := c.Language(), say.Prefix(e.Chat.Platform)
	if len(asked.Args) < 2 {
		out := say.Text(language, "set.list", "prefix", prefix)
		for _, s := range d.settings {
			out = out.Append(chat.Plain("\n"), say.Text(language, "set.line", "name", s.Name,
				"value", c.Setting(s.Name, s.Default), "values", strings.Join(s.Values, ", "), "help", say.Text(language, s.Help)))
		}
		return []chat.Effect{rule.Reply(e, out)}
	}
	name, value := strings.ToLower(asked.Args[0]), strings.ToLower(asked.Args[1])
	i := slices.IndexFunc(d.settings, func(s rule.Setting) bool { return s.Name == name })
	if i < 0 {
		return []chat.Effect{rule.Reply(e, say.Text(language, "set.unknown", "name", name, "prefix", prefix))}
	}
	if !slices.Contains(d.settings[i].Values, value) {
		return []chat.Effect{rule.Reply(e, say.Text(language, "set.value", "name", name, "values", strings.Join(d.settings[i].Values, ", ")))}
	}
	if name == "language" {
		language = value
	}
	return []chat.Effect{
		chat.Set{Key: name, Value: value},
		chat.Record{Log: "audit", Line: fmt.Sprintf("%s %s set %s to %s", e.Now.Format("2006-01-02 15:04:05Z"), e.By.Identity, name, value)},
		rule.Reply(e, say.Text(language, "set.done", "name", name, "value", value)),
	}
}

// deadLetters lists the newest ones.
func deadLetters(language string, dead func(int) ([]letter, error)) chat.Text {
	letters, err := dead(20)
	if err != nil {
		return say.Text(language, "refuse.failed")
	}
	if len(letters) == 0 {
		return say.Text(language, "dead.none")
	}
	var out chat.Text
	for i, l := range letters {
		if i > 0 {
			out = out.Append(chat.Plain("\n"))
		}
		kind := "unreadable event"
		if e, err := chat.DecodeEvent(l.Event); err == nil {
			kind = string(e.ID)
		}
		cause, _, _ := strings.Cut(l.Error, "\n")
		out = out.Append(say.Text(language, "dead.line", "when", l.At.Format("2006-01-02 15:04:05"), "event", kind, "rule", l.Rule, "error", cause))
	}
	return out
}
