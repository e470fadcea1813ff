package cohorts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// Cohort is a group that works on one thing for some weeks.
type Cohort struct {
	N      int            `json:"n"`
	Name   string         `json:"name"`
	Goal   string         `json:"goal"`
	By     chat.MemberID  `json:"by,omitempty"` // who has begun it
	Beside chat.RoomID    `json:"beside"`       // where people find it
	Room   smallroom.Room `json:"room,omitzero"`
	// Weeks is for how long it is planned, Longest for how long it may go on; Min and Max are how many it takes.
	Weeks   int `json:"weeks"`
	Longest int `json:"longest"`
	Min     int `json:"min"`
	Max     int `json:"max"`
	// Since is when its first week began, zero before; Week which it is; Over when it finished.
	Since   time.Time `json:"since,omitzero"`
	Week    int       `json:"week,omitempty"`
	Over    time.Time `json:"over,omitzero"`
	Closed  bool      `json:"closed,omitempty"` // for joining
	Greeted bool      `json:"greeted,omitempty"`
	Steps   []Step    `json:"steps,omitempty"` // what is due, in order
	People  []Person  `json:"people,omitempty"`
	Works   []Work    `json:"works,omitempty"`
	Notes   int       `json:"notes,omitempty"`
	Moves   int       `json:"moves,omitempty"`
}

// Person is one of its people.
type Person struct {
	Who chat.MemberID `json:"who"`
	// Led: they know where they read the cohort. Waited: they came before it began.
	Led    bool `json:"led,omitempty"`
	Waited bool `json:"waited,omitempty"`
	// Mid is what they chose halfway, Vote what at the end.
	Mid  string `json:"mid,omitempty"`
	Vote string `json:"vote,omitempty"`
	// Box is what is brought to them where they have no chat in the room; Morning is when.
	Box     []Note    `json:"box,omitempty"`
	Morning time.Time `json:"morning,omitzero"`
}

// Step is something that is due.
type Step struct {
	Kind string    `json:"kind"`
	N    int       `json:"n,omitempty"`
	At   time.Time `json:"at"`
}

// The steps.
const (
	stepShort = "short" // too few have come
	stepLapse = "lapse" // and nobody has said what shall become of it
	stepClose = "close"
	stepWeek  = "week"
	stepMid   = "mid"
	stepSum   = "sum"
	stepLast  = "last"
	stepEnd   = "end"
	stepShut  = "shut"
)

// Work is what somebody has made, in their words.
type Work struct {
	Who     chat.MemberID  `json:"who"`
	Name    string         `json:"name"`
	Message chat.MessageID `json:"message,omitempty"`
	Text    string         `json:"text"`
}

func (co *Cohort) tag(begin string) string { return begin + strconv.Itoa(co.N) }

func numberOf(tag string) int {
	_, behind, _ := strings.Cut(tag, ":")
	word, _, _ := strings.Cut(behind, ":")
	n, err := strconv.Atoi(word)
	if err != nil {
		return 0
	}
	return n
}

func (co *Cohort) person(who chat.MemberID) *Person {
	i := slices.IndexFunc(co.People, func(p Person) bool { return p.Who == who })
	if i < 0 || who == "" {
		return nil
	}
	return &co.People[i]
}

func (co *Cohort) isOpen() bool {
	return co.Over.IsZero() && !co.Closed && len(co.People) < co.Max && co.Moves < maxMoves
}

// hour is when the house speaks up in a cohort: at ten in the morning, in the community's zone.
const hour = 10

// day is the hour of some day after another moment.
func day(c chat.Community, from time.Time, days int) time.Time {
	local := from.In(c.Zone())
	return recur.OnWall(time.Date(local.Year(), local.Month(), local.Day()+days, hour, 0, 0, 0, time.UTC), c.Zone())
}

// end is when the cohort finishes, as it is planned now.
func (co *Cohort) end(c chat.Community) time.Time { return day(c, co.Since, 7*co.Weeks) }

// plan is what is to come of a cohort that begins now.
func (co *Cohort) plan(c chat.Community) {
	at := func(days int) time.Time { return day(c, co.Since, days) }
	co.Steps = []Step{{Kind: stepClose, At: at(7)}}
	for n := 2; n <= co.Weeks; n++ {
		co.Steps = append(co.Steps, Step{Kind: stepWeek, N: n, At: at(7 * (n - 1))})
	}
	half := 7*co.Weeks/2 + 1
	co.Steps = append(co.Steps, Step{Kind: stepMid, At: at(half)}, Step{Kind: stepSum, At: at(half + 2)},
		Step{Kind: stepLast, At: at(7*co.Weeks - 3)}, Step{Kind: stepEnd, At: at(7 * co.Weeks)})
	co.sort()
}

func (co *Cohort) sort() {
	slices.SortStableFunc(co.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
}

// Note is something that is said in the cohort's room, for those who have no chat there.
type Note struct {
	By   chat.MemberID `json:"by,omitempty"`
	Kind string        `json:"kind"`
	Name string        `json:"name,omitempty"`
	Word string        `json:"word,omitempty"`
	N    int           `json:"n,omitempty"`
	At   time.Time     `json:"at,omitzero"`
}

// The kinds of notes that are no steps.
const (
	noteTalk    = "talk"
	noteBegun   = "begun"
	noteOutside = "outside"
	noteLonger  = "longer"
	noteLapsed  = "lapsed"
)

// in is what a note says.
func (co *Cohort) in(v rule.Voice, n Note) chat.Text {
	switch n.Kind {
	case noteBegun:
		return v.Say("cohort.begun", "cohort", co.Name)
	case noteOutside:
		return v.Say("cohort.outside")
	case stepWeek:
		return v.Say("cohort.week", "week", n.N, "weeks", co.Weeks, "until", n.At)
	case stepMid:
		return v.Say("cohort.mid", "goal", co.Goal)
	case stepLast:
		text := v.Say("cohort.last", "cohort", co.Name, "end", n.At)
		if co.Weeks < co.Longest {
			text = text.Append(chat.Plain("\n"), v.Say("cohort.last.more"))
		}
		return text
	case noteLonger:
		return v.Say("cohort.longer", "cohort", co.Name, "end", n.At)
	case noteLapsed:
		return v.Say("cohort.lapsed", "cohort", co.Name)
	case stepEnd:
		text := v.Say("cohort.end", "cohort", co.Name, "weeks", co.Weeks, "n", n.N, "goal", co.Goal)
		if len(co.Works) > 0 {
			text = text.Append(chat.Plain("\n\n"), v.Say("cohort.end.works"))
		}
		for _, w := range co.Works {
			text = text.Append(chat.Plain("\n"), v.Say("cohort.end.work", "name", w.Name, "text", w.Text))
		}
		return text
	case stepShut:
		return v.Say("cohort.shut", "cohort", co.Name)
	}
	return v.Say("cohort.said", "name", n.Name, "text", n.Word)
}

// tell says something in the cohort's room, and brings it to those who have no chat there.
func (co *Cohort) tell(c chat.Community, n Note, tag string, now time.Time, late bool) []chat.Effect {
	co.bring(c, n, now)
	room, there := co.Room.In(c)
	if !there {
		return nil
	}
	return rule.Everywhere(c, room, tag, func(v rule.Voice) chat.Text {
		text := co.in(v, n)
		if late {
			text = text.Append(chat.Plain(" "), v.Say("cohort.late"))
		}
		return text
	}, co.offers(n.Kind, rule.Aloud(c, ""))...)
}

// offers are the choices below what is said at a step.
func (co *Cohort) offers(kind string, v rule.Voice) []chat.Choice {
	n := " " + strconv.Itoa(co.N)
	switch {
	case kind == stepMid:
		return []chat.Choice{
			{Label: v.Say("cohort.mid.fine").Plain, Ask: commandSet + " " + fine + n},
			{Label: v.Say("cohort.mid.tight").Plain, Ask: commandSet + " " + tight + n},
			{Label: v.Say("cohort.mid.change").Plain, Ask: commandSet + " " + change + n},
		}
	case kind == stepLast && co.Weeks < co.Longest:
		return []chat.Choice{
			{Label: v.Say("cohort.last.finish").Plain, Ask: commandSet + " " + finish + n},
			{Label: v.Say("cohort.last.longer").Plain, Ask: commandSet + " " + longer + n},
		}
	}
	return nil
}

// What people choose halfway and at the end.
const (
	fine, tight, change = "fine", "tight", "change"
	finish, longer      = "finish", "longer"
)

// bring lays something into the boxes of those who have no chat in the room.
func (co *Cohort) bring(c chat.Community, n Note, now time.Time) {
	room, there := co.Room.In(c)
	for i := range co.People {
		p := &co.People[i]
		card, ok := c.Members.ByID(p.Who)
		if !ok || !p.Led || p.Who == n.By || rule.Away(card, now) {
			continue
		}
		if _, in := smallroom.Account(room, card); in && there || len(p.Box) >= maxBox {
			continue
		}
		p.Box = append(slices.Clone(p.Box), n)
	}
}

// The hours of the day in which people are written to who have not asked for it.
const morning, night = 8, 22

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

// deliver brings people by day what lies in their boxes.
func (s *State) deliver(c chat.Community, now time.Time) []chat.Effect {
	var out []chat.Effect
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		for at := range co.People {
			p := &co.People[at]
			card, ok := c.Members.ByID(p.Who)
			if len(p.Box) == 0 || !ok {
				p.Box, p.Morning = nil, time.Time{}
				continue
			}
			if day := daytime(now, c.ZoneOf(card)); day.After(now) {
				p.Morning = day
				continue
			}
			box, tag := p.Box, co.tag(tagBox)
			last := box[len(box)-1].Kind
			if last == stepLast {
				tag = co.tag(tagLast)
			}
			tag += ":" + string(p.Who) + ":" + last // what has one tag in several chats would be one message, with the same choices
			p.Box, p.Morning = nil, time.Time{}
			out = append(out, rule.Secretly(c, card, tag, func(v rule.Voice) chat.Text {
				if len(box) == 1 && (last == noteBegun || last == noteLapsed) {
					return co.in(v, box[0])
				}
				text := v.Say("cohort.box", "cohort", co.Name)
				for _, n := range box {
					text = text.Append(chat.Plain("\n"), co.in(v, n))
				}
				return text
			}, co.offers(last, rule.To(c, card, ""))...)...)
		}
	}
	return out
}
