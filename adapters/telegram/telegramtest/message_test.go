package telegramtest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

func bold(offset, length int) map[string]any {
	return map[string]any{"type": "bold", "offset": offset, "length": length}
}

func TestTextRules(t *testing.T) {
	s := start(t, fast())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	link := func(u string) []map[string]any {
		return []map[string]any{{"type": "text_link", "offset": 0, "length": 1, "url": u}}
	}
	for _, c := range []struct {
		text     string
		entities []map[string]any
		want     string // words of the refusal, empty = taken
	}{
		{" \n\t ", nil, "message text is empty"},
		{strings.Repeat("x", 4096), nil, ""},
		{strings.Repeat("x", 4097), nil, "message is too long"},
		{strings.Repeat("😀", 4096), nil, ""},
		{strings.Repeat("😀", 8200), nil, "text is too long"},
		{"😀", []map[string]any{bold(1, 1)}, "begins in a middle of a UTF-16 symbol"},
		{"😀", []map[string]any{bold(0, 1)}, "ends in a middle of a UTF-16 symbol"},
		{"ab", []map[string]any{bold(3, 1)}, "begins after the end of the text"},
		{"ab", []map[string]any{bold(1, 5)}, "ends after the end of the text"},
		{"ab", []map[string]any{bold(-1, 5)}, "can't parse entities"},
		{"ab", link("http://localhost/x"), "wrong HTTP URL"},
		{"ab", link("javascript:alert(1)"), "Unsupported URL protocol"},
		{"ab", link("matrix:r/x"), "Unsupported URL protocol"},
		{"ab", link("ftp://a.b/c"), "Unsupported URL protocol"},
		{"ab", link("https://a.b:99x/c"), "Wrong port"},
		{"ab", link("https://example.org/a?b=c#d"), ""},
		{"ab", link("tg://user?id=1"), ""},
	} {
		params := map[string]any{"chat_id": group, "text": c.text}
		if c.entities != nil {
			params["entities"] = c.entities
		}
		g := ask(t, s, "sendMessage", params)
		if c.want == "" {
			must(t, g)
			continue
		}
		refused(t, g, 400, c.want)
	}
}

func TestNormalisesEntities(t *testing.T) {
	e := func(kind string, from, to int) wireEntity {
		return wireEntity{Type: kind, Offset: from, Length: to - from}
	}
	for _, c := range []struct {
		name, text, wantText string
		in, want             []wireEntity
	}{
		{"adjacent merged", "abcdef", "abcdef", []wireEntity{e("bold", 0, 2), e("bold", 2, 4)}, []wireEntity{e("bold", 0, 4)}},
		{
			"crossing split", "abcdefgh", "abcdefgh",
			[]wireEntity{e("bold", 0, 5), e("italic", 3, 8)},
			[]wireEntity{e("bold", 0, 5), e("italic", 3, 5), e("italic", 5, 8)},
		},
		{
			"nothing in code", "abcdef", "abcdef",
			[]wireEntity{e("bold", 0, 6), e("code", 2, 4)},
			[]wireEntity{e("bold", 0, 2), e("code", 2, 4), e("bold", 4, 6)},
		},
		{
			"first link wins", "abcdef", "abcdef",
			[]wireEntity{{Type: "text_link", Offset: 0, Length: 4, URL: "https://a.b"}, {Type: "text_link", Offset: 2, Length: 4, URL: "https://c.d"}},
			[]wireEntity{{Type: "text_link", Offset: 0, Length: 4, URL: "https://a.b"}},
		},
		{"quotes do not nest", "abcdef", "abcdef", []wireEntity{e("blockquote", 0, 6), e("blockquote", 1, 3)}, []wireEntity{e("blockquote", 0, 6)}},
		{"trailing space cut", "ab  \n", "ab", []wireEntity{e("bold", 0, 5)}, []wireEntity{e("bold", 0, 2)}},
		{"leading space stays in an entity", "  ab", "  ab", []wireEntity{e("bold", 0, 4)}, []wireEntity{e("bold", 0, 4)}},
		{"leading space goes", "  ab", "ab", []wireEntity{e("bold", 3, 4)}, []wireEntity{e("bold", 1, 2)}},
		{"controls", "a\tb\rc\u202ed", "a bcd", []wireEntity{e("italic", 4, 7)}, []wireEntity{e("italic", 3, 5)}},
		{"white space alone", "a b", "a b", []wireEntity{e("bold", 1, 2)}, nil},
	} {
		got, err := normalise(c.text, c.in)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got.entities, cmpopts.EquateEmpty()); got.plain != c.wantText || d != "" {
			t.Errorf("%s: text %q, entities %s", c.name, got.plain, d)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("ab😀cd ef", []byte{0, 0, 4, 1, 2, 5, 5, 1, 3})
	f.Add("  x\r\n ", []byte{9, 0, 5, 3, 1, 2})
	f.Add("ab🦀c\x10 ", []byte{0, 1, 4, 1, 2, 5, 73, 0, 2, 5, 5, 0, 253}) // equal only after trimming
	kinds := []string{"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote", "expandable_blockquote", "text_mention", "hashtag"}
	f.Fuzz(func(t *testing.T, text string, raw []byte) {
		var list []wireEntity
		for ; len(raw) >= 3; raw = raw[3:] {
			list = append(list, wireEntity{Type: kinds[int(raw[0])%len(kinds)], Offset: int(int8(raw[1])), Length: int(int8(raw[2]))})
		}
		once, err := normalise(text, list)
		if err != nil {
			return
		}
		for i, a := range once.entities {
			for _, b := range once.entities[i+1:] {
				if overlap(a, b) && !inside(b, a) {
					t.Fatalf("%+v and %+v cross", a, b)
				}
			}
		}
		if once.plain == "" {
			return
		}
		twice, err := normalise(once.plain, once.entities)
		if err != nil {
			t.Fatalf("its own result is refused: %v", err)
		}
		if d := cmp.Diff(once.entities, twice.entities, cmpopts.EquateEmpty()); d != "" || once.plain != twice.plain {
			t.Fatalf("not idempotent: %q %q %s", once.plain, twice.plain, d)
		}
	})
}

func TestRepliesFollowTheRules(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	id := say(t, s, ana, group, "question")
	reply := func(p map[string]any) got {
		return ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "answer", "reply_parameters": p})
	}
	sent := messageIn(t, must(t, reply(map[string]any{"message_id": json.Number(id)})).Result)
	if sent.ReplyToMessage == nil || sent.ReplyToMessage.Text != "question" {
		t.Errorf("reply_to_message = %+v", sent.ReplyToMessage)
	}
	refused(t, reply(map[string]any{"message_id": 999}), 400, "message to be replied not found")
	must(t, reply(map[string]any{"message_id": 999, "allow_sending_without_reply": true}))
	refused(t, reply(map[string]any{"message_id": json.Number(id), "quote": "nonsense"}), 400, "QUOTE_TEXT_INVALID")
}

func TestEditsAndDeletes(t *testing.T) {
	now := time.Unix(1800000000, 0)
	o := fast()
	o.Now = func() time.Time { return now }
	s := start(t, o)
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	id := messageIn(t, must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "one"})).Result).MessageID
	edit := func(method string, p map[string]any) got {
		p["chat_id"], p["message_id"] = group, id
		return ask(t, s, method, p)
	}
	must(t, edit("editMessageText", map[string]any{"text": "two"}))
	refused(t, edit("editMessageText", map[string]any{"text": "two"}), 400, "message is not modified")
	refused(t, edit("editMessageCaption", map[string]any{"caption": "x"}), 400, "there is no caption in the message to edit")
	theirs := say(t, s, ana, group, "hers")
	refused(t, ask(t, s, "editMessageText", map[string]any{"chat_id": group, "message_id": theirs, "text": "x"}), 400, "message can't be edited")
	refused(t, ask(t, s, "editMessageText", map[string]any{"chat_id": group, "message_id": 999, "text": "x"}), 400, "message to edit not found")
	now = now.Add(100 * time.Hour)
	must(t, edit("editMessageText", map[string]any{"text": "three"}))
	must(t, ask(t, s, "deleteMessages", map[string]any{"chat_id": group, "message_ids": []any{id, 999, json.Number(theirs)}}))
	refused(t, edit("deleteMessage", map[string]any{}), 400, "message to delete not found")
	person := s.NewPerson("Ben")
	s.Private(person)
	old := messageIn(t, must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": person, "text": "x"})).Result).MessageID
	now = now.Add(49 * time.Hour)
	refused(t, ask(t, s, "deleteMessage", map[string]any{"chat_id": person, "message_id": old}), 400, "message can't be deleted")
}

func TestReactions(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	id := say(t, s, ana, group, "hi")
	react := func(list ...string) got {
		var out []map[string]string
		for _, e := range list {
			out = append(out, map[string]string{"type": "emoji", "emoji": e})
		}
		return ask(t, s, "setMessageReaction", map[string]any{"chat_id": group, "message_id": json.Number(id), "reaction": append([]map[string]string{}, out...)})
	}
	must(t, react("👍"))
	must(t, react("❤"))
	refused(t, react("❤️"), 400, "REACTION_INVALID")
	refused(t, react("🦊"), 400, "REACTION_INVALID")
	refused(t, react("❤", "👍"), 400, "REACTIONS_TOO_MANY")
	shown := s.Messages(group)
	if d := cmp.Diff(map[string][]string{"❤": {"Potluck"}}, shown[len(shown)-1].Reactions); d != "" {
		t.Error(d)
	}
	must(t, react())
}

func TestAlbumsAreSeparateUpdates(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	drain(t, s)
	media := []world.Media{{Kind: chat.Photo, Name: "a.jpg", Bytes: []byte("a")}, {Kind: chat.Photo, Name: "b.jpg", Bytes: []byte("b")}}
	if _, err := s.Say(ana, group, world.Say{Text: chat.Plain("look"), Media: media}); err != nil {
		t.Fatal(err)
	}
	list := updates(t, s, nil)
	if len(list) != 2 {
		t.Fatalf("got %d updates, want one for each photo", len(list))
	}
	a, b := messageIn(t, list[0]["message"]), messageIn(t, list[1]["message"])
	if a.MediaGroupID == "" || a.MediaGroupID != b.MediaGroupID || a.Caption != "look" || b.Caption != "" || len(b.Photo) == 0 {
		t.Errorf("got %+v and %+v", a, b)
	}
	got := must(t, ask(t, s, "getFile", map[string]any{"file_id": b.Photo[len(b.Photo)-1].FileID}))
	var f wireFile
	if err := json.Unmarshal(got.Result, &f); err != nil || f.FilePath == "" {
		t.Fatalf("getFile: %v %+v", err, f)
	}
}

func TestMigrationRestartsIDs(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewBasicGroup("Kitchen", ana)
	say(t, s, ana, group, "before")
	drain(t, s)
	next, err := s.Migrate(group)
	if err != nil {
		t.Fatal(err)
	}
	g := ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "x"})
	refused(t, g, 400, "group chat was upgraded to a supergroup chat")
	if got := json.Number(next); got.String() != next || g.Parameters.MigrateToChatID == 0 {
		t.Errorf("migrate_to_chat_id = %d, want %s", g.Parameters.MigrateToChatID, next)
	}
	list := updates(t, s, nil)
	if len(list) != 2 || messageIn(t, list[0]["message"]).MigrateToChatID == 0 || messageIn(t, list[1]["message"]).MigrateFromChatID == 0 {
		t.Errorf("updates of the migration: %v", list)
	}
	if id := messageIn(t, must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": next, "text": "x"})).Result).MessageID; id != 2 {
		t.Errorf("the first message after the migration's own has id %d, want 2", id)
	}
}

func TestTopics(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	forum := s.NewForum("House", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	if err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	say(t, s, ana, bread, "dough")
	m := messageIn(t, updates(t, s, nil)[0]["message"])
	if !m.IsTopicMessage || m.MessageThreadID == 0 || m.ReplyToMessage == nil || m.ReplyToMessage.MessageID != m.MessageThreadID {
		t.Errorf("got %+v", m)
	}
	refused(t, ask(t, s, "sendMessage", map[string]any{"chat_id": m.Chat.ID, "text": "x", "message_thread_id": 1}), 400, "message thread not found")
	must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": m.Chat.ID, "text": "x", "message_thread_id": m.MessageThreadID}))
	refused(t, ask(t, s, "sendMessage", map[string]any{
		"chat_id": m.Chat.ID, "text": "x",
		"reply_parameters": map[string]any{"message_id": m.MessageID, "allow_sending_without_reply": true},
	}), 400, "message to be replied not found")
}

func TestLinkedChannelIsForwarded(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group, channel := s.NewGroup("Talk", ana), s.NewChannel("News", ana)
	if err := s.Link(channel, group); err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": channel, "text": "by the bot itself"}))
	list := updates(t, s, nil)
	if len(list) != 1 {
		t.Fatalf("got %d updates, want the automatic forward alone", len(list))
	}
	m := messageIn(t, list[0]["message"])
	if !m.IsAutomaticForward || m.From.ID != serviceID || m.SenderChat == nil {
		t.Errorf("got %+v", m)
	}
}

func TestAnonymousAdministrator(t *testing.T) {
	s := start(t, fast())
	group := s.NewGroup("Talk", s.NewPerson("Ana"))
	drain(t, s)
	if _, err := s.SayAs(group, group, world.Say{Text: chat.Plain("order!")}); err != nil {
		t.Fatal(err)
	}
	m := messageIn(t, updates(t, s, nil)[0]["message"])
	if m.From.ID != anonymousID || m.SenderChat == nil || m.SenderChat.ID != m.Chat.ID {
		t.Errorf("got %+v", m)
	}
}

func TestPollsAreToldForTheBotsOwn(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Talk", ana)
	drain(t, s)
	sent := must(t, ask(t, s, "sendPoll", map[string]any{
		"chat_id": group, "question": "When?", "is_anonymous": false,
		"options": []map[string]string{{"text": "six"}, {"text": "seven"}},
	}))
	id := json.Number(strings.TrimSpace(string(mustRaw(t, sent.Result, "message_id")))).String()
	if err := s.CastVote(ana, group, id, 1); err != nil {
		t.Fatal(err)
	}
	list := updates(t, s, nil)
	if len(list) != 2 || list[0]["poll_answer"] == nil || list[1]["poll"] == nil {
		t.Errorf("got %v", list)
	}
}

func mustRaw(t *testing.T, raw json.RawMessage, name string) json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members[name]
}
