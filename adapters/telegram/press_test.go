package telegram

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func offered(labels ...string) []chat.Choice {
	var out []chat.Choice
	for _, l := range labels {
		out = append(out, chat.Choice{Label: l, Ask: "case " + l})
	}
	return out
}

// choices returns what can be pressed under each message of the bot.
func (s *stage) choices(group string) [][]string {
	var out [][]string
	for _, m := range s.bySelf(group) {
		out = append(out, m.Choices)
	}
	return out
}

func TestPressBecomesAnEvent(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	s.SetUsername(ben, "ben_broth")
	refs := s.do(chat.Send{To: at(group), Text: chat.Plain("a report"), Choices: offered("Claim", "Close")}).Refs
	s.same(s.choices(group), [][]string{{"Claim", "Close"}})
	s.must(s.Press(ben, group, refs[0].ID, 1))
	s.must(s.Press(ana, group, refs[0].ID, 0))
	e, p := hear(s, func(e chat.Event, _ chat.Pressed) bool { return e.By.Identity == who(ben) })
	s.same(p, chat.Pressed{Ref: refs[0], N: 1})
	s.same(e.By, chat.Person{Identity: who(ben), Name: "Ben", Nick: "ben_broth", Level: chat.Member})
	s.same([]any{e.Chat, e.Title, e.Private, e.At.IsZero()}, []any{at(group), "Kitchen", false, false})
	e, p = hear(s, func(e chat.Event, _ chat.Pressed) bool { return e.By.Identity == who(ana) })
	s.same([]any{p.N, e.By.Level}, []any{0, chat.Organiser})
	s.until("every press is answered", func() bool { return s.Unanswered() == 0 })
	s.Repeat(3)
	presses := map[chat.EventID]bool{}
	for _, e := range s.settled(ana, group) {
		if _, ok := e.Body.(chat.Pressed); ok {
			presses[e.ID] = true
		}
	}
	s.same(len(presses), 2) // what is delivered again has the same id
}

func TestEveryPressIsAnswered(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	refs := s.do(chat.Send{To: at(group), Text: chat.Plain("a report"), Choices: offered("Claim")}).Refs
	s.Fail(telegramtest.Fault{Kind: telegramtest.ServerError, Method: "answerCallbackQuery"})
	s.must(s.Press(ben, group, refs[0].ID, 0))
	s.until("a press is answered although the first try failed", func() bool { return s.Unanswered() == 0 })
	s.Fail(telegramtest.Fault{Kind: telegramtest.ServerError, Method: "getChatMember"})
	s.must(s.Press(ana, group, refs[0].ID, 0))
	e, _ := hear(s, func(e chat.Event, _ chat.Pressed) bool { return e.By.Identity == who(ana) })
	s.same([]any{e.By.Level, e.By.Unsure}, []any{chat.Member, true})

	s.do(chat.Delete{To: at(group), Target: chat.Target{Refs: refs}})
	_, err := s.PressButton(ben, group, refs[0].ID, "0") // by who has not seen that it is gone
	s.must(err)
	post(t, s.URL()+"/bot"+s.Token()+"/sendMessage?chat_id="+group+"&text=x&reply_markup="+
		`%7B%22inline_keyboard%22:%5B%5B%7B%22text%22:%22old%22,%22callback_data%22:%22vote:17%22%7D%5D%5D%7D`, "", nil)
	texts := s.bySelf(group)
	_, err = s.PressButton(ben, group, texts[len(texts)-1].ID, "vote:17") // of another program with this token
	s.must(err)
	var pressed []chat.Ref
	for _, e := range s.settled(ben, group) {
		if p, ok := e.Body.(chat.Pressed); ok {
			pressed = append(pressed, p.Ref)
		}
	}
	s.same(pressed, []chat.Ref{refs[0], refs[0], refs[0]})
	s.until("all are answered", func() bool { return s.Unanswered() == 0 })
}

func TestPressInATopicAndInPrivate(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	forum := s.NewForum("Kitchen", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	s.must(err)
	refs := s.do(chat.Send{To: at(bread), Text: chat.Plain("which?"), Choices: offered("rye", "oat")}).Refs
	press := func(id string) chat.Ref {
		t.Helper()
		_, err := s.PressButton(ana, forum, id, "1")
		s.must(err)
		_, p := hear(s, func(chat.Event, chat.Pressed) bool { return true })
		return p.Ref
	}
	s.same(press(refs[0].ID), refs[0])
	s.do(chat.Delete{To: at(bread), Target: chat.Target{Refs: refs}})
	s.restart() // of a message that is gone the platform does not tell the topic: it is remembered
	s.same(press(refs[0].ID), refs[0])

	s.inject(fmt.Sprintf(`{"callback_query":{"id":"99","from":{"id":%s,"first_name":"Ana","is_bot":false},"chat_instance":"1","data":"2",
		"message":{"message_id":900,"message_thread_id":800,"is_topic_message":true,"date":1,"chat":{"id":%s,"type":"supergroup"}}}}`, ana, forum))
	hear(s, func(_ chat.Event, p chat.Pressed) bool { return p.Ref == refOf(forum+"/800", "900") }) // posted before we remember

	private := s.Private(ana)
	r := s.do(chat.Whisper{To: at(forum), Who: who(ana), Text: chat.Plain("are you well?"), Choices: offered("yes", "no"), Secret: true})
	s.must(s.Press(ana, private, r.Refs[0].ID, 1))
	e, p := hear(s, func(e chat.Event, _ chat.Pressed) bool { return e.Private })
	s.same([]any{p, e.Chat, e.By.Level}, []any{chat.Pressed{Ref: r.Refs[0], N: 1}, at(ana), chat.Member})
}

func TestRowsOfButtons(t *testing.T) {
	many := offered("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")
	for _, c := range []struct {
		choices []chat.Choice
		want    string
	}{
		{nil, ""},
		{offered("Claim", "Close"), "Claim 0|Close 1"},
		{offered("Claim", "Ask what was meant"), "Claim 0\nAsk what was meant 1"},
		{offered("a", "b", "c"), "a 0|b 1\nc 2"},
		{offered("  a\nb\t", ""), "a b 0|2 1"},
		{offered(strings.Repeat("x", 300)), strings.Repeat("x", 59) + "… 0"},
		{offered("🍞🍞🍞🍞🍞🍞🍞🍞", "b"), "🍞🍞🍞🍞🍞🍞🍞🍞 0\nb 1"},
		{many, "1 0|2 1\n3 2|4 3\n5 4|6 5\n7 6|8 7\n9 8"},
		{offered("bad\xff"), "bad� 0"},
	} {
		k := keysOf(c.choices)
		var rows []string
		if k != nil {
			for _, row := range k.Rows {
				var labels []string
				for _, b := range row {
					labels = append(labels, b.Text+" "+b.Data)
				}
				rows = append(rows, strings.Join(labels, "|"))
			}
		}
		if got := strings.Join(rows, "\n"); got != c.want {
			t.Errorf("%+v:\n got %q\nwant %q", c.choices, got, c.want)
		}
	}
	for data, want := range map[string]int{"0": 0, "8": 8, "9": -1, "": -1, "12": -1, "-1": -1, "x": -1} {
		if n, ok := chosen(data); ok != (want >= 0) || ok && n != want {
			t.Errorf("%q chooses %d, %v", data, n, ok)
		}
	}
}

func TestEditChangesTheButtons(t *testing.T) {
	long := strings.Repeat("long ", 1500)
	for _, restarted := range []bool{false, true} {
		for _, withPhoto := range []bool{false, true} {
			t.Run(fmt.Sprintf("restarted %v, photo %v", restarted, withPhoto), func(t *testing.T) {
				s := newStage(t, options())
				_, _, group := s.table()
				send := chat.Send{To: at(group), Text: chat.Plain("a report"), Choices: offered("Claim", "Close")}
				if withPhoto {
					send.Parts = []chat.Part{s.part(chat.Photo, "a.png", "image/png", png(1))}
				}
				refs := s.do(send).Refs
				edit := func(text string, labels ...string) {
					t.Helper()
					if restarted {
						s.restart()
					}
					e := chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, Text: chat.Plain(text), Parts: send.Parts, Choices: offered(labels...)}
					for range 2 {
						refs = append(refs, s.do(e).Refs...)
					}
					shown := s.choices(group)
					for i, c := range shown {
						want := []string(nil)
						if i == len(shown)-1 {
							want = labels
						}
						if !slices.Equal(c, want) {
							t.Errorf("%.20q: message %d of %d offers %q, want %q", text, i+1, len(shown), c, want)
						}
					}
				}
				edit("a report, claimed", "Close")
				edit("a report, claimed", "Close", "Give back")
				edit("a report, closed")
				edit("a report, closed", "Open")
				edit(long, "Claim")
				edit(long)
				edit(long, "Claim", "Close")
				edit("short again", "Claim")
				edit("short again")
			})
		}
	}
}

func TestOneEditIsOneCall(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	refs := s.do(chat.Send{To: at(group), Text: chat.Plain("a report"), Choices: offered("Claim")}).Refs
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, Text: chat.Plain("claimed by Ana"), Choices: offered("Close")})
	s.same([]int{len(s.Calls("editMessageText")), len(s.Calls("editMessageReplyMarkup"))}, []int{1, 0})
}

func TestButtonsWithoutAText(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	sticker := chat.Part{Kind: chat.Sticker, Media: s.part(chat.Sticker, "a.webp", "image/webp", []byte("RIFF")).Media}
	photos := []chat.Part{s.part(chat.Photo, "a.png", "image/png", png(1)), s.part(chat.Photo, "b.png", "image/png", png(2))}
	refs := s.do(chat.Send{To: at(group), Parts: []chat.Part{sticker}, Choices: offered("Ha")}).Refs
	s.same(s.choices(group), [][]string{{"Ha"}})
	s.restart()
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, Parts: []chat.Part{sticker}, Text: chat.Plain("x")})
	s.same(s.choices(group)[0], []string(nil))
	refs = s.do(chat.Send{To: at(group), Text: chat.Plain("look"), Parts: []chat.Part{sticker}, Choices: offered("Ha")}).Refs
	s.restart()
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, Parts: []chat.Part{sticker}, Text: chat.Plain("look!")})
	s.same(s.choices(group), [][]string{nil, nil, nil})
	s.do(chat.Send{To: at(group), Parts: photos, Text: chat.Plain("which?"), Choices: offered("first", "second")})
	shown := s.choices(group)
	s.same(shown[len(shown)-2:], [][]string{nil, {"first", "second"}}) // an album can have none
}

func TestNumberAsAnAnswerHasALevel(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	ref := s.do(chat.Send{To: at(group), Text: chat.Plain("a report")}).Refs[0]
	for i, c := range []struct {
		person, text, reply string
		want                chat.Level
	}{
		{ana, "1", ref.ID, chat.Organiser}, {ben, " 2 ", ref.ID, chat.Member}, {ana, "12", ref.ID, chat.Guest}, {ana, "0", ref.ID, chat.Guest}, {ana, "1", "", chat.Guest},
	} {
		id, err := s.Say(c.person, group, world.Say{Text: chat.Plain(c.text), ReplyTo: c.reply})
		s.must(err)
		e, _ := hear(s, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
		if e.By.Level != c.want {
			t.Errorf("%d: %q by %s is said by a %s, want %s", i, c.text, e.By.Name, e.By.Level, c.want)
		}
	}
	s.inject(fmt.Sprintf(`{"message_reaction":{"chat":{"id":%s,"type":"supergroup"},"message_id":%s,"user":{"id":%s,"first_name":"Ana","is_bot":false},"date":%d,"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"2⃣"}]}}`,
		group, ref.ID, ana, time.Now().Unix()))
	e, _ := hear(s, func(chat.Event, chat.Reacted) bool { return true })
	s.same(e.By.Level, chat.Organiser)
}

func TestWhisperedChoicesInTheGroup(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	r := s.do(chat.Whisper{To: at(group), Who: who(ben), Text: chat.Plain("shall I call you Ben?"), Choices: offered("yes", "no")})
	s.same([]any{r.Refs[0].Chat, s.choices(group)}, []any{at(group), [][]string{{"yes", "no"}}})
}
