package telegram

import (
	"fmt"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// table is a group with two people in it, listened to.
func (s *stage) table() (ana, ben, group string) {
	s.t.Helper()
	ana, ben = s.NewPerson("Ana"), s.NewPerson("Ben")
	group = s.NewGroup("Kitchen", ana, ben)
	s.settled(ana, group)
	return ana, ben, group
}

func TestPoisonDoesNotStopABatch(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	head := func(id int) string {
		return fmt.Sprintf(`"message_id":%d,"date":1800000000,"chat":{"id":%s,"type":"supergroup","title":"Kitchen"},"from":{"id":%s,"is_bot":false,"first_name":"Ana"}`, id, group, ana)
	}
	for _, poison := range []string{
		`{"message":{` + head(501) + `,"paid_media":{"star_count":1,"paid_media":[{"type":"live_photo"}]}}}`,
		`{"message":{` + head(502) + `,"hologram":{"depth":3}}}`,
		`{"message":{` + head(503) + `,"text":"readable","reply_to_message":"a string, for a change","entities":{"type":"bold"}}}`,
		`{"message":{` + head(504) + `,"text":{"not":"a string"}}}`,
		`{"message":{"message_id":"x","chat":7}}`,
		`{"message":[]}`,
		`{"message_reaction":{"chat":{"id":` + group + `},"message_id":1,"user":{"id":5,"first_name":"x","is_bot":false},"date":1,"old_reaction":[],"new_reaction":[{"type":"hologram"}]}}`,
		`{"my_chat_member":{"chat":{"id":` + group + `,"type":"supergroup"},"from":{"id":1},"date":1,"old_chat_member":{"status":"hologram"},"new_chat_member":{"status":"hologram","user":{"id":2}}}}`,
		`{"chat_member":"x"}`,
		`{"a_kind_of_tomorrow":{"x":1}}`,
		`{}`,
		`{"message":{` + head(505) + `,"text":"big","media_group_id":"9","date":99999999999,"from":{"id":99999999999999,"first_name":"Big","is_bot":false}}}`,
	} {
		s.inject(poison)
		s.settled(ana, group)
	}
	lines := map[string]string{}
	events, _ := s.heard()
	for _, e := range events {
		if p, ok := e.Body.(chat.Posted); ok && len(p.Ref.ID) == 3 {
			lines[p.Ref.ID] = p.Text.Plain
			for _, part := range p.Parts {
				lines[p.Ref.ID] += part.Describe()
			}
		}
	}
	s.same(lines, map[string]string{
		"501": "[paid media · 1 file for 1 star]",
		"502": "[message · a kind of message that cannot be shown here (hologram)]",
		"503": "readable", "504": "[message · a kind of message that cannot be shown here]", "505": "big",
	})
	s.until("every update is confirmed", func() bool { return s.Pending() == 0 })
}

func TestPrivateThingsAreNeverTold(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	before := len(s.settled(ana, group))
	head := fmt.Sprintf(`"date":1800000000,"text":"secret","chat":{"id":%s,"type":"supergroup"},"from":{"id":%s,"is_bot":false,"first_name":"Ana"}`, group, ana)
	for _, m := range []string{
		`"message_id":0,"ephemeral_message_id":12,"receiver_user":{"id":5}`, `"message_id":700,"ephemeral_message_id":13`,
		`"message_id":701,"receiver_user":{"id":5,"is_bot":false,"first_name":"x"}`, `"message_id":702,"guest_query_id":"77"`,
		`"message_id":703,"business_connection_id":"b"`, `"message_id":0`,
	} {
		s.inject(`{"message":{` + m + `,` + head + `}}`)
		s.inject(`{"edited_message":{` + m + `,` + head + `}}`)
	}
	s.inject(`{"guest_message":{"message_id":9,` + head + `}}`)
	s.inject(`{"business_message":{"message_id":9,` + head + `}}`)
	if after := len(s.settled(ana, group)); after != before+1 {
		events, _ := s.heard()
		t.Errorf("%d events came of what only one person may read: %+v", after-before-1, events[before:])
	}
}

func TestMigrationIsToldOnce(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	old := s.NewBasicGroup("Kitchen", ana)
	s.settled(ana, old)
	next, err := s.Migrate(old)
	if err != nil {
		t.Fatal(err)
	}
	var moves []chat.Event
	for _, e := range s.settled(ana, next) {
		if _, ok := e.Body.(chat.Migrated); ok {
			moves = append(moves, e)
		}
	}
	if len(moves) != 1 || moves[0].Chat != at(old) || moves[0].Body != (chat.Migrated{To: at(next)}) {
		t.Errorf("got %+v, want one move from %s to %s", moves, old, next)
	}
	r := s.do(chat.Send{To: at(old), Text: chat.Plain("still here"), Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{refOf(old, "2")}}}})
	if r.Refs[0].Chat != at(next) {
		t.Errorf("sent to %v", r.Refs[0])
	}
	shown := s.Messages(next)
	if last := shown[len(shown)-1]; last.Text.Plain != "still here" || last.ReplyTo != "" {
		t.Errorf("people see %+v: a message of the old group is none of the new one", last)
	}
	_, err = s.try(chat.Edit{To: at(next), Target: chat.Target{Refs: []chat.Ref{refOf(old, "2")}}, Text: chat.Plain("x")})
	s.refused(err, chat.NotFound)
}

func TestMigrationIsLearntFromTheRefusal(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	old := s.NewBasicGroup("Kitchen", ana)
	s.stop()
	next, err := s.Migrate(old)
	if err != nil {
		t.Fatal(err)
	}
	r := s.do(chat.Send{To: at(old), Text: chat.Plain("still here")})
	s.same(r.Refs, []chat.Ref{refOf(next, r.Refs[0].ID)})
}

func TestTopicsAreChats(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	forum := s.NewForum("House", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	if err != nil {
		t.Fatal(err)
	}
	s.say(ana, bread, "dough")
	e, p := s.hearText("dough")
	if e.Chat != at(bread) || e.Title != "House · Bread" || p.Reply != nil {
		t.Errorf("in %v, titled %q, answering %+v", e.Chat, e.Title, p.Reply)
	}
	s.say(ana, forum, "in general")
	if e, _ := s.hearText("in general"); e.Chat != at(forum) {
		t.Errorf("the General topic is %v", e.Chat)
	}
	r := s.do(chat.Send{To: at(bread), As: gita(), Text: chat.Plain("rye"), Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{p.Ref}}}})
	s.same(r.Refs[0].Chat, at(bread))
	s.same(s.texts(bread), []string{"Gita: rye"})
	s.restart() // the topics of messages outlive it
	for _, ref := range []chat.Ref{p.Ref, r.Refs[0]} {
		if err := s.React(ana, forum, ref.ID, "👍", true); err != nil {
			t.Fatal(err)
		}
		e, _ := hear(s, func(_ chat.Event, b chat.Reacted) bool { return b.Ref == ref })
		s.same(e.Chat, at(bread))
	}
	s.do(chat.Edit{To: at(bread), Target: chat.Target{Refs: r.Refs}, As: gita(), Text: chat.Plain("wheat")})
	s.do(chat.Delete{To: at(bread), Target: chat.Target{Refs: r.Refs}})
}

func TestThreadsOutsideOfForumsAreNoTopics(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	first := s.say(ana, group, "question")
	if _, err := s.Say(ben, group, world.Say{Text: chat.Plain("answer"), ReplyTo: first}); err != nil {
		t.Fatal(err)
	}
	e, p := s.hearText("answer")
	s.same(e.Chat, at(group))
	s.same(p.Reply, &chat.Reply{Ref: refOf(group, first), Name: "Ana", Quote: "question"})
	r := s.do(chat.Send{To: e.Chat, Text: chat.Plain("thanks"), Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{p.Ref}}}})
	s.same(len(r.Refs), 1)
}

func TestChatsThatSpeak(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	channel := s.NewChannel("News", ana)
	for _, as := range []string{group, channel} {
		if _, err := s.SayAs(as, group, world.Say{Text: chat.Plain("/help as " + as)}); err != nil {
			t.Fatal(err)
		}
	}
	e, _ := s.hearText("/help as " + group)
	s.same(e.By, chat.Person{Identity: userIdentity(decoded[int64](t, group)), Name: "Kitchen", Anonymous: true, Level: chat.Organiser})
	e, _ = s.hearText("/help as " + channel)
	s.same(e.By, chat.Person{Identity: userIdentity(decoded[int64](t, channel)), Name: "News", Anonymous: true, Level: chat.Member})
}

func TestLinkedChannel(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	channel := s.NewChannel("News", ana)
	if err := s.Link(channel, group); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Say(ana, channel, world.Say{Text: chat.Plain("prices rise")}); err != nil {
		t.Fatal(err)
	}
	copied, p := hear(s, func(e chat.Event, p chat.Posted) bool { return e.Chat == at(group) && p.Text.Plain == "prices rise" })
	if copied.By.Name != "News" || !copied.By.Anonymous || copied.By.Bot || p.Forward != "" {
		t.Errorf("the channel's post in its group is by %+v, forwarded from %q", copied.By, p.Forward)
	}
	for i := range 20 { // the platform's copy may come before the call's answer
		s.do(chat.Send{To: at(channel), Text: chat.Plain(fmt.Sprint("by us ", i))})
	}
	for _, e := range s.settled(ana, group) {
		if p, ok := e.Body.(chat.Posted); ok && strings.HasPrefix(p.Text.Plain, "by us") {
			t.Errorf("our own post came back through the channel's group: %+v", p)
		}
	}
}

func TestAlbumIsSeveralMessages(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	media := []world.Media{{Kind: chat.Photo, Name: "a.png", Bytes: png(1)}, {Kind: chat.Video, Name: "b.mp4", Bytes: png(2)}}
	id, err := s.Say(ana, group, world.Say{Text: chat.Plain("look"), Media: media})
	if err != nil {
		t.Fatal(err)
	}
	_, first := s.hearText("look")
	_, second := hear(s, func(_ chat.Event, p chat.Posted) bool { return p.Album == first.Album && p.Ref != first.Ref })
	if first.Ref.ID != id || first.Album == "" || first.Parts[0].Kind != chat.Photo || second.Parts[0].Kind != chat.Video || second.Text.Plain != "" {
		t.Errorf("got %+v and %+v", first, second)
	}
}

func TestInvisibleEditsAreNotTold(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	id := s.say(ana, group, "bread")
	s.hearText("bread")
	before := len(s.settled(ana, group))
	for range 3 {
		if err := s.Touch(group, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Edit(ana, group, id, chat.Plain("rye bread")); err != nil {
		t.Fatal(err)
	}
	if after := len(s.settled(ana, group)); after != before+2 {
		t.Errorf("%d events, want one edit", after-before-1)
	}
	at := func(lat float64) string {
		return fmt.Sprintf(`"message_id":900,"date":1800000000,"chat":{"id":%s,"type":"supergroup"},"from":{"id":%s,"is_bot":false,"first_name":"Ana"},"location":{"latitude":%f,"longitude":2,"live_period":900}`, group, ana, lat)
	}
	s.inject(`{"message":{` + at(1) + `}}`)
	before = len(s.settled(ana, group))
	for i := range 5 {
		s.inject(`{"edited_message":{` + at(1+float64(i)) + `,"edit_date":1800000001}}`)
	}
	if after := len(s.settled(ana, group)); after != before+1 {
		t.Errorf("%d edits of a live location were told", after-before-1)
	}
}

func TestRepeatedUpdatesKeepTheirIDs(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	id := s.say(ana, group, "bread")
	for _, emoji := range []string{"👍", "🔥"} {
		if err := s.React(ben, group, id, emoji, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Edit(ana, group, id, chat.Plain("rye")); err != nil {
		t.Fatal(err)
	}
	carl := s.NewPerson("Carl")
	if err := s.Join(carl, group); err != nil {
		t.Fatal(err)
	}
	before := s.settled(ana, group)
	s.Repeat(50)
	s.restart() // an adapter that remembers nothing of them
	if after := s.settled(ana, group); len(after) != len(before)+1 {
		t.Errorf("repeated updates made %d new events: %+v", len(after)-len(before)-1, after[len(before):])
	}
}

func TestJoinIsToldOnce(t *testing.T) {
	for _, rights := range [][]string{{"can_manage_chat", "can_invite_users"}, nil} {
		s := newStage(t, options())
		ana, _, group := s.table()
		if err := s.SetBotRights(group, rights...); err != nil {
			t.Fatal(err)
		}
		carl := s.NewPerson("Carl")
		for range 2 {
			if err := s.Join(carl, group); err != nil {
				t.Fatal(err)
			}
			if err := s.Leave(carl, group); err != nil {
				t.Fatal(err)
			}
		}
		joined, left := map[chat.EventID]bool{}, map[chat.EventID]bool{}
		for _, e := range s.settled(ana, group) {
			switch b := e.Body.(type) {
			case chat.Joined:
				joined[e.ID] = b.Who.Identity.ID == carl && e.Chat == at(group)
			case chat.Left:
				left[e.ID] = b.Who.Identity.ID == carl
			}
		}
		// In the test all four happen in one second, so coming twice may look like coming once.
		if len(joined) == 0 || len(joined) > 2 || len(left) == 0 || len(left) > 2 {
			t.Errorf("with rights %v: joined %v, left %v", rights, joined, left)
		}
	}
}

func TestBotComesAndGoes(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	hear(s, func(e chat.Event, _ chat.Arrived) bool {
		return e.Chat == at(group) && e.By.Name == "Ana" && e.Title == "Kitchen"
	})
	if err := s.RemoveBot(group); err != nil {
		t.Fatal(err)
	}
	hear(s, func(e chat.Event, _ chat.Parted) bool { return e.Chat == at(group) })
	_, err := s.try(chat.Send{To: at(group), Text: chat.Plain("hello?")})
	s.refused(err, chat.Forbidden)
	s.Private(ana)
	s.hearText("/start")
	s.Block(ana)
	hear(s, func(e chat.Event, _ chat.Parted) bool { return e.Private && e.Chat == at(ana) })
	_, err = s.try(chat.Send{To: at(ana), Text: chat.Plain("hello?")})
	s.refused(err, chat.Forbidden)
}

func TestReactionsAreWhole(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	id := s.say(ana, group, "bread")
	for _, emoji := range []string{"👍", "❤"} {
		if err := s.React(ben, group, id, emoji, true); err != nil {
			t.Fatal(err)
		}
	}
	hear(s, func(e chat.Event, b chat.Reacted) bool {
		return e.By.Name == "Ben" && b.Change == chat.ReactionsAre && strings.Join(b.Emoji, "") == "👍❤" && b.Ref == refOf(group, id)
	})
	s.inject(fmt.Sprintf(`{"message_reaction":{"chat":{"id":%s,"type":"supergroup"},"message_id":%s,"actor_chat":{"id":-100777,"type":"channel","title":"News"},"date":1800000000,"old_reaction":[],"new_reaction":[{"type":"custom_emoji","custom_emoji_id":"5"},{"type":"paid"},{"type":"emoji","emoji":"🔥"}]}}`, group, id))
	e, b := hear(s, func(e chat.Event, _ chat.Reacted) bool { return e.By.Name == "News" })
	if !e.By.Anonymous || strings.Join(b.Emoji, "") != "⭐🔥" {
		t.Errorf("a channel's reaction is %+v by %+v", b, e.By)
	}
}

func TestRightsAreAskedForCommandsOnly(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	s.say(ana, group, "just talk, and 1/2 of it")
	s.hearText("just talk, and 1/2 of it")
	if n := len(s.Calls("getChatMember")); n != 0 {
		t.Errorf("plain talk made %d look-ups", n)
	}
	s.say(ana, group, "/help@potluck_test_bot me\nand him")
	e, _ := s.hearText("/help me\nand him")
	s.same(e.By.Level, chat.Organiser)
	s.say(ben, group, "/help@other_bot me")
	if e, _ := s.hearText("/help@other_bot me"); e.By.Level != chat.Guest {
		t.Errorf("a command for another bot has the level %v", e.By.Level)
	}
	s.same(len(s.Calls("getChatMember")), 1)
	if err := s.Promote(ben, group); err != nil {
		t.Fatal(err)
	}
	s.say(ben, group, "/rise")
	e, _ = s.hearText("/rise")
	s.same(e.By.Level, chat.Organiser)
	if err := s.Demote(ben, group); err != nil {
		t.Fatal(err)
	}
	s.say(ben, group, "/fall")
	e, _ = s.hearText("/fall")
	s.same(e.By.Level, chat.Member)
	carl := s.NewPerson("Carl")
	if err := s.Join(carl, group); err != nil {
		t.Fatal(err)
	}
	s.Fail(telegramtest.Fault{Kind: telegramtest.ServerError, Method: "getChatMember"})
	s.say(carl, group, "/unsure")
	e, _ = s.hearText("/unsure")
	if !e.By.Unsure || e.By.Level != chat.Member {
		t.Errorf("without an answer the level is %v, unsure %v", e.By.Level, e.By.Unsure)
	}
}
