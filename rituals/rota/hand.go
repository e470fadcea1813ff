package rota

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// askAhead is how long before a turn somebody is asked, answerIn how long the question waits for an answer.
	askAhead = 48 * time.Hour
	answerIn = 24 * time.Hour
	// maxSilent is after how many questions without an answer somebody is asked no more.
	maxSilent = 3
	// tooLate is how late a handover may be to be told in the room.
	tooLate = 2 * time.Hour
)

// tend brings every role up to now: hands over, vacates, asks.
func (t *turn) tend() {
	if !t.s.Check.After(t.e.Now) {
		t.s.Check = time.Time{}
	}
	for _, id := range roles() {
		r := t.role(id)
		t.roll(id, r)
		t.vacate(id, r)
		if !rule.Quiet(t.c, t.e.Now) {
			t.fill(id, &r.Now, t.e.Now)
			t.fill(id, &r.Next, r.Next.From.Add(-askAhead))
		}
	}
}

// roll hands the role over when its time has come. What lies in a quiet week is nobody's turn.
func (t *turn) roll(id string, r *Role) {
	now := t.e.Now
	if len(r.List) == 0 && r.Now.Who == "" {
		r.Now, r.Next = Turn{}, Turn{}
		return
	}
	if r.Next.From.IsZero() {
		r.Next, _ = r.coming(t.c.Zone(), now)
		return
	}
	if r.Next.From.After(now) {
		return
	}
	t.ended(r)
	r.Now = r.Next
	for range 1000 { // after a long stop: what is over was nobody's
		if r.Now.Until.After(now) {
			break
		}
		next, ok := r.coming(t.c.Zone(), r.Now.From)
		if !ok {
			break
		}
		r.Now = next
	}
	r.Next, _ = r.coming(t.c.Zone(), r.Now.From)
	if rule.Quiet(t.c, r.Now.From) || !r.Now.Until.After(now) {
		r.Now = Turn{}
		t.want(chat.Record{Log: logRhythm, Line: "rota " + id + " passed over: quiet"})
		return
	}
	if r.Now.Who != "" && t.canServe(id, r.Now.Who) {
		t.pay(id, &r.Now)
	}
	if now.Sub(r.Now.From) > tooLate {
		t.want(chat.Record{Log: logRhythm, Line: "rota " + id + " handed over late, not told"})
		return
	}
	t.begun = append(t.begun, id)
}

// ended remembers who was on duty until now.
func (t *turn) ended(r *Role) {
	if r.Now.Who != "" {
		until := r.Now.Until
		if t.e.Now.Before(until) {
			until = t.e.Now
		}
		r.Past = append(r.Past, Served{Who: r.Now.Who, From: r.Now.From, Until: until})
	}
	r.Past = slices.DeleteFunc(r.Past, func(p Served) bool { return t.e.Now.Sub(p.Until) > keepPast })
	r.Past = r.Past[max(0, len(r.Past)-maxPast):]
}

// vacate takes a turn back from who cannot be on duty any more: away, or not here.
func (t *turn) vacate(id string, r *Role) {
	for _, at := range []*Turn{&r.Now, &r.Next} {
		if at.Who != "" && !t.canServe(id, at.Who) {
			t.giveBack(id, at)
		}
		if at.Asked != "" && !t.canServe(id, at.Asked) {
			at.pass(at.Asked)
		}
	}
}

// giveBack leaves a turn without anybody; what is left of it is not paid for.
func (t *turn) giveBack(id string, at *Turn) {
	if at.Paid {
		t.charge(id, at.Who, "", *at)
	}
	at.pass(at.Who)
	at.Who = ""
}

// pass notes that somebody will not have the turn.
func (at *Turn) pass(who chat.MemberID) {
	if !slices.Contains(at.Passed, who) {
		at.Passed = append(at.Passed, who)
	}
	if at.Asked == who {
		at.Asked, at.N, at.At = "", 0, time.Time{}
	}
}

// fill asks who comes next for a turn that nobody has, from a moment on.
func (t *turn) fill(id string, at *Turn, from time.Time) {
	now := t.e.Now
	if at.From.IsZero() || at.Who != "" || from.After(now) || at.Wait.After(now) {
		return
	}
	if rule.Quiet(t.c, at.From) {
		return
	}
	at.Wait = time.Time{}
	if at.Asked != "" {
		if now.Sub(at.At) < answerIn {
			return
		}
		t.silent(id, at.Asked)
		at.pass(at.Asked)
	}
	could := t.available(id, *at)
	if len(could) == 0 {
		t.nobody(id, at)
		return
	}
	if t.isAsked(could[0].Who) { // one question at a time
		return
	}
	card, _ := t.c.Members.ByID(could[0].Who)
	if morning := daytime(now, t.c.ZoneOf(card)); morning.After(now) {
		at.Wait = morning
		return
	}
	t.s.Count++
	at.Asked, at.N, at.At = card.ID, t.s.Count, now
	t.ask(id, *at, card)
	if id == roleModerator && t.load(id, card.ID, *at) > mostDuty && !at.Warned {
		at.Warned = true
		t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text { return v.Say("rota.alone", "name", card.Name) }, nil)...)
	}
}

// isAsked tells whether a question to somebody waits for an answer.
func (t *turn) isAsked(who chat.MemberID) bool {
	for _, r := range t.s.Roles {
		if r.Now.Asked == who || r.Next.Asked == who {
			return true
		}
	}
	return false
}

// ask asks somebody in private whether they would have a turn.
func (t *turn) ask(id string, at Turn, card chat.Card) {
	who, _ := rule.Door(card)
	v := rule.To(t.c, card, who.Platform)
	n := strconv.Itoa(at.N)
	t.want(rule.Kindly(t.c, card, askTag+n, func(v rule.Voice) chat.Text {
		text := v.Say("rota.ask", "role", nameOf(id, v), "from", at.From, "until", at.Until)
		if !at.From.After(t.e.Now) {
			text = v.Say("rota.ask.now", "role", nameOf(id, v), "until", at.Until)
		}
		return text.Append(chat.Plain("\n"), job(id, v), chat.Plain("\n"), v.Say("rota.ask.how"))
	}, chat.Choice{Label: v.Say("rota.yes").Plain, Ask: commandAnswer + " yes " + n},
		chat.Choice{Label: v.Say("rota.no").Plain, Ask: commandAnswer + " no " + n})...)
}

// silent counts a question without an answer; who does not answer several in a row is asked no more.
func (t *turn) silent(id string, who chat.MemberID) {
	r := t.role(id)
	i := slices.IndexFunc(r.List, func(v Volunteer) bool { return v.Who == who })
	if i < 0 {
		return
	}
	if r.List[i].Silent++; r.List[i].Silent < maxSilent {
		return
	}
	r.List = slices.Delete(r.List, i, i+1)
	if card, ok := t.c.Members.ByID(who); ok {
		t.want(rule.Kindly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("rota.silent", "role", nameOf(id, v)) })...)
	}
}

// nobody tells the moderators once that a turn will be nobody's, by day, and whether it is because somebody needs a rest.
func (t *turn) nobody(id string, at *Turn) {
	if at.Told || len(t.role(id).List) == 0 {
		return
	}
	if morning := daytime(t.e.Now, t.c.Zone()); morning.After(t.e.Now) {
		at.Wait = morning
		return
	}
	at.Told = true
	tired := slices.ContainsFunc(t.role(id).List, func(v Volunteer) bool { return t.canServe(id, v.Who) && t.isTired(id, v.Who, *at) })
	from, now := at.From, t.e.Now
	t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text {
		switch {
		case tired:
			return v.Say("rota.tired", "from", from)
		case !from.After(now):
			return v.Say("rota.nobody.now", "role", nameOf(id, v))
		}
		return v.Say("rota.nobody", "role", nameOf(id, v), "from", from)
	}, nil)...)
}

// announce says in the first room who is on duty from now on, and thanks those before.
func (t *turn) announce() {
	if len(t.begun) == 0 || t.c.Setting(settingLine, "on") == "off" {
		return
	}
	i := slices.IndexFunc(t.c.Rooms, func(r chat.Room) bool { return r.Settings[rule.Moderators] != "on" && len(r.Chats) > 0 })
	var on []string
	for _, id := range t.begun {
		if t.role(id).Now.Who != "" {
			on = append(on, id)
		}
	}
	if i < 0 || len(on) == 0 {
		return
	}
	t.want(rule.Everywhere(t.c, t.c.Rooms[i], "", func(v rule.Voice) chat.Text {
		var lines []string
		for _, id := range on {
			now := t.role(id).Now
			lines = append(lines, v.Say("rota.line.who", "role", nameOf(id, v), "name", t.name(now.Who), "until", now.Until).Plain)
		}
		return v.Say("rota.handover", "list", strings.Join(lines, "\n"))
	})...)
}

func (t *turn) name(who chat.MemberID) string {
	card, _ := t.c.Members.ByID(who)
	if card.Name == "" {
		return "@" + card.Handle
	}
	return card.Name
}

// due is when something is to be done next; zero = never.
func (t *turn) due() time.Time {
	var first time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	sooner(t.s.Check)
	quiet := rule.Quiet(t.c, t.e.Now)
	for _, r := range t.s.Roles {
		sooner(r.Next.From)
		for i, at := range []Turn{r.Now, r.Next} {
			if at.From.IsZero() || at.Who != "" || rule.Quiet(t.c, at.From) {
				continue
			}
			begins := at.From.Add(-askAhead)
			switch {
			case i == 1 && begins.After(t.e.Now):
				sooner(begins)
			case quiet:
				sooner(t.e.Now.Add(6 * time.Hour))
			case at.Wait.After(t.e.Now):
				sooner(at.Wait)
			case at.Asked != "":
				sooner(at.At.Add(answerIn))
			case !at.Told: // those who are away may come back
				sooner(t.e.Now.Add(6 * time.Hour))
			}
		}
	}
	return first
}
