package telegram

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func who(person string) chat.Identity { return chat.Identity{Platform: chat.Telegram, ID: person} }

// must fails the test if a gesture of the fake's people does not succeed.
func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestRestrictGivesBackWhatWasThere(t *testing.T) {
	later := time.Now().Add(50 * time.Hour).Truncate(time.Second)
	for name, before := range map[string]func(s *stage, group, ben string){
		"a member":     func(*stage, string, string) {},
		"who has left": func(s *stage, group, ben string) { s.must(s.Leave(ben, group)) },
		"without pictures": func(s *stage, group, ben string) {
			s.must(s.RestrictPerson(group, ben, time.Time{}, "can_send_messages"))
		},
		"without pictures for a while": func(s *stage, group, ben string) {
			s.must(s.RestrictPerson(group, ben, later, "can_send_messages", "can_react_to_messages"))
		},
		"muted by the owner": func(s *stage, group, ben string) { s.must(s.RestrictPerson(group, ben, later)) },
	} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarted %v", name, restarted), func(t *testing.T) {
				s := newStage(t, options())
				_, ben, group := s.table()
				before(s, group, ben)
				was := s.Rights(ben, group)
				until := time.Now().Add(time.Hour)
				s.do(chat.Restrict{To: at(group), Who: who(ben), Until: until})
				if restarted {
					s.restart()
				}
				s.do(chat.Restrict{To: at(group), Who: who(ben), Until: until}) // again changes nothing
				now := s.Rights(ben, group)
				if now.MayWrite || now.In != was.In || strings.Contains(now.Raw, "can_") {
					t.Errorf("restricted he is %+v, before he was %+v", now, was)
				}
				if restarted {
					s.restart()
				}
				s.do(chat.Release{To: at(group), Who: who(ben)})
				s.same(s.Rights(ben, group), was)
				s.do(chat.Release{To: at(group), Who: who(ben)})
				s.same(s.Rights(ben, group), was)
				if held := s.adapter.memory.holds.save(); len(held) > 0 && !held[0].Back {
					t.Errorf("still to be given back: %+v", held)
				}
			})
		}
	}
}

func TestRestrictionThatLeavesAndComesBack(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	s.do(chat.Restrict{To: at(group), Who: who(ben)})
	s.must(s.Leave(ben, group))
	s.must(s.Join(ben, group))
	s.same(s.Rights(ben, group).MayWrite, false)
	s.do(chat.Release{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).MayWrite, true)
}

func TestEndsThatThePlatformTakesForNone(t *testing.T) {
	now := time.Now()
	for left, want := range map[time.Duration]time.Duration{
		time.Second: time.Minute, 29 * time.Second: time.Minute, 61 * time.Second: 61 * time.Second, time.Hour: time.Hour,
		364 * 24 * time.Hour: 364 * 24 * time.Hour, 366 * 24 * time.Hour: 0, 4000 * 24 * time.Hour: 0,
	} {
		got := endOf(now.Add(left), now)
		if want == 0 && got != 0 || want != 0 && (got < now.Add(want).Unix() || got > now.Add(want).Unix()+1) {
			t.Errorf("%s from now is told as %d, %d from now", left, got, got-now.Unix())
		}
	}
	s := newStage(t, options())
	_, ben, group := s.table()
	s.do(chat.Restrict{To: at(group), Who: who(ben), Until: now.Add(2 * time.Second)})
	if raw := s.Rights(ben, group).Raw; !strings.Contains(raw, "until") {
		t.Errorf("two seconds became for ever: %s", raw)
	}
	s.do(chat.Release{To: at(group), Who: who(ben)})
	s.do(chat.Restrict{To: at(group), Who: who(ben), Until: now.Add(-time.Second)})
	s.same(s.Rights(ben, group).MayWrite, true) // it came too late to count
	s.do(chat.Restrict{To: at(group), Who: who(ben), Until: now.Add(500 * 24 * time.Hour)})
	s.same(s.Rights(ben, group).Raw, "restricted")
}

func TestThePlatformEndsARestrictionByItself(t *testing.T) {
	clock := &clock{}
	o := options()
	o.Now = clock.now
	s := newStage(t, o)
	_, ben, group := s.table()
	s.must(s.RestrictPerson(group, ben, time.Time{}, "can_send_messages"))
	was := s.Rights(ben, group)
	s.do(chat.Restrict{To: at(group), Who: who(ben), Until: time.Now().Add(time.Second)})
	clock.pass(2 * time.Minute)
	s.same(s.Rights(ben, group).Raw, "member") // and with ours the owner's is gone
	key := presenceKey{number(t, group), number(t, ben)}
	h, _ := s.adapter.memory.holds.get(key)
	h.Over = time.Now().Unix()
	s.adapter.memory.holds.put(key, h) // as if the two minutes had passed here, too
	s.do(chat.Release{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group), was)
}

func TestWhatOthersDecideMeanwhileStands(t *testing.T) {
	all := permissions()
	for name, meanwhile := range map[string]func(s *stage, group, ben string){
		"given back": func(s *stage, group, ben string) { s.must(s.RestrictPerson(group, ben, time.Time{}, all...)) },
		"given back a bit": func(s *stage, group, ben string) {
			s.must(s.RestrictPerson(group, ben, time.Time{}, "can_send_messages"))
		},
		"banned":   func(s *stage, group, ben string) { s.must(s.BanPerson(group, ben)) },
		"promoted": func(s *stage, group, ben string) { s.must(s.Promote(ben, group)) },
	} {
		for _, until := range []time.Time{{}, time.Now().Add(time.Hour)} {
			t.Run(fmt.Sprintf("%s, for ever %v", name, until.IsZero()), func(t *testing.T) {
				s := newStage(t, options())
				_, ben, group := s.table()
				s.must(s.RestrictPerson(group, ben, time.Time{}, "can_send_polls"))
				s.do(chat.Restrict{To: at(group), Who: who(ben), Until: until})
				meanwhile(s, group, ben)
				is := s.Rights(ben, group)
				s.do(chat.Release{To: at(group), Who: who(ben)})
				s.same(s.Rights(ben, group), is)
				s.same(len(s.adapter.memory.holds.save()), 0)
			})
		}
	}
}

func TestOneThingAtATimeIsDoneToOnePerson(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	free := s.adapter.guards.hold(grounds{to: place{id: number(t, group)}, user: number(t, ben)})
	asked := len(s.Calls("getChatMember"))
	done := make(chan error)
	go func() { _, err := s.try(chat.Restrict{To: at(group), Who: who(ben)}); done <- err }()
	for range 5 {
		s.settled(ana, group)
	}
	s.same(len(s.Calls("getChatMember")), asked) // what he may do is not looked at before the other is done
	free()
	s.must(<-done)
	s.same(s.Rights(ben, group).MayWrite, false)
}

func TestRestrictLetsNobodyIn(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	s.do(chat.Ban{To: at(group), Who: who(ben)})
	s.do(chat.Restrict{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).Banned, true)
	s.do(chat.Release{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).Banned, true)
	s.do(chat.Remove{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).Banned, true)
}

func TestTopicsOfOneGroupAreOne(t *testing.T) {
	s := newStage(t, options())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	forum := s.NewForum("Kitchen", ana, ben)
	bread, err := s.NewTopic(ana, forum, "Bread")
	s.must(err)
	s.must(s.RestrictPerson(forum, ben, time.Time{}, "can_send_messages"))
	was := s.Rights(ben, forum)
	both := []string{forum, bread}
	for _, effect := range []func(chat.Chat) chat.Outgoing{
		func(c chat.Chat) chat.Outgoing { return chat.Restrict{To: c, Who: who(ben)} },
		func(c chat.Chat) chat.Outgoing { return chat.Release{To: c, Who: who(ben)} },
	} {
		done := make(chan error)
		for _, c := range both { // lanes of different chats are carried out at the same time
			go func() { _, err := s.try(effect(at(c))); done <- err }()
		}
		for range both {
			s.must(<-done)
		}
		_, restrict := effect(at(forum)).(chat.Restrict)
		s.same(s.Rights(ben, forum).MayWrite, !restrict)
	}
	s.same(s.Rights(ben, forum), was)
}

func TestNobodyActsAgainstWhoMayNotBe(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	basic := s.NewBasicGroup("Pantry", ana, ben)
	channel := s.NewChannel("News", ana)
	s.must(s.Link(channel, group))
	s.must(s.Promote(ben, group))
	carl := s.NewPerson("Carl")
	self := fmt.Sprint(s.BotID())
	effects := map[string]func(chat.Chat, chat.Identity) chat.Outgoing{
		"restrict": func(c chat.Chat, i chat.Identity) chat.Outgoing { return chat.Restrict{To: c, Who: i} },
		"remove":   func(c chat.Chat, i chat.Identity) chat.Outgoing { return chat.Remove{To: c, Who: i} },
		"ban":      func(c chat.Chat, i chat.Identity) chat.Outgoing { return chat.Ban{To: c, Who: i} },
	}
	for name, effect := range effects {
		for _, one := range []struct {
			in, who string
			why     chat.Reason
		}{
			{group, ana, chat.Forbidden},
			{group, ben, chat.Forbidden},
			{group, self, chat.Forbidden},
			{group, group, chat.Forbidden},
			{group, "1087968824", chat.Forbidden},
			{group, "136817688", chat.Forbidden},
			{group, "777000", chat.Forbidden},
			{group, "424242", chat.NotFound},
			{"-1009", carl, chat.NotFound},
			{group, "carl", chat.Invalid},
			{group, "0", chat.Invalid},
			{s.Private(carl), carl, chat.Unsupported},
		} {
			_, err := s.try(effect(at(one.in), who(one.who)))
			if t.Logf("%s %s in %s", name, one.who, one.in); err == nil {
				t.Error("it was done")
			}
			s.refused(err, one.why)
		}
		_, err := s.try(effect(at(group), chat.Identity{Platform: chat.Signal, ID: carl}))
		s.refused(err, chat.Invalid)
	}
	_, err := s.try(chat.Restrict{To: at(basic), Who: who(ben)})
	s.refused(err, chat.Unsupported)
	_, err = s.try(chat.Release{To: at(basic), Who: who(ben)})
	s.refused(err, chat.Unsupported)
	for _, e := range []chat.Outgoing{chat.Restrict{To: at(group), Who: who(channel)}, chat.Remove{To: at(group), Who: who(channel)}} {
		_, err = s.try(e)
		s.refused(err, chat.Unsupported)
	}
	_, err = s.try(chat.Ban{To: at(group), Who: who(channel)}) // it is the group's own
	s.refused(err, chat.Forbidden)
	s.same(len(s.adapter.memory.holds.save()), 0)
}

// deeds are all effects that govern, against people and messages for which each would change something.
func (s *stage) deeds() (group string, deeds map[string]chat.Outgoing) {
	s.t.Helper()
	ana, ben, group := s.table()
	carl, dora, emil := s.NewPerson("Carl"), s.NewPerson("Dora"), s.NewPerson("Emil")
	s.must(s.BanPerson(group, carl))
	s.must(s.Knock(dora, group, "I bake"))
	muted := s.NewPerson("Finn")
	s.must(s.Join(muted, group))
	s.do(chat.Restrict{To: at(group), Who: who(muted)})
	word := chat.Target{Refs: []chat.Ref{refOf(group, s.say(ben, group, "salt"))}}
	top := chat.Target{Refs: []chat.Ref{refOf(group, s.say(ana, group, "the rules"))}}
	s.do(chat.Pin{To: at(group), Target: top})
	return group, map[string]chat.Outgoing{
		"restrictChatMember": chat.Restrict{To: at(group), Who: who(ben)},
		"release":            chat.Release{To: at(group), Who: who(muted)},
		"banChatMember":      chat.Ban{To: at(group), Who: who(ben)},
		"unbanChatMember":    chat.Unban{To: at(group), Who: who(carl)},
		"remove":             chat.Remove{To: at(group), Who: who(ben)},

		"approveChatJoinRequest": chat.Admit{To: at(group), Who: who(dora)},
		"declineChatJoinRequest": chat.Decline{To: at(group), Who: who(dora)},
		"createChatInviteLink":   chat.Invite{To: at(group), Who: who(emil)},
		"pinChatMessage":         chat.Pin{To: at(group), Target: word},
		"unpinChatMessage":       chat.Unpin{To: at(group), Target: top},
		"deleteMessage":          chat.Delete{To: at(group), Target: word},
	}
}

func TestTroubleWithGoverningIsSorted(t *testing.T) {
	s := newStage(t, options())
	group, deeds := s.deeds()
	for method, e := range deeds {
		t.Log(method)
		fail := func(f telegramtest.Fault) error {
			s.Fail(f)
			defer s.Heal()
			_, err := s.try(e)
			return err
		}
		s.retried(fail(telegramtest.Fault{Kind: telegramtest.TooMany, Visible: true, RetryAfter: 9}), 9*time.Second, false)
		s.retried(fail(telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 9}), 9*time.Second, false)
		s.retried(fail(telegramtest.Fault{Kind: telegramtest.ServerError, Visible: true}), 0, false)
		s.retried(fail(telegramtest.Fault{Kind: telegramtest.BadGateway, Visible: true}), 0, false)
		s.retried(fail(telegramtest.Fault{Kind: telegramtest.DropBefore, Visible: true}), 0, false)
		s.refused(fail(telegramtest.Fault{Kind: telegramtest.Refuse, Visible: true, Code: 403, Description: "Forbidden: bot was kicked from the supergroup chat"}), chat.Forbidden)
		s.refused(fail(telegramtest.Fault{Kind: telegramtest.Refuse, Visible: true, Code: 400, Description: "Bad Request: CHAT_ADMIN_REQUIRED"}), chat.Forbidden)
		s.refused(fail(telegramtest.Fault{Kind: telegramtest.Refuse, Visible: true, Code: 400, Description: "Bad Request: chat not found"}), chat.NotFound)
	}
	s.must(s.SetBotRights(group, "can_promote_members"))
	for method, e := range deeds {
		t.Log(method)
		_, err := s.try(e)
		s.refused(err, chat.Forbidden)
	}
	if held := s.adapter.memory.holds.save(); len(held) != 1 {
		t.Errorf("after all those refusals there is to be given back %+v, want one", held)
	}
	s.must(s.RemoveBot(group))
	for method, e := range deeds {
		t.Log(method)
		_, err := s.try(e)
		s.refused(err, chat.Forbidden)
	}
}

func TestWhatWasDoneBeforeTheLineBrokeIsNotDoneTwice(t *testing.T) {
	for method := range func() map[string]chat.Outgoing { s := newStage(t, options()); _, d := s.deeds(); return d }() {
		t.Run(method, func(t *testing.T) {
			s := newStage(t, options())
			_, deeds := s.deeds()
			s.Fail(telegramtest.Fault{Kind: telegramtest.DropAfter, Visible: true})
			_, err := s.try(deeds[method])
			s.retried(err, 0, false)
			s.do(deeds[method])
			s.do(deeds[method])
		})
	}
}

// clock is the platform's own, which can run ahead.
type clock struct {
	mu    sync.Mutex // guards ahead
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

func unixIn(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }

func number(t *testing.T, id string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
