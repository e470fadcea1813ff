// Package world is a messenger as its people see it: what they can do in it and what it shows them. It
// does not know our adapters, the bus or the engine; the fakes of the platforms implement it, and the
// contract suite, the demo page and the benchmarks live in it.
package world

import (
	"errors"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// World is one messenger with people, groups and our bot's account in it. Methods are safe for
// concurrent use. An action that the platform would refuse returns an error in the platform's words.
type World interface {
	Platform() chat.Platform

	// NewPerson makes an account with a display name and returns its id, as chat.Identity.ID has it.
	NewPerson(name string) string
	// NewGroup makes a group with the bot in it, with the rights that our README asks for. The owner has
	// the platform's highest rights there, the others none. It returns the id that chat.Chat.ID has.
	NewGroup(title, owner string, others ...string) string
	// Private returns the id of the private conversation of a person with the bot, opened by the person
	// as the platform wants it (/start, a first message, an invitation).
	Private(person string) string

	// Say posts as a person and returns the message's id, as chat.Ref.ID has it.
	Say(person, group string, s Say) (string, error)
	// Edit changes the text of a person's own message.
	Edit(person, group, message string, text chat.Text) error
	// Delete removes a message: a person's own, or any where the person has the right.
	Delete(person, group, message string) error
	// React sets (on) or takes back a person's emoji on a message.
	React(person, group, message, emoji string, on bool) error
	// Join and Leave change who is in a group.
	Join(person, group string) error
	Leave(person, group string) error
	// Rename changes a person's display name.
	Rename(person, name string)

	// Knock asks to be let into a group that the owner opens to those alone whom somebody admits; Waiting returns
	// who has asked and has no answer yet.
	Knock(person, group, note string) error
	Waiting(group string) []string
	// Press chooses the n-th choice of a message, counted from 0, as a person does it there: a button where the
	// platform has them, else a reaction with the keycap or an answer with the number.
	Press(person, group, message string, n int) error
	// Rights tells what a person may do in a group.
	Rights(person, group string) Rights
	// Pinned returns the messages that stand at the top of a group, the newest last.
	Pinned(group string) []string

	// CastVote sets what a person chooses in a poll, none = nothing any more; EndPoll closes a poll of the person's own.
	CastVote(person, group, message string, options ...int) error
	EndPoll(person, group, message string) error
	// SetPinned puts a message at the top of the group (on), as the owner may, or takes it from there.
	SetPinned(person, group, message string, on bool) error

	// Groups returns the groups, the oldest first, those that the bot has made among them; no private conversations.
	Groups() []Group
	// Messages returns what a person in the group sees now, oldest first, deleted ones included.
	Messages(group string) []Shown
	// Members returns the ids of the people in the group, the bot and its ghosts not counted.
	Members(group string) []string
	// Changes returns a channel that gets a value (never blocking, possibly merged) after each change
	// of what people see, until stop is called.
	Changes() (changed <-chan struct{}, stop func())
}

// Group is a group as the people's phones list it.
type Group struct {
	ID, Title string
	// Invited are the ids of the people who have been asked to come and have not answered yet; Join accepts.
	Invited []string
}

// Rights is a person's standing in a group.
type Rights struct {
	In, MayWrite, Banned bool
	// Raw is the platform's own measure of it ("power 10", "restricted: no media"), to see whether what was there
	// before is there again.
	Raw string
}

// Say is what a person posts.
type Say struct {
	Text    chat.Text
	ReplyTo string // message id, empty = no reply
	Media   []Media
	// Thing is something without bytes that a person can send or do there: a place, a contact, a poll, a call, a new
	// title. ErrNone where that messenger has no such thing.
	Thing *chat.Part
	// Quote is the part of ReplyTo's text that is answered; Thread the message whose thread this stands in.
	Quote  string
	Thread string
	// Forward is the name of whom it is forwarded from.
	Forward string
	// Once: the media can be seen once. Vanish is how long the message is shown; 0 = for ever.
	Once   bool
	Vanish time.Duration
}

// ErrNone says that people there have no such thing.
var ErrNone = errors.New("there is no such thing here")

// Media is a file with its bytes.
type Media struct {
	Kind  chat.PartKind // Photo … Sticker
	Name  string
	MIME  string
	Bytes []byte
	// Hidden: covered until somebody wants to see it.
	Hidden bool
}

// Shown is one message as the messenger displays it.
type Shown struct {
	ID      string
	Author  string // the id of the account that posted it
	Name    string // the name shown above it: a person's, the bot's, a ghost's
	FromBot bool   // posted by our bot or one of its ghosts
	Text    chat.Text
	ReplyTo string // id of the message it answers, if any
	Media   []Media
	// Things are what it shows that has no bytes: a place as a map, a contact as a card, a poll to vote in. Of a poll
	// Votes are the names of those who chose each option; of who votes elsewhere nobody is told here.
	Things    []chat.Part
	Votes     map[int][]string
	Quote     string              // the part of ReplyTo's text that it answers
	Thread    string              // the message whose thread it stands in
	Reactions map[string][]string // emoji → names of those who gave it, in order
	Edited    bool
	Deleted   bool
	Choices   []string // the labels of its buttons, where the platform has buttons
	Service   bool     // a line of the messenger itself: somebody joined, the title changed
	At        time.Time
}
