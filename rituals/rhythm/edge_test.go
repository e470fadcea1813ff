package rhythm

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// closings are what is said when a ritual is over, in one of the chats.
func closings(out []chat.Effect) (texts []string) {
	for _, x := range out {
		if send, ok := x.(chat.Send); ok && send.Answer != nil && send.To == chats()[0] {
			texts = append(texts, send.Text.Plain)
		}
	}
	return texts
}

// What an organiser opens says nothing of the promise, is not weighed, and leaves the ritual's own times alone.
func TestOpenedByHand(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea every saturday 9:00: tea?")
	for range 5 {
		h.ask("m1", "ritual now tea")
		if got := h.ask("m1", "ritual now tea"); !strings.Contains(got, "Please wait an hour") {
			t.Errorf("twice in a minute: %s", got)
		}
		h.until(h.now.Add(20 * time.Hour))
	}
	h.until(at(t, "2026-03-07T08:59:00Z"))
	tags, _ := openings(h.take())
	if len(tags) != 5 || slices.Contains(h.marks, "tea kept") || slices.Contains(h.marks, "tea broken") || h.kept().Rituals[0].Low != 0 {
		t.Errorf("%v, %v, %+v", tags, h.marks, h.kept().Rituals[0])
	}
	h.until(at(t, "2026-03-07T09:01:00Z"))
	if tags, _ := openings(h.take()); len(tags) != 1 || !slices.Contains(h.marks, "tea kept") {
		t.Errorf("on its own day: %v, %v", tags, h.marks)
	}
}

// The house stands still over a quiet week: what it would have passed over anyway is no broken promise.
func TestStandingStillOverAQuietWeek(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	h.ask("m1", "quiet 2026-03-02..2026-03-08")
	h.take()
	h.now = at(t, "2026-03-09T09:01:00Z")
	h.ring()
	if tags, _ := openings(h.take()); len(tags) != 1 || slices.Contains(h.marks, "tea broken") {
		t.Errorf("%v, %v", tags, h.marks)
	}
}

// What was open when a quiet week begins ends without a word, and so does what ended while the house stood still.
func TestWhatEndsWithoutAWord(t *testing.T) {
	for name, do := range map[string]func(h *house){
		"as ever": func(*house) {},
		"quiet":   func(h *house) { h.ask("m1", "quiet 2026-03-04") },
		"late": func(h *house) {
			h.now = at(h.t, "2026-03-04T12:00:00Z")
			h.ring()
		},
	} {
		h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
		h.plan("tea every monday 9:00: tea?")
		h.until(at(t, "2026-03-02T09:01:00Z"))
		h.answer("m2", h.kept().Open[0].tag())
		h.tell(chat.Event{
			Chat: chats()[1], Room: "r1", Member: "m3", By: chat.Person{Bot: true}, ReplyTo: &chat.Message{Tag: h.kept().Open[0].tag()}, Body: chat.Posted{},
		})
		do(h)
		h.until(at(t, "2026-03-05T09:00:00Z"))
		got := closings(h.take())
		if want := name == "as ever"; (len(got) == 1 && strings.Contains(got[0], "part: 1.")) != want || len(got) > 1 {
			t.Errorf("%s: %q", name, got)
		}
		if len(h.kept().Open) != 0 {
			t.Errorf("%s: it is still open", name)
		}
	}
}

// A question to an organiser waits until the quiet week is over, and for the day.
func TestLettersWaitForTheEndOfAQuietWeek(t *testing.T) {
	h := newHouse(t, "Europe/Oslo", at(t, "2026-03-01T12:00:00Z"))
	h.plan("owls daily 4:00: who?")
	h.until(at(t, "2026-03-05T04:00:00Z")) // the third is over, and it is five in Oslo
	h.ask("m1", "quiet 2026-03-05..2026-03-07")
	h.take()
	var when []string
	for h.now.Before(at(t, "2026-03-10T12:00:00Z")) {
		h.until(h.now.Add(time.Hour))
		for _, x := range h.take() {
			if w, ok := x.(chat.Whisper); ok && strings.HasPrefix(w.Tag, letterTag) {
				when = append(when, h.now.Format("2006-01-02 15:04"))
			}
		}
	}
	if !slices.Equal(when, []string{"2026-03-08 07:00"}) {
		t.Errorf("asked at %v", when)
	}
}

// That a quiet week is over is told on its day or not at all.
func TestTheEndOfAQuietWeekToldTooLate(t *testing.T) {
	for late, want := range map[time.Duration]int{0: 1, noticeLate: 1, noticeLate + time.Second: 0} {
		h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
		h.ask("m1", "quiet 2026-03-02..2026-03-04")
		h.until(at(t, "2026-03-03T12:00:00Z"))
		h.now = at(t, "2026-03-05T09:00:00Z").Add(late)
		h.ring()
		if begins, ends := notices(h.take()); begins != 1 || ends != want {
			t.Errorf("%s late: %d times told that it begins, %d times that it ends", late, begins, ends)
		}
	}
}

// A pause is not made up for, and the list tells what really comes next.
func TestAfterAPause(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	h.ask("m1", "ritual pause tea")
	h.until(at(t, "2026-03-10T12:00:00Z"))
	if got := h.ask("m1", "ritual resume tea"); !strings.Contains(got, "next Wed 11 Mar 09:00") {
		t.Errorf("resumed: %s", got)
	}
	h.ask("m1", "quiet 2026-03-11..2026-03-12")
	if got := h.ask("m2", "rituals"); !strings.Contains(got, "Next: Fri 13 Mar 09:00") {
		t.Errorf("listed: %s", got)
	}
	h.take()
	h.until(at(t, "2026-03-13T12:00:00Z"))
	if tags, _ := openings(h.take()); len(tags) != 1 {
		t.Errorf("opened %v", tags)
	}
}
