package demo

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
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

// A scenario that would not notice what it is there to notice proves nothing. In the bubble of synctest the
// patience passes as soon as nothing more can happen.
func TestScriptNoticesWhatDoesNotArrive(t *testing.T) {
	for spoil, want := range map[string]string{
		"say": "does not show", "style": "as bold", "reply": "answers to", "edit": "step 5", "react": "step 6", "unreact": "step 7",
		"delete": "step 8", "media": "step 9", "split": "long recipe", "joined": "comes", "left": "leaves",
		"twice": "shows the old text as well", "later": "2 times",
		"role": "does not say that Dilan", "pin": "no purpose at the top", "welcome": "does not welcome", "vanish": "still stands on Signal",
		"thanks": "told Elif that her report", "card": "no card of the report", "number": "without a number", "choices": "nothing to choose",
		"reporter": "who has reported", "hint": "told about the report", "aloud": "that Elif has reported something", "take": "does not show \"Greta\"",
		"timeout": "with a time-out", "notice": "told Chioma of the time-out", "lift": "after the time-out", "answer": "Elif hears", "close": "not \"7\"",
		"record": "does not show \"said sorry", "mydata": "what is kept", "gossip": "asked in private",
	} {
		t.Run(spoil, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				table := newTable(t, spoil)
				err := table.Script(t.Context(), &strings.Builder{})
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("with a house that forgets %q the script says %v, want %q in it", spoil, err, want)
				}
			})
		})
	}
}

func TestScriptTellsThatItCannotWrite(t *testing.T) {
	if err := newTable(t, "").Script(t.Context(), full{}); !errors.Is(err, errFull) {
		t.Errorf("onto a full disk the script says %v", err)
	}
}

var errFull = errors.New("disk full")

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
