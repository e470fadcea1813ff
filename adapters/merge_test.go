package adapters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// lines are plain messages of people, "who: words" each.
func lines(c chat.Chat, said ...string) []chat.Outgoing {
	var out []chat.Outgoing
	for i, s := range said {
		who, words, _ := strings.Cut(s, ": ")
		as := chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: who}, Name: who}
		out = append(out, chat.Send{To: c, As: &as, Text: chat.Plain(words), Message: chat.MessageID(fmt.Sprint("m", i))})
	}
	return out
}

// counting is a house whose platform counts the messages of a chat.
func counting() *house {
	h := newHouse()
	h.paper.features.Pace = chat.Pace{Chat: time.Second, Burst: 3, ChatMinute: 20}
	return h
}

// backlog starts a pump whose platform is slow with a first line, and puts the effects while it waits, so that all of them
// have waited when their turn comes. What the platform does after it is as before.
func (h *house) backlog(t *testing.T, effects ...chat.Outgoing) (stop func() (time.Duration, error)) {
	t.Helper()
	do := h.paper.do
	h.paper.do = func(ctx context.Context, d chat.Dispatch) (Receipt, error) {
		if d.ID == effectID(1) {
			time.Sleep(time.Minute)
			return Receipt{}, nil
		}
		if do == nil {
			return Receipt{}, nil
		}
		return do(ctx, d)
	}
	h.feed.put(t, lines(at("a"), "zoe: hello")...)
	_, stop = h.pump()
	h.feed.put(t, effects...)
	pass(3 * time.Minute)
	return stop
}

// texts returns what was said and edited, in order.
func (p *paper) texts() []string {
	var out []string
	for _, d := range p.all() {
		switch e := d.Effect.(type) {
		case chat.Send:
			out = append(out, e.Text.Plain)
		case chat.Edit:
			out = append(out, "edit: "+e.Text.Plain)
		case chat.Delete:
			out = append(out, "delete")
		}
	}
	return out
}

func TestBacklogOfOneAuthorIsMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		answer := lines(at("a"), "ana: an answer")[0].(chat.Send)
		answer.Answer = &chat.Answer{Name: "Ben", Quote: "what?"}
		waiting := append(lines(at("a"), "ana: one", "ana: two", "ana: three", "ben: four", "ben: five"), answer)
		waiting = append(append(waiting, lines(at("a"), "ana: six", "ana: seven")...), chat.Edit{To: at("a"), Target: chat.Target{Refs: []chat.Ref{{Chat: at("a"), ID: "x"}}}, Text: chat.Plain("changed")})
		stop := h.backlog(t, append(waiting, lines(at("a"), "ana: eight")...)...)
		want := []string{"hello", "• one\n• two\n• three", "• four\n• five", "Ben: what?\nan answer", "• six\n• seven", "edit: changed", "eight"}
		if got := h.paper.texts(); !slices.Equal(got, want) {
			t.Errorf("said are %q, want %q", got, want)
		}
		sent, failed := h.receipts()
		if len(sent) != 11 || len(failed) != 0 {
			t.Errorf("%d receipts and %d failures, want 11 and none", len(sent), len(failed))
		}
		of := make(map[chat.EffectID][]chat.Ref)
		for _, r := range sent {
			of[r.Effect] = r.Refs
		}
		for n := range uint64(3) {
			if refs := of[effectID(n+2)]; len(refs) == 0 || !slices.Equal(refs, of[effectID(2)]) {
				t.Errorf("the receipt of line %d has %v", n+1, refs)
			}
		}
		stop()
	})
}

// TestFreshLinesAreNotMerged has two lines that need not wait.
func TestFreshLinesAreNotMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		_, stop := h.pump()
		h.feed.put(t, lines(at("a"), "ana: one", "ana: two")...)
		pass(time.Minute)
		if got := h.paper.texts(); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("said are %q", got)
		}
		stop()
	})
}

func TestMergedMessagesStillChangeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		stop := h.backlog(t, lines(at("a"), "ana: one", "ana: two", "ana: three")...)
		ref, _, _ := h.journal.Refs(effectID(2))
		of := func(line uint64) chat.Target { return chat.Target{Refs: ref, Effect: effectID(line + 1)} }
		fails := 1
		h.paper.do = func(_ context.Context, _ chat.Dispatch) (Receipt, error) {
			if fails--; fails >= 0 {
				return Receipt{}, Retry(time.Second, errors.New("not now"))
			}
			return Receipt{}, nil
		}
		h.feed.put(t, chat.Edit{To: at("a"), Target: of(2), Text: chat.Plain("2")})
		pass(time.Minute)
		fails = 1
		h.feed.put(t, chat.Delete{To: at("a"), Target: of(1)})
		pass(time.Minute)
		h.feed.put(t, chat.Edit{To: at("a"), Target: of(1), Text: chat.Plain("never")}, chat.Delete{To: at("a"), Target: of(3)}, chat.Delete{To: at("a"), Target: of(2)})
		pass(time.Minute)
		want := []string{"hello", "• one\n• two\n• three", "edit: • one\n• 2\n• three", "edit: • 2\n• three", "edit: 2", "delete"}
		if got := h.paper.texts(); !slices.Equal(got, want) {
			t.Errorf("done are %q, want %q", got, want)
		}
		if _, failed := h.receipts(); len(failed) != 1 || failed[0].Why != chat.NotFound {
			t.Errorf("failures are %v, want the edit of what is gone", failed)
		}
		stop()
	})
}

// TestCrashInAMergeIsOneMessageTwice is killed after the platform's yes.
func TestCrashInAMergeIsOneMessageTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			h.journal.breaks(errors.New("killed"))
			return Receipt{}, nil
		}
		stop := h.backlog(t, lines(at("a"), "ana: one", "ana: two")...)
		stop()
		if got := h.paper.texts(); !slices.Equal(got, []string{"hello", "• one\n• two"}) {
			t.Errorf("said before the kill are %q", got)
		}
		h.journal.breaks(nil)
		h.paper.do = nil
		h.feed.put(t, lines(at("a"), "ana: three")...)
		_, stop = h.pump()
		pass(time.Minute)
		again := strings.NewReplacer("• ", "").Replace(strings.Join(h.paper.texts()[2:], "\n"))
		if again != "one\ntwo\nthree" {
			t.Errorf("said after it are %q", again)
		}
		if sent, _ := h.receipts(); len(sent) != 4 {
			t.Errorf("%d receipts, want 4", len(sent))
		}
		stop()
	})
}

// TestOlderContentExpires has many edits of one message that all wait.
func TestOlderContentExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		var flood atomic.Bool
		flood.Store(true)
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			if flood.Load() {
				return Receipt{}, Retry(time.Minute, errors.New("flood"))
			}
			return Receipt{}, nil
		}
		_, stop := h.pump()
		h.feed.put(t, lines(at("a"), "ana: busy")...)
		pass(time.Second)
		first, second := chat.Target{Refs: []chat.Ref{{Chat: at("a"), ID: "1"}}}, chat.Target{Refs: []chat.Ref{{Chat: at("a"), ID: "2"}}}
		for i := range 30 {
			h.feed.put(t, chat.Edit{To: at("a"), Target: first, Text: chat.Plain(fmt.Sprint("first ", i))})
			h.feed.put(t, chat.Edit{To: at("a"), Target: second, Text: chat.Plain(fmt.Sprint("second ", i))})
		}
		flood.Store(false)
		pass(time.Hour)
		if got, want := h.paper.texts(), []string{"busy", "edit: first 29", "edit: second 29"}; !slices.Equal(got, want) {
			t.Errorf("done are %q, want %q", got, want)
		}
		sent, failed := h.receipts()
		if len(sent) != 3 || len(failed) != 58 || failed[0].Why != chat.Expired {
			t.Errorf("%d are done and %d not: %v", len(sent), len(failed), failed[:min(1, len(failed))])
		}
		stop()
	})
}

// TestBusyGroupMeetsNoFlood has sixty messages a minute for an hour, by people who write some lines in a row, into a group
// that takes twenty a minute.
func TestBusyGroupMeetsNoFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		var calls []time.Time
		floods, words := 0, 0
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			now := time.Now()
			calls = append(slices.DeleteFunc(calls, func(t time.Time) bool { return now.Sub(t) >= time.Minute }), now)
			if len(calls) > 20 {
				floods++
				return Receipt{}, Retry(5*time.Second, errors.New("too many"))
			}
			words += len(strings.Split(d.Effect.(chat.Send).Text.Plain, "\n"))
			return Receipt{}, nil
		}
		_, stop := h.pump()
		for i := range 3600 {
			h.feed.put(t, lines(at("a"), fmt.Sprintf("%c: %d", 'a'+rune(i/6%5), i))...)
			time.Sleep(time.Second)
		}
		pass(10 * time.Minute)
		sent, failed := h.receipts()
		if len(sent) != 3600 || len(failed) != 0 || words != 3600 {
			t.Errorf("%d of 3600 are done, %d failed, %d lines were shown", len(sent), len(failed), words)
		}
		n := len(h.paper.all())
		if floods*100 >= n {
			t.Errorf("%d of %d calls met a flood", floods, n)
		}
		t.Logf("3600 messages in %d calls, %d floods", n, floods)
		stop()
	})
}
