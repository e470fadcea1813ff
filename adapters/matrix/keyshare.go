//go:build goolm

package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/core/chat"
)

// askAgain is how long accounts whose server did not answer are not asked for their devices again.
const askAgain = 5 * time.Minute

// share sees to it that everybody in the room, and nobody else, has the key that the next message is written with.
// Who has it is remembered with it; when that is not exactly who is there now, with the devices that they have now, a
// new key is begun: who has gone reads nothing that is said later, and who comes nothing that was said before.
func (k *keyring) share(ctx context.Context, room string) error {
	rules, err := k.a.state(ctx, k.s, room, "m.room.encryption", "")
	if err != nil {
		return err
	}
	if way := textField(rules, "algorithm"); way != "" && way != string(id.AlgorithmMegolmV1) {
		return refuse(chat.Unsupported, "the room is encrypted in a way that nobody here knows")
	}
	seen, err := k.a.state(ctx, k.s, room, "m.room.history_visibility", "")
	if err != nil {
		return err
	}
	visible := textField(seen, "history_visibility")
	users, err := k.readers(ctx, room, visible == string(event.HistoryVisibilityJoined))
	if err != nil {
		return err
	}
	holders, err := k.holders(ctx, users, string(rules), visible)
	if err != nil {
		return err
	}
	now, err := k.store.GetOutboundGroupSession(ctx, id.RoomID(room))
	if err != nil {
		return err
	}
	had, err := k.rows.get(key("for", room))
	if err != nil {
		return err
	}
	if now != nil && now.Shared && !now.Expired() && string(had) == string(now.ID())+" "+holders {
		return nil
	}
	if err := k.store.RemoveOutboundGroupSession(ctx, id.RoomID(room)); err != nil {
		return err
	}
	if err := k.mach.ShareGroupSession(ctx, id.RoomID(room), users); err != nil {
		return fmt.Errorf("share room key: %w", err)
	}
	now, err = k.store.GetOutboundGroupSession(ctx, id.RoomID(room))
	if err != nil || now == nil {
		return fmt.Errorf("share room key: there is none: %w", err)
	}
	return k.rows.put(ctx, key("for", room), []byte(string(now.ID())+" "+holders))
}

// holders names everybody who must have a room's key, by device, and what else a key depends on.
func (k *keyring) holders(ctx context.Context, users []id.UserID, rules ...string) (string, error) {
	if err := k.track(ctx, users); err != nil {
		return "", err
	}
	var all []string
	for _, u := range users {
		t, err := k.store.known(u)
		if err != nil {
			return "", err
		}
		if t == nil {
			continue
		}
		for _, d := range t.Devices {
			all = append(all, string(u)+"\x00"+string(d.DeviceID)+"\x00"+string(d.IdentityKey))
		}
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(append(all, rules...), "\x01")))
	return hex.EncodeToString(sum[:16]), nil
}

// track asks for the devices of those accounts whose devices are not known, or not any more.
func (k *keyring) track(ctx context.Context, users []id.UserID) error {
	var unknown []id.UserID
	now := time.Now()
	for _, u := range users {
		t, err := k.store.known(u)
		if err != nil {
			return err
		}
		if (t == nil || t.Outdated) && now.Sub(k.tried[u]) > askAgain {
			unknown = append(unknown, u)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	got, err := k.mach.FetchKeys(ctx, slices.Clone(unknown), true)
	if err != nil {
		return err
	}
	for _, u := range unknown {
		if _, ok := got[u]; ok {
			delete(k.tried, u)
			continue
		}
		k.tried[u] = now // his server does not answer, or he has no devices: in a while again
	}
	return nil
}

// readers returns the accounts in a room, or invited to it where they may read from then on, whose devices read along:
// all but ghosts, which have none.
func (k *keyring) readers(ctx context.Context, room string, onlyIn bool) ([]id.UserID, error) {
	version := k.a.rooms.comings(room)
	if known, ok := k.crowds[room]; ok && known.version == version && known.onlyIn == onlyIn {
		return slices.Clone(known.users), nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var out struct {
		Chunk []json.RawMessage `json:"chunk"`
	}
	bot := k.s.bot
	url := bot.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", room, "members"}, map[string]string{"not_membership": "leave"})
	if _, err := bot.MakeRequest(ctx, "GET", url, nil, &out); err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	users := []id.UserID{}
	for _, raw := range out.Chunk {
		e, ok := decodeEvent(raw)
		if !ok || e.Type != "m.room.member" || e.Key == nil || !isUserID(*e.Key) {
			continue
		}
		is := textField(e.Content, "membership")
		here := is == "join" || is == "invite" && !onlyIn
		if here && (*e.Key == k.a.config.User || !k.a.isOurs(*e.Key)) {
			users = append(users, id.UserID(*e.Key))
		}
	}
	if k.a.rooms.comings(room) == version { // else somebody has come or gone meanwhile
		k.crowds[room] = crowd{version, onlyIn, users}
	}
	return slices.Clone(users), nil
}

// crowd is who was in a room at a version of its members.
type crowd struct {
	version uint64
	onlyIn  bool
	users   []id.UserID
}

// comings returns which of all changes of members was the room's last: when it is another, somebody has come or gone.
func (rs *rooms) comings(id string) uint64 {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r := rs.all[id]; r != nil {
		return r.moved
	}
	return 0
}
