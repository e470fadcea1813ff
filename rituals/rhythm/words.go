package rhythm

import (
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// word is one word of a command, with where it ends in the whole.
type word struct {
	text string
	end  int
	last bool // a colon or the end of the line stands behind it
}

// wordsOf splits a text into words.
func wordsOf(s string) []word {
	var out []word
	for i := 0; i < len(s); {
		rest := s[i:]
		skip := len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
		if skip > 0 && len(out) > 0 && strings.Contains(rest[:skip], "\n") {
			out[len(out)-1].last = true
		}
		i += skip
		n := strings.IndexFunc(s[i:], unicode.IsSpace)
		if n < 0 {
			n = len(s) - i
		}
		if n > 0 {
			out = append(out, word{text: s[i : i+n], end: i + n, last: strings.HasSuffix(s[i:i+n], ":")})
		}
		i += n
	}
	return out
}

// behind is what stands behind a word.
func behind(s string, w word) string {
	return tidy(strings.TrimPrefix(strings.TrimSpace(s[w.end:]), ":"))
}

// token is what a word of a schedule means.
type token int

// The tokens. Those from first on say which of a month's, those from sunday on which day.
const (
	tokenNone token = iota
	tokenEvery
	tokenDaily
	tokenWeekly
	tokenMonthly
	tokenOther
	tokenDay
	tokenWeek
	tokenMonth
	tokenWorkday
	tokenSkip
	tokenIn
	tokenNoon
	tokenFirst
	tokenSecond
	tokenThird
	tokenFourth
	tokenLast
	tokenSunday
)

// lexicon are the words of a schedule: the English ones, and those of a language.
type lexicon map[string]token

func lexiconOf(language string) lexicon {
	out := make(lexicon)
	for _, l := range []string{language, "en"} { // the English word wins
		v := rule.Voice{Language: l}
		for t, words := range map[token]chat.Text{
			tokenEvery: v.Say("when.every"),
			tokenDaily: v.Say("when.daily"), tokenWeekly: v.Say("when.weekly"), tokenMonthly: v.Say("when.monthly"),
			tokenOther: v.Say("when.other"), tokenDay: v.Say("when.day"), tokenWeek: v.Say("when.week"), tokenMonth: v.Say("when.month"),
			tokenWorkday: v.Say("when.workday"), tokenSkip: v.Say("when.skip"), tokenIn: v.Say("when.in"), tokenNoon: v.Say("when.noon"),
			tokenFirst: v.Say("when.first"), tokenSecond: v.Say("when.second"), tokenThird: v.Say("when.third"),
			tokenFourth: v.Say("when.fourth"), tokenLast: v.Say("when.last"),
			tokenSunday: v.Say("when.sunday"), tokenSunday + 1: v.Say("when.monday"), tokenSunday + 2: v.Say("when.tuesday"),
			tokenSunday + 3: v.Say("when.wednesday"), tokenSunday + 4: v.Say("when.thursday"), tokenSunday + 5: v.Say("when.friday"),
			tokenSunday + 6: v.Say("when.saturday"),
		} {
			for w := range strings.SplitSeq(words.Plain, ",") {
				out[strings.ToLower(strings.TrimSpace(w))] = t
			}
		}
	}
	return out
}

// begins tells whether a schedule begins with a word.
func (l lexicon) begins(w string) bool {
	switch l[bare(w)] {
	case tokenEvery, tokenDaily, tokenWeekly, tokenMonthly:
		return true
	}
	return strings.HasPrefix(strings.ToUpper(w), "FREQ=")
}

// bare is a word without what stands around it.
func bare(w string) string { return strings.ToLower(strings.Trim(w, ".,;:()\"'“”„«»")) }
