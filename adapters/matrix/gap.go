package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"maunium.net/go/mautrix"
)

const (
	// gapPage is how many events one page of a gap has, maxGap how many pages are read at most.
	gapPage, maxGap = 100, 200
	// gapMargin is how far, in milliseconds, the clocks of homeservers may differ.
	gapMargin = 2 * 60 * 1000
)

// page is an answer of /messages.
type page struct {
	Chunk []json.RawMessage `json:"chunk"`
	End   string            `json:"end"`
}

// fill returns all events of a room since the place: a /sync that says limited has only the newest. It
// reads back from now rather than from the batch's own token: Dendrite orders events by their depth and
// would leave out what was sent at the same time as the batch's first.
func (a *Adapter) fill(ctx context.Context, s *session, room string, timeline []rawEvent, p place) ([]rawEvent, error) {
	better := map[string]rawEvent{} // as /sync gave them
	for _, e := range timeline {
		better[e.ID] = e
	}
	var back []rawEvent
	seen := map[string]bool{}
	from := ""
	for n := 0; ; n++ {
		if n == maxGap {
			a.log.Error("gap is too long to be filled, older messages are not relayed", "room", room, "events", len(back))
			break
		}
		pg, err := a.readBack(ctx, s, room, from, gapPage)
		if err != nil {
			return nil, err
		}
		events := decodeEvents(pg.Chunk)
		for _, e := range events {
			if seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			if b, ok := better[e.ID]; ok {
				e = b
			}
			back = append(back, e)
		}
		if a.isOver(events, p) || pg.End == "" || pg.End == from || len(pg.Chunk) == 0 {
			break
		}
		from = pg.End
	}
	slices.Reverse(back)
	for _, e := range timeline {
		if !seen[e.ID] {
			back = append(back, e)
		}
	}
	return back, nil
}

// isOver tells whether a page reaches back to what we have read before: it has an event that we know, or
// by which the bot came, or all its events are older than the place.
func (a *Adapter) isOver(events []rawEvent, p place) bool {
	if _, fresh := a.ownJoin(events); fresh {
		return true
	}
	old := true
	for _, e := range events {
		if a.isKnown(e.ID) {
			return true
		}
		old = old && e.At < p.newest-gapMargin
	}
	return old
}

// readBack returns a page of a room's events, newest first; from is where, empty = now.
func (a *Adapter) readBack(ctx context.Context, s *session, room, from string, limit int) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	q := map[string]string{"dir": "b", "limit": strconv.Itoa(limit)}
	if from != "" {
		q["from"] = from
	}
	var out page
	url := s.bot.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", room, "messages"}, q)
	_, err := s.bot.MakeRequest(ctx, http.MethodGet, url, nil, &out)
	if err != nil {
		a.lost(s, err)
	}
	return out, err
}
