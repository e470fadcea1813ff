package onboarding

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

func zones() []string {
	return []string{"UTC", "Europe/Oslo", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Chatham"}
}

// Whatever a newcomer does, whenever he comes and however long the house is down: the five come in order, each once, never at
// night nor within half an hour of each other, unless he asks; and within two days if nobody holds them.
func TestTheFiveMessages(t *testing.T) {
	for seed := range uint64(400) {
		chance := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t, New())
		w.now = w.now.Add(time.Duration(chance.IntN(72*60)) * time.Minute) // the clocks change on the 29th
		zone := zones()[chance.IntN(len(zones()))]
		card := w.add("m1", chat.Signal, chat.Member)
		card.Since, card.Settings = w.now, map[string]string{"zone": zone}
		began := w.now
		w.joins("m1", chat.Signal)
		held := play(w, chance)
		w.waits(72*time.Hour, 0)
		numbers, all := w.course("m1")
		if !slices.IsSorted(numbers) || len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
			t.Fatalf("seed %d: they come as %v", seed, numbers)
		}
		if !held {
			if diff := cmp.Diff([]int{1, 2, 3, 4, 5}, numbers); diff != "" || all[4].at.Sub(began) > 48*time.Hour {
				t.Fatalf("seed %d: from %s they come as %v, the last at %s", seed, began, numbers, w.now)
			}
		}
		checkTimes(t, seed, w.c.ZoneOf(*card), all)
	}
}

// play lets the newcomer do some things; it tells whether he or the house's being down has held the messages.
func play(w *world, chance *rand.Rand) (held bool) {
	for range chance.IntN(12) {
		w.waits(time.Duration(chance.IntN(300))*time.Minute, 0)
		switch chance.IntN(12) {
		case 0, 1:
			w.tells("m1", "next")
		case 2:
			w.tells("m1", "/accept")
		case 3, 4:
			w.writes("m1", "hi", nil)
		case 5:
			w.tells("m1", "how are you?")
		case 6:
			w.tells("m1", "pause")
			held = true
		case 7:
			w.leaves("m1")
			w.waits(time.Duration(chance.IntN(30))*time.Hour, 0)
			w.joins("m1", chat.Signal)
			held = true
		case 8:
			w.shut[w.cards["m1"].Identities[0]] = chat.Forbidden
			held = true
		case 9:
			w.waits(time.Duration(chance.IntN(40))*time.Hour, time.Duration(chance.IntN(20))*time.Hour) // it was down
			held = true
		}
	}
	return held
}

func checkTimes(t *testing.T, seed uint64, zone *time.Location, all []said) {
	t.Helper()
	for i, s := range all {
		if s.asked {
			continue
		}
		if h := s.at.In(zone).Hour(); h < 8 || h >= 22 {
			t.Fatalf("seed %d: message %d comes at %s", seed, i+1, s.at.In(zone))
		}
		if i > 0 && s.at.Sub(all[i-1].at) < 30*time.Minute {
			t.Fatalf("seed %d: message %d comes %s after the one before", seed, i+1, s.at.Sub(all[i-1].at))
		}
	}
}

func TestWhoIsANewcomer(t *testing.T) {
	tests := map[string]struct {
		does func(*world)
		want int
	}{
		"joins for the first time": {func(w *world) { w.joins("m1", chat.Signal) }, 1},
		"was here, leaves and joins": {func(w *world) {
			w.add("m1", chat.Signal, chat.Member)
			w.leaves("m1")
			w.joins("m1", chat.Signal)
		}, 0},
		"is a guest": {func(w *world) { w.add("m1", chat.Signal, chat.Guest).Since = w.now; w.joins("m1", chat.Signal) }, 0},
		"gets a seat": {func(w *world) {
			w.add("m1", chat.Signal, chat.Guest)
			w.appoints("m1", chat.Guest, chat.Member)
		}, 1},
		"gets a seat before he comes in": {func(w *world) {
			w.add("m1", chat.Signal, chat.Guest).In = nil
			w.appoints("m1", chat.Guest, chat.Member)
			w.waits(time.Hour, 0)
			w.joins("m1", chat.Signal)
		}, 1},
		"had a seat long ago": {func(w *world) {
			w.add("m1", chat.Signal, chat.Member)
			w.appoints("m1", chat.Member, chat.Guest)
			w.appoints("m1", chat.Guest, chat.Member)
		}, 0},
		"becomes a moderator": {func(w *world) {
			w.add("m1", chat.Signal, chat.Member)
			w.appoints("m1", chat.Member, chat.Moderator)
		}, 0},
		"comes before there is a purpose": {func(w *world) {
			delete(w.c.Settings, "purpose")
			w.joins("m1", chat.Signal)
			w.waits(time.Hour, 0)
			w.c.Settings["purpose"] = "We bake."
			w.leaves("m1")
			w.joins("m1", chat.Signal)
		}, 0},
		"comes where nobody is welcomed": {func(w *world) { w.c.Settings["welcome"] = "off"; w.joins("m1", chat.Signal) }, 0},
		"is a program": {func(w *world) {
			w.add("m1", chat.Signal, chat.Member).Since = w.now
			who := w.person("m1")
			who.Bot = true
			w.happen(chat.Event{Chat: w.cards["m1"].In[0], Room: "r1", Body: chat.Joined{Who: who}})
		}, 0},
		"only writes": {func(w *world) { w.add("m1", chat.Signal, chat.Member).Since = w.now; w.writes("m1", "hi", nil) }, 0},
	}
	for name, tt := range tests {
		w := newWorld(t, New())
		tt.does(w)
		w.waits(time.Minute, 0)
		if numbers, _ := w.course("m1"); len(numbers) != tt.want {
			t.Errorf("who %s gets %v, want %d", name, numbers, tt.want)
		}
	}
}

func (w *world) appoints(id chat.MemberID, from, to chat.Level) {
	w.cards[id].Level = to
	w.happen(chat.Event{Body: chat.Appointed{Who: id, From: from, To: to}})
}

// A button of an older message brings nothing that was there already, however often it is pressed.
func TestAnOldButton(t *testing.T) {
	w := newWorld(t, New())
	w.joins("m1", chat.Matrix)
	w.waits(time.Minute, 0)
	for range 3 {
		w.tells("m1", "/welcome next 2")
	}
	w.tells("m1", "/welcome next 5")
	if numbers, _ := w.course("m1"); !cmp.Equal(numbers, []int{1, 2}) {
		t.Errorf("it brings %v", numbers)
	}
}

func TestTheFirstWinIsWrittenDownOnce(t *testing.T) {
	w := newWorld(t, New())
	w.joins("m1", chat.Matrix)
	w.waits(60*time.Hour, 0)
	w.tells("m1", "/welcome again")
	w.waits(60*time.Hour, 0)
	if numbers, _ := w.course("m1"); len(numbers) != 10 {
		t.Errorf("again brings %v", numbers)
	}
	want := []chat.Record{{Log: "wins", About: "m1", Line: "first win delivered"}}
	if diff := cmp.Diff(want, w.wins); diff != "" {
		t.Error(diff)
	}
}

// Who cannot be reached is tried three times in all; then it is up to him.
func TestWhoCannotBeReached(t *testing.T) {
	w := newWorld(t, New())
	card := w.add("m1", chat.Telegram, chat.Member)
	card.Since, w.shut[card.Identities[0]] = w.now, chat.Forbidden
	w.joins("m1", chat.Telegram)
	tried := 0
	for range 240 {
		before := w.seq
		w.waits(time.Hour, 0)
		tried += (w.seq - before) / 2 // a timer and its receipt
	}
	if tried != maxTries || len(w.timers) != 0 {
		t.Errorf("he is tried %d times, and %d timers are left", tried, len(w.timers))
	}
	w.tells("m1", "hello")
	if numbers, _ := w.course("m1"); !cmp.Equal(numbers, []int{1}) || !w.dropped {
		t.Errorf("then he gets %v, and his word is taken: %v", numbers, w.dropped)
	}
	w.waits(72*time.Hour, 0)
	if numbers, _ := w.course("m1"); len(numbers) != 5 {
		t.Errorf("then he gets %v", numbers)
	}
}

// What fails later and is not his doing is tried again; a door that he has shut is not.
func TestWhatFailsLater(t *testing.T) {
	for why, want := range map[chat.Reason]int{chat.Broken: 5, chat.Forbidden: 1, chat.NotFound: 1} {
		w := newWorld(t, New())
		card := w.joins("m1", chat.Signal)
		w.waits(time.Minute, 0)
		w.shut[card.Identities[0]] = why
		w.waits(2*time.Hour, 0)
		delete(w.shut, card.Identities[0])
		w.waits(96*time.Hour, 0)
		if numbers, _ := w.course("m1"); len(numbers) != want || !slices.IsSorted(numbers) {
			t.Errorf("%s: he gets %v", why, numbers)
		}
	}
}

// Whoever takes a break from the community has one from its welcome, too.
func TestABreak(t *testing.T) {
	w := newWorld(t, New())
	card := w.joins("m1", chat.Signal)
	w.waits(time.Minute, 0)
	w.set(chat.Set{Member: "m1", Key: "paused", Value: "on"})
	w.waits(100*time.Hour, 0)
	if numbers, _ := w.course("m1"); len(numbers) != 1 {
		t.Errorf("he gets %v", numbers)
	}
	delete(card.Settings, "paused")
	w.waits(100*time.Hour, 0)
	if numbers, _ := w.course("m1"); len(numbers) != 5 {
		t.Errorf("then he gets %v", numbers)
	}
}

// Only what is meant for the messages is taken from what somebody writes in private.
func TestWhatIsTaken(t *testing.T) {
	for text, want := range map[string]bool{
		"next": true, "Skip!": true, "/stop": true, "PAUSE": true, "next year I will bake": false, "thanks": false, "": false,
	} {
		w := newWorld(t, New())
		w.joins("m1", chat.Matrix)
		w.waits(time.Minute, 0)
		p := w.person("m1")
		e := chat.Event{Chat: chat.Chat(p.Identity), Private: true, By: p, Member: "m1", Body: chat.Posted{Text: chat.Plain(text)}}
		w.happen(e)
		if w.dropped != want {
			t.Errorf("%q is taken: %v", text, w.dropped)
		}
		e.ReplyTo = &chat.Message{Tag: "case/7"}
		if w.happen(e); w.dropped {
			t.Errorf("%q is taken though it answers something else", text)
		}
	}
}

func TestTwoNewcomersWhoAreOne(t *testing.T) {
	w := newWorld(t, New())
	w.joins("m1", chat.Signal)
	w.joins("m2", chat.Matrix)
	w.waits(2*time.Hour, 0)
	w.tells("m2", "next")
	w.unite("m1", "m2")
	w.waits(72*time.Hour, 0)
	numbers, _ := w.course("m1")
	if diff := cmp.Diff([]int{1, 2, 4, 5}, numbers); diff != "" { // the third came to the other account
		t.Error(diff)
	}
	if len(w.timers) != 0 {
		t.Errorf("timers are left: %v", w.timers)
	}
}

// Whoever turns out to have been here for long is no newcomer, and is left in peace.
func TestANewAccountOfAnOldMember(t *testing.T) {
	w := newWorld(t, New())
	w.add("m1", chat.Signal, chat.Member)
	w.joins("m2", chat.Matrix)
	w.waits(time.Minute, 0)
	w.unite("m1", "m2")
	w.waits(72*time.Hour, 0)
	if numbers, _ := w.course("m1"); len(numbers) != 0 || isNew(*w.cards["m1"], w.now) {
		t.Errorf("he gets %v, and is new: %v", numbers, isNew(*w.cards["m1"], w.now))
	}
}

// unite makes one member of two, as the engine does.
func (w *world) unite(kept, gone chat.MemberID) {
	a, b := w.cards[kept], w.cards[gone]
	a.Identities, a.In = append(a.Identities, b.Identities...), append(a.In, b.In...)
	if a.Settings == nil {
		a.Settings = b.Settings
	}
	delete(w.cards, gone)
	for _, r := range w.rules {
		to, from := r.Name()+" "+rule.PersonKey("c1", kept), r.Name()+" "+rule.PersonKey("c1", gone)
		next, personal, err := r.Unite(w.states[to], w.states[from])
		if err != nil {
			w.t.Fatal(err)
		}
		if personal && w.states[from] != nil {
			w.states[to] = next
			delete(w.states, from)
		}
	}
	w.happen(chat.Event{Body: chat.Claimed{Kept: kept, Gone: gone}})
}

func FuzzTags(f *testing.F) {
	f.Add("welcome/m1/1")
	f.Add("welcome/m1/1/again")
	f.Add("welcome//9")
	f.Fuzz(func(t *testing.T, tag string) {
		who, n, ok := partsOf(tag)
		if ok && (n < 1 || n > messages || !strings.HasPrefix(tag, courseTag+string(who)+"/")) {
			t.Errorf("%q is %q %d", tag, who, n)
		}
		w := newWorld(t, New(), NewGreetings())
		w.happen(chat.Event{Tag: tag, Body: chat.Failed{Why: chat.Forbidden}})
		w.happen(chat.Event{Tag: tag, Body: chat.Sent{}})
		for at, state := range w.states {
			if state != nil {
				t.Errorf("%q leaves %s at %s", tag, state, at)
			}
		}
	})
}

// A state that somebody has made worse than any rule does, and old events about people who are gone, do no harm.
func FuzzCourse(f *testing.F) {
	f.Add([]byte(`{"began":"2026-03-01T00:00:00Z","sent":99,"tries":-4}`), "next")
	f.Add([]byte(`{"sent":-7,"unreached":true}`), "stop")
	f.Fuzz(func(t *testing.T, state []byte, text string) {
		r := New()
		w := newWorld(t, r)
		card := w.add("m1", chat.Signal, chat.Member)
		e := chat.Event{
			Chat: chat.Chat(card.Identities[0]), Private: true, By: w.person("m1"), Member: "m1", Now: w.now,
			Body: chat.Posted{Text: chat.Plain(text)},
		}
		next, _, err := r.Decide(w.c, state, e)
		if err != nil {
			return // it is no state at all
		}
		for _, body := range []chat.Body{chat.Due{Rule: title, Key: "c1/m1"}, chat.Left{Who: w.person("m1")}, chat.Claimed{Kept: "m9"}, chat.Appointed{Who: "m9", To: chat.Member}} {
			e.Body = body
			if next, _, err = r.Decide(w.c, next, e); err != nil {
				t.Fatal(err)
			}
		}
	})
}
