package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// TestConfig reads a file, the environment over it, and a secret from a file of its own.
func TestConfig(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "token")
	write(t, secret, "1:abc\n")
	path := filepath.Join(dir, "potluck.toml")
	write(t, path, `
data = "/srv/potluck"
[telegram]
token_file = "`+secret+`"
api_url = "http://127.0.0.1:1"
[signal]
account = "+15550100001"
socket = "/run/s"
`)
	c, err := loadConfig(path, env("POTLUCK_SIGNAL_SOCKET", "tcp://127.0.0.1:7583", "POTLUCK_MATRIX_HOMESERVER", "http://m",
		"POTLUCK_MATRIX_USER_ID", "@p:m", "POTLUCK_MATRIX_PASSWORD", "pw"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "/srv/potluck" || c.Telegram.Token != "1:abc" || c.Signal.Socket != "tcp://127.0.0.1:7583" || c.Matrix.Password != "pw" {
		t.Errorf("got %+v", c)
	}
	c, err = loadConfig(path, env("POTLUCK_TELEGRAM_TOKEN", "2:def"))
	if err != nil || c.Telegram.Token != "2:def" {
		t.Errorf("got token %q, %v; the environment should win", c.Telegram.Token, err)
	}
}

// TestConfigRefuses names the place of what is wrong, and what to do.
func TestConfigRefuses(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"[telegram]\ntoken = 'x'\ntokn = 'y'\n", `line 3: there is no key "telegram.tokn"`},
		{"data = 3\n", "line 1"},
		{"data = ''\n", "name a folder"},
		{"[signal]\naccount = '+1'\n", "account and socket go together"},
		{"[signal]\naccount = '49'\nsocket = 's'\n", "with its country code"},
		{"[matrix]\nuser_id = '@a:b'\n", "name the server's address"},
		{"[matrix]\nhomeserver = 'http://m'\n", "name the bot's account"},
		{"[matrix]\nhomeserver = 'http://m'\nuser_id = '@a:b'\n", "give the bot's password"},
		{"[telegram]\ntoken_file = '/nowhere/token'\n", "read secret token"},
		{"[web]\ntalk_listen = '127.0.0.1:1'\n", "name the address that people open"},
		{"[web]\ntalk = 'http://table.example.org'\n", "must begin with https://"},
		{"[web]\ntalk = 'https://table.example.org'\nlisten = '127.0.0.1:8081'\n", "name another port"},
	} {
		path := filepath.Join(t.TempDir(), "potluck.toml")
		write(t, path, test.file)
		_, err := loadConfig(path, env())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got error %v, want one with %q", test.file, err, test.want)
		}
	}
	if _, err := loadConfig(filepath.Join(t.TempDir(), "missing.toml"), env()); err == nil {
		t.Error("a config that was named and is not there is no error")
	}
}

// TestExampleConfig reads the example in deploy with every line switched on.
func TestExampleConfig(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/potluck.toml")
	if err != nil {
		t.Fatal(err)
	}
	var on []string
	for _, line := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(rest, " = \"") {
			line = rest
		}
		on = append(on, line)
	}
	var c Config
	if err := parseConfig([]byte(strings.Join(on, "\n")), &c); err != nil {
		t.Fatal(err)
	}
	if c.Signal.Account == "" || c.Matrix.AppService == "" || c.Web.Listen == "" || c.Web.Talk == "" || c.Web.TalkListen == "" || c.Bus.URL == "" || c.Telegram.APIURL == "" {
		t.Errorf("the example lacks a key: %+v", c)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
