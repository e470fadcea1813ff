package extract_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/summaries/extract"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain text", "plain text"},
		{"left\u202eright\u202c", "leftright"},
		{"zero\u200bwidth\ufeff", "zerowidth"},
		{"bell\a and\ttab", "bell and tab"},
		{"[win](https://example.org)", "[win] (https://example.org)"},
		{"@everyone look, @Room too", "everyone look, Room too"},
		{"me@example.org", "me@example.org"},
		{"family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"},
		{"نہیں\u200cہے", "نہیں\u200cہے"},
		{"a" + strings.Repeat("\u0301", 50), "a" + strings.Repeat("\u0301", 4)},
		{"tag\U000e0041s", "tags"},
		{"bad \xff byte", "bad  byte"},
	} {
		if got := extract.Clean(tt.in); got != tt.want {
			t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	long := extract.Clean(strings.Repeat("ü", extract.MaxText))
	if len(long) > extract.MaxText || !utf8.ValidString(long) {
		t.Errorf("a long text becomes %d bytes, valid: %v", len(long), utf8.ValidString(long))
	}
}

func TestSentences(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"One. Two! Three?", []string{"One.", "Two!", "Three?"}},
		{"It costs 3.50 at example.org, Mr. Smith said. Fine.", []string{"It costs 3.50 at example.org, Mr. Smith said.", "Fine."}},
		{"see you at 5 p.m. tomorrow", []string{"see you at 5 p.m. tomorrow"}},
		{"um okay . so this is it .", []string{"um okay .", "so this is it ."}},
		{"wait... what?! no", []string{"wait... what?!", "no"}},
		{"Am 3. Mai um zehn. Kommst du?", []string{"Am 3. Mai um zehn.", "Kommst du?"}},
		{"میچ اتوار کو ہے۔ گیند کون لائے گا؟ میں۔", []string{"میچ اتوار کو ہے۔", "گیند کون لائے گا؟", "میں۔"}},
		{"今天下雨。明天呢？好！", []string{"今天下雨。", "明天呢？", "好！"}},
		{"¿Vienes? Sí.", []string{"¿Vienes?", "Sí."}},
		{"", nil},
	} {
		if diff := cmp.Diff(tt.want, extract.Sentences(tt.in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestParagraphs(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"quoted lines, greeting and signature", "Hi Bob,\n\n> how are you?\n\nI am fine.\n\nBest,\nAnn\n-- \nAnn Lee", []string{"I am fine."}},
		{"an attribution", "On Monday, 4 May, Bob\nBaker wrote:\n> hello\n\nhello too", []string{"hello too"}},
		{"the mail that is answered", "Yes.\n-----Original Message-----\nFrom: Bob\nCome?", []string{"Yes."}},
		{"a line broken by a program", "this is a line that some mail program has broken in\nthe middle of it\n\nnext", []string{
			"this is a line that some mail program has broken in the middle of it", "next",
		}},
		{"lines of a chat", "one\ntwo", []string{"one", "two"}},
		{"code", "look:\n```\nx := 1\n```\nnice", []string{"look:", "nice"}},
		{"only a quotation", "> only this\n> and that", []string{"> only this\n> and that"}},
		{"one line that begins with a mark", ">this is how I feel", []string{"this is how I feel"}},
	} {
		if diff := cmp.Diff(tt.want, extract.Paragraphs(tt.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTidy(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"um, so, uh, the the rent goes up", "So the rent goes up"},
		{"well I- I think, you know, we should", "Well I think we should"},
		{"{vocalsound} okay [laughter] go on .", "Okay go on."},
		{"you know him", "You know him"},
		{"what kind of chairs", "What kind of chairs"},
		{"we need we need chairs", "We need chairs"},
		{"um", ""},
		{"I said that that was late", "I said that that was late"},
	} {
		if got := extract.Tidy(tt.in); got != tt.want {
			t.Errorf("Tidy(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short enough", 5, "short enough"},
		{"the first clause is here, the second is too long to fit", 8, "the first clause is here…"},
		{"we could go to the park in the afternoon", 6, "we could go to the park…"},
		{"a whole sentence. and another one that is long", 5, "a whole sentence."},
		{"it is in the big box of the shop", 5, "it is in the big…"},
		{"明天下午我们去公园，然后去吃饭，最后回家", 8, "明天下午我们去公园，然后去吃饭…"},
		{"one", 0, ""},
	} {
		got := extract.Shorten(tt.in, tt.limit)
		if got != tt.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
		if extract.Count(got) > tt.limit {
			t.Errorf("%q has more than %d words", got, tt.limit)
		}
	}
}

// Letters that are written in two ways are one letter.
func TestFold(t *testing.T) {
	for _, tt := range [][2]string{{"decisión", "decision"}, {"straße", "strasse"}, {"كي", "کی"}, {"مُحَلّہ", "محلہ"}, {"don’t", "don't"}} {
		if got := extract.Fold(tt[0]); got != extract.Fold(tt[1]) {
			t.Errorf("%q is %q and %q is %q", tt[0], got, tt[1], extract.Fold(tt[1]))
		}
	}
}

func FuzzSentences(f *testing.F) {
	f.Add("One. Two! 3.5 Mr. X. میچ۔ 今天。明天")
	f.Fuzz(func(t *testing.T, s string) {
		s = extract.Clean(s)
		got := strings.Join(strings.Fields(strings.Join(extract.Sentences(s), "")), "")
		if want := strings.Join(strings.Fields(s), ""); got != want {
			t.Errorf("of %q is left %q", want, got)
		}
	})
}

func FuzzShorten(f *testing.F) {
	f.Add("we could go to the park, in the afternoon", 5)
	f.Add("明天下午我们去公园，然后去吃饭 and so on", 6)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		s = strings.Join(strings.Fields(extract.Clean(s)), " ")
		limit %= 60
		got := extract.Shorten(s, limit)
		if n := extract.Count(got); n > max(0, limit) {
			t.Errorf("Shorten(%q, %d) has %d words: %q", s, limit, n, got)
		}
		if !utf8.ValidString(got) {
			t.Errorf("Shorten(%q, %d) = %q", s, limit, got)
		}
	})
}

// FuzzExtract makes a conversation of any text: a line is a message, its first byte says who, when and how.
func FuzzExtract(f *testing.F) {
	f.Add("aAnn?\nbyes Ann: sure, let's do it\nccool https://x.org\n", byte(0), 0, 0, 0)
	f.Add("a> quoted\nb你好吗？\ncمیچ کب ہے؟\nd\u202e[x](y) @everyone", byte(1), 3, 20, 10)
	f.Fuzz(func(t *testing.T, text string, kind byte, bullets, words, perBullet int) {
		c := extract.Conversation{Kind: extract.Chat, Budget: extract.Budget{Bullets: bullets % 30, Words: words % 500, WordsPerBullet: perBullet % 60}}
		if kind%2 == 1 {
			c.Kind = extract.Call
		}
		c.Lang = []string{"", "en", "es", "de", "pt", "fr", "ur", "zh", "xx"}[kind%9]
		c.Budget.Bullets, c.Budget.Words, c.Budget.WordsPerBullet = max(0, c.Budget.Bullets), max(0, c.Budget.Words), max(0, c.Budget.WordsPerBullet)
		for i, l := range strings.Split(text, "\n") {
			if l == "" {
				continue
			}
			m := extract.Message{ID: string(rune('a' + i%26)), Author: strings.Repeat(string(rune('A'+l[0]%7)), int(l[0]%3)), Text: l[1:], Reactions: int(l[0] % 5)}
			if l[0]%4 == 0 {
				m.ReplyTo = string(rune('a' + i/2%26))
			}
			c.Messages = append(c.Messages, m)
		}
		keepsPromises(t, c)
		if n := len(extract.Links(c)); n > len(c.Messages) {
			t.Errorf("%d links for %d messages", n, len(c.Messages))
		}
	})
}
