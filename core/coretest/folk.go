package coretest

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// Folk are the members of a community, for tests of a rule alone. A name is not looked up in it, and a pseudonym hides nothing.
type Folk []chat.Card

var _ chat.MemberIndex = Folk(nil)

// Of returns the member that an identity is.
func (f Folk) Of(i chat.Identity) (chat.Card, bool) {
	return f.first(func(card chat.Card) bool { return slices.Contains(card.Identities, i) })
}

// ByID returns the member with that id.
func (f Folk) ByID(id chat.MemberID) (chat.Card, bool) {
	return f.first(func(card chat.Card) bool { return card.ID == id })
}

func (f Folk) first(is func(chat.Card) bool) (chat.Card, bool) {
	i := slices.IndexFunc(f, is)
	if i < 0 {
		return chat.Card{}, false
	}
	return f[i], true
}

// All returns them.
func (f Folk) All() []chat.Card { return f }

// Named returns nobody.
func (f Folk) Named(string) []chat.Card { return nil }

// Pseudonym returns the identity as text.
func (f Folk) Pseudonym(i chat.Identity) string { return i.String() }
