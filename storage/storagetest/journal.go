package storagetest

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Journal is a journal that can be closed.
type Journal interface {
	adapters.Journal
	Close() error
}

// OpenJournal opens the journal that lives in dir, empty at first. Opened again after Close, or after its process
// was killed, it has what was recorded.
type OpenJournal func(t testing.TB, dir string) Journal

// RunJournal tries an implementation.
func RunJournal(t *testing.T, open OpenJournal) {
	for name, test := range map[string]func(*testing.T, OpenJournal){
		"a new journal is empty":                 testEmptyJournal,
		"an outcome is remembered":               testRecord,
		"published receipts are forgotten":       testPublished,
		"trimming leaves the last ones":          testTrim,
		"positions are kept":                     testPositions,
		"merged messages are remembered":         testMerged,
		"many lanes record at once":              testRecordRace,
		"one bad outcome is not the others'":     testBadOutcome,
		"a closed journal says so":               testJournalClosed,
		"nothing is lost or doubled by restarts": testJournalRestarts,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// do opens it and closes it with the test.
func (open OpenJournal) do(t *testing.T, dir string) Journal {
	t.Helper()
	j := open(t, dir)
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return j
}

// outcome is that of effect n, for one of five chats.
func outcome(n uint64) adapters.Done {
	c := chat.Chat{Platform: chat.Signal, ID: fmt.Sprint("group ", n%5)}
	d := adapters.Done{N: n, Effect: chat.EffectID(fmt.Sprintf("event %d#1", n)), Chat: c, Receipt: fmt.Appendf(nil, "receipt %d", n)}
	for i := range n % 3 {
		d.Refs = append(d.Refs, chat.Ref{Chat: c, ID: fmt.Sprintf("%d %d", n, i)})
	}
	return d
}

func record(t *testing.T, j adapters.Journal, d adapters.Done) {
	t.Helper()
	if err := j.Record(d); err != nil {
		t.Fatalf("record %d: %v", d.N, err)
	}
}

// journalModel is what a journal must have.
type journalModel struct {
	unpublished map[uint64]bool
	known       map[uint64]bool // whose refs it knows
	last        map[chat.Chat]uint64
	highest     uint64
}

func newJournalModel() *journalModel {
	return &journalModel{unpublished: map[uint64]bool{}, known: map[uint64]bool{}, last: map[chat.Chat]uint64{}}
}

func (m *journalModel) record(n uint64) {
	m.unpublished[n], m.known[n], m.highest = true, true, max(m.highest, n)
	c := outcome(n).Chat
	m.last[c] = max(m.last[c], n)
}

func (m *journalModel) verify(t *testing.T, j adapters.Journal) {
	t.Helper()
	got, err := j.Unpublished()
	if err != nil {
		t.Fatalf("unpublished: %v", err)
	}
	var want []adapters.Done
	for n := range m.highest + 1 {
		if m.unpublished[n] {
			want = append(want, outcome(n))
		}
		refs, ok, err := j.Refs(outcome(n).Effect)
		if err != nil || ok != m.known[n] {
			t.Errorf("effect %d is known: %t (%v), want %t", n, ok, err, m.known[n])
		}
		if ok {
			wantSame(t, fmt.Sprint("refs of ", n), refs, outcome(n).Refs)
		}
	}
	wantSame(t, "what is unpublished", got, want)
	last, err := j.Last()
	if err != nil {
		t.Fatalf("last: %v", err)
	}
	if !maps.Equal(last, m.last) {
		t.Errorf("last effects are %v, want %v", last, m.last)
	}
}

func testEmptyJournal(t *testing.T, open OpenJournal) {
	j := open.do(t, t.TempDir())
	newJournalModel().verify(t, j)
	if n, err := j.Start(); n != 0 || err != nil {
		t.Errorf("start is %d (%v)", n, err)
	}
	if s, err := j.Load(); s != "" || err != nil {
		t.Errorf("position is %q (%v)", s, err)
	}
	if err := j.Trim(100); err != nil {
		t.Errorf("trim nothing: %v", err)
	}
	if err := j.Published(); err != nil {
		t.Errorf("publish nothing: %v", err)
	}
}

func testRecord(t *testing.T, open OpenJournal) {
	dir, m := t.TempDir(), newJournalModel()
	j := open(t, dir)
	for _, n := range []uint64{3, 1, 2, 2, 300, 256, 255} {
		record(t, j, outcome(n))
		m.record(n)
	}
	m.verify(t, j)
	if err := j.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	m.verify(t, open.do(t, dir))
}

func testPublished(t *testing.T, open OpenJournal) {
	j, m := open.do(t, t.TempDir()), newJournalModel()
	for n := uint64(1); n <= 10; n++ {
		record(t, j, outcome(n))
		m.record(n)
	}
	if err := j.Published(2, 9, 4, 77); err != nil {
		t.Fatalf("published: %v", err)
	}
	for _, n := range []uint64{2, 9, 4} {
		delete(m.unpublished, n)
	}
	m.verify(t, j)
}

func testTrim(t *testing.T, open OpenJournal) {
	j, m := open.do(t, t.TempDir()), newJournalModel()
	const n, upTo = 1300, 1201
	done := make(chan error, n)
	for i := uint64(1); i <= n; i++ {
		go func() { done <- j.Record(outcome(i)) }()
		m.record(i)
	}
	for range n {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Trim(upTo); err != nil {
		t.Fatalf("trim: %v", err)
	}
	for i := uint64(1); i <= upTo; i++ {
		delete(m.unpublished, i)
		delete(m.known, i)
	}
	m.verify(t, j)
	if err := j.Trim(upTo); err != nil {
		t.Fatalf("trim again: %v", err)
	}
	m.verify(t, j)
}

func testPositions(t *testing.T, open OpenJournal) {
	dir := t.TempDir()
	j := open(t, dir)
	for _, n := range []uint64{7, 1 << 40, 12} {
		if err := j.SetStart(n); err != nil {
			t.Fatalf("set start: %v", err)
		}
	}
	for _, s := range []string{"s72594_4483\n", "s1"} {
		if err := j.Save(s); err != nil {
			t.Fatalf("save: %v", err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	j = open.do(t, dir)
	if n, err := j.Start(); n != 12 || err != nil {
		t.Errorf("start is %d (%v), want 12", n, err)
	}
	if s, err := j.Load(); s != "s1" || err != nil {
		t.Errorf("position is %q (%v), want s1", s, err)
	}
	if err := j.Save(""); err != nil {
		t.Errorf("save nothing: %v", err)
	}
	if s, err := j.Load(); s != "" || err != nil {
		t.Errorf("position is %q (%v), want none", s, err)
	}
}

func testRecordRace(t *testing.T, open OpenJournal) {
	j, m := open.do(t, t.TempDir()), newJournalModel()
	const lanes, each = 32, 20
	done := make(chan error, lanes)
	for lane := range uint64(lanes) {
		for i := range uint64(each) {
			m.record(1 + lane*each + i)
		}
		go func() {
			var err error
			for i := uint64(0); i < each && err == nil; i++ {
				d := outcome(1 + lane*each + i)
				if err = j.Record(d); err != nil {
					break
				}
				if _, ok, readErr := j.Refs(d.Effect); !ok || readErr != nil {
					err = fmt.Errorf("effect %d is not known after it was recorded: %w", d.N, readErr)
				}
			}
			done <- err
		}()
	}
	for range lanes {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	m.verify(t, j)
}

func testBadOutcome(t *testing.T, open OpenJournal) {
	j, m := open.do(t, t.TempDir()), newJournalModel()
	const n = 50
	type result struct {
		n   uint64
		err error
	}
	results := make(chan result, n)
	for i := uint64(1); i <= n; i++ {
		go func() {
			d := outcome(i)
			if i%10 == 0 {
				d.Effect = "" // nothing can be found by it
			}
			results <- result{i, j.Record(d)}
		}()
	}
	for range n {
		r := <-results
		if bad := r.n%10 == 0; bad != (r.err != nil) {
			t.Errorf("recording %d returned %v", r.n, r.err)
		} else if !bad {
			m.record(r.n)
		}
	}
	m.verify(t, j)
}

func testJournalClosed(t *testing.T, open OpenJournal) {
	j := open(t, t.TempDir())
	record(t, j, outcome(1))
	for range 2 {
		if err := j.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	if j.Record(outcome(2)) == nil || j.Published(1) == nil || j.Trim(1) == nil || j.SetStart(1) == nil || j.Save("x") == nil {
		t.Error("a closed journal took something")
	}
	if _, err := j.Unpublished(); err == nil {
		t.Error("a closed journal told something")
	}
}

// testJournalRestarts does random things and opens the journal again between any two of them.
func testJournalRestarts(t *testing.T, open OpenJournal) {
	r, dir, m := newRand(t), t.TempDir(), newJournalModel()
	j := open(t, dir)
	defer func() { _ = j.Close() }()
	restarts, trimmed := 20, uint64(0)
	if testing.Short() {
		restarts = 5
	}
	for restarts > 0 {
		n := trimmed + 1 + uint64(r.IntN(60))
		switch r.IntN(8) {
		case 0, 1, 2, 3:
			record(t, j, outcome(n))
			m.record(n)
		case 4:
			if err := j.Published(n); err != nil {
				t.Fatalf("published: %v", err)
			}
			delete(m.unpublished, n)
		case 5:
			trimmed += uint64(r.IntN(5))
			if err := j.Trim(trimmed); err != nil {
				t.Fatalf("trim: %v", err)
			}
			maps.DeleteFunc(m.unpublished, func(n uint64, _ bool) bool { return n <= trimmed })
			maps.DeleteFunc(m.known, func(n uint64, _ bool) bool { return n <= trimmed })
		default:
			if err := j.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			j = open(t, dir)
			restarts--
			m.verify(t, j)
		}
	}
}

func testMerged(t *testing.T, open OpenJournal) {
	dir := t.TempDir()
	j := open(t, dir)
	if _, ok, err := j.Merged("event 1#1"); ok || err != nil {
		t.Errorf("an effect that was never merged: %v, %v", ok, err)
	}
	m := adapters.Merged{ID: "event 1#1", As: chat.Person{Name: "Ana"}, Sections: []adapters.Section{
		{Effect: "event 1#1", Text: chat.Plain("one")}, {Effect: "event 2#1", Text: chat.Styled(chat.Bold, "two", "")},
	}}
	for n := range uint64(2) {
		if err := j.Record(outcome(n + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.SetMerged(m); err != nil {
		t.Fatalf("set merged: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open.do(t, dir)
	for _, s := range m.Sections {
		if got, ok, err := j.Merged(s.Effect); !ok || err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("merged of %s: %+v, %v, %v, want %+v", s.Effect, got, ok, err, m)
		}
	}
	m.Sections = m.Sections[1:]
	if err := j.SetMerged(m); err != nil {
		t.Fatalf("set merged again: %v", err)
	}
	if got, ok, err := j.Merged("event 1#1"); !ok || err != nil || len(got.Sections) != 1 {
		t.Errorf("what was taken out of a merged message: %+v, %v, %v", got, ok, err)
	}
	if err := j.Trim(1); err != nil {
		t.Fatalf("trim: %v", err)
	}
	if got, ok, err := j.Merged("event 2#1"); !ok || err != nil || len(got.Sections) != 0 {
		t.Errorf("what points to a trimmed message: %+v, %v, %v", got, ok, err)
	}
	if err := j.Trim(2); err != nil {
		t.Fatalf("trim: %v", err)
	}
	if _, ok, err := j.Merged("event 2#1"); ok || err != nil {
		t.Errorf("a trimmed effect is remembered: %v, %v", ok, err)
	}
}
