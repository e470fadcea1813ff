// Package matrix is the adapter for Matrix: it receives by its own durable /sync as one bot account, and
// sends as that bot or, with an application service's registration, as one ghost for each person from
// elsewhere. It knows the client-server API; it does not know the bus, the engine or what a rule is.
//
// Events first, token after: a batch of /sync is turned into events, handed to In, and only when they are
// durable the position is saved, so a kill at any moment gives the batch again, with the same ids. A
// batch that the server cut short (limited) is asked for anew with a higher limit, and filled from
// /messages where the server gives no more (Synapse gives 100): Dendrite's /messages loses and swaps what
// was sent at the same time. Sends carry a transaction id made
// from the effect's id and, because no server keeps those for long, the effect's id in the content
// (chat.potluck.origin): before a send whose outcome may be unknown, the room is read back for it.
//
// Rights are the room's own: a time-out is a power level below everything, what was there before is kept in the
// bot's account data for the room, and goes back on release. Power levels and pins are documents that people
// write, too, and no server has a conditional write, so each change is read back and made again where it has
// met another (amend.go).
//
// What people send becomes parts that other platforms can show: polls and votes in the unstable and in the stable form
// (votes are answers' ids, told by their place), places, galleries, calls, what is changed of the room itself; the rest
// is told in a line. An edit or a vote that is redacted gives back what was there before. What comes from elsewhere is
// an event each: the files of an album, a map, a poll. An answer goes into the thread of what it answers. The pictures
// of ghosts' people are fetched beside all that, once a day and for a new name (portrait.go).
//
// In encrypted rooms the bot has a device with keys of its own, in a build with the tag goolm (pure Go) and where the
// cursor is adapters.Vaulted; else one line tells what is missing, and nobody's words are put there in the open.
//   - A plain account signs in by password as the device whose keys are kept; a token works if its device has no keys of
//     another program. An application service's token has no device: the bot signs in with it for one (Dendrite), or
//     makes one by PUT (Synapse with io.element.msc4190), and receives as that device; all else goes on as before.
//   - The bot speaks for all, with their names in front: a ghost has no device, and clients warn of words that another
//     account's device has encrypted, and are about to refuse them. What a ghost said before stays; it cannot be edited.
//   - What another device tells us is on the disk, all of one message together, before the place in /sync is; a place
//     in a key is on the disk before what is sealed with it leaves. Who has a key is remembered with it: when others are
//     in the room than those, or with other devices, the next message begins a new one (keyshare.go).
//   - A message whose key has not come makes its room wait, up to KeyWait, so that the order holds; then one line tells
//     of it, and when the key comes, the line goes and the message comes (keywait.go, keytold.go).
//   - The account signs the device at the first start (keysign.go). Keys are in no backup: a house that is restored, or
//     whose device was signed out, begins a new device, and what was sealed for the old one and not read is lost.
//   - Believed is what comes with a key of its author's, whoever has verified whom; what others than its maker hand on
//     is believed only if we have asked for it. The server is still trusted with who is in a room and what he may do.
package matrix

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Options are what the house gives to the adapter.
type Options struct {
	Open   adapters.Opener // bytes of other platforms' media
	Cursor adapters.Cursor // the sync position over restarts; keys of encrypted rooms, if it is adapters.Vaulted
	Log    *slog.Logger    // nil = silence
	// Dir is where the recovery key of the bot's account is written for the operator; empty = nowhere.
	Dir string
	// KeyWait is how long a room waits for the key of an encrypted message; 0 = 20 seconds.
	KeyWait time.Duration
}

// Adapter speaks to one homeserver as one bot. It is safe for concurrent use; Run is called once.
type Adapter struct {
	config Config
	reg    *registration // nil without an application service
	open   adapters.Opener
	cursor adapters.Cursor
	log    *slog.Logger

	http    *http.Client
	signIn  chan struct{} // holds one token: who has it may sign in
	session atomic.Pointer[session]

	upload atomic.Int64 // the most bytes that the homeserver takes, 0 = not asked yet

	began int64        // when the adapter was made, in milliseconds
	pulse atomic.Int64 // when the last /sync was answered, in nanoseconds; 0 = none yet

	dir     string
	keyWait time.Duration
	keys    *keyring // of the session, for whoever may sign in

	rooms    *rooms
	sent     *sent
	recent   *recent
	ghosts   *ghosts
	direct   *direct
	doorman  *doorman
	messages *messages
	polls    *polls
	calls    *calls
	pictures *pictures

	toldMu sync.Mutex // guards told
	told   map[string]bool
}

var _ adapters.Adapter = (*Adapter)(nil)

// New returns an adapter that has not connected yet. It fails for a config that cannot work.
func New(c Config, o Options) (*Adapter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o.Open == nil || o.Cursor == nil {
		return nil, errors.New("matrix adapter needs an opener and a cursor")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &Adapter{
		config: c, open: o.Open, cursor: o.Cursor, log: o.Log.With("platform", string(chat.Matrix)),
		http: newHTTP(), signIn: make(chan struct{}, 1), began: time.Now().UnixMilli(), dir: o.Dir, keyWait: o.KeyWait,
		rooms: newRooms(), sent: newSent(), recent: newRecent(), ghosts: newGhosts(), direct: newDirect(),
		doorman: newDoorman(), messages: newMessages(), polls: newPolls(), calls: newCalls(), pictures: newPictures(),
		told: map[string]bool{},
	}
	a.signIn <- struct{}{}
	if c.Registration != "" {
		reg, err := readRegistration(c.Registration)
		if err != nil {
			return nil, err
		}
		if !reg.owns(c.User) {
			return nil, errors.New("matrix user is not in the registration's namespaces.users: add a regex for it there")
		}
		a.reg = reg
	}
	return a, nil
}

// Platform returns chat.Matrix.
func (a *Adapter) Platform() chat.Platform { return chat.Matrix }

// isOurs tells whether an account is the bot or one of its ghosts.
func (a *Adapter) isOurs(user string) bool {
	return user == a.config.User || a.reg != nil && a.reg.owns(user)
}

// once tells whether this is the first time that the adapter is to say a thing.
func (a *Adapter) once(key string) bool {
	a.toldMu.Lock()
	defer a.toldMu.Unlock()
	if a.told[key] || len(a.told) > 10_000 {
		return false
	}
	a.told[key] = true
	return true
}
