package telegram

import (
	"encoding/json"
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
	Spoiler   bool            `json:"has_media_spoiler"`
	Rich      json.RawMessage `json:"rich_message"`
	rawThings
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
)

// parts returns what a message shows besides text, one part in practice.
func (m *rawMedia) parts() []chat.Part {
	if p, ok := m.filePart(); ok {
		p.Hidden = m.Spoiler && (p.Kind == chat.Photo || p.Kind == chat.Video || p.Kind == chat.Animation)
		return []chat.Part{p}
	}
	if p, ok := m.thing(); ok {
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

func joinWords(between string, words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), between)
}
