package order

import (
	"testing"

	"github.com/potluck-chat/potluck/core/coretest"
)

// TestTalk plays the conversations in testdata/talk over the real rule order.
func TestTalk(t *testing.T) { coretest.RunScripts(t, "testdata/talk", Rules) }
