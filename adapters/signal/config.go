package signal

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Config is what the operator sets for Signal.
type Config struct {
	// Socket is where signal-cli's daemon listens: the path of its unix socket or "tcp://host:port".
	Socket string `toml:"socket"`
	// Account is the bot's number in international form ("+15550100001"). Empty = the daemon's only one.
	Account string `toml:"account"`
	// Dir is a folder of this adapter's own, for the inbox and the memory of edits.
	Dir string `toml:"-"`
	// Attachments is the daemon's folder of received files ("<config>/attachments"), if we can read it;
	// empty = files are fetched through the socket.
	Attachments string `toml:"attachments"`
	// Outbox is a folder that the daemon can read; files that are too large for the socket go through it.
	// Empty = files over 14 MB are not sent.
	Outbox string `toml:"outbox"`
	// KeepFiles is how long received files stay in Attachments; signal-cli never deletes them. 0 = for ever.
	KeepFiles time.Duration `toml:"keep_files"`
	// IgnoreInvites lets the bot wait in groups that it was invited to instead of joining them.
	IgnoreInvites bool `toml:"ignore_invites"`
	// Idle is how long nothing may come before the adapter subscribes anew, in case the daemon's receiving
	// has died unseen. Default 10 minutes.
	Idle time.Duration `toml:"idle"`
	// Look is how often the groups are looked at for people who ask to be let in, of whom the daemon does not
	// tell. Default 30 seconds.
	Look time.Duration `toml:"-"`
	// Timeout is how long a call may take; group sends take minutes under rate limits. Default 2 minutes.
	Timeout time.Duration `toml:"timeout"`
}

// isNumber tells whether s is a phone number in international form.
func isNumber(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && len(digits) >= 5 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// Validate tells what is wrong with the config, and what to write instead.
func (c Config) Validate() error {
	switch {
	case c.Socket == "":
		return errors.New("signal.socket is missing: give the path of signal-cli's socket, or tcp://host:port")
	case strings.HasPrefix(c.Socket, "tcp://") && !strings.Contains(c.Socket[len("tcp://"):], ":"):
		return errors.New("signal.socket has no port: write tcp://host:port")
	case c.Account != "" && !isNumber(c.Account) && !isACI(c.Account):
		return errors.New("signal.account is no number: write it in international form, +15550100001")
	case c.Dir == "":
		return errors.New("the folder for Signal's inbox is not set")
	}
	for name, dir := range map[string]string{"attachments": c.Attachments, "outbox": c.Outbox} {
		if dir != "" && !filepath.IsAbs(dir) {
			return fmt.Errorf("signal.%s is not an absolute path", name)
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Idle <= 0 {
		c.Idle = 10 * time.Minute
	}
	if c.Look <= 0 {
		c.Look = 30 * time.Second
	}
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Minute
	}
	return c
}

// address returns the network and address to dial.
func (c Config) address() (network, address string) {
	if a, ok := strings.CutPrefix(c.Socket, "tcp://"); ok {
		return "tcp", a
	}
	return "unix", c.Socket
}
