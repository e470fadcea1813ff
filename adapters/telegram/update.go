package telegram

import "encoding/json"

// The objects of the Bot API as far as we read them. Every field that is missing here is skipped, unions are
// read by the few fields we need, so nothing new in the API can make them fail.
type (
	rawUpdate struct {
		ID            int64           `json:"update_id"`
		Message       json.RawMessage `json:"message"`
		EditedMessage json.RawMessage `json:"edited_message"`
		ChannelPost   json.RawMessage `json:"channel_post"`
		EditedPost    json.RawMessage `json:"edited_channel_post"`
		Reaction      json.RawMessage `json:"message_reaction"`
		MyMember      json.RawMessage `json:"my_chat_member"`
		Member        json.RawMessage `json:"chat_member"`
		Press         json.RawMessage `json:"callback_query"`
		Knock         json.RawMessage `json:"chat_join_request"`
		Poll          json.RawMessage `json:"poll"`
		Vote          json.RawMessage `json:"poll_answer"`
	}
	rawUser struct {
		ID       int64  `json:"id"`
		IsBot    bool   `json:"is_bot"`
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		Username string `json:"username"`
	}
	rawChat struct {
		ID       int64  `json:"id"`
		Type     string `json:"type"`
		Title    string `json:"title"`
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		Username string `json:"username"`
		IsForum  bool   `json:"is_forum"`
	}
	rawEntity struct {
		Type     string   `json:"type"`
		Offset   int      `json:"offset"`
		Length   int      `json:"length"`
		URL      string   `json:"url"`
		Language string   `json:"language"`
		User     *rawUser `json:"user"`
	}
	rawOrigin struct {
		Type      string   `json:"type"`
		User      *rawUser `json:"sender_user"`
		UserName  string   `json:"sender_user_name"`
		Sender    *rawChat `json:"sender_chat"`
		Chat      *rawChat `json:"chat"`
		MessageID int      `json:"message_id"`
	}
	// rawMessage is read in two steps: head must be readable, everything else may fail by itself.
	rawMessage struct {
		MessageID       int             `json:"message_id"`
		ThreadID        int             `json:"message_thread_id"`
		IsTopic         bool            `json:"is_topic_message"`
		From            *rawUser        `json:"from"`
		SenderChat      *rawChat        `json:"sender_chat"`
		Signature       string          `json:"author_signature"`
		Date            int64           `json:"date"`
		EditDate        int64           `json:"edit_date"`
		Chat            rawChat         `json:"chat"`
		Origin          *rawOrigin      `json:"forward_origin"`
		IsAutoForward   bool            `json:"is_automatic_forward"`
		ReplyTo         *rawReply       `json:"reply_to_message"`
		ExternalReply   *rawExternal    `json:"external_reply"`
		Quote           *rawQuote       `json:"quote"`
		ReplyToStory    *rawStory       `json:"reply_to_story"`
		MediaGroup      string          `json:"media_group_id"`
		Text            string          `json:"text"`
		Entities        []rawEntity     `json:"entities"`
		Caption         string          `json:"caption"`
		CaptionEntities []rawEntity     `json:"caption_entities"`
		NewMembers      []rawUser       `json:"new_chat_members"`
		LeftMember      *rawUser        `json:"left_chat_member"`
		MigrateTo       int64           `json:"migrate_to_chat_id"`
		MigrateFrom     int64           `json:"migrate_from_chat_id"`
		EphemeralID     json.RawMessage `json:"ephemeral_message_id"`
		Receiver        json.RawMessage `json:"receiver_user"`
		GuestQuery      json.RawMessage `json:"guest_query_id"`
		Business        json.RawMessage `json:"business_connection_id"`
		rawMedia
		rawService
	}
	// rawReply is the message that another one answers, as it comes along: one level deep.
	rawReply struct {
		MessageID       int         `json:"message_id"`
		ThreadID        int         `json:"message_thread_id"`
		IsTopic         bool        `json:"is_topic_message"`
		From            *rawUser    `json:"from"`
		SenderChat      *rawChat    `json:"sender_chat"`
		Chat            rawChat     `json:"chat"`
		Text            string      `json:"text"`
		Entities        []rawEntity `json:"entities"`
		Caption         string      `json:"caption"`
		CaptionEntities []rawEntity `json:"caption_entities"`
		TopicCreated    *rawNamed   `json:"forum_topic_created"`
		Origin          *rawOrigin  `json:"forward_origin"`
		rawMedia
	}
	// rawExternal is what an answer tells of a message that stands in another chat.
	rawExternal struct {
		Origin *rawOrigin `json:"origin"`
		rawMedia
	}
	// rawQuote is a part of the answered text: chosen by the author, or cut by the server for being long.
	rawQuote struct {
		Text   string `json:"text"`
		Manual bool   `json:"is_manual"`
	}
	rawNamed struct {
		Name string `json:"name"`
	}
	rawReaction struct {
		Chat      rawChat         `json:"chat"`
		MessageID int             `json:"message_id"`
		User      *rawUser        `json:"user"`
		Actor     *rawChat        `json:"actor_chat"`
		Date      int64           `json:"date"`
		New       []rawReactionOf `json:"new_reaction"`
	}
	rawReactionOf struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	}
	// rawCallback is a press. Of a message that the server no longer has it tells the name only, of one that stands
	// elsewhere nothing.
	rawCallback struct {
		ID      string   `json:"id"`
		From    rawUser  `json:"from"`
		Data    string   `json:"data"`
		Message *rawHead `json:"message"`
	}
	rawHead struct {
		MessageID int     `json:"message_id"`
		ThreadID  int     `json:"message_thread_id"`
		IsTopic   bool    `json:"is_topic_message"`
		Chat      rawChat `json:"chat"`
	}
	rawVote struct {
		Poll    string   `json:"poll_id"`
		User    *rawUser `json:"user"`
		Voter   *rawChat `json:"voter_chat"`
		Options []int    `json:"option_ids"`
	}
	rawKnock struct {
		Chat rawChat `json:"chat"`
		From rawUser `json:"from"`
		Date int64   `json:"date"`
		Bio  string  `json:"bio"`
	}
	rawMemberChange struct {
		Chat rawChat         `json:"chat"`
		From rawUser         `json:"from"`
		Date int64           `json:"date"`
		Old  rawMemberStatus `json:"old_chat_member"`
		New  rawMemberStatus `json:"new_chat_member"`
	}
	rawMemberStatus struct {
		Status    string  `json:"status"`
		User      rawUser `json:"user"`
		IsMember  bool    `json:"is_member"`
		CanSend   *bool   `json:"can_send_messages"`
		CanDelete bool    `json:"can_delete_messages"`
		CanPin    bool    `json:"can_pin_messages"`
		CanMute   bool    `json:"can_restrict_members"`
		CanInvite bool    `json:"can_invite_users"`
		CanPost   bool    `json:"can_post_messages"`
		CanTopics bool    `json:"can_manage_topics"`
	}
)

// isIn tells whether the status is one of somebody who is in the chat.
func (m rawMemberStatus) isIn() bool {
	switch m.Status {
	case "creator", "administrator", "member":
		return true
	case "restricted":
		return m.IsMember
	}
	return false
}

// isAdministrator tells whether the status has the platform's own rights.
func (m rawMemberStatus) isAdministrator() bool {
	return m.Status == "creator" || m.Status == "administrator"
}

// canWrite tells whether the bot with this status can read and write.
func (m rawMemberStatus) canWrite() bool {
	return m.isIn() && (m.Status != "restricted" || m.CanSend == nil || *m.CanSend)
}

func (u rawUser) name() string {
	if u.Last == "" {
		return u.First
	}
	return u.First + " " + u.Last
}

func (c rawChat) name() string {
	if c.Title != "" {
		return c.Title
	}
	return rawUser{First: c.First, Last: c.Last}.name()
}

// name tells whom a message was forwarded from, empty if nobody says.
func (o *rawOrigin) name() string {
	switch {
	case o == nil:
		return ""
	case o.User != nil:
		return o.User.name()
	case o.UserName != "":
		return o.UserName
	case o.Chat != nil:
		return o.Chat.name()
	case o.Sender != nil:
		return o.Sender.name()
	}
	return "somebody"
}

// place returns where a message stands: in a topic only if it says so, for other threads carry a thread id too.
func (m *rawMessage) place() place {
	p := place{id: m.Chat.ID}
	if m.IsTopic {
		p.thread = m.ThreadID
	}
	return p
}

// isSecret tells whether a message was shown to one person only, or came from where the bot is no member:
// it must never be told anywhere else.
func (m *rawMessage) isSecret() bool {
	return m.MessageID == 0 || given(m.EphemeralID) || given(m.Receiver) || given(m.GuestQuery) || given(m.Business)
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// isIn, in short, is what changes a membership into a Joined or a Left.
func (c *rawMemberChange) joined() bool { return !c.Old.isIn() && c.New.isIn() }
func (c *rawMemberChange) left() bool   { return c.Old.isIn() && !c.New.isIn() }
