package flags

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// The flags.
const (
	lurkers  = "lurkers"
	pitches  = "pitches"
	burnout  = "burnout"
	drift    = "drift"
	ghosting = "ghosting"
	strain   = "strain"
	backlog  = "backlog"
)

const (
	// badWeeks raise a flag, goodWeeks take it down; nextTold is how long the same is not said again, as is a snooze.
	badWeeks  = 2
	goodWeeks = 2
	nextTold  = 4*week - day // a Monday is the fourth even if the clocks have changed
	snooze    = 4 * week
)

// Flag is how one of them stands.
type Flag struct {
	Bad     int       `json:"bad,omitempty"`
	Good    int       `json:"good,omitempty"`
	Up      bool      `json:"up,omitempty"`
	Told    time.Time `json:"told,omitzero"`
	Snoozed time.Time `json:"snoozed,omitzero"` // until then
	Said    string    `json:"said,omitempty"`   // the number and the limit, as it was last seen
}

// sighting is what a week looks like for one flag.
type sighting struct {
	name string
	bad  bool
	// known: the week can be judged at all.
	known bool
	write func(v rule.Voice) chat.Text
	fixes func(v rule.Voice) []chat.Choice
}

// seen counts a week and tells whether it is time to say something, or that it is over.
func (f Flag) seen(bad bool, now time.Time) (_ Flag, tell, over bool) {
	if !bad {
		f.Bad, f.Good = 0, min(f.Good+1, goodWeeks)
		over = f.Up && f.Good >= goodWeeks
		f.Up = f.Up && !over
		return f, false, over
	}
	f.Good, f.Bad = 0, min(f.Bad+1, badWeeks)
	if f.Bad < badWeeks {
		return f, false, false
	}
	f.Up = true
	tell = !now.Before(f.Snoozed.Add(-day)) && (f.Told.IsZero() || now.Sub(f.Told) >= nextTold)
	if tell {
		f.Told = now
	}
	return f, tell, false
}

// evaluate judges the week that is over, once everything about it is known.
func (s State) evaluate(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	if s.Given.Members >= fewest {
		for _, x := range s.sightings(c, now) {
			if !x.known {
				continue
			}
			f, tell, over := s.Flags[x.name].seen(x.bad, now)
			f.Said = ""
			if x.bad {
				f.Said = x.write(rule.Voice{Language: c.Language(), Zone: c.Zone()}).Plain
			}
			s.Flags[x.name] = f
			switch {
			case tell:
				out = append(out, s.tell(c, x)...)
			case over:
				out = append(out, rule.ToModerators(c, "", func(v rule.Voice) chat.Text { return v.Say("flag.over", "name", nameOf(v, x.name)) }, nil)...)
			}
		}
	}
	s.Audit, s.Late, s.LateWeek = nil, Share{}, 0
	s, more := s.askPulse(c, now)
	return s, append(out, more...)
}

// tell says what was seen, with what can be done about it.
func (s State) tell(c chat.Community, x sighting) []chat.Effect {
	v := rule.Aloud(c, "")
	choices := append(x.fixes(v), chat.Choice{Label: v.Say("flag.choice.snooze").Plain, Ask: commandDo + " snooze " + x.name})
	if len(choices) > chat.MaxChoices {
		choices = choices[len(choices)-chat.MaxChoices:]
	}
	return rule.ToModerators(c, "flag:"+x.name, func(v rule.Voice) chat.Text {
		return v.Say("flag.head", "name", nameOf(v, x.name)).Append(chat.Plain("\n"), x.write(v))
	}, nil, choices...)
}

func (s State) sightings(c chat.Community, now time.Time) []sighting {
	return []sighting{s.lurkers(c), s.pitches(c), s.burnout(c, now), s.drift(c, now), s.ghosting(), s.strain(c), s.backlog()}
}

// nameOf is what a flag is called.
func nameOf(v rule.Voice, name string) chat.Text {
	switch name {
	case lurkers:
		return v.Say("flag.name.lurkers")
	case pitches:
		return v.Say("flag.name.pitches")
	case burnout:
		return v.Say("flag.name.burnout")
	case drift:
		return v.Say("flag.name.drift")
	case ghosting:
		return v.Say("flag.name.ghosting")
	case strain:
		return v.Say("flag.name.strain")
	}
	return v.Say("flag.name.backlog")
}

func names() []string {
	return []string{lurkers, pitches, burnout, drift, ghosting, strain, backlog}
}

// list says which flags are up.
func (s State) list(v rule.Voice, now time.Time) chat.Text {
	out := v.Say("flags.none")
	some := false
	for _, name := range names() {
		f := s.Flags[name]
		if !f.Up {
			continue
		}
		if !some {
			out, some = v.Say("flags.head"), true
		}
		out = out.Append(chat.Plain("\n"), v.Say("flags.line", "name", nameOf(v, name), "said", f.Said))
		if now.Before(f.Snoozed) {
			out = out.Append(chat.Plain(" "), v.Say("flags.snoozed", "until", f.Snoozed))
		}
	}
	return out
}

// fix does what was chosen under a flag.
func (s State) fix(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	if len(b.Args) != 2 {
		return s, nil
	}
	switch room, ok := c.Room(chat.RoomID(b.Args[1])); {
	case b.Args[0] == "snooze" && slices.Contains(names(), b.Args[1]):
		f := s.Flags[b.Args[1]]
		f.Snoozed = e.Now.Add(snooze)
		s.Flags[b.Args[1]] = f
		return s, []chat.Effect{rule.Reply(e, v.Say("flag.snoozed", "name", nameOf(v, b.Args[1]), "until", f.Snoozed))}
	case b.Args[0] == promosRoom && ok && e.Level < chat.Organiser:
		return s, []chat.Effect{rule.Discreetly(e, v.Say("flag.organisers"))}
	case b.Args[0] == promosRoom && ok && room.Settings[rule.Moderators] != "on":
		if _, some := c.With(promosRoom); some {
			return s, []chat.Effect{rule.Discreetly(e, v.Say("flag.settled"))}
		}
		line := string(e.By.Identity.Platform) + " room: promos = on"
		return s, []chat.Effect{
			chat.Set{Room: room.ID, Key: promosRoom, Value: "on"},
			chat.Record{Log: "audit", By: e.Member, Line: line},
			rule.Reply(e, v.Say("flag.promos.done", "room", room.Name)),
		}
	}
	return s, []chat.Effect{rule.Discreetly(e, v.Say("flag.settled"))}
}

// talkRooms are the rooms that members write in.
func talkRooms(c chat.Community) []chat.Room {
	return slices.DeleteFunc(slices.Clone(c.Rooms), func(r chat.Room) bool {
		return r.Settings[rule.Moderators] == "on" || len(r.Chats) == 0
	})
}

func number(n int) string { return strconv.Itoa(n) }

// joined puts reasons under each other.
func joined(texts []chat.Text) chat.Text {
	var out chat.Text
	for i, t := range texts {
		if i > 0 {
			out = out.Append(chat.Plain("\n"))
		}
		out = out.Append(chat.Plain("• "), t)
	}
	return out
}

func choice(_ rule.Voice, label chat.Text, ask ...string) chat.Choice {
	return chat.Choice{Label: label.Plain, Ask: strings.Join(ask, " ")}
}
