package seats

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// State is what a community remembers of its seats. Who has one is not in it: that is a member's level.
type State struct {
	Queue  []Place  `json:"queue,omitempty"`  // who waits, in order
	Offers []Offer  `json:"offers,omitempty"` // whose turn it is; each holds a seat
	Coming []Coming `json:"coming,omitempty"` // who has taken a seat and is not in any chat yet
	Left   []Leaver `json:"left,omitempty"`   // who may come back without waiting
	// Joins are the times at which people came lately, for the raid.
	Joins []time.Time `json:"joins,omitempty"`
	Raid  time.Time   `json:"raid,omitzero"` // until when everybody waits
	// Unread are people who were sent away and could not be told, by chat; their number is said there at Line.
	Unread []Unread  `json:"unread,omitempty"`
	Line   time.Time `json:"line,omitzero"`
	Said   time.Time `json:"said,omitzero"` // when it was said last
	// Helpless is when moderators were last told that people cannot be removed or let in.
	Helpless time.Time `json:"helpless,omitzero"`
	Made     int       `json:"made,omitempty"` // offers ever made
	Wake     time.Time `json:"wake,omitzero"`  // when the timer is set
}

// Place is somebody's place in the queue.
type Place struct {
	Who    chat.MemberID `json:"who"`
	At     chat.Chat     `json:"at,omitzero"` // where he wanted to come in
	Knocks []Knock       `json:"knocks,omitempty"`
	// Checked: he has passed what the gate asks.
	Checked bool      `json:"checked,omitempty"`
	Since   time.Time `json:"since"`
	Told    time.Time `json:"told,omitzero"` // when he was last told his place
}

// Knock is a request to be let in that waits on its platform.
type Knock struct {
	At chat.Chat     `json:"at"`
	By chat.Identity `json:"by"`
}

// Offer is a seat that is held for somebody until a time.
type Offer struct {
	Place
	N     int       `json:"n"`
	Until time.Time `json:"until"`
}

// Coming is somebody who has taken a seat and has to come in until a time.
type Coming struct {
	Who   chat.MemberID `json:"who"`
	Until time.Time     `json:"until"`
}

// Leaver is an account, by its pseudonym, that may come back without waiting until a time.
type Leaver struct {
	Sign  string    `json:"sign"`
	Until time.Time `json:"until"`
}

// Unread counts people who came into a chat, were sent away and could not be told.
type Unread struct {
	At chat.Chat `json:"at"`
	N  int       `json:"n"`
}

const (
	title       = "seats"
	defaultCap  = 150
	maxCap      = 2000
	maxQueue    = 300
	maxLeavers  = 1000
	claimTime   = 24 * time.Hour      // to take a seat that is offered
	comingTime  = 3 * 24 * time.Hour  // to come in after taking it
	returnTime  = 30 * 24 * time.Hour // to come back without waiting
	perMods     = 50                  // members that one moderator can look after
	maxKnocks   = 5
	maxRecheck  = 20 // people who are sent to the gate at once
	helplessFor = 24 * time.Hour
)

// The member setting that tells why somebody holds a seat who is in none of the chats, and its values. It is not
// declared, so nobody can change it by hand.
const (
	mark       = "seat"
	markHeld   = "held"   // his chat was linked, and he has not been seen since
	markComing = "coming" // he has taken a seat
)

// knocking is the member setting that tells at which chat he stands and is being asked what the gate asks: if he is in it
// all of a sudden, somebody who may has let him in by hand. It is not declared, either.
const knocking = "knock"

// NewSeats returns the rule that knows how many seats there are and who gets the next. It must stand before the one that
// enrols, for only before that a newcomer can be told from a member.
func NewSeats() rule.Rule {
	return rule.Of[State]{
		Title: title,
		KeyOf: keyOf,
		Fold:  fold,
		Mine:  State.mine,
		Ask: []rule.Command{
			{Name: "cap", Args: "[NUMBER [because REASON]]", Level: chat.Member, Help: "help.cap"},
			{Name: "waitlist", Args: "[leave]", Level: chat.Guest, Help: "help.waitlist"},
			{Name: "join", Level: chat.Guest, Place: rule.InPrivate, Help: "help.join"},
			{Name: "raid", Args: "[on TIME | off]", Level: chat.Moderator, Help: "help.raid"},
			{Name: "seat", Level: chat.Guest},
		},
		Options: []rule.Setting{
			{Name: "gate", Default: gateOpen, Values: []string{gateOpen, gateApprove, gateCaptcha, gateWaitlist}, Help: "setting.gate"},
			{Name: "raid", Default: "5", Valid: rule.Number(0, 100), Shape: "shape.raid", Help: "setting.raid"},
		},
	}
}

// The ways in.
const (
	gateOpen     = "open"     // everybody, while there are seats
	gateApprove  = "approve"  // whom the moderators let in
	gateCaptcha  = "captcha"  // who answers a question that only tells humans from programs
	gateWaitlist = "waitlist" // everybody in turn
)

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	mine := false
	switch b := e.Body.(type) {
	case chat.Joined:
		mine = isPerson(b.Who) && !e.Private
	case chat.Knocked:
		mine = isPerson(b.Who) && !e.Private
	case chat.Left:
		mine = isPerson(b.Who) && !e.Private
	case chat.Posted:
		mine = !e.Private && isUnsettled(c, e.Member)
	case chat.Asked:
		return string(c.ID), slices.Contains([]string{"cap", "waitlist", "join", "raid", "seat", "decline"}, b.Command)
	case chat.Due:
		return b.Key, true
	case chat.Claimed, chat.Forgotten, chat.Forgot, chat.Appointed, chat.Linked, chat.Unlinked:
		mine = true
	case chat.Sent:
		mine = strings.HasPrefix(e.Tag, tagInvite)
	case chat.Failed:
		mine = strings.HasPrefix(e.Tag, title+"/")
	}
	return string(c.ID), mine && c.ID != ""
}

// isPerson tells whether somebody can have a seat.
func isPerson(p chat.Person) bool {
	return !p.Identity.IsZero() && !p.Bot && !p.Anonymous
}

// isUnsettled tells whether what somebody does can change his seat: he has none, or was not in yet.
func isUnsettled(c chat.Community, id chat.MemberID) bool {
	card, ok := c.Members.ByID(id)
	return ok && (card.Level < chat.Member || card.Settings[mark] != "")
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if c.ID == "" {
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("refuse.nobody"))}
	}
	t := &turn{c: c, s: s, e: e, seats: make(map[chat.MemberID]bool)}
	t.decide()
	t.tidy()
	t.advance()
	t.tell()
	t.sleep()
	return t.s, t.out
}

// turn is the work on one event: the state as it becomes, and what is wanted so far.
type turn struct {
	c   chat.Community
	s   State
	e   chat.Event
	out []chat.Effect
	// seats are those who have got or lost one in this turn; counted is how many had one before.
	seats   map[chat.MemberID]bool
	counted int
	isCount bool
	// placed is whoever is to be told his place at the end, if it is not his turn at once.
	placed  chat.MemberID
	recheck time.Time // when more people go to the gate
}

func (t *turn) want(effects ...chat.Effect) { t.out = append(t.out, effects...) }

func (t *turn) decide() {
	switch b := t.e.Body.(type) {
	case chat.Joined:
		t.joined(b.Who)
	case chat.Knocked:
		t.knocked(b)
	case chat.Left:
		t.left(b.Who)
	case chat.Posted:
		t.posted()
	case chat.Asked:
		t.asked(b)
	case chat.Due:
		t.due()
	case chat.Claimed:
		t.claimed(b)
	case chat.Forgotten:
		t.forgotten(b)
	case chat.Appointed:
		t.appointed(b)
	case chat.Linked, chat.Unlinked:
		t.linked()
	case chat.Sent:
		t.sent(b)
	case chat.Failed:
		t.failed(b)
	}
}

func (t *turn) asked(b chat.Asked) {
	switch b.Command {
	case "cap":
		t.cap(b)
	case "waitlist":
		t.waitlist(b)
	case "join":
		t.join()
	case "raid":
		t.raid(b)
	case "decline":
		t.declined()
	case "seat":
		t.seatAsked(b)
	}
}

// seatAsked does what only choices and the house itself ask: take a seat, pass it on, come from the door.
func (t *turn) seatAsked(b chat.Asked) {
	arg := func(i int) string {
		if i < len(b.Args) {
			return b.Args[i]
		}
		return ""
	}
	if t.e.By.Identity == chat.House() {
		switch arg(0) {
		case askCome:
			t.come(b.Args)
		case askChecked:
			t.checked(b.Args)
		}
		return
	}
	n, _ := strconv.Atoi(arg(1))
	switch arg(0) {
	case "take":
		t.take(n)
	case "pass":
		t.pass(n)
	default:
		t.waitlist(chat.Asked{Ref: b.Ref})
	}
}

// due does what time has brought.
func (t *turn) due() {
	t.s.Wake = time.Time{}
	now := t.e.Now
	if !t.s.Raid.IsZero() && !now.Before(t.s.Raid) {
		t.endRaid()
	}
	t.lapse()
	for _, c := range slices.Clone(t.s.Coming) {
		if !now.Before(c.Until) {
			t.neverCame(c.Who)
		}
	}
	if !t.s.Line.IsZero() && !now.Before(t.s.Line) {
		t.sayUnread()
	}
}

// tidy forgets what is over.
func (t *turn) tidy() {
	now := t.e.Now
	t.s.Left = slices.DeleteFunc(t.s.Left, func(l Leaver) bool { return !now.Before(l.Until) })
	t.s.Joins = slices.DeleteFunc(t.s.Joins, func(at time.Time) bool { return now.Sub(at) >= raidWindow })
	if !t.s.Raid.IsZero() && !now.Before(t.s.Raid) {
		t.s.Raid = time.Time{}
	}
}

// sleep sets the timer for the first thing that time will bring.
func (t *turn) sleep() {
	var first time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	sooner(t.s.Raid)
	sooner(t.s.Line)
	sooner(t.recheck)
	for _, o := range t.s.Offers {
		sooner(o.Until)
	}
	for _, c := range t.s.Coming {
		sooner(c.Until)
	}
	if first.IsZero() || first.Equal(t.s.Wake) {
		return
	}
	t.s.Wake = first
	t.want(chat.Wake{Rule: title, Key: string(t.c.ID), At: first})
}

// limit is how many seats there are.
func (t *turn) limit() int { return capOf(t.c) }

func capOf(c chat.Community) int {
	n, err := strconv.Atoi(c.Setting("cap", ""))
	if err != nil || n < 1 || n > maxCap {
		return defaultCap
	}
	return n
}

// hasSeat tells whether a member has one, as it is before this turn. Somebody who is in none of the chats any more, and
// was in a chat that has been taken out, has none to count, whatever his level.
func hasSeat(card chat.Card) bool {
	return card.Level > chat.Member || card.Level == chat.Member && (len(card.In) > 0 || card.Settings[mark] != "")
}

// taken is how many persons have a seat.
func (t *turn) taken() int {
	if !t.isCount {
		t.isCount = true
		for _, card := range t.c.Members.All() {
			if hasSeat(card) {
				t.counted++
			}
		}
	}
	n := t.counted
	for id, has := range t.seats {
		card, ok := t.c.Members.ByID(id)
		switch had := ok && hasSeat(card); {
		case has && !had:
			n++
		case !has && had:
			n--
		}
	}
	return n
}

// free is how many seats nobody has and nobody is offered; less than zero above the cap.
func (t *turn) free() int { return t.limit() - t.taken() - len(t.s.Offers) }

// isSeated tells whether a member has a seat as it is after what this turn has done so far.
func (t *turn) isSeated(card chat.Card) bool {
	if has, changed := t.seats[card.ID]; changed {
		return has
	}
	return card.Level >= chat.Member
}

// name is what the community is called.
func (t *turn) name(v rule.Voice) any { return nameOf(t.c, v) }

func nameOf(c chat.Community, v rule.Voice) any {
	if c.Name == "" {
		return v.Say("seats.here")
	}
	return c.Name
}
