package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// The most that one Look finds, and how many messages of all rooms it looks through for those of one room.
const (
	maxFound  = 500
	maxPassed = 3000
)

// look answers a question to what is kept outside the rules' states.
func (f *fold) look(e *chat.Event, x chat.Look) error {
	limit := x.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, maxFound)
	var lines []chat.Line
	var err error
	switch x.View {
	case chat.Around:
		lines, err = f.around(e.Community, chat.MessageID(x.Arg), limit)
	case chat.Said:
		lines, err = f.said(e.Community, chat.MemberID(x.Arg), limit)
	case chat.Between:
		lines, err = f.between(e.Community, x.Arg, limit)
	case chat.Logged:
		lines, err = f.logged(e.Community, x.Arg, limit)
	case chat.Own:
		lines, err = f.ownData(e.Community, chat.MemberID(x.Arg), limit)
	default:
		return f.bury(x.Rule, parcel{}, fmt.Errorf("look for %q: %w", x.View, chat.ErrKind))
	}
	if err != nil {
		return err
	}
	f.emitIn(e, e.Community, chat.Found{Rule: x.Rule, Key: x.Key, View: x.View, Lines: lines})
	return nil
}

// around finds up to n messages on each side of one, in its room, with itself, in order.
func (f *fold) around(in chat.CommunityID, id chat.MessageID, n int) ([]chat.Line, error) {
	m, err := f.graph.message(id)
	key, ok := messageKeyOfID(id)
	if err != nil || m == nil || !ok || m.Community != in {
		return nil, err
	}
	if err := f.graph.flush(); err != nil { // what this batch has brought counts
		return nil, err
	}
	from := messageKey{}
	if key.Seq > maxPassed {
		from.Seq = key.Seq - maxPassed
	}
	var before, after []chat.Line
	passed := 0
	var broken error
	err = f.tx.Scan(bucketMessage, from.bytes(), func(k, value []byte) bool {
		passed++
		other := new(chat.Message)
		if broken = json.Unmarshal(value, other); broken != nil {
			return false
		}
		if other.Community != in || other.Room != m.Room || other.By.IsZero() {
			return passed < 2*maxPassed && len(after) < n
		}
		if bytes.Compare(k, key.bytes()) <= 0 {
			if len(before) > n {
				before = append(before[:0], before[1:]...)
			}
			before = append(before, f.line(other))
			return true
		}
		after = append(after, f.line(other))
		return len(after) < n && passed < 2*maxPassed
	})
	return append(before, after...), firstError(err, broken)
}

// said finds the newest messages of a member, the newest first.
func (f *fold) said(in chat.CommunityID, who chat.MemberID, limit int) ([]chat.Line, error) {
	var keys []messageKey
	err := f.eachSaid(in, who, func(m messageKey, _ []byte) bool {
		keys = append(keys, m)
		return true
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(keys, func(a, b messageKey) int { return bytes.Compare(b.bytes(), a.bytes()) })
	var out []chat.Line
	for _, key := range keys {
		if len(out) == limit {
			break
		}
		m, err := f.graph.message(key.id())
		if err != nil {
			return nil, err
		}
		if m != nil && !m.Gone {
			out = append(out, f.line(m))
		}
	}
	return out, nil
}

// eachSaid calls fn for where a member's messages lie, and for the key that says so, until fn returns false: account by
// account, for each the oldest first. What was written in a chat before it became part of the community is among them.
func (f *fold) eachSaid(in chat.CommunityID, who chat.MemberID, fn func(m messageKey, key []byte) bool) error {
	c := f.engine.house.communities[in]
	if c == nil || c.members[who] == nil {
		return nil
	}
	for _, i := range c.members[who].Identities {
		prefix := joinKey(i.String(), "")
		goOn := true
		var broken error
		err := f.tx.Scan(bucketSaid, prefix, func(k, _ []byte) bool {
			if !bytes.HasPrefix(k, prefix) {
				return false
			}
			of, rest, _ := bytes.Cut(k[len(prefix):], []byte{0})
			m := messageKeyOf(rest)
			mine := chat.CommunityID(of) == in
			if !mine && f.still(chat.CommunityID(of)) == "" {
				if mine, broken = f.hasCome(in, m); broken != nil {
					return false
				}
			}
			if mine {
				goOn = fn(m, k)
			}
			return goOn
		})
		if err := firstError(err, broken); err != nil || !goOn {
			return err
		}
	}
	return nil
}

// ownData finds what the rules keep of a member that is theirs to see, rule by rule in the order in which they run. A state
// that cannot be read becomes a dead letter, and the others are shown.
func (f *fold) ownData(in chat.CommunityID, who chat.MemberID, limit int) (out []chat.Line, err error) {
	for _, r := range f.engine.rules {
		if _, tells, _ := r.About(nil, who); !tells {
			continue
		}
		keys, err := f.statesOf(r, in, who)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			data, err := f.told(r, key, who)
			if err != nil {
				if err := f.bury(r.Name(), parcel{}, err); err != nil {
					return nil, err
				}
				continue
			}
			if data != nil && len(out) < limit {
				out = append(out, chat.Line{About: who, Name: r.Name(), Text: string(data)})
			}
		}
	}
	return out, nil
}

// told asks a rule what one of its states holds of a member's; a panic in it is an error.
func (f *fold) told(r rule.Rule, key string, who chat.MemberID) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{fmt.Errorf("rule %s panics: %v", r.Name(), p), debug.Stack()}
		}
	}()
	state, err := f.state(r, key)
	if err != nil {
		return nil, err
	}
	data, _, err = r.About(state, who)
	return data, err
}

// statesOf returns the keys of a rule's states that can hold something of a member's.
func (f *fold) statesOf(r rule.Rule, in chat.CommunityID, who chat.MemberID) (keys []string, err error) {
	if _, personal, err := r.Unite(nil, nil); err != nil || personal {
		return []string{rule.PersonKey(in, who)}, nil
	}
	err = f.tx.Scan(bucketRule+Bucket(r.Name()), []byte(in), func(k, _ []byte) bool {
		rest, ours := bytes.CutPrefix(k, []byte(in))
		if ours && (len(rest) == 0 || rest[0] == '/') {
			keys = append(keys, string(k))
		}
		return ours
	})
	return keys, err
}

// hasCome tells whether a message of a community that is not there any more is this one's now: its chat is part of it,
// or of none.
func (f *fold) hasCome(to chat.CommunityID, key messageKey) (bool, error) {
	m, err := f.graph.message(key.id())
	if err != nil || m == nil {
		return m == nil, err
	}
	at, there := f.engine.house.chats[m.Original.Chat]
	return !there || at.community == to, nil
}

// line tells a message. Whose it is may have changed its name: two members who have turned out to be one.
func (f *fold) line(m *chat.Message) chat.Line {
	by := m.Author
	if c := f.engine.house.communities[m.Community]; c != nil && c.identities[m.By] != "" {
		by = c.identities[m.By]
	}
	l := chat.Line{At: m.At, By: by, Name: m.Name, Text: f.wordsOf(m), Message: m.ID, Room: m.Room}
	if !m.Original.IsZero() {
		l.Refs = append(append(l.Refs, m.Original), m.More...)
	}
	for _, c := range m.Copies {
		l.Refs = append(l.Refs, c.Refs...)
	}
	return l
}

// between finds the newest messages of a time, in order.
func (f *fold) between(in chat.CommunityID, arg string, limit int) ([]chat.Line, error) {
	words := strings.Fields(arg)
	w := Window{Community: in}
	if len(words) == 3 {
		w.Room, words = chat.RoomID(words[0]), words[1:]
	}
	if len(words) != 2 {
		return nil, nil
	}
	var err1, err2 error
	w.From, err1 = time.Parse(time.RFC3339, words[0])
	w.Until, err2 = time.Parse(time.RFC3339, words[1])
	if err1 != nil || err2 != nil {
		return nil, nil
	}
	if err := f.graph.flush(); err != nil { // what this batch has brought counts
		return nil, err
	}
	return readMaterial(f.tx, f.engine.seal, w, nil, limit)
}
