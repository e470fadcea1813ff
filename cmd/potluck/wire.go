package main

import (
	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
)

// rules returns the rules in the order in which they see an event: gates first, then those that know who
// and where, then the relay.
func rules() []rule.Rule {
	return []rule.Rule{
		rooms.NewGuesses(),
		members.NewEnrolment(),
		members.NewClaims(),
		members.NewHint(),
		rooms.NewHello(),
		rooms.NewLinks(),
		relay.New(),
	}
}
