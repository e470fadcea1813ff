package core

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// houseSettings are those that the engine itself and everybody who speaks need.
func houseSettings() []rule.Setting {
	languages := say.Languages()
	return []rule.Setting{
		{Name: "language", Default: "en", Values: languages, Help: "setting.language"},
		{Name: "language", Scope: rule.OfMember, Values: languages, Help: "setting.my.language"},
		{Name: "zone", Default: "UTC", Valid: validZone, Shape: "shape.zone", Help: "setting.zone"},
		{Name: "zone", Scope: rule.OfMember, Valid: validZone, Shape: "shape.zone", Help: "setting.my.zone"},
		{Name: "keep", Default: strconv.Itoa(keptWords), Valid: rule.Number(0, maxKeptWords), Shape: "shape.days", Help: "setting.keep"},
		{Name: "name", Valid: validName, Shape: "shape.name", Help: "setting.name"},
		{Name: "name", Scope: rule.OfRoom, Valid: validName, Shape: "shape.name", Help: "setting.room.name"},
	}
}

// validZone reads the name of a time zone, as the IANA's database has it, with any case.
func validZone(value string) (string, bool) {
	if value == "" || len(value) > 64 || strings.EqualFold(value, "local") {
		return "", false
	}
	if z, err := time.LoadLocation(value); err == nil {
		return z.String(), true
	}
	parts := strings.Split(strings.ToLower(value), "/")
	for i, p := range parts {
		words := strings.Split(p, "_")
		for j, w := range words {
			if w != "" {
				words[j] = strings.ToUpper(w[:1]) + w[1:]
			}
		}
		parts[i] = strings.Join(words, "_")
	}
	z, err := time.LoadLocation(strings.Join(parts, "/"))
	if err != nil {
		return "", false
	}
	return z.String(), true
}

func validName(value string) (string, bool) {
	value = tidyName(value)
	return value, value != "" && len([]rune(value)) <= 60
}

// set shows or changes the settings of a scope.
func (d *desk) set(c chat.Community, e chat.Event, asked chat.Asked, scope rule.Scope) []chat.Effect {
	voice := rule.Speak(c, e)
	args := asked.Args
	if asked.Command == "my" && asked.Alias != "my" { // /tz Europe/Oslo, /language es
		args = append([]string{map[string]string{"tz": "zone", "language": "language"}[asked.Alias]}, args...)
	}
	if scope == rule.OfMember && e.Member == "" {
		return []chat.Effect{rule.Reply(e, voice.Say("refuse.nobody"))}
	}
	command := map[rule.Scope]string{rule.OfCommunity: "set", rule.OfRoom: "room", rule.OfMember: "my"}[scope]
	if len(args) == 0 {
		return []chat.Effect{rule.Reply(e, d.list(c, e, voice, scope, command))}
	}
	name := strings.ToLower(args[0])
	i := slices.IndexFunc(d.settings, func(s rule.Setting) bool { return s.Name == name && s.Scope == scope })
	if i < 0 {
		return []chat.Effect{rule.Reply(e, voice.Say("set.unknown", "name", name, "command", command))}
	}
	s := d.settings[i]
	if len(args) == 1 {
		return []chat.Effect{rule.Reply(e, settingLine(c, e, voice, s))}
	}
	value, ok := allowed(s, strings.Join(args[1:], " "))
	if !ok {
		return []chat.Effect{rule.Reply(e, voice.Say("set.value", "name", name, "values", shapeOf(voice, s)))}
	}
	change := chat.Set{Key: name, Value: value}
	switch scope {
	case rule.OfRoom:
		change.Room = e.Room
	case rule.OfMember:
		change.Member = e.Member
		if name == "language" {
			voice.Language = value
		}
	default:
		if name == "language" && !e.Private {
			voice.Language = value
		}
	}
	out := []chat.Effect{change, rule.Reply(e, voice.Say("set.done", "name", name, "value", value))}
	if scope == rule.OfMember {
		return out
	}
	return append(out, chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s %s: %s = %s", e.By.Identity.Platform, command, name, value)})
}

// allowed returns a value as it is kept.
func allowed(s rule.Setting, value string) (string, bool) {
	if s.Valid != nil {
		return s.Valid(value)
	}
	value = strings.ToLower(value)
	return value, slices.Contains(s.Values, value)
}

func shapeOf(voice rule.Voice, s rule.Setting) chat.Text {
	if s.Valid == nil {
		return chat.Plain(strings.Join(s.Values, ", "))
	}
	return voice.Say(s.Shape)
}

// list shows the settings of a scope: in a room with their values only, for everybody reads it.
func (d *desk) list(c chat.Community, e chat.Event, voice rule.Voice, scope rule.Scope, command string) chat.Text {
	var short, long chat.Text
	for _, s := range d.settings {
		if s.Scope != scope {
			continue
		}
		short = short.Append(chat.Plain("\n"), chat.Styled(chat.Code, s.Name, ""), chat.Plain(" "+valueOf(c, e, s)))
		long = long.Append(chat.Plain("\n"), settingLine(c, e, voice, s))
	}
	if e.Private || e.Chat.Platform == chat.Local {
		return voice.Say("set.list", "command", command).Append(long)
	}
	return voice.Say("set.short", "command", command).Append(short)
}

// settingLine shows one setting with what it can be.
func settingLine(c chat.Community, e chat.Event, voice rule.Voice, s rule.Setting) chat.Text {
	return voice.Say("set.line", "name", s.Name, "value", valueOf(c, e, s), "values", shapeOf(voice, s), "help", voice.Say(s.Help))
}

func valueOf(c chat.Community, e chat.Event, s rule.Setting) string {
	value := c.Setting(s.Name, s.Default)
	switch s.Scope {
	case rule.OfRoom:
		room, _ := c.Room(e.Room)
		if value = room.Settings[s.Name]; value == "" {
			value = s.Default
		}
	case rule.OfMember:
		card, _ := c.Members.ByID(e.Member)
		value = card.Setting(s.Name, s.Default)
	}
	if value == "" {
		return "–"
	}
	return value
}
