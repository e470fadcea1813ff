package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// onPaper is the platform of these tests.
const onPaper chat.Platform = "paper"

func at(id string) chat.Chat { return chat.Chat{Platform: onPaper, ID: id} }

// memoryFeed is a stream of effects in memory.
type memoryFeed struct {
	mu    sync.Mutex // guards what follows
	base  uint64     // the number before the first row's
	rows  []Numbered
	more  chan struct{}
	fails error // of Next
	ends  error // of Follow
}

var _ Feed = (*memoryFeed)(nil)

func newFeed() *memoryFeed { return &memoryFeed{more: make(chan struct{})} }

// put appends effects and returns the number of the last.
func (f *memoryFeed) put(t testing.TB, effects ...chat.Outgoing) uint64 {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range effects {
		n := f.base + uint64(len(f.rows)) + 1
		b, err := chat.EncodeDispatch(chat.Dispatch{ID: effectID(n), At: time.Now(), Effect: e})
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		f.rows = append(f.rows, Numbered{N: n, Chat: e.Where(), Data: b})
	}
	f.wake()
	return f.base + uint64(len(f.rows))
}

// effectID is the id of the effect with a number.
func effectID(n uint64) chat.EffectID { return chat.EventID(fmt.Sprintf("e%d", n)).Effect(1) }

func (f *memoryFeed) wake() {
	close(f.more)
	f.more = make(chan struct{})
}

func (f *memoryFeed) Follow(ctx context.Context, p chat.Platform, after uint64, fn func(Numbered)) error {
	after -= min(after, f.base)
	if f.ends != nil {
		return f.ends
	}
	for ctx.Err() == nil {
		f.mu.Lock()
		rows, more := f.rows, f.more
		f.mu.Unlock()
		for ; after < uint64(len(rows)); after++ {
			if r := rows[after]; r.Chat.Platform == p {
				fn(r)
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
	return nil
}

func (f *memoryFeed) Next(_ context.Context, c chat.Chat, after uint64) (Numbered, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fails != nil {
		return Numbered{}, false, f.fails
	}
	for _, r := range f.rows[after-min(after, f.base):] {
		if r.Chat == c {
			return r, true, nil
		}
	}
	return Numbered{}, false, nil
}

// memoryJournal is a journal in memory: what it holds is what a disk would.
type memoryJournal struct {
	mu          sync.Mutex // guards what follows
	done        map[uint64]Done
	refs        map[chat.EffectID][]chat.Ref
	unpublished map[uint64]Done
	last        map[chat.Chat]uint64
	start       uint64
	trimmed     uint64
	broken      error // of Record
	unreadable  error // of Start
	position    string
	merged      map[chat.EffectID]Merged // by the merged message's id
	within      map[chat.EffectID]chat.EffectID
}

var _ Journal = (*memoryJournal)(nil)

func newJournal() *memoryJournal {
	return &memoryJournal{
		done: map[uint64]Done{}, refs: map[chat.EffectID][]chat.Ref{}, unpublished: map[uint64]Done{}, last: map[chat.Chat]uint64{},
		merged: map[chat.EffectID]Merged{}, within: map[chat.EffectID]chat.EffectID{},
	}
}

// breaks makes Record fail from here on; with nil it works again.
func (j *memoryJournal) breaks(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = err
}

func (j *memoryJournal) Record(ds ...Done) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	for _, d := range ds {
		if _, again := j.done[d.N]; again {
			return fmt.Errorf("effect %d recorded again", d.N)
		}
		j.done[d.N], j.refs[d.Effect], j.unpublished[d.N], j.last[d.Chat] = d, d.Refs, d, max(d.N, j.last[d.Chat])
	}
	return nil
}

func (j *memoryJournal) Merged(id chat.EffectID) (Merged, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	m, ok := j.merged[j.within[id]]
	m.Sections = slices.Clone(m.Sections)
	return m, ok, nil
}

func (j *memoryJournal) SetMerged(m Merged) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	m.Sections = slices.Clone(m.Sections)
	j.merged[m.ID] = m
	for _, s := range m.Sections {
		j.within[s.Effect] = m.ID
	}
	return nil
}

func (j *memoryJournal) Published(ns ...uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, n := range ns {
		delete(j.unpublished, n)
	}
	return nil
}

func (j *memoryJournal) Unpublished() ([]Done, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Done
	for _, n := range slices.Sorted(maps.Keys(j.unpublished)) {
		out = append(out, j.unpublished[n])
	}
	return out, nil
}

func (j *memoryJournal) Refs(id chat.EffectID) ([]chat.Ref, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	refs, ok := j.refs[id]
	return refs, ok, nil
}

func (j *memoryJournal) Last() (map[chat.Chat]uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.last), nil
}

func (j *memoryJournal) Start() (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.start, j.unreadable
}

func (j *memoryJournal) SetStart(n uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.start = n
	return nil
}

func (j *memoryJournal) Trim(upTo uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.trimmed = upTo
	for n, d := range j.done {
		if n <= upTo {
			delete(j.done, n)
			delete(j.refs, d.Effect)
		}
	}
	return nil
}

func (j *memoryJournal) progress() (start, trimmed uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.start, j.trimmed
}

func (j *memoryJournal) Load() (string, error)      { return j.position, nil }
func (j *memoryJournal) Save(position string) error { j.position = position; return nil }

// memoryBus is a Publisher in memory.
type memoryBus struct {
	mu      sync.Mutex // guards what follows
	events  []chat.Event
	applied uint64
	closed  chan struct{}         // while set, Publish waits for it to be closed
	only    func(chat.Event) bool // which events wait; nil = all
}

var _ Publisher = (*memoryBus)(nil)

func (b *memoryBus) Publish(ctx context.Context, e chat.Event) (uint64, error) {
	b.mu.Lock()
	gate := b.closed
	if b.only != nil && !b.only(e) {
		gate = nil
	}
	b.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
	return uint64(len(b.events)), nil
}

func (b *memoryBus) Applied(_ context.Context, seq uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.applied = seq
	return nil
}

func (b *memoryBus) heard() []chat.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.events)
}

// paper is an adapter that notes what it is told to do.
type paper struct {
	features chat.Features
	run      func(context.Context, In) error
	do       func(context.Context, chat.Dispatch) (Receipt, error)

	mu   sync.Mutex // guards done
	done []chat.Dispatch
}

var _ Adapter = (*paper)(nil)

func newPaper() *paper {
	f := chat.Features{Platform: onPaper, Shows: map[chat.Kind]chat.Support{}, TextLimit: 1000}
	for _, k := range chat.Kinds() {
		f.Shows[k] = chat.Support{How: chat.Native}
	}
	f.Shows["poll"] = chat.Support{How: chat.Degraded, Note: "poll told in words"}
	return &paper{features: f}
}

func (p *paper) Platform() chat.Platform { return onPaper }
func (p *paper) Features() chat.Features { return p.features }

func (p *paper) Run(ctx context.Context, in In) error {
	if p.run != nil {
		return p.run(ctx, in)
	}
	<-ctx.Done()
	return nil
}

// Do notes the dispatch if it is done; without a script everything is.
func (p *paper) Do(ctx context.Context, d chat.Dispatch) (Receipt, error) {
	r := Receipt{}
	if p.do != nil {
		var err error
		if r, err = p.do(ctx, d); err != nil {
			return r, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = append(p.done, d)
	if r.Refs == nil {
		r.Refs = []chat.Ref{{Chat: d.Effect.Where(), ID: "m-" + string(d.ID)}}
	}
	return r, nil
}

// all returns what was done, in order.
func (p *paper) all() []chat.Dispatch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.done)
}

// in returns the ids of what was done in a chat, in order.
func (p *paper) in(c chat.Chat) []chat.EffectID {
	var out []chat.EffectID
	for _, d := range p.all() {
		if d.Effect.Where() == c {
			out = append(out, d.ID)
		}
	}
	return out
}

func (p *paper) Open(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, Refused(chat.NotFound, errors.New("no files on paper"))
}

func (p *paper) Check(context.Context) []Finding { return nil }

// house is what a pump works with, and lives longer than it.
type house struct {
	feed    *memoryFeed
	journal *memoryJournal
	bus     *memoryBus
	paper   *paper
}

func newHouse() *house {
	return &house{feed: newFeed(), journal: newJournal(), bus: &memoryBus{}, paper: newPaper()}
}

// pump starts a pump; stop ends it and returns Run's error and how long it took.
func (h *house) pump(options ...Option) (p *Pump, stop func() (time.Duration, error)) {
	p = NewPump(h.paper, h.feed, h.bus, h.journal, slog.New(slog.DiscardHandler), options...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	return p, func() (time.Duration, error) {
		begun := time.Now()
		cancel()
		err := <-done
		return time.Since(begun), err
	}
}

// receipts returns the receipts on the bus.
func (h *house) receipts() (sent []chat.Sent, failed []chat.Failed) {
	for _, e := range h.bus.heard() {
		switch b := e.Body.(type) {
		case chat.Sent:
			sent = append(sent, b)
		case chat.Failed:
			failed = append(failed, b)
		}
	}
	return sent, failed
}

// says returns n messages for a chat.
func says(c chat.Chat, n int) []chat.Outgoing {
	var out []chat.Outgoing
	for i := range n {
		out = append(out, chat.Send{To: c, Text: chat.Plain(fmt.Sprintf("number %d", i))})
	}
	return out
}

// ids returns the ids of the effects from a number to another.
func ids(from, to uint64) []chat.EffectID {
	var out []chat.EffectID
	for n := from; n <= to; n++ {
		out = append(out, effectID(n))
	}
	return out
}

// pass lets time pass, and everything that is due then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
