package say

import (
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Time returns a time as people of a language write it, in the zone that it is in: "Tue 3 Mar 14:05".
func Time(language string, t time.Time) chat.Text {
	return Text(language, "time", "day", Text(language, fmt.Sprintf("day.%d", int(t.Weekday()))), "date", t.Day(),
		"month", Text(language, fmt.Sprintf("month.%d", int(t.Month()))), "clock", t.Format("15:04"))
}

// Duration returns a duration in its two largest units, rounded up to a minute: "2 d 4 h", "30 min".
func Duration(language string, d time.Duration) chat.Text {
	minutes := int((d + time.Minute - 1) / time.Minute)
	if minutes < 1 {
		minutes = 1
	}
	var out []string
	for _, u := range []struct {
		key     string
		minutes int
	}{{"unit.day", 24 * 60}, {"unit.hour", 60}, {"unit.minute", 1}} {
		if n := minutes / u.minutes; n > 0 && len(out) < 2 {
			out = append(out, Text(language, u.key, "n", n).Plain)
			minutes -= n * u.minutes
		} else if len(out) > 0 {
			break
		}
	}
	return chat.Plain(strings.Join(out, " "))
}

// Level returns the name of a level in a language.
func Level(language string, l chat.Level) chat.Text { return Text(language, "level."+l.String()) }
