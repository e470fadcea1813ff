package core

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestMessageKeys(t *testing.T) {
	keys := []messageKey{{}, {Seq: 1}, {Seq: 1, N: 1}, {Seq: 1, N: 70_000}, {Seq: 35}, {Seq: 36}, {Seq: 1 << 40, N: 1<<32 - 1}, {Seq: 1<<64 - 1}}
	for i, k := range keys {
		if got := messageKeyOf(k.bytes()); got != k || len(k.bytes()) != messageKeySize {
			t.Errorf("bytes of %+v are read as %+v", k, got)
		}
		if got, ok := messageKeyOfID(k.id()); !ok || got != k {
			t.Errorf("id %s of %+v is read as %+v, %v", k.id(), k, got, ok)
		}
		if i > 0 && bytes.Compare(keys[i-1].bytes(), k.bytes()) >= 0 {
			t.Errorf("%+v does not come before %+v", keys[i-1], k)
		}
	}
	for _, id := range []chat.MessageID{"", ".", "a.", ".1", "-1", "1.zzzzzzzzz", "zzzzzzzzzzzzzzzzzzz", "1.2.3", "é"} {
		if k, ok := messageKeyOfID(id); ok && k.id() != id {
			t.Errorf("%q is read as %+v", id, k)
		}
	}
}

func TestTimeKeys(t *testing.T) {
	times := []time.Time{time.UnixMilli(-5), time.UnixMilli(1), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i := range times[1:] {
		if bytes.Compare(timeKey(times[i]), timeKey(times[i+1])) >= 0 {
			t.Errorf("%s does not come before %s", times[i], times[i+1])
		}
	}
	if !bytes.Equal(timeKey(time.UnixMilli(-5)), timeKey(time.UnixMilli(0))) {
		t.Error("a time before 1970 is not the first one")
	}
}

func TestGenerationsSortAsTimesDo(t *testing.T) {
	const days = 24 * 3600 * 1000
	var names []string
	for ms := int64(-days); ms < 5000*365*days; ms += 3 * 365 * days {
		names = append(names, generation(ms))
	}
	if !slices.IsSorted(names) || names[1] == names[2] {
		t.Errorf("generations: %.10q", names)
	}
	now := int64(1_800_000_000_000)
	if generation(now) == generation(now+generationDays*days) || generation(now-now%(4*days)) != generation(now-now%(4*days)+4*days-1) {
		t.Error("a generation is not four days")
	}
}

func FuzzMessageKeyOfID(f *testing.F) {
	f.Add("1z.5")
	f.Fuzz(func(t *testing.T, id string) {
		k, ok := messageKeyOfID(chat.MessageID(id))
		if !ok {
			return
		}
		if again, ok := messageKeyOfID(k.id()); !ok || again != k {
			t.Errorf("%q is %+v, its id %q is %+v", id, k, k.id(), again)
		}
	})
}

func TestOutboxRows(t *testing.T) {
	r := Row{N: 7, To: chat.Chat{Platform: chat.Signal, ID: "a/b="}, Data: []byte("x\x00y")}
	got := outboxRow(numberKey(r.N), outboxValue(r))
	if got.N != r.N || got.To != r.To || !bytes.Equal(got.Data, r.Data) {
		t.Errorf("got %+v, want %+v", got, r)
	}
}
