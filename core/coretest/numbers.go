package coretest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// numbers are those that the house draws at random, of cases and of reporters, in the order in which it has shown them. In
// a script they are $case1, $case2 and $reporter1, so that it stays the same whatever is drawn.
type numbers struct {
	cases     []string
	reporters []string
}

var (
	newCase     = regexp.MustCompile(`(?:(?:This|it) is case |^POTLUCK Case |^edit \S+ POTLUCK Case )(\d+)`)
	anyCase     = regexp.MustCompile(`(?i)\b(case[ /])(\d+)\b`)
	anyReporter = regexp.MustCompile(`#(\d{4})\b`)
)

// hide writes the numbers in a line of the house's as the script calls them.
func (n *numbers) hide(line string) string {
	for _, m := range newCase.FindAllStringSubmatch(line, -1) {
		n.cases = learn(n.cases, m[1])
	}
	for _, m := range anyReporter.FindAllStringSubmatch(line, -1) {
		n.reporters = learn(n.reporters, m[1])
	}
	line = anyCase.ReplaceAllStringFunc(line, func(s string) string {
		m := anyCase.FindStringSubmatch(s)
		if i := slices.Index(n.cases, m[2]); i >= 0 {
			return fmt.Sprintf("%s$case%d", m[1], i+1)
		}
		return s
	})
	return anyReporter.ReplaceAllStringFunc(line, func(s string) string {
		return fmt.Sprintf("#$reporter%d", slices.Index(n.reporters, s[1:])+1)
	})
}

// fill puts the real numbers into a line of the script.
func (n *numbers) fill(line string) string {
	for i := len(n.cases); i > 0; i-- { // from the end, for $case1 begins $case12, too
		line = strings.ReplaceAll(line, fmt.Sprintf("$case%d", i), n.cases[i-1])
	}
	for i := len(n.reporters); i > 0; i-- {
		line = strings.ReplaceAll(line, fmt.Sprintf("$reporter%d", i), n.reporters[i-1])
	}
	return line
}

func learn(known []string, number string) []string {
	if slices.Contains(known, number) {
		return known
	}
	return append(known, number)
}
