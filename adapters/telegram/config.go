package telegram

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Config is the operator's part: a token is enough.
type Config struct {
	// Token is what @BotFather gave: "123456:ABC…". Secret.
	Token string `toml:"token"`
	// API is the Bot API server's address; empty means https://api.telegram.org. A server of one's own must
	// not run with --local: it would name files on its disk instead of giving them.
	API string `toml:"api"`
	// WebhookURL is the public https address that Telegram posts updates to; empty means long polling, which
	// needs no address and keeps one order over all chats.
	WebhookURL string `toml:"webhook_url"`
	// WebhookListen is the address to listen on for it, behind the operator's TLS proxy: "127.0.0.1:8443".
	WebhookListen string `toml:"webhook_listen"`
	// WebhookSecret proves that a post comes from Telegram: 16 to 256 of A–Z a–z 0–9 _ -. Secret.
	WebhookSecret string `toml:"webhook_secret"`
	// Menus are the lists of commands that people are offered, one for each language.
	Menus []Menu `toml:"-"`
}

const officialAPI = "https://api.telegram.org"

// Validate looks at the values without asking anybody; its error says what to do.
func (c Config) Validate() error {
	if !regexp.MustCompile(`^[0-9]{1,16}:[A-Za-z0-9_-]{20,100}$`).MatchString(c.Token) {
		return errors.New("telegram token is not one: it looks like 123456:ABC-DEF… and @BotFather shows it with /token")
	}
	if _, err := parseHTTP(c.api()); err != nil {
		return fmt.Errorf("telegram api %q: %w", c.API, err)
	}
	if c.WebhookURL == "" {
		if c.WebhookListen != "" || c.WebhookSecret != "" {
			return errors.New("telegram webhook_listen and webhook_secret do nothing without webhook_url: set it, or remove them")
		}
		return nil
	}
	u, err := parseHTTP(c.WebhookURL)
	if err != nil {
		return fmt.Errorf("telegram webhook_url: %w", err)
	}
	if u.Scheme != "https" && u.Hostname() != "127.0.0.1" {
		return errors.New("telegram webhook_url must begin with https://, Telegram posts to nothing else")
	}
	if c.WebhookListen == "" {
		return errors.New("telegram webhook_url needs webhook_listen, the address to listen on, like 127.0.0.1:8443")
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{16,256}$`).MatchString(c.WebhookSecret) {
		return errors.New("telegram webhook_url needs webhook_secret, 16 to 256 letters, digits, _ or -; `openssl rand -hex 32` makes one")
	}
	return nil
}

func (c Config) api() string {
	if c.API == "" {
		return officialAPI
	}
	return strings.TrimRight(c.API, "/")
}

func parseHTTP(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("it is not a URL")
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("it must be an http(s) address without ? and #")
	}
	return u, nil
}
