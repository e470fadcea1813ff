package rhythm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// clock is a time of day on the wall.
type clock struct{ hour, minute int }

func (c clock) String() string { return fmt.Sprintf("%02d:%02d", c.hour, c.minute) }

// plan is what somebody has typed about when a ritual comes.
type plan struct {
	rule  string // as of RFC 5545
	clock clock
	room  chat.RoomID // empty = not said
	text  string      // what stands behind it
}

// misread is what could not be understood: the key of a sentence, and the word that it is about.
type misread struct{ key, word string }

// dayNames are the days as RFC 5545 writes them, from Sunday on.
func dayNames() []string { return []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"} }

// reader reads a schedule word by word.
type reader struct {
	lexicon  lexicon
	raw      string
	freq     token // tokenDaily, tokenWeekly, tokenMonthly; tokenNone = not said
	interval int
	days     []int // 0 = Sunday
	nth      int   // which of the month's: 1 to 4, -1 = the last, 0 = not said
	monthday int
	clock    *clock
}

// readPlan reads words like "every 2 weeks on tue 19:00 in Kitchen: What did you bake?". Where nothing is said of the time
// of day it is the one given. s is the whole text that the words are of.
func readPlan(c chat.Community, language, s string, words []word, usual clock, today time.Weekday) (plan, *misread) {
	r := reader{lexicon: lexiconOf(language), interval: 1}
	p := plan{clock: usual}
	i := 0
	for ; i < len(words); i++ {
		w := words[i]
		if r.lexicon[bare(w.text)] == tokenIn && r.isSaid() {
			n, room, ok := roomIn(c, words[i+1:])
			if !ok {
				return plan{}, &misread{key: "ritual.noroom", word: tidy(joined(words[i+1 : min(len(words), i+1+max(n, 1))]))}
			}
			p.room = room
			i += n
			p.text = behind(s, words[i])
			break
		}
		n, ok := r.read(words[i:])
		if !ok {
			if !r.isSaid() {
				return plan{}, &misread{key: "ritual.when", word: clip(w.text)}
			}
			p.text = tidy(s[words[max(i-1, 0)].end:])
			break
		}
		i += n - 1
		if words[i].last {
			p.text = behind(s, words[i])
			break
		}
	}
	if r.clock != nil {
		p.clock = *r.clock
	}
	var wrong *misread
	p.rule, wrong = r.rule(today)
	return p, wrong
}

// roomIn reads the name of a room up to a colon or the end; n is how many words it has.
func roomIn(c chat.Community, words []word) (n int, room chat.RoomID, ok bool) {
	for n < len(words) {
		n++
		if words[n-1].last {
			break
		}
	}
	if n == 0 {
		return 0, "", false
	}
	room, ok = roomNamed(c, joined(words[:n]))
	return n, room, ok
}

func joined(words []word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.text)
	}
	return clip(strings.TrimRight(strings.Join(out, " "), ":"))
}

// clip makes what somebody has typed short enough to be said back.
func clip(s string) string {
	if r := []rune(s); len(r) > 2*maxName {
		return string(r[:2*maxName]) + "…"
	}
	return s
}

// isSaid tells whether it is known how often it comes.
func (r *reader) isSaid() bool {
	return r.raw != "" || r.freq != tokenNone || len(r.days) > 0 || r.monthday != 0
}

// read takes the next word, or several that belong together; false if it is none of a schedule.
func (r *reader) read(words []word) (n int, ok bool) {
	w := bare(words[0].text)
	if raw := strings.ToUpper(strings.TrimRight(words[0].text, ":,.;")); strings.HasPrefix(raw, "FREQ=") && r.raw == "" {
		r.raw = raw
		return 1, true
	}
	if c, n, ok := r.clockIn(words); ok {
		if r.clock != nil {
			return 0, false
		}
		r.clock = &c
		return n, true
	}
	if n, ok := r.numberIn(words, w); ok {
		return n, true
	}
	if t := r.lexicon[w]; t != tokenNone || !strings.Contains(w, ",") {
		return 1, r.take(t)
	}
	days := strings.Split(w, ",") // "sat,sun"
	if slices.ContainsFunc(days, func(d string) bool { return r.lexicon[d] < tokenSunday }) {
		return 0, false
	}
	for _, d := range days {
		r.take(r.lexicon[d])
	}
	return 1, true
}

// take notes what one word says.
func (r *reader) take(t token) bool {
	switch {
	case t == tokenNone || t == tokenIn || t == tokenNoon:
		return false
	case t == tokenEvery || t == tokenSkip:
		return true
	case t == tokenOther:
		r.interval = 2
	case t >= tokenSunday:
		if day := int(t - tokenSunday); !slices.Contains(r.days, day) {
			r.days = append(r.days, day)
		}
	case t == tokenWorkday:
		r.days = []int{1, 2, 3, 4, 5}
	case t >= tokenFirst && t <= tokenFourth:
		r.nth = int(t-tokenFirst) + 1
	case t == tokenLast:
		r.nth = -1
	case t == tokenDaily || t == tokenDay:
		if r.nth == 2 { // every second day
			r.nth, r.interval = 0, 2
		}
		r.freq = tokenDaily
	case t == tokenWeekly || t == tokenWeek:
		if r.nth == 2 { // every second week
			r.nth, r.interval = 0, 2
		}
		r.freq = tokenWeekly
	case t == tokenMonthly || t == tokenMonth:
		r.freq = tokenMonthly
	}
	return true
}

// numberIn reads "2 weeks", "day 15" and "15th".
func (r *reader) numberIn(words []word, w string) (n int, ok bool) {
	if day, ok := ordinal(w); ok && r.lexicon[w] == tokenNone {
		r.monthday, r.freq = day, tokenMonthly
		return 1, true
	}
	if len(words) < 2 || words[0].last {
		return 0, false
	}
	next := bare(words[1].text)
	if number, err := strconv.Atoi(w); err == nil && number >= 1 && number <= 365 {
		if t := r.lexicon[next]; t == tokenDay || t == tokenWeek || t == tokenMonth {
			r.interval = number
			return 2, r.take(t)
		}
	}
	number, err := strconv.Atoi(next)
	if r.lexicon[w] != tokenDay || err != nil || number < 1 || number > 31 {
		return 0, false
	}
	r.monthday, r.freq = number, tokenMonthly
	return 2, true
}

// ordinal reads "15th" and the like.
func ordinal(w string) (int, bool) {
	for _, end := range []string{"st", "nd", "rd", "th"} {
		if digits, ok := strings.CutSuffix(w, end); ok {
			n, err := strconv.Atoi(digits)
			return n, err == nil && n >= 1 && n <= 31
		}
	}
	return 0, false
}

// clockIn reads "9:00", "19.30", "19h", "7pm", "7:30 pm", "noon" and, where no unit follows, a bare hour.
func (r *reader) clockIn(words []word) (c clock, n int, ok bool) {
	w := bare(words[0].text)
	if r.lexicon[w] == tokenNoon {
		return clock{hour: 12}, 1, true
	}
	m := regexp.MustCompile(`^(\d{1,2})(?:[:.h](\d{2}))?(h|am|pm|uhr)?$`).FindStringSubmatch(w)
	if m == nil {
		return clock{}, 0, false
	}
	n, half := 1, m[3]
	if len(words) > 1 && !words[0].last {
		next := bare(words[1].text)
		switch t := r.lexicon[next]; {
		case half == "" && (len(m[1]) < 2 || m[1] <= "12") && (next == "am" || next == "pm") || half == "" && next == "uhr":
			half, n = next, 2
		case m[2] == "" && half == "" && (t == tokenDay || t == tokenWeek || t == tokenMonth):
			return clock{}, 0, false // a number of those
		}
	}
	c.hour, _ = strconv.Atoi(m[1])
	c.minute, _ = strconv.Atoi("0" + m[2])
	if half == "am" || half == "pm" {
		if c.hour < 1 || c.hour > 12 {
			return clock{}, 0, false
		}
		c.hour %= 12
		if half == "pm" {
			c.hour += 12
		}
	}
	return c, n, c.hour < 24 && c.minute < 60
}

// maxRule is the most bytes of a rule that is typed as such.
const maxRule = 120

// rule writes what was read as a rule of RFC 5545.
func (r *reader) rule(today time.Weekday) (string, *misread) {
	days := make([]string, 0, len(r.days))
	for _, d := range r.days {
		name := dayNames()[d]
		if r.nth != 0 {
			name = strconv.Itoa(r.nth) + name
		}
		days = append(days, name)
	}
	every := ""
	if r.interval > 1 {
		every = ";INTERVAL=" + strconv.Itoa(r.interval)
	}
	by := ";BYDAY=" + strings.Join(days, ",")
	switch {
	case len(r.raw) > maxRule:
		return "", &misread{key: "ritual.when", word: clip(r.raw)}
	case r.raw != "":
		return r.raw, nil
	case !r.isSaid():
		return "", &misread{key: "ritual.how"}
	case r.monthday != 0:
		return "FREQ=MONTHLY" + every + ";BYMONTHDAY=" + strconv.Itoa(r.monthday), nil
	case r.nth != 0 && len(days) > 0:
		return "FREQ=MONTHLY" + every + by, nil
	case r.freq == tokenMonthly && len(days) > 0:
		return "FREQ=MONTHLY" + every + ";BYDAY=1" + strings.Join(days, ",1"), nil
	case r.freq == tokenMonthly && r.nth == -1:
		return "FREQ=MONTHLY" + every + ";BYMONTHDAY=-1", nil
	case r.freq == tokenMonthly:
		return "FREQ=MONTHLY" + every + ";BYMONTHDAY=1", nil
	case len(days) > 0:
		return "FREQ=WEEKLY" + every + by, nil
	case r.freq == tokenDaily:
		return "FREQ=DAILY" + every, nil
	}
	return "FREQ=WEEKLY" + every + ";BYDAY=" + dayNames()[today], nil
}
