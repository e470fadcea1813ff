package rule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestRewake(t *testing.T) {
	never, noon := time.Time{}, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	wake := []chat.Effect{chat.Wake{Rule: "r", Key: "c1", At: noon}}
	for name, tt := range map[string]struct {
		was, next time.Time
		want      []chat.Effect
	}{
		"nothing to do":           {never, never, nil},
		"it is set":               {noon, noon, nil},
		"it is set in a zone":     {noon.In(time.FixedZone("x", 3600)), noon, nil},
		"first":                   {never, noon, wake},
		"another time":            {noon.Add(time.Hour), noon, wake},
		"nothing is due any more": {noon, never, []chat.Effect{chat.Cancel{Rule: "r", Key: "c1"}}},
	} {
		if diff := cmp.Diff(tt.want, Rewake("r", "c1", tt.was, tt.next)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
