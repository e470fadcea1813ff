package extract

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// address finds out whom each line addresses, and how common that is here.
func (r *recap) address() {
	index := r.callNames()
	r.names = index
	addressed := 0
	for i := range r.lines {
		l := &r.lines[i]
		l.to, l.strange = calls(l.text, index, l.author, r.lex)
		if len(l.to) > 0 || l.strange {
			addressed++
		}
	}
	if len(r.lines) > 0 {
		r.called = float64(addressed) / float64(len(r.lines))
	}
}

// ambiguous marks a name by which two authors may be called.
const ambiguous = -1

// callNames returns by which words authors can be called: the whole name, and the first of several if it is only one
// author's.
func (r *recap) callNames() map[string]int {
	index := map[string]int{}
	for a, name := range r.authors {
		if n := nick(name); n != "" {
			index[n] = a
		}
	}
	for a, name := range r.authors {
		first, _, several := strings.Cut(name, " ")
		n := nick(first)
		if !several || utf8.RuneCountInString(n) < 2 {
			continue
		}
		if before, taken := index[n]; taken && before != a {
			index[n] = ambiguous
		} else {
			index[n] = a
		}
	}
	return index
}

// nick returns a name as it is compared, without what people hang on it ("ann_", "ann|away").
func nick(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "|")
	return strings.Trim(name, "@_-`^~ ,:;.!?<>()\"'*")
}

// calls returns the authors whom a text addresses: "ann: …", "@ann", "thanks ann"; and whether it begins by
// addressing somebody else.
func calls(text string, index map[string]int, author int, lex *lexicon) (to []int, strange bool) {
	fields := strings.Fields(text)
	add := func(n string) bool {
		a, ok := index[n]
		if !ok || a == ambiguous || a == author || slices.Contains(to, a) {
			return false
		}
		to = append(to, a)
		return true
	}
	if len(fields) == 0 {
		return nil, false
	}
	first := fields[0]
	n := nick(first)
	isCalled := len(first) > 1 && strings.ContainsRune(":,", rune(first[len(first)-1]))
	switch {
	case isCalled && add(n), !isCalled && isName(n, lex) && add(n):
	case isCalled && first[len(first)-1] == ':' && len(fields) > 1 && looksLikeNick(first, lex):
		strange = true
	}
	for _, f := range fields[1:min(len(fields), 200)] {
		if f[0] == '@' && len(f) > 1 {
			add(nick(f))
		}
	}
	if first[0] == '@' {
		add(n)
	}
	if len(to) == 0 && len(fields) > 1 {
		if n := nick(fields[len(fields)-1]); isName(n, lex) && len(fields) <= 12 {
			add(n)
		}
		if n := nick(fields[1]); isName(n, lex) && strings.ContainsRune(",:!", rune(fields[1][len(fields[1])-1])) {
			add(n) // "hi ann, …"
		}
	}
	return to, strange
}

// isName tells whether a word is no everyday word, so that without a colon it still can be meant as a name.
func isName(n string, lex *lexicon) bool {
	return utf8.RuneCountInString(n) >= 3 && !has(lex.stop, n) && !has(lex.days, n) && !has(lex.acks, n) && !has(lex.hails, n)
}

// looksLikeNick tells whether "word:" is more likely somebody's name than a heading like "Note:".
func looksLikeNick(w string, lex *lexicon) bool {
	n := nick(w)
	if !isName(n, lex) || strings.Contains(w, "/") {
		return false
	}
	switch n {
	case "note", "edit", "update", "error", "warning", "question", "todo", "btw", "fyi", "ps", "p.s", "http", "https", "answer", "summary", "ps2":
		return false
	}
	return true
}

// withoutCall takes the address from the beginning of a text if it is that of somebody here: a quotation says who
// speaks, and to whom is seen from what stands before it.
func (r *recap) withoutCall(text string) string {
	first, rest, ok := strings.Cut(text, " ")
	if !ok || first == "" || !strings.ContainsRune(":,", rune(first[len(first)-1])) && first[0] != '@' {
		return text
	}
	if a, known := r.names[nick(first)]; !known || a == ambiguous || strings.TrimLeft(rest, " ,:-") == "" {
		return text
	}
	return strings.TrimLeft(rest, " ,:-")
}
