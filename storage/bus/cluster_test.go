package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
)

// startCluster runs three servers that replicate, and returns them with their URLs.
func startCluster(t *testing.T) (servers []*server.Server, urls string) {
	t.Helper()
	dir := t.TempDir()
	var routes []*url.URL
	ports := freePorts(t, 3)
	for _, p := range ports {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", p)})
	}
	var clients []string
	for i, p := range ports {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("node", i), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: filepath.Join(dir, fmt.Sprint(i)), JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 64 << 30,
			Cluster: server.ClusterOpts{Name: "potluck", Host: "127.0.0.1", Port: p}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { stop(s) })
		servers = append(servers, s)
	}
	for _, s := range servers {
		if !s.ReadyForConnections(patience) {
			t.Fatal("server does not start")
		}
		clients = append(clients, s.ClientURL())
	}
	return servers, strings.Join(clients, ",")
}

// freePorts returns ports that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// openCluster waits for the servers to have found one another.
func openCluster(ctx context.Context, t *testing.T, urls string) *bus.Bus {
	t.Helper()
	for {
		b, err := bus.Open(ctx, bus.Config{URL: urls}, testLog(t))
		if err != nil {
			if ctx.Err() != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Cleanup(b.Close)
		return b
	}
}

// TestAClusterGoesOnWithoutOneServer chains and publishes on three replicas, past a lost server.
func TestAClusterGoesOnWithoutOneServer(t *testing.T) {
	if os.Getenv("STORAGETEST_LONG") == "" {
		t.Skip("waits for elections, 15 to 30 s: set STORAGETEST_LONG=1")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	servers, urls := startCluster(t)
	b := openCluster(ctx, t, urls)
	if s, err := b.Stats(ctx); err != nil || s.Events.Replicas != 3 || s.Effects.Replicas != 3 {
		t.Fatalf("the streams are %+v (%v), want three replicas", s, err)
	}
	const n, lost = 400, 150
	events := make(chan uint64, n)
	ended := make(chan error, 1)
	reading, enough := context.WithCancel(ctx)
	go func() {
		ended <- b.Inbox().Read(reading, 1, func(e core.Entry) error { events <- e.Seq; return nil })
	}()
	for i := uint64(1); i <= n; i++ {
		if i == lost {
			stop(servers[streamLeader(servers, "EV_0")])
		}
		if err := publish(ctx, b, i); err != nil {
			t.Fatal(err)
		}
		// The same rows again overlap what is there, which a replicated stream answers in its own way.
		from := max(int(i)-3, 1)
		var rows []core.Row
		for r := from; r <= int(i); r++ {
			rows = append(rows, row(uint64(r)))
		}
		if i%20 == 0 || i == lost {
			if err := b.Outbox().Append(ctx, rows); err != nil {
				t.Fatal(err)
			}
		} else if err := b.Outbox().Append(ctx, rows[len(rows)-1:]); err != nil {
			t.Fatal(err)
		}
	}
	wantNumbers(ctx, t, "event", events, n)
	enough()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := b.Outbox().Append(ctx, []core.Row{row(n + 2)}); !errors.Is(err, core.ErrGap) {
		t.Errorf("an effect was put behind a hole: %v", err)
	}
	c := chat.Chat{Platform: chat.Signal, ID: "g"}
	for i := uint64(0); i < n; i++ {
		e, ok, err := b.Feed().Next(ctx, c, i)
		if err != nil || !ok || e.N != i+1 || string(e.Data) != fmt.Sprint(i+1) {
			t.Fatalf("effect %d is %d %q (%t, %v)", i+1, e.N, e.Data, ok, err)
		}
	}
}

// streamLeader returns the index of the server that leads a stream.
func streamLeader(servers []*server.Server, stream string) int {
	for {
		for i, s := range servers {
			if s.JetStreamIsStreamLeader("$G", stream) {
				return i
			}
		}
		time.Sleep(time.Millisecond) // the server tells nobody; a leader is there within an election
	}
}
