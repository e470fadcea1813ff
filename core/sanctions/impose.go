package sanctions

import (
	"fmt"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// impose does what a request asks for. It is allowed and clear.
func impose(s Record, r request) (Record, []chat.Effect) {
	switch {
	case r.me:
		return takeBreak(s, r)
	case r.isAuto() && r.kind != Warn && r.kind != Timeout:
		return s, nil // that is for humans to decide
	case r.isAuto() && r.kind == Timeout && s.isHeldLonger(r.e.Now, r.duration):
		return s, nil // a human has decided already
	}
	was, before := s.mirror(), s
	s = s.turned(r.e.Member)
	out := r.takeAway()
	switch r.kind {
	case Warn:
		s = r.warn(s)
	case Timeout:
		s.Timeout = r.hold(s, s.Timeout)
		out = append(out, inForce(r.c, s, r.target, r.e.Now)...)
	case Ban:
		s.Ban = r.hold(s, s.Ban)
		s.Ban.In = union(s.Ban.In, r.target.In)
		out = append(out, inForce(r.c, s, r.target, r.e.Now)...)
	case Removal:
		out = append(out, everywhere(r.c, s, r.target, "remove", time.Time{})...)
	}
	s = s.remember(Step{Turn: s.Turn, Kind: r.kind, At: r.e.Now, For: r.duration, By: r.e.Member, Why: r.reason})
	out = append(out, counted(r.kind, r.ruleName()), r.record(s, was))
	out = append(out, tell(r, s)...)
	return s, append(out, outdated(r.c, before, s, r.target)...)
}

// outdated changes the card of a decision that another has taken the place of.
func outdated(c chat.Community, before, s Record, who chat.Card) []chat.Effect {
	h := before.Timeout
	if before.Ban.Turn != s.Ban.Turn {
		h = before.Ban
	}
	if h.Confirm.IsZero() || h.Turn == s.Timeout.Turn || h.Turn == s.Ban.Turn {
		return nil
	}
	return settleCard(c, who, h.Turn, func(v rule.Voice) chat.Text { return v.Say("confirm.anew", "name", who.Name) })
}

// turned begins a new decision; what is left of carrying out the one before is over.
func (s Record) turned(by chat.MemberID) Record {
	s.Turn++
	s.Actor = by
	s.Undone, s.Tell, s.Told = nil, time.Time{}, false
	return s
}

// isHeldLonger tells whether he is held for longer than a duration already.
func (s Record) isHeldLonger(now time.Time, d time.Duration) bool {
	h, _, ok := s.hold(now)
	return ok && !h.Own && (h.Until.IsZero() || h.Until.After(now.Add(d)))
}

// hold makes the time-out or ban that is asked for, in the place of the one that was.
func (r *request) hold(s Record, was Hold) Hold {
	h := Hold{Turn: s.Turn, Since: r.e.Now, Reason: r.reason, By: r.e.Member, Auto: r.isAuto()}
	if r.duration > 0 {
		h.Until = r.e.Now.Add(r.duration)
	}
	if was.isOn(r.e.Now) {
		h.In = was.In
	}
	if r.needsAnother() && (r.hasAnother() || r.target.Level == chat.Organiser) {
		h.Confirm = r.e.Now.Add(confirmIn)
		if was.isOn(r.e.Now) && !was.Confirm.IsZero() && was.By == h.By {
			h.Confirm = was.Confirm // nobody gains time by saying it again
		}
	}
	return h
}

// warn adds a warning.
func (r *request) warn(s Record) Record {
	counts := r.duration
	if counts == 0 {
		days, err := strconv.Atoi(r.c.Setting("warndays", "30"))
		if err != nil {
			days = 30
		}
		counts = time.Duration(days) * 24 * time.Hour
	}
	s.Warnings = append(s.live(r.e.Now), Warning{
		Turn: s.Turn, At: r.e.Now, Until: r.e.Now.Add(counts), Reason: r.reason, By: r.e.Member, Auto: r.isAuto(),
	})
	s.Warnings = s.Warnings[max(0, len(s.Warnings)-maxWarnings):]
	return s
}

// takeAway deletes the message that is answered, everywhere, if the command asks for it and it is his.
func (r *request) takeAway() []chat.Effect {
	m := r.e.ReplyTo
	if !r.purge || m == nil || m.Gone || m.Author != r.target.ID || m.Original.IsZero() {
		return nil
	}
	return []chat.Effect{
		chat.Delete{To: m.Original.Chat, Target: chat.Target{Refs: []chat.Ref{m.Latest()}}},
		chat.Emit{Body: chat.Deleted{Ref: m.Original}}, // the copies, and whatever else hangs on it
	}
}

// ruleName is what the automatic decision is counted under; empty for a human's.
func (r *request) ruleName() string {
	if !r.isAuto() {
		return ""
	}
	name, _ := autoReason(r.reason)
	return name
}

// record writes the decision into the audit log: what, until when, what was before, and why.
func (r *request) record(s Record, was string) chat.Effect {
	return audit(r.e, r.target.ID, s.Turn, string(r.kind), r.span(s), was, r.reason)
}

// span tells how long in the words of the log.
func (r *request) span(s Record) string {
	h := s.Timeout
	switch r.kind {
	case Warn:
		return "counts until " + s.Warnings[len(s.Warnings)-1].Until.UTC().Format(logTime)
	case Removal:
		return "once"
	case Ban:
		h = s.Ban
	}
	out := "for good"
	if !h.Until.IsZero() {
		out = "until " + h.Until.UTC().Format(logTime)
	}
	if !h.Confirm.IsZero() {
		out += ", to be confirmed until " + h.Confirm.UTC().Format(logTime)
	}
	return out
}

// logTime is how the log writes a time.
const logTime = "2006-01-02 15:04Z"

// audit is one line of the log.
func audit(e chat.Event, about chat.MemberID, turn int, what, span, was, why string) chat.Effect {
	from := string(e.By.Identity.Platform)
	switch {
	case e.By.Identity == chat.House():
		from = "house"
	case from == "":
		from = "time"
	}
	if was == "" {
		was = "nothing"
	}
	line := fmt.Sprintf("%s %s: #%d %s; before: %s", from, what, turn, span, was)
	if why != "" {
		line += "; " + why
	}
	by := e.Member
	if e.By.Identity.IsZero() {
		by = ""
	}
	return chat.Record{Log: "audit", By: by, About: about, Line: line}
}

// tell lets everybody know who has to: the person, the one who asked, the room, and those who must confirm.
func tell(r request, s Record) []chat.Effect {
	out := toPerson(r.c, s, r.target, r.kind, r.quote())
	if r.isAuto() {
		return append(out, autoNotice(r, s)...)
	}
	key, choices := r.outcome(s)
	out = append(out, r.answer("", nil, func(v rule.Voice, full bool) chat.Text { return r.done(v, s, key, full) }, choices...)...)
	return append(out, askToConfirm(r.c, s, r.target, r.kind)...)
}

// quote is what the message said that the command answers.
func (r *request) quote() string {
	if r.asked.Reply == nil || r.e.ReplyTo == nil || r.e.ReplyTo.Author != r.target.ID || r.asked.Chosen {
		return ""
	}
	return chat.OneLine(r.asked.Reply.Quote)
}

// outcome is the sentence for the room, and what a moderator can choose next.
func (r *request) outcome(s Record) (key string, choices []chat.Choice) {
	switch r.kind {
	case Warn:
		if len(s.live(r.e.Now)) >= warnLimit(r.c) {
			choices = offer(r.c, s, r.target, r.voice, r.e.Now)
		}
		return "done.warn", choices
	case Timeout:
		return "done.timeout", nil
	case Removal:
		return "done.remove", nil
	}
	if r.duration > 0 {
		return "done.ban.until", nil
	}
	return "done.ban", nil
}

// done says what was done: to the room in one line, to the moderator with what follows.
func (r *request) done(v rule.Voice, s Record, key string, full bool) chat.Text {
	end := s.Timeout.Until
	if r.kind == Ban {
		end = s.Ban.Until
	}
	out := v.Say(key, "name", r.target.Name, "end", end)
	if !full {
		return out
	}
	add := func(key string, pairs ...any) { out = out.Append(chat.Plain("\n"), v.Say(key, pairs...)) }
	if r.clamped {
		add("sanction.clamped", "duration", r.duration)
	}
	if r.purge && len(r.takeAway()) == 0 {
		add("done.nothing.deleted")
	}
	if r.public && isAmongModerators(r.c, r.e) {
		add("done.warn.where")
	}
	if r.kind == Warn {
		add("done.warn.count", "n", len(s.live(r.e.Now)), "limit", warnLimit(r.c), "end", s.Warnings[len(s.Warnings)-1].Until)
	}
	if h, _, ok := s.hold(r.e.Now); ok && !h.Confirm.IsZero() && r.kind != Warn {
		add("confirm.wait", "end", h.Confirm)
	} else if r.needsAnother() {
		add("confirm.alone")
	}
	if r.kind == Ban {
		return out
	}
	return out.Append(chat.Plain("\n"), nextText(v, s, r.e.Now, warnLimit(r.c)))
}

// answer tells the one who asked: a refusal by its key, or what write makes of it. In the room where it was typed stands the
// short form, unless it was to be quiet; the full one is for moderators alone.
func (r *request) answer(key string, pairs []any, write func(v rule.Voice, full bool) chat.Text, choices ...chat.Choice) []chat.Effect {
	if r.isAuto() {
		return nil
	}
	if key != "" {
		write = func(v rule.Voice, _ bool) chat.Text { return v.Say(key, pairs...) }
	}
	if isAmongModerators(r.c, r.e) {
		return []chat.Effect{rule.Reply(r.e, write(r.voice, true), choices...)}
	}
	asker, _ := r.c.Members.ByID(r.e.Member)
	closed := func() []chat.Effect {
		return rule.Secretly(r.c, asker, "", func(v rule.Voice) chat.Text { return write(v, true) }, choices...)
	}
	switch {
	case r.quiet:
		out := closed()
		if !r.asked.Ref.IsZero() && !r.asked.Chosen {
			out = append(out, chat.Delete{To: r.e.Chat, Target: chat.Target{Refs: []chat.Ref{r.asked.Ref}}})
		}
		return out
	case key != "":
		return []chat.Effect{rule.Reply(r.e, write(r.voice, false))}
	}
	return append([]chat.Effect{rule.Reply(r.e, write(r.voice, false))}, closed()...)
}

// isAmongModerators tells whether what is answered here is read by moderators only.
func isAmongModerators(c chat.Community, e chat.Event) bool {
	if e.Private || e.Chat.Platform == chat.Local {
		return true
	}
	room, ok := c.RoomOf(e.Chat)
	return ok && room.Settings[rule.Moderators] == "on"
}

// autoNotice tells the moderators what was done without them.
func autoNotice(r request, s Record) []chat.Effect {
	name, why := autoReason(r.reason)
	key := "auto.warn"
	if r.kind == Timeout {
		key = "auto.timeout"
	}
	write := func(v rule.Voice) chat.Text {
		return v.Say(key, "name", r.target.Name, "end", s.Timeout.Until, "rule", name, "reason", why)
	}
	lift := chat.Choice{
		Label: rule.Aloud(r.c, chat.Local).Say("choice.lift").Plain,
		Ask:   fmt.Sprintf("lift %s %d", r.target.ID, s.Turn),
	}
	return rule.ToModerators(r.c, "", write, []chat.MemberID{r.target.ID}, lift)
}

// signature is who a sanction comes from, as its setting says.
func signature(c chat.Community, v rule.Voice, by chat.MemberID) chat.Text {
	if card, ok := c.Members.ByID(by); ok && c.Setting("signed", "team") == "names" {
		return chat.Plain(named(card).Name)
	}
	return say.Text(v.Language, "sanction.team")
}

func warnLimit(c chat.Community) int {
	n, err := strconv.Atoi(c.Setting("warnlimit", "3"))
	if err != nil {
		return 3
	}
	return n
}
