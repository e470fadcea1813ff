package matrixtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Registration is what an application service and its homeserver agree upon. Its JSON is also YAML, so
// the same file serves the adapter, Dendrite and Synapse.
type Registration struct {
	ID         string     `json:"id"`
	URL        *string    `json:"url"` // nil: the server pushes nothing
	AS         string     `json:"as_token"`
	HS         string     `json:"hs_token"`
	Sender     string     `json:"sender_localpart"`
	RateLimit  bool       `json:"rate_limited"`
	Namespaces Namespaces `json:"namespaces"`
}

// Namespaces are the names that belong to an application service.
type Namespaces struct {
	Users   []Namespace `json:"users"`
	Aliases []Namespace `json:"aliases"`
	Rooms   []Namespace `json:"rooms"`
}

// Namespace is one pattern of full ids.
type Namespace struct {
	Exclusive bool   `json:"exclusive"`
	Regex     string `json:"regex"`
}

// NewRegistration returns a registration of Potluck for a server: url null, the bot and the ghosts
// "@potluck_…" in exclusive namespaces, and a sender that nobody ever sees.
func NewRegistration(server string) Registration {
	host := regexp.QuoteMeta(server)
	return Registration{
		ID: "potluck", AS: random(), HS: random(), Sender: "as_" + random(),
		Namespaces: Namespaces{
			Users: []Namespace{
				{Exclusive: true, Regex: "@potluck_.*:" + host},
				{Exclusive: true, Regex: "@" + botLocalpart + ":" + host},
			},
			Aliases: []Namespace{}, Rooms: []Namespace{},
		},
	}
}

// WriteFile writes the registration to a file.
func (r Registration) WriteFile(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode registration: %w", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("write registration: %w", err)
	}
	return nil
}

// owns tells whether a full user id is in one of the namespaces. The whole id must match.
func (s *Server) owns(user string) bool {
	for _, n := range s.owned {
		if n.MatchString(user) {
			return true
		}
	}
	return false
}

// Registration returns the registration of Potluck's application service; it is in force only with
// Options.AppService.
func (s *Server) Registration() Registration { return s.reg }

// RegistrationFile returns the path of the file with the registration, empty without one.
func (s *Server) RegistrationFile() string { return s.regFile }

func (s *Server) register() error {
	s.reg = NewRegistration(s.o.ServerName)
	if !s.o.AppService {
		return nil
	}
	dir := s.o.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "matrixtest"); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		s.dir = dir
	}
	s.regFile = filepath.Join(dir, "registration.yaml")
	if err := s.reg.WriteFile(s.regFile); err != nil {
		return err
	}
	for _, n := range s.reg.Namespaces.Users {
		re, err := regexp.Compile("^(?:" + n.Regex + ")$")
		if err != nil {
			return fmt.Errorf("compile namespace: %w", err)
		}
		s.owned = append(s.owned, re)
	}
	sender := s.userID(s.reg.Sender)
	s.makeAccount(sender, "")
	s.sessions[s.reg.AS] = &session{user: sender, service: true}
	return nil
}
