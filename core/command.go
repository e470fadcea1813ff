package core

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// desk knows every command and setting, and is the one place where it is decided who may ask for what. It
// answers help, set and dead letters itself and lets the rules answer the rest.
type desk struct {
	commands map[string]rule.Command // by name and by alias
	all      []rule.Command          // everything
	order    []string                // as help lists them
	settings []rule.Setting
}

func newDesk(rules []rule.Rule) (*desk, error) {
	d := &desk{commands: make(map[string]rule.Command)}
	own := []rule.Command{
		{Name: "help", Args: "[NAME]", Level: chat.Guest, Help: "help.help"},
		{Name: "set", Args: "[NAME VALUE]", Level: chat.Organiser, Help: "help.set"},
		{Name: "room", Args: "[NAME VALUE]", Level: chat.Organiser, Place: rule.InRoom, Help: "help.room"},
		{Name: "my", Aliases: []string{"tz", "language"}, Args: "[NAME VALUE]", Level: chat.Member, Help: "help.my"},
		{Name: "community", Args: "[NUMBER]", Level: chat.Guest, Place: rule.InPrivate, Help: "help.community"},
		{Name: "dead", Args: "letters [retry NUMBER|all]", Level: chat.Organiser, Place: rule.AtHome, Help: "help.dead"},
	}
	d.settings = houseSettings()
	names := make(map[string]bool)
	for _, r := range rules {
		if names[r.Name()] {
			return nil, fmt.Errorf("two rules are called %q", r.Name())
		}
		names[r.Name()] = true
		own = append(own, r.Commands()...)
		d.settings = append(d.settings, r.Settings()...)
	}
	d.all = own
	for _, c := range own {
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if _, twice := d.commands[name]; twice {
				return nil, fmt.Errorf("two commands are called %q", name)
			}
			d.commands[name] = c
		}
		if c.Help != "" {
			d.order = append(d.order, c.Name)
		}
	}
	return d, nil
}

// isCommand turns a Posted that is a command into an Asked. Everywhere that is a text beginning with '/' or
// '!' and the name of a command; in private and at home the name alone does. An edit never is one, nor what another program says: two that answer
// each other would never end.
func (d *desk) isCommand(e *chat.Event) bool {
	if chosen, ok := e.Body.(chat.Asked); ok {
		command, known := d.commands[chosen.Command]
		chosen.Command = command.Name
		e.Body = chosen
		return known
	}
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
	switch {
	case strings.HasPrefix(name, "/"), strings.HasPrefix(name, "!"):
		name = name[1:]
	case !e.Private && e.Chat.Platform != chat.Local && !strings.HasPrefix(name, "@"):
		return false
	}
	command, known := d.commands[name]
	if known && command.Help == "" {
		return false // it is only chosen
	}
	if !known {
		if e.Chat.Platform != chat.Local {
			return false
		}
		name, command = "help", d.commands["help"] // the operator has no one to chat with
	}
	if startsQuoted(text) {
		return false
	}
	rest := text.Slice(chat.Units(first), text.Len()).Trim()
	e.Body = chat.Asked{Ref: p.Ref, Command: command.Name, Alias: name, Args: strings.Fields(rest.Plain), Text: rest, Reply: p.Reply}
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
func (d *desk) answer(c chat.Community, e chat.Event, f *fold) (_ []chat.Effect, forRules bool) {
	asked, _ := e.Body.(chat.Asked)
	command := d.commands[asked.Command]
	voice := rule.Speak(c, e)
	if key, refused := refusal(command, e); refused {
		card, _ := c.Members.ByID(e.Member)
		switch {
		case key == "refuse.level" && card.Level >= command.Level:
			key = "refuse.held"
		case key == "refuse.level" && c.ID == "":
			key = "refuse.nobody"
		case key == "refuse.level" && !c.HasOrganiser():
			key = "refuse.admins"
		}
		text := voice.Say(key, "level", command.Level)
		if asked.Chosen {
			return []chat.Effect{rule.Discreetly(e, text)}, false
		}
		return []chat.Effect{rule.Reply(e, text)}, false
	}
	switch command.Name {
	case "help":
		return []chat.Effect{rule.Reply(e, d.help(c, e, asked))}, false
	case "set":
		return d.set(c, e, asked, rule.OfCommunity), false
	case "room":
		return d.set(c, e, asked, rule.OfRoom), false
	case "my":
		return d.set(c, e, asked, rule.OfMember), false
	case "dead":
		answers, err := f.deadLetters(c, &e, asked)
		if err != nil {
			f.engine.log.Error("the dead letters cannot be read", "error", err)
			return []chat.Effect{rule.Reply(e, voice.Say("refuse.failed"))}, false
		}
		return answers, false
	case "community":
		return f.belong(c, e, asked), false
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
	case e.Level >= c.Level, c.ChatAdmin && e.By.Level == chat.Organiser:
		return "", false
	case e.By.Unsure:
		return "refuse.unsure", true
	}
	return "refuse.level", true
}

// help lists what the one who asks can ask for here: in a room by name only, for everybody reads it; with a name behind
// it, what that one does.
func (d *desk) help(c chat.Community, e chat.Event, asked chat.Asked) chat.Text {
	voice := rule.Speak(c, e)
	home := e.Chat.Platform == chat.Local
	var names, lines chat.Text
	one := ""
	if len(asked.Args) > 0 {
		one = d.commands[strings.ToLower(strings.TrimLeft(asked.Args[0], "/!"))].Name
	}
	for _, name := range d.order {
		command := d.commands[name]
		if command.Place == rule.AtHome && !home || command.Place == rule.InPrivate && !e.Private && !home {
			continue
		}
		if command.Place == rule.InRoom && e.Private || !home && max(e.Level, chat.Member) < command.Level && !command.ChatAdmin {
			continue
		}
		usage := strings.TrimSpace(command.Name + " " + command.Args)
		line := voice.Say("help.line", "command", usage, "help", voice.Say(command.Help))
		if name == one {
			return line
		}
		lines = lines.Append(chat.Plain("\n"), line)
		names = names.Append(chat.Plain(" "), chat.Styled(chat.Code, voice.Prefix+name, ""))
	}
	if e.Private || home {
		return voice.Say("help.intro").Append(lines)
	}
	return voice.Say("help.short", "commands", names.Trim())
}
