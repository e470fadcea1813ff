// Package rule is the one shape that every feature has: a pure function from the community, its own state
// and one event to its new state and the effects it wants. It does not know which rules there are, when
// they run or how their state is kept.
package rule

import (
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
}

// Place says where a command may be typed.
type Place int

// The places.
const (
	Anywhere  Place = iota
	InRoom          // in a group, not in private
	InPrivate       // in private with the bot
	AtHome          // by the operator on the machine (potluck do)
)

// Command declares what members can ask; parsing, permission and help come from it.
type Command struct {
	Name  string     // lower case, one word
	Args  string     // as help shows them: "[CODE]"
	Level chat.Level // who may
	Place Place
	Help  string // key of a sentence in say
}

// Setting declares something that organisers can change in chat.
type Setting struct {
	Name    string
	Default string
	Values  []string // the allowed values
	Help    string   // key of a sentence in say
}

// Of is a rule whose state is an S, kept as JSON. The zero S is "nothing known" and is not kept.
type Of[S any] struct {
	Title   string
	KeyOf   func(c chat.Community, e chat.Event) (string, bool)
	Fold    func(c chat.Community, s S, e chat.Event) (S, []chat.Effect)
	Ask     []Command
	Options []Setting
}

var _ Rule = Of[struct{}]{}

// Name returns Title.
func (r Of[S]) Name() string { return r.Title }

// Key calls KeyOf.
func (r Of[S]) Key(c chat.Community, e chat.Event) (string, bool) { return r.KeyOf(c, e) }

// Decide decodes the state, calls Fold and encodes what it returns.
func (r Of[S]) Decide(c chat.Community, state []byte, e chat.Event) ([]byte, []chat.Effect, error) {
	var s S
	if len(state) > 0 {
		if err := json.Unmarshal(state, &s); err != nil {
			return nil, nil, fmt.Errorf("decode state of %s: %w", r.Title, err)
		}
	}
	s, effects := r.Fold(c, s, e)
	if reflect.ValueOf(&s).Elem().IsZero() {
		return nil, effects, nil
	}
	next, err := json.Marshal(s)
	if err != nil {
		return nil, nil, fmt.Errorf("encode state of %s: %w", r.Title, err)
	}
	return next, effects, nil
}

// Commands returns Ask.
func (r Of[S]) Commands() []Command { return r.Ask }

// Settings returns Options.
func (r Of[S]) Settings() []Setting { return r.Options }
