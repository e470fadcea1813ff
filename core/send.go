package core

import (
	"fmt"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxDispatch is the most bytes of an encoded effect; the bus takes a million.
const maxDispatch = 900_000

// send numbers an outgoing effect and, if it makes a copy of a message, lets the message expect it.
func (f *fold) send(e *chat.Event, x chat.Outgoing) error {
	if x.Where().IsZero() && e.By.Identity == chat.House() {
		return nil // the answer to a command that nobody has typed anywhere
	}
	x, there, err := f.resolve(e, x)
	if err != nil || !there {
		return err
	}
	f.made++
	id := e.ID.Effect(f.made)
	data, err := chat.EncodeDispatch(chat.Dispatch{ID: id, At: f.now, Effect: x})
	if err == nil && len(data) > maxDispatch {
		err = fmt.Errorf("effect %s has %d bytes, more than the bus takes", id, len(data))
	}
	if err == nil {
		_, err = chat.ParseChat(x.Where().String())
	}
	if err != nil {
		return f.bury("", f.entry.Data, err) // one that the bus can never take would hold up all behind it
	}
	if err := f.await(e, id, x); err != nil {
		return err
	}
	f.effect++
	f.rows = append(f.rows, Row{N: f.effect, To: x.Where(), Data: data})
	f.engine.stats.effects.Add(1)
	return nil
}

// resolve fills in which message a tag means in a chat. It is false where there is none: then there is nothing to do.
func (f *fold) resolve(e *chat.Event, x chat.Outgoing) (chat.Outgoing, bool, error) {
	var err error
	there := true
	switch y := x.(type) {
	case chat.Edit:
		tag := y.Target.Tag
		y.Target, there, err = f.target(e, y.Target, y.To)
		if err == nil && there && tag != "" {
			err = f.rechoose(e, tag, y.Choices)
		}
		x = y
	case chat.Delete:
		y.Target, there, err = f.target(e, y.Target, y.To)
		x = y
	case chat.Pin:
		y.Target, there, err = f.target(e, y.Target, y.To)
		x = y
	case chat.Unpin:
		y.Target, there, err = f.target(e, y.Target, y.To)
		x = y
	}
	return x, there, err
}

func (f *fold) target(e *chat.Event, t chat.Target, in chat.Chat) (chat.Target, bool, error) {
	if t.Tag == "" {
		return t, true, nil
	}
	m, err := f.graph.tagged(e.Community, t.Tag)
	if err != nil {
		return t, false, err
	}
	found, ok := m.In(in)
	return found, ok, nil
}

// rechoose notes what the message with a tag offers from now on.
func (f *fold) rechoose(e *chat.Event, tag string, choices []chat.Choice) error {
	m, err := f.graph.tagged(e.Community, tag)
	if err != nil || m == nil {
		return err
	}
	m.Choices = choices
	f.graph.touch(m)
	return nil
}

// await notes what the receipt of an effect will be about.
func (f *fold) await(e *chat.Event, id chat.EffectID, x chat.Outgoing) error {
	switch x := x.(type) {
	case chat.Send:
		return f.expect(e, id, x)
	case chat.Whisper:
		if x.Tag == "" && len(x.Choices) == 0 {
			return nil
		}
		m := f.own(e, x.To, x.Tag, x.Choices)
		key, _ := messageKeyOfID(m.ID)
		if err := firstError(f.graph.tag(m), f.tx.Put(bucketWhisper, key.bytes(), nil)); err != nil {
			return err
		}
		return f.graph.expect(id, m, x.To)
	case chat.Edit:
		if e.Message == nil {
			return nil
		}
		return f.graph.expectMore(id, e.Message)
	}
	return f.graph.tell(id, e.Community, tagOf(x))
}

func tagOf(x chat.Outgoing) string {
	switch x := x.(type) {
	case chat.Delete:
		return x.Tag
	case chat.Pin:
		return x.Tag
	case chat.Unpin:
		return x.Tag
	case chat.Restrict:
		return x.Tag
	case chat.Release:
		return x.Tag
	case chat.Remove:
		return x.Tag
	case chat.Ban:
		return x.Tag
	case chat.Unban:
		return x.Tag
	case chat.Admit:
		return x.Tag
	case chat.Decline:
		return x.Tag
	case chat.Invite:
		return x.Tag
	}
	return ""
}

// own makes a message of the house's. It belongs where its chat does, in private to the community that speaks.
func (f *fold) own(e *chat.Event, to chat.Chat, tag string, choices []chat.Choice) *chat.Message {
	at, group := f.engine.house.chats[to]
	if !group {
		at.community = e.Community
	}
	return &chat.Message{
		ID:        messageKey{Seq: f.entry.Seq, N: uint32(f.made)}.id(),
		Community: at.community, Room: at.room, At: f.now, Tag: tag, Choices: choices,
	}
}

// expect notes the copy that a Send makes. One that is no message's copy makes a message of the house, or, with a tag,
// one more copy of the message that was sent into other chats with it.
func (f *fold) expect(e *chat.Event, id chat.EffectID, s chat.Send) error {
	m, err := f.copied(e, s)
	if err != nil {
		return err
	}
	if m == nil {
		if _, group := f.engine.house.chats[s.To]; !group && s.Tag == "" && len(s.Choices) == 0 {
			return nil // an answer in private: nobody refers to it again
		}
		m = f.own(e, s.To, s.Tag, s.Choices)
		if err := firstError(f.graph.tag(m), f.inTheNameOf(s.As, m, s.Text)); err != nil {
			return err
		}
	}
	return f.graph.expect(id, m, s.To)
}

// inTheNameOf makes a message that the house posts for a member (from his queue, to another room) that member's: answers to it,
// reports of it and its erasure concern him.
func (f *fold) inTheNameOf(as *chat.Person, m *chat.Message, words chat.Text) error {
	c := f.engine.house.communities[m.Community]
	if as == nil || c == nil {
		return nil
	}
	m.By, m.Name, m.Author = as.Identity, as.Name, c.identities[as.Identity]
	return firstError(f.remember(m, words), f.attribute(m))
}

// copied returns the message whose copy a Send is, nil if it is a new one.
func (f *fold) copied(e *chat.Event, s chat.Send) (*chat.Message, error) {
	switch {
	case s.Message != "" && e.Message != nil && e.Message.ID == s.Message:
		return e.Message, nil
	case s.Message != "":
		return f.graph.message(s.Message)
	case s.Tag == "":
		return nil, nil
	}
	m, err := f.graph.tagged(e.Community, s.Tag)
	if m == nil || err != nil {
		return nil, err
	}
	for _, c := range m.Copies {
		if c.Chat == s.To {
			return nil, nil // the newer one takes its place
		}
	}
	m.Choices = s.Choices
	return m, nil
}
