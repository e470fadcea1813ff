package coretest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// CheckOwn asks a rule what a state holds of members that is theirs to see, and compares the JSON; "" = nothing. Nobody may
// be told another's id, and of no state there is nothing to tell.
func CheckOwn(t *testing.T, r rule.Rule, state any, want map[chat.MemberID]string) {
	t.Helper()
	raw, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range want {
		got, tells, err := r.About(raw, who)
		if err != nil || !tells {
			t.Fatalf("%s of %s: tells %v, %v", r.Name(), who, tells, err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", r.Name(), who, diff)
		}
		if nothing, _, err := r.About(nil, who); err != nil || nothing != nil {
			t.Errorf("%s of %s, without a state: %s, %v", r.Name(), who, nothing, err)
		}
	}
	for who := range want {
		got, _, _ := r.About(raw, who)
		for other := range want {
			if other != who && strings.Contains(string(got), string(other)) {
				t.Errorf("%s tells %s of %s: %s", r.Name(), who, other, got)
			}
		}
	}
}
