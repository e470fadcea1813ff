package signal

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// longText is the attachment in which the clients carry what is over 2000 bytes; the daemon has put its
// text into the message already.
const longText = "text/x-signal-plain"

// parts returns what a message has beside its text.
func (d *dataMessage) parts() []chat.Part {
	var out []chat.Part
	for _, a := range d.Attachments {
		if a.ContentType != longText {
			out = append(out, a.part(d.ViewOnce))
		}
	}
	if d.Sticker != nil {
		key := stickerKey(d.Sticker.PackID, d.Sticker.ID)
		out = append(out, chat.Part{Kind: chat.Sticker, Media: chat.Media{
			Platform: chat.Signal, Key: key, Name: "sticker.webp", MIME: "image/webp",
		}})
	}
	if p := d.PollCreate; p != nil {
		line := p.Question
		for i, o := range p.Options {
			line += " · " + strconv.Itoa(i+1) + ") " + o
		}
		out = append(out, chat.Part{Kind: chat.Poll, Line: line})
	}
	for _, c := range d.Contacts {
		out = append(out, chat.Part{Kind: chat.Contact, Line: c.line()})
	}
	if given(d.Payment) {
		out = append(out, chat.Part{Kind: chat.Other, Line: "a payment"})
	}
	return out
}

// part is a file. Of one that may be looked at once, only the kind is told.
func (a attachment) part(once bool) chat.Part {
	kind := a.kind()
	if once {
		return chat.Part{Kind: kind, Line: "can be seen once, in Signal only"}
	}
	return chat.Part{Kind: kind, Line: a.Caption, Media: chat.Media{
		Platform: chat.Signal, Key: a.ID, Name: a.Filename, MIME: a.ContentType, Size: max(a.Size, 0),
		Width: max(a.Width, 0), Height: max(a.Height, 0),
	}}
}

func (a attachment) kind() chat.PartKind {
	switch {
	case string(a.VoiceNote) == "true":
		return chat.Voice
	case a.ContentType == "image/gif":
		return chat.Animation
	case strings.HasPrefix(a.ContentType, "image/"):
		return chat.Photo
	case strings.HasPrefix(a.ContentType, "video/"):
		return chat.Video
	case strings.HasPrefix(a.ContentType, "audio/") && a.Filename == "":
		return chat.Voice // recorded in the app; a piece of music has a name
	case strings.HasPrefix(a.ContentType, "audio/"):
		return chat.Audio
	}
	return chat.File
}

func (c sharedContact) line() string {
	words := []string{strings.TrimSpace(c.Name.Given + " " + c.Name.Family), c.Organization}
	for _, p := range c.Phone {
		words = append(words, p.Value)
	}
	for _, m := range c.Email {
		words = append(words, m.Value)
	}
	kept := words[:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " · ")
}

// stickerKey is the media key of a sticker, readStickerKey its reverse.
func stickerKey(pack string, id int) string { return "sticker/" + pack + "/" + strconv.Itoa(id) }

func readStickerKey(key string) (pack string, id int, ok bool) {
	rest, ok := strings.CutPrefix(key, "sticker/")
	if !ok {
		return "", 0, false
	}
	pack, number, ok := strings.Cut(rest, "/")
	id, err := strconv.Atoi(number)
	return pack, id, ok && err == nil
}

// given tells whether an optional field is there.
func given(raw json.RawMessage) bool { return len(raw) > 0 && !bytes.Equal(raw, []byte("null")) }

// strange returns the name of a field of a dataMessage that this version does not know, if it has one that
// says something; empty = nothing strange.
func strange(raw json.RawMessage) string {
	var fields map[string]json.RawMessage
	if decode(raw, &fields) != nil {
		return ""
	}
	for _, known := range []string{
		"timestamp", "message", "expiresInSeconds", "isExpirationUpdate", "viewOnce", "reaction", "quote", "payment",
		"mentions", "previews", "attachments", "sticker", "remoteDelete", "contacts", "pollCreate", "pollVote",
		"pollTerminate", "textStyles", "groupInfo", "storyContext", "pinMessage", "unpinMessage", "adminDelete",
		"groupCallUpdate",
	} {
		delete(fields, known)
	}
	least := ""
	for name, v := range fields {
		says := given(v) && (v[0] == '{' || (v[0] == '[' && !bytes.Equal(v, []byte("[]"))))
		if says && (least == "" || name < least) {
			least = name
		}
	}
	return least
}
