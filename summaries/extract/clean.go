package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one another; more are the towers that some people build.
const maxMarks = 4

// clean returns a text without what could not be seen or would turn the lines around it: control signs, signs of
// direction, invisible ones, private ones. Line ends stay, other white space becomes a space. It also breaks what
// would be a link of Markdown or a call to everybody if it were posted again.
func clean(s string) string {
	if len(s) > MaxText {
		s = s[:MaxText]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1]
		}
	}
	if plain(s) {
		return disarm(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	marks := 0
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			marks++
			if marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			b.WriteByte('\n')
		case r == '\t' || unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case isUnseen(r):
		default:
			b.WriteRune(r)
		}
	}
	return disarm(b.String())
}

// plain tells whether a text is printable ASCII with line ends, which needs no cleaning.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf-1 || c < ' ' && c != '\n' {
			return false
		}
	}
	return true
}

// isUnseen tells whether a sign has no place in a recap. The joiners stay: Urdu and families of emoji need them.
func isUnseen(r rune) bool {
	switch {
	case r == utf8.RuneError, unicode.Is(unicode.Cc, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
		return true
	case r == '\u200c' || r == '\u200d':
		return false
	case unicode.Is(unicode.Cf, r):
		return r < '\u0600' || r > '\u0605' // the signs before Arabic numbers can be seen
	case r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u034f' || r == '\u2800':
		return true // fillers, which look like nothing
	case r >= 0xfff0 && r <= 0xfff8 || r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}

// disarm breaks links of Markdown and calls to everybody.
func disarm(s string) string {
	if strings.Contains(s, "](") {
		s = strings.ReplaceAll(s, "](", "] (")
	}
	if !strings.Contains(s, "@") {
		return s
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "@")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if !callsAll(after) {
			b.WriteByte('@')
		}
		s = after
	}
}

// callsAll tells whether a text begins with a name that stands for everybody.
func callsAll(s string) bool {
	for _, all := range []string{"everyone", "here", "room", "channel", "all"} {
		if len(s) >= len(all) && strings.EqualFold(s[:len(all)], all) {
			return true
		}
	}
	return false
}

// oneLine joins the words of a text with single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cleanName returns a name that can stand before a colon.
func cleanName(s string) string {
	s = strings.TrimRight(oneLine(clean(s)), ": ")
	if name, _, mail := strings.Cut(s, " <"); mail && strings.Contains(s, "@") {
		s = strings.Trim(name, "\" ") // a name with its address
	}
	if fields := strings.Fields(s); len(fields) > 3 {
		s = strings.Join(fields[:3], " ")
	}
	if utf8.RuneCountInString(s) <= maxName {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:maxName]))
}
