package prompts

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// asks lets somebody write a question in private and press a button under the draft: 0 = yes.
func (w *world) asks(who chat.MemberID, text string, press int) {
	w.t.Helper()
	w.commands(who, chat.Member, true, chat.Asked{Command: commandAsk, Alias: "stuck", Args: words(text), Text: chat.Plain(text)})
	for _, x := range w.out {
		if s, ok := x.(chat.Send); ok && len(s.Choices) > press {
			choice := words(s.Choices[press].Ask)
			w.commands(who, chat.Member, true, chat.Asked{Command: choice[0], Chosen: true, Args: choice[1:]})
			return
		}
	}
}

// inRoom are the questions without a name that the last event has put to the room.
func (w *world) inRoom() (out []chat.Send) {
	for _, x := range w.out {
		if s, ok := x.(chat.Send); ok && s.To.ID == "kitchen" {
			out = append(out, s)
		}
	}
	return out
}

// Whatever happens around a question, nothing that others can read, and no log, has anything of who asked.
func TestNobodyLearnsWhoAsked(t *testing.T) {
	w := newWorld(t, "UTC")
	check := func(what string) {
		t.Helper()
		for _, x := range w.out {
			if o, ok := x.(chat.Outgoing); ok && (o.Where().ID == "account-ben" || strings.HasPrefix(o.Where().ID, "account-ben")) {
				continue
			}
			if who, ok := x.(chat.Whisper); ok && who.Who.ID == "account-ben" {
				if !who.Secret {
					t.Errorf("%s: told in the open: %+v", what, x)
				}
				continue
			}
			raw, err := json.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(raw), "ben") {
				t.Errorf("%s: %s", what, raw)
			}
		}
	}
	w.asks("ben", "how do I clean a peel?", 0)
	if len(w.inRoom()) != 1 {
		t.Fatalf("the room was not asked: %+v", w.out)
	}
	check("asked")
	question := &chat.Message{Tag: w.inRoom()[0].Tag, Community: "c1", Room: "r1"}
	w.writes("ana", "with flour", question)
	check("answered")
	if len(w.out) != 1 {
		t.Errorf("the answer went nowhere: %+v", w.out)
	}
	w.writes("ben", "thanks", question)
	if len(w.out) != 0 {
		t.Errorf("their own answer is brought to them: %+v", w.out)
	}
	w.commands("ben", chat.Member, true, chat.Asked{Command: commandAsk, Alias: commandAsk, Args: words("more 1 it is a large one")})
	check("added")
	e := w.by("mia")
	e.Level, e.ReplyTo, e.Body = chat.Moderator, question, chat.Asked{Command: commandAsk, Alias: commandAsk, Args: []string{"close"}}
	w.happen(e)
	check("closed")
	w.asks("ben", "one more question please", 0)
	check("barred")
	if len(w.inRoom()) != 0 {
		t.Error("who was barred asks on")
	}
	if !NewAsks().Sealed() {
		t.Error("what says who asked is not sealed")
	}
}

func TestWhoMayNotWriteMayNotAskEither(t *testing.T) {
	until := "timeout 2026-02-01T00:00:00Z"
	for _, sanction := range []string{"ban", until} {
		w := newWorld(t, "UTC")
		card, _ := w.c.Members.ByID("ben")
		card.Settings["sanction"] = sanction
		if w.asks("ben", "how do I clean a peel?", 0); len(w.inRoom()) != 0 {
			t.Errorf("%s: asked all the same", sanction)
		}
		card.Settings["sanction"] = ""
		w.commands("ben", chat.Member, true, chat.Asked{Command: commandAsk, Alias: "stuck", Args: words("how do I clean it?"), Text: chat.Plain("how do I clean it?")})
		card.Settings["sanction"] = sanction // between the draft and the button
		w.commands("ben", chat.Member, true, chat.Asked{Command: commandPost, Chosen: true, Args: []string{"yes", "1"}})
		if len(w.inRoom()) != 0 {
			t.Errorf("%s: asked by an old button", sanction)
		}
	}
}

func TestButtonsOfQuestions(t *testing.T) {
	w := newWorld(t, "UTC")
	w.commands("ben", chat.Member, true, chat.Asked{Command: commandAsk, Alias: "stuck", Args: words("how do I clean it?"), Text: chat.Plain("how do I clean it?")})
	for _, args := range [][]string{{"yes", "2"}, {"yes"}, {"yes", "x"}, {}, {"yes", "1", "1"}} {
		w.commands("ben", chat.Member, true, chat.Asked{Command: commandPost, Chosen: true, Args: args})
		if len(w.inRoom()) != 0 {
			t.Errorf("%v asks the room", args)
		}
	}
	w.commands("ana", chat.Member, true, chat.Asked{Command: commandPost, Chosen: true, Args: []string{"yes", "1"}})
	if len(w.inRoom()) != 0 {
		t.Error("another's button asks the room")
	}
	w.waits(2*time.Hour, 0)
	w.commands("ben", chat.Member, true, chat.Asked{Command: commandPost, Chosen: true, Args: []string{"yes", "1"}})
	if len(w.inRoom()) != 0 {
		t.Error("a draft of two hours ago asks the room")
	}
}

func TestQuestionsAreKeptWithinBounds(t *testing.T) {
	w := newWorld(t, "UTC")
	w.asks("ben", strings.Repeat("a", maxAsk+1), 0)
	if len(w.inRoom()) != 0 {
		t.Error("too long a question is asked")
	}
	asked := 0
	for i := range 5 {
		w.asks("ben", fmt.Sprintf("question number %d?", i), 0)
		asked += len(w.inRoom())
	}
	if asked != maxADay {
		t.Errorf("%d questions in a day", asked)
	}
	question := &chat.Message{Tag: askTag + "2", Community: "c1", Room: "r1"}
	passed := 0
	for range maxWords + 5 {
		w.writes("ana", strings.Repeat("word ", 5000), question)
		passed += len(w.out)
		for _, x := range w.out {
			if told, ok := x.(chat.Whisper); ok && len([]rune(told.Text.Plain)) > maxPassed+500 {
				t.Errorf("%d characters are passed on", len([]rune(told.Text.Plain)))
			}
		}
	}
	if passed != maxWords {
		t.Errorf("%d answers are passed on", passed)
	}
}

func TestTwoAccountsAndNobody(t *testing.T) {
	w := newWorld(t, "UTC")
	w.asks("ben", "how do I clean a peel?", 0)
	question := &chat.Message{Tag: askTag + "1", Community: "c1", Room: "r1"}
	w.happen(chat.Event{Body: chat.Claimed{Kept: "mia", Gone: "ben"}})
	w.writes("ana", "with flour", question)
	if told, ok := w.out[0].(chat.Whisper); !ok || told.Who.ID != "account-mia" {
		t.Errorf("told %+v", w.out)
	}
	w.happen(chat.Event{Body: chat.Forgotten{Who: "mia"}})
	w.writes("ana", "or with sand", question)
	if len(w.out) != 0 || strings.Contains(string(w.states["asks c1"]), "mia") {
		t.Errorf("after the erasure: %+v, %s", w.out, w.states["asks c1"])
	}
}
