package extract

import (
	"time"
)

// Limits of what a recap looks at. What is beyond them is left out, never an error.
const (
	MaxMessages = 50_000 // the newest are kept
	MaxText     = 20_000 // bytes of one message
	maxName     = 40     // runes of an author's name
)

// Kind is how a conversation was held.
type Kind string

// The kinds of conversations. Chat is what people typed, mails too; Call is what people said.
const (
	Chat Kind = "chat"
	Call Kind = "call"
)

// Section is where a bullet stands in a recap.
type Section string

// The sections, in the order in which a recap shows them.
const (
	Decided Section = "decided"
	Open    Section = "open"
	Done    Section = "done"
	Linked  Section = "links"
	Coming  Section = "coming"
	Talk    Section = "talk"
)

// Sections returns all sections in their order.
func Sections() []Section { return []Section{Decided, Open, Done, Linked, Coming, Talk} }

// Conversation is what a recap is made of. Messages are in the order in which they were written.
type Conversation struct {
	Kind Kind // zero is Chat
	// Lang is the language that most of it is in, as a BCP 47 tag; empty if that is not known.
	Lang     string
	Budget   Budget
	Messages []Message
	// Common are words learned from the group's own history that say nothing about a topic; may be nil.
	Common *Common
}

// Message is one message of a conversation.
type Message struct {
	ID     string
	Author string    // the name to print
	At     time.Time // zero if not known
	Text   string    // plain text, without formatting
	// ReplyTo is the id of the message that it answers with the platform's reply button, or empty.
	ReplyTo   string
	Reactions int  // how many different people reacted
	System    bool // a platform's notice ("Ann joined"): never quoted
}

// Bullet is one line of a recap: a quotation, or an opener and its outcome.
type Bullet struct {
	Text string // plain text in one line, with authors' names: "Ann: where is the key? → Bo: under the mat"
	// MessageIDs are the ids of the messages it quotes, opener first; at least one. They are ids of the
	// conversation's messages, unchanged.
	MessageIDs []string
	Section    Section
	Author     string // who opened it
	// Label are up to three words that set its conversation apart from the others; empty in calls.
	Label string
	// Messages and People are the size of the conversation that it stands for; zero in calls.
	Messages, People int
}

// Link says that a message answers another one. A message that opens a conversation answers itself.
type Link struct{ ID, Answers string }

// Recap returns the best bullets of a conversation, in the order of their sections. An empty conversation, or one
// in which nobody said anything that can be quoted, has none.
func Recap(c Conversation) []Bullet {
	r := read(c)
	if len(r.lines) == 0 {
		return nil
	}
	if c.Kind == Call {
		if r.isBrief() {
			return r.bound(r.short())
		}
		return r.bound(r.long())
	}
	r.link()
	r.gather()
	switch {
	case r.isShort():
		return r.bound(r.short())
	case r.isThread():
		return r.bound(r.long())
	default:
		return r.bound(r.chat())
	}
}

// Links returns for each message of a chat which one it answers, as the recap of a chat sees it. System messages
// and messages without text have no link.
func Links(c Conversation) []Link {
	r := read(c)
	r.link()
	links := make([]Link, 0, len(r.lines))
	for i, l := range r.lines {
		to := l.answers
		if to < 0 {
			to = i
		}
		links = append(links, Link{ID: l.id, Answers: r.lines[to].id})
	}
	return links
}
