package signal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// oldestVersion is the oldest signal-cli that works: Signal's server change of June 2026 ended older ones.
func oldestVersion() [3]int { return [3]int{0, 14, 5} }

// meet finds out whom we talk to: the version, and the account.
func (a *Adapter) meet(ctx context.Context, c *client) error {
	version, err := a.version(ctx, c)
	if err != nil {
		return err
	}
	if tooOld(version) {
		return operatorError{fmt.Errorf("signal-cli is version %s and Signal does not work with it any more: install %s or newer",
			version, versionText(oldestVersion()))}
	}
	if err := a.findAccount(ctx, c); err != nil {
		return err
	}
	return a.findSelf(ctx, c)
}

func (a *Adapter) version(ctx context.Context, c *client) (string, error) {
	var v struct {
		Version string `json:"version"`
	}
	err := a.ask(ctx, c, "version", nil, &v)
	return v.Version, err
}

// tooOld tells whether a version is below the floor; one that cannot be read is not.
func tooOld(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	floor := oldestVersion()
	for i := range min(len(parts), len(floor)) {
		digits := len(parts[i]) - len(strings.TrimLeft(parts[i], "0123456789"))
		n, err := strconv.Atoi(parts[i][:digits])
		if err != nil || n > floor[i] {
			return false
		}
		if n < floor[i] {
			return true
		}
	}
	return false
}

func versionText(v [3]int) string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// errNoAccount says that the daemon does not have the bot's account.
var errNoAccount = errors.New("signal-cli does not have the bot's account (any more): " +
	"register or link it again with signal-cli, and compare signal.account with `signal-cli listAccounts`")

// findAccount makes sure that the daemon has the account. A daemon that was started for one account cannot
// list them; it is believed.
func (a *Adapter) findAccount(ctx context.Context, c *client) error {
	var list []struct {
		Number string `json:"number"`
	}
	err := a.ask(ctx, c, "listAccounts", nil, &list)
	var called *callError
	if errors.As(err, &called) && called.Code == codeMethod {
		return nil
	}
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cfg.Account == "" && len(list) == 1 {
		a.account = list[0].Number
		return nil
	}
	if a.cfg.Account == "" && len(list) > 1 {
		return operatorError{errors.New("signal-cli has several accounts: name the bot's in signal.account")}
	}
	for _, l := range list {
		if l.Number == a.cfg.Account || isACI(a.cfg.Account) {
			return nil
		}
	}
	return operatorError{errNoAccount}
}

// findSelf learns the account id: no method tells it straight.
func (a *Adapter) findSelf(ctx context.Context, c *client) error {
	number, _ := a.params()["account"].(string)
	if isACI(number) {
		a.setSelf(number)
	}
	if a.self() != "" {
		return nil
	}
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", a.params(), &list); err != nil {
		return err
	}
	for _, g := range list {
		for _, m := range append(g.Members, g.Pending...) {
			if number != "" && m.Number == number && isACI(m.UUID) {
				a.setSelf(m.UUID)
				return nil
			}
		}
	}
	var status []struct {
		UUID string `json:"uuid"`
	}
	params := a.params()
	params["recipient"] = []string{number}
	if err := a.ask(ctx, c, "getUserStatus", params, &status); err != nil {
		return err
	}
	if len(status) == 0 || !isACI(status[0].UUID) {
		return errors.New("find own account id: signal does not tell it")
	}
	a.setSelf(status[0].UUID)
	return nil
}
