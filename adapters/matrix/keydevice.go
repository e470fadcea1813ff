//go:build goolm

package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/adapters"
)

// errForeignDevice is what an operator must mend: the token's device belongs to another program.
var errForeignDevice = errors.New("the access token belongs to a device that has keys of its own, which only the program has that it was " +
	"made for: give the bot's password instead, or a token that was made for Potluck alone")

// equip gives a session its device in encrypted rooms. Where there is nowhere to keep keys, or the account has no
// device that could have some, the bot goes on without; what passes is an error.
func (a *Adapter) equip(ctx context.Context, s *session) error {
	v := a.vault()
	if v == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*shareTime)
	defer cancel()
	if err := a.retire(ctx); err != nil {
		return err
	}
	k, err := a.newKeyring(s, v)
	if err != nil {
		return err
	}
	err = k.begin(ctx)
	switch {
	case err == nil:
		s.keys, a.keys = k, k
		return nil
	case errors.Is(err, errForeignDevice), errors.Is(err, errNoDevice):
		a.log.Error("encrypted rooms cannot be read", "error", err)
		return nil
	}
	return fmt.Errorf("prepare for encrypted rooms: %w", err)
}

// retire makes the keys of the session before good for nothing: two who use the same keys would use some twice.
func (a *Adapter) retire(ctx context.Context) error {
	old := a.keys
	if old == nil {
		return nil
	}
	select {
	case <-old.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	old.rows.spoil(errors.New("the bot has signed in anew"))
	old.give()
	a.keys = nil
	return nil
}

func (a *Adapter) newKeyring(s *session, v adapters.Vault) (*keyring, error) {
	r := newRows(v)
	store, err := openKeystore(r)
	if err != nil {
		return nil, err
	}
	k := &keyring{
		a: a, s: s, rows: r, store: store, turn: make(chan struct{}, 1), tried: map[id.UserID]time.Time{}, crowds: map[string]crowd{},
	}
	k.turn <- struct{}{}
	_, k.lazy = r.begin(context.Background())
	k.waits = newWaits(r, a.keyWait)
	if err := k.waits.load(); err != nil {
		return nil, err
	}
	return k, nil
}

// errNoDevice is wrapped where the account cannot have a device of the bot's own.
var errNoDevice = errors.New("the bot has no device")

// begin signs in as a device, if the session is not one, and sees to it that the server has its keys.
func (k *keyring) begin(ctx context.Context) error {
	for range 3 {
		if err := k.enter(ctx); err != nil {
			return err
		}
		k.mach = crypto.NewOlmMachine(k.client, nil, k.store, roomStates{k})
		k.mach.IgnorePostDecryptionParseErrors, k.mach.DisableRatchetTracking = true, true
		if err := k.mach.Load(ctx); err != nil {
			return fmt.Errorf("load keys: %w", err)
		}
		same, err := k.matches(ctx)
		if err != nil {
			return err
		}
		if same {
			return k.publish(ctx)
		}
		if err := k.renew(ctx); err != nil {
			return err
		}
	}
	return errors.New("the homeserver has other keys for the bot's device however it is called")
}

// enter makes the client of the bot's device. An application service's token has no device: the bot signs in with it
// for one, or makes one where the server has given up that way (spec 1.17).
func (k *keyring) enter(ctx context.Context) error {
	a := k.a
	if a.reg == nil {
		if k.s.bot.DeviceID == "" {
			return fmt.Errorf("%w: the access token has none: give the bot's password instead", errNoDevice)
		}
		return k.speakAs(k.s.bot.AccessToken, k.s.bot.DeviceID, false)
	}
	if err := k.speakAs(a.reg.Token, id.DeviceID(a.deviceID()), true); err != nil {
		return err
	}
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	k.client.SetAppServiceDeviceID = false
	got, err := k.client.Login(callCtx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypeAppservice, Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: a.config.User},
		DeviceID: id.DeviceID(a.deviceID()), InitialDeviceDisplayName: "Potluck",
	})
	if err == nil {
		return k.speakAs(got.AccessToken, got.DeviceID, false)
	}
	if st := statusOf(err); st != http.StatusBadRequest && st != http.StatusForbidden && st != http.StatusNotFound {
		return err
	}
	made := k.client.CreateDeviceMSC4190(callCtx, id.DeviceID(a.deviceID()), "Potluck")
	if st := statusOf(made); st >= 400 && st < 500 && st != http.StatusTooManyRequests {
		return fmt.Errorf("%w: the homeserver neither lets the application service sign in (%w) nor make one (%w)", errNoDevice, brief(err), brief(made))
	}
	return made
}

// speakAs makes the client of a device.
func (k *keyring) speakAs(token string, device id.DeviceID, service bool) error {
	cli, err := k.a.client(k.a.config.User, token)
	if err != nil {
		return err
	}
	cli.DeviceID, cli.SetAppServiceUserID, cli.SetAppServiceDeviceID = device, service, service
	cli.Client = &http.Client{Transport: committing{k.a.http.Transport}}
	k.client = cli
	return nil
}

// matches tells whether the server has the keys that we have for our device, or none as long as we have none.
func (k *keyring) matches(ctx context.Context) (bool, error) {
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	bot, device := k.client.UserID, k.client.DeviceID
	got, err := k.client.QueryKeys(callCtx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{bot: {device}}})
	if err != nil {
		return false, fmt.Errorf("ask for own keys: %w", err)
	}
	there, ok := got.DeviceKeys[bot][device]
	ours := k.mach.OwnIdentity().SigningKey
	if !ok || len(there.Keys) == 0 {
		return !k.mach.GetAccount().Shared, nil
	}
	if there.Keys.GetEd25519(device) == ours {
		k.mach.GetAccount().Shared = true // it may have been killed before it could note so
		return true, nil
	}
	return false, nil
}

// publish gives the server the device's keys, and notes which device they belong to.
func (k *keyring) publish(ctx context.Context) error {
	ctx, batch := k.rows.begin(ctx)
	if err := k.rows.put(ctx, key("device"), []byte(k.client.DeviceID)); err != nil {
		return err
	}
	if err := k.store.PutAccount(ctx, k.mach.GetAccount()); err != nil {
		return err
	}
	if !k.mach.GetAccount().Shared {
		if err := k.mach.ShareKeys(ctx, 0); err != nil {
			return k.settle(batch, fmt.Errorf("publish keys: %w", err))
		}
	}
	if err := k.store.prune(ctx, time.Now()); err != nil {
		return k.settle(batch, err)
	}
	if err := k.settle(batch, nil); err != nil {
		return err
	}
	if err := k.sign(ctx); err != nil {
		var he mautrix.HTTPError
		if errors.As(err, &he) && he.Response == nil { // the line broke: the next attempt may do better
			return err
		}
		k.a.log.Warn("the bot's device is not signed by its account, so some clients warn of it or keep their keys from it", "error", brief(err))
	}
	k.tidy(ctx)
	return nil
}

// renew begins a new device: the old one's keys are lost, here or on the server. The keys of rooms stay, so that what
// was said stays readable.
func (k *keyring) renew(ctx context.Context) error {
	a := k.a
	if a.reg == nil && a.config.Token != "" {
		return errForeignDevice
	}
	a.log.Warn("the keys of the bot's device are lost here or on the homeserver, beginning a new device", "device", k.client.DeviceID)
	ctx, batch := k.rows.begin(ctx)
	for _, kind := range []string{"olm", "out", "for", "heard"} {
		found, err := k.rows.list(key(kind, ""))
		if err != nil {
			return err
		}
		for _, p := range found {
			if err := k.rows.put(ctx, p.key, nil); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(k.rows.put(ctx, key("account"), nil), k.rows.put(ctx, key("device"), []byte(newDevice()))); err != nil {
		return err
	}
	if err := k.settle(batch, nil); err != nil {
		return err
	}
	fresh, err := a.newKeyring(k.s, k.rows.vault)
	if err != nil {
		return err
	}
	k.rows, k.store, k.waits, k.lazy = fresh.rows, fresh.store, fresh.waits, fresh.lazy
	if a.reg != nil {
		return nil
	}
	again, err := a.login(ctx, a.deviceID())
	if err != nil {
		return err
	}
	k.s.bot = again.bot
	return nil
}

// tidy takes away devices that the bot had before: everybody would go on writing to them. It needs the password, or an
// application service.
func (k *keyring) tidy(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	had, err := k.client.GetDevicesInfo(ctx)
	if err != nil {
		k.a.log.Debug("the bot's devices cannot be listed", "error", brief(err))
		return
	}
	for _, d := range had.Devices {
		ours := d.DeviceID == device || strings.HasPrefix(string(d.DeviceID), device+"-")
		if !ours || d.DeviceID == k.client.DeviceID || d.DeviceID == device+"-CHECK" {
			continue
		}
		if err := k.deleteDevice(ctx, d.DeviceID); err != nil {
			k.a.log.Info("an old device of the bot stays", "device", d.DeviceID, "error", brief(err))
		}
	}
}

func (k *keyring) deleteDevice(ctx context.Context, d id.DeviceID) error {
	call := mautrix.FullRequest{
		Method: http.MethodDelete, URL: k.client.BuildClientURL("v3", "devices", d), RequestJSON: map[string]any{},
	}
	wants, err := k.client.MakeFullRequest(ctx, call)
	if statusOf(err) != http.StatusUnauthorized || k.a.config.Password == "" {
		return err
	}
	call.RequestJSON = map[string]any{"auth": k.proof(objectOf(wants).str("session"))}
	call.SensitiveContent = true
	_, err = k.client.MakeFullRequest(ctx, call)
	return err
}

// proof is how the bot proves once more who it is.
func (k *keyring) proof(session string) any {
	return map[string]any{
		"type": "m.login.password", "session": session, "password": k.a.config.Password,
		"identifier": map[string]string{"type": "m.id.user", "user": k.a.config.User}, "user": k.a.config.User,
	}
}
