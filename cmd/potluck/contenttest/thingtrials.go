package contenttest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// thingTrials are about what has no bytes.
func thingTrials() map[chat.Kind]trial {
	out := map[chat.Kind]trial{
		"location":      {do: doThing, native: place, less: inALine, from: []chat.Platform{chat.Telegram, chat.Matrix}},
		"live location": {do: organise, native: place, less: inALine, from: []chat.Platform{chat.Telegram, chat.Matrix}, on: map[chat.Platform]look{chat.Matrix: place}},
		"venue":         {do: doThing, native: place, less: inALine, on: map[chat.Platform]look{chat.Matrix: place}},
		"contact":       {do: doThing, native: contact, less: inALine},
		"poll":          {do: doThing, native: poll},
		"vote":          {do: vote, native: votedByName, less: inResult, none: inResult},
		"other":         {do: doThing, less: inALine},
	}
	for _, k := range []chat.Kind{"dice", "checklist", "game", "invoice", "gift", "payment", "story", "call", "invitation"} {
		out[k] = trial{do: doThing, less: inALine}
	}
	for _, k := range []chat.Kind{"title", "picture", "timer", "topic", "notice"} {
		out[k] = trial{do: organise, less: inALine, apart: true}
	}
	return out
}

func doThing(_ *testing.T, a *act) error { return a.post(world.Say{Thing: thing(a.kind, a.words)}) }

// organise does it as the organiser, who may.
func organise(_ *testing.T, a *act) (err error) {
	a.id, err = a.say(a.from, 0, world.Say{Thing: thing(a.kind, a.words)})
	return err
}

// inALine wants the line that says what it is.
func inALine(a *act, to chat.Platform) error {
	if a.kind == "other" {
		return lineOf(a, to, "[message")
	}
	return lineOf(a, to, "["+string(a.kind))
}

// shownThing finds something without bytes that was sent, as one of some kinds.
func (a *act) shownThing(to chat.Platform, kinds ...chat.PartKind) (world.Shown, chat.Part, error) {
	for _, m := range a.fresh(to) {
		for _, p := range m.Things {
			if slices.Contains(kinds, p.Kind) && (p.Poll == nil || strings.Contains(p.Poll.Text, a.words)) {
				return m, p, nil
			}
		}
	}
	return world.Shown{}, chat.Part{}, fmt.Errorf("the %s is not shown; new are\n%s", a.kind, describe(a.fresh(to)))
}

// place wants it on a map: as what it is where that is native, else as a place that does not move.
func place(a *act, to chat.Platform) error {
	kind := chat.PartKind(a.kind)
	if a.Features[to].Shows[a.kind].How == chat.Degraded {
		kind = chat.Location
	}
	_, p, err := a.shownThing(to, kind)
	if err != nil {
		return err
	}
	want := thing(a.kind, a.words).Place
	if p.Place == nil || math.Abs(p.Place.Latitude-want.Latitude) > 0.001 || math.Abs(p.Place.Longitude-want.Longitude) > 0.001 {
		return fmt.Errorf("the place is %+v", p.Place)
	}
	if a.kind == "venue" && !strings.Contains(p.Place.Name+p.Line, a.words) {
		return fmt.Errorf("the place is called %q (%q)", p.Place.Name, p.Line)
	}
	return nil
}

func contact(a *act, to chat.Platform) error {
	_, p, err := a.shownThing(to, chat.Contact)
	if err == nil && (p.Contact == nil || p.Contact.Name != "Dora "+a.words || !strings.Contains(p.Contact.Phone, "15550100042")) {
		return fmt.Errorf("the contact is %+v", p.Contact)
	}
	return err
}

func poll(a *act, to chat.Platform) error {
	_, p, err := a.shownThing(to, chat.Poll)
	want := thing("poll", a.words).Poll
	if err == nil && (p.Poll == nil || !strings.Contains(p.Poll.Text, want.Text) || !slices.Equal(p.Poll.Options, want.Options)) {
		return fmt.Errorf("the poll is %+v", p.Poll)
	}
	return err
}

// vote lets the member choose in a poll that the organiser has made, and the organiser end it: then all is told.
func vote(_ *testing.T, a *act) error {
	if a.from != chat.Signal && a.from != chat.Matrix {
		return world.ErrNone // Telegram tells nobody who votes in a member's poll: see the story of polls
	}
	id, err := a.say(a.from, 0, world.Say{Thing: thing("poll", a.words)})
	if err != nil {
		return err
	}
	for _, to := range platforms() {
		if to == a.from {
			continue
		}
		err := a.until(func() error {
			m, _, err := a.shownThing(to, chat.Poll)
			a.copies[to] = m.ID
			return err
		})
		if err != nil {
			return err
		}
	}
	w, group := a.worlds[a.from], a.groups[a.from]
	if err := w.CastVote(a.people[a.from][1], group, id, 1); err != nil {
		return err
	}
	if a.from == chat.Signal { // before it ends, for what comes later is none
		if err := a.until(func() error { return votedByName(a, chat.Matrix) }); err != nil {
			return err
		}
	}
	return w.EndPoll(a.people[a.from][0], group, id)
}

// votedByName wants the voter's own account among those who have chosen the second option.
func votedByName(a *act, to chat.Platform) error {
	m, err := a.copied(to)
	if err == nil && !slices.ContainsFunc(m.Votes[1], func(n string) bool { return strings.Contains(n, a.name(a.from, 1)) }) {
		return fmt.Errorf("the votes are %v", m.Votes)
	}
	return err
}

// inResult wants the vote counted in the line with the result.
func inResult(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		ofIt := slices.ContainsFunc(a.fresh(to), func(p world.Shown) bool { return p.ID == m.ReplyTo })
		if ofIt && strings.Contains(m.Text.Plain, "█ 1 · at seven") {
			return nil
		}
	}
	return fmt.Errorf("the result is not told; new are\n%s", describe(a.fresh(to)))
}
