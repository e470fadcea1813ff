package matrixtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// device is one device of an account, with the keys that it has published and what others have sent to it.
type device struct {
	user, id string
	keys     map[string]json.RawMessage // of device_keys, nil before it has published any
	signed   signatures                 // that others have added
	once     map[string]json.RawMessage // one-time keys
	order    []string                   // of the one-time keys
	fallback map[string]json.RawMessage
	letters  []letter
}

// letter is a message from device to device.
type letter struct {
	pos int
	raw json.RawMessage
}

// signatures are those on one object: who, with which key.
type signatures map[string]map[string]string

type deviceName struct{ user, id string }

// deviceOf returns which device makes a call, empty if none does. An application service plays one by naming it.
func (c *call) deviceOf() string {
	if !c.who.service {
		return c.who.device
	}
	if d := c.query("device_id"); d != "" {
		return d
	}
	return c.query("org.matrix.msc3202.device_id")
}

// device returns the device that makes a call. A service's must have been made before.
func (s *Server) device(c *call) (*device, error) {
	name := deviceName{c.user, c.deviceOf()}
	if name.id == "" {
		return nil, fail(400, "M_MISSING_PARAM", "To upload keys, you must pass device_id when authenticating")
	}
	d := s.devices[name]
	if d == nil && c.who.service {
		return nil, fail(400, "M_UNKNOWN_DEVICE", "Application service has not made this device")
	}
	if d == nil {
		d = s.makeDevice(name)
	}
	return d, nil
}

func (s *Server) makeDevice(name deviceName) *device {
	d := &device{user: name.user, id: name.id, signed: signatures{}, once: map[string]json.RawMessage{}}
	s.devices[name] = d
	return d
}

// devicesOf returns the ids of all devices of an account, in order.
func (s *Server) devicesOf(user string) []string {
	ids := map[string]bool{}
	for name := range s.devices {
		if name.user == user {
			ids[name.id] = true
		}
	}
	for _, sess := range s.sessions {
		if !sess.service && sess.user == user {
			ids[sess.device] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// dropDevice signs a device out and forgets its keys. The caller holds the lock.
func (s *Server) dropDevice(name deviceName) {
	for t, sess := range s.sessions {
		if !sess.service && sess.user == name.user && sess.device == name.id {
			delete(s.sessions, t)
		}
	}
	if d := s.devices[name]; d != nil {
		delete(s.devices, name)
		s.keysChange(name.user)
	}
}

// DropDevice signs a device out and forgets its keys, as somebody does who ends a session in his settings.
func (s *Server) DropDevice(user, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropDevice(deviceName{user, id})
}

// Devices returns the ids of all devices of an account, in order.
func (s *Server) Devices(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devicesOf(user)
}

func (s *Server) listDevices(c *call) (any, error) {
	out := []map[string]string{}
	for _, id := range s.devicesOf(c.user) {
		out = append(out, map[string]string{"device_id": id})
	}
	return map[string]any{"devices": out}, nil
}

// putDevice makes a device for an application service, or renames one.
func (s *Server) putDevice(c *call) (any, error) {
	name := deviceName{c.user, c.path("device")}
	if slices.Contains(s.devicesOf(name.user), name.id) {
		return empty{}, nil
	}
	if !c.who.service || !s.o.ServiceDevices {
		return nil, fail(404, "M_NOT_FOUND", "No device found")
	}
	s.makeDevice(name)
	return empty{}, nil
}

func (s *Server) deleteDevice(c *call) (any, error) {
	if err := s.proven(c); err != nil {
		return nil, err
	}
	s.dropDevice(deviceName{c.user, c.path("device")})
	return empty{}, nil
}

// unproven is the answer to a call that wants the password once more.
type unproven struct{ session string }

func (unproven) Error() string { return "user-interactive authentication is required" }

func (u unproven) body() any {
	return map[string]any{
		"session": u.session, "params": empty{}, "flows": []map[string]any{{"stages": []string{"m.login.password"}}},
	}
}

// proven checks that the caller has given the account's password once more. Application services need none.
func (s *Server) proven(c *call) error {
	if c.who.service || s.owns(c.user) {
		return nil
	}
	var q struct {
		Auth struct {
			Type       string `json:"type"`
			Session    string `json:"session"`
			Password   string `json:"password"`
			Identifier struct {
				User string `json:"user"`
			} `json:"identifier"`
		} `json:"auth"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	a := s.accounts[c.user]
	if q.Auth.Type != "m.login.password" || q.Auth.Session == "" || !s.nonces[q.Auth.Session] {
		n := random()
		s.nonces[n] = true
		return unproven{n}
	}
	if q.Auth.Password != a.password || q.Auth.Identifier.User != c.user {
		return fail(403, "M_FORBIDDEN", "Invalid password")
	}
	delete(s.nonces, q.Auth.Session)
	return nil
}

// onProof adds a call that may want the password once more.
func (s *Server) onProof(pattern string, a answer) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c, err := s.receive(w, r, true)
		if err != nil {
			write(w, nil, err)
			return
		}
		s.mu.Lock()
		v, err := a(c)
		s.mu.Unlock()
		if u, ok := err.(unproven); ok { //nolint:errorlint // it is made by proven and never wrapped
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(mustJSON(u.body())) // the caller may have gone
			return
		}
		write(w, v, err)
	})
}
