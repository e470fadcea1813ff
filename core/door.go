package core

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

var errNoCommunity = errors.New("its community is not there")

// door adds to an event what the house knows: where it happened, who did it and which message it is
// about. It returns false for an event that needs no rule.
func (f *fold) door(e *chat.Event) (bool, error) {
	e.Now = f.now
	e.Seed = f.seed(e.ID)
	tidy(e)
	if err := f.where(e); err != nil {
		return false, err
	}
	if err := f.who(e); err != nil {
		return false, err
	}
	goOn, err := f.what(e)
	if err != nil || !goOn {
		return false, err
	}
	return true, f.choose(e)
}

// tidy makes names that strangers have chosen fit for one line: nobody gets to write a second one, or
// to turn the direction of what is written behind his name.
func tidy(e *chat.Event) {
	e.Title = tidyName(e.Title)
	e.By.Name = tidyName(e.By.Name)
	switch b := e.Body.(type) {
	case chat.Joined:
		b.Who.Name = tidyName(b.Who.Name)
		e.Body = b
	case chat.Left:
		b.Who.Name = tidyName(b.Who.Name)
		e.Body = b
	case chat.Knocked:
		b.Who.Name = tidyName(b.Who.Name)
		e.Body = b
	}
}

// maxName is the most characters of a name or a title.
const maxName = 100

func tidyName(s string) string {
	s = chat.OneLine(s)
	if r := []rune(s); len(r) > maxName {
		return string(r[:maxName]) + "…"
	}
	return s
}

func (f *fold) seed(id chat.EventID) (seed [16]byte) {
	mac := hmac.New(sha256.New, f.engine.secret[:])
	mac.Write([]byte(id))
	copy(seed[:], mac.Sum(nil))
	return seed
}

// where finds the community and the room. A group that nobody knows yet becomes a community of its own; in
// private somebody means the community that he belongs to.
func (f *fold) where(e *chat.Event) error {
	if e.Community != "" || e.Chat.IsZero() {
		return nil // an event of the engine's own, which has said so
	}
	if e.Chat.Platform == chat.Local {
		f.atHome(e)
		return nil
	}
	if e.Chat.Platform == chat.Drafter {
		e.Community = f.still(chat.CommunityID(e.Chat.ID))
		return nil
	}
	if e.Chat.Platform == chat.Web { // its conversations are held with one community, which their id begins with
		in, _, _ := strings.Cut(e.Chat.ID, ".")
		e.Community = f.still(chat.CommunityID(in))
		return nil
	}
	if e.Private {
		e.Community = f.meant(e.By.Identity)
		return nil
	}
	h := f.engine.house
	at, known := h.chats[e.Chat]
	if !known {
		switch e.Body.(type) {
		case chat.Sent, chat.Failed, chat.Parted, chat.Migrated, chat.Deleted,
			chat.Missed, chat.Pinned, chat.Voted, chat.PollEnded:
			return nil
		}
		id := chat.CommunityID("c" + strconv.FormatUint(f.entry.Seq, 36))
		if h.communities[id] != nil { // an album that was due, or something tried again, has founded one with this entry, too
			f.made++
			id += chat.CommunityID("." + strconv.Itoa(f.made))
		}
		c, err := h.found(f.tx, id, e.Chat, e.Title)
		if err != nil {
			return err
		}
		at = place{community: c.ID, room: c.Rooms[0].ID}
	}
	e.Community, e.Room = at.community, at.room
	if e.Title != "" {
		return h.communities[at.community].retitle(f.tx, e.Chat, e.Title)
	}
	return nil
}

// meant finds the community that somebody means when he writes in private: the one he has named last, else the one
// he belongs to that has most rooms, then most people.
func (f *fold) meant(who chat.Identity) chat.CommunityID {
	h := f.engine.house
	chosen := chat.CommunityID(f.tx.Get(bucketPrivate, []byte(who.String())))
	if c := h.communities[chosen]; c != nil && c.identities[who] != "" {
		return chosen
	}
	var best *community
	for _, c := range h.communities {
		if c.identities[who] != "" && (best == nil || larger(c, best)) {
			best = c
		}
	}
	if best == nil {
		return ""
	}
	return best.ID
}

func larger(a, b *community) bool {
	chats := func(c *community) (n int) {
		for _, r := range c.Rooms {
			n += len(r.Chats)
		}
		return n
	}
	switch x, y := chats(a), chats(b); {
	case x != y:
		return x > y
	case len(a.members) != len(b.members):
		return len(a.members) > len(b.members)
	}
	return a.ID < b.ID
}

// atHome finds the community that the operator means: the one named behind '@' in the chat's id by one of
// its chats, else the only one that has connected chats, else the only one.
func (f *fold) atHome(e *chat.Event) {
	h := f.engine.house
	if _, named, ok := strings.Cut(e.Chat.ID, "@"); ok {
		if c, err := chat.ParseChat(named); err == nil {
			e.Community = h.chats[c].community
		}
		return
	}
	var linked, all []chat.CommunityID
	for id, c := range h.communities {
		all = append(all, id)
		for _, r := range c.Rooms {
			if len(r.Chats) > 1 {
				linked = append(linked, id)
				break
			}
		}
	}
	switch {
	case len(linked) == 1:
		e.Community = linked[0]
	case len(all) == 1:
		e.Community = all[0]
	}
}

// who finds the member and his level, and notes where he is. Who is no member yet but in one of the chats counts as
// one: to be seen there is what makes him one.
func (f *fold) who(e *chat.Event) error {
	e.Level = e.By.Level
	if e.By.Identity == chat.House() {
		e.Level = chat.Organiser
		return nil
	}
	c := f.engine.house.communities[e.Community]
	if c == nil {
		return nil
	}
	if e.Level > chat.Member && c.hasOrganiser() {
		e.Level = chat.Member // the community's levels are its own
	}
	id, known := c.identities[e.By.Identity]
	if !known {
		return nil
	}
	card := c.members[id]
	e.Member = id
	if e.Level <= chat.Member {
		e.Level = card.Level
	}
	e.Level = max(e.Level, card.Level)
	if heldUntil(card, e.Now) {
		e.Level = min(e.Level, chat.Member)
	}
	return f.present(e, c, card)
}

// heldUntil tells whether a sanction holds for a member now, as his setting "sanction" says: "ban", or "timeout" and its
// end. Who is under one has no more say than a member.
func heldUntil(card *chat.Card, now time.Time) bool {
	kind, end, _ := strings.Cut(card.Settings["sanction"], " ")
	if kind == "ban" {
		return true
	}
	until, err := time.Parse(time.RFC3339, end)
	return kind == "timeout" && err == nil && now.Before(until)
}

// reached notes by which account a person can be written to in private, in all his communities.
func (f *fold) reached(who chat.Identity) error {
	for _, c := range f.communitiesOf(who) {
		if err := c.reach(f.tx, c.members[c.identities[who]], who); err != nil {
			return err
		}
	}
	return nil
}

// present notes that a member is where he has done something.
func (f *fold) present(e *chat.Event, c *community, card *chat.Card) error {
	if e.Private {
		switch e.Body.(type) {
		case chat.Posted, chat.Pressed, chat.Arrived:
			return f.reached(e.By.Identity)
		}
		return nil
	}
	switch e.Body.(type) {
	case chat.Posted:
		return c.wrote(f.tx, card, e.Chat, e.Room != "")
	case chat.Reacted, chat.Edited, chat.Voted, chat.Pinned:
		return c.appear(f.tx, card, e.Chat)
	}
	return nil
}
