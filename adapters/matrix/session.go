package matrix

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/adapters"
)

const (
	// device is the one device that the bot has: signing in anew ends the token before.
	device = "POTLUCK"
	// callTime bounds every call but /sync and the moving of files.
	callTime = 30 * time.Second
	// maxAnswer is the most bytes that an answer may have.
	maxAnswer = 64 << 20
)

// errCredentials is wrapped by errors that only an operator can mend.
var errCredentials = errors.New("the homeserver does not let the bot in")

// session is the bot signed in.
type session struct {
	bot  *mautrix.Client
	keys *keyring // the bot's device in encrypted rooms, nil without one
}

// connect returns the session, signing in first if there is none. Only one caller signs in at a time.
func (a *Adapter) connect(ctx context.Context) (*session, error) {
	if s := a.session.Load(); s != nil {
		return s, nil
	}
	select {
	case <-a.signIn:
		defer func() { a.signIn <- struct{}{} }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s := a.session.Load(); s != nil {
		return s, nil
	}
	s, err := a.login(ctx, a.deviceID())
	if err != nil {
		return nil, err
	}
	if err := a.equip(ctx, s); err != nil {
		return nil, err
	}
	if err := a.loadDirect(ctx, s); err != nil {
		return nil, err
	}
	a.introduce(ctx, s)
	a.session.Store(s)
	return s, nil
}

// introduce gives the bot a name that people can read, if nobody has given it one. Without one it still works.
func (a *Adapter) introduce(ctx context.Context, s *session) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	local, _, _ := strings.Cut(strings.TrimPrefix(a.config.User, "@"), ":")
	now, err := s.bot.GetOwnDisplayName(ctx)
	if err == nil && (now.DisplayName == "" || now.DisplayName == local) {
		err = s.bot.SetDisplayName(ctx, "Potluck")
	}
	if err != nil {
		a.log.Debug("the bot's name is not set", "error", err)
	}
}

// login signs in as the config says.
func (a *Adapter) login(ctx context.Context, device string) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	cli, err := a.client(a.config.User, a.config.Token)
	if err != nil {
		return nil, err
	}
	switch {
	case a.reg != nil:
		cli.AccessToken = a.reg.Token
		cli.SetAppServiceUserID = true
		if err := a.register(ctx, a.config.User); err != nil {
			return nil, credentials(err, "check as_token and namespaces in the registration file, and that the homeserver has read it")
		}
	case a.config.Token == "":
		_, err = cli.Login(ctx, &mautrix.ReqLogin{
			Type:       mautrix.AuthTypePassword,
			Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: a.config.User},
			Password:   a.config.Password, DeviceID: id.DeviceID(device), InitialDeviceDisplayName: "Potluck",
			StoreCredentials: true,
		})
		if err != nil {
			return nil, credentials(err, "check user and password")
		}
	}
	who, err := cli.Whoami(ctx)
	if err != nil {
		return nil, credentials(err, "make a new access token and put it into the config")
	}
	if string(who.UserID) != a.config.User {
		return nil, fmt.Errorf("%w: it says that the bot is %s: set user to that", errCredentials, who.UserID)
	}
	if a.reg == nil {
		cli.DeviceID = who.DeviceID
	}
	return &session{bot: cli}, nil
}

// credentials tells a refusal of the bot's account, with what to do, from a failure that passes.
func credentials(err error, do string) error {
	if s := statusOf(err); s == http.StatusUnauthorized || s == http.StatusForbidden {
		return fmt.Errorf("%w: %w: %s", errCredentials, err, do)
	}
	return err
}

// client returns a client that never retries by itself and bounds what it reads.
func (a *Adapter) client(user, token string) (*mautrix.Client, error) {
	cli, err := mautrix.NewClient(a.config.Homeserver, id.UserID(user), token)
	if err != nil {
		return nil, fmt.Errorf("make matrix client: %w", err)
	}
	cli.DefaultHTTPRetries = 0
	cli.ResponseSizeLimit = maxAnswer
	cli.UserAgent = "Potluck"
	cli.Client = a.http
	return cli, nil
}

// newHTTP returns a client of its own, so that closing its idle connections is ours to do. Calls are
// bounded by their contexts.
func newHTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 60 * time.Second,
	}}
}

// register makes an account of the application service; one that is there already is fine.
func (a *Adapter) register(ctx context.Context, user string) error {
	cli, err := a.client(user, a.reg.Token)
	if err != nil {
		return err
	}
	_, err = cli.MakeRequest(ctx, http.MethodPost, cli.BuildClientURL("v3", "register"), map[string]any{
		"type": "m.login.application_service", "username": localpart(user), "inhibit_login": true,
	}, nil)
	if codeOf(err) == "M_USER_IN_USE" {
		return nil
	}
	return err
}

// as returns a client for the bot or one of its ghosts.
func (a *Adapter) as(s *session, user string) (*mautrix.Client, error) {
	if user == a.config.User {
		return s.bot, nil
	}
	cli, err := a.client(user, s.bot.AccessToken)
	if err != nil {
		return nil, err
	}
	cli.SetAppServiceUserID = true
	return cli, nil
}

// lost forgets the session if an error says that its token is no longer good.
func (a *Adapter) lost(s *session, err error) {
	if code := codeOf(err); code == "M_UNKNOWN_TOKEN" || code == "M_MISSING_TOKEN" {
		a.session.CompareAndSwap(s, nil)
	}
}

// final tells whether Run must end with an error, for an operator to mend.
func final(err error) bool { return errors.Is(err, errCredentials) }

// retryAfter returns how long an error asks to wait, 0 if it does not say.
func retryAfter(err error) time.Duration {
	var retry *adapters.RetryError
	if errors.As(failure(err), &retry) {
		return retry.After
	}
	return 0
}
