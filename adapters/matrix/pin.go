package matrix

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxPins is how many pins a room may have: the event that lists them has at most 65,536 bytes, and an id
// 255.
const maxPins = 200

// pin puts a message behind the pins of others; one of several events is pinned by its first.
func (j *job) pin(ctx context.Context, e chat.Pin) error {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return err
	}
	living, err := j.living(ctx, ids)
	if err != nil {
		return err
	}
	return j.amend(ctx, "m.room.pinned_events", func(c object) (bool, error) {
		pins := pinsOf(c)
		if slices.ContainsFunc(pins, isOneOf(ids)) {
			return false, nil
		}
		if len(pins) >= maxPins {
			return false, refuse(chat.TooMany, "there are %d pins", len(pins))
		}
		c.putPins(append(pins, quoted(living[0].id)))
		return true, nil
	})
}

// unpin takes a message from the pins; the others stay.
func (j *job) unpin(ctx context.Context, e chat.Unpin) error {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return err
	}
	return j.amend(ctx, "m.room.pinned_events", func(c object) (bool, error) {
		pins := pinsOf(c)
		left := slices.DeleteFunc(slices.Clone(pins), isOneOf(ids))
		if len(left) == len(pins) {
			return false, nil
		}
		c.putPins(left)
		return true, nil
	})
}

// pinsOf returns what is pinned, as it is written there.
func pinsOf(c object) []json.RawMessage {
	var pins []json.RawMessage
	_ = json.Unmarshal(c["pinned"], &pins) // what is no list pins nothing
	return pins
}

func (c object) putPins(pins []json.RawMessage) {
	words := []byte("[")
	for i, p := range pins {
		if i > 0 {
			words = append(words, ',')
		}
		words = append(words, p...)
	}
	c["pinned"] = append(words, ']')
}

func isOneOf(ids []string) func(json.RawMessage) bool {
	return func(pin json.RawMessage) bool {
		var id string
		return json.Unmarshal(pin, &id) == nil && slices.Contains(ids, id)
	}
}

func quoted(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a string can always be written
	return b
}
