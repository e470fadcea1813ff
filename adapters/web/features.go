package web

import "github.com/potluck-chat/potluck/core/chat"

// longestAnswer is the most units of one message of the house's: what the bus takes at most has fewer.
const longestAnswer = 1 << 20

// Features is what the talk shows of what the house says. Nobody else ever speaks there, so what is asked of a room
// with people in it is refused.
func (t *Talk) Features() chat.Features {
	shows := shows([]chat.Kind{
		"text", "bold", "italic", "underline", "strike", "spoiler", "code", "pre", "quote", "link", "edit", "delete",
		"delete of others", "choices", "private",
	})
	set := func(how chat.How, note string, kinds ...chat.Kind) {
		for _, k := range kinds {
			shows[k] = chat.Support{How: how, Note: note}
		}
	}
	set(chat.Degraded, "the name in bold", "mention")
	set(chat.Degraded, "an answer stands below what it answers", "reply")
	set(chat.Degraded, "the author's name stands above the text", "name")
	set(chat.Degraded, "its source is named in a line", "forward")
	set(chat.Degraded, "one link, the same for everybody", "invite")
	set(chat.Refused, "told in a line", "edit of media", "photo", "video", "video note", "animation", "audio", "voice", "file",
		"sticker", "caption", "album", "location", "contact", "poll", "dice", "other")
	return chat.Features{
		Platform: chat.Web, Shows: shows, TextLimit: longestAnswer, CaptionLimit: longestAnswer, Idempotent: true,
	}
}

// shows is a table in which some kinds are native, and all others refused.
func shows(native []chat.Kind) map[chat.Kind]chat.Support {
	out := map[chat.Kind]chat.Support{}
	for _, k := range chat.Kinds() {
		out[k] = chat.Support{How: chat.Refused, Note: "a conversation in a browser has no such thing"}
	}
	for _, k := range native {
		out[k] = chat.Support{How: chat.Native}
	}
	return out
}
