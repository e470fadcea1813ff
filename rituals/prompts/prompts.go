// Package prompts asks the room a small question when it has been still for long, and lets members ask one without their name.
// It knows which questions there are, when each was asked last and when somebody has last written; it does not know what
// people answer, nor who reads.
//
// Two rules share the work: one per room listens for stillness (stillness.go) and asks, by a command that only the house can
// give, the community's pool (pool.go) for a question. So the pool is not written anew with every message of a room.
//
// Why the house asks less often where nobody answers: two questions in a row that nobody took up are a bot that talks to
// itself. Each silence doubles the pause, up to a week, until somebody writes.
package prompts

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the pool's name: its state is kept under it.
const title = "prompts"

// The commands.
const (
	commandPrompt = "prompt"
	commandDue    = "promptdue" // only asked by the house
)

const (
	// settingPrompts is on in the rooms where the house asks.
	settingPrompts = "prompts"
	// settingBoost is until when a room is asked questions with a constraint on Tuesdays and Thursdays.
	settingBoost = "prompts.constrained"
	boostFor     = 14 * 24 * time.Hour
	// promptTag begins the tags of questions: "prompt:7".
	promptTag = "prompt:"
	logRhythm = "rhythm"
	// tagConstrained and tagStuck are tags that the house looks for.
	tagConstrained = "constrained"
	tagStuck       = "stuck"
)

// Pool is what is kept of one community: its own questions, and what was asked when.
type Pool struct {
	Own []Own `json:"own,omitempty"`
	// Used is when each question was asked last, by its id; what is older than 90 days is forgotten.
	Used map[string]time.Time `json:"used,omitempty"`
	// Asked is the day on the wall when a room was asked last.
	Asked map[chat.RoomID]string `json:"asked,omitempty"`
	// Last is the tag of the last question, so that two of a kind do not follow each other.
	Last string `json:"last,omitempty"`
	// Count numbers the questions that were asked.
	Count int `json:"count,omitempty"`
	// Offered: the organisers have been asked whether they want questions at all.
	Offered bool `json:"offered,omitempty"`
}

// New returns the rule of /prompt.
func New() rule.Rule {
	return rule.Of[Pool]{
		Title: title,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			b, ok := e.Body.(chat.Asked)
			return string(c.ID), ok && (b.Command == commandPrompt || b.Command == commandDue || isInit(c, e))
		},
		Fold: foldPool,
		Ask: []rule.Command{
			{Name: commandPrompt, Args: "[on | off | now | add | remove | list | constrained]", Level: chat.Moderator, Help: "help.prompt"},
			{Name: commandDue, Level: chat.Organiser},
		},
		Options: []rule.Setting{
			{Name: settingPrompts, Scope: rule.OfRoom, Default: "off", Values: []string{"on", "off"}, Help: "setting.room.prompts"},
		},
	}
}

// isInit tells whether an organiser begins with the rituals: then the question is whether to ask the rooms, too.
func isInit(c chat.Community, e chat.Event) bool {
	b, ok := e.Body.(chat.Asked)
	begins := ok && b.Command == "rituals" && len(b.Args) > 0 && strings.EqualFold(b.Args[0], "init")
	return begins && c.ID != "" && e.Level >= chat.Organiser
}

func foldPool(c chat.Community, s Pool, e chat.Event) (Pool, []chat.Effect) {
	b, ok := e.Body.(chat.Asked)
	if !ok {
		return s, nil
	}
	v := rule.Speak(c, e)
	if c.ID == "" {
		return Pool{}, []chat.Effect{rule.Reply(e, v.Say("prompt.nowhere"))}
	}
	s = s.pruned(e.Now)
	switch b.Command {
	case "rituals":
		return s.offer(c, e, v)
	case commandDue:
		return s.due(c, e, b)
	}
	return s.asked(c, e, b, v)
}

// due asks a room in which it has been still; only the house says so.
func (s Pool) due(c chat.Community, e chat.Event, b chat.Asked) (Pool, []chat.Effect) {
	if e.By.Identity != chat.House() || len(b.Args) == 0 {
		return s, nil
	}
	room, ok := c.Room(chat.RoomID(b.Args[0]))
	if !ok || len(room.Chats) == 0 || s.hasAsked(c, room, e.Now) {
		return s, nil
	}
	tag := ""
	if len(b.Args) > 1 {
		tag = b.Args[1]
	}
	next, out, ok := s.ask(c, room, tag, e)
	if !ok {
		return s, []chat.Effect{chat.Record{Log: logRhythm, Line: "prompt passed over: none left"}}
	}
	return next, out
}

// offer asks an organiser, once, whether still rooms may be asked: nobody is surprised by a house that begins to talk.
func (s Pool) offer(c chat.Community, e chat.Event, v rule.Voice) (Pool, []chat.Effect) {
	room, ok := roomFor(c, e, nil)
	if _, on := c.With(settingPrompts); s.Offered || on || !ok || e.By.Identity == chat.House() {
		return s, nil
	}
	s.Offered = true
	text := v.Say("prompt.offer", "room", titleOf(room, e.Chat))
	return s, []chat.Effect{rule.Discreetly(e, text,
		chat.Choice{Label: v.Say("prompt.offer.yes").Plain, Ask: commandPrompt + " on " + string(room.ID)},
		chat.Choice{Label: v.Say("prompt.offer.no").Plain, Ask: commandPrompt + " off " + string(room.ID)})}
}

// roomFor is the room that a command is about: the one it names by its id, the one it is typed in, else the first where the
// house asks, else the first. The moderators' room is none.
func roomFor(c chat.Community, e chat.Event, args []string) (chat.Room, bool) {
	fits := func(r chat.Room) bool { return r.Settings[rule.Moderators] != "on" && len(r.Chats) > 0 }
	if len(args) > 0 {
		if r, ok := c.Room(chat.RoomID(args[0])); ok && fits(r) {
			return r, true
		}
	}
	if r, ok := c.Room(e.Room); ok && !e.Private {
		if fits(r) {
			return r, true
		}
	}
	for _, r := range c.Rooms {
		if fits(r) && r.Settings[settingPrompts] == "on" {
			return r, true
		}
	}
	i := slices.IndexFunc(c.Rooms, fits)
	if i < 0 {
		return chat.Room{}, false
	}
	return c.Rooms[i], true
}

// titleOf is what a room is called on the platform of a chat.
func titleOf(r chat.Room, in chat.Chat) string {
	if here, ok := r.On(in.Platform); ok {
		return r.Title(here)
	}
	return r.Name
}
