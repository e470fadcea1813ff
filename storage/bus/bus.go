package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The oldest server that is taken, and the oldest that is recommended: before 2.12.3 a change of members
// with crashes could lose acknowledged messages, since 2.15.2 replicated streams are replayed from their log.
const (
	oldestServer      = "2.12.3"
	recommendedServer = "2.15.2"
)

const connectTimeout = 5 * time.Second

// Bus holds the streams of one partition. It is safe for concurrent use.
type Bus struct {
	log    *slog.Logger
	config Config
	embed  *embedded // nil with Config.URL
	nc     *nats.Conn
	js     jetstream.JetStream
	events jetstream.Stream
	effect jetstream.Stream
	inbox  *Inbox
	outbox *Outbox
	feed   *Feed
	closed chan struct{}
	close  sync.Once
}

// Open starts the embedded server or connects to the external one, and makes the streams if they are not
// there. It wraps ErrLocked if another process uses c.Dir.
func Open(ctx context.Context, c Config, log *slog.Logger) (*Bus, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("open bus: %w", err)
	}
	b := &Bus{config: c.withDefaults(), log: log, closed: make(chan struct{})}
	if err := b.open(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("open bus: %w", err)
	}
	return b, nil
}

func (b *Bus) open(ctx context.Context) error {
	if err := b.connect(); err != nil {
		return err
	}
	if err := b.checkVersion(); err != nil {
		return err
	}
	js, err := jetstream.New(b.nc, jetstream.WithPublishAsyncMaxPending(chainWindow),
		jetstream.WithPublishAsyncTimeout(retryTimeout))
	if err != nil {
		return fmt.Errorf("use jetstream: %w", err)
	}
	b.js = js
	p, c := b.config.Partition, b.config
	events := streamConfig(fmt.Sprintf("EV_%d", p), fmt.Sprintf("ev.%d.>", p), c.KeepEvents, c.MaxEvents)
	if b.events, err = b.openStream(ctx, events); err != nil {
		return err
	}
	effects := streamConfig(fmt.Sprintf("FX_%d", p), fmt.Sprintf("fx.%d.>", p), c.KeepEffects, c.MaxEffects)
	if b.effect, err = b.openStream(ctx, effects); err != nil {
		return err
	}
	b.inbox = &Inbox{bus: b}
	b.outbox = &Outbox{bus: b, turn: make(chan struct{}, 1)}
	b.feed = &Feed{bus: b}
	return nil
}

func (b *Bus) connect() error {
	options := []nats.Option{
		nats.Name("potluck"), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.Timeout(connectTimeout), nats.PingInterval(20 * time.Second), nats.MaxPingsOutstanding(2),
		// What cannot be sent now is tried again by its owner, in order; the library's buffer would not.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { b.log.Warn("bus connection", "err", err) }),
	}
	url := b.config.URL
	if url == "" {
		embed, err := startEmbedded(b.config, b.log)
		if err != nil {
			return err
		}
		b.embed = embed
		options = append(options, nats.InProcessServer(embed.server))
	} else {
		options = append(options, b.watchConnection()...)
	}
	if b.config.Credentials != "" {
		options = append(options, nats.UserCredentials(b.config.Credentials))
	}
	if b.config.CA != "" {
		options = append(options, nats.RootCAs(b.config.CA))
	}
	nc, err := nats.Connect(url, options...)
	if err != nil {
		return fmt.Errorf("connect to the bus's server: %w", err)
	}
	b.nc = nc
	return nil
}

// watchConnection tells the operator of an external server that is away, and is back.
func (b *Bus) watchConnection() []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("bus server lost, connecting again", "err", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { b.log.Info("bus server is back", "server", nc.ConnectedServerName()) }),
	}
}

func (b *Bus) checkVersion() error {
	v := b.nc.ConnectedServerVersion()
	if isOlder(v, oldestServer) {
		return fmt.Errorf("check server: nats-server %s loses messages: install %s or newer", v, recommendedServer)
	}
	if isOlder(v, recommendedServer) {
		b.log.Warn("bus server is old", "version", v, "recommended", recommendedServer)
	}
	return nil
}

// isOlder compares the leading numbers of two versions; an unreadable one counts as 0.
func isOlder(v, than string) bool {
	return compareVersions(v, than) < 0
}

func compareVersions(a, b string) int {
	x, y := versionNumbers(a), versionNumbers(b)
	for i := range x {
		if x[i] != y[i] {
			return x[i] - y[i]
		}
	}
	return 0
}

func versionNumbers(v string) (n [3]int) {
	for i, part := range strings.SplitN(strings.TrimPrefix(v, "v"), ".", 3) {
		for _, r := range part {
			if r < '0' || r > '9' || n[i] > 1<<20 {
				break
			}
			n[i] = 10*n[i] + int(r-'0')
		}
	}
	return n
}

// Inbox returns the stream of events.
func (b *Bus) Inbox() *Inbox { return b.inbox }

// Outbox returns the stream of effects, to write.
func (b *Bus) Outbox() *Outbox { return b.outbox }

// Feed returns the stream of effects, to read.
func (b *Bus) Feed() *Feed { return b.feed }

// Close lets go of the server and stops the embedded one; whoever still reads or publishes gets an error
// wrapping ErrClosed. It takes up to a second or two, and does nothing the second time.
func (b *Bus) Close() {
	b.close.Do(func() {
		close(b.closed)
		if b.nc != nil {
			b.nc.Close()
		}
		if b.embed != nil {
			b.embed.stop()
		}
	})
}

// Stats tells how full the streams are.
type Stats struct {
	Server          string // the version of the server
	Embedded        bool
	Events, Effects StreamStats
}

// StreamStats tells how full one stream is.
type StreamStats struct {
	Messages    uint64
	Bytes       uint64
	MaxBytes    uint64 // beyond which it takes nothing more
	First, Last uint64 // sequences; Last < First if it is empty
	Replicas    int
}

// Stats asks the server; an error means that the bus does not take anything now either.
func (b *Bus) Stats(ctx context.Context) (Stats, error) {
	s := Stats{Server: b.nc.ConnectedServerVersion(), Embedded: b.embed != nil}
	for stream, to := range map[jetstream.Stream]*StreamStats{b.events: &s.Events, b.effect: &s.Effects} {
		info, err := b.info(ctx, stream)
		if err != nil {
			return Stats{}, err
		}
		*to = StreamStats{
			Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: uint64(max(info.Config.MaxBytes, 0)),
			First: info.State.FirstSeq, Last: info.State.LastSeq, Replicas: info.Config.Replicas,
		}
	}
	return s, nil
}

func (b *Bus) info(ctx context.Context, s jetstream.Stream) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	info, err := s.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask stream %s: %w", s.CachedInfo().Config.Name, plainError(err))
	}
	return info, nil
}

// retry calls once until it succeeds, fails for good, or ctx ends; then it returns ctx's error.
func (b *Bus) retry(ctx context.Context, what string, once func(context.Context) error) error {
	var pause backoff
	for attempt := 1; ; attempt++ {
		err := b.try(ctx, once)
		switch {
		case err == nil:
			if attempt > 1 {
				b.log.Info("bus works again", "op", what, "attempt", attempt)
			}
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
		case isPermanent(err):
			return fmt.Errorf("%s: %w", what, err)
		}
		if attempt&(attempt-1) == 0 {
			b.log.Warn("bus does not answer, trying again", "op", what, "attempt", attempt, "err", err)
		}
		if !pause.wait(ctx) {
			return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
		}
	}
}

func (b *Bus) try(ctx context.Context, once func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, retryTimeout)
	defer cancel()
	return plainError(once(ctx))
}
