//go:build !goolm

package matrix

import (
	"context"
	"time"

	"maunium.net/go/mautrix"
)

// CanEncrypt tells whether this program was built with what encrypted rooms need.
const CanEncrypt = false

// unreadable is what is told of the first encrypted message of a room, and mend what an operator can do.
const (
	unreadable = "encrypted, and this Potluck was built without encryption: its operator can use a release build, " +
		"or build it with -tags goolm; later ones are not shown"
	mend = "use a release build, or build with -tags goolm; or link a room without encryption"
)

// keyring is the bot's device in encrypted rooms: in this build there is none.
type keyring struct{}

func (a *Adapter) equip(_ context.Context, s *session) error {
	s.keys = a.keys // there are none
	return nil
}

func (a *Adapter) deviceID() string { return device }

func (s *session) ears() *mautrix.Client { return s.bot }

func (s *session) patience(longest time.Duration) time.Duration { return longest }

func (s *session) reads() bool { return s.keys != nil }

func (s *session) settled() error { return nil }

func (s *session) isSealed(_ string, says bool) (bool, error) { return says, nil }

func (a *Adapter) absorb(context.Context, *session, news, place, *batch) error { return nil }

// unlock tells once per room that its messages cannot be read.
func (a *Adapter) unlock(ctx context.Context, s *session, room string, e rawEvent, b *batch) (rawEvent, bool, error) {
	if e.Type != "m.room.encrypted" || a.isOurs(e.Sender) {
		return e, false, nil
	}
	if a.once("encrypted " + room) {
		a.post(ctx, s, room, e, lineOf(unreadable), b)
	}
	return e, true, nil
}

func (a *Adapter) reveal(_ context.Context, _ *session, _ string, e rawEvent) rawEvent { return e }

func (j *job) seal(_ context.Context, _, kind string, c map[string]any) (string, map[string]any, error) {
	return kind, c, nil
}
