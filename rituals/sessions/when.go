package sessions

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/rituals/recur"
)

// farthest is how far ahead something can be planned.
const farthest = 2 * 366 * 24 * time.Hour

// reader reads words like "every first thursday 18:00", "tomorrow at 5pm", "2026-12-04 19:00" or "in 5 hours".
type reader struct {
	lexicon lexicon
	words   []string
	i       int

	date     time.Time // a day, as UTC
	day      int       // of a month
	month    int
	weekdays []int // 0 = Sunday
	clock    time.Duration
	hasClock bool
	in       time.Duration // from now
	again    bool          // it comes again
	unit     token         // every day, week or month
	interval int
	nth      int // which of a month's: 1 to 4, -1 = the last
	raw      string
	until    time.Time
	count    int
}

// peek returns the word n behind the one that is read.
func (r *reader) peek(n int) string {
	if r.i+n >= len(r.words) || r.i+n < 0 {
		return ""
	}
	return bare(r.words[r.i+n])
}

// bare is a word without what stands around it.
func bare(w string) string { return strings.Trim(w, ".,;:()\"'“”„«»") }

// read takes the next word, or several that belong together; false if it is none of a time.
func (r *reader) read(today time.Time) bool {
	raw, w := r.words[r.i], r.peek(0)
	if strings.HasPrefix(raw, "freq=") && r.raw == "" {
		r.raw = strings.ToUpper(strings.Trim(raw, ".,"))
		return r.step(1)
	}
	if r.readDate(raw, w) || r.readClock(w) || r.readNumber(w) {
		return true
	}
	switch t := r.lexicon[w]; {
	case t == tokenNone:
		return false
	case t >= tokenSunday && t < tokenJanuary:
		if day := int(t - tokenSunday); !slices.Contains(r.weekdays, day) {
			r.weekdays = append(r.weekdays, day)
		}
	case t >= tokenJanuary:
		r.month = int(t-tokenJanuary) + 1
	case t >= tokenFirst && t <= tokenFourth:
		r.nth = int(t-tokenFirst) + 1
	case t == tokenLast:
		r.nth = -1
	case t == tokenToday:
		r.date = today
	case t == tokenTomorrow:
		r.date = today.AddDate(0, 0, 1)
	case t == tokenNoon:
		r.clock, r.hasClock = 12*time.Hour, true
	case t == tokenEvery:
		r.again = true
	case t == tokenDaily || t == tokenWeekly || t == tokenMonthly:
		r.again, r.unit = true, t-tokenDaily+tokenDay
	case t == tokenDay || t == tokenWeek || t == tokenMonth:
		if r.nth == 2 { // every second week
			r.nth, r.interval = 0, 2
		}
		r.unit = t
	case t == tokenUntil:
		day, err := time.Parse(time.DateOnly, r.peek(1))
		r.until = day
		return err == nil && r.step(2)
	case t == tokenTimes || t == tokenMinute || t == tokenHour:
		return false // without a number
	}
	return r.step(1)
}

func (r *reader) step(n int) bool {
	r.i += n
	return true
}

// pattern compiles what a word is compared with.
func pattern(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// readDate reads "2026-12-04", "2026-12-04T19:00", "4.12." and "4.12.2026".
func (r *reader) readDate(raw, w string) bool {
	if !r.date.IsZero() {
		return false
	}
	if at, err := time.Parse("2006-01-02t15:04", w); err == nil {
		r.date = at.Truncate(24 * time.Hour)
		r.clock, r.hasClock = at.Sub(r.date), true
		return r.step(1)
	}
	if day, err := time.Parse(time.DateOnly, w); err == nil {
		r.date = day
		return r.step(1)
	}
	m := pattern(`^(\d{1,2})\.(\d{1,2})\.(\d{4})?,?$`).FindStringSubmatch(raw)
	if m == nil {
		return false
	}
	r.day, r.month = atoi(m[1]), atoi(m[2])
	if m[3] != "" {
		day := time.Date(atoi(m[3]), time.Month(r.month), r.day, 0, 0, 0, 0, time.UTC)
		if day.Day() != r.day || r.month > 12 {
			return false
		}
		r.date = day
	}
	return r.step(1)
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// readClock reads "19:00", "19.30", "19h", "7pm", "7:30 pm" and, behind "at", a bare hour.
func (r *reader) readClock(w string) bool {
	m := pattern(`^(\d{1,2})(?:[:.h](\d{2}))?(h|am|pm|uhr)?$`).FindStringSubmatch(w)
	if m == nil || r.hasClock {
		return false
	}
	n, half := 1, m[3]
	late := atoi(m[1]) > 12 // "19:00 am Freitag" is German
	if next := r.peek(1); half == "" && (!late && (next == "am" || next == "pm") || next == "uhr") {
		half, n = next, 2
	}
	isHour := r.i > 0 && r.lexicon[r.peek(-1)] == tokenAt && r.isNoUnit(r.peek(1))
	if m[2] == "" && half == "" && !isHour {
		return false // any number
	}
	if m[2] == "" && half == "h" && r.i > 0 && r.lexicon[r.peek(-1)] == tokenIn {
		return false // so many hours
	}
	hour, minute := atoi(m[1]), atoi(m[2])
	if half == "am" || half == "pm" {
		if hour < 1 || hour > 12 {
			return false
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 {
		return false
	}
	r.clock, r.hasClock = time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute, true
	return r.step(n)
}

// isNoUnit tells whether a word is none that is counted, and no month.
func (r *reader) isNoUnit(w string) bool {
	t := r.lexicon[w]
	return (t < tokenMinute || t > tokenMonth) && t < tokenJanuary
}

// readNumber reads "5 hours", "2h", "2 weeks", "4 dec", "dec 4th" and "6 times".
func (r *reader) readNumber(w string) bool {
	m := pattern(`^(\d{1,4})([a-z]*)$`).FindStringSubmatch(w)
	if m == nil {
		return false
	}
	n, isIn := atoi(m[1]), r.in > 0 || r.i > 0 && r.lexicon[r.peek(-1)] == tokenIn
	next, long := r.lexicon[m[2]], 1
	if m[2] == "" {
		next, long = r.lexicon[r.peek(1)], 2
	}
	ordinal := m[2] == "" || m[2] == "st" || m[2] == "nd" || m[2] == "rd" || m[2] == "th"
	switch {
	case n == 0:
		return false
	case isIn && next >= tokenMinute && next <= tokenWeek:
		if n > 1000 {
			return false
		}
		r.in += time.Duration(n) * []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}[next-tokenMinute]
		return r.step(long)
	case next >= tokenDay && next <= tokenMonth && r.again && n < 100:
		r.interval, r.unit = n, next
		return r.step(long)
	case next == tokenTimes && m[2] == "" && n < 500:
		r.count = n
		return r.step(long)
	case ordinal && n <= 31 && (r.month != 0 || r.lexicon[r.peek(1)] >= tokenJanuary):
		r.day = n
		return r.step(1)
	case ordinal && m[2] != "" && n <= 4 && r.lexicon[r.peek(1)] >= tokenSunday:
		r.nth = n
		return r.step(1)
	}
	return false
}

// once is one time: on a date, or on the next day of that name.
func (r *reader) once(today, now time.Time, zone *time.Location) (plan, *misread) {
	var days []time.Time
	switch {
	case r.nth != 0 || r.unit != tokenNone || r.count != 0 || !r.until.IsZero() || len(r.weekdays) > 1:
		return plan{}, &misread{key: "session.badwhen", word: clip(strings.Join(r.words, " "))}
	case !r.date.IsZero():
		days = []time.Time{r.date}
	case r.month != 0:
		for year := range 2 {
			day := time.Date(today.Year()+year, time.Month(r.month), max(r.day, 1), 0, 0, 0, 0, time.UTC)
			if r.day == 0 || day.Day() != r.day || r.month > 12 {
				return plan{}, &misread{key: "session.badwhen", word: clip(strings.Join(r.words, " "))}
			}
			days = append(days, day)
		}
	case len(r.weekdays) == 1:
		first := today.AddDate(0, 0, (r.weekdays[0]-int(today.Weekday())+7)%7)
		days = []time.Time{first, first.AddDate(0, 0, 7)}
	default:
		days = []time.Time{today, today.AddDate(0, 0, 1)}
	}
	for _, day := range days {
		wall := day.Add(r.clock)
		if at := recur.OnWall(wall, zone); at.After(now) && at.Sub(now) < farthest {
			// What the clocks skip is kept as what they show then.
			return plan{start: at.In(zone).Format(onWall)}, nil
		}
	}
	return plan{}, &misread{key: "session.past"}
}

// series is what comes again.
func (r *reader) series(today, now time.Time, zone *time.Location) (plan, *misread) {
	from := today
	if !r.date.IsZero() {
		from = r.date
	}
	wrong := &misread{key: "session.badwhen", word: clip(strings.Join(r.words, " "))}
	text := r.ruleText(from)
	rule, err := recur.Parse(text, from.Add(r.clock), zone)
	if err != nil || text == "" || r.month != 0 {
		return plan{}, wrong
	}
	after := now
	if begin := recur.OnWall(from, zone).Add(-time.Second); begin.After(after) {
		after = begin
	}
	first, ok := rule.Next(after)
	if !ok || first.Sub(now) > farthest {
		return plan{}, &misread{key: "session.past"}
	}
	wall := first.In(zone)
	start := time.Date(wall.Year(), wall.Month(), wall.Day(), 0, 0, 0, 0, time.UTC).Add(r.clock)
	return plan{start: start.Format(onWall), rule: text}, nil
}

// ruleText writes the rule; empty if there is none.
func (r *reader) ruleText(from time.Time) string {
	if r.raw != "" {
		return r.raw
	}
	names := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	var days []string
	for _, d := range r.weekdays {
		day := names[d]
		if r.nth != 0 || r.unit == tokenMonth {
			day = strconv.Itoa(cmp.Or(r.nth, 1)) + day
		}
		days = append(days, day)
	}
	by := ";BYDAY=" + strings.Join(days, ",")
	out := ""
	switch {
	case len(days) > 0 && (r.nth != 0 || r.unit == tokenMonth):
		out = "FREQ=MONTHLY" + r.every() + by
	case r.nth != 0:
		return ""
	case len(days) > 0 && (r.unit == tokenNone || r.unit == tokenWeek):
		out = "FREQ=WEEKLY" + r.every() + by
	case len(days) > 0:
		return ""
	case r.unit == tokenDay:
		out = "FREQ=DAILY" + r.every()
	case r.unit == tokenWeek:
		out = "FREQ=WEEKLY" + r.every() + ";BYDAY=" + names[from.Weekday()]
	case r.unit == tokenMonth:
		out = "FREQ=MONTHLY" + r.every() + ";BYMONTHDAY=" + strconv.Itoa(from.Day())
	default:
		return ""
	}
	if r.count > 0 {
		return out + ";COUNT=" + strconv.Itoa(r.count)
	}
	if !r.until.IsZero() {
		out += ";UNTIL=" + r.until.Format("20060102")
	}
	return out
}

func (r *reader) every() string {
	if r.interval < 2 {
		return ""
	}
	return ";INTERVAL=" + strconv.Itoa(r.interval)
}
