package pods

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Everybody is asked once a day at the same time on their own clocks, also when these change.
func TestTheClocksOfThreeZones(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-01T12:00:00Z"), 3)
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}
	for i, z := range zones {
		w.folk[i].Settings["zone"] = z
	}
	w.pod(3)
	w.says("m1", true, "pod time 2:30") // on 8 March it is skipped in New York
	w.says("m2", true, "pod time 7pm")
	for day := w.now; day.Before(at(t, "2026-05-01T12:00:00Z")); day = day.Add(24 * time.Hour) {
		w.until(day)
		for i := range zones {
			w.says(chat.MemberID(fmt.Sprint("m", i)), true, "pod skip")
		}
	}
	for i, want := range []string{"09:00", "02:30", "19:00"} {
		who := chat.MemberID(fmt.Sprint("m", i))
		zone, err := time.LoadLocation(zones[i])
		if err != nil {
			t.Fatal(err)
		}
		days := make(map[string]bool)
		for _, asked := range w.times[who] {
			local := asked.In(zone)
			skipped := who == "m1" && local.Format(time.DateOnly) == "2026-03-08" && local.Format("15:04") == "03:00"
			if got := local.Format("15:04"); got != want && !skipped {
				t.Errorf("%s is asked at %s on %s", zones[i], got, local)
			}
			if days[local.Format(time.DateOnly)] {
				t.Errorf("%s is asked twice on %s", zones[i], local)
			}
			days[local.Format(time.DateOnly)] = true
		}
		if len(days) < 60 {
			t.Errorf("%s: asked on %d days", zones[i], len(days))
		}
	}
}

// Two days without a word bring one question, five the end of all questions; nobody else hears of it.
func TestWhoeverDoesNotAnswer(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 3)
	w.pod(3)
	for day := 3; day <= 20; day++ {
		w.until(time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC))
		w.says("m0", true, "pod done a page")
		for _, x := range w.out {
			if o, ok := x.(chat.Whisper); ok && o.Who.ID != "m0" && strings.Contains(o.Text.Plain, "Nm1") {
				t.Errorf("somebody hears of who is absent: %s", o.Text.Plain)
			}
		}
	}
	if w.asked["m1"] != 4 || w.cared["m1"] != 1 || w.asked["m0"] != 18 || w.cared["m0"] != 0 {
		t.Errorf("asked %v, cared %v", w.asked, w.cared)
	}
	if got := w.says("m1", true, "pod back"); !strings.Contains(got, "Welcome back") {
		t.Error(got)
	}
	w.until(at(t, "2026-03-21T12:00:00Z"))
	if w.asked["m1"] != 5 {
		t.Errorf("asked %v after coming back", w.asked)
	}
}

// A break, a rest, a time-out and a quiet week take nothing away and are nothing missed; so is what was due while the house
// stood still.
func TestWhatTakesNothingAway(t *testing.T) {
	for name, pass := range map[string]func(w *world){
		"break":    func(w *world) { w.card("m0").Settings["paused"] = "on" },
		"rest":     func(w *world) { w.says("m0", true, "pod rest 5d") },
		"time-out": func(w *world) { w.card("m0").Settings["sanction"] = "timeout 2026-03-20T00:00:00Z" },
		"quiet":    func(w *world) { w.c.Settings[rule.QuietSetting] = "2026-03-04..2026-03-08" },
		"stopped":  func(w *world) { w.now = w.now.Add(5 * 24 * time.Hour); w.ring() },
	} {
		w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 3)
		w.pod(3)
		w.says("m0", true, "pod streak on")
		w.until(at(t, "2026-03-03T12:00:00Z"))
		w.says("m0", true, "pod done")
		pass(w)
		w.until(at(t, "2026-03-08T18:00:00Z"))
		w.card("m0").Settings = map[string]string{}
		before := w.asked["m0"]
		w.until(at(t, "2026-03-09T12:00:00Z"))
		got := w.says("m0", true, "pod done")
		if before != 1 || w.asked["m0"] != 2 || w.cared["m0"] != 0 || !strings.Contains(got, "Your days in a row: 2.") {
			t.Errorf("%s: asked %d, then %d, cared %d: %s", name, before, w.asked["m0"], w.cared["m0"], got)
		}
	}
}

// Late by up to two hours a question is asked; later it is passed over, and said so in the log.
func TestQuestionsThatComeLate(t *testing.T) {
	for late, want := range map[time.Duration]int{time.Hour: 1, 3 * time.Hour: 0} {
		w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 3)
		w.pod(3)
		w.now = w.timer.Add(late)
		w.ring()
		logged := 0
		for _, x := range w.out {
			if r, ok := x.(chat.Record); ok && r.Log == logRhythm {
				logged++
			}
		}
		if w.asked["m0"] != want || logged != 3*(1-want) || !w.timer.After(w.now) {
			t.Errorf("%s late: asked %v, %d lines, next %s", late, w.asked, logged, w.timer)
		}
	}
}

func TestWhoGetsIn(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 9)
	w.card("m8").Settings["sanction"] = "timeout 2026-03-20T00:00:00Z"
	w.pod(5)
	for line, want := range map[string]string{
		"pod join Pages": "taken", "podset in 1": "taken", "podset in 99": "settled", "podset in x": "settled", "podset": "settled",
		"podset done 1 2026-03-02": "settled", "podset help 1": "settled", "podset end 1": "can end it", "pod end Pages": "can end it",
		"pod new pages": "already", "pod new 7": "What is it called?", "pod new x": "What is it called?", "pod done": "no pod", "pod fly": "In a pod",
	} {
		if got := w.says("m5", false, line); !strings.Contains(got, want) {
			t.Errorf("%s: %q", line, got)
		}
	}
	w.says("m6", false, "pod new Other")
	if got := w.says("m0", false, "pod join Other"); !strings.Contains(got, "one pod at a time") {
		t.Error(got)
	}
	if got := w.says("m8", false, "pod join Other"); !strings.Contains(got, "while a decision about you holds") {
		t.Error(got)
	}
	w.until(at(t, "2026-03-03T12:00:00Z"))
	first := w.says("m0", true, "podset done 1 2026-03-03")
	again := w.says("m0", true, "podset done 1 2026-03-03")
	old := w.says("m0", true, "podset done 1 2026-03-02")
	if !strings.Contains(first, "Noted") || !strings.Contains(again, "Noted") || !strings.Contains(old, "settled") || w.kept().Pods[0].Done != 1 {
		t.Errorf("%q, %q, %q: %+v", first, again, old, w.kept().Pods[0])
	}
	for n := range 20 {
		w.says("m0", true, fmt.Sprint("pod partly take ", n))
	}
	if p := w.kept().Pods[0]; p.Done != 0 || p.Partial != 1 || p.Seats[0].Changes != maxChanges {
		t.Errorf("%+v", p)
	}
}

func TestHostileWords(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 3)
	w.says("m0", false, "pod new \u202e@everyone\x07 "+strings.Repeat("x", 10_000))
	w.says("m1", false, "pod join 1")
	w.says("m2", false, "pod join 1")
	w.until(at(t, "2026-03-03T12:00:00Z"))
	w.says("m0", true, "pod done \u202e@everyone "+strings.Repeat("y", 10_000))
	for _, x := range w.out {
		if o, ok := x.(chat.Whisper); ok && (len(o.Text.Plain) > 2000 || strings.ContainsAny(o.Text.Plain, "\u202e\x07") || strings.Contains(o.Text.Plain, "@e")) {
			t.Errorf("%q", o.Text.Plain)
		}
	}
	for text, want := range map[string]int{"9": 540, "9:30": 570, "9.30": 570, "7pm": 1140, "12 am": 0, "12pm": 720, "25:00": -1, "-1": -1, "9:3": -1, "x": -1, "13pm": -1, "": -1} {
		got, ok := minuteIn(strings.Fields(text))
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is read as %d, %v", text, got, ok)
		}
	}
}

// Two accounts of one person have one place; who is erased has none, and nothing of theirs is brought to anybody.
func TestOnePersonAndNobody(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 5)
	w.pod(4)
	w.tell(chat.Event{Body: chat.Claimed{Kept: "m0", Gone: "m3"}})
	if p := w.kept().Pods[0]; len(p.Seats) != 3 {
		t.Errorf("%+v", p.Seats)
	}
	w.folk[1].Settings["zone"] = "America/New_York"
	w.until(at(t, "2026-03-03T09:30:00Z"))
	w.says("m0", true, "pod done a secret")
	if p := w.kept().Pods[0]; len(p.Seats[1].Box) != 1 {
		t.Fatalf("nothing waits for the morning: %+v", p.Seats[1])
	}
	w.tell(chat.Event{Body: chat.Forgotten{Who: "m0", Identities: w.folk[0].Identities}})
	if strings.Contains(string(w.state), "m0") || strings.Contains(string(w.state), "secret") {
		t.Errorf("what is left of who is erased: %s", w.state)
	}
}

// Whatever happens, nobody is in two pods, no pod has more than five, and nobody is asked more than once a day.
func TestAnythingGoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := newWorld(t, "Europe/Berlin", at(t, "2026-03-20T12:00:00Z"), 12)
	lines := []string{
		"pod new AA", "pod new BB", "pod new CC", "pod join AA", "pod join BB", "pod join CC", "pod join", "pod leave", "pod done x", "pod skip", "pod",
		"pod rest 2d", "pod back", "pod time 23:59", "pod time 0:00", "podset help 1", "podset on 2", "podset rest 3", "podset in 1", "podset in 2", "podset end 1",
	}
	begun := 0
	for range 3000 {
		w.says(chat.MemberID(fmt.Sprint("m", r.IntN(12))), r.IntN(2) == 0, lines[r.IntN(len(lines))])
		if r.IntN(3) == 0 {
			w.until(w.now.Add(time.Duration(r.IntN(20)) * time.Hour))
		}
		seen := make(map[chat.MemberID]bool)
		for _, p := range w.kept().Pods {
			if !p.Since.IsZero() && p.Over.IsZero() {
				begun++
			}
			if len(p.Seats) > full || !p.Since.IsZero() && p.Over.IsZero() && len(p.Seats) < 2 {
				t.Fatalf("%d people in %s", len(p.Seats), p.Name)
			}
			for _, s := range p.Seats {
				if seen[s.Who] || len(s.Box) > maxBox {
					t.Fatalf("%s: %+v", s.Who, w.kept())
				}
				seen[s.Who] = true
			}
		}
	}
	if begun < 300 {
		t.Errorf("pods had begun only %d times", begun)
	}
}

// A pod that has not found its third within a week is taken down; those who waited hear of it, but not in a quiet week.
func TestAPodWithoutAThird(t *testing.T) {
	for quiet, want := range map[string]string{"": "2026-03-09T10:00:00Z", "2026-03-08..2026-03-10": "2026-03-11T10:00:00Z"} {
		w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 3)
		w.c.Settings[rule.QuietSetting] = quiet
		w.pod(2)
		w.until(at(t, want).Add(-time.Minute))
		if s := w.kept(); len(s.Pods) != 1 {
			t.Errorf("%q: %+v before its time", quiet, s)
		}
		w.until(at(t, want))
		told := 0
		for _, x := range w.out {
			if o, ok := x.(chat.Whisper); ok && strings.Contains(o.Text.Plain, "has not found 3 people") {
				told++
			}
		}
		if s := w.kept(); told != 2 || len(s.Pods) != 0 || !w.timer.IsZero() {
			t.Errorf("%q: told %d, %+v", quiet, told, s)
		}
	}
}

// Words in private are for the pod only where they answer something of the pod's, and no rule behind takes them for chat.
func TestWordsInPrivate(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-02T12:00:00Z"), 5)
	w.pod(3)
	w.until(at(t, "2026-03-03T12:00:00Z"))
	for _, tt := range []struct {
		who         chat.MemberID
		tag, typed  string
		says, heard string
		drops       bool
	}{
		{"m0", "podask:1:m0:2026-03-03", "done, two pages", "Noted", "✅ Nm0: done\ntwo pages", true},
		{"m0", "podask:1:m0:2026-03-02", "done", "settled", "", true},
		{"m1", "podask:1:m1:2026-03-03", "not today", "Noted", "🌙 Nm1: not today", true},
		{"m1", "podack:1:m1:2026-03-03", "too tired", "Noted", "too tired", true},
		{"m2", "podbox:1:m2", "well done", "Your pod can read it", "Nm2: well done", true},
		{"m2", "podbox:9:m2", "well done", "settled", "", true},
		{"m4", "podbox:1:m2", "let me in", "settled", "", true},
		{"m4", "prompt:1", "bread", "", "", false},
	} {
		card := w.card(tt.who)
		w.out = nil
		w.tell(chat.Event{
			Chat: chat.Chat(card.Identities[0]), Private: true, Member: tt.who, By: chat.Person{Identity: card.Identities[0], Name: card.Name},
			ReplyTo: &chat.Message{Tag: tt.tag}, Body: chat.Posted{Text: chat.Plain(tt.typed)},
		})
		said, heard, drops := "", "", false
		for _, x := range w.out {
			switch x := x.(type) {
			case chat.Send:
				said += x.Text.Plain
			case chat.Whisper:
				heard += x.Text.Plain
			case chat.Drop:
				drops = true
			}
		}
		if !strings.Contains(said, tt.says) || !strings.Contains(heard, tt.heard) || (tt.heard == "") != (heard == "") || drops != tt.drops {
			t.Errorf("%s answers %s with %q: %q, the others hear %q, %v", tt.who, tt.tag, tt.typed, said, heard, drops)
		}
	}
}
