package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestTheMenusOfCommands(t *testing.T) {
	s := startServer(t, options())
	long := strings.Repeat("ü", 300)
	menu := []Menu{
		{Groups: []MenuItem{{"help", "what I can do"}, {"@admins", "no name for Telegram"}}, Private: []MenuItem{{"mydata", long}}, Admins: []MenuItem{{"ban", "out"}}},
		{Language: "de", Groups: []MenuItem{{"help", "was ich kann"}}},
	}
	for i := range 150 {
		menu[1].Private = append(menu[1].Private, MenuItem{fmt.Sprint("c", i), "x"})
	}
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL(), Menus: menu}, nil, &cursor{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx, func(context.Context, ...chat.Event) error { return nil }) }()
	soon(t, func() bool { return len(s.Calls("setMyCommands")) == 6 })
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	ask := func(scope, language string) (out []string) {
		var answer struct {
			Result []struct{ Command, Description string }
		}
		query := url.Values{"language_code": {language}, "scope": {`{"type":"` + scope + `"}`}}
		r, err := http.Get(s.URL() + "/bot" + s.Token() + "/getMyCommands?" + query.Encode())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		for _, c := range answer.Result {
			out = append(out, c.Command+" "+c.Description)
		}
		return out
	}
	if diff := cmp.Diff([]string{"help what I can do"}, ask("all_group_chats", "")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"help what I can do", "ban out"}, ask("all_chat_administrators", "")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"mydata " + strings.Repeat("ü", 255) + "…"}, ask("all_private_chats", "")); diff != "" {
		t.Error(diff)
	}
	if got := ask("all_private_chats", "de"); len(got) != 100 {
		t.Errorf("%d commands, Telegram takes 100", len(got))
	}
	if v := s.Violations(); len(v) > 0 {
		t.Errorf("against the schema: %v", v)
	}
}

// A menu that Telegram does not take holds up nothing.
func TestAMenuThatIsRefused(t *testing.T) {
	s := startServer(t, options())
	s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "setMyCommands", Code: 400, Description: "Bad Request: BOT_COMMAND_INVALID", Times: -1})
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL(), Menus: []Menu{{Groups: []MenuItem{{"help", "x"}}}, {Language: "de"}}}, nil, &cursor{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx, func(context.Context, ...chat.Event) error { return nil }) }()
	soon(t, func() bool { return len(s.Calls("getUpdates")) > 0 && len(s.Calls("setMyCommands")) == 1 })
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// soon waits until something is so, for at most five seconds.
func soon(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(5 * time.Second); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it has not come to that")
		}
	}
}
