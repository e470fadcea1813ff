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
	nextDue time.Time              // of the first timer; zero = none
	albums  map[chat.Chat][]*album // that are coming, in the order of their first items
	early   int                    // messages that something has overtaken
	secret  []byte
}

// place says where a chat belongs.
type place struct {
	community chat.CommunityID
	room      chat.RoomID
}

func loadHouse(tx Tx, secret []byte) (*house, error) {
	h := &house{
		communities: make(map[chat.CommunityID]*community), chats: make(map[chat.Chat]place),
		persons: make(map[chat.Identity][]chat.Identity), secret: secret, albums: make(map[chat.Chat][]*album),
	}
	var broken error
	err := tx.Scan(bucketCommunity, nil, func(key, value []byte) bool {
		c := newCommunity(secret)
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
	if err := firstError(h.loadPersons(tx), h.loadEarly(tx)); err != nil {
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
	c := newCommunity(h.secret)
	c.ID, c.Name = id, title
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
	for _, card := range c.All() {
		if err := c.gone(tx, c.members[card.ID], ch); err != nil {
			return err
		}
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
func (h *house) moveMembers(tx Tx, from, to *community, moved []chat.Chat, p chat.Platform, now time.Time) error {
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
			if err := to.enrol(tx, chat.Person{Identity: i, Name: card.Name}, h.persons[i], now); err != nil {
				return err
			}
			if mine := to.members[to.identities[i]]; mine.Home == "" && card.Home != "" {
				mine.Home = card.Home
				if err := to.saveMember(tx, mine); err != nil {
					return err
				}
			}
			for _, in := range card.In {
				if slices.Contains(moved, in) {
					if err := to.appear(tx, to.members[to.identities[i]], in); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}
