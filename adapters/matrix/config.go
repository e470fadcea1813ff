package matrix

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
)

// Config is the operator's part: a homeserver, the bot's account and one way to sign in.
type Config struct {
	// Homeserver is the address of the client-server API: "https://matrix.example.org".
	Homeserver string `toml:"homeserver"`
	// User is the bot's full id: "@potluckbot:example.org".
	User string `toml:"user"`
	// Password signs the bot in; Token is an access token instead. Secret, both.
	Password string `toml:"password"`
	Token    string `toml:"token"`
	// Registration is the path of the application service's registration file (YAML); with it neither
	// Password nor Token is needed, and people from elsewhere get accounts of their own (ghosts).
	Registration string `toml:"registration"`
	// GhostPrefix begins the local part of every ghost's id; default "potluck_". It must be in the
	// registration's namespace.
	GhostPrefix string `toml:"ghost_prefix"`
	// Inviters are patterns of those whose invitations the bot accepts, with * for anything:
	// "*:example.org". Empty means everybody's.
	Inviters []string `toml:"inviters"`
}

// Validate looks at the values without asking anybody; its error says what to do.
func (c Config) Validate() error {
	u, err := url.Parse(c.Homeserver)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("matrix homeserver is not an address: it looks like https://matrix.example.org")
	}
	if !isUserID(c.User) {
		return errors.New("matrix user is not a full id: it looks like @potluckbot:example.org")
	}
	ways := 0
	for _, v := range []string{c.Password, c.Token, c.Registration} {
		if v != "" {
			ways++
		}
	}
	if ways == 0 {
		return errors.New("matrix needs one of password, token and registration: set the bot's password, or make a registration file")
	}
	if ways > 1 {
		return errors.New("matrix has more than one of password, token and registration: keep one of them")
	}
	if strings.Trim(c.GhostPrefix, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
		return fmt.Errorf("matrix ghost_prefix %q has other than a-z, 0-9 and . _ -: choose one without", c.GhostPrefix)
	}
	for _, p := range c.Inviters {
		if _, err := path.Match(p, ""); err != nil || !strings.Contains(p, ":") {
			return fmt.Errorf("matrix inviters has %q, which is no pattern: it looks like *:example.org or @ana:example.org", p)
		}
	}
	return nil
}

func (c Config) ghostPrefix() string {
	if c.GhostPrefix == "" {
		return "potluck_"
	}
	return c.GhostPrefix
}

// accepts tells whether an invitation by that account is accepted.
func (c Config) accepts(inviter string) bool {
	if len(c.Inviters) == 0 {
		return true
	}
	for _, p := range c.Inviters {
		// path.Match lets * stop at a slash, which ids of accounts do not have unless they are old and odd.
		if ok, err := path.Match(p, strings.ReplaceAll(inviter, "/", "_")); err == nil && ok {
			return true
		}
	}
	return false
}

// isUserID tells whether s can be the full id of an account; at most 255 bytes, says the specification.
func isUserID(s string) bool {
	local, server, ok := strings.Cut(s, ":")
	return ok && len(s) <= 255 && strings.HasPrefix(local, "@") && len(local) > 1 && server != "" && isPrintable(s)
}

// isRoomID and isEventID tell whether s can be such an id. From room version 12 on a room's id has no
// server in it.
func isRoomID(s string) bool {
	return len(s) > 1 && len(s) <= 255 && s[0] == '!' && isPrintable(s)
}

func isEventID(s string) bool {
	return len(s) > 1 && len(s) <= 255 && s[0] == '$' && isPrintable(s)
}

// isPrintable tells whether s has neither white space nor control characters: nothing that comes from the
// network may break an id apart.
func isPrintable(s string) bool {
	for _, r := range s {
		if r <= ' ' || r == 0x7f || r == 0xFFFD {
			return false
		}
	}
	return true
}

// serverOf returns the part of an account's id behind the colon.
func serverOf(user string) string {
	_, server, _ := strings.Cut(user, ":")
	return server
}
