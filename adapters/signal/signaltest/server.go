package signaltest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ReceiveMode is the daemon's --receive-mode.
type ReceiveMode int

// The receive modes. The zero value is the one that Potluck asks for.
const (
	Manual       ReceiveMode = iota // nothing is received until subscribeReceive
	OnStart                         // received always; dropped while no client is connected
	OnConnection                    // received while a client is connected
)

// Account is an account that the daemon holds.
type Account struct {
	Number string // E.164
	ACI    string // uuid
	Name   string // profile name
}

// Options say what kind of daemon to start. The zero value is a daemon for one account on a unix socket.
type Options struct {
	Network string        // "unix" (default) or "tcp"
	Account Account       // the bot; default +15550100001, 11111111-1111-4111-8111-111111111111, Potluck
	Others  []Account     // further accounts of the daemon
	Version string        // default 0.14.6
	Mode    ReceiveMode   // default Manual
	Single  bool          // started with -a: one account, no multi-account methods
	Latency time.Duration // every answer takes at least so long
	Jitter  time.Duration // requests begin up to so much later, each by its own chance, so that they overtake each other
	Seed    uint64        // of ids, jitter and key order
	// Receipts makes the phones send a delivery receipt for every message they get.
	Receipts bool
	// UnheardKnocks makes the phones of those who ask to be let in go away before they have told the members;
	// only Signal's server knows of it then.
	UnheardKnocks bool
	// IgnoreStickers is the daemon's flag: sticker files are not downloaded.
	IgnoreStickers bool
	// IgnoreAvatars is another: pictures of people and groups are not downloaded.
	IgnoreAvatars bool
	// Window is for how long the phones take an edit or a delete of a message. Default 24 hours, the
	// sender's limit of the official clients; receivers grant a day more, which nobody should rely on.
	Window time.Duration
	Now    func() time.Time // default time.Now
}

// maxEdits is how often the official clients let a message be edited (MESSAGE_MAX_EDIT_COUNT).
const maxEdits = 10

// Server is a running daemon with its Signal. All methods are safe for concurrent use.
type Server struct {
	opts    Options
	dir     string // the daemon's config directory
	methods map[string]method
	tasks   sync.WaitGroup // every goroutine of the server

	mu       sync.Mutex // guards everything below, and all accounts, people, groups and conversations
	rng      *rand.Rand
	run      *daemonRun // nil while stopped
	address  string
	accounts []*account // in the order they were loaded
	people   map[string]*person
	groups   map[string]*group
	talks    map[string]*conversation
	watchers map[chan struct{}]struct{}
	stamps   map[string]int64 // last sent timestamp by ACI
	faults   []*Fault
	links    map[string]chan string // open device links → the number that scans them
	nextSub  int
	nextFile int
	groupIDs []string // given to the next groups, before random ones
	stickers map[string][]byte
}

// daemonRun is the daemon between a start and a stop.
type daemonRun struct {
	listener net.Listener
	conns    map[*conn]struct{}
	done     chan struct{} // closed at the stop
}

// New starts a daemon. Like httptest.NewServer it panics when it cannot listen on this machine.
func New(o Options) *Server {
	o = o.withDefaults()
	dir, err := os.MkdirTemp("", "signaltest")
	if err != nil {
		panic(fmt.Sprintf("signaltest: make config directory: %v", err))
	}
	s := &Server{
		opts: o, dir: dir, rng: rand.New(rand.NewPCG(o.Seed, 14)),
		people: map[string]*person{}, groups: map[string]*group{}, talks: map[string]*conversation{},
		watchers: map[chan struct{}]struct{}{}, stamps: map[string]int64{},
		links: map[string]chan string{}, stickers: map[string][]byte{},
	}
	s.methods = s.methodTable()
	for _, a := range append([]Account{o.Account}, o.Others...) {
		s.addAccount(a)
	}
	if err := os.MkdirAll(s.AttachmentsDir(), 0o700); err != nil {
		panic(fmt.Sprintf("signaltest: make attachments directory: %v", err))
	}
	if err := s.Start(); err != nil {
		panic(fmt.Sprintf("signaltest: %v", err))
	}
	return s
}

func (o Options) withDefaults() Options {
	if o.Network == "" {
		o.Network = "unix"
	}
	if o.Account.Number == "" {
		o.Account.Number = "+15550100001"
	}
	if o.Account.ACI == "" {
		o.Account.ACI = "11111111-1111-4111-8111-111111111111"
	}
	if o.Account.Name == "" {
		o.Account.Name = "Potluck"
	}
	if o.Version == "" {
		o.Version = "0.14.6"
	}
	if o.Window == 0 {
		o.Window = 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Address returns where the daemon listens: "tcp://host:port", or the path of its unix socket.
func (s *Server) Address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// Account returns the bot's number.
func (s *Server) Account() string { return s.opts.Account.Number }

// BotACI returns the bot's account id.
func (s *Server) BotACI() string { return s.opts.Account.ACI }

// AttachmentsDir returns where the daemon keeps the files that it received.
func (s *Server) AttachmentsDir() string { return filepath.Join(s.dir, "attachments") }

// Start starts the daemon again after Stop, at the same address. It replaces a stale socket file, as the
// unit's ExecStartPre does for the real daemon, which could not bind otherwise.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		return nil
	}
	listener, err := s.listen()
	if err != nil {
		return fmt.Errorf("listen for clients: %w", err)
	}
	s.run = &daemonRun{listener: listener, conns: map[*conn]struct{}{}, done: make(chan struct{})}
	if s.opts.Mode == OnStart {
		for _, a := range s.accounts {
			s.startReceiving(a)
		}
	}
	s.tasks.Add(1)
	go s.accept(s.run)
	return nil
}

func (s *Server) listen() (net.Listener, error) {
	if s.opts.Network == "unix" {
		s.address = filepath.Join(s.dir, "socket")
		_ = os.Remove(s.address) // usually there is none
		return net.Listen("unix", s.address)
	}
	at := "127.0.0.1:0"
	if s.address != "" {
		at = s.address[len("tcp://"):]
	}
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return nil, err
	}
	s.address = "tcp://" + listener.Addr().String()
	return listener, nil
}

// Stop ends the daemon at once, as a crash does: connections break and, if stale, its socket file stays
// behind with nobody listening. Signal goes on: what people do meanwhile waits in the queues.
func (s *Server) Stop(stale bool) {
	s.mu.Lock()
	run := s.run
	s.run = nil
	if run == nil {
		s.mu.Unlock()
		return
	}
	if u, ok := run.listener.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(!stale)
	}
	_ = run.listener.Close()
	close(run.done)
	for c := range run.conns {
		_ = c.net.Close()
	}
	threads := make([]*receiveThread, 0, len(s.accounts))
	for _, a := range s.accounts {
		if a.thread != nil {
			threads = append(threads, a.thread)
			a.thread = nil
		}
	}
	s.mu.Unlock()
	for _, t := range threads {
		t.halt()
	}
}

// Close stops the daemon, waits for all that it started and removes its files.
func (s *Server) Close() {
	s.Stop(false)
	s.tasks.Wait()
	_ = os.RemoveAll(s.dir)
}

func (s *Server) accept(run *daemonRun) {
	defer s.tasks.Done()
	for {
		n, err := run.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.run != run {
			s.mu.Unlock()
			_ = n.Close()
			return
		}
		c := &conn{server: s, run: run, net: n}
		run.conns[c] = struct{}{}
		s.tasks.Add(1)
		s.mu.Unlock()
		go c.serve()
	}
}

// Connections returns how many clients are connected.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return 0
	}
	return len(s.run.conns)
}

// DropConnections breaks all connections now; the daemon goes on.
func (s *Server) DropConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return
	}
	for c := range s.run.conns {
		_ = c.net.Close()
	}
}

// stamp returns a sent timestamp in milliseconds that the account never used before. The lock is held.
func (s *Server) stamp(aci string) int64 {
	t := max(s.opts.Now().UnixMilli(), s.stamps[aci]+1)
	s.stamps[aci] = t
	return t
}

// uuid makes an account id. The lock is held.
func (s *Server) uuid() string {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// changed tells the watchers that the phones show something new. The lock is held.
func (s *Server) changed() {
	for w := range s.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}
