package order

import (
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/summaries/draft"
)

// TestTalk plays the conversations in testdata/talk over the real rule order.
func TestTalk(t *testing.T) {
	coretest.RunScripts(t, "testdata/talk", Rules, func(order chat.Summarise, lines []chat.Line) chat.Summarised {
		return draft.Draft(order, lines, nil)
	})
}
