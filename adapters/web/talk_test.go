package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// TestConversation is a whole one: words, an answer with choices, a press, a change, a removal.
func TestConversation(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("  Somebody <b>shouts</b>\r\nat me ")
	who := chat.Person{Identity: chat.Identity(at)}
	name := strings.TrimPrefix(at.ID, "c1.")
	want := []chat.Event{{
		ID: chat.EventID("web/" + name + "/1"), At: r.now(), Chat: at, Private: true, By: who,
		Body: chat.Posted{Ref: chat.Ref{Chat: at, ID: "1"}, Text: chat.Plain("Somebody <b>shouts</b>\nat me")},
	}}
	if diff := cmp.Diff(want, r.house.heard()); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	choices := []chat.Choice{{Label: "In my name", Ask: "report named"}, {Label: "Without a name", Ask: "report unnamed"}}
	sent := r.do("e1#1", chat.Whisper{To: at, Who: who.Identity, Secret: true, Text: chat.Styled(chat.Bold, "How?", ""), Choices: choices})
	if diff := cmp.Diff([]chat.Ref{{Chat: at, ID: "2"}}, sent.Refs); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	got := lines(t, r.page(path))
	if diff := cmp.Diff([]string{"You Somebody <b>shouts</b> at me", "Potluck How? In my name Without a name"}, got); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	status, _, _ := r.visit("POST", path+"/press", url.Values{"about": {"2"}, "revision": {"0"}, "choice": {"1"}}, nil)
	if status != http.StatusSeeOther {
		t.Errorf("pressing gave %d", status)
	}
	want = append(want, chat.Event{
		ID: chat.EventID("web/" + name + "/3"), At: r.now(), Chat: at, Private: true, By: who,
		Body: chat.Pressed{Ref: chat.Ref{Chat: at, ID: "2"}, N: 1},
	})
	if diff := cmp.Diff(want, r.house.heard()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	r.do("e2#1", chat.Edit{To: at, Target: chat.Target{Refs: sent.Refs}, Text: chat.Plain("Case 7.")})
	r.do("e2#2", chat.Send{To: at, Text: chat.Plain("oops")})
	r.do("e2#3", chat.Delete{To: at, Target: chat.Target{Refs: []chat.Ref{{Chat: at, ID: "4"}}}})
	r.do("e2#4", chat.Delete{To: at, Target: chat.Target{Refs: []chat.Ref{{Chat: at, ID: "1"}}}})
	for range 2 { // and the same after a restart
		got = lines(t, r.page(path))
		wanted := []string{
			"You This message was taken away.", "Potluck · changed Case 7.", "You You chose: Without a name", "Potluck This message was taken away.",
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
		r.restart()
	}
	for _, gone := range []string{"shouts", "oops", "How?"} {
		if found := r.kept(gone); found != "" {
			t.Errorf("%q is still in %s", gone, found)
		}
	}
	if diff := cmp.Diff(want, r.house.heard()); diff != "" {
		t.Errorf("events after the restarts (-want +got):\n%s", diff)
	}
}

// kept returns a file of the folder that has the words, empty if none has.
func (r *rig) kept(words string) (path string) {
	r.t.Helper()
	files, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(r.dir, f.Name()))
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.Contains(f.Name()+"\n"+string(raw), words) {
			return f.Name()
		}
	}
	return ""
}

// TestEffectsCountOnce does each effect twice, with a restart between.
func TestEffectsCountOnce(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("hello")
	effects := map[chat.EffectID]chat.Outgoing{
		"e#1": chat.Send{To: at, Text: chat.Plain("one")},
		"e#2": chat.Edit{To: at, Target: chat.Target{Refs: []chat.Ref{{Chat: at, ID: "2"}}}, Text: chat.Plain("two")},
	}
	for range 2 {
		for _, id := range []chat.EffectID{"e#1", "e#2"} {
			r.do(id, effects[id])
		}
		r.restart()
	}
	r.do("e#2", effects["e#2"])
	if diff := cmp.Diff([]string{"You hello", "Potluck · changed two"}, lines(t, r.page(path))); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if rev := regexp.MustCompile(`"revision":1[,}]`); !rev.MatchString(r.read(at)) {
		t.Errorf("one change has counted more than once: %s", r.read(at))
	}
}

func (r *rig) read(at chat.Chat) string {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.dir, strings.TrimPrefix(at.ID, "c1.")+suffix))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(raw)
}

// TestRefusals is what the talk never does.
func TestRefusals(t *testing.T) {
	r := newRig(t)
	_, at := r.begin("hello")
	_, other := r.begin("hello you")
	who, mine := chat.Identity(at), chat.Target{Refs: []chat.Ref{{Chat: at, ID: "1"}}}
	nowhere := chat.Chat{Platform: chat.Web, ID: "c1." + newToken()}
	for _, test := range []struct {
		why chat.Reason
		e   chat.Outgoing
	}{
		{chat.Unsupported, chat.Restrict{To: at, Who: who}},
		{chat.Unsupported, chat.Release{To: at, Who: who}},
		{chat.Unsupported, chat.Remove{To: at, Who: who}},
		{chat.Unsupported, chat.Ban{To: at, Who: who}},
		{chat.Unsupported, chat.Unban{To: at, Who: who}},
		{chat.Unsupported, chat.Admit{To: at, Who: who}},
		{chat.Unsupported, chat.Decline{To: at, Who: who}},
		{chat.Unsupported, chat.Pin{To: at, Target: mine}},
		{chat.Unsupported, chat.Unpin{To: at, Target: mine}},
		{chat.Unsupported, chat.React{To: at, Target: mine, Emoji: "👍", On: true}},
		{chat.Invalid, chat.Invite{To: at}},
		{chat.NotFound, chat.Send{To: nowhere, Text: chat.Plain("x")}},
		{chat.NotFound, chat.Send{To: chat.Chat{Platform: chat.Web, ID: "c1"}, Text: chat.Plain("x")}},
		{chat.NotFound, chat.Send{To: chat.Chat{Platform: chat.Web, ID: strings.Replace(at.ID, "c1.", "c2.", 1)}, Text: chat.Plain("x")}},
		{chat.NotFound, chat.Whisper{To: at, Who: chat.Identity(other), Text: chat.Plain("x")}},
		{chat.Forbidden, chat.Edit{To: at, Target: mine, Text: chat.Plain("x")}},
		{chat.NotFound, chat.Edit{To: other, Target: mine, Text: chat.Plain("x")}},
		{chat.NotFound, chat.Edit{To: at, Text: chat.Plain("x")}},
		{chat.NotFound, chat.Delete{To: at, Target: chat.Target{Refs: []chat.Ref{{Chat: at, ID: "9"}}}}},
		{chat.NotFound, chat.Delete{To: at, Target: chat.Target{Refs: []chat.Ref{{Chat: at, ID: "x"}}}}},
	} {
		_, err := r.talk.Do(t.Context(), chat.Dispatch{ID: "e#1", Effect: test.e})
		var refused *adapters.RefusedError
		if !errors.As(err, &refused) || refused.Why != test.why {
			t.Errorf("%T %+v: got %v, want refused because %s", test.e, test.e, err, test.why)
		}
	}
	for _, c := range []chat.Chat{at, other} {
		if n := strings.Count(r.read(c), `"kind":"answered"`); n > 0 {
			t.Errorf("%s has %d answers", c, n)
		}
	}
}

// TestNotSentBeforeTheBus stops the program while the bus does not take anything: what was sent is not called so, and
// the next start publishes it, in order and once.
func TestNotSentBeforeTheBus(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("one")
	asked := make(chan struct{}, 9)
	r.house.mu.Lock()
	r.house.gate = func(ctx context.Context, _ chat.Event) error {
		asked <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	r.house.mu.Unlock()
	// The visitor closes the page before an answer comes.
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", r.url+path, strings.NewReader(url.Values{"text": {"two"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	left := make(chan struct{})
	go func() {
		defer close(left)
		if resp, err := r.client.Do(req); err == nil {
			resp.Body.Close()
			t.Error("the page came before the bus had taken what was sent")
		}
	}()
	<-asked
	body := r.page(path)
	leave()
	<-left
	if !strings.Contains(body, "not handed over yet") || strings.Contains(body, "No answer yet") {
		t.Errorf("the page calls sent what is not: %s", body)
	}
	r.stop()
	r.house.mu.Lock()
	r.house.gate = nil
	r.house.mu.Unlock()
	r.start()
	if _, body := r.write(path, "three"); strings.Contains(body, "not handed over yet") {
		t.Errorf("the page does not know what is sent: %s", body)
	}
	r.restart()
	var got []string
	for _, e := range r.house.heard() {
		got = append(got, string(e.ID)+" "+e.Body.(chat.Posted).Text.Plain)
	}
	name := "web/" + strings.TrimPrefix(at.ID, "c1.")
	if diff := cmp.Diff([]string{name + "/1 one", name + "/2 two", name + "/3 three"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestBrokenBus lets the bus fail: Run says so, and nothing is lost.
func TestBrokenBus(t *testing.T) {
	r := newRig(t)
	r.stop()
	talk := r.make()
	s, err := talk.shelf()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.begin(newToken(), "c1", record{At: r.now(), Text: chat.Plain("hello")}); err != nil {
		t.Fatal(err)
	}
	closed := errors.New("the bus is closed")
	if err := talk.Run(t.Context(), func(context.Context, ...chat.Event) error { return closed }); !errors.Is(err, closed) {
		t.Errorf("Run returned %v", err)
	}
	heard := make(chan chat.Event)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- r.make().Run(ctx, func(_ context.Context, events ...chat.Event) error {
			heard <- events[0]
			return nil
		})
	}()
	if e := <-heard; e.Body.(chat.Posted).Text.Plain != "hello" {
		t.Errorf("heard %+v", e)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run returned %v", err)
	}
}
