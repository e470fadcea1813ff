//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// maxRequests is how many requests for keys are answered of one /sync: each costs calls, and who is not answered
// asks again.
const maxRequests = 50

// absorb takes in what /sync says to the bot's device, and returns when it is on the disk: the server forgets it with
// the next /sync. Then it tells what has become readable, or has waited too long.
func (a *Adapter) absorb(ctx context.Context, s *session, n news, p place, b *batch) error {
	k := s.keys
	if k == nil {
		return nil
	}
	requests, err := k.hear(ctx, n, p.token == "")
	if err != nil {
		return err
	}
	for _, r := range requests[:min(len(requests), maxRequests)] {
		if err := k.answer(ctx, r); err != nil {
			return err
		}
	}
	return a.drain(ctx, s, b)
}

// request is another device's wish for a key.
type request struct {
	sender id.UserID
	wants  *event.RoomKeyRequestEventContent
}

// hear takes in the news. anew: we do not know what has changed since we were last here.
func (k *keyring) hear(ctx context.Context, n news, anew bool) ([]request, error) {
	if err := k.take(ctx); err != nil {
		return nil, err
	}
	defer k.give()
	if !k.bound {
		k.bound = true
		k.mach.SetBackgroundCtx(ctx)
	}
	ctx, batch := k.rows.begin(ctx)
	err := k.changed(ctx, n, anew)
	var requests []request
	for _, raw := range n.ToDevice.Events {
		if err != nil {
			break
		}
		if r, ok := k.hearOne(ctx, raw); ok {
			requests = append(requests, r)
		}
		err = ctx.Err() // half of what it wanted to do may be undone
	}
	if err != nil {
		k.rows.spoil(err) // nothing of it is on the disk: it comes again, to a machine that has not heard it
		k.drop()
		return nil, err
	}
	if left, ok := n.KeysLeft[string(id.KeyAlgorithmSignedCurve25519)]; ok {
		k.mach.HandleOTKCounts(ctx, &mautrix.OTKCount{SignedCurve25519: left})
	}
	k.mach.MarkOlmHashSavePoint(ctx)
	return requests, k.settle(batch, nil)
}

// changed notes whose devices are others now.
func (k *keyring) changed(ctx context.Context, n news, anew bool) error {
	var users []id.UserID
	for _, u := range append(n.Devices.Changed, n.Devices.Left...) {
		users = append(users, id.UserID(u))
	}
	if anew {
		var err error
		if users, err = k.store.allTracked(); err != nil {
			return err
		}
	}
	for _, u := range users {
		delete(k.tried, u)
	}
	return k.store.MarkTrackedUsersOutdated(ctx, users)
}

// hearOne takes in one message of another device. What is no such message is passed over.
func (k *keyring) hearOne(ctx context.Context, raw json.RawMessage) (request, bool) {
	var e event.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return request{}, false
	}
	e.Type.Class = event.ToDeviceEventType
	if err := e.Content.ParseRaw(e.Type); err != nil {
		return request{}, false
	}
	if wants, ok := e.Content.Parsed.(*event.RoomKeyRequestEventContent); ok {
		return request{e.Sender, wants}, true // answered afterwards, and not in a goroutine of the machine
	}
	k.mach.HandleToDeviceEvent(ctx, &e)
	return request{}, false
}

// answer gives a device a key that it was meant to have and did not get.
func (k *keyring) answer(ctx context.Context, r request) error {
	if err := k.take(ctx); err != nil {
		return err
	}
	defer k.give()
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	ctx, batch := k.rows.begin(ctx)
	k.mach.HandleRoomKeyRequest(ctx, r.sender, r.wants)
	return k.settle(batch, nil)
}

// ask asks the author's devices, and other devices of the bot's account, for the key of a message.
func (k *keyring) ask(ctx context.Context, w *waiting, c *event.EncryptedEventContent) error {
	if err := k.take(ctx); err != nil {
		return err
	}
	defer k.give()
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	k.store.want(c.SessionID)
	to := map[id.UserID][]id.DeviceID{id.UserID(w.Event.Sender): {"*"}, k.client.UserID: {"*"}}
	if err := k.mach.SendRoomKeyRequest(ctx, id.RoomID(w.Room), c.SenderKey, c.SessionID, "", to); err != nil {
		return fmt.Errorf("ask for a key: %w", err)
	}
	return nil
}

// want notes that a key was asked for.
func (s *keystore) want(session id.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[session] = true
}

// arrived returns the keys that have come and whose late messages are not told yet.
func (s *keystore) arrived() map[id.SessionID]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.came)
}

// told notes that the late messages of keys are told.
func (s *keystore) told(came map[id.SessionID]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range came {
		delete(s.came, session)
	}
}

// roomStates tells the machine what it must know of rooms.
type roomStates struct{ k *keyring }

// IsEncrypted is crypto.StateStore's.
func (r roomStates) IsEncrypted(ctx context.Context, room id.RoomID) (bool, error) {
	return r.k.a.isEncrypted(ctx, r.k.s, string(room))
}

// GetEncryptionEvent is crypto.StateStore's.
func (r roomStates) GetEncryptionEvent(ctx context.Context, room id.RoomID) (*event.EncryptionEventContent, error) {
	return stateOf[event.EncryptionEventContent](ctx, r.k, room, "m.room.encryption")
}

// GetHistoryVisibility is crypto.StateStore's.
func (r roomStates) GetHistoryVisibility(ctx context.Context, room id.RoomID) (*event.HistoryVisibilityEventContent, error) {
	return stateOf[event.HistoryVisibilityEventContent](ctx, r.k, room, "m.room.history_visibility")
}

// FindSharedRooms names no rooms: whose devices have changed is looked at with every message anyway.
func (r roomStates) FindSharedRooms(context.Context, id.UserID) ([]id.RoomID, error) { return nil, nil }

// stateOf reads a state event; nil if there is none that can be read.
func stateOf[C any](ctx context.Context, k *keyring, room id.RoomID, kind string) (*C, error) {
	raw, err := k.a.state(ctx, k.s, string(room), kind, "")
	if err != nil || raw == nil {
		return nil, err
	}
	var c C
	if json.Unmarshal(raw, &c) != nil {
		return nil, nil // somebody has written nonsense there: the defaults hold
	}
	return &c, nil
}
