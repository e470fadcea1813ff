//go:build goolm

package matrix

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// CanEncrypt tells whether this program was built with what encrypted rooms need.
const CanEncrypt = true

// unreadable is what is told of the first encrypted message of a room where the bot has no keys, and mend what an
// operator can do.
const (
	unreadable = "encrypted, and the bot has no keys of its own: its operator finds the reason in the log; later ones are not shown"
	mend       = "see the log for why the bot has no keys; or link a room without encryption"
)

// keyring is the bot's device in encrypted rooms: what it reads and writes with.
type keyring struct {
	a      *Adapter
	s      *session
	client *mautrix.Client
	rows   *rows
	store  *keystore
	mach   *crypto.OlmMachine
	waits  *waits
	// turn holds one token: who has it may use the machine. What one message of another device changes is written
	// together, and nobody else may bring half of it to the disk.
	turn chan struct{}
	// tried is when devices were last asked for of accounts whose server did not answer; crowds is who was last seen in a
	// room. Both are for who has the turn.
	tried  map[id.UserID]time.Time
	crowds map[string]crowd
	bound  bool // the machine ends with Run
	// lazy is the batch of what must be on the disk before the place in /sync is, and not sooner.
	lazy *changes
}

// shareTime bounds the handing out of a room's key: servers of others are asked for their people's devices.
const shareTime = 40 * time.Second

// take waits for the turn.
func (k *keyring) take(ctx context.Context) error {
	select {
	case <-k.turn:
		if err := k.rows.failed(); err != nil {
			k.give()
			k.drop()
			return adapters.Retry(0, err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *keyring) give() { k.turn <- struct{}{} }

// drop makes the adapter begin anew, from what is on the disk.
func (k *keyring) drop() {
	k.a.session.CompareAndSwap(k.s, nil)
}

// committing brings what a call is about to the disk before the call leaves: a key that was used must never be used
// again, whatever happens.
type committing struct{ base http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (c committing) RoundTrip(r *http.Request) (*http.Response, error) {
	batch := changesIn(r.Context())
	leaves := strings.Contains(r.URL.Path, "/sendToDevice/") || strings.HasSuffix(r.URL.Path, "/keys/upload")
	if batch != nil && leaves {
		if err := batch.commit(); err != nil {
			return nil, err
		}
	}
	return c.base.RoundTrip(r)
}

// deviceID returns the device that the bot signs in as: the one whose keys are kept.
func (a *Adapter) deviceID() string {
	if v := a.vault(); v != nil {
		if b, err := newRows(v).get(key("device")); err == nil && b != nil {
			return string(b)
		}
	}
	return device
}

// vault returns where keys can be kept, nil if nowhere.
func (a *Adapter) vault() adapters.Vault {
	if c, ok := a.cursor.(adapters.Vaulted); ok {
		return c.Vault()
	}
	return nil
}

// newDevice returns a name that no device of the bot has had.
func newDevice() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails; it ends the program instead
	return device + "-" + strings.ToUpper(hex.EncodeToString(b[:]))
}

// ears returns the client that receives: that of the bot's device, where it has one.
func (s *session) ears() *mautrix.Client {
	if s.keys == nil {
		return s.bot
	}
	return s.keys.client
}

// reads tells whether the bot reads and writes in encrypted rooms.
func (s *session) reads() bool { return s.keys != nil }

// patience returns how long /sync may wait: not longer than until something is due that nobody wakes us for.
func (s *session) patience(longest time.Duration) time.Duration {
	if s.keys == nil {
		return longest
	}
	return s.keys.waits.patience(longest, time.Now())
}

// isSealed tells whether a room is encrypted. Once it is, it is for ever, whatever its state says later: whoever
// may change that must not make us write in the open.
func (s *session) isSealed(room string, says bool) (bool, error) {
	if s.keys == nil {
		return says, nil
	}
	rows := s.keys.rows
	was, err := rows.get(key("sealed", room))
	if err != nil || was != nil || !says {
		return was != nil, err
	}
	return true, rows.put(context.Background(), key("sealed", room), []byte{1})
}

// seal makes of one event what is sent of it: in an encrypted room noise, by the bot's own device. Reactions are
// in the open everywhere, the specification has it so.
func (j *job) seal(ctx context.Context, user, kind string, c map[string]any) (string, map[string]any, error) {
	encrypted, err := j.a.isEncrypted(ctx, j.s, j.room)
	if err != nil || !encrypted || kind == "m.reaction" || j.s.keys == nil {
		return kind, c, err
	}
	if user != j.a.config.User {
		return "", nil, refuse(chat.Unsupported, "it was said before the room was encrypted, and only the bot has keys")
	}
	sealed, err := j.s.keys.encrypt(ctx, j.room, kind, sealedContent(c))
	return "m.room.encrypted", sealed, err
}

// encrypt returns the content of the encrypted event; its place in the key is on the disk by then.
func (k *keyring) encrypt(ctx context.Context, room, kind string, c map[string]any) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, shareTime)
	defer cancel()
	if err := k.take(ctx); err != nil {
		return nil, err
	}
	defer k.give()
	ctx, batch := k.rows.begin(ctx)
	if err := k.share(ctx, room); err != nil {
		return nil, k.settle(batch, err)
	}
	sealed, err := k.mach.EncryptMegolmEvent(ctx, id.RoomID(room), event.Type{Type: kind, Class: event.MessageEventType}, c)
	if err := k.settle(batch, err); err != nil {
		return nil, err
	}
	b, err := json.Marshal(sealed)
	if err != nil {
		return nil, fmt.Errorf("encode encrypted event: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("encode encrypted event: %w", err)
	}
	return out, nil
}

// settle brings a batch to the disk, whatever has become of its work: sessions have moved on. If that fails, the
// machine is good for nothing any more.
func (k *keyring) settle(batch *changes, err error) error {
	if failed := batch.commit(); failed != nil {
		k.drop()
		return adapters.Retry(0, errors.Join(failed, err))
	}
	return err
}

// later returns a context whose writes are brought to the disk by settled.
func (k *keyring) later(ctx context.Context) context.Context {
	return context.WithValue(ctx, changesKey{}, k.lazy)
}

// settled returns when everything that a batch of /sync has brought for encrypted rooms is on the disk.
func (s *session) settled() error {
	if s.keys == nil {
		return nil
	}
	return s.keys.settle(s.keys.lazy, nil)
}

// note looks at what became of a change that nobody waits for: the next who needs the keys is told.
func (k *keyring) note(err error) {
	if err != nil {
		k.rows.spoil(err)
	}
}

// reveal returns an event as its author wrote it, where it is encrypted and we have its key; else as it is.
func (a *Adapter) reveal(ctx context.Context, s *session, room string, e rawEvent) rawEvent {
	if s.keys == nil || e.Type != "m.room.encrypted" || e.isRedacted() {
		return e
	}
	if open, err := s.keys.read(ctx, room, e); err == nil {
		return open
	}
	return e
}

// errForged is returned for a message that nobody can have written so.
var errForged = errors.New("forged: the key is not the author's, or it is of a kind that must not be encrypted")

// read decrypts one event.
func (k *keyring) read(ctx context.Context, room string, e rawEvent) (rawEvent, error) {
	if err := k.take(ctx); err != nil {
		return e, err
	}
	defer k.give()
	raw := &event.Event{
		ID: id.EventID(e.ID), Sender: id.UserID(e.Sender), RoomID: id.RoomID(room), Timestamp: e.At,
		Type: event.EventEncrypted, Content: event.Content{VeryRaw: e.Content},
	}
	if err := raw.Content.ParseRaw(raw.Type); err != nil {
		return e, fmt.Errorf("parse encrypted event: %w", err)
	}
	open, err := k.mach.DecryptMegolmEvent(k.later(ctx), raw)
	if err == nil {
		err = k.isAuthors(ctx, raw)
	}
	if err != nil {
		return e, err
	}
	if open.Type.Type == "m.room.redaction" || open.Type.Type == "m.room.encrypted" {
		return e, errForged // the server looks after who may take away what, and must see it
	}
	e.Type, e.Content = open.Type.Type, open.Content.VeryRaw
	return e, nil
}

// isAuthors checks that a message's key came from its author, or, if it was handed on, from him or from another
// device of ours.
func (k *keyring) isAuthors(ctx context.Context, e *event.Event) error {
	g, err := k.store.GetGroupSession(ctx, e.RoomID, e.Content.AsEncrypted().SessionID)
	if err != nil || g == nil {
		return err
	}
	from := g.SourceUser
	if from == e.Sender || g.KeySource == id.KeySourceForward && from == k.client.UserID {
		return nil
	}
	return errForged
}
