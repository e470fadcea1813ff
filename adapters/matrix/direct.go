package matrix

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/core/chat"
)

// direct knows which rooms are private conversations: m.direct of the bot's account data, where any other
// client of the account would look for it, too.
type direct struct {
	mu     sync.Mutex // guards all below
	byUser map[string][]string
	rooms  map[string]bool
	// opening holds one token: only one private conversation is begun at a time, so none is begun twice.
	opening chan struct{}
}

func newDirect() *direct {
	d := &direct{byUser: map[string][]string{}, rooms: map[string]bool{}, opening: make(chan struct{}, 1)}
	d.opening <- struct{}{}
	return d
}

func (d *direct) has(room string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rooms[room]
}

// with returns the rooms begun with somebody, the newest first.
func (d *direct) with(user string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	rooms := slices.Clone(d.byUser[user])
	slices.Reverse(rooms)
	return rooms
}

// loadDirect reads m.direct; an account that never had a private conversation has none.
func (a *Adapter) loadDirect(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var raw json.RawMessage
	err := s.bot.GetAccountData(ctx, "m.direct", &raw)
	if st := statusOf(err); err != nil && st != http.StatusNotFound {
		return err
	}
	var content map[string][]string
	_ = json.Unmarshal(raw, &content) // what other clients have made of it is not ours to mend
	a.direct.mu.Lock()
	defer a.direct.mu.Unlock()
	for user, rooms := range content {
		for _, r := range rooms {
			a.direct.add(user, r)
		}
	}
	return nil
}

// add remembers a room; false if it was known. The caller holds the lock.
func (d *direct) add(user, room string) bool {
	if slices.Contains(d.byUser[user], room) {
		return false
	}
	d.byUser[user] = append(d.byUser[user], room)
	d.rooms[room] = true
	return true
}

// setDirect remembers a private conversation, here and on the server.
func (a *Adapter) setDirect(ctx context.Context, s *session, user, room string) {
	a.direct.mu.Lock()
	added := a.direct.add(user, room)
	content := maps.Clone(a.direct.byUser)
	a.direct.mu.Unlock()
	if !added || !isUserID(user) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := s.bot.SetAccountData(ctx, "m.direct", content); err != nil {
		a.log.Warn("private conversation is not noted on the server", "room", room, "error", err)
	}
}

// privateRoom returns the room in which the bot talks to a person alone, beginning it if there is none.
func (a *Adapter) privateRoom(ctx context.Context, s *session, user string) (string, error) {
	select {
	case <-a.direct.opening:
		defer func() { a.direct.opening <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	for _, room := range a.direct.with(user) {
		if !a.isBoth(ctx, s, room, user) {
			continue
		}
		deaf, err := a.isEncrypted(ctx, s, room)
		if err != nil {
			return "", err
		}
		if !deaf || s.reads() { // the bot could not read an answer there
			return room, nil
		}
	}
	room, err := a.unnamedRoom(ctx, s, user)
	if err != nil || room != "" {
		return room, err
	}
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	made, err := s.bot.CreateRoom(callCtx, &mautrix.ReqCreateRoom{
		Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{id.UserID(user)}, Visibility: "private",
	})
	if err != nil {
		a.lost(s, err)
		return "", err
	}
	a.setDirect(ctx, s, user, string(made.RoomID))
	return string(made.RoomID), nil
}

// isBoth tells whether a person is in a private room, or invited, and nobody else is.
func (a *Adapter) isBoth(ctx context.Context, s *session, room, user string) bool {
	m := a.stateText(ctx, s, room, "m.room.member", user, "membership")
	own := a.stateText(ctx, s, room, "m.room.member", a.config.User, "membership")
	if own != "join" || m != "join" && m != "invite" {
		return false
	}
	n, err := a.headsIn(ctx, s, room)
	return err == nil && n <= 2
}

// unnamedRoom finds a private room that nobody marked as one: the person's own client may have made it
// before the bot was there.
func (a *Adapter) unnamedRoom(ctx context.Context, s *session, user string) (string, error) {
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	joined, err := s.bot.JoinedRooms(callCtx)
	if err != nil {
		return "", err
	}
	const most = 500 // rooms that are looked at: a bot with more has its private ones in m.direct
	for _, r := range joined.JoinedRooms[:min(len(joined.JoinedRooms), most)] {
		room := string(r)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if a.title(ctx, s, room) != "" {
			continue
		}
		if a.stateText(ctx, s, room, "m.room.member", user, "membership") != "join" || !a.isPrivate(ctx, s, room) {
			continue
		}
		deaf, err := a.isEncrypted(ctx, s, room)
		if err != nil {
			return "", err
		}
		if !deaf || s.reads() {
			a.setDirect(ctx, s, user, room)
			return room, nil
		}
	}
	return "", nil
}

// checkUser refuses what is no account.
func checkUser(who chat.Identity) error {
	if who.Platform != chat.Matrix || !isUserID(who.ID) {
		return refuse(chat.NotFound, "%q is no account", who.ID)
	}
	return nil
}
