package matrix

import (
	"context"
	"fmt"
	"time"
)

const (
	// retention is the state by which a room's server forgets old messages (MSC1763), timerKey the one by which
	// Beeper's clients let them vanish, which is also a field of such messages.
	retention, timerKey = "m.room.retention", "com.beeper.disappearing_timer"
	// longestVanish is the longest time after which a message counts as one that vanishes: what a server keeps for
	// longer is an archive's rule, not its author's wish. Signal's own timers end there, too.
	longestVanish = 4 * 7 * 24 * time.Hour
)

// lifetime returns how long messages are shown by a timer, 0 = for ever.
func lifetime(kind string, c object) time.Duration {
	field := "timer"
	if kind == retention {
		field = "max_lifetime"
	}
	d := time.Duration(min(c.num(field), int64(100*365*24*time.Hour/time.Millisecond))) * time.Millisecond
	if d > longestVanish {
		return 0
	}
	return d
}

// vanish returns how long a message is shown: as it says itself, or as its room says.
func (a *Adapter) vanish(ctx context.Context, s *session, room string, c object) time.Duration {
	if own := c.sub(timerKey); own != nil {
		return lifetime(timerKey, own)
	}
	raw, err := a.state(ctx, s, room, retention, "")
	if err != nil {
		return 0 // the server forgets it all the same, and tells nobody
	}
	return lifetime(retention, objectOf(raw))
}

// lineOfTime writes a time as people say it: "4 weeks", "90 minutes".
func lineOfTime(d time.Duration) string {
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{7 * 24 * time.Hour, "week"}, {24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := d / u.of; n > 0 && d%u.of == 0 {
			return counted(int(n), u.name)
		}
	}
	return counted(int(max(d/time.Second, 1)), "second")
}

func counted(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
