package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// letter is something that could not be handled.
type letter struct {
	At    time.Time `json:"at"`
	Rule  string    `json:"rule,omitempty"` // the rule that failed; empty = the event could not be read
	Error string    `json:"error"`
	Event []byte    `json:"event"` // as it came from the bus
}

// bury makes a dead letter and tells the operator.
func (f *fold) bury(rule string, event []byte, cause error) error {
	f.engine.stats.dead.Add(1)
	var where []byte
	if p := (*panicError)(nil); errors.As(cause, &p) {
		where = p.where
	}
	f.engine.log.Error("an event could not be handled and lies with the dead letters; see: potluck do \"dead letters\"",
		"rule", rule, "seq", f.entry.Seq, "error", cause, "where", string(where))
	raw, err := json.Marshal(letter{At: f.now, Rule: rule, Error: cause.Error(), Event: event})
	if err != nil {
		return fmt.Errorf("encode dead letter: %w", err)
	}
	return f.tx.Put(bucketDead, f.nextKey().bytes(), raw)
}

// dead returns the newest dead letters, at most limit.
func (f *fold) dead(limit int) ([]letter, error) {
	var out []letter
	err := f.tx.Scan(bucketDead, nil, func(_, value []byte) bool {
		var l letter
		if json.Unmarshal(value, &l) != nil {
			return true
		}
		if len(out) == limit {
			out = append(out[:0], out[1:]...)
		}
		out = append(out, l)
		return true
	})
	return out, err
}
