package rota

import (
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// line folds events for one state of the rule of calls.
type line struct {
	w     *world
	state []byte
	timer time.Time
	out   []chat.Effect
}

func (l *line) happen(e chat.Event) bool {
	l.w.t.Helper()
	e.Now, e.Community = l.w.now, "c1"
	r := NewCalls()
	if _, ok := r.Key(l.w.c, e); !ok {
		return false
	}
	state, out, err := r.Decide(l.w.c, l.state, e)
	if err != nil {
		l.w.t.Fatal(err)
	}
	l.state, l.out = state, nil
	for _, x := range out {
		if wake, ok := x.(chat.Wake); ok {
			l.timer = wake.At
			continue
		}
		l.out = append(l.out, x)
	}
	return true
}

func (l *line) posts(by chat.MemberID, text string) bool {
	l.w.t.Helper()
	return l.happen(chat.Event{
		Chat: l.w.c.Rooms[0].Chats[0], Room: "r1", Member: by, By: chat.Person{Identity: l.w.card(by).Identities[0], Name: "N" + string(by)},
		Message: &chat.Message{ID: "x1"}, Body: chat.Posted{Text: chat.Plain(text)},
	})
}

func TestCallsReachWhoIsOnDutyByDay(t *testing.T) {
	l := &line{w: newWorld(t, "UTC", 3)}
	l.w.card("m000").Settings[settingDuty] = "curator greeter"
	l.posts("m001", "@greeter "+strings.Repeat("look ", 5000))
	told, ok := l.out[0].(chat.Whisper)
	if !ok || len(l.out) != 1 || told.Who.ID != "m000" || !told.Secret || len([]rune(told.Text.Plain)) > maxQuoted+200 {
		t.Fatalf("%+v", l.out)
	}
	l.w.now = time.Date(2026, 1, 7, 23, 0, 0, 0, time.UTC)
	if l.posts("m001", "@greeter hello"); len(l.out) != 0 {
		t.Errorf("at night: %+v", l.out)
	}
	l.w.now = l.timer
	l.happen(chat.Event{Body: chat.Due{Rule: calls, Key: "c1/m000"}})
	if len(l.out) != 1 || l.w.now.Hour() != 8 {
		t.Errorf("at %s: %+v", l.w.now, l.out)
	}
	for range 3 { // and then the state is forgotten, without ringing for ever
		l.w.now = l.timer
		l.happen(chat.Event{Body: chat.Due{Rule: calls, Key: "c1/m000"}})
	}
	if len(l.state) != 0 || len(l.out) != 0 {
		t.Errorf("kept %s, %+v", l.state, l.out)
	}
}

func TestCallsHaveALimit(t *testing.T) {
	l := &line{w: newWorld(t, "UTC", 3)}
	l.w.card("m000").Settings[settingDuty] = "greeter"
	n := 0
	for range 50 {
		l.posts("m001", "@greeter")
		n += len(l.out)
	}
	if n != maxCalls {
		t.Errorf("%d calls within a moment", n)
	}
}

func TestWhomCallsDoNotReach(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"away":                 func(w *world) { w.card("m000").Settings["paused"] = "on" },
		"who reads not there":  func(w *world) { w.card("m000").In = []chat.Chat{{Platform: chat.Signal, ID: "mods"}} },
		"who is not on duty":   func(w *world) { w.card("m000").Settings[settingDuty] = "curator" },
		"who is nobody's duty": func(w *world) { w.card("m000").Settings[settingDuty] = "greeters" },
	} {
		l := &line{w: newWorld(t, "UTC", 3)}
		l.w.card("m000").Settings[settingDuty] = "greeter"
		change(l.w)
		l.posts("m001", "@greeter look")
		if told, ok := l.out[0].(chat.Whisper); !ok || told.Who.ID != "m001" {
			t.Errorf("%s: %+v", name, l.out)
		}
		if l.posts("m001", "@greeter look"); len(l.out) != 0 {
			t.Errorf("%s: told twice: %+v", name, l.out)
		}
	}
	l := &line{w: newWorld(t, "UTC", 3)}
	l.w.card("m000").Settings[settingDuty] = "greeter"
	if l.posts("m000", "I am the @greeter") {
		t.Error("somebody calls themselves")
	}
	if !NewCalls().Sealed() {
		t.Error("words of messages are kept in the open")
	}
}
