package adapters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
		h.feed.put(t, lines(at("a"), "ana: one", "ana: two", "ana: three", "ben: four", "ben: five")...)
		h.feed.put(t, answer)
		h.feed.put(t, lines(at("a"), "ana: six", "ana: seven")...)
		h.feed.put(t, ban(at("a")))
		h.feed.put(t, lines(at("a"), "ana: eight")...)
		pass(time.Minute) // nobody was there
		_, stop := h.pump()
		pass(time.Minute)
		want := []string{"• one\n• two\n• three", "• four\n• five", "Ben: what?\nan answer", "• six\n• seven", "eight"}
		if got := h.paper.texts(); !slices.Equal(got, want) {
			t.Errorf("said are %q, want %q", got, want)
		}
		sent, failed := h.receipts()
		if len(sent) != 10 || len(failed) != 0 {
			t.Errorf("%d receipts and %d failures, want 10 and none", len(sent), len(failed))
		}
		for i := range 3 {
			if !slices.Equal(sent[i].Refs, sent[0].Refs) || sent[i].Effect != effectID(uint64(i+1)) {
				t.Errorf("receipt %d is of %s with %v", i, sent[i].Effect, sent[i].Refs)
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
		h.feed.put(t, lines(at("a"), "ana: one", "ana: two", "ana: three")...)
		pass(time.Minute)
		_, stop := h.pump()
		pass(time.Minute)
		ref, _, _ := h.journal.Refs(effectID(1))
		of := func(n uint64) chat.Target { return chat.Target{Refs: ref, Effect: effectID(n)} }
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
		want := []string{"• one\n• two\n• three", "edit: • one\n• 2\n• three", "edit: • 2\n• three", "edit: 2", "delete"}
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
		h.feed.put(t, lines(at("a"), "ana: one", "ana: two")...)
		pass(time.Minute)
		h.journal.broken = errors.New("killed")
		_, stop := h.pump()
		pass(time.Minute)
		stop()
		h.journal.broken = nil
		h.feed.put(t, lines(at("a"), "ana: three")...)
		pass(time.Minute)
		_, stop = h.pump()
		pass(time.Minute)
		want := []string{"• one\n• two", "• one\n• two\n• three"}
		if got := h.paper.texts(); !slices.Equal(got, want) {
			t.Errorf("said are %q, want %q", got, want)
		}
		if sent, _ := h.receipts(); len(sent) != 3 {
			t.Errorf("%d receipts, want 3", len(sent))
		}
		stop()
	})
}

// TestOlderContentExpires has many edits of one message that all wait.
func TestOlderContentExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := counting()
		flood := true
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			if flood {
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
		flood = false
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
