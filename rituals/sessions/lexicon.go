package sessions

import (
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// token is what a word of a time means.
type token int

// The tokens, in the order in which the catalogues have their words.
const (
	tokenNone token = iota
	tokenEvery
	tokenDaily
	tokenWeekly
	tokenMonthly
	tokenToday
	tokenTomorrow
	tokenIn
	tokenAt
	tokenSkip
	tokenNoon
	tokenUntil
	tokenTimes
	tokenMinute
	tokenHour
	tokenDay
	tokenWeek
	tokenMonth
	tokenFirst
	tokenSecond
	tokenThird
	tokenFourth
	tokenLast
	tokenSunday
	tokenJanuary = tokenSunday + 7
)

// lexicon are the words of a time: the English ones, and those of some languages.
type lexicon map[string]token

// lexiconOf reads them: groups stand between semicolons, in the order of the tokens, and the words of one between commas.
func lexiconOf(languages ...string) lexicon {
	out := make(lexicon)
	for _, language := range append(languages, "en") { // where words collide the English one wins
		v := rule.Voice{Language: language}
		out.learn(tokenEvery, v.Say("session.words.again"))
		out.learn(tokenToday, v.Say("session.words.near"))
		out.learn(tokenMinute, v.Say("session.words.units"))
		out.learn(tokenFirst, v.Say("session.words.nth"))
		out.learn(tokenJanuary, v.Say("session.words.months"))
		out.learn(tokenSunday, v.Say("session.words.days"))
	}
	return out
}

func (l lexicon) learn(first token, words chat.Text) {
	for i, group := range strings.Split(words.Plain, ";") {
		for w := range strings.SplitSeq(group, ",") {
			if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
				l[w] = first + token(i)
			}
		}
	}
}

// plan is what somebody has typed about when something is: the first time on the wall, and how it comes again.
type plan struct {
	start string // as onWall
	rule  string // as of RFC 5545; empty = once
}

// misread is what could not be understood: the key of a sentence, and the word that it is about.
type misread struct{ key, word string }

// readPlan reads when something is, as of now in a zone.
func readPlan(l lexicon, text string, now time.Time, zone *time.Location) (plan, *misread) {
	r := reader{lexicon: l, words: strings.Fields(strings.ToLower(text)), interval: 1}
	if len(r.words) == 0 || len(r.words) > 20 {
		return plan{}, &misread{key: "session.badwhen", word: clip(text)}
	}
	local := now.In(zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	for r.i < len(r.words) {
		if !r.read(today) {
			return plan{}, &misread{key: "session.badwhen", word: clip(r.words[r.i])}
		}
	}
	if days := r.in / (24 * time.Hour); r.hasClock && days > 0 && days*24*time.Hour == r.in { // in 2 days at 19:00
		r.date, r.in = today.AddDate(0, 0, int(days)), 0
	}
	if r.in > 0 {
		if r.hasClock || r.again {
			return plan{}, &misread{key: "session.badwhen", word: clip(text)}
		}
		at := now.Add(r.in + time.Minute - time.Second).In(zone)
		return plan{start: at.Format(onWall)}, nil
	}
	switch {
	case !r.hasClock:
		return plan{}, &misread{key: "session.noclock"}
	case r.again || r.raw != "" || r.nth != 0:
		return r.series(today, now, zone)
	}
	return r.once(today, now, zone)
}

// maxWord is the most bytes of a message that can be nothing but a reply to a date.
const maxWord = 60

// replyOf reads a message that is nothing but whether somebody comes, in one of some languages.
func replyOf(text string, languages ...string) (reply, bool) {
	said := strings.TrimFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsSymbol(r)
	})
	said = strings.ReplaceAll(said, "’", "'")
	if r, ok := replyIn(said); ok {
		return r, true
	}
	for _, language := range append(languages, "en") {
		v := rule.Voice{Language: language}
		groups := strings.Split(v.Say("session.words.replies").Plain, ";")
		for i, r := range []reply{going, maybe, no} {
			if i >= len(groups) {
				break
			}
			for w := range strings.SplitSeq(groups[i], ",") {
				if w = strings.ToLower(strings.TrimSpace(w)); w != "" && w == said {
					return r, true
				}
			}
		}
	}
	return "", false
}

// replyIn reads an emoji as one.
func replyIn(emoji string) (reply, bool) {
	switch strings.TrimSuffix(emoji, "\uFE0F") {
	case "✅", "👍", "✔", "☑", "🙋":
		return going, true
	case "🤔", "❓", "🤷":
		return maybe, true
	case "❌", "👎", "🚫":
		return no, true
	}
	return "", false
}

// tidied makes one line of what somebody has typed, without what turns or hides text, and at most so many characters.
func tidied(s string, most int) string {
	s = chat.OneLine(s)
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

// clip makes what somebody has typed short enough to be said back.
func clip(s string) string { return tidied(s, 40) }
