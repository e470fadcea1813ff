// Package onboarding welcomes newcomers: five short messages in private within their first two days, a greeting in the
// room, and a word to those who look after newcomers when somebody writes for the first time or stays without an
// answer. It does not know who lets people in, or what is pinned and promised; purpose and rules it reads from the
// community's settings.
//
// Who is a newcomer: whoever joins a chat and was never seen before, and whoever is given a seat. Not those whose chat
// is linked into a community, and nobody before the community has said what it is for: a welcome that can say
// nothing is noise. The day is noted on the member's card ("newcomer"), so that all rules here know it without
// knowing each other's states.
package onboarding

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// messages is how many a newcomer gets.
	messages = 5
	// apart is the least time between two of them, unless he asks for the next.
	apart = 30 * time.Minute
	// tryAgain is after how long somebody who cannot be reached in private is tried again, at most maxTries times.
	tryAgain = 24 * time.Hour
	maxTries = 3
	// justSeen is how new a card is whose owner has just joined for the first time.
	justSeen = time.Minute
	// knownFor is how long somebody must have been here before for a claim to show that he is no newcomer.
	knownFor = 24 * time.Hour
	// newFor is how long somebody is a newcomer.
	newFor = 14 * 24 * time.Hour

	title = "onboarding"
	// courseTag, the member and the message's number, is how one of the five is called.
	courseTag = "welcome/"
	// settingNewcomer is what a newcomer's card has: when he came, by RFC 3339.
	settingNewcomer = "newcomer"
	// settingPaused is what the card of a member has who takes a break from the community.
	settingPaused = "paused"
)

// Course is how far a newcomer has come.
type Course struct {
	Began time.Time `json:"began,omitzero"`
	Sent  int       `json:"sent,omitempty"` // how many of the five
	Last  time.Time `json:"last,omitzero"`  // when the last of them
	// Done: what the last one asks for has been done, so the next need not wait long.
	Done bool `json:"done,omitempty"`
	// Intro: he has introduced himself.
	Intro bool `json:"intro,omitempty"`
	// Seated: he knew the house before he got his seat.
	Seated bool `json:"seated,omitempty"`
	// Old: he had a seat before anybody welcomed him, and has given it up; if he comes back, he knows his way.
	Old bool `json:"old,omitempty"`
	// Why nothing is sent: he has asked for that, for a while or for good; he is in none of the rooms; or he
	// cannot be reached in private.
	Paused    bool `json:"paused,omitempty"`
	Stopped   bool `json:"stopped,omitempty"`
	Away      bool `json:"away,omitempty"`
	Unreached bool `json:"unreached,omitempty"`
	Tries     int  `json:"tries,omitempty"`
	// Won: his first win is in the log.
	Won bool `json:"won,omitempty"`
}

// mine is what a newcomer sees of it.
func (s Course) mine(chat.MemberID) any {
	return struct {
		Began   time.Time `json:"began,omitzero"`
		Sent    int       `json:"messages_sent,omitempty"`
		Last    time.Time `json:"last_sent,omitzero"`
		Intro   bool      `json:"introduced,omitempty"`
		Won     bool      `json:"first_win,omitempty"`
		Paused  bool      `json:"paused,omitempty"`
		Stopped bool      `json:"stopped,omitempty"`
	}{s.Began, s.Sent, s.Last, s.Intro, s.Won, s.Paused, s.Stopped}
}

// New returns the rule of the five messages. It stands before the hint: what a newcomer answers is no chat.
func New() rule.Rule {
	return rule.Of[Course]{
		Title: title,
		KeyOf: courseKey,
		Fold:  foldCourse,
		Join:  join,
		Mine:  Course.mine,
		Ask: []rule.Command{
			{Name: "welcome", Args: "[next | pause | stop | again]", Level: chat.Member, Place: rule.InPrivate, Help: "help.welcome"},
		},
		Options: []rule.Setting{
			{Name: "welcome", Default: "on", Values: []string{"on", "off"}, Help: "setting.welcome"},
			{Name: "rituals", Valid: validText, Shape: "shape.text", Help: "setting.rituals"},
			{Name: "firstwin", Valid: validText, Shape: "shape.text", Help: "setting.firstwin"},
			{Name: settingIntros, Scope: rule.OfRoom, Default: "off", Values: []string{"on", "off"}, Help: "setting.room.intros"},
		},
	}
}

// maxText is the most characters of a setting that is told in one of the messages.
const maxText = 300

func validText(value string) (string, bool) {
	value = strings.TrimSpace(value)
	return value, value != "" && len([]rune(value)) <= maxText
}

func courseKey(c chat.Community, e chat.Event) (string, bool) {
	if c.ID == "" {
		return "", false
	}
	switch b := e.Body.(type) {
	case chat.Joined:
		return keyOf(c, b.Who)
	case chat.Left:
		return keyOf(c, b.Who)
	case chat.Appointed:
		return rule.PersonKey(c.ID, b.Who), true
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), true
	case chat.Due:
		return b.Key, true
	case chat.Sent:
		return keyOfTag(c, e.Tag)
	case chat.Failed:
		return keyOfTag(c, e.Tag)
	case chat.Asked:
		mine := b.Command == "welcome" || b.Command == "accept" || b.Command == "pause" && isBareWord(e, b)
		return rule.PersonKey(c.ID, e.Member), e.Member != "" && mine
	case chat.Posted:
		card, ok := c.Members.ByID(e.Member)
		return rule.PersonKey(c.ID, e.Member), ok && !e.By.Bot && (e.Private || isNew(card, e.Now))
	case chat.Arrived:
		return rule.PersonKey(c.ID, e.Member), e.Private && e.Member != ""
	}
	return "", false
}

func keyOf(c chat.Community, who chat.Person) (string, bool) {
	card, ok := c.Members.Of(who.Identity)
	return rule.PersonKey(c.ID, card.ID), ok && !who.Bot
}

func keyOfTag(c chat.Community, tag string) (string, bool) {
	who, _, ok := partsOf(tag)
	return rule.PersonKey(c.ID, who), ok
}

// tagOf names the n-th message to a member; partsOf reads it.
func tagOf(who chat.MemberID, n int) string { return courseTag + string(who) + "/" + strconv.Itoa(n) }

func partsOf(tag string) (who chat.MemberID, n int, ok bool) {
	rest, mine := strings.CutPrefix(tag, courseTag)
	id, number, found := strings.Cut(rest, "/")
	n, err := strconv.Atoi(number)
	return chat.MemberID(id), n, mine && found && err == nil && n >= 1 && n <= messages
}

// isNew tells whether somebody came less than two weeks ago.
func isNew(card chat.Card, now time.Time) bool {
	came, err := time.Parse(time.RFC3339, card.Settings[settingNewcomer])
	return err == nil && now.Sub(came) < newFor
}

// isOpen tells whether the community welcomes newcomers.
func isOpen(c chat.Community) bool {
	return c.Setting("welcome", "on") == "on" && c.Settings["purpose"] != ""
}

func foldCourse(c chat.Community, s Course, e chat.Event) (Course, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Joined:
		card, _ := c.Members.Of(b.Who.Identity)
		return joined(c, s, e, card)
	case chat.Left:
		card, _ := c.Members.Of(b.Who.Identity)
		if s.Began.IsZero() || len(card.In) > 0 {
			return s, nil
		}
		s.Away = true
		return s, []chat.Effect{chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, card.ID)}}
	case chat.Appointed:
		card, _ := c.Members.ByID(b.Who)
		return appointed(c, s, e, card, b)
	case chat.Claimed:
		card, _ := c.Members.ByID(b.Kept)
		return claimed(c, s, e, card, b)
	case chat.Sent:
		return delivered(c, s, e)
	case chat.Failed:
		return refused(c, s, e, b)
	}
	if s.Began.IsZero() {
		if asked, ok := e.Body.(chat.Asked); !ok || asked.Command != "welcome" {
			return s, nil
		}
	}
	return goOn(c, s, e)
}

// goOn is what happens to a course that has begun.
func goOn(c chat.Community, s Course, e chat.Event) (Course, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		card, ok := c.Members.ByID(chat.MemberID(strings.TrimPrefix(b.Key, string(c.ID)+"/")))
		if !ok {
			return Course{}, nil
		}
		return due(c, s, e, card)
	case chat.Asked:
		return asked(c, s, e, b)
	case chat.Arrived:
		return contact(c, s, e)
	case chat.Posted:
		if e.Private {
			return answered(c, s, e, b)
		}
		return posted(c, s, e, b)
	}
	return s, nil
}

// begin starts a course; the first message is on its way in a moment, when all rules have seen who came.
func begin(c chat.Community, s Course, e chat.Event, card chat.Card) (Course, []chat.Effect) {
	s.Began = e.Now
	if len(card.In) == 0 {
		s.Away = true
		return s, nil
	}
	s.Away = false
	return s, []chat.Effect{
		chat.Set{Member: card.ID, Key: settingNewcomer, Value: e.Now.UTC().Format(time.RFC3339)},
		wake(c, s, e.Now, card),
	}
}

func joined(c chat.Community, s Course, e chat.Event, card chat.Card) (Course, []chat.Effect) {
	switch {
	case card.Level < chat.Member || !isOpen(c):
		return s, nil
	case s.Began.IsZero() && e.Now.Sub(card.Since) < justSeen:
		return begin(c, s, e, card)
	case s.Began.IsZero() || !s.Away:
		return s, nil
	case s.Sent == 0:
		return begin(c, s, e, card)
	}
	s.Away = false
	return s, []chat.Effect{wake(c, s, e.Now, card)}
}

// appointed begins the course of somebody who has got a seat.
func appointed(c chat.Community, s Course, e chat.Event, card chat.Card, b chat.Appointed) (Course, []chat.Effect) {
	switch {
	case b.To == chat.Guest && s.Began.IsZero() && e.Now.Sub(card.Since) >= justSeen:
		s.Old = true
		return s, nil
	case b.From != chat.Guest || b.To < chat.Member || card.ID == "" || s.Old || !isOpen(c):
		return s, nil
	case s.Began.IsZero():
		s.Seated = true
		return begin(c, s, e, card)
	case s.Away && len(card.In) > 0:
		s.Away = false
		return s, []chat.Effect{wake(c, s, e.Now, card)}
	}
	return s, nil
}

// claimed goes on with the course of somebody who has turned out to have another account; who was here long before
// needs no welcome.
func claimed(c chat.Community, s Course, e chat.Event, card chat.Card, b chat.Claimed) (Course, []chat.Effect) {
	if s.Began.IsZero() || card.ID == "" {
		return s, nil
	}
	var out []chat.Effect
	if b.Gone != "" {
		out = append(out, chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, b.Gone)})
	}
	if s.Old || !s.Seated && s.Began.Sub(card.Since) > knownFor {
		s.Stopped = true
		return s, append(out, chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, card.ID)}, chat.Set{Member: card.ID, Key: settingNewcomer})
	}
	s.Away = len(card.In) == 0
	return s, append(out, wake(c, s, e.Now, card))
}

// join makes one course of two: as far as either was, and held where he has asked for it.
func join(kept, gone Course) Course {
	switch {
	case kept.Began.IsZero():
		gone.Old = kept.Old || gone.Old
		return gone
	case gone.Began.IsZero():
		kept.Old = kept.Old || gone.Old
		return kept
	}
	out := kept
	if gone.Sent > kept.Sent {
		out.Sent, out.Done = gone.Sent, gone.Done
	}
	if gone.Began.Before(kept.Began) {
		out.Began = gone.Began
	}
	if gone.Last.After(kept.Last) {
		out.Last = gone.Last
	}
	out.Intro = kept.Intro || gone.Intro
	out.Seated = kept.Seated || gone.Seated
	out.Old = kept.Old || gone.Old
	out.Paused = kept.Paused || gone.Paused
	out.Stopped = kept.Stopped || gone.Stopped
	out.Away = kept.Away && gone.Away
	out.Unreached = kept.Unreached && gone.Unreached
	out.Tries = min(kept.Tries, gone.Tries)
	out.Won = kept.Won || gone.Won
	return out
}
