package signaltest

import (
	"bytes"
	"encoding/json"
)

// The records of a receive notification, their fields in the daemon's order. Fields that the daemon leaves
// out when they are null are omitted when empty; all others are always there.

type exception struct {
	Message string `json:"message"`
	Type    string `json:"type"`
}

type envelope struct {
	Source         *string `json:"source"`
	SourceNumber   *string `json:"sourceNumber"`
	SourceUUID     *string `json:"sourceUuid"`
	SourceName     *string `json:"sourceName"`
	SourceDevice   *int    `json:"sourceDevice"`
	Timestamp      int64   `json:"timestamp"`
	ServerReceived int64   `json:"serverReceivedTimestamp"`
	ServerDeliver  int64   `json:"serverDeliveredTimestamp"`
	content
}

// content is what an envelope carries: one of these, or nothing.
type content struct {
	DataMessage    *dataMessage    `json:"dataMessage,omitempty"`
	EditMessage    *editMessage    `json:"editMessage,omitempty"`
	StoryMessage   *storyMessage   `json:"storyMessage,omitempty"`
	SyncMessage    *syncMessage    `json:"syncMessage,omitempty"`
	CallMessage    *callMessage    `json:"callMessage,omitempty"`
	ReceiptMessage *receiptMessage `json:"receiptMessage,omitempty"`
	TypingMessage  *typingMessage  `json:"typingMessage,omitempty"`
}

type dataMessage struct {
	Timestamp          int64           `json:"timestamp"`
	Message            *string         `json:"message"`
	ExpiresInSeconds   int             `json:"expiresInSeconds"`
	IsExpirationUpdate bool            `json:"isExpirationUpdate"`
	ViewOnce           bool            `json:"viewOnce"`
	Reaction           *reaction       `json:"reaction,omitempty"`
	Quote              *quote          `json:"quote,omitempty"`
	Payment            *payment        `json:"payment,omitempty"`
	Mentions           []mention       `json:"mentions,omitempty"`
	Attachments        []attachment    `json:"attachments,omitempty"`
	Sticker            *sticker        `json:"sticker,omitempty"`
	RemoteDelete       *remoteDelete   `json:"remoteDelete,omitempty"`
	Contacts           []sharedContact `json:"contacts,omitempty"`
	PollCreate         *pollCreate     `json:"pollCreate,omitempty"`
	PollVote           *pollVote       `json:"pollVote,omitempty"`
	PollTerminate      *pollTerminate  `json:"pollTerminate,omitempty"`
	TextStyles         []textStyle     `json:"textStyles,omitempty"`
	GroupInfo          *groupInfo      `json:"groupInfo,omitempty"`
	StoryContext       *storyContext   `json:"storyContext,omitempty"`
	PinMessage         *pinMessage     `json:"pinMessage,omitempty"`
	UnpinMessage       *target         `json:"unpinMessage,omitempty"`
	AdminDelete        *target         `json:"adminDelete,omitempty"`
	GroupCall          *groupCall      `json:"groupCallUpdate,omitempty"`
	Novelty            *novelty        `json:"novelty,omitempty"`
}

type pinMessage struct {
	target
	Seconds int `json:"pinDurationSeconds"` // -1 = for ever
}

type groupInfo struct {
	GroupID   string `json:"groupId"`
	GroupName string `json:"groupName"`
	Revision  int    `json:"revision"`
	Type      string `json:"type"`
}

// target names a message: its author three times, and when it was sent.
type target struct {
	Author       string  `json:"targetAuthor"`
	AuthorNumber *string `json:"targetAuthorNumber"`
	AuthorUUID   string  `json:"targetAuthorUuid"`
	Sent         int64   `json:"targetSentTimestamp"`
}

type reaction struct {
	Emoji string `json:"emoji"`
	target
	IsRemove bool `json:"isRemove"`
}

type quote struct {
	ID           int64              `json:"id"`
	Author       string             `json:"author"`
	AuthorNumber *string            `json:"authorNumber"`
	AuthorUUID   string             `json:"authorUuid"`
	Text         string             `json:"text"`
	Attachments  []quotedAttachment `json:"attachments"`
}

type quotedAttachment struct {
	ContentType string      `json:"contentType"`
	Filename    *string     `json:"filename"`
	Thumbnail   *attachment `json:"thumbnail,omitempty"`
}

type mention struct {
	Name   string  `json:"name"`
	Number *string `json:"number"`
	UUID   string  `json:"uuid"`
	Start  int     `json:"start"`
	Length int     `json:"length"`
}

type textStyle struct {
	Style  string `json:"style"`
	Start  int    `json:"start"`
	Length int    `json:"length"`
}

type attachment struct {
	ContentType     string  `json:"contentType"`
	Filename        *string `json:"filename"`
	ID              string  `json:"id"`
	Size            int64   `json:"size"`
	Width           *int    `json:"width"`
	Height          *int    `json:"height"`
	Caption         *string `json:"caption"`
	UploadTimestamp *int64  `json:"uploadTimestamp"`
}

// payloadOf is the params of an unwrapped notification.
func payloadOf(account string, e envelope, x *exception) json.RawMessage {
	var b bytes.Buffer
	encode(&b, struct {
		Exception *exception `json:"exception,omitempty"`
		Envelope  envelope   `json:"envelope"`
		Account   string     `json:"account"`
	}{x, e, account})
	return b.Bytes()
}

// orNull is null for the empty string.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
