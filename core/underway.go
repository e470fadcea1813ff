package core

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// underway is what the house remembers of an effect until its platform has said what became of it. There is one for
// each effect that was decided and is not settled: the ledger counts them.
type underway struct {
	of      string    // what it was to do: "send", "edit" …
	n       uint64    // its number in the outbox
	at      time.Time // when it was decided
	to      chat.Platform
	message messageKey // the message it is about; zero = none
	letter  messageKey // the dead letter that it tries again; zero = none
	// tag is that of the effect, behind its community and a 0; empty = none.
	tag []byte
}

// deeds are the kinds of effects, in the order of the numbers by which the state knows them. New ones come behind.
func deeds() []string {
	return []string{
		"", "send", "edit", "delete", "react", "whisper", "pin", "unpin", "vote", "end poll",
		"restrict", "release", "remove", "ban", "unban", "admit", "decline", "invite",
		"open", "shut", "summarise",
	}
}

// deedOf names the kind of an effect.
func deedOf(x chat.Outgoing) string {
	switch x.(type) {
	case chat.Send:
		return "send"
	case chat.Edit:
		return "edit"
	case chat.Delete:
		return "delete"
	case chat.React:
		return "react"
	case chat.Whisper:
		return "whisper"
	case chat.Pin:
		return "pin"
	case chat.Unpin:
		return "unpin"
	case chat.Vote:
		return "vote"
	case chat.EndPoll:
		return "end poll"
	case chat.Restrict:
		return "restrict"
	case chat.Release:
		return "release"
	case chat.Remove:
		return "remove"
	case chat.Ban:
		return "ban"
	case chat.Unban:
		return "unban"
	case chat.Admit:
		return "admit"
	case chat.Decline:
		return "decline"
	case chat.Invite:
		return "invite"
	case chat.Open:
		return "open"
	case chat.Shut:
		return "shut"
	case chat.Summarise:
		return "summarise"
	}
	return ""
}

// isAboutMessage tells whether a receipt says of an effect what it was to do with a message.
func isAboutMessage(of string) bool {
	return slices.Contains([]string{"send", "edit", "delete", "react", "pin", "unpin", "vote", "end poll"}, of)
}

// underwayVersion begins every record. What an older program has written is a bare message key.
const underwayVersion = 1

// underwaySize is the length of a record without the platform and the tag.
const underwaySize = 2 + 8 + 8 + 2*messageKeySize + 1

func (u underway) bytes() []byte {
	out := make([]byte, 0, underwaySize+len(u.to)+len(u.tag))
	out = append(out, underwayVersion, byte(max(0, slices.Index(deeds(), u.of))))
	out = binary.BigEndian.AppendUint64(out, u.n)
	out = append(out, timeKey(u.at)...)
	out = append(append(out, u.message.bytes()...), u.letter.bytes()...)
	out = append(append(out, byte(len(u.to))), u.to...)
	return append(out, u.tag...)
}

// underwayOf reads what bytes wrote. counts is false for a record of an older program, which the ledger never had.
func underwayOf(raw []byte) (u underway, counts, ok bool) {
	if len(raw) == messageKeySize {
		return underway{of: "send", message: messageKeyOf(raw)}, false, true
	}
	if len(raw) < underwaySize || raw[0] != underwayVersion {
		return underway{}, false, false
	}
	if kinds := deeds(); int(raw[1]) < len(kinds) {
		u.of = kinds[raw[1]]
	}
	rest := raw[2:]
	u.n, u.at = number(rest), time.UnixMilli(int64(number(rest[8:]))).UTC()
	u.message, u.letter = messageKeyOf(rest[16:]), messageKeyOf(rest[16+messageKeySize:])
	rest = rest[16+2*messageKeySize:]
	n := int(rest[0])
	if rest = rest[1:]; len(rest) < n {
		return underway{}, false, false
	}
	u.to, u.tag = chat.Platform(rest[:n]), bytes.Clone(rest[n:])
	return u, true, true
}

// begin notes that an effect is decided.
func (f *fold) begin(id chat.EffectID, u underway) error {
	u.n, u.at = f.effect, f.now
	f.engine.books.decided(u)
	return f.tx.Put(bucketPending, []byte(id), u.bytes())
}

// settled returns what was known of an effect, and forgets it. It is false for one that nobody knows (any more): its
// receipt came twice, or the effect is older than what is remembered.
func (f *fold) settled(id chat.EffectID) (underway, bool, error) {
	if told := f.tx.Get(bucketTold, []byte(id)); told != nil {
		return underway{tag: bytes.Clone(told)}, true, f.tx.Delete(bucketTold, []byte(id))
	}
	raw := f.tx.Get(bucketPending, []byte(id))
	if raw == nil {
		return underway{}, false, nil
	}
	u, counts, ok := underwayOf(raw)
	if err := f.tx.Delete(bucketPending, []byte(id)); err != nil || !ok {
		return underway{}, false, err
	}
	if !counts {
		return u, true, nil
	}
	f.engine.books.over(u)
	return u, true, nil
}

// row returns an effect that is in the outbox, or will be with this batch.
func (f *fold) row(n uint64) (Row, bool) {
	if len(f.rows) > 0 && n >= f.rows[0].N && n-f.rows[0].N < uint64(len(f.rows)) {
		return f.rows[n-f.rows[0].N], true
	}
	value := f.tx.Get(bucketOutbox, numberKey(n))
	if value == nil {
		return Row{}, false
	}
	return outboxRow(numberKey(n), value), true
}

// release drops the row of an effect that was kept beyond its time because it was under way.
func (f *fold) release(u underway) error {
	if u.n == 0 || u.n > f.engine.trimmed {
		return nil
	}
	return f.tx.Delete(bucketOutbox, numberKey(u.n))
}

// sweepPart is how many effects under way are looked at, at each pruning, for those that nobody will ever hear of.
const sweepPart = 20_000

// sweep gives up effects that were decided before a time and that no platform has ever answered: their adapter is gone.
// They count as expired.
func (f *fold) sweep(before time.Time) error {
	from := bytes.Clone(f.tx.Get(bucketMeta, keySwept))
	var ids []chat.EffectID
	var last []byte
	seen := 0
	err := f.tx.Scan(bucketPending, from, func(key, value []byte) bool {
		if seen++; seen > sweepPart {
			last = bytes.Clone(key)
			return false
		}
		if u, counts, ok := underwayOf(value); !ok || counts && u.at.Before(before) {
			ids = append(ids, chat.EffectID(key))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		u, known, err := f.settled(id)
		if err != nil {
			return err
		}
		if known {
			f.engine.books.failed(u, chat.Expired)
			if err := f.release(u); err != nil {
				return err
			}
		}
	}
	if last == nil {
		return f.tx.Delete(bucketMeta, keySwept)
	}
	return f.tx.Put(bucketMeta, keySwept, last)
}
