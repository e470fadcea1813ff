package coretest

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// line returns what the script itself has counted of a platform.
func (s *stage) line(p chat.Platform) *core.LedgerLine {
	l := s.counts[p]
	if l == nil {
		l = &core.LedgerLine{Platform: p}
		s.counts[p] = l
	}
	return l
}

// came counts an event that the engine has taken.
func (s *stage) came(e chat.Event) {
	l := s.line(cmp.Or(e.Chat.Platform, chat.Local))
	l.Received++
	l.Folded++
}

// shown counts an effect and what is told of it.
func (s *stage) shown(e chat.Outgoing, receipt chat.Event) {
	l := s.line(e.Where().Platform)
	l.Decided++
	switch b := receipt.Body.(type) {
	case chat.Sent:
		if len(b.Notes) > 0 {
			l.Degraded++
		} else {
			l.Delivered++
		}
	case chat.Failed:
		if b.Why == chat.Expired {
			l.Expired++
			return
		}
		if l.Refused == nil {
			l.Refused = make(map[chat.Reason]uint64)
		}
		l.Refused[b.Why]++
	}
}

// balance checks that the house's ledger adds up, and that it is what the script has counted: everything that was shown
// is settled.
func (s *stage) balance() {
	s.t.Helper()
	for c := range s.slow {
		if err := s.hold(c, false); err != nil {
			s.t.Errorf("catch up: %v", err)
		}
	}
	lines, err := core.CheckLedger(s.store)
	if err != nil && !errors.Is(err, core.ErrLedger) {
		s.t.Fatal(err)
	}
	if err != nil {
		s.t.Error(err)
	}
	want := make([]core.LedgerLine, 0, len(s.counts))
	for _, l := range s.counts {
		want = append(want, *l)
	}
	slices.SortFunc(want, func(a, b core.LedgerLine) int { return strings.Compare(string(a.Platform), string(b.Platform)) })
	if diff := gocmp.Diff(want, lines); diff != "" {
		s.t.Errorf("the ledger is not what was shown (-shown +ledger):\n%s", diff)
	}
}
