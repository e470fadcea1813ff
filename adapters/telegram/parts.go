package telegram

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// rawMedia is what a message may show besides text.
type rawMedia struct {
	Photo     []rawFile       `json:"photo"`
	Animation *rawFile        `json:"animation"`
	Video     *rawFile        `json:"video"`
	VideoNote *rawFile        `json:"video_note"`
	Audio     *rawFile        `json:"audio"`
	Voice     *rawFile        `json:"voice"`
	Document  *rawFile        `json:"document"`
	Sticker   *rawFile        `json:"sticker"`
	Location  *rawLocation    `json:"location"`
	Venue     *rawVenue       `json:"venue"`
	Contact   *rawContact     `json:"contact"`
	Poll      *rawPoll        `json:"poll"`
	Dice      *rawDice        `json:"dice"`
	Game      *rawTitled      `json:"game"`
	Invoice   *rawTitled      `json:"invoice"`
	Checklist *rawChecklist   `json:"checklist"`
	Rich      json.RawMessage `json:"rich_message"`
}

type (
	rawFile struct {
		ID        string `json:"file_id"`
		Unique    string `json:"file_unique_id"`
		Size      int64  `json:"file_size"`
		Name      string `json:"file_name"`
		MIME      string `json:"mime_type"`
		Width     int    `json:"width"`
		Height    int    `json:"height"`
		Length    int    `json:"length"`
		Duration  int    `json:"duration"`
		Emoji     string `json:"emoji"`
		Animated  bool   `json:"is_animated"`
		Video     bool   `json:"is_video"`
		Title     string `json:"title"`
		Performer string `json:"performer"`
	}
	rawLocation struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	}
	rawVenue struct {
		Title   string `json:"title"`
		Address string `json:"address"`
	}
	rawContact struct {
		Phone string `json:"phone_number"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	}
	rawPoll struct {
		Question string      `json:"question"`
		Options  []rawOption `json:"options"`
	}
	rawOption struct {
		Text string `json:"text"`
	}
	rawDice struct {
		Emoji string `json:"emoji"`
		Value int    `json:"value"`
	}
	rawTitled struct {
		Title string `json:"title"`
	}
	rawChecklist struct {
		Title string `json:"title"`
		Tasks []struct {
			Text      string `json:"text"`
			Completed int64  `json:"completion_date"`
		} `json:"tasks"`
	}
)

// parts returns what a message shows besides text, one part in practice.
func (m *rawMedia) parts() []chat.Part {
	if p, ok := m.filePart(); ok {
		return []chat.Part{p}
	}
	if p, ok := m.linePart(); ok {
		return []chat.Part{p}
	}
	return nil
}

// filePart returns the part that has bytes. An animation comes as a document too, so it is looked at first.
func (m *rawMedia) filePart() (chat.Part, bool) {
	switch {
	case len(m.Photo) > 0:
		largest := slices.MaxFunc(m.Photo, func(a, b rawFile) int { return a.Width*a.Height - b.Width*b.Height })
		return largest.part(chat.Photo, "image/jpeg", ""), true
	case m.Animation != nil:
		return m.Animation.part(chat.Animation, "video/mp4", ""), true
	case m.Video != nil:
		return m.Video.part(chat.Video, "video/mp4", ""), true
	case m.VideoNote != nil:
		note := *m.VideoNote
		note.Width, note.Height = note.Length, note.Length
		return note.part(chat.VideoNote, "video/mp4", ""), true
	case m.Audio != nil:
		return m.Audio.part(chat.Audio, "audio/mpeg", joinWords(" – ", m.Audio.Performer, m.Audio.Title)), true
	case m.Voice != nil:
		return m.Voice.part(chat.Voice, "audio/ogg", ""), true
	case m.Sticker != nil:
		return m.Sticker.part(chat.Sticker, m.Sticker.stickerMIME(), m.Sticker.Emoji), true
	case m.Document != nil:
		return m.Document.part(chat.File, "application/octet-stream", ""), true
	}
	return chat.Part{}, false
}

func (f rawFile) part(kind chat.PartKind, mime, line string) chat.Part {
	if f.MIME != "" {
		mime = f.MIME
	}
	return chat.Part{Kind: kind, Line: line, Media: chat.Media{
		Platform: chat.Telegram, Key: f.ID, Name: f.Name, MIME: mime,
		Size: max(f.Size, 0), Width: max(f.Width, 0), Height: max(f.Height, 0), Seconds: max(f.Duration, 0),
	}}
}

func (f rawFile) stickerMIME() string {
	switch {
	case f.Animated:
		return "application/x-tgsticker"
	case f.Video:
		return "video/webm"
	}
	return "image/webp"
}

// linePart returns the part that is told in a line.
func (m *rawMedia) linePart() (chat.Part, bool) {
	line := func(kind chat.PartKind, words ...string) (chat.Part, bool) {
		return chat.Part{Kind: kind, Line: joinWords(" · ", words...)}, true
	}
	switch {
	case m.Venue != nil:
		return line(chat.Location, m.Venue.Title, m.Venue.Address, m.Location.link())
	case m.Location != nil:
		return line(chat.Location, m.Location.link())
	case m.Contact != nil:
		return line(chat.Contact, rawUser{First: m.Contact.First, Last: m.Contact.Last}.name(), m.Contact.Phone)
	case m.Poll != nil:
		return line(chat.Poll, append([]string{m.Poll.Question}, m.Poll.options()...)...)
	case m.Dice != nil:
		return line(chat.Dice, fmt.Sprintf("%s %d", m.Dice.Emoji, m.Dice.Value))
	case m.Game != nil:
		return line(chat.Other, "game", m.Game.Title)
	case m.Invoice != nil:
		return line(chat.Other, "invoice", m.Invoice.Title)
	case m.Checklist != nil:
		return line(chat.Other, append([]string{"checklist", m.Checklist.Title}, m.Checklist.lines()...)...)
	case given(m.Rich):
		return line(chat.Other, "rich message", flatten(m.Rich))
	}
	return chat.Part{}, false
}

func (l *rawLocation) link() string {
	if l == nil {
		return ""
	}
	return fmt.Sprintf("%.5f, %.5f https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f", l.Latitude, l.Longitude, l.Latitude, l.Longitude)
}

func (p *rawPoll) options() []string {
	var out []string
	for _, o := range p.Options {
		out = append(out, "○ "+o.Text)
	}
	return out
}

func (c *rawChecklist) lines() []string {
	var out []string
	for _, t := range c.Tasks {
		box := "☐ "
		if t.Completed != 0 {
			box = "☑ "
		}
		out = append(out, box+t.Text)
	}
	return out
}

func joinWords(between string, words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), between)
}

// maxFlat bounds the text made of a rich message.
const maxFlat = 600

// flatten returns the words of a rich message (Bot API 10.1: blocks of blocks of text) in reading order,
// without knowing the kinds of blocks: strings under "text" and the like, from the outside in.
func flatten(raw json.RawMessage) string {
	var b strings.Builder
	var walk func(raw json.RawMessage, apart bool, depth int)
	walk = func(raw json.RawMessage, apart bool, depth int) {
		if depth > 50 || b.Len() > maxFlat {
			return
		}
		var text string
		var list []json.RawMessage
		var object map[string]json.RawMessage
		switch {
		case json.Unmarshal(raw, &text) == nil:
			b.WriteString(text)
		case json.Unmarshal(raw, &list) == nil:
			for _, item := range list {
				walk(item, apart, depth+1)
				if apart {
					b.WriteByte(' ')
				}
			}
		case json.Unmarshal(raw, &object) == nil:
			for _, name := range []string{"label", "summary", "text", "expression", "alternative_text", "blocks", "items", "cells", "caption", "credit"} {
				block := name == "blocks" || name == "items" || name == "cells"
				walk(object[name], block, depth+1)
				if _, has := object[name]; has && (name == "label" || name == "summary") {
					b.WriteByte(' ')
				}
			}
		}
	}
	walk(raw, false, 0)
	return strings.Join(strings.Fields(strings.ToValidUTF8(b.String(), "\uFFFD")), " ")
}
