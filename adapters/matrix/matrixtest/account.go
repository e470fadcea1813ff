package matrixtest

import (
	"crypto/hmac"
	"crypto/sha1" // as registration by shared secret wants it
	"encoding/hex"
	"encoding/json"
	"strings"
)

// account is a person, the bot or a ghost.
type account struct {
	id       string
	password string
	profile  profile
	rooms    map[string]*room // every room it ever had a membership in
	data     map[string]json.RawMessage
	dataAt   map[string]int // type → position of the log at which it was set
}

type profile struct {
	Name   string `json:"displayname,omitempty"`
	Avatar string `json:"avatar_url,omitempty"`
}

// session is a device with its token, or the application service.
type session struct {
	user    string
	device  string
	service bool
}

func (s *Server) makeAccount(id, password string) *account {
	a := &account{
		id: id, password: password, profile: profile{Name: localpart(id)}, rooms: map[string]*room{},
		data: map[string]json.RawMessage{}, dataAt: map[string]int{},
	}
	s.accounts[id] = a
	return a
}

func localpart(id string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(id, "@"), ":")
	return name
}

// signIn makes a session; an older one of the same device ends.
func (s *Server) signIn(user, device string) map[string]string {
	if device == "" {
		device = strings.ToUpper(random()[:10])
	}
	for t, sess := range s.sessions {
		if !sess.service && sess.user == user && sess.device == device {
			delete(s.sessions, t)
		}
	}
	token := "syt_" + random()
	s.sessions[token] = &session{user: user, device: device}
	return map[string]string{
		"user_id": user, "access_token": token, "device_id": device, "home_server": s.o.ServerName,
	}
}

// Deauthorise ends all sessions of an account, as an operator of the server could.
func (s *Server) Deauthorise(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, sess := range s.sessions {
		if !sess.service && sess.user == user {
			delete(s.sessions, t)
		}
	}
}

// Token returns an access token for an account, as a person would copy it from his client.
func (s *Server) Token(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIn(user, "")["access_token"]
}

// Sessions returns how many devices an account is signed in with.
func (s *Server) Sessions(user string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, sess := range s.sessions {
		if !sess.service && sess.user == user {
			n++
		}
	}
	return n
}

// Membership returns what an account is in a room: invite, join, leave or ban.
func (s *Server) Membership(room, user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[room]; r != nil {
		return r.membership(user)
	}
	return "leave"
}

func (s *Server) loginFlows(*call) (any, error) {
	return json.RawMessage(`{"flows":[{"type":"m.login.password"},{"type":"m.login.application_service"}]}`), nil
}

type loginRequest struct {
	Type       string `json:"type"`
	User       string `json:"user"`
	Password   string `json:"password"`
	Device     string `json:"device_id"`
	Identifier struct {
		User string `json:"user"`
	} `json:"identifier"`
}

func (s *Server) login(c *call) (any, error) {
	var q loginRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	id := q.Identifier.User
	if id == "" {
		id = q.User
	}
	if !strings.HasPrefix(id, "@") {
		id = s.userID(strings.ToLower(id))
	}
	a := s.accounts[id]
	switch q.Type {
	case "m.login.password":
		if a == nil || a.password == "" || a.password != q.Password {
			return nil, fail(403, "M_FORBIDDEN", "Invalid username or password")
		}
	case "m.login.application_service":
		if s.o.ServiceDevices {
			return nil, fail(400, "M_APPSERVICE_LOGIN_UNSUPPORTED", "This application service makes its devices by PUT")
		}
		if _, _, err := s.authenticate(c.r); err != nil || !s.sessions[tokenOf(c.r)].service || !s.owns(id) {
			return nil, fail(403, "M_FORBIDDEN", "Invalid access_token or user")
		}
		if a == nil {
			return nil, fail(403, "M_FORBIDDEN", "User not registered")
		}
	default:
		return nil, fail(400, "M_UNKNOWN", "Unknown login type "+q.Type)
	}
	return s.signIn(id, q.Device), nil
}

func (s *Server) logout(c *call) (any, error) {
	if c.who.service {
		return nil, fail(400, "M_UNKNOWN", "Application services cannot log out")
	}
	s.dropDevice(deviceName{c.user, c.who.device})
	return empty{}, nil
}

func (s *Server) whoami(c *call) (any, error) {
	who := map[string]any{"user_id": c.user, "is_guest": false}
	if !c.who.service {
		who["device_id"] = c.who.device
	}
	return who, nil
}

func (s *Server) nonce(*call) (any, error) {
	n := random()
	s.nonces[n] = true
	return map[string]string{"nonce": n}, nil
}

// registerBySecret is Synapse's admin call for accounts, that Dendrite has too.
func (s *Server) registerBySecret(c *call) (any, error) {
	var q struct {
		Nonce    string `json:"nonce"`
		User     string `json:"username"`
		Name     string `json:"displayname"`
		Password string `json:"password"`
		Admin    bool   `json:"admin"`
		MAC      string `json:"mac"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if !s.nonces[q.Nonce] {
		return nil, fail(400, "M_UNKNOWN", "unrecognised nonce")
	}
	delete(s.nonces, q.Nonce)
	kind := "notadmin"
	if q.Admin {
		kind = "admin"
	}
	h := hmac.New(sha1.New, []byte(s.o.Secret))
	h.Write([]byte(strings.Join([]string{q.Nonce, q.User, q.Password, kind}, "\x00")))
	if !hmac.Equal([]byte(hex.EncodeToString(h.Sum(nil))), []byte(q.MAC)) {
		return nil, fail(403, "M_FORBIDDEN", "HMAC incorrect")
	}
	a, err := s.createAccount(q.User, q.Password)
	if err != nil {
		return nil, err
	}
	if q.Name != "" {
		a.profile.Name = q.Name
	}
	return s.signIn(a.id, ""), nil
}

func (s *Server) createAccount(name, password string) (*account, error) {
	if name == "" || len(name) > 200 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._=/+-") != "" {
		return nil, fail(400, "M_INVALID_USERNAME", "User ID can only contain characters a-z, 0-9, or '=_-./+'")
	}
	id := s.userID(name)
	if s.accounts[id] != nil {
		return nil, fail(400, "M_USER_IN_USE", "User ID already taken.")
	}
	return s.makeAccount(id, password), nil
}

// registerAccount is open to the application service only.
func (s *Server) registerAccount(c *call) (any, error) {
	var q struct {
		Type    string `json:"type"`
		User    string `json:"username"`
		Inhibit bool   `json:"inhibit_login"`
		Device  string `json:"device_id"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.Type != "m.login.application_service" {
		return nil, fail(403, "M_FORBIDDEN", "Registration has been disabled")
	}
	sess := s.sessions[tokenOf(c.r)]
	if sess == nil || !sess.service {
		return nil, fail(401, "M_UNKNOWN_TOKEN", "Unrecognised application service token")
	}
	if id := s.userID(q.User); !s.owns(id) && id != sess.user {
		return nil, fail(400, "M_EXCLUSIVE", "Invalid user localpart for this application service.")
	}
	a, err := s.createAccount(q.User, "")
	if err != nil {
		return nil, err
	}
	if q.Inhibit {
		return map[string]string{"user_id": a.id, "home_server": s.o.ServerName}, nil
	}
	return s.signIn(a.id, q.Device), nil
}

func (s *Server) profile(c *call) (any, error) {
	a := s.accounts[c.path("user")]
	if a == nil {
		return nil, fail(404, "M_NOT_FOUND", "Profile was not found")
	}
	switch c.path("field") {
	case "":
		return a.profile, nil
	case "displayname":
		return profile{Name: a.profile.Name}, nil
	case "avatar_url":
		return profile{Avatar: a.profile.Avatar}, nil
	}
	return nil, fail(404, "M_NOT_FOUND", "No such field")
}

func (s *Server) setProfile(c *call) (any, error) {
	if c.path("user") != c.user {
		return nil, fail(403, "M_FORBIDDEN", "Cannot set another user's displayname")
	}
	a := s.accounts[c.user]
	p := a.profile
	if err := c.decode(&p); err != nil {
		return nil, err
	}
	if len(p.Name) > 256 {
		return nil, fail(400, "M_UNKNOWN", "Displayname is too long (max 256)")
	}
	if p == a.profile {
		return empty{}, nil
	}
	a.profile = p
	for _, r := range a.rooms {
		if r.membership(a.id) == "join" {
			s.addMember(r, a.id, a.id, "join", "")
		}
	}
	return empty{}, nil
}

func (s *Server) accountData(c *call) (any, error) {
	if c.path("user") != c.user {
		return nil, fail(403, "M_FORBIDDEN", "Cannot get account data for other users.")
	}
	if d := s.accounts[c.user].data[c.path("type")]; d != nil {
		return d, nil
	}
	return nil, fail(404, "M_NOT_FOUND", "Account data not found")
}

func (s *Server) setAccountData(c *call) (any, error) {
	if c.path("user") != c.user {
		return nil, fail(403, "M_FORBIDDEN", "Cannot add account data for other users.")
	}
	if err := checkContent(c.body); err != nil {
		return nil, err
	}
	a := s.accounts[c.user]
	mark := &event{pos: len(s.log) + 1} // takes a position in the log and says nothing in any room
	s.log = append(s.log, mark)
	a.data[c.path("type")], a.dataAt[c.path("type")] = c.body, mark.pos
	for w := range s.waiters {
		if w.user == a.id {
			w.wake()
		}
	}
	return empty{}, nil
}

// roomAccountData is what an account keeps for itself about a room, under the room's id among its data.
func (s *Server) roomAccountData(c *call) (any, error) {
	if c.path("user") != c.user {
		return nil, fail(403, "M_FORBIDDEN", "Cannot get account data for other users.")
	}
	if d := s.accounts[c.user].data[c.path("room")+" "+c.path("type")]; d != nil {
		return d, nil
	}
	return nil, fail(404, "M_NOT_FOUND", "Room account data not found")
}

func (s *Server) setRoomAccountData(c *call) (any, error) {
	if c.path("user") != c.user {
		return nil, fail(403, "M_FORBIDDEN", "Cannot add account data for other users.")
	}
	if _, err := s.room(c.path("room")); err != nil {
		return nil, err
	}
	if err := checkContent(c.body); err != nil {
		return nil, err
	}
	s.accounts[c.user].data[c.path("room")+" "+c.path("type")] = c.body
	return empty{}, nil
}
