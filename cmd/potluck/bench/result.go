package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Result is what was measured.
type Result struct {
	// Sent is how many things people did; Delivered how many of them both other messengers show, Lost how
	// many at least one of them does not.
	Sent      int `json:"sent"`
	Delivered int `json:"delivered"`
	Lost      int `json:"lost"`
	// Duplicated is how many copies there are too many.
	Duplicated int `json:"duplicated"`
	// Reordered is how many copies stand behind a later message of the same author in the same chat.
	Reordered int `json:"reordered"`
	// PerSecond is how many messages were shown on both other messengers each second.
	PerSecond float64 `json:"per_second"`
	// P50 and P99 are the times from posting a message until a copy of it is shown.
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	// RSS is the most memory that this process ever held, the messengers included, in 10^6 bytes.
	RSS float64 `json:"rss_mb"`
	// OtherP99 is the P99 of the rooms that do not hang while one does, OtherP99Without before that.
	OtherP99        *float64 `json:"other_p99_ms,omitempty"`
	OtherP99Without *float64 `json:"other_p99_ms_without,omitempty"`

	legs    []leg   // for people only
	slowest float64 // of the room that hangs, in milliseconds
}

// leg is the times from one messenger to another, in milliseconds.
type leg struct {
	from, to chat.Platform
	p50, p99 float64
}

// OK tells whether everything arrived once.
func (r Result) OK() bool { return r.Lost == 0 && r.Duplicated == 0 }

// WriteText writes the result for people.
func (r Result) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d sent, %d delivered to both other messengers: %d lost, %d duplicated, %d out of order\n"+
		"%.0f messages per second\n"+
		"shown after: half within %.1f ms, 99 of 100 within %.1f ms\n"+
		"memory: %.0f MB, the three messengers included\n",
		r.Sent, r.Delivered, r.Lost, r.Duplicated, r.Reordered, r.PerSecond, r.P50, r.P99, r.RSS)
	if err == nil && r.OtherP99 != nil && r.OtherP99Without != nil {
		_, err = fmt.Fprintf(w, "while one room hangs (its slowest took %.0f ms), 99 of 100 messages of the others within %.1f ms; before, %.1f ms\n",
			r.slowest, *r.OtherP99, *r.OtherP99Without)
	}
	for _, l := range r.legs {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %8s to %-8s half within %8.1f ms, 99 of 100 within %8.1f ms\n", l.from, l.to, l.p50, l.p99)
		}
	}
	return err
}

// quantile returns the time within which the given part of the times lies, in milliseconds; it sorts them.
func quantile(times []time.Duration, part float64) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	i := int(math.Ceil(part*float64(len(times)))) - 1
	return milliseconds(times[min(max(i, 0), len(times)-1)])
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
