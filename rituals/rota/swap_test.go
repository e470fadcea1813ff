package rota

import (
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// offered returns a world in which m000 has the next turn and has asked m001 to take it.
func offered(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "UTC", 3)
	for _, card := range w.folk {
		w.says(card.ID, "rota volunteer greeter")
	}
	w.waits(time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), 0)
	w.presses("m000", 0)
	w.offer("m000", "m001")
	return w
}

// offer lets somebody ask another, whom their messenger mentions, to take a turn.
func (w *world) offer(by, to chat.MemberID) {
	w.t.Helper()
	text := chat.Text{Plain: "swap X greeter", Spans: []chat.Span{{Start: 5, End: 6, Style: chat.Mention, Value: w.card(to).Identities[0].String()}}}
	w.happen(chat.Asked{Command: commandRota, Alias: commandRota, Args: strings.Fields(text.Plain), Text: text}, by)
}

func TestASwapNeedsAYes(t *testing.T) {
	w := offered(t)
	if got := w.kept().Roles[roleGreeter].Next.Who; got != "m000" {
		t.Fatalf("before a yes %q has the turn", got)
	}
	if !w.presses("m001", 0) {
		t.Fatal("nobody was asked")
	}
	w.waits(time.Date(2026, 1, 12, 12, 0, 0, 0, time.UTC), 0)
	if got := w.onDuty(roleGreeter); got != "m001" {
		t.Errorf("%q is on duty", got)
	}
	sum := 0
	for _, v := range w.kept().Roles[roleGreeter].List {
		sum += v.Owed
		if v.Who == "m001" && v.Owed >= 0 || v.Who == "m000" && v.Owed < 0 {
			t.Errorf("%s is owed %d", v.Who, v.Owed)
		}
	}
	if sum < -10 || sum > 10 {
		t.Errorf("all together are owed %d", sum)
	}
}

// sayYes presses yes under the question to m001 that offered has led to.
func (w *world) sayYes(who chat.MemberID) {
	w.happen(chat.Asked{Command: commandAnswer, Chosen: true, Args: []string{"swapyes", "2"}}, who)
}

func TestSwapsThatDoNotFitAnyMore(t *testing.T) {
	tests := map[string]func(w *world){
		"no":         func(w *world) { w.presses("m001", 1) },
		"too late":   func(w *world) { w.now = w.now.Add(swapFor); w.sayYes("m001") },
		"given back": func(w *world) { w.says("m000", "rota skip"); w.sayYes("m001") },
		"away":       func(w *world) { w.card("m001").Settings["paused"] = "on"; w.sayYes("m001") },
		"off list":   func(w *world) { w.says("m001", "rota leave"); w.sayYes("m001") },
		"another's": func(w *world) {
			w.sayYes("m002")
		},
		"gone": func(w *world) { w.happen(chat.Forgotten{Who: "m000"}, "m000"); w.sayYes("m001") },
	}
	for name, change := range tests {
		w := offered(t)
		change(w)
		for _, at := range []Turn{w.kept().Roles[roleGreeter].Now, w.kept().Roles[roleGreeter].Next} {
			if at.Who == "m001" || at.Who == "m002" {
				t.Errorf("%s: %s has the turn", name, at.Who)
			}
		}
	}
}

// A turn that changes hands in its middle is paid for by each for their part.
func TestASwapInTheMiddle(t *testing.T) {
	w := running(t, 2)
	w.waits(time.Date(2026, 1, 15, 21, 0, 0, 0, time.UTC), 0) // half of the turn
	w.offer("m000", "m001")
	if !w.presses("m001", 0) || w.onDuty(roleGreeter) != "m001" {
		t.Fatalf("%q is on duty", w.onDuty(roleGreeter))
	}
	for _, v := range w.kept().Roles[roleGreeter].List {
		if v.Owed < -10_000 || v.Owed > 10_000 {
			t.Errorf("%s has done half of it and is owed %d", v.Who, v.Owed)
		}
	}
}
