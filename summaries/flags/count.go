package flags

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	maxWeeks   = 5
	maxPeople  = 5000
	maxVisits  = 10 // kept of each member
	maxTurns   = 4  // kept of each ritual
	maxRituals = 40
	maxWho     = 3 // how many who took part are told apart: below three is few
	ritualTag  = "ritual:"
	promosRoom = "promos"
)

// Week is what was written in one week.
type Week struct {
	Start string `json:"start"` // the Monday, in the community's zone
	By    tally  `json:"by,omitempty"`
	// Outside are the messages outside of the promos' room, Promos who wrote pitches among them, and how many.
	Outside int   `json:"outside,omitempty"`
	Promos  tally `json:"promos,omitempty"`
}

// Visit is a site that somebody has pointed to, and when, in seconds.
type Visit struct {
	Site string
	At   int64
}

// Turn is one opening of a ritual, with those who took part, as far as they matter.
type Turn struct {
	Tag string          `json:"tag"`
	At  time.Time       `json:"at"`
	Who []chat.MemberID `json:"who,omitempty"`
}

// ready lets the state be written to. It was decoded for this event alone, so nothing else looks at its maps.
func (s State) ready() State {
	if s.Sites == nil {
		s.Sites = make(visits)
	}
	if s.Flags == nil {
		s.Flags = make(map[string]Flag)
	}
	if s.Rituals == nil {
		s.Rituals = make(map[string][]Turn)
	}
	if s.Rooms == nil {
		s.Rooms = make(map[chat.RoomID]Silence)
	}
	return s
}

// mondayOf names the week of a moment.
func mondayOf(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	back := (int(local.Weekday()) + 6) % 7
	return time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// posted counts a message.
func (s State) posted(c chat.Community, e chat.Event, p chat.Posted) State {
	if e.By.Bot || e.By.Anonymous || e.Member == "" {
		return s
	}
	s.Rooms[e.Room] = Silence{Since: e.Now}
	card, ok := c.Members.ByID(e.Member)
	if !ok || card.Settings["metrics"] == "off" {
		return s
	}
	s.tookPart(e)
	w := s.running(mondayOf(e.Now, c.Zone()))
	if _, known := w.By[e.Member]; !known && len(w.By) >= maxPeople {
		return s
	}
	w.By[e.Member]++
	if room, _ := c.Room(e.Room); room.Settings[promosRoom] != "on" && room.Settings[rule.Moderators] != "on" {
		w.Outside++
		if s.isPromo(c, e, p) {
			w.Promos[e.Member]++
		}
	}
	at := slices.IndexFunc(s.Weeks, func(o Week) bool { return o.Start == w.Start })
	if at < 0 {
		s.Weeks = append(s.Weeks, w)
		s.forgetVisits(e.Now)
	} else {
		s.Weeks[at] = w
	}
	if len(s.Weeks) > maxWeeks {
		s.Weeks = s.Weeks[len(s.Weeks)-maxWeeks:]
	}
	return s
}

// running returns the week that is counted now.
func (s State) running(start string) Week {
	w := Week{Start: start}
	if i := slices.IndexFunc(s.Weeks, func(w Week) bool { return w.Start == start }); i >= 0 {
		w = s.Weeks[i]
	}
	if w.By == nil {
		w.By = make(tally)
	}
	if w.Promos == nil {
		w.Promos = make(tally)
	}
	return w
}

// tookPart notes an answer to a ritual.
func (s State) tookPart(e chat.Event) {
	if e.ReplyTo == nil || !strings.HasPrefix(e.ReplyTo.Tag, ritualTag) {
		return
	}
	id := ritualOf(e.ReplyTo.Tag)
	turns := slices.Clone(s.Rituals[id])
	for i, t := range turns {
		if t.Tag == e.ReplyTo.Tag && len(t.Who) < maxWho && !slices.Contains(t.Who, e.Member) {
			turns[i].Who = append(slices.Clone(t.Who), e.Member)
		}
	}
	if len(turns) > 0 {
		s.Rituals[id] = turns
	}
}

// opened notes that a ritual was opened.
func (s State) opened(tag string, now time.Time) State {
	id := ritualOf(tag)
	turns := s.Rituals[id]
	if slices.ContainsFunc(turns, func(t Turn) bool { return t.Tag == tag }) || len(turns) == 0 && len(s.Rituals) >= maxRituals {
		return s
	}
	turns = append(slices.Clone(turns), Turn{Tag: tag, At: now})
	s.Rituals[id] = turns[max(0, len(turns)-maxTurns):]
	return s
}

func ritualOf(tag string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(tag, ritualTag), ":")
	return id
}

// without forgets a member's part in the numbers.
func (s State) without(who chat.MemberID) State {
	for _, w := range s.Weeks {
		delete(w.By, who)
		delete(w.Promos, who)
	}
	delete(s.Sites, who)
	for id, turns := range s.Rituals {
		s.Rituals[id] = renamed(turns, who, "")
	}
	s.Letters = slices.DeleteFunc(s.Letters, func(l Letter) bool { return l.To == who })
	s.Waits = slices.Clone(s.Waits)
	for i := range s.Waits {
		if s.Waits[i].Who == who {
			s.Waits[i].Who = ""
		}
	}
	s.Audit = slices.DeleteFunc(slices.Clone(s.Audit), func(a Action) bool { return a.By == who })
	s.Duty = renamedDuty(s.Duty, who, "")
	s.Pulse = s.Pulse.renamed(who, "")
	return s
}

// united makes one member of two.
func (s State) united(kept, gone chat.MemberID) State {
	for _, w := range s.Weeks {
		if n := w.By[gone]; n > 0 {
			w.By[kept] += n
		}
		if n := w.Promos[gone]; n > 0 {
			w.Promos[kept] += n
		}
	}
	if more := s.Sites[gone]; len(more) > 0 {
		all := append(slices.Clone(s.Sites[kept]), more...)
		slices.SortStableFunc(all, func(a, b Visit) int { return cmp.Compare(a.At, b.At) })
		s.Sites[kept] = all[max(0, len(all)-maxVisits):]
	}
	for id, turns := range s.Rituals {
		s.Rituals[id] = renamed(turns, gone, kept)
	}
	s.Duty = renamedDuty(s.Duty, gone, kept)
	s.Pulse = s.Pulse.renamed(gone, kept)
	return s.without(gone)
}

func renamed(turns []Turn, gone, kept chat.MemberID) []Turn {
	turns = slices.Clone(turns)
	for i, t := range turns {
		turns[i].Who = replaced(t.Who, gone, kept)
	}
	return turns
}

func renamedDuty(duty [][]chat.MemberID, gone, kept chat.MemberID) [][]chat.MemberID {
	duty = slices.Clone(duty)
	for i, who := range duty {
		duty[i] = replaced(who, gone, kept)
	}
	return duty
}

// replaced puts one member in the place of another, or nobody.
func replaced(who []chat.MemberID, gone, kept chat.MemberID) []chat.MemberID {
	at := slices.Index(who, gone)
	if at < 0 {
		return who
	}
	who = slices.Delete(slices.Clone(who), at, at+1)
	if kept != "" && !slices.Contains(who, kept) {
		who = append(who, kept)
	}
	return who
}

// read reads the numbers of a week.
func read(args []string) (Given, bool) {
	if len(args) != 7 {
		return Given{}, false
	}
	start, err1 := time.Parse(time.RFC3339, args[0])
	at, err2 := time.Parse(time.RFC3339, args[1])
	if err1 != nil || err2 != nil {
		return Given{}, false
	}
	var n [5]int
	for i, word := range args[2:] {
		v, err := strconv.Atoi(word)
		if err != nil || v < 0 {
			return Given{}, false
		}
		n[i] = v
	}
	return Given{Start: start, At: at, Members: n[0], Settled: n[1], Wrote: n[2], Overdue: n[3], Quiet: n[4] > 0}, true
}
