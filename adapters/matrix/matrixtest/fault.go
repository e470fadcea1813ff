package matrixtest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is one thing that goes wrong, as data. It meets calls over the network only: the people of the
// World never suffer it.
type Fault struct {
	// Method and Path choose the calls: the method itself and a part of the decoded path; empty = every one.
	Method, Path string
	// Times is how many calls suffer it; 0 = one.
	Times int

	// Status answers with this code instead of doing the call. 429 becomes M_LIMIT_EXCEEDED with
	// RetryAfter in the body, and with Header also as Retry-After in whole seconds; other codes come as the
	// HTML of a broken proxy.
	Status     int
	RetryAfter time.Duration
	Header     bool
	// ErrCode makes the answer a Matrix error instead of HTML.
	ErrCode string
	// DropBefore cuts the connection instead of doing the call, DropAfter when it is done.
	DropBefore, DropAfter bool
	// Delay holds the answer back after the call is done.
	Delay time.Duration
	// Meanwhile happens after the call is done and before it is answered.
	Meanwhile func()
	// Repeat makes a /sync show this many old events of each of its rooms again.
	Repeat int
}

// faults are the faults that wait for their calls.
type faults struct {
	mu   sync.Mutex // guards list and hits
	list []Fault
	hits int
}

// Fault adds a fault; those added first strike first.
func (s *Server) Fault(f Fault) {
	f.Times = max(f.Times, 1)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, f)
}

// Faults returns how many faults struck, and how many still wait.
func (s *Server) Faults() (struck, waiting int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range s.faults.list {
		waiting += f.Times
	}
	return s.faults.hits, waiting
}

// ClearFaults forgets the faults that still wait.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// take returns the fault that strikes this call.
func (fs *faults) take(r *http.Request, repeat bool) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, f := range fs.list {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.Path, f.Path) || f.Repeat > 0 != repeat {
			continue
		}
		fs.hits++
		fs.list[i].Times--
		if fs.list[i].Times == 0 {
			fs.list = append(fs.list[:i:i], fs.list[i+1:]...)
		}
		return f, true
	}
	return Fault{}, false
}

// front is the network's side of the server: latency and faults, then the call.
func (s *Server) front(w http.ResponseWriter, r *http.Request) {
	if s.o.Latency > 0 && !strings.HasSuffix(r.URL.Path, "/sync") && !s.sleep(r, s.o.Latency) {
		return
	}
	f, ok := s.faults.take(r, false)
	if !ok {
		s.mux.ServeHTTP(w, r)
		return
	}
	switch {
	case f.DropBefore:
		drop(w)
	case f.Status != 0:
		f.answer(w)
	default:
		done := httptest.NewRecorder()
		s.mux.ServeHTTP(done, r)
		if f.Meanwhile != nil {
			f.Meanwhile()
		}
		if f.DropAfter {
			drop(w)
			return
		}
		if s.sleep(r, f.Delay) {
			w.Header().Set("Content-Type", done.Header().Get("Content-Type"))
			w.WriteHeader(done.Code)
			_, _ = w.Write(done.Body.Bytes()) // the caller may have gone
		}
	}
}

func (f Fault) answer(w http.ResponseWriter) {
	if f.Status == http.StatusTooManyRequests {
		if f.Header {
			w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
		}
		f.ErrCode = "M_LIMIT_EXCEEDED"
	}
	if f.ErrCode == "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, "<html><body><h1>%d</h1><hr>nginx</body></html>", f.Status)
		return
	}
	body := map[string]any{"errcode": f.ErrCode, "error": "Too Many Requests"}
	if f.Status == http.StatusTooManyRequests {
		body["retry_after_ms"] = f.RetryAfter.Milliseconds()
	} else {
		body["error"] = "as the test wanted"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	_, _ = bytes.NewReader(mustJSON(body)).WriteTo(w) // the caller may have gone
}

// drop cuts the connection without an answer.
func drop(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// sleep waits and tells whether the call still goes on.
func (s *Server) sleep(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	case <-s.stop:
		return false
	}
}
