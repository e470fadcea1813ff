package telegramtest_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/mymmrac/telego"
	"github.com/mymmrac/telego/telegoapi"
	"github.com/mymmrac/telego/telegoutil"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// stranger is a bot made with a library of another author, which knows nothing of this fake and nothing of our adapter:
// what it understands, and what it is understood in, is the Bot API.
type stranger struct {
	*telegramtest.Server
	t       *testing.T
	bot     *telego.Bot
	updates <-chan telego.Update
	group   string
	ana     string
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	s := telegramtest.New(telegramtest.Options{Strict: true, Second: 20 * time.Millisecond})
	t.Cleanup(func() {
		s.Close()
		for _, v := range s.Violations() {
			t.Errorf("schema violation: %s", v)
		}
	})
	bot, err := telego.NewBot(s.Token(), telego.WithAPIServer(s.URL()), telego.WithDiscardLogger())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	updates, err := bot.UpdatesViaLongPolling(ctx, &telego.GetUpdatesParams{
		Timeout: 10, AllowedUpdates: []string{"message", "edited_message", "message_reaction", "callback_query", "chat_member", "poll", "poll_answer"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range updates { // until it has ended
		}
	})
	out := &stranger{Server: s, t: t, bot: bot, updates: updates, ana: s.NewPerson("Ana")}
	out.group = s.NewGroup("Kitchen", s.NewPerson("Olga"), out.ana)
	_, err = s.Say(out.ana, out.group, world.Say{Text: chat.Plain("are you there?")})
	out.must(err)
	// From its first poll on the server knows which kinds of updates it wants.
	out.next("the first", func(u telego.Update) bool { return u.Message != nil && u.Message.Text == "are you there?" })
	return out
}

// next returns the next update that matches.
func (s *stranger) next(what string, match func(telego.Update) bool) telego.Update {
	s.t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		select {
		case u := <-s.updates:
			if match(u) {
				return u
			}
		case <-deadline:
			s.t.Fatalf("no update: %s", what)
		}
	}
}

func (s *stranger) chat() telego.ChatID {
	id, err := strconv.ParseInt(s.group, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return telegoutil.ID(id)
}

func (s *stranger) person() int64 {
	id, err := strconv.ParseInt(s.ana, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *stranger) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// last returns what people see last.
func (s *stranger) last() world.Shown {
	all := s.Messages(s.group)
	return all[len(all)-1]
}

func TestAStrangerReadsAndWrites(t *testing.T) {
	s := newStranger(t)
	me, err := s.bot.GetMe(t.Context())
	s.must(err)
	if me.ID != s.BotID() || !me.IsBot || !me.CanReadAllGroupMessages {
		t.Errorf("it is %+v", me)
	}
	text := chat.Plain("see ").Append(chat.Styled(chat.Bold, "🍞", ""))
	id, err := s.Say(s.ana, s.group, world.Say{Text: text})
	s.must(err)
	m := s.next("the message", func(u telego.Update) bool { return u.Message != nil && u.Message.Text != "" }).Message
	if m.Text != "see 🍞" || len(m.Entities) != 1 || m.Entities[0].Type != "bold" || m.Entities[0].Offset != 4 || m.Entities[0].Length != 2 || m.From.FirstName != "Ana" {
		t.Errorf("it reads %+v", m)
	}
	sent, err := s.bot.SendMessage(t.Context(), &telego.SendMessageParams{
		ChatID: s.chat(), Text: "fresh", Entities: []telego.MessageEntity{{Type: "italic", Length: 5}},
		ReplyParameters: &telego.ReplyParameters{MessageID: m.MessageID, Quote: "see"},
	})
	s.must(err)
	if got := s.last(); got.Text.Plain != "fresh" || len(got.Text.Spans) != 1 || got.ReplyTo != id || got.Quote != "see" {
		t.Errorf("people see %+v", got)
	}
	_, err = s.bot.EditMessageText(t.Context(), &telego.EditMessageTextParams{ChatID: s.chat(), MessageID: sent.MessageID, Text: "fresher"})
	s.must(err)
	s.must(s.bot.SetMessageReaction(t.Context(), &telego.SetMessageReactionParams{
		ChatID: s.chat(), MessageID: m.MessageID, Reaction: []telego.ReactionType{&telego.ReactionTypeEmoji{Type: "emoji", Emoji: "👍"}},
	}))
	if got := s.last(); got.Text.Plain != "fresher" || !got.Edited {
		t.Errorf("people see %+v", got)
	}
	s.must(s.React(s.ana, s.group, strconv.Itoa(sent.MessageID), "🔥", true))
	r := s.next("the reaction", func(u telego.Update) bool { return u.MessageReaction != nil }).MessageReaction
	if len(r.NewReaction) != 1 || r.NewReaction[0].ReactionType() != "emoji" || r.MessageID != sent.MessageID {
		t.Errorf("it hears %+v", r)
	}
	s.must(s.Edit(s.ana, s.group, id, chat.Plain("see soup")))
	s.next("the edit", func(u telego.Update) bool { return u.EditedMessage != nil && u.EditedMessage.Text == "see soup" })
	s.must(s.bot.DeleteMessage(t.Context(), &telego.DeleteMessageParams{ChatID: s.chat(), MessageID: sent.MessageID}))
	if !s.last().Deleted {
		t.Error("it is still there")
	}
}

func TestAStrangerSendsFilesAndThings(t *testing.T) {
	s := newStranger(t)
	photo := []byte("\x89PNG\r\n\x1a\nx")
	m, err := s.bot.SendPhoto(t.Context(), &telego.SendPhotoParams{
		ChatID: s.chat(), Photo: telegoutil.FileFromBytes(photo, "a.png"), Caption: "bread", HasSpoiler: true,
	})
	s.must(err)
	if got := s.last(); len(m.Photo) == 0 || !m.HasMediaSpoiler || got.Text.Plain != "bread" || !got.Media[0].Hidden || string(got.Media[0].Bytes) != string(photo) {
		t.Errorf("it got %+v, people see %+v", m, got)
	}
	album, err := s.bot.SendMediaGroup(t.Context(), telegoutil.MediaGroup(s.chat(),
		telegoutil.MediaPhoto(telegoutil.FileFromBytes(photo, "b.png")), telegoutil.MediaPhoto(telegoutil.FileFromID(m.Photo[len(m.Photo)-1].FileID))))
	s.must(err)
	if len(album) != 2 || album[0].MediaGroupID == "" || album[0].MediaGroupID != album[1].MediaGroupID {
		t.Errorf("the album is %+v", album)
	}
	place, err := s.bot.SendLocation(t.Context(), &telego.SendLocationParams{ChatID: s.chat(), Latitude: 1.5, Longitude: 2.5})
	s.must(err)
	if place.Location == nil || place.Location.Latitude != 1.5 || s.last().Things[0].Kind != chat.Location {
		t.Errorf("the place is %+v", place)
	}
	f, err := s.bot.GetFile(t.Context(), &telego.GetFileParams{FileID: album[0].Photo[0].FileID})
	s.must(err)
	got, err := telegoutil.DownloadFile(s.bot.FileDownloadURL(f.FilePath))
	s.must(err)
	if string(got) != string(photo) {
		t.Errorf("it fetched %q", got)
	}
}

func TestAStrangerAsks(t *testing.T) {
	s := newStranger(t)
	m, err := s.bot.SendPoll(t.Context(), &telego.SendPollParams{
		ChatID: s.chat(), Question: "When?", IsAnonymous: new(false),
		Options: []telego.InputPollOption{{Text: "six"}, {Text: "seven"}},
	})
	s.must(err)
	id := strconv.Itoa(m.MessageID)
	s.must(s.CastVote(s.ana, s.group, id, 1))
	vote := s.next("the vote", func(u telego.Update) bool { return u.PollAnswer != nil }).PollAnswer
	if vote.PollID != m.Poll.ID || vote.User.FirstName != "Ana" || len(vote.OptionIDs) != 1 || vote.OptionIDs[0] != 1 {
		t.Errorf("it hears %+v", vote)
	}
	over, err := s.bot.StopPoll(t.Context(), &telego.StopPollParams{ChatID: s.chat(), MessageID: m.MessageID})
	s.must(err)
	if !over.IsClosed || over.TotalVoterCount != 1 || over.Options[1].VoterCount != 1 {
		t.Errorf("the poll ends as %+v", over)
	}
	if err := s.CastVote(s.ana, s.group, id, 0); err == nil {
		t.Error("people vote in a poll that is over")
	}
	asked, err := s.bot.SendMessage(t.Context(), &telego.SendMessageParams{ChatID: s.chat(), Text: "sure?", ReplyMarkup: telegoutil.InlineKeyboard(
		telegoutil.InlineKeyboardRow(telego.InlineKeyboardButton{Text: "yes", CallbackData: "1"}))})
	s.must(err)
	s.must(s.Press(s.ana, s.group, strconv.Itoa(asked.MessageID), 0))
	press := s.next("the press", func(u telego.Update) bool { return u.CallbackQuery != nil }).CallbackQuery
	if press.Data != "1" || press.From.FirstName != "Ana" || press.Message.GetMessageID() != asked.MessageID {
		t.Errorf("it hears %+v", press)
	}
	s.must(s.bot.AnswerCallbackQuery(t.Context(), &telego.AnswerCallbackQueryParams{CallbackQueryID: press.ID}))
}

func TestAStrangerIsRefused(t *testing.T) {
	s := newStranger(t)
	send := func(text string, reply int) error {
		p := &telego.SendMessageParams{ChatID: s.chat(), Text: text}
		if reply != 0 {
			p.ReplyParameters = &telego.ReplyParameters{MessageID: reply}
		}
		_, err := s.bot.SendMessage(t.Context(), p)
		return err
	}
	refused := func(err error, code int, description string) *telegoapi.Error {
		t.Helper()
		var e *telegoapi.Error
		if !errors.As(err, &e) || e.ErrorCode != code || e.Description != description {
			t.Fatalf("got %v, want %d %s", err, code, description)
		}
		return e
	}
	s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, Method: "sendMessage", RetryAfter: 7})
	if e := refused(send("x", 0), 429, "Too Many Requests: retry after 7"); e.Parameters == nil || e.Parameters.RetryAfter != 7 {
		t.Errorf("it is to wait %+v", e.Parameters)
	}
	refused(send(" ", 0), 400, "Bad Request: message text is empty")
	refused(send("x", 999), 400, "Bad Request: message to be replied not found")
	_, err := s.bot.SendMessage(t.Context(), &telego.SendMessageParams{ChatID: telegoutil.ID(-100999), Text: "x"})
	refused(err, 400, "Bad Request: chat not found")
	_, err = s.bot.SendMessage(t.Context(), &telego.SendMessageParams{ChatID: telegoutil.ID(s.person()), Text: "x"})
	refused(err, 403, "Forbidden: bot can't initiate conversation with a user")
	no := new(false)
	mute := &telego.RestrictChatMemberParams{ChatID: s.chat(), UserID: s.person(), Permissions: telego.ChatPermissions{CanSendMessages: no}}
	s.must(s.bot.RestrictChatMember(t.Context(), mute))
	if _, err := s.Say(s.ana, s.group, world.Say{Text: chat.Plain("may I?")}); err == nil {
		t.Error("somebody restricted can write")
	}
	change := s.next("the restriction", func(u telego.Update) bool { return u.ChatMember != nil }).ChatMember
	if change.NewChatMember.MemberStatus() != "restricted" || change.OldChatMember.MemberStatus() != "member" {
		t.Errorf("it hears %+v", change)
	}
	s.must(s.RemoveBot(s.group))
	refused(send("x", 0), 403, "Forbidden: bot was kicked from the supergroup chat")
}
