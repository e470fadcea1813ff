package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/core/chat"
)

// ghosts are the accounts of people from elsewhere, made when they first speak.
type ghosts struct {
	mu  sync.Mutex // guards all below
	all map[string]*ghost
}

// ghost is one of them.
type ghost struct {
	busy chan struct{} // holds one token: who has it may change the ghost
	name string        // as the server knows it; empty = not registered by us yet
}

func newGhosts() *ghosts { return &ghosts{all: map[string]*ghost{}} }

func (g *ghosts) get(user string) *ghost {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.all[user]
	if one == nil {
		one = &ghost{busy: make(chan struct{}, 1)}
		one.busy <- struct{}{}
		g.all[user] = one
	}
	return one
}

// maxLocal is the most bytes of a ghost's local part that are an escaped identity; the whole id has 255.
const maxLocal = 150

// ghostID returns the account of a person from elsewhere.
func (a *Adapter) ghostID(who chat.Identity) string {
	local := escapeLocal(who.ID)
	if len(local) > maxLocal {
		sum := sha256.Sum256([]byte(who.ID))
		local = "==" + hex.EncodeToString(sum[:]) // "==" is never escaped from anything
	}
	return "@" + a.config.ghostPrefix() + string(who.Platform) + "_" + local + ":" + serverOf(a.config.User)
}

// personOf returns whom a ghost stands for; false if the account is no ghost, or its identity was too long
// to be kept in its id.
func (a *Adapter) personOf(user string) (chat.Identity, bool) {
	if a.reg == nil || serverOf(user) != serverOf(a.config.User) {
		return chat.Identity{}, false
	}
	rest, ok := strings.CutPrefix(localpart(user), a.config.ghostPrefix())
	platform, local, found := strings.Cut(rest, "_")
	if !ok || !found || platform == "" {
		return chat.Identity{}, false
	}
	who, ok := unescapeLocal(local)
	return chat.Identity{Platform: chat.Platform(platform), ID: who}, ok && who != ""
}

// voice is who speaks for an author, and what name must stand in front of his words.
type voice struct {
	user string
	name string
	note string
}

// voiceFor returns who says something in a room: the bot for the house, the author's ghost, or the bot
// with the author's name where there can be no ghost.
func (a *Adapter) voiceFor(ctx context.Context, s *session, room string, as *chat.Person) (voice, error) {
	if as == nil {
		return voice{user: a.config.User}, nil
	}
	byBot := voice{user: a.config.User, name: nameOfPerson(*as)}
	if a.reg == nil || as.Identity.IsZero() || as.Identity.Platform == chat.Matrix {
		return byBot, nil
	}
	encrypted, err := a.isEncrypted(ctx, s, room)
	if err != nil {
		return voice{}, err
	}
	if encrypted { // only the bot has keys; clients warn of words that another account's device has encrypted
		byBot.note = "name in front of the text"
		return byBot, nil
	}
	user := a.ghostID(as.Identity)
	err = a.ready(ctx, s, user, byBot.name)
	if err != nil && !isRefusal(err) {
		return voice{}, err
	}
	ok := err == nil
	if ok {
		if ok, err = a.bringIn(ctx, s, room, user); err != nil {
			return voice{}, err
		}
	}
	if !ok {
		byBot.note = "name in front of the text"
		return byBot, nil
	}
	a.pictures.want(likeness{ghost: user, who: as.Identity, name: byBot.name}, time.Now())
	return voice{user: user}, nil
}

func nameOfPerson(p chat.Person) string {
	if n := cleanName(p.Name); n != "" {
		return n
	}
	return "Somebody on " + string(p.Identity.Platform)
}

// ready registers a ghost and gives it its name.
func (a *Adapter) ready(ctx context.Context, s *session, user, name string) error {
	g := a.ghosts.get(user)
	select {
	case <-g.busy:
		defer func() { g.busy <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if g.name == name {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if g.name == "" {
		if err := a.register(ctx, user); err != nil {
			return err
		}
	}
	cli, err := a.as(s, user)
	if err != nil {
		return err
	}
	if now, err := cli.GetOwnDisplayName(ctx); err == nil && now.DisplayName == name {
		g.name = name
		return nil
	}
	if err := cli.SetDisplayName(ctx, name); err != nil {
		return err
	}
	g.name = name
	return nil
}

// bringIn makes a ghost a member of a room; false if the room does not let it in. One that was banned
// there is refused: that is how people on Matrix moderate somebody from elsewhere.
func (a *Adapter) bringIn(ctx context.Context, s *session, room, user string) (bool, error) {
	raw, err := a.state(ctx, s, room, "m.room.member", user)
	if err != nil {
		return false, err
	}
	switch textField(raw, "membership") {
	case "join":
		return true, nil
	case "ban":
		return false, refuse(chat.Forbidden, "%s is banned from %s", user, room)
	}
	if !a.mayTry(room, user) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	cli, err := a.as(s, user)
	if err != nil {
		return false, err
	}
	err = a.joinAs(ctx, s, cli, room)
	switch {
	case err == nil:
		a.rooms.set(room, "m.room.member", user, json.RawMessage(`{"membership":"join"}`))
		return true, nil
	case isRefusal(err):
		a.log.Warn("ghost cannot join, the bot speaks for its person", "room", room, "error", err)
		a.mayNot(room, user)
		return false, nil
	default:
		return false, err
	}
}

// joinAs joins a public room, or has the bot invite first. Dendrite answers a refused restricted join
// with a bare 500.
func (a *Adapter) joinAs(ctx context.Context, s *session, ghost *mautrix.Client, room string) error {
	req := &mautrix.ReqJoinRoom{Via: []string{serverOf(a.config.User)}}
	_, err := ghost.JoinRoom(ctx, room, req)
	if err == nil || !isRefusal(err) && statusOf(err) != http.StatusInternalServerError {
		return err
	}
	_, err = s.bot.InviteUser(ctx, id.RoomID(room), &mautrix.ReqInviteUser{UserID: ghost.UserID})
	if err != nil && !strings.Contains(err.Error(), "already") {
		return err
	}
	_, err = ghost.JoinRoom(ctx, room, req)
	return err
}

// isRefusal tells whether the server says that something is not allowed.
func isRefusal(err error) bool {
	st := statusOf(err)
	return st == http.StatusForbidden || st == http.StatusNotFound || st == http.StatusBadRequest
}

// mayTry tells whether a ghost was not turned away from a room before; a change of
// the room's rules opens the door again.
func (a *Adapter) mayTry(room, user string) bool {
	_, was := a.rooms.get(room, turnedAway, user)
	return !was
}

func (a *Adapter) mayNot(room, user string) {
	a.rooms.set(room, turnedAway, user, json.RawMessage(`{}`))
}
