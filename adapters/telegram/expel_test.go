package telegram

import (
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestRemovedMayComeBack(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	basic := s.NewBasicGroup("Pantry", ana, ben)
	for _, g := range []string{group, basic} {
		s.do(chat.Remove{To: at(g), Who: who(ben)})
		s.same(s.Rights(ben, g).In, false)
		s.do(chat.Remove{To: at(g), Who: who(ben)})
		s.must(s.Join(ben, g))
		s.same(s.Rights(ben, g).MayWrite, true)
	}
	hear(s, func(e chat.Event, b chat.Left) bool { return e.Chat == at(group) && b.Who.Identity == who(ben) })
}

func TestBannedMayNot(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	s.do(chat.Ban{To: at(group), Who: who(ben)})
	s.do(chat.Ban{To: at(group), Who: who(ben)})
	if err := s.Join(ben, group); err == nil || !s.Rights(ben, group).Banned {
		t.Error("who was banned came back")
	}
	stranger := s.NewPerson("Carl")
	s.do(chat.Ban{To: at(group), Who: who(stranger)})
	if err := s.Join(stranger, group); err == nil {
		t.Error("who was banned before he came came")
	}
	s.do(chat.Unban{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).In, false)
	s.must(s.Join(ben, group))
	s.do(chat.Unban{To: at(group), Who: who(ben)}) // and does not throw out who is there
	s.same(s.Rights(ben, group).In, true)
}

func TestBanForAWhileBecomesOneForEver(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	post(t, s.URL()+"/bot"+s.Token()+"/banChatMember?chat_id="+group+"&user_id="+ben+"&until_date="+unixIn(time.Hour), "", nil)
	if raw := s.Rights(ben, group).Raw; !strings.Contains(raw, "until") {
		t.Fatalf("he is %s", raw)
	}
	s.do(chat.Ban{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).Raw, "kicked")
}

func TestBasicGroupsKeepNobodyOut(t *testing.T) {
	s := newStage(t, options())
	ana, ben, _ := s.table()
	basic := s.NewBasicGroup("Pantry", ana, ben)
	r := s.do(chat.Ban{To: at(basic), Who: who(ben)})
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "removed only") {
		t.Errorf("the notes are %q", r.Notes)
	}
	s.same(s.Rights(ben, basic).In, false)
	s.do(chat.Ban{To: at(basic), Who: who(ben)})
	s.do(chat.Unban{To: at(basic), Who: who(ben)})
}

func TestGoverningFollowsAMigration(t *testing.T) {
	s := newStage(t, options())
	ana, ben, _ := s.table()
	old := s.NewBasicGroup("Pantry", ana, ben)
	s.stop() // so that nobody hears of it
	next, err := s.Migrate(old)
	s.must(err)
	s.do(chat.Restrict{To: at(old), Who: who(ben)})
	s.same(s.Rights(ben, next).MayWrite, false)
	s.do(chat.Release{To: at(old), Who: who(ben)})
	s.same(s.Rights(ben, next).MayWrite, true)
	s.do(chat.Ban{To: at(old), Who: who(ben)})
	s.same(s.Rights(ben, next).Banned, true)
}

func TestChannelsAreKeptFromPosting(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	channel := s.NewChannel("Spam", ana)
	speak := func() error {
		_, err := s.SayAs(channel, group, world.Say{Text: chat.Plain("buy!")})
		return err
	}
	s.must(speak())
	e, _ := s.hearText("buy!")
	s.do(chat.Ban{To: at(group), Who: e.By.Identity})
	if speak() == nil {
		t.Error("a banned channel posted")
	}
	s.do(chat.Unban{To: at(group), Who: e.By.Identity})
	s.must(speak())
}

func TestOthersMessagesAreDeleted(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	_ = ana
	word := s.say(ben, group, "salt")
	gone := func() bool {
		for _, m := range s.Messages(group) {
			if m.ID == word {
				return m.Deleted
			}
		}
		return false
	}
	e := chat.Delete{To: at(group), Target: chat.Target{Refs: []chat.Ref{refOf(group, word)}}}
	s.must(s.SetBotRights(group, "can_pin_messages"))
	_, err := s.try(e)
	s.refused(err, chat.Forbidden)
	s.must(s.AddBot(group))
	s.do(e)
	s.same(gone(), true)
	s.do(e)
}

func TestPinsOfOthersStay(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	rules, word := s.say(ana, group, "the rules"), s.say(ben, group, "salt")
	s.must(s.SetPinned(ana, group, rules, true))
	target := chat.Target{Refs: []chat.Ref{refOf(group, word)}}
	s.do(chat.Pin{To: at(group), Target: target})
	s.do(chat.Pin{To: at(group), Target: target})
	s.same(s.Pinned(group), []string{rules, word})
	s.same(s.Calls("pinChatMessage")[0].Values["disable_notification"], "true")
	s.do(chat.Unpin{To: at(group), Target: target})
	s.do(chat.Unpin{To: at(group), Target: target})
	s.same(s.Pinned(group), []string{rules})
	s.must(s.Delete(ben, group, word))
	_, err := s.try(chat.Pin{To: at(group), Target: target})
	s.refused(err, chat.NotFound)
	s.do(chat.Unpin{To: at(group), Target: target})
	_, err = s.try(chat.Pin{To: at(group)})
	s.refused(err, chat.NotFound)
	for _, e := range s.settled(ana, group) {
		if p, ok := e.Body.(chat.Posted); ok && p.Text.Plain == "" {
			t.Errorf("the platform's line about a pin was told: %+v", p)
		}
	}
}

func TestKnockAndWhoAnswers(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	carl, dora, emil := s.NewPerson("Carl"), s.NewPerson("Dora"), s.NewPerson("Emil")
	s.SetUsername(carl, "carl_bakes")
	s.must(s.Knock(carl, group, "I bake"))
	e, knocked := hear(s, func(_ chat.Event, k chat.Knocked) bool { return k.Note == "I bake" })
	s.same(knocked.Who, chat.Person{Identity: who(carl), Name: "Carl", Nick: "carl_bakes"})
	s.same(e.By, knocked.Who)
	s.same([]any{e.Chat, e.Title, e.Private}, []any{at(group), "Kitchen", false})
	// Who knocks can be written to for some minutes, though he has never written.
	r := s.do(chat.Whisper{To: at(group), Who: who(carl), Text: chat.Plain("who are you?"), Secret: true})
	s.same(r.Refs[0].Chat, at(carl))

	s.do(chat.Admit{To: at(group), Who: who(carl)})
	s.same(s.Rights(carl, group).In, true)
	s.do(chat.Admit{To: at(group), Who: who(carl)})
	s.do(chat.Decline{To: at(group), Who: who(carl)}) // puts nobody out
	s.same(s.Rights(carl, group).In, true)

	s.must(s.Knock(dora, group, ""))
	s.do(chat.Decline{To: at(group), Who: who(dora)})
	s.same(s.Waiting(group), []string(nil))
	s.same(s.Rights(dora, group).In, false)
	s.do(chat.Decline{To: at(group), Who: who(dora)})
	_, err := s.try(chat.Admit{To: at(group), Who: who(dora)})
	s.refused(err, chat.NotFound)

	s.must(s.Knock(emil, group, ""))
	s.must(s.WithdrawKnock(emil, group))
	_, err = s.try(chat.Admit{To: at(group), Who: who(emil)})
	s.refused(err, chat.NotFound)
	s.settled(ana, group)
}

func TestInvitationIsForOne(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	carl, dora, emil := s.NewPerson("Carl"), s.NewPerson("Dora"), s.NewPerson("Emil")
	s.say(carl, s.Private(carl), "hello")
	s.hearText("hello")
	e := chat.Invite{To: at(group), Who: who(carl)}
	first, err := s.tryAs("invite#1", e)
	s.must(err)
	again, err := s.tryAs("invite#1", e)
	s.must(err)
	s.same(again, first)
	s.same(len(s.Calls("createChatInviteLink")), 1)
	s.same(s.Calls("createChatInviteLink")[0].Values["name"], "for Carl")
	s.must(s.JoinByLink(carl, first.Link))
	if err := s.JoinByLink(dora, first.Link); err == nil {
		t.Error("a second person came in")
	}
	s.same(s.do(chat.Invite{To: at(group), Who: who(carl)}).Link, "") // he is there
	s.must(s.BanPerson(group, emil))
	_, err = s.try(chat.Invite{To: at(group), Who: who(emil)})
	s.refused(err, chat.Forbidden)
	s.settled(ana, group)
	for in, want := range map[string]string{"": "for one person", strings.Repeat("ü", 80): "for " + strings.Repeat("ü", 28), "A\nB": "for A B"} {
		s.same(linkName(in), want)
	}
}

func TestSecretsAreRefusedWhereTheyCannotBePrivate(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	for _, to := range []string{group, ben} {
		_, err := s.try(chat.Whisper{To: at(to), Who: who(ben), Text: chat.Plain("your report"), Secret: true})
		s.refused(err, chat.Forbidden)
	}
	private := s.Private(ben)
	r := s.do(chat.Whisper{To: at(group), Who: who(ben), Text: chat.Plain("your report"), Secret: true})
	answer, err := s.Say(ben, private, world.Say{Text: chat.Plain("thank you"), ReplyTo: r.Refs[0].ID})
	s.must(err)
	e, p := s.hearText("thank you")
	s.same([]any{e.Private, p.Ref, p.Reply.Ref}, []any{true, refOf(private, answer), r.Refs[0]})
	s.Block(ben)
	_, err = s.try(chat.Whisper{To: at(group), Who: who(ben), Text: chat.Plain("your report"), Secret: true})
	s.refused(err, chat.Forbidden)
	s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 3})
	_, err = s.try(chat.Whisper{To: at(group), Who: who(ben), Text: chat.Plain("your report"), Secret: true})
	s.retried(err, 3*time.Second, false)
	s.same(s.texts(group), []string(nil))
}
