package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/adapters"
)

const (
	// mostAmends is how often a change is made anew because somebody else has changed the same at the same time.
	mostAmends = 5
	// firstLook and mostLooks bound the waiting until Dendrite shows in a room what it has just taken: it
	// needs some milliseconds, more when it is busy.
	firstLook, mostLooks = 10 * time.Millisecond, 8
)

// change alters the content of a state event; false if all is as it should be already.
type change func(content object) (changed bool, err error)

// amend changes one state event that people change, too, and loses nothing of what they do at the same time. No
// server lets us write on the condition that nothing has changed since we read. So it is read, changed, written
// and read once more: if somebody has written behind us, the change is made again on top of that; if ours has
// taken the place of something that we had not read, it is made again on top of what it has overwritten.
func (j *job) amend(ctx context.Context, kind string, f change) error {
	base, err := j.current(ctx, kind)
	if err != nil {
		return err
	}
	content := base.Content
	for range mostAmends {
		c := maps.Clone(objectOf(content))
		if c == nil {
			c = object{}
		}
		changed, err := f(c)
		if err != nil || !changed {
			return err
		}
		id, err := j.write(ctx, kind, c)
		if err != nil {
			return err
		}
		now, err := j.current(ctx, kind)
		if err != nil {
			return err
		}
		content = now.Content
		if now.ID == id {
			lost, err := j.overwritten(ctx, kind, base, now)
			if err != nil {
				return err
			}
			if lost == nil {
				j.a.rooms.set(j.room, kind, "", now.Content)
				return nil
			}
			content = lost
		}
		base = now
	}
	return adapters.Retry(time.Second, fmt.Errorf("amend %s: others change it all the time", kind))
}

// current asks for a state event, past all that is remembered; one without an id if there is none.
func (j *job) current(ctx context.Context, kind string) (rawEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	bot := j.s.bot
	var raw json.RawMessage
	url := bot.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", j.room, "state", kind, ""}, map[string]string{"format": "event"})
	_, err := bot.MakeRequest(ctx, http.MethodGet, url, nil, &raw)
	if statusOf(err) == http.StatusNotFound {
		return rawEvent{}, nil
	}
	if err != nil {
		return rawEvent{}, err
	}
	e, ok := decodeEvent(raw)
	if !ok {
		return rawEvent{}, fmt.Errorf("the homeserver's %s is no event", kind)
	}
	return e, nil
}

// write sets a state event and returns its id.
func (j *job) write(ctx context.Context, kind string, content object) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var out struct {
		ID string `json:"event_id"`
	}
	bot := j.s.bot
	_, err := bot.MakeRequest(ctx, http.MethodPut, bot.BuildClientURL("v3", "rooms", j.room, "state", kind, ""), content, &out)
	return out.ID, err
}

// overwritten returns the content that ours has replaced without our having read it, nil if there was none.
// Synapse says so in the event; with Dendrite the room must be read back.
func (j *job) overwritten(ctx context.Context, kind string, base, ours rawEvent) (json.RawMessage, error) {
	if ours.Unsigned.Replaces != "" {
		if ours.Unsigned.Replaces == base.ID {
			return nil, nil
		}
		return ours.Unsigned.Prev, nil
	}
	wait := firstLook
	for range mostLooks {
		pg, err := j.a.readBack(ctx, j.s, j.room, "", backPage)
		if err != nil {
			return nil, err
		}
		lost, seen := between(decodeEvents(pg.Chunk), kind, base.ID, ours.ID)
		if seen {
			return lost, nil
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		case <-t.C:
		}
		wait *= 2
	}
	j.a.log.Warn("a change of the room's state could not be read back", "room", j.room)
	return nil, nil
}

// between returns the newest content of a kind that stands in the events, newest first, behind base and is
// not ours; seen tells whether ours is there at all.
func between(events []rawEvent, kind, base, ours string) (content json.RawMessage, seen bool) {
	for _, e := range events {
		if e.Type != kind || e.Key == nil || *e.Key != "" {
			continue
		}
		switch {
		case e.ID == ours:
			seen = true
		case e.ID == base:
			return content, seen
		case content == nil:
			content = e.Content
		}
	}
	return content, seen
}
