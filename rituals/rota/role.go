package rota

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// The roles, by their words in commands, settings and states.
const (
	roleGreeter   = "greeter"
	roleNotes     = "note-taker"
	roleCurator   = "curator"
	roleModerator = "moderator"
)

func roles() []string { return []string{roleGreeter, roleNotes, roleCurator, roleModerator} }

// roleNamed reads a role; false if the word is none.
func roleNamed(word string) (string, bool) {
	switch strings.ToLower(strings.Trim(word, ".,;:!?()\"'@")) {
	case "greeter":
		return roleGreeter, true
	case "note-taker", "notetaker", "notes":
		return roleNotes, true
	case "curator":
		return roleCurator, true
	case "moderator", "mod", "moderator-on-duty", "on-duty":
		return roleModerator, true
	}
	return "", false
}

// nameOf is what a role is called, job what it is, in at most five lines.
func nameOf(id string, v rule.Voice) chat.Text {
	switch id {
	case roleGreeter:
		return v.Say("rota.role.greeter")
	case roleNotes:
		return v.Say("rota.role.notes")
	case roleCurator:
		return v.Say("rota.role.curator")
	}
	return v.Say("rota.role.moderator")
}

func job(id string, v rule.Voice) chat.Text {
	switch id {
	case roleGreeter:
		return v.Say("rota.job.greeter")
	case roleNotes:
		return v.Say("rota.job.notes")
	case roleCurator:
		return v.Say("rota.job.curator")
	}
	return v.Say("rota.job.moderator")
}

const (
	usualRule = "FREQ=WEEKLY;BYDAY=MO"
	usualHour = 9
	onWall    = "2006-01-02T15:04"
)

// recurrence is when the role turns; one that cannot be read is the usual one.
func (r Role) recurrence(zone *time.Location, now time.Time) recur.Recurrence {
	start, err := time.Parse(onWall, r.Start)
	if err != nil {
		local := now.In(zone)
		start = time.Date(local.Year(), local.Month(), local.Day()-7, usualHour, 0, 0, 0, time.UTC)
	}
	if r.Rule != "" {
		if rec, err := recur.Parse(r.Rule, start, zone); err == nil {
			return rec
		}
	}
	rec, _ := recur.Parse(usualRule, start, zone)
	return rec
}

// coming is the first turn that begins after a moment; false if the role turns no more.
func (r Role) coming(zone *time.Location, after time.Time) (Turn, bool) {
	rec := r.recurrence(zone, after)
	from, ok := rec.Next(after)
	if !ok {
		return Turn{}, false
	}
	until, ok := rec.Next(from)
	return Turn{From: from, Until: until}, ok
}

// every reads how often a role turns: "day", "week", "2 weeks", "month", or a rule of RFC 5545.
func every(words []string) (string, bool) {
	text := strings.ToLower(strings.Join(words, " "))
	switch text {
	case "day", "daily":
		return "FREQ=DAILY", true
	case "week", "weekly", "1 week":
		return usualRule, true
	case "2 weeks":
		return "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", true
	case "3 weeks":
		return "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO", true
	case "4 weeks":
		return "FREQ=WEEKLY;INTERVAL=4;BYDAY=MO", true
	case "month", "monthly":
		return "FREQ=MONTHLY;BYDAY=1MO", true
	}
	text = strings.ToUpper(text)
	return text, strings.HasPrefix(text, "FREQ=")
}
