package killtest

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/state"
)

// checkState takes a backup of the running program and checks that its state has each message once, with a
// copy in each other chat whose names are known, and nothing among the dead letters.
func checkState(t *testing.T, p *program, m *model, h *hall) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup.db")
	p.call("backup", path)
	s, err := state.Open(path, state.Options{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open backup: %v", err)
	}
	defer s.Close()
	lines, err := core.CheckLedger(s)
	if err != nil {
		t.Error(err)
	}
	for _, l := range lines {
		if l.Dead > 0 || l.Refused[chat.Broken] > 0 {
			t.Errorf("the ledger of %q has %d events that could not be read and %d effects given up, want none", l.Platform, l.Dead, l.Refused[chat.Broken])
		}
	}
	found := map[string][]chat.Message{} // by the original's ref
	letters := 0
	err = s.View(func(tx core.Tx) error {
		err := tx.Scan("message", nil, func(_, value []byte) bool {
			var x chat.Message
			if err := json.Unmarshal(value, &x); err != nil {
				t.Errorf("read message of the state: %v", err)
				return false
			}
			if !x.Original.IsZero() {
				found[x.Original.String()] = append(found[x.Original.String()], x)
			}
			return true
		})
		if err != nil {
			return err
		}
		return tx.Scan("dead", nil, func(_, value []byte) bool {
			letters++
			t.Logf("dead letter: %s", value)
			return true
		})
	})
	if err != nil {
		t.Fatalf("read backup: %v", err)
	}
	if letters > 0 {
		t.Errorf("%d dead letters, want none", letters)
	}
	for _, x := range m.all {
		ref := chat.Ref{Chat: chat.Chat{Platform: h.worlds[x.from].Platform(), ID: h.rooms[x.room][x.from]}, ID: x.first}
		if h.inDoubt(m, x, false) {
			continue
		}
		checkMessage(t, x, found[ref.String()])
	}
}

func checkMessage(t *testing.T, x *said, found []chat.Message) {
	t.Helper()
	if len(found) == 0 && x.gone {
		return // it was deleted before the program came to hear of it
	}
	if len(found) != 1 {
		t.Errorf("message %d from %s (gone: %t) is %d times in the state, want once", x.number, platformName(x.from), x.gone, len(found))
		return
	}
	if found[0].Gone != x.gone {
		t.Errorf("message %d is gone in the state: %t, want %t", x.number, found[0].Gone, x.gone)
	}
	if len(found[0].Copies) != platforms-1 {
		t.Errorf("message %d has %d copies in the state, want %d", x.number, len(found[0].Copies), platforms-1)
	}
	for _, c := range found[0].Copies {
		if c.Failed != "" || len(c.Refs) == 0 {
			t.Errorf("the copy of message %d on %s has no name in the state, or failed: %q", x.number, c.Chat.Platform, c.Failed)
		}
	}
}
