package chat

import "time"

// Effect is the sum of all that a rule can want.
type Effect interface{ isEffect() }

// Outgoing is an effect that a platform carries out.
type Outgoing interface {
	Effect
	// Where returns the chat it is for; effects for one chat are carried out one after another.
	Where() Chat
}

// Dispatch is an outgoing effect on its way.
type Dispatch struct {
	ID EffectID
	// At is the fold's time of the decision.
	At     time.Time
	Effect Outgoing
}

// Target names an existing message in one chat. Refs are its names there, in order (a long text is
// several messages). While they are not known yet Refs is empty and Effect is the Send that makes it; the
// pump fills Refs in before an adapter sees the effect. A rule may name a message of the house's by its
// Tag alone; the engine fills the rest in, and lets the effect be where the chat has no such message.
type Target struct {
	Refs   []Ref    `json:"refs,omitempty"`
	Effect EffectID `json:"effect,omitempty"`
	Tag    string   `json:"-"`
}

// Choice is what can be chosen under a message of the house's: a button where the platform has them, else a
// numbered line, chosen by answering with its number or by reacting with its keycap. Choosing is asking:
// Ask is a command with its arguments and without a prefix, asked in the name of whoever chooses.
type Choice struct {
	Label string `json:"label"` // one short line
	Ask   string `json:"ask"`
}

// MaxChoices is the most that one message can offer: as many as there are keycaps.
const MaxChoices = 9

// Keycap returns the emoji that chooses the n-th choice, counted from 0.
func Keycap(n int) string { return string(rune('1'+n)) + "\uFE0F\u20E3" }

// Answer is what a Send replies to. Target is empty where the chat does not have that message; Name and
// Quote then tell it.
type Answer struct {
	Target Target `json:"target,omitzero"`
	Name   string `json:"name,omitempty"`
	Quote  string `json:"quote,omitempty"`
	// Partial: Quote is the part of it that is answered. Thread: it stands in the thread that begins with Target.
	Partial bool `json:"partial,omitempty"`
	Thread  bool `json:"thread,omitempty"`
}

// What platforms do.
type (
	// Send posts a message. As is the author it is posted for; nil = the bot speaks for the house.
	Send struct {
		To      Chat      `json:"to"`
		As      *Person   `json:"as,omitempty"`
		Text    Text      `json:"text,omitzero"`
		Parts   []Part    `json:"parts,omitempty"`
		Answer  *Answer   `json:"answer,omitempty"`
		Forward string    `json:"forward,omitempty"`
		Message MessageID `json:"message,omitempty"` // whose copy it is; empty = a message of the house's own
		// Tag names a message of the house's own within the community, for rules that change it later or are
		// answered to it. What is sent with one tag into several chats is one message; a chat's newer one
		// takes the older one's place.
		Tag     string   `json:"tag,omitempty"`
		Choices []Choice `json:"choices,omitempty"`
	}

	// Edit gives a copy new content. Parts are those the message has now; Answer is what it has replied to all
	// along and Forward whom it is forwarded from, for platforms where an edit must say it again. Of a member's message
	// the engine fills both in. Refs of its receipt are messages that the copy
	// has got in addition.
	Edit struct {
		To      Chat    `json:"to"`
		Target  Target  `json:"target"`
		As      *Person `json:"as,omitempty"`
		Text    Text    `json:"text,omitzero"`
		Parts   []Part  `json:"parts,omitempty"`
		Answer  *Answer `json:"answer,omitempty"`
		Forward string  `json:"forward,omitempty"`
		// Choices are those it has from now on.
		Choices []Choice `json:"choices,omitempty"`
		// Tail is a short line below the text: what the others' people have put under the message.
		Tail Text `json:"tail,omitzero"`
		// Again: Text, Parts and Answer are what the message has already; the engine fills them in, and lets the effect be
		// where it keeps the words no more.
		Again bool `json:"-"`
	}

	// Delete takes a message away: one of the bot's own, or anybody's where its rights in the chat allow it.
	Delete struct {
		To     Chat   `json:"to"`
		Target Target `json:"target"`
		Tag    string `json:"tag,omitempty"`
	}

	// React adds (On) or takes back one person's reaction. Where the bot cannot react for a person,
	// Count is how many of the others' people give Emoji after this change, and Lead the emoji most of
	// them give ("" = none), for platforms where the bot has a single reaction.
	React struct {
		To     Chat   `json:"to"`
		Target Target `json:"target"`
		As     Person `json:"as"`
		Emoji  string `json:"emoji"`
		On     bool   `json:"on"`
		Count  int    `json:"count"`
		Lead   string `json:"lead,omitempty"`
	}

	// Whisper tells one person something: in private if the platform lets the bot do that, else in the
	// chat To, as an answer to Answer where that is set. Never put into it what others must not read,
	// unless Secret is set: then it is refused rather than said in the open. Without a chat that both are in, To is
	// Chat(Who), on every platform.
	Whisper struct {
		To     Chat     `json:"to"`
		Who    Identity `json:"who"`
		Text   Text     `json:"text"`
		Answer *Answer  `json:"answer,omitempty"`
		Secret bool     `json:"secret,omitempty"`
		// Tag and Choices are as those of a Send; a message in private is known by its tag, too.
		Tag     string   `json:"tag,omitempty"`
		Choices []Choice `json:"choices,omitempty"`
	}

	// Pin shows a message at the top of the chat, where pinning it again changes nothing.
	Pin struct {
		To     Chat   `json:"to"`
		Target Target `json:"target"`
		Tag    string `json:"tag,omitempty"`
	}

	// Vote is one person's choice in a poll, all of it, where people from elsewhere have accounts of their own.
	Vote struct {
		To      Chat   `json:"to"`
		Target  Target `json:"target"`
		As      Person `json:"as"`
		Options []int  `json:"options,omitempty"` // places in the poll's list, counted from 0
	}

	// EndPoll lets nobody vote any more in a poll of the bot's.
	EndPoll struct {
		To     Chat   `json:"to"`
		Target Target `json:"target"`
	}

	// Unpin takes it from there.
	Unpin struct {
		To     Chat   `json:"to"`
		Target Target `json:"target"`
		Tag    string `json:"tag,omitempty"`
	}
)

// Summarise asks the Drafter for what was said in a room between two times.
type Summarise struct {
	To       Chat      `json:"to"` // Drafter:community
	Room     RoomID    `json:"room"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Language string    `json:"language"`
	Bullets  int       `json:"bullets"` // at most so many, each of at most 25 words
	// Only, if set, are the messages that it is to be about (the notes of a call).
	Only []MessageID `json:"only,omitempty"`
	Tag  string      `json:"tag"`
}

// What the engine does in the same transaction.
type (
	// Enrol makes the event's author (or Who, if set) a member of the event's community.
	Enrol struct{ Who Person }

	// Link makes a chat part of a room of a community; what the chat was part of before forgets it. Without a
	// Room the chat becomes a new room there, together with those that it is in one room with. The answer is
	// a Linked or a LinkRefused.
	Link struct {
		Code      string
		Community CommunityID
		Room      RoomID
		Chat      Chat
	}

	// Unlink takes a chat out of its room; it is then a community of its own.
	Unlink struct{ Chat Chat }

	// Claim makes two identities one member wherever either is one.
	Claim struct{ First, Second Identity }

	// Set changes a setting: the member's if Member is set, the room's if Room is, else the event's
	// community's. An empty value takes it away.
	Set struct {
		Member     MemberID
		Room       RoomID
		Key, Value string
	}

	// Appoint gives a member a level. From the first organiser on that is appointed, the community's levels
	// are its own: what a platform's admins may do on their platform gives them none here.
	Appoint struct {
		Who   MemberID
		Level Level
	}

	// Forget erases a member: his card, his name on messages, the words that are kept of him, and what rules
	// keep under his key (rule.PersonKey). The copies of what he wrote are deleted, as far as platforms let. A
	// Forgotten comes first, a Forgot with the count when it is done.
	Forget struct{ Who MemberID }

	// Look asks for what is kept outside the rule's state. The answer is a Found with the same Rule, Key and
	// View, after this event.
	Look struct {
		Rule, Key string
		View      View
		Arg       string
		Limit     int // most lines; 0 = 100
	}

	// Wake asks for a Due at a time (or at once, if that is past); one timer per rule and key, the last wins.
	Wake struct {
		Rule, Key string
		At        time.Time
	}

	// Cancel takes a timer back.
	Cancel struct{ Rule, Key string }

	// Emit lets another event happen, in the same transaction and with the same chat and time, by the same author, or by
	// the House if it is nobody's doing: so one rule asks another's command (an Asked goes through the same checks).
	Emit struct {
		Body  Body
		House bool
	}

	// Record appends a line to a log of the community ("audit"). The engine adds when, and chains the lines
	// by their hashes. By and About may be empty.
	Record struct {
		Log, Line string
		By, About MemberID
	}

	// Show puts a page where a browser finds it under a name that nobody can guess ("calendar/…"); the last one with a name
	// counts, one without Data takes it away. At most 256 kB.
	Show struct {
		Page string
		Type string // a MIME type
		Data []byte
	}

	// Drop ends the event here: the rules behind do not see it.
	Drop struct{}
)

func (Send) isEffect()      {}
func (Edit) isEffect()      {}
func (Delete) isEffect()    {}
func (React) isEffect()     {}
func (Whisper) isEffect()   {}
func (Enrol) isEffect()     {}
func (Link) isEffect()      {}
func (Unlink) isEffect()    {}
func (Claim) isEffect()     {}
func (Set) isEffect()       {}
func (Wake) isEffect()      {}
func (Cancel) isEffect()    {}
func (Emit) isEffect()      {}
func (Record) isEffect()    {}
func (Drop) isEffect()      {}
func (Pin) isEffect()       {}
func (Unpin) isEffect()     {}
func (Appoint) isEffect()   {}
func (Forget) isEffect()    {}
func (Look) isEffect()      {}
func (Vote) isEffect()      {}
func (EndPoll) isEffect()   {}
func (Summarise) isEffect() {}
func (Show) isEffect()      {}

// Where returns To.
func (s Send) Where() Chat { return s.To }

// Where returns To.
func (e Edit) Where() Chat { return e.To }

// Where returns To.
func (d Delete) Where() Chat { return d.To }

// Where returns To.
func (r React) Where() Chat { return r.To }

// Where returns To.
func (w Whisper) Where() Chat { return w.To }

// Where returns To.
func (p Pin) Where() Chat { return p.To }

// Where returns To.
func (u Unpin) Where() Chat { return u.To }

// Where returns To.
func (v Vote) Where() Chat { return v.To }

// Where returns To.
func (e EndPoll) Where() Chat { return e.To }

// Where returns To.
func (s Summarise) Where() Chat { return s.To }

// View names what a Look can ask for.
type View string

// The views and their arguments.
const (
	// Around: the messages before and after the one with the id Arg, in its room, Limit on each side, in order.
	Around View = "around"
	// Said: the messages of the member Arg, the newest first.
	Said View = "said"
	// Between: the messages of the room Arg begins with, from one time until another, in order, with their words: "room
	// from until", times as RFC 3339; without a room those of all rooms that every member may read.
	Between View = "between"
	// Logged: the lines of the log Arg ("audit"), or of one member ("audit m7"), the newest first.
	Logged View = "logged"
	// Own: what the rules keep of the member Arg that is theirs to see, a line for each state: the rule's name and, as its
	// text, the JSON.
	Own View = "own"
)
