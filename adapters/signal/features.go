package signal

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// The limits of Signal's official clients, and of the way through signal-cli.
const (
	// textLimit is ours: longer texts than 2000 bytes become an attachment that the clients unfold, up to
	// 64 KiB; 10000 units stay below that with three bytes each and the address of every link.
	textLimit = 10_000
	// maxEdits is MESSAGE_MAX_EDIT_COUNT of the clients.
	maxEdits = 10
	// window is for how long the clients let a message be edited or deleted for everyone. Receivers grant a
	// day more, by a remote setting that nobody should rely on.
	window = 24 * time.Hour
	// maxInline is the largest file that goes through the socket: signal-cli's JSON reader takes strings of
	// 20,000,000 characters, and base64 makes four of three.
	maxInline = 14_000_000
	// maxFile is the clients' limit for one file.
	maxFile = 100_000_000
	// maxAttachments is how many files the clients let one message have.
	maxAttachments = 32
)

// Features returns what Signal can show with a config: files over 14 MB need a folder shared with the
// daemon.
func Features(c Config) chat.Features {
	native := chat.Support{How: chat.Native}
	degraded := func(note string) chat.Support { return chat.Support{How: chat.Degraded, Note: note} }
	line := degraded("told in a line")
	f := chat.Features{
		Platform: chat.Signal,
		Shows: map[chat.Kind]chat.Support{
			"text": native, "bold": native, "italic": native, "strike": native, "spoiler": native, "code": native,
			"underline": {How: chat.Refused, Note: "underline is left out"},
			"pre":       degraded("code block in fixed-width letters, without its language"),
			"quote":     degraded("quote as lines that begin with >"),
			"link":      degraded("link with its address in brackets"),
			"mention":   native, "reply": native, "edit": native, "delete": native,
			"edit of media": degraded("the text of a message with files is changed, the files may stay"),
			"reaction":      degraded("one reaction stands for all"),
			"forward":       degraded("source of a forward told in a line"),
			"photo":         native, "video": native, "audio": native, "voice": native, "file": native,
			"caption": native, "album": native,
			"video note":       degraded("round video as a video"),
			"animation":        degraded("animation as a video"),
			"sticker":          degraded("sticker as a picture"),
			"animated sticker": degraded("sticker that moves as a line with its emoji"),
			"video sticker":    degraded("sticker that moves as a video"),
			"hidden media":     degraded("covered media as a file to be opened"),
			"location":         line, "live location": line, "venue": line, "contact": line, "dice": line, "checklist": line,
			"game": line, "invoice": line, "gift": line, "payment": line, "story": line, "call": line, "invitation": line,
			"view once": line, "paid media": line, "title": line, "picture": line, "timer": line, "topic": line,
			"notice": line, "other": line,
			// A poll of the bot's is a poll; it stands behind its author's name, for a poll shows none but the bot's.
			"poll": native,
			"vote": {How: chat.Refused, Note: "nobody can vote for others in Signal; the votes are told as a result"},
			// The clients show the whole message that is answered, whatever part is sent as its text
			// (DataMessageProcessor.getValidatedQuote of Signal Android).
			"partial quote":  degraded("the chosen part as a line above an answer to the whole message"),
			"thread":         degraded("message of a thread as an answer to its first"),
			"mention of all": degraded("call to everybody as plain text, nobody is called"),
			"custom emoji":   degraded("custom emoji as the emoji it stands for"),
			"preview":        degraded("link without a preview"),
			"vanish":         degraded("disappearing message stays until it is deleted when its time is over"),
			"join":           line, "leave": line,
			"name":   degraded("the author's name stands before the text"),
			"avatar": {How: chat.Refused, Note: "pictures of authors are not shown"},
			// Signal has no buttons, and a request to join comes without words. Nobody but a whole group can be
			// kept from writing.
			"choices": degraded("choices as numbered lines, to be answered with the number"),
			"pin":     native, "private": native, "delete of others": native,
			"restrict": {How: chat.Refused, Note: "nobody can be kept from writing in Signal"},
			"remove":   native, "ban": native, "invite": native,
			"cite":     {How: chat.Refused, Note: "its words stand there without a link, for Signal has none to a message"},
			"new room": native, "archive": native,
			"knock": degraded("somebody asks to be let in without saying why"),
		},
		TextLimit: textLimit, CaptionLimit: textLimit,
		MediaLimit: maxInline, FetchLimit: maxFile,
		EditWindow: window, DeleteWindow: window, EditCount: maxEdits,
	}
	if c.Outbox != "" {
		f.MediaLimit = maxFile
	}
	return f
}
