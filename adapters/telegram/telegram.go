// Package telegram is the adapter for Telegram: updates of the Bot API become events, effects become calls. It
// does not know communities, rooms or rules, nor any other platform.
//
// Flow, inwards: poll.go (or webhook.go) takes raw updates, receive.go turns each alone into events, and only
// when those are durable the updates are confirmed. The Go library's own loops are not used: they confirm
// before anybody has seen an update, and one update of a kind they do not know stops them for ever.
//
// Flow, outwards: plan.go cuts a Send into the messages it becomes, send.go posts them, edit.go changes them,
// each through the library where it serves and by a plain call where it does not. A send that stops half-way
// goes on where it stopped when it is tried again. What is done to people begins in grounds.go: restrict.go takes
// and gives back rights, expel.go removes and bans, door.go lets in.
//
// Why entities and not HTML: nothing needs escaping, and what we count is what the platform counts.
package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Adapter is one bot on Telegram.
type Adapter struct {
	config Config
	open   adapters.Opener
	cursor adapters.Cursor
	log    *slog.Logger

	calls    *caller // short calls and uploads
	bot      *bot.Bot
	receiver *receiver
	memory   *memory
	own      *ownPosts
	progress *recent[chat.EffectID, sending]
	layouts  *recent[chat.Ref, []slot]

	me     atomic.Pointer[rawUser]
	levels *recent[presenceKey, knownLevel]
	early  *recent[int64, int] // reactions sent away, by update
	unsure atomic.Int64        // until when rights are not looked up, in Unix nanoseconds

	presses chan string                    // those that nobody has answered yet
	links   *recent[chat.EffectID, string] // those that invitations have made
	guards  guards

	keeping  sync.Mutex // guards what follows, and that what is kept later was known later
	recalled bool       // the cursor has been read
	heard    time.Time  // when Telegram last answered a poll
}

var _ adapters.Adapter = (*Adapter)(nil)

// New makes an adapter. open fetches the media of other platforms; cursor keeps what is worth knowing after a
// restart. The config must be valid; New asks nobody.
func New(c Config, open adapters.Opener, cursor adapters.Cursor, log *slog.Logger) (*Adapter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a := &Adapter{
		config: c, open: open, cursor: cursor, log: log.With("platform", string(chat.Telegram)), memory: newMemory(), own: newOwnPosts(),
		progress: newRecent[chat.EffectID, sending](2000), layouts: newRecent[chat.Ref, []slot](20000),
		levels: newRecent[presenceKey, knownLevel](2000), early: newRecent[int64, int](1000),
		presses: make(chan string, maxPresses), links: newRecent[chat.EffectID, string](1000),
	}
	// Uploads of 50 MB take long; what ends a call that hangs is the context.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	// All calls may share one connection: one that has died silently must not hold them all.
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 10 * time.Second}
	transport.ResponseHeaderTimeout = pollTimeout + 30*time.Second
	a.calls = &caller{http: &http.Client{Transport: transport}, base: c.api() + "/bot" + c.Token, token: c.Token}
	library, err := bot.New(c.Token, bot.WithSkipGetMe(), bot.WithServerURL(c.api()), bot.WithHTTPClient(time.Minute, a.calls),
		bot.WithErrorsHandler(func(error) {})) // it only tells of pipes that a refused upload has closed
	if err != nil {
		return nil, errors.New("make telegram client") // the library's error is about the token
	}
	a.bot = library
	id, _ := strconv.ParseInt(strings.SplitN(c.Token, ":", 2)[0], 10, 64)
	a.me.Store(&rawUser{ID: id, IsBot: true})
	a.receiver = &receiver{me: func() rawUser { return *a.me.Load() }, log: a.log, rights: a.level, forget: a.forgetLevel, answer: a.answerLater, own: a.own, memory: a.memory}
	return a, nil
}

// Platform is Telegram.
func (a *Adapter) Platform() chat.Platform { return chat.Telegram }

// Run receives until ctx ends.
func (a *Adapter) Run(ctx context.Context, in adapters.In) error {
	defer a.calls.http.CloseIdleConnections()
	ctx, cancel := context.WithCancel(ctx)
	answered := a.answerPresses(ctx)
	defer answered()
	defer cancel()
	a.remember()
	if err := a.introduce(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	var menus sync.WaitGroup
	menus.Go(func() { a.announce(ctx) })
	defer menus.Wait()
	defer cancel()
	if a.config.WebhookURL != "" {
		return a.serveWebhook(ctx, in)
	}
	return a.poll(ctx, in)
}

// introduce learns the bot's own name, for as long as it takes.
func (a *Adapter) introduce(ctx context.Context) error {
	for wait := newBackoff(); ctx.Err() == nil; {
		var me rawUser
		err := a.short(ctx, "getMe", struct{}{}, &me)
		if err == nil && me.ID != 0 {
			a.me.Store(&me)
			return nil
		}
		if fatal := a.mend(err); fatal != nil {
			return fatal
		}
		a.complain(ctx, err, wait)
		wait.pause(ctx, askedWait(err))
	}
	return nil
}

// callTimeout ends calls that carry no file.
const callTimeout = 30 * time.Second

// short makes a call that must be over soon.
func (a *Adapter) short(ctx context.Context, method string, params, dest any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return a.calls.call(ctx, method, params, dest)
}

// mend returns an error where only the operator can help.
func (a *Adapter) mend(err error) error {
	if e := refusal(err); e != nil && e.err == nil && (e.code == http.StatusUnauthorized || e.code == http.StatusNotFound) {
		return fmt.Errorf("telegram refuses the bot's token: ask @BotFather for the current one with /token and put it into the config: %w", e)
	}
	return nil
}

func (a *Adapter) complain(ctx context.Context, err error, wait *backoff) {
	if ctx.Err() == nil && err != nil {
		a.log.Warn("telegram does not do what it is asked; it will be asked again", "error", err, "attempt", wait.failures+1)
	}
}

func askedWait(err error) time.Duration {
	if e := refusal(err); e != nil {
		return e.after
	}
	return 0
}

// backoff is the wait between tries: doubling from a quarter of a second to half a minute.
type backoff struct {
	next     time.Duration
	failures int
}

const (
	firstWait = 250 * time.Millisecond
	lastWait  = 30 * time.Second
)

func newBackoff() *backoff { return &backoff{next: firstWait} }

// pause waits, at least as long as asked, or until ctx ends.
func (b *backoff) pause(ctx context.Context, asked time.Duration) {
	b.failures++
	timer := time.NewTimer(max(b.next, asked))
	defer timer.Stop()
	b.next = min(2*b.next, lastWait)
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
