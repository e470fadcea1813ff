package matrixtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxBody is the largest JSON body a call may have.
const maxBody = 1 << 20

// refusal is an error of the Matrix API.
type refusal struct {
	status int
	code   string
	text   string
}

func (e *refusal) Error() string { return e.code + ": " + e.text }

func fail(status int, code, text string) error {
	return &refusal{status: status, code: code, text: text}
}

// call is one request with its sender.
type call struct {
	r    *http.Request
	body []byte
	who  *session // nil on calls without a token
	user string   // who acts: the session's user, or whom the application service plays
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// decode reads the JSON body into v; an empty body is an empty object.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return fail(400, "M_NOT_JSON", "Content not JSON.")
	}
	return nil
}

// answer is what a call does; it runs under the server's lock.
type answer func(c *call) (any, error)

type empty struct{}

const (
	v3 = "/_matrix/client/v3"
	rm = v3 + "/rooms/{room}"
)

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, nil, fail(404, "M_UNRECOGNIZED", "Unrecognized request"))
	})
	s.open("GET /_matrix/client/versions", s.versions)
	s.open("GET "+v3+"/login", s.loginFlows)
	s.open("POST "+v3+"/login", s.login)
	s.open("GET /_synapse/admin/v1/register", s.nonce)
	s.open("POST /_synapse/admin/v1/register", s.registerBySecret)
	s.open("POST "+v3+"/register", s.registerAccount)
	s.open("GET "+v3+"/profile/{user}", s.profile)
	s.open("GET "+v3+"/profile/{user}/{field}", s.profile)
	s.on("PUT "+v3+"/profile/{user}/{field}", s.setProfile)
	s.on("POST "+v3+"/logout", s.logout)
	s.on("GET "+v3+"/account/whoami", s.whoami)
	s.on("GET "+v3+"/capabilities", s.capabilities)
	s.on("GET "+v3+"/user/{user}/account_data/{type}", s.accountData)
	s.on("PUT "+v3+"/user/{user}/account_data/{type}", s.setAccountData)
	s.on("GET "+v3+"/user/{user}/rooms/{room}/account_data/{type}", s.roomAccountData)
	s.on("PUT "+v3+"/user/{user}/rooms/{room}/account_data/{type}", s.setRoomAccountData)
	s.on("POST "+v3+"/user/{user}/filter", s.setFilter)
	s.on("GET "+v3+"/user/{user}/filter/{filter}", s.filter)
	s.on("PUT "+v3+"/presence/{user}/status", s.ignore)
	s.on("GET "+v3+"/joined_rooms", s.joinedRooms)
	s.on("POST "+v3+"/createRoom", s.createRoom)
	s.on("POST "+v3+"/join/{room}", s.join)
	s.on("POST "+v3+"/knock/{room}", s.knock)
	s.on("GET "+v3+"/directory/room/{alias}", s.resolve)
	s.roomRoutes()
	s.keyRoutes()
	s.on("GET /_matrix/client/v1/media/config", s.mediaConfig)
	s.on("GET "+"/_matrix/media/v3/config", s.mediaConfig)
	s.mux.HandleFunc("GET "+v3+"/sync", s.sync)
	s.mux.HandleFunc("POST /_matrix/media/v3/upload", s.upload)
	s.mux.HandleFunc("GET /_matrix/client/v1/media/download/{server}/{media}", s.download)
	s.mux.HandleFunc("GET /_matrix/client/v1/media/download/{server}/{media}/{name}", s.download)
}

// roomRoutes are the calls about one room.
func (s *Server) roomRoutes() {
	s.on("POST "+rm+"/join", s.join)
	s.on("POST "+rm+"/invite", s.invite)
	s.on("POST "+rm+"/leave", s.leave)
	s.on("POST "+rm+"/kick", s.kick)
	s.on("POST "+rm+"/ban", s.ban)
	s.on("POST "+rm+"/unban", s.unban)
	s.on("POST "+rm+"/forget", s.forget)
	s.on("POST "+rm+"/upgrade", s.upgrade)
	s.on("PUT "+rm+"/send/{type}/{txn}", s.send)
	s.on("PUT "+rm+"/redact/{event}/{txn}", s.redact)
	s.on("PUT "+rm+"/state/{type}", s.setRoomState)
	s.on("PUT "+rm+"/state/{type}/{key...}", s.setRoomState)
	s.on("GET "+rm+"/state", s.roomState)
	s.on("GET "+rm+"/state/{type}", s.roomStateOf)
	s.on("GET "+rm+"/state/{type}/{key...}", s.roomStateOf)
	s.on("GET "+rm+"/members", s.roomMembers)
	s.on("GET "+rm+"/joined_members", s.joinedMembers)
	s.on("GET "+rm+"/messages", s.messages)
	s.on("GET "+rm+"/event/{event}", s.event)
	s.on("GET /_matrix/client/v1/rooms/{room}/relations/{event}", s.relations)
	s.on("GET /_matrix/client/v1/rooms/{room}/relations/{event}/{rel}", s.relations)
	s.on("GET /_matrix/client/v1/rooms/{room}/relations/{event}/{rel}/{type}", s.relations)
	s.on("PUT "+rm+"/typing/{user}", s.ignore)
	s.on("POST "+rm+"/receipt/{type}/{event}", s.ignore)
	s.on("POST "+rm+"/read_markers", s.ignore)
}

// on adds a call that needs a token, open one that does not.
func (s *Server) on(pattern string, a answer)   { s.route(pattern, a, true) }
func (s *Server) open(pattern string, a answer) { s.route(pattern, a, false) }

func (s *Server) route(pattern string, a answer, token bool) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c, err := s.receive(w, r, token)
		if err != nil {
			write(w, nil, err)
			return
		}
		s.mu.Lock()
		v, err := a(c)
		s.mu.Unlock()
		write(w, v, err)
	})
}

// receive reads the body and finds out who calls.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, token bool) (*call, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, fail(413, "M_TOO_LARGE", "Request body too large")
	}
	c := &call{r: r, body: body}
	if !token {
		return c, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.who, c.user, err = s.authenticate(r)
	return c, err
}

// authenticate returns the session of a call and the user who acts.
func (s *Server) authenticate(r *http.Request) (*session, string, error) {
	t := tokenOf(r)
	if t == "" {
		return nil, "", fail(401, "M_MISSING_TOKEN", "Missing access token")
	}
	sess := s.sessions[t]
	if sess == nil {
		return nil, "", fail(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
	}
	if !sess.service {
		return sess, sess.user, nil
	}
	user := r.URL.Query().Get("user_id")
	if user == "" {
		return sess, sess.user, nil
	}
	if user != sess.user && !s.owns(user) {
		return nil, "", fail(403, "M_FORBIDDEN", "Application service cannot masquerade as this user ("+user+").")
	}
	if s.accounts[user] == nil {
		return nil, "", fail(403, "M_FORBIDDEN", "Application service has not registered this user ("+user+")")
	}
	return sess, user, nil
}

func tokenOf(r *http.Request) string {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return t
	}
	return r.URL.Query().Get("access_token")
}

func write(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err == nil {
		_, _ = w.Write(mustJSON(v)) // the caller may have gone
		return
	}
	var no *refusal
	if !errors.As(err, &no) {
		no = &refusal{500, "M_UNKNOWN", "Internal server error"}
	}
	w.WriteHeader(no.status)
	_, _ = w.Write(mustJSON(map[string]string{"errcode": no.code, "error": no.text})) // the caller may have gone
}

// ignore accepts what has no meaning here.
func (s *Server) ignore(*call) (any, error) { return empty{}, nil }

func (s *Server) versions(*call) (any, error) {
	return map[string]any{"versions": []string{"v1.1", "v1.2", "v1.11", "v1.12"}, "unstable_features": empty{}}, nil
}

func (s *Server) capabilities(*call) (any, error) {
	return json.RawMessage(`{"capabilities":{"m.room_versions":{"default":"10","available":{"10":"stable"}},` +
		`"m.change_password":{"enabled":false}}}`), nil
}
