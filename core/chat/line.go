package chat

import "time"

// Line is one thing that a Look has found: a message, or a line of a log.
type Line struct {
	At      time.Time `json:"at"`
	By      MemberID  `json:"by,omitempty"`
	About   MemberID  `json:"about,omitempty"`
	Name    string    `json:"name,omitempty"`
	Text    string    `json:"text,omitempty"` // at most 4096 characters; empty if the words are not kept (any more)
	Message MessageID `json:"message,omitempty"`
	Room    RoomID    `json:"room,omitempty"`
	// Refs are all the names of the message, the original's first.
	Refs []Ref `json:"refs,omitempty"`
	// ReplyTo is the message that it answers, if that is known here. Reactions is how many people have put an emoji under it.
	ReplyTo   MessageID `json:"reply_to,omitempty"`
	Reactions int       `json:"reactions,omitempty"`
	// Sum is the hash that chains a line of a log to those before, in hexadecimal.
	Sum string `json:"sum,omitempty"`
}

// Summarised is the Drafter's answer to a Summarise: what was said in a room, in short.
type Summarised struct {
	Tag     string   `json:"tag"`
	Bullets []Bullet `json:"bullets,omitempty"`
	// Messages, People and Talks are how many there were of each in the time.
	Messages int `json:"messages"`
	People   int `json:"people"`
	Talks    int `json:"talks"`
	// Model names who has worded it and where, empty if it consists of quotations.
	Model string `json:"model,omitempty"`
}

// Bullet is one line of a recap.
type Bullet struct {
	Section string      `json:"section"`        // decided, open, win, link, coming, talk
	Text    string      `json:"text"`           // one sentence
	Cites   []MessageID `json:"cites"`          // the messages that it is about, at least one
	Name    string      `json:"name,omitempty"` // of the author of the first, as he was called then
}

func (Summarised) isBody() {}
