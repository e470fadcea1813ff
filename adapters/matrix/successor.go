package matrix

import (
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

// follow sends a message, which a room has refused because another continues it, to that other: people write on while
// a room is being replaced, and what they write is decided before the house has heard of it. What is about messages of the
// old room stays refused, for they stay there. err is that of the room itself.
func (j *job) follow(ctx context.Context, err error) (adapters.Receipt, error) {
	e, ok := j.d.Effect.(chat.Send)
	if !ok || statusOf(err) != http.StatusForbidden {
		return j.r, err
	}
	next := j.a.stateText(ctx, j.s, j.room, "m.room.tombstone", "", "replacement_room")
	if !isRoomID(next) || next == j.room {
		return j.r, err
	}
	raw, failed := j.a.state(ctx, j.s, next, "m.room.create", "")
	if failed != nil {
		if time.Since(j.d.At) > inviteTime || j.d.At.IsZero() {
			return j.r, err
		}
		return j.r, adapters.Retry(0, errReplaced)
	}
	var c creation
	_ = json.Unmarshal(raw, &c) // an unreadable creation names no predecessor
	if c.Predecessor.Room != j.room {
		return j.r, err
	}
	j.room, e.To = next, chat.Chat{Platform: chat.Matrix, ID: next}
	j.d.Effect = e
	return j.send(ctx, e)
}
