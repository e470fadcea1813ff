package sanctions

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Review is the state of a review of one person by the organisers and two members who were drawn.
type Review struct {
	N      int           `json:"n,omitempty"` // counts the reviews of this person
	Stage  Stage         `json:"stage,omitempty"`
	Opener chat.MemberID `json:"opener,omitempty"`
	Other  chat.MemberID `json:"other,omitempty"` // who tells the other side
	Reason string        `json:"reason,omitempty"`
	// Pool are those who can still be asked to take part, in the order that was drawn; Asked are asked now, Jury are in.
	Pool  []chat.MemberID `json:"pool,omitempty"`
	Asked []chat.MemberID `json:"asked,omitempty"`
	Jury  []chat.MemberID `json:"jury,omitempty"`
	// Mine and Theirs are what the person and the other side have written.
	Mine   string `json:"mine,omitempty"`
	Theirs string `json:"theirs,omitempty"`
	// Votes say for which outcome each of the panel is.
	Votes map[chat.MemberID]int `json:"votes,omitempty"`
	// Until is when this stage ends whatever is missing.
	Until   time.Time `json:"until,omitzero"`
	Outcome int       `json:"outcome,omitempty"` // counted from 1; 0 = none yet
	Done    bool      `json:"done,omitempty"`    // the outcome was carried out
}

// mine is what the person sees of their review: their own words.
func (s Review) mine(chat.MemberID) any {
	return struct {
		Statement string `json:"statement,omitempty"`
	}{s.Mine}
}

// Stage says what a review waits for.
type Stage string

// The stages.
const (
	Gathering Stage = "gathering" // the two members, and both sides' words
	Judging   Stage = "judging"   // the panel's votes
	Closed    Stage = "closed"
)

const (
	reviewTitle = "reviews"
	jurors      = 2
	maxPool     = 30
	// gatherFor is how long members may think about taking part and both sides about what they write, judgeFor how long
	// the panel has, reviewKept how long the outcome is known afterwards.
	gatherFor    = 72 * time.Hour
	judgeFor     = 72 * time.Hour
	reviewKept   = 30 * 24 * time.Hour
	maxStatement = 1000 // characters
)

// NewReviews returns the rule of /review: members and organisers together look at one person's case, hear both sides in
// private and say what should follow. It carries nothing out by itself.
func NewReviews() rule.Rule {
	return rule.Of[Review]{
		Title: reviewTitle, KeyOf: reviewKey, Fold: foldReview, Join: uniteReviews, Mine: Review.mine, Secret: true,
		Ask: []rule.Command{
			{Name: "review", Args: "@NAME [@OTHER] REASON", Level: chat.Moderator, Help: "help.review"},
			{Name: "statement", Args: "@NAME TEXT", Level: chat.Guest, Place: rule.InPrivate, Help: "help.statement"},
			{Name: "serve", Level: chat.Guest},
			{Name: "judge", Level: chat.Guest},
			{Name: "carry", Level: chat.Moderator},
		},
	}
}

func reviewKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Asked:
		switch b.Command {
		case "review":
			card, _, _ := rule.Target(c, e)
			return keyFor(c, card.ID), true
		case "statement", "serve", "judge", "carry":
			return keyFor(c, reviewed(c, b).ID), true
		}
	case chat.Due:
		return b.Key, true
	case chat.Failed:
		if who, _, ok := jurorOf(e.Tag); ok {
			return rule.PersonKey(c.ID, who), true
		}
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), true
	}
	return "", false
}

// reviewed finds the person by the id or the name that a command begins with.
func reviewed(c chat.Community, asked chat.Asked) chat.Card {
	if len(asked.Args) == 0 {
		return chat.Card{}
	}
	if card, ok := c.Members.ByID(chat.MemberID(asked.Args[0])); ok {
		return card
	}
	if cards := c.Members.Named(asked.Args[0]); len(cards) == 1 {
		return cards[0]
	}
	return chat.Card{}
}

func uniteReviews(kept, gone Review) Review {
	if kept.Stage == "" || kept.Stage == Closed && gone.Stage != "" && gone.Stage != Closed {
		return gone
	}
	return kept
}

func foldReview(c chat.Community, s Review, e chat.Event) (Review, []chat.Effect) {
	who := reviewOf(c, e)
	switch b := e.Body.(type) {
	case chat.Due:
		if who.ID == "" {
			return Review{}, nil
		}
		return reviewDue(c, s, e, who)
	case chat.Failed:
		_, juror, _ := jurorOf(e.Tag)
		return notServing(c, s, e, who, juror)
	case chat.Claimed:
		return reviewClaimed(c, s, b)
	case chat.Asked:
		switch b.Command {
		case "review":
			return openReview(c, s, e, b)
		case "serve":
			return serve(c, s, e, who, b)
		case "statement":
			return state(c, s, e, who, b)
		case "judge":
			return judge(c, s, e, who, b)
		}
		return carry(c, s, e, who, b)
	}
	return s, nil
}

// reviewOf finds the card of the person whose review an event concerns.
func reviewOf(c chat.Community, e chat.Event) chat.Card {
	key, _ := reviewKey(c, e)
	prefix := rule.PersonKey(c.ID, "")
	if len(key) < len(prefix) {
		return chat.Card{}
	}
	card, _ := c.Members.ByID(chat.MemberID(key[len(prefix):]))
	return named(card)
}

// reviewClaimed lets the timer of a person go on who has turned out to be two.
func reviewClaimed(c chat.Community, s Review, b chat.Claimed) (Review, []chat.Effect) {
	if b.Gone == "" {
		return s, nil
	}
	out := []chat.Effect{chat.Cancel{Rule: reviewTitle, Key: rule.PersonKey(c.ID, b.Gone)}}
	if !s.Until.IsZero() {
		out = append(out, s.wake(c, b.Kept))
	}
	return s, out
}

func (s Review) wake(c chat.Community, who chat.MemberID) chat.Effect {
	return chat.Wake{Rule: reviewTitle, Key: rule.PersonKey(c.ID, who), At: s.Until}
}

// drawn puts those who can be asked to take part into an order that nobody can foresee, from an event's seed.
func drawn(c chat.Community, seed [16]byte, involved ...chat.MemberID) []chat.MemberID {
	var pool []chat.MemberID
	for _, card := range c.Members.All() {
		if card.Level == chat.Member && len(card.In) > 0 && card.Settings[Mirror] == "" && !slices.Contains(involved, card.ID) {
			pool = append(pool, card.ID)
		}
	}
	next := chance(seed)
	for i := len(pool) - 1; i > 0; i-- {
		j := next(i + 1)
		pool[i], pool[j] = pool[j], pool[i]
	}
	return pool[:min(len(pool), maxPool)]
}

// panel is who judges: the organisers who are not involved, and the members who were drawn and are willing.
func (s Review) panel(c chat.Community, about chat.MemberID) []chat.Card {
	out := rule.Team(c, chat.Organiser, about, s.Opener, s.Other)
	involved := []chat.MemberID{about, s.Opener, s.Other}
	for _, id := range s.Jury {
		if card, ok := c.Members.ByID(id); ok && card.Level < chat.Organiser && !slices.Contains(involved, id) {
			out = append(out, card)
		}
	}
	return out
}
