package signal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
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
	if p := d.PollCreate; p != nil {
		out = append(out, p.part())
	}
	for _, c := range d.Contacts {
		out = append(out, c.part())
	}
	if d.Payment != nil {
		out = append(out, chat.Part{Kind: chat.Payment, Line: d.Payment.Note})
	}
	return out
}

// part is a file. Of one that may be looked at once, only the kind is told.
func (a attachment) part(once bool) chat.Part {
	kind := a.kind()
	if once {
		return chat.Part{Kind: chat.ViewOnce, Line: string(kind)}
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

// part is an address as a member has sent it: its name and first number, and all of it in the line.
func (c sharedContact) part() chat.Part {
	name := cmp.Or(oneLine(c.Name.Given+" "+c.Name.Middle+" "+c.Name.Family), oneLine(c.Name.Nickname), oneLine(c.Organization))
	card := &chat.ContactCard{Name: name}
	words := []string{name}
	if c.Organization != name {
		words = append(words, c.Organization)
	}
	for _, p := range c.Phone {
		if card.Phone == "" {
			card.Phone = p.Value
		}
		words = append(words, p.Value)
	}
	for _, m := range c.Email {
		words = append(words, m.Value)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return chat.Part{Kind: chat.Contact, Line: strings.Join(words, " · "), Contact: card}
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
		"groupCallUpdate", "giftBadge",
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
