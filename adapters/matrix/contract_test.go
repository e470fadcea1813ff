package matrix_test

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
)

// logger is silent unless a person wants to see what the adapter says.
func logger() *slog.Logger {
	if os.Getenv("POTLUCK_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func newServer(t testing.TB, o matrixtest.Options) *matrixtest.Server {
	t.Helper()
	s, err := matrixtest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newGate(t testing.TB, url string) *matrixtest.Gate {
	t.Helper()
	g, err := matrixtest.NewGate(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// configFor returns how the adapter reaches a fake server.
func configFor(s *matrixtest.Server, url string) matrix.Config {
	c := matrix.Config{Homeserver: url, User: s.BotID(), Password: s.BotPassword()}
	if s.RegistrationFile() != "" {
		c.Password, c.Registration = "", s.RegistrationFile()
	}
	return c
}

func newAdapter(t testing.TB, c matrix.Config, open adapters.Opener, cursor adapters.Cursor) *matrix.Adapter {
	t.Helper()
	a, err := matrix.New(c, matrix.Options{Open: open, Cursor: cursor, Log: logger()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// onFake is the contract on our own server.
func onFake(o matrixtest.Options) func(t *testing.T) adaptertest.Fixture {
	return func(t *testing.T) adaptertest.Fixture {
		s := newServer(t, o)
		g := newGate(t, s.URL())
		return adaptertest.Fixture{
			World: s.World(),
			Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
				return newAdapter(t, configFor(s, g.URL()), open, cursor)
			},
			Outage: g.Down,
			Limit: func(n int, after time.Duration) {
				s.Fault(matrixtest.Fault{Path: "/send/", Status: 429, RetryAfter: after, Times: n})
			},
		}
	}
}

func TestContractAsOneBot(t *testing.T) {
	adaptertest.Run(t, adaptertest.Subject{Name: "matrix", New: onFake(matrixtest.Options{})})
}

func TestContractWithGhosts(t *testing.T) {
	adaptertest.Run(t, adaptertest.Subject{Name: "matrix with ghosts", New: onFake(matrixtest.Options{AppService: true})})
}
