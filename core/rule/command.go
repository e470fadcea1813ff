package rule

import (
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
)

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
	Name string // lower case, one word
	// Aliases are other words for it ("tmute", "@admins"); an Asked tells which was typed.
	Aliases []string
	Args    string     // as help shows them: "[CODE]"
	Level   chat.Level // who may
	// ChatAdmin: whoever is an admin of the chat on its platform may, too, whatever he is in the community.
	ChatAdmin bool
	Place     Place
	// Help is the key of a sentence in say. Without one the command is no command when it is typed: it is only chosen, or
	// asked by the House.
	Help string
}

// Setting declares something that can be changed in chat: with /set by organisers for the community, with /room by
// organisers for the room it is typed in, with /my by a member for himself.
type Setting struct {
	Name    string
	Scope   Scope
	Default string
	Values  []string // the allowed values; nil = Valid decides
	// Valid tells whether a value is allowed and returns how it is kept; Shape is the key of the words that tell
	// what is ("a number from 1 to 500").
	Valid func(value string) (kept string, ok bool)
	Shape string
	Help  string // key of a sentence in say
}

// Scope says whose a setting is.
type Scope int

// The scopes.
const (
	OfCommunity Scope = iota
	OfRoom
	OfMember
)

// Number is a Valid for whole numbers of a range.
func Number(low, high int) func(string) (string, bool) {
	return func(value string) (string, bool) {
		n, err := strconv.Atoi(value)
		return strconv.Itoa(n), err == nil && n >= low && n <= high
	}
}
