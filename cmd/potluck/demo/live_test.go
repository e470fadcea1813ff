package demo

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestMediaComesSafely(t *testing.T) {
	s := open(t, false)
	in := s.from(chat.Signal, "Elif")
	in.Sample = "picture"
	in.Files = []upload{{Name: "evil.png", Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")}}
	if status, answer := s.post("say", in, nil); status != http.StatusOK {
		t.Fatalf("say: %d %s", status, answer)
	}
	m := newest(kitchenOf(s.state(), chat.Signal))
	if len(m.Media) != 2 || m.Media[0].Show != "image" || m.Media[1].Show != "file" {
		t.Fatalf("the message has %+v", m.Media)
	}
	r, b := s.get(m.Media[0].URL)
	if r.Header.Get("Content-Type") != "image/png" || !bytes.HasPrefix(b, []byte("\x89PNG")) {
		t.Errorf("the picture comes as %s", r.Header.Get("Content-Type"))
	}
	r, _ = s.get(m.Media[1].URL)
	if got := r.Header.Get("Content-Type"); got != "application/octet-stream" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the disguised file comes as %s, %s", got, r.Header.Get("Content-Disposition"))
	}
	for _, spoil := range []string{"n=7", "n=-1", "n=x", "message=none", "chat=none", "platform=none"} {
		key, value, _ := strings.Cut(spoil, "=")
		u, _ := url.Parse(m.Media[0].URL)
		q := u.Query()
		q.Set(key, value)
		if r, _ := s.get("/media?" + q.Encode()); r.StatusCode != http.StatusNotFound {
			t.Errorf("media with %s answers %d", spoil, r.StatusCode)
		}
	}
}

func TestLiveSendsWhatChangesAndEnds(t *testing.T) {
	table := newTable(t, "")
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(table.Handler())
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	s := &site{t: t, table: table, url: server.URL}
	r, err := http.Get(server.URL + "/api/live")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	next := func() (event, data string) {
		for lines.Scan() {
			if e, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = e
			}
			if d, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return event, d
			}
		}
		return "", ""
	}
	counts := map[string]int{}
	for range 3 + 3*6 + 1 {
		event, _ := next()
		counts[event]++
	}
	if counts["phone"] != 3 || counts["chat"] != 18 || counts["tips"] != 1 {
		t.Errorf("at the start come %v", counts)
	}
	in := s.from(chat.Matrix, "Hugo")
	in.Text = "only this"
	if status, answer := s.post("say", in, nil); status != http.StatusOK {
		t.Fatalf("say: %d %s", status, answer)
	}
	event, data := next()
	if event != "chat" || !strings.Contains(data, "only this") || !strings.Contains(data, in.Chat) {
		t.Errorf("after a message comes %s %s", event, data)
	}
	table.Close()
	if event, data := next(); event != "" {
		t.Errorf("after the end comes %s %s", event, data)
	}
}

func TestLiveHasAnEndOfSeats(t *testing.T) {
	s := open(t, false)
	for range maxStreams {
		s.table.streams <- struct{}{}
	}
	if r, _ := s.get("/api/live"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one page too many gets %d", r.StatusCode)
	}
}

func TestSeatIsForOnce(t *testing.T) {
	table := newTable(t, "")
	if err := table.Link(t.Context()); err == nil {
		t.Error("an empty table can be linked")
	}
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	if err := table.Seat(); !errors.Is(err, ErrSeated) {
		t.Errorf("the second Seat says %v", err)
	}
}
