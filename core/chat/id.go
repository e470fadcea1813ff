package chat

import (
	"errors"
	"fmt"
	"strings"
)

// Platform names a messenger. Its value is the first part of every id that comes from there.
type Platform string

// The platforms Potluck speaks. Local is the operator's own line into the house (`potluck do`).
const (
	Telegram Platform = "telegram"
	Signal   Platform = "signal"
	Matrix   Platform = "matrix"
	Web      Platform = "web" // a browser: for people who are in none of the chats (any more)
	Local    Platform = "local"
	// Drafter is who writes recaps beside the engine: what it is asked for comes as a Summarise, its answer as a Summarised.
	// A conversation with it is called after the community.
	Drafter Platform = "drafter"
)

// ErrID is wrapped by every Parse function of this package for text that is not such an id.
var ErrID = errors.New("not an id")

// Chat names one conversation on one platform: a group, a topic, a Matrix room, or a private
// conversation with the bot. ID is opaque to all but the platform's adapter.
type Chat struct {
	Platform Platform
	ID       string
}

// Identity names an account on a platform. ID is opaque to all but the platform's adapter and never a
// phone number where the platform has anything else.
type Identity struct {
	Platform Platform
	ID       string
}

// House is who asks when a rule does, not a person.
func House() Identity { return Identity{Platform: Local, ID: "house"} }

// Ref names one message on one platform. A message id is unique within its chat only.
type Ref struct {
	Chat Chat
	ID   string
}

// The names of what lives in the house. They are made by the engine and opaque to everybody else.
type (
	// CommunityID names a community.
	CommunityID string
	// RoomID names a room within its community.
	RoomID string
	// MemberID names a member within his community.
	MemberID string
	// MessageID names one message of a room, whatever the number of its copies.
	MessageID string
	// EventID names something that happened, for ever and on every redelivery the same.
	EventID string
	// EffectID names an effect: "<event id>#<n>", the same on every replay.
	EffectID string
)

// Effect returns the id of the event's n-th effect, counted from 1.
func (id EventID) Effect(n int) EffectID { return EffectID(fmt.Sprintf("%s#%d", id, n)) }

// String returns "platform:id".
func (c Chat) String() string { return string(c.Platform) + ":" + c.ID }

// IsZero tells whether c names nothing.
func (c Chat) IsZero() bool { return c == Chat{} }

// String returns "platform:id".
func (i Identity) String() string { return string(i.Platform) + ":" + i.ID }

// IsZero tells whether i names nobody.
func (i Identity) IsZero() bool { return i == Identity{} }

// String returns "platform:chat message", with a space because no platform has one in an id.
func (r Ref) String() string { return r.Chat.String() + " " + r.ID }

// IsZero tells whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// MaxID is the most bytes of an id that is read; Matrix, with the longest, allows 255.
const MaxID = 1024

// ParseChat reads what Chat.String wrote. The error wraps ErrID.
func ParseChat(s string) (Chat, error) {
	p, id, err := cutID(s)
	if err == nil && strings.ContainsRune(id, ' ') {
		return Chat{}, fmt.Errorf("parse chat %.100q, with a space: %w", s, ErrID)
	}
	return Chat{Platform: p, ID: id}, err
}

// ParseIdentity reads what Identity.String wrote. The error wraps ErrID.
func ParseIdentity(s string) (Identity, error) {
	p, id, err := cutID(s)
	return Identity{Platform: p, ID: id}, err
}

// ParseRef reads what Ref.String wrote. The error wraps ErrID.
func ParseRef(s string) (Ref, error) {
	chat, id, ok := strings.Cut(s, " ")
	if !ok || id == "" || len(id) > MaxID || strings.ContainsFunc(id, isControl) {
		return Ref{}, fmt.Errorf("parse ref %.100q: %w", s, ErrID)
	}
	c, err := ParseChat(chat)
	if err != nil {
		return Ref{}, fmt.Errorf("parse ref: %w", err)
	}
	return Ref{Chat: c, ID: id}, nil
}

func cutID(s string) (Platform, string, error) {
	p, id, ok := strings.Cut(s, ":")
	if !ok || p == "" || len(p) > 32 || id == "" || len(id) > MaxID || strings.ContainsFunc(p, isForeign) || strings.ContainsFunc(id, isControl) {
		return "", "", fmt.Errorf("parse %.100q: %w", s, ErrID)
	}
	return Platform(p), id, nil
}

// isForeign tells whether a character is in no platform's name; names are part of the bus's subjects.
func isForeign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// isControl tells whether a character is none that any platform has in an id; keys of the state are joined
// with one.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// MarshalText writes c as String does; the zero Chat is empty.
func (c Chat) MarshalText() ([]byte, error) { return marshalID(c.IsZero(), c.String()) }

// UnmarshalText reads what MarshalText wrote.
func (c *Chat) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*c = Chat{}
		return nil
	}
	*c, err = ParseChat(string(b))
	return err
}

// MarshalText writes i as String does; the zero Identity is empty.
func (i Identity) MarshalText() ([]byte, error) { return marshalID(i.IsZero(), i.String()) }

// UnmarshalText reads what MarshalText wrote.
func (i *Identity) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*i = Identity{}
		return nil
	}
	*i, err = ParseIdentity(string(b))
	return err
}

// MarshalText writes r as String does; the zero Ref is empty.
func (r Ref) MarshalText() ([]byte, error) { return marshalID(r.IsZero(), r.String()) }

// UnmarshalText reads what MarshalText wrote.
func (r *Ref) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*r = Ref{}
		return nil
	}
	*r, err = ParseRef(string(b))
	return err
}

func marshalID(zero bool, s string) ([]byte, error) {
	if zero {
		return nil, nil
	}
	return []byte(s), nil
}
