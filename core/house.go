package core

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// house is who and what there is: communities with their rooms, chats and members, read once from the
// state and changed together with it. Run alone touches it.
type house struct {
	communities map[chat.CommunityID]*community
	chats       map[chat.Chat]place
	// persons has, for every identity that has been claimed, all that are the same person, in the order in
	// which they were claimed. It outlives communities.
	persons map[chat.Identity][]chat.Identity
	nextDue time.Time // of the first timer; zero = none
}

// place says where a chat belongs.
type place struct {
	community chat.CommunityID
	room      chat.RoomID
}

// community is the record of one community.
type community struct {
	ID       chat.CommunityID  `json:"id"`
	Name     string            `json:"name"`
	Settings map[string]string `json:"settings,omitempty"`
	Rooms    []chat.Room       `json:"rooms"`
	// Made counts the rooms and members that were ever made, for their ids.
	Made int `json:"made"`

	members    map[chat.MemberID]*chat.Card
	identities map[chat.Identity]chat.MemberID
}

var _ chat.MemberIndex = (*community)(nil)

// Of returns the member that an identity is.
func (c *community) Of(i chat.Identity) (chat.Card, bool) { return c.ByID(c.identities[i]) }

// ByID returns the member with that id.
func (c *community) ByID(id chat.MemberID) (chat.Card, bool) {
	card, ok := c.members[id]
	if !ok {
		return chat.Card{}, false
	}
	return *card, true
}

// view is what the rules see of it.
func (c *community) view() chat.Community {
	return chat.Community{ID: c.ID, Name: c.Name, Settings: c.Settings, Rooms: c.Rooms, Members: c}
}

// nobody is the member index where there is no community.
type nobody struct{}

// Of finds no one.
func (nobody) Of(chat.Identity) (chat.Card, bool) { return chat.Card{}, false }

// ByID finds no one.
func (nobody) ByID(chat.MemberID) (chat.Card, bool) { return chat.Card{}, false }

func loadHouse(tx Tx) (*house, error) {
	h := &house{
		communities: make(map[chat.CommunityID]*community), chats: make(map[chat.Chat]place),
		persons: make(map[chat.Identity][]chat.Identity),
	}
	var broken error
	err := tx.Scan(bucketCommunity, nil, func(key, value []byte) bool {
		c := &community{members: make(map[chat.MemberID]*chat.Card), identities: make(map[chat.Identity]chat.MemberID)}
		if err := json.Unmarshal(value, c); err != nil {
			broken = fmt.Errorf("read community %q: %w", key, err)
			return false
		}
		h.communities[c.ID] = c
		h.index(c)
		return true
	})
	if err != nil || broken != nil {
		return nil, firstError(err, broken)
	}
	err = tx.Scan(bucketMember, nil, func(key, value []byte) bool {
		id, _, _ := strings.Cut(string(key), "\x00")
		c := h.communities[chat.CommunityID(id)]
		card := new(chat.Card)
		if err := json.Unmarshal(value, card); err != nil || c == nil {
			broken = fmt.Errorf("read member %q: %w", key, firstError(err, errNoCommunity))
			return false
		}
		c.add(card)
		return true
	})
	if err != nil || broken != nil {
		return nil, firstError(err, broken)
	}
	if err := h.loadPersons(tx); err != nil {
		return nil, err
	}
	first, ok, err := firstTimer(tx)
	if ok {
		h.nextDue = first.at
	}
	return h, err
}

func (h *house) loadPersons(tx Tx) error {
	var broken error
	err := tx.Scan(bucketPerson, nil, func(key, value []byte) bool {
		i, err := chat.ParseIdentity(string(key))
		var all []chat.Identity
		if broken = firstError(err, json.Unmarshal(value, &all)); broken != nil {
			return false
		}
		h.persons[i] = all
		return true
	})
	if err := firstError(err, broken); err != nil {
		return fmt.Errorf("read persons: %w", err)
	}
	return nil
}

func (c *community) add(card *chat.Card) {
	c.members[card.ID] = card
	for _, i := range card.Identities {
		c.identities[i] = card.ID
	}
}

// index notes where the community's chats are.
func (h *house) index(c *community) {
	for _, r := range c.Rooms {
		for _, ch := range r.Chats {
			h.chats[ch] = place{community: c.ID, room: r.ID}
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// found makes a community of one chat; title may be empty.
func (h *house) found(tx Tx, id chat.CommunityID, ch chat.Chat, title string) (*community, error) {
	c := &community{
		ID: id, Name: title, members: make(map[chat.MemberID]*chat.Card), identities: make(map[chat.Identity]chat.MemberID),
	}
	c.Made++
	room := chat.Room{ID: chat.RoomID("r" + strconv.Itoa(c.Made)), Name: title, Chats: []chat.Chat{ch}}
	if title != "" {
		room.Titles = map[chat.Chat]string{ch: title}
	}
	c.Rooms = []chat.Room{room}
	h.communities[id] = c
	h.index(c)
	return c, c.save(tx)
}

func (c *community) save(tx Tx) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode community %s: %w", c.ID, err)
	}
	return tx.Put(bucketCommunity, []byte(c.ID), raw)
}

func (c *community) saveMember(tx Tx, card *chat.Card) error {
	raw, err := json.Marshal(card)
	if err != nil {
		return fmt.Errorf("encode member %s: %w", card.ID, err)
	}
	return tx.Put(bucketMember, joinKey(string(c.ID), string(card.ID)), raw)
}

// retitle notes what a chat is called now.
func (c *community) retitle(tx Tx, ch chat.Chat, title string) error {
	for i := range c.Rooms {
		r := &c.Rooms[i]
		if !slices.Contains(r.Chats, ch) || r.Titles[ch] == title {
			continue
		}
		titles := map[chat.Chat]string{ch: title}
		for k, v := range r.Titles {
			if k != ch {
				titles[k] = v
			}
		}
		r.Titles = titles
		if r.Name == "" || len(r.Chats) == 1 {
			r.Name = title
		}
		if c.Name == "" || len(c.Rooms) == 1 && len(r.Chats) == 1 {
			c.Name = title
		}
		return c.save(tx)
	}
	return nil
}

// enrol makes a person a member, or keeps his name up to date if he is one. same are the identities that
// are known to be the same person.
func (c *community) enrol(tx Tx, p chat.Person, same []chat.Identity) error {
	if id, ok := c.identities[p.Identity]; ok {
		card := c.members[id]
		if p.Name == "" || card.Name == p.Name || card.Identities[0] != p.Identity {
			return nil
		}
		card.Name = p.Name
		return c.saveMember(tx, card)
	}
	for _, i := range same {
		if card := c.members[c.identities[i]]; card != nil {
			card.Identities = append(slices.Clone(card.Identities), p.Identity)
			c.add(card)
			return c.saveMember(tx, card)
		}
	}
	c.Made++
	card := &chat.Card{
		ID: chat.MemberID("m" + strconv.Itoa(c.Made)), Name: p.Name, Level: chat.Member, Identities: []chat.Identity{p.Identity},
	}
	c.add(card)
	if err := c.saveMember(tx, card); err != nil {
		return err
	}
	return c.save(tx)
}

// unite makes the identities of one person one member, if any of them is one here; it returns the id that
// is kept and those that are gone.
func (c *community) unite(tx Tx, all []chat.Identity) (kept chat.MemberID, gone []chat.MemberID, err error) {
	var card *chat.Card
	for _, i := range all {
		id := c.identities[i]
		switch {
		case id == "" || card != nil && id == card.ID:
		case card == nil:
			card = c.members[id]
		default:
			other := c.members[id]
			card.Identities = append(slices.Clone(card.Identities), other.Identities...)
			card.Level = max(card.Level, other.Level)
			c.add(card)
			delete(c.members, id)
			gone = append(gone, id)
			if err := tx.Delete(bucketMember, joinKey(string(c.ID), string(id))); err != nil {
				return "", nil, err
			}
		}
	}
	if card == nil {
		return "", nil, nil
	}
	for _, i := range all {
		if !slices.Contains(card.Identities, i) {
			card.Identities = append(slices.Clone(card.Identities), i)
		}
	}
	c.add(card)
	return card.ID, gone, c.saveMember(tx, card)
}

// samePerson remembers that two identities are one person and returns all that are.
func (h *house) samePerson(tx Tx, a, b chat.Identity) ([]chat.Identity, error) {
	var all []chat.Identity
	for _, i := range slices.Concat([]chat.Identity{a}, h.persons[a], []chat.Identity{b}, h.persons[b]) {
		if !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("encode person: %w", err)
	}
	for _, i := range all {
		h.persons[i] = all
		if err := tx.Put(bucketPerson, []byte(i.String()), raw); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// takeOut removes a chat from whatever it is part of; an empty room, and a community without rooms, are
// forgotten.
func (h *house) takeOut(tx Tx, ch chat.Chat) error {
	at, ok := h.chats[ch]
	if !ok {
		return nil
	}
	delete(h.chats, ch)
	c := h.communities[at.community]
	rooms := slices.Clone(c.Rooms)
	for i, r := range rooms {
		if r.ID != at.room {
			continue
		}
		rooms[i].Chats, rooms[i].Titles = r.Others(ch), maps.Clone(r.Titles)
		delete(rooms[i].Titles, ch)
	}
	c.Rooms = slices.DeleteFunc(rooms, func(r chat.Room) bool { return len(r.Chats) == 0 })
	if len(c.Rooms) > 0 {
		return c.save(tx)
	}
	delete(h.communities, c.ID)
	for id := range c.members {
		if err := tx.Delete(bucketMember, joinKey(string(c.ID), string(id))); err != nil {
			return err
		}
	}
	return tx.Delete(bucketCommunity, []byte(c.ID))
}

// moveMembers enrols in to everybody who is a member of from through one of the platform's accounts.
func (h *house) moveMembers(tx Tx, from, to *community, p chat.Platform) error {
	cards := make([]*chat.Card, 0, len(from.members))
	for _, card := range from.members {
		cards = append(cards, card)
	}
	slices.SortFunc(cards, func(a, b *chat.Card) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, card := range cards {
		for _, i := range card.Identities {
			if i.Platform != p {
				continue
			}
			if err := to.enrol(tx, chat.Person{Identity: i, Name: card.Name}, h.persons[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
