package telegramtest

import "encoding/json"

// The objects of the Bot API as far as the fake sends them.
type (
	wireUser struct {
		ID           int64  `json:"id"`
		IsBot        bool   `json:"is_bot"`
		FirstName    string `json:"first_name"`
		LastName     string `json:"last_name,omitempty"`
		Username     string `json:"username,omitempty"`
		LanguageCode string `json:"language_code,omitempty"`
	}
	wireMe struct {
		wireUser
		CanJoinGroups           bool `json:"can_join_groups"`
		CanReadAllGroupMessages bool `json:"can_read_all_group_messages"`
		SupportsInlineQueries   bool `json:"supports_inline_queries"`
	}
	wireChat struct {
		ID        int64  `json:"id"`
		Type      string `json:"type"`
		Title     string `json:"title,omitempty"`
		Username  string `json:"username,omitempty"`
		FirstName string `json:"first_name,omitempty"`
		IsForum   bool   `json:"is_forum,omitempty"`
	}
	wireFullChat struct {
		wireChat
		AccentColorID     int             `json:"accent_color_id"`
		MaxReactionCount  int             `json:"max_reaction_count"`
		AcceptedGiftTypes map[string]bool `json:"accepted_gift_types"`
		LinkedChatID      int64           `json:"linked_chat_id,omitempty"`
		Permissions       map[string]bool `json:"permissions,omitempty"`
		InviteLink        string          `json:"invite_link,omitempty"`
		AutoDelete        int             `json:"message_auto_delete_time,omitempty"`
	}
	wireEntity struct {
		Type          string    `json:"type"`
		Offset        int       `json:"offset"`
		Length        int       `json:"length"`
		URL           string    `json:"url,omitempty"`
		User          *wireUser `json:"user,omitempty"`
		Language      string    `json:"language,omitempty"`
		CustomEmojiID string    `json:"custom_emoji_id,omitempty"`
	}
	wireMessage struct {
		MessageID             int             `json:"message_id"`
		MessageThreadID       int             `json:"message_thread_id,omitempty"`
		From                  *wireUser       `json:"from,omitempty"`
		SenderChat            *wireChat       `json:"sender_chat,omitempty"`
		Date                  int64           `json:"date"`
		Chat                  wireChat        `json:"chat"`
		ForwardOrigin         json.RawMessage `json:"forward_origin,omitempty"`
		IsTopicMessage        bool            `json:"is_topic_message,omitempty"`
		IsAutomaticForward    bool            `json:"is_automatic_forward,omitempty"`
		ReplyToMessage        *wireMessage    `json:"reply_to_message,omitempty"`
		EditDate              int64           `json:"edit_date,omitempty"`
		MediaGroupID          string          `json:"media_group_id,omitempty"`
		AuthorSignature       string          `json:"author_signature,omitempty"`
		Text                  string          `json:"text,omitempty"`
		Entities              []wireEntity    `json:"entities,omitempty"`
		Caption               string          `json:"caption,omitempty"`
		CaptionEntities       []wireEntity    `json:"caption_entities,omitempty"`
		ReplyMarkup           json.RawMessage `json:"reply_markup,omitempty"`
		NewChatMembers        []wireUser      `json:"new_chat_members,omitempty"`
		LeftChatMember        *wireUser       `json:"left_chat_member,omitempty"`
		NewChatTitle          string          `json:"new_chat_title,omitempty"`
		GroupChatCreated      bool            `json:"group_chat_created,omitempty"`
		SupergroupChatCreated bool            `json:"supergroup_chat_created,omitempty"`
		MigrateToChatID       int64           `json:"migrate_to_chat_id,omitempty"`
		MigrateFromChatID     int64           `json:"migrate_from_chat_id,omitempty"`
		PinnedMessage         *wireMessage    `json:"pinned_message,omitempty"`
		ForumTopicCreated     *wireTopic      `json:"forum_topic_created,omitempty"`
		HasMediaSpoiler       bool            `json:"has_media_spoiler,omitempty"`
		Quote                 *wireQuote      `json:"quote,omitempty"`
		wireMedia
		// Extra are members that the fake does no more with than to tell them.
		Extra map[string]any `json:"-"`
		// Future: they are of a kind that the schema does not know yet.
		Future bool `json:"-"`
	}
	wireQuote struct {
		Text     string `json:"text"`
		Position int    `json:"position"`
		IsManual bool   `json:"is_manual,omitempty"`
	}
	wireTopic struct {
		Name      string `json:"name"`
		IconColor int    `json:"icon_color"`
	}
	wireMedia struct {
		Photo     []wireFile    `json:"photo,omitempty"`
		Video     *wireFile     `json:"video,omitempty"`
		VideoNote *wireFile     `json:"video_note,omitempty"`
		Animation *wireFile     `json:"animation,omitempty"`
		Audio     *wireFile     `json:"audio,omitempty"`
		Voice     *wireFile     `json:"voice,omitempty"`
		Document  *wireFile     `json:"document,omitempty"`
		Sticker   *wireFile     `json:"sticker,omitempty"`
		Location  *wireLocation `json:"location,omitempty"`
		Venue     *wireVenue    `json:"venue,omitempty"`
		Contact   *wireContact  `json:"contact,omitempty"`
		Dice      *wireDice     `json:"dice,omitempty"`
		Poll      *wirePoll     `json:"poll,omitempty"`
	}
	wireLocation struct {
		Latitude   float64 `json:"latitude"`
		Longitude  float64 `json:"longitude"`
		LivePeriod int     `json:"live_period,omitempty"`
	}
	wireVenue struct {
		Location wireLocation `json:"location"`
		Title    string       `json:"title"`
		Address  string       `json:"address"`
	}
	wireContact struct {
		Phone string `json:"phone_number"`
		First string `json:"first_name"`
		Last  string `json:"last_name,omitempty"`
	}
	wireDice struct {
		Emoji string `json:"emoji"`
		Value int    `json:"value"`
	}
	// wireFile is PhotoSize, Video, Document … in one: what a kind does not have stays nil.
	wireFile struct {
		FileID       string `json:"file_id"`
		FileUniqueID string `json:"file_unique_id"`
		FileSize     int64  `json:"file_size,omitempty"`
		FileName     string `json:"file_name,omitempty"`
		MIMEType     string `json:"mime_type,omitempty"`
		FilePath     string `json:"file_path,omitempty"`
		Width        *int   `json:"width,omitempty"`
		Height       *int   `json:"height,omitempty"`
		Length       *int   `json:"length,omitempty"`
		Duration     *int   `json:"duration,omitempty"`
		Type         string `json:"type,omitempty"`
		IsAnimated   *bool  `json:"is_animated,omitempty"`
		IsVideo      *bool  `json:"is_video,omitempty"`
		Emoji        string `json:"emoji,omitempty"`
	}
	wireReaction struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	}
	wireReactionUpdate struct {
		Chat        wireChat       `json:"chat"`
		MessageID   int            `json:"message_id"`
		User        *wireUser      `json:"user,omitempty"`
		ActorChat   *wireChat      `json:"actor_chat,omitempty"`
		Date        int64          `json:"date"`
		OldReaction []wireReaction `json:"old_reaction"`
		NewReaction []wireReaction `json:"new_reaction"`
	}
	wireMemberUpdate struct {
		Chat          wireChat        `json:"chat"`
		From          wireUser        `json:"from"`
		Date          int64           `json:"date"`
		OldChatMember json.RawMessage `json:"old_chat_member"`
		NewChatMember json.RawMessage `json:"new_chat_member"`
		InviteLink    *wireInvite     `json:"invite_link,omitempty"`
	}
	wireInvite struct {
		InviteLink         string   `json:"invite_link"`
		Creator            wireUser `json:"creator"`
		CreatesJoinRequest bool     `json:"creates_join_request"`
		IsPrimary          bool     `json:"is_primary"`
		IsRevoked          bool     `json:"is_revoked"`
		Name               string   `json:"name,omitempty"`
		ExpireDate         int64    `json:"expire_date,omitempty"`
		MemberLimit        int      `json:"member_limit,omitempty"`
	}
	wireJoinRequest struct {
		Chat       wireChat    `json:"chat"`
		From       wireUser    `json:"from"`
		UserChatID int64       `json:"user_chat_id"`
		Date       int64       `json:"date"`
		Bio        string      `json:"bio,omitempty"`
		InviteLink *wireInvite `json:"invite_link,omitempty"`
	}
	wireCallback struct {
		ID           string   `json:"id"`
		From         wireUser `json:"from"`
		Message      any      `json:"message,omitempty"` // a wireMessage or a wireGone
		ChatInstance string   `json:"chat_instance"`
		Data         string   `json:"data,omitempty"`
	}
	// wireGone is what is told of a message that the server no longer has.
	wireGone struct {
		MessageID int      `json:"message_id"`
		Date      int64    `json:"date"` // always 0
		Chat      wireChat `json:"chat"`
	}
	wirePoll struct {
		ID                    string           `json:"id"`
		Question              string           `json:"question"`
		Options               []wirePollOption `json:"options"`
		TotalVoterCount       int              `json:"total_voter_count"`
		IsClosed              bool             `json:"is_closed"`
		IsAnonymous           bool             `json:"is_anonymous"`
		Type                  string           `json:"type"`
		AllowsMultipleAnswers bool             `json:"allows_multiple_answers"`
		AllowsRevoting        bool             `json:"allows_revoting"`
		MembersOnly           bool             `json:"members_only"`
		CorrectOptionIDs      []int            `json:"correct_option_ids,omitempty"`
	}
	wirePollOption struct {
		PersistentID string `json:"persistent_id"`
		Text         string `json:"text"`
		VoterCount   int    `json:"voter_count"`
	}
	wirePollAnswer struct {
		PollID              string   `json:"poll_id"`
		User                wireUser `json:"user"`
		OptionIDs           []int    `json:"option_ids"`
		OptionPersistentIDs []string `json:"option_persistent_ids"`
	}
)

// MarshalJSON writes the members that the struct has, and the extra ones beside them.
func (w wireMessage) MarshalJSON() ([]byte, error) {
	type plain wireMessage
	raw, err := json.Marshal(plain(w))
	if err != nil || len(w.Extra) == 0 {
		return raw, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	for name, value := range w.Extra {
		if members[name], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(members)
}
