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
	SyncMessage *struct {
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
	Payment       json.RawMessage `json:"payment"`
	Mentions      []mention       `json:"mentions"`
	Attachments   []attachment    `json:"attachments"`
	Sticker       *sticker        `json:"sticker"`
	RemoteDelete  *remoteDelete   `json:"remoteDelete"`
	Contacts      []sharedContact `json:"contacts"`
	PollCreate    *pollCreate     `json:"pollCreate"`
	PollVote      json.RawMessage `json:"pollVote"`
	PollTerminate json.RawMessage `json:"pollTerminate"`
	TextStyles    []textStyle     `json:"textStyles"`
	GroupInfo     *groupInfo      `json:"groupInfo"`
	StoryContext  json.RawMessage `json:"storyContext"`
	AdminDelete   *targetMessage  `json:"adminDelete"`
	pinning
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
	Options  []string `json:"options"`
}

type sharedContact struct {
	Name struct {
		Given  string `json:"given"`
		Family string `json:"family"`
	} `json:"name"`
	Phone []struct {
		Value string `json:"value"`
	} `json:"phone"`
	Email []struct {
		Value string `json:"value"`
	} `json:"email"`
	Organization string `json:"organization"`
}

// listedGroup is an entry of listGroups.
type listedGroup struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	IsMember    bool           `json:"isMember"`
	Members     []listedMember `json:"members"`
	Pending     []listedMember `json:"pendingMembers"`
	Requesting  []listedMember `json:"requestingMembers"`
	Banned      []listedMember `json:"banned"`
	AddMember   string         `json:"permissionAddMember"`
	EditDetails string         `json:"permissionEditDetails"`
	Link        string         `json:"groupInviteLink"` // empty = the group has none in use
}

type listedMember struct {
	Number  string `json:"number"`
	UUID    string `json:"uuid"`
	IsAdmin bool   `json:"isAdmin"`
}

// listedContact is an entry of listContacts.
type listedContact struct {
	UUID      string `json:"uuid"`
	Name      string `json:"name"`
	NickName  string `json:"nickName"`
	GivenName string `json:"givenName"`
	Profile   struct {
		GivenName  string `json:"givenName"`
		FamilyName string `json:"familyName"`
	} `json:"profile"`
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
