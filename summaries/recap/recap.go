// Package recap tells a community in ten bullets what was said: each week in the rooms that want it, privately to whoever
// asks, and after a call from what its note-takers wrote. It decides when, of what and for whom, asks the Drafter, shows what
// comes back with links to the messages, and changes it when they change. It does not know how bullets are made.
//
// Nobody is quoted who does not want to be, and nothing from a room that not every member may read: the material is made
// without them, and what changes between the question and the answer, or later, is heeded here. Everything that a recap
// quotes is kept sealed, and no longer than eight days.
package recap

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state and timer are kept under it.
const title = "recap"

// The commands.
const (
	commandRecap = "recap"
	commandNotes = "notes"
	commandOut   = "norecap" // another rule's: who leaves themselves out is to be forgotten here at once
)

// What is kept, and for how long.
const (
	keepFor    = 8 * 24 * time.Hour
	maxRecaps  = 40
	maxOrders  = 60
	orderFor   = time.Hour // a Drafter that has said nothing for so long says nothing more
	maxChanged = 200
)

// State is what is kept of one community.
type State struct {
	Count  int       `json:"count,omitempty"` // numbers what is ordered
	Next   time.Time `json:"next,omitzero"`   // the next weekly recap
	Orders []Order   `json:"orders,omitempty"`
	Recaps []Recap   `json:"recaps,omitempty"`
	Notes  []Notes   `json:"notes,omitempty"`
	Asked  []Asking  `json:"asked,omitempty"`
	Silent []Silent  `json:"silent,omitempty"`
}

// kind is what a recap was made for.
type kind string

const (
	weekly  kind = "weekly"
	asked   kind = "asked"
	notes   kind = "notes"
	mending kind = "mend" // of one bullet, whose message was changed
)

// Order is what the Drafter was asked for and has not answered yet.
type Order struct {
	N    int  `json:"n"`
	Kind kind `json:"kind"`
	// Room is what it is about, empty = all rooms that every member may read; In is where it is to be posted.
	Room chat.RoomID `json:"room,omitempty"`
	In   chat.RoomID `json:"in,omitempty"`
	// Who has asked, with the message Ref, by the account By; To is their private chat if they asked there.
	Who   chat.MemberID    `json:"who,omitempty"`
	By    chat.Identity    `json:"by,omitzero"`
	To    chat.Chat        `json:"to,omitzero"`
	Ref   chat.Ref         `json:"ref,omitzero"`
	From  time.Time        `json:"from"`
	Until time.Time        `json:"until"`
	At    time.Time        `json:"at"`
	Only  []chat.MessageID `json:"only,omitempty"`
	Late  bool             `json:"late,omitempty"`
	// Worded: a language model may put it into words.
	Worded bool `json:"worded,omitempty"`
	// Recap and Cites are the bullet that is mended.
	Recap int              `json:"recap,omitempty"`
	Cites []chat.MessageID `json:"cites,omitempty"`
	// Again: somebody has left themselves out meanwhile, so it is to be asked for once more. Changed are messages that have
	// changed meanwhile.
	Again   bool             `json:"again,omitempty"`
	Tries   int              `json:"tries,omitempty"`
	Changed []chat.MessageID `json:"changed,omitempty"`
}

// maxOwn is how many recaps somebody is shown who asks what is kept.
const maxOwn = 10

// mine is what a member sees of what is kept of them: which recaps they have asked for, where they take notes, and how many of
// their messages no recap may quote. What recaps quote are others' words.
func (s State) mine(who chat.MemberID) any {
	type recap struct {
		At    time.Time `json:"asked"`
		From  time.Time `json:"from"`
		Until time.Time `json:"until"`
	}
	var out struct {
		Ordered []recap     `json:"waits_for,omitempty"`
		Given   []recap     `json:"got,omitempty"`
		Asked   []time.Time `json:"asked_lately,omitempty"`
		Notes   []time.Time `json:"takes_notes_since,omitempty"`
		Silent  int         `json:"messages_not_to_be_quoted,omitempty"`
	}
	for _, o := range s.Orders {
		if o.Who == who {
			out.Ordered = append(out.Ordered, recap{o.At, o.From, o.Until})
		}
	}
	for _, r := range s.Recaps {
		if r.Who == who {
			out.Given = append(out.Given, recap{r.At, r.From, r.Until})
		}
	}
	out.Given = out.Given[max(0, len(out.Given)-maxOwn):]
	for _, a := range s.Asked {
		if a.Who == who {
			out.Asked = append(out.Asked, a.At)
		}
	}
	for _, n := range s.Notes {
		if slices.Contains(n.Who, who) {
			out.Notes = append(out.Notes, n.From)
		}
	}
	for _, x := range s.Silent {
		if x.Who == who {
			out.Silent += x.N
		}
	}
	return out
}

// wordedTag is what the tag of an order ends with that a language model may put into words.
const wordedTag = " worded"

// MayBeWorded tells whether the members of a room have agreed that a language model words the recap with that tag.
func MayBeWorded(tag string) bool { return strings.HasSuffix(tag, wordedTag) }

func (o Order) tag() string {
	tag := fmt.Sprintf("draft/%d", o.N)
	if o.Worded {
		tag += wordedTag
	}
	return tag
}

// New returns the rule of /recap and /notes. Unlinked are the platforms whose people cannot follow a link to a message: they
// are told how to get the original. It stands before the relay: a number that answers a recap is no chat.
func New(unlinked ...chat.Platform) rule.Rule {
	r := recaps{unlinked: unlinked}
	return rule.Of[State]{
		Title: title, KeyOf: keyOf, Fold: r.fold, Mine: State.mine, Secret: true,
		Ask: []rule.Command{
			{Name: commandRecap, Args: "[24h | 3d | 7d | since] [ROOM]", Level: chat.Member, Help: "help.recap"},
			{Name: commandNotes, Args: "start | end", Level: chat.Member, Place: rule.InRoom, Help: "help.notes"},
		},
		Options: []rule.Setting{
			{Name: settingRecap, Default: usualTime, Valid: validTime, Shape: "shape.recap", Help: "setting.recap"},
			{Name: settingRecap, Scope: rule.OfRoom, Default: "off", Values: []string{"off", "on", "all"}, Help: "setting.room.recap"},
			{Name: settingPrivate, Scope: rule.OfRoom, Default: "off", Values: []string{"off", "on"}, Help: "setting.room.private"},
		},
	}
}

// recaps is the rule with what it was given.
type recaps struct{ unlinked []chat.Platform }

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Found:
		key, _, _ = strings.Cut(b.Key, " ")
		return key, true
	case chat.Asked:
		if b.Command == commandRecap || b.Command == commandNotes {
			return key, true
		}
		return key, here && (b.Command == commandOut || isReplanned(c))
	case chat.Summarised:
		return key, here
	case chat.Posted:
		return key, here && (isNumber(e, b) || isSilent(c, e) || isNoting(c, e) || isReplanned(c))
	case chat.Edited, chat.Deleted:
		return key, here && e.Message != nil && e.Message.Author != ""
	case chat.Sent:
		gone := b.Of == "delete" && e.Message != nil && e.Message.Gone && e.Message.Author != ""
		return key, here && (gone || strings.HasPrefix(e.Tag, messageTag) || isReplanned(c))
	case chat.Failed:
		return key, here && (strings.HasPrefix(e.Tag, messageTag) || strings.HasPrefix(e.Tag, "draft/"))
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten:
		return key, here
	}
	return "", false
}

func (r recaps) fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if c.ID == "" {
		if _, ok := e.Body.(chat.Asked); ok {
			return State{}, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("recap.nowhere"))}
		}
		return State{}, nil
	}
	s = s.tidy(e.Now)
	s, out := r.decide(c, s, e)
	s, more := s.plan(c, e.Now)
	return s, append(out, more...)
}

func (r recaps) decide(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		return s.due(c, e.Now)
	case chat.Asked:
		switch b.Command {
		case commandRecap:
			return s.ask(c, e, b)
		case commandNotes:
			return s.note(c, e, b)
		case commandOut:
			return r.leaveOut(c, s, e.Member, e.Now)
		}
	case chat.Found:
		return r.found(c, s, e, b)
	case chat.Summarised:
		return r.answered(c, s, e, b)
	case chat.Posted:
		return s.posted(c, e, b)
	case chat.Edited:
		return r.changed(c, s, e)
	case chat.Deleted:
		return r.gone(c, s, e.Message.ID, e.Now)
	case chat.Sent:
		if b.Of == "delete" && e.Message != nil && e.Message.Gone {
			return r.gone(c, s, e.Message.ID, e.Now)
		}
		return s.sent(e), nil
	case chat.Failed:
		return s.failed(c, e, b)
	case chat.Claimed:
		return s.renamed(b.Gone, b.Kept), nil
	case chat.Forgotten:
		s, out := r.forgetting(c, s, b.Who, e.Now)
		return s.renamed(b.Who, ""), out
	}
	return s, nil
}

// posted looks at what is written: a number that asks for an original, the notes of a call, what must not be quoted.
func (s State) posted(c chat.Community, e chat.Event, p chat.Posted) (State, []chat.Effect) {
	if isNumber(e, p) {
		return s.original(c, e, p)
	}
	if isNoting(c, e) && !slices.ContainsFunc(s.Notes, func(n Notes) bool { return n.Room == e.Room }) {
		return s.silent(c, e), []chat.Effect{chat.Set{Room: e.Room, Key: settingNoting}} // nobody has ended them in time
	}
	return s.silent(c, e).noted(c, e), nil
}

// tidy forgets what is too old.
func (s State) tidy(now time.Time) State {
	s.Orders = without(s.Orders, func(o Order) bool { return now.Sub(o.At) > orderFor })
	s.Recaps = without(s.Recaps, func(r Recap) bool { return now.Sub(r.At) > keepFor })
	s.Notes = without(s.Notes, func(n Notes) bool { return now.Sub(n.From) > maxCall })
	s.Asked = without(s.Asked, func(a Asking) bool { return now.Sub(a.At) > askedWithin })
	s.Silent = without(s.Silent, func(t Silent) bool { return now.Sub(t.At) > keepFor })
	return s
}

// without returns a list of its own without some; nil where none is left.
func without[T any](list []T, drop func(T) bool) []T {
	if !slices.ContainsFunc(list, drop) {
		return list
	}
	var out []T
	for _, x := range list {
		if !drop(x) {
			out = append(out, x)
		}
	}
	return out
}

// order asks the Drafter.
func (s State) order(c chat.Community, o Order, now time.Time) (State, []chat.Effect) {
	if len(s.Orders) >= maxOrders {
		return s, nil
	}
	s.Count++
	o.N, o.At = s.Count, now
	o.Worded = (o.Kind == weekly || o.Kind == asked) && isWorded(c, o.Room)
	s.Orders = append(slices.Clone(s.Orders), o)
	return s, []chat.Effect{o.summarise(c)}
}

func (o Order) summarise(c chat.Community) chat.Effect {
	bullets := maxBullets
	if o.Kind == mending {
		bullets = 1
	}
	return chat.Summarise{
		To: chat.Chat{Platform: chat.Drafter, ID: string(c.ID)}, Room: o.Room, From: o.From, Until: o.Until,
		Language: c.Language(), Bullets: bullets, Only: o.Only, Tag: o.tag(),
	}
}

// isOpen tells whether every member may read a room.
func isOpen(room chat.Room) bool {
	return room.Settings[rule.Moderators] != "on" && room.Settings[settingPrivate] != "on"
}

// openRooms returns the rooms that every member may read.
func openRooms(c chat.Community) []chat.Room {
	return without(c.Rooms, func(r chat.Room) bool { return !isOpen(r) })
}

// renamed puts one member in the place of another, or nobody in that of who is erased.
func (s State) renamed(gone, kept chat.MemberID) State {
	change := func(id *chat.MemberID) {
		if *id == gone {
			*id = kept
		}
	}
	s.Orders, s.Recaps, s.Notes = slices.Clone(s.Orders), slices.Clone(s.Recaps), slices.Clone(s.Notes)
	s.Asked, s.Silent = slices.Clone(s.Asked), slices.Clone(s.Silent)
	for i := range s.Orders {
		change(&s.Orders[i].Who)
	}
	for i := range s.Recaps {
		change(&s.Recaps[i].Who)
	}
	for i := range s.Asked {
		change(&s.Asked[i].Who)
	}
	for i := range s.Silent {
		change(&s.Silent[i].Who)
	}
	for i, n := range s.Notes {
		s.Notes[i].Who = slices.Clone(n.Who)
		for j := range s.Notes[i].Who {
			change(&s.Notes[i].Who[j])
		}
	}
	return s
}
