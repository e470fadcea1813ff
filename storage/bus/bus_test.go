package bus_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/potluck-chat/potluck/storage/bus"
	"github.com/potluck-chat/potluck/storage/storagetest"
)

func TestEmbeddedBusKeepsTheContract(t *testing.T) {
	storagetest.RunBus(t, openEmbedded)
}

func TestExternalBusKeepsTheContract(t *testing.T) {
	storagetest.RunBus(t, openExternal)
}

func openEmbedded(t testing.TB, dir string) storagetest.Bus {
	t.Helper()
	return asSuite(openBus(t, bus.Config{Dir: dir}), func() {})
}

// openExternal starts a server with a port, as an operator would, and uses it by its URL.
func openExternal(t testing.TB, dir string) storagetest.Bus {
	t.Helper()
	s := startServer(t, dir, -1)
	return asSuite(openBus(t, bus.Config{URL: s.ClientURL()}), func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
}

func openBus(t testing.TB, c bus.Config) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), c, testLog(t))
	if err != nil {
		t.Fatalf("open bus: %v", err)
	}
	t.Cleanup(b.Close)
	return b
}

func asSuite(b *bus.Bus, after func()) storagetest.Bus {
	return storagetest.Bus{Inbox: b.Inbox(), Outbox: b.Outbox(), Feed: b.Feed(), Close: func() {
		b.Close()
		after()
	}}
}

// startServer runs a server on loopback; port -1 = any.
func startServer(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		ServerName: "external", Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir,
		NoSigs: true, NoLog: true, JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 64 << 30,
	})
	if err != nil {
		t.Fatalf("make server: %v", err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("server does not start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}
