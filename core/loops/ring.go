package loops

import (
	"encoding/binary"
	"hash/fnv"
	"iter"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

// ringSize is how many messages of a room are remembered.
const ringSize = 100

// entry is one message of a room, as hashes: nothing of it can be read here.
type entry struct {
	at      int64  // seconds
	text    uint64 // of the words without what platforms change in them, and whether there was anything beside
	author  uint32 // the account
	name    uint32 // what its name sounds like
	chat    uint32
	isLong  bool // it has more words than many people say at once
	isEcho  bool
	isTurns bool // the message before it was written in another chat
}

// maxWords is how many bytes of a text are compared.
const maxWords = 2000

// entrySize is the bytes of an encoded entry.
const entrySize = 4 + 8 + 3*4 + 1

// The bits of an entry's last byte.
const (
	bitLong = 1 << iota
	bitEcho
	bitTurns
)

// ring are the encoded messages, the oldest first. It stays as it is kept, for it is read and written with every message.
type ring []byte

func (r ring) size() int { return len(r) / entrySize }

// entry returns the n-th message.
func (r ring) entry(n int) entry {
	raw := r[n*entrySize:]
	flags := raw[24]
	return entry{
		at: int64(binary.BigEndian.Uint32(raw)), text: binary.BigEndian.Uint64(raw[4:]), author: binary.BigEndian.Uint32(raw[12:]),
		name: binary.BigEndian.Uint32(raw[16:]), chat: binary.BigEndian.Uint32(raw[20:]),
		isLong: flags&bitLong != 0, isEcho: flags&bitEcho != 0, isTurns: flags&bitTurns != 0,
	}
}

// all iterates over the messages.
func (r ring) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for n := range r.size() {
			if !yield(r.entry(n)) {
				return
			}
		}
	}
}

// since returns the messages after a time.
func (r ring) since(t time.Time) ring {
	for n := range r.size() {
		if r.entry(n).at > t.Unix() {
			return r[n*entrySize:]
		}
	}
	return nil
}

// add puts a message at the end; of too many the oldest goes.
func (r ring) add(e entry) ring {
	n := r.size()
	if n >= ringSize {
		r, n = r[(n-ringSize+1)*entrySize:], ringSize-1
	}
	out := make(ring, 0, (n+1)*entrySize)
	out = append(out, r[:n*entrySize]...)
	flags := byte(0)
	if e.isLong {
		flags |= bitLong
	}
	if e.isEcho {
		flags |= bitEcho
	}
	if n > 0 && r.entry(n-1).chat != e.chat {
		flags |= bitTurns
	}
	out = binary.BigEndian.AppendUint32(out, uint32(e.at))
	out = binary.BigEndian.AppendUint64(out, e.text)
	for _, h := range []uint32{e.author, e.name, e.chat} {
		out = binary.BigEndian.AppendUint32(out, h)
	}
	return append(out, flags)
}

// own returns how many messages of an account are remembered that are no echoes.
func (r ring) own(author uint32) (n int) {
	for e := range r.all() {
		if e.author == author && !e.isEcho {
			n++
		}
	}
	return n
}

// knows tells whether somebody has written who is called so.
func (r ring) knows(name uint32) bool {
	for e := range r.all() {
		if e.name == name {
			return true
		}
	}
	return false
}

// turns returns how often an account has written since a time right after somebody in another chat.
func (r ring) turns(author uint32, since time.Time) (n int) {
	for e := range r.all() {
		if e.author == author && e.isTurns && e.at > since.Unix() {
			n++
		}
	}
	return n
}

// entryOf makes the entry of a message.
func entryOf(e chat.Event, p chat.Posted, isEcho bool) entry {
	words := normal(p.Text.Plain)
	return entry{
		at: e.Now.Unix(), text: textOf(words, len(p.Parts) > 0), author: accountOf(e.By.Identity), name: nameOf(e.By.Name),
		chat: short(e.Chat.String()), isLong: chat.Units(words) >= suspectUnits, isEcho: isEcho,
	}
}

// short is a hash for what there are few of.
func short(s string) uint32 { return uint32(hash(s)) }

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // it cannot fail
	return h.Sum64()
}

func accountOf(i chat.Identity) uint32 { return short(i.String()) }

// textOf is the hash of normal words; what else a message has is told by whether there is anything, for every platform
// makes something else of a sticker.
func textOf(words string, hasParts bool) uint64 {
	if hasParts {
		return hash(words + "\x00+")
	}
	return hash(words)
}

// normal returns the words of a text in the one form that all platforms leave of it: without marks of style, in lower case,
// with single spaces. Of a very long one the beginning is enough.
func normal(s string) string {
	s = s[:min(len(s), maxWords)]
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("*_`~|", r), unicode.Is(unicode.Cf, r), r >= 0xFE00 && r <= 0xFE0F:
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// nameOf is the hash of a name as far as it sounds: its letters and digits, without what is behind it in brackets.
// A name of signs alone is itself. 0 is no name.
func nameOf(name string) uint32 {
	name = strings.TrimSpace(name)
	for _, open := range []string{"(", "[", "{"} {
		if before, _, ok := strings.Cut(name, open); ok && strings.TrimSpace(before) != "" {
			name = before
		}
	}
	sound := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) && !unicode.Is(unicode.Variation_Selector, r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	if sound == "" {
		sound = normal(name)
	}
	if sound == "" {
		return 0
	}
	return max(1, short(sound))
}
