package signal

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The records of the daemon, as far as they are looked at. What is null is the zero value; unknown fields
// are ignored; a field of an unexpected type is left zero and the rest is read all the same.

// notice is a receive notification: wrapped for explicit subscriptions, plain for the daemon's own.
type notice struct {
	Params struct {
		Result *payload `json:"result"`
		payload
	} `json:"params"`
}

type payload struct {
	Exception *exception `json:"exception"`
	Envelope  *envelope  `json:"envelope"`
	Account   string     `json:"account"`
}

type exception struct {
	Type string `json:"type"`
}

type envelope struct {
	SourceUUID     string          `json:"sourceUuid"`
	SourceName     string          `json:"sourceName"`
	Timestamp      int64           `json:"timestamp"`
	ServerReceived int64           `json:"serverReceivedTimestamp"`
	DataMessage    json.RawMessage `json:"dataMessage"`
	EditMessage    *struct {
		Target      int64           `json:"targetSentTimestamp"`
		DataMessage json.RawMessage `json:"dataMessage"`
	} `json:"editMessage"`
	StoryMessage *storyMessage `json:"storyMessage"`
	CallMessage  *callMessage  `json:"callMessage"`
	SyncMessage  *struct {
		SentMessage *struct {
			GroupInfo *groupInfo `json:"groupInfo"`
			pinning
		} `json:"sentMessage"`
	} `json:"syncMessage"`
}

type dataMessage struct {
	Timestamp     int64           `json:"timestamp"`
	Message       string          `json:"message"`
	Expires       int             `json:"expiresInSeconds"`
	TimerChange   bool            `json:"isExpirationUpdate"`
	ViewOnce      bool            `json:"viewOnce"`
	Reaction      *reaction       `json:"reaction"`
	Quote         *quote          `json:"quote"`
	Payment       *payment        `json:"payment"`
	Mentions      []mention       `json:"mentions"`
	Attachments   []attachment    `json:"attachments"`
	Sticker       *sticker        `json:"sticker"`
	RemoteDelete  *remoteDelete   `json:"remoteDelete"`
	Contacts      []sharedContact `json:"contacts"`
	PollCreate    *pollCreate     `json:"pollCreate"`
	PollVote      *pollVote       `json:"pollVote"`
	PollTerminate *pollTerminate  `json:"pollTerminate"`
	TextStyles    []textStyle     `json:"textStyles"`
	GroupInfo     *groupInfo      `json:"groupInfo"`
	StoryContext  *storyContext   `json:"storyContext"`
	AdminDelete   *targetMessage  `json:"adminDelete"`
	GroupCall     *groupCall      `json:"groupCallUpdate"` // 0.14.6 leaves it out
	GiftBadge     json.RawMessage `json:"giftBadge"`       // no version has it yet
	pinning
}

// storyMessage is a story; it stands in a group, or is for all who know its author.
type storyMessage struct {
	GroupID string `json:"groupId"`
}

// storyContext says which story a message answers.
type storyContext struct {
	Author string `json:"authorUuid"`
	Sent   int64  `json:"sentTimestamp"`
}

// callMessage is what two phones tell each other about a call; the others of its kinds nobody needs to hear of.
type callMessage struct {
	Offer *struct {
		Type string `json:"type"`
	} `json:"offerMessage"`
}

// groupCall is told by everybody who comes or goes; the era is the same for all of one call.
type groupCall struct {
	Era string `json:"eraId"`
}

type payment struct {
	Note string `json:"note"`
}

// pinning is what a message tells of the top of its talk.
type pinning struct {
	PinMessage   *pinMessage    `json:"pinMessage"`
	UnpinMessage *targetMessage `json:"unpinMessage"`
}

type groupInfo struct {
	GroupID   string `json:"groupId"`
	GroupName string `json:"groupName"`
	Type      string `json:"type"`
}

type targetMessage struct {
	Author string `json:"targetAuthorUuid"`
	Sent   int64  `json:"targetSentTimestamp"`
}

type pinMessage struct {
	Seconds int64 `json:"pinDurationSeconds"` // -1 = for ever
	targetMessage
}

type reaction struct {
	Emoji    string `json:"emoji"`
	IsRemove bool   `json:"isRemove"`
	targetMessage
}

type quote struct {
	ID       int64     `json:"id"`
	Author   string    `json:"authorUuid"`
	Text     string    `json:"text"`
	Mentions []mention `json:"mentions"`
	Files    []struct {
		ContentType string `json:"contentType"`
	} `json:"attachments"`
}

type mention struct {
	UUID   string `json:"uuid"`
	Start  int    `json:"start"`
	Length int    `json:"length"`
}

type textStyle struct {
	Style  string `json:"style"`
	Start  int    `json:"start"`
	Length int    `json:"length"`
}

type attachment struct {
	ContentType string          `json:"contentType"`
	Filename    string          `json:"filename"`
	ID          string          `json:"id"`
	Size        int64           `json:"size"`
	Width       int             `json:"width"`
	Height      int             `json:"height"`
	Caption     string          `json:"caption"`
	VoiceNote   json.RawMessage `json:"isVoiceNote"` // since 0.14.8; its shape is not documented
}

type sticker struct {
	PackID string `json:"packId"`
	ID     int    `json:"stickerId"`
}

type remoteDelete struct {
	Timestamp int64 `json:"timestamp"`
}

type pollCreate struct {
	Question string   `json:"question"`
	Multiple bool     `json:"allowMultiple"`
	Options  []string `json:"options"`
}

type pollVote struct {
	Author  string `json:"authorUuid"` // of the poll
	Sent    int64  `json:"targetSentTimestamp"`
	Options []int  `json:"optionIndexes"` // all that is chosen now
	Count   int    `json:"voteCount"`     // the highest wins
}

type pollTerminate struct {
	Sent int64 `json:"targetSentTimestamp"` // of a poll of the sender's own
}

type sharedContact struct {
	Name struct {
		Given    string `json:"given"`
		Middle   string `json:"middle"`
		Family   string `json:"family"`
		Nickname string `json:"nickname"`
	} `json:"name"`
	Phone []struct {
		Value string `json:"value"`
	} `json:"phone"`
	Email []struct {
		Value string `json:"value"`
	} `json:"email"`
	Organization string `json:"organization"`
}

// sendResponse is what sending methods return.
type sendResponse struct {
	Timestamp int64        `json:"timestamp"`
	Results   []sendResult `json:"results"`
}

type sendResult struct {
	Type       string `json:"type"`
	Token      string `json:"token"`
	RetryAfter int64  `json:"retryAfterSeconds"`
}

// decode reads JSON leniently: a field of an unexpected type does not spoil the others.
func decode(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	var wrong *json.UnmarshalTypeError
	if err == nil || errors.As(err, &wrong) {
		return nil
	}
	return fmt.Errorf("decode: %w", err)
}
