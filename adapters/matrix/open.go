package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// openKey is where the m.room.create of a room that we have made has the mark of the effect that it came from.
const openKey = "chat.potluck.open"

// open makes a room with the bot as its creator and invites the people. Servers know no transaction for that, so a room
// that an earlier try has made is looked for first. Beside an encrypted room it is encrypted, too: nobody's server shall
// read in the small what it does not in the large.
func (j *job) open(ctx context.Context, e chat.Open) (adapters.Receipt, error) {
	made, err := j.madeBefore(ctx, e.Mark)
	if err != nil {
		return adapters.Receipt{}, err
	}
	if made == "" {
		q := mautrix.ReqCreateRoom{
			Name: cut(e.Title, 100), Preset: "private_chat", Visibility: "private",
			CreationContent: map[string]any{openKey: e.Mark},
		}
		encrypted, err := j.a.isEncrypted(ctx, j.s, j.room)
		switch {
		case err != nil:
			return adapters.Receipt{}, err
		case encrypted && !j.s.reads():
			return adapters.Receipt{}, refuse(chat.Unsupported, "the room beside it is encrypted, and this build cannot make another")
		case encrypted:
			q.InitialState = append(q.InitialState, &event.Event{Type: event.StateEncryption, Content: event.Content{
				Parsed: &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1},
			}})
		}
		resp, err := j.s.bot.CreateRoom(ctx, &q)
		if err != nil {
			return adapters.Receipt{}, fmt.Errorf("make room: %w", err)
		}
		made = string(resp.RoomID)
	}
	room := *j
	room.room = made
	for _, who := range e.Who {
		if who.Platform != chat.Matrix || who.ID == j.a.config.User {
			continue
		}
		if err := room.invite(ctx, who); err != nil {
			if !isRefusal(err) {
				return adapters.Receipt{}, err
			}
			j.note("somebody could not be invited")
		}
	}
	j.r.Made = chat.Chat{Platform: chat.Matrix, ID: made}
	return j.r, nil
}

// madeBefore returns the room that bears a mark, which an earlier try of the effect has made; empty if there is none.
func (j *job) madeBefore(ctx context.Context, mark string) (string, error) {
	if mark == "" {
		return "", nil
	}
	joined, err := j.s.bot.JoinedRooms(ctx)
	if err != nil {
		return "", fmt.Errorf("list rooms: %w", err)
	}
	for _, room := range joined.JoinedRooms {
		raw, err := j.a.state(ctx, j.s, string(room), event.StateCreate.Type, "")
		if err != nil {
			if isRefusal(err) {
				continue
			}
			return "", err
		}
		var create map[string]json.RawMessage
		if json.Unmarshal(raw, &create) != nil {
			continue
		}
		var borne string
		if json.Unmarshal(create[openKey], &borne) == nil && borne == mark {
			return string(room), nil
		}
	}
	return "", nil
}

// shutAt is the power level that is needed to write in a room that is shut: moderators have it.
const shutAt = 50

// shut lets nobody write in the room but those with a moderator's power.
func (j *job) shut(ctx context.Context) error {
	return j.amend(ctx, "m.room.power_levels", func(c object) (bool, error) {
		p := powersOf(c.whole())
		own, err := j.a.powerIn(ctx, j.s, j.room, p, j.a.config.User)
		if err != nil {
			return false, err
		}
		if own < p.forState("m.room.power_levels") || own < shutAt {
			return false, refuse(chat.Forbidden, "the bot has power level %d", own)
		}
		changed := raise(c, "events_default")
		events := c.sub("events")
		for _, kind := range []string{"m.room.message", "m.room.encrypted", "m.reaction", "m.sticker"} {
			if _, own := events[kind]; own && raise(events, kind) {
				changed = true
			}
		}
		if events != nil {
			c["events"] = events.whole()
		}
		return changed, nil
	})
}

// raise sets a level to what only moderators have; false if it is that already.
func raise(c object, key string) bool {
	var level int
	if json.Unmarshal(c[key], &level) == nil && level >= shutAt {
		return false
	}
	c[key] = json.RawMessage(strconv.Itoa(shutAt))
	return true
}
