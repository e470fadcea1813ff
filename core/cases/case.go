package cases

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Case is what moderators work on: what was reported about one message, or by one person.
type Case struct {
	Number int       `json:"number,omitempty"`
	Opened time.Time `json:"opened,omitzero"`
	// About is the account that is reported, zero if that is not clear; Name is what it was called.
	About   chat.Identity  `json:"about,omitzero"`
	Name    string         `json:"name,omitempty"`
	Message chat.MessageID `json:"message,omitempty"`
	Room    chat.RoomID    `json:"room,omitempty"`
	// Reports are those that came in, the first first; Extra is how many came that found no room.
	Reports []Filed `json:"reports,omitempty"`
	Extra   int     `json:"extra,omitempty"`
	// Left are people whom reporters want left out.
	Left []chat.Identity `json:"left,omitempty"`
	// Quote is the message that is reported, as the house has it.
	Quote string `json:"quote,omitempty"`
	Step  Step   `json:"step,omitempty"`
	// Holder is the moderator who has taken it, until Held.
	Holder chat.Identity `json:"holder,omitzero"`
	Held   time.Time     `json:"held,omitzero"`
	// Since is when a reporter began to wait for a human's answer, zero if none does; Reminded is how often we have
	// reminded since.
	Since    time.Time `json:"since,omitzero"`
	Reminded int       `json:"reminded,omitempty"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	Record   string    `json:"record,omitempty"`
	Closed   time.Time `json:"closed,omitzero"`
	// Other is the token of the line to the one who is reported.
	Other string `json:"other,omitempty"`
	// Said is what was written to and fro, the oldest first.
	Said  []Said `json:"said,omitempty"`
	Shown Shown  `json:"shown,omitzero"`
}

// Filed is one report of a case.
type Filed struct {
	At     time.Time   `json:"at"`
	Token  string      `json:"token"`
	Who    string      `json:"who,omitempty"` // the reporter's pseudonym, forgotten when the case is closed
	Number int         `json:"number"`
	Words  string      `json:"words,omitempty"`
	Quote  string      `json:"quote,omitempty"`
	Parts  []chat.Part `json:"parts,omitempty"`
	Pitch  bool        `json:"pitch,omitempty"`
	Right  int         `json:"right,omitempty"`
	Judged int         `json:"judged,omitempty"`
	// Gone: the line to them is no more.
	Gone bool `json:"gone,omitempty"`
}

// Said is something that was written: by the moderators, a reporter (their number), or the one who is reported.
type Said struct {
	At    time.Time   `json:"at"`
	From  string      `json:"from"`
	Text  string      `json:"text,omitempty"`
	Parts []chat.Part `json:"parts,omitempty"`
}

// Step is how far a case has come.
type Step string

// The steps, in their order.
const (
	Listening   Step = "listening"
	Clarifying  Step = "clarifying"
	Deciding    Step = "deciding"
	Documenting Step = "documenting"
	Closed      Step = "closed"
)

// Outcome is the class of a decision: all that reporters are told of it.
type Outcome string

const (
	acted    Outcome = "acted" // a rule was broken, and something was done
	unbroken Outcome = "none"  // no rule was broken
	needMore Outcome = "more"  // more must be known
)

// The limits of what a case keeps.
const (
	// maxReports is how many reports have a line to their reporter: what is told to all is told in one transaction.
	maxReports = 30
	maxSaid    = 60
	claimLife  = 6 * time.Hour
)

// stepName is what a step is called.
func stepName(v rule.Voice, s Step) chat.Text {
	switch s {
	case Clarifying:
		return v.Say("case.step.clarifying")
	case Deciding:
		return v.Say("case.step.deciding")
	case Documenting:
		return v.Say("case.step.documenting")
	case Closed:
		return v.Say("case.step.closed")
	}
	return v.Say("case.step.listening")
}

// outcomeName is what an outcome is called.
func outcomeName(v rule.Voice, o Outcome) chat.Text {
	switch o {
	case acted:
		return v.Say("case.outcome.acted")
	case unbroken:
		return v.Say("case.outcome.none")
	}
	return v.Say("case.outcome.more")
}

// kept returns the members who are kept out of the case: the one it is about, and whom reporters want left out. They
// are looked up each time, for two accounts can turn out to be one person.
func (s Case) kept(c chat.Community) []chat.MemberID {
	var out []chat.MemberID
	for _, id := range append([]chat.Identity{s.About}, s.Left...) {
		if card, ok := c.Members.Of(id); ok && !slices.Contains(out, card.ID) {
			out = append(out, card.ID)
		}
	}
	return out
}

// keptNames names those who are kept out and would else see the case, or whom a reporter has named.
func (s Case) keptNames(c chat.Community) string {
	who := s.Left
	if card, ok := c.Members.Of(s.About); ok && card.Level >= chat.Moderator {
		who = append([]chat.Identity{s.About}, who...)
	}
	return namesOf(c, who)
}

// isFor tells whether a moderator may see the case.
func (s Case) isFor(c chat.Community, e chat.Event) bool {
	return s.Number > 0 && e.Member != "" && e.Level >= chat.Moderator && !slices.Contains(s.kept(c), e.Member)
}

// holder returns who has taken the case, if somebody has.
func (s Case) holder(c chat.Community, now time.Time) (chat.Card, bool) {
	if s.Holder.IsZero() || !now.Before(s.Held) {
		return chat.Card{}, false
	}
	return c.Members.Of(s.Holder)
}

// tokens are the lines to the reporters, one for each: the last of those who have reported several times.
func (s Case) tokens() []Filed {
	var out []Filed
	for _, f := range s.Reports {
		if f.Gone {
			continue
		}
		i := slices.IndexFunc(out, func(o Filed) bool { return o.Number == f.Number })
		if i >= 0 {
			out[i] = f
			continue
		}
		out = append(out, f)
	}
	return out
}

// byToken finds the report with that token.
func (s Case) byToken(token string) (Filed, bool) {
	i := slices.IndexFunc(s.Reports, func(f Filed) bool { return f.Token == token })
	if i < 0 {
		return Filed{}, false
	}
	return s.Reports[i], true
}

// by finds the report of somebody, by their pseudonyms.
func (s Case) by(who []string) (Filed, bool) {
	for _, f := range slices.Backward(s.Reports) {
		if f.Who != "" && slices.Contains(who, f.Who) {
			return f, true
		}
	}
	return Filed{}, false
}

// reporters is how many people have reported.
func (s Case) reporters() int {
	var numbers []int
	for _, f := range s.Reports {
		if !slices.Contains(numbers, f.Number) {
			numbers = append(numbers, f.Number)
		}
	}
	return len(numbers) + s.Extra
}

// note adds to what was said.
func (s Case) noted(said Said) Case {
	s.Said = append(slices.Clone(s.Said), said)
	s.Said = s.Said[max(0, len(s.Said)-maxSaid):]
	return s
}

// tell says something to every reporter; only numbers those who are meant, none = all.
func (s Case) tell(c chat.Community, letter Letter, only int) []chat.Effect {
	letter.Case = s.Number
	var out []chat.Effect
	for _, f := range s.tokens() {
		if only > 0 && f.Number != only {
			continue
		}
		letter.Number = f.Number
		out = append(out, order(partiesRule, "tell", partyKey(c.ID, f.Token), letter))
	}
	return out
}

// number reads a whole number of a setting.
func number(c chat.Community, key string, fallback int) int {
	n, err := strconv.Atoi(c.Setting(key, strconv.Itoa(fallback)))
	if err != nil || n < 1 {
		return fallback
	}
	return n
}

// The settings and their defaults.
const (
	promiseSetting  = "answer"
	promiseHours    = 48
	evidenceSetting = "evidence"
	evidenceDays    = 90
	outsideSetting  = "outside"
)

// promise is within which time a human answers.
func promise(c chat.Community) time.Duration {
	return time.Duration(number(c, promiseSetting, promiseHours)) * time.Hour
}

// retention is how long after its end a case is kept, with its evidence and the names of its reporters.
func retention(c chat.Community) time.Duration {
	return time.Duration(number(c, evidenceSetting, evidenceDays)) * 24 * time.Hour
}
