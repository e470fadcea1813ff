package signal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Adapter is Potluck on Signal.
type Adapter struct {
	cfg      Config
	features chat.Features
	open     adapters.Opener
	cursor   adapters.Cursor
	log      *slog.Logger
	memory   *memory
	names    names
	groups   groups
	progress progress
	requests chan request  // to the consumer: look at groups
	stirred  chan struct{} // to the consumer: groups.moved has some
	govern   chan struct{} // held while a group is changed: the daemon's database takes one change at a time

	mu        sync.Mutex // guards what follows
	calls     *client    // nil while not connected
	account   string     // the account as the daemon names it, for the calls
	aci       string
	lost      int // messages that could not be decrypted
	untrusted int
	plain     bool           // the daemon receives by itself, subscribed or not
	challenge string         // the captcha that Signal asks for, if it does
	ballots   map[ballot]int // the counts of votes
	state     State
	received  time.Time     // when the last subscription ended
	poke      chan struct{} // the daemon said something about the account: look
}

var _ adapters.Adapter = (*Adapter)(nil)

// New makes the adapter; it connects in Run. The error says what is wrong with the config or its folder.
func New(cfg Config, open adapters.Opener, cursor adapters.Cursor, log *slog.Logger) (*Adapter, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m, err := openMemory(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Adapter{
		cfg: cfg, features: Features(cfg), open: open, cursor: cursor, log: log, memory: m,
		requests: make(chan request), stirred: make(chan struct{}, 1), govern: make(chan struct{}, 1),
		poke: make(chan struct{}, 1), account: cfg.Account,
	}, nil
}

// Platform returns chat.Signal.
func (a *Adapter) Platform() chat.Platform { return chat.Signal }

// Features returns what Signal can show.
func (a *Adapter) Features() chat.Features { return a.features }

// Do carries out one effect through the daemon.
func (a *Adapter) Do(ctx context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	if a.self() == "" {
		return adapters.Receipt{}, adapters.Retry(0, errAway) // whose message it is cannot be told yet
	}
	var r adapters.Receipt
	var err error
	switch e := d.Effect.(type) {
	case chat.Send:
		r, err = a.send(ctx, d.ID, e)
	case chat.Edit:
		r, err = a.edit(ctx, d.ID, e)
	case chat.Delete:
		err = a.delete(ctx, e)
	case chat.React:
		err = a.react(ctx, e)
	case chat.Whisper:
		r, err = a.whisper(ctx, d.ID, e)
	case chat.Pin:
		err = a.pin(ctx, e.To, e.Target)
	case chat.Unpin:
		err = a.unpin(ctx, e.To, e.Target)
	case chat.Open:
		r, err = a.openGroup(ctx, e)
	case chat.Shut:
		err = a.shutGroup(ctx, e)
	case chat.EndPoll:
		err = a.endPoll(ctx, e)
	case chat.Vote:
		err = adapters.Refused(chat.Unsupported, errors.New("signal lets the bot vote for nobody but itself"))
	default:
		err = a.moderate(ctx, d.Effect)
	}
	return r, a.judge(err)
}

// now is the wall clock.
func (a *Adapter) now() time.Time { return time.Now().UTC() }

// self returns the bot's account id; empty until it is known.
func (a *Adapter) self() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.aci
}

func (a *Adapter) setSelf(aci string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.aci = aci
}

// params are the parameters of a call, with the account it is for.
func (a *Adapter) params() map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := map[string]any{}
	if a.account != "" {
		p["account"] = a.account
	}
	return p
}

// isAccount tells whether the daemon's name of an account is the bot's.
func (a *Adapter) isAccount(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.account == "" || a.account == name || a.aci == name || isACI(a.account)
}

func (a *Adapter) setCalls(c *client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = c
}

// errAway says that there is no connection.
var errAway = errors.New("not connected to signal-cli")

// link returns the connection for calls.
func (a *Adapter) link() (*client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.calls == nil {
		return nil, fmt.Errorf("%w: %w", errUnsent, errAway)
	}
	return a.calls, nil
}

// askTime is how long calls may take that send nothing.
const askTime = 30 * time.Second

// ask calls a method that changes nothing people see.
func (a *Adapter) ask(ctx context.Context, c *client, method string, params map[string]any, out any) error {
	if c == nil {
		return fmt.Errorf("call %s: %w", method, errAway)
	}
	ctx, cancel := context.WithTimeout(ctx, min(askTime, cmp.Or(a.cfg.Timeout, askTime)))
	defer cancel()
	return c.call(ctx, method, params, out)
}

// forget notes that one of the bot's messages is gone.
func (a *Adapter) forget(r chat.Ref) {
	if n, err := parseName(r.ID); err != nil || n.author != a.self() || a.memory.isGone(r) {
		return
	}
	a.remember(mark{Kind: markGone, Of: a.memory.first(r)})
}

// remember keeps a mark. Without it things still work, only not as well after a restart.
func (a *Adapter) remember(k mark) {
	if err := a.memory.add(k); err != nil {
		a.log.Warn("signal memory not written", "error", err)
	}
}
