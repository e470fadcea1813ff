package extract

import "strings"

// tidy takes out of what was said what is not meant: fillers, noises in brackets, words said twice, and the spaces
// that transcripts put before commas. It is for calls only: what people type, they mean.
func tidy(s string) string {
	s = withoutNoise(s)
	fields := strings.Fields(s)
	out := fields[:0]
	for i := 0; i < len(fields); i++ {
		w := fields[i]
		core := strings.ToLower(strings.Trim(w, ".,;:!?-–—"))
		if skip := fillerAt(fields, i, core); skip > 0 {
			i += skip - 1
			if stop := stopOf(fields[i]); stop != "" && len(out) > 0 && stopOf(out[len(out)-1]) == "" {
				out[len(out)-1] += stop
			}
			// "the issue is, you know, tricky": its commas go with it
			if n := len(out); n > 0 && i+1 < len(fields) && strings.HasSuffix(out[n-1], ",") && strings.HasSuffix(fields[i], ",") {
				out[n-1] = strings.TrimSuffix(out[n-1], ",")
			}
			continue
		}
		if core == "" {
			if len(out) > 0 && strings.Trim(w, ".,;:!?") == "" && stopOf(out[len(out)-1]) == "" {
				out[len(out)-1] += w[:1]
			}
			continue
		}
		if n := len(out); n > 0 && isStammer(strings.TrimRight(out[n-1], ",.;"), core) {
			out[n-1] = w
			continue
		}
		if n := len(out); n > 1 && i > 1 && samePair(out[n-2], out[n-1], fields, i) {
			i++ // "we need we need": the second time is skipped
			continue
		}
		out = append(out, w)
	}
	return capital(strings.TrimLeft(strings.Join(out, " "), ",;:. "))
}

// fillerAt returns how many words from i on are a filler.
func fillerAt(fields []string, i int, core string) int {
	switch core {
	case "um", "uh", "erm", "er", "hmm", "mm", "mm-hmm", "mmhmm", "uh-huh", "uhm", "ehm", "äh", "ähm", "eh", "euh", "hm", "mhm", "ah", "eee":
		return 1
	case "you", "i":
		if i+1 >= len(fields) || stopOf(fields[i]) != "" {
			return 0
		}
		next := strings.ToLower(strings.Trim(fields[i+1], ".,;:!?-–—"))
		closed := strings.HasSuffix(fields[i+1], ",") || i+2 < len(fields) && fields[i+2] == ","
		opened := i == 0 && core == "i" || i > 0 && strings.HasSuffix(fields[i-1], ",")
		if pair := core + " " + next; (pair == "you know" || pair == "i mean") && (closed || opened) {
			return 2
		}
	}
	return 0
}

// stopOf returns the sign at the end of a word, if it is one that a filler leaves to the word before it.
func stopOf(w string) string {
	if w == "" || !strings.ContainsRune(".!?", rune(w[len(w)-1])) {
		return ""
	}
	return w[len(w)-1:]
}

// isStammer tells whether a word was only the first try at the next one: "the the", "th- the", "I- I".
func isStammer(before, core string) bool {
	b := strings.ToLower(before)
	if b == core {
		return core != "that" && core != "had" && core != "very" && core != "no"
	}
	try, broken := strings.CutSuffix(b, "-")
	return broken && try != "" && strings.HasPrefix(core, try)
}

func samePair(a, b string, fields []string, i int) bool {
	return i+1 < len(fields) && len(a)+len(b) > 4 && strings.EqualFold(a, fields[i]) && strings.EqualFold(b, fields[i+1])
}

// withoutNoise drops what transcribers note in brackets: {vocalsound}, [laughter], <cough>.
func withoutNoise(s string) string {
	if !strings.ContainsAny(s, "{[<") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		closing := byte(0)
		switch s[i] {
		case '{':
			closing = '}'
		case '[':
			closing = ']'
		case '<':
			closing = '>'
		}
		if closing != 0 {
			if end := strings.IndexByte(s[i:], closing); end > 0 && end <= 30 && !strings.Contains(s[i:i+end], "://") {
				i += end
				b.WriteByte(' ')
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// capital makes the first letter of a sentence large, if it is a plain small one.
func capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
