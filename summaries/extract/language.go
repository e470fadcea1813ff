package extract

import (
	"strings"
	"unicode"
)

// lexicon is what is known about the words of one language.
type lexicon struct {
	lang  string // "" if not known: then words say nothing but how often they come
	stop  map[string]struct{}
	first map[string]struct{} // I, we
	you   map[string]struct{}
	they  map[string]struct{} // other pronouns
	chit  map[string]struct{} // words of small talk
	acks  map[string]struct{} // words that begin an answer: yes, thanks
	hails map[string]struct{} // words that begin a conversation
	days  map[string]struct{} // days, months
	woes  map[string]struct{} // words with which people bring something up
	thank map[string]struct{}

	decided, done, plan, propose, assent phrases
}

// isLight tells whether a sign of Chinese or Japanese only holds others together.
func (*lexicon) isLight(sign string) bool {
	return strings.Contains("的了是我你他她它们在有和就不也都这那个吗呢吧啊嗯哦呀嘛么之与及其为以而对到说会要能可上下来去过着给把被让很还又但因所如果然后一啦呃唉のはがをにでとてたしもれるすなよねかこそいうんだあえおっ", sign)
}

// newLexicon returns what is known about a language; common are further words without a topic.
func newLexicon(lang string, common *Common) *lexicon {
	l := &lexicon{
		lang: lang, stop: set(stopWords(lang)), first: set(""), you: set(""), they: set(""), chit: set(""),
		acks: set(answerWords(lang)), hails: set(hailWords(lang)), days: set(dayWords(lang)),
		woes: set(troubleWords(lang)), thank: set(thankWords(lang)),
		decided: newPhrases(decidedCues(lang)), done: newPhrases(doneCues(lang)), plan: newPhrases(planCues(lang)),
		propose: newPhrases(proposeCues(lang)), assent: newPhrases(assentCues(lang)),
	}
	if lang == "en" {
		l.first = set("i i'm i've i'll i'd me my mine myself we we're we've we'll we'd us our ours ourselves")
		l.you = set("you you're you've you'll you'd your yours yourself yourselves ya u")
		l.they = set("he he's him his she she's her hers it it's its they they're them their theirs this that that's these those there there's")
		l.chit = set(`yeah yes yep yup no nope ok okay oh ah um uh hmm mm hm right well like just sure thanks thank cool nice great lol haha
			hi hello hey bye sorry alright actually basically really please wow hehe good gotcha exactly mm-hmm uh-huh`)
	}
	if common != nil {
		for w := range common.words {
			l.stop[w] = struct{}{}
		}
	}
	return l
}

// set returns the folded words of a list.
func set(list string) map[string]struct{} {
	out := map[string]struct{}{}
	for w := range strings.FieldsSeq(list) {
		out[fold(w)] = struct{}{}
	}
	return out
}

func has(s map[string]struct{}, word string) bool {
	_, ok := s[word]
	return ok
}

// phrases are sequences of words, by their first.
type phrases map[string][][]string

// newPhrases reads a list of phrases that are separated by bars.
func newPhrases(list string) phrases {
	p := phrases{}
	for phrase := range strings.SplitSeq(list, "|") {
		fields := strings.Fields(strings.ReplaceAll(phrase, "-", " "))
		if len(fields) == 0 {
			continue
		}
		for i := range fields {
			fields[i] = fold(fields[i])
		}
		p[fields[0]] = append(p[fields[0]], fields[1:])
	}
	return p
}

// in returns how many times phrases occur among words.
func (p phrases) in(tokens []token) int {
	n := 0
	for i, t := range tokens {
		for _, rest := range p[t.word] {
			if hasWords(tokens[i+1:], rest) {
				n++
				break
			}
		}
	}
	return n
}

func hasWords(tokens []token, want []string) bool {
	if len(tokens) < len(want) {
		return false
	}
	for i, w := range want {
		if tokens[i].word != w {
			return false
		}
	}
	return true
}

// languages are those whose words are known.
func languages() []string { return []string{"en", "es", "de", "pt", "fr", "ur"} }

// languageOf returns the language of texts: what was told if that can be, else what their words look like, "zh" and
// "ja" by their script, "" if nobody can tell.
func languageOf(told string, texts func(yield func(string) bool)) string {
	told, _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(told, "_", "-")), "-")
	lists := map[string]map[string]struct{}{}
	for _, lang := range languages() {
		lists[lang] = set(stopWords(lang))
	}
	hits, all, dense, kana, letters := map[string]int{}, 0, 0, 0, 0
	for text := range texts {
		for _, r := range text {
			switch {
			case unicode.In(r, unicode.Hiragana, unicode.Katakana):
				kana++
				dense++
			case isDense(r):
				dense++
			case unicode.IsLetter(r):
				letters++
			}
		}
		for w := range strings.FieldsSeq(text) {
			w = fold(strings.ToLower(strings.Trim(w, ",.;:!?\"'()۔؟،")))
			all++
			for _, lang := range languages() {
				if has(lists[lang], w) {
					hits[lang]++
				}
			}
		}
		if all > enoughWords || dense > enoughWords {
			break
		}
	}
	if 3*dense > letters {
		if 8*kana > dense {
			return "ja"
		}
		return "zh"
	}
	return mostLikely(told, hits, all)
}

// enoughWords is how many words are looked at to tell a language.
const enoughWords = 5000

// mostLikely returns the language with the most hits among all words.
func mostLikely(told string, hits map[string]int, all int) string {
	best, second := "", 0
	for _, lang := range languages() {
		switch {
		case best == "" || hits[lang] > hits[best]:
			if best != "" {
				second = hits[best]
			}
			best = lang
		case hits[lang] > second:
			second = hits[lang]
		}
	}
	sure := 6*hits[best] > all && 5*hits[best] > 6*second
	_, known := hits[told]
	switch {
	case known && 8*hits[told] > all && 2*hits[told] > hits[best]:
		return told
	case sure:
		return best
	case all < 30 && told != "": // too little to contradict
		return told
	case told != "" && best != told && 8*hits[best] < all && stopWords(told) == "":
		return told
	}
	return ""
}

// Common are words that a group uses whatever it talks about.
type Common struct{ words map[string]struct{} }

// commonShare is the share of past conversations in which a word must occur to say nothing about any one.
const commonShare = 0.65

// fewestPast is how many past conversations are needed to learn from.
const fewestPast = 8

// Where a language is not known and there is no history, words that occur in so many of the messages are common; of
// fewer messages nothing is learned.
const (
	hereShare  = 0.08
	fewestHere = 40
)

// learnHere returns the words that occur in many messages of one conversation.
func learnHere(messages []Message) *Common {
	c := &Common{words: map[string]struct{}{}}
	in, n := map[string]int{}, 0
	for _, m := range messages {
		if m.System || m.Text == "" {
			continue
		}
		n++
		seen := map[string]bool{}
		for w := range strings.FieldsSeq(m.Text[:min(len(m.Text), 1000)]) {
			if w = fold(strings.ToLower(strings.Trim(w, ",.;:!?\"'()۔؟،"))); !seen[w] {
				seen[w] = true
				in[w]++
			}
		}
	}
	if n < fewestHere {
		return c
	}
	for w, times := range in {
		if float64(times) > hereShare*float64(n) {
			c.words[w] = struct{}{}
		}
	}
	return c
}

// Learn returns the words that occur in most of a group's past conversations, given as their texts. It needs at
// least 8 of them, else it knows nothing.
func Learn(past [][]string) *Common {
	c := &Common{words: map[string]struct{}{}}
	if len(past) < fewestPast {
		return c
	}
	v := newVocabulary(newLexicon("", nil))
	in := map[string]int{}
	for _, texts := range past {
		seen := map[string]struct{}{}
		for _, text := range texts {
			for _, t := range v.tokens(clean(text)) {
				seen[t.word] = struct{}{}
			}
		}
		for w := range seen {
			in[w]++
		}
	}
	for w, n := range in {
		if float64(n) >= commonShare*float64(len(past)) {
			c.words[w] = struct{}{}
		}
	}
	return c
}
