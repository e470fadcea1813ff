package telegramtest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// FaultKind says what goes wrong with a call.
type FaultKind int

// The faults. All but DropAfter and Slow happen before the call counts.
const (
	TooMany     FaultKind = iota + 1 // 429 with RetryAfter
	ServerError                      // 500 as JSON
	BadGateway                       // 502 as an HTML page
	DropBefore                       // the line breaks before the call counts
	DropAfter                        // the call counts, then the line breaks
	Slow                             // the call waits Delay, then counts
	Refuse                           // Code and Description
)

// Fault is something that goes wrong with the next calls that match.
type Fault struct {
	Kind        FaultKind
	Method      string // "" = every method but getUpdates
	Visible     bool   // only calls that change what people see or may do
	Chat        string // a group as world.World names it, "" = every chat
	Times       int    // how many calls it hits; 0 means 1, negative means until Heal
	RetryAfter  int    // seconds, with TooMany
	Delay       time.Duration
	Code        int    // with Refuse
	Description string // with Refuse, whole: "Forbidden: bot was kicked from the supergroup chat"
}

// Fail arms a fault. Several faults are met in the order they were armed.
func (s *Server) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal disarms all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault returns the first armed fault that concerns the call.
func (s *Server) takeFault(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !f.concerns(c) {
			continue
		}
		hit := *f
		f.Times--
		if f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return &hit
	}
	return nil
}

func (f *Fault) concerns(c *call) bool {
	if f.Method == "" && c.method == "getupdates" || f.Method != "" && !strings.EqualFold(f.Method, c.method) {
		return false
	}
	if f.Visible && !isVisible(c.method) {
		return false
	}
	chat, _, _ := strings.Cut(f.Chat, "/")
	return f.Chat == "" || chat == c.values["chat_id"]
}

func isVisible(method string) bool {
	switch {
	case countsAsMessage(method), method == "setmessagereaction":
		return true
	case strings.HasSuffix(method, "webhook"):
		return false
	}
	for _, verb := range []string{"delete", "stop", "create", "close", "pin", "unpin", "restrict", "ban", "unban", "approve", "decline"} {
		if strings.HasPrefix(method, verb) {
			return true
		}
	}
	return false
}

func (f *Fault) answerCode() int {
	switch f.Kind {
	case TooMany:
		return 429
	case ServerError:
		return 500
	case BadGateway:
		return 502
	case Refuse:
		return f.Code
	default:
		return 0
	}
}

func (f *Fault) write(w http.ResponseWriter) {
	switch f.Kind {
	case TooMany:
		reply(w, nil, tooMany(f.RetryAfter))
	case ServerError:
		reply(w, nil, &apiError{code: 500, description: "Internal Server Error"})
	case BadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n")
	case Refuse:
		reply(w, nil, &apiError{code: f.Code, description: f.Description})
	default:
		drop(w)
	}
}

func tooMany(after int) error {
	return &apiError{code: 429, description: fmt.Sprintf("Too Many Requests: retry after %d", after), retryAfter: after}
}

// drop breaks the connection without an answer.
func drop(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

// Outage makes the server unreachable, running calls included, and reachable again. People can still act.
func (s *Server) Outage(down bool) {
	s.mu.Lock()
	s.down = down
	var cut []net.Conn
	for c := range s.conns {
		if down {
			cut = append(cut, c)
		}
	}
	s.mu.Unlock()
	for _, c := range cut {
		_ = c.Close()
	}
}

func (s *Server) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// track keeps the open connections, for Outage.
func (s *Server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.conns[c] = struct{}{}
		if s.down {
			_ = c.Close()
		}
	case http.StateClosed, http.StateHijacked:
		delete(s.conns, c)
	}
}
