package core

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

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
	secret     []byte      // for pseudonyms
	all        []chat.Card // what All returns; nil = to be made
}

var _ chat.MemberIndex = (*community)(nil)

func newCommunity(secret []byte) *community {
	return &community{
		members: make(map[chat.MemberID]*chat.Card), identities: make(map[chat.Identity]chat.MemberID), secret: secret,
	}
}

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

// All returns everybody, in the order of their coming. It is made once, until a card changes.
func (c *community) All() []chat.Card {
	if c.all != nil {
		return c.all
	}
	c.all = make([]chat.Card, 0, len(c.members))
	for _, card := range c.members {
		c.all = append(c.all, *card)
	}
	slices.SortFunc(c.all, func(a, b chat.Card) int { return made(string(a.ID)) - made(string(b.ID)) })
	return c.all
}

// made returns the number in the id of a member or a room.
func made(id string) int {
	n, _ := strconv.Atoi(id[min(1, len(id)):])
	return n
}

// Named returns whom a word can mean. A handle, an identity and a nick are one person's; a name can be several's.
func (c *community) Named(word string) []chat.Card {
	bare := strings.ToLower(strings.TrimPrefix(word, "@"))
	if bare == "" {
		return nil
	}
	var named []chat.Card
	for _, card := range c.All() {
		handle := strings.ToLower(card.Handle)
		_, number, _ := strings.Cut(handle, "~")
		if bare == handle || bare == "~"+number || slices.Contains(card.Nicks, bare) {
			return []chat.Card{card}
		}
		for _, i := range card.Identities {
			if i.ID == word || "@"+bare == strings.ToLower(i.ID) {
				return []chat.Card{card}
			}
		}
		if strings.EqualFold(oneWord(card.Name), bare) {
			named = append(named, card)
		}
	}
	return named
}

// oneWord is a name as it can be typed behind an '@': "Ana Maria" is AnaMaria.
func oneWord(name string) string { return strings.Join(strings.Fields(name), "") }

// Pseudonym returns what stands for an identity.
func (c *community) Pseudonym(i chat.Identity) string {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte("pseudonym " + i.String()))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// handleOf makes a member's handle: at most twelve letters and digits of his name, and his number.
func handleOf(name string, id chat.MemberID) string {
	var out []rune
	for _, r := range strings.ToLower(name) {
		if (unicode.IsLetter(r) || unicode.IsDigit(r)) && len(out) < 12 {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		out = []rune("guest")
	}
	return string(out) + "~" + strconv.Itoa(made(string(id)))
}

// nobody is the member index where there is no community.
type nobody struct{}

// Of finds no one.
func (nobody) Of(chat.Identity) (chat.Card, bool) { return chat.Card{}, false }

// ByID finds no one.
func (nobody) ByID(chat.MemberID) (chat.Card, bool) { return chat.Card{}, false }

// All is nobody.
func (nobody) All() []chat.Card { return nil }

// Named finds no one.
func (nobody) Named(string) []chat.Card { return nil }

// Pseudonym has none.
func (nobody) Pseudonym(chat.Identity) string { return "" }

func (c *community) add(card *chat.Card) {
	c.all = nil
	c.members[card.ID] = card
	for _, i := range card.Identities {
		c.identities[i] = card.ID
	}
}

func (c *community) save(tx Tx) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode community %s: %w", c.ID, err)
	}
	return tx.Put(bucketCommunity, []byte(c.ID), raw)
}

func (c *community) saveMember(tx Tx, card *chat.Card) error {
	c.all = nil
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
		if r.Name == "" || len(r.Chats) == 1 && r.Settings["name"] == "" {
			r.Name = title
		}
		if c.Name == "" || len(c.Rooms) == 1 && len(r.Chats) == 1 && c.Settings["name"] == "" {
			c.Name = title
		}
		return c.save(tx)
	}
	return nil
}

// enrol makes a person a member, or keeps his names up to date if he is one. same are the identities that
// are known to be the same person.
func (c *community) enrol(tx Tx, p chat.Person, same []chat.Identity, now time.Time) error {
	if id, ok := c.identities[p.Identity]; ok {
		return c.rename(tx, c.members[id], p)
	}
	for _, i := range same {
		if card := c.members[c.identities[i]]; card != nil {
			card.Identities = append(slices.Clone(card.Identities), p.Identity)
			c.add(card)
			return c.saveMember(tx, card)
		}
	}
	c.Made++
	id := chat.MemberID("m" + strconv.Itoa(c.Made))
	card := &chat.Card{
		ID: id, Name: p.Name, Handle: handleOf(p.Name, id), Level: chat.Member, Identities: []chat.Identity{p.Identity}, Since: now,
	}
	if p.Nick != "" {
		card.Nicks = []string{strings.ToLower(p.Nick)}
	}
	c.add(card)
	if err := c.saveMember(tx, card); err != nil {
		return err
	}
	return c.save(tx)
}

// rename notes what a member is called now: by the account that he came with first.
func (c *community) rename(tx Tx, card *chat.Card, p chat.Person) error {
	changed := false
	if p.Name != "" && card.Name != p.Name && card.Identities[0] == p.Identity {
		card.Name, changed = p.Name, true
	}
	if nick := strings.ToLower(p.Nick); nick != "" && !slices.Contains(card.Nicks, nick) {
		card.Nicks, changed = append([]string{nick}, card.Nicks[:min(len(card.Nicks), maxNicks-1)]...), true
		if err := c.takeNick(tx, nick, card.ID); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return c.saveMember(tx, card)
}

// maxNicks is how many user names of a member are remembered; they can be given up, and taken by others.
const maxNicks = 4

// takeNick lets nobody else be meant by a nick that has changed hands.
func (c *community) takeNick(tx Tx, nick string, owner chat.MemberID) error {
	for _, other := range c.All() {
		card := c.members[other.ID]
		if other.ID == owner || !slices.Contains(card.Nicks, nick) {
			continue
		}
		card.Nicks = slices.DeleteFunc(slices.Clone(card.Nicks), func(n string) bool { return n == nick })
		if err := c.saveMember(tx, card); err != nil {
			return err
		}
	}
	return nil
}

// appear notes that a member is in a chat, gone that he has left it.
func (c *community) appear(tx Tx, card *chat.Card, in chat.Chat) error {
	if slices.Contains(card.In, in) {
		return nil
	}
	card.In = append(slices.Clone(card.In), in)
	return c.saveMember(tx, card)
}

// wrote notes that a member has written in a chat; in a group, that makes its platform his home.
func (c *community) wrote(tx Tx, card *chat.Card, in chat.Chat, group bool) error {
	if !group || card.Home == in.Platform {
		return c.appear(tx, card, in)
	}
	card.Home = in.Platform
	if slices.Contains(card.In, in) {
		return c.saveMember(tx, card)
	}
	return c.appear(tx, card, in)
}

func (c *community) gone(tx Tx, card *chat.Card, from chat.Chat) error {
	if !slices.Contains(card.In, from) {
		return nil
	}
	card.In = slices.DeleteFunc(slices.Clone(card.In), func(in chat.Chat) bool { return in == from })
	return c.saveMember(tx, card)
}

// moveChat notes for all who are in a chat that it has another name.
func (c *community) moveChat(tx Tx, from, to chat.Chat) error {
	for _, other := range c.All() {
		i := slices.Index(other.In, from)
		if i < 0 {
			continue
		}
		card := c.members[other.ID]
		card.In = slices.Clone(card.In)
		card.In[i] = to
		if err := c.saveMember(tx, card); err != nil {
			return err
		}
	}
	return nil
}

// hasOrganiser tells whether one was appointed.
func (c *community) hasOrganiser() bool {
	for _, card := range c.members {
		if card.Level == chat.Organiser {
			return true
		}
	}
	return false
}

// reach notes by which account a member has written to the bot in private last.
func (c *community) reach(tx Tx, card *chat.Card, by chat.Identity) error {
	if len(card.Reach) > 0 && card.Reach[0] == by {
		return nil
	}
	card.Reach = append([]chat.Identity{by}, slices.DeleteFunc(slices.Clone(card.Reach), func(i chat.Identity) bool { return i == by })...)
	return c.saveMember(tx, card)
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
			join(card, other)
			c.add(card)
			delete(c.members, id)
			c.all = nil
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

// join makes two members' cards one: he is where either was, may what either might, and has been here as long.
func join(card, other *chat.Card) {
	card.Identities = append(slices.Clone(card.Identities), other.Identities...)
	card.Level = max(card.Level, other.Level)
	card.Nicks = append(slices.Clone(card.Nicks), other.Nicks...)
	card.Reach = append(slices.Clone(card.Reach), other.Reach...)
	card.In = append(slices.Clone(card.In), other.In...)
	if card.Home == "" {
		card.Home = other.Home
	}
	if other.Since.Before(card.Since) {
		card.Since = other.Since
	}
	settings := maps.Clone(other.Settings)
	for k, v := range card.Settings {
		if settings == nil {
			settings = make(map[string]string)
		}
		settings[k] = v
	}
	card.Settings = settings
}
