package cases

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestWhatLooksLikeAReport(t *testing.T) {
	for text, want := range map[string]bool{
		"/report": true, "!report x": true, " !REPORT": true, "/report@potluck_bot x": true, "/spam": true, "@admin": true, "@Admins help": true,
		"report": false, "the /report command": false, "/reports": false, "@administrator": false, "": false, "/": false, "!": false,
	} {
		if got := looksLikeReport(chat.Plain(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, style := range []chat.Style{chat.Quote, chat.Code, chat.Pre} {
		if looksLikeReport(chat.Styled(style, "/report", "")) {
			t.Errorf("shown as %s it is a report", style)
		}
	}
}

func TestWordsBehindWords(t *testing.T) {
	for _, tt := range []struct {
		text  string
		words int
		want  string
	}{
		{"12 answer  hello\nthere", 2, "hello\nthere"}, {"12", 1, ""}, {"12", 3, ""}, {"", 1, ""}, {"  a b", 0, "a b"}, {"é 😀 x", 2, "x"},
	} {
		if got := behind(chat.Plain(tt.text), tt.words).Plain; got != tt.want {
			t.Errorf("%q behind %d: %q, want %q", tt.text, tt.words, got, tt.want)
		}
	}
}

func TestNumbersOfCases(t *testing.T) {
	for word, want := range map[string]int{"12": 12, "#12": 12, "0": 0, "-1": 0, "x": 0, "": 0, "99999999999": 0, "##1": 0} {
		if got := numberOf(word); got != want {
			t.Errorf("%q is %d", word, got)
		}
	}
	for tag, want := range map[string]int{"case/12": 12, "case/12/m7": 12, "case/12/said": 12, "party/12": 0, "case/": 0, "": 0} {
		if got := numberIn(&chat.Message{Tag: tag}); got != want {
			t.Errorf("the tag %q is %d", tag, got)
		}
	}
}

// A file's name can tell whose it is.
func TestFilesHaveNoNames(t *testing.T) {
	parts := make([]chat.Part, maxParts+5)
	for i := range parts {
		parts[i] = chat.Part{Kind: chat.Photo, Media: chat.Media{Name: "ben-phone.jpg", Key: "k"}}
	}
	got := evidenceParts(parts)
	if len(got) != maxParts {
		t.Errorf("%d files", len(got))
	}
	for _, p := range got {
		if p.Media.Name != "" || p.Media.Key != "k" {
			t.Errorf("kept: %+v", p)
		}
	}
	if parts[0].Media.Name == "" {
		t.Error("the event's own parts were changed")
	}
}

func FuzzWords(f *testing.F) {
	f.Add("12 answer #1234 hello", 2, 5)
	f.Fuzz(func(t *testing.T, text string, words, limit int) {
		words, limit = words%50, max(0, limit%5000)
		in := chat.Plain(text).Normal()
		if got := behind(in, max(0, words)); !strings.HasSuffix(in.Trim().Plain, got.Plain) {
			t.Errorf("%q behind %d: %q", text, words, got.Plain)
		}
		if got := clip(in.Plain, limit); utf8.RuneCountInString(got) > limit+1 || !utf8.ValidString(got) {
			t.Errorf("%q cut at %d: %q", text, limit, got)
		}
		if looksLikeReport(in) && in.IsEmpty() {
			t.Error("nothing looks like a report")
		}
		if word := trimWord(in.Plain); !strings.Contains(in.Plain, word) {
			t.Errorf("the word of %q is %q", in.Plain, word)
		}
	})
}
