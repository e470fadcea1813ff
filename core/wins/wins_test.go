package wins

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func who(id chat.MemberID) chat.Identity {
	return chat.Identity{Platform: chat.Telegram, ID: string(id)}
}

// table is a community of n members, m1 to mn, with the rooms Kitchen and Mods; the last is a moderator.
func table(n int) chat.Community {
	kitchen := chat.Chat{Platform: chat.Telegram, ID: "kitchen"}
	var all coretest.Folk
	for i := range n {
		id := chat.MemberID(fmt.Sprint("m", i+1))
		card := chat.Card{
			ID: id, Name: fmt.Sprint("Name", i+1), Level: chat.Member, Identities: []chat.Identity{who(id)},
			In: []chat.Chat{kitchen}, Settings: map[string]string{},
		}
		if i == n-1 {
			card.Level = chat.Moderator
		}
		all = append(all, card)
	}
	return chat.Community{ID: "c1", Members: all, Settings: map[string]string{}, Rooms: []chat.Room{
		{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen, {Platform: chat.Signal, ID: "kitchen"}}},
		{ID: "r2", Name: "Mods", Chats: []chat.Chat{{Platform: chat.Telegram, ID: "mods"}}, Settings: map[string]string{rule.Moderators: "on"}},
	}}
}

// player plays events against the rule.
type player struct {
	t     *testing.T
	c     chat.Community
	state []byte
	now   time.Time
}

func play(t *testing.T, n int) *player { return &player{t: t, c: table(n), now: noon()} }

func (p *player) decide(e chat.Event) []chat.Effect {
	p.t.Helper()
	e.Now, e.Community = p.now, "c1"
	r := New()
	if _, ok := r.Key(p.c, e); !ok {
		return nil
	}
	state, out, err := r.Decide(p.c, p.state, e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.state = state
	return out
}

func (p *player) book() (s Book) {
	p.t.Helper()
	if len(p.state) > 0 {
		if err := json.Unmarshal(p.state, &s); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

// asks lets a member ask a command in the kitchen; "@m2" as the first word is a mention.
func (p *player) asks(by chat.MemberID, command, text string) []chat.Effect {
	p.t.Helper()
	card, _ := p.c.Members.ByID(by)
	a := chat.Asked{Command: command, Alias: command, Args: strings.Fields(text), Text: chat.Plain(text), Ref: chat.Ref{Chat: card.In[0], ID: "7"}}
	if to, ok := strings.CutPrefix(text, "@"); ok {
		name, _, _ := strings.Cut(to, " ")
		a.Text.Spans = []chat.Span{{End: 1 + len(name), Style: chat.Mention, Value: who(chat.MemberID(name)).String()}}
	}
	return p.decide(chat.Event{Chat: card.In[0], Room: "r1", By: chat.Person{Identity: who(by), Name: card.Name}, Member: by, Level: card.Level, Body: a})
}

// logged are the lines of the log that the effects write.
func logged(effects []chat.Effect) (out []string) {
	for _, x := range effects {
		if r, ok := x.(chat.Record); ok && r.Log == "wins" {
			out = append(out, r.Line)
		}
	}
	return out
}

// said are the words that everybody in a room can read.
func said(effects []chat.Effect) (out []string) {
	for _, x := range effects {
		switch x := x.(type) {
		case chat.Send:
			out = append(out, x.Text.Plain)
		case chat.Edit:
			out = append(out, x.Text.Plain)
		case chat.Whisper:
			if !x.Secret && x.To != chat.Chat(x.Who) {
				out = append(out, x.Text.Plain)
			}
		}
	}
	return out
}

func TestWinsOfOneKindWithinAWeekCountOnce(t *testing.T) {
	p := play(t, 3)
	step := func(want []string, by chat.MemberID, command, text string) {
		t.Helper()
		if diff := cmp.Diff(want, logged(p.asks(by, command, text))); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", command, text, diff)
		}
	}
	step([]string{"win 1 job"}, "m1", "win", "job I start in May")
	p.now = p.now.Add(3 * 24 * time.Hour)
	step(nil, "m1", "win", "job and another offer came")
	step([]string{"win 3 solved"}, "m1", "win", "solved the oven works")
	step([]string{"win 4 job"}, "m2", "win", "job mine is new, too")
	p.now = p.now.Add(4 * 24 * time.Hour)
	step([]string{"win 5 job"}, "m1", "win", "job the week is over")
	step(nil, "m1", "win", "forget 1")
	step(nil, "m2", "win", "forget 2")
	step([]string{"unwin 1 job"}, "m1", "win", "forget 2")
	step([]string{"unwin 3 solved", "win 3 collab"}, "m1", "winmark", "kind 3 collab")
	step(nil, "m2", "winmark", "kind 3 job")
	step([]string{"unwin 3 collab"}, "m3", "win", "forget 3") // a moderator
}

func TestWhoIsLeftOutOfTheNumbersIsLeftOutOfTheLog(t *testing.T) {
	p := play(t, 2)
	card, _ := p.c.Members.ByID("m1")
	card.Settings["metrics"] = "off"
	out := p.asks("m1", "win", "job I start in May")
	out = append(out, p.asks("m1", "win", "forget 1")...)
	if got := logged(out); len(got) > 0 {
		t.Errorf("the log has %q", got)
	}
}

func TestTwoPressesAreOneWin(t *testing.T) {
	p := play(t, 3)
	p.asks("m1", "win", "@m2 solved saved the soup")
	if got := logged(p.asks("m3", "winmark", "yes 1")); len(got) > 0 {
		t.Errorf("somebody else's yes counts: %q", got)
	}
	out := append(p.asks("m2", "winmark", "yes 1"), p.asks("m2", "winmark", "yes 1")...)
	if diff := cmp.Diff([]string{"win 1 solved"}, logged(out)); diff != "" || len(p.book().Wins) != 1 {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestTwoAccountsOfOnePerson(t *testing.T) {
	p := play(t, 3)
	p.asks("m1", "win", "job a")
	p.asks("m1", "win", "job I start in May")
	p.asks("m1", "win", "@m2 solved saved the soup")
	p.decide(chat.Event{Body: chat.Claimed{Kept: "m2", Gone: "m1"}})
	s := p.book()
	if len(s.Asks) != 0 || len(s.Wins) != 1 || s.Wins[0].Who != "m2" {
		t.Errorf("the book has %+v", s)
	}
}

func TestWhoIsErasedIsGone(t *testing.T) {
	p := play(t, 4)
	p.asks("m1", "win", "job gone words")
	p.asks("m2", "win", "job other words")
	p.asks("m1", "win", "@m3 solved gone words too")
	p.asks("m3", "win", "@m1 solved gone words as well")
	p.asks("m1", "winmark", "no 4")
	p.asks("m4", "win", "@m1 solved gone words again")
	out := p.decide(chat.Event{Body: chat.Forgotten{Who: "m1"}})
	if strings.Contains(string(p.state), "gone") || strings.Contains(string(p.state), `"m1"`) || !strings.Contains(string(p.state), "other words") {
		t.Errorf("the state has %s", p.state)
	}
	deleted := 0
	for _, x := range out {
		if d, ok := x.(chat.Delete); ok && d.Target.Tag == "win 1" {
			deleted++
		}
	}
	if deleted != 2 {
		t.Errorf("%d messages are deleted, want that of each chat", deleted)
	}
}

// Whatever people do in whatever order, nothing of somebody's is public before they have agreed, nobody answers for another,
// and the log always adds up to what is in the book.
func TestNothingIsPublicBeforeAYes(t *testing.T) {
	for seed := range uint64(30) {
		p := play(t, 6)
		r := rand.New(rand.NewPCG(seed, 1))
		agreed := make(map[string]bool) // the words that may be read
		about := make(map[string]chat.MemberID)
		counted := make(map[string]bool)
		for n := range 150 {
			by := chat.MemberID(fmt.Sprint("m", 1+r.IntN(6)))
			text := fmt.Sprintf("words%03dx", n)
			var out []chat.Effect
			switch r.IntN(8) {
			case 0:
				agreed[text] = true
				out = p.asks(by, "win", text)
			case 1, 2:
				to := chat.MemberID(fmt.Sprint("m", 1+r.IntN(6)))
				about[text], agreed[text] = to, to == by
				out = p.asks(by, "win", "@"+string(to)+" solved "+text)
			case 3, 4:
				what := []string{"yes", "yesbare", "no", "bare", "back"}[r.IntN(5)]
				number := 1 + r.IntN(max(1, p.book().Last))
				if i := p.book().ask(number); i >= 0 && p.book().Asks[i].Who == by && strings.HasPrefix(what, "yes") {
					agreed[p.book().Asks[i].Text] = true
				}
				out = p.asks(by, "winmark", fmt.Sprint(what, " ", number))
			case 5:
				out = p.asks(by, "winmark", fmt.Sprint("kind ", 1+r.IntN(max(1, p.book().Last)), " job"))
			case 6:
				out = p.asks(by, "wins", "")
			case 7:
				p.now = p.now.Add(time.Duration(r.IntN(40)) * time.Hour)
				out = p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
			}
			for _, line := range said(out) {
				for i := range 150 {
					words := fmt.Sprintf("words%03dx", i)
					if strings.Contains(line, words) && !agreed[words] {
						t.Fatalf("seed %d: %q is public, about %s", seed, line, about[words])
					}
				}
			}
			tally(t, counted, logged(out))
		}
		groups := make(map[string]bool)
		for _, w := range p.book().Wins {
			groups[fmt.Sprintf("win %d %s", w.Group, kindWord(w.Kind))] = true
		}
		if diff := cmp.Diff(groups, counted); diff != "" {
			t.Fatalf("seed %d: the log does not add up (-book +log):\n%s", seed, diff)
		}
	}
}

// tally follows the log: each group is counted once, and taken back only if it is.
func tally(t *testing.T, counted map[string]bool, lines []string) {
	t.Helper()
	for _, line := range lines {
		name, off := strings.CutPrefix(line, "un")
		if off != counted[name] {
			t.Fatalf("%q, and what is counted is %v", line, counted)
		}
		if counted[name] = !off; off {
			delete(counted, name)
		}
	}
}

func TestTheBookIsBounded(t *testing.T) {
	p := play(t, 500)
	long := strings.Repeat("ش", maxText)
	var full Book
	for n := range maxWins {
		full.Wins = append(full.Wins, Win{N: n + 1, Group: n + 1, Who: "m499", Kind: kindSolved, Text: long, At: noon().Add(-week), Room: "r1", Logged: true})
	}
	full.Last = maxWins
	var err error
	if p.state, err = json.Marshal(full); err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		p.now = p.now.Add(2 * time.Hour)
		p.asks(chat.MemberID(fmt.Sprint("m", 1+n)), "win", long)
	}
	if s := p.book(); len(s.Wins) > maxWins+1 || len(p.state) > 1<<20 {
		t.Errorf("%d wins, %d bytes", len(s.Wins), len(p.state))
	}
}

func TestNobodyIsAskedAtNight(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Asia/Karachi"} {
		where, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for at := noon(); at.Before(noon().AddDate(1, 0, 0)); at = at.Add(37 * time.Minute) {
			got := daytime(at, where)
			if h := got.In(where).Hour(); h < 8 || h >= 22 || got.Before(at) || got.Sub(at) > 11*time.Hour {
				t.Fatalf("%s in %s waits until %s", at, zone, got.In(where))
			}
		}
	}
}

// A house that comes back in the next night waits for the morning after it.
func TestALateQuestionWaitsForTheDay(t *testing.T) {
	p := play(t, 3)
	p.now = noon().Add(11 * time.Hour) // 23:00
	if out := p.asks("m1", "win", "@m2 solved saved the soup"); len(p.book().Asks) != 1 || p.book().Asks[0].Sent {
		t.Fatalf("asked at night: %+v", out)
	}
	for hours, sent := range map[int]bool{24: false, 33: true} {
		p.now = noon().Add(11*time.Hour + time.Duration(hours)*time.Hour)
		kept := p.state
		p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
		if got := p.book().Asks[0].Sent; got != sent {
			t.Errorf("after %d hours: asked %v", hours, got)
		}
		p.state = kept
	}
}

func TestModeratorsTakeBackWhatIsNotAboveThem(t *testing.T) {
	p := play(t, 3)
	p.asks("m1", "win", "job I start in May")
	p.c.Members.(coretest.Folk)[0].Level = chat.Organiser
	p.asks("m2", "win", "forget 1")
	p.asks("m3", "win", "forget 1")
	if len(p.book().Wins) != 1 {
		t.Error("a moderator has taken back an organiser's win")
	}
	p.c.Members.(coretest.Folk)[0].Level = chat.Member
	if p.asks("m3", "win", "forget 1"); len(p.book().Wins) != 0 {
		t.Error("a moderator cannot take back a member's win")
	}
}

func TestAWinHasNoLink(t *testing.T) {
	p := play(t, 2)
	for _, text := range []string{"buy at https://example.org", "see WWW.example.org", "join t.me/x"} {
		if p.asks("m1", "win", text); len(p.state) > 0 {
			t.Errorf("%q is noted", text)
		}
	}
}

func TestReadWords(t *testing.T) {
	for in, want := range map[string][3]string{
		"job I start in May":             {"job", "", "I start in May"},
		"Job: I start":                   {"job", "", "I start"},
		"unnamed solved it is done":      {"solved", "unnamed", "it is done"},
		"solved unnamed it is done":      {"solved", "unnamed", "it is done"},
		"job":                            {"", "", "job"},
		"other a thing":                  {"other", "", "a thing"},
		"":                               {"", "", ""},
		"two\nlines \u202eturned\x00 up": {"", "", "two lines turned up"},
	} {
		kind, bare, text := read(strings.Fields(in))
		got := [3]string{kind, "", text}
		if bare {
			got[1] = "unnamed"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func TestThanks(t *testing.T) {
	for text, want := range map[string]bool{
		"Thanks!": true, "oh, thank you so much": true, "MERCI 🙏": true, "danke dir": true, "شکریہ": true, "no thanks": false, "nein danke": false,
		"thanksgiving is in November": false, "": false, "thanks " + strings.Repeat("x", maxThanks): false,
	} {
		if got := isThanks(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("job unnamed it works\n\u202e")
	f.Fuzz(func(t *testing.T, in string) {
		_, _, text := read(strings.Fields(in))
		if strings.ContainsFunc(text, unicode.IsControl) || text != strings.TrimSpace(text) || len(text) > 2*len(in)+2 {
			t.Errorf("%q is read as %q", in, text)
		}
	})
}
