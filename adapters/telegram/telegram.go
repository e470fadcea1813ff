// Package telegram is the adapter for Telegram: updates of the Bot API become events, effects become calls. It
// does not know communities, rooms or rules, nor any other platform.
//
// Flow, inwards: poll.go (or webhook.go) takes raw updates, receive.go turns each alone into events, and only
// when those are durable the updates are confirmed. The Go library's own loops are not used: they confirm
// before anybody has seen an update, and one update of a kind they do not know stops them for ever.
//
// What a message shows is read in parts.go (files), things.go (places, contacts, polls …) and service.go (the
// platform's own lines); a kind that none of them knows becomes one readable line. What no update tells is told by
// missed.go: messages that were lost in a long absence, topics that turn out to be deleted.
//
// Flow, outwards: plan.go cuts a Send into the messages it becomes, send.go posts them (sendfile.go, album.go,
// sendthing.go), edit.go changes them, each through the library where it serves and by a plain call where it does not.
// A send that stops half-way goes on where it stopped when it is tried again. vote.go remembers which message a poll
// is, for votes name nothing else. What is done to people begins in grounds.go: restrict.go takes and gives back
// rights, expel.go removes and bans, door.go lets in.
//
// Why entities and not HTML: nothing needs escaping, and what we count is what the platform counts.
//
// Why the name stands in a message of its own above a sticker, a place, a contact or a poll: none of them has a
// caption, and a question with somebody's name in it would be another question.
//
// Why groups whose content is protected are relayed like others: the setting keeps members from forwarding and saving
// by a tap, not from reading, and whoever links such a group to a room has decided that its talk goes on elsewhere.
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
	pulse  atomic.Int64        // when Telegram has answered last, in Unix nanoseconds; 0 = not yet
	unsure atomic.Int64        // until when rights are not looked up, in Unix nanoseconds

	presses chan string                    // those that nobody has answered yet
	links   *recent[chat.EffectID, string] // those that invitations have made
	tidings chan chat.Event                // what no update tells
	closed  *recent[place, bool]           // topics that were deleted
	guards  guards

	keeping  sync.Mutex // guards what follows, and that what is kept later was known later
	recalled bool       // the cursor has been read
	heard    time.Time  // when Telegram last answered a poll
	absent   time.Time  // since when updates are lost, until that is told; zero = they are not
}

var (
	_ adapters.Adapter = (*Adapter)(nil)
	_ adapters.Pulse   = (*Adapter)(nil)
)

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
		tidings: make(chan chat.Event, maxTidings), closed: newRecent[place, bool](1000),
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
	a.receiver = &receiver{me: func() rawUser { return *a.me.Load() }, log: a.log, rights: a.level, forget: a.forgetLevel, answer: a.answerLater, timer: a.timer, own: a.own, memory: a.memory}
	return a, nil
}

// Platform is Telegram.
func (a *Adapter) Platform() chat.Platform { return chat.Telegram }

// Pulse tells when Telegram has answered last: a poll that finds nothing is answered, too, and where it posts to us it
// is asked for the bot's name as often as what is known is saved.
func (a *Adapter) Pulse() (at time.Time, every time.Duration) {
	if n := a.pulse.Load(); n != 0 {
		at = time.Unix(0, n)
	}
	return at, pollTimeout
}

// beat notes that Telegram has answered. If it had not for more than a day, what was written meanwhile is lost in part.
func (a *Adapter) beat() {
	now := time.Now()
	before := a.pulse.Swap(now.UnixNano())
	if last := time.Unix(0, before); before != 0 && now.Sub(last) > updateLife {
		a.keeping.Lock()
		defer a.keeping.Unlock()
		a.absent = last.UTC().Truncate(time.Second)
	}
}

// Run receives until ctx ends.
func (a *Adapter) Run(ctx context.Context, in adapters.In) error {
	defer a.calls.http.CloseIdleConnections()
	ctx, cancel := context.WithCancel(ctx)
	answered := a.answerPresses(ctx)
	defer answered()
	told := a.tellAll(ctx, in)
	defer told()
	defer cancel()
	a.remember()
	if err := a.introduce(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	a.tellMissed(ctx, in)
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
			a.beat()
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
