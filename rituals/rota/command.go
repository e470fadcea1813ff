package rota

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// maxList is the most volunteers of a role.
const maxList = 200

func (t *turn) say(key string, pairs ...any) {
	t.want(rule.Reply(t.e, rule.Speak(t.c, t.e).Say(key, pairs...)))
}

// quietly answers for the asker's eyes alone.
func (t *turn) quietly(key string, pairs ...any) {
	t.want(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say(key, pairs...)))
}

// asked is /rota.
func (t *turn) asked(b chat.Asked) {
	verb, args := "", b.Args
	if len(args) > 0 {
		verb, args = strings.ToLower(args[0]), args[1:]
	}
	if t.e.Member == "" && verb != "" && verb != "who" && verb != "next" {
		t.say("refuse.nobody")
		return
	}
	switch verb {
	case "", "who":
		t.showWho(verb == "")
	case "next":
		t.showNext()
	case "volunteer", "join":
		t.volunteer(args)
	case "leave":
		t.leave(args)
	case "skip":
		t.skip(args)
	case "swap":
		t.swap(b)
	case "every":
		t.every(args)
	default:
		t.say("rota.how")
	}
}

// showWho says who is on duty.
func (t *turn) showWho(all bool) {
	v := rule.Speak(t.c, t.e)
	out := v.Say("rota.who")
	for _, id := range roles() {
		r := t.role(id)
		line := v.Say("rota.line.nobody", "role", nameOf(id, v), "n", len(r.List))
		if r.Now.Who != "" {
			line = v.Say("rota.line.who", "role", nameOf(id, v), "name", t.name(r.Now.Who), "until", r.Now.Until)
		}
		out = out.Append(chat.Plain("\n"), line)
	}
	if all {
		out = out.Append(chat.Plain("\n"), v.Say("rota.how"))
	}
	t.want(rule.Reply(t.e, out))
}

// showNext says who comes next, as far as they have said yes; who is asked is theirs to tell.
func (t *turn) showNext() {
	v := rule.Speak(t.c, t.e)
	var out chat.Text
	for _, id := range roles() {
		r := t.role(id)
		if r.Next.From.IsZero() {
			continue
		}
		pairs := []any{"role", nameOf(id, v), "from", r.Next.From, "name", t.name(r.Next.Who)}
		line := v.Say("rota.next.open", pairs...)
		switch {
		case rule.Quiet(t.c, r.Next.From):
			line = v.Say("rota.next.quiet", pairs...)
		case r.Next.Who != "":
			line = v.Say("rota.next.who", pairs...)
		case r.Next.Asked != "":
			line = v.Say("rota.next.asked", pairs...)
		}
		out = out.Append(line, chat.Plain("\n"))
	}
	if out.IsEmpty() {
		out = v.Say("rota.next.none")
	}
	t.want(rule.Reply(t.e, out.Trim()))
}

// named reads the role that a command is about; without a word for it, the only one of those given.
func (t *turn) named(args, mine []string) (string, bool) {
	for _, word := range args {
		if id, ok := roleNamed(word); ok {
			return id, true
		}
	}
	if len(mine) == 1 {
		return mine[0], true
	}
	return "", false
}

func (t *turn) volunteer(args []string) {
	v := rule.Speak(t.c, t.e)
	id, ok := t.named(args, nil)
	card, _ := t.c.Members.ByID(t.e.Member)
	r := t.role(id)
	switch {
	case !ok:
		t.say("rota.volunteer.how")
		return
	case t.isIn(id, t.e.Member):
		t.say("rota.volunteer.there", "role", nameOf(id, v))
		return
	case id == roleModerator && card.Level < chat.Moderator:
		t.say("rota.volunteer.level")
		return
	case len(card.In) == 0 || rule.Away(card, t.e.Now):
		t.say("rota.volunteer.away")
		return
	case len(r.List) >= maxList:
		t.say("rota.volunteer.many")
		return
	}
	r.List = append(r.List, Volunteer{Who: t.e.Member, Since: t.e.Now})
	t.s.Roles[id] = r
	r.Now.Told, r.Next.Told = false, false
	next, _ := r.coming(t.c.Zone(), t.e.Now)
	t.say("rota.volunteered", "role", nameOf(id, v), "job", job(id, v), "from", next.From)
}

func (t *turn) isIn(id string, who chat.MemberID) bool {
	return slices.ContainsFunc(t.role(id).List, func(v Volunteer) bool { return v.Who == who })
}

func (t *turn) leave(args []string) {
	v := rule.Speak(t.c, t.e)
	var mine []string
	for _, id := range roles() {
		if t.isIn(id, t.e.Member) {
			mine = append(mine, id)
		}
	}
	id, ok := t.named(args, mine)
	switch {
	case len(mine) == 0 || ok && !slices.Contains(mine, id):
		t.quietly("rota.leave.not")
	case !ok:
		t.quietly("rota.leave.how")
	default:
		t.dropped(id, t.e.Member)
		t.quietly("rota.left", "role", nameOf(id, v))
	}
}

// dropped takes somebody off a role's list, and off duty.
func (t *turn) dropped(id string, who chat.MemberID) {
	r := t.role(id)
	r.List = slices.DeleteFunc(r.List, func(v Volunteer) bool { return v.Who == who })
	for _, at := range []*Turn{&r.Now, &r.Next} {
		if at.Who == who {
			t.giveBack(id, at)
		}
		at.pass(who)
	}
	t.s.Swaps = slices.DeleteFunc(t.s.Swaps, func(x Swap) bool { return x.Role == id && (x.By == who || x.To == who) })
}

// held are the roles that somebody is on duty for, will be, or is asked for.
func (t *turn) held(who chat.MemberID) []string {
	var out []string
	for _, id := range roles() {
		r := t.role(id)
		if slices.Contains([]chat.MemberID{r.Now.Who, r.Now.Asked, r.Next.Who, r.Next.Asked}, who) {
			out = append(out, id)
		}
	}
	return out
}

// skip gives back the next turn, or, if there is none, the one that runs.
func (t *turn) skip(args []string) {
	v := rule.Speak(t.c, t.e)
	mine := t.held(t.e.Member)
	id, ok := t.named(args, mine)
	switch {
	case len(mine) == 0 || ok && !slices.Contains(mine, id):
		t.quietly("rota.skip.not")
		return
	case !ok:
		t.quietly("rota.skip.how")
		return
	}
	r := t.role(id)
	for _, at := range []*Turn{&r.Next, &r.Now} {
		if at.Who == t.e.Member || at.Asked == t.e.Member {
			t.decline(id, at, t.e.Member)
			t.quietly("rota.skipped", "role", nameOf(id, v))
			return
		}
	}
}

// decline notes that somebody will not have a turn; they keep their place.
func (t *turn) decline(id string, at *Turn, who chat.MemberID) {
	t.heard(id, who)
	if at.Who == who {
		t.giveBack(id, at)
	}
	at.pass(who)
	at.Told = false
}

// heard forgets that somebody has not answered before.
func (t *turn) heard(id string, who chat.MemberID) {
	for i, v := range t.role(id).List {
		if v.Who == who {
			t.role(id).List[i].Silent = 0
		}
	}
}

// answered is a yes or a no to a question of the house's. Old buttons find nothing.
func (t *turn) answered(b chat.Asked) {
	n := 0
	if len(b.Args) == 2 {
		n, _ = strconv.Atoi(b.Args[1])
	}
	if n > 0 && (b.Args[0] == "swapyes" || b.Args[0] == "swapno") {
		t.answeredSwap(n, b.Args[0] == "swapyes")
		return
	}
	v := rule.Speak(t.c, t.e)
	for _, id := range roles() {
		r := t.role(id)
		for _, at := range []*Turn{&r.Now, &r.Next} {
			if n == 0 || at.N != n || at.Asked != t.e.Member || t.e.Member == "" {
				continue
			}
			if b.Args[0] != "yes" {
				t.decline(id, at, t.e.Member)
				t.quietly("rota.skipped", "role", nameOf(id, v))
				return
			}
			if !t.canServe(id, t.e.Member) {
				at.pass(t.e.Member)
				t.quietly("rota.volunteer.away")
				return
			}
			t.accept(id, at)
			t.thank(id, *at)
			return
		}
	}
	t.quietly("rota.over")
}

// thank tells somebody until when they are on duty now.
func (t *turn) thank(id string, at Turn) {
	v := rule.Speak(t.c, t.e)
	if !at.From.After(t.e.Now) {
		t.quietly("rota.accepted.now", "role", nameOf(id, v), "until", at.Until)
		return
	}
	t.quietly("rota.accepted", "role", nameOf(id, v), "from", at.From, "until", at.Until)
}

// accept gives a turn to who has said yes to it.
func (t *turn) accept(id string, at *Turn) {
	who := at.Asked
	t.heard(id, who)
	at.Who, at.Asked, at.At = who, "", time.Time{}
	if at.From.After(t.e.Now) {
		return
	}
	if at.Paid {
		t.charge(id, "", who, *at)
		return
	}
	t.pay(id, at)
}

// unreached lets the next one be asked if a question could not be brought to somebody.
func (t *turn) unreached() {
	n, err := strconv.Atoi(strings.TrimPrefix(t.e.Tag, askTag))
	if err != nil {
		return
	}
	for _, id := range roles() {
		r := t.role(id)
		for _, at := range []*Turn{&r.Now, &r.Next} {
			if at.N == n && at.Asked != "" {
				t.silent(id, at.Asked)
				at.pass(at.Asked)
			}
		}
	}
}

// every changes how often a role turns.
func (t *turn) every(args []string) {
	v := rule.Speak(t.c, t.e)
	if t.e.Level < chat.Organiser {
		t.say("rota.every.level")
		return
	}
	id, ok := "", false
	if len(args) > 1 {
		id, ok = roleNamed(args[0])
	}
	text, read := "", false
	if ok {
		text, read = every(args[1:])
	}
	r := *t.role(id)
	local := t.e.Now.In(t.c.Zone())
	r.Rule, r.Start = text, time.Date(local.Year(), local.Month(), local.Day(), usualHour, 0, 0, 0, time.UTC).Format(onWall)
	start, _ := time.Parse(onWall, r.Start)
	_, err := recur.Parse(text, start, t.c.Zone())
	next, comes := r.coming(t.c.Zone(), t.e.Now)
	switch {
	case !read || err != nil || !comes || next.Until.Sub(next.From) > 62*24*time.Hour:
		t.say("rota.every.how")
		return
	case id == roleModerator && next.Until.Sub(next.From) > mostDuty+2*time.Hour:
		t.say("rota.every.long")
		return
	}
	kept := t.s.Roles[id]
	if kept == nil {
		kept = &Role{}
		t.s.Roles[id] = kept
	}
	kept.Rule, kept.Start = r.Rule, r.Start
	if len(kept.List) > 0 || kept.Now.Who != "" {
		if kept.Next = next; kept.Now.Who != "" { // who is on duty is so until the next turn begins
			kept.Now.Until = next.From
		}
	}
	t.want(chat.Record{Log: "audit", By: t.e.Member, Line: string(t.e.By.Identity.Platform) + " rota: " + id + " every " + text})
	t.say("rota.every.done", "role", nameOf(id, v), "from", next.From, "until", next.Until)
}
