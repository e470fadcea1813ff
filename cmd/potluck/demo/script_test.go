package demo

import (
	"strings"
	"testing"
	"time"
)

func TestScriptShowsEveryStep(t *testing.T) {
	var out strings.Builder
	table := newTable(t, "")
	if err := table.Script(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log("\n" + out.String())
	for _, s := range steps() {
		if !strings.Contains(out.String(), s.title) {
			t.Errorf("the transcript does not tell of %q", s.title)
		}
	}
}

// A scenario that would not notice what it is there to notice proves nothing.
func TestScriptNoticesWhatDoesNotArrive(t *testing.T) {
	for spoil, want := range map[string]string{
		"say": "does not show", "style": "as bold", "reply": "answers to", "edit": "step 4", "react": "step 5", "unreact": "step 6",
		"delete": "step 7", "media": "step 8", "split": "long recipe", "joined": "comes", "left": "leaves", "twice": "shows the old text as well", "later": "2 times",
	} {
		t.Run(spoil, func(t *testing.T) {
			t.Parallel()
			table := newTable(t, spoil)
			table.patience = 40 * time.Millisecond
			err := table.Script(t.Context(), &strings.Builder{})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("with a house that forgets %q the script says %v, want %q in it", spoil, err, want)
			}
		})
	}
}
