package prompts

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// maxListed is how many questions of a tag are shown at once.
const maxListed = 25

// asked is /prompt.
func (s Pool) asked(c chat.Community, e chat.Event, b chat.Asked, v rule.Voice) (Pool, []chat.Effect) {
	verb, args := "", b.Args
	if len(args) > 0 {
		verb, args = strings.ToLower(args[0]), args[1:]
	}
	switch verb {
	case "add":
		return s.add(e, v, strings.TrimSpace(b.Text.Plain[min(len(b.Text.Plain), len(b.Args[0])):]))
	case "remove":
		return s.remove(e, v, args)
	case "list":
		return s, []chat.Effect{rule.Reply(e, s.list(e.Now, v, args))}
	}
	room, ok := roomFor(c, e, args)
	if !ok {
		return s, []chat.Effect{rule.Reply(e, v.Say("prompt.noroom"))}
	}
	switch verb {
	case "on", "off":
		return s, turn(c, e, v, room, verb)
	case "now":
		return s.now(c, e, v, room, args)
	case "constrained", "boost":
		return s, boost(c, e, v, room, args)
	}
	return s, []chat.Effect{rule.Reply(e, s.status(c, e, v, room))}
}

// audit writes down who has changed what.
func audit(e chat.Event, line string) chat.Effect {
	return chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " prompt: " + line}
}

// answer replies where the command came from; the house asks without wanting an answer.
func answer(e chat.Event, t chat.Text) []chat.Effect {
	if e.By.Identity == chat.House() {
		return nil
	}
	if b, ok := e.Body.(chat.Asked); ok && b.Chosen {
		return []chat.Effect{rule.Discreetly(e, t)}
	}
	return []chat.Effect{rule.Reply(e, t)}
}

// turn switches the questions of a room on or off.
func turn(_ chat.Community, e chat.Event, v rule.Voice, room chat.Room, value string) []chat.Effect {
	out := []chat.Effect{chat.Set{Room: room.ID, Key: settingPrompts, Value: value}, audit(e, value)}
	name := titleOf(room, e.Chat)
	if value == "off" {
		if room.Settings[settingBoost] != "" {
			out = append(out, chat.Set{Room: room.ID, Key: settingBoost})
		}
		return append(out, answer(e, v.Say("prompt.off", "room", name))...)
	}
	return append(out, answer(e, v.Say("prompt.on", "room", name))...)
}

// boost asks a room for two weeks, on Tuesdays and Thursdays, for something small and definite: what helps where many read
// and few write.
func boost(_ chat.Community, e chat.Event, v rule.Voice, room chat.Room, args []string) []chat.Effect {
	name := titleOf(room, e.Chat)
	if slices.Contains(args, "off") {
		return append([]chat.Effect{chat.Set{Room: room.ID, Key: settingBoost}, audit(e, "constrained off")}, answer(e, v.Say("prompt.constrained.off", "room", name))...)
	}
	until := e.Now.Add(boostFor)
	out := []chat.Effect{chat.Set{Room: room.ID, Key: settingBoost, Value: until.UTC().Format(time.RFC3339)}, audit(e, "constrained")}
	return append(out, answer(e, v.Say("prompt.constrained", "room", name, "until", until))...)
}

// now asks at once, but no room twice a day.
func (s Pool) now(c chat.Community, e chat.Event, v rule.Voice, room chat.Room, args []string) (Pool, []chat.Effect) {
	if s.hasAsked(c, room, e.Now) {
		return s, answer(e, v.Say("prompt.now.again", "room", titleOf(room, e.Chat)))
	}
	tag := ""
	if len(args) > 0 && args[0] != string(room.ID) {
		tag = tagIn(args[0])
		if len(s.all(tag)) == 0 || tag == "" {
			return s, answer(e, v.Say("prompt.notag", "tags", s.tags()))
		}
	}
	next, out, ok := s.ask(c, room, tag, e)
	if !ok {
		return s, answer(e, v.Say("prompt.none"))
	}
	if e.Private || e.Room != room.ID {
		out = append(out, answer(e, v.Say("prompt.now.done", "room", titleOf(room, e.Chat)))...)
	}
	return next, append(out, audit(e, "now"))
}

// tags lists the tags that there are.
func (s Pool) tags() string {
	var out []string
	for _, q := range s.all("") {
		if q.tag != "" && !slices.Contains(out, q.tag) {
			out = append(out, q.tag)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// list shows the community's own questions, or those of a tag.
func (s Pool) list(now time.Time, v rule.Voice, args []string) chat.Text {
	if len(args) > 0 {
		found := s.all(tagIn(args[0]))
		if len(found) == 0 || tagIn(args[0]) == "" {
			return v.Say("prompt.notag", "tags", s.tags())
		}
		out := v.Say("prompt.list.tag", "tag", tagIn(args[0]), "n", len(found))
		for _, q := range found[:min(len(found), maxListed)] {
			out = out.Append(chat.Plain("\n"), v.Say("prompt.list.line", "text", q.in(v)))
		}
		return out
	}
	out := v.Say("prompt.list", "all", len(s.all("")), "n", len(s.left("", now)), "tags", s.tags())
	if len(s.Own) == 0 {
		return out.Append(chat.Plain("\n"), v.Say("prompt.list.noown"))
	}
	out = out.Append(chat.Plain("\n"), v.Say("prompt.list.own"))
	for i, o := range s.Own {
		if i == maxListed {
			return out.Append(chat.Plain("\n"), v.Say("prompt.list.more", "n", len(s.Own)-maxListed))
		}
		out = out.Append(chat.Plain("\n"), v.Say("prompt.list.numbered", "n", i+1, "text", o.Text))
	}
	return out
}

// status says whether and when the house asks in a room.
func (s Pool) status(_ chat.Community, e chat.Event, v rule.Voice, room chat.Room) chat.Text {
	name := titleOf(room, e.Chat)
	out := v.Say("prompt.is.off", "room", name)
	until, boosted := boostUntil(room, e.Now)
	switch {
	case boosted:
		out = v.Say("prompt.is.constrained", "room", name, "until", until)
	case room.Settings[settingPrompts] == "on":
		out = v.Say("prompt.is.on", "room", name)
	}
	return out.Append(chat.Plain("\n"), v.Say("prompt.how"))
}

// boostUntil is until when a room is asked with a constraint; false if it is not.
func boostUntil(room chat.Room, now time.Time) (time.Time, bool) {
	until, err := time.Parse(time.RFC3339, room.Settings[settingBoost])
	return until, err == nil && now.Before(until)
}
