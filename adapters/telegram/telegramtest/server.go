package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The bot's account.
const (
	botID    = 7100000001
	botToken = "7100000001:AAFakeTokenForLoopbackOnly_01234567"
	botName  = "Potluck"
	botUser  = "potluck_test_bot"
)

// Options say how the server differs from a plain, unlimited one. The zero value is good for benchmarks.
type Options struct {
	// Strict checks every request and every emitted update against the schema. A bad request gets 400, and
	// both go to Violations. It also records every call for Calls.
	Strict bool
	// Rates switches the token buckets on: one message a second in a chat with short bursts, twenty a minute in a group,
	// thirty a second over all, as core.telegram.org/bots/faq tells.
	Rates bool
	// Privacy switches the bot's privacy mode on: where it is no administrator it sees commands, replies to
	// it and service messages only.
	Privacy bool
	// StrictDelete refuses to delete messages older than 48 hours everywhere, as the text of the API says;
	// else only in private chats and basic groups, as the server does.
	StrictDelete bool
	// Latency delays each call but getUpdates, as a distant server does.
	Latency time.Duration
	// Second is how long the platform's second lasts in the waits that the server imposes on its own: the
	// 409 after 3 seconds, the webhook's retries. Zero means a real second.
	Second time.Duration
	// Now is the platform's clock. Nil means time.Now.
	Now func() time.Time
	// Bot is the bot's user name, empty for "potluck_test_bot".
	Bot string
}

// Server is one Telegram. Its methods are safe for concurrent use.
type Server struct {
	options Options
	schema  *schema
	finders []finder
	methods map[string]method
	http    *http.Server
	url     string
	stop    chan struct{}
	serving sync.WaitGroup

	mu         sync.Mutex // guards everything below
	users      map[int64]*user
	nextUser   int64
	chats      map[int64]*conversation
	nextChat   int64
	groups     []string // the names of groups and topics in the order in which they were made
	files      map[string]*file
	paths      map[string]*file
	nextFile   int
	albums     int
	links      int
	thrown     int // dice
	queue      updateQueue
	hook       webhook
	faults     []*Fault
	calls      []Call
	violations []string
	buckets    map[int64]*bucket
	commands   map[string]json.RawMessage
	callbacks  map[string]*callback
	polls      map[string]*poll
	listeners  map[chan struct{}]struct{}
	conns      map[net.Conn]struct{}
	down       bool
}

// method carries out one call. The server's lock is held; what it returns must not share memory that changes.
type method func(s *Server, c *call) (any, error)

// New starts a server on a free port of the loopback address. Close it when done.
func New(o Options) *Server {
	if o.Second == 0 {
		o.Second = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Bot == "" {
		o.Bot = botUser
	}
	words, err := readSchema()
	if err != nil {
		panic(err) // the schema is part of this binary
	}
	s := &Server{
		options: o, schema: words, finders: newFinders(), methods: methodTable(), stop: make(chan struct{}),
		users: map[int64]*user{}, nextUser: 5000000001, chats: map[int64]*conversation{}, nextChat: 2000000001,
		files: map[string]*file{}, paths: map[string]*file{}, buckets: map[int64]*bucket{},
		commands: map[string]json.RawMessage{}, callbacks: map[string]*callback{}, polls: map[string]*poll{},
		listeners: map[chan struct{}]struct{}{}, conns: map[net.Conn]struct{}{},
	}
	s.queue = newUpdateQueue()
	s.users[botID] = &user{id: botID, bot: true, name: botName, username: o.Bot}
	for _, u := range platformUsers() {
		s.users[u.id] = u
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("listen on loopback: %v", err))
	}
	s.url = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ErrorLog: log.New(io.Discard, "", 0), ConnState: s.track, ReadHeaderTimeout: 10 * time.Second}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s
}

// URL is the server's address without a path, as bot libraries want it.
func (s *Server) URL() string { return s.url }

// Token is the bot's token.
func (s *Server) Token() string { return botToken }

// BotID is the bot's user id.
func (s *Server) BotID() int64 { return botID }

// Close ends all calls and deliveries and returns when nothing runs any more.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	_ = s.http.Close()
	s.stopHook()
	s.serving.Wait()
}

// Violations returns what strict mode found against the schema, in order.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

// Call is one request that came, recorded in strict mode.
type Call struct {
	Method string // as the API spells it
	Values map[string]string
	Files  map[string]string // field name → file name
	Code   int               // the answer's error_code, 200 = done, 0 = the connection was dropped before
}

// Calls returns the recorded calls of a method in order, all of them for "".
func (s *Server) Calls(name string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if name == "" || strings.EqualFold(name, c.Method) {
			out = append(out, c)
		}
	}
	return out
}

// apiError is a refusal in the platform's words.
type apiError struct {
	code        int
	description string
	retryAfter  int
	migrateTo   int64
}

func (e *apiError) Error() string { return e.description }

func bad(format string, args ...any) error {
	return &apiError{code: 400, description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(text string) error {
	return &apiError{code: 403, description: "Forbidden: " + text}
}

type answer struct {
	OK          bool              `json:"ok"`
	Result      any               `json:"result,omitempty"`
	Code        int               `json:"error_code,omitempty"`
	Description string            `json:"description,omitempty"`
	Parameters  *answerParameters `json:"parameters,omitempty"`
}

type answerParameters struct {
	RetryAfter      int   `json:"retry_after,omitempty"`
	MigrateToChatID int64 `json:"migrate_to_chat_id,omitempty"`
}

// ServeHTTP answers one call, for tests that come here without a network.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.isDown() {
		drop(w)
		return
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.serveFile(w, r, path)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, name, cut := strings.Cut(rest, "/")
	if !ok || !cut {
		reply(w, nil, &apiError{code: 404, description: "Not Found"})
		return
	}
	if token != botToken {
		reply(w, nil, &apiError{code: 401, description: "Unauthorized"})
		return
	}
	c, err := readCall(w, r, strings.ToLower(name))
	if err != nil {
		reply(w, nil, err)
		return
	}
	s.answer(w, r, c)
}

// answer lets the call meet the faults, carries it out and writes what came of it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, c *call) {
	if s.options.Latency > 0 && c.method != "getupdates" && !s.pause(r, s.options.Latency) {
		return
	}
	fault := s.takeFault(c)
	if fault != nil && fault.Delay > 0 && !s.pause(r, fault.Delay) {
		return
	}
	if fault != nil && fault.Kind != DropAfter && fault.Kind != Slow {
		s.record(c, fault.answerCode())
		fault.write(w)
		return
	}
	result, err := s.execute(r, c)
	code := 200
	var refused *apiError
	if errors.As(err, &refused) {
		code = refused.code
	}
	s.record(c, code)
	s.checkResult(result)
	if fault != nil && fault.Kind == DropAfter {
		drop(w)
		return
	}
	if r.Context().Err() != nil {
		return
	}
	reply(w, result, err)
}

// execute carries out a call: the long ones manage the lock themselves.
func (s *Server) execute(r *http.Request, c *call) (any, error) {
	m, ok := s.methods[c.method]
	if s.options.Strict {
		if err := s.checkCall(c, ok); err != nil {
			return nil, err
		}
	}
	switch {
	case c.method == "getupdates":
		return s.getUpdates(r.Context(), c)
	case !ok:
		return nil, &apiError{code: 404, description: "Not Found: method not found"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.take(c); err != nil {
		return nil, err
	}
	return m(s, c)
}

// checkCall records and refuses what is against the schema. Unknown methods are the caller's 404.
func (s *Server) checkCall(c *call, known bool) error {
	if !known && c.method != "getupdates" {
		return nil
	}
	err := s.schema.request(c.method, c.values, c.files)
	if err == nil {
		return nil
	}
	s.violate("request: " + err.Error())
	return bad("schema violation: %v", err)
}

// checkResult holds our own messages against the schema, too.
func (s *Server) checkResult(result any) {
	m, ok := result.(*wireMessage)
	if !ok || m == nil || !s.options.Strict {
		return
	}
	raw, err := json.Marshal(m)
	if err == nil {
		err = s.schema.object("Message", raw)
	}
	if err != nil {
		s.violate("result: " + err.Error())
	}
}

func (s *Server) violate(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, text)
}

func (s *Server) record(c *call, code int) {
	if !s.options.Strict {
		return
	}
	files := map[string]string{}
	for name, f := range c.files {
		files[name] = f.name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{Method: c.name, Values: c.values, Files: files, Code: code})
}

func reply(w http.ResponseWriter, result any, err error) {
	a := answer{OK: err == nil, Result: result}
	var refused *apiError
	switch {
	case errors.As(err, &refused):
		a.Code, a.Description = refused.code, refused.description
		if refused.retryAfter > 0 || refused.migrateTo != 0 {
			a.Parameters = &answerParameters{RetryAfter: refused.retryAfter, MigrateToChatID: refused.migrateTo}
		}
	case err != nil:
		a.Code, a.Description = 500, "Internal Server Error: "+err.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	if a.Code == 429 {
		w.Header().Set("Retry-After", fmt.Sprint(refused.retryAfter))
	}
	if a.Code != 0 {
		w.WriteHeader(a.Code)
	}
	_ = json.NewEncoder(w).Encode(a)
}

// pause waits and tells whether the caller is still there.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	case <-s.stop:
		return false
	}
}
