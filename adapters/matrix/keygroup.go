//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/util/dbutil"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// roomKeyRow is what reads one device's messages in one room.
type roomKeyRow struct {
	Pickle   []byte        `json:"pickle"`
	Signing  id.Ed25519    `json:"signing"`
	Sender   id.Curve25519 `json:"sender"`
	Chains   []string      `json:"chains,omitempty"`
	Received time.Time     `json:"received"`
	MaxAge   int64         `json:"max_age,omitempty"` // milliseconds
	MaxCount int           `json:"max_count,omitempty"`
	Shared   *bool         `json:"shared,omitempty"`
	Source   id.KeySource  `json:"source,omitempty"`
	From     id.UserID     `json:"from,omitempty"`
}

// PutGroupSession keeps a room's key. One that somebody else than its maker hands to us is kept only if we have
// asked for it: otherwise anybody could say what the keys of others are.
func (s *keystore) PutGroupSession(ctx context.Context, g *crypto.InboundGroupSession) error {
	s.mu.Lock()
	wanted := s.asked[g.ID()]
	s.mu.Unlock()
	if g.KeySource == id.KeySourceForward && !wanted {
		return nil
	}
	b, err := g.Internal.Pickle(s.pickle)
	if err != nil {
		return fmt.Errorf("pickle room key: %w", err)
	}
	err = s.rows.putJSON(ctx, key("in", string(g.RoomID), string(g.ID())), roomKeyRow{
		Pickle: b, Signing: g.SigningKey, Sender: g.SenderKey, Chains: g.ForwardingChains, Received: g.ReceivedAt,
		MaxAge: g.MaxAge, MaxCount: g.MaxMessages, Shared: g.SharedHistory, Source: g.KeySource, From: g.SourceUser,
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.came[g.ID()] = true
	s.mu.Unlock()
	return s.rows.put(ctx, key("withheld", string(g.RoomID), string(g.ID())), nil)
}

func (s *keystore) decodeRoomKey(room id.RoomID, b []byte) (*crypto.InboundGroupSession, error) {
	var row roomKeyRow
	if err := json.Unmarshal(b, &row); err != nil {
		return nil, fmt.Errorf("read room key: %w", err)
	}
	g := &crypto.InboundGroupSession{
		Internal: olm.NewBlankInboundGroupSession(), SigningKey: row.Signing, SenderKey: row.Sender, RoomID: room,
		ForwardingChains: row.Chains, ReceivedAt: row.Received, MaxAge: row.MaxAge, MaxMessages: row.MaxCount,
		SharedHistory: row.Shared, KeySource: row.Source, SourceUser: row.From,
	}
	if err := g.Internal.Unpickle(row.Pickle, s.pickle); err != nil {
		return nil, fmt.Errorf("unpickle room key: %w", err)
	}
	return g, nil
}

// GetGroupSession returns a room's key, nil if there is none; of one that its maker does not want us to have the
// error wraps crypto.ErrGroupSessionWithheld.
func (s *keystore) GetGroupSession(ctx context.Context, room id.RoomID, session id.SessionID) (*crypto.InboundGroupSession, error) {
	b, err := s.rows.get(key("in", string(room), string(session)))
	if err != nil {
		return nil, err
	}
	if b != nil {
		return s.decodeRoomKey(room, b)
	}
	not, err := s.GetWithheldGroupSession(ctx, room, session)
	if err != nil || not == nil {
		return nil, err
	}
	return nil, not
}

// RedactGroupSession forgets a room's key.
func (s *keystore) RedactGroupSession(ctx context.Context, room id.RoomID, session id.SessionID, _ string) error {
	return s.rows.put(ctx, key("in", string(room), string(session)), nil)
}

// errNotKept is returned for what only servers of others than people need.
var errNotKept = errors.New("keys are not taken away by kind here")

// RedactGroupSessions is not done here: nothing that we turn on asks for it.
func (s *keystore) RedactGroupSessions(context.Context, id.RoomID, id.SenderKey, string) ([]id.SessionID, error) {
	return nil, errNotKept
}

// RedactExpiredGroupSessions is not done here: old messages stay readable, to be edited and deleted.
func (s *keystore) RedactExpiredGroupSessions(context.Context) ([]id.SessionID, error) {
	return nil, errNotKept
}

// RedactOutdatedGroupSessions is not done here.
func (s *keystore) RedactOutdatedGroupSessions(context.Context) ([]id.SessionID, error) {
	return nil, errNotKept
}

// PutWithheldGroupSession notes that we are not to have a key.
func (s *keystore) PutWithheldGroupSession(ctx context.Context, c event.RoomKeyWithheldEventContent) error {
	return s.rows.putJSON(ctx, key("withheld", string(c.RoomID), string(c.SessionID)), c)
}

// GetWithheldGroupSession returns why we are not to have a key, nil if nobody has said so.
func (s *keystore) GetWithheldGroupSession(_ context.Context, room id.RoomID, session id.SessionID) (*event.RoomKeyWithheldEventContent, error) {
	c := &event.RoomKeyWithheldEventContent{}
	if ok, err := s.rows.getJSON(key("withheld", string(room), string(session)), c); err != nil || !ok {
		return nil, err
	}
	return c, nil
}

// groupSessions returns all keys under a prefix.
func (s *keystore) groupSessions(prefix string) dbutil.RowIter[*crypto.InboundGroupSession] {
	found, err := s.rows.list(prefix)
	var out []*crypto.InboundGroupSession
	for _, p := range found {
		g, decodeErr := s.decodeRoomKey(id.RoomID(nameIn(p.key)), p.value)
		if decodeErr != nil {
			err = errors.Join(err, decodeErr)
			continue
		}
		out = append(out, g)
	}
	return dbutil.NewSliceIterWithError(out, err)
}

// GetGroupSessionsForRoom returns all keys of a room.
func (s *keystore) GetGroupSessionsForRoom(_ context.Context, room id.RoomID) dbutil.RowIter[*crypto.InboundGroupSession] {
	return s.groupSessions(key("in", string(room), ""))
}

// GetAllGroupSessions returns all keys of all rooms.
func (s *keystore) GetAllGroupSessions(context.Context) dbutil.RowIter[*crypto.InboundGroupSession] {
	return s.groupSessions(key("in", ""))
}

// GetGroupSessionsWithoutKeyBackupVersion returns all keys: none is backed up on the server.
func (s *keystore) GetGroupSessionsWithoutKeyBackupVersion(ctx context.Context, _ id.KeyBackupVersion) dbutil.RowIter[*crypto.InboundGroupSession] {
	return s.GetAllGroupSessions(ctx)
}

// ownKeyRow is what we write with in a room.
type ownKeyRow struct {
	Pickle   []byte        `json:"pickle"`
	Shared   bool          `json:"shared"`
	MaxAge   time.Duration `json:"max_age"`
	MaxCount int           `json:"max_count"`
	Count    int           `json:"count"`
	History  *bool         `json:"history,omitempty"`
	Created  time.Time     `json:"created"`
	Used     time.Time     `json:"used"`
}

// AddOutboundGroupSession keeps what we write with in a room from now on.
func (s *keystore) AddOutboundGroupSession(ctx context.Context, g *crypto.OutboundGroupSession) error {
	b, err := g.Internal.Pickle(s.pickle)
	if err != nil {
		return fmt.Errorf("pickle own room key: %w", err)
	}
	return s.rows.putJSON(ctx, key("out", string(g.RoomID)), ownKeyRow{
		Pickle: b, Shared: g.Shared, MaxAge: g.MaxAge, MaxCount: g.MaxMessages, Count: g.MessageCount,
		History: g.SharedHistory, Created: g.CreationTime, Used: g.LastEncryptedTime,
	})
}

// UpdateOutboundGroupSession writes how far a key was used; no message may leave before that is on the disk.
func (s *keystore) UpdateOutboundGroupSession(ctx context.Context, g *crypto.OutboundGroupSession) error {
	return s.AddOutboundGroupSession(ctx, g)
}

// GetOutboundGroupSession returns what we write with in a room, nil if there is nothing yet.
func (s *keystore) GetOutboundGroupSession(_ context.Context, room id.RoomID) (*crypto.OutboundGroupSession, error) {
	var row ownKeyRow
	if ok, err := s.rows.getJSON(key("out", string(room)), &row); err != nil || !ok {
		return nil, err
	}
	g := &crypto.OutboundGroupSession{
		Internal: olm.NewBlankOutboundGroupSession(), RoomID: room, Shared: row.Shared, MaxMessages: row.MaxCount,
		MessageCount: row.Count, SharedHistory: row.History, Users: map[crypto.UserDevice]crypto.OGSState{},
	}
	g.MaxAge, g.CreationTime, g.LastEncryptedTime = row.MaxAge, row.Created, row.Used
	if err := g.Internal.Unpickle(row.Pickle, s.pickle); err != nil {
		return nil, fmt.Errorf("unpickle own room key: %w", err)
	}
	return g, nil
}

// RemoveOutboundGroupSession makes the next message of a room begin a new key.
func (s *keystore) RemoveOutboundGroupSession(ctx context.Context, room id.RoomID) error {
	return s.rows.put(ctx, key("out", string(room)), nil)
}

// MarkOutboundGroupSessionShared notes that a device was meant to have a key, so that it may ask for it again.
func (s *keystore) MarkOutboundGroupSessionShared(ctx context.Context, user id.UserID, device id.IdentityKey, session id.SessionID) error {
	return s.rows.put(ctx, key("holder", string(session), string(user), string(device)), strconv.AppendInt(nil, time.Now().UnixMilli(), 10))
}

// IsOutboundGroupSessionShared tells whether a device was meant to have a key.
func (s *keystore) IsOutboundGroupSessionShared(_ context.Context, user id.UserID, device id.IdentityKey, session id.SessionID) (bool, error) {
	b, err := s.rows.get(key("holder", string(session), string(user), string(device)))
	return b != nil, err
}

// ValidateMessageIndex tells whether a place in a key belongs to this message alone: the same noise under another
// event would be somebody's words said twice.
func (s *keystore) ValidateMessageIndex(ctx context.Context, session id.SessionID, event id.EventID, index uint, at int64) (bool, error) {
	k := key("index", string(session), strconv.FormatUint(uint64(index), 10))
	is := strconv.FormatInt(at, 10) + " " + string(event)
	b, err := s.rows.get(k)
	if err != nil {
		return false, err
	}
	if b != nil || event == "" {
		return string(b) == is || b == nil, nil
	}
	return true, s.rows.put(ctx, k, []byte(is))
}
