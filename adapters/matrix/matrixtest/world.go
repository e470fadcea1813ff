package matrixtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" // as registration by shared secret wants it
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Home is a homeserver to build a World on: one of ours, Dendrite or Synapse.
type Home struct {
	URL        string
	ServerName string
	// Secret lets the World make accounts by shared secret.
	Secret string
	// BotID is the bot's account; it must exist. BotPassword signs it in, unless ASToken, which then
	// plays it.
	BotID, BotPassword, ASToken string
}

// World is a homeserver as its people see it, over the client-server API: real accounts that create,
// join, post and read like any client. It makes and reads its own HTML, so it also judges the adapter's.
type World struct {
	home   Home
	api    client
	fake   *Server // nil on a real homeserver
	ctx    context.Context
	cancel context.CancelFunc
	reader sync.WaitGroup
	// opening is held while a private conversation is opened.
	opening sync.Mutex

	mu      sync.Mutex // guards all below
	bot     login
	serial  int
	family  string // what the accounts of this World are called, unlike those of another on the same server
	people  map[string]login
	order   []string
	private map[string]string // person → room
	given   map[given]string  // → the reaction's event id
	views   map[string]*view
	changed map[chan struct{}]struct{}
	// doorsteps are where people wait who have knocked on a real homeserver.
	doorsteps map[doorstep]bool
}

// given names a reaction that a person has given.
type given struct{ person, group, message, emoji string }

var _ world.World = (*World)(nil)

// World returns the people's view of this server. Their calls never meet faults or latency.
func (s *Server) World() *World {
	s.worldOnce.Do(func() {
		h := Home{URL: s.url, ServerName: s.o.ServerName, Secret: s.o.Secret, BotID: s.BotID()}
		h.BotPassword = botPassword
		s.world = newWorld(h, &http.Client{Transport: inside{s.mux}})
		s.world.fake = s
	})
	return s.world
}

// NewWorld returns the people's view of a real homeserver. The caller must Close it.
func NewWorld(h Home) *World { return newWorld(h, &http.Client{}) }

func newWorld(h Home, c *http.Client) *World {
	w := &World{
		home: h, api: client{base: h.URL, http: c}, people: map[string]login{}, private: map[string]string{},
		given: map[given]string{}, views: map[string]*view{}, changed: map[chan struct{}]struct{}{},
		doorsteps: map[doorstep]bool{},
	}
	w.family = "p" + random()[:6] + "x"
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// Close ends the reading for the World's people and waits for it.
func (w *World) Close() {
	w.cancel()
	w.reader.Wait()
}

// Platform returns chat.Matrix.
func (w *World) Platform() chat.Platform { return chat.Matrix }

// must panics: in making a world nothing can be refused but by a broken server.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("matrix world: %v", err))
	}
}

// password is that of every account that a World makes.
const password = "a long password"

// Register makes an account on a homeserver by shared secret and returns its id and password.
func Register(ctx context.Context, homeserver, secret, name string) (id, pass string, err error) {
	id, _, err = register(ctx, client{base: homeserver, http: &http.Client{}}, secret, name)
	return id, password, err
}

func register(ctx context.Context, api client, secret, name string) (id, token string, err error) {
	const path = "/_synapse/admin/v1/register"
	var n struct {
		Nonce string `json:"nonce"`
	}
	if err := api.call(ctx, login{}, "GET", path, nil, &n); err != nil {
		return "", "", err
	}
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(strings.Join([]string{n.Nonce, name, password, "notadmin"}, "\x00")))
	var out struct {
		User  string `json:"user_id"`
		Token string `json:"access_token"`
	}
	err = api.call(ctx, login{}, "POST", path, map[string]any{
		"nonce": n.Nonce, "username": name, "password": password, "admin": false, "mac": hex.EncodeToString(h.Sum(nil)),
	}, &out)
	return out.User, out.Token, err
}

// NewPerson makes an account with a display name.
func (w *World) NewPerson(name string) string {
	w.mu.Lock()
	w.serial++
	local := w.family + strconv.Itoa(w.serial)
	w.mu.Unlock()
	id, token, err := register(w.ctx, w.api, w.home.Secret, local)
	must(err)
	w.mu.Lock()
	w.people[id] = login{token: token}
	w.order = append(w.order, id)
	w.mu.Unlock()
	w.Rename(id, name)
	w.follow(login{token: token})
	return id
}

// Rename changes a person's display name.
func (w *World) Rename(person, name string) {
	must(w.api.call(w.ctx, w.as(person), "PUT", v3+"/profile/"+seg(person)+"/displayname",
		map[string]string{"displayname": name}, nil))
}

// as returns a person's login; strangers have one that every server refuses.
func (w *World) as(person string) login {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l, ok := w.people[person]; ok {
		return l
	}
	return login{token: "nobody"}
}

// asBot returns a login of the bot's account of the World's own.
func (w *World) asBot() login {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bot.token == "" && w.home.ASToken != "" {
		w.bot = login{token: w.home.ASToken, plays: w.home.BotID}
	}
	if w.bot.token == "" {
		var out struct {
			Token string `json:"access_token"`
		}
		must(w.api.call(w.ctx, login{}, "POST", v3+"/login", map[string]any{
			"type": "m.login.password", "identifier": map[string]string{"type": "m.id.user", "user": w.home.BotID},
			"password": w.home.BotPassword, "device_id": "WORLD",
		}, &out))
		w.bot.token = out.Token
	}
	return w.bot
}

// NewGroup makes a private room with the bot at power level 100 in it.
func (w *World) NewGroup(title, owner string, others ...string) string {
	id := w.create(owner, map[string]any{
		"preset": "private_chat", "name": title, "invite": append([]string{w.home.BotID}, others...),
		"power_level_content_override": map[string]any{"users": map[string]int{owner: 100, w.home.BotID: 100}},
	})
	for _, p := range others {
		must(w.Join(p, id))
	}
	must(w.api.call(w.ctx, w.asBot(), "POST", roomPath(id)+"/join", empty{}, nil))
	return id
}

func (w *World) create(owner string, q map[string]any) string {
	var out struct {
		Room string `json:"room_id"`
	}
	must(w.api.call(w.ctx, w.as(owner), "POST", v3+"/createRoom", q, &out))
	w.watch(out.Room, owner)
	return out.Room
}

func roomPath(room string) string { return v3 + "/rooms/" + seg(room) }

// txn returns a new transaction id.
func (w *World) txn() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	return "w" + strconv.Itoa(w.serial) + random()
}

// post sends one event as a person and returns its id.
func (w *World) post(person, group, kind string, content any) (string, error) {
	var out struct {
		ID string `json:"event_id"`
	}
	err := w.api.call(w.ctx, w.as(person), "PUT", roomPath(group)+"/send/"+seg(kind)+"/"+w.txn(), content, &out)
	return out.ID, err
}

// Say posts as a person: a text, or one event for each media with the text as caption of the first.
func (w *World) Say(person, group string, s world.Say) (string, error) {
	if s.Quote != "" || s.Forward != "" || s.Once {
		return "", world.ErrNone
	}
	if s.Thing != nil {
		return w.sayThing(person, group, s)
	}
	first := ""
	text := s.Text.Normal()
	for i := 0; i == 0 || i < len(s.Media); i++ {
		content := textContent(text)
		if i < len(s.Media) {
			var err error
			if content, err = w.mediaContent(person, s.Media[i], text); err != nil {
				return "", err
			}
		}
		if i == 0 {
			adorn(content, s)
		}
		kind := "m.room.message"
		if i < len(s.Media) && s.Media[i].Kind == chat.Sticker {
			kind = "m.sticker"
		}
		id, err := w.post(person, group, kind, content)
		if err != nil {
			return "", err
		}
		if first == "" {
			first = id
		}
		text = chat.Text{}
	}
	return first, nil
}

func (w *World) mediaContent(person string, m world.Media, caption chat.Text) (map[string]any, error) {
	b, _, err := w.api.raw(w.ctx, w.as(person), "POST", "/_matrix/media/v3/upload?filename="+seg(m.Name), m.MIME, bytes.NewReader(m.Bytes))
	if err != nil {
		return nil, err
	}
	var out struct {
		URI string `json:"content_uri"`
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("read upload answer: %w", err)
	}
	return mediaEvent(m, out.URI, caption), nil
}

// Edit changes the text, or the caption, of a person's own message.
func (w *World) Edit(person, group, message string, text chat.Text) error {
	var old struct {
		Content map[string]any `json:"content"`
	}
	if err := w.event(w.api, person, group, message, &old); err != nil {
		return err
	}
	next := textContent(text.Normal())
	if url, _ := old.Content["url"].(string); url != "" {
		next["msgtype"], next["url"], next["info"] = old.Content["msgtype"], url, old.Content["info"]
		next["filename"] = old.Content["filename"]
	}
	outer := map[string]any{"m.new_content": next}
	for k, v := range next {
		outer[k] = v
	}
	outer["body"] = "* " + text.Plain
	outer["m.relates_to"] = map[string]string{"rel_type": "m.replace", "event_id": message}
	_, err := w.post(person, group, "m.room.message", outer)
	return err
}

// Delete redacts a message.
func (w *World) Delete(person, group, message string) error {
	return w.api.call(w.ctx, w.as(person), "PUT", roomPath(group)+"/redact/"+seg(message)+"/"+w.txn(), empty{}, nil)
}

// React gives an emoji or takes it back.
func (w *World) React(person, group, message, emoji string, on bool) error {
	key := given{person, group, message, emoji}
	if on {
		id, err := w.post(person, group, "m.reaction", map[string]any{
			"m.relates_to": map[string]string{"rel_type": "m.annotation", "event_id": message, "key": emoji},
		})
		if err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.given[key] = id
		return nil
	}
	w.mu.Lock()
	id := w.given[key]
	delete(w.given, key)
	w.mu.Unlock()
	if id == "" {
		return fail(404, "M_NOT_FOUND", "No such reaction")
	}
	return w.Delete(person, group, id)
}

// Join accepts an invitation, asking the room's maker for one if there is none.
func (w *World) Join(person, group string) error {
	path := roomPath(group) + "/join"
	err := w.api.call(w.ctx, w.as(person), "POST", path, empty{}, nil)
	if err == nil {
		w.watch(group, person)
		return nil
	}
	owner := w.owner(group)
	if owner == "" {
		return err
	}
	if err := w.api.call(w.ctx, w.as(owner), "POST", roomPath(group)+"/invite", map[string]string{"user_id": person}, nil); err != nil {
		return err
	}
	return w.api.call(w.ctx, w.as(person), "POST", path, empty{}, nil)
}

// Leave lets a person leave, or go away from the door.
func (w *World) Leave(person, group string) error {
	err := w.api.call(w.ctx, w.as(person), "POST", roomPath(group)+"/leave", empty{}, nil)
	if err != nil && slices.Contains(w.Waiting(group), person) { // Dendrite lets nobody leave who only knocks
		return w.putMembership(person, group, map[string]string{"membership": "leave"})
	}
	return err
}
