// Package caps keeps rooms readable: so many posts a week for each person, promos in a room of their own, and nothing
// that is held back is ever lost. It knows who has posted what and when; it does not know what becomes of what it
// lets pass, and not who may write at all.
//
// A post is a message in a capped room that answers none. It counts for the person, whatever account it is written
// from, and over all capped rooms together. The pictures of one album, and what somebody adds within two minutes, are
// one post. Weeks begin on Monday, midnight, in the community's zone; a person's clock cannot move them, for it is the
// house's time that counts.
//
// A post over the cap is kept (held.go) until its author has decided what becomes of it and every chat has it or has
// refused it. A promo outside of the promos' room goes through the same hands: it is kept and posted there.
package caps

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its states, timers and tags are kept under it.
const title = "caps"

// State is what is kept of one member.
type State struct {
	Posts []Post `json:"posts,omitempty"` // those that count, the oldest first
	Items []Item `json:"items,omitempty"` // what is held for him, the oldest first
	Sites []Site `json:"sites,omitempty"` // whose pages he has pointed to
	// Strikes are when he has posted promos elsewhere without saying so.
	Strikes []time.Time `json:"strikes,omitempty"`
	// Full is when he was last told that no more can be kept for him.
	Full time.Time `json:"full,omitzero"`
}

// Post is one post that counts.
type Post struct {
	ID    chat.MessageID `json:"id"`
	At    time.Time      `json:"at"`
	Last  time.Time      `json:"last"` // when its last message came
	Room  chat.RoomID    `json:"room"`
	Album string         `json:"album,omitempty"`
	Promo bool           `json:"promo,omitempty"` // one of those that the promos' room allows
}

// The names of the settings.
const (
	capped = "capped" // of a room: the post cap holds in it
	promos = "promos" // of a room: promos belong there
	posts  = "posts"  // of the community: the cap itself
	exempt = "exempt" // of the community: for whom the cap does not hold
	sites  = "sites"  // of the community: sites that are nobody's promo
)

const (
	defaultPosts = 2
	maxPosts     = 100
	promosAWeek  = 1
)

// New returns the rule: the gate of capped rooms, and /caps.
func New() rule.Rule {
	onOff := []string{"on", "off"}
	return rule.Of[State]{
		Title:  title,
		KeyOf:  keyOf,
		Fold:   fold,
		Join:   join,
		Mine:   State.mine,
		Secret: true,
		Ask: []rule.Command{
			{Name: "caps", Args: "[NUMBER]", Level: chat.Guest, Help: "help.caps"},
			{Name: "capsallow", Level: chat.Moderator},
			{Name: "capsrefuse", Level: chat.Moderator},
			{Name: "capsback", Level: chat.Moderator},
			{Name: "capsleave", Level: chat.Moderator},
		},
		Options: []rule.Setting{
			{Name: capped, Scope: rule.OfRoom, Default: "off", Values: onOff, Help: "setting.room.capped"},
			{Name: promos, Scope: rule.OfRoom, Default: "off", Values: onOff, Help: "setting.room.promos"},
			{Name: posts, Default: strconv.Itoa(defaultPosts), Valid: rule.Number(1, maxPosts), Shape: "shape.posts", Help: "setting.posts"},
			{Name: exempt, Default: "organisers", Values: []string{"nobody", "organisers", "moderators"}, Help: "setting.exempt"},
			{Name: sites, Valid: validSites, Shape: "shape.sites", Help: "setting.sites"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted:
		if !isGated(c, e) || b.OfChat() {
			return "", false
		}
		return rule.ByMember(c, e)
	case chat.Edited:
		if !isGated(c, e) || e.Message == nil {
			return "", false
		}
		return rule.ByMember(c, e)
	case chat.Asked:
		switch b.Command {
		case "caps":
			if e.Member == "" {
				return rule.PersonKey(c.ID, "-"), true // nothing is kept of who is nobody here; he gets an answer
			}
			return rule.ByMember(c, e)
		case "capsallow", "capsrefuse", "capsback", "capsleave":
			return ofFirst(c, b.Args)
		}
	case chat.Due:
		return b.Key, true
	case chat.Found:
		return b.Key, true
	case chat.Sent, chat.Failed:
		t, ok := parseTag(e.Tag)
		return rule.PersonKey(c.ID, t.who), ok
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), b.Kept != ""
	case chat.Forgotten:
		return rule.PersonKey(c.ID, b.Who), true
	}
	return "", false
}

// ofFirst is the key of the member whom a command's first word names.
func ofFirst(c chat.Community, args []string) (string, bool) {
	if len(args) == 0 {
		return "", false
	}
	return rule.PersonKey(c.ID, chat.MemberID(args[0])), true
}

// isGated tells whether a message is written where the cap or the promos' room has a say.
func isGated(c chat.Community, e chat.Event) bool {
	if e.Private || e.By.Bot || e.By.Anonymous {
		return false
	}
	room, ok := c.Room(e.Room)
	if !ok || room.Settings[rule.Moderators] == "on" {
		return false
	}
	_, some := c.With(promos)
	return some || room.Settings[capped] == "on"
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	s = s.pruned(e.Now)
	switch b := e.Body.(type) {
	case chat.Posted:
		return posted(c, s, e, b)
	case chat.Edited:
		return edited(c, s, e, b)
	case chat.Asked:
		return asked(c, s, e, b)
	case chat.Due:
		return due(c, s, e, memberIn(c, b.Key))
	case chat.Found:
		return found(c, s, e, b)
	case chat.Sent:
		return sent(s, e), nil
	case chat.Failed:
		return failed(c, s, e, b)
	case chat.Claimed:
		return s, claimed(c, s, b)
	case chat.Forgotten:
		return State{}, forgotten(c, s, b)
	}
	return s, nil
}

// memberIn reads the member out of a person's key.
func memberIn(c chat.Community, key string) chat.MemberID {
	return chat.MemberID(strings.TrimPrefix(key, rule.PersonKey(c.ID, "")))
}

// isExempt tells whether the cap does not hold for a level.
func isExempt(c chat.Community, level chat.Level) bool {
	switch c.Setting(exempt, "organisers") {
	case "nobody":
		return false
	case "moderators":
		return level >= chat.Moderator
	}
	return level >= chat.Organiser
}

// limit returns how many posts, or promos, somebody has in a week.
func limit(c chat.Community, promo bool) int {
	if promo {
		return promosAWeek
	}
	n, err := strconv.Atoi(c.Setting(posts, ""))
	if err != nil || n < 1 {
		return defaultPosts
	}
	return n
}

// posted lets a message pass, holds it, or moves it to where promos belong.
func posted(c chat.Community, s State, e chat.Event, p chat.Posted) (State, []chat.Effect) {
	if e.Message == nil || isExempt(c, e.Level) {
		return s, nil
	}
	room, _ := c.Room(e.Room)
	here := room.Settings[promos] == "on"
	if !here {
		if i := s.movedAlbum(p.Album, room.ID); i >= 0 { // the other pictures of a promo
			return s.more(c, e, p, i)
		}
		var why pitch
		if s, why = s.judge(c, e, p); why != noPitch {
			return move(c, s, e, p, why)
		}
		if room.Settings[capped] != "on" {
			return s, nil
		}
	}
	if p.Reply != nil {
		return s, nil
	}
	i, j := s.lastItem(e.Now, p.Album, room.ID), s.lastPost(e.Now, p.Album, room.ID)
	switch {
	case i >= 0 && (j < 0 || s.Items[i].Last.After(s.Posts[j].Last)):
		return s.more(c, e, p, i)
	case j >= 0:
		s.Posts[j].Last = e.Now
		return s, nil
	}
	if week := weekOf(e.Now, c.Zone()); s.used(here, week) < limit(c, here) {
		s.Posts = append(s.Posts, Post{ID: e.Message.ID, At: e.Now, Last: e.Now, Room: room.ID, Album: p.Album, Promo: here})
		return s, nil
	}
	return hold(c, s, e, p, Item{Room: room.ID, From: room.ID, Promo: here})
}

// edited keeps the newest words of what is held, and does not let a promo in through an edit.
func edited(c chat.Community, s State, e chat.Event, b chat.Edited) (State, []chat.Effect) {
	for i, item := range s.Items {
		for k, piece := range item.Pieces {
			if piece.Message != e.Message.ID {
				continue
			}
			if item.size()-piece.Text.Len()+b.Text.Len() <= maxText {
				s.Items[i].Pieces[k].Text, s.Items[i].Pieces[k].Parts = b.Text, b.Parts
			}
			return s, append(amend(c, s.Items[i], k, e), chat.Drop{})
		}
	}
	room, _ := c.Room(e.Room)
	if room.Settings[promos] == "on" || isExempt(c, e.Level) {
		return s, nil
	}
	why := pitchIn(b.Text)
	if why == noPitch {
		return s, nil
	}
	p := chat.Posted{Ref: b.Ref, Text: b.Text, Parts: b.Parts}
	s, out := move(c, s, e, p, why)
	for _, to := range room.Others(e.Chat) {
		if target, ok := e.Message.In(to); ok {
			out = append(out, chat.Delete{To: to, Target: target})
		}
	}
	return s, out
}

// claimed sets the timer and the moderators' cards anew for a member who has turned out to be two.
func claimed(c chat.Community, s State, b chat.Claimed) []chat.Effect {
	if b.Gone == "" {
		return nil
	}
	out := append(wake(c, b.Kept, s), chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, b.Gone)})
	card, ok := c.Members.ByID(b.Kept)
	for _, item := range s.Items {
		if item.Asked && ok {
			out = append(out, askAgain(c, card, item)...)
		}
	}
	return out
}

// forgotten takes the words of somebody who is erased out of the moderators' cards.
func forgotten(c chat.Community, s State, b chat.Forgotten) []chat.Effect {
	out := []chat.Effect{chat.Cancel{Rule: title, Key: rule.PersonKey(c.ID, b.Who)}}
	room, ok := c.With(rule.Moderators)
	for _, item := range s.Items {
		if item.Asked && ok {
			out = append(out, rule.Anew(c, room, cardTag(item), func(v rule.Voice) chat.Text { return v.Say("caps.card.erased") })...)
		}
	}
	return out
}

// join makes one state of those of two accounts of one person.
func join(kept, gone State) State {
	kept.Posts = merged(kept.Posts, gone.Posts, func(p Post) time.Time { return p.At })
	kept.Items = merged(kept.Items, gone.Items, func(i Item) time.Time { return i.At })
	kept.Sites = merged(kept.Sites, gone.Sites, func(s Site) time.Time { return s.At })
	kept.Strikes = merged(kept.Strikes, gone.Strikes, func(t time.Time) time.Time { return t })
	if gone.Full.After(kept.Full) {
		kept.Full = gone.Full
	}
	return kept
}
