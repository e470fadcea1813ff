package extract

import (
	"strings"
	"unicode/utf8"
)

// ellipsis stands where something was left out.
const ellipsis = "…"

// longestWord is the length in bytes of the longest word that is quoted whole.
const longestWord = 200

// shorten cuts a text to a number of words, at the end of a clause where there is one in its second half, and never
// inside a word.
func shorten(text string, limit int, lex *lexicon) string {
	text = manageable(text)
	if limit <= 0 {
		return ""
	}
	if count(text) <= limit {
		return text
	}
	if isDenseText(text) {
		return shortenDense(text, limit)
	}
	fields := strings.Fields(text)
	end, used := 0, 0
	for end < len(fields) && used+count(fields[end]) <= limit {
		used += count(fields[end])
		end++
	}
	if end == 0 {
		return ""
	}
	for i := end; i > 0 && 5*i >= 3*end; i-- {
		if endsClause(fields[i-1]) || i < len(fields) && i > 2 && joins(fields[i]) {
			return finish(fields[:i])
		}
	}
	for i := end; i > 1 && 4*i >= 3*end; i-- { // not "… in the…"
		if !has(lex.stop, fold(strings.ToLower(fields[i-1]))) {
			return finish(fields[:i])
		}
	}
	return finish(fields[:end])
}

// finish joins the words of a text that goes on, and says so.
func finish(fields []string) string {
	s := strings.TrimRight(strings.Join(fields, " "), ",;:–—-(،؛ ")
	last, _ := utf8.DecodeLastRuneInString(s)
	if isStop(last) || isCloser(last) {
		return s // it is a whole sentence
	}
	return s + ellipsis
}

// shortenDense cuts a text whose words are not told apart by spaces, after a sign that ends a clause if it can.
func shortenDense(text string, limit int) string {
	end, clause := 0, 0
	for i, r := range text {
		n := i + utf8.RuneLen(r)
		if count(text[:n]) > limit {
			break
		}
		end = n
		if endsClause(string(r)) {
			clause = n
		}
	}
	if 2*clause >= end {
		end = clause
	}
	s := strings.TrimRight(text[:end], "，,、；; ")
	if last, _ := utf8.DecodeLastRuneInString(s); s == "" || isStop(last) {
		return s
	}
	return s + ellipsis
}

// isDenseText tells whether most of a text has no spaces between words.
func isDenseText(s string) bool {
	dense, all := 0, 0
	for _, r := range s {
		if isDense(r) {
			dense++
		}
		all++
	}
	return 3*dense > all
}

// manageable takes out words that are too long to be words.
func manageable(s string) string {
	if len(s) <= longestWord {
		return s
	}
	fields := strings.Fields(s)
	changed := false
	for i, f := range fields {
		if len(f) > longestWord && !isDenseText(f) {
			fields[i], changed = ellipsis, true
		}
	}
	if !changed {
		return s
	}
	return strings.Join(fields, " ")
}

// chunks splits a sentence that is longer than a number of words into parts that are not, between clauses where
// that can be.
func chunks(s string, limit int, lex *lexicon) []string {
	if count(s) <= limit {
		return []string{s}
	}
	if isDenseText(s) {
		return denseChunks(s, limit)
	}
	var out []string
	part := ""
	for _, c := range clauses(s) {
		for count(c) > limit { // one clause alone is too long
			head := strings.TrimSuffix(shorten(c, limit, lex), ellipsis)
			if head == "" || !strings.HasPrefix(c, head) {
				return append(out, shorten(c, limit, lex))
			}
			if part != "" {
				out, part = append(out, part), ""
			}
			out = append(out, head)
			c = strings.TrimLeft(c[len(head):], " ,;:–—-،؛")
		}
		switch {
		case part == "":
			part = c
		case count(part)+count(c) <= limit:
			part += " " + c
		default:
			out, part = append(out, part), c
		}
	}
	if part != "" {
		out = append(out, part)
	}
	return out
}

func denseChunks(s string, limit int) []string {
	var out []string
	for s != "" {
		head := strings.TrimSuffix(shorten(s, limit, nil), ellipsis)
		if head == "" || !strings.HasPrefix(s, head) {
			break
		}
		out = append(out, head)
		s = strings.TrimLeft(s[len(head):], "，,、；;：… ")
	}
	return out
}
