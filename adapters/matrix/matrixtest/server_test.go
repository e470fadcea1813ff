package matrixtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
)

const v3 = "/_matrix/client/v3"

func start(t testing.TB, o matrixtest.Options) *matrixtest.Server {
	t.Helper()
	s, err := matrixtest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// caller makes raw calls over the network.
type caller struct {
	t     testing.TB
	base  string
	token string
}

// do returns the status and the decoded answer; status 0 = the connection broke.
func (c caller) do(method, path string, body any) (int, map[string]any) {
	c.t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out) // not every answer is an object
	return resp.StatusCode, out
}

// want fails unless the call is answered with the status, and with the errcode if there is one.
func (c caller) want(status int, code, method, path string, body any) map[string]any {
	c.t.Helper()
	got, out := c.do(method, path, body)
	if got != status || code != "" && out["errcode"] != code {
		c.t.Fatalf("%s %s: got %d %v, want %d %s", method, path, got, out, status, code)
	}
	return out
}

func bot(t testing.TB, s *matrixtest.Server) caller {
	c := caller{t: t, base: s.URL()}
	out := c.want(200, "", "POST", v3+"/login", map[string]any{
		"type": "m.login.password", "identifier": map[string]string{"type": "m.id.user", "user": "potluckbot"}, "password": s.BotPassword(),
	})
	c.token = out["access_token"].(string)
	return c
}

func room(id string) string { return v3 + "/rooms/" + url.PathEscape(id) }

func text(body string) map[string]string { return map[string]string{"msgtype": "m.text", "body": body} }

func timelineOf(sync map[string]any, room string) (bodies []string, prev string, limited bool) {
	rooms, _ := sync["rooms"].(map[string]any)
	join, _ := rooms["join"].(map[string]any)
	r, _ := join[room].(map[string]any)
	if r == nil {
		return nil, "", false
	}
	tl := r["timeline"].(map[string]any)
	for _, e := range tl["events"].([]any) {
		if b, ok := e.(map[string]any)["content"].(map[string]any)["body"].(string); ok {
			bodies = append(bodies, b)
		}
	}
	prev, _ = tl["prev_batch"].(string)
	limited, _ = tl["limited"].(bool)
	return bodies, prev, limited
}

func TestSyncIsLimitedAndMessagesFillTheGap(t *testing.T) {
	s := start(t, matrixtest.Options{})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	b := bot(t, s)
	since := b.want(200, "", "GET", v3+"/sync", nil)["next_batch"].(string)
	for i := range 30 {
		if _, err := w.Say(ana, group, say(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	filter := url.QueryEscape(`{"room":{"timeline":{"limit":10}}}`)
	out := b.want(200, "", "GET", v3+"/sync?since="+since+"&filter="+filter, nil)
	bodies, prev, limited := timelineOf(out, group)
	if len(bodies) != 10 || bodies[9] != "29" || !limited {
		t.Fatalf("got %v limited=%v", bodies, limited)
	}
	page := b.want(200, "", "GET", room(group)+"/messages?dir=b&limit=50&from="+prev+"&to="+since, nil)
	chunk := page["chunk"].([]any)
	first := chunk[0].(map[string]any)["content"].(map[string]any)["body"]
	if len(chunk) != 20 || first != "19" {
		t.Fatalf("got %d events from %v", len(chunk), first)
	}
}

func TestSyncAnswersAtOnceWhenSomethingArrives(t *testing.T) {
	s := start(t, matrixtest.Options{})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	b := bot(t, s)
	since := b.want(200, "", "GET", v3+"/sync", nil)["next_batch"].(string)
	got := make(chan []string, 1)
	go func() {
		_, out := b.do("GET", v3+"/sync?timeout=20000&since="+since, nil)
		bodies, _, _ := timelineOf(out, group)
		got <- bodies
	}()
	for s.Syncs(s.BotID()) == 0 {
		time.Sleep(time.Millisecond) // until the call is there; nothing tells of it
	}
	if _, err := w.Say(ana, group, say("hello")); err != nil {
		t.Fatal(err)
	}
	select {
	case bodies := <-got:
		if len(bodies) != 1 || bodies[0] != "hello" {
			t.Fatalf("got %v", bodies)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the sync still waits")
	}
}

func TestOneTransactionIsOneEvent(t *testing.T) {
	s := start(t, matrixtest.Options{AppService: true})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	b := bot(t, s)
	var ids sync.Map
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			_, out := b.do("PUT", room(group)+"/send/m.room.message/t1", text("once"))
			ids.Store(out["event_id"], true)
		})
	}
	done.Wait()
	n := 0
	ids.Range(func(k, _ any) bool { n++; return k != nil })
	if n != 1 {
		t.Fatalf("8 calls made %d events", n)
	}

	// Two ghosts share the transaction ids of their application service.
	as := caller{t: t, base: s.URL(), token: s.Registration().AS}
	var sent []any
	for _, g := range []string{"potluck_a", "potluck_b"} {
		as.want(200, "", "POST", v3+"/register", map[string]any{"type": "m.login.application_service", "username": g})
		id := "@" + g + ":" + s.ServerName()
		b.want(200, "", "POST", room(group)+"/invite", map[string]string{"user_id": id})
		as.want(200, "", "POST", room(group)+"/join?user_id="+id, nil)
		sent = append(sent, as.want(200, "", "PUT", room(group)+"/send/m.room.message/g1?user_id="+id, text(g))["event_id"])
	}
	if sent[0] != sent[1] {
		t.Fatal("a transaction id must count for the whole application service")
	}
	s.ForgetTransactions()
	again := b.want(200, "", "PUT", room(group)+"/send/m.room.message/t1", text("once"))["event_id"]
	if _, known := ids.Load(again); known {
		t.Fatal("a restarted server must have forgotten the transaction")
	}
}

func TestRefusals(t *testing.T) {
	s := start(t, matrixtest.Options{AppService: true, MaxUpload: 1000})
	w := s.World()
	ana, ben := w.NewPerson("Ana"), w.NewPerson("Ben")
	group := w.NewGroup("kitchen", ana)
	message, err := w.Say(ana, group, say("mine"))
	if err != nil {
		t.Fatal(err)
	}
	b := bot(t, s)
	as := caller{t: t, base: s.URL(), token: s.Registration().AS}
	reaction := map[string]any{"m.relates_to": map[string]string{"rel_type": "m.annotation", "event_id": message, "key": "👍"}}
	b.want(200, "", "PUT", room(group)+"/send/m.reaction/r1", reaction)
	long := strings.Repeat("x", 64_893)
	b.want(200, "", "PUT", room(group)+"/send/m.room.message/l1", text(long))
	ghost := map[string]any{"type": "m.login.application_service", "username": "potluck_x"}
	as.want(200, "", "POST", v3+"/register", ghost)

	for _, c := range []struct {
		who          caller
		status       int
		code         string
		method, path string
		body         any
	}{
		{caller{t, s.URL(), "wrong"}, 401, "M_UNKNOWN_TOKEN", "GET", v3 + "/account/whoami", nil},
		{caller{t, s.URL(), ""}, 401, "M_MISSING_TOKEN", "GET", v3 + "/account/whoami", nil},
		{b, 404, "M_UNRECOGNIZED", "GET", v3 + "/nothing", nil},
		{b, 400, "M_DUPLICATE_ANNOTATION", "PUT", room(group) + "/send/m.reaction/r2", reaction},
		{b, 413, "M_TOO_LARGE", "PUT", room(group) + "/send/m.room.message/l2", text(long + strings.Repeat("x", 50))},
		{b, 400, "M_BAD_JSON", "PUT", room(group) + "/send/m.room.message/f1", map[string]any{"body": "x", "n": 1.5}},
		{b, 400, "M_NOT_JSON", "PUT", room(group) + "/send/m.room.message/f2", "no object"},
		{b, 404, "M_NOT_FOUND", "GET", room(group) + "/event/$nothing", nil},
		{b, 403, "M_FORBIDDEN", "POST", v3 + "/join/" + url.PathEscape(w.NewGroupWithout(ana)), nil},
		{b, 403, "M_FORBIDDEN", "POST", room(group) + "/kick", map[string]string{"user_id": ana}},
		{b, 403, "M_FORBIDDEN", "POST", room(group) + "/unban", map[string]string{"user_id": ben}},
		{b, 403, "M_FORBIDDEN", "GET", v3 + "/user/" + ana + "/account_data/m.direct", nil},
		{b, 413, "M_TOO_LARGE", "POST", "/_matrix/media/v3/upload", strings.Repeat("x", 1001)},
		{b, 403, "M_FORBIDDEN", "PUT", room(group) + "/state/m.room.power_levels", map[string]any{"users": map[string]int{s.BotID(): 101, ana: 100}}},
		{b, 400, "M_BAD_JSON", "PUT", room(group) + "/state/m.room.power_levels", map[string]any{"users": map[string]string{ana: "100"}}},
		{as, 400, "M_USER_IN_USE", "POST", v3 + "/register", ghost},
		{as, 400, "M_EXCLUSIVE", "POST", v3 + "/register", map[string]any{"type": "m.login.application_service", "username": "other"}},
		{as, 403, "M_FORBIDDEN", "GET", v3 + "/account/whoami?user_id=" + ana, nil},
		{as, 403, "M_FORBIDDEN", "GET", v3 + "/account/whoami?user_id=@potluck_none:localhost", nil},
		{as, 403, "M_FORBIDDEN", "PUT", room(group) + "/send/m.room.message/x?user_id=@potluck_x:localhost", text("not in the room")},
	} {
		c.who.want(c.status, c.code, c.method, c.path, c.body)
	}
	if err := w.Delete(ana, group, message); err != nil {
		t.Errorf("delete own message: %v", err)
	}
	if err := w.Edit(ben, group, message, say("no").Text); err == nil {
		t.Error("a stranger could edit")
	}
}

func TestFaults(t *testing.T) {
	s := start(t, matrixtest.Options{})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	b := bot(t, s)
	send := func(txn string) (int, map[string]any) {
		return b.do("PUT", room(group)+"/send/m.room.message/"+txn, text(txn))
	}
	s.Fault(matrixtest.Fault{Path: "/send/", Status: 429, RetryAfter: 1500 * time.Millisecond, Times: 2})
	s.Fault(matrixtest.Fault{Path: "/send/", Status: 502})
	s.Fault(matrixtest.Fault{Path: "/send/", DropBefore: true})
	s.Fault(matrixtest.Fault{Path: "/send/", DropAfter: true})
	for range 2 {
		if status, out := send("a"); status != 429 || out["retry_after_ms"] != 1500.0 {
			t.Fatalf("got %d %v", status, out)
		}
	}
	for i, want := range []int{502, 0, 0, 200} {
		if status, _ := send("a"); status != want {
			t.Fatalf("call %d: got %d, want %d", i, status, want)
		}
	}
	if struck, waiting := s.Faults(); struck != 5 || waiting != 0 {
		t.Fatalf("struck %d waiting %d", struck, waiting)
	}
	n := 0
	for _, m := range w.Messages(group) {
		if m.FromBot && !m.Service {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("the message is there %d times", n)
	}
	since := b.want(200, "", "GET", v3+"/sync", nil)["next_batch"].(string)
	if _, err := w.Say(ana, group, say("new")); err != nil {
		t.Fatal(err)
	}
	s.Fault(matrixtest.Fault{Path: "/sync", Repeat: 1})
	bodies, _, _ := timelineOf(b.want(200, "", "GET", v3+"/sync?since="+since, nil), group)
	if strings.Join(bodies, " ") != "a new" {
		t.Fatalf("got %v", bodies)
	}
	s.Deauthorise(s.BotID())
	b.want(401, "M_UNKNOWN_TOKEN", "GET", v3+"/sync?since="+since, nil)
}

func BenchmarkSend(b *testing.B) {
	s := start(b, matrixtest.Options{})
	w := s.World()
	group := w.NewGroup("kitchen", w.NewPerson("Ana"))
	c := bot(b, s)
	n := 0
	for b.Loop() {
		n++
		c.want(200, "", "PUT", room(group)+fmt.Sprintf("/send/m.room.message/%d", n), text("x"))
	}
}

func BenchmarkSync(b *testing.B) {
	s := start(b, matrixtest.Options{})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	for range 20_000 {
		if _, err := w.Say(ana, group, say("x")); err != nil {
			b.Fatal(err)
		}
	}
	c := bot(b, s)
	since := c.want(200, "", "GET", v3+"/sync", nil)["next_batch"].(string)
	for b.Loop() {
		if _, err := w.Say(ana, group, say("x")); err != nil {
			b.Fatal(err)
		}
		since = c.want(200, "", "GET", v3+"/sync?since="+since, nil)["next_batch"].(string)
	}
}
