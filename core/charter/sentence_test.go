package charter

import (
	"strings"
	"testing"
)

func TestSentences(t *testing.T) {
	for text, want := range map[string]int{
		"":                          0,
		"  …  ":                     0,
		"We bake bread":             1,
		"We bake bread.":            1,
		"We bake bread!!":           1,
		"We bake bread?!":           1,
		"We bake. We cook.":         2,
		"We bake.We cook.":          1, // looks like a name with a dot in it
		"We bake bread (and soup).": 1,
		"“We bake.”":                1,
		"“We bake.” We say.":        2,
		"We help each other, e.g. with pricing scripts, to land better clients.": 1,
		"We help people in the U.S. Army to bake.":                               1,
		"We are the fans of Dr. Who and of J. R. Tolkien.":                       1,
		"We need 3.5 cups at potluck.chat.":                                      1,
		"1. We bake":                                                             1,
		"We bake etc. and more":                                                  1,
		"We bake\nbread":                                                         1,
		"We bake\nWe cook":                                                       2,
		"We bake.\n\nWe cook.\nWe eat":                                           3,

		"我们一起烤面包。": 1,

		"我们一起烤面包。我们也煮汤。": 2,

		"हम रोटी बनाते हैं। हम सूप भी बनाते हैं।": 2,

		"نحن نخبز الخبز. نحن نطبخ؟": 2,

		"We bake… And we cook…":        2,
		"Мы печём хлеб. Мы варим суп.": 2,
		"Ana and I. We bake.":          1, // a letter and a stop may be an initial: rather too kind than a nuisance
	} {
		if got := Sentences(text); got != want {
			t.Errorf("%q has %d sentences, want %d", text, got, want)
		}
	}
}

func FuzzSentences(f *testing.F) {
	f.Add("We bake. We cook, e.g. soup!")
	f.Fuzz(func(t *testing.T, text string) {
		n := Sentences(text)
		if n < 0 || n > len([]rune(text)) {
			t.Errorf("%q has %d sentences", text, n)
		}
		if again := Sentences("  " + text + "\n"); again != n {
			t.Errorf("%q has %d sentences, with space around it %d", text, n, again)
		}
		if more := Sentences(strings.TrimSpace(text) + ".\n\nWe bake."); n > 0 && more > n+1 {
			t.Errorf("%q has %d sentences, and one more makes %d", text, n, more)
		}
	})
}
