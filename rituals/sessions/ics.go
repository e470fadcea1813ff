package sessions

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How RFC 5545 writes times.
const (
	inUTC    = "20060102T150405Z"
	inZone   = "20060102T150405"
	lineSize = 75 // octets of a line, section 3.1
)

// page writes a calendar as RFC 5545 has it: lines that end with CR LF, none longer than 75 octets.
type page struct{ bytes.Buffer }

// line writes "NAME;PARAMETERS:VALUE" and folds it, never within a character.
func (p *page) line(name, value string) {
	rest, room := name+":"+value, lineSize
	if strings.ContainsAny(rest, "\r\n") { // nobody gets to write a line of his own
		rest = strings.NewReplacer("\r", "", "\n", "").Replace(rest)
	}
	for len(rest) > room {
		n := room
		for n > 1 && !utf8.RuneStart(rest[n]) {
			n--
		}
		p.WriteString(rest[:n])
		p.WriteString("\r\n ")
		rest, room = rest[n:], lineSize-1 // the space counts
	}
	p.WriteString(rest)
	p.WriteString("\r\n")
}

// text writes a value that people read.
func (p *page) text(name, value string) {
	if value != "" {
		p.line(name, escaped(value))
	}
}

// escaped writes a text as section 3.3.11 has it, without characters that a text cannot have.
func escaped(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// event is one VEVENT.
type event struct {
	uid      string
	sequence int
	changed  time.Time
	title    string
	text     string
	place    string
	status   string // CONFIRMED, TENTATIVE or CANCELLED
	free     bool   // it takes nobody's time
	start    time.Time
	length   time.Duration
	// zone is set where the times are those on its wall: rule is then how it comes again, without are the dates that are
	// left out, and instead the one that this event takes the place of.
	zone    *time.Location
	rule    string
	without []time.Time
	instead time.Time
}

// at writes a property that is a time.
func (e event) at(p *page, name string, at time.Time) {
	if e.zone == nil || isUTC(e.zone) {
		p.line(name, at.UTC().Format(inUTC))
		return
	}
	p.line(name+";TZID="+e.zone.String(), at.In(e.zone).Format(inZone))
}

func isUTC(z *time.Location) bool {
	return z.String() == "UTC" || z.String() == "" || z.String() == "Local"
}

func (e event) write(p *page) {
	p.line("BEGIN", "VEVENT")
	p.line("UID", e.uid)
	p.line("DTSTAMP", e.changed.UTC().Format(inUTC))
	p.line("LAST-MODIFIED", e.changed.UTC().Format(inUTC))
	p.line("SEQUENCE", strconv.Itoa(e.sequence))
	if !e.instead.IsZero() {
		e.at(p, "RECURRENCE-ID", e.instead)
	}
	e.at(p, "DTSTART", e.start)
	e.at(p, "DTEND", e.start.Add(e.length))
	if e.rule != "" {
		p.line("RRULE", e.rule)
	}
	for _, at := range e.without {
		e.at(p, "EXDATE", at)
	}
	p.text("SUMMARY", e.title)
	p.text("DESCRIPTION", e.text)
	p.text("LOCATION", e.place)
	p.line("STATUS", e.status)
	if e.free {
		p.line("TRANSP", "TRANSPARENT")
	}
	p.line("END", "VEVENT")
}

// calendar writes all of them, with the zones that they are in. Without events it has a zone at least: a calendar without
// anything in it is none.
func calendar(name string, events []event, now time.Time) []byte {
	p := new(page)
	p.line("BEGIN", "VCALENDAR")
	p.line("VERSION", "2.0")
	p.line("PRODID", "-//Potluck//Calendar//EN")
	p.line("CALSCALE", "GREGORIAN")
	p.line("METHOD", "PUBLISH")
	p.text("X-WR-CALNAME", name)
	p.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	p.line("X-PUBLISHED-TTL", "PT1H")
	from := make(map[string]time.Time)
	zones := []*time.Location{}
	for _, e := range events {
		if e.zone == nil || isUTC(e.zone) {
			continue
		}
		first, known := from[e.zone.String()]
		if !known {
			zones = append(zones, e.zone)
		}
		if !known || e.start.Before(first) {
			from[e.zone.String()] = e.start
		}
	}
	if len(events) == 0 {
		zones = append(zones, time.UTC)
	}
	for _, z := range zones {
		writeZone(p, z, from[z.String()].AddDate(0, 0, -1), now)
	}
	for _, e := range events {
		e.write(p)
	}
	p.line("END", "VCALENDAR")
	return p.Bytes()
}

// zoneYears is for how long a feed says what the clocks of a zone do. It is counted from the begin of a year, so that the
// feed stays the same for that year.
const zoneYears = 5

// writeZone tells what the clocks of a zone show, one observance for each change of them.
func writeZone(p *page, z *time.Location, from, now time.Time) {
	until := time.Date(now.Year()+zoneYears, 1, 1, 0, 0, 0, 0, time.UTC)
	p.line("BEGIN", "VTIMEZONE")
	p.line("TZID", z.String())
	for at := from; at.Before(until); {
		begin, end := at.In(z).ZoneBounds()
		name, offset := at.In(z).Zone()
		before := offset
		local := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		if !begin.IsZero() {
			_, before = begin.Add(-time.Second).In(z).Zone()
			local = begin.UTC().Add(time.Duration(before) * time.Second) // by the clock that was in use until then
		}
		kind := "STANDARD"
		if at.In(z).IsDST() {
			kind = "DAYLIGHT"
		}
		p.line("BEGIN", kind)
		p.line("DTSTART", local.Format(inZone))
		p.line("TZOFFSETFROM", offsetText(before))
		p.line("TZOFFSETTO", offsetText(offset))
		p.text("TZNAME", name)
		p.line("END", kind)
		if end.IsZero() {
			break
		}
		at = end
	}
	p.line("END", "VTIMEZONE")
}

// offsetText writes "+0530".
func offsetText(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	pad := func(n int) string { return string(rune('0'+n/10)) + string(rune('0'+n%10)) }
	out := sign + pad(seconds/3600) + pad(seconds/60%60)
	if seconds%60 != 0 {
		out += pad(seconds % 60)
	}
	return out
}
