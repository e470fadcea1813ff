package matrix

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/potluck-chat/potluck/core/chat"
)

// checkPerson refuses who is no account of a person here.
func (j *job) checkPerson(who chat.Identity) error {
	if err := checkUser(who); err != nil {
		return err
	}
	if j.a.isOurs(who.ID) {
		return refuse(chat.Invalid, "%s is one of our own", who.ID)
	}
	return nil
}

// membership asks what an account is to the room: join, invite, knock, leave, ban, or empty if it has never been
// anything.
func (j *job) membership(ctx context.Context, user string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	bot := j.s.bot
	var raw json.RawMessage
	_, err := bot.MakeRequest(ctx, http.MethodGet, bot.BuildClientURL("v3", "rooms", j.room, "state", "m.room.member", user), nil, &raw)
	if statusOf(err) == http.StatusNotFound {
		return "", nil
	}
	return textField(raw, "membership"), err
}

// outranks refuses what the bot's power level does not allow: servers do, too, but Dendrite sometimes with a
// bare 500. need returns the level that is asked for.
func (j *job) outranks(ctx context.Context, user string, need func(powers) int) error {
	levels, err := j.current(ctx, "m.room.power_levels")
	if err != nil {
		return err
	}
	p := powersOf(levels.Content)
	own, err := j.a.powerIn(ctx, j.s, j.room, p, j.a.config.User)
	if err != nil {
		return err
	}
	theirs, err := j.a.powerIn(ctx, j.s, j.room, p, user)
	if err != nil {
		return err
	}
	if own < need(p) || own <= theirs {
		return refuse(chat.Forbidden, "the bot has power level %d, it needs %d and %s has %d", own, need(p), user, theirs)
	}
	return nil
}

// tell asks the homeserver to change an account's membership (kick, ban, unban, invite).
func (j *job) tell(ctx context.Context, verb, user string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	bot := j.s.bot
	_, err := bot.MakeRequest(ctx, http.MethodPost, bot.BuildClientURL("v3", "rooms", j.room, verb),
		map[string]string{"user_id": user}, nil)
	return err
}

// unless returns nil in place of an error if the account is by now what was wanted: somebody else was faster.
func (j *job) unless(ctx context.Context, err error, user string, wanted ...string) error {
	if err == nil || !isAnswer(err) {
		return err
	}
	m, lookErr := j.membership(ctx, user)
	if lookErr != nil {
		return err
	}
	for _, w := range wanted {
		if m == w {
			return nil
		}
	}
	return err
}

// remove takes somebody out, or takes back an invitation.
func (j *job) remove(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil {
		return err
	}
	switch m {
	case "join", "invite":
	case "knock":
		return j.turnAway(ctx, who.ID)
	default:
		return nil
	}
	if err := j.outranks(ctx, who.ID, func(p powers) int { return p.Kick.or50() }); err != nil {
		return err
	}
	return j.unless(ctx, j.tell(ctx, "kick", who.ID), who.ID, "leave", "ban")
}

// ban keeps somebody out, whether he was ever in or not.
func (j *job) ban(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil || m == "ban" {
		return err
	}
	if err := j.outranks(ctx, who.ID, func(p powers) int { return p.Ban.or50() }); err != nil {
		return err
	}
	err = j.unless(ctx, j.tell(ctx, "ban", who.ID), who.ID, "ban")
	if statusOf(err) == http.StatusInternalServerError && m == "" && j.isNobody(ctx, who.ID) {
		return refuse(chat.NotFound, "there is no account %s", who.ID)
	}
	return err
}

// isNobody tells whether the homeserver says that there is no such account. Dendrite answers what is asked
// about one with a bare 500.
func (j *job) isNobody(ctx context.Context, user string) bool {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err := j.s.bot.MakeRequest(ctx, http.MethodGet, j.s.bot.BuildClientURL("v3", "profile", user), nil, nil)
	return statusOf(err) == http.StatusNotFound
}

// unban lets somebody come again; he is not invited by it.
func (j *job) unban(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil || m != "ban" {
		return err
	}
	if err := j.outranks(ctx, who.ID, func(p powers) int { return max(p.Ban.or50(), p.Kick.or50()) }); err != nil {
		return err
	}
	return j.unless(ctx, j.tell(ctx, "unban", who.ID), who.ID, "leave", "invite", "join", "knock")
}

// admit lets somebody in who knocks: an invitation is the answer to a knock, with which he can come in. Nobody
// is invited who does not knock any more.
func (j *job) admit(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil {
		return err
	}
	switch m {
	case "join", "invite":
		return nil
	case "ban":
		return refuse(chat.Forbidden, "%s is banned", who.ID)
	case "knock":
		return j.ask(ctx, who.ID)
	}
	return refuse(chat.NotFound, "%s does not knock", who.ID)
}

// decline turns somebody away who knocks. One who is in by now was let in by somebody else, and stays.
func (j *job) decline(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil || m != "knock" {
		return err
	}
	return j.turnAway(ctx, who.ID)
}

// turnAway answers a knock with no. Dendrite does not let anybody kick who knocks; the event itself it takes.
func (j *job) turnAway(ctx context.Context, user string) error {
	if err := j.outranks(ctx, user, func(p powers) int { return p.Kick.or50() }); err != nil {
		return err
	}
	err := j.unless(ctx, j.tell(ctx, "kick", user), user, "leave", "ban")
	if statusOf(err) != http.StatusForbidden {
		return err
	}
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	bot := j.s.bot
	_, err = bot.MakeRequest(callCtx, http.MethodPut, bot.BuildClientURL("v3", "rooms", j.room, "state", "m.room.member", user),
		map[string]string{"membership": "leave"}, nil)
	return j.unless(ctx, err, user, "leave", "ban")
}

// invite asks somebody in.
func (j *job) invite(ctx context.Context, who chat.Identity) error {
	if err := j.checkPerson(who); err != nil {
		return err
	}
	m, err := j.membership(ctx, who.ID)
	if err != nil {
		return err
	}
	switch m {
	case "join", "invite":
		return nil
	case "ban":
		return refuse(chat.Forbidden, "%s is banned", who.ID)
	}
	return j.ask(ctx, who.ID)
}

// ask sends an invitation.
func (j *job) ask(ctx context.Context, user string) error {
	levels, err := j.current(ctx, "m.room.power_levels")
	if err != nil {
		return err
	}
	p := powersOf(levels.Content)
	own, err := j.a.powerIn(ctx, j.s, j.room, p, j.a.config.User)
	if err != nil {
		return err
	}
	if own < int(p.Invite) {
		return refuse(chat.Forbidden, "the bot has power level %d and needs %d to invite", own, p.Invite)
	}
	err = j.unless(ctx, j.tell(ctx, "invite", user), user, "join", "invite")
	if statusOf(err) == http.StatusInternalServerError && j.isNobody(ctx, user) {
		return refuse(chat.NotFound, "there is no account %s", user)
	}
	return err
}
