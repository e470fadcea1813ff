//go:build goolm

package matrix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/crypto/utils"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// recoveryFile is where the operator finds, or puts, the recovery key of the bot's account.
const recoveryFile = "matrix-recovery-key.txt"

// sign has the bot's device signed by the bot's account (cross-signing): clients then show no warning beside its
// messages, and those that give their keys to signed devices only do give them. The account's own keys are made at
// the first start; what opens them again is kept before anybody else knows of them, here and in a file for the
// operator. An account that somebody has signed in with before has keys already: then the file must bring what opens
// them.
func (k *keyring) sign(ctx context.Context) error {
	_, signed, err := k.mach.GetOwnVerificationStatus(ctx)
	if err != nil || signed {
		return err
	}
	recovery, made, err := k.recovery(ctx)
	if err != nil {
		return err
	}
	there, err := k.mach.GetOwnCrossSigningPublicKeys(ctx)
	if err != nil {
		return fmt.Errorf("ask for the account's keys: %w", err)
	}
	if there == nil {
		if err := k.found(ctx, made); err != nil {
			return err
		}
	} else if err := k.mach.VerifyWithRecoveryKey(ctx, recovery); err != nil {
		return fmt.Errorf("the account has keys that were made elsewhere; write their recovery key into %s and start again: %w", k.recoveryPath(), err)
	}
	return k.learnOwn(ctx)
}

// learnOwn asks for the account's own devices, so that their signatures are known here, too.
func (k *keyring) learnOwn(ctx context.Context) error {
	ctx, batch := k.rows.begin(ctx)
	_, err := k.mach.FetchKeys(ctx, []id.UserID{k.client.UserID}, true)
	return k.settle(batch, err)
}

// recoveryPath returns the path of the operator's file, empty where there is no folder for one.
func (k *keyring) recoveryPath() string {
	if k.a.dir == "" {
		return ""
	}
	return filepath.Join(k.a.dir, recoveryFile)
}

// recovery returns what opens the account's keys: the operator's, the one we have, or a new one. The third is kept,
// with its file, when it returns; made is nil for the first.
func (k *keyring) recovery(ctx context.Context) (string, *ssss.Key, error) {
	kept, err := k.rows.get(key("recovery"))
	if err != nil {
		return "", nil, err
	}
	written, err := k.readRecovery()
	if err != nil {
		return "", nil, err
	}
	text := written
	if text == "" {
		text = string(kept)
	}
	var made *ssss.Key
	if text == "" {
		if made, err = ssss.NewKey(""); err != nil {
			return "", nil, fmt.Errorf("make recovery key: %w", err)
		}
		text = made.RecoveryKey()
	} else if made, err = keyFrom(text); err != nil {
		return "", nil, fmt.Errorf("read recovery key in %s: %w", k.recoveryPath(), err)
	}
	if string(kept) != text {
		if err := k.rows.put(ctx, key("recovery"), []byte(text)); err != nil {
			return "", nil, err
		}
	}
	if written == "" {
		k.writeRecovery(text)
	}
	return text, made, nil
}

// keyFrom makes the key that a recovery key stands for.
func keyFrom(recovery string) (*ssss.Key, error) {
	raw := utils.DecodeBase58RecoveryKey(recovery)
	if raw == nil {
		return nil, ssss.ErrInvalidRecoveryKey
	}
	return ssss.WrapKey(raw, nil)
}

func (k *keyring) readRecovery() (string, error) {
	path := k.recoveryPath()
	if path == "" {
		return "", nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read recovery key: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// writeRecovery writes the operator's file and says where it is, never what is in it.
func (k *keyring) writeRecovery(text string) {
	path := k.recoveryPath()
	if path == "" {
		return
	}
	part := path + ".part"
	err := os.MkdirAll(k.a.dir, 0o700)
	if err == nil {
		err = os.WriteFile(part, []byte(text+"\n"), 0o600)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		k.a.log.Warn("the recovery key of the bot's account is kept, but not written for the operator", "error", err)
		return
	}
	k.a.log.Info("the recovery key of the bot's account is in this file: keep a copy of it in a safe place", "file", path)
}

// found makes the account's own keys. What opens them is on the server before they are: killed in between, the next
// start makes them anew, or finds all of them.
func (k *keyring) found(ctx context.Context, with *ssss.Key) error {
	if err := k.mach.SSSS.SetKeyData(ctx, with.ID, with.Metadata); err != nil {
		return fmt.Errorf("publish recovery key's name: %w", err)
	}
	if err := k.mach.SSSS.SetDefaultKeyID(ctx, with.ID); err != nil {
		return fmt.Errorf("publish recovery key's name: %w", err)
	}
	keys, err := k.mach.GenerateCrossSigningKeys()
	if err != nil {
		return fmt.Errorf("make the account's keys: %w", err)
	}
	for kind, seed := range map[event.Type][]byte{
		event.AccountDataCrossSigningMaster: keys.MasterKey.Seed(),
		event.AccountDataCrossSigningSelf:   keys.SelfSigningKey.Seed(),
		event.AccountDataCrossSigningUser:   keys.UserSigningKey.Seed(),
	} {
		if err := k.mach.SSSS.SetEncryptedAccountData(ctx, kind, seed, with); err != nil {
			return fmt.Errorf("keep the account's keys: %w", err)
		}
	}
	ctx, batch := k.rows.begin(ctx)
	err = k.mach.PublishCrossSigningKeys(ctx, keys, func(ask *mautrix.RespUserInteractive) any {
		if k.a.config.Password == "" {
			return nil
		}
		return k.proof(ask.Session)
	})
	if err == nil {
		err = k.mach.SignOwnDevice(ctx, k.mach.OwnIdentity())
	}
	if err == nil {
		err = k.mach.SignOwnMasterKey(ctx)
	}
	if err != nil {
		err = fmt.Errorf("publish the account's keys: %w", err)
	}
	return k.settle(batch, err)
}
