package signaltest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// notified reads lines until a notification and returns the text of its message.
func notified(t *testing.T, c *testClient) string {
	t.Helper()
	var n struct {
		Params struct {
			Result struct {
				Envelope struct {
					DataMessage struct {
						Message string `json:"message"`
					} `json:"dataMessage"`
				} `json:"envelope"`
			} `json:"result"`
		} `json:"params"`
	}
	line := c.read()
	if err := json.Unmarshal([]byte(line), &n); err != nil {
		t.Fatalf("notification %s: %v", line, err)
	}
	return n.Params.Result.Envelope.DataMessage.Message
}

func TestQueueWaitsInManualModeAndIsDroppedInOnStart(t *testing.T) {
	t.Parallel()
	for mode, want := range map[ReceiveMode]string{Manual: "early", OnStart: "late"} {
		w := newFixtureWorld(t, Options{Mode: mode})
		if err := w.says(bob, testGroup, "early"); err != nil {
			t.Fatal(err)
		}
		if mode == OnStart {
			deadline := time.After(5 * time.Second)
			again := time.NewTicker(time.Millisecond)
			for w.Queued() > 0 { // the receive thread drops it by itself, and nobody tells
				select {
				case <-again.C:
				case <-deadline:
					t.Fatal("nothing is dropped")
				}
			}
			again.Stop()
		}
		c := dialTest(t, w.Server)
		c.call("version", nil)
		if mode == Manual {
			c.must("subscribeReceive", nil)
		}
		if err := w.says(bob, testGroup, "late"); err != nil {
			t.Fatal(err)
		}
		if line := c.read(); !strings.Contains(line, `"message":"`+want+`"`) {
			t.Errorf("mode %d: first is %s, want %s", mode, line, want)
		}
	}
}

func TestNothingIsWrittenAfterUnsubscribing(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	c.must("unsubscribeReceive", map[string]any{"subscription": 0})
	if err := w.says(bob, testGroup, "waits"); err != nil {
		t.Fatal(err)
	}
	c.must("version", nil)
	if n := w.Queued(); n != 1 {
		t.Fatalf("%d envelopes wait, want 1", n)
	}
	if a := c.must("subscribeReceive", nil); string(a.Result) != "1" {
		t.Errorf("second subscription is %s, want 1", a.Result)
	}
	if got := notified(t, c); got != "waits" {
		t.Errorf("got %q", got)
	}
}

func TestOwnMessagesNeverComeBackAndOthersDo(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	c.must("send", map[string]any{"groupId": testGroup, "message": "mine"})
	if err := w.says(bob, testGroup, "yours"); err != nil {
		t.Fatal(err)
	}
	if got := notified(t, c); got != "yours" {
		t.Errorf("got %q", got)
	}
	shown := w.Messages(testGroup)
	if len(shown) != 2 || !shown[0].FromBot || shown[0].Text.Plain != "mine" || shown[1].Name != "Bob" {
		t.Errorf("phones show %+v", shown)
	}
}

func TestDeadReceiveThreadLivesAgainAfterResubscribing(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	w.KillReceive()
	if err := w.says(bob, testGroup, "hello?"); err != nil {
		t.Fatal(err)
	}
	c.must("version", nil) // it looks healthy
	c.must("unsubscribeReceive", map[string]any{"subscription": 0})
	c.must("subscribeReceive", nil)
	if got := notified(t, c); got != "hello?" {
		t.Errorf("got %q", got)
	}
}

func TestFaultsDropConnectionsBeforeAndAfterExecuting(t *testing.T) {
	t.Parallel()
	for kind, want := range map[FaultKind]int{DropBefore: 0, DropAfter: 1} {
		w := newFixtureWorld(t, Options{})
		w.Break(Fault{Kind: kind, Method: "send"})
		c := dialTest(t, w.Server)
		c.write(`{"jsonrpc":"2.0","id":"1","method":"send","params":{"groupId":"` + testGroup + `","message":"x"}}`)
		if line, err := c.readLine(); err == nil {
			t.Errorf("%s: answered %s", kind, line)
		}
		if got := len(w.Messages(testGroup)); got != want {
			t.Errorf("%s: phones show %d messages, want %d", kind, got, want)
		}
	}
}

func TestHalfLineBreaksTheConnectionAndLosesTheMessage(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	w.Break(Fault{Kind: HalfLine})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	if err := w.says(bob, testGroup, "torn"); err != nil {
		t.Fatal(err)
	}
	if line, err := c.readLine(); err == nil || line == "" {
		t.Errorf("got %q, %v, want half a line and the end", line, err)
	}
	if w.Queued() != 0 {
		t.Error("the message is given again")
	}
}

func TestPhonesIgnoreWhatSignalIgnores(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	start := int64(1790000100000)
	w.clock.set(start)
	sent := c.must("send", map[string]any{"groupId": testGroup, "message": "one"}).timestamp(t)
	for i := range 11 {
		w.clock.set(start + int64(i+1)*1000)
		c.must("send", map[string]any{"groupId": testGroup, "message": fmt.Sprint("edit ", i+1), "editTimestamp": sent})
	}
	if got := w.Messages(testGroup)[0].Text.Plain; got != "edit 10" {
		t.Errorf("after eleven edits phones show %q", got)
	}
	hers, err := w.Say(bob, testGroup, world.Say{Text: textOf("hers")})
	if err != nil {
		t.Fatal(err)
	}
	_, ts, _ := strings.Cut(hers, "/")
	c.must("remoteDelete", map[string]any{"groupId": testGroup, "targetTimestamp": json.Number(ts)})
	if w.Messages(testGroup)[1].Deleted {
		t.Error("a remote delete of another's message works")
	}
	w.clock.set(start + 25*time.Hour.Milliseconds())
	c.must("remoteDelete", map[string]any{"groupId": testGroup, "targetTimestamp": sent})
	c.must("sendAdminDelete", map[string]any{"groupId": testGroup, "targetAuthor": bob, "targetTimestamp": json.Number(ts)})
	for _, m := range w.Messages(testGroup) {
		if m.Deleted {
			t.Errorf("a day-old message was deleted: %+v", m)
		}
	}
	if err := w.Edit(bob, testGroup, hers, textOf("late")); err == nil {
		t.Error("a person can edit after a day")
	}
}

func TestRequestsAnswerOutOfOrderUnderJitter(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{Jitter: 20 * time.Millisecond, Seed: 1})
	c := dialTest(t, w.Server)
	const n = 50
	for i := range n {
		c.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"send","params":{"groupId":%q,"message":"m"}}`, i, testGroup))
	}
	var ids []int
	stamps := map[int64]bool{}
	for range n {
		var a struct {
			ID     int `json:"id"`
			Result struct {
				Timestamp int64 `json:"timestamp"`
			} `json:"result"`
		}
		if err := json.Unmarshal([]byte(c.read()), &a); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID)
		stamps[a.Result.Timestamp] = true
	}
	if slices.IsSorted(ids) {
		t.Error("fifty answers came in order")
	}
	if len(stamps) != n {
		t.Errorf("%d different timestamps of %d", len(stamps), n)
	}
}

func TestParameterTraps(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	for name, tt := range map[string]struct {
		method string
		params map[string]any
		code   int
	}{
		"small number":      {"remoteDelete", map[string]any{"groupId": testGroup, "targetTimestamp": 1000}, codeInternal},
		"string as boolean": {"sendTyping", map[string]any{"groupId": testGroup, "stop": "true"}, codeInternal},
		"pin without time":  {"sendPinMessage", map[string]any{"groupId": testGroup, "targetAuthor": bob, "targetTimestamp": 1790000000001}, codeInternal},
		"missing emoji":     {"sendReaction", map[string]any{"groupId": testGroup, "targetAuthor": bob, "targetTimestamp": 1790000000001}, codeInternal},
		"typed receive":     {"receive", map[string]any{"timeouts": 1}, codeRequest},
		"missing file":      {"send", map[string]any{"groupId": testGroup, "attachment": "/nowhere/x.png"}, codeInternal},
		"empty data URI":    {"send", map[string]any{"groupId": testGroup, "attachment": "data:text/plain;base64,"}, codeInternal},
		"unknown ignored":   {"send", map[string]any{"groupId": testGroup, "message": "x", "nonsense": 1}, 0},
		"plural and dashed": {"send", map[string]any{"group-ids": []string{testGroup}, "message": "x"}, 0},
		"number as text":    {"send", map[string]any{"groupId": testGroup, "message": 5}, 0},
	} {
		a := c.call(tt.method, tt.params)
		got := 0
		if a.Error != nil {
			got = a.Error.Code
		}
		if got != tt.code {
			t.Errorf("%s: code %d, want %d (%+v)", name, got, tt.code, a.Error)
		}
	}
}

func TestUntrustedSenderIsWithheldUntilTrusted(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	w.Reinstall(bob)
	if err := w.says(bob, testGroup, "new phone"); err != nil {
		t.Fatal(err)
	}
	if line := c.read(); !strings.Contains(line, "UntrustedIdentityException") || strings.Contains(line, "new phone") {
		t.Errorf("got %s", line)
	}
	c.write(`{"jsonrpc":"2.0","id":"1","method":"trust","params":{"recipient":"` + bob + `","trustAllKnownKeys":true}}`)
	both := c.read() + c.read()
	if !strings.Contains(both, "new phone") || !strings.Contains(both, `"result":{}`) {
		t.Errorf("after trusting came %s", both)
	}
}

func TestGroupCacheIsOldUntilTheDaemonReceives(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	if err := w.Leave(bob, testGroup); err != nil {
		t.Fatal(err)
	}
	if a := c.must("listGroups", nil); !strings.Contains(string(a.Result), bob) {
		t.Error("the daemon knows of a change that it has not received")
	}
	if a := c.must("listGroups", map[string]any{"groupId": testGroup}); strings.Contains(string(a.Result), bob) {
		t.Error("asking the server shows the old group")
	}
}

func TestFilesOfPeopleAreOnTheDisk(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	w.Break(Fault{Kind: PartialFile, Skip: 1})
	for range 2 {
		_, err := w.Say(bob, testGroup, world.Say{Media: []world.Media{{Kind: chat.File, Name: "a.txt", MIME: "text/plain", Bytes: []byte("0123456789")}}})
		if err != nil {
			t.Fatal(err)
		}
		c.read()
	}
	entries, err := os.ReadDir(w.AttachmentsDir())
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	var sizes []int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	slices.Sort(sizes)
	if !slices.Equal(sizes, []int64{5, 10}) {
		t.Errorf("file sizes %v, want 5 and 10", sizes)
	}
}

func TestDaemonComesBackAtTheSameAddress(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "tcp"} {
		w := newFixtureWorld(t, Options{Network: network})
		address := w.Address()
		w.Stop(true)
		if network == "unix" {
			if _, err := os.Stat(address); err != nil {
				t.Errorf("stale socket: %v", err)
			}
		}
		if err := w.says(bob, testGroup, "while down"); err != nil {
			t.Fatal(err)
		}
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		if w.Address() != address {
			t.Errorf("address %s, before %s", w.Address(), address)
		}
		c := dialTest(t, w.Server)
		c.must("subscribeReceive", nil)
		if got := notified(t, c); got != "while down" {
			t.Errorf("got %q", got)
		}
	}
}

func TestDeauthorisedAccountIsGone(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	c.must("subscribeReceive", nil)
	w.Deauthorise()
	if a := c.must("listAccounts", nil); string(a.Result) != "[]" {
		t.Errorf("accounts %s", a.Result)
	}
	if a := c.call("send", map[string]any{"account": "+15550100001", "groupId": testGroup, "message": "x"}); a.Error == nil || a.Error.Code != codeParams {
		t.Errorf("send answers %+v", a)
	}
	w.Authorise()
	if err := w.says(bob, testGroup, "again"); err != nil {
		t.Fatal(err)
	}
	c.must("subscribeReceive", nil)
	if got := notified(t, c); got != "again" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkSend(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	p := s.NewPerson("Ana")
	g := s.NewGroup("Table", p)
	conn, err := dialLines(s)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.close() }()
	for i := 0; b.Loop(); i++ {
		if err := conn.exchange(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"send","params":{"account":"+15550100001","groupId":%q,"message":"bread at six"}}`, i, g)); err != nil {
			b.Fatal(err)
		}
	}
}
