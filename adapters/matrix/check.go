package matrix

import (
	"context"
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// mostRooms is how many rooms Check looks at one by one.
const mostRooms = 200

// Check looks at the homeserver, the bot's account, the registration and the bot's rights in its rooms.
// It signs in as a device of its own, so that a running Potluck is not signed out by it.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	defer a.http.CloseIdleConnections()
	cli, err := a.client("", "")
	if err != nil {
		return []adapters.Finding{bad("homeserver "+a.config.Homeserver+" is not an address", "set homeserver to https://…")}
	}
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if _, err := cli.Versions(callCtx); err != nil {
		return []adapters.Finding{bad(
			fmt.Sprintf("homeserver %s does not answer: %v", a.config.Homeserver, brief(err)),
			"check the address, and that it is reachable from here: curl "+a.config.Homeserver+"/_matrix/client/versions")}
	}
	out := []adapters.Finding{good("homeserver " + a.config.Homeserver + " answers")}
	s, err := a.login(ctx, device+"-CHECK")
	if err != nil {
		do := "wait and check again"
		if final(err) {
			do = "mend the bot's account as the message says"
		}
		return append(out, bad(fmt.Sprintf("the bot %s cannot sign in: %v", a.config.User, brief(err)), do))
	}
	out = append(out, good("the bot "+a.config.User+" is signed in"))
	out = append(out, a.checkRegistration()...)
	out = append(out, a.checkRooms(ctx, s)...)
	if CanEncrypt {
		out = append(out, good("this build reads and writes in encrypted rooms"))
	} else {
		out = append(out, good("this build cannot read encrypted rooms; release builds can, and those built with -tags goolm"))
	}
	if a.reg == nil && a.config.Token == "" {
		if _, err := s.bot.Logout(ctx); err != nil {
			a.log.Info("the device of the check stays signed in", "error", err)
		}
	}
	return out
}

func good(what string) adapters.Finding    { return adapters.Finding{OK: true, What: what} }
func bad(what, do string) adapters.Finding { return adapters.Finding{What: what, Do: do} }

// checkRegistration looks for what goes wrong with application services.
func (a *Adapter) checkRegistration() []adapters.Finding {
	if a.reg == nil {
		return []adapters.Finding{good("no application service: the bot speaks for all, as a normal account; " +
			"Synapse lets such write once in 5 seconds unless its operator overrides the rate limit for the bot " +
			"(admin API, override_ratelimit)")}
	}
	var out []adapters.Finding
	if !a.reg.owns(a.ghostID(chat.Identity{Platform: chat.Telegram, ID: "1"})) {
		out = append(out, bad("ghosts named "+a.config.ghostPrefix()+"… are not in the registration's namespaces.users",
			"add the regex @"+a.config.ghostPrefix()+".*:"+serverOf(a.config.User)+" there, and restart the homeserver"))
	}
	if a.reg.Sender == localpart(a.config.User) {
		out = append(out, bad("sender_localpart of the registration is the bot itself, which Synapse does not let receive",
			"set sender_localpart to another, unused word, and restart the homeserver"))
	}
	if a.reg.URL != nil && *a.reg.URL != "" {
		out = append(out, bad("the registration has a url, where nobody listens: the homeserver would try for ever",
			"set url: null in the registration, and restart the homeserver"))
	}
	if a.reg.RateLimit == nil || *a.reg.RateLimit {
		out = append(out, bad("the registration does not say rate_limited: false, so ghosts are slowed down",
			"set rate_limited: false in the registration, and restart the homeserver"))
	}
	if len(out) == 0 {
		out = append(out, good("the registration is as it should be"))
	}
	return out
}

// checkRooms looks at the bot's power level in each room.
func (a *Adapter) checkRooms(ctx context.Context, s *session) []adapters.Finding {
	joined, err := s.bot.JoinedRooms(ctx)
	if err != nil {
		return []adapters.Finding{bad(fmt.Sprintf("the bot's rooms cannot be listed: %v", brief(err)), "wait and check again")}
	}
	var out []adapters.Finding
	for _, r := range joined.JoinedRooms[:min(len(joined.JoinedRooms), mostRooms)] {
		room := string(r)
		if a.isPrivate(ctx, s, room) {
			continue
		}
		name := a.title(ctx, s, room)
		if name == "" {
			name = room
		}
		if encrypted, err := a.isEncrypted(ctx, s, room); err == nil && encrypted && !CanEncrypt {
			out = append(out, bad(name+" is encrypted, and this Potluck was built without encryption", mend))
			continue
		}
		if f, all := a.checkRights(ctx, s, room, name); !all {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		out = append(out, good(fmt.Sprintf("the bot has the rights it needs in its %d rooms", len(joined.JoinedRooms))))
	}
	return out
}

// checkRights looks at what the bot's power level in a room lets it do; true if that is everything.
func (a *Adapter) checkRights(ctx context.Context, s *session, room, name string) (adapters.Finding, bool) {
	own, err := a.power(ctx, s, room, a.config.User)
	if err != nil {
		return bad(fmt.Sprintf("the bot's power level in %s is not known: %v", name, brief(err)), "wait and check again"), false
	}
	levels, _ := a.state(ctx, s, room, "m.room.power_levels", "") // power has just read it
	p := powersOf(levels)
	var not []string
	for _, r := range []struct {
		need int
		what string
	}{
		{p.Redact.or50(), "remove messages"},
		{p.Kick.or50(), "remove people"},
		{p.Ban.or50(), "ban people"},
		{int(p.Invite), "let people in"},
		{p.forState("m.room.pinned_events"), "pin messages"},
	} {
		if own < r.need {
			not = append(not, r.what)
		}
	}
	noTimeouts := own < p.forState("m.room.power_levels")
	switch {
	case len(not) > 0:
		return bad(fmt.Sprintf("in %s the bot has power level %d and cannot %s", name, own, strings.Join(not, ", ")),
			"give the bot power level 100 there (50 without time-outs)"), false
	case noTimeouts:
		return good(fmt.Sprintf("in %s the bot has power level %d, which is all it needs but for time-outs: these need %d",
			name, own, p.forState("m.room.power_levels"))), false
	}
	return adapters.Finding{}, true
}
