package matrix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// inviteTime is how long a message waits for the bot to be let into the room that continues its own.
const inviteTime = 10 * time.Minute

// errReplaced says that a room was replaced by one in which the bot is not yet.
var errReplaced = errors.New("the room was replaced, and the bot is not in the new one yet")

// carry carries out the effect. A message for a room that another continues goes to that other: people write on while a
// room is being replaced, and what they write is decided before the house has heard of it. A bot with rights could write
// in the old one, too, but nobody reads there any more. What is about messages of the old room stays there, as they do.
func (j *job) carry(ctx context.Context) (adapters.Receipt, error) {
	e, ok := j.d.Effect.(chat.Send)
	if !ok {
		return j.do(ctx)
	}
	next, err := j.successor(ctx)
	if err != nil {
		return j.r, err
	}
	if next != "" { // unless an earlier try has said it in the old one
		begun, err := j.isBegun(ctx)
		if err != nil {
			return j.r, err
		}
		if begun {
			return j.do(ctx)
		}
	}
	if next == "" {
		r, err := j.do(ctx)
		if statusOf(err) != http.StatusForbidden {
			return r, err
		}
		j.a.rooms.drop(j.room, "m.room.tombstone", "") // it may have come this moment
		var waits error
		if next, waits = j.successor(ctx); next == "" {
			return r, cmp.Or(waits, err)
		}
	}
	j.room, e.To = next, chat.Chat{Platform: chat.Matrix, ID: next}
	j.d.Effect = e
	return j.send(ctx, e)
}

// isBegun tells whether some of a message stands in the job's room.
func (j *job) isBegun(ctx context.Context) (bool, error) {
	for _, part := range []string{"m0", "t0", "p0"} {
		done, err := j.a.already(ctx, j.s, j.room, originOf(j.d.ID, part), j.d.At)
		if err != nil || done != "" {
			return done != "", err
		}
	}
	return false, nil
}

// successor returns the room that continues the job's, empty if there is none or the bot was not let in for so long that it
// will hardly be; until then it asks to wait.
func (j *job) successor(ctx context.Context) (string, error) {
	next := j.a.stateText(ctx, j.s, j.room, "m.room.tombstone", "", "replacement_room")
	if !isRoomID(next) || next == j.room {
		return "", nil
	}
	raw, err := j.a.state(ctx, j.s, next, "m.room.create", "")
	if err != nil {
		if time.Since(j.d.At) > inviteTime || j.d.At.IsZero() {
			return "", nil
		}
		return "", adapters.Retry(0, errReplaced)
	}
	var c creation
	_ = json.Unmarshal(raw, &c) // an unreadable creation names no predecessor
	if c.Predecessor.Room != j.room {
		return "", nil
	}
	return next, nil
}
