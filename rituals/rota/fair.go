package rota

import (
	"cmp"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// whole is one turn in the account of who is owed what.
	whole = 1_000_000
	// Nobody is moderator on duty for more than mostDuty within dutyWithin, unless there is nobody else: the guide's remedy
	// against moderators who burn out.
	dutyWithin = 28 * 24 * time.Hour
	mostDuty   = 14 * 24 * time.Hour
	// keepPast is how long turns are remembered.
	keepPast = 60 * 24 * time.Hour
	maxPast  = 100
)

// canServe tells whether a member can be on duty now: here, not away, and a moderator where that is the job.
func (t *turn) canServe(id string, who chat.MemberID) bool {
	card, ok := t.c.Members.ByID(who)
	if !ok || len(card.In) == 0 || card.Level < chat.Member || rule.Away(card, t.e.Now) {
		return false
	}
	return id != roleModerator || card.Level >= chat.Moderator
}

// available are the volunteers who could have a turn, who is owed most first; of equals whose last duty is longest ago.
func (t *turn) available(id string, at Turn) []Volunteer {
	var out []Volunteer
	for _, v := range t.role(id).List {
		if t.canServe(id, v.Who) && !slices.Contains(at.Passed, v.Who) && !t.isTired(id, v.Who, at) {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b Volunteer) int {
		return cmp.Or(cmp.Compare(b.Owed, a.Owed), a.Last.Compare(b.Last), a.Since.Compare(b.Since), cmp.Compare(a.Who, b.Who))
	})
	return out
}

// isTired tells whether somebody would be moderator on duty for too long by a turn, and is not the only one there is.
func (t *turn) isTired(id string, who chat.MemberID, at Turn) bool {
	return id == roleModerator && t.load(id, who, at) > mostDuty && !t.isAlone(id, who)
}

// isAlone tells whether nobody else could be asked at all.
func (t *turn) isAlone(id string, who chat.MemberID) bool {
	return !slices.ContainsFunc(t.role(id).List, func(v Volunteer) bool { return v.Who != who && t.canServe(id, v.Who) })
}

// load is how long somebody would have been on duty within four weeks at the end of a turn.
func (t *turn) load(id string, who chat.MemberID, at Turn) time.Duration {
	r := t.role(id)
	first := at.Until.Add(-dutyWithin)
	sum := at.Until.Sub(at.From)
	past := r.Past
	if r.Now.Who == who && !r.Now.From.Equal(at.From) {
		past = append(slices.Clone(past), Served{Who: who, From: r.Now.From, Until: r.Now.Until})
	}
	for _, p := range past {
		from := p.From
		if from.Before(first) {
			from = first
		}
		if p.Who == who && p.Until.After(from) && !p.From.Equal(at.From) {
			sum += p.Until.Sub(from)
		}
	}
	return sum.Truncate(2 * time.Hour) // a change of the clocks makes nobody tired
}

// pay shares a turn out among all who could have had it, and lets whoever has it pay.
func (t *turn) pay(id string, at *Turn) {
	r := t.role(id)
	could := t.available(id, *at)
	if !slices.ContainsFunc(could, func(v Volunteer) bool { return v.Who == at.Who }) {
		could = append(could, Volunteer{Who: at.Who})
	}
	share := whole / len(could)
	for i, v := range r.List {
		if slices.ContainsFunc(could, func(o Volunteer) bool { return o.Who == v.Who }) {
			r.List[i].Owed += share
		}
		if v.Who == at.Who {
			r.List[i].Owed -= share * len(could)
			r.List[i].Last = at.From
		}
	}
	at.Paid = true
}

// charge lets somebody pay for a turn that another had paid for: the part that is left of it.
func (t *turn) charge(id string, from, to chat.MemberID, at Turn) {
	left := int(float64(whole) * min(1, max(0, at.Until.Sub(t.e.Now).Hours()/max(1, at.Until.Sub(at.From).Hours()))))
	r := t.role(id)
	for i := range r.List {
		switch r.List[i].Who {
		case from:
			r.List[i].Owed += left
		case to:
			r.List[i].Owed -= left
			r.List[i].Last = at.From
		}
	}
}

// daytime returns the time, or, if that is at night (22:00 to 08:00) in a zone, the next morning.
func daytime(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	switch h := local.Hour(); {
	case h >= 22:
		local = local.AddDate(0, 0, 1)
	case h >= 8:
		return at
	}
	return time.Date(local.Year(), local.Month(), local.Day(), 8, 0, 0, 0, zone).UTC()
}
