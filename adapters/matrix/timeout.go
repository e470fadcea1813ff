package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
)

// restrictedKey is the kind of the bot's account data for a room under which it keeps the power levels of those
// whom it has restricted there, as they were before: it outlives us and nobody else reads it.
const restrictedKey = "chat.potluck.restricted"

// maxPredecessors is how many rooms back a room's predecessors are asked: whoever is restricted when a room is
// replaced still is in the new one.
const maxPredecessors = 5

// restricted is that account data.
type restricted struct {
	// Users are the levels as the room had written them, null where an account had none of its own.
	Users map[string]json.RawMessage `json:"users"`
}

// restrict lowers an account's power level until nothing in the room can be written with it. The homeserver
// knows no end of it.
func (j *job) restrict(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil {
		return err
	}
	if m == "" {
		return refuse(chat.NotFound, "%s has never been in the room", who.ID)
	}
	return j.amend(ctx, "m.room.power_levels", func(c object) (bool, error) {
		p := powersOf(c.whole())
		now, err := j.a.powerIn(ctx, j.s, j.room, p, who.ID)
		if err != nil || now < p.floor() {
			return false, err
		}
		own, err := j.a.powerIn(ctx, j.s, j.room, p, j.a.config.User)
		if err != nil {
			return false, err
		}
		if own < p.forState("m.room.power_levels") || own <= now {
			return false, refuse(chat.Forbidden, "the bot has power level %d, %s has %d", own, who.ID, now)
		}
		users := c.sub("users")
		if users == nil {
			users = object{}
		}
		old, had := users[who.ID]
		if !had {
			old = json.RawMessage("null")
		}
		if err := j.keep(ctx, who.ID, old); err != nil {
			return false, err
		}
		users[who.ID] = json.RawMessage(strconv.Itoa(p.floor() - 1))
		c["users"] = users.whole()
		return true, nil
	})
}

// release gives an account the power level that it had before we restricted it, or none of its own if it had
// none. What somebody else has given it since then stays.
func (j *job) release(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	old, room, err := j.kept(ctx, who.ID)
	if err != nil || room == "" {
		return err
	}
	err = j.amend(ctx, "m.room.power_levels", func(c object) (bool, error) {
		p := powersOf(c.whole())
		now, err := j.a.powerIn(ctx, j.s, j.room, p, who.ID)
		if err != nil || now >= p.floor() {
			return false, err
		}
		users := c.sub("users")
		if users == nil {
			users = object{}
		}
		if string(old) == "null" {
			delete(users, who.ID)
		} else {
			users[who.ID] = old
		}
		c["users"] = users.whole()
		return true, nil
	})
	if err != nil {
		return err
	}
	return j.dropKept(ctx, room, who.ID)
}

// kept returns the level that an account had before we restricted it, and the room in whose data it is: this
// one or one before it; an empty room if we have not.
func (j *job) kept(ctx context.Context, user string) (old json.RawMessage, room string, err error) {
	room = j.room
	for range maxPredecessors {
		r, err := j.restrictedIn(ctx, room)
		if err != nil {
			return nil, "", err
		}
		if old, ok := r.Users[user]; ok {
			return old, room, nil
		}
		raw, err := j.a.state(ctx, j.s, room, "m.room.create", "")
		if isRefusal(err) {
			break // the bot was never in the room before
		}
		if err != nil {
			return nil, "", err
		}
		var c creation
		_ = json.Unmarshal(raw, &c) // an unreadable creation names no predecessor
		if room = c.Predecessor.Room; !isRoomID(room) {
			break
		}
	}
	return nil, "", nil
}

// keep notes the level that an account has before we restrict it, and is durable when it returns.
func (j *job) keep(ctx context.Context, user string, level json.RawMessage) error {
	r, err := j.restrictedIn(ctx, j.room)
	if err != nil {
		return err
	}
	if r.Users == nil {
		r.Users = map[string]json.RawMessage{}
	}
	if string(r.Users[user]) == string(level) {
		return nil
	}
	r.Users[user] = level
	return j.setRestricted(ctx, j.room, r)
}

func (j *job) dropKept(ctx context.Context, room, user string) error {
	r, err := j.restrictedIn(ctx, room)
	if err != nil {
		return err
	}
	if _, ok := r.Users[user]; !ok {
		return nil
	}
	delete(r.Users, user)
	return j.setRestricted(ctx, room, r)
}

func (j *job) restrictedPath(room string) string {
	return j.s.bot.BuildClientURL("v3", "user", j.a.config.User, "rooms", room, "account_data", restrictedKey)
}

func (j *job) restrictedIn(ctx context.Context, room string) (restricted, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var raw json.RawMessage
	_, err := j.s.bot.MakeRequest(ctx, http.MethodGet, j.restrictedPath(room), nil, &raw)
	if statusOf(err) == http.StatusNotFound {
		return restricted{}, nil
	}
	var r restricted
	_ = json.Unmarshal(raw, &r) // what is not as we write it tells nothing
	return r, err
}

func (j *job) setRestricted(ctx context.Context, room string, r restricted) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err := j.s.bot.MakeRequest(ctx, http.MethodPut, j.restrictedPath(room), r, nil)
	return err
}
