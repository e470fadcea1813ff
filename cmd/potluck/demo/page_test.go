package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// site is a served table and a visitor's requests to it.
type site struct {
	t     *testing.T
	table *Table
	url   string
}

// open serves a table with people at it; linked says whether the Kitchens are joined.
func open(t *testing.T, linked bool) *site {
	t.Helper()
	table := newTable(t, "")
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	if linked {
		if err := table.Link(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(table.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(table.Close) // before the server, which waits for the streams
	return &site{t: t, table: table, url: server.URL}
}

// get reads a path of the site.
func (s *site) get(path string) (*http.Response, []byte) {
	s.t.Helper()
	r, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r, b
}

func (s *site) state() pageState {
	s.t.Helper()
	_, b := s.get("/api/state")
	var p pageState
	if err := json.Unmarshal(b, &p); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// post does as the page does; change may spoil the request.
func (s *site) post(action string, body any, change func(*http.Request)) (int, string) {
	s.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/api/"+action, bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", s.url)
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}

// kitchenOf returns the Kitchen of a platform in a state.
func kitchenOf(p pageState, platform chat.Platform) chatState {
	i := slices.IndexFunc(p.Chats, func(c chatState) bool { return c.Platform == platform && c.Title == kitchen })
	return p.Chats[i]
}

// from makes a request of somebody in his Kitchen.
func (s *site) from(platform chat.Platform, name string) request {
	seat, _ := s.table.seatOf(platform)
	who, _ := seat.byName(name)
	return request{Platform: platform, Person: who.id, Chat: seat.group(kitchen)}
}

// await waits until the state is as it should be.
func (s *site) await(check func(pageState) error) {
	s.t.Helper()
	if err := s.table.until(s.t.Context(), 5*time.Second, func() error { return check(s.state()) }); err != nil {
		s.t.Fatal(err)
	}
}

func newest(c chatState) messageState {
	if len(c.Messages) == 0 {
		return messageState{}
	}
	return c.Messages[len(c.Messages)-1]
}

func TestPageDoesWhatPeopleDo(t *testing.T) {
	s := open(t, true)
	in := s.from(chat.Telegram, "Ben")
	in.Text = "*hot* soup"
	status, answer := s.post("say", in, nil)
	if status != http.StatusOK {
		t.Fatalf("say: %d %s", status, answer)
	}
	var said outcome
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		t.Fatal(err)
	}
	s.await(func(p pageState) error {
		m := newest(kitchenOf(p, chat.Matrix))
		if m.Text.Plain != "hot soup" || m.Name != "Ben" || !m.Bot || len(m.Text.Spans) != 1 {
			return errors.New("Matrix does not show it")
		}
		return nil
	})
	if !s.state().Tips[talk].Done || s.state().Tips[touch].Done {
		t.Errorf("after a message the tips are %+v", s.state().Tips)
	}
	in.Message, in.Text = said.ID, "cold soup"
	if status, answer := s.post("edit", in, nil); status != http.StatusOK {
		t.Fatalf("edit: %d %s", status, answer)
	}
	in.Emoji, in.On = "👍", true
	if status, answer := s.post("react", in, nil); status != http.StatusOK {
		t.Fatalf("react: %d %s", status, answer)
	}
	s.await(func(p pageState) error {
		m := newest(kitchenOf(p, chat.Matrix))
		if m.Text.Plain != "cold soup" || !m.Edited || len(m.Reactions) != 1 || m.Reactions[0].Emoji != "👍" {
			return errors.New("Matrix does not show the edit and the reaction")
		}
		return nil
	})
	if !s.state().Tips[touch].Done {
		t.Error("editing does not tick the second tip")
	}
	if status, answer := s.post("delete", in, nil); status != http.StatusOK {
		t.Fatalf("delete: %d %s", status, answer)
	}
	s.await(func(p pageState) error {
		if m := newest(kitchenOf(p, chat.Matrix)); !m.Deleted || m.Text.Plain != "" {
			return errors.New("Matrix does not show that it is deleted")
		}
		return nil
	})
}

func TestPageTicksTheGardenWhenItIsLinked(t *testing.T) {
	s := open(t, true)
	if err := s.table.linkRoom(t.Context(), s.table.all(), garden); err != nil {
		t.Fatal(err)
	}
	in := s.from(chat.Signal, "Elif")
	seat, _ := s.table.seatOf(chat.Signal)
	in.Chat, in.Text = seat.group(garden), "beans"
	if status, answer := s.post("say", in, nil); status != http.StatusOK {
		t.Fatalf("say: %d %s", status, answer)
	}
	s.await(func(p pageState) error {
		if !p.Tips[gardens].Done || p.Tips[talk].Done {
			return errors.New("the tips do not tell of the garden alone")
		}
		return nil
	})
}

// newestIn returns the newest message of a platform's group with that title.
func newestIn(p pageState, platform chat.Platform, title string) messageState {
	for _, c := range p.Chats {
		if c.Platform == platform && c.Title == title {
			return newest(c)
		}
	}
	return messageState{}
}

// reported lets Elif report what Ben has said, and returns what Ana must send to take the case.
func (s *site) reported(t *testing.T) request {
	t.Helper()
	in := s.from(chat.Telegram, "Ben")
	in.Text = "too much salt, as always"
	s.do(t, "say", in)
	in = s.from(chat.Signal, "Elif")
	s.await(func(p pageState) error {
		in.ReplyTo = newest(kitchenOf(p, chat.Signal)).ID
		if !strings.Contains(newest(kitchenOf(p, chat.Signal)).Text.Plain, "too much salt") {
			return errors.New("Signal does not show it")
		}
		return nil
	})
	in.Text = "/report he is rude"
	s.do(t, "say", in)
	ana := s.from(chat.Telegram, "Ana")
	seat, _ := s.table.seatOf(chat.Telegram)
	ana.Chat = seat.group(backRoom)
	s.await(func(p pageState) error {
		m := newestIn(p, chat.Telegram, backRoom)
		if len(m.Choices) == 0 {
			return errors.New("the Back room has no card to choose on")
		}
		ana.Message = m.ID
		return nil
	})
	return ana
}

func TestPagePressesWhatIsThere(t *testing.T) {
	s := open(t, true)
	in := s.reported(t)
	for _, n := range []int{-1, 1, 1 << 40} {
		in.N = n
		if status, answer := s.post("press", in, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("choice %d answers %d %s", n, status, answer)
		}
	}
	if m := newestIn(s.state(), chat.Telegram, backRoom); m.Edited {
		t.Errorf("a choice that is not there has changed the card: %+v", m)
	}
	in.N = 0
	if status, answer := s.post("press", in, nil); status != http.StatusOK {
		t.Fatalf("the first choice answers %d %s", status, answer)
	}
	s.await(func(p pageState) error {
		for _, platform := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
			if m := newestIn(p, platform, backRoom); !strings.Contains(m.Text.Plain, "Ana has it") {
				return fmt.Errorf("%s does not show that Ana has it", platform)
			}
		}
		return nil
	})
}

func TestPageTicksWhatTheTeamDoes(t *testing.T) {
	s := open(t, true)
	ticks := func(want ...tip) {
		t.Helper()
		s.await(func(p pageState) error {
			for i, shown := range p.Tips {
				if shown.Done != slices.Contains(want, tip(i)) {
					return fmt.Errorf("tip %d is done: %v, want %d to be done", i, shown.Done, want)
				}
			}
			return nil
		})
	}
	ana := s.from(chat.Telegram, "Ana")
	ana.Text = "/timeout" // of nobody
	s.do(t, "say", ana)
	ana.Text = "/timeout @nobody" // nor is there such a person
	s.do(t, "say", ana)
	ticks()
	card := s.reported(t)
	ticks(talk, touch, report)
	s.do(t, "press", card)
	ticks(talk, touch, report, decide)
	ana.Chat, ana.Text = card.Chat, "/timeout @ben 10m too much salt"
	s.do(t, "say", ana)
	ticks(talk, touch, report, decide, timeOut)
}

func TestPageTellsWhatThePlatformRefuses(t *testing.T) {
	s := open(t, true)
	in := s.from(chat.Telegram, "Ben")
	in.Message, in.Text = newest(kitchenOf(s.state(), chat.Telegram)).ID, "not mine"
	status, answer := s.post("edit", in, nil)
	if status != http.StatusUnprocessableEntity || !strings.Contains(answer, "the hall refuses") {
		t.Errorf("editing another's message: %d %s", status, answer)
	}
}

func TestPageRefusesBadRequests(t *testing.T) {
	s := open(t, false)
	ok := s.from(chat.Telegram, "Ben")
	ok.Text = "hi"
	with := func(change func(*request)) request {
		r := ok
		change(&r)
		return r
	}
	other, _ := s.table.seatOf(chat.Telegram)
	ana, _ := other.byName("Ana")
	for name, c := range map[string]struct {
		action string
		body   any
		status int
	}{
		"no such platform":  {"say", with(func(r *request) { r.Platform = "pigeon" }), http.StatusBadRequest},
		"no such person":    {"say", with(func(r *request) { r.Person = "nobody" }), http.StatusBadRequest},
		"no such chat":      {"say", with(func(r *request) { r.Chat = "elsewhere" }), http.StatusBadRequest},
		"another's private": {"say", with(func(r *request) { r.Chat = ana.private }), http.StatusBadRequest},
		"nothing":           {"say", with(func(r *request) { r.Text = " \n" }), http.StatusBadRequest},
		"too long":          {"say", with(func(r *request) { r.Text = strings.Repeat("ä", maxText+1) }), http.StatusBadRequest},
		"unknown sample":    {"say", with(func(r *request) { r.Sample = "video" }), http.StatusBadRequest},
		"too many files":    {"say", with(func(r *request) { r.Files = make([]upload, maxFiles+1) }), http.StatusBadRequest},
		"empty file":        {"say", with(func(r *request) { r.Files = []upload{{Name: "a"}} }), http.StatusBadRequest},
		"too large file":    {"say", with(func(r *request) { r.Files = []upload{{Name: "a", Data: make([]byte, maxFile+1)}} }), http.StatusBadRequest},
		"too large body":    {"say", with(func(r *request) { r.Files = []upload{{Name: "a", Data: make([]byte, maxBody)}} }), http.StatusRequestEntityTooLarge},
		"no emoji":          {"react", ok, http.StatusBadRequest},
		"long emoji":        {"react", with(func(r *request) { r.Emoji = strings.Repeat("👍", 20) }), http.StatusBadRequest},
		"unknown field":     {"say", map[string]string{"shout": "hi"}, http.StatusBadRequest},
		"not an object":     {"say", "hi", http.StatusBadRequest},
		"unknown action":    {"shout", ok, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := s.post(c.action, c.body, nil)
			if status != c.status {
				t.Errorf("answers %d %s, want %d", status, answer, c.status)
			}
		})
	}
	if n := len(kitchenOf(s.state(), chat.Telegram).Messages); n != 1 {
		t.Errorf("the Kitchen has %d messages after requests that were refused, want the first line only", n)
	}
}

func TestPageAnswersOnlyItsOwnVisitor(t *testing.T) {
	s := open(t, false)
	in := s.from(chat.Telegram, "Ben")
	in.Text = "hi"
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"itself":            {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, http.StatusOK},
		"by name":           {func(r *http.Request) { r.Host = "localhost:80"; r.Header.Set("Origin", "http://localhost:80") }, http.StatusOK},
		"IPv6":              {func(r *http.Request) { r.Host = "[::1]:80"; r.Header.Set("Origin", "http://[::1]:80") }, http.StatusOK},
		"rebound name":      {func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Origin", "http://evil.example") }, http.StatusForbidden},
		"lookalike name":    {func(r *http.Request) { r.Host = "localhost.evil.example" }, http.StatusForbidden},
		"another site":      {func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, http.StatusForbidden},
		"another port":      {func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, http.StatusForbidden},
		"no origin":         {func(r *http.Request) { r.Header.Del("Origin") }, http.StatusForbidden},
		"opaque origin":     {func(r *http.Request) { r.Header.Set("Origin", "null") }, http.StatusForbidden},
		"cross-site fetch":  {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"a form":            {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, http.StatusUnsupportedMediaType},
		"no loopback by IP": {func(r *http.Request) { r.Host = "192.0.2.7" }, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := s.post("say", in, c.change)
			if status != c.status {
				t.Errorf("answers %d %s, want %d", status, answer, c.status)
			}
		})
	}
}

func TestPageServesItsFiles(t *testing.T) {
	s := open(t, false)
	for path, want := range map[string]string{"/": "text/html", "/style.css": "text/css", "/app.js": "text/javascript", "/live.js": "text/javascript", "/text.js": "text/javascript"} {
		r, b := s.get(path)
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), want) || len(b) == 0 {
			t.Errorf("%s: %d %s, %d bytes", path, r.StatusCode, r.Header.Get("Content-Type"), len(b))
		}
		if !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s comes without the policy", path)
		}
		if bytes.Contains(b, []byte("innerHTML")) || bytes.Contains(b, []byte("https://")) {
			t.Errorf("%s parses HTML or points to the network", path)
		}
	}
}
