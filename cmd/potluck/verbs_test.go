package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
	"github.com/potluck-chat/potluck/core/chat"
)

// house is a Potluck that an operator runs on three pretended messengers.
type house struct {
	t          *testing.T
	messengers *hall.Hall
	env        func(string) string
	data       string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	messengers, err := hall.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(messengers.Close)
	data := t.TempDir()
	c := configFor(messengers, data, "")
	return &house{t: t, messengers: messengers, data: data, env: env(
		"POTLUCK_DATA", data, "POTLUCK_TELEGRAM_TOKEN", c.Telegram.Token, "POTLUCK_TELEGRAM_API_URL", c.Telegram.APIURL,
		"POTLUCK_SIGNAL_ACCOUNT", c.Signal.Account, "POTLUCK_SIGNAL_SOCKET", c.Signal.Socket,
		"POTLUCK_SIGNAL_ATTACHMENTS", c.Signal.Attachments, "POTLUCK_MATRIX_HOMESERVER", c.Matrix.Homeserver,
		"POTLUCK_MATRIX_USER_ID", c.Matrix.UserID, "POTLUCK_MATRIX_APPSERVICE", c.Matrix.AppService,
		"POTLUCK_WEB_LISTEN", free(t),
	)}
}

func free(t *testing.T) string {
	t.Helper()
	address, err := freeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// verb runs a verb and returns what it prints and its exit code.
func (h *house) verb(ctx context.Context, args ...string) (out string, code int) {
	var b bytes.Buffer
	code = run(ctx, &console{out: &b, err: &b, env: h.env, log: slog.New(slog.DiscardHandler)}, args)
	return b.String(), code
}

// start lets `potluck run` run and returns what stops it.
func (h *house) start() (stop func()) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	type end struct {
		out  string
		code int
	}
	ended := make(chan end, 1)
	go func() {
		out, code := h.verb(ctx, "run")
		ended <- end{out, code}
	}()
	h.await("ready", func() bool { return h.get("/ready") == "ready\n" })
	return func() {
		h.t.Helper()
		cancel()
		select {
		case e := <-ended:
			if e.code != 0 {
				h.t.Errorf("potluck run ended with %d: %s", e.code, e.out)
			}
		case <-time.After(20 * time.Second):
			h.t.Fatal("potluck run does not end")
		}
	}
}

func (h *house) get(path string) string {
	resp, err := http.Get("http://" + h.env("POTLUCK_WEB_LISTEN") + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

// await looks again and again until something is so.
func (h *house) await(what string, is func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			h.t.Fatalf("it never came to this: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// shows tells whether people of a group see a text.
func shows(w world.World, group, text string) bool {
	for _, m := range w.Messages(group) {
		if strings.Contains(m.Text.Plain, text) && !m.Deleted {
			return true
		}
	}
	return false
}

// TestOperator goes through an operator's day: check, run, link, do, backup while it runs, a restore, and that
// an edit then still finds the copies of a message from before.
func TestOperator(t *testing.T) {
	h := newHouse(t)
	tg, mx := world.World(h.messengers.Telegram), world.World(h.messengers.Matrix.World())
	ana, greta := tg.NewPerson("Ana"), mx.NewPerson("Greta")
	if out, code := h.verb(t.Context(), "check"); code != 0 || !strings.Contains(out, "All is well.") {
		t.Errorf("check before there are groups: %d\n%s", code, out)
	}
	if out, code := h.verb(t.Context(), "do", "links"); code != 1 || !strings.Contains(out, "potluck run") {
		t.Errorf("do without a running potluck: %d %q", code, out)
	}
	stop := h.start()
	kitchen, garden := tg.NewGroup("Kitchen", ana), mx.NewGroup("Garden", greta)
	h.link(tg, ana, kitchen, mx, greta, garden)
	first := h.say(tg, ana, kitchen, "bread at six")
	h.await("the copy on Matrix", func() bool { return shows(mx, garden, "bread at six") })

	if out, code := h.verb(t.Context(), "do", "links"); code != 0 || !strings.Contains(out, `"Kitchen" on Telegram, "Garden" on Matrix`) {
		t.Errorf("do links: %d %q", code, out)
	}
	if out, code := h.verb(t.Context(), "do", "dead", "letters"); code != 0 || !strings.Contains(out, "Nothing lies here") {
		t.Errorf("do dead letters: %d %q", code, out)
	}
	if out, code := h.verb(t.Context(), "run"); code != 1 || !strings.Contains(out, "another potluck is running") {
		t.Errorf("a second run: %d %q", code, out)
	}
	if m := h.get("/metrics"); !strings.Contains(m, `potluck_leg_sent_total{platform="matrix"}`) || strings.Contains(m, "bread") {
		t.Errorf("metrics: %q", m)
	}
	backup := filepath.Join(t.TempDir(), "monday.db")
	if out, code := h.verb(t.Context(), "backup", backup); code != 0 {
		t.Errorf("backup: %d %q", code, out)
	}
	if out, code := h.verb(t.Context(), "backup", backup); code != 1 || !strings.Contains(out, "name another") {
		t.Errorf("backup over a file: %d %q", code, out)
	}
	if out, code := h.verb(t.Context(), "restore", backup); code != 1 {
		t.Errorf("restore while potluck runs: %d %q", code, out)
	}
	h.say(tg, ana, kitchen, "and soup")
	h.await("the second copy", func() bool { return shows(mx, garden, "and soup") })
	stop()

	if out, code := h.verb(t.Context(), "restore", backup); code != 0 {
		t.Fatalf("restore: %d %q", code, out)
	}
	defer h.start()()
	if err := tg.Edit(ana, kitchen, first, chat.Plain("bread at seven")); err != nil {
		t.Fatal(err)
	}
	h.await("the edit on Matrix", func() bool { return shows(mx, garden, "bread at seven") })
	h.say(mx, greta, garden, "lovely")
	h.await("the answer on Telegram", func() bool { return shows(tg, kitchen, "lovely") })
	if n := count(mx, garden, "and soup"); n != 1 {
		t.Errorf("a message from after the backup is shown %d times, want once", n)
	}
}

func count(w world.World, group, text string) (n int) {
	for _, m := range w.Messages(group) {
		if strings.Contains(m.Text.Plain, text) {
			n++
		}
	}
	return n
}

func (h *house) say(w world.World, who, group, text string) string {
	h.t.Helper()
	id, err := w.Say(who, group, world.Say{Text: chat.Plain(text)})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// link connects two groups as their organisers do.
func (h *house) link(a world.World, ana, kitchen string, b world.World, greta, garden string) {
	h.t.Helper()
	h.say(a, ana, kitchen, "/link")
	var code string
	h.await("a code", func() bool {
		for _, m := range a.Messages(kitchen) {
			if _, rest, ok := strings.Cut(m.Text.Plain, "/link "); ok && m.FromBot && len(rest) > 9 && rest[4] == '-' {
				code = rest[:9]
			}
		}
		return code != ""
	})
	h.say(b, greta, garden, "!link "+code)
	h.await("the greeting", func() bool { return shows(a, kitchen, "Connected!") && shows(b, garden, "Connected!") })
}

// TestVerbs calls each verb wrongly and reads what it says.
func TestVerbs(t *testing.T) {
	h := &house{t: t, env: env("POTLUCK_DATA", t.TempDir())}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "Start with: potluck demo"},
		{[]string{"dance"}, 2, `there is no command "dance"`},
		{[]string{"run", "--fast"}, 2, "flag provided but not defined"},
		{[]string{"run", "--config", "/nowhere.toml"}, 1, "read config"},
		{[]string{"do"}, 2, "say what to do"},
		{[]string{"backup"}, 2, "name the file to write"},
		{[]string{"backup", filepath.Join(t.TempDir(), "b")}, 1, "there is no state"},
		{[]string{"restore", "/nowhere"}, 1, "open backup"},
		{[]string{"check"}, 1, "No platform has credentials"},
		{[]string{"bench"}, 2, "say what to measure"},
		{[]string{"registration"}, 2, "set matrix.user_id"},
		{[]string{"captcha"}, 2, "give the solution"},
		{[]string{"captcha", "x"}, 1, "no potluck is running"},
		{[]string{"version"}, 0, "potluck "},
		{[]string{"features"}, 0, "| text | native | native | native |"},
	} {
		out, code := h.verb(t.Context(), test.args...)
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("potluck %v: got %d %q, want %d with %q", test.args, code, out, test.code, test.want)
		}
	}
}

// TestFeaturesJSON reads the table as a program would.
func TestFeaturesJSON(t *testing.T) {
	h := &house{t: t, env: env()}
	out, code := h.verb(t.Context(), "features", "--json")
	var rows []map[string]string
	if err := json.Unmarshal([]byte(out), &rows); err != nil || code != 0 {
		t.Fatalf("exit code %d: %v", code, err)
	}
	if len(rows) != len(chat.Kinds()) {
		t.Errorf("got %d rows, want %d", len(rows), len(chat.Kinds()))
	}
	for _, r := range rows {
		if len(r) != 4 || r["kind"] == "" || r["telegram"] == "" || r["signal"] == "" || r["matrix"] == "" {
			t.Errorf("row %s is not whole", fmt.Sprint(r))
		}
	}
}
