package telegram

import (
	"errors"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// piece is what one call posts: a text, a file with a caption, or an album.
type piece struct {
	text  chat.Text
	parts []chat.Part
	leads bool // the text stands under the first file, or would
	named bool // the text is the author's name alone
	keys  *keyboard
}

// bears tells what of the text stands under a piece's first file.
func (p piece) bears() bearing {
	switch {
	case p.named:
		return name
	case p.leads:
		return words
	}
	return nothing
}

// maxAlbum is the most files of one album (core.telegram.org/bots/api#sendmediagroup).
const maxAlbum = 10

// plan cuts a Send into the messages that it becomes, the last of which has its buttons. An album has none: its
// files then stand alone.
func plan(s chat.Send) ([]piece, error) {
	pieces, err := cutUp(s)
	if err != nil || len(s.Choices) == 0 {
		return pieces, err
	}
	if last := pieces[len(pieces)-1]; len(last.parts) > 1 {
		pieces = append(pieces[:len(pieces)-1], apart(last)...)
	}
	pieces[len(pieces)-1].keys = keysOf(s.Choices)
	return pieces, nil
}

// cutUp cuts a Send into messages. A caption that is too long for one stands above its files as messages of its
// own, and then each file says whose it is.
func cutUp(s chat.Send) ([]piece, error) {
	text, files := withLines(s.Text, s.Parts)
	if s.Forward != "" {
		text = chat.Plain("Forwarded from " + tidyName(s.Forward) + ":\n").Append(text)
	}
	if text.IsEmpty() && len(files) == 0 {
		return nil, adapters.Refused(chat.Invalid, errors.New("plan message: it is empty"))
	}
	if text.IsEmpty() {
		text = chat.Text{}
	}
	text = signed(s.As, legible(text.Normal()))
	groups := group(files)
	if len(groups) > 0 && hasCaption(groups[0].parts[0].Kind) && text.Len() <= captionLimit {
		groups[0].text, groups[0].leads = text, true
		return groups, nil
	}
	return append(messages(text, textLimit), named(groups, s.As, text)...), nil
}

// named gives files that stand apart from their text their author's name.
func named(groups []piece, as *chat.Person, text chat.Text) []piece {
	if as == nil || text.Len() <= captionLimit {
		return groups
	}
	for i := range groups {
		if hasCaption(groups[i].parts[0].Kind) {
			groups[i].text, groups[i].named = byline(as), true
		}
	}
	return groups
}

// withLines returns the text with a line for each part that cannot be shown as itself, and the other parts.
func withLines(t chat.Text, parts []chat.Part) (chat.Text, []chat.Part) {
	var shown []chat.Part
	for _, p := range parts {
		switch {
		case isFile(p.Kind) && p.Media.Key != "" && !isLottie(p):
			shown = append(shown, asSent(p))
		case isThing(p):
			shown = append(shown, p)
		default:
			t = withLine(t, p)
		}
	}
	return t, shown
}

func withLine(t chat.Text, p chat.Part) chat.Text {
	if t.Plain == "" {
		return chat.Plain(p.Describe())
	}
	return t.Append(chat.Plain("\n" + p.Describe()))
}

// messages cuts a text into those that fit into one message and say something.
func messages(t chat.Text, limit int) []piece {
	var out []piece
	for _, cut := range t.Split(limit, chat.Units) {
		if !cut.IsEmpty() {
			out = append(out, piece{text: cut})
		}
	}
	return out
}

// group puts files that can be one album together, in their order.
func group(files []chat.Part) []piece {
	var out []piece
	for _, f := range files {
		if n := len(out); n > 0 && len(out[n-1].parts) < maxAlbum && areMates(f.Kind, out[n-1].parts[0].Kind) {
			out[n-1].parts = append(out[n-1].parts, f)
			continue
		}
		out = append(out, piece{parts: []chat.Part{f}})
	}
	return out
}

// areMates tells whether two kinds may stand in one album: pictures and videos do, files and music only among
// themselves (core.telegram.org/bots/api#sendmediagroup).
func areMates(a, b chat.PartKind) bool {
	if a == chat.File || a == chat.Audio {
		return a == b
	}
	return isPicture(a) && isPicture(b)
}

func isPicture(k chat.PartKind) bool { return k == chat.Photo || k == chat.Video }

func isFile(k chat.PartKind) bool {
	switch k {
	case chat.Photo, chat.Video, chat.VideoNote, chat.Animation, chat.Audio, chat.Voice, chat.File, chat.Sticker:
		return true
	default:
		return false
	}
}

func hasCaption(k chat.PartKind) bool { return isFile(k) && k != chat.VideoNote && k != chat.Sticker }

// isLottie tells of a drawing that moves in the format that Telegram's own stickers have when they are unpacked: it
// shows neither that nor anything like it.
func isLottie(p chat.Part) bool {
	return p.Kind == chat.Sticker && p.Media.Platform != chat.Telegram && p.Media.MIME == "application/json"
}

// asSent returns the part as the kind that the platform takes it for.
func asSent(p chat.Part) chat.Part {
	if p.Kind == chat.Photo && p.Media.Size > photoLimit {
		p.Kind = chat.File
	}
	if p.Kind == chat.Sticker && p.Media.Platform != chat.Telegram {
		switch p.Media.MIME {
		case "image/webp", "video/webm", "application/x-tgsticker", "":
		case "image/gif", "video/mp4":
			p.Kind = chat.Animation
		default:
			p.Kind = chat.Photo
		}
	}
	return p
}
