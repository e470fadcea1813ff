package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// got is an answer of the API.
type got struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter      int   `json:"retry_after"`
		MigrateToChatID int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s := New(o)
	t.Cleanup(func() {
		s.Close()
		if o.Strict {
			for _, v := range s.Violations() {
				t.Errorf("schema violation: %s", v)
			}
		}
	})
	return s
}

// ask calls a method with JSON parameters.
func ask(t *testing.T, s *Server, method string, params map[string]any) got {
	t.Helper()
	body, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return post(t, s, method, "application/json", bytes.NewReader(body))
}

func post(t *testing.T, s *Server, method, kind string, body io.Reader) got {
	t.Helper()
	response, err := http.Post(s.URL()+"/bot"+s.Token()+"/"+method, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var g got
	if err := json.NewDecoder(response.Body).Decode(&g); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	if !g.OK && g.Code != response.StatusCode {
		t.Errorf("%s: error_code %d in status %d", method, g.Code, response.StatusCode)
	}
	return g
}

// must fails unless the call was done.
func must(t *testing.T, g got) got {
	t.Helper()
	if !g.OK {
		t.Fatalf("refused: %d %s", g.Code, g.Description)
	}
	return g
}

// refused fails unless the call was refused in these words.
func refused(t *testing.T, g got, code int, words string) {
	t.Helper()
	if g.OK || g.Code != code || !strings.Contains(g.Description, words) {
		t.Errorf("got ok=%v %d %q, want %d %q", g.OK, g.Code, g.Description, code, words)
	}
}

type anyUpdate map[string]json.RawMessage

func (u anyUpdate) id(t *testing.T) int64 {
	t.Helper()
	var id int64
	if err := json.Unmarshal(u["update_id"], &id); err != nil {
		t.Fatal(err)
	}
	return id
}

func updates(t *testing.T, s *Server, params map[string]any) []anyUpdate {
	t.Helper()
	var list []anyUpdate
	if err := json.Unmarshal(must(t, ask(t, s, "getUpdates", params)).Result, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// messageIn decodes a message of an update or result.
func messageIn(t *testing.T, raw json.RawMessage) wireMessage {
	t.Helper()
	var m wireMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// drain confirms everything that waits.
func drain(t *testing.T, s *Server) {
	t.Helper()
	ask(t, s, "getUpdates", map[string]any{"offset": -1, "limit": 1})
	for {
		list := updates(t, s, map[string]any{"limit": 100})
		if len(list) == 0 {
			return
		}
		ask(t, s, "getUpdates", map[string]any{"offset": list[len(list)-1].id(t) + 1, "limit": 1})
		if s.Pending() == 0 {
			return
		}
	}
}

func say(t *testing.T, s *Server, person, group, text string) string {
	t.Helper()
	id, err := s.Say(person, group, world.Say{Text: chat.Plain(text)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func fast() Options { return Options{Strict: true, Second: 5 * time.Millisecond} }

func TestFourEncodings(t *testing.T) {
	s := start(t, fast())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	form := url.Values{"chat_id": {group}, "text": {"hi"}}
	response, err := http.Get(s.URL() + "/bot" + s.Token() + "/SENDMESSAGE?" + form.Encode())
	if err != nil || response.StatusCode != 200 {
		t.Fatalf("query: %v %v", err, response.StatusCode)
	}
	response.Body.Close()
	must(t, post(t, s, "sendMessage", "application/x-www-form-urlencoded", strings.NewReader(form.Encode())))
	must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": json.Number(group), "text": "hi"}))
	r, w := io.Pipe() // no Content-Length: chunked
	m := multipart.NewWriter(w)
	go func() {
		_ = m.WriteField("chat_id", group)
		part, _ := m.CreateFormFile("document", "a.txt")
		_, _ = part.Write([]byte("bytes"))
		_ = w.CloseWithError(m.Close())
	}()
	sent := messageIn(t, must(t, post(t, s, "sendDocument", m.FormDataContentType(), r)).Result)
	if sent.Document == nil || sent.Document.FileName != "a.txt" || sent.Document.FileSize != 5 {
		t.Errorf("document = %+v", sent.Document)
	}
	must(t, post(t, s, "getMe", "multipart/form-data; boundary=x", strings.NewReader("")))
	half := "--x\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n" + group + "\r\n--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n"
	if g := post(t, s, "sendMessage", "multipart/form-data; boundary=x", strings.NewReader(half)); g.OK {
		t.Error("a form that breaks off was taken")
	}
}

func TestRefusesStrangers(t *testing.T) {
	s := start(t, Options{})
	response, err := http.Get(s.URL() + "/bot123:wrong/getMe")
	if err != nil || response.StatusCode != 401 {
		t.Fatalf("wrong token: %v %v", err, response.StatusCode)
	}
	response.Body.Close()
	refused(t, ask(t, s, "makeCoffee", nil), 404, "method not found")
	refused(t, ask(t, s, "sendMessage", map[string]any{"chat_id": 42, "text": "x"}), 400, "chat not found")
	person := s.NewPerson("Ana")
	refused(t, ask(t, s, "sendMessage", map[string]any{"chat_id": person, "text": "x"}), 403, "bot can't initiate conversation with a user")
	s.Private(person)
	must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": person, "text": "x"}))
	s.Block(person)
	refused(t, ask(t, s, "sendMessage", map[string]any{"chat_id": person, "text": "x"}), 403, "bot was blocked by the user")
}

func TestStrictRefusesWhatTheSchemaDoesNotKnow(t *testing.T) {
	s := start(t, Options{Strict: false})
	s.options.Strict = true
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	for _, params := range []map[string]any{
		{"chat_id": group, "txt": "x"},
		{"chat_id": group, "text": "x", "k": true},
		{"chat_id": group, "text": "x", "disable_notification": "maybe"},
		{"chat_id": group, "text": "x", "reply_parameters": map[string]any{"message": 1}},
		{"chat_id": group, "text": "x", "entities": []map[string]any{{"type": "bold", "offset": "a", "length": 1}}},
	} {
		refused(t, ask(t, s, "sendMessage", params), 400, "schema violation")
	}
	if got := len(s.Violations()); got != 5 {
		t.Errorf("%d violations recorded, want 5", got)
	}
}

func TestGetUpdatesConfirmsOnTheNextOffset(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	drain(t, s)
	for i := range 3 {
		say(t, s, ana, group, fmt.Sprint("m", i))
	}
	first := updates(t, s, map[string]any{"limit": 2})
	again := updates(t, s, map[string]any{"limit": 100, "offset": 1})
	if len(first) != 2 || len(again) != 3 {
		t.Fatalf("got %d, then %d updates; want 2, then all 3 again", len(first), len(again))
	}
	rest := updates(t, s, map[string]any{"offset": first[1].id(t) + 1})
	if len(rest) != 1 || messageIn(t, rest[0]["message"]).Text != "m2" {
		t.Fatalf("after confirming two: %v", rest)
	}
	stale := updates(t, s, map[string]any{"offset": first[1].id(t) + 1000000})
	if len(stale) != 1 {
		t.Errorf("an offset far beyond the tail lost updates: %v", stale)
	}
	s.Repeat(2)
	if list := updates(t, s, map[string]any{"offset": 0, "limit": 50}); len(list) != 3 {
		t.Errorf("after Repeat(2): %d updates, want 3", len(list))
	}
}

func TestLongPollAnswersAtOnce(t *testing.T) {
	s := start(t, Options{Strict: true})
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	drain(t, s)
	done := make(chan []anyUpdate, 1)
	go func() { done <- updates(t, s, map[string]any{"timeout": 50, "offset": 7}) }()
	waitUntil(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.queue.waiting != nil })
	say(t, s, ana, group, "hello")
	select {
	case list := <-done:
		if len(list) != 1 {
			t.Errorf("got %d updates, want 1", len(list))
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the poll did not answer")
	}
}

func waitUntil(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		time.Sleep(time.Millisecond) // polls a condition; the deadline decides
	}
}

func TestSecondPollerOustsTheFirst(t *testing.T) {
	s := start(t, fast())
	done := make(chan got, 1)
	go func() { done <- ask(t, s, "getUpdates", map[string]any{"timeout": 50, "offset": 5}) }()
	waitUntil(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.queue.waiting != nil })
	must(t, ask(t, s, "getUpdates", map[string]any{"timeout": 0, "offset": 6}))
	refused(t, <-done, 409, "terminated by other getUpdates request")
	must(t, ask(t, s, "setWebhook", map[string]any{"url": "http://127.0.0.1:1/x"}))
	refused(t, ask(t, s, "getUpdates", nil), 409, "can't use getUpdates method while webhook is active")
}

func TestAllowedUpdatesStay(t *testing.T) {
	s := start(t, fast())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	group := s.NewGroup("Kitchen", ana)
	drain(t, s)
	id := say(t, s, ana, group, "hi")
	if err := s.React(ana, group, id, "👍", true); err != nil {
		t.Fatal(err)
	}
	if n := s.Pending(); n != 1 {
		t.Fatalf("reactions are not sent by default, yet %d updates wait", n)
	}
	updates(t, s, map[string]any{"allowed_updates": []string{"message_reaction", "chat_member"}})
	drain(t, s)
	if err := s.React(ana, group, id, "❤️", true); err != nil {
		t.Fatal(err)
	}
	if err := s.Join(ben, group); err != nil {
		t.Fatal(err)
	}
	list := updates(t, s, nil)
	if len(list) != 2 || list[0]["message_reaction"] == nil || list[1]["chat_member"] == nil {
		t.Errorf("got %v", list)
	}
}

func TestOwnMessagesAndDeletesAreNotTold(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	drain(t, s)
	must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "from the bot"}))
	id := say(t, s, ana, group, "oops")
	drain(t, s)
	if err := s.Delete(ana, group, id); err != nil {
		t.Fatal(err)
	}
	if s.Pending() != 0 {
		t.Error("a deletion reached the bot")
	}
	other := s.NewBot("Other")
	if err := s.Join(other, group); err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	say(t, s, other, group, "I am a bot")
	if s.Pending() != 0 {
		t.Error("another bot's message reached the bot")
	}
}

func TestPrivacyMode(t *testing.T) {
	o := fast()
	o.Privacy = true
	s := start(t, o)
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	if err := s.SetBotRights(group); err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	say(t, s, ana, group, "just talk")
	if s.Pending() != 0 {
		t.Error("privacy mode let a plain message through")
	}
	say(t, s, ana, group, "/help")
	if s.Pending() != 1 {
		t.Error("a command did not reach the bot")
	}
}

func TestFaults(t *testing.T) {
	s := start(t, fast())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	send := map[string]any{"chat_id": group, "text": "x"}
	s.Fail(Fault{Kind: TooMany, Chat: group, RetryAfter: 7})
	if g := ask(t, s, "sendMessage", send); g.Code != 429 || g.Parameters.RetryAfter != 7 {
		t.Errorf("got %+v, want 429 with 7 s", g)
	}
	must(t, ask(t, s, "sendMessage", send))
	s.Fail(Fault{Kind: Refuse, Method: "SendMessage", Code: 403, Description: "Forbidden: no"})
	must(t, ask(t, s, "getMe", nil))
	refused(t, ask(t, s, "sendMessage", send), 403, "Forbidden: no")
	before := len(s.Messages(group))
	for _, kind := range []FaultKind{DropBefore, DropAfter} {
		s.Fail(Fault{Kind: kind})
		body, _ := json.Marshal(send)
		if r, err := http.Post(s.URL()+"/bot"+s.Token()+"/sendMessage", "application/json", bytes.NewReader(body)); err == nil {
			r.Body.Close()
			t.Error("the line did not break")
		}
	}
	if got := len(s.Messages(group)) - before; got != 1 {
		t.Errorf("%d messages came of one drop before and one after, want 1", got)
	}
	s.Fail(Fault{Kind: BadGateway})
	r, err := http.Get(s.URL() + "/bot" + s.Token() + "/getMe")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if page, _ := io.ReadAll(r.Body); r.StatusCode != 502 || !bytes.HasPrefix(page, []byte("<html>")) {
		t.Errorf("got %d %s", r.StatusCode, page)
	}
}
