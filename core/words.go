package core

import (
	"bytes"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// keptWords is how many days the words of messages are kept when a community has not said otherwise, for the evidence of
	// reports and for recaps; maxKeptWords is the most it can say.
	keptWords    = 30
	maxKeptWords = 90
	// maxWords is the most characters that are shown of a message's words; maxContent is the most UTF-16 units of a text that
	// is kept whole, so that it can be said again.
	maxWords   = 4096
	maxContent = 20_000
	// keptOnBus is how long the outbox keeps effects that are on the bus. It is there for what a power cut can take from the
	// bus, a second or so; what lies there longer are only words that nobody needs.
	keptOnBus = 24 * time.Hour
)

// keptFor returns for how long a community keeps the words of its messages.
func (c *community) keptFor() time.Duration {
	days, err := strconv.Atoi(c.view().Setting("keep", strconv.Itoa(keptWords)))
	if err != nil {
		days = keptWords
	}
	return time.Duration(max(0, min(days, maxKeptWords))) * 24 * time.Hour
}

// keptText is what is kept of a message's words.
type keptText struct {
	at, until time.Time
	in        chat.CommunityID
	sealed    []byte
}

func (k keptText) bytes() []byte {
	out := append(timeKey(k.at), timeKey(k.until)...)
	out = append(out, k.in...)
	return append(append(out, 0), k.sealed...)
}

func keptTextOf(raw []byte) (keptText, bool) {
	if len(raw) < 16 {
		return keptText{}, false
	}
	in, sealed, ok := bytes.Cut(raw[16:], []byte{0})
	at := func(b []byte) time.Time { return time.UnixMilli(int64(number(b))) }
	return keptText{at: at(raw), until: at(raw[8:]), in: chat.CommunityID(in), sealed: sealed}, ok
}

// isOver tells whether words may not be kept any longer: by what the community said when they came, or, if that is sooner,
// by what it says now.
func (f *fold) isOver(k keptText) bool {
	if !f.now.Before(k.until) {
		return true
	}
	c := f.engine.house.communities[k.in]
	return c != nil && !f.now.Before(k.at.Add(c.keptFor()))
}

// attribute notes that a message is a member's, so that all of theirs can be found.
func (f *fold) attribute(m *chat.Message) error {
	if m.Author == "" {
		return nil
	}
	key, _ := messageKeyOfID(m.ID)
	return f.tx.Put(bucketSaid, saidKey(m, key), nil)
}

// saidKey is where it is noted that a message is somebody's: under the account, for that stays when two members turn out to
// be one, or a chat becomes part of another community.
func saidKey(m *chat.Message, key messageKey) []byte {
	return joinKey(m.By.String(), string(m.Community), string(key.bytes()))
}

// pruneWords forgets up to limit words whose time is over, and the effects that have been on the bus for long; it tells
// whether there may be more words.
func (f *fold) pruneWords(limit int) (more bool, err error) {
	least := time.Duration(maxKeptWords) * 24 * time.Hour
	for _, c := range f.engine.house.communities {
		least = min(least, c.keptFor())
	}
	var keys [][]byte
	young := 0 // in a row
	err = f.tx.Scan(bucketWords, nil, func(key, value []byte) bool {
		k, ok := keptTextOf(value)
		switch {
		case !ok || f.isOver(k):
			keys, young = append(keys, bytes.Clone(key)), 0
		case f.now.Sub(k.at) < least:
			young++
		}
		// They lie in the order of their coming but for what came late into an empty one.
		return len(keys) < limit && young < 1000
	})
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if err := f.tx.Delete(bucketWords, key); err != nil {
			return false, err
		}
	}
	return len(keys) == limit, f.pruneOutbox()
}

// keptUnderway is for how long an effect stays in the outbox, and a dead letter can be tried again, at most.
const keptUnderway = 7 * 24 * time.Hour

// pruneOutbox drops the effects that have been on the bus for long, for there are words in them: those that are settled, and
// those that have been under way for so long that nobody will try them again. How many there are depends on the bus, so nothing
// that a replay must repeat may depend on it.
func (f *fold) pruneOutbox() error {
	published := f.engine.press.done()
	var keys [][]byte
	err := f.tx.Scan(bucketOutbox, nil, func(key, value []byte) bool {
		n := number(key)
		if n > published {
			return false
		}
		keep := keptOnBus
		if f.engine.books.numbers[n] {
			keep = keptUnderway
		}
		d, err := chat.DecodeDispatch(outboxRow(key, value).Data)
		switch age := f.now.Sub(d.At); {
		case err != nil || age >= keep:
			keys = append(keys, bytes.Clone(key))
		case age < keptOnBus:
			return false // they lie in the order of their making
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := f.tx.Delete(bucketOutbox, key); err != nil {
			return err
		}
	}
	return nil
}
