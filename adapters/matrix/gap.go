package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// maxGap is how many events of a gap are read at most.
	maxGap = 20_000
	// gapMargin is how far, in milliseconds, the clocks of homeservers may differ.
	gapMargin = 2 * 60 * 1000
	// gapOverlap is how many events that we know must lie behind a gap: those that were sent at the same
	// time come in any order.
	gapOverlap = 20
	// fillPage is how many events a page of a gap has, the most that Synapse gives; backPage where fewer do.
	fillPage, backPage = 1000, 100
)

// page is an answer of /messages.
type page struct {
	Chunk []json.RawMessage `json:"chunk"`
	End   string            `json:"end"`
}

// fill returns all events of a room since the place, where /sync gives only the newest of them however
// many we ask for. It reads back from now rather than from the batch's own token, and in as large a page
// as it gets: what was sent at the same time can lie on either side of a token. What cannot be had is told as missed.
func (a *Adapter) fill(ctx context.Context, s *session, room string, timeline []rawEvent, p place, b *batch) ([]rawEvent, error) {
	var back []rawEvent
	from, whole := "", false
	limit := fillPage
	for !whole && len(back) < maxGap {
		pg, err := a.readBack(ctx, s, room, from, limit)
		if isTooLong(err) && limit > backPage {
			limit = backPage
			continue
		}
		if isAnswer(err) {
			break // the server will never tell
		}
		if err != nil {
			return nil, err
		}
		back = append(back, decodeEvents(pg.Chunk)...)
		whole = a.reaches(back, p) || pg.End == "" || pg.End == from || len(pg.Chunk) == 0
		from = pg.End
	}
	if !whole {
		a.log.Error("gap could not be filled, older messages are not relayed", "room", room, "events", len(back))
	}
	slices.Reverse(back)
	events := join(back, timeline)
	if !whole && len(events) > 0 {
		b.events = append(b.events, chat.Event{
			ID: chat.EventID("matrix:missed:" + events[0].ID), At: timeOf(events[0].At),
			Chat: chat.Chat{Platform: chat.Matrix, ID: room}, Title: a.title(ctx, s, room),
			Body: chat.Missed{From: timeOf(min(p.newest, events[0].At)), To: timeOf(events[0].At)},
		})
	}
	return events, nil
}

// join returns the events of both lists once, in the order of the first; the second has them as /sync
// gave them.
func join(back, timeline []rawEvent) []rawEvent {
	better := map[string]rawEvent{}
	for _, e := range timeline {
		better[e.ID] = e
	}
	seen := map[string]bool{}
	var out []rawEvent
	for _, e := range append(back, timeline...) {
		if seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		if b, ok := better[e.ID]; ok {
			e = b
		}
		out = append(out, e)
	}
	return out
}

// reaches tells whether events, newest first, go back to what we have read before: to the event by which
// the bot came, or with their oldest to events that we know or that are older than the place.
func (a *Adapter) reaches(back []rawEvent, p place) bool {
	if _, fresh := a.ownJoin(back); fresh {
		return true
	}
	if len(back) < gapOverlap {
		return false
	}
	for _, e := range back[len(back)-gapOverlap:] {
		if !a.isKnown(e.ID) && e.At >= p.newest-gapMargin {
			return false
		}
	}
	return true
}

// readBack returns a page of a room's events, newest first; from is where, empty = now.
func (a *Adapter) readBack(ctx context.Context, s *session, room, from string, limit int) (pg page, err error) {
	for tries := 1; ; tries++ {
		pg, err = a.readOnce(ctx, s, room, from, limit)
		if statusOf(err) < http.StatusInternalServerError || tries == 3 {
			return pg, err
		}
	}
}

func (a *Adapter) readOnce(ctx context.Context, s *session, room, from string, limit int) (page, error) {
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

// isTooLong tells whether an answer was larger than we read.
func isTooLong(err error) bool {
	return errors.Is(err, mautrix.ErrResponseTooLong) || errors.Is(err, mautrix.ErrBodyReadReachedLimit)
}
