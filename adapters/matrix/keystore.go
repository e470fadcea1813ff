//go:build goolm

package matrix

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"
)

// keystore is the memory of the bot's device: its account, the sessions with other devices, the keys of rooms, and
// what is known of people's devices. Everything lies in the vault (rows).
type keystore struct {
	rows   *rows
	pickle []byte

	mu      sync.Mutex // guards all below
	account *crypto.OlmAccount
	olm     map[id.SenderKey]crypto.OlmSessionList
	people  map[id.UserID]*tracked
	asked   map[id.SessionID]bool // keys that we have asked for: only those may be handed to us by others than their makers
	came    map[id.SessionID]bool // keys that have come since the last look
}

var _ crypto.Store = (*keystore)(nil)

// openKeystore reads what is needed at once.
func openKeystore(r *rows) (*keystore, error) {
	s := &keystore{
		rows: r, olm: map[id.SenderKey]crypto.OlmSessionList{}, people: map[id.UserID]*tracked{},
		asked: map[id.SessionID]bool{}, came: map[id.SessionID]bool{},
	}
	var err error
	if s.pickle, err = r.get(key("pickle")); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	if s.pickle == nil {
		s.pickle = make([]byte, 32)
		_, _ = rand.Read(s.pickle) // crypto/rand never fails; it ends the program instead
		if err := r.put(context.Background(), key("pickle"), s.pickle); err != nil {
			return nil, fmt.Errorf("open keys: %w", err)
		}
	}
	return s, nil
}

// Flush does nothing: a batch is brought to the disk by whoever has begun it.
func (s *keystore) Flush(context.Context) error { return nil }

// accountRow is the device's own keys.
type accountRow struct {
	Pickle []byte              `json:"pickle"`
	Shared bool                `json:"shared"`
	Backup id.KeyBackupVersion `json:"backup,omitempty"`
}

// PutAccount writes the device's own keys.
func (s *keystore) PutAccount(ctx context.Context, a *crypto.OlmAccount) error {
	b, err := a.Internal.Pickle(s.pickle)
	if err != nil {
		return fmt.Errorf("pickle account: %w", err)
	}
	s.mu.Lock()
	s.account = a
	s.mu.Unlock()
	return s.rows.putJSON(ctx, key("account"), accountRow{b, a.Shared, a.KeyBackupVersion})
}

// GetAccount returns the device's own keys, nil before there are any.
func (s *keystore) GetAccount(context.Context) (*crypto.OlmAccount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.account != nil {
		return s.account, nil
	}
	var row accountRow
	if ok, err := s.rows.getJSON(key("account"), &row); err != nil || !ok {
		return nil, err
	}
	a := &crypto.OlmAccount{Internal: olm.NewBlankAccount(), Shared: row.Shared, KeyBackupVersion: row.Backup}
	if err := a.Internal.Unpickle(row.Pickle, s.pickle); err != nil {
		return nil, fmt.Errorf("unpickle account: %w", err)
	}
	s.account = a
	return a, nil
}

// sessionRow is a session with one other device.
type sessionRow struct {
	Pickle    []byte    `json:"pickle"`
	Created   time.Time `json:"created"`
	Encrypted time.Time `json:"encrypted"`
	Decrypted time.Time `json:"decrypted"`
}

func (s *keystore) putSession(ctx context.Context, with id.SenderKey, session *crypto.OlmSession) error {
	b, err := session.Internal.Pickle(s.pickle)
	if err != nil {
		return fmt.Errorf("pickle session: %w", err)
	}
	return s.rows.putJSON(ctx, key("olm", string(with), string(session.ID())), sessionRow{
		b, session.CreationTime, session.LastEncryptedTime, session.LastDecryptedTime,
	})
}

// AddSession keeps a new session with a device.
func (s *keystore) AddSession(ctx context.Context, with id.SenderKey, session *crypto.OlmSession) error {
	s.mu.Lock()
	known, err := s.sessions(with)
	if err == nil && !slices.Contains(known, session) {
		s.olm[with] = append(known, session)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.putSession(ctx, with, session)
}

// UpdateSession writes a session after it was used.
func (s *keystore) UpdateSession(ctx context.Context, with id.SenderKey, session *crypto.OlmSession) error {
	return s.putSession(ctx, with, session)
}

// DeleteSession forgets a session.
func (s *keystore) DeleteSession(ctx context.Context, with id.SenderKey, session *crypto.OlmSession) error {
	s.mu.Lock()
	s.olm[with] = slices.DeleteFunc(slices.Clone(s.olm[with]), func(o *crypto.OlmSession) bool { return o == session })
	s.mu.Unlock()
	return s.rows.put(ctx, key("olm", string(with), string(session.ID())), nil)
}

// sessions returns all sessions with a device. The caller holds the lock. A session that was read once stays the
// same object: two of them would use the same keys twice.
func (s *keystore) sessions(with id.SenderKey) (crypto.OlmSessionList, error) {
	if known, ok := s.olm[with]; ok {
		return known, nil
	}
	found, err := s.rows.list(key("olm", string(with), ""))
	if err != nil {
		return nil, err
	}
	list := crypto.OlmSessionList{}
	for _, p := range found {
		var row sessionRow
		if err := json.Unmarshal(p.value, &row); err != nil {
			return nil, fmt.Errorf("read session: %w", err)
		}
		one := &crypto.OlmSession{Internal: olm.NewBlankSession()}
		if err := one.Internal.Unpickle(row.Pickle, s.pickle); err != nil {
			return nil, fmt.Errorf("unpickle session: %w", err)
		}
		one.CreationTime, one.LastEncryptedTime, one.LastDecryptedTime = row.Created, row.Encrypted, row.Decrypted
		list = append(list, one)
	}
	s.olm[with] = list
	return list, nil
}

// HasSession tells whether there is any session with a device.
func (s *keystore) HasSession(_ context.Context, with id.SenderKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.sessions(with)
	return err == nil && len(list) > 0
}

// GetSessions returns the sessions with a device, the one that was last heard of first.
func (s *keystore) GetSessions(_ context.Context, with id.SenderKey) (crypto.OlmSessionList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.sessions(with)
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *crypto.OlmSession) int { return b.LastDecryptedTime.Compare(a.LastDecryptedTime) })
	return list, nil
}

// GetLatestSession returns the session to write to a device with, nil if there is none.
func (s *keystore) GetLatestSession(ctx context.Context, with id.SenderKey) (*crypto.OlmSession, error) {
	list, err := s.GetSessions(ctx, with)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// GetNewestSessionCreationTS returns when the newest session with a device that was ever used was made.
func (s *keystore) GetNewestSessionCreationTS(ctx context.Context, with id.SenderKey) (time.Time, error) {
	list, err := s.GetSessions(ctx, with)
	newest := time.Time{}
	for _, one := range list {
		used := !one.LastEncryptedTime.Equal(one.CreationTime) || !one.LastDecryptedTime.Equal(one.CreationTime)
		if used && one.CreationTime.After(newest) {
			newest = one.CreationTime
		}
	}
	return newest, err
}

// PutOlmHash notes a message between devices that was read, so that its repetition is known.
func (s *keystore) PutOlmHash(ctx context.Context, hash [32]byte, at time.Time) error {
	return s.rows.put(ctx, key("heard", hex.EncodeToString(hash[:])), strconv.AppendInt(nil, at.UnixMilli(), 10))
}

// GetOlmHash returns when a message between devices was read; zero if it was not.
func (s *keystore) GetOlmHash(_ context.Context, hash [32]byte) (time.Time, error) {
	b, err := s.rows.get(key("heard", hex.EncodeToString(hash[:])))
	if err != nil || b == nil {
		return time.Time{}, err
	}
	ms, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read hash: %w", err)
	}
	return time.UnixMilli(ms), nil
}

// DeleteOldOlmHashes forgets messages between devices that are too old to come again.
func (s *keystore) DeleteOldOlmHashes(ctx context.Context, before time.Time) error {
	found, err := s.rows.list(key("heard", ""))
	if err != nil {
		return err
	}
	for _, p := range found {
		if ms, err := strconv.ParseInt(string(p.value), 10, 64); err == nil && ms >= before.UnixMilli() {
			continue
		}
		if err := s.rows.put(ctx, p.key, nil); err != nil {
			return err
		}
	}
	return nil
}

// PutSecret, GetSecret and DeleteSecret are for what devices of one account hand to each other.
func (s *keystore) PutSecret(ctx context.Context, name id.Secret, value string) error {
	return s.rows.put(ctx, key("secret", string(name)), []byte(value))
}

// GetSecret returns an empty string if there is none.
func (s *keystore) GetSecret(_ context.Context, name id.Secret) (string, error) {
	b, err := s.rows.get(key("secret", string(name)))
	return string(b), err
}

// DeleteSecret forgets a secret.
func (s *keystore) DeleteSecret(ctx context.Context, name id.Secret) error {
	return s.rows.put(ctx, key("secret", string(name)), nil)
}
