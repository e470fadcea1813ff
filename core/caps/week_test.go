package caps

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A week has seven days by the calendar, begins on a Monday and has every time in exactly one week, in zones where the
// clock jumps at midnight, too.
func TestWeeks(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Oslo", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu", "America/New_York"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 3000 {
			at := time.Unix(1_000_000_000+r.Int64N(1_200_000_000), 0)
			week := weekOf(at, zone)
			next := after(week)
			if at.Before(week) && week.Sub(at) > time.Hour || !at.Before(next) && at.Sub(next) > time.Hour {
				t.Fatalf("%s: %s is not in the week of %s to %s", name, at.In(zone), week, next)
			}
			if noon := opens(week); noon.Weekday() != time.Monday || noon.Hour() != opening {
				t.Fatalf("%s: the week of %s opens %s", name, at.In(zone), noon)
			}
			if days := next.Sub(week).Hours() / 24; days < 5.9 || days > 7.1 { // Samoa once left a day out
				t.Fatalf("%s: the week of %s has %f days", name, at.In(zone), days)
			}
		}
	}
}

// The queue fills week after week, and never more than the cap into one.
func TestSlots(t *testing.T) {
	c := table()
	var s State
	now := monday()
	for range 2 {
		s.Posts = append(s.Posts, Post{At: now})
	}
	perWeek := map[int64]int{}
	last := now
	for range maxItems {
		at := s.slot(c, false, now)
		if at.Before(last) {
			t.Errorf("%s comes before %s", at, last)
		}
		last = at
		if local := at.In(c.Zone()); local.Hour() != opening || local.Weekday() != time.Monday {
			t.Errorf("it goes out %s", local)
		}
		perWeek[at.Unix()]++
		s.Items = append(s.Items, Item{Due: at})
	}
	for at, n := range perWeek {
		if n > limit(c, false) {
			t.Errorf("%d go out %s", n, time.Unix(at, 0))
		}
	}
	if len(perWeek) != maxItems/2 {
		t.Errorf("%d weeks for %d posts", len(perWeek), maxItems)
	}
	if at := (State{}).slot(c, false, now); !at.Equal(now) {
		t.Errorf("with room this week it goes out %s", at)
	}
	early := weekOf(now, c.Zone()).Add(time.Hour)
	if at := (State{}).slot(c, false, early); !at.Equal(opens(weekOf(now, c.Zone()))) {
		t.Errorf("early on Monday it goes out %s", at)
	}
}
