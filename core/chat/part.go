package chat

import (
	"fmt"
	"strings"
	"unicode"
)

// PartKind says what a part of a message is.
type PartKind string

// The kinds of parts. Those up to Sticker carry Media; the others are described by their Line alone.
const (
	Photo     PartKind = "photo"
	Video     PartKind = "video"
	VideoNote PartKind = "video note" // a short round video
	Animation PartKind = "animation"  // a silent looping video, a GIF
	Audio     PartKind = "audio"      // music, with a title
	Voice     PartKind = "voice"      // a recorded voice message
	File      PartKind = "file"
	Sticker   PartKind = "sticker"
	Location  PartKind = "location"
	Contact   PartKind = "contact"
	Poll      PartKind = "poll"
	Dice      PartKind = "dice"
	Other     PartKind = "other" // a kind nobody here knows: told in one line, never silent
)

// Part is one thing in a message beside its text.
type Part struct {
	Kind PartKind `json:"kind"`
	// Line says in one line of plain text what the part is, without its kind's name where Media says
	// it already: a sticker's emoji, a place's address and link, a poll's question and options.
	Line  string `json:"line,omitempty"`
	Media Media  `json:"media,omitzero"`
}

// Media points to bytes that a platform holds; they are fetched only when somebody shows them.
type Media struct {
	Platform Platform `json:"platform"`       // who holds the bytes
	Key      string   `json:"key"`            // where, in that adapter's words; empty = no bytes to be had
	Name     string   `json:"name,omitempty"` // file name, as its sender named it: untrusted
	MIME     string   `json:"mime,omitempty"` // as the platform says: untrusted
	Size     int64    `json:"size,omitempty"` // bytes; 0 = unknown
	Width    int      `json:"width,omitempty"`
	Height   int      `json:"height,omitempty"`
	Seconds  int      `json:"seconds,omitempty"` // length of sound or moving pictures
}

// Describe returns one readable line for the part, for places that cannot show it.
func (p Part) Describe() string {
	name := string(p.Kind)
	if p.Kind == Other {
		name = "message"
	}
	words := []string{name}
	if p.Media.Name != "" {
		words = append(words, oneLine(p.Media.Name, 80))
	}
	if p.Line != "" {
		words = append(words, oneLine(p.Line, 600))
	}
	line := strings.Join(words, " · ")
	if p.Media.Seconds > 0 {
		line += fmt.Sprintf(" (%d:%02d)", p.Media.Seconds/60, p.Media.Seconds%60)
	}
	if p.Media.Size > 0 {
		line += " (" + SizeText(p.Media.Size) + ")"
	}
	return "[" + line + "]"
}

// SizeText writes a number of bytes as people read it: "812 B", "47 kB", "1.2 MB".
func SizeText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", n/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
}

// oneLine folds white space and control characters to spaces, leaves out characters that turn the
// direction of what follows, and cuts after limit characters.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return string(r)
}
