package core_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// asker is a rule with one command for every level and place, that notes what it is asked.
func asker(asked *[]chat.Asked) rule.Rule {
	var commands []rule.Command
	for level := chat.Guest; level <= chat.Organiser; level++ {
		for place := rule.Anywhere; place <= rule.AtHome; place++ {
			commands = append(commands, rule.Command{
				Name: fmt.Sprintf("%s-%d", level, place), Args: "[X]", Level: level, Place: place, Help: "help.links",
			})
		}
	}
	return rule.Of[struct{}]{
		Title: "asker", Ask: commands,
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			_, ok := e.Body.(chat.Asked)
			return "", ok
		},
		Fold: func(_ chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			*asked = append(*asked, e.Body.(chat.Asked))
			return s, nil
		},
	}
}

// refusals are what the desk says, by the key of the sentence.
func refusals(level chat.Level, p chat.Platform) map[string]string {
	out := make(map[string]string)
	for _, key := range []string{"refuse.level", "refuse.admins", "refuse.nobody", "refuse.unsure", "refuse.anonymous", "refuse.room", "refuse.private", "refuse.home"} {
		out[say.Text("en", key, "level", level, "prefix", say.Prefix(p)).Plain] = key
	}
	return out
}

func TestWhoMayAskWhatWhere(t *testing.T) {
	home := chat.Chat{Platform: chat.Local, ID: "operator"}
	var asked []chat.Asked
	b := newTable(t, asker(&asked))
	for need := chat.Guest; need <= chat.Organiser; need++ {
		for place := rule.Anywhere; place <= rule.AtHome; place++ {
			for have := chat.Guest; have <= chat.Organiser; have++ {
				for _, who := range []string{"plain", "unsure", "anonymous"} {
					for _, where := range []string{"room", "private", "home"} {
						name := fmt.Sprintf("%s-%d by %s %s in %s", need, place, who, have, where)
						asked = nil
						by := person(chat.Telegram, "ana")
						by.Level, by.Unsure, by.Anonymous = have, who == "unsure", who == "anonymous"
						e := post(by, kitchen, fmt.Sprint(b.n), fmt.Sprintf("/%s-%d x", need, place))
						switch where {
						case "private":
							e.Private = true
						case "home":
							e.Chat = home
						}
						got := b.fold(e)
						want := ""
						switch {
						case where == "home":
						case place == rule.AtHome:
							want = "refuse.home"
						case place == rule.InRoom && where == "private":
							want = "refuse.room"
						case place == rule.InPrivate && where == "room":
							want = "refuse.private"
						case who == "anonymous" && need > chat.Guest:
							want = "refuse.anonymous"
						case have < need && who == "unsure":
							want = "refuse.unsure"
						case have < need && where == "private": // nobody there knows who it is
							want = "refuse.nobody"
						case have < need:
							want = "refuse.admins"
						}
						if want == "" {
							none(t, got)
							if len(asked) != 1 {
								t.Errorf("%s: asked %d times", name, len(asked))
							}
							continue
						}
						if key := refusals(need, chat.Telegram)[one[chat.Send](t, got).Text.Plain]; key != want || len(asked) != 0 {
							t.Errorf("%s: says %q, want %s; asked %d times", name, one[chat.Send](t, got).Text.Plain, want, len(asked))
						}
					}
				}
			}
		}
	}
}

func TestWhatIsACommand(t *testing.T) {
	ask := func(command string, args ...string) *chat.Asked { return &chat.Asked{Command: command, Args: args} }
	styled := func(plain string, from, to int, style chat.Style) chat.Text {
		return chat.Text{Plain: plain, Spans: []chat.Span{{Start: from, End: to, Style: style}}}
	}
	tests := map[string]struct {
		text    chat.Text
		private bool
		want    *chat.Asked
	}{
		"slash":                      {text: chat.Plain("/links"), want: ask("links")},
		"exclamation mark":           {text: chat.Plain("!links"), want: ask("links")},
		"upper case":                 {text: chat.Plain("/LINKS"), want: ask("links")},
		"white space around":         {text: chat.Plain("\n /links \t"), want: ask("links")},
		"arguments":                  {text: chat.Plain("/links  a   b"), want: ask("links", "a", "b")},
		"a newline behind the name":  {text: chat.Plain("/links\na b"), want: ask("links", "a", "b")},
		"a tab behind the name":      {text: chat.Plain("/links\ta"), want: ask("links", "a")},
		"a hard space":               {text: chat.Plain("!links\u00a0a"), want: ask("links", "a")},
		"an emoji in the arguments":  {text: chat.Plain("/links 🍞 b"), want: ask("links", "🍞", "b")},
		"bold":                       {text: styled("/links a", 0, 6, chat.Bold), want: ask("links", "a")},
		"code behind the name":       {text: styled("/links abc", 7, 10, chat.Code), want: ask("links", "abc")},
		"the bare name":              {text: chat.Plain("links")},
		"the bare name in private":   {text: chat.Plain("Help"), private: true, want: ask("help")},
		"a word in private":          {text: chat.Plain("helpful, thanks"), private: true},
		"unknown":                    {text: chat.Plain("/shrug")},
		"another bot's":              {text: chat.Plain("/links@otherbot a")},
		"two marks":                  {text: chat.Plain("!!links")},
		"a path":                     {text: chat.Plain("/links/a")},
		"a mark alone":               {text: chat.Plain("/")},
		"a space behind the mark":    {text: chat.Plain("/ links")},
		"in the middle":              {text: chat.Plain("type /links")},
		"quoted":                     {text: styled("/links", 0, 6, chat.Quote)},
		"shown as code":              {text: styled("/links", 0, 6, chat.Code)},
		"shown as a block of code":   {text: styled(" /links", 1, 7, chat.Pre)},
		"nothing":                    {},
		"nothing but space, private": {text: chat.Plain(" \n"), private: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var seen []chat.Event
			b := newTable(t, append(allRules(), witness(&seen))...)
			b.engine = engineWith(t, b, witnessFirst(&seen))
			e := post(boss(chat.Telegram, "ana"), kitchen, "7", "")
			e.Private, e.Body = tt.private, chat.Posted{Ref: ref(kitchen, "7"), Text: tt.text, Reply: &chat.Reply{Ref: ref(kitchen, "6")}}
			b.fold(e)
			if tt.want == nil {
				if _, posted := seen[0].Body.(chat.Posted); !posted {
					t.Fatalf("it became %+v", seen[0].Body)
				}
				return
			}
			if tt.want.Command == "help" {
				return // the desk answers; the rules do not see it
			}
			got, ok := seen[0].Body.(chat.Asked)
			if !ok {
				t.Fatalf("it stayed %+v", seen[0].Body)
			}
			if got.Command != tt.want.Command || !slices.Equal(got.Args, tt.want.Args) || got.Ref != ref(kitchen, "7") || got.Reply == nil {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// witnessFirst puts a witness before all rules, so that it sees what they see.
func witnessFirst(seen *[]chat.Event) []rule.Rule {
	return append([]rule.Rule{witness(seen)}, allRules()...)
}

func engineWith(t *testing.T, b *table, rules []rule.Rule) *core.Engine {
	t.Helper()
	e, err := core.New(core.Config{Store: b.store, Rules: rules, Log: discard(), Secret: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatNeverIsACommand(t *testing.T) {
	b := linked(t)
	b.fold(post(ana(), kitchen, "1", "hello"))
	for name, e := range map[string]chat.Event{
		"an edit":     {Body: chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("/help")}},
		"a forward":   {Body: chat.Posted{Ref: ref(kitchen, "2"), Text: chat.Plain("/help"), Forward: "News"}},
		"a caption":   {Body: chat.Posted{Ref: ref(kitchen, "3"), Text: chat.Plain("/help"), Parts: []chat.Part{{Kind: chat.Photo}}}},
		"another bot": {Body: chat.Posted{Ref: ref(kitchen, "4"), Text: chat.Plain("/help")}},
	} {
		e.Chat, e.By = kitchen, ana()
		e.By.Bot = name == "another bot"
		for _, d := range b.fold(e) {
			if d.Effect.Where() == kitchen {
				t.Errorf("%s is answered: %+v", name, d.Effect)
			}
		}
	}
}

func TestACommandIsNotRelayed(t *testing.T) {
	b := linked(t)
	got := one[chat.Send](t, b.fold(post(ana(), kitchen, "1", "/links")))
	want := &chat.Answer{Target: chat.Target{Refs: []chat.Ref{ref(kitchen, "1")}}, Name: "ana"}
	if diff := cmp.Diff(want, got.Answer); got.To != kitchen || diff != "" {
		t.Errorf("to %s, answer (-want +got):\n%s", got.To, diff)
	}
	none(t, b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("never mind")}}))
}

func TestPrefixes(t *testing.T) {
	for p, want := range map[chat.Platform]string{chat.Telegram: "`/", chat.Signal: "`!", chat.Matrix: "`!", chat.Local: ""} {
		b := newTable(t, allRules()...)
		in := chat.Chat{Platform: p, ID: "1"}
		got := one[chat.Send](t, b.fold(post(person(p, "ana"), in, "1", "/help"))).Text
		if sign := strings.Trim(want, "`"); !strings.Contains(got.Plain, "\n"+sign+"help ") {
			t.Errorf("help on %s: %s", p, got.Plain)
		}
	}
}

func TestHelpShowsWhatWorksHere(t *testing.T) {
	b := newTable(t, allRules()...)
	room := one[chat.Send](t, b.fold(post(boss(chat.Telegram, "olga"), kitchen, "1", "/help"))).Text.Plain
	e := post(ana(), chat.Chat{Platform: chat.Telegram, ID: "ana"}, "1", "help")
	e.Private = true
	private := one[chat.Send](t, b.fold(e)).Text.Plain
	home := one[chat.Send](t, b.fold(post(chat.Person{}, chat.Chat{Platform: chat.Local, ID: "operator"}, "1", "what?"))).Text.Plain
	for _, tt := range []struct {
		command             string
		room, private, home bool
	}{{"help", true, true, true}, {"link ", true, false, true}, {"claim", false, true, true}, {"dead letters", false, false, true}, {"set", true, false, true}} {
		for text, want := range map[string]bool{room: tt.room, private: tt.private, home: tt.home} {
			if strings.Contains(text, "/"+tt.command) != want && strings.Contains(text, "\n"+tt.command) != want {
				t.Errorf("%s shown: %v, in\n%s", tt.command, !want, text)
			}
		}
	}
}

func TestSettings(t *testing.T) {
	b := linked(t)
	set := func(text string) string {
		return one[chat.Send](t, b.fold(post(boss(chat.Telegram, "olga"), kitchen, fmt.Sprint("s", b.n), text))).Text.Plain
	}
	for text, want := range map[string]string{
		"/set": "language en", "/set joins": "(on, off): whether", "/set JOINS OFF": "joins is now off", "/set joins maybe": "can be on, off",
		"/set nothing on": "no setting nothing",
	} {
		if got := set(text); !strings.Contains(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
	b.restart()
	none(t, b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Joined{Who: ana()}}))
	if n := len(b.store.Dump()["log"]); n == 0 {
		t.Error("nothing is in the audit")
	}
}

func TestTheOperatorMeansACommunity(t *testing.T) {
	b := newTable(t, allRules()...)
	other := chat.Chat{Platform: chat.Telegram, ID: "-900"}
	b.fold(post(ana(), kitchen, "1", "hi"), post(ana(), other, "1", "hi"))
	ask := func(id string) string {
		return one[chat.Send](t, b.fold(post(chat.Person{}, chat.Chat{Platform: chat.Local, ID: id}, fmt.Sprint("o", b.n), "links"))).Text.Plain
	}
	if got := ask("operator"); !strings.Contains(got, "No chats are connected") {
		t.Errorf("of two he means none: %s", got)
	}
	b.link(kitchen, tea)
	if got := ask("operator"); !strings.Contains(got, "on Signal") {
		t.Errorf("he means the one with connected chats: %s", got)
	}
	if got := ask("operator@" + other.String()); !strings.Contains(got, "No chats are connected") {
		t.Errorf("he has named another: %s", got)
	}
	if got := ask("operator@nonsense"); !strings.Contains(got, "No chats are connected") {
		t.Errorf("he has named nothing: %s", got)
	}
}

func TestTwoOfOneName(t *testing.T) {
	quiet := func(name string, commands ...rule.Command) rule.Rule {
		return rule.Of[int]{Title: name, KeyOf: func(chat.Community, chat.Event) (string, bool) { return "", false }, Ask: commands}
	}
	for name, rules := range map[string][]rule.Rule{
		`two rules are called "a"`:       {quiet("a"), quiet("a")},
		`two commands are called "x"`:    {quiet("a", rule.Command{Name: "x"}), quiet("b", rule.Command{Name: "x"})},
		`two commands are called "help"`: {quiet("a", rule.Command{Name: "help"})},
	} {
		_, err := core.New(core.Config{Store: coretest.NewStore(), Rules: rules, Log: slog.New(slog.DiscardHandler)})
		if err == nil || err.Error() != name {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

func FuzzCommands(f *testing.F) {
	f.Add("/link ABCD-EFGH", true, uint8(0))
	f.Add("!set joins off", false, uint8(3))
	f.Add("/links\u00a0🍞", false, uint8(7))
	f.Fuzz(func(t *testing.T, text string, private bool, bits uint8) {
		b := newTable(t, allRules()...)
		by := person(chat.Signal, "p")
		by.Level, by.Unsure, by.Anonymous = chat.Level(bits%4), bits&4 > 0, bits&8 > 0
		e := post(by, tea, "1", "")
		e.Private = private
		e.Body = chat.Posted{Ref: ref(tea, "1"), Text: chat.Plain(text).Normal()}
		for _, d := range b.fold(e, post(ana(), kitchen, "2", "and on")) {
			if s, ok := d.Effect.(chat.Send); ok && strings.Contains(s.Text.Plain, "{") && !strings.Contains(text, "{") {
				t.Errorf("a hole in what is said to %q: %s", text, s.Text.Plain)
			}
		}
		if s := b.engine.Stats(); s.Dead > 0 {
			t.Errorf("%q is a dead letter", text)
		}
	})
}
