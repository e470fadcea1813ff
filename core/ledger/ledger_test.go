package ledger

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

var (
	tg = chat.Chat{Platform: chat.Telegram, ID: "-1"}
	sg = chat.Chat{Platform: chat.Signal, ID: "g"}
	mx = chat.Chat{Platform: chat.Matrix, ID: "!m"}
)

func community() chat.Community {
	return chat.Community{ID: "c", Members: coretest.Folk{}, Rooms: []chat.Room{
		{ID: "r1", Chats: []chat.Chat{tg, sg, mx}}, {ID: "r2", Chats: []chat.Chat{{Platform: chat.Telegram, ID: "-2"}}},
	}}
}

// why returns what is told of a message to whoever asks in a chat.
func why(t *testing.T, m *chat.Message, in chat.Chat, private bool) string {
	t.Helper()
	ben := chat.Identity{Platform: in.Platform, ID: "ben"}
	asked := chat.Asked{Ref: chat.Ref{Chat: in, ID: "9"}, Command: "why", Reply: &chat.Reply{}}
	_, out, err := New().Decide(community(), nil, chat.Event{
		Chat: in, Private: private, Community: "c", Body: asked, ReplyTo: m, By: chat.Person{Identity: ben},
	})
	if err != nil || len(out) != 1 {
		t.Fatalf("effects %+v, %v", out, err)
	}
	switch x := out[0].(type) {
	case chat.Whisper:
		if x.Who != ben {
			t.Errorf("told to %s", x.Who)
		}
		return x.Text.Plain
	case chat.Send:
		if !private {
			t.Errorf("told aloud: %+v", x)
		}
		return x.Text.Plain
	}
	return ""
}

func written(copies ...chat.Copy) *chat.Message {
	at := time.Date(2026, 3, 2, 23, 59, 50, 0, time.UTC)
	return &chat.Message{
		ID: "m", Community: "c", Room: "r1", At: at, By: chat.Identity{Platform: chat.Telegram, ID: "ana"}, Name: "Ana",
		Original: chat.Ref{Chat: tg, ID: "1"}, Copies: copies,
	}
}

func TestEveryFateHasItsLine(t *testing.T) {
	at := written().At
	ref := []chat.Ref{{Chat: sg, ID: "2"}}
	for name, tt := range map[string]struct {
		copied chat.Copy
		want   string
	}{
		"shown":         {chat.Copy{Refs: ref, Told: at.Add(5 * time.Second)}, "Signal: shown at 23:59:55."},
		"the next day":  {chat.Copy{Refs: ref, Told: at.Add(10 * time.Second)}, "Signal: shown at Tue 3 Mar 00:00."},
		"long ago":      {chat.Copy{Refs: ref}, "Signal: shown."},
		"as less":       {chat.Copy{Refs: ref, Told: at, Notes: []string{"one", "two"}}, "Signal: shown at 23:59:50, but not quite as it was: one; two."},
		"on its way":    {chat.Copy{Effect: "e"}, "Signal: on its way since 23:59:50."},
		"taken away":    {chat.Copy{Refs: ref, Failed: chat.NotFound}, "Signal: it was shown, but is not there any more."},
		"no chat":       {chat.Copy{Failed: chat.NotFound}, "Signal: not shown. The chat,"},
		"forbidden":     {chat.Copy{Failed: chat.Forbidden}, "Signal: not shown. I am not allowed"},
		"too large":     {chat.Copy{Failed: chat.TooLarge}, "Signal: not shown. It is too large"},
		"too old":       {chat.Copy{Failed: chat.TooOld}, "Signal: not shown. That messenger does not allow it"},
		"too many":      {chat.Copy{Failed: chat.TooMany}, "Signal: not shown. That messenger does not allow so many"},
		"unsupported":   {chat.Copy{Failed: chat.Unsupported}, "Signal: not shown. That messenger has no such"},
		"invalid":       {chat.Copy{Failed: chat.Invalid}, "Signal: not shown. That messenger does not take"},
		"expired":       {chat.Copy{Failed: chat.Expired}, "Signal: not shown. It could not be shown"},
		"broken":        {chat.Copy{Failed: chat.Broken}, "Signal: not shown. I tried several times"},
		"what is to be": {chat.Copy{Failed: "new reason"}, "Signal: not shown. I tried several times"},
	} {
		tt.copied.Chat = sg
		lines := strings.Split(why(t, written(tt.copied), mx, false), "\n")
		if len(lines) != 3 || lines[0] != "Written on Telegram, Mon 2 Mar 23:59." || !strings.HasPrefix(lines[1], tt.want) || !strings.HasPrefix(lines[2], "Matrix: not carried.") {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

func TestTheLastTryCounts(t *testing.T) {
	m := written(chat.Copy{Chat: sg, Failed: chat.Broken}, chat.Copy{Chat: sg, Refs: []chat.Ref{{Chat: sg, ID: "2"}}})
	if got := why(t, m, tg, false); !strings.Contains(got, "Signal: shown.") || strings.Contains(got, "not shown") {
		t.Errorf("%q", got)
	}
}

func TestNothingPrivateIsTold(t *testing.T) {
	private := chat.Chat{Platform: chat.Signal, ID: "ben"}
	whisper := &chat.Message{ID: "w", Community: "c", Room: "r1", Copies: []chat.Copy{
		{Chat: private, Refs: []chat.Ref{{Chat: private, ID: "1"}}}, {Chat: sg, Refs: []chat.Ref{{Chat: sg, ID: "7"}}},
	}}
	if got := why(t, whisper, private, true); !strings.HasPrefix(got, "I told you that") {
		t.Errorf("in private: %q", got)
	}
	if got := why(t, whisper, sg, false); strings.Count(got, "\n") != 1 || !strings.Contains(got, "Signal: shown") {
		t.Errorf("in the room: %q", got)
	}
	for name, got := range map[string]string{
		"a room's message, in private":    why(t, written(), private, true),
		"another community's message":     why(t, &chat.Message{Community: "x", Original: chat.Ref{Chat: tg, ID: "1"}}, sg, false),
		"one that is not known":           why(t, nil, sg, false),
		"a chat that is in no room":       why(t, &chat.Message{Community: "c"}, chat.Chat{Platform: chat.Matrix, ID: "?"}, false),
		"another's whisper, in private":   why(t, whisper, chat.Chat{Platform: chat.Signal, ID: "eve"}, true),
		"another community's, in private": why(t, &chat.Message{Community: "x"}, private, true),
	} {
		if !strings.HasPrefix(got, "I know nothing of that message") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWhoseMessageItIs(t *testing.T) {
	mine := &chat.Message{ID: "h", Community: "c", Room: "r1", Copies: []chat.Copy{{Chat: mx, Refs: []chat.Ref{{Chat: mx, ID: "1"}}}}}
	if got := why(t, mine, mx, false); !strings.HasPrefix(got, "I wrote that myself") || strings.Contains(got, "Signal") {
		t.Errorf("%q", got)
	}
	mine.By, mine.Name = chat.Identity{Platform: chat.Signal, ID: "ben"}, "Ben"
	if got := why(t, mine, mx, false); !strings.HasPrefix(got, "Posted by me in the name of Ben") || !strings.Contains(got, "Signal: not carried") {
		t.Errorf("%q", got)
	}
	gone := written()
	gone.Gone = true
	if got := why(t, gone, mx, false); strings.Count(got, "\n") != 1 || !strings.Contains(got, "was deleted") {
		t.Errorf("%q", got)
	}
}

func TestReactionsAreTold(t *testing.T) {
	r := New()
	var state []byte
	m := written()
	react := func(p chat.Platform, who string, change chat.ReactionChange, emoji ...string) {
		t.Helper()
		var err error
		e := chat.Event{Message: m, By: chat.Person{Identity: chat.Identity{Platform: p, ID: who}}, Body: chat.Reacted{Emoji: emoji, Change: change}}
		if state, _, err = r.Decide(community(), state, e); err != nil {
			t.Fatal(err)
		}
	}
	tally := func() string {
		_, out, err := r.Decide(community(), state, chat.Event{
			Chat: sg, Community: "c", ReplyTo: m, By: chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: "ben"}},
			Body: chat.Asked{Command: "why", Reply: &chat.Reply{}},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(out[0].(chat.Whisper).Text.Plain, "Reactions: ")
		return line
	}
	react(chat.Signal, "ben", chat.ReactionsAre, "❤️")
	react(chat.Matrix, "cleo", chat.ReactionAdded, "👍")
	react(chat.Matrix, "cleo", chat.ReactionAdded, "👍")
	react(chat.Matrix, "cleo", chat.ReactionAdded, "❤️")
	if diff := cmp.Diff("❤️ 1 Signal, 1 Matrix · 👍 1 Matrix", tally()); diff != "" {
		t.Error(diff)
	}
	react(chat.Signal, "ben", chat.ReactionsAre, "👍")
	react(chat.Matrix, "cleo", chat.ReactionRemoved, "❤️")
	if diff := cmp.Diff("👍 1 Signal, 1 Matrix", tally()); diff != "" {
		t.Error(diff)
	}
	react(chat.Signal, "ben", chat.ReactionsAre)
	react(chat.Matrix, "cleo", chat.ReactionRemoved, "👍")
	if state != nil {
		t.Errorf("nothing is given, and kept is %s", state)
	}
	for i := range 3 * maxTold {
		react(chat.Signal, "ben", chat.ReactionAdded, strings.Repeat("x", i+1))
	}
	if got := strings.Count(tally(), " · "); got != maxTold-1 {
		t.Errorf("%d kinds are told", got+1)
	}
	full := State{Given: make([]Reaction, maxGiven)}
	if got := full.react("ben", chat.Signal, chat.Reacted{Emoji: []string{"👍"}, Change: chat.ReactionAdded}); len(got.Given) != maxGiven {
		t.Errorf("%d are remembered", len(got.Given))
	}
}
