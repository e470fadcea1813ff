package rhythm

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

const (
	// few is how many people a ritual needs, lows how often running it may have fewer before organisers are asked.
	few  = 3
	lows = 3
	// restFor is how long organisers are left alone who have said that a ritual stays, askAgain those who have said nothing.
	restFor  = 12 * 7 * 24 * time.Hour
	askAgain = 4 * 7 * 24 * time.Hour
)

// closeDue closes what has been open for long enough.
func (s State) closeDue(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	for _, o := range slices.Clone(s.Open) {
		if o.Until.After(now) {
			continue
		}
		var more []chat.Effect
		s, more = s.close(c, o.Ritual, now)
		out = append(out, more...)
	}
	return s, out
}

// close ends what is open of a ritual: it says how many took part, if anybody did and the week is no quiet one.
func (s State) close(c chat.Community, id string, now time.Time) (State, []chat.Effect) {
	i := slices.IndexFunc(s.Open, func(o Occurrence) bool { return o.Ritual == id })
	if i < 0 {
		return s, nil
	}
	o := s.Open[i]
	s.Open = slices.Delete(slices.Clone(s.Open), i, i+1)
	if len(s.Open) == 0 {
		s.Open = nil
	}
	var out []chat.Effect
	quiet := rule.Quiet(c, o.At) || rule.Quiet(c, o.Until) || rule.Quiet(c, now)
	room, _ := c.Room(o.Room)
	if len(o.Who) > 0 && !quiet && now.Sub(o.Until) <= tooLate {
		for _, to := range room.Chats {
			at := slices.IndexFunc(o.Refs, func(r chat.Ref) bool { return r.Chat == to })
			if at < 0 {
				continue
			}
			answer := &chat.Answer{Target: chat.Target{Refs: o.Refs[at : at+1]}}
			out = append(out, chat.Send{To: to, Answer: answer, Text: rule.Aloud(c, to.Platform).Say("ritual.closed", "n", len(o.Who))})
		}
	}
	if len(o.Refs) == 0 && !o.ByHand {
		out = append(out, promised(o.Ritual, false), chat.Record{Log: logRhythm, Line: o.Ritual + " was shown nowhere"})
	}
	at, there := s.byID(id)
	if !there || o.ByHand || quiet || len(o.Refs) == 0 {
		return s, out
	}
	return s.weighed(c, at, len(o.Who), now), out
}

// weighed counts how often running few took part in a ritual, and lets the organisers be asked about it.
func (s State) weighed(c chat.Community, i, n int, now time.Time) State {
	r := s.Rituals[i]
	r.Low++
	if n >= few {
		r.Low = 0
	}
	ask := r.Low >= lows && !now.Before(r.Rest)
	if ask {
		r.Low, r.Rest = 0, now.Add(askAgain)
	}
	s = s.with(i, r)
	if !ask {
		return s
	}
	for _, card := range rule.Team(c, chat.Organiser) {
		s = s.letter(c, card, Letter{To: card.ID, Ritual: r.ID, What: askKeep}, now)
	}
	return s
}

const (
	// letterTag begins the tags of what organisers are asked in private: "ritualask:goals".
	letterTag = "ritualask:"
	// maxLetters is the most that wait.
	maxLetters = 100
	askKeep    = "keep"
	askHost    = "host"
	// The hours of the day in which people are written to who have not asked for it.
	morning, night = 8, 22
)

// Letter is a question to one member that waits for the day.
type Letter struct {
	To     chat.MemberID `json:"to"`
	Ritual string        `json:"ritual"`
	What   string        `json:"what"`
	At     time.Time     `json:"at"`
}

// letter puts a question on the list; the same one is there once.
func (s State) letter(c chat.Community, card chat.Card, l Letter, now time.Time) State {
	l.At = daytime(now, c.ZoneOf(card))
	s.Letters = slices.DeleteFunc(slices.Clone(s.Letters), func(o Letter) bool {
		return o.To == l.To && o.Ritual == l.Ritual && o.What == l.What
	})
	if len(s.Letters) < maxLetters {
		s.Letters = append(s.Letters, l)
	}
	return s
}

// daytime is a moment, or eight in the morning behind it if it is night in a zone.
func daytime(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	day := local.Day()
	switch {
	case local.Hour() >= night:
		day++
	case local.Hour() >= morning:
		return t
	}
	return recur.OnWall(time.Date(local.Year(), local.Month(), day, morning, 0, 0, 0, time.UTC), zone)
}

// writeDue asks those whose morning has come.
func (s State) writeDue(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	var later []Letter
	for _, l := range s.Letters {
		card, ok := c.Members.ByID(l.To)
		i, there := s.byID(l.Ritual)
		switch {
		case !ok || !there || rule.Away(card, now):
			continue
		case l.At.After(now):
			later = append(later, l)
			continue
		case daytime(now, c.ZoneOf(card)).After(now): // the house has stood still until night
			l.At = daytime(now, c.ZoneOf(card))
			later = append(later, l)
			continue
		case rule.Quiet(c, now):
			l.At = now.AddDate(0, 0, 1)
			later = append(later, l)
			continue
		}
		if l.What == askHost {
			out = append(out, s.askHost(c, card, s.Rituals[i], now)...)
		} else {
			out = append(out, rule.Secretly(c, card, letterTag+l.Ritual, func(v rule.Voice) chat.Text {
				return v.Say("ritual.low", "name", s.Rituals[i].name(v), "times", lows, "few", few)
			}, s.choices(c, rule.To(c, card, ""), l.Ritual)...)...)
		}
	}
	s.Letters = later
	return s, out
}

// choices are what can become of a ritual that few take part in.
func (s State) choices(_ chat.Community, v rule.Voice, id string) []chat.Choice {
	return []chat.Choice{
		{Label: v.Say("ritual.low.keep").Plain, Ask: commandChange + " keep " + id},
		{Label: v.Say("ritual.low.time").Plain, Ask: commandChange + " time " + id},
		{Label: v.Say("ritual.low.retire").Plain, Ask: commandChange + " retire " + id},
	}
}

// askHost asks somebody to be a ritual's host.
func (s State) askHost(c chat.Community, card chat.Card, r Ritual, now time.Time) []chat.Effect {
	if r.Asked != card.ID {
		return nil
	}
	v := rule.To(c, card, "")
	return rule.Kindly(c, card, "", func(v rule.Voice) chat.Text {
		return v.Say("ritual.host.ask", "name", r.name(v), "next", s.comes(c, v, r, now))
	}, chat.Choice{Label: v.Say("ritual.host.yes").Plain, Ask: commandHosting + " yes " + r.ID},
		chat.Choice{Label: v.Say("ritual.host.no").Plain, Ask: commandHosting + " no " + r.ID})
}

// unsent asks in the moderators' room what an organiser could not be asked in private.
func (s State) unsent(c chat.Community, e chat.Event) (State, []chat.Effect) {
	id, ok := strings.CutPrefix(e.Tag, letterTag)
	i, there := s.byID(id)
	room, some := c.With(rule.Moderators)
	if !ok || !there || !some {
		return s, nil
	}
	r := s.Rituals[i]
	return s, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text {
		return v.Say("ritual.low", "name", r.name(v), "times", lows, "few", few)
	}, s.choices(c, rule.Aloud(c, ""), id)...)
}
