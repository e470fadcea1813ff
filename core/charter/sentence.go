package charter

import (
	"strings"
	"unicode"
)

// enders are the marks that end a sentence in the scripts people write here.
const enders = ".!?…。！？؟।։"

// wideEnders end one without a space behind them.
const wideEnders = "。！？"

// Sentences counts the sentences of a text. A mark in the middle of one is not its end: where no space follows, where
// the next word begins with a small letter, and behind an abbreviation ("e.g.", "U.S.", "Dr.") or a list's number. A
// line break that does not go on in small letters ends a sentence, too.
func Sentences(text string) int {
	runes := []rune(strings.TrimSpace(text))
	n, from := 0, 0
	for i := 0; i < len(runes); i++ {
		if !endsAt(runes, from, i) {
			continue
		}
		if hasWord(runes[from : i+1]) {
			n++
		}
		from = i + 1
	}
	if hasWord(runes[from:]) {
		n++
	}
	return n
}

// endsAt tells whether the sentence that begins at from ends with the character at i.
func endsAt(runes []rune, from, i int) bool {
	r := runes[i]
	if strings.ContainsRune(wideEnders, r) {
		return true
	}
	if r != '\n' && !strings.ContainsRune(enders, r) {
		return false
	}
	next := i + 1
	for next < len(runes) && closes(runes[next]) {
		next++
	}
	if next < len(runes) && r != '\n' && !unicode.IsSpace(runes[next]) {
		return false // "3.5", "potluck.chat", "?!"
	}
	for next < len(runes) && !unicode.IsLetter(runes[next]) && !unicode.IsDigit(runes[next]) {
		next++
	}
	if next < len(runes) && unicode.IsLower(runes[next]) {
		return false
	}
	return r != '.' || next == len(runes) || !isShort(runes[from:i])
}

// closes tells whether a character belongs to the mark before it: a closing quotation mark or bracket.
func closes(r rune) bool { return strings.ContainsRune(`"'”’»)]`, r) }

// isShort tells whether what stands before a full stop is an abbreviation or a number of a list.
func isShort(before []rune) bool {
	words := strings.FieldsFunc(string(before), unicode.IsSpace)
	if len(words) == 0 {
		return false
	}
	last := strings.TrimLeft(words[len(words)-1], "(\"'“‘«[")
	switch strings.ToLower(last) {
	case "dr", "mr", "mrs", "ms", "st", "vs", "no", "prof":
		return true
	}
	if strings.Contains(last, ".") || len([]rune(last)) == 1 && unicode.IsUpper([]rune(last)[0]) {
		return true
	}
	return len(words) == 1 && strings.Trim(last, "0123456789") == ""
}

func hasWord(runes []rune) bool {
	for _, r := range runes {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
	}
	return false
}
