package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// TalkConfig says where people reach the talk.
type TalkConfig struct {
	// Address is what people open, "https://table.example.org": a name of its own, without a path. Plain http is for
	// this machine and for onion addresses alone.
	Address string
	// Listen is the local address to serve at, "127.0.0.1:8081", where a proxy that speaks https for Address sends what it
	// gets, with the visitor's address as the last in X-Forwarded-For.
	Listen string
	// Dir is the folder of the key and the conversations; it is made if it is not there.
	Dir string
	// Feed returns what the house shows under a name that nobody can guess, "calendar/….ics"; false if there is nothing. nil =
	// there are no feeds.
	Feed Feed
}

// Feed returns a document and its MIME type.
type Feed func(name string) (mime string, data []byte, ok bool, err error)

// Validate tells what is wrong, and what to write instead.
func (c TalkConfig) Validate() error {
	u, err := url.Parse(c.Address)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("web.talk: write the address that people open, without a path, like https://table.example.org")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLocal(u.Hostname()) && !isOnion(u.Hostname())) {
		return errors.New("web.talk: the address must begin with https://, for what is written there is confidential")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return errors.New("web.talk_listen: write a local address with a port, like 127.0.0.1:8081")
	}
	return nil
}

func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func isOnion(host string) bool { return strings.HasSuffix(strings.ToLower(host), ".onion") }

// Talk is the adapter for chat.Web. A conversation's chat and its visitor's identity have the same id,
// "COMMUNITY.NAME".
type Talk struct {
	config TalkConfig
	log    *slog.Logger
	clock  func() time.Time
	limits *limits
	pages  *pages
	begun  *recentTokens
	epoch  string // tells versions of before a restart apart
	waits  chan struct{}
	heard  func(net.Addr) // told where Run listens, in tests
	// patience is how long a page waits for the house's answer to what was sent.
	patience time.Duration

	opening sync.Mutex // guards what follows
	kept    *shelf     // nil until the folder has been read
}

var _ adapters.Adapter = (*Talk)(nil)

// NewTalk makes the adapter. The config must be valid; the folder is first touched by Run or Do.
func NewTalk(c TalkConfig, log *slog.Logger) (*Talk, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.Address = strings.TrimRight(c.Address, "/")
	return &Talk{
		config: c, log: log.With("platform", string(chat.Web)), clock: time.Now, limits: newLimits(), pages: &pages{},
		begun: newRecentTokens(), epoch: newToken(), waits: make(chan struct{}, maxWaits), heard: func(net.Addr) {},
		patience: answerTime,
	}, nil
}

// Platform is Web.
func (t *Talk) Platform() chat.Platform { return chat.Web }

// Open always fails: files are not taken here.
func (t *Talk) Open(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, adapters.Refused(chat.Unsupported, errors.New("the talk has no files"))
}

// shelf returns the conversations, reading the folder at the first call.
func (t *Talk) shelf() (*shelf, error) {
	t.opening.Lock()
	defer t.opening.Unlock()
	if t.kept != nil {
		return t.kept, nil
	}
	s, err := openShelf(t.config.Dir, t.clock(), t.log)
	if err != nil {
		return nil, fmt.Errorf("open the conversations in %s: %w", t.config.Dir, err)
	}
	t.kept = s
	return s, nil
}

// sweepEvery is how often conversations are looked through for those whose time is over.
const sweepEvery = time.Hour

// Run serves the pages and publishes what visitors send until ctx ends.
func (t *Talk) Run(ctx context.Context, in adapters.In) error {
	s, err := t.shelf()
	if err != nil {
		return fmt.Errorf("%w: let Potluck's user read and write the folder, and repair what it names", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", t.config.Listen)
	if err != nil {
		return fmt.Errorf("listen for the talk; is web.talk_listen free and ours? %w", err)
	}
	t.heard(listener.Addr())
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() { t.sweep(within, s) })
	wg.Go(func() {
		if failed = t.publish(within, s, in); failed != nil {
			cancel()
		}
	})
	err = t.serve(within, listener)
	cancel()
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(failed, err)
}

// serve answers requests until ctx ends.
func (t *Talk) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: t.handler(ctx), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // it would name visitors' addresses
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the talk: %w", err)
	case <-ctx.Done():
	}
	// Requests end with ctx; what they have put on the disk is published by the next Run.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if server.Shutdown(closing) != nil {
		_ = server.Close() // those that are slower than that lose their answer, nothing else
	}
	<-served
	return nil
}

func (t *Talk) sweep(ctx context.Context, s *shelf) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.expire(t.clock())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// publishAgain is how long publishing rests when a conversation cannot be read.
const publishAgain = time.Second

// publish hands what visitors send to in, each conversation's in order, until ctx ends.
func (t *Talk) publish(ctx context.Context, s *shelf, in adapters.In) error {
	for {
		c, ok := s.next(ctx)
		if !ok {
			return nil
		}
		e, n, there, err := c.unpublished()
		if err != nil {
			t.log.Error("a conversation cannot be read; what its visitor said waits", "error", err)
			s.wait(c)
			pause(ctx, publishAgain)
			continue
		}
		if !there {
			continue
		}
		if err := in(ctx, e); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("publish what a visitor said: %w", err)
		}
		if err := c.taken(n); err != nil {
			t.log.Warn("that something is published could not be noted; after a restart it is published again, and counts once", "error", err)
		}
	}
}

// pause waits for a time, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
