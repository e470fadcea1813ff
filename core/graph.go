package core

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// graph finds and changes messages and their names within one batch. Messages that a batch touches are
// written once, at its end.
type graph struct {
	tx     Tx
	dirty  map[chat.MessageID]*chat.Message
	recent *recent
	states []Bucket // of the rules: a state under a message's id is forgotten with the message
}

func newGraph(tx Tx, r *recent, states []Bucket) *graph {
	return &graph{tx: tx, dirty: make(map[chat.MessageID]*chat.Message), recent: r, states: states}
}

// maxRecent is how many messages are kept decoded: those whose receipts and reactions are still coming.
const maxRecent = 2000

// recent are the messages that were written last, as they are in the state.
type recent struct {
	messages map[chat.MessageID]*chat.Message
	order    []chat.MessageID // a ring
	next     int
}

func newRecent() *recent { return &recent{messages: make(map[chat.MessageID]*chat.Message)} }

func (r *recent) put(m *chat.Message) {
	if r.messages[m.ID] == nil {
		if len(r.order) < maxRecent {
			r.order = append(r.order, m.ID)
		} else {
			delete(r.messages, r.order[r.next])
			r.order[r.next] = m.ID
			r.next = (r.next + 1) % maxRecent
		}
	}
	r.messages[m.ID] = m
}

// forget leaves the place in the ring to whoever comes there.
func (r *recent) forget(id chat.MessageID) { delete(r.messages, id) }

// reaction is what a ref names that is not a message but somebody's reaction to one.
type reaction struct {
	Message chat.MessageID `json:"message"`
	Ref     chat.Ref       `json:"ref"`
	By      chat.Person    `json:"by"`
	Emoji   []string       `json:"emoji"`
}

// message returns the message with that id, nil if it is unknown.
func (g *graph) message(id chat.MessageID) (*chat.Message, error) {
	if m := g.dirty[id]; m != nil {
		return m, nil
	}
	if m := g.recent.messages[id]; m != nil {
		return m, nil
	}
	key, ok := messageKeyOfID(id)
	if !ok {
		return nil, nil
	}
	raw := g.tx.Get(bucketMessage, key.bytes())
	if raw == nil {
		return nil, nil
	}
	m := new(chat.Message)
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, fmt.Errorf("read message %s: %w", id, err)
	}
	return m, nil
}

// byRef returns the message, or the reaction, that a ref names; nil if it is unknown.
func (g *graph) byRef(r chat.Ref) (*chat.Message, *reaction, error) {
	if r.IsZero() {
		return nil, nil, nil
	}
	raw := g.tx.Get(bucketRef, []byte(r.String()))
	switch {
	case len(raw) == 0:
		return nil, nil, nil
	case raw[0] == 'm':
		m, err := g.message(messageKeyOf(raw[1:]).id())
		return m, nil, err
	}
	re := new(reaction)
	if err := json.Unmarshal(raw[1:], re); err != nil {
		return nil, nil, fmt.Errorf("read reaction %s: %w", r, err)
	}
	return nil, re, nil
}

// touch makes a changed message part of what is written at the end.
func (g *graph) touch(m *chat.Message) { g.dirty[m.ID] = m }

// name lets a ref name a message; a zero one names nothing.
func (g *graph) name(r chat.Ref, m *chat.Message) error {
	if r.IsZero() {
		return nil
	}
	key, _ := messageKeyOfID(m.ID)
	return g.tx.Put(bucketRef, []byte(r.String()), append([]byte{'m'}, key.bytes()...))
}

// nameReaction lets a ref name a reaction.
func (g *graph) nameReaction(r chat.Ref, re reaction) error {
	raw, err := json.Marshal(re)
	if err != nil {
		return fmt.Errorf("encode reaction: %w", err)
	}
	if err := g.tx.Put(bucketReaction, reactionKey(re.Message, r), []byte{1}); err != nil {
		return err
	}
	return g.tx.Put(bucketRef, []byte(r.String()), append([]byte{'r'}, raw...))
}

// reactionKey is where a message remembers the name of a reaction, so that it can be forgotten with it.
func reactionKey(id chat.MessageID, r chat.Ref) []byte {
	key, _ := messageKeyOfID(id)
	return append(key.bytes(), r.String()...)
}

// forget removes a ref.
func (g *graph) forget(r chat.Ref) error { return g.tx.Delete(bucketRef, []byte(r.String())) }

// forgetReaction removes the ref of a reaction.
func (g *graph) forgetReaction(r chat.Ref, re *reaction) error {
	if err := g.tx.Delete(bucketReaction, reactionKey(re.Message, r)); err != nil {
		return err
	}
	return g.forget(r)
}

// expect notes that an effect will make a copy of a message.
func (g *graph) expect(id chat.EffectID, m *chat.Message, to chat.Chat) {
	m.Copies = append(m.Copies, chat.Copy{Chat: to, Effect: id})
	g.touch(m)
}

// tagged returns the newest message of the house's with that tag, nil if there is none.
func (g *graph) tagged(in chat.CommunityID, tag string) (*chat.Message, error) {
	raw := g.tx.Get(bucketTag, joinKey(string(in), tag))
	if len(raw) != messageKeySize || tag == "" {
		return nil, nil
	}
	m, err := g.message(messageKeyOf(raw).id())
	if m == nil || m.Gone {
		return nil, err
	}
	return m, err
}

// tag lets a tag name a message of the house's.
func (g *graph) tag(m *chat.Message) error {
	if m.Tag == "" {
		return nil
	}
	key, _ := messageKeyOfID(m.ID)
	return g.tx.Put(bucketTag, joinKey(string(m.Community), m.Tag), key.bytes())
}

// alias gives the copy in a ref's chat a further name, by which others may call it.
func (g *graph) alias(r chat.Ref, m *chat.Message) error {
	for i := range m.Copies {
		if m.Copies[i].Chat == r.Chat {
			m.Copies[i].Names = append(slices.Clone(m.Copies[i].Names), r)
		}
	}
	g.touch(m)
	return g.name(r, m)
}

// grow adds the messages that an edit has made to the copy in their chat.
func (g *graph) grow(m *chat.Message, refs []chat.Ref) error {
	for _, r := range refs {
		for i := range m.Copies {
			if m.Copies[i].Chat == r.Chat && !slices.Contains(m.Copies[i].Refs, r) {
				m.Copies[i].Refs = append(slices.Clone(m.Copies[i].Refs), r)
			}
		}
		g.touch(m)
		if err := g.name(r, m); err != nil {
			return err
		}
	}
	return nil
}

// lose notes that a copy is not there any more.
func (g *graph) lose(m *chat.Message, r chat.Ref) error {
	for i := range m.Copies {
		if m.Copies[i].Chat == r.Chat {
			m.Copies[i].Failed = chat.NotFound
		}
	}
	g.touch(m)
	return g.forget(r)
}

// flush writes the messages that have changed.
func (g *graph) flush() error {
	ids := make([]chat.MessageID, 0, len(g.dirty))
	for id := range g.dirty {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		key, _ := messageKeyOfID(id)
		raw, err := json.Marshal(g.dirty[id])
		if err != nil {
			return fmt.Errorf("encode message %s: %w", id, err)
		}
		if err := g.tx.Put(bucketMessage, key.bytes(), raw); err != nil {
			return err
		}
		g.recent.put(g.dirty[id])
	}
	return nil
}
