package adapters

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestPendingTargetsAreFilledIn has effects that were decided before the message they name was made.
func TestPendingTargetsAreFilledIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		refs := []chat.Ref{{Chat: at("a"), ID: "1"}, {Chat: at("a"), ID: "2"}}
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if d.ID == effectID(1) {
				return Receipt{Refs: refs}, nil
			}
			return Receipt{Refs: []chat.Ref{}}, nil
		}
		pending := chat.Target{Effect: effectID(1)}
		h.feed.put(t,
			chat.Send{To: at("a"), Text: chat.Plain("bread at sx")},
			chat.Edit{To: at("a"), Target: pending, Text: chat.Plain("bread at six")},
			chat.React{To: at("a"), Target: pending, Emoji: "👍", On: true},
			chat.Send{To: at("a"), Text: chat.Plain("yes"), Answer: &chat.Answer{Target: pending}},
			chat.Whisper{To: at("a"), Text: chat.Plain("yes"), Answer: &chat.Answer{Target: pending}},
			chat.Pin{To: at("a"), Target: pending, Tag: "rules"},
			chat.Unpin{To: at("a"), Target: pending},
			chat.Delete{To: at("a"), Target: pending},
		)
		_, stop := h.pump()
		synctest.Wait()
		stop()
		done := h.paper.all()
		if len(done) != 8 {
			t.Fatalf("%d effects are done, want 8", len(done))
		}
		full := chat.Target{Refs: refs, Effect: effectID(1)}
		want := []chat.Outgoing{
			chat.Edit{To: at("a"), Target: full, Text: chat.Plain("bread at six")},
			chat.React{To: at("a"), Target: full, Emoji: "👍", On: true},
			chat.Send{To: at("a"), Text: chat.Plain("yes"), Answer: &chat.Answer{Target: full}},
			chat.Whisper{To: at("a"), Text: chat.Plain("yes"), Answer: &chat.Answer{Target: full}},
			chat.Pin{To: at("a"), Target: full, Tag: "rules"},
			chat.Unpin{To: at("a"), Target: full},
			chat.Delete{To: at("a"), Target: full},
		}
		for i, w := range want {
			if diff := cmp.Diff(w, done[i+1].Effect); diff != "" {
				t.Errorf("effect %d (-want +got):\n%s", i+2, diff)
			}
		}
	})
}

// TestTargetsThatWereNeverMade has a message that was refused, and what follows it.
func TestTargetsThatWereNeverMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.script(Refused(chat.Forbidden, errors.New("no")))
		for _, target := range []chat.Target{{Effect: effectID(1)}, {Effect: "never#1"}, {}} {
			h.feed.put(t,
				chat.Send{To: at("a"), Text: chat.Plain("bread at sx")},
				chat.Edit{To: at("a"), Target: target, Text: chat.Plain("bread at six")},
				chat.Delete{To: at("a"), Target: target},
				chat.Pin{To: at("a"), Target: target},
				chat.Unpin{To: at("a"), Target: target},
				chat.React{To: at("a"), Target: target, Emoji: "👍"},
				chat.Send{To: at("a"), Text: chat.Plain("yes"), Answer: &chat.Answer{Target: target, Name: "Ana", Quote: "bread?"}},
			)
		}
		p, stop := h.pump()
		synctest.Wait()
		stop()
		if s := p.Stats(); s.Failed[chat.NotFound] != 15 || s.Failed[chat.Forbidden] != 1 || s.Sent != 5 {
			t.Errorf("stats are %+v", s)
		}
		done := h.paper.all()
		answer := done[len(done)-1].Effect.(chat.Send)
		want := chat.Styled(chat.Quote, "Ana: bread?", "").Append(chat.Plain("\nyes"))
		if diff := cmp.Diff(chat.Send{To: at("a"), Text: want}, answer); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	})
}

func TestDegradedEffectsTellSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			return Receipt{Notes: []string{"spoiler shown as text", "poll told in words"}}, nil
		}
		h.feed.put(t, chat.Send{To: at("a"), Parts: []chat.Part{{Kind: chat.Poll, Line: "Tea?"}}})
		p, stop := h.pump()
		synctest.Wait()
		stop()
		if got := h.paper.all()[0].Effect.(chat.Send); got.Text.Plain != "[poll · Tea?]" || len(got.Parts) != 0 {
			t.Errorf("the adapter got %+v", got)
		}
		sent, _ := h.receipts()
		if want := []string{"poll told in words", "spoiler shown as text"}; !slices.Equal(sent[0].Notes, want) {
			t.Errorf("notes are %q, want %q", sent[0].Notes, want)
		}
		if s := p.Stats(); s.Degraded != 1 {
			t.Errorf("stats are %+v", s)
		}
	})
}

// TestLinkOfAnInviteIsTold has what nobody else can know.
func TestLinkOfAnInviteIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			return Receipt{Refs: []chat.Ref{}, Link: "https://paper.example/join/1"}, nil
		}
		h.feed.put(t, chat.Invite{To: at("a"), Who: somebody(), Tag: "seat 7"})
		_, stop := h.pump()
		synctest.Wait()
		stop()
		sent, _ := h.receipts()
		if len(sent) != 1 || sent[0].Link != "https://paper.example/join/1" {
			t.Errorf("receipts are %+v", sent)
		}
	})
}

func TestUnreadableEffectIsADeadLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.feed.put(t, says(at("a"), 3)...)
		h.feed.rows[0].Data = []byte(`{"kind":"dance","id":"e1#1","effect":{}}`)
		h.feed.rows[1].Data = []byte(`no JSON`)
		_, stop := h.pump()
		synctest.Wait()
		stop()
		sent, failed := h.receipts()
		want := []chat.Failed{{Effect: "e1#1", Why: chat.Broken}, {Effect: "paper:unreadable#2", Why: chat.Broken}}
		if diff := cmp.Diff(want, failed); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		if len(sent) != 1 || sent[0].Effect != effectID(3) {
			t.Errorf("the lane did not go on: %+v", sent)
		}
	})
}
