package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentences splits a paragraph at the ends of its sentences. Joined with spaces (scripts that use them), the parts
// hold all words of the paragraph.
func sentences(s string) []string {
	s = strings.TrimSpace(s)
	var out []string
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isStop(r) {
			i += n
			continue
		}
		end := i + n
		for end < len(s) { // "?!", "...", and what closes
			next, n := utf8.DecodeRuneInString(s[end:])
			if !isStop(next) && !isCloser(next) {
				break
			}
			end += n
		}
		if isEnd(s, start, i, end, r) {
			if part := strings.TrimSpace(s[start:end]); part != "" {
				out = append(out, part)
			}
			start = end
		}
		i = end
	}
	if part := strings.TrimSpace(s[start:]); part != "" {
		out = append(out, part)
	}
	return out
}

// isStop tells whether a sign can end a sentence: Latin, Chinese and Japanese, Urdu, Hindi.
func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '。', '！', '？', '．', '\u06d4', '\u061f', '।':
		return true
	}
	return false
}

func isCloser(r rune) bool {
	switch r {
	case '"', '\'', ')', ']', '”', '’', '»', '」', '』', '）':
		return true
	}
	return false
}

// isEnd tells whether the stop r at s[i:end] ends the sentence that began at start.
func isEnd(s string, start, i, end int, r rune) bool {
	if end >= len(s) {
		return true
	}
	switch r {
	case '。', '！', '？', '\u06d4', '\u061f', '।':
		return true
	}
	if s[end] != ' ' {
		return false // 3.5, example.org, a.m.
	}
	if r != '.' && r != '…' || i > start && s[i-1] == ' ' { // transcripts put a space before each stop
		return true
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(s[end:], " \"'(“„«¿¡"))
	if unicode.IsLower(next) {
		return false
	}
	if end-i > 1 {
		return true
	}
	from := strings.LastIndexByte(s[start:i], ' ') + 1 + start
	return !isAbbreviation(s[from:i], next)
}

// isAbbreviation tells whether a word before a full stop is one that has it anyway.
func isAbbreviation(w string, next rune) bool {
	w = strings.TrimLeft(w, "(\"'")
	if r, n := utf8.DecodeRuneInString(w); n == len(w) && n > 0 && unicode.IsUpper(r) {
		return true // an initial
	}
	if w != "" && len(w) <= 2 && strings.Trim(w, "0123456789") == "" && unicode.IsUpper(next) {
		return true // German and French: 3. Mai
	}
	switch strings.ToLower(w) {
	case "mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "e.g", "i.e", "eg", "ie", "no", "nr", "approx", "dept", "inc", "ltd",
		"jr", "sr", "fig", "z.b", "d.h", "bzw", "ca", "usw", "u.a", "sra", "srta", "ud", "uds", "av", "pág", "p.ej", "p.m", "a.m", "str":
		return unicode.IsLetter(next) || unicode.IsDigit(next)
	}
	return false
}

// clauses splits a sentence after commas and the like, and before words that join clauses.
func clauses(s string) []string {
	fields := strings.Fields(s)
	var out []string
	start := 0
	for i := 1; i < len(fields); i++ {
		if i-start >= 3 && (endsClause(fields[i-1]) || joins(fields[i])) {
			out = append(out, strings.Join(fields[start:i], " "))
			start = i
		}
	}
	if start < len(fields) {
		out = append(out, strings.Join(fields[start:], " "))
	}
	return out
}

// endsClause tells whether a word has a sign behind it at which a reader takes breath.
func endsClause(w string) bool {
	r, _ := utf8.DecodeLastRuneInString(w)
	return strings.ContainsRune(",;:.!?)–—،؛۔؟，；：。！？、…", r)
}

// joins tells whether a word begins a new clause, so that the text before it can stand alone.
func joins(w string) bool {
	switch strings.ToLower(w) {
	case "and", "but", "so", "because", "which", "although", "though", "while", "unless", "whereas", "–", "—", "-",
		"und", "aber", "weil", "denn", "sondern", "damit", "y", "pero", "porque", "aunque", "mientras", "e", "mas", "embora",
		"enquanto", "et", "mais", "parce", "donc", "tandis", "اور", "لیکن", "مگر", "کیونکہ", "تاکہ":
		return true
	}
	return false
}
