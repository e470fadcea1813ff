package matrix

import (
	"crypto/rand"
	"fmt"
	"os"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxRegistration is the most bytes that a registration file may have.
const maxRegistration = 64 << 10

// registration is what we need of an application service's registration file.
type registration struct {
	Token      string  `yaml:"as_token"`
	Sender     string  `yaml:"sender_localpart"`
	URL        *string `yaml:"url"`
	RateLimit  *bool   `yaml:"rate_limited"`
	Namespaces struct {
		Users []struct {
			Regex string `yaml:"regex"`
		} `yaml:"users"`
	} `yaml:"namespaces"`
	users []*regexp.Regexp
}

// NewRegistration returns a registration file (YAML) for a bot, with fresh tokens: url null, because the
// bot receives by /sync, and a sender that is not the bot, because Synapse does not let that one receive.
// ghostPrefix is Config.GhostPrefix.
func NewRegistration(user, ghostPrefix string) (string, error) {
	if !isUserID(user) {
		return "", fmt.Errorf("make matrix registration: %q is not a full id like @potluckbot:example.org", user)
	}
	prefix := Config{GhostPrefix: ghostPrefix}.ghostPrefix()
	server := regexp.QuoteMeta(serverOf(user))
	return fmt.Sprintf(`# The homeserver and Potluck both read this file. Keep it secret.
id: potluck
url: null
as_token: %s
hs_token: %s
sender_localpart: potluck_%s
rate_limited: false
namespaces:
  users:
  - {exclusive: true, regex: '@%s.*:%s'}
  - {exclusive: true, regex: '@%s:%s'}
  aliases: []
  rooms: []
`, rand.Text(), rand.Text(), strings.ToLower(rand.Text()), regexp.QuoteMeta(prefix), server,
		regexp.QuoteMeta(localpart(user)), server), nil
}

// readRegistration reads the file that the homeserver has, too.
func readRegistration(path string) (*registration, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read matrix registration: %w", err)
	}
	if info.Size() > maxRegistration {
		return nil, fmt.Errorf("read matrix registration: %s is no registration file, it is too large", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read matrix registration: %w", err)
	}
	return parseRegistration(b)
}

func parseRegistration(b []byte) (*registration, error) {
	var r registration
	if err := yaml.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("parse matrix registration: %w", err)
	}
	if r.Token == "" || r.Sender == "" {
		return nil, fmt.Errorf("parse matrix registration: as_token or sender_localpart is missing: make both long random words")
	}
	for _, u := range r.Namespaces.Users {
		re, err := regexp.Compile("^(?:" + u.Regex + ")$")
		if err != nil {
			return nil, fmt.Errorf("parse matrix registration: namespace %q: %w", u.Regex, err)
		}
		r.users = append(r.users, re)
	}
	return &r, nil
}

// owns tells whether an account is in the application service's namespace.
func (r *registration) owns(user string) bool {
	for _, re := range r.users {
		if re.MatchString(user) {
			return true
		}
	}
	local, _, _ := strings.Cut(strings.TrimPrefix(user, "@"), ":")
	return local == r.Sender
}
