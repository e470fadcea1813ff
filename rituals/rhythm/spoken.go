package rhythm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// spoken says a rule in words; one that has none is shown as it is.
func spoken(v rule.Voice, r Ritual) chat.Text {
	at := r.clockOf().String()
	parts := make(map[string]string)
	for part := range strings.SplitSeq(r.Rule, ";") {
		key, value, _ := strings.Cut(part, "=")
		parts[key] = value
	}
	n, err := strconv.Atoi(parts["INTERVAL"])
	if err != nil {
		n = 1
	}
	known := len(parts) == 1+min(len(parts["INTERVAL"]), 1)+min(len(parts["BYDAY"]), 1)+min(len(parts["BYMONTHDAY"]), 1)
	days, nth, plain := spokenDays(v, parts["BYDAY"])
	monthday, _ := strconv.Atoi(parts["BYMONTHDAY"])
	switch freq := parts["FREQ"]; {
	case !known || !plain:
	case freq == "DAILY" && len(parts) <= 2 && days == "" && monthday == 0 && n == 1:
		return v.Say("when.is.daily", "clock", at)
	case freq == "DAILY" && days == "" && monthday == 0:
		return v.Say("when.is.days", "n", n, "clock", at)
	case freq == "WEEKLY" && days != "" && nth == 0 && monthday == 0 && n == 1:
		return v.Say("when.is.weekly", "days", days, "clock", at)
	case freq == "WEEKLY" && days != "" && nth == 0 && monthday == 0:
		return v.Say("when.is.weeks", "n", n, "days", days, "clock", at)
	case freq == "MONTHLY" && n == 1 && days == "" && monthday > 0:
		return v.Say("when.is.monthday", "n", monthday, "clock", at)
	case freq == "MONTHLY" && n == 1 && days != "" && nth != 0 && monthday == 0:
		return spokenMonth(v, nth, days, at)
	}
	return v.Say("when.is.rule", "rule", r.Rule, "clock", at)
}

func spokenMonth(v rule.Voice, nth int, days, at string) chat.Text {
	switch nth {
	case 1:
		return v.Say("when.is.first", "days", days, "clock", at)
	case 2:
		return v.Say("when.is.second", "days", days, "clock", at)
	case 3:
		return v.Say("when.is.third", "days", days, "clock", at)
	case 4:
		return v.Say("when.is.fourth", "days", days, "clock", at)
	}
	return v.Say("when.is.last", "days", days, "clock", at)
}

// spokenDays says "1TH" as a day and which of the month; false if that has no words of its own.
func spokenDays(v rule.Voice, byday string) (days string, nth int, ok bool) {
	if byday == "" {
		return "", 0, true
	}
	var out []string
	for i, part := range strings.Split(byday, ",") {
		if len(part) < 2 {
			return "", 0, false
		}
		day := slices.Index(dayNames(), part[len(part)-2:])
		which, err := strconv.Atoi(part[:len(part)-2])
		if day < 0 || err != nil && len(part) > 2 || i > 0 && which != nth || which < -1 || which > 4 {
			return "", 0, false
		}
		nth = which
		out = append(out, say.Text(v.Language, shortDays()[day]).Plain)
	}
	return strings.Join(out, ", "), nth, true
}

// shortDays are the keys of the days' short names, from Sunday on.
func shortDays() []string {
	return []string{"day.0", "day.1", "day.2", "day.3", "day.4", "day.5", "day.6"}
}
