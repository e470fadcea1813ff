package recur_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/potluck-chat/potluck/rituals/recur"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// days writes times as the examples of RFC 5545, section 3.8.5.3, do: months and days, with the offset where it changes.
func days(times []time.Time, z *time.Location) string {
	var out []string
	for _, at := range times {
		out = append(out, at.In(z).Format("2006-01-02 15:04 MST"))
	}
	return strings.Join(out, ", ")
}

// TestExamplesOfTheStandard are those of RFC 5545, section 3.8.5.3, that a community's rhythm can have.
func TestExamplesOfTheStandard(t *testing.T) {
	ny := zone(t, "America/New_York")
	for _, test := range []struct {
		name, rule, start string
		n                 int
		want              []string // dates; all at nine
	}{
		{"daily for 10 occurrences", "FREQ=DAILY;COUNT=10", "1997-09-02", 20, []string{
			"1997-09-02", "1997-09-03", "1997-09-04", "1997-09-05", "1997-09-06", "1997-09-07", "1997-09-08", "1997-09-09", "1997-09-10", "1997-09-11",
		}},
		{"every other day", "FREQ=DAILY;INTERVAL=2", "1997-09-02", 4, []string{"1997-09-02", "1997-09-04", "1997-09-06", "1997-09-08"}},
		{"every 10 days, 5 occurrences", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", 9, []string{
			"1997-09-02", "1997-09-12", "1997-09-22", "1997-10-02", "1997-10-12",
		}},
		{"weekly for 10 occurrences", "FREQ=WEEKLY;COUNT=10", "1997-09-02", 20, []string{
			"1997-09-02", "1997-09-09", "1997-09-16", "1997-09-23", "1997-09-30", "1997-10-07", "1997-10-14", "1997-10-21", "1997-10-28", "1997-11-04",
		}},
		{"every other week", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997-09-02", 6, []string{
			"1997-09-02", "1997-09-16", "1997-09-30", "1997-10-14", "1997-10-28", "1997-11-11",
		}},
		{"weekly on Tuesday and Thursday for five weeks", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997-09-02", 20, []string{
			"1997-09-02", "1997-09-04", "1997-09-09", "1997-09-11", "1997-09-16", "1997-09-18", "1997-09-23", "1997-09-25", "1997-09-30", "1997-10-02",
		}},
		{"every other week on three days", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "1997-09-01", 5, []string{
			"1997-09-01", "1997-09-03", "1997-09-05", "1997-09-15", "1997-09-17",
		}},
		{"weeks that start on Monday", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", 9, []string{
			"1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24",
		}},
		{"weeks that start on Sunday", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", 9, []string{
			"1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31",
		}},
		{"monthly on the first Friday", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-05", 20, []string{
			"1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05", "1998-01-02", "1998-02-06", "1998-03-06", "1998-04-03", "1998-05-01", "1998-06-05",
		}},
		{"every other month on the first and the last Sunday", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07", 20, []string{
			"1997-09-07", "1997-09-28", "1997-11-02", "1997-11-30", "1998-01-04", "1998-01-25", "1998-03-01", "1998-03-29", "1998-05-03", "1998-05-31",
		}},
		{"monthly on the second-to-last Monday", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22", 9, []string{
			"1997-09-22", "1997-10-20", "1997-11-17", "1997-12-22", "1998-01-19", "1998-02-16",
		}},
		{"monthly on the third-to-last day", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", 6, []string{
			"1997-09-28", "1997-10-29", "1997-11-28", "1997-12-29", "1998-01-29", "1998-02-26",
		}},
		{"monthly on the 2nd and the 15th", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997-09-02", 20, []string{
			"1997-09-02", "1997-09-15", "1997-10-02", "1997-10-15", "1997-11-02", "1997-11-15", "1997-12-02", "1997-12-15", "1998-01-02", "1998-01-15",
		}},
		{"every Friday the 13th", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", 5, []string{
			"1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13", "2000-10-13",
		}},
		{"the third of Tuesday, Wednesday and Thursday", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", 9, []string{
			"1997-09-04", "1997-10-07", "1997-11-06",
		}},
		{"the second-to-last weekday of the month", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29", 7, []string{
			"1997-09-29", "1997-10-30", "1997-11-27", "1997-12-30", "1998-01-29", "1998-02-26", "1998-03-30",
		}},
		{"a day that some months do not have", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15", 9, []string{
			"2007-01-15", "2007-01-30", "2007-02-15", "2007-03-15", "2007-03-30",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			start, err := time.Parse("2006-01-02 15:04", test.start+" 09:00")
			if err != nil {
				t.Fatal(err)
			}
			r, err := recur.Parse(test.rule, start, ny)
			if err != nil {
				t.Fatal(err)
			}
			var want []time.Time
			for _, day := range test.want {
				at, err := time.ParseInLocation("2006-01-02 15:04", day+" 09:00", ny)
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, at)
			}
			got := r.Between(recur.OnWall(start, ny), start.AddDate(20, 0, 0), test.n)
			if days(got, ny) != days(want, ny) {
				t.Errorf("%s:\ngot  %s\nwant %s", test.rule, days(got, ny), days(want, ny))
			}
		})
	}
}

// TestClocksThatChange has a time that is there all year, one that is skipped and one that comes twice, in three zones.
func TestClocksThatChange(t *testing.T) {
	for _, test := range []struct {
		zone, wall, want string
	}{
		{"Europe/Berlin", "2026-03-29 19:00", "2026-03-29T17:00:00Z"},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z"}, // skipped: the clocks go on at three
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"}, // twice: the first
		{"America/New_York", "2026-03-08 02:00", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z"}, // half an hour is skipped
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z"},
		{"Asia/Karachi", "2026-03-29 02:30", "2026-03-28T21:30:00Z"},
		{"Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00Z"}, // a whole day is skipped
	} {
		wall, err := time.Parse("2006-01-02 15:04", test.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := recur.OnWall(wall, zone(t, test.zone)).UTC().Format(time.RFC3339); got != test.want {
			t.Errorf("%s in %s is %s, want %s", test.wall, test.zone, got, test.want)
		}
	}
}

// TestSevenStaysSeven follows a daily time over two years.
func TestSevenStaysSeven(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Asia/Karachi", "Australia/Sydney"} {
		z := zone(t, name)
		r, err := recur.Parse("FREQ=DAILY", time.Date(2026, 1, 1, 19, 0, 0, 0, time.UTC), z)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for day := range 730 {
			next, ok := r.Next(at)
			if !ok || next.In(z).Format("15:04") != "19:00" {
				t.Fatalf("%s, day %d: %v, %v", name, day, next.In(z), ok)
			}
			if want := time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC).Format("2006-01-02"); next.In(z).Format("2006-01-02") != want {
				t.Fatalf("%s, day %d is %v", name, day, next.In(z))
			}
			at = next
		}
	}
}

func TestOnceAndNeverAgain(t *testing.T) {
	start := time.Date(2026, 5, 1, 18, 0, 0, 0, time.UTC)
	r, err := recur.Parse("", start, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := r.Next(start.Add(-time.Hour)); !ok || !at.Equal(start) {
		t.Errorf("once is at %v, %v", at, ok)
	}
	if at, ok := r.Next(start); ok {
		t.Errorf("once comes again at %v", at)
	}
}

func TestWhatIsNoRecurrence(t *testing.T) {
	for _, rule := range []string{
		"FREQ=SECONDLY", "FREQ=YEARLY", "BYDAY=MO", "FREQ=WEEKLY;BYHOUR=1", "FREQ=WEEKLY;BYDAY=XX", "nonsense", "FREQ=DAILY;INTERVAL=-1",
		"FREQ=DAILY;INTERVAL=99999", "FREQ=DAILY;" + strings.Repeat("COUNT=1;", 200), "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY",
	} {
		if _, err := recur.Parse(rule, time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC), time.UTC); !errors.Is(err, recur.ErrRule) {
			t.Errorf("%.60q: %v, want ErrRule", rule, err)
		}
	}
}

// FuzzNext looks that times rise, that none is before what was asked for, and that nothing hangs.
func FuzzNext(f *testing.F) {
	f.Add("FREQ=WEEKLY;BYDAY=MO,FR", int64(1767225600), "Europe/Berlin")
	f.Add("FREQ=MONTHLY;BYDAY=-1SU;COUNT=3", int64(1767225600), "Asia/Karachi")
	f.Add("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=MO;BYSETPOS=5", int64(0), "Pacific/Apia")
	f.Fuzz(func(t *testing.T, rule string, at int64, name string) {
		z, err := time.LoadLocation(name)
		if err != nil || at < 0 || at > 4e9 {
			return
		}
		start := time.Unix(at, 0).UTC()
		r, err := recur.Parse(rule, start, z)
		if err != nil {
			return
		}
		times := r.Between(start.AddDate(0, 0, -1), start.AddDate(1, 0, 0), 20)
		if !slices.IsSortedFunc(times, func(a, b time.Time) int { return a.Compare(b) }) {
			t.Errorf("%q: %v", rule, times)
		}
	})
}
