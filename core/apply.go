package core

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// pruneAgain is when the engine looks again for what it may forget.
func pruneAgain(more bool) time.Duration {
	if more {
		return time.Second
	}
	return 6 * time.Hour
}

// apply does what an effect wants of the house, or puts it into the outbox for a platform. It tells
// whether the event ends here.
func (f *fold) apply(e *chat.Event, effect chat.Effect) (drop bool, err error) {
	switch x := effect.(type) {
	case chat.Drop:
		return true, nil
	case chat.Enrol:
		err = f.enrol(e, x)
	case chat.Link:
		err = f.link(e, x)
	case chat.Unlink:
		err = f.unlink(e, x)
	case chat.Claim:
		err = f.claim(e, x)
	case chat.Set:
		err = f.set(e, x)
	case chat.Wake:
		err = putTimer(f.tx, x)
	case chat.Cancel:
		err = dropTimer(f.tx, x.Rule, x.Key)
	case chat.Emit:
		f.emit(e, x.Body)
	case chat.Record:
		key := joinKey(string(e.Community), x.Log, string(f.nextKey().bytes()))
		err = f.tx.Put(bucketLog, key, []byte(x.Line))
	case chat.Outgoing:
		err = f.send(e, x)
	default:
		err = f.bury("", f.entry.Data, fmt.Errorf("apply effect %T: %w", effect, chat.ErrKind))
	}
	return false, err
}

// maxDispatch is the most bytes of an encoded effect; the bus takes a million.
const maxDispatch = 900_000

// send numbers an outgoing effect and, if it makes a copy of a message, lets the message expect it.
func (f *fold) send(e *chat.Event, x chat.Outgoing) error {
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
	if s, ok := x.(chat.Send); ok {
		if err := f.expect(e, id, s); err != nil {
			return err
		}
	}
	if _, ok := x.(chat.Edit); ok && e.Message != nil {
		if err := f.graph.expectMore(id, e.Message); err != nil {
			return err
		}
	}
	f.effect++
	f.rows = append(f.rows, Row{N: f.effect, To: x.Where(), Data: data})
	f.engine.stats.effects.Add(1)
	return nil
}

// expect notes the copy that a Send makes. One that is no message's copy makes a message of the house.
func (f *fold) expect(e *chat.Event, id chat.EffectID, s chat.Send) error {
	var m *chat.Message
	var err error
	if s.Message != "" {
		if e.Message != nil && e.Message.ID == s.Message {
			m = e.Message
		} else if m, err = f.graph.message(s.Message); err != nil {
			return err
		}
	}
	if m == nil {
		at := f.engine.house.chats[s.To]
		m = &chat.Message{
			ID:        messageKey{Seq: f.entry.Seq, N: uint32(f.made)}.id(),
			Community: at.community, Room: at.room, At: f.now,
		}
	}
	return f.graph.expect(id, m, s.To)
}

// emit lets another event happen after this one.
func (f *fold) emit(e *chat.Event, body chat.Body) { f.emitIn(e, "", body) }

// emitIn lets it happen in a community that is not the one of the event's chat.
func (f *fold) emitIn(e *chat.Event, community chat.CommunityID, body chat.Body) {
	f.made++
	f.emits = append(f.emits, chat.Event{
		Community: community,
		ID:        chat.EventID(string(e.ID) + "+" + strconv.Itoa(f.made)), At: e.At, Chat: e.Chat, Title: e.Title,
		Private: e.Private, By: e.By, Body: body,
	})
}

func (f *fold) enrol(e *chat.Event, x chat.Enrol) error {
	c := f.engine.house.communities[e.Community]
	if c == nil {
		return nil
	}
	who := x.Who
	if who.Identity.IsZero() {
		who = e.By
	}
	if err := c.enrol(f.tx, who, f.engine.house.persons[who.Identity]); err != nil {
		return err
	}
	f.who(e)
	if e.Message != nil && e.Message.Author == "" && e.Message.By == e.By.Identity {
		e.Message.Author = e.Member
		f.graph.touch(e.Message)
	}
	return nil
}

func (f *fold) link(e *chat.Event, x chat.Link) error {
	h := f.engine.house
	to := h.communities[x.Community]
	if to == nil {
		f.emit(e, chat.LinkRefused{Chat: x.Chat})
		return nil
	}
	room, there := to.view().Room(x.Room)
	if taken, ok := room.On(x.Chat.Platform); ok || !there {
		f.emit(e, chat.LinkRefused{Chat: x.Chat, Taken: taken, Room: room.Name, Title: room.Title(taken)})
		return nil
	}
	from := h.communities[h.chats[x.Chat].community]
	title := ""
	if from != nil {
		for _, r := range from.Rooms {
			if t := r.Titles[x.Chat]; t != "" {
				title = t
			}
		}
		if from != to {
			if err := h.moveMembers(f.tx, from, to, x.Chat.Platform); err != nil {
				return err
			}
		}
	}
	if err := h.takeOut(f.tx, x.Chat); err != nil {
		return err
	}
	rooms := slices.Clone(to.Rooms)
	for i := range rooms {
		if rooms[i].ID == x.Room {
			rooms[i].Chats = append(slices.Clone(rooms[i].Chats), x.Chat)
		}
	}
	to.Rooms = rooms
	h.index(to)
	if title != "" {
		if err := to.retitle(f.tx, x.Chat, title); err != nil {
			return err
		}
	}
	f.emit(e, chat.Linked{Chat: x.Chat, Code: x.Code})
	return to.save(f.tx)
}

func (f *fold) unlink(e *chat.Event, x chat.Unlink) error {
	h := f.engine.house
	c := h.communities[h.chats[x.Chat].community]
	if c == nil {
		return nil
	}
	room, _ := c.view().RoomOf(x.Chat)
	title := room.Title(x.Chat)
	if err := h.takeOut(f.tx, x.Chat); err != nil {
		return err
	}
	f.made++
	id := chat.CommunityID("c" + strconv.FormatUint(f.entry.Seq, 36) + "." + strconv.Itoa(f.made))
	own, err := h.found(f.tx, id, x.Chat, title)
	if err != nil {
		return err
	}
	own.Settings = maps.Clone(c.Settings)
	if err := own.save(f.tx); err != nil {
		return err
	}
	if err := h.moveMembers(f.tx, c, own, x.Chat.Platform); err != nil {
		return err
	}
	f.emit(e, chat.Unlinked(x))
	return nil
}

// claim makes two identities one person: one member wherever either is or will be one.
func (f *fold) claim(e *chat.Event, x chat.Claim) error {
	all, err := f.engine.house.samePerson(f.tx, x.First, x.Second)
	if err != nil {
		return err
	}
	ids := make([]chat.CommunityID, 0, len(f.engine.house.communities))
	for id := range f.engine.house.communities {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		kept, gone, err := f.engine.house.communities[id].unite(f.tx, all)
		if err != nil {
			return err
		}
		for _, g := range gone {
			f.emitIn(e, id, chat.Claimed{Kept: kept, Gone: g})
		}
	}
	return nil
}

func (f *fold) set(e *chat.Event, x chat.Set) error {
	c := f.engine.house.communities[e.Community]
	if c == nil {
		return nil
	}
	settings := map[string]string{x.Key: x.Value}
	for k, v := range c.Settings {
		if k != x.Key {
			settings[k] = v
		}
	}
	c.Settings = settings
	return c.save(f.tx)
}
