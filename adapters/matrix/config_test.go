package matrix_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
)

func TestConfigsThatCannotWorkSayWhatToDo(t *testing.T) {
	ok := matrix.Config{Homeserver: "https://matrix.example.org", User: "@bot:example.org", Token: "t"}
	if err := ok.Validate(); err != nil {
		t.Errorf("a good config: %v", err)
	}
	for want, change := range map[string]func(*matrix.Config){
		"homeserver": func(c *matrix.Config) { c.Homeserver = "matrix.example.org" },
		"full id":    func(c *matrix.Config) { c.User = "bot" },
		"needs one":  func(c *matrix.Config) { c.Token = "" },
		"more than":  func(c *matrix.Config) { c.Password = "p" },
		"prefix":     func(c *matrix.Config) { c.GhostPrefix = "Potluck " },
		"inviters":   func(c *matrix.Config) { c.Inviters = []string{"example.org"} },
	} {
		c := ok
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want something about %q", err, want)
		}
	}
}

func TestRegistrationsThatCannotWorkAreRefused(t *testing.T) {
	for want, text := range map[string]string{
		"as_token":     "id: potluck\nsender_localpart: x\n",
		"namespace":    "as_token: t\nsender_localpart: x\nnamespaces: {users: [{regex: '('}]}\n",
		"regex":        "as_token: t\nsender_localpart: x\nnamespaces: {users: [{regex: '@other_.*:localhost'}]}\n",
		"parse":        "\tno yaml",
		"sender_local": "as_token: t\n",
	} {
		path := filepath.Join(t.TempDir(), "registration.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := matrix.Config{Homeserver: "http://localhost", User: "@potluckbot:localhost", Registration: path}
		_, err := matrix.New(c, matrix.Options{Open: noFiles, Cursor: &cursor{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want something about %q", err, want)
		}
	}
}

func TestANewRegistrationIsAsItShouldBe(t *testing.T) {
	text, err := matrix.NewRegistration("@potluckbot:matrix.example.org", "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "registration.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := matrix.Config{Homeserver: "http://localhost", User: "@potluckbot:matrix.example.org", Registration: path}
	if _, err := matrix.New(c, matrix.Options{Open: noFiles, Cursor: &cursor{}}); err != nil {
		t.Error(err)
	}
	if _, err := matrix.NewRegistration("potluckbot", ""); err == nil {
		t.Error("a name that is no id was taken")
	}
}

// complaints returns what Check finds to be wrong.
func complaints(t *testing.T, c matrix.Config) string {
	t.Helper()
	var out []string
	for _, f := range newAdapter(t, c, noFiles, &cursor{}).Check(context.Background()) {
		if !f.OK {
			out = append(out, f.What+" → "+f.Do)
		}
	}
	return strings.Join(out, "\n")
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	s := newServer(t, matrixtest.Options{AppService: true})
	w := s.World()
	ana := w.NewPerson("Ana")
	good := configFor(s, s.URL())
	w.NewGroup("fine", ana)
	if got := complaints(t, good); got != "" {
		t.Errorf("it complains of a world that is as it should be:\n%s", got)
	}

	half := w.NewGroup("half", ana) // as somebody gives it who wants no time-outs
	if _, err := s.Inject(half, []byte(`{"type":"m.room.power_levels","state_key":"","content":{"users":{"`+ana+`":100,"`+s.BotID()+`":50},
		"events":{"m.room.power_levels":100}}}`)); err != nil {
		t.Fatal(err)
	}
	if got := complaints(t, good); got != "" {
		t.Errorf("it complains of a room without time-outs:\n%s", got)
	}
	weak := w.NewGroup("weak", ana)
	if _, err := s.Inject(weak, []byte(`{"type":"m.room.power_levels","state_key":"","content":{"users":{"`+ana+`":100}}}`)); err != nil {
		t.Fatal(err)
	}
	sealed := w.NewGroup("sealed", ana)
	if _, err := s.Inject(sealed, []byte(`{"type":"m.room.encryption","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2"}}`)); err != nil {
		t.Fatal(err)
	}
	got := complaints(t, good)
	wants := []string{"weak the bot has power level 0 and cannot remove messages, remove people, ban people, pin messages"}
	if !matrix.CanEncrypt {
		wants = append(wants, "sealed is encrypted")
	}
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("it says %q, and nothing about %q", got, want)
		}
	}

	badReg := filepath.Join(t.TempDir(), "registration.yaml")
	text := "as_token: " + s.Registration().AS + "\nsender_localpart: potluckbot\nurl: http://localhost:1\n" +
		"namespaces: {users: [{regex: '@potluckbot:localhost'}]}\n"
	if err := os.WriteFile(badReg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := good
	c.Registration = badReg
	got = complaints(t, c)
	for _, want := range []string{"namespaces.users", "sender_localpart", "url: null", "rate_limited: false"} {
		if !strings.Contains(got, want) {
			t.Errorf("it says %q, and nothing about %q", got, want)
		}
	}

	wrong := matrix.Config{Homeserver: s.URL(), User: s.BotID(), Password: "wrong"}
	if got := complaints(t, wrong); !strings.Contains(got, "password") {
		t.Errorf("of a wrong password it says %q", got)
	}
	nowhere := matrix.Config{Homeserver: "http://127.0.0.1:1", User: s.BotID(), Password: "x"}
	if got := complaints(t, nowhere); !strings.Contains(got, "curl") {
		t.Errorf("of a server that is not there it says %q", got)
	}
}

func TestCheckDoesNotSignOutARunningBot(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	before := r.server.Sessions(r.server.BotID())
	if got := complaints(t, r.config); got != "" {
		t.Error(got)
	}
	if after := r.server.Sessions(r.server.BotID()); after != before {
		t.Errorf("the bot has %d sessions, had %d", after, before)
	}
	r.settled(ana, group)
}
