package health

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

// noon is a Monday.
func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// table is a community of n members, m0 and so on, who have been here for a year; m0 is its organiser.
func table(n int) chat.Community {
	kitchen := chat.Chat{Platform: chat.Telegram, ID: "kitchen"}
	var all coretest.Folk
	for i := range n {
		id := chat.MemberID(fmt.Sprint("m", i))
		card := chat.Card{
			ID: id, Name: fmt.Sprint("Name", i), Level: chat.Member, Identities: []chat.Identity{{Platform: chat.Telegram, ID: string(id)}},
			In: []chat.Chat{kitchen}, Settings: map[string]string{}, Since: noon().AddDate(-1, 0, 0),
		}
		if i == 0 {
			card.Level = chat.Organiser
		}
		all = append(all, card)
	}
	return chat.Community{ID: "c1", Members: all, Settings: map[string]string{}, Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen}}}}
}

// player plays events against the rule.
type player struct {
	t     *testing.T
	c     chat.Community
	state []byte
	now   time.Time
	n     int
}

func play(t *testing.T, n int) *player { return &player{t: t, c: table(n), now: noon()} }

func (p *player) card(i int) *chat.Card { return &p.c.Members.(coretest.Folk)[i] }

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

// says lets a member write; it returns the message's id.
func (p *player) says(i int, text string, replyTo chat.MessageID) chat.MessageID {
	p.t.Helper()
	p.n++
	card := p.card(i)
	id := chat.MessageID(fmt.Sprint("x", p.n))
	e := chat.Event{
		Room: "r1", Chat: card.In[0], Member: card.ID, Level: card.Level, By: chat.Person{Identity: card.Identities[0], Name: card.Name},
		Message: &chat.Message{ID: id}, Body: chat.Posted{Text: chat.Plain(text)},
	}
	if replyTo != "" {
		e.ReplyTo = &chat.Message{ID: replyTo}
	}
	p.decide(e)
	return id
}

func (p *player) reacts(i int) {
	p.t.Helper()
	card := p.card(i)
	p.decide(chat.Event{
		Room: "r1", Chat: card.In[0], Member: card.ID, By: chat.Person{Identity: card.Identities[0]},
		Body: chat.Reacted{Emoji: []string{"👍"}, Change: chat.ReactionAdded},
	})
}

func (p *player) read() (s State) {
	p.t.Helper()
	if len(p.state) > 0 {
		if err := json.Unmarshal(p.state, &s); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

func (p *player) numbers() Numbers {
	p.t.Helper()
	return p.read().numbers(p.c, p.now)
}

// Twelve members: one has opted out, one pauses, one has come an hour ago, one has left. Eight count. Within 7 days three have
// written and one has reacted; another wrote 20 days ago. So 4/8 took part, 4/8 wrote within 28 days and 3/8 within 7.
func TestM1AndM2ByHand(t *testing.T) {
	p := play(t, 12)
	p.card(8).Settings["metrics"] = "off"
	p.card(9).Settings["paused"] = "on"
	p.card(11).In = nil
	p.says(4, "long ago", "")
	p.now = p.now.Add(20 * day)
	p.card(10).Since = p.now.Add(-time.Hour)
	p.says(0, "a", "")
	p.says(1, "b", "")
	p.says(2, "c", "")
	p.says(8, "not counted", "")
	p.says(10, "too new", "")
	p.reacts(3)
	p.reacts(0)
	got := p.numbers()
	want := Numbers{At: p.now, Members: 8, Excluded: 2, Active: 4, Wrote: 4, WroteWeek: 3, Settled: 8, SettledWrote: 4}
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(path cmp.Path) bool { return path.String() == "Replies" }, cmp.Ignore())); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if got.activeBand() != green || got.wroteBand() != green {
		t.Errorf("bands %s %s", got.activeBand(), got.wroteBand())
	}
	p.now = p.now.Add(week) // exactly 7 days later it still counts, a second later no more; who was too new counts now
	if n := p.numbers(); n.Members != 9 || n.Active != 5 || n.WroteWeek != 4 {
		t.Errorf("after exactly 7 days: %+v", n)
	}
	p.now = p.now.Add(time.Second)
	if n := p.numbers(); n.Active != 0 || n.WroteWeek != 0 || n.Wrote != 5 {
		t.Errorf("after more than 7 days: %+v", n)
	}
}

func TestBandsAtTheirEdges(t *testing.T) {
	for _, tt := range []struct {
		n    Numbers
		a, w band
	}{
		{Numbers{Members: 100, Active: 50, Wrote: 33}, green, green},
		{Numbers{Members: 100, Active: 49, Wrote: 32}, amber, amber},
		{Numbers{Members: 100, Active: 25, Wrote: 20}, amber, amber},
		{Numbers{Members: 100, Active: 24, Wrote: 19}, red, red},
		{Numbers{Members: 150, Active: 75, Wrote: 50}, green, green},
		{Numbers{Members: 150, Active: 74, Wrote: 30}, amber, amber},
		{Numbers{Members: 200, Active: 100, Wrote: 46}, green, green},
		{Numbers{Members: 200, Active: 50, Wrote: 45}, amber, amber},
		{Numbers{Members: 200, Active: 49, Wrote: 20}, red, amber},
		{Numbers{Members: 200, Active: 0, Wrote: 19}, red, red},
	} {
		if tt.n.activeBand() != tt.a || tt.n.wroteBand() != tt.w {
			t.Errorf("%+v: %s %s", tt.n, tt.n.activeBand(), tt.n.wroteBand())
		}
	}
}

func TestMedianAndNinetieth(t *testing.T) {
	h := time.Hour
	for _, tt := range []struct {
		waits        []time.Duration
		median, most time.Duration
	}{
		{nil, 0, 0},
		{[]time.Duration{h}, h, h},
		{[]time.Duration{3 * h, h}, 2 * h, 3 * h},
		{[]time.Duration{never, h}, never, never},
		{[]time.Duration{never, h, 2 * h}, 2 * h, never},
		{[]time.Duration{h, h, h, never, never}, h, never},
		{[]time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, never}, 5, 9},
		{[]time.Duration{1, 2, 3, 4, 5, 6, 7, 8, never, never}, 5, never},
		{[]time.Duration{h, h, 120 * h}, h, 120 * h},
	} {
		if m, n := median(tt.waits), ninetieth(tt.waits); m != tt.median || n != tt.most {
			t.Errorf("%v: %s, %s", tt.waits, m, n)
		}
	}
}

// m1 to m5 are new. m1's first post is answered by a reply after 3 h, m2's by the next word after 10 min, m3's neither by a
// word after 11 min nor by a reaction, m4's by an organiser who names them after 30 h, m5 asks twice and nobody answers.
func TestM3ByHand(t *testing.T) {
	p := play(t, 8)
	for i := 1; i <= 5; i++ {
		p.card(i).Since = p.now.Add(-48 * time.Hour)
	}
	wait := func(d time.Duration) { p.now = p.now.Add(d) }
	first := p.says(1, "hi", "")
	wait(time.Hour)
	p.says(1, "no question", "") // the second that is none counts for nothing
	wait(2 * time.Hour)
	p.says(6, "welcome", first)
	wait(time.Hour)
	p.says(2, "hello", "")
	wait(10 * time.Minute)
	p.says(6, "well", "")
	wait(time.Hour)
	p.says(3, "hello", "")
	p.reacts(6)
	wait(11 * time.Minute)
	p.says(6, "well", "")
	wait(time.Hour)
	p.says(4, "hello", "")
	wait(time.Minute)
	p.says(4, "is anybody there?", "") // her own word does not come between
	wait(30 * time.Hour)
	card := p.card(0)
	p.decide(chat.Event{
		Room: "r1", Chat: card.In[0], Member: card.ID, Level: chat.Organiser, By: chat.Person{Identity: card.Identities[0]}, Message: &chat.Message{ID: "y"},
		Body: chat.Posted{Text: chat.Text{Plain: "hi Name4", Spans: []chat.Span{{Start: 3, End: 8, Style: chat.Mention, Value: "telegram:m4"}}}},
	})
	p.says(5, "hello", "")
	p.says(5, "I need #help", "")
	wait(25 * time.Hour)
	got := p.numbers().Replies
	// waits: 3 h, 10 min, ∞ (m3), 30 h 1 min, 30 h, ∞, ∞; answered 4 of 7, within a day 2, by others 2
	want := Replies{Posts: 7, Answered: 4, InADay: 2, Waiting: 3, Overdue: 3, Others: 2, Median: 30*time.Hour + time.Minute, P90: never}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	var names []string
	for _, card := range p.read().waiting(p.c, p.now) {
		names = append(names, card.Name)
	}
	if diff := cmp.Diff([]string{"Name3", "Name5"}, names); diff != "" {
		t.Errorf("waiting:\n%s", diff)
	}
}

func TestANewcomerIsOneForFourteenDays(t *testing.T) {
	p := play(t, 8)
	p.card(1).Since, p.card(2).Since = p.now.Add(-newcomer), p.now.Add(-newcomer+time.Second)
	p.says(1, "why?", "")
	p.says(2, "why?", "")
	if got := p.read().Posts; len(got) != 1 || got[0].Who != "m2" {
		t.Errorf("posts %+v", got)
	}
}

func TestM4(t *testing.T) {
	line := func(days int, text string) chat.Line {
		return chat.Line{At: noon().Add(-time.Duration(days) * day), Text: text}
	}
	got := winsIn([]chat.Line{
		line(1, "unwin 9 solved"), line(2, "win 10 job"), line(3, "win 9 solved"), line(7, "win 8 solved"), line(8, "win 7 collab"), line(28, "win 6 other"),
		line(29, "win 5 job"), line(3, "first win delivered"), line(-1, "win 11 job"),
	}, noon())
	want := Won{Wins: 4, Job: 1, Solved: 1, Collab: 1, Other: 1, WinsWeek: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wins (-want +got):\n%s", diff)
	}
	for wins, want := range map[int]band{0: red, 1: red, 2: amber, 3: amber, 4: green} {
		if got := (Numbers{Members: 100, Won: Won{Wins: wins}}).winsBand(); got != want {
			t.Errorf("%d wins of 100: %s", wins, got)
		}
	}
}

func TestWhoOptsOutIsForgotten(t *testing.T) {
	p := play(t, 8)
	p.card(1).Since = p.now
	p.says(1, "hello?", "")
	p.decide(chat.Event{Member: "m1", Private: true, Body: chat.Asked{Command: "norecap", Alias: "nometrics"}})
	if s := p.read(); len(s.People) != 0 || len(s.Posts) != 0 {
		t.Errorf("kept: %+v", s)
	}
	p.says(2, "hello", "")
	p.decide(chat.Event{Body: chat.Forgotten{Who: "m2"}})
	if strings.Contains(string(p.state), "m2") {
		t.Errorf("kept: %s", p.state)
	}
}

func TestTwoAccountsAreOnePerson(t *testing.T) {
	p := play(t, 8)
	p.says(1, "a", "")
	p.now = p.now.Add(8 * day)
	p.says(2, "b", "")
	p.decide(chat.Event{Body: chat.Claimed{Kept: "m1", Gone: "m2"}})
	s := p.read()
	if _, there := s.People["m2"]; there || !s.People["m1"].Wrote.Equal(p.now) {
		t.Errorf("people %+v", s.People)
	}
}

// Sixty weeks in three zones: each week is closed once, at Monday's midnight there, with what was done in it, and the
// organisers are told at nine on their wall, also when the clocks change.
func TestSixtyWeeks(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Asia/Karachi"} {
		where, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		p := play(t, 10)
		p.c.Settings["zone"] = zone
		p.now = time.Date(2026, 3, 2, 0, 0, 0, 0, where)
		var mornings []string
		for i := range 60 {
			start := p.now
			for j := range 1 + i%10 { // so many write on Monday at ten, the last minute of the week belongs to one more
				p.now = start.Add(10 * time.Hour)
				p.says(j, "hello", "")
			}
			next := after(start, where)
			p.now = next.Add(-time.Minute)
			p.says(9, "late", "")
			p.now = p.read().Woken
			out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
			mornings = append(mornings, p.now.In(where).Format("Mon 15:04"))
			if !slices.ContainsFunc(out, func(e chat.Effect) bool { _, is := e.(chat.Look); return is }) {
				t.Fatalf("%s week %d: nothing is begun: %+v", zone, i, out)
			}
			letters := p.decide(chat.Event{Body: chat.Found{Rule: title, Key: "c1", View: chat.Logged}})
			if again := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}}); len(again) > 0 && hasWhisper(again) {
				t.Fatalf("%s week %d: told twice", zone, i)
			}
			if !hasWhisper(letters) {
				t.Fatalf("%s week %d: nobody is told: %+v", zone, i, letters)
			}
			s := p.read()
			if got, want := s.last().Numbers.Active, min(10, 1+i%10+one(i%10 < 9)); got != want || !s.last().Start.Equal(start) {
				t.Fatalf("%s week %d: %d active, want %d, from %s", zone, i, got, want, s.last().Start)
			}
			p.now = next
		}
		if slices.ContainsFunc(mornings, func(m string) bool { return m != "Mon 09:00" }) {
			t.Errorf("%s: %v", zone, mornings)
		}
		if s := p.read(); len(s.Weeks) != 60 || len(p.state) > 60<<10 {
			t.Errorf("%s: %d weeks, %d bytes", zone, len(s.Weeks), len(p.state))
		}
	}
}

func hasWhisper(out []chat.Effect) bool {
	return slices.ContainsFunc(out, func(e chat.Effect) bool { _, is := e.(chat.Whisper); return is })
}

func TestLateAndQuietMondays(t *testing.T) {
	for name, tt := range map[string]struct {
		late  time.Duration
		quiet string
		told  bool
		log   string
	}{
		"in time": {0, "", true, ""}, "two hours late": {2 * time.Hour, "", true, ""},
		"later": {2*time.Hour + time.Second, "", false, "health skipped: more than 2 h late"},
		"quiet": {0, "2026-03-09..2026-03-15", false, "health passed over: quiet"}, "the last day of a quiet week": {0, "2026-03-01..2026-03-08", true, ""},
	} {
		p := play(t, 8)
		p.c.Settings["quiet"] = tt.quiet
		p.says(1, "hello", "")
		p.now = time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC).Add(tt.late)
		out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
		told, log := false, ""
		for _, e := range out {
			switch e := e.(type) {
			case chat.Look:
				told = true
			case chat.Record:
				log = e.Line
			}
		}
		if told != tt.told || log != tt.log {
			t.Errorf("%s: told %v, log %q", name, told, log)
		}
	}
}

func TestTheNumbersNameNobody(t *testing.T) {
	p := play(t, 30)
	for i := range 30 {
		p.card(i).Since = p.now.Add(-2 * day)
		p.says(i, "hello?", "")
		p.now = p.now.Add(time.Hour)
	}
	card := p.card(3)
	p.decide(chat.Event{Chat: card.In[0], Member: card.ID, By: chat.Person{Identity: card.Identities[0]}, Body: chat.Asked{Command: "health"}})
	out := p.decide(chat.Event{Body: chat.Found{Rule: title, Key: "c1", View: chat.Logged}})
	send, ok := out[0].(chat.Send)
	if !ok || strings.Contains(send.Text.Plain, "Name") || !strings.Contains(send.Text.Plain, "100 %") {
		t.Errorf("said: %+v", out)
	}
}
