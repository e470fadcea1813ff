package matrix

import (
	"maps"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// textLimit is the most UTF-16 units of one message. An event has at most 65,536 bytes, and an edit
	// holds its text four times (specification, "Size limits"; measured on Dendrite and Synapse).
	textLimit = 12_000
	// mediaLimit is the most bytes of a file that we send: what Dendrite's and Synapse's default configs
	// take (10 MiB and 50 MiB) is asked at sending; this is our own bound, as files are held in memory.
	mediaLimit = 50 << 20
)

// Features is what Matrix shows. With ghosts a message has its author's name above it; without, in front
// of its text.
func (a *Adapter) Features() chat.Features { return Features(a.reg != nil) }

// Features is what an adapter of this package answers, with ghosts (an application service) or without.
func Features(ghosts bool) chat.Features {
	native, less := chat.Support{How: chat.Native}, func(note string) chat.Support {
		return chat.Support{How: chat.Degraded, Note: note}
	}
	shows := map[chat.Kind]chat.Support{
		"video note": less("a plain video"),
		"forward":    less("a line above the text"),
		"album":      less("one message per file"),
		"contact":    less("a line with the name"),
		"dice":       less("a line with the number"),
		"other":      less("a line that says what it is"),

		"mention of all":   less("as plain text; nobody is called"),
		"custom emoji":     less("as the emoji that it stands for"),
		"vanish":           less("shown until it is deleted when its time is over"),
		"partial quote":    less("a quoted line above the text"),
		"hidden media":     less("a file"),
		"animated sticker": less("a line"),
		"video sticker":    less("a video"),
		"choices":          less("numbered lines, chosen by a tap on the number's emoji or by answering with it"),
		"join":             less("a line by the bot"),
		"leave":            less("a line by the bot"),
		"live location":    less("a place that does not move"),
		"venue":            less("a place, its name beside it"),
	}
	for _, k := range []chat.Kind{
		"checklist", "game", "invoice", "gift", "payment", "story", "call", "invitation",
		"title", "picture", "timer", "topic", "notice", "view once", "paid media",
	} {
		shows[k] = less("a line that says what it is")
	}
	for _, k := range []chat.Kind{
		"preview", "text", "bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link", "mention", "cite", "new room", "archive",
		"reply", "edit", "edit of media", "delete", "reaction", "photo", "video", "animation", "audio",
		"voice", "file", "sticker", "caption", "name", "avatar", "thread", "location", "poll", "vote",
		"pin", "private", "delete of others", "restrict", "remove", "ban", "knock", "invite",
	} {
		shows[k] = native
	}
	if !ghosts {
		maps.Copy(shows, map[chat.Kind]chat.Support{
			"name":     less("in front of the text"),
			"reaction": less("once per emoji, by the bot"),
			"sticker":  less("a picture"),
			"avatar":   {How: chat.Refused, Note: "pictures of people stay on their own platform"},
			"vote":     {How: chat.Refused, Note: "counted in the line with the result"},
		})
	}
	return chat.Features{
		Platform: chat.Matrix, Shows: shows, TextLimit: textLimit, CaptionLimit: textLimit,
		MediaLimit: mediaLimit, FetchLimit: mediaLimit, Idempotent: true, Ghosts: ghosts,
	}
}
