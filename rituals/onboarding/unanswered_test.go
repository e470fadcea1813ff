package onboarding

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// newcomer makes somebody who came a moment ago.
func newcomer(w *world, id chat.MemberID) {
	w.add(id, chat.Signal, chat.Member).Settings = map[string]string{settingNewcomer: w.now.Format(time.RFC3339)}
}

// calls are the private words about newcomers that somebody has got.
func calls(w *world, who string) (out []time.Time) {
	for _, s := range w.said {
		if x, ok := s.effect.(chat.Whisper); ok && x.Who.ID == who && strings.Contains(x.Text.Plain, "@") {
			out = append(out, s.at)
		}
	}
	return out
}

func TestWhatIsAnAnswer(t *testing.T) {
	tests := map[string]struct {
		then func(*world, *chat.Message)
		want int // calls to the greeter within a day
	}{
		"nobody writes":           {func(*world, *chat.Message) {}, 3},
		"a reply, hours later":    {func(w *world, m *chat.Message) { w.waits(3*time.Hour, 0); w.writes("old", "yes", m) }, 1},
		"the next message, soon":  {func(w *world, _ *chat.Message) { w.waits(7*time.Minute, 0); w.writes("old", "yes", nil) }, 1},
		"the next message, later": {func(w *world, _ *chat.Message) { w.waits(11*time.Minute, 0); w.writes("old", "yes", nil) }, 3},
		"his own next message":    {func(w *world, _ *chat.Message) { w.writes("new", "hm", nil) }, 3},
		"his own reply":           {func(w *world, m *chat.Message) { w.writes("new", "hm", m) }, 3},
		"he adds something, then she": {func(w *world, _ *chat.Message) {
			w.waits(8*time.Minute, 0)
			w.writes("new", "hm", nil)
			w.waits(8*time.Minute, 0)
			w.writes("old", "yes", nil)
		}, 1},
		"a program's message": {func(w *world, _ *chat.Message) {
			p := w.person("old")
			p.Bot = true
			w.happen(chat.Event{Chat: w.cards["old"].In[0], Room: "r1", By: p, Message: &chat.Message{}, Body: chat.Posted{}})
		}, 3},
		"he goes":      {func(w *world, _ *chat.Message) { w.leaves("new") }, 0},
		"he is erased": {func(w *world, _ *chat.Message) { delete(w.cards, "new") }, 0},
		"he takes it back": {func(w *world, m *chat.Message) {
			w.happen(chat.Event{Chat: m.Original.Chat, Room: "r1", Message: m, Body: chat.Deleted{Ref: m.Original}})
		}, 0},
	}
	for name, tt := range tests {
		w := newWorld(t, NewUnanswered())
		w.now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		w.c.Settings["firstpost"] = "off"
		w.add("old", chat.Signal, chat.Member)
		w.add("greeter", chat.Signal, chat.Member).Settings = map[string]string{settingGreeter: "on"}
		w.add("boss", chat.Signal, chat.Organiser)
		newcomer(w, "new")
		m := w.writes("new", "hello", nil)
		if name != "he goes" && name != "he is erased" && name != "he takes it back" {
			w.waits(2*time.Minute, 0)
		}
		tt.then(w, m)
		w.waits(30*time.Hour, 0)
		want := 0
		if tt.want == 3 {
			want = 1
		}
		if got := len(calls(w, "greeter")); got != tt.want || len(calls(w, "boss")) != want {
			t.Errorf("%s: the greeter is called %d times, the organiser %d", name, got, len(calls(w, "boss")))
		}
		if state := w.states["unanswered c1/r1"]; state != nil || len(w.timers) > 0 {
			t.Errorf("%s: there is left %s, %v", name, state, w.timers)
		}
	}
}

func TestWhatIsWatched(t *testing.T) {
	w := newWorld(t, NewUnanswered())
	w.add("old", chat.Signal, chat.Member)
	waits := func(id chat.MemberID, text string, answers *chat.Message) bool {
		m := w.writes(id, text, answers)
		found := strings.Contains(string(w.states["unanswered c1/r1"]), string(m.ID))
		w.writes("old", "yes", m)
		return found
	}
	newcomer(w, "new")
	for _, tt := range []struct {
		who  chat.MemberID
		text string
		want bool
	}{
		{"old", "does anybody know?", false},
		{"new", "hello", true},
		{"new", "I see", false},
		{"new", "and why?", true},
		{"new", "一緒に？", true},
		{"new", "stuck #help please", true},
		{"new", "help", false},
	} {
		if got := waits(tt.who, tt.text, nil); got != tt.want {
			t.Errorf("%q by %s is watched: %v", tt.text, tt.who, got)
		}
	}
	w.waits(15*24*time.Hour, 0)
	if waits("new", "still new?", nil) {
		t.Error("somebody is new for ever")
	}
	for i := range 200 {
		newcomer(w, chat.MemberID("n"+strconv.Itoa(i)))
		w.writes(chat.MemberID("n"+strconv.Itoa(i)), "hello", nil)
		w.waits(11*time.Minute, 0)
	}
	if n := len(w.states["unanswered c1/r1"]); n > 40_000 {
		t.Errorf("200 newcomers make a state of %d bytes", n)
	}
}

// Nobody is called at night but the organisers, and nobody twice at once.
func TestCallsByDay(t *testing.T) {
	for seed := range uint64(100) {
		chance := rand.New(rand.NewPCG(seed, 5))
		w := newWorld(t, NewUnanswered())
		w.now = w.now.Add(time.Duration(chance.IntN(48*60)) * time.Minute)
		zone := zones()[chance.IntN(len(zones()))]
		w.add("g1", chat.Signal, chat.Member).Settings = map[string]string{settingGreeter: "on", "zone": zone}
		w.add("boss", chat.Signal, chat.Organiser)
		newcomer(w, "new")
		w.writes("new", "hello", nil)
		w.waits(72*time.Hour, time.Duration(chance.IntN(90))*time.Second)
		got := calls(w, "g1")
		for i, at := range got {
			if h := at.In(w.c.ZoneOf(*w.cards["g1"])).Hour(); h < 8 || h >= 22 {
				t.Fatalf("seed %d: called at %s in %s", seed, at, zone)
			}
			if i > 0 && !at.After(got[i-1]) {
				t.Fatalf("seed %d: called at %v", seed, got)
			}
		}
		if len(got) == 0 || len(calls(w, "boss")) != 1 {
			t.Fatalf("seed %d: called %d and %d times", seed, len(got), len(calls(w, "boss")))
		}
	}
}

func TestTheCircles(t *testing.T) {
	w := newWorld(t, NewUnanswered())
	on := map[string]string{settingGreeter: "on"}
	w.add("boss", chat.Signal, chat.Organiser)
	w.add("guest", chat.Signal, chat.Guest).Settings = on
	w.add("gone", chat.Signal, chat.Member).Settings = on
	w.cards["gone"].In = nil
	for step, want := range [][]chat.MemberID{1: {""}, 2: {""}, 3: {"boss"}} {
		if step == 0 {
			continue
		}
		if diff := cmp.Diff(want, circle(w.c, chat.Event{}, Wait{Who: "new", Step: step})); diff != "" {
			t.Errorf("step %d without greeters: %s", step, diff)
		}
	}
	w.add("a", chat.Signal, chat.Member).Settings = on
	w.add("b", chat.Signal, chat.Member).Settings = on
	w.add("new", chat.Signal, chat.Member).Settings = on
	if diff := cmp.Diff([]chat.MemberID{"a", "b"}, circle(w.c, chat.Event{}, Wait{Who: "new", Step: 2})); diff != "" {
		t.Error(diff)
	}
	if got := circle(w.c, chat.Event{Seed: [16]byte{3}}, Wait{Who: "new", Step: 1}); !cmp.Equal(got, []chat.MemberID{"b"}) {
		t.Errorf("one of them: %v", got)
	}
}
