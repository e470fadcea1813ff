package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// receiver turns raw updates into events. It never fails: an update that it cannot read becomes one readable
// line where it can name a chat, and a line in the log where it cannot.
type receiver struct {
	me     func() rawUser
	log    *slog.Logger
	rights func(ctx context.Context, chatID, userID int64) (chat.Level, bool)
	forget func(chatID, userID int64) // somebody's rights have changed
	answer func(query string)         // a press is to be answered
	own    *ownPosts
	memory *memory
}

// receive returns the events of one update, and what to note once they are durable. A bug that an update
// brings out costs that update, not all that come behind it.
func (r *receiver) receive(ctx context.Context, raw json.RawMessage) (events []chat.Event, done []func()) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("an update cannot be read for a bug of ours; it is skipped", "error", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			events, done = nil, nil
		}
	}()
	var u rawUpdate
	if err := json.Unmarshal(raw, &u); err != nil {
		r.log.Warn("telegram sent an update that cannot be read", "error", jsonError(err))
		return nil, nil
	}
	switch {
	case given(u.Message):
		return r.message(ctx, u.Message)
	case given(u.ChannelPost):
		return r.message(ctx, u.ChannelPost)
	case given(u.EditedMessage):
		return r.edit(u.ID, u.EditedMessage)
	case given(u.EditedPost):
		return r.edit(u.ID, u.EditedPost)
	case given(u.Reaction):
		return r.reaction(ctx, u.ID, u.Reaction), nil
	case given(u.Press):
		return r.press(ctx, u.ID, u.Press), nil
	case given(u.Knock):
		return r.knock(u.Knock), nil
	case given(u.MyMember):
		return r.ownMembership(u.MyMember)
	case given(u.Member):
		return r.membership(u.Member)
	}
	return nil, nil // a kind that we did not ask for
}

// jsonError keeps of a decoding error what cannot hold content: which member had the wrong type.
func jsonError(err error) string {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) {
		return fmt.Sprintf("%s is a %s, not %s", e.Field, e.Value, e.Type)
	}
	return "not JSON"
}

// decode reads a message; one with members of unexpected types is read member by member, and what cannot be
// read is left out. ok is false where not even its place is known.
func (r *receiver) decode(raw json.RawMessage) (m rawMessage, broken, ok bool) {
	err := json.Unmarshal(raw, &m)
	if err == nil {
		return m, false, m.Chat.ID != 0
	}
	r.log.Warn("telegram sent a message that cannot be read whole", "error", jsonError(err))
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return m, true, false
	}
	m = rawMessage{}
	for name, value := range members {
		alone, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil {
			continue
		}
		next := m
		if json.Unmarshal(alone, &next) == nil {
			m = next
		}
	}
	return m, true, m.Chat.ID != 0 && m.MessageID != 0
}

func (r *receiver) message(ctx context.Context, raw json.RawMessage) ([]chat.Event, []func()) {
	m, broken, ok := r.decode(raw)
	if !ok || m.isSecret() {
		return nil, nil
	}
	if m.MigrateTo != 0 {
		return r.migrated(m.Chat.ID, m.MigrateTo, m.Date)
	}
	if m.MigrateFrom != 0 {
		return r.migrated(m.MigrateFrom, m.Chat.ID, m.Date)
	}
	if len(m.NewMembers) > 0 || m.LeftMember != nil {
		return r.serviceMembers(&m)
	}
	if r.isOwn(ctx, &m) {
		return nil, nil
	}
	if m.IsTopic {
		r.memory.thread(m.Chat.ID, m.MessageID, m.ThreadID)
	}
	if m.From != nil && m.SenderChat == nil {
		r.memory.names.put(m.From.ID, m.From.name())
	}
	posted := chat.Posted{Ref: m.place().ref(m.MessageID), Reply: r.reply(&m), Forward: forwardOf(&m), Album: m.album()}
	posted.Text, posted.Parts = r.content(&m, raw, broken)
	if posted.Text.Plain == "" && len(posted.Parts) == 0 {
		return nil, nil // a service message that says nothing to people elsewhere
	}
	e := r.event(chat.EventID("tg:posted:"+posted.Ref.Chat.ID+":"+posted.Ref.ID), &m, m.Date)
	posted.Text = r.command(ctx, &m, posted.Text, &e.By)
	e.Body = posted
	note := r.memory.contentNote(m.Chat.ID, m.MessageID, contentHash(&m))
	return []chat.Event{e}, []func(){note, func() { r.memory.reached(m.Chat.ID, m.MessageID) }}
}

// isOwn tells whether the message is the bot's: by its account, or as the copy that the platform itself puts
// into a channel's discussion group.
func (r *receiver) isOwn(ctx context.Context, m *rawMessage) bool {
	if m.From != nil && m.From.ID == r.me().ID {
		return true
	}
	if !m.IsAutoForward || m.Origin == nil || m.Origin.Chat == nil {
		return false
	}
	return r.own.has(ctx, m.Origin.Chat.ID, m.Origin.MessageID)
}

// event returns an event about a message without its body.
func (r *receiver) event(id chat.EventID, m *rawMessage, date int64) chat.Event {
	return chat.Event{
		ID: id, At: when(date), Chat: m.place().chat(), Title: m.title(),
		Private: m.Chat.Type == "private", By: m.author(),
	}
}

// when returns a date of the API; one that no calendar has becomes the nearest.
func when(unix int64) time.Time {
	const lastYear = 253402300799 // the end of 9999, beyond which times cannot be written down
	return time.Unix(min(max(unix, 0), lastYear), 0).UTC()
}

// title returns the chat's title, with the topic's name where the message tells it.
func (m *rawMessage) title() string {
	title := m.Chat.name()
	if m.IsTopic && m.ReplyTo != nil && m.ReplyTo.TopicCreated != nil && m.ReplyTo.TopicCreated.Name != "" {
		title += " · " + m.ReplyTo.TopicCreated.Name
	}
	return title
}

// author returns who wrote a message. A chat that somebody speaks for comes before the account that the
// platform puts in his place (GroupAnonymousBot, Channel_Bot, Telegram), which is nobody.
func (m *rawMessage) author() chat.Person {
	if m.SenderChat != nil {
		return chat.Person{Identity: userIdentity(m.SenderChat.ID), Name: m.SenderChat.name(), Nick: m.SenderChat.Username, Anonymous: true}
	}
	if m.From == nil {
		return chat.Person{Identity: userIdentity(m.Chat.ID), Name: m.Chat.name(), Nick: m.Chat.Username, Anonymous: true}
	}
	return m.From.person()
}

func (u rawUser) person() chat.Person {
	return chat.Person{Identity: userIdentity(u.ID), Name: u.name(), Nick: u.Username, Bot: u.IsBot}
}

// content returns the text and parts, and a line for what nobody here can read.
func (r *receiver) content(m *rawMessage, raw json.RawMessage, broken bool) (chat.Text, []chat.Part) {
	text, entities := m.Text, m.Entities
	if text == "" {
		text, entities = m.Caption, m.CaptionEntities
	}
	t := readText(text, entities, r.me())
	parts := m.parts()
	if t.Plain != "" || len(parts) > 0 {
		return t, parts
	}
	kind, known := unknownKind(raw)
	if known && !broken {
		return t, nil
	}
	line := "a kind of message that cannot be shown here"
	if kind != "" {
		line += " (" + kind + ")"
	}
	return t, []chat.Part{{Kind: chat.Other, Line: line}}
}

func (m *rawMessage) album() string {
	if m.MediaGroup == "" {
		return ""
	}
	return strconv.FormatInt(m.Chat.ID, 10) + ":" + m.MediaGroup
}

func forwardOf(m *rawMessage) string {
	if m.IsAutoForward {
		return "" // the channel itself is its author
	}
	return m.Origin.name()
}

// reply returns what a message answers. In a topic every message answers the one that opened it: that is none.
func (r *receiver) reply(m *rawMessage) *chat.Reply {
	target := m.ReplyTo
	if target == nil || (m.IsTopic && target.MessageID == m.ThreadID) {
		if m.ExternalReply == nil {
			return nil
		}
		out := &chat.Reply{Name: m.ExternalReply.Origin.name()}
		if m.Quote != nil {
			out.Quote = quoted(m.Quote.Text)
		}
		return out
	}
	at := place{id: m.Chat.ID}
	if target.IsTopic {
		at.thread = target.ThreadID
	} else if m.IsTopic {
		at.thread = m.ThreadID
	}
	out := &chat.Reply{Ref: at.ref(target.MessageID), Name: target.name(), Quote: quoted(target.words())}
	if m.Quote != nil && m.Quote.Text != "" {
		out.Quote = quoted(m.Quote.Text)
	}
	return out
}

func (t *rawReply) name() string {
	if t.SenderChat != nil {
		return t.SenderChat.name()
	}
	if t.From != nil {
		return t.From.name()
	}
	return t.Chat.name()
}

// words returns what the answered message says, a line for its media where it says nothing.
func (t *rawReply) words() string {
	if t.Text != "" {
		return t.Text
	}
	if t.Caption != "" {
		return t.Caption
	}
	for _, p := range t.parts() {
		return p.Describe()
	}
	return ""
}

// command asks for the sender's rights where the text looks like a command of ours, or answers with a number, which
// chooses.
func (r *receiver) command(ctx context.Context, m *rawMessage, t chat.Text, by *chat.Person) chat.Text {
	if chat.LooksLikeCommand(t) {
		shown, ours := ownCommand(t, r.me())
		if ours {
			r.rankAuthor(ctx, m, by)
		}
		return shown
	}
	if m.ReplyTo != nil && isNumber(t) {
		r.rankAuthor(ctx, m, by)
	}
	return t
}

func (r *receiver) rankAuthor(ctx context.Context, m *rawMessage, by *chat.Person) {
	switch {
	case m.SenderChat != nil && m.SenderChat.ID == m.Chat.ID:
		by.Level = chat.Organiser // only an administrator can speak as his group
	case m.SenderChat != nil:
		by.Level = chat.Member // the linked channel is nobody with rights here
	case m.From != nil:
		r.rank(ctx, m.Chat, m.From.ID, by)
	}
}

func (r *receiver) edit(update int64, raw json.RawMessage) ([]chat.Event, []func()) {
	m, broken, ok := r.decode(raw)
	if !ok || m.isSecret() || (m.From != nil && m.From.ID == r.me().ID) {
		return nil, nil
	}
	if m.IsTopic {
		r.memory.thread(m.Chat.ID, m.MessageID, m.ThreadID)
	}
	hash := contentHash(&m)
	if r.memory.sameContent(m.Chat.ID, m.MessageID, hash) {
		return nil, nil // the platform tells changes that bots cannot see as edits, too
	}
	edited := chat.Edited{Ref: m.place().ref(m.MessageID)}
	edited.Text, edited.Parts = r.content(&m, raw, broken)
	if edited.Text.Plain == "" && len(edited.Parts) == 0 {
		return nil, nil
	}
	date := m.EditDate
	if date == 0 {
		date = m.Date
	}
	e := r.event(updateID(update, "edited", date), &m, date)
	e.Body = edited
	return []chat.Event{e}, []func(){r.memory.contentNote(m.Chat.ID, m.MessageID, hash)}
}

// updateID names what only an update names. The date stands beside the update's number because Telegram
// begins the numbers anew, at random, after a quiet week.
func updateID(update int64, what string, date int64) chat.EventID {
	return chat.EventID(fmt.Sprintf("tg:%s:%d:%d", what, update, date))
}

func (r *receiver) reaction(ctx context.Context, update int64, raw json.RawMessage) []chat.Event {
	var u rawReaction
	if err := json.Unmarshal(raw, &u); err != nil || u.Chat.ID == 0 || u.MessageID == 0 {
		r.log.Warn("telegram sent a reaction that cannot be read")
		return nil
	}
	var by chat.Person
	switch {
	case u.User != nil:
		by = u.User.person()
	case u.Actor != nil:
		by = chat.Person{Identity: userIdentity(u.Actor.ID), Name: u.Actor.name(), Nick: u.Actor.Username, Anonymous: true}
	}
	if by.Identity.IsZero() || by.Identity == userIdentity(r.me().ID) {
		return nil
	}
	reacted := chat.Reacted{Change: chat.ReactionsAre}
	for _, one := range u.New {
		switch {
		case one.Emoji != "":
			reacted.Emoji = append(reacted.Emoji, one.Emoji)
		case one.Type == "paid":
			reacted.Emoji = append(reacted.Emoji, "⭐")
		}
	}
	if u.User != nil && slices.ContainsFunc(reacted.Emoji, isKeycap) {
		r.rank(ctx, u.Chat, u.User.ID, &by)
	}
	at := place{id: u.Chat.ID, thread: r.memory.threadOf(u.Chat.ID, u.MessageID)}
	reacted.Ref = at.ref(u.MessageID)
	return []chat.Event{{
		ID: updateID(update, "reacted", u.Date), At: when(u.Date), Chat: at.chat(),
		Title: u.Chat.name(), Private: u.Chat.Type == "private", By: by, Body: reacted,
	}}
}
