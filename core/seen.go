package core

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// pruneTimer is the engine's own timer, on which it forgets what is older than it must know.
const pruneTimer = "engine.prune"

// The set of event ids is kept in generations of some days; one that is asked for is looked up in the
// last three. That is at least eight days: longer than any platform or stream delivers again.
const (
	generationDays = 4
	generations    = 3
)

// generation names the one that a time is in; names sort as the times do.
func generation(ms int64) string {
	g := strconv.FormatInt(max(ms, 0)/(generationDays*24*3600*1000), 36)
	return strings.Repeat("0", max(0, 6-len(g))) + g
}

// seen tells whether an event with that id has been folded before, and remembers it.
func (f *fold) seen(id chat.EventID) (bool, error) {
	now := f.now.UnixMilli()
	for i := range int64(generations) {
		g := generation(now - i*generationDays*24*3600*1000)
		if f.tx.Get(bucketSeen, joinKey(g, string(id))) != nil {
			return true, nil
		}
	}
	return false, f.tx.Put(bucketSeen, joinKey(generation(now), string(id)), []byte{1})
}

// prune forgets old event ids and messages, a part at a time, and sets its timer again.
func (f *fold) prune() error {
	const part = 1000
	oldest := []byte(generation(f.now.UnixMilli() - generations*generationDays*24*3600*1000))
	var keys [][]byte
	err := f.tx.Scan(bucketSeen, nil, func(key, _ []byte) bool {
		g, _, _ := bytes.Cut(key, []byte{0})
		if bytes.Compare(g, oldest) > 0 || len(keys) == part {
			return false
		}
		keys = append(keys, bytes.Clone(key))
		return true
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := f.tx.Delete(bucketSeen, key); err != nil {
			return err
		}
	}
	if err := f.graph.flush(); err != nil {
		return err
	}
	before := f.now.Add(-f.engine.keep)
	more, err := f.graph.prune(before, part)
	if err != nil {
		return err
	}
	if err := firstError(f.pruneLetters(before, part), f.sweep(before), f.pruneEarly(part)); err != nil {
		return err
	}
	words, err := f.pruneWords(part)
	if err != nil {
		return err
	}
	whispers, err := f.graph.pruneWhispers(f.now.Add(-keptWhispers), part)
	if err != nil {
		return err
	}
	again := pruneAgain(more || words || whispers || len(keys) == part)
	return putTimer(f.tx, chat.Wake{Rule: pruneTimer, At: f.now.Add(again)}, "")
}
