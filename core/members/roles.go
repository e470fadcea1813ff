package members

import (
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// NewRoles returns the rule of /role, /mod and /whois: who may what, and who somebody is.
func NewRoles() rule.Rule {
	return rule.Of[struct{}]{
		Title: "roles",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			asked, ok := e.Body.(chat.Asked)
			return "", ok && (asked.Command == "role" || asked.Command == "whois")
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			if asked, ok := e.Body.(chat.Asked); ok && asked.Command == "whois" {
				return s, whois(c, e)
			}
			return s, appoint(c, e)
		},
		Ask: []rule.Command{
			{Name: "role", Aliases: []string{"mod"}, Args: "[@NAME LEVEL]", Level: chat.Organiser, Help: "help.role"},
			{Name: "whois", Aliases: []string{"whoami"}, Args: "[@NAME]", Level: chat.Member, Help: "help.whois"},
		},
		Options: []rule.Setting{rule.ModeratorsRoom()},
	}
}

// levelNamed reads the word for a level.
func levelNamed(word string) (chat.Level, bool) {
	switch strings.ToLower(word) {
	case "member":
		return chat.Member, true
	case "moderator", "mod":
		return chat.Moderator, true
	case "organiser", "organizer":
		return chat.Organiser, true
	}
	return chat.Guest, false
}

// appoint gives somebody a level. With the first one the community's levels become its own, and whoever gives it becomes
// an organiser, so that nobody locks himself out.
func appoint(c chat.Community, e chat.Event) []chat.Effect {
	voice := rule.Speak(c, e)
	asked, _ := e.Body.(chat.Asked)
	if len(asked.Args) == 0 && asked.Reply == nil {
		return []chat.Effect{rule.Reply(e, team(c, voice))}
	}
	card, rest, problem := rule.Target(c, e)
	if problem != "" {
		return []chat.Effect{rule.Reply(e, voice.Say(problem, rule.Meant(c, asked)...))}
	}
	if asked.Alias == "mod" {
		rest = []string{"moderator"}
	}
	level, ok := levelNamed(strings.Join(rest, " "))
	switch {
	case !ok:
		return []chat.Effect{rule.Reply(e, voice.Say("role.levels"))}
	case card.Level == level:
		return []chat.Effect{rule.Reply(e, voice.Say("role.same", "name", card.Name, "level", level))}
	case card.Level == chat.Organiser && lastOrganiser(c):
		return []chat.Effect{rule.Reply(e, voice.Say("role.last"))}
	}
	out := []chat.Effect{
		chat.Appoint{Who: card.ID, Level: level},
		chat.Record{Log: "audit", By: e.Member, About: card.ID, Line: fmt.Sprintf("%s role: %s -> %s", e.By.Identity.Platform, card.Level, level)},
		rule.Reply(e, voice.Say("role.done", "name", card.Name, "level", level)),
	}
	if !c.HasOrganiser() && e.Member != "" && e.Member != card.ID {
		out = append(out, chat.Appoint{Who: e.Member, Level: chat.Organiser}, rule.Reply(e, voice.Say("role.first")))
	}
	return out
}

func lastOrganiser(c chat.Community) bool {
	n := 0
	for _, card := range c.Members.All() {
		if card.Level == chat.Organiser {
			n++
		}
	}
	return n == 1
}

// team lists the organisers and moderators.
func team(c chat.Community, voice rule.Voice) chat.Text {
	out := voice.Say("role.team")
	some := false
	for _, level := range []chat.Level{chat.Organiser, chat.Moderator} {
		for _, card := range c.Members.All() {
			if card.Level == level {
				some = true
				out = out.Append(chat.Plain("\n"), voice.Say("role.line", "name", card.Name, "handle", card.Handle, "level", level))
			}
		}
	}
	if !some {
		return voice.Say("role.none")
	}
	return out
}

// whois tells who somebody is: his short name, his level, his messengers.
func whois(c chat.Community, e chat.Event) []chat.Effect {
	voice := rule.Speak(c, e)
	asked, _ := e.Body.(chat.Asked)
	card, ok := c.Members.ByID(e.Member)
	if len(asked.Args) > 0 || asked.Reply != nil {
		var problem string
		if card, _, problem = rule.Target(c, e); problem != "" {
			return []chat.Effect{rule.Reply(e, voice.Say(problem, rule.Meant(c, asked)...))}
		}
	} else if !ok {
		return []chat.Effect{rule.Reply(e, voice.Say("refuse.nobody"))}
	}
	return []chat.Effect{rule.Reply(e, voice.Say("whois", "name", card.Name, "handle", card.Handle,
		"level", card.Level, "platforms", strings.Join(platformsOf(voice.Language, card), ", ")))}
}
