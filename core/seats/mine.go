package seats

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// mine is what somebody sees of the queue: their own place, and the seat that is held for them.
func (s State) mine(who chat.MemberID) any {
	var out struct {
		Place   int       `json:"place,omitempty"`
		Since   time.Time `json:"waits_since,omitzero"`
		Offered time.Time `json:"seat_held_until,omitzero"`
		Coming  time.Time `json:"come_in_until,omitzero"`
	}
	for i, p := range s.Queue {
		if p.Who == who {
			out.Place, out.Since = i+1, p.Since
		}
	}
	for _, o := range s.Offers {
		if o.Who == who {
			out.Since, out.Offered = o.Since, o.Until
		}
	}
	for _, x := range s.Coming {
		if x.Who == who {
			out.Coming = x.Until
		}
	}
	return out
}
