//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"maunium.net/go/mautrix/id"
)

// tracked is what is known of one account's devices. It is never changed, only replaced.
type tracked struct {
	Devices map[id.DeviceID]*id.Device `json:"devices"`
	// Outdated: the server has said that they are others now.
	Outdated bool `json:"outdated,omitempty"`
}

// person returns what is known of an account, nil if nothing is. The caller holds the lock.
func (s *keystore) person(user id.UserID) (*tracked, error) {
	if t, ok := s.people[user]; ok {
		return t, nil
	}
	t := &tracked{}
	ok, err := s.rows.getJSON(key("devices", string(user)), t)
	if err != nil {
		return nil, err
	}
	if !ok {
		t = nil
	}
	s.people[user] = t
	return t, nil
}

func (s *keystore) putPerson(ctx context.Context, user id.UserID, t *tracked) error {
	s.mu.Lock()
	s.people[user] = t
	s.mu.Unlock()
	return s.rows.putJSON(ctx, key("devices", string(user)), t)
}

// known returns what is known of an account, nil if nothing is.
func (s *keystore) known(user id.UserID) (*tracked, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.person(user)
}

// GetDevices returns an account's devices, nil if nobody has asked the server for them yet.
func (s *keystore) GetDevices(_ context.Context, user id.UserID) (map[id.DeviceID]*id.Device, error) {
	t, err := s.known(user)
	if err != nil || t == nil {
		return nil, err
	}
	devices := make(map[id.DeviceID]*id.Device, len(t.Devices))
	for k, d := range t.Devices {
		one := *d
		devices[k] = &one
	}
	return devices, nil
}

// GetDevice returns one device, nil if it is not known.
func (s *keystore) GetDevice(ctx context.Context, user id.UserID, device id.DeviceID) (*id.Device, error) {
	devices, err := s.GetDevices(ctx, user)
	return devices[device], err
}

// FindDeviceByKey returns the device with an identity key, nil if it is not known.
func (s *keystore) FindDeviceByKey(ctx context.Context, user id.UserID, with id.IdentityKey) (*id.Device, error) {
	devices, err := s.GetDevices(ctx, user)
	for _, d := range devices {
		if d.IdentityKey == with {
			return d, nil
		}
	}
	return nil, err
}

// PutDevice keeps one device.
func (s *keystore) PutDevice(ctx context.Context, user id.UserID, device *id.Device) error {
	t, err := s.known(user)
	if err != nil {
		return err
	}
	next := &tracked{Devices: map[id.DeviceID]*id.Device{}}
	if t != nil {
		next.Outdated = t.Outdated
		maps.Copy(next.Devices, t.Devices)
	}
	one := *device
	next.Devices[device.DeviceID] = &one
	return s.putPerson(ctx, user, next)
}

// PutDevices replaces all devices of an account by what the server says.
func (s *keystore) PutDevices(ctx context.Context, user id.UserID, devices map[id.DeviceID]*id.Device) error {
	next := &tracked{Devices: map[id.DeviceID]*id.Device{}}
	for k, d := range devices {
		one := *d
		next.Devices[k] = &one
	}
	return s.putPerson(ctx, user, next)
}

// FilterTrackedUsers returns those accounts whose devices are known.
func (s *keystore) FilterTrackedUsers(_ context.Context, users []id.UserID) ([]id.UserID, error) {
	var out []id.UserID
	for _, u := range users {
		t, err := s.known(u)
		if err != nil {
			return nil, err
		}
		if t != nil {
			out = append(out, u)
		}
	}
	return out, nil
}

// MarkTrackedUsersOutdated notes that the devices of accounts are others now.
func (s *keystore) MarkTrackedUsersOutdated(ctx context.Context, users []id.UserID) error {
	for _, u := range users {
		t, err := s.known(u)
		if err != nil {
			return err
		}
		if t == nil || t.Outdated {
			continue
		}
		if err := s.putPerson(ctx, u, &tracked{Devices: t.Devices, Outdated: true}); err != nil {
			return err
		}
	}
	return nil
}

// GetOutdatedTrackedUsers returns the accounts whose devices must be asked for anew.
func (s *keystore) GetOutdatedTrackedUsers(context.Context) ([]id.UserID, error) {
	found, err := s.rows.list(key("devices", ""))
	if err != nil {
		return nil, err
	}
	var out []id.UserID
	for _, p := range found {
		var t tracked
		if err := json.Unmarshal(p.value, &t); err != nil {
			return nil, fmt.Errorf("read devices: %w", err)
		}
		if t.Outdated {
			out = append(out, id.UserID(nameIn(p.key)))
		}
	}
	return out, nil
}

// allTracked returns all accounts whose devices are known.
func (s *keystore) allTracked() ([]id.UserID, error) {
	found, err := s.rows.list(key("devices", ""))
	out := make([]id.UserID, 0, len(found))
	for _, p := range found {
		out = append(out, id.UserID(nameIn(p.key)))
	}
	return out, err
}

// PutCrossSigningKey keeps one of an account's own keys, with the first that we ever saw in its place.
func (s *keystore) PutCrossSigningKey(ctx context.Context, user id.UserID, usage id.CrossSigningUsage, k id.Ed25519) error {
	all, err := s.GetCrossSigningKeys(ctx, user)
	if err != nil {
		return err
	}
	first := all[usage].First
	if first == "" {
		first = k
	}
	all[usage] = id.CrossSigningKey{Key: k, First: first}
	return s.rows.putJSON(ctx, key("cross", string(user)), all)
}

// GetCrossSigningKeys returns an account's own keys; never nil.
func (s *keystore) GetCrossSigningKeys(_ context.Context, user id.UserID) (map[id.CrossSigningUsage]id.CrossSigningKey, error) {
	all := map[id.CrossSigningUsage]id.CrossSigningKey{}
	_, err := s.rows.getJSON(key("cross", string(user)), &all)
	return all, err
}

// ResetMasterKeyTOFU takes an account's present key for the first.
func (s *keystore) ResetMasterKeyTOFU(ctx context.Context, user id.UserID, k id.Ed25519) error {
	all, err := s.GetCrossSigningKeys(ctx, user)
	if err != nil {
		return err
	}
	if all[id.XSUsageMaster].Key != k {
		return fmt.Errorf("that is not the key of %s", user)
	}
	all[id.XSUsageMaster] = id.CrossSigningKey{Key: k, First: k}
	return s.rows.putJSON(ctx, key("cross", string(user)), all)
}

// signatures are those of one key: who has signed it, with which key.
type signatures map[id.UserID]map[id.Ed25519]string

func (s *keystore) signaturesOf(user id.UserID, k id.Ed25519) (signatures, error) {
	all := signatures{}
	_, err := s.rows.getJSON(key("signed", string(user), string(k)), &all)
	return all, err
}

// PutSignature keeps a signature.
func (s *keystore) PutSignature(ctx context.Context, user id.UserID, k id.Ed25519, by id.UserID, with id.Ed25519, signature string) error {
	all, err := s.signaturesOf(user, k)
	if err != nil {
		return err
	}
	if all[by] == nil {
		all[by] = map[id.Ed25519]string{}
	}
	if all[by][with] == signature {
		return nil
	}
	all[by][with] = signature
	return s.rows.putJSON(ctx, key("signed", string(user), string(k)), all)
}

// IsKeySignedBy tells whether a key is signed with another.
func (s *keystore) IsKeySignedBy(_ context.Context, user id.UserID, k id.Ed25519, by id.UserID, with id.Ed25519) (bool, error) {
	all, err := s.signaturesOf(user, k)
	_, ok := all[by][with]
	return ok, err
}

// GetSignaturesForKeyBy returns one account's signatures of a key.
func (s *keystore) GetSignaturesForKeyBy(_ context.Context, user id.UserID, k id.Ed25519, by id.UserID) (map[id.Ed25519]string, error) {
	all, err := s.signaturesOf(user, k)
	return all[by], err
}

// DropSignaturesByKey forgets all that was signed with a key, and returns how much that was.
func (s *keystore) DropSignaturesByKey(ctx context.Context, by id.UserID, with id.Ed25519) (int64, error) {
	found, err := s.rows.list(key("signed", ""))
	if err != nil {
		return 0, err
	}
	var n int64
	for _, p := range found {
		var all signatures
		if err := json.Unmarshal(p.value, &all); err != nil {
			return n, fmt.Errorf("read signatures: %w", err)
		}
		if _, ok := all[by][with]; !ok {
			continue
		}
		delete(all[by], with)
		if err := s.rows.putJSON(ctx, p.key, all); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
