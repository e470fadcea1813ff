package telegram

import (
	"encoding/json"
	"slices"
	"strings"
)

// silentKinds are the members of a message without text and media that say nothing to people elsewhere: what every
// message has, what the bot itself was given, and what only concerns paid messages to channels. They are those of Bot
// API 10.1; what service.go and things.go tell is not among them.
func silentKinds() []string {
	return strings.Fields(`
		message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
		sender_business_bot sender_tag date business_connection_id chat forward_origin is_topic_message
		is_automatic_forward reply_to_message external_reply quote reply_to_story reply_to_checklist_task_id
		reply_to_poll_option_id via_bot edit_date has_protected_content is_from_offline is_paid_post
		media_group_id author_signature paid_star_count text entities link_preview_options suggested_post_info
		effect_id caption caption_entities reply_markup show_caption_above_media has_media_spoiler
		new_chat_members left_chat_member group_chat_created supergroup_chat_created channel_chat_created
		migrate_to_chat_id migrate_from_chat_id pinned_message users_shared chat_shared connected_website
		write_access_allowed passport_data direct_message_price_changed managed_bot_created
		paid_message_price_changed suggested_post_approved suggested_post_approval_failed suggested_post_declined
		suggested_post_paid suggested_post_refunded voice_chat_scheduled voice_chat_started voice_chat_ended
		voice_chat_participants_invited web_app_data guest_bot_caller_user guest_bot_caller_chat
		community_chat_added community_chat_removed`)
}

// unknownKind names the member that makes a message more than we can read; known is true where there is none.
func unknownKind(raw json.RawMessage) (kind string, known bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return "", false
	}
	silent := silentKinds()
	var found []string
	for name, value := range members {
		if given(value) && !slices.Contains(silent, name) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "", true
	}
	kind = slices.Min(found)
	return strings.ToValidUTF8(kind[:min(len(kind), 40)], ""), false
}
