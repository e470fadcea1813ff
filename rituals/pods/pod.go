package pods

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

// Pod is three to five people who keep each other going.
type Pod struct {
	N    int           `json:"n"`
	Name string        `json:"name"`
	By   chat.MemberID `json:"by,omitempty"` // who has begun it
	// Beside is the room where people find it, and beside which its own is made.
	Beside chat.RoomID    `json:"beside"`
	Room   smallroom.Room `json:"room,omitzero"`
	// Until is how long it waits for its third; Since is when it began, zero before; Over when it ended.
	Until time.Time `json:"until,omitzero"`
	Since time.Time `json:"since,omitzero"`
	Over  time.Time `json:"over,omitzero"`
	// Greeted: the pod was told in its room how it goes.
	Greeted bool   `json:"greeted,omitempty"`
	Seats   []Seat `json:"seats,omitempty"`
	// Notes numbers what was said in it, Moves those who came and went.
	Notes int `json:"notes,omitempty"`
	Moves int `json:"moves,omitempty"`
	// Done, Partial, Blocked and Skip are the answers since it last looked back, all its people together.
	Done    int `json:"done,omitempty"`
	Partial int `json:"partial,omitempty"`
	Blocked int `json:"blocked,omitempty"`
	Skip    int `json:"skip,omitempty"`
}

// Seat is one of its people.
type Seat struct {
	Who chat.MemberID `json:"who"`
	// Led: they know where they read the pod.
	Led bool `json:"led,omitempty"`
	// Waited: they came before it began, so they are told that it has.
	Waited bool `json:"waited,omitempty"`
	// Minute is the minute of the day at which they are asked, on the clocks where they live; Next when that is.
	Minute int       `json:"minute"`
	Next   time.Time `json:"next,omitzero"`
	// Day is the day they were asked last, on their calendar; Status, Word and Note (its number) are their answer.
	Day     string `json:"day,omitempty"`
	Status  string `json:"status,omitempty"`
	Word    string `json:"word,omitempty"`
	Note    int    `json:"note,omitempty"`
	Changes int    `json:"changes,omitempty"`
	// Missed is how many questions running had no answer. Cared: they were asked about that. Still: they are asked no more.
	Missed int  `json:"missed,omitempty"`
	Cared  bool `json:"cared,omitempty"`
	Still  bool `json:"still,omitempty"`
	// Rest is until when they are left alone.
	Rest time.Time `json:"rest,omitzero"`
	// Counts: they want their days in a row counted; Run is how many there are.
	Counts bool `json:"counts,omitempty"`
	Run    int  `json:"run,omitempty"`
	// Box is what the others have said, where they have no chat in the room; Morning is when it is brought.
	Box     []Note    `json:"box,omitempty"`
	Morning time.Time `json:"morning,omitzero"`
}

// The answers.
const (
	done    = "done"
	partial = "partial"
	skip    = "skip"
	blocked = "blocked"
	worded  = "word" // words without one of those
)

func answers() []string { return []string{done, partial, skip, blocked} }

func (p *Pod) seat(who chat.MemberID) int {
	return slices.IndexFunc(p.Seats, func(s Seat) bool { return s.Who == who })
}

func (p *Pod) tag(begin string) string { return begin + strconv.Itoa(p.N) }

// saidTag names what was said in the pod's room under a number.
func (p *Pod) saidTag(note int) string { return p.tag(tagSaid) + ":" + strconv.Itoa(note) }

// ownTag names what is said to one of its people alone: what has one tag in several chats would be one message, with the
// same choices.
func (p *Pod) ownTag(begin string, s Seat) string { return p.tag(begin) + ":" + string(s.Who) }

// dayTag names what somebody is asked on a day, or told about that.
func (p *Pod) dayTag(begin string, s Seat) string { return p.ownTag(begin, s) + ":" + s.Day }

// dayIn is the day that a tag is about, if it is about the question of a day.
func dayIn(tag string) (day string, ok bool) {
	ok = strings.HasPrefix(tag, tagAsk) || strings.HasPrefix(tag, tagAck)
	return tag[strings.LastIndex(tag, ":")+1:], ok
}

// numberOf reads the number of a pod out of a tag; 0 = none.
func numberOf(tag string) int {
	_, behind, _ := strings.Cut(tag, ":")
	word, _, _ := strings.Cut(behind, ":")
	n, err := strconv.Atoi(word)
	if err != nil {
		return 0
	}
	return n
}

func (p *Pod) isFull() bool { return len(p.Seats) >= full }

// count notes an answer for the look back (by is 1), or takes it back (-1).
func (p *Pod) count(status string, by int) {
	switch status {
	case done:
		p.Done += by
	case partial:
		p.Partial += by
	case blocked:
		p.Blocked += by
	case skip:
		p.Skip += by
	}
}

// usualMinute is when people are asked who have not said when: nine in the morning.
const usualMinute = 9 * 60

// nextAt is the next time at which the clocks of a zone show a minute of the day.
func nextAt(now time.Time, minute int, zone *time.Location) time.Time {
	local := now.In(zone)
	for day := local.Day(); ; day++ {
		at := recur.OnWall(time.Date(local.Year(), local.Month(), day, 0, minute, 0, 0, time.UTC), zone)
		if at.After(now) {
			return at
		}
	}
}

// friday is the next Friday at four in the afternoon.
func friday(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	days := (int(time.Friday) - int(local.Weekday()) + 7) % 7
	for ; ; days += 7 {
		at := recur.OnWall(time.Date(local.Year(), local.Month(), local.Day()+days, 16, 0, 0, 0, time.UTC), zone)
		if at.After(now) {
			return at
		}
	}
}

// The hours of the day in which people are brought what they have not asked for just now.
const morning, night = 8, 22

// daytime is a moment, or eight in the morning behind it if it is night in a zone.
func daytime(t time.Time, zone *time.Location) time.Time {
	if h := t.In(zone).Hour(); h >= morning && h < night {
		return t
	}
	return nextAt(t, morning*60, zone)
}

// outside tells whether a member has no chat in the pod's room, so that what is said there is brought to them.
func (p *Pod) outside(c chat.Community, card chat.Card) bool {
	room, there := p.Room.In(c)
	if !there {
		return true
	}
	_, in := smallroom.Account(room, card)
	return !in
}

// Note is something that is said in the pod.
type Note struct {
	N    int           `json:"n"`
	By   chat.MemberID `json:"by,omitempty"`
	Kind string        `json:"kind"`
	Name string        `json:"name,omitempty"`
	Word string        `json:"word,omitempty"`
}

// The kinds of notes that are no answers.
const (
	noteTalk  = "talk"
	noteHelp  = "help"
	noteJoin  = "join"
	noteLeft  = "left"
	noteRetro = "retro"
	noteHello = "hello"
	noteBegun = "begun"
)

// in is what a note says.
func (n Note) in(v rule.Voice) chat.Text {
	var text chat.Text
	switch n.Kind {
	case done:
		text = v.Say("pod.said.done", "name", n.Name)
	case partial:
		text = v.Say("pod.said.partial", "name", n.Name)
	case skip:
		text = v.Say("pod.said.skip", "name", n.Name)
	case blocked:
		text = v.Say("pod.said.blocked", "name", n.Name)
	case noteHelp:
		return v.Say("pod.said.help", "name", n.Name)
	case noteJoin:
		return v.Say("pod.said.join", "name", n.Name)
	case noteLeft:
		return v.Say("pod.said.left", "name", n.Name)
	case noteRetro:
		return v.Say("pod.retro")
	case noteBegun:
		return v.Say("pod.begun", "pod", n.Word)
	case noteHello:
		return v.Say("pod.hello.private")
	default:
		return v.Say("pod.said.word", "name", n.Name, "text", n.Word)
	}
	if n.Word == "" {
		return text
	}
	return text.Append(chat.Plain("\n" + n.Word))
}

// tell says something to the pod: in its room, and in private to those who have no chat there. Its author needs it least.
func (p *Pod) tell(c chat.Community, n Note, tag string, now time.Time) []chat.Effect {
	p.bring(c, n, now)
	room, there := p.Room.In(c)
	if !there {
		return nil
	}
	return rule.Everywhere(c, room, tag, n.in)
}

// bring lays something into the boxes of those who have no chat in the room. What it is about already there is replaced.
func (p *Pod) bring(c chat.Community, n Note, now time.Time) {
	for i := range p.Seats {
		seat := &p.Seats[i]
		card, ok := c.Members.ByID(seat.Who)
		if !ok || !seat.Led || seat.Who == n.By || rule.Away(card, now) || !p.outside(c, card) {
			continue
		}
		seat.Box = slices.DeleteFunc(slices.Clone(seat.Box), func(o Note) bool { return o.N == n.N && n.N != 0 })
		seat.Box = append(seat.Box, n)
		if len(seat.Box) > maxBox {
			seat.Box = seat.Box[1:]
		}
	}
}

// deliver brings people by day what lies in their boxes.
func (s *State) deliver(c chat.Community, now time.Time) []chat.Effect {
	var out []chat.Effect
	for i := range s.Pods {
		p := &s.Pods[i]
		for at := range p.Seats {
			seat := &p.Seats[at]
			card, ok := c.Members.ByID(seat.Who)
			if len(seat.Box) == 0 || !ok {
				seat.Box, seat.Morning = nil, time.Time{}
				continue
			}
			if day := daytime(now, c.ZoneOf(card)); day.After(now) {
				seat.Morning = day
				continue
			}
			box := seat.Box
			seat.Box, seat.Morning = nil, time.Time{}
			out = append(out, rule.Secretly(c, card, p.ownTag(tagBox, *seat), func(v rule.Voice) chat.Text {
				if len(box) == 1 && box[0].Kind == noteBegun {
					return box[0].in(v)
				}
				text := v.Say("pod.box", "pod", p.Name)
				for _, n := range box {
					text = text.Append(chat.Plain("\n"), n.in(v))
				}
				return text
			})...)
		}
	}
	return out
}
