package chat

import (
	"strings"
	"time"
)

// Kind names something that members do or send and that a platform may or may not be able to show.
type Kind string

// Kinds returns every kind, in the order of the table that people read. It is closed: an adapter's
// Features must answer for each. The last two lines are the house's own means: choices under a message, writing
// to one person, and what moderators and the door need.
func Kinds() []Kind {
	return []Kind{
		"text", "bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link", "mention",
		"mention of all", "cite", "custom emoji", "preview",
		"reply", "partial quote", "thread", "edit", "edit of media", "delete", "vanish", "reaction", "forward", "pin",
		"photo", "video", "video note", "animation", "audio", "voice", "file", "sticker", "animated sticker",
		"video sticker", "hidden media", "caption", "album", "view once", "paid media",
		"location", "live location", "venue", "contact", "poll", "vote", "dice", "checklist", "game", "invoice",
		"gift", "payment", "story", "call", "invitation",
		"title", "picture", "timer", "topic", "notice", "other",
		"join", "leave", "name", "avatar",
		"choices", "private", "delete of others", "restrict", "remove", "ban", "knock", "invite", "new room", "archive",
	}
}

// KindOfPart returns the kind that stands for a part in the table. Stickers that move are kinds of their own.
func KindOfPart(p Part) Kind {
	if p.Kind != Sticker {
		return Kind(p.Kind)
	}
	switch {
	case strings.HasPrefix(p.Media.MIME, "video/"):
		return "video sticker"
	case p.Media.MIME == "application/x-tgsticker", p.Media.MIME == "application/json":
		return "animated sticker"
	}
	return "sticker"
}

// How says how far a platform shows a kind that comes from elsewhere.
type How string

// The three answers.
const (
	Native   How = "native"   // as if it had been written there
	Degraded How = "degraded" // less than it was; Note says what is shown instead
	Refused  How = "refused"  // not at all; Note says what the author is told
)

// Support is one cell of the table.
type Support struct {
	How  How
	Note string // short phrase; empty for Native
}

// Features is what a platform can show of what comes from elsewhere, and how far. It is data: the pump
// degrades by it, the README's table is made from it, and the contract suite proves it.
type Features struct {
	Platform Platform
	Shows    map[Kind]Support
	// TextLimit and CaptionLimit are the most UTF-16 units that one message may have; a longer text
	// becomes several messages, a longer caption its own message.
	TextLimit, CaptionLimit int
	// MediaLimit is the most bytes of one file that can be sent there, FetchLimit that can be fetched.
	MediaLimit, FetchLimit int64
	// EditWindow and DeleteWindow are how long the bot can change its own messages; 0 = always.
	EditWindow, DeleteWindow time.Duration
	// EditCount is how often; 0 = any number.
	EditCount int
	// Idempotent: carrying out the same effect twice shows it once.
	Idempotent bool
	// Ghosts: people from elsewhere have accounts of their own there.
	Ghosts bool
	Pace   Pace
}

// Pace is how often the platform lets the bot act; a zero field is no limit.
type Pace struct {
	Chat       time.Duration // least time between two effects in one chat, after a burst of Burst
	Burst      int
	ChatMinute int // most effects in one chat per minute
	Second     int // most effects of all chats together per second
}
