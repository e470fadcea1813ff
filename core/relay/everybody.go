package relay

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
)

// joiner is U+2060, which nobody sees: behind an '@' it keeps a word from calling a whole room.
const joiner = "\u2060"

// callsAll tells whether a word behind an '@' means everybody somewhere: those that messengers know, and the usual ones of
// the languages that we speak. What is nobody's name loses nothing by it.
func callsAll(word string) bool {
	return slices.Contains([]string{
		"room", "everyone", "everybody", "all", "here", "channel",
		"alle", "jeder", "raum", "kanal",
		"todos", "todas", "sala", "canal",
		"tous", "toutes", "salon",
		"سب", "سبھی",
	}, strings.ToLower(word))
}

// safe returns words in which nobody calls a whole room.
func safe(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return changed(chat.Plain(s), calls(chat.Plain(s))).Plain
}

// calls finds where a text calls everybody, in code and links, too: some clients look at nothing but the letters.
func calls(t chat.Text) []change {
	var out []change
	for _, w := range ats(t.Plain) {
		word := w.word
		if i := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }); i >= 0 {
			word = word[:i]
		}
		if callsAll(word) {
			out = append(out, change{start: w.start + 1, end: w.start + 1, words: joiner})
		}
	}
	return out
}

// at is a word that begins with '@': where it stands, in units, and its letters behind the '@'.
type at struct {
	start, end int
	word       string
}

// maxAts bounds how many such words of a text are looked at for a person; those that call everybody are found without
// limit.
const maxAts = 60

// ats finds the words that begin with '@'. What has a letter or a digit before it is an address and none.
func ats(s string) []at {
	if !strings.Contains(s, "@") {
		return nil
	}
	var out []at
	unit, before := 0, ' '
	for i, r := range s {
		if r == '@' && !isOfName(before) {
			word := wordAt(s[i+1:])
			if word != "" {
				out = append(out, at{start: unit, end: unit + 1 + chat.Units(word), word: word})
			}
		}
		before = r
		unit += utf16.RuneLen(r)
	}
	return out
}

// maxWord is the most bytes of a word that is looked at; Matrix allows 255 for an account.
const maxWord = 255

// wordAt returns the word that a text begins with, without the marks that end a sentence.
func wordAt(s string) string {
	end := 0
	for end < len(s) && end < maxWord {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !isOfName(r) && !strings.ContainsRune("~.:-=+/", r) {
			break
		}
		end += size
	}
	return strings.TrimRight(s[:end], ".:-=+/")
}

// isOfName tells whether a character can be in anybody's name.
func isOfName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}
