package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// clockwork is a rule that sets the timers that a message names ("k 10m", "-k", "k 0s") and says when one is due.
func clockwork(log *[]string) rule.Rule {
	return seat("clockwork", func(_ chat.Community, e chat.Event) []chat.Effect {
		switch body := e.Body.(type) {
		case chat.Due:
			*log = append(*log, body.Key+" at "+e.At.Format("15:04:05")+", now "+e.Now.Format("15:04:05"))
		case chat.Posted:
			var out []chat.Effect
			for _, line := range strings.Split(body.Text.Plain, "\n") {
				key, after, _ := strings.Cut(line, " ")
				if gone, ok := strings.CutPrefix(key, "-"); ok {
					out = append(out, chat.Cancel{Rule: "clockwork", Key: gone})
					continue
				}
				d, _ := time.ParseDuration(after)
				out = append(out, chat.Wake{Rule: "clockwork", Key: key, At: e.Now.Add(d)})
			}
			return out
		}
		return nil
	})
}

func timerTable(t *testing.T) (*table, *[]string) {
	var log []string
	b := newTable(t, clockwork(&log))
	return b, &log
}

func (b *table) say(text string) {
	b.t.Helper()
	b.n++
	b.fold(post(person(chat.Telegram, "ana"), kitchen, "t"+string(rune('0'+b.n)), text))
}

func TestTimersInTheirOrder(t *testing.T) {
	b, log := timerTable(t)
	b.say("late 30m\nsoon 10m\nmiddle 20m\nmiddle2 20m")
	b.wait(29 * time.Minute)
	b.restart()
	b.wait(time.Hour)
	want := []string{
		"soon at 12:10:00, now 12:10:00", "middle at 12:20:00, now 12:20:00", "middle2 at 12:20:00, now 12:20:00", "late at 12:30:00, now 12:30:00",
	}
	if diff := cmp.Diff(want, *log); diff != "" {
		t.Errorf("timers (-want +got):\n%s", diff)
	}
}

func TestTimersAreReplacedAndCancelled(t *testing.T) {
	b, log := timerTable(t)
	b.say("a 10m\nb 10m\nc 10m\nd 10m\n-d")
	b.say("a 20m")
	b.say("-b\n-nobody")
	b.say("c 5m\nd 15m\n-d\nd 25m")
	b.wait(time.Hour)
	want := []string{"c at 12:05:00, now 12:05:00", "a at 12:20:00, now 12:20:00", "d at 12:25:00, now 12:25:00"}
	if diff := cmp.Diff(want, *log); diff != "" {
		t.Errorf("timers (-want +got):\n%s", diff)
	}
	for name, bucket := range map[string]int{"timer": 1, "timername": 1} { // the engine's own
		if n := len(b.store.Dump()[core.Bucket(name)]); n != bucket {
			t.Errorf("%d rows in %s, want %d", n, name, bucket)
		}
	}
}

func TestAnyEventBringsWhatIsOverdueFirst(t *testing.T) {
	b, log := timerTable(t)
	b.say("a 10m\nb 20m")
	b.now = b.now.Add(3 * time.Hour) // the machine was off
	b.restart()
	again := chat.Event{ID: "tick", Body: chat.Due{}}
	b.fold(again, again)
	b.restart()
	b.fold(again)
	want := []string{"a at 12:10:00, now 15:00:00", "b at 12:20:00, now 15:00:00"}
	if diff := cmp.Diff(want, *log); diff != "" {
		t.Errorf("timers (-want +got):\n%s", diff)
	}
}

func TestATimerInThePastIsDueAtOnce(t *testing.T) {
	b, log := timerTable(t)
	b.say("a -1h")
	if due := b.engine.NextDue(); !due.Equal(b.now.Add(-time.Hour)) {
		t.Errorf("the alarm is set to %s", due)
	}
	b.fold(chat.Event{Body: chat.Due{}})
	if diff := cmp.Diff([]string{"a at 11:00:00, now 12:00:00"}, *log); diff != "" {
		t.Errorf("timers (-want +got):\n%s", diff)
	}
}

// A rule that wakes itself for the past for ever is bounded, and all its effects have names of their own.
func TestARuleThatWakesItselfForEver(t *testing.T) {
	n := 0
	b := newTable(t, seat("sleepless", func(_ chat.Community, _ chat.Event) []chat.Effect {
		n++
		return []chat.Effect{chat.Wake{Rule: "sleepless", Key: "k", At: time.Unix(0, 0)}, chat.Send{To: kitchen, Text: chat.Plain("z")}}
	}))
	ids := make(map[chat.EffectID]bool)
	total := 0
	for range 3 {
		for _, d := range b.fold(chat.Event{Chat: kitchen, Body: chat.Arrived{}}) {
			ids[d.ID] = true
			total++
		}
	}
	if n > 10_000 || len(ids) != total || total < 100 {
		t.Errorf("%d times awake, %d effects with %d names", n, total, len(ids))
	}
}

func TestTimersOfOneRuleAreItsOwn(t *testing.T) {
	var one, two []string
	first := clockwork(&one)
	b := newTable(t, first, rule.Of[int]{
		Title: "other", KeyOf: func(chat.Community, chat.Event) (string, bool) { return "k", true },
		Fold: func(_ chat.Community, s int, e chat.Event) (int, []chat.Effect) {
			if due, ok := e.Body.(chat.Due); ok {
				two = append(two, due.Rule+due.Key)
			}
			return s, nil
		},
	})
	b.say("a 1m")
	b.wait(time.Hour)
	if len(one) != 1 || len(two) != 0 {
		t.Errorf("one has seen %v, the other %v", one, two)
	}
}

func TestTimersWithStrangeKeys(t *testing.T) {
	var keys []string
	strange := []string{"", "a\x00b", "ü🍞", strings.Repeat("k", 300)}
	b := newTable(t, seat("keys", func(_ chat.Community, e chat.Event) []chat.Effect {
		if due, ok := e.Body.(chat.Due); ok {
			keys = append(keys, due.Key)
			return nil
		}
		var out []chat.Effect
		for _, k := range strange {
			out = append(out, chat.Wake{Rule: "keys", Key: k, At: e.Now.Add(time.Minute)})
		}
		return out
	}))
	b.fold(chat.Event{Body: chat.Arrived{}})
	b.wait(time.Hour)
	slices.Sort(keys)
	slices.Sort(strange)
	if diff := cmp.Diff(strange, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
