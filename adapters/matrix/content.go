package matrix

import (
	"encoding/json"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// rawEvent is an event as /sync and /messages give it. Fields of the wrong type make it unreadable as a
// whole, but never its neighbours.
type rawEvent struct {
	ID       string          `json:"event_id"`
	Type     string          `json:"type"`
	Sender   string          `json:"sender"`
	Key      *string         `json:"state_key"`
	Room     string          `json:"room_id"` // only where a single event was asked for
	At       int64           `json:"origin_server_ts"`
	Redacts  string          `json:"redacts"`
	Content  json.RawMessage `json:"content"`
	Unsigned struct {
		Prev     json.RawMessage `json:"prev_content"`
		Replaces string          `json:"replaces_state"`
		Because  json.RawMessage `json:"redacted_because"`
	} `json:"unsigned"`
}

// decodeEvent reads one event; false if it is none. A fault in what servers add (unsigned) costs only that.
func decodeEvent(raw json.RawMessage) (rawEvent, bool) {
	var e rawEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		var plain struct {
			ID      string          `json:"event_id"`
			Type    string          `json:"type"`
			Sender  string          `json:"sender"`
			Key     *string         `json:"state_key"`
			At      int64           `json:"origin_server_ts"`
			Content json.RawMessage `json:"content"`
		}
		if json.Unmarshal(raw, &plain) != nil {
			return rawEvent{}, false
		}
		e = rawEvent{ID: plain.ID, Type: plain.Type, Sender: plain.Sender, Key: plain.Key, At: plain.At, Content: plain.Content}
	}
	return e, isEventID(e.ID) && isUserID(e.Sender) && e.Type != ""
}

// isRedacted tells whether the event's content was taken away.
func (e rawEvent) isRedacted() bool { return len(e.Unsigned.Because) > 2 }

// object is a JSON object whose fields may each be of any type: what somebody else's client wrote.
type object map[string]json.RawMessage

func objectOf(raw json.RawMessage) object {
	var o object
	_ = json.Unmarshal(raw, &o) // what is no object has no fields
	return o
}

// str returns a string field, empty if it is none.
func (o object) str(key string) string {
	var s string
	if json.Unmarshal(o[key], &s) != nil {
		return ""
	}
	return s
}

// num returns a number field that is not negative, 0 if it is none.
func (o object) num(key string) int64 {
	var f float64
	if json.Unmarshal(o[key], &f) != nil || f < 0 || f > 1<<50 {
		return 0
	}
	return int64(f)
}

func (o object) flag(key string) bool {
	var b bool
	return json.Unmarshal(o[key], &b) == nil && b
}

func (o object) sub(key string) object { return objectOf(o[key]) }

func (o object) has(key string) bool {
	_, ok := o[key]
	return ok
}

// relation is what m.relates_to says.
type relation struct {
	kind, to string
	key      string
	reply    string // m.in_reply_to, but not the one that a thread's message has for old clients
}

// thread returns the message that begins the thread in which a message stands, empty if it stands in none.
func (r relation) thread() string {
	if r.kind == "m.thread" && isEventID(r.to) {
		return r.to
	}
	return ""
}

func relationOf(content object) relation {
	r := content.sub("m.relates_to")
	rel := relation{kind: r.str("rel_type"), to: r.str("event_id"), key: r.str("key")}
	if !r.flag("is_falling_back") {
		rel.reply = r.sub("m.in_reply_to").str("event_id")
	}
	return rel
}

// message turns the content of a message into its text and parts.
type message struct {
	text  chat.Text
	parts []chat.Part
}

func (m message) isEmpty() bool { return m.text.Plain == "" && len(m.parts) == 0 }

// messageOf reads the content of m.room.message or m.sticker; author is put before what he does (/me).
func messageOf(kind string, c object, author string, isReply bool, whose func(string) string) message {
	if kind == "m.sticker" {
		return message{parts: []chat.Part{{Kind: chat.Sticker, Line: oneLine(c.str("body")), Media: mediaOf(c)}}}
	}
	switch t := c.str("msgtype"); t {
	case "m.text", "m.notice":
		return message{text: textOf(c, isReply, whose)}
	case "m.emote":
		text := textOf(c, isReply, whose)
		return message{text: chat.Plain("* " + author + " ").Append(text).Normal()}
	case "m.image", "m.video", "m.audio", "m.file":
		return fileOf(t, c, whose)
	case "m.location":
		return message{parts: []chat.Part{placeOf(c)}}
	case "m.gallery", "dm.filament.gallery", "com.beeper.gallery":
		return galleryOf(t, c, whose)
	case "m.server_notice":
		return message{parts: []chat.Part{{Kind: chat.Notice, Line: lineOfUpTo(c.str("body"), 600)}}}
	case "m.key.verification.request":
		return message{}
	default:
		line := oneLine(c.str("body"))
		if line == "" && t != "" {
			line = "of the kind " + oneLine(t)
		}
		if line == "" {
			return message{}
		}
		return message{parts: []chat.Part{{Kind: chat.Other, Line: line}}}
	}
}

// textOf reads body and formatted_body; where both say something, the second is believed.
func textOf(c object, isReply bool, whose func(string) string) chat.Text {
	body := c.str("body")
	if c.str("format") == "org.matrix.custom.html" {
		if html := c.str("formatted_body"); html != "" {
			if t := parseHTML(html, whose); t.Plain != "" {
				return t
			}
		}
	}
	if isReply {
		body = withoutFallback(body)
	}
	if len(body) > maxText {
		body = body[:maxText]
	}
	return chat.Plain(strings.ReplaceAll(body, "\x00", "")).Normal()
}

// withoutFallback takes away the lines with which old clients quote what they answer.
func withoutFallback(body string) string {
	if !strings.HasPrefix(body, "> ") {
		return body
	}
	lines := strings.Split(body, "\n")
	i := 0
	for i < len(lines) && (strings.HasPrefix(lines[i], "> ") || lines[i] == ">") {
		i++
	}
	if i < len(lines) && lines[i] == "" {
		return strings.Join(lines[i+1:], "\n")
	}
	return body
}

// spoilerKey says that a picture is covered (MSC4193). Few clients look at it, so that we do not rely on it when we
// send: what was covered elsewhere is a file here, which no client shows by itself.
const spoilerKey = "page.codeberg.everypizza.msc4193.spoiler"

// fileOf reads a message with a file. Its body is the caption where it is not the file's name.
func fileOf(kind string, c object, whose func(string) string) message {
	m := mediaOf(c)
	p := chat.Part{Kind: kindOfFile(kind, c, m.MIME), Media: m, Hidden: c.flag(spoilerKey) && kind != "m.file" && kind != "m.audio"}
	if name := c.str("filename"); name != "" && name != c.str("body") {
		return message{text: textOf(c, false, whose), parts: []chat.Part{p}}
	}
	return message{parts: []chat.Part{p}}
}

func kindOfFile(kind string, c object, mime string) chat.PartKind {
	info := c.sub("info")
	switch {
	case kind == "m.image" && mime == "image/gif":
		return chat.Animation
	case kind == "m.image":
		return chat.Photo
	case kind == "m.video" && (info.flag("fi.mau.gif") || info.flag("fi.mau.autoplay")):
		return chat.Animation
	case kind == "m.video":
		return chat.Video
	case kind == "m.audio" && (c.has("org.matrix.msc3245.voice") || c.has("m.voice")):
		return chat.Voice
	case kind == "m.audio":
		return chat.Audio
	default:
		return chat.File
	}
}

// mediaOf reads where a file is.
func mediaOf(c object) chat.Media {
	info := c.sub("info")
	name := c.str("filename")
	if name == "" {
		name = c.str("body")
	}
	m := chat.Media{
		Platform: chat.Matrix, Name: oneLine(name), MIME: cut(info.str("mimetype"), 100),
		Size: info.num("size"), Width: int(info.num("w")), Height: int(info.num("h")),
		Seconds: int((info.num("duration") + 500) / 1000),
	}
	m.Key = addressOf(c)
	return m
}

// isMXC tells whether s is the address of a file: mxc://server/id.
func isMXC(s string) bool {
	server, id, ok := strings.Cut(strings.TrimPrefix(s, "mxc://"), "/")
	return ok && strings.HasPrefix(s, "mxc://") && server != "" && id != "" && len(s) <= 512 && isPrintable(s) &&
		!strings.ContainsAny(id, "/?#")
}

func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

// whole returns the object as JSON.
func (o object) whole() json.RawMessage {
	b, _ := json.Marshal(o) // its fields were read from JSON, or written as such
	return b
}

// objectFrom returns a content that we write as one that was read.
func objectFrom(c map[string]any) object {
	b, _ := json.Marshal(c) // strings, numbers and lists can always be written
	return objectOf(b)
}
