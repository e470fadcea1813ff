package core

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// The parts of the state. Keys and values:
//
//	meta       name → number, or the secret, or a sum of the last event
//	community  community id → its record, with rooms and settings, as JSON
//	member     community id, 0, member id → card, as JSON
//	message    message key (sequence, n) → message, as JSON
//	ref        ref → 'm' message key, or 'r' and a reaction, as JSON
//	reaction   message key, ref of a reaction to it → nothing
//	pending    effect id → what its receipt will be about (underway.go)
//	person     identity → the identities that are the same person, as JSON
//	seen       generation, event id → nothing
//	timer      due time, name → community;  timername  name → due time
//	private    identity → the community it means when it writes in private
//	tag        community id, 0, tag → message key
//	whisper    message key of what was said in private → nothing
//	choice     chat → message key of the last message there that offers choices
//	told       effect id → tag, for effects that make no message; only of states that an older program has written
//	words      message key → when, until when, community id, 0, sealed content
//	said       identity, 0, community id, 0, message key → nothing
//	chain      community id, 0, log → sum of its last line
//	outbox     number → chat, 0, encoded dispatch
//	log        community id, 0, log, 0, sequence, n → line
//	dead       sequence, n → dead letter, as JSON
//	album      chat, 0, key of an album's first item, key of the item → when it came, sealed event
//	early      ref → key in earlytime, sealed events that came before the message
//	earlytime  when, sequence, n → ref
//	page       name → community id, 0, MIME type, 0, what a browser gets
//	ledger     platform → what became of its effects and events, as JSON
//	rule.NAME  the rule's key → its state
const (
	bucketMeta      Bucket = "meta"
	bucketCommunity Bucket = "community"
	bucketMember    Bucket = "member"
	bucketMessage   Bucket = "message"
	bucketRef       Bucket = "ref"
	bucketReaction  Bucket = "reaction"
	bucketPending   Bucket = "pending"
	bucketPerson    Bucket = "person"
	bucketSeen      Bucket = "seen"
	bucketTimer     Bucket = "timer"
	bucketTimerName Bucket = "timername"
	bucketOutbox    Bucket = "outbox"
	bucketLog       Bucket = "log"
	bucketDead      Bucket = "dead"
	bucketPrivate   Bucket = "private"
	bucketTag       Bucket = "tag"
	bucketWhisper   Bucket = "whisper"
	bucketChoice    Bucket = "choice"
	bucketTold      Bucket = "told"
	bucketWords     Bucket = "words"
	bucketSaid      Bucket = "said"
	bucketChain     Bucket = "chain"
	bucketAlbum     Bucket = "album"
	bucketEarly     Bucket = "early"
	bucketEarlyTime Bucket = "earlytime"
	bucketLedger    Bucket = "ledger"
	bucketPage      Bucket = "page"
	bucketRule      Bucket = "rule."
)

// The keys of bucketMeta, whose names are the state's own vocabulary.
var (
	keyApplied   = []byte("applied")   //nolint:gochecknoglobals // constants
	keyLast      = []byte("last")      //nolint:gochecknoglobals // constants
	keyPublished = []byte("published") //nolint:gochecknoglobals // constants
	keyEffect    = []byte("effect")    //nolint:gochecknoglobals // constants
	keyClock     = []byte("clock")     //nolint:gochecknoglobals // constants
	keySecret    = []byte("secret")    //nolint:gochecknoglobals // constants
	keySeal      = []byte("seal")      //nolint:gochecknoglobals // constants
	keySince     = []byte("since")     //nolint:gochecknoglobals // constants
	keyLetters   = []byte("letters")   //nolint:gochecknoglobals // constants
	keySwept     = []byte("swept")     //nolint:gochecknoglobals // constants
)

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func number(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// messageKey is where a message lies, in the order of time; its text is the message's id.
type messageKey struct {
	Seq uint64
	N   uint32
}

func (k messageKey) bytes() []byte {
	return binary.BigEndian.AppendUint32(numberKey(k.Seq), k.N)
}

// messageKeySize is the length of a message key.
const messageKeySize = 12

func messageKeyOf(b []byte) messageKey {
	if len(b) < messageKeySize {
		return messageKey{}
	}
	return messageKey{Seq: binary.BigEndian.Uint64(b), N: binary.BigEndian.Uint32(b[8:])}
}

func (k messageKey) id() chat.MessageID {
	id := strconv.FormatUint(k.Seq, 36)
	if k.N > 0 {
		id += "." + strconv.FormatUint(uint64(k.N), 36)
	}
	return chat.MessageID(id)
}

func messageKeyOfID(id chat.MessageID) (messageKey, bool) {
	seq, n, split := strings.Cut(string(id), ".")
	s, err := strconv.ParseUint(seq, 36, 64)
	if err != nil || !split {
		return messageKey{Seq: s}, err == nil
	}
	m, err := strconv.ParseUint(n, 36, 32)
	return messageKey{Seq: s, N: uint32(m)}, err == nil
}

// timeKey orders by time; times before 1970 are one.
func timeKey(t time.Time) []byte { return numberKey(uint64(max(0, t.UnixMilli()))) }

func joinKey(parts ...string) []byte {
	var out []byte
	for i, p := range parts {
		if i > 0 {
			out = append(out, 0)
		}
		out = append(out, p...)
	}
	return out
}
