package signal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters"
)

// checkTime is the longest that Check waits for the daemon.
const checkTime = 10 * time.Second

// Check looks at the socket, the version, the account, the folders and the bot's groups, over a connection
// of its own. It changes nothing.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	findings := a.checkFolders()
	c, err := dial(ctx, a.cfg, maxAnswer, nil)
	if err != nil {
		return append(findings, bad("signal-cli does not answer at signal.socket",
			"start `signal-cli daemon --socket PATH --receive-mode manual` and let Potluck's user open the socket; "+err.Error()))
	}
	defer c.close()
	version, err := a.version(ctx, c)
	switch {
	case err != nil:
		return append(findings, bad("signal-cli does not answer", "restart its daemon and look into its log; "+err.Error()))
	case tooOld(version):
		findings = append(findings, bad("signal-cli "+version+" is too old for Signal's servers",
			"install "+versionText(oldestVersion())+" or newer"))
	default:
		findings = append(findings, good("signal-cli "+version))
	}
	if err := a.findAccount(ctx, c); err != nil {
		var mend operatorError
		if errors.As(err, &mend) {
			return append(findings, bad("the bot's account is not there", mend.Error()))
		}
		return append(findings, bad("signal-cli does not tell its accounts", "look into its log; "+err.Error()))
	}
	findings = append(findings, good("the bot's account is there"))
	findings = append(findings, a.checkLosses()...)
	return append(findings, a.checkGroups(ctx, c)...)
}

func good(what string) adapters.Finding { return adapters.Finding{OK: true, What: what} }

func bad(what, do string) adapters.Finding { return adapters.Finding{What: what, Do: do} }

func (a *Adapter) checkFolders() []adapters.Finding {
	var out []adapters.Finding
	if a.cfg.Attachments != "" {
		if _, err := os.ReadDir(a.cfg.Attachments); err != nil {
			out = append(out, bad("signal.attachments cannot be read", "let Potluck's user read the folder, or leave the key out"))
		}
	}
	if a.cfg.Outbox != "" {
		dir, err := os.MkdirTemp(a.cfg.Outbox, "check-")
		if err != nil {
			out = append(out, bad("signal.outbox cannot be written", "let Potluck's user write to the folder, or leave the key out"))
		} else {
			_ = os.Remove(dir)
		}
	}
	return out
}

// checkLosses tells what the running adapter has seen.
func (a *Adapter) checkLosses() []adapters.Finding {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []adapters.Finding
	if a.challenge != "" {
		out = append(out, bad("Signal asks for a captcha before it takes more messages to new people (challenge "+a.challenge+")",
			"solve https://signalcaptchas.org/challenge/generate.html from this machine's network, then: potluck captcha 'signalcaptcha://…'"))
	}
	if a.plain {
		out = append(out, bad("signal-cli receives by itself and loses what comes while Potluck is away",
			"start its daemon with --receive-mode manual"))
	}
	if a.untrusted > 0 {
		out = append(out, bad(fmt.Sprintf("%d messages were withheld because their authors' safety numbers have changed", a.untrusted),
			"run signal-cli with --trust-new-identities always, or trust the people one by one"))
	}
	return out
}

func (a *Adapter) checkGroups(ctx context.Context, c *client) []adapters.Finding {
	if err := a.findSelf(ctx, c); err != nil {
		return []adapters.Finding{bad("the bot's account id is not known", "look whether signal-cli can reach Signal; "+err.Error())}
	}
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", a.params(), &list); err != nil {
		return []adapters.Finding{bad("signal-cli does not tell the bot's groups", "look into its log; "+err.Error())}
	}
	self := a.self()
	in := 0
	var out []adapters.Finding
	for _, g := range list {
		if !g.IsMember {
			continue
		}
		in++
		admin := slices.ContainsFunc(g.Members, func(m listedMember) bool { return m.UUID == self && m.IsAdmin })
		if !admin {
			out = append(out, bad("the bot is no admin of the group “"+g.Name+"”",
				"make it one in Signal (group → members → the bot → make admin), else it cannot delete messages of others, remove anybody or let anybody in"))
		}
	}
	return append(out, good(fmt.Sprintf("the bot is in %d groups", in)))
}
