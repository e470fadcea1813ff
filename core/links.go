package core

import (
	"maps"
	"slices"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

func (f *fold) link(e *chat.Event, x chat.Link) error {
	h := f.engine.house
	to := h.communities[x.Community]
	if to == nil {
		f.emit(e, chat.LinkRefused{Chat: x.Chat})
		return nil
	}
	if x.Room == "" {
		return f.adopt(e, x, to)
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
			if err := h.moveMembers(f.tx, from, to, []chat.Chat{x.Chat}, x.Chat.Platform, f.now); err != nil {
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
	if err := h.moveMembers(f.tx, c, own, []chat.Chat{x.Chat}, x.Chat.Platform, f.now); err != nil {
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
		if err := f.unite(e, f.engine.house.communities[id], all); err != nil {
			return err
		}
	}
	return nil
}

// unite makes one member of those whom the identities of one person are in a community, with what rules keep of them.
func (f *fold) unite(e *chat.Event, c *community, all []chat.Identity) error {
	before := 0
	for _, i := range all {
		if c.identities[i] != "" {
			before++
		}
	}
	kept, gone, err := c.unite(f.tx, all)
	if err != nil || kept == "" {
		return err
	}
	for _, g := range gone {
		if err := f.uniteStates(c.ID, kept, g); err != nil {
			return err
		}
		f.emitIn(e, c.ID, chat.Claimed{Kept: kept, Gone: g})
	}
	if len(gone) == 0 && before < len(all) {
		f.emitIn(e, c.ID, chat.Claimed{Kept: kept})
	}
	return nil
}

// uniteStates makes one of the states that rules keep of two members. States that cannot be read stay, as a dead letter.
func (f *fold) uniteStates(c chat.CommunityID, kept, gone chat.MemberID) error {
	for _, r := range f.engine.rules {
		to, from := rule.PersonKey(c, kept), rule.PersonKey(c, gone)
		had, err := f.state(r, to)
		other, failed := f.state(r, from)
		var next []byte
		personal := false
		if err = firstError(err, failed); err == nil {
			next, personal, err = r.Unite(had, other)
		}
		if err != nil {
			if err := f.bury(r.Name(), parcel{}, err); err != nil {
				return err
			}
			continue
		}
		if !personal || other == nil {
			continue
		}
		if err := f.setState(r, to, next); err != nil {
			return err
		}
		if err := f.setState(r, from, nil); err != nil {
			return err
		}
	}
	return nil
}

// adopt makes the room of a chat a new room of another community.
func (f *fold) adopt(e *chat.Event, x chat.Link, to *community) error {
	h := f.engine.house
	from := h.communities[h.chats[x.Chat].community]
	if from == nil { // a chat that an Open has made, and nothing has happened there yet
		to.Made++
		id := chat.RoomID("r" + strconv.Itoa(to.Made))
		to.Rooms = append(slices.Clone(to.Rooms), chat.Room{ID: id, Chats: []chat.Chat{x.Chat}})
		h.index(to)
		f.emit(e, chat.Linked{Chat: x.Chat, Code: x.Code})
		return to.save(f.tx)
	}
	if from == to {
		f.emit(e, chat.LinkRefused{Chat: x.Chat})
		return nil
	}
	room, _ := from.view().RoomOf(x.Chat)
	to.Made++
	room.ID = chat.RoomID("r" + strconv.Itoa(to.Made))
	room.Settings = nil
	for _, ch := range room.Chats {
		if err := h.moveMembers(f.tx, from, to, room.Chats, ch.Platform, f.now); err != nil {
			return err
		}
	}
	for _, ch := range room.Chats {
		if err := h.takeOut(f.tx, ch); err != nil {
			return err
		}
	}
	to.Rooms = append(slices.Clone(to.Rooms), room)
	h.index(to)
	f.emit(e, chat.Linked{Chat: x.Chat, Code: x.Code})
	return to.save(f.tx)
}
