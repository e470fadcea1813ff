package coretest

import (
	"testing"

	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
)

func rulesHere() []rule.Rule {
	return []rule.Rule{rooms.NewGuesses(), members.NewEnrolment(), members.NewClaims(), members.NewHint(), rooms.NewHello(), rooms.NewLinks(), relay.New()}
}

func TestTalk(t *testing.T) { RunScripts(t, "../../cmd/potluck/testdata/talk", rulesHere) }
