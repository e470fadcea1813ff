package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// Bus is the two streams of one partition.
type Bus struct {
	Inbox  core.Inbox
	Outbox core.Outbox
	Feed   adapters.Feed
	// Close ends it; reading and publishing fail from then on.
	Close func()
}

// OpenBus opens the bus that lives in dir, empty at first. Opened again after Close, or after its process
// was killed, it has what it had.
type OpenBus func(t testing.TB, dir string) Bus

// RunBus tries an implementation.
func RunBus(t *testing.T, open OpenBus) {
	for name, test := range map[string]func(*testing.T, OpenBus){
		"a new bus is empty":                      testEmptyBus,
		"events are numbered from one":            testPublish,
		"an id counts once":                       testPublishTwice,
		"strange ids stay apart":                  testStrangeIDs,
		"a reader starts anywhere":                testReadFrom,
		"a reader waits for more":                 testReadWaits,
		"a reader's error stops it":               testReadError,
		"a reader tells of a gap":                 testReadGap,
		"the inbox skips over what is lost":       testSkipTo,
		"too much is refused at once":             testTooLarge,
		"the chain takes every effect once":       testAppend,
		"the chain has no holes":                  testAppendHole,
		"the outbox skips over what is lost":      testOutboxSkip,
		"two writers make one chain":              testAppendRace,
		"a platform sees its own effects":         testFollow,
		"a chat's next effect is found":           testNext,
		"strange chats come back as they were":    testStrangeChats,
		"everything ends with its context":        testBusCancel,
		"a closed bus says so":                    testBusClosed,
		"nothing is lost or doubled by restarts":  testBusRestarts,
		"a reader goes on over many more entries": testReadMany,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// house is one chat that most tests write to.
func house() chat.Chat { return chat.Chat{Platform: chat.Telegram, ID: "-1001"} }

func publish(t *testing.T, b Bus, id string) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seq, err := b.Inbox.Publish(ctx, chat.EventID(id), chat.Telegram, []byte("data of "+id))
	if err != nil {
		t.Fatalf("publish %s: %v", id, err)
	}
	return seq
}

// read returns the data of the n entries from a sequence on.
func read(t *testing.T, b Bus, from uint64, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []string
	if n == 0 {
		return nil
	}
	enough := errors.New("enough")
	err := b.Inbox.Read(ctx, from, func(e core.Entry) error {
		if want := from + uint64(len(got)); e.Seq != want {
			return fmt.Errorf("sequence %d where %d should be", e.Seq, want)
		}
		if e.At.IsZero() {
			return fmt.Errorf("entry %d has no time", e.Seq)
		}
		if got = append(got, string(e.Data)); len(got) == n {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatalf("read %d from %d: %d came, then %v", n, from, len(got), err)
	}
	return got
}

func rowsOf(from, to uint64, c chat.Chat) []core.Row {
	var rows []core.Row
	for n := from; n <= to; n++ {
		rows = append(rows, core.Row{N: n, To: c, Data: fmt.Appendf(nil, "effect %d", n)})
	}
	return rows
}

func appendRows(t *testing.T, b Bus, rows []core.Row) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.Outbox.Append(ctx, rows); err != nil {
		t.Fatalf("append %d rows from %d: %v", len(rows), rows[0].N, err)
	}
}

func outboxLast(t *testing.T, b Bus) uint64 {
	t.Helper()
	n, err := b.Outbox.Last(t.Context())
	if err != nil {
		t.Fatalf("last: %v", err)
	}
	return n
}

func wantBounds(t *testing.T, b Bus, first, last uint64) {
	t.Helper()
	f, l, err := b.Inbox.Bounds(t.Context())
	if err != nil {
		t.Fatalf("bounds: %v", err)
	}
	if f != first || l != last {
		t.Errorf("bounds are %d to %d, want %d to %d", f, l, first, last)
	}
}

// follow returns the first n effects of a platform above after.
func follow(t *testing.T, b Bus, p chat.Platform, after uint64, n int) []adapters.Numbered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []adapters.Numbered
	if n == 0 {
		return nil
	}
	err := b.Feed.Follow(ctx, p, after, func(e adapters.Numbered) {
		if len(got) < n {
			got = append(got, e)
		}
		if len(got) == n {
			cancel()
		}
	})
	if err != nil || len(got) < n {
		t.Fatalf("follow %s after %d: %d of %d came, then %v", p, after, len(got), n, err)
	}
	return got
}

func wantSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s is not as wanted (-want +got):\n%s", what, d)
	}
}
