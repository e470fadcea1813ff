package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestPartsThatAreLines(t *testing.T) {
	base := `{"message_id":5,"date":1,"chat":{"id":-5,"type":"group"},"from":{"id":7,"first_name":"Ana","is_bot":false},`
	for body, want := range map[string]string{
		`"location":{"latitude":1.5,"longitude":2}`: "[location · 1.50000, 2.00000 https://www.openstreetmap.org/?mlat=1.50000&mlon=2.00000]",
		`"venue":{"title":"Bakery","address":"Main St 1","location":{"latitude":1,"longitude":2}},"location":{"latitude":1,"longitude":2}`: "[venue · Bakery · Main St 1 · 1.00000, 2.00000 https://www.openstreetmap.org/?mlat=1.00000&mlon=2.00000]",
		`"contact":{"phone_number":"+1","first_name":"Bo","last_name":"Li"}`:                                                               "[contact · Bo Li · +1]",
		`"poll":{"question":"When?","options":[{"text":"six"},{"text":"seven"}]}`:                                                          "[poll · When? · ○ six · ○ seven]",

		`"dice":{"emoji":"🎲","value":4}`: "[dice · 🎲 4]",

		`"checklist":{"title":"Shop","tasks":[{"text":"rye","completion_date":5},{"text":"salt"}]}`: "[checklist · Shop · ☑ rye · ☐ salt]",

		`"rich_message":{"blocks":[{"type":"heading","text":"Menu"},{"type":"paragraph","text":["so",{"type":"bold","text":"up"},"!"]},{"type":"list","items":[{"label":"1.","blocks":[{"type":"paragraph","text":"rye"}]}]}]}`: "[message · rich message · Menu soup! 1. rye]",

		`"story":{"id":4}`:          "[story · by somebody]",
		`"game":{"title":"Tetris"}`: "[game · Tetris]",
		`"audio":{"file_id":"f","duration":65,"title":"Song","performer":"Bo"}`:                                                    "[audio · Bo – Song (1:05)]",
		`"sticker":{"file_id":"f","emoji":"🍞","is_video":true,"file_size":2000}`:                                                   "[sticker · 🍞 (2 kB)]",
		`"photo":[{"file_id":"a","width":1,"height":1},{"file_id":"b","width":9,"height":9},{"file_id":"c","width":3,"height":3}]`: "[photo]",
		`"animation":{"file_id":"f","duration":2},"document":{"file_id":"f"}`:                                                      "[animation (0:02)]",
		`"pinned_message":{"message_id":4,"date":1,"chat":{"id":-5,"type":"group"}}`:                                               "",
		`"new_chat_title":"x"`:        "[title · x]",
		`"forum_topic_edited":{}`:     "[topic · a new icon]",
		`"write_access_allowed":{}`:   "",
		`"users_shared":{"users":[]}`: "",
	} {
		r := lone(t)
		events, _ := r.message(t.Context(), json.RawMessage(base+body+"}"))
		got := ""
		if len(events) > 0 {
			if p, ok := events[0].Body.(chat.Posted); ok {
				got = p.Parts[0].Describe()
			}
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestPhotoIsItsLargest(t *testing.T) {
	m := rawMedia{Photo: []rawFile{{ID: "a", Width: 90, Height: 90}, {ID: "b", Width: 800, Height: 600}, {ID: "c", Width: 320, Height: 320}}}
	if got := m.parts()[0].Media; got.Key != "b" || got.Width != 800 {
		t.Errorf("got %+v", got)
	}
}

func TestForwardsAndQuotes(t *testing.T) {
	base := `{"message_id":5,"date":1,"text":"x","chat":{"id":-5,"type":"group","title":"G"},"from":{"id":7,"first_name":"Ana","is_bot":false},`
	post := func(body string) chat.Posted {
		t.Helper()
		events, _ := lone(t).message(t.Context(), json.RawMessage(base+body+"}"))
		if len(events) != 1 {
			t.Fatalf("%s: %d events", body, len(events))
		}
		return events[0].Body.(chat.Posted)
	}
	for origin, want := range map[string]string{
		`{"type":"user","sender_user":{"id":9,"first_name":"Bo","last_name":"Li","is_bot":false}}`: "Bo Li",
		`{"type":"hidden_user","sender_user_name":"Shy"}`:                                          "Shy",
		`{"type":"chat","sender_chat":{"id":-9,"type":"group","title":"Den"}}`:                     "Den",
		`{"type":"channel","chat":{"id":-9,"type":"channel","title":"News"},"message_id":3}`:       "News",
		`{"type":"hologram"}`: "somebody",
	} {
		if got := post(`"forward_origin":` + origin).Forward; got != want {
			t.Errorf("%s: forwarded from %q, want %q", origin, got, want)
		}
	}
	p := post(`"external_reply":{"origin":{"type":"hidden_user","sender_user_name":"Shy"}},"quote":{"text":"so it is"}`)
	if p.Reply == nil || *p.Reply != (chat.Reply{Name: "Shy", Quote: "so it is"}) {
		t.Errorf("an answer to another chat is %+v", p.Reply)
	}
	p = post(`"reply_to_message":{"message_id":3,"date":1,"chat":{"id":-5,"type":"group"},"from":{"id":9,"first_name":"Bo","is_bot":false},"caption":"a long caption"},"quote":{"text":"long","position":2}`)
	if p.Reply == nil || *p.Reply != (chat.Reply{Ref: refOf("-5", "3"), Name: "Bo", Quote: "long"}) {
		t.Errorf("a quoting answer is %+v", p.Reply)
	}
}

// lone is a receiver without a server.
func lone(t *testing.T) *receiver {
	t.Helper()
	a := newAdapter(t, Config{Token: "123456:AAAAAAAAAAAAAAAAAAAAAAAA", API: "http://127.0.0.1:1"}, nil, &cursor{})
	a.me.Store(&rawUser{ID: 123456, Username: "potluck_test_bot"})
	return a.receiver
}

func TestOtherBotsAreTold(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	s.inject(fmt.Sprintf(`{"message":{"message_id":800,"date":1800000000,"text":"beep","chat":{"id":%s,"type":"supergroup"},"from":{"id":77,"is_bot":true,"first_name":"Other"}}}`, group))
	s.inject(fmt.Sprintf(`{"message":{"message_id":801,"date":1800000000,"text":"mine","chat":{"id":%s,"type":"supergroup"},"from":{"id":%d,"is_bot":true,"first_name":"Potluck"}}}`, group, s.BotID()))
	if e, _ := s.hearText("beep"); !e.By.Bot {
		t.Errorf("another bot is told as %+v", e.By)
	}
	for _, e := range s.settled(ana, group) {
		if p, ok := e.Body.(chat.Posted); ok && p.Text.Plain == "mine" {
			t.Error("our own message was told")
		}
	}
}

func TestABugCostsOneUpdate(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	s.prepare = func(a *Adapter) {
		a.receiver.rights = func(context.Context, int64, int64) (chat.Level, bool) {
			var none []int
			return chat.Level(none[5]), true
		}
	}
	s.restart()
	s.say(ana, group, "/break it")
	s.settled(ana, group)
	if !strings.Contains(s.logs.String(), "a bug of ours") {
		t.Error("nobody was told of the bug")
	}
}

func TestGapIsTold(t *testing.T) {
	s := newStage(t, options())
	s.stop()
	s.cursor.position = newMemory().save(time.Now().Add(-30 * time.Hour))
	s.start()
	ana := s.NewPerson("Ana")
	s.settled(ana, s.NewGroup("Kitchen", ana))
	if !strings.Contains(s.logs.String(), "is lost") {
		t.Error("thirty hours away passed without a word")
	}
}

func FuzzReceive(f *testing.F) {
	for _, seed := range []string{
		`{"update_id":1,"message":{"message_id":5,"date":1,"text":"a😀b /x","entities":[{"type":"bold","offset":1,"length":2},{"type":"text_link","offset":0,"length":9,"url":"x"}],"chat":{"id":-5,"type":"group"},"from":{"id":7,"first_name":"Ana","is_bot":false}}}`,
		`{"update_id":2,"edited_message":{"message_id":5,"date":1,"edit_date":2,"caption":"x","photo":[{"file_id":"a","width":1,"height":1}],"chat":{"id":-5,"type":"group"}}}`,
		`{"update_id":3,"message_reaction":{"chat":{"id":-5,"type":"group"},"message_id":1,"user":{"id":3},"date":1,"new_reaction":[{"type":"emoji","emoji":"x"}]}}`,
		`{"update_id":4,"chat_member":{"chat":{"id":-5},"from":{"id":1},"date":1,"old_chat_member":{"status":"left"},"new_chat_member":{"status":"member","user":{"id":4,"first_name":"B"}}}}`,
		`{"update_id":5,"message":{"message_id":5,"rich_message":{"blocks":[{"text":[[["deep"]]]}]},"chat":{"id":-5}}}`,
		`{"message":{"message_id":"x","chat":{"id":1,"type":7}}}`,
		`{"update_id":6,"callback_query":{"id":"77","from":{"id":7,"first_name":"Ana"},"data":"3","message":{"message_id":5,"date":0,"chat":{"id":-5,"type":"supergroup"}}}}`,
		`{"update_id":7,"callback_query":{"id":"78","from":{"id":7},"data":"0","inline_message_id":"x"}}`,
		`{"update_id":9,"message":{"message_id":6,"date":1,"poll":{"id":"9","question":"When?","type":"quiz","is_anonymous":true,"options":[{"text":"six"},{"text":"seven"}]},"chat":{"id":-5,"type":"supergroup","is_forum":true}}}`,
		`{"update_id":10,"poll":{"id":"9","question":"When?","is_closed":true,"options":[]}}`,
		`{"update_id":11,"poll_answer":{"poll_id":"9","user":{"id":7,"first_name":"Ana"},"option_ids":[1]}}`,
		`{"update_id":12,"message":{"message_id":7,"date":1,"venue":{"title":"T","address":"A","location":{"latitude":91,"longitude":1}},"chat":{"id":-5}}}`,
		`{"update_id":13,"edited_message":{"message_id":7,"date":1,"edit_date":9,"location":{"latitude":1,"longitude":1,"live_period":60},"chat":{"id":-5}}}`,
		`{"update_id":14,"message":{"message_id":8,"message_thread_id":8,"is_topic_message":true,"forum_topic_created":{"name":"Bread"},"chat":{"id":-5,"type":"supergroup","is_forum":true}}}`,
		`{"update_id":15,"message":{"message_id":9,"checklist_tasks_done":{"marked_as_done_task_ids":[1]},"chat":{"id":-5}}}`,
		`{"update_id":16,"message":{"message_id":9,"pinned_message":{"message_id":3,"chat":{"id":-5}},"chat":{"id":-5}}}`,
		`{"update_id":17,"message":{"message_id":9,"message_auto_delete_timer_changed":{"message_auto_delete_time":-5},"video_chat_ended":{"duration":9223372036854775807},"invoice":{"currency":"EUR","total_amount":-9223372036854775808},"chat":{"id":-5}}}`,
		`{"update_id":8,"chat_join_request":{"chat":{"id":-5,"type":"supergroup"},"from":{"id":7,"first_name":"Ana","username":"ana"},"user_chat_id":7,"date":1,"bio":"I bake"}}`,
	} {
		f.Add([]byte(seed))
	}
	a, err := New(Config{Token: "123456:AAAAAAAAAAAAAAAAAAAAAAAA", API: "http://127.0.0.1:1"}, nil, &cursor{}, discard())
	if err != nil {
		f.Fatal(err)
	}
	r := a.receiver
	told := &logs{}
	r.log = slog.New(slog.NewTextHandler(told, nil))
	r.rights = func(context.Context, int64, int64) (chat.Level, bool) { return chat.Member, true } // there is no server
	r.timer = func(context.Context, int64) time.Duration { return 0 }
	f.Fuzz(func(t *testing.T, raw []byte) {
		told.buf.Reset()
		events, done := r.receive(t.Context(), raw)
		if strings.Contains(told.String(), "a bug of ours") {
			t.Fatal(told.String())
		}
		for _, note := range done {
			note()
		}
		for _, e := range events {
			if e.ID == "" || e.Chat.ID == "" || e.Body == nil {
				t.Fatalf("not an event: %+v", e)
			}
			b, err := chat.EncodeEvent(e)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := chat.DecodeEvent(b); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if p, ok := e.Body.(chat.Posted); ok && (p.Text.Plain == "" && len(p.Parts) == 0) {
				t.Fatalf("empty message told: %+v", p)
			}
		}
	})
}
