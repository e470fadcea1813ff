package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Config is what an operator writes: one TOML file of about a dozen lines. Every key is also an
// environment variable (telegram.token = POTLUCK_TELEGRAM_TOKEN), which wins over the file; every secret
// can also be read from a file (telegram.token_file, POTLUCK_TELEGRAM_TOKEN_FILE). A platform without
// credentials is off.
type Config struct {
	Data string `toml:"data"`
	// Seal is "new" for one start after the key of what is sealed was lost; it gives up what it has sealed.
	Seal     string         `toml:"seal"`
	Telegram TelegramConfig `toml:"telegram"`
	Signal   SignalConfig   `toml:"signal"`
	Matrix   MatrixConfig   `toml:"matrix"`
	Bus      BusConfig      `toml:"bus"`
	Web      WebConfig      `toml:"web"`
	LLM      LLMConfig      `toml:"llm"`
}

// TelegramConfig is the account of a Telegram bot.
type TelegramConfig struct {
	Token     string `toml:"token" secret:"true"`
	TokenFile string `toml:"token_file"`
	APIURL    string `toml:"api_url"` // of an own Bot API server; empty = Telegram's
	// A public https address, the local address to listen on behind it, and a secret; empty = long polling.
	WebhookURL        string `toml:"webhook_url"`
	WebhookListen     string `toml:"webhook_listen"`
	WebhookSecret     string `toml:"webhook_secret" secret:"true"`
	WebhookSecretFile string `toml:"webhook_secret_file"`
}

// SignalConfig is an account of a running signal-cli daemon.
type SignalConfig struct {
	Account string `toml:"account"` // its phone number, "+15550100001"
	Socket  string `toml:"socket"`  // a path, or tcp://host:port
	// Attachments is the daemon's folder of received files, if Potluck can read it; Outbox is a folder for
	// files too large for the socket, if the daemon can read it. Both may be empty.
	Attachments string `toml:"attachments"`
	Outbox      string `toml:"outbox"`
	// KeepFiles is how long files stay in Attachments, like "72h"; empty = for ever.
	KeepFiles string `toml:"keep_files"`
	// IgnoreInvites is "true" to wait in groups that the account was invited to instead of joining them.
	IgnoreInvites string `toml:"ignore_invites"`
}

// MatrixConfig is an account on a homeserver.
type MatrixConfig struct {
	Homeserver      string `toml:"homeserver"`
	UserID          string `toml:"user_id"`
	Password        string `toml:"password" secret:"true"`
	PasswordFile    string `toml:"password_file"`
	AccessToken     string `toml:"access_token" secret:"true"`
	AccessTokenFile string `toml:"access_token_file"`
	AppService      string `toml:"appservice"` // path of the registration file; empty = one bot account
}

// BusConfig says where the bus is.
type BusConfig struct {
	URL string `toml:"url"` // of an external NATS cluster; empty = embedded
	// Hold is how long messages stay on the bus that have arrived everywhere, like "24h", the default: a backup that is
	// not older can still catch up.
	Hold string `toml:"hold"`
}

// WebConfig says where the operator's pages are served, and where people in none of the chats reach the house.
type WebConfig struct {
	Listen string `toml:"listen"` // "127.0.0.1:8080"; empty = nowhere
	// Talk is the address that people open, "https://table.example.org"; empty = off. TalkListen is where a proxy
	// sends what it gets for that address; empty = 127.0.0.1:8081. It is never the operator's pages' address.
	Talk       string `toml:"talk"`
	TalkListen string `toml:"talk_listen"`
}

// LLMConfig is a language model that may word recaps, in rooms whose organisers turn it on (/room ai on). Without it, and
// everywhere else, recaps are quotations and no word leaves the server for them.
type LLMConfig struct {
	URL     string `toml:"url"`   // of an API like OpenAI's, up to its version: "http://127.0.0.1:11434/v1"; empty = none
	Model   string `toml:"model"` // "qwen3:8b"
	Key     string `toml:"key" secret:"true"`
	KeyFile string `toml:"key_file"`
}

// defaultConfigPath is read when no other is named; it may be missing.
const defaultConfigPath = "potluck.toml"

// loadConfig reads the file, then the environment, then the files that secrets are in. An empty path is
// potluck.toml in the working folder, if it is there.
func loadConfig(path string, env func(string) string) (Config, error) {
	c := Config{Data: "data"}
	named := path != ""
	if !named {
		path = defaultConfigPath
	}
	raw, err := os.ReadFile(path)
	if err != nil && (named || !errors.Is(err, fs.ErrNotExist)) {
		return c, fmt.Errorf("read config: %w", err)
	}
	if err := parseConfig(raw, &c); err != nil {
		return c, fmt.Errorf("read config %s: %w", path, err)
	}
	if err := fromEnv(reflect.ValueOf(&c).Elem(), "POTLUCK", env); err != nil {
		return c, err
	}
	return c, c.validate()
}

// parseConfig decodes TOML; a key that is not known is an error that names its line.
func parseConfig(raw []byte, c *Config) error {
	d := toml.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(c)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		row, _ := strict.Errors[0].Position()
		return fmt.Errorf("line %d: there is no key %q; the keys are in deploy/potluck.toml",
			row, strings.Join(strict.Errors[0].Key(), "."))
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, column := wrong.Position()
		return fmt.Errorf("line %d, column %d: %w", row, column, wrong)
	}
	return err
}

// fromEnv fills every string of a struct from its variable, and a secret from the file its sibling names.
func fromEnv(v reflect.Value, prefix string, env func(string) string) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := prefix + "_" + strings.ToUpper(field.Tag.Get("toml"))
		if v.Field(i).Kind() == reflect.Struct {
			if err := fromEnv(v.Field(i), name, env); err != nil {
				return err
			}
			continue
		}
		if value := env(name); value != "" {
			v.Field(i).SetString(value)
		}
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("secret") == "" || v.Field(i).String() != "" {
			continue
		}
		path := v.FieldByName(field.Name + "File").String()
		if path == "" {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read secret %s: %w", field.Tag.Get("toml"), err)
		}
		v.Field(i).SetString(strings.TrimSpace(string(raw)))
	}
	return nil
}

func (c Config) validate() error {
	switch {
	case c.Data == "":
		return errors.New("data: name a folder for the state and the bus")
	case c.Seal != "" && c.Seal != "new":
		return errors.New(`seal: leave it out, or write "new" for one start after seal.key was lost`)
	case (c.Signal.Account == "") != (c.Signal.Socket == ""):
		return errors.New("signal: account and socket go together; set both, or none to leave Signal off")
	case c.Signal.Account != "" && !strings.HasPrefix(c.Signal.Account, "+"):
		return errors.New("signal.account: write the phone number with its country code, like +15550100001")
	case !isDuration(c.Bus.Hold):
		return errors.New("bus.hold: write a time like 24h")
	case c.Signal.IgnoreInvites != "" && c.Signal.IgnoreInvites != "true" && c.Signal.IgnoreInvites != "false":
		return errors.New(`signal.ignore_invites: write "true" or "false"`)
	case !isDuration(c.Signal.KeepFiles):
		return errors.New("signal.keep_files: write a time like 72h")
	case c.Matrix.Homeserver == "" && (c.Matrix.UserID != "" || c.Matrix.AppService != ""):
		return errors.New("matrix.homeserver: name the server's address, like https://matrix.example.org")
	case c.Matrix.Homeserver != "" && c.Matrix.UserID == "":
		return errors.New("matrix.user_id: name the bot's account, like @potluck:example.org")
	case c.Matrix.Homeserver != "" && c.Matrix.Password == "" && c.Matrix.AccessToken == "" && c.Matrix.AppService == "":
		return errors.New("matrix: give the bot's password or access_token, or the appservice registration")
	case c.llm().Validate() != nil:
		return c.llm().Validate()
	case c.Web.Talk == "" && c.Web.TalkListen != "":
		return errors.New("web.talk: name the address that people open, like https://table.example.org, or leave talk_listen out")
	case c.Web.Talk != "" && c.talk().Listen == c.Web.Listen:
		return errors.New("web.talk_listen: name another port than in web.listen, for everybody can open the talk")
	case c.Web.Talk != "":
		return c.talk().Validate()
	}
	return nil
}

func isDuration(s string) bool {
	d, err := time.ParseDuration(s)
	return s == "" || err == nil && d > 0
}

// The files in the data folder.
func (c Config) statePath() string  { return filepath.Join(c.Data, "state.db") }
func (c Config) sealPath() string   { return filepath.Join(c.Data, "seal.key") }
func (c Config) busPath() string    { return filepath.Join(c.Data, "bus") }
func (c Config) socketPath() string { return filepath.Join(c.Data, "potluck.sock") }
func (c Config) journalPath(platform string) string {
	return filepath.Join(c.Data, "journal-"+platform+".db")
}
