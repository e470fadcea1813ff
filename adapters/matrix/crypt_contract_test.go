//go:build goolm

package matrix_test

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// kept is a test's own cursor with a drawer for keys.
type kept struct {
	adapters.Cursor
	adapters.Vaulted
}

// published returns an adapter whose device has published its keys, if the server can be reached: what people say before
// that is not sealed for it.
func published(t *testing.T, a *matrix.Adapter) *matrix.Adapter {
	_, err := a.Do(t.Context(), chat.Dispatch{ID: chat.EventID("test:publish").Effect(1), At: time.Now(), Effect: chat.Send{
		To: in("!nowhere:localhost"), Text: chat.Plain("nobody hears this"),
	}})
	if err == nil {
		t.Error("somebody is nowhere")
	}
	return a
}

// TestContractInEncryptedRooms holds everything that is promised, with all rooms encrypted and people whose clients
// do their own encryption.
func TestContractInEncryptedRooms(t *testing.T) {
	adaptertest.Run(t, adaptertest.Subject{Name: "matrix, encrypted", New: func(t *testing.T) adaptertest.Fixture {
		s := newServer(t, matrixtest.Options{})
		s.World().Encrypt()
		g := newGate(t, s.URL())
		d := newDrawer()
		t.Cleanup(func() {
			if open := s.InTheOpen(); len(open) > 0 {
				t.Errorf("the server could read %v", open)
			}
		})
		return adaptertest.Fixture{
			World: s.World(),
			Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
				return published(t, newAdapter(t, configFor(s, g.URL()), open, kept{cursor, d}))
			},
			Outage: g.Down,
			Limit: func(n int, after time.Duration) {
				s.Fault(matrixtest.Fault{Path: "/send/", Status: 429, RetryAfter: after, Times: n})
			},
		}
	}})
}
