package caps

import (
	"cmp"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// oneAfterOther is how soon after a message another one belongs to the same post, oneInAll how long after its first.
	oneAfterOther = 2 * time.Minute
	oneInAll      = 10 * time.Minute
	// keptPosts is how long a post is remembered: the longest week, with an hour that a clock was put back.
	keptPosts = 8 * 24 * time.Hour
	// opening is the hour of Monday at which queued posts go out.
	opening = 9
)

// weekOf returns when the week of a time begins in a zone: Monday, midnight.
func weekOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	since := (int(t.Weekday()) + 6) % 7 // days since Monday
	return time.Date(t.Year(), t.Month(), t.Day()-since, 0, 0, 0, 0, zone)
}

// after returns the beginning of the week after one.
func after(week time.Time) time.Time {
	return time.Date(week.Year(), week.Month(), week.Day()+7, 0, 0, 0, 0, week.Location())
}

// opens returns when a week's queued posts go out.
func opens(week time.Time) time.Time {
	return time.Date(week.Year(), week.Month(), week.Day(), opening, 0, 0, 0, week.Location())
}

// used counts what somebody has posted in a week, with what waits for it in the queue.
func (s State) used(promo bool, week time.Time) int {
	n, end := 0, after(week)
	within := func(t time.Time) bool { return !t.Before(week) && t.Before(end) }
	for _, p := range s.Posts {
		if p.Promo == promo && within(p.At) {
			n++
		}
	}
	for _, i := range s.Items {
		if i.Promo == promo && !i.isOut() && !i.Due.IsZero() && within(i.Due) {
			n++
		}
	}
	return n
}

// slot returns when one more post can go out: at once if there is room this week and its Monday morning is over, else
// on the first Monday morning that has room.
func (s State) slot(c chat.Community, promo bool, now time.Time) time.Time {
	week := weekOf(now, c.Zone())
	for s.used(promo, week) >= limit(c, promo) {
		week = after(week)
	}
	if at := opens(week); at.After(now) {
		return at
	}
	return now
}

// lastPost finds the post that a message belongs to; -1 = none.
func (s State) lastPost(now time.Time, album string, room chat.RoomID) int {
	for i := len(s.Posts) - 1; i >= 0; i-- {
		if p := s.Posts[i]; p.Room == room && isOne(p.At, p.Last, p.Album, now, album) {
			return i
		}
	}
	return -1
}

// lastItem finds the held post that a message belongs to; -1 = none.
func (s State) lastItem(now time.Time, album string, room chat.RoomID) int {
	for n := len(s.Items) - 1; n >= 0; n-- {
		if i := s.Items[n]; i.From == room && i.Room == room && !i.isOut() && isOne(i.At, i.Last, i.Album, now, album) {
			return n
		}
	}
	return -1
}

// isOne tells whether a message belongs to a post that began and was last added to at some times.
func isOne(began, last time.Time, its string, now time.Time, album string) bool {
	if album != "" && album == its {
		return now.Sub(began) < keptPosts
	}
	return now.Sub(last) <= oneAfterOther && now.Sub(began) <= oneInAll
}

// pruned returns the state without what is too old to matter.
func (s State) pruned(now time.Time) State {
	s.Posts = younger(s.Posts, now.Add(-keptPosts), func(p Post) time.Time { return p.At })
	s.Sites = younger(s.Sites, now.Add(-siteMemory), func(x Site) time.Time { return x.At })
	s.Strikes = younger(s.Strikes, now.Add(-strikeMemory), func(t time.Time) time.Time { return t })
	s.Items = slices.DeleteFunc(slices.Clone(s.Items), func(i Item) bool { return i.isOver(now) })
	if len(s.Items) == 0 {
		s.Items = nil
	}
	if now.Sub(s.Full) > fullAgain {
		s.Full = time.Time{}
	}
	return s
}

// younger returns those that are not before a time, in a list of its own; nil if there are none.
func younger[T any](list []T, than time.Time, at func(T) time.Time) []T {
	var out []T
	for _, x := range list {
		if !at(x).Before(than) {
			out = append(out, x)
		}
	}
	return out
}

// merged returns both lists in the order of time.
func merged[T any](a, b []T, at func(T) time.Time) []T {
	out := slices.Concat(a, b)
	slices.SortStableFunc(out, func(x, y T) int { return cmp.Compare(at(x).UnixMilli(), at(y).UnixMilli()) })
	return out
}
