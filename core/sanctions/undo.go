package sanctions

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// undone takes back what a request names.
func undone(s Record, r request) (Record, []chat.Effect) {
	now := r.e.Now
	name := []any{"name", r.target.Name}
	switch r.kind {
	case Warn:
		live := s.live(now)
		if len(live) == 0 {
			return s, r.answer("undo.warn.none", name, nil)
		}
		last := live[len(live)-1]
		s, out := withdraw(r.c, s, r.e, r.target, last.Turn, r.reason)
		return s, append(out, r.answer("", nil, func(v rule.Voice, _ bool) chat.Text {
			return v.Say("undo.warn", "name", r.target.Name, "n", len(s.live(now)), "limit", warnLimit(r.c))
		})...)
	case Timeout:
		if r.me && (!s.Timeout.isOn(now) || !s.Timeout.Own) {
			return s, r.answer("break.none", nil, nil)
		}
		if !s.Timeout.isOn(now) {
			return s, r.answer("undo.timeout.none", name, nil)
		}
		own := s.Timeout.Own
		s, out := release(r.c, s, r.e, r.target, Timeout, r.reason)
		if own && r.me {
			return s, append(out, r.answer("", nil, func(v rule.Voice, _ bool) chat.Text { return v.Say("break.over") })...)
		}
		out = append(out, toReleased(r.c, r.target, "person.released")...)
		return s, append(out, r.answer("", nil, func(v rule.Voice, _ bool) chat.Text { return v.Say("undo.timeout", name...) })...)
	}
	if !s.Ban.isOn(now) {
		return s, r.answer("undo.ban.none", name, nil)
	}
	s, out := release(r.c, s, r.e, r.target, Ban, r.reason)
	out = append(out, toReleased(r.c, r.target, "person.unbanned")...)
	return s, append(out, r.answer("", nil, func(v rule.Voice, _ bool) chat.Text { return v.Say("undo.ban", name...) })...)
}

// toReleased tells the person that something is over.
func toReleased(c chat.Community, who chat.Card, key string) []chat.Effect {
	return rule.Secretly(c, who, "", func(v rule.Voice) chat.Text { return v.Say(key, "community", c.Name) })
}

// release ends a time-out or a ban: everywhere, in the log, and on the cards that wait for a confirmation.
func release(c chat.Community, s Record, e chat.Event, who chat.Card, kind Kind, why string) (Record, []chat.Effect) {
	was := s.mirror()
	h, verb, what := s.Timeout, "release", "untimeout"
	if kind == Ban {
		h, verb, what = s.Ban, "unban", "unban"
	}
	s = s.turned(e.Member).with(kind, Hold{})
	s.Past = served(s.Past, h, e.Now)
	out := everywhere(c, s, who, verb, time.Time{})
	if kind == Timeout && s.Ban.isOn(e.Now) {
		out = nil // he is out, and what he might write there does not matter
	}
	out = append(out, inForce(c, s, who, e.Now)...)
	if kind == Ban {
		out = append(out, askBack(c, s, who, h)...)
	}
	if !h.Confirm.IsZero() {
		out = append(out, settleCard(c, who, h.Turn, func(v rule.Voice) chat.Text { return v.Say("confirm.gone", "name", who.Name) })...)
	}
	return s, append(out, audit(e, who.ID, s.Turn, what, "takes back #"+strconv.Itoa(h.Turn), was, why))
}

// served lets a step count on the ladder for as long as it has really lasted; one that was contested or never confirmed is
// taken out by whoever ends it.
func served(past []Step, h Hold, now time.Time) []Step {
	past = slices.Clone(past)
	for i := range past {
		if past[i].Turn == h.Turn && past[i].Kind == Timeout {
			past[i].For = min(past[i].For, now.Sub(h.Since))
		}
	}
	return past
}

// struck returns the steps without the one of a decision that was wrong.
func struck(past []Step, turn int) []Step {
	return slices.DeleteFunc(slices.Clone(past), func(p Step) bool { return p.Turn == turn })
}

// union returns the chats that are in either.
func union(a, b []chat.Chat) []chat.Chat {
	out := slices.Clone(a)
	for _, in := range b {
		if !slices.Contains(out, in) {
			out = append(out, in)
		}
	}
	return out
}

// askBack invites somebody to where he was before a ban.
func askBack(c chat.Community, s Record, who chat.Card, h Hold) []chat.Effect {
	var out []chat.Effect
	for _, in := range h.In {
		if _, there := c.RoomOf(in); !there {
			continue
		}
		for _, account := range who.On(in.Platform) {
			t := tag{verb: "invite", turn: s.Turn, member: who.ID, who: account}
			out = append(out, t.effect(in, time.Time{}))
		}
	}
	return out
}

// withdraw takes one warning back and tells the person.
func withdraw(c chat.Community, s Record, e chat.Event, who chat.Card, turn int, why string) (Record, []chat.Effect) {
	was := len(s.live(e.Now))
	s = s.turned(e.Member)
	s.Warnings = slices.DeleteFunc(s.live(e.Now), func(w Warning) bool { return w.Turn == turn })
	s.Past = struck(s.Past, turn)
	out := []chat.Effect{audit(e, who.ID, s.Turn, "unwarn", "takes back #"+strconv.Itoa(turn), strconv.Itoa(was)+" warnings", why)}
	return s, append(out, toReleased(c, who, "person.unwarned")...)
}

// due does what time itself brings: ends, lapses, further tries, reminders.
func due(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	if who.ID == "" {
		return Record{}, nil
	}
	var out []chat.Effect
	for _, kind := range []Kind{Timeout, Ban} {
		h := s.Timeout
		if kind == Ban {
			h = s.Ban
		}
		end := h.end()
		if end.IsZero() || end.After(e.Now) {
			continue
		}
		lapses := !h.Confirm.IsZero() && !h.Confirm.After(e.Now)
		var more []chat.Effect
		s, more = over(c, s, e, who, kind, h, lapses)
		out = append(out, more...)
	}
	s, more := again(c, s, e, who)
	out = append(out, more...)
	s, more = remind(c, s, e, who)
	return s, append(out, more...)
}

// over ends a hold whose time has come, or that nobody has confirmed.
func over(c chat.Community, s Record, e chat.Event, who chat.Card, kind Kind, h Hold, lapses bool) (Record, []chat.Effect) {
	why := "its time is over"
	if lapses {
		why = "nobody has confirmed it"
		s.Lapsed, s.LapsedAt = h.By, e.Now
		s.Past = struck(s.Past, h.Turn)
	}
	actor := s.Actor
	s, out := release(c, s, e, who, kind, why)
	s.Actor = actor // he hears of what cannot be released
	key := "person.over"
	switch {
	case h.Own:
		key = "break.over"
	case lapses:
		key = "person.lapsed"
	case kind == Ban:
		key = "person.unbanned"
	}
	out = append(out, toReleased(c, who, key)...)
	if lapses {
		out = append(out, toActor(c, s, who, func(v rule.Voice) chat.Text { return v.Say("confirm.lapsed", "name", who.Name) })...)
	}
	return s, out
}

// lift takes back what a card is about, if that still holds.
func lift(c chat.Community, s Record, e chat.Event, who chat.Card, asked chat.Asked) (Record, []chat.Effect) {
	voice := rule.Speak(c, e)
	r := request{c: c, e: e, asked: asked, voice: voice, kind: Timeout, undo: true, target: who}
	if who.ID == "" || len(asked.Args) < 2 {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
	}
	if key, pairs := r.unallowed(); key != "" {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say(key, pairs...))}
	}
	turn, err := strconv.Atoi(asked.Args[1])
	switch {
	case err != nil:
	case s.Ban.isOn(e.Now) && s.Ban.Turn == turn:
		r.kind = Ban
		return undone(s, r)
	case s.Timeout.isOn(e.Now) && s.Timeout.Turn == turn:
		return undone(s, r)
	case slices.ContainsFunc(s.live(e.Now), func(w Warning) bool { return w.Turn == turn }):
		s, out := withdraw(c, s, e, who, turn, "")
		return s, append(out, rule.Reply(e, voice.Say("undo.warn", "name", who.Name, "n", len(s.live(e.Now)), "limit", warnLimit(c))))
	}
	return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
}

// claimed carries everything out anew for somebody who has turned out to have more accounts.
func claimed(c chat.Community, s Record, e chat.Event, who chat.Card, b chat.Claimed) (Record, []chat.Effect) {
	var out []chat.Effect
	if b.Gone != "" {
		out = append(out, chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, b.Gone)}, unlisted(b.Gone))
	}
	h, kind, ok := s.hold(e.Now)
	s.Awake = time.Time{}
	if !ok {
		return s, out
	}
	if !h.Confirm.IsZero() {
		out = append(out, settleCard(c, who, h.Turn, func(v rule.Voice) chat.Text { return v.Say("confirm.anew", "name", who.Name) })...)
	}
	s = s.turned(s.Actor)
	h.Turn, h.Noted = s.Turn, false
	if kind == Ban {
		h.In = union(h.In, who.In)
	}
	s = s.with(kind, h)
	if s.Appeal.Kind == kind {
		s.Appeal.Turn = s.Turn
	}
	out = append(out, inForce(c, s, who, e.Now)...)
	out = append(out, audit(e, who.ID, s.Turn, string(kind), "goes on for all accounts of one person", s.mirror(), ""))
	out = append(out, askToConfirm(c, s, who, kind)...)
	return s, append(out, appealCard(c, s, who)...)
}

// takeBreak is a time-out that somebody asks for himself.
func takeBreak(s Record, r request) (Record, []chat.Effect) {
	if h, kind, ok := s.hold(r.e.Now); ok && !h.Own {
		return s, r.answer("", nil, func(v rule.Voice, _ bool) chat.Text { return heldText(v, h, kind) })
	}
	s = s.turned(r.e.Member)
	s.Timeout = Hold{Turn: s.Turn, Since: r.e.Now, Until: r.e.Now.Add(r.duration), By: r.e.Member, Own: true}
	out := inForce(r.c, s, r.target, r.e.Now)
	text := func(v rule.Voice) chat.Text {
		t := v.Say("break.begins", "end", s.Timeout.Until)
		if r.clamped {
			t = t.Append(chat.Plain("\n"), v.Say("sanction.clamped", "duration", r.duration))
		}
		return t
	}
	return s, append(out, rule.Discreetly(r.e, text(r.voice)))
}
