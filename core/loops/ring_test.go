package loops

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzPeel(f *testing.F) {
	f.Add("Potluck: Ana (Telegram): hello", true)
	f.Add("> <**Ana**> hello\nthere", false)
	f.Add("[[[[((((<<<<::::", false)
	f.Fuzz(func(t *testing.T, text string, hasParts bool) {
		said := peel(text, hasParts, func(uint32) bool { return true })
		if len(said) == 0 || said[0].depth != 0 || said[0].words != normal(text) {
			t.Fatalf("%q itself is %+v", text, said)
		}
		if len(said) > 1000 {
			t.Fatalf("%q has %d readings", text, len(said))
		}
		for _, p := range said[1:] {
			if p.depth < 1 || p.depth > maxPeel || p.name == 0 || p.words == "" && !hasParts {
				t.Errorf("%q can be %+v", text, p)
			}
		}
		if again := normal(said[0].words); len(text) <= maxWords && again != said[0].words && strings.ToLower(text) == text {
			t.Errorf("normal %q is %q once more", said[0].words, again)
		}
	})
}

func FuzzRing(f *testing.F) {
	f.Add([]byte("a ring that is none"), int64(1), uint64(2))
	f.Fuzz(func(t *testing.T, raw []byte, at int64, text uint64) {
		e := entry{at: int64(uint32(at)), text: text, author: 1, name: 2, chat: 3, isLong: at%2 == 0, isEcho: text%2 == 0}
		r := ring(raw)
		before := r.size()
		r = r.add(e).add(e)
		if want := min(before+2, ringSize); r.size() != want {
			t.Fatalf("%d entries, want %d", r.size(), want)
		}
		if diff := cmp.Diff(e, r.entry(r.size()-1), cmp.AllowUnexported(entry{})); diff != "" {
			t.Errorf("the last (-put +got):\n%s", diff)
		}
	})
}

func TestTheRingIsBounded(t *testing.T) {
	var r ring
	for i := range 3 * ringSize {
		r = r.add(entry{at: int64(i), text: uint64(i), chat: uint32(i % 2)})
	}
	if r.size() != ringSize || r.entry(ringSize-1).at != 3*ringSize-1 || !r.entry(5).isTurns {
		t.Errorf("%d entries, the last %+v", r.size(), r.entry(ringSize-1))
	}
	raw, err := json.Marshal(State{Ring: r})
	if err != nil || len(raw) > 3400 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	var back State
	if err := json.Unmarshal(raw, &back); err != nil || !cmp.Equal(back.Ring, r) {
		t.Errorf("it comes back as %d entries, %v", back.Ring.size(), err)
	}
}
