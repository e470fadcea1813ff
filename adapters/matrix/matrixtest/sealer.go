//go:build goolm

package matrixtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	mevent "maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// sealer is one person's device: the crypto of another client than ours, with a memory that ends with the test.
type sealer struct {
	client *mautrix.Client

	mu    sync.Mutex // guards all below: a person does one thing at a time
	mach  *crypto.OlmMachine
	since string

	roomsMu sync.Mutex        // guards members; the machine asks for them in goroutines of its own
	members map[string]string // room → who was in it when its key was last handed out
}

// moved notes who is in a room, and tells whether it was others before.
func (d *sealer) moved(room, now string) bool {
	d.roomsMu.Lock()
	defer d.roomsMu.Unlock()
	if d.members[room] == now {
		return false
	}
	d.members[room] = now
	return true
}

// newSealer makes the device of whoever a token belongs to, and publishes its keys; nil for the bot.
func newSealer(ctx context.Context, inner http.RoundTripper, base, token, bot string) (*sealer, error) {
	cli, err := mautrix.NewClient(base, "", token)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	cli.Client, cli.DefaultHTTPRetries = &http.Client{Transport: inner}, 0
	who, err := cli.Whoami(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask who it is: %w", err)
	}
	if string(who.UserID) == bot {
		return nil, nil
	}
	cli.UserID, cli.DeviceID = who.UserID, who.DeviceID
	d := &sealer{client: cli, members: map[string]string{}}
	d.mach = crypto.NewOlmMachine(cli, nil, crypto.NewMemoryStore(nil), (*sealerRooms)(d))
	d.mach.DisableRatchetTracking, d.mach.IgnorePostDecryptionParseErrors = true, true
	if err := d.mach.Load(ctx); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	if err := d.mach.ShareKeys(ctx, 0); err != nil {
		return nil, fmt.Errorf("publish keys: %w", err)
	}
	return d, d.sync(ctx, 0)
}

// sync reads what other devices have sent, waiting for it.
func (d *sealer) sync(ctx context.Context, wait time.Duration) error {
	q := map[string]string{
		"timeout": fmt.Sprint(wait.Milliseconds()), "filter": `{"room":{"rooms":[]},"presence":{"not_types":["*"]},"account_data":{"not_types":["*"]}}`,
	}
	if d.since != "" {
		q["since"] = d.since
	}
	var resp mautrix.RespSync
	_, err := d.client.MakeRequest(ctx, "GET", d.client.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "sync"}, q), nil, &resp)
	if err != nil {
		return fmt.Errorf("read to-device messages: %w", err)
	}
	resp.DeviceOTKCount.SignedCurve25519 = max(resp.DeviceOTKCount.SignedCurve25519, 50) // one upload lasts for a test
	d.take(ctx, &resp)
	d.since = resp.NextBatch
	return nil
}

// take takes in what a /sync has brought. Whoever asks for keys is answered here and now: the machine would do it beside
// all else, and its store does not stand that.
func (d *sealer) take(ctx context.Context, resp *mautrix.RespSync) {
	var asked []*mevent.Event
	resp.ToDevice.Events = slices.DeleteFunc(resp.ToDevice.Events, func(e *mevent.Event) bool {
		isRequest := e.Type.Type == mevent.ToDeviceRoomKeyRequest.Type
		if isRequest {
			asked = append(asked, e)
		}
		return isRequest
	})
	d.mach.ProcessSyncResponse(ctx, resp, d.since)
	for _, e := range asked {
		if e.Content.ParseRaw(mevent.ToDeviceRoomKeyRequest) == nil {
			d.mach.HandleRoomKeyRequest(ctx, e.Sender, e.Content.AsRoomKeyRequest())
		}
	}
}

// hear takes in what another /sync has brought.
func (d *sealer) hear(ctx context.Context, answer []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var resp mautrix.RespSync
	if json.Unmarshal(answer, &resp) != nil {
		return
	}
	resp.DeviceOTKCount.SignedCurve25519 = 50
	d.take(ctx, &resp)
}

// seal encrypts an event for everybody who is in the room now.
func (d *sealer) seal(ctx context.Context, room, kind string, content map[string]any) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.sync(ctx, 0); err != nil {
		return nil, err
	}
	joined, err := d.client.JoinedMembers(ctx, id.RoomID(room))
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	users := slices.Sorted(maps.Keys(joined.Joined))
	if d.moved(room, fmt.Sprint(users)) {
		if err := d.mach.CryptoStore.RemoveOutboundGroupSession(ctx, id.RoomID(room)); err != nil {
			return nil, err
		}
	}
	kindOf := mevent.Type{Type: kind, Class: mevent.MessageEventType}
	sealed, err := d.mach.EncryptMegolmEvent(ctx, id.RoomID(room), kindOf, content)
	if crypto.IsShareError(err) {
		if err := d.mach.ShareGroupSession(ctx, id.RoomID(room), users); err != nil {
			return nil, fmt.Errorf("share key: %w", err)
		}
		sealed, err = d.mach.EncryptMegolmEvent(ctx, id.RoomID(room), kindOf, content)
	}
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return json.Marshal(sealed)
}

// patience is how often a key that has not come yet is waited for, half a second each.
const patience = 10

// open decrypts an event, waiting for its key.
func (d *sealer) open(ctx context.Context, room string, e map[string]json.RawMessage) (string, map[string]json.RawMessage, bool) {
	var sealed mevent.Event
	if json.Unmarshal(mustJSON(e), &sealed) != nil || sealed.Content.ParseRaw(mevent.EventEncrypted) != nil {
		return "", nil, false
	}
	sealed.RoomID, sealed.Type = id.RoomID(room), mevent.EventEncrypted
	for tries := 0; ; tries++ {
		open, err := d.try(ctx, &sealed, tries)
		if err == nil {
			var content map[string]json.RawMessage
			if json.Unmarshal(open.Content.VeryRaw, &content) != nil {
				return "", nil, false
			}
			return open.Type.Type, content, true
		}
		if !errors.Is(err, crypto.ErrNoSessionFound) || tries == patience {
			return "", nil, false
		}
	}
}

// try decrypts an event; the second time it asks for news first, and then it waits for them.
func (d *sealer) try(ctx context.Context, sealed *mevent.Event, tries int) (*mevent.Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if tries > 0 {
		wait := time.Duration(min(tries-1, 1)) * 500 * time.Millisecond
		if err := d.sync(ctx, wait); err != nil {
			return nil, err
		}
	}
	return d.mach.DecryptMegolmEvent(ctx, sealed)
}

// forget makes the device start a new key for a room with its next message.
func (d *sealer) forget(room string) { d.moved(room, "") }

// sealerRooms tells the machine what it must know of rooms.
type sealerRooms sealer

// IsEncrypted is crypto.StateStore's.
func (d *sealerRooms) IsEncrypted(context.Context, id.RoomID) (bool, error) { return true, nil }

// GetEncryptionEvent is crypto.StateStore's.
func (d *sealerRooms) GetEncryptionEvent(context.Context, id.RoomID) (*mevent.EncryptionEventContent, error) {
	return &mevent.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}, nil
}

// GetHistoryVisibility is crypto.StateStore's.
func (d *sealerRooms) GetHistoryVisibility(context.Context, id.RoomID) (*mevent.HistoryVisibilityEventContent, error) {
	return nil, nil
}

// FindSharedRooms returns every room: whoever's devices change, all keys are begun anew.
func (d *sealerRooms) FindSharedRooms(context.Context, id.UserID) ([]id.RoomID, error) {
	d.roomsMu.Lock()
	defer d.roomsMu.Unlock()
	var all []id.RoomID
	for room := range d.members {
		all = append(all, id.RoomID(room))
	}
	return all, nil
}

// NewKey makes a person begin a new key for a room with the next message.
func (w *World) NewKey(person, room string) {
	if d := w.deviceOf(person); d != nil {
		d.forget(room)
	}
}

// NewOpenGroup makes a group as NewGroup does, but in the open.
func (w *World) NewOpenGroup(title, owner string, others ...string) string {
	set := func(plain bool) {
		w.sealing().mu.Lock()
		defer w.sealing().mu.Unlock()
		w.sealing().plain = plain
	}
	set(true)
	defer set(false)
	return w.NewGroup(title, owner, others...)
}

// MakeEncrypted makes a room encrypted from now on.
func (w *World) MakeEncrypted(person, room string) {
	_, err := w.putState(person, room, "m.room.encryption", "", map[string]string{"algorithm": string(id.AlgorithmMegolmV1)})
	must(err)
}

// Post sends an event of any kind as a person.
func (w *World) Post(person, room, kind string, content any) (string, error) {
	return w.post(person, room, kind, content)
}

// Seal returns an event as a person's device would seal it, and does not send it.
func (w *World) Seal(person, room, kind string, content map[string]any) (json.RawMessage, error) {
	return w.deviceOf(person).seal(w.ctx, room, kind, content)
}

// Device is a further device of a person.
type Device struct {
	world  *World
	sealer *sealer
}

// SignInAnew gives a person a further device.
func (w *World) SignInAnew(person string) Device {
	var out struct {
		Token string `json:"access_token"`
	}
	must(w.api.call(w.ctx, login{}, "POST", v3+"/login", map[string]any{
		"type": "m.login.password", "identifier": map[string]string{"type": "m.id.user", "user": person}, "password": password,
	}, &out))
	d, err := newSealer(w.ctx, w.sealing().inner, w.api.base, out.Token, w.home.BotID)
	must(err)
	return Device{w, d}
}

// CanOpen tells whether the device has what opens an event.
func (d Device) CanOpen(room, message string) bool { return d.world.canOpen(d.sealer, room, message) }

// CanOpen tells whether a person's device has what opens an event.
func (w *World) CanOpen(person, room, message string) bool {
	return w.canOpen(w.deviceOf(person), room, message)
}

func (w *World) canOpen(d *sealer, room, message string) bool {
	var raw json.RawMessage
	bare := client{base: w.api.base, http: &http.Client{Transport: w.sealing().inner}} // nobody opens it on its way
	must(w.event(bare, w.owner(room), room, message, &raw))
	var sealed mevent.Event
	if d == nil || json.Unmarshal(raw, &sealed) != nil || sealed.Content.ParseRaw(mevent.EventEncrypted) != nil {
		return false
	}
	sealed.RoomID, sealed.Type = id.RoomID(room), mevent.EventEncrypted
	_, err := d.try(w.ctx, &sealed, 1)
	return err == nil
}

// deviceOf returns a person's device, nil before he has used it.
func (w *World) deviceOf(person string) *sealer {
	w.sealing().mu.Lock()
	defer w.sealing().mu.Unlock()
	for _, d := range w.sealing().devices {
		if d != nil && strings.EqualFold(string(d.client.UserID), person) {
			return d
		}
	}
	return nil
}

// PublishKeys gives the device of an access token keys, as another program would that uses it.
func (w *World) PublishKeys(token string) error {
	_, err := newSealer(w.ctx, w.sealing().inner, w.api.base, token, "")
	return err
}
