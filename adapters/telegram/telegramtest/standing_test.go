package telegramtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestModerationRules(t *testing.T) {
	s := start(t, fast())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	group := s.NewGroup("Talk", ana, ben)
	mute := map[string]any{"chat_id": group, "user_id": ben, "permissions": map[string]bool{}, "until_date": time.Now().Add(10 * time.Second).Unix()}
	must(t, ask(t, s, "restrictChatMember", mute))
	if !strings.Contains(string(must(t, ask(t, s, "getChatMember", map[string]any{"chat_id": group, "user_id": ben})).Result), `"until_date":0`) {
		t.Error("a restriction of ten seconds is not for ever")
	}
	if _, err := s.Say(ben, group, world.Say{Text: chat.Plain("mmh")}); err == nil {
		t.Error("the restricted member could post")
	}
	mute["user_id"] = ana
	refused(t, ask(t, s, "restrictChatMember", mute), 400, "can't remove chat owner")
	must(t, ask(t, s, "unbanChatMember", map[string]any{"chat_id": group, "user_id": ben, "only_if_banned": true}))
	must(t, ask(t, s, "banChatMember", map[string]any{"chat_id": group, "user_id": ben}))
	if err := s.Join(ben, group); err == nil {
		t.Error("the banned member came back")
	}
}

func TestJoinRequests(t *testing.T) {
	now := time.Unix(1800000000, 0)
	o := fast()
	o.Now = func() time.Time { return now }
	s := start(t, o)
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	group := s.NewGroup("Talk", ana)
	drain(t, s)
	if err := s.Knock(ben, group, "I bake"); err != nil {
		t.Fatal(err)
	}
	if list := updates(t, s, nil); len(list) != 1 || list[0]["chat_join_request"] == nil {
		t.Fatalf("got %v", list)
	}
	hello := map[string]any{"chat_id": ben, "text": "who are you?"}
	must(t, ask(t, s, "sendMessage", hello))
	now = now.Add(6 * time.Minute)
	refused(t, ask(t, s, "sendMessage", hello), 403, "can't initiate conversation")
	must(t, ask(t, s, "approveChatJoinRequest", map[string]any{"chat_id": group, "user_id": ben}))
	refused(t, ask(t, s, "approveChatJoinRequest", map[string]any{"chat_id": group, "user_id": ben}), 400, "USER_ALREADY_PARTICIPANT")
	if got := s.Members(group); len(got) != 2 {
		t.Errorf("members are %v", got)
	}
}

func TestButtons(t *testing.T) {
	now := time.Unix(1800000000, 0)
	o := fast()
	o.Now = func() time.Time { return now }
	s := start(t, o)
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Talk", ana)
	drain(t, s)
	keys := func(data string) map[string]any {
		return map[string]any{"inline_keyboard": [][]map[string]string{{{"text": "yes", "callback_data": data}}}}
	}
	long := ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "?", "reply_markup": keys(strings.Repeat("ж", 33))})
	refused(t, long, 400, "") // 66 bytes
	s.violations = nil
	m := messageIn(t, must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "?", "reply_markup": keys("y")})).Result)
	query, err := s.PressButton(ana, group, json.Number(strings.TrimSpace(jsonOf(t, m.MessageID))).String(), "y")
	if err != nil {
		t.Fatal(err)
	}
	must(t, ask(t, s, "answerCallbackQuery", map[string]any{"callback_query_id": query}))
	refused(t, ask(t, s, "answerCallbackQuery", map[string]any{"callback_query_id": query}), 400, "query is too old")
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func every(on bool) map[string]bool {
	out := map[string]bool{}
	for _, p := range memberPermissions() {
		out[p] = on
	}
	return out
}

func TestRestrictionsEndByThemselves(t *testing.T) {
	now := time.Unix(1800000000, 0)
	o := fast()
	o.Now = func() time.Time { return now }
	s := start(t, o)
	ana, ben, carl := s.NewPerson("Ana"), s.NewPerson("Ben"), s.NewPerson("Carl")
	group := s.NewGroup("Talk", ana, ben, carl)
	until := func(person string, d time.Duration) map[string]any {
		return map[string]any{"chat_id": group, "user_id": person, "permissions": every(false), "until_date": now.Add(d).Unix()}
	}
	must(t, ask(t, s, "restrictChatMember", until(ben, time.Minute)))
	must(t, ask(t, s, "banChatMember", map[string]any{"chat_id": group, "user_id": carl, "until_date": now.Add(time.Hour).Unix()}))
	same(t, s.Rights(ben, group), world.Rights{In: true, Raw: "restricted until 1800000060"})
	now = now.Add(2 * time.Minute)
	same(t, s.Rights(ben, group), world.Rights{In: true, MayWrite: true, Raw: "member"})
	same(t, s.Rights(carl, group).Banned, true)
	now = now.Add(time.Hour)
	same(t, s.Rights(carl, group), world.Rights{Raw: "left"})
	for _, d := range []time.Duration{29 * time.Second, 367 * 24 * time.Hour} {
		must(t, ask(t, s, "restrictChatMember", until(ben, d)))
		same(t, s.Rights(ben, group).Raw, "restricted") // for ever
	}
}

func TestPermissionsAsTheyAreGiven(t *testing.T) {
	s := start(t, fast())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	group := s.NewGroup("Talk", ana, ben)
	permit := func(independent bool, allowed map[string]bool) string {
		t.Helper()
		must(t, ask(t, s, "restrictChatMember", map[string]any{
			"chat_id": group, "user_id": ben, "permissions": allowed, "use_independent_chat_permissions": independent,
		}))
		return s.Rights(ben, group).Raw
	}
	same(t, permit(true, map[string]bool{"can_send_polls": true}), "restricted: can_send_polls")
	same(t, permit(false, map[string]bool{"can_send_polls": true}), "restricted: can_send_messages, can_send_polls")
	same(t, permit(true, map[string]bool{"can_send_messages": true}), "restricted: can_react_to_messages, can_send_messages")
	same(t, permit(true, every(true)), "member")
	word := say(t, s, ana, group, "hello")
	same(t, permit(true, every(false)), "restricted")
	if err := s.React(ben, group, word, "👍", true); err == nil {
		t.Error("who may do nothing reacted")
	}
	if err := s.Leave(ben, group); err != nil {
		t.Fatal(err)
	}
	same(t, s.Rights(ben, group).Raw, "restricted outside")
	if err := s.Join(ben, group); err != nil {
		t.Fatal(err)
	}
	same(t, s.Rights(ben, group).Raw, "restricted")
	must(t, ask(t, s, "banChatMember", map[string]any{"chat_id": group, "user_id": ben}))
	same(t, permit(true, every(true)), "left") // a ban ends by it
}

func TestBasicGroupsHaveFewerMeans(t *testing.T) {
	s := start(t, fast())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	group := s.NewBasicGroup("Talk", ana, ben)
	one := map[string]any{"chat_id": group, "user_id": ben}
	refused(t, ask(t, s, "restrictChatMember", map[string]any{"chat_id": group, "user_id": ben, "permissions": every(false)}), 400, onlySupergroups)
	refused(t, ask(t, s, "unbanChatMember", one), 400, onlyChannels)
	must(t, ask(t, s, "banChatMember", one))
	same(t, s.Rights(ben, group), world.Rights{Raw: "left"})
	if err := s.Join(ben, group); err != nil {
		t.Errorf("a basic group kept somebody out: %v", err)
	}
}

func TestUnban(t *testing.T) {
	s := start(t, fast())
	ana, ben, carl := s.NewPerson("Ana"), s.NewPerson("Ben"), s.NewPerson("Carl")
	group := s.NewGroup("Talk", ana, ben, carl)
	must(t, ask(t, s, "unbanChatMember", map[string]any{"chat_id": group, "user_id": ben})) // removes who is there
	same(t, s.Rights(ben, group), world.Rights{Raw: "left"})
	must(t, ask(t, s, "unbanChatMember", map[string]any{"chat_id": group, "user_id": carl, "only_if_banned": true}))
	same(t, s.Rights(carl, group).In, true)
	if err := s.SetBotRights(group); err != nil {
		t.Fatal(err)
	}
	refused(t, ask(t, s, "unbanChatMember", map[string]any{"chat_id": group, "user_id": carl}), 400, "not enough rights")
}

func TestLinksForAFew(t *testing.T) {
	now := time.Unix(1800000000, 0)
	o := fast()
	o.Now = func() time.Time { return now }
	s := start(t, o)
	ana, ben, carl := s.NewPerson("Ana"), s.NewPerson("Ben"), s.NewPerson("Carl")
	group := s.NewGroup("Talk", ana)
	link := func(more map[string]any) string {
		t.Helper()
		more["chat_id"] = group
		var made wireInvite
		if err := json.Unmarshal(must(t, ask(t, s, "createChatInviteLink", more)).Result, &made); err != nil {
			t.Fatal(err)
		}
		return made.InviteLink
	}
	single := link(map[string]any{"member_limit": 1, "name": "for Ben"})
	if err := s.JoinByLink(ben, single); err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]string{"used up": single, "unknown": "https://t.me/+nothing"} {
		if s.JoinByLink(carl, other) == nil {
			t.Errorf("a link that is %s lets in", what)
		}
	}
	short := link(map[string]any{"expire_date": now.Add(time.Minute).Unix()})
	revoked := link(map[string]any{})
	must(t, ask(t, s, "revokeChatInviteLink", map[string]any{"chat_id": group, "invite_link": revoked}))
	now = now.Add(time.Hour)
	if s.JoinByLink(carl, short) == nil || s.JoinByLink(carl, revoked) == nil {
		t.Error("a link that is over lets in")
	}
	if err := s.JoinByLink(carl, link(map[string]any{"creates_join_request": true})); err != nil {
		t.Fatal(err)
	}
	same(t, s.Waiting(group), []string{carl})
	if err := s.Knock(carl, group, "again"); err == nil || s.Knock(ben, group, "") == nil || s.Knock(carl, group, strings.Repeat("x", 141)) == nil {
		t.Error("a knock that means nothing passed")
	}
	refused(t, ask(t, s, "createChatInviteLink", map[string]any{"chat_id": group, "member_limit": 1, "creates_join_request": true}), 400, "member limit")
	if err := s.BanPerson(group, ben); err != nil {
		t.Fatal(err)
	}
	if s.JoinByLink(ben, link(map[string]any{})) == nil || s.Knock(ben, group, "") == nil {
		t.Error("a banned person comes in, or to the door")
	}
}

func TestPins(t *testing.T) {
	s := start(t, fast())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	group := s.NewGroup("Talk", ana, ben)
	first, second := say(t, s, ana, group, "first"), say(t, s, ben, group, "second")
	pin := func(id string) map[string]any { return map[string]any{"chat_id": group, "message_id": json.Number(id)} }
	if err := s.SetPinned(ben, group, second, true); err == nil {
		t.Error("a member without the right pinned")
	}
	must(t, ask(t, s, "pinChatMessage", pin(first)))
	if err := s.SetPinned(ana, group, second, true); err != nil {
		t.Fatal(err)
	}
	same(t, s.Pinned(group), []string{first, second})
	refused(t, ask(t, s, "pinChatMessage", pin(first)), 400, "CHAT_NOT_MODIFIED")
	must(t, ask(t, s, "unpinChatMessage", pin(first)))
	refused(t, ask(t, s, "unpinChatMessage", pin(first)), 400, "CHAT_NOT_MODIFIED")
	if err := s.Delete(ben, group, second); err != nil {
		t.Fatal(err)
	}
	same(t, len(s.Pinned(group)), 0)
	refused(t, ask(t, s, "unpinChatMessage", pin(second)), 400, "message to unpin not found")
}

func TestKeyboardsAreChecked(t *testing.T) {
	s := start(t, Options{Second: 5 * time.Millisecond}) // the schema would refuse some of it before
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Talk", ana)
	for button, words := range map[string]string{
		`{"text":"x"}`: "text buttons", `{"text":"","callback_data":"1"}`: "text",
		`{"text":"x","callback_data":"1","copy_text":{"text":""}}`: "text buttons",
	} {
		g := ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "?", "reply_markup": json.RawMessage(`{"inline_keyboard":[[` + button + `]]}`)})
		refused(t, g, 400, words)
	}
	row := strings.TrimSuffix(strings.Repeat(`{"text":"x","callback_data":"1"},`, 9), ",")
	refused(t, ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "?", "reply_markup": json.RawMessage(`{"inline_keyboard":[[` + row + `]]}`)}), 400, "TOO_LONG")
	m := messageIn(t, must(t, ask(t, s, "sendMessage", map[string]any{
		"chat_id": group, "text": "?",
		"reply_markup": json.RawMessage(`{"inline_keyboard":[[{"text":"a","callback_data":"0"}],[{"text":"b","callback_data":"1"}]]}`),
	})).Result)
	shown := s.Messages(group)
	same(t, shown[len(shown)-1].Choices, []string{"a", "b"})
	id := fmt.Sprint(m.MessageID)
	if s.Press(s.NewPerson("Carl"), group, id, 0) == nil || s.Press(ana, group, id, 2) == nil {
		t.Error("a button that is not there, or by who is not there, was pressed")
	}
	drain(t, s)
	if err := s.Press(ana, group, id, 1); err != nil {
		t.Fatal(err)
	}
	same(t, strings.Contains(string(updates(t, s, nil)[0]["callback_query"]), `"data":"1"`), true)
	same(t, s.Unanswered(), 1)
}

func TestChannelsKeptOut(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group, own, other := s.NewGroup("Talk", ana), s.NewChannel("Own", ana), s.NewChannel("Other", ana)
	if err := s.Link(own, group); err != nil {
		t.Fatal(err)
	}
	ban := func(sender string) map[string]any {
		return map[string]any{"chat_id": group, "sender_chat_id": json.Number(sender)}
	}
	refused(t, ask(t, s, "banChatSenderChat", ban(own)), 400, "PARTICIPANT_ID_INVALID")
	refused(t, ask(t, s, "banChatSenderChat", ban("-1009")), 400, "chat not found")
	must(t, ask(t, s, "banChatSenderChat", ban(other)))
	if _, err := s.SayAs(other, group, world.Say{Text: chat.Plain("x")}); err == nil {
		t.Error("a banned channel posted")
	}
	must(t, ask(t, s, "unbanChatSenderChat", ban(other)))
	if _, err := s.SayAs(other, group, world.Say{Text: chat.Plain("x")}); err != nil {
		t.Error(err)
	}
}
