package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// webhook delivers updates to the bot's own server. Each lane is delivered one after another, lanes side by
// side: messages of one chat are one lane and its reactions another, so a reaction may overtake its message.
type webhook struct {
	url     string
	secret  string
	client  *http.Client
	lanes   map[lane]*line
	stop    context.CancelFunc
	ctx     context.Context // ends all deliveries of this webhook
	running sync.WaitGroup
	last    string // the last error, for getWebhookInfo
	lastAt  int64
}

func setWebhook(s *Server, c *call) (any, error) {
	target, err := url.Parse(c.values["url"])
	if err != nil {
		return nil, bad("bad webhook: %v", err)
	}
	loopback := target.Hostname() == "127.0.0.1" || target.Hostname() == "localhost"
	if target.String() != "" && target.Scheme != "https" && !loopback {
		return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
	}
	if err := s.allow(c); err != nil {
		return nil, err
	}
	s.dropHook()
	if c.truth("drop_pending_updates") {
		s.queue.pending = nil
	}
	if target.String() == "" {
		return true, nil
	}
	if w := s.queue.waiting; w != nil {
		close(w.ousted)
		s.queue.waiting = nil
	}
	h := &s.hook
	h.url, h.secret, h.lanes = target.String(), c.values["secret_token"], map[lane]*line{}
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	for _, u := range slices.Clone(s.queue.pending) {
		if !u.done {
			s.deliver(u)
		}
	}
	return true, nil
}

func deleteWebhook(s *Server, c *call) (any, error) {
	s.dropHook()
	if c.truth("drop_pending_updates") {
		s.queue.pending = nil
	}
	return true, nil
}

func getWebhookInfo(s *Server, _ *call) (any, error) {
	s.queue.tidy(s.options.Now())
	info := map[string]any{"url": s.hook.url, "has_custom_certificate": false, "pending_update_count": len(s.queue.pending)}
	if s.hook.last != "" {
		info["last_error_message"], info["last_error_date"] = s.hook.last, s.hook.lastAt
	}
	if len(s.queue.allowed) > 0 {
		info["allowed_updates"] = slices.Clone(s.queue.allowed)
	}
	return info, nil
}

// dropHook stops the deliveries; what was not delivered stays pending.
func (s *Server) dropHook() {
	if s.hook.stop != nil {
		s.hook.stop()
		s.hook.client.CloseIdleConnections()
	}
	s.hook.url, s.hook.lanes, s.hook.last = "", nil, ""
}

func (s *Server) stopHook() {
	s.mu.Lock()
	s.dropHook()
	s.mu.Unlock()
	s.hook.running.Wait()
}

// line is one lane at work.
type line struct {
	waiting []*queuedUpdate
	busy    bool
}

// deliver puts an update into its lane; the lock is held.
func (s *Server) deliver(u *queuedUpdate) {
	h := &s.hook
	l := h.lanes[u.lane]
	if l == nil {
		l = &line{}
		h.lanes[u.lane] = l
	}
	l.waiting = append(l.waiting, u)
	if l.busy {
		return
	}
	l.busy = true
	ctx, client, target, secret := h.ctx, h.client, h.url, h.secret
	h.running.Go(func() {
		for u := s.nextIn(ctx, l); u != nil; u = s.nextIn(ctx, l) {
			s.deliverOne(ctx, client, target, secret, u)
		}
	})
}

// nextIn takes the next update of a lane; nil when there is none or the webhook is gone.
func (s *Server) nextIn(ctx context.Context, l *line) *queuedUpdate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(l.waiting) == 0 || ctx.Err() != nil {
		l.busy = false
		return nil
	}
	u := l.waiting[0]
	l.waiting = l.waiting[1:]
	return u
}

// deliverOne posts an update until the bot takes it or it expires.
func (s *Server) deliverOne(ctx context.Context, client *http.Client, target, secret string, u *queuedUpdate) {
	for delay := 1.0; ctx.Err() == nil && s.options.Now().Before(u.expires); delay = min(delay*2, 60) {
		wait, ok := s.postUpdate(ctx, client, target, secret, u)
		if ok {
			s.mu.Lock()
			u.done = true
			s.queue.recent = append(s.queue.recent, u)
			s.queue.recent = s.queue.recent[max(0, len(s.queue.recent)-keptForRepeats):]
			s.mu.Unlock()
			return
		}
		timer := time.NewTimer(s.seconds(max(delay, wait)))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// postUpdate returns whether the bot took it and, if not, the seconds it asked to wait.
func (s *Server) postUpdate(ctx context.Context, client *http.Client, target, secret string, u *queuedUpdate) (wait float64, ok bool) {
	if s.isDown() {
		return 0, false
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(u.raw))
	if err != nil {
		return 0, false
	}
	request.Header.Set("Content-Type", "application/json")
	if secret != "" {
		request.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	response, err := client.Do(request)
	if err != nil {
		s.hookError("Connection failed")
		return 0, false
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if response.StatusCode/100 != 2 {
		s.hookError("Wrong response from the webhook: " + response.Status)
		after, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return float64(min(after, 3600)), false
	}
	s.callFromHook(body)
	return 0, true
}

func (s *Server) hookError(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook.last, s.hook.lastAt = text, s.options.Now().Unix()
}

// callFromHook carries out a call that the bot put into its answer, as the platform does.
func (s *Server) callFromHook(body []byte) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members["method"] == nil {
		return
	}
	c := &call{values: map[string]string{}, files: map[string]*upload{}}
	if c.readJSON(bytes.NewReader(body)) != nil {
		return
	}
	c.name, c.method = c.values["method"], strings.ToLower(c.values["method"])
	delete(c.values, "method")
	if m, ok := s.methods[c.method]; ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = m(s, c)
	}
}
