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

// Kinds that one platform has and others tell in a line.
const (
	LiveLocation PartKind = "live location" // a place that moves for a while
	Venue        PartKind = "venue"         // a place with a name
	Checklist    PartKind = "checklist"
	Story        PartKind = "story"
	PaidMedia    PartKind = "paid media"
	Game         PartKind = "game"
	Invoice      PartKind = "invoice"
	Gift         PartKind = "gift" // gifts, giveaways, boosts
	Payment      PartKind = "payment"
	Call         PartKind = "call"       // begun, ended, missed, planned
	Invitation   PartKind = "invitation" // into another group
	// ViewOnce is to be seen once, on its own platform: its bytes never go anywhere else.
	ViewOnce PartKind = "view once"
)

// Kinds that tell of the chat itself. Line says what it is now.
const (
	Title   PartKind = "title"   // the chat's name has changed
	Picture PartKind = "picture" // the chat's picture has changed
	Timer   PartKind = "timer"   // messages vanish after another time than before
	Topic   PartKind = "topic"   // a topic was made, renamed, closed or opened
	Notice  PartKind = "notice"  // anything else that a platform tells in a chat by itself
)

// Part is one thing in a message beside its text.
type Part struct {
	Kind PartKind `json:"kind"`
	// Line says in one line of plain text what the part is, without its kind's name where Media says
	// it already: a sticker's emoji, a place's address and link, a poll's question and options.
	Line  string `json:"line,omitempty"`
	Media Media  `json:"media,omitzero"`
	// Hidden: a picture or a video that is covered until somebody wants to see it.
	Hidden bool `json:"hidden,omitempty"`
	// Place, Contact and Poll are what a part of such a kind is, for platforms that have it, too; Line says the
	// same in words. They are nil for other kinds.
	Place   *Place       `json:"place,omitempty"`
	Contact *ContactCard `json:"contact,omitempty"`
	Poll    *Question    `json:"poll,omitempty"`
}

// OfChat tells whether a message is none of a person's own, but what his platform tells of the chat itself: its new title, a
// call.
func (p Posted) OfChat() bool {
	if len(p.Parts) == 0 || !p.Text.IsEmpty() {
		return false
	}
	for _, part := range p.Parts {
		switch part.Kind {
		case Title, Picture, Timer, Topic, Notice, Call:
		default:
			return false
		}
	}
	return true
}

// Place is somewhere on the earth.
type Place struct {
	Latitude  float64 `json:"latitude"`  // degrees, -90 to 90
	Longitude float64 `json:"longitude"` // degrees, -180 to 180
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// ContactCard is somebody's address as a member has sent it.
type ContactCard struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
}

// Question is a poll. Options are named by their place in the list, counted from 0; Potluck carries 2 to 10 of
// them, each with at most 100 characters, the least that all platforms take.
type Question struct {
	Text     string   `json:"text"` // at most 300 characters
	Options  []string `json:"options"`
	Multiple bool     `json:"multiple,omitempty"` // one may choose several
	// Secret: its platform shows nobody who has chosen what, and does not tell us.
	Secret bool `json:"secret,omitempty"`
	Quiz   bool `json:"quiz,omitempty"` // one option is right
	Closed bool `json:"closed,omitempty"`
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

// portrait begins the key of a person's picture.
const portrait = "portrait/"

// Portrait points to the picture that a person has on his platform. Its adapter's Open fetches it, or refuses as
// NotFound where he has none.
func Portrait(of Identity) Media { return Media{Platform: of.Platform, Key: portrait + of.ID} }

// PortraitOf returns whose picture a media is; false if it is another thing.
func PortraitOf(m Media) (Identity, bool) {
	id, ok := strings.CutPrefix(m.Key, portrait)
	return Identity{Platform: m.Platform, ID: id}, ok && id != ""
}
