// Package rule is the one shape that every feature has: a pure function from the community, its own state
// and one event to its new state and the effects it wants. It does not know which rules there are, when
// they run or how their state is kept.
package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/potluck-chat/potluck/core/chat"
)

// Rule is a feature, as the engine sees it. All methods are pure.
type Rule interface {
	// Name is one word, unique among the rules; the rule's states are kept under it, so it never changes.
	Name() string
	// Key names the state that the event concerns; false = none, the event is not for this rule. A key
	// that belongs to a community begins with its id; a state under a message's id is forgotten with the message.
	Key(c chat.Community, e chat.Event) (string, bool)
	// Decide gets the encoded state (nil = zero) and returns the new one (nil = zero, forgotten). An
	// error means that the state could not be read: the event is then a dead letter for this rule.
	Decide(c chat.Community, state []byte, e chat.Event) ([]byte, []chat.Effect, error)
	Commands() []Command
	Settings() []Setting
	// Sealed tells whether the states are kept encrypted, under a key that is in no backup.
	Sealed() bool
	// Unite returns the state of a member who has turned out to be two, from those of both; false if the states
	// are not kept by member. A rule that unites keeps one state per member, under PersonKey, and no other there.
	Unite(kept, gone []byte) (state []byte, personal bool, err error)
	// About returns what a state holds of a member's that is theirs to see, as JSON, nil if nothing; false if no
	// state of the rule holds anything of the kind.
	About(state []byte, who chat.MemberID) (data []byte, tells bool, err error)
}

// PersonKey is where a rule that keeps a state per member keeps it.
func PersonKey(c chat.CommunityID, m chat.MemberID) string { return string(c) + "/" + string(m) }

// ByMember is the PersonKey of an event's member; false if there is none.
func ByMember(c chat.Community, e chat.Event) (string, bool) {
	return PersonKey(c.ID, e.Member), c.ID != "" && e.Member != ""
}

// Of is a rule whose state is an S, kept as JSON. The zero S is "nothing known" and is not kept.
type Of[S any] struct {
	Title   string
	KeyOf   func(c chat.Community, e chat.Event) (string, bool)
	Fold    func(c chat.Community, s S, e chat.Event) (S, []chat.Effect)
	Ask     []Command
	Options []Setting
	// Secret states are kept sealed.
	Secret bool
	// Join makes one state of those of two members who are one person; nil if states are not kept by member.
	Join func(kept, gone S) S
	// Mine returns what a state holds of a member's that is theirs to see, to be written as JSON, nil or a zero value if
	// nothing: what they have said and what follows for them, never what others have said or decided. A state that is kept
	// by member is only asked for its own. Nil if there is none of the kind.
	Mine func(s S, who chat.MemberID) any
}

var _ Rule = Of[struct{}]{}

// Name returns Title.
func (r Of[S]) Name() string { return r.Title }

// Key calls KeyOf.
func (r Of[S]) Key(c chat.Community, e chat.Event) (string, bool) { return r.KeyOf(c, e) }

// Decide decodes the state, calls Fold and encodes what it returns.
func (r Of[S]) Decide(c chat.Community, state []byte, e chat.Event) ([]byte, []chat.Effect, error) {
	s, err := r.decode(state)
	if err != nil {
		return nil, nil, err
	}
	s, effects := r.Fold(c, s, e)
	next, err := r.encode(s)
	if err != nil {
		return nil, nil, err
	}
	return next, effects, nil
}

func (r Of[S]) decode(state []byte) (s S, err error) {
	if len(state) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return s, fmt.Errorf("decode state of %s: %w", r.Title, err)
	}
	return s, nil
}

func (r Of[S]) encode(s S) ([]byte, error) {
	if reflect.ValueOf(&s).Elem().IsZero() {
		return nil, nil
	}
	next, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode state of %s: %w", r.Title, err)
	}
	return next, nil
}

// Unite decodes both states, calls Join and encodes what it returns.
func (r Of[S]) Unite(kept, gone []byte) ([]byte, bool, error) {
	if r.Join == nil {
		return nil, false, nil
	}
	a, err := r.decode(kept)
	if err != nil {
		return nil, true, err
	}
	b, err := r.decode(gone)
	if err != nil {
		return nil, true, err
	}
	state, err := r.encode(r.Join(a, b))
	return state, true, err
}

// About decodes the state, calls Mine and encodes what it returns.
func (r Of[S]) About(state []byte, who chat.MemberID) ([]byte, bool, error) {
	if r.Mine == nil {
		return nil, false, nil
	}
	s, err := r.decode(state)
	if err != nil {
		return nil, true, err
	}
	mine := r.Mine(s, who)
	if mine == nil || reflect.ValueOf(mine).IsZero() {
		return nil, true, nil
	}
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false) // people read it
	if err := enc.Encode(mine); err != nil {
		return nil, true, fmt.Errorf("encode what %s keeps about somebody: %w", r.Title, err)
	}
	return bytes.TrimSpace(data.Bytes()), true, nil
}

// Commands returns Ask.
func (r Of[S]) Commands() []Command { return r.Ask }

// Settings returns Options.
func (r Of[S]) Settings() []Setting { return r.Options }

// Sealed returns Secret.
func (r Of[S]) Sealed() bool { return r.Secret }
