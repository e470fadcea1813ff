package telegram

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
)

func TestContract(t *testing.T) {
	adaptertest.Run(t, adaptertest.Subject{Name: "telegram", New: newFixture})
}

func newFixture(t *testing.T) adaptertest.Fixture {
	s := startServer(t, telegramtest.Options{Strict: true, Second: 20 * time.Millisecond})
	return adaptertest.Fixture{
		World: s,
		Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
			return newAdapter(t, Config{Token: s.Token(), API: s.URL()}, open, cursor)
		},
		Outage: s.Outage,
		Limit: func(n int, after time.Duration) {
			s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, Visible: true, Times: n, RetryAfter: int(after / time.Second)})
		},
		Skips: map[string]string{"delete arrives": "the Bot API tells bots nothing of deleted messages"},
	}
}

// startServer starts a Telegram and fails the test for every violation of the schema.
func startServer(t *testing.T, o telegramtest.Options) *telegramtest.Server {
	t.Helper()
	s := telegramtest.New(o)
	t.Cleanup(func() {
		s.Close()
		for _, v := range s.Violations() {
			t.Errorf("schema violation: %s", v)
		}
	})
	return s
}

func newAdapter(t *testing.T, c Config, open adapters.Opener, cursor adapters.Cursor) *Adapter {
	t.Helper()
	a, err := New(c, open, cursor, discard())
	if err != nil {
		t.Fatal(err)
	}
	return a
}
