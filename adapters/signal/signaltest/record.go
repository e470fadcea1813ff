package signaltest

// The records of what a message can carry beside its text, fields in the daemon's order.

type sticker struct {
	PackID    string `json:"packId"`
	StickerID int    `json:"stickerId"`
}

type remoteDelete struct {
	Timestamp int64 `json:"timestamp"`
}

type editMessage struct {
	Target      int64        `json:"targetSentTimestamp"`
	DataMessage *dataMessage `json:"dataMessage"`
}

type pollCreate struct {
	Question      string   `json:"question"`
	AllowMultiple bool     `json:"allowMultiple"`
	Options       []string `json:"options"`
}

type pollVote struct {
	Author       string  `json:"author"`
	AuthorNumber *string `json:"authorNumber"`
	AuthorUUID   string  `json:"authorUuid"`
	Target       int64   `json:"targetSentTimestamp"`
	Options      []int   `json:"optionIndexes"`
	VoteCount    int     `json:"voteCount"`
}

type pollTerminate struct {
	Target int64 `json:"targetSentTimestamp"`
}

type syncMessage struct {
	SentMessage *sentMessage `json:"sentMessage,omitempty"`
}

type sentMessage struct {
	Destination       *string `json:"destination"`
	DestinationNumber *string `json:"destinationNumber"`
	DestinationUUID   *string `json:"destinationUuid"`
	*dataMessage
}

type receiptMessage struct {
	When       int64   `json:"when"`
	IsDelivery bool    `json:"isDelivery"`
	IsRead     bool    `json:"isRead"`
	IsViewed   bool    `json:"isViewed"`
	Timestamps []int64 `json:"timestamps"`
}

type typingMessage struct {
	Action    string `json:"action"`
	Timestamp int64  `json:"timestamp"`
	GroupID   string `json:"groupId,omitempty"`
}

type payment struct {
	Note    string `json:"note"`
	Receipt string `json:"receipt"` // base64
}

type sharedContact struct {
	Name         contactName    `json:"name"`
	Phone        []contactPhone `json:"phone,omitempty"`
	Organization *string        `json:"organization"`
}

type contactName struct {
	Nickname *string `json:"nickname"`
	Given    *string `json:"given"`
	Family   *string `json:"family"`
	Prefix   *string `json:"prefix"`
	Suffix   *string `json:"suffix"`
	Middle   *string `json:"middle"`
}

type contactPhone struct {
	Value string  `json:"value"`
	Type  string  `json:"type"`
	Label *string `json:"label"`
}

type storyContext struct {
	AuthorNumber *string `json:"authorNumber"`
	AuthorUUID   string  `json:"authorUuid"`
	Sent         int64   `json:"sentTimestamp"`
}

type storyMessage struct {
	AllowsReplies bool        `json:"allowsReplies"`
	GroupID       string      `json:"groupId,omitempty"`
	File          *attachment `json:"fileAttachment,omitempty"`
}

type callMessage struct {
	Offer callOffer `json:"offerMessage"`
}

type callOffer struct {
	ID     uint64 `json:"id"`
	Type   string `json:"type"`
	Opaque string `json:"opaque"`
}

// groupCall is what versions after 0.14.6 write of a group's call; 0.14.6 leaves it out, and writes the message all
// the same.
type groupCall struct {
	Era string `json:"eraId"`
}

// novelty stands for a kind of message that Signal may have some day.
type novelty struct {
	Line string `json:"line"`
}
