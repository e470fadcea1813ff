// Package smallroom makes one bridged room for some members out of a new chat on each of their platforms, lets people in
// later and archives it. It does not know what the room is for, keeps no state of its own and says nothing to anybody: a
// Room lives in the state of the rule that wants it.
//
// # How a rule uses it
//
//  1. r, effects := Open(c, beside, "breakout:b3:1", "Portfolios 1", cards)  asks for the chats;
//  2. its KeyOf accepts an event for which Concerns(e, "breakout:") is true (Sent, Failed, Linked, LinkRefused: all of them
//     in the community, so one state per community), its Fold hands it to each of its rooms: effects, mine := r.Take(c, e);
//  3. behind each event that was a room's: r.IsSettled() tells whether all platforms have answered, r.In(c) is then the
//     room of the community if it could be made anywhere, and r.Missing() are the platforms where it could not;
//  4. r.Ask(c, beside, card) or r.Invite(c, card) for whoever comes later, r.Shut(c) at the end: people can still read, and the chats leave the community
//     as soon as the platforms have answered.
//
// The rule must stand before the one of /link (rooms.NewLinks), which would say for each chat that it was connected.
package smallroom

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// State is how far a chat of the room is.
type State string

// The states.
const (
	asked  State = "asked"  // the platform has not answered
	made   State = "made"   // it is there and not part of the community
	joined State = "joined" // it is part of the room
	failed State = "failed" // it cannot be, for Why
	shut   State = "shut"   // it is over
)

// Room is a small room. Only its exported methods change it.
type Room struct {
	// Tag names it among all tags of the community's; it begins with what the rule's Concerns looks for.
	Tag   string `json:"tag"`
	Title string `json:"title"`
	// ID is the room of the community, as soon as there is one.
	ID     chat.RoomID `json:"id,omitempty"`
	Places []Place     `json:"places,omitempty"`
}

// Place is the room's chat on one platform.
type Place struct {
	Beside chat.Chat `json:"beside"`
	Made   chat.Chat `json:"made,omitzero"`
	State  State     `json:"state"`
	// Who has been asked in.
	Who []chat.Identity `json:"who,omitempty"`
	Why chat.Reason     `json:"why,omitempty"`
}

// What stands behind the room's tag in those of its effects.
const (
	tagOpen   = " open"
	tagShut   = " shut"
	tagInvite = " invite "
)

// maxTitle is the most characters of the title of a chat that is opened.
const maxTitle = 100

// Open asks for a chat on each platform where one of the people is whom the room is for: beside that of another room, with
// those in it. Nobody is asked on two platforms. Without anybody who is on a platform of the other room's there is nothing to
// ask, and the room is settled at once.
func Open(_ chat.Community, beside chat.Room, tag, title string, who []chat.Card) (Room, []chat.Effect) {
	if r := []rune(title); len(r) > maxTitle {
		title = string(r[:maxTitle])
	}
	r := Room{Tag: tag, Title: title}
	var out []chat.Effect
	for _, to := range beside.Chats {
		var people []chat.Identity
		for _, card := range who {
			if i, ok := Account(beside, card); ok && i.Platform == to.Platform {
				people = append(people, i)
			}
		}
		if len(people) == 0 {
			continue
		}
		r.Places = append(r.Places, Place{Beside: to, State: asked, Who: people})
		out = append(out, chat.Open{Beside: to, Title: title, Who: people, Tag: tag + tagOpen})
	}
	return r, out
}

// Account returns the account by which a member takes part in a room: where he writes, else the first on a platform of the
// room's. false if he has none there.
func Account(room chat.Room, card chat.Card) (chat.Identity, bool) {
	var first chat.Identity
	for _, i := range card.Identities {
		if _, ok := room.On(i.Platform); !ok {
			continue
		}
		if i.Platform == card.Home {
			return i, true
		}
		if first.IsZero() {
			first = i
		}
	}
	return first, !first.IsZero()
}

// Concerns tells whether an event can be about a room whose tag begins with prefix. A refused link says no code, so Take is
// asked about each.
func Concerns(e chat.Event, prefix string) bool {
	switch b := e.Body.(type) {
	case chat.Sent, chat.Failed:
		return strings.HasPrefix(e.Tag, prefix)
	case chat.Linked:
		return strings.HasPrefix(b.Code, prefix)
	case chat.LinkRefused:
		return true
	}
	return false
}

// Take learns from an event what has become of the room. mine is false if the event is about something else.
func (r *Room) Take(c chat.Community, e chat.Event) (out []chat.Effect, mine bool) {
	switch b := e.Body.(type) {
	case chat.Sent:
		switch e.Tag {
		case r.Tag + tagOpen:
			return r.opened(c, e.Chat, b.Made), true
		case r.Tag + tagShut:
			return r.ended(e.Chat, ""), true
		}
	case chat.Failed:
		switch e.Tag {
		case r.Tag + tagOpen:
			if p := r.beside(e.Chat); p != nil && p.State == asked {
				p.State, p.Why = failed, b.Why
			}
			return r.join(c), true
		case r.Tag + tagShut:
			return r.ended(e.Chat, b.Why), true
		}
	case chat.Linked:
		if b.Code == r.Tag {
			return append(r.linked(c, b.Chat), chat.Drop{}), true
		}
	case chat.LinkRefused:
		if p := r.at(b.Chat); p != nil && p.State == made {
			p.State, p.Why = failed, chat.NotFound
			return append(r.join(c), chat.Drop{}), true
		}
	}
	return nil, false
}

// opened notes the chat that a platform has made.
func (r *Room) opened(c chat.Community, beside, chatMade chat.Chat) []chat.Effect {
	p := r.beside(beside)
	if p == nil || p.State != asked {
		return nil
	}
	if chatMade.IsZero() {
		p.State, p.Why = failed, chat.Unsupported
		return r.join(c)
	}
	p.Made, p.State = chatMade, made
	return r.join(c)
}

// join makes the chats that are there part of the room. The first makes the room, so the others wait for it.
func (r *Room) join(c chat.Community) []chat.Effect {
	if _, there := c.Room(r.ID); !there {
		r.ID = ""
	}
	var out []chat.Effect
	for _, p := range r.Places {
		if p.State == made {
			out = append(out, chat.Link{Code: r.Tag, Community: c.ID, Room: r.ID, Chat: p.Made})
			if r.ID == "" {
				break
			}
		}
	}
	return out
}

// linked notes that a chat is part of the community. Its room gets its name, and is not for every member.
func (r *Room) linked(c chat.Community, in chat.Chat) []chat.Effect {
	p := r.at(in)
	room, there := c.RoomOf(in)
	if p == nil || !there || p.State == shut {
		return nil
	}
	p.State, p.Why = joined, ""
	if r.ID == room.ID {
		return nil
	}
	r.ID = room.ID
	for i := range r.Places { // a chat that cannot become a room can still become part of this one
		if p := &r.Places[i]; p.State == failed && !p.Made.IsZero() {
			p.State, p.Why = made, ""
		}
	}
	return append([]chat.Effect{
		chat.Set{Room: r.ID, Key: "name", Value: r.Title}, chat.Set{Room: r.ID, Key: "private", Value: "on"},
	}, r.join(c)...)
}

// IsSettled tells whether every platform has said yes or no.
func (r *Room) IsSettled() bool {
	return !slices.ContainsFunc(r.Places, func(p Place) bool { return p.State == asked || p.State == made })
}

// In returns the room of the community; false if there is none (yet, or any more).
func (r *Room) In(c chat.Community) (chat.Room, bool) {
	if r.ID == "" {
		return chat.Room{}, false
	}
	return c.Room(r.ID)
}

// Missing returns the chats beside which none could be made.
func (r *Room) Missing() []chat.Chat {
	var out []chat.Chat
	for _, p := range r.Places {
		if p.State == failed {
			out = append(out, p.Beside)
		}
	}
	return out
}

// Ask asks a member into the room's chat on his platform, beside that of another room, and lets one be made where there is
// none yet. ready is false as long as he has none to come to; the rule then tries again behind the next event, until the
// room is settled. The receipt of what has to be asked is read by Invited. Whoever is in a group on Telegram is in its topics,
// too: only he is asked in who is not in the group.
func (r *Room) Ask(_ chat.Community, beside chat.Room, card chat.Card) (out []chat.Effect, ready bool) {
	who, ok := Account(beside, card)
	if !ok {
		return nil, false
	}
	to, _ := beside.On(who.Platform)
	p := r.place(func(p Place) bool { return p.Beside.Platform == who.Platform })
	switch {
	case p == nil:
		r.Places = append(r.Places, Place{Beside: to, State: asked, Who: []chat.Identity{who}})
		return []chat.Effect{chat.Open{Beside: to, Title: r.Title, Who: []chat.Identity{who}, Tag: r.Tag + tagOpen}}, false
	case p.State != joined:
		return nil, false
	case slices.Contains(p.Who, who), slices.Contains(card.In, p.Made):
		return nil, true
	}
	return r.invite(p, who, card), true
}

// Invite asks a member into the room's chat on his platform, as Ask does, where there is one. false if there is none.
func (r *Room) Invite(c chat.Community, card chat.Card) ([]chat.Effect, bool) {
	room, there := r.In(c)
	who, ok := Account(room, card)
	if !there || !ok {
		return nil, false
	}
	to, _ := room.On(who.Platform)
	p := r.at(to)
	switch {
	case slices.Contains(card.In, to):
		return nil, true
	case p == nil: // connected by hand
		return []chat.Effect{chat.Invite{To: to, Who: who, Tag: r.Tag + tagInvite + string(card.ID)}}, true
	case slices.Contains(p.Who, who):
		return nil, true
	}
	return r.invite(p, who, card), true
}

func (r *Room) invite(p *Place, who chat.Identity, card chat.Card) []chat.Effect {
	p.Who = append(p.Who, who)
	if who.Platform == chat.Telegram && slices.Contains(card.In, p.Beside) {
		return nil
	}
	return []chat.Effect{chat.Invite{To: p.Made, Who: who, Tag: r.Tag + tagInvite + string(card.ID)}}
}

// Invited reads the receipt of an invitation: whom it was for, and the link that he needs where the platform asks nobody itself.
func (r *Room) Invited(e chat.Event) (who chat.MemberID, link string, ok bool) {
	id, ok := strings.CutPrefix(e.Tag, r.Tag+tagInvite)
	if b, sent := e.Body.(chat.Sent); sent {
		return chat.MemberID(id), b.Link, ok
	}
	return chat.MemberID(id), "", ok
}

// Shut lets people still read the room but not write in it, and takes its chats out of the community when the platforms
// have answered.
func (r *Room) Shut(c chat.Community) []chat.Effect {
	var out []chat.Effect
	room, _ := r.In(c)
	for _, to := range room.Chats {
		out = append(out, chat.Shut{To: to, Tag: r.Tag + tagShut})
	}
	return out
}

// ended takes a chat out of the community that is shut, or cannot be (why): its group then stays as it is.
func (r *Room) ended(in chat.Chat, why chat.Reason) []chat.Effect {
	if p := r.at(in); p != nil {
		p.State, p.Why = shut, why
	}
	return []chat.Effect{chat.Unlink{Chat: in}}
}

func (r *Room) beside(c chat.Chat) *Place {
	return r.place(func(p Place) bool { return p.Beside == c })
}

func (r *Room) at(c chat.Chat) *Place {
	return r.place(func(p Place) bool { return p.Made == c && !c.IsZero() })
}

func (r *Room) place(is func(Place) bool) *Place {
	if i := slices.IndexFunc(r.Places, is); i >= 0 {
		return &r.Places[i]
	}
	return nil
}
