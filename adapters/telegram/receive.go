package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
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
	forget func(chatID, userID int64)                            // somebody's rights have changed
	answer func(query string)                                    // a press is to be answered
	timer  func(ctx context.Context, chatID int64) time.Duration // after which messages vanish
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
	case given(u.Poll):
		return r.poll(u.Poll), nil
	case given(u.Vote):
		return r.vote(u.ID, u.Vote), nil
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
	r.acquaint(&m)
	if m.PinnedMessage != nil {
		return r.pinned(&m), nil
	}
	posted := chat.Posted{Ref: m.place().ref(m.MessageID), Reply: r.reply(&m), Forward: forwardOf(&m), Album: m.album()}
	posted.Text, posted.Parts = r.content(&m, raw, broken)
	if posted.Text.Plain == "" && len(posted.Parts) == 0 {
		return nil, nil // a service message that says nothing to people elsewhere
	}
	posted.Vanish = r.vanish(ctx, &m)
	e := r.event(chat.EventID("tg:posted:"+posted.Ref.Chat.ID+":"+posted.Ref.ID), &m, m.Date)
	posted.Text = r.command(ctx, &m, posted.Text, &e.By)
	e.Body = posted
	r.memory.isMoving(messageKey{m.Chat.ID, m.MessageID}, m.Location, m.Date)
	return []chat.Event{e}, []func(){
		r.memory.contentNote(m.Chat.ID, m.MessageID, contentHash(&m)), r.memory.pollNoteOf(&m),
		func() { r.memory.reached(m.Chat.ID, m.MessageID) },
	}
}

// acquaint notes what a message tells of people and places beside what it says.
func (r *receiver) acquaint(m *rawMessage) {
	if m.IsTopic {
		r.memory.thread(m.Chat.ID, m.MessageID, m.ThreadID)
	}
	if m.From != nil && m.SenderChat == nil {
		r.memory.person(*m.From)
	}
	if m.Chat.Type != "private" {
		r.memory.places.put(m.place(), true)
	}
	if m.Timer != nil {
		r.memory.timers.put(m.Chat.ID, max(m.Timer.Seconds, 0))
	}
	r.memory.topic(m)
}

// vanish returns after what time the platform takes a message of a chat away, 0 for never. The lines of the platform's
// own stay.
func (r *receiver) vanish(ctx context.Context, m *rawMessage) time.Duration {
	if _, isService := m.service(); isService || m.Chat.Type == "private" {
		return 0
	}
	return r.timer(ctx, m.Chat.ID)
}

// pinned tells that somebody has put a message at the top. That it was taken from there bots are not told.
func (r *receiver) pinned(m *rawMessage) []chat.Event {
	if m.PinnedMessage.MessageID == 0 {
		return nil
	}
	at := place{id: m.Chat.ID, thread: r.memory.threadOf(m.Chat.ID, m.PinnedMessage.MessageID)}
	switch {
	case m.PinnedMessage.IsTopic:
		at.thread = m.PinnedMessage.ThreadID
	case m.IsTopic:
		at.thread = m.ThreadID
	}
	e := r.event(chat.EventID(fmt.Sprintf("tg:pinned:%d:%d", m.Chat.ID, m.MessageID)), m, m.Date)
	e.Chat, e.Body = at.chat(), chat.Pinned{Ref: at.ref(m.PinnedMessage.MessageID), On: true}
	return []chat.Event{e}
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
		ID: id, At: when(date), Chat: m.place().chat(), Title: r.title(m),
		Private: m.Chat.Type == "private", By: m.author(),
	}
}

// when returns a date of the API; one that no calendar has becomes the nearest.
func when(unix int64) time.Time {
	const lastYear = 253402300799 // the end of 9999, beyond which times cannot be written down
	return time.Unix(min(max(unix, 0), lastYear), 0).UTC()
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
	t := readText(text, entities, r.me(), r.memory.nick)
	parts := m.parts()
	if p, ok := m.service(); ok {
		parts = append(parts, p)
	}
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
	hash, key := contentHash(&m), messageKey{m.Chat.ID, m.MessageID}
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
	if r.memory.isMoving(key, m.Location, date) {
		return nil, nil // it moves every few seconds, and nobody elsewhere wants to hear each step
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
