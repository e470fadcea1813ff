package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestWebhookLeftBehindIsRemoved(t *testing.T) {
	s := newStage(t, options())
	s.stop()
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	post(t, s.URL()+"/bot"+s.Token()+"/setWebhook?url=http://127.0.0.1:1/x", "", nil)
	s.start()
	s.settled(ana, group)
	s.same(len(s.Calls("deleteWebhook")), 1)
}

func TestAnotherPollerIsNoCatastrophe(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	s.until("the operator is told", func() bool {
		post(t, s.URL()+"/bot"+s.Token()+"/getUpdates?timeout=0&offset=1", "", nil)
		return strings.Contains(s.logs.String(), "another program")
	})
	s.settled(ana, group)
}

func TestRefusedTokenEndsRun(t *testing.T) {
	for _, code := range []int{401, 404} {
		s := startServer(t, options())
		s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "getMe", Code: code, Description: "Unauthorized", Times: -1})
		a := newAdapter(t, Config{Token: s.Token(), API: s.URL()}, nil, &cursor{})
		err := a.Run(t.Context(), func(context.Context, ...chat.Event) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "@BotFather") || strings.Contains(err.Error(), s.Token()) {
			t.Errorf("%d: run ended with %v", code, err)
		}
		if f := a.Check(t.Context()); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Do, "@BotFather") {
			t.Errorf("%d: check finds %+v", code, f)
		}
	}
}

func TestTokenRefusedLater(t *testing.T) {
	s := startServer(t, options())
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL()}, nil, &cursor{})
	s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "getUpdates", Code: 401, Description: "Unauthorized"})
	if err := a.Run(t.Context(), func(context.Context, ...chat.Event) error { return nil }); err == nil {
		t.Error("run ended without an error")
	}
}

func TestPollSurvivesTrouble(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	for _, kind := range []telegramtest.FaultKind{telegramtest.ServerError, telegramtest.BadGateway, telegramtest.DropBefore, telegramtest.DropAfter} {
		s.Fail(telegramtest.Fault{Kind: kind, Method: "getUpdates"})
		s.settled(ana, group)
	}
}

func TestUpdatesAreConfirmedOnlyWhenDurable(t *testing.T) {
	s := startServer(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	var calls atomic.Int32
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL()}, nil, &cursor{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	asked := make(chan struct{}, 100)
	go func() {
		done <- a.Run(ctx, func(_ context.Context, _ ...chat.Event) error {
			calls.Add(1)
			asked <- struct{}{}
			return errors.New("the disk is full")
		})
	}()
	for range 2 {
		select {
		case <-asked:
		case <-time.After(patience):
			t.Fatal("nothing was handed in")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if calls.Load() < 2 || s.Pending() == 0 {
		t.Errorf("%d tries, %d updates still there; want more than one try and nothing confirmed", calls.Load(), s.Pending())
	}
	_ = group
}

func post(t *testing.T, url, secret string, body io.Reader) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response
}

func TestWebhookIsGuarded(t *testing.T) {
	s := startServer(t, options())
	address := freeAddress(t)
	secret := "sesame-sesame-sesame"
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL(), WebhookURL: "http://" + address + "/hook", WebhookListen: address, WebhookSecret: secret}, nil, &cursor{})
	ctx, cancel := context.WithCancel(t.Context())
	var broken atomic.Bool
	var told atomic.Int32
	done := make(chan error, 1)
	go func() {
		done <- a.Run(ctx, func(ctx context.Context, events ...chat.Event) error {
			if broken.Load() {
				<-ctx.Done() // a bus that does not answer
				return ctx.Err()
			}
			told.Add(int32(len(events)))
			return nil
		})
	}()
	for deadline := time.Now().Add(patience); len(s.Calls("setWebhook")) == 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the webhook is not set")
		}
	}
	update := func(id int) string {
		return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"text":"x","chat":{"id":-5,"type":"group"},"from":{"id":7,"first_name":"Ana","is_bot":false}}}`, id, id)
	}
	url := "http://" + address
	for _, c := range []struct {
		path, secret string
		body         []byte
		want         int
	}{
		{"/hook", "", []byte(update(1)), 401},
		{"/hook", "wrong", []byte(update(1)), 401},
		{"/else", secret, []byte(update(1)), 404},
		{"/hook", secret, []byte("no JSON"), 400},
		{"/hook", secret, []byte(update(1)), 200},
		{"/hook", secret, []byte(`{"update_id":2,"tomorrow":{}}`), 200},
		{"/hook", secret, []byte(`{"update_id":3,"message":"poison"}`), 200},
		{"/hook", secret, bytes.Repeat([]byte(" "), 2<<20), 200},
	} {
		if got := post(t, url+c.path, c.secret, bytes.NewReader(c.body)).StatusCode; got != c.want {
			t.Errorf("%s with %q and %.30q: %d, want %d", c.path, c.secret, c.body, got, c.want)
		}
	}
	if told.Load() != 1 {
		t.Errorf("%d events were told, want 1", told.Load())
	}
	early := `{"update_id":8,"message_reaction":{"chat":{"id":-5,"type":"group"},"message_id":70,"user":{"id":7,"first_name":"Ana","is_bot":false},"date":1,"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"👍"}]}}`
	for _, want := range []int{503, 503, 503, 200} {
		if got := post(t, url+"/hook", secret, strings.NewReader(early)).StatusCode; got != want {
			t.Errorf("a reaction to a message nobody knows yet: %d, want %d", got, want)
		}
	}
	broken.Store(true)
	if code := postUntilCancelled(t, url+"/hook", secret, update(9), cancel); code != 0 && code != 503 {
		t.Errorf("an update that is not durable was answered with %d", code)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := http.Post(url+"/hook", "", nil); err == nil {
		t.Error("the webhook still listens after run")
	}
}

// postUntilCancelled posts an update and cancels meanwhile; it returns the answer's code, 0 for none.
func postUntilCancelled(t *testing.T, url, secret, update string, cancel func()) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(update))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	// Whether the post is waiting by then or finds the door closed, it must not be granted.
	defer time.AfterFunc(20*time.Millisecond, cancel).Stop()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		cancel()
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestWebhookAddressInUse(t *testing.T) {
	s := startServer(t, options())
	address := strings.TrimPrefix(s.URL(), "http://")
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL(), WebhookURL: "https://example.org/x", WebhookListen: address, WebhookSecret: "sesame-sesame-sesame"}, nil, &cursor{})
	if err := a.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "is the address free") {
		t.Errorf("run ended with %v", err)
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := telegramtest.New(options())
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL()}, nil, &cursor{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	heard := make(chan struct{}, 100)
	go func() {
		done <- a.Run(ctx, func(context.Context, ...chat.Event) error { heard <- struct{}{}; return nil })
	}()
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	<-heard
	for _, kind := range []telegramtest.FaultKind{telegramtest.TooMany, telegramtest.DropBefore, telegramtest.DropAfter, telegramtest.BadGateway} {
		s.Fail(telegramtest.Fault{Kind: kind})
		_, _ = a.Do(ctx, chat.Dispatch{ID: "x#1", Effect: chat.Send{To: at(group), Text: chat.Plain("x")}})
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	a.calls.http.CloseIdleConnections()
	s.Close()
	goleak.VerifyNone(t, before)
}

func TestCheck(t *testing.T) {
	o := options()
	o.Privacy = true
	s := newStage(t, o)
	ana, _, group := s.table()
	if err := s.SetBotRights(group, "can_delete_messages", "can_pin_messages"); err != nil {
		t.Fatal(err)
	}
	s.settled(ana, group)
	s.restart() // where the bot is outlives it
	s.settled(ana, group)
	var bad []string
	for _, f := range s.adapter.Check(t.Context()) {
		if !f.OK {
			bad = append(bad, f.What)
		}
	}
	s.same(bad, []string{
		"privacy mode is on: where the bot is no administrator it reads commands and replies to it only",
		`in "Kitchen" the bot lacks the right: ban users, invite users`,
	})
}

func TestConfig(t *testing.T) {
	token := "123456:AAAAAAAAAAAAAAAAAAAAAAAA"
	hook := Config{Token: token, WebhookURL: "https://example.org/x", WebhookListen: "127.0.0.1:1", WebhookSecret: "sesame-sesame-sesame"}
	for name, c := range map[string]Config{"token": {Token: token}, "own server": {Token: token, API: "http://127.0.0.1:8081"}, "webhook": hook} {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	http, noListen, noSecret := hook, hook, hook
	http.WebhookURL, noListen.WebhookListen, noSecret.WebhookSecret = "http://example.org/x", "", "short"
	for name, c := range map[string]Config{
		"nothing": {}, "no token": {Token: "hunter2"}, "no address": {Token: token, API: "example.org"},
		"webhook without an address": {Token: token, WebhookListen: ":1"}, "webhook without TLS": http, "webhook that listens nowhere": noListen, "webhook without a secret": noSecret,
	} {
		err := c.Validate()
		if err == nil || strings.Contains(err.Error(), "AAAA") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := New(c, nil, &cursor{}, discard()); err == nil {
			t.Errorf("%s: an adapter was made of it", name)
		}
	}
}
