package rule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// QuietSetting is the community's setting that names its quiet weeks: days from and to, both included, in its zone, like
// "2026-12-21..2027-01-03", several separated by commas.
const QuietSetting = "quiet"

// maxQuiet is the most quiet times that are kept.
const maxQuiet = 20

// Days are a time from one day until another, both included, on the calendar of a zone.
type Days struct{ First, Last time.Time } // midnight, as UTC

// ErrDays is wrapped for what is no such time.
var ErrDays = errors.New("not days")

// ParseDays reads "2026-12-21..2027-01-03", or one day alone. At most a year. Errors wrap ErrDays.
func ParseDays(s string) (Days, error) {
	first, last, both := strings.Cut(strings.TrimSpace(s), "..")
	if !both {
		last = first
	}
	from, err1 := time.Parse(time.DateOnly, strings.TrimSpace(first))
	to, err2 := time.Parse(time.DateOnly, strings.TrimSpace(last))
	if err1 != nil || err2 != nil || to.Before(from) || to.Sub(from) > 366*24*time.Hour {
		return Days{}, fmt.Errorf("read days %.40q: %w", s, ErrDays)
	}
	return Days{First: from, Last: to}, nil
}

// String writes days as ParseDays reads them.
func (d Days) String() string {
	return d.First.Format(time.DateOnly) + ".." + d.Last.Format(time.DateOnly)
}

// Has tells whether a moment is within the days, in a zone.
func (d Days) Has(at time.Time, zone *time.Location) bool {
	local := at.In(zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	return !day.Before(d.First) && !day.After(d.Last)
}

// QuietDays returns the community's quiet times, as they were set; what cannot be read is left out.
func QuietDays(c chat.Community) []Days {
	var out []Days
	for part := range strings.SplitSeq(c.Setting(QuietSetting, ""), ",") {
		if d, err := ParseDays(part); err == nil && len(out) < maxQuiet {
			out = append(out, d)
		}
	}
	return out
}

// Quiet tells whether a moment is in a quiet week: then the house begins nothing by itself. Reports and their clocks go on.
func Quiet(c chat.Community, at time.Time) bool {
	zone := c.Zone()
	for _, d := range QuietDays(c) {
		if d.Has(at, zone) {
			return true
		}
	}
	return false
}

// Away tells whether a member is not to be asked for anything now: a pause of his own, or a time-out.
func Away(card chat.Card, at time.Time) bool {
	if card.Settings["paused"] == "on" {
		return true
	}
	kind, end, _ := strings.Cut(card.Settings["sanction"], " ")
	if kind == "ban" {
		return true
	}
	until, err := time.Parse(time.RFC3339, end)
	return kind == "timeout" && err == nil && at.Before(until)
}
