package matrixtest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// keyRoutes are the calls about devices and their keys.
func (s *Server) keyRoutes() {
	s.on("GET "+v3+"/devices", s.listDevices)
	s.on("PUT "+v3+"/devices/{device}", s.putDevice)
	s.onProof("DELETE "+v3+"/devices/{device}", s.deleteDevice)
	s.on("POST "+v3+"/keys/upload", s.uploadKeys)
	s.on("POST "+v3+"/keys/query", s.queryKeys)
	s.on("POST "+v3+"/keys/claim", s.claimKeys)
	s.on("POST "+v3+"/keys/signatures/upload", s.uploadSignatures)
	s.onProof("POST "+v3+"/keys/device_signing/upload", s.uploadCrossSigning)
	s.on("PUT "+v3+"/sendToDevice/{type}/{txn}", s.sendToDevice)
}

// crossKeys are an account's own keys: master, self_signing and user_signing.
type crossKeys map[string]map[string]json.RawMessage

func (s *Server) uploadKeys(c *call) (any, error) {
	d, err := s.device(c)
	if err != nil {
		return nil, err
	}
	var q struct {
		Device   map[string]json.RawMessage `json:"device_keys"`
		Once     map[string]json.RawMessage `json:"one_time_keys"`
		Fallback map[string]json.RawMessage `json:"fallback_keys"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	for name, k := range q.Once {
		if old, ok := d.once[name]; ok && !sameJSON(old, k) {
			return nil, fail(400, "M_INVALID_PARAM", "One time key "+name+" already exists.")
		}
	}
	if q.Device != nil {
		var of struct{ User, Device string }
		_ = json.Unmarshal(q.Device["user_id"], &of.User)     // nothing is nobody's
		_ = json.Unmarshal(q.Device["device_id"], &of.Device) // nothing is nobody's
		if of.User != d.user || of.Device != d.id {
			return nil, fail(400, "M_INVALID_PARAM", "device_keys are of another device")
		}
		if !sameJSON(mustJSON(d.keys), mustJSON(q.Device)) {
			d.keys = q.Device
			s.keysChange(d.user)
		}
	}
	for name, k := range q.Once {
		if _, again := d.once[name]; !again {
			d.order = append(d.order, name)
		}
		d.once[name] = k
	}
	if q.Fallback != nil {
		d.fallback = q.Fallback
	}
	return map[string]any{"one_time_key_counts": d.keysLeft()}, nil
}

func (d *device) keysLeft() map[string]int {
	return map[string]int{"signed_curve25519": len(d.once)}
}

// shown returns the device's keys as others see them.
func (d *device) shown() map[string]json.RawMessage {
	return withSignatures(d.keys, d.signed)
}

// withSignatures adds signatures to a signed object.
func withSignatures(o map[string]json.RawMessage, more signatures) map[string]json.RawMessage {
	all := signatures{}
	_ = json.Unmarshal(o["signatures"], &all) // an object without signatures gets those
	for user, keys := range more {
		if all[user] == nil {
			all[user] = map[string]string{}
		}
		maps.Copy(all[user], keys)
	}
	out := maps.Clone(o)
	out["signatures"] = mustJSON(all)
	return out
}

func (s *Server) queryKeys(c *call) (any, error) {
	var q struct {
		Users map[string][]string `json:"device_keys"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	keys := map[string]map[string]any{}
	cross := map[string]map[string]any{"master": {}, "self_signing": {}, "user_signing": {}}
	for user, ids := range q.Users {
		if s.accounts[user] == nil {
			continue
		}
		keys[user] = map[string]any{}
		for _, id := range s.devicesOf(user) {
			if d := s.devices[deviceName{user, id}]; d != nil && d.keys != nil && (len(ids) == 0 || contains(ids, id)) {
				keys[user][id] = d.shown()
			}
		}
		for kind, k := range s.cross[user] {
			if kind != "user_signing" || user == c.user {
				cross[kind][user] = k
			}
		}
	}
	return map[string]any{
		"device_keys": keys, "failures": empty{}, "master_keys": cross["master"],
		"self_signing_keys": cross["self_signing"], "user_signing_keys": cross["user_signing"],
	}, nil
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func (s *Server) claimKeys(c *call) (any, error) {
	var q struct {
		Users map[string]map[string]string `json:"one_time_keys"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	out := map[string]map[string]map[string]json.RawMessage{}
	for user, ids := range q.Users {
		for id, kind := range ids {
			name, k := s.devices[deviceName{user, id}].claim(kind)
			if name == "" {
				continue
			}
			if out[user] == nil {
				out[user] = map[string]map[string]json.RawMessage{}
			}
			out[user][id] = map[string]json.RawMessage{name: k}
		}
	}
	return map[string]any{"one_time_keys": out, "failures": empty{}}, nil
}

// claim takes the oldest one-time key of a kind, or else the fallback.
func (d *device) claim(kind string) (string, json.RawMessage) {
	if d == nil {
		return "", nil
	}
	for i, name := range d.order {
		if strings.HasPrefix(name, kind+":") {
			k := d.once[name]
			d.order = append(d.order[:i:i], d.order[i+1:]...)
			delete(d.once, name)
			return name, k
		}
	}
	for name, k := range d.fallback {
		if strings.HasPrefix(name, kind+":") {
			return name, k
		}
	}
	return "", nil
}

func (s *Server) uploadCrossSigning(c *call) (any, error) {
	if err := s.proven(c); err != nil {
		return nil, err
	}
	var q map[string]json.RawMessage
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	mine := s.cross[c.user]
	if mine == nil {
		mine = crossKeys{}
	}
	for _, kind := range []string{"master", "self_signing", "user_signing"} {
		var k map[string]json.RawMessage
		if raw, ok := q[kind+"_key"]; ok {
			if json.Unmarshal(raw, &k) != nil || k["keys"] == nil {
				return nil, fail(400, "M_INVALID_PARAM", kind+" key is none")
			}
			mine[kind] = k
		}
	}
	s.cross[c.user] = mine
	s.keysChange(c.user)
	return empty{}, nil
}

// uploadSignatures adds signatures to devices and to accounts' keys; what is signed must be there as it is.
func (s *Server) uploadSignatures(c *call) (any, error) {
	var q map[string]map[string]map[string]json.RawMessage
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	failures := map[string]map[string]any{}
	for user, things := range q {
		for name, thing := range things {
			var signs signatures
			if json.Unmarshal(thing["signatures"], &signs) == nil && s.sign(user, name, signs) {
				continue
			}
			failures[user] = map[string]any{name: map[string]string{"errcode": "M_NOT_FOUND", "error": "No such key"}}
		}
		s.keysChange(user)
	}
	return map[string]any{"failures": failures}, nil
}

func (s *Server) sign(user, name string, signs signatures) bool {
	if d := s.devices[deviceName{user, name}]; d != nil && d.keys != nil {
		for who, keys := range signs {
			if d.signed[who] == nil {
				d.signed[who] = map[string]string{}
			}
			maps.Copy(d.signed[who], keys)
		}
		return true
	}
	for kind, k := range s.cross[user] {
		var keys map[string]string
		if json.Unmarshal(k["keys"], &keys) == nil && keys["ed25519:"+name] != "" {
			s.cross[user][kind] = withSignatures(k, signs)
			return true
		}
	}
	return false
}

// CrossSigned tells whether a device is signed with its account's own key.
func (s *Server) CrossSigned(user, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[deviceName{user, id}]
	var keys map[string]string
	if d == nil || json.Unmarshal(s.cross[user]["self_signing"]["keys"], &keys) != nil {
		return false
	}
	for name := range keys {
		if d.signed[user][name] != "" {
			return true
		}
	}
	return false
}

// Kind returns the type of an event as the server sees it, empty if there is no such event.
func (s *Server) Kind(event string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.events[event]; e != nil {
		return e.kind
	}
	return ""
}

// Sealed returns the contents of all encrypted events that an account has sent, by event.
func (s *Server) Sealed(sender string) map[string]json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]json.RawMessage{}
	for _, e := range s.log {
		if e.kind == "m.room.encrypted" && e.sender == sender {
			out[e.id] = e.content
		}
	}
	return out
}

// SpoilMedia changes one bit of every file.
func (s *Server) SpoilMedia() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, f := range s.media {
		f.bytes = slices.Clone(f.bytes)
		if len(f.bytes) > 0 {
			f.bytes[0] ^= 1
		}
		s.media[id] = f
	}
}

// InTheOpen returns the types of the events that people could read in rooms that are encrypted, and should not be.
func (s *Server) InTheOpen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, e := range s.log {
		r := s.rooms[e.room]
		if r == nil || e.key != nil || r.stateContent("m.room.encryption", "") == nil {
			continue
		}
		if !contains([]string{"m.room.encrypted", "m.reaction", "m.room.redaction"}, e.kind) {
			out = append(out, e.kind)
		}
	}
	return out
}

// Master returns an account's own key as the server has it, empty if it has none.
func (s *Server) Master(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.cross[user]["master"]["keys"])
}

// KeysLeft returns how many one-time keys a device has left.
func (s *Server) KeysLeft(user, id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.devices[deviceName{user, id}]; d != nil {
		return len(d.once)
	}
	return 0
}
