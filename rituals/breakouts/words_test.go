package breakouts

import (
	"testing"

	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

func TestWhatIsTypedForAnAnswer(t *testing.T) {
	for _, language := range say.Languages() {
		v := rule.Voice{Language: language}
		for key, want := range map[string]reply{
			"breakout.choose.in": isIn, "breakout.choose.notes": withNotes, "breakout.choose.out": isOut,
		} {
			text := v.Say(key).Plain
			if got, ok := replyIn(language, text); !ok || got != want {
				t.Errorf("%s: %q is %q, want %q", language, text, got, want)
			}
		}
	}
	for text, want := range map[string]reply{
		"In, notes": withNotes, "in and notes!": withNotes, "in notes": withNotes, "I’m in + notes": withNotes, "in & I'll take notes": withNotes,
		"in": isIn, "In.": isIn, "out": isOut,
		"out, notes": "", "notes": "", "in, but no notes": "", "in the notes": "", ",": "", "": "",
	} {
		if got, _ := replyIn("en", text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for language, text := range map[string]string{
		"de": "Dabei, Notizen", "es": "me apunto y tomo notas", "fr": "j’en suis, notes", "pt": "tô dentro, anotações", "ur": "shamil, notes",
	} {
		if got, _ := replyIn(language, text); got != withNotes {
			t.Errorf("%s: %q is %q", language, text, got)
		}
	}
}
