package chat

import (
	"strings"
	"testing"
	"unicode"
)

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		" a\n b\tc\u2028d ":            "a b c d",
		"a\u202eb\u2066c\u200fd\ufeff": "abcd",
		"a\x00b\xffc":                  "a bc",
		"دو الفاظ":                     "دو الفاظ",
	} {
		if got := OneLine(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := Uncalled(Uncalled("hi @ana, @ben")); got != "hi @\u2060ana, @\u2060ben" {
		t.Errorf("%q calls somebody, or is changed twice", got)
	}
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\r\n\u2029b \u061c")
	f.Fuzz(func(t *testing.T, s string) {
		got := OneLine(s)
		if OneLine(got) != got || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
			t.Errorf("%q is %q", s, got)
		}
	})
}
