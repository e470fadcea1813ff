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
// pump fills Refs in before an adapter sees the effect.
type Target struct {
	Refs   []Ref    `json:"refs,omitempty"`
	Effect EffectID `json:"effect,omitempty"`
}

// Answer is what a Send replies to. Target is empty where the chat does not have that message; Name and
// Quote then tell it.
type Answer struct {
	Target Target `json:"target,omitzero"`
	Name   string `json:"name,omitempty"`
	Quote  string `json:"quote,omitempty"`
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
	}

	// Edit gives a copy new content. Parts are those the message has now; Answer is what it has replied to all
	// along, for platforms where an edit must say it again. Refs of its receipt are messages that the copy
	// has got in addition.
	Edit struct {
		To     Chat    `json:"to"`
		Target Target  `json:"target"`
		As     *Person `json:"as,omitempty"`
		Text   Text    `json:"text,omitzero"`
		Parts  []Part  `json:"parts,omitempty"`
		Answer *Answer `json:"answer,omitempty"`
	}

	// Delete takes a message away.
	Delete struct {
		To     Chat   `json:"to"`
		Target Target `json:"target"`
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
	// unless Secret is set: then it is refused rather than said in the open.
	Whisper struct {
		To     Chat     `json:"to"`
		Who    Identity `json:"who"`
		Text   Text     `json:"text"`
		Answer *Answer  `json:"answer,omitempty"`
		Secret bool     `json:"secret,omitempty"`
	}
)

// What the engine does in the same transaction.
type (
	// Enrol makes the event's author (or Who, if set) a member of the event's community.
	Enrol struct{ Who Person }

	// Link makes a chat part of a room of a community; what the chat was part of before forgets it. The
	// answer is a Linked or a LinkRefused.
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

	// Set changes a setting of the event's community.
	Set struct{ Key, Value string }

	// Wake asks for a Due at a time (or at once, if that is past); one timer per rule and key, the last wins.
	Wake struct {
		Rule, Key string
		At        time.Time
	}

	// Cancel takes a timer back.
	Cancel struct{ Rule, Key string }

	// Emit lets another event happen, in the same transaction and with the same author, chat and time.
	Emit struct{ Body Body }

	// Record appends a line to a log of the community ("audit").
	Record struct{ Log, Line string }

	// Drop ends the event here: the rules behind do not see it.
	Drop struct{}
)

func (Send) isEffect()    {}
func (Edit) isEffect()    {}
func (Delete) isEffect()  {}
func (React) isEffect()   {}
func (Whisper) isEffect() {}
func (Enrol) isEffect()   {}
func (Link) isEffect()    {}
func (Unlink) isEffect()  {}
func (Claim) isEffect()   {}
func (Set) isEffect()     {}
func (Wake) isEffect()    {}
func (Cancel) isEffect()  {}
func (Emit) isEffect()    {}
func (Record) isEffect()  {}
func (Drop) isEffect()    {}

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
