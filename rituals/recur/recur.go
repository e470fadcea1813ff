// Package recur computes when something that comes again happens next: recurrence rules as of RFC 5545 on the clock on the
// wall of a time zone. It is pure; it does not know what happens, nor what time it is now.
//
// Why on the wall's clock: what is at seven stays at seven when the clocks change. The rule is computed as if there were no
// zones, and each time that comes out is then looked for in the zone: where it is there twice it is the first, where it is
// skipped it is the first moment behind the gap.
package recur

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// ErrRule is wrapped for what is no recurrence that can be kept.
var ErrRule = errors.New("not a recurrence")

// maxRule is the most bytes of a rule that is read.
const maxRule = 500

// Recurrence is something that comes again.
type Recurrence struct {
	rule  *rrule.RRule
	text  string
	start time.Time // on the wall, written as UTC
	zone  *time.Location
}

// Parse reads a rule like "FREQ=WEEKLY;BYDAY=MO" that starts with a date and a time on the wall of a zone; start's own zone
// says nothing. Allowed are FREQ=DAILY, WEEKLY and MONTHLY with INTERVAL, BYDAY (with a number for months), BYMONTHDAY,
// BYSETPOS, UNTIL and COUNT; weeks start on Monday unless WKST says otherwise. An empty rule happens once, at its start.
// Errors wrap ErrRule.
func Parse(rule string, start time.Time, zone *time.Location) (Recurrence, error) {
	wall := time.Date(start.Year(), start.Month(), start.Day(), start.Hour(), start.Minute(), start.Second(), 0, time.UTC)
	r := Recurrence{text: rule, start: wall, zone: zone}
	if rule == "" {
		return r, nil
	}
	if err := allowed(rule); err != nil {
		return Recurrence{}, err
	}
	option, err := rrule.StrToROption(rule)
	if err != nil {
		return Recurrence{}, fmt.Errorf("read %q: %w: %w", rule, ErrRule, err)
	}
	if option.Interval < 0 || option.Interval > 1000 || option.Count < 0 {
		return Recurrence{}, fmt.Errorf("read %q: its numbers: %w", rule, ErrRule)
	}
	if !strings.Contains(rule, "WKST=") {
		option.Wkst = rrule.MO
	}
	if !option.Until.IsZero() { // an instant; on the wall it is this
		if strings.Contains(rule, "Z") {
			local := option.Until.In(zone)
			option.Until = time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
		}
		if !strings.Contains(untilOf(rule), "T") { // a day is meant to its end
			option.Until = option.Until.Add(24*time.Hour - time.Second)
		}
	}
	option.Dtstart = wall
	if r.rule, err = rrule.NewRRule(*option); err != nil {
		return Recurrence{}, fmt.Errorf("read %q: %w: %w", rule, ErrRule, err)
	}
	return r, nil
}

// untilOf returns the value of UNTIL.
func untilOf(rule string) string {
	_, until, _ := strings.Cut(rule, "UNTIL=")
	until, _, _ = strings.Cut(until, ";")
	return until
}

// allowed refuses what a community's rhythm does not need, and what could keep a computer busy.
func allowed(rule string) error {
	if len(rule) > maxRule {
		return fmt.Errorf("read a rule of %d bytes: %w", len(rule), ErrRule)
	}
	frequency := ""
	for part := range strings.SplitSeq(rule, ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "FREQ":
			frequency = value
		case "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "UNTIL", "COUNT", "WKST":
		default:
			return fmt.Errorf("read %q: %q: %w", rule, key, ErrRule)
		}
	}
	switch frequency {
	case "DAILY", "WEEKLY", "MONTHLY":
		return nil
	}
	return fmt.Errorf("read %q: FREQ is DAILY, WEEKLY or MONTHLY: %w", rule, ErrRule)
}

// String returns the rule as it was given.
func (r Recurrence) String() string { return r.text }

// horizon is how far Next looks: a rule that has nothing for so long never comes.
const horizon = 50 * 366 * 24 * time.Hour

// Next returns the first time after an instant; false if there is none any more.
func (r Recurrence) Next(after time.Time) (time.Time, bool) {
	// Two times on the wall can be out of order as instants by a change of the clocks, so the search begins a day before.
	local := after.In(r.zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC).Add(-24 * time.Hour)
	for {
		next, ok := r.nextOnWall(wall)
		if !ok {
			return time.Time{}, false
		}
		if at := OnWall(next, r.zone); at.After(after) {
			return at, true
		}
		wall = next
	}
}

func (r Recurrence) nextOnWall(after time.Time) (time.Time, bool) {
	if r.rule == nil {
		return r.start, r.start.After(after)
	}
	next := r.rule.After(after, false)
	return next, !next.IsZero() && next.Sub(after) < horizon
}

// Between returns the times from one instant (included) until another (not included), at most limit.
func (r Recurrence) Between(from, until time.Time, limit int) []time.Time {
	var out []time.Time
	at := from.Add(-time.Nanosecond)
	for len(out) < limit {
		next, ok := r.Next(at)
		if !ok || !next.Before(until) {
			return out
		}
		out, at = append(out, next), next
	}
	return out
}

// OnWall returns the instant at which the clocks of a zone show a date and time; wall's own zone says nothing. A time that
// the clocks show twice is the first, one that they skip is the first moment that they show again.
func OnWall(wall time.Time, zone *time.Location) time.Time {
	asUTC := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, time.UTC)
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before := asUTC.Add(-offset(asUTC.Add(-24 * time.Hour)))
	if before.Add(offset(before)).Equal(asUTC) {
		return before
	}
	after := asUTC.Add(-offset(asUTC.Add(24 * time.Hour)))
	if after.Add(offset(after)).Equal(asUTC) {
		return after
	}
	gap, _ := before.In(zone).ZoneBounds()
	return gap.UTC()
}
