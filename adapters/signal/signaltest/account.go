package signaltest

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// account is one account of the daemon and its queue at Signal's server.
type account struct {
	server *Server
	Account

	// Guarded by the server's mutex:
	authorised bool
	queue      []queued
	held       []queued // from identities that are not trusted, tried again when they are
	wake       chan struct{}
	thread     *receiveThread
	polling    bool // a receive call is running
	blocked    map[string]bool
	known      map[string]groupState // the daemon's copies of its groups, by id

	// handling is the daemon's lock of the account's handlers: it is held while a notification is written
	// to all of them, and whoever subscribes or unsubscribes needs it.
	handling sync.Mutex
	handlers []*handler // guarded by handling
}

// queued is an envelope that waits for its account.
type queued struct {
	payload json.RawMessage // {"envelope":…,"account":…}
	raw     []byte          // an injected line, written as it is
	author  string          // whose envelope; empty = nobody's
	group   string          // the group it is about, if any
	files   []queuedFile    // downloaded when it is received
	silent  bool            // the daemon takes the group over that it is about, and tells nobody
}

// handler is one subscription.
type handler struct {
	conn    *conn
	id      int
	wrapped bool
}

// receiveThread is the thread of an account that takes its envelopes.
type receiveThread struct {
	stop chan struct{}
	once sync.Once
	done chan struct{}
}

func (t *receiveThread) halt() {
	t.once.Do(func() { close(t.stop) })
	<-t.done
}

func (s *Server) addAccount(a Account) *account {
	acc := &account{
		server: s, Account: a, authorised: true, wake: make(chan struct{}, 1),
		blocked: map[string]bool{}, known: map[string]groupState{},
	}
	s.accounts = append(s.accounts, acc)
	s.people[a.ACI] = &person{Person: Person{ACI: a.ACI, Number: a.Number, Name: a.Name}, account: acc}
	return acc
}

// loaded returns the accounts that are authorised.
func (s *Server) loaded() []*account {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*account
	for _, a := range s.accounts {
		if a.authorised {
			out = append(out, a)
		}
	}
	return out
}

// push queues an envelope. The server's lock is held.
func (a *account) push(q queued) {
	if q.author != "" && (a.blocked[q.author] || (q.group != "" && a.blocked[q.group])) {
		return
	}
	a.queue = append(a.queue, q)
	a.wakeUp()
}

func (a *account) wakeUp() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// take removes the next envelope from the queue: it is acknowledged. The server's lock is held.
func (a *account) take() (queued, bool) {
	if len(a.queue) == 0 {
		return queued{}, false
	}
	q := a.queue[0]
	a.queue[0] = queued{}
	a.queue = a.queue[1:]
	if q.group != "" {
		a.refresh(q.group)
	}
	if p := a.server.people[q.author]; p != nil && p.untrusted && q.payload != nil {
		a.held = append(a.held, q)
		return queued{payload: withheld(q.payload, q.author)}, true
	}
	return q, true
}

// Queued returns how many envelopes wait at Signal's server for the bot.
func (s *Server) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.accounts[0].queue)
}

// Inject gives a raw line to the bot's subscribers, in order with what people do. It goes out as it is.
func (s *Server) Inject(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[0].push(queued{raw: []byte(line)})
}

// startReceiving starts the account's receive thread if none is there. The server's lock is held.
func (s *Server) startReceiving(a *account) {
	if a.thread != nil || s.run == nil {
		return
	}
	t := &receiveThread{stop: make(chan struct{}), done: make(chan struct{})}
	a.thread = t
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		defer close(t.done)
		a.receive(t.stop, s.opts.Mode == OnStart)
	}()
}

// receive takes envelopes and writes them to the handlers until it is stopped. always: also while nobody
// listens, and then they are lost.
func (a *account) receive(stop <-chan struct{}, always bool) {
	defer a.wakeUp() // the last wake may have been for the thread that comes after this one
	for {
		taken := a.deliverNext(stop, always)
		if taken {
			continue
		}
		select {
		case <-stop:
			return
		case <-a.wake:
		}
	}
}

func (a *account) deliverNext(stop <-chan struct{}, always bool) bool {
	s := a.server
	a.handling.Lock()
	defer a.handling.Unlock()
	select {
	case <-stop:
		return false
	default:
	}
	if len(a.handlers) == 0 && !always {
		return false
	}
	s.mu.Lock()
	q, ok := a.take()
	var half *Fault
	if ok && !q.silent {
		half = s.takeFaultLocked(HalfLine, "receive", "")
	}
	s.mu.Unlock()
	if !ok || q.silent {
		return ok
	}
	s.download(q.files, stop)
	for _, h := range a.handlers {
		line := q.line(h)
		if half != nil {
			h.conn.writeHalf(line)
			continue
		}
		h.conn.writeLine(line)
	}
	return true
}

// line is the notification as the handler gets it.
func (q queued) line(h *handler) []byte {
	switch {
	case q.raw != nil:
		return append([]byte(nil), q.raw...)
	case h.wrapped:
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"receive","params":{"subscription":%d,"result":%s}}`, h.id, q.payload)
	default:
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"receive","params":%s}`, q.payload)
	}
}

// subscribe adds a handler and returns its id. It waits while a notification is being written.
func (s *Server) subscribe(a *account, c *conn, wrapped bool) int {
	s.mu.Lock()
	id := s.nextSub
	s.nextSub++
	s.mu.Unlock()
	s.addHandler(a, &handler{conn: c, id: id, wrapped: wrapped})
	return id
}

func (s *Server) addHandler(a *account, h *handler) {
	a.handling.Lock()
	defer a.handling.Unlock()
	a.handlers = append(a.handlers, h)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.startReceiving(a)
	a.wakeUp()
}

// unsubscribe removes the handlers that match and, with the last one, waits for the end of the thread.
func (s *Server) unsubscribe(a *account, matches func(*handler) bool) (found bool) {
	a.handling.Lock()
	kept := a.handlers[:0]
	for _, h := range a.handlers {
		if matches(h) {
			found = true
			continue
		}
		kept = append(kept, h)
	}
	a.handlers = kept
	var thread *receiveThread
	if found && len(kept) == 0 && s.opts.Mode != OnStart {
		s.mu.Lock()
		thread, a.thread = a.thread, nil
		s.mu.Unlock()
	}
	a.handling.Unlock()
	if thread != nil {
		thread.halt()
	}
	return found
}

// forget removes a connection that ended.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(c.run.conns, c)
	accounts := append([]*account(nil), s.accounts...)
	s.mu.Unlock()
	for _, a := range accounts {
		s.unsubscribe(a, func(h *handler) bool { return h.conn == c })
	}
}

// poll is the receive call: it collects envelopes until none came for timeout (negative = for ever).
func (a *account) poll(c *conn, timeout time.Duration, most int) []json.RawMessage {
	s := a.server
	out := []json.RawMessage{}
	for most < 0 || len(out) < most {
		s.mu.Lock()
		q, ok := a.take()
		s.mu.Unlock()
		if ok {
			s.download(q.files, c.run.done)
			if q.payload != nil {
				out = append(out, q.payload)
			}
			continue
		}
		var late <-chan time.Time
		if timeout >= 0 {
			t := time.NewTimer(timeout)
			defer t.Stop()
			late = t.C
		}
		select {
		case <-a.wake:
		case <-late:
			return out
		case <-c.run.done:
			return out
		}
	}
	return out
}
