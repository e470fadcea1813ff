package chat

import "time"

// Message is one message of a room: the original and its copies in the room's other chats.
type Message struct {
	ID        MessageID   `json:"id"`
	Community CommunityID `json:"community,omitempty"`
	Room      RoomID      `json:"room,omitempty"`
	// Author is the member who wrote it, By the account, Name what it was called then; empty for the
	// house's own messages.
	Author MemberID  `json:"author,omitempty"`
	By     Identity  `json:"by,omitzero"`
	Name   string    `json:"name,omitempty"`
	At     time.Time `json:"at"`
	// Original is its first name, Revisions those that edits gave it (Signal). Zero for the house's own.
	// More are the names of an album's further messages.
	Original  Ref    `json:"original,omitzero"`
	More      []Ref  `json:"more,omitempty"`
	Revisions []Ref  `json:"revisions,omitempty"`
	Copies    []Copy `json:"copies,omitempty"`
	// ReplyTo is the message it answers, if that is known here.
	ReplyTo MessageID `json:"reply_to,omitempty"`
	// Tag and Choices are those of a message of the house's own.
	Tag     string   `json:"tag,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
	// Gone: it was deleted.
	Gone bool `json:"gone,omitempty"`
}

// Copy is a message as it stands in one other chat.
type Copy struct {
	Chat   Chat     `json:"chat"`
	Effect EffectID `json:"effect"`          // the Send that makes it
	Refs   []Ref    `json:"refs,omitempty"`  // its names there, once the platform has told them
	Names  []Ref    `json:"names,omitempty"` // further names of it, which edits gave (Signal)
	Failed Reason   `json:"failed,omitempty"`
	// Notes say what is shown there as less than it was; Told is when the platform said yes or no.
	Notes []string  `json:"notes,omitempty"`
	Told  time.Time `json:"told,omitzero"`
}

// In returns the names of the message in a chat; false if it is not there and will not be.
func (m *Message) In(c Chat) (Target, bool) {
	if m == nil {
		return Target{}, false
	}
	if m.Original.Chat == c && !m.Original.IsZero() {
		return Target{Refs: append([]Ref{m.Latest()}, m.More...)}, true
	}
	for _, copied := range m.Copies {
		if copied.Chat != c || copied.Failed != "" {
			continue
		}
		return Target{Refs: copied.Refs, Effect: copied.Effect}, true
	}
	return Target{}, false
}

// Latest returns the newest name of the original: the last revision, or the original's own.
func (m *Message) Latest() Ref {
	if n := len(m.Revisions); n > 0 {
		return m.Revisions[n-1]
	}
	return m.Original
}
