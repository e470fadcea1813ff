package chat

import "time"

// Level is a member's permission step.
type Level int

// The levels, each with all that the lower ones may do.
const (
	Guest Level = iota
	Member
	Moderator
	Organiser
)

// String returns the level's name in lower case.
func (l Level) String() string {
	switch l {
	case Member:
		return "member"
	case Moderator:
		return "moderator"
	case Organiser:
		return "organiser"
	default:
		return "guest"
	}
}

// Person is somebody as a platform shows him at one moment.
type Person struct {
	Identity Identity `json:"identity"`
	Name     string   `json:"name,omitempty"` // display name: untrusted, may be empty
	Nick     string   `json:"nick,omitempty"` // the platform's own unique name, without '@' (Telegram's username); may be empty
	// Level is what the platform's own rights give him in the event's chat: Organiser for its admins
	// (Telegram administrators, Signal group admins, Matrix power level >= 50), else Member. Adapters
	// look it up only when the text looks like a command (LooksLikeCommand) and leave Guest otherwise.
	Level Level `json:"level,omitempty"`
	// Unsure: the rights could not be looked up, so Level says too little.
	Unsure bool `json:"unsure,omitempty"`
	// Bot: another program, not a human.
	Bot bool `json:"bot,omitempty"`
	// Anonymous: speaks for a chat, so nobody knows who it is (Telegram's anonymous admins, channels).
	Anonymous bool `json:"anonymous,omitempty"`
}

// Event is something that happened. An adapter sets the first group of fields; the engine's door adds
// the second before any rule sees the event, and it never travels.
type Event struct {
	// ID is made from the platform's own name of what happened, so that a redelivery has the same.
	ID EventID
	// At is the platform's time of it.
	At time.Time
	// Chat is where it happened; zero where nothing has a place (timers).
	Chat Chat
	// Title is the chat's title if the platform told it with the event.
	Title string
	// Private: Chat is the conversation of one person with the bot.
	Private bool
	// By is who did it: the author, the one who reacts, who joined or was removed by. Zero for receipts
	// and timers.
	By Person
	// Body says what happened.
	Body Body

	// Now is the fold's clock: the bus's time of the event, never going back.
	Now time.Time
	// Community, Room and Member are who and where in the house; empty where unknown or private.
	Community CommunityID
	Room      RoomID
	Member    MemberID
	// Level is the member's own; until the community has an organiser of its own, the one the platform gives
	// him here, if that is higher.
	Level Level
	// Tag is that of the effect which a Sent or Failed is about.
	Tag string
	// Message is the message the event is about: of a Posted the record just made, of an Edited, Deleted,
	// Reacted, Sent or Failed the known one, nil if it is unknown.
	Message *Message
	// ReplyTo is the known message that a Posted, Edited or Asked answers, or nil.
	ReplyTo *Message
	// Seed is secret and unpredictable, yet the same on every replay: the rules' only randomness.
	Seed [16]byte
}

// Body is the sum of all that can happen.
type Body interface{ isBody() }

// Reply says which message a new one answers.
type Reply struct {
	Ref Ref `json:"ref"`
	// Name and Quote are what the platform showed of it, for places that do not have it. They may be
	// empty; Quote has at most 300 characters.
	Name  string `json:"name,omitempty"`
	Quote string `json:"quote,omitempty"`
	// Partial: Quote is the part of it that is answered, chosen by the author.
	Partial bool `json:"partial,omitempty"`
	// Thread: the message stands in the thread that begins with Ref, and answers nothing in particular.
	Thread bool `json:"thread,omitempty"`
}

// What platforms tell.
type (
	// Posted tells of a new message. Text is canonical. A message with neither text nor parts is not an event.
	Posted struct {
		Ref   Ref    `json:"ref"`
		Text  Text   `json:"text,omitzero"`
		Parts []Part `json:"parts,omitempty"`
		Reply *Reply `json:"reply,omitempty"`
		// Forward names whom it was forwarded from, if it was.
		Forward string `json:"forward,omitempty"`
		// Album is the same for all messages that the platform shows as one album. They come one by one; the
		// engine makes one event of them, whose More are the names of those behind the first.
		Album string `json:"album,omitempty"`
		More  []Ref  `json:"more,omitempty"`
		// Vanish is how long after it was read (Signal) or written its platform shows it; 0 = for ever.
		Vanish time.Duration `json:"vanish,omitempty"`
	}

	// Edited tells that a message has new content. Parts are those it has now.
	Edited struct {
		Ref Ref `json:"ref"`
		// Revision is a further name of the message, where an edit makes one (Signal); else zero.
		Revision Ref    `json:"revision,omitzero"`
		Text     Text   `json:"text,omitzero"`
		Parts    []Part `json:"parts,omitempty"`
	}

	// Deleted tells that a message is gone, or a reaction (Matrix: Ref is then the reaction's Own).
	Deleted struct {
		Ref Ref `json:"ref"`
	}

	// Reacted tells that By has changed his reactions to a message.
	Reacted struct {
		Ref    Ref            `json:"ref"`
		Emoji  []string       `json:"emoji,omitempty"`
		Change ReactionChange `json:"change"`
		// Own names the reaction itself where it can be deleted like a message (Matrix); else zero.
		Own Ref `json:"own,omitzero"`
	}

	// Joined tells that somebody is now in the chat.
	Joined struct {
		Who Person `json:"who"`
	}

	// Left tells that somebody is no longer in the chat; By is the same person, or who removed him.
	Left struct {
		Who Person `json:"who"`
	}

	// Knocked tells that somebody asks to be let in. Note is what he wrote to it, at most 500 characters.
	Knocked struct {
		Who  Person `json:"who"`
		Note string `json:"note,omitempty"`
	}

	// Pressed tells that By has pressed the n-th button under a message, counted from 0; it becomes an Asked.
	Pressed struct {
		Ref Ref `json:"ref"`
		N   int `json:"n"`
	}

	// Pinned tells that somebody has put a message at the top of the chat (On), or taken it from there.
	Pinned struct {
		Ref Ref  `json:"ref"`
		On  bool `json:"on"`
	}

	// Voted tells what By has chosen in a poll: all of it, none = he has taken it back.
	Voted struct {
		Ref     Ref   `json:"ref"`
		Options []int `json:"options,omitempty"` // places in the poll's list, counted from 0
	}

	// PollEnded tells that nobody can vote any more.
	PollEnded struct {
		Ref Ref `json:"ref"`
	}

	// Missed tells that what was written in the chat between two times did not reach us and never will.
	Missed struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	}

	// Arrived tells that the bot can now read and write in the chat. Of one that it has made by an Open only the receipt tells.
	Arrived struct{}

	// Parted tells that the bot can no longer.
	Parted struct{}

	// Migrated tells that the chat goes on under another name; its old refs stay valid names of old messages.
	Migrated struct {
		To Chat `json:"to"`
	}
)

// ReactionChange says how a Reacted's emoji are to be read.
type ReactionChange string

// The changes.
const (
	ReactionsAre    ReactionChange = "are"   // these are all he has now; none = he has none
	ReactionAdded   ReactionChange = "add"   // these came to what he had
	ReactionRemoved ReactionChange = "taken" // these went away
)

// What the pump reports of effects.
type (
	// Sent tells that a platform has done what the effect said. Refs name the messages it made, in order.
	Sent struct {
		Effect EffectID `json:"effect"`
		Refs   []Ref    `json:"refs,omitempty"`
		// Names are further names that the message has got by it (an edit's on Signal).
		Names []Ref `json:"names,omitempty"`
		// Notes say what had to be shown as less than it was, one short phrase each.
		Notes []string `json:"notes,omitempty"`
		// Link is what an Invite has made, where the platform cannot ask the person itself.
		Link string `json:"link,omitempty"`
		// Made is the chat that an Open has made.
		Made Chat `json:"made,omitzero"`
		// Of is what the effect was to do with the event's message: "send", "edit", "delete", "pin", "unpin" …; the engine
		// says it, where it knows.
		Of string `json:"-"`
	}

	// Failed tells that an effect will never be done.
	Failed struct {
		Effect EffectID `json:"effect"`
		Why    Reason   `json:"why"`
		Of     string   `json:"-"` // as Sent's
	}
)

// What the engine itself makes.
type (
	// Asked tells that a member has typed a command, or chosen it. Args are its words; Text is all behind the
	// command's name. Command is the name that was declared, Alias the one that was typed. Chosen: by a Choice
	// under the message Ref, which is the house's.
	Asked struct {
		Ref     Ref      `json:"ref"`
		Command string   `json:"command"`
		Alias   string   `json:"alias,omitempty"`
		Chosen  bool     `json:"chosen,omitempty"`
		Args    []string `json:"args,omitempty"`
		Text    Text     `json:"text,omitzero"`
		Reply   *Reply   `json:"reply,omitempty"`
	}

	// Due tells that a timer that the rule has set is due.
	Due struct {
		Rule string `json:"rule"`
		Key  string `json:"key"`
	}

	// Linked tells that a chat has become part of a room, by a Link with that code.
	Linked struct {
		Chat Chat   `json:"chat"`
		Code string `json:"code,omitempty"`
	}

	// LinkRefused tells that a Link could not be done. Taken is the room's other chat on the same platform, zero if
	// the room is not there any more; Room and Title are what the room and that chat are called.
	LinkRefused struct {
		Chat  Chat   `json:"chat"`
		Taken Chat   `json:"taken,omitzero"`
		Room  string `json:"room,omitempty"`
		Title string `json:"title,omitempty"`
	}

	// Unlinked tells that a chat has left a room and is on its own.
	Unlinked struct {
		Chat Chat `json:"chat"`
	}

	// Claimed tells that two members have turned out to be one; Gone is the id that is no longer used, empty if
	// the other account was nobody here before.
	Claimed struct {
		Kept MemberID `json:"kept"`
		Gone MemberID `json:"gone"`
	}

	// Appointed tells that a member has another level.
	Appointed struct {
		Who      MemberID `json:"who"`
		From, To Level
	}

	// Forgotten tells that a member is about to be erased: the last that rules hear of him.
	Forgotten struct {
		Who        MemberID   `json:"who"`
		Identities []Identity `json:"identities"`
	}

	// Forgot tells that he is: how many of his messages there were, and that every deletion has been asked for.
	Forgot struct {
		Who      MemberID `json:"who"`
		Messages int      `json:"messages"`
	}

	// Found answers a Look.
	Found struct {
		Rule, Key string
		View      View
		Lines     []Line
	}
)

func (Posted) isBody()      {}
func (Edited) isBody()      {}
func (Deleted) isBody()     {}
func (Reacted) isBody()     {}
func (Joined) isBody()      {}
func (Left) isBody()        {}
func (Arrived) isBody()     {}
func (Parted) isBody()      {}
func (Migrated) isBody()    {}
func (Sent) isBody()        {}
func (Failed) isBody()      {}
func (Asked) isBody()       {}
func (Due) isBody()         {}
func (Linked) isBody()      {}
func (LinkRefused) isBody() {}
func (Unlinked) isBody()    {}
func (Claimed) isBody()     {}
func (Knocked) isBody()     {}
func (Pressed) isBody()     {}
func (Appointed) isBody()   {}
func (Forgotten) isBody()   {}
func (Forgot) isBody()      {}
func (Found) isBody()       {}
func (Pinned) isBody()      {}
func (Voted) isBody()       {}
func (PollEnded) isBody()   {}
func (Missed) isBody()      {}

// Reason is why something was refused for good; a member's sentence is made from it by say.
type Reason string

// The reasons.
const (
	Forbidden   Reason = "forbidden"   // the bot may not do that there
	NotFound    Reason = "not found"   // the message, chat or person is not there (any more)
	TooLarge    Reason = "too large"   // over the platform's limit
	TooOld      Reason = "too old"     // the platform's time for it is over
	TooMany     Reason = "too many"    // the platform's count for it is used up
	Unsupported Reason = "unsupported" // the platform has no such thing
	Invalid     Reason = "invalid"     // the platform does not take it as it is
	Broken      Reason = "broken"      // tried often enough without a clear answer: a dead letter
	Expired     Reason = "expired"     // its time was over before it could be done, or a newer one has taken its place
)

// LooksLikeCommand tells whether a text starts as a command does: '/' or '!' and a letter. Adapters look
// up rights only then.
func LooksLikeCommand(t Text) bool {
	p := t.Plain
	if len(p) < 2 || (p[0] != '/' && p[0] != '!') {
		return false
	}
	c := p[1] | 0x20
	return c >= 'a' && c <= 'z'
}
