package privacy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

func TestDecisionsShowNeitherWhoNorWhere(t *testing.T) {
	lines := []chat.Line{
		{At: start, By: "m1", About: "m2", Text: "matrix timeout: 24h, spoke over everybody", Sum: "ab"},
		{At: start, Text: "telegram case 12: opened about m2"},
		{At: start, Text: "case: opened"},
		{At: start, Text: "signal report: by m3"},
		{At: start, Text: "odd"},
		{At: start, Text: "local role: member -> moderator"},
	}
	got := list("decisions", decisions(lines))
	want := `{
  "decisions": [
    {"at":"2026-03-02T12:00:00Z","what":"timeout: 24h, spoke over everybody"},
    {"at":"2026-03-02T12:00:00Z","what":"role: member -> moderator"}
  ]
}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

func TestTheWordsOfTheNewestMessagesAreShownWhileTheyFit(t *testing.T) {
	c := kitchen()
	c.Rooms = []chat.Room{{ID: "r1", Name: "Kitchen"}}
	var lines []chat.Line
	for range 10 {
		lines = append(lines, chat.Line{At: start, Room: "r1", Text: strings.Repeat("ä", 1000)})
	}
	shown := 0
	for i, m := range messages(c, lines) {
		if m.Words != "" {
			shown++
			if shown != i+1 {
				t.Errorf("message %d has words and one before has none", i)
			}
		}
		if m.Characters != 1000 || m.Room != "Kitchen" {
			t.Errorf("message %d: %d characters in %q", i, m.Characters, m.Room)
		}
	}
	if shown != maxShownWords/1000 {
		t.Errorf("the words of %d messages are shown", shown)
	}
}

// Whatever people are called and write, what they get is JSON, in a bounded size.
func FuzzData(f *testing.F) {
	f.Add(`"`, "\x00</pre>", "```")
	f.Add("Ana\nBen", "\u202e\u2028", "{}")
	f.Fuzz(func(t *testing.T, name, words, key string) {
		name, words = chat.Plain(name).Plain, chat.Plain(words).Plain
		card := chat.Card{ID: "m1", Name: name, Identities: []chat.Identity{anaHere}, Settings: map[string]string{chat.Plain(key).Plain: words}}
		c := chat.Community{ID: "c1", Name: words, Members: members{card}}
		var got person
		if err := json.Unmarshal([]byte(cardData(c, card)), &got); err != nil || got.Name != name || got.Community != words {
			t.Fatalf("%v: %s", err, cardData(c, card))
		}
		var said struct{ Messages []message }
		data := list("messages", messages(c, []chat.Line{{Text: words}, {Text: name}}))
		if err := json.Unmarshal([]byte(data), &said); err != nil || len(said.Messages) != 2 || said.Messages[0].Characters != utf8.RuneCountInString(words) {
			t.Fatalf("%v: %s", err, data)
		}
	})
}

func TestWhatTheTasksKeepIsShown(t *testing.T) {
	lines := []chat.Line{
		{About: "m2", Name: "wins", Text: `{"wins":[{"number":1,"words":"a <b> & c"}]}`},
		{About: "m2", Name: "odd", Text: `{`},
		{About: "m2", Name: "presence", Text: `{"last_seen":"2026-03-02T12:00:00Z"}`},
	}
	got := list("tasks", tasks(lines))
	want := `{
  "tasks": [
    {"task":"wins","kept":{"wins":[{"number":1,"words":"a <b> & c"}]}},
    {"task":"presence","kept":{"last_seen":"2026-03-02T12:00:00Z"}}
  ]
}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	r, _ := NewMyData().(rule.Of[Shown])
	e := chat.Event{Now: start, Private: true, Member: "m2", Chat: chat.Chat(anaThere), Body: chat.Found{Key: "c1/m2", View: chat.Own, Lines: lines}}
	_, effects := r.Fold(kitchen(), Shown{}, e)
	if said, ok := effects[0].(chat.Send); !ok || !strings.Contains(said.Text.Plain, "keep for you: 2\n") || !strings.Contains(said.Text.Plain, want) {
		t.Errorf("says %+v", effects)
	}
	coretest.CheckOwn(t, NewMyData(), Shown{At: start}, map[chat.MemberID]string{"m2": `{"last_asked":"2026-03-02T12:00:00Z"}`})
}

func TestMyDataNotTooOften(t *testing.T) {
	r, _ := NewMyData().(rule.Of[Shown])
	c := kitchen()
	ask := func(s Shown, at time.Time) (Shown, int) {
		e := chat.Event{Now: at, Private: true, Member: "m2", Chat: chat.Chat(anaThere), By: chat.Person{Identity: anaThere}, Body: chat.Asked{Command: "mydata"}}
		s, effects := r.Fold(c, s, e)
		looks := 0
		for _, x := range effects {
			if look, ok := x.(chat.Look); ok {
				looks++
				if look.Key != rule.PersonKey(c.ID, "m2") || !strings.HasSuffix(look.Arg, "m2") {
					t.Errorf("looks for %+v", look)
				}
			}
		}
		return s, looks
	}
	s, looks := ask(Shown{}, start)
	if looks != 3 {
		t.Fatalf("%d looks", looks)
	}
	if _, looks = ask(r.Join(Shown{}, s), start.Add(showAgain-time.Second)); looks != 0 {
		t.Error("it is looked for again at once, by the other account")
	}
	if _, looks = ask(s, start.Add(showAgain)); looks != 3 {
		t.Error("later it is not looked for")
	}
}

// answered returns what the notice's rule answers, and what it sets.
func answered(t *testing.T, c chat.Community, e chat.Event, words string) (said, set string) {
	t.Helper()
	r, _ := NewNotice().(rule.Of[struct{}])
	e.Body = chat.Asked{Command: "privacy", Args: strings.Fields(words)}
	_, effects := r.Fold(c, struct{}{}, e)
	for _, x := range effects {
		switch x := x.(type) {
		case chat.Send:
			said = x.Text.Plain
		case chat.Set:
			set = x.Value
			if x.Key != ours || x.Member != "" || x.Room != "" {
				t.Errorf("sets %+v", x)
			}
		}
	}
	return said, set
}

func TestAddingToTheNotice(t *testing.T) {
	organiser := chat.Event{Member: "m1", Level: chat.Organiser, Chat: chat.Chat{Platform: chat.Telegram, ID: "g"}}
	five := strings.Join([]string{"1", "2", "3", "4", "5"}, "\n")
	for name, tt := range map[string]struct {
		had, words string
		as         func(e *chat.Event)
		says, set  string
	}{
		"the first":          {words: "add No photos.", says: "line 1", set: "No photos."},
		"another":            {had: "No photos.", words: "ADD  no   films", says: "line 2", set: "No photos.\nno films"},
		"turned and broken":  {words: "add a\u202eb\u2028c\u2066", says: "line 1", set: "ab c"},
		"nothing":            {words: "add", says: "What shall I add"},
		"only controls":      {words: "add \u202e\u2066", says: "What shall I add"},
		"as long as can be":  {words: "add " + strings.Repeat("ä", maxLine), says: "line 1", set: strings.Repeat("ä", maxLine)},
		"too long":           {words: "add " + strings.Repeat("ä", maxLine+1), says: "too long"},
		"too many":           {had: five, words: "add 6", says: "5 lines already"},
		"take one away":      {had: five, words: "remove 2", says: "gone", set: "1\n3\n4\n5"},
		"with a dot":         {had: "a\nb", words: "remove 1.", says: "gone", set: "b"},
		"one that is not":    {had: five, words: "remove 6", says: "from 1 to 5"},
		"none at all":        {words: "remove 1", says: "added nothing"},
		"a member":           {words: "add x", as: func(e *chat.Event) { e.Level = chat.Moderator }, says: "organiser"},
		"an unknown level":   {words: "add x", as: func(e *chat.Event) { e.Level, e.By.Unsure = chat.Member, true }, says: "try again"},
		"an anonymous admin": {words: "add x", as: func(e *chat.Event) { e.By.Anonymous = true }, says: "anonymity"},
		"a member, away":     {had: "a", words: "remove 1", as: func(e *chat.Event) { e.Level = chat.Member }, says: "organiser"},
		"the operator": {words: "add x", says: "line 1", set: "x", as: func(e *chat.Event) {
			e.Level, e.Chat = chat.Guest, chat.Chat{Platform: chat.Local, ID: "operator"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c, e := kitchen(), organiser
			c.Settings = map[string]string{ours: tt.had}
			if tt.as != nil {
				tt.as(&e)
			}
			said, set := answered(t, c, e, tt.words)
			if !strings.Contains(said, tt.says) || set != tt.set {
				t.Errorf("says %q and sets %q", said, set)
			}
		})
	}
}

// The whole notice fits into one message on every platform and in every language, with all that a community can add.
func TestTheNoticeIsOneMessage(t *testing.T) {
	c := kitchen()
	var own []string
	for i := range maxLines {
		own = append(own, fmt.Sprint(i)+strings.Repeat("x", maxLine-1))
	}
	for _, language := range say.Languages() {
		c.Settings = map[string]string{ours: strings.Join(own, "\n"), "language": language}
		said, _ := answered(t, c, chat.Event{Member: "m2", Private: true, Chat: chat.Chat(anaThere)}, "")
		if n := chat.Units(said); n > 4096 {
			t.Errorf("in %s it has %d characters, Telegram takes 4096", language, n)
		}
		if !strings.Contains(said, own[maxLines-1]) {
			t.Errorf("in %s what the community adds is not in it", language)
		}
	}
	said, _ := answered(t, c, chat.Event{Member: "m2", Chat: chat.Chat{Platform: chat.Signal, ID: "g"}}, "")
	if n := chat.Units(said); n > 400 {
		t.Errorf("in a room it has %d characters", n)
	}
}

func TestOptOutsTurn(t *testing.T) {
	r, _ := NewOptOuts().(rule.Of[struct{}])
	for _, o := range optOuts() {
		for before, want := range map[string]string{"": "off", "off": "", "on": "off"} {
			c := kitchen()
			card := c.Members.(members)[1]
			card.Settings = map[string]string{o.setting: before}
			c.Members.(members)[1] = card
			for _, asked := range []chat.Asked{{Command: "norecap", Alias: o.command}, {Command: o.command}} { // typed, chosen
				e := chat.Event{Member: "m2", Private: true, Chat: chat.Chat(anaThere), Body: asked}
				if _, mine := r.KeyOf(c, e); !mine {
					t.Fatalf("%+v is nobody's", asked)
				}
				_, effects := r.Fold(c, struct{}{}, e)
				if diff := cmp.Diff(chat.Effect(chat.Set{Member: "m2", Key: o.setting, Value: want}), effects[0]); diff != "" {
					t.Errorf("%s from %q (-want +got):\n%s", o.command, before, diff)
				}
			}
		}
	}
}
