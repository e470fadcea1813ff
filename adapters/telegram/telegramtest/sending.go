package telegramtest

import (
	"encoding/json"

	"github.com/potluck-chat/potluck/core/chat"
)

func methodTable() map[string]method {
	return map[string]method{
		"getme": getMe, "getchat": getChat, "getchatmember": getChatMember, "getchatmembercount": getChatMemberCount,
		"getchatadministrators": getChatAdministrators, "leavechat": leaveChat,
		"sendmessage": sendMessage, "sendphoto": sendFile(chat.Photo, "photo"), "sendvideo": sendFile(chat.Video, "video"),
		"sendvideonote": sendFile(chat.VideoNote, "video_note"), "sendanimation": sendFile(chat.Animation, "animation"),
		"sendaudio": sendFile(chat.Audio, "audio"), "sendvoice": sendFile(chat.Voice, "voice"),
		"senddocument": sendFile(chat.File, "document"), "sendsticker": sendFile(chat.Sticker, "sticker"),
		"sendlocation": sendLocation, "sendmediagroup": sendMediaGroup, "sendpoll": sendPoll, "stoppoll": stopPoll,
		"sendvenue": sendVenue, "sendcontact": sendContact, "senddice": sendDice, "getuserprofilephotos": getUserProfilePhotos,
		"editmessagelivelocation": editLiveLocation, "stopmessagelivelocation": stopLiveLocation,
		"sendchataction": sendChatAction, "editmessagetext": editMessageText, "editmessagecaption": editMessageCaption,
		"editmessagemedia": editMessageMedia, "editmessagereplymarkup": editMessageReplyMarkup,
		"deletemessage": deleteMessage, "deletemessages": deleteMessages, "setmessagereaction": setMessageReaction,
		"pinchatmessage": pinMessage, "unpinchatmessage": unpinMessage, "getfile": getFile, "setwebhook": setWebhook, "deletewebhook": deleteWebhook,
		"getwebhookinfo": getWebhookInfo, "setmycommands": setMyCommands, "getmycommands": getMyCommands,
		"answercallbackquery": answerCallbackQuery, "createforumtopic": createForumTopic, "closeforumtopic": closeForumTopic,
		"approvechatjoinrequest": approveJoin, "declinechatjoinrequest": declineJoin,
		"restrictchatmember": restrictMember, "banchatmember": banMember, "unbanchatmember": unbanMember,
		"banchatsenderchat": banSenderChat, "unbanchatsenderchat": unbanSenderChat,
		"createchatinvitelink": createLink, "revokechatinvitelink": revokeLink,
	}
}

// draft is a message of the bot on its way.
type draft struct {
	to *conversation
	m  *message
}

// begin finds the chat, the topic and the message replied to, and refuses what the bot may not do there.
func (s *Server) begin(c *call) (*draft, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if to.kind == "channel" && !to.members[botID].isAdministrator() {
		return nil, bad("need administrator rights in the channel chat")
	}
	if to.person == nil && !to.members[botID].mayPost(s.options.Now()) {
		return nil, bad("not enough rights to send text messages to the chat")
	}
	thread := int(c.number("message_thread_id"))
	if thread != 0 {
		t := to.topics[thread]
		if t == nil {
			return nil, bad("message thread not found")
		}
		if t.closed && !to.members[botID].can("can_manage_topics") {
			return nil, bad("TOPIC_CLOSED")
		}
	}
	m := &message{from: botID, thread: thread, markup: json.RawMessage(c.values["reply_markup"])}
	if len(m.markup) > 0 && !json.Valid(m.markup) {
		return nil, bad("can't parse reply keyboard markup JSON object")
	}
	if err := checkKeyboard(m.markup); err != nil {
		return nil, err
	}
	m.reply, m.quote, err = s.replyTarget(c, to, thread)
	return &draft{to: to, m: m}, err
}

// replyTarget applies the rules of reply_parameters; 0 = sent without a reply.
func (s *Server) replyTarget(c *call, to *conversation, thread int) (int, string, error) {
	var p struct {
		MessageID int             `json:"message_id"`
		ChatID    json.RawMessage `json:"chat_id"`
		Allow     bool            `json:"allow_sending_without_reply"`
		Quote     string          `json:"quote"`
		Entities  []wireEntity    `json:"quote_entities"`
	}
	if err := c.object("reply_parameters", &p); err != nil || c.values["reply_parameters"] == "" {
		return 0, "", err
	}
	target := to.messages[p.MessageID]
	if target == nil || target.deleted {
		if p.Allow && len(p.ChatID) == 0 {
			return 0, "", nil
		}
		return 0, "", bad("message to be replied not found")
	}
	if to.forum && target.thread != thread {
		return 0, "", bad("message to be replied not found") // allow_sending_without_reply does not reach another topic
	}
	if p.Quote != "" {
		if err := checkQuote(target, p.Quote); err != nil {
			return 0, "", err
		}
		if target.isStyled(p.Quote) != (len(p.Entities) > 0) {
			return 0, "", bad("QUOTE_TEXT_INVALID") // it must be the same to its styles
		}
	}
	return target.id, p.Quote, nil
}

// textOf reads and normalises a text or caption with its entities.
func (s *Server) textOf(c *call, text, entities string) (styled, error) {
	if c.values["parse_mode"] != "" {
		return styled{}, bad("unsupported parse_mode") // this fake knows entities only
	}
	var list []wireEntity
	if err := c.object(entities, &list); err != nil {
		return styled{}, err
	}
	return s.settle(c.values[text], list)
}

// settle normalises and turns mentions of accounts that the bot never met into plain text.
func (s *Server) settle(plain string, list []wireEntity) (styled, error) {
	t, err := normalise(plain, list)
	if err != nil {
		return t, err
	}
	kept := t.entities[:0]
	for _, e := range t.entities {
		if e.Type == "text_mention" {
			if e.User == nil || s.users[e.User.ID] == nil {
				continue
			}
			known := s.users[e.User.ID].wire()
			e.User = &known
		}
		kept = append(kept, e)
	}
	t.entities = kept
	return t, nil
}

func sendMessage(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	d.m.text, err = s.textOf(c, "text", "entities")
	if err != nil {
		return nil, err
	}
	if err := checkText(d.m.text); err != nil {
		return nil, err
	}
	return s.finish(d)
}

func checkText(t styled) error {
	if t.plain == "" {
		return bad("message text is empty")
	}
	if t.length() > 4096 {
		return bad("message is too long")
	}
	return nil
}

func checkCaption(t styled) error {
	if t.length() > 1024 {
		return bad("message caption is too long")
	}
	return nil
}

func (s *Server) finish(d *draft) (any, error) {
	m, err := s.post(d.to, d.m)
	if err != nil {
		return nil, err
	}
	return s.wire(d.to, m, true), nil
}

// sendFile makes the method that sends one kind of file.
func sendFile(kind chat.PartKind, field string) method {
	return func(s *Server, c *call) (any, error) {
		d, err := s.begin(c)
		if err != nil {
			return nil, err
		}
		if d.m.media, err = s.attachCall(c, kind, field, c.values[field]); err != nil {
			return nil, err
		}
		if kind == chat.VideoNote || kind == chat.Sticker {
			return s.finish(d)
		}
		d.m.media.hidden = c.truth("has_spoiler")
		if d.m.text, err = s.textOf(c, "caption", "caption_entities"); err != nil {
			return nil, err
		}
		if err := checkCaption(d.m.text); err != nil {
			return nil, err
		}
		return s.finish(d)
	}
}

func (s *Server) attachCall(c *call, kind chat.PartKind, field, value string) (*attachment, error) {
	u, err := s.uploaded(c, field, value)
	if err != nil {
		return nil, err
	}
	if kind == chat.Photo {
		if err := checkPhoto(u); err != nil {
			return nil, err
		}
	}
	return s.attach(kind, u), nil
}

func sendChatAction(s *Server, c *call) (any, error) {
	_, err := s.begin(c)
	return err == nil, err
}

// inputMedia is one item of an album or of editMessageMedia.
type inputMedia struct {
	Type     string       `json:"type"`
	Media    string       `json:"media"`
	Caption  string       `json:"caption"`
	Entities []wireEntity `json:"caption_entities"`
	Hidden   bool         `json:"has_spoiler"`
}

func (i inputMedia) kind() (chat.PartKind, bool) {
	kind, ok := map[string]chat.PartKind{"photo": chat.Photo, "video": chat.Video, "document": chat.File, "audio": chat.Audio, "animation": chat.Animation}[i.Type]
	return kind, ok
}

func sendMediaGroup(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	var items []inputMedia
	if err := c.object("media", &items); err != nil {
		return nil, err
	}
	if len(items) < 2 || len(items) > 10 {
		return nil, bad("there must be 2-10 media in an album")
	}
	if err := checkMix(items); err != nil {
		return nil, err
	}
	album := s.nextAlbum()
	messages := make([]*message, len(items))
	for i, item := range items {
		m := *d.m
		m.album = album
		if err := s.fill(c, &m, item); err != nil {
			return nil, err
		}
		messages[i] = &m
	}
	out := make([]any, len(messages))
	for i, m := range messages {
		if out[i], err = s.finish(&draft{to: d.to, m: m}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkMix refuses albums of kinds that do not go together.
func checkMix(items []inputMedia) error {
	for _, item := range items {
		kind, ok := item.kind()
		if !ok || kind == chat.Animation {
			return bad("can't use %s in an album", item.Type)
		}
		alone := kind == chat.File || kind == chat.Audio
		if first, _ := items[0].kind(); (alone || first == chat.File || first == chat.Audio) && kind != first {
			return bad("document or audio can't be mixed with other media types")
		}
	}
	return nil
}

func (s *Server) fill(c *call, m *message, item inputMedia) (err error) {
	kind, ok := item.kind()
	if !ok {
		return bad("unknown media type %q", item.Type)
	}
	if m.media, err = s.attachCall(c, kind, "media", item.Media); err != nil {
		return err
	}
	m.media.hidden = item.Hidden
	if m.text, err = s.settle(item.Caption, item.Entities); err != nil {
		return err
	}
	return checkCaption(m.text)
}
