// Package matrixtest is a Matrix homeserver on loopback that lives in the test's own process: the parts
// of the client-server API and of the application-service registration that Potluck uses, refusing what
// Dendrite and Synapse refuse, with faults on demand. It keeps the keys of devices and carries what they send each other; with
// the build tag goolm its people can encrypt. It knows nothing of federation, push or of the adapter that talks to it.
package matrixtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"sync"
	"time"
)

// Options are what differs between homeservers and between tests. The zero value is a small, fast,
// Synapse-like server without an application service.
type Options struct {
	// Addr to listen on; default 127.0.0.1:0.
	Addr string
	// ServerName is the part after the colon of every id; default "localhost".
	ServerName string
	// Dir is where the registration file is written; default a temporary folder, removed by Close.
	Dir string
	// AppService registers Potluck's application service, which then owns the bot and the ghosts.
	AppService bool
	// Latency is added to every call but /sync.
	Latency time.Duration
	// MaxUpload is the largest accepted media file in bytes; default 10 MiB.
	MaxUpload int64
	// MaxTimeline caps timeline.limit of a sync filter; default 100, as on Synapse.
	MaxTimeline int
	// DuplicateReactions accepts the same emoji twice by the same person, as Dendrite does. Otherwise the
	// second is M_DUPLICATE_ANNOTATION, as on Synapse.
	DuplicateReactions bool
	// BareKnocks answers /knock with 404, so that people must write their membership themselves, and neither
	// kicks who knocks nor lets him leave but by that way, as Dendrite does.
	BareKnocks bool
	// BareState keeps quiet about which state event another has replaced, but for /sync and /messages, as
	// Dendrite does.
	BareState bool
	// ServiceDevices lets the application service make devices by PUT, and refuses it to sign in for one, as Synapse
	// does with io.element.msc4190; otherwise it is the other way round, as on Dendrite.
	ServiceDevices bool
	// Secret for registration by shared secret; default "sekrit".
	Secret string
}

// Server is one homeserver. Its methods are safe for concurrent use.
type Server struct {
	o       Options
	http    *http.Server
	url     string
	mux     *http.ServeMux
	dir     string // to be removed by Close, if we made it
	reg     Registration
	regFile string
	owned   []*regexp.Regexp
	salt    string
	stop    chan struct{}
	serving sync.WaitGroup
	faults  faults

	mu       sync.Mutex // guards all below
	serial   int
	accounts map[string]*account
	sessions map[string]*session
	rooms    map[string]*room
	aliases  map[string]string
	events   map[string]*event
	log      []*event // every event in order; log[pos-1].pos == pos
	filters  map[string]filter
	media    map[string]file
	txns     map[txnKey]string
	nonces   map[string]bool
	devices  map[deviceName]*device
	cross    map[string]crossKeys
	keysAt   map[string]int // account → position at which its keys last changed
	// lose and twice are how many messages from device to device are lost, or come twice.
	lose, twice int
	// holding: they are held back, in held.
	holding bool
	held    []func()
	// doorsteps are where people of the World wait who have knocked.
	doorsteps map[doorstep]bool
	waiters   map[*waiter]struct{}
	watchers  map[chan struct{}]struct{}

	worldOnce sync.Once
	world     *World
}

// botLocalpart and botPassword are the account that every server starts with.
const (
	botLocalpart = "potluckbot"
	botPassword  = "pot of stew"
)

// New starts a server with the bot's account on it. The caller must Close it.
func New(o Options) (*Server, error) {
	s := &Server{
		o: o.withDefaults(), salt: random(), stop: make(chan struct{}),
		accounts: map[string]*account{}, sessions: map[string]*session{}, rooms: map[string]*room{},
		aliases: map[string]string{}, events: map[string]*event{}, filters: map[string]filter{},
		media: map[string]file{}, txns: map[txnKey]string{}, nonces: map[string]bool{},
		devices: map[deviceName]*device{}, cross: map[string]crossKeys{}, keysAt: map[string]int{},
		doorsteps: map[doorstep]bool{}, waiters: map[*waiter]struct{}{}, watchers: map[chan struct{}]struct{}{},
	}
	s.log = []*event{{pos: 1}} // so that no position is 0, which means "from the beginning"
	s.routes()
	s.makeAccount(s.userID(botLocalpart), botPassword)
	if err := s.register(); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", s.o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.url = "http://" + ln.Addr().String()
	s.http = &http.Server{Handler: http.HandlerFunc(s.front), ReadHeaderTimeout: 10 * time.Second}
	s.serving.Go(func() { _ = s.http.Serve(ln) })
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.ServerName == "" {
		o.ServerName = "localhost"
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 10 << 20
	}
	if o.MaxTimeline == 0 {
		o.MaxTimeline = 100
	}
	if o.Secret == "" {
		o.Secret = "sekrit"
	}
	return o
}

// Close ends all calls and the server.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.stop:
		s.mu.Unlock()
		return
	default:
	}
	close(s.stop)
	s.mu.Unlock()
	_ = s.http.Close()
	s.serving.Wait()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// URL returns the address of the client-server API.
func (s *Server) URL() string { return s.url }

// ServerName returns the part after the colon of every id.
func (s *Server) ServerName() string { return s.o.ServerName }

// Secret returns the shared secret that lets a caller make accounts.
func (s *Server) Secret() string { return s.o.Secret }

// BotID returns the full id of the bot's account.
func (s *Server) BotID() string { return s.userID(botLocalpart) }

// BotPassword returns the password of the bot's account.
func (s *Server) BotPassword() string { return botPassword }

// userID returns the full id of a local account.
func (s *Server) userID(localpart string) string { return "@" + localpart + ":" + s.o.ServerName }

// next returns a number that was never returned before. The caller holds the lock.
func (s *Server) next() int {
	s.serial++
	return s.serial
}

func random() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails; it ends the program instead
	return hex.EncodeToString(b[:])
}
