package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
)

// LedgerLine says what became of everything that was to go to a platform, and of everything that came from it, since the
// state began to count. Whatever happens in between, and at every moment:
//
//	Decided  = Delivered + Degraded + Refused, all reasons together, + Expired + Underway
//	Received = Folded + Duplicates + Dead
type LedgerLine struct {
	Platform chat.Platform `json:"-"`

	Decided   uint64                 `json:"decided,omitempty"`   // effects
	Delivered uint64                 `json:"delivered,omitempty"` // done as they were meant
	Degraded  uint64                 `json:"degraded,omitempty"`  // done, and something was shown as less than it was
	Refused   map[chat.Reason]uint64 `json:"refused,omitempty"`   // by reason
	Expired   uint64                 `json:"expired,omitempty"`   // let be, for its time was over or a newer one took its place
	Underway  uint64                 `json:"-"`                   // not known yet; counted in the state, not worked out

	Received   uint64 `json:"received,omitempty"`   // entries of the stream; the house's own ticks are chat.Local's
	Folded     uint64 `json:"folded,omitempty"`     // have counted
	Duplicates uint64 `json:"duplicates,omitempty"` // had counted before
	Dead       uint64 `json:"dead,omitempty"`       // could not be read; in a line without a platform if not even that was to be read
}

// ErrLedger is wrapped when the ledger does not add up.
var ErrLedger = errors.New("the ledger does not add up")

// Check returns an error that wraps ErrLedger if the line does not add up.
func (l LedgerLine) Check() error {
	out := l.Delivered + l.Degraded + l.Expired + l.Underway
	for _, n := range l.Refused {
		out += n
	}
	switch in := l.Folded + l.Duplicates + l.Dead; {
	case out != l.Decided:
		return fmt.Errorf("check %q: %d effects were decided and %d are accounted for: %w", l.Platform, l.Decided, out, ErrLedger)
	case in != l.Received:
		return fmt.Errorf("check %q: %d events came and %d are accounted for: %w", l.Platform, l.Received, in, ErrLedger)
	}
	return nil
}

// Ledger returns a line for each platform, in their order. It is safe for concurrent use, and as new as the last commit.
func (e *Engine) Ledger() []LedgerLine { return e.books.lines() }

// CheckLedger reads the ledger from a state, counts what is under way there, and returns the lines. The error wraps ErrLedger
// if one does not add up, or if all together are not the effects that were ever numbered.
func CheckLedger(s Store) ([]LedgerLine, error) {
	var b *books
	var decided, sum uint64
	err := s.View(func(tx Tx) (err error) {
		b, err = loadBooks(tx)
		decided = number(tx.Get(bucketMeta, keyEffect)) - number(tx.Get(bucketMeta, keySince))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	lines := b.lines()
	for _, l := range lines {
		sum += l.Decided
		if err := l.Check(); err != nil {
			return lines, err
		}
	}
	if sum != decided {
		return lines, fmt.Errorf("check all: %d effects have got a number and %d are in the ledger: %w", decided, sum, ErrLedger)
	}
	return lines, nil
}

// books are the ledger as it is being written. The fold alone changes it; what others see is the copy of the last commit.
type books struct {
	open    map[chat.Platform]*LedgerLine
	changed map[chat.Platform]bool
	numbers map[uint64]bool // of the effects under way

	mu    sync.Mutex // guards shown
	shown []LedgerLine
}

func loadBooks(tx Tx) (*books, error) {
	b := &books{open: make(map[chat.Platform]*LedgerLine), changed: make(map[chat.Platform]bool), numbers: make(map[uint64]bool)}
	var broken error
	err := tx.Scan(bucketLedger, nil, func(key, value []byte) bool {
		l := b.line(platformOf(key))
		broken = json.Unmarshal(value, l)
		return broken == nil
	})
	if err := firstError(err, broken); err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	err = tx.Scan(bucketPending, nil, func(_, value []byte) bool {
		if u, counts, ok := underwayOf(value); ok && counts {
			b.line(u.to).Underway++
			b.numbers[u.n] = true
		}
		return true
	})
	clear(b.changed)
	b.show()
	return b, err
}

// ledgerKey is where a platform's line lies; an event that could not be read is of none.
func ledgerKey(p chat.Platform) []byte { return append([]byte{':'}, p...) }

func platformOf(key []byte) chat.Platform { return chat.Platform(key[min(1, len(key)):]) }

// line returns a platform's line to be changed.
func (b *books) line(p chat.Platform) *LedgerLine {
	l := b.open[p]
	if l == nil {
		l = &LedgerLine{Platform: p}
		b.open[p] = l
	}
	b.changed[p] = true
	return l
}

func (b *books) decided(u underway) {
	l := b.line(u.to)
	l.Decided++
	l.Underway++
	b.numbers[u.n] = true
}

// over notes that an effect is no longer under way; done or failed then says what became of it.
func (b *books) over(u underway) {
	b.line(u.to).Underway--
	delete(b.numbers, u.n)
}

func (b *books) done(u underway, degraded bool) {
	if u.n == 0 { // an older program's, which was never counted
		return
	}
	if l := b.line(u.to); degraded {
		l.Degraded++
	} else {
		l.Delivered++
	}
}

func (b *books) failed(u underway, why chat.Reason) {
	if u.n == 0 {
		return
	}
	l := b.line(u.to)
	if why == chat.Expired {
		l.Expired++
		return
	}
	if l.Refused == nil {
		l.Refused = make(map[chat.Reason]uint64)
	}
	l.Refused[why]++
}

// received counts an entry of the stream, by what has become of it.
func (b *books) received(from chat.Platform, as func(*LedgerLine)) {
	l := b.line(from)
	l.Received++
	as(l)
}

func isFolded(l *LedgerLine)    { l.Folded++ }
func isDuplicate(l *LedgerLine) { l.Duplicates++ }
func isDead(l *LedgerLine)      { l.Dead++ }

// sourceOf returns the platform that an event came from; what happens at no place is the house's own.
func sourceOf(e chat.Event) chat.Platform {
	if e.Chat.IsZero() {
		return chat.Local
	}
	return e.Chat.Platform
}

// sourceIn finds the platform in an entry that cannot be read otherwise; empty if that cannot be read, either.
func sourceIn(data []byte) chat.Platform {
	var e struct {
		Chat chat.Chat `json:"chat"`
	}
	if json.Unmarshal(data, &e) != nil {
		return ""
	}
	return e.Chat.Platform
}

// save writes the lines that have changed.
func (b *books) save(tx Tx) error {
	changed := slices.Sorted(maps.Keys(b.changed))
	for _, p := range changed {
		raw, err := json.Marshal(b.open[p])
		if err != nil {
			return fmt.Errorf("encode ledger: %w", err)
		}
		if err := tx.Put(bucketLedger, ledgerKey(p), raw); err != nil {
			return err
		}
	}
	clear(b.changed)
	return nil
}

// show lets others see the lines as they are now.
func (b *books) show() {
	out := make([]LedgerLine, 0, len(b.open))
	for _, l := range b.open {
		line := *l
		line.Refused = maps.Clone(l.Refused)
		out = append(out, line)
	}
	slices.SortFunc(out, func(a, b LedgerLine) int { return strings.Compare(string(a.Platform), string(b.Platform)) })
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = out
}

func (b *books) lines() []LedgerLine {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.shown)
	for i := range out {
		out[i].Refused = maps.Clone(out[i].Refused)
	}
	return out
}
