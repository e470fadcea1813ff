package core

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// record appends a line to a log. Each line's sum covers the one before, so that none can be changed or taken out without
// all behind it showing it.
func (f *fold) record(e *chat.Event, x chat.Record) error {
	place := joinKey(string(e.Community), x.Log)
	line := chat.Line{At: f.now, By: x.By, About: x.About, Text: x.Line}
	sum, err := sumOfLine(f.tx.Get(bucketChain, place), line)
	if err != nil {
		return err
	}
	line.Sum = hex.EncodeToString(sum)
	raw, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode line: %w", err)
	}
	key := joinKey(string(e.Community), x.Log, string(f.nextKey().bytes()))
	if err := f.tx.Put(bucketLog, key, raw); err != nil {
		return err
	}
	return f.tx.Put(bucketChain, place, sum)
}

// sumOfLine chains a line to the sum of the one before.
func sumOfLine(before []byte, line chat.Line) ([]byte, error) {
	line.Sum = ""
	raw, err := json.Marshal(line)
	if err != nil {
		return nil, fmt.Errorf("encode line: %w", err)
	}
	sum := sha256.Sum256(append(bytes.Clone(before), raw...))
	return sum[:], nil
}

// errChain is what a log answers that was changed.
var errChain = errors.New("the log's chain is broken")

// eachLine calls fn for the lines of a log, the oldest first, and checks their chain. The error wraps errChain and names the
// line at which it is broken.
func eachLine(tx Tx, in chat.CommunityID, log string, fn func(chat.Line)) error {
	place := joinKey(string(in), log)
	prefix := append(bytes.Clone(place), 0)
	var sum []byte
	var broken error
	n := 0
	err := tx.Scan(bucketLog, prefix, func(key, value []byte) bool {
		if !bytes.HasPrefix(key, prefix) {
			return false
		}
		n++
		var line chat.Line
		if err := json.Unmarshal(value, &line); err != nil {
			broken = fmt.Errorf("read line %d of %s: %w", n, log, errChain)
			return false
		}
		next, err := sumOfLine(sum, line)
		if err != nil || hex.EncodeToString(next) != line.Sum {
			broken = fmt.Errorf("check line %d of %s: %w", n, log, errChain)
			return false
		}
		sum = next
		fn(line)
		return true
	})
	if err == nil && broken == nil && !bytes.Equal(sum, tx.Get(bucketChain, place)) {
		broken = fmt.Errorf("check the end of %s after line %d: %w", log, n, errChain)
	}
	return firstError(err, broken)
}

// logged finds the newest lines of a log, of one member if a word behind the log's name says so, the newest first.
func (f *fold) logged(in chat.CommunityID, arg string, limit int) ([]chat.Line, error) {
	log, about, _ := strings.Cut(arg, " ")
	var out []chat.Line
	err := eachLine(f.tx, in, log, func(line chat.Line) {
		if about != "" && string(line.About) != about {
			return
		}
		if len(out) == limit {
			out = append(out[:0], out[1:]...)
		}
		out = append(out, line)
	})
	if errors.Is(err, errChain) {
		f.engine.log.Error("a log was changed from outside; restore a backup and find out who can write the state file", "error", err)
		out = append(out, chat.Line{At: f.now, Text: err.Error()})
		err = nil
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, err
}
