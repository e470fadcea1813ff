package swaps

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func who(id chat.MemberID) chat.Identity { return chat.Identity{Platform: chat.Matrix, ID: string(id)} }

// player plays events against the rule.
type player struct {
	t     *testing.T
	c     chat.Community
	state []byte
	now   time.Time
	due   time.Time
}

// play makes a community of n members, m1 to mn, in three zones.
func play(t *testing.T, n int) *player {
	var all coretest.Folk
	for i := range n {
		id := chat.MemberID(fmt.Sprint("m", i+1))
		zone := []string{"", "Asia/Karachi", "America/New_York"}[i%3]
		all = append(all, chat.Card{
			ID: id, Name: fmt.Sprintf("Name%dx", i+1), Handle: fmt.Sprintf("h~%dx", i+1), Level: chat.Member, Identities: []chat.Identity{who(id)},
			In: []chat.Chat{{Platform: chat.Matrix, ID: "kitchen"}}, Settings: map[string]string{"zone": zone},
		})
	}
	return &player{t: t, c: chat.Community{ID: "c1", Members: all, Settings: map[string]string{}}, now: noon()}
}

func (p *player) card(id chat.MemberID) chat.Card {
	card, _ := p.c.Members.ByID(id)
	return card
}

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
	for _, x := range out {
		switch x := x.(type) {
		case chat.Wake:
			p.due = x.At
		case chat.Cancel:
			p.due = time.Time{}
		}
	}
	return out
}

// wait lets time pass and returns what the house does meanwhile.
func (p *player) wait(d time.Duration) (out []chat.Effect) {
	p.t.Helper()
	end := p.now.Add(d)
	for n := 0; !p.due.IsZero() && !p.due.After(end); n++ {
		if n > 1000 {
			p.t.Fatal("the timer never rests")
		}
		if p.due.After(p.now) {
			p.now = p.due
		}
		p.due = time.Time{}
		more := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
		p.checkHours(more)
		out = append(out, more...)
	}
	p.now = end
	return out
}

// checkHours: nobody is written to at night, or in a quiet week, who has not just written.
func (p *player) checkHours(out []chat.Effect) {
	p.t.Helper()
	for _, x := range out {
		if w, ok := x.(chat.Whisper); ok {
			card, _ := p.c.Members.Of(w.Who)
			if h := p.now.In(p.c.ZoneOf(card)).Hour(); h < 8 || h >= 22 || rule.Quiet(p.c, p.now) {
				p.t.Fatalf("%s is written to at %s: %s", card.Name, p.now.In(p.c.ZoneOf(card)), w.Text.Plain)
			}
		}
	}
}

func (p *player) asks(by chat.MemberID, line string) []chat.Effect {
	p.t.Helper()
	words := strings.Fields(line)
	return p.decide(chat.Event{
		Chat: chat.Chat(who(by)), Private: true, By: chat.Person{Identity: who(by)}, Member: by, Level: chat.Member,
		Body: chat.Asked{Command: words[0], Alias: words[0], Args: words[1:], Text: chat.Plain(strings.Join(words[1:], " "))},
	})
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

// told are the words that each member is told.
func told(out []chat.Effect) map[chat.MemberID]string {
	all := make(map[chat.MemberID]string)
	for _, x := range out {
		switch x := x.(type) {
		case chat.Whisper:
			all[chat.MemberID(x.Who.ID)] += x.Text.Plain + "\n"
		case chat.Send:
			all[chat.MemberID(x.To.ID)] += x.Text.Plain + "\n"
		}
	}
	return all
}

func TestWhatFits(t *testing.T) {
	for _, tt := range []struct {
		offer, want string
		fits        bool
	}{
		{"Colour theory", "color theory basics", true},
		{"bicycle repairs", "repair of a bicycle", true},
		{"SEO 101", "seo", true},
		{"guitar", "bass guitar", true},
		{"guitar", "piano", false},
		{"Spanish", "Spanish cooking", true},
		{"C++", "C#", false},
		{"the", "with some", false},
		{"glass", "glasses", false},
		{"اردو", "اردو", true},
		{"Bread!", "bread", true},
	} {
		if got := fits(tokens(tt.offer), tokens(tt.want)); got != tt.fits {
			t.Errorf("%q for %q: %v", tt.offer, tt.want, got)
		}
	}
}

func TestRingsOfThreeAreFoundAndOfFourAreNot(t *testing.T) {
	for _, n := range []int{2, 3, 4} {
		p := play(t, 4)
		for i := range n {
			p.asks(chat.MemberID(fmt.Sprint("m", i+1)), fmt.Sprint("offer skill", i))
			p.asks(chat.MemberID(fmt.Sprint("m", i+1)), fmt.Sprint("want skill", (i+1)%n))
		}
		if got, want := len(p.book().Deals), map[int]int{2: 1, 3: 1, 4: 0}[n]; got != want {
			t.Errorf("a ring of %d: %d swaps", n, got)
		}
	}
}

// pair lets m1 and m4, who live in one zone, find each other, and returns the number of the swap.
func pair(p *player) int {
	p.t.Helper()
	for _, line := range []string{"m1 offer guitar", "m1 want piano", "m4 offer piano", "m4 want guitar"} {
		by, rest, _ := strings.Cut(line, " ")
		p.asks(chat.MemberID(by), rest)
	}
	if s := p.book(); len(s.Deals) == 1 {
		return s.Deals[0].N
	}
	p.t.Fatal("no swap is proposed")
	return 0
}

func TestASwapIsDoneWhenAllHaveSaidSo(t *testing.T) {
	p := play(t, 5)
	n := pair(p)
	for _, line := range []string{"m1 swap done %d", "m5 swap yes %d", "m1 swap yes %d", "m1 swap yes %d", "m1 swap off %d"} {
		by, rest, _ := strings.Cut(fmt.Sprintf(line, n), " ")
		p.asks(chat.MemberID(by), rest)
	}
	if !p.book().Deals[0].Since.IsZero() {
		t.Error("one yes is enough")
	}
	out := told(p.asks("m4", fmt.Sprint("swap yes ", n)))
	if !strings.Contains(out["m1"], "Name4x (@h~4x; Matrix m4)") || !strings.Contains(out["m4"], "Name1x (@h~1x; Matrix m1)") {
		t.Errorf("they are told %q", out)
	}
	p.asks("m1", fmt.Sprint("swap done ", n))
	p.asks("m1", fmt.Sprint("swap done ", n))
	p.asks("m5", fmt.Sprint("swap done ", n))
	if len(p.book().Deals) != 1 {
		t.Error("one word is enough")
	}
	var lines []chat.Record
	for _, x := range p.asks("m4", fmt.Sprint("swap done ", n)) {
		if r, ok := x.(chat.Record); ok {
			lines = append(lines, r)
		}
	}
	if diff := cmp.Diff([]chat.Record{{Log: title, Line: "done 2"}}, lines); diff != "" || len(p.book().Deals) != 0 || len(p.book().Rows) != 2 {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotAnsweredFalls(t *testing.T) {
	p := play(t, 4)
	n := pair(p)
	p.asks("m1", fmt.Sprint("swap yes ", n))
	out := told(p.wait(8 * 24 * time.Hour))
	if len(p.book().Deals) != 0 || !strings.Contains(out["m1"], "does not come about") || out["m4"] != "" {
		t.Errorf("it falls, and they are told %q", out)
	}
	if strings.Contains(string(p.state), "letters") {
		t.Errorf("something waits: %s", p.state)
	}
	p.asks("m1", "swap remove 1")
	p.asks("m1", "offer guitar")
	if len(p.book().Deals) != 1 {
		t.Error("a new offer is no new chance")
	}
}

func TestWhoIsAwayIsNotAsked(t *testing.T) {
	for name, change := range map[string]func(*player){
		"a pause":       func(p *player) { p.card("m4").Settings["paused"] = "on" },
		"a ban":         func(p *player) { p.card("m4").Settings["sanction"] = "ban" },
		"not to match":  func(p *player) { p.card("m4").Settings["match"] = "off" },
		"not here":      func(p *player) { p.c.Members.(coretest.Folk)[3].In = nil },
		"no seat":       func(p *player) { p.c.Members.(coretest.Folk)[3].Level = chat.Guest },
		"erased":        func(p *player) { p.decide(chat.Event{Body: chat.Forgotten{Who: "m4"}}) },
		"the same as 1": func(p *player) { p.decide(chat.Event{Body: chat.Claimed{Kept: "m1", Gone: "m4"}}) },
	} {
		p := play(t, 4)
		p.asks("m4", "offer piano")
		p.asks("m4", "want guitar")
		change(p)
		p.asks("m1", "offer guitar")
		p.asks("m1", "want piano")
		if n := len(p.book().Deals); n != 0 {
			t.Errorf("%s: %d swaps", name, n)
		}
	}
}

func TestWhoDoesNotWantToBeMatchedAnyMoreIsOut(t *testing.T) {
	p := play(t, 4)
	n := pair(p)
	p.asks("m1", fmt.Sprint("swap yes ", n))
	p.card("m4").Settings["match"] = "off"
	out := told(p.decide(chat.Event{
		Chat: chat.Chat(who("m4")), Private: true, By: chat.Person{Identity: who("m4")}, Member: "m4",
		Body: chat.Asked{Command: "norecap", Alias: "nomatch"},
	}))
	if len(p.book().Deals) != 0 || !strings.Contains(out["m1"], "does not come about") {
		t.Errorf("it stands, and they are told %q", out)
	}
}

func TestNobodyIsWrittenToAtNightOrInAQuietWeek(t *testing.T) {
	c := chat.Community{Settings: map[string]string{rule.QuietSetting: "2026-03-20..2026-04-05"}}
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Asia/Karachi"} {
		card := chat.Card{Settings: map[string]string{"zone": zone}}
		where := c.ZoneOf(card)
		for at := noon(); at.Before(noon().AddDate(1, 0, 0)); at = at.Add(53 * time.Minute) {
			got := fine(c, card, at)
			if h := got.In(where).Hour(); h < 8 || h >= 22 || got.Before(at) || rule.Quiet(c, got) || !rule.Quiet(c, at) && got.Sub(at) > 18*24*time.Hour {
				t.Fatalf("%s in %s waits until %s", at, zone, got.In(where))
			}
		}
	}
}

func TestWhoIsErasedIsGone(t *testing.T) {
	p := play(t, 4)
	n := pair(p)
	p.asks("m1", fmt.Sprint("swap yes ", n))
	p.asks("m4", fmt.Sprint("swap yes ", n))
	out := told(p.decide(chat.Event{Body: chat.Forgotten{Who: "m4"}}))
	if strings.Contains(string(p.state), `"m4"`) || len(p.book().Rows) != 2 {
		t.Errorf("the state has %s", p.state)
	}
	if !strings.Contains(out["m1"], "called off") {
		t.Errorf("the other is told %q", out)
	}
}

// Whatever people do in whatever order: no name is told before all have said yes, nobody swaps with themselves or twice with one
// line, nobody is asked at night, in a quiet week or more often than three times a week.
func TestNoNameBeforeAllHaveSaidYes(t *testing.T) {
	for seed := range uint64(12) {
		const people = 9
		p := play(t, people)
		if seed%2 == 0 {
			p.c.Settings[rule.QuietSetting] = "2026-03-07..2026-03-14"
		}
		r := rand.New(rand.NewPCG(seed, 5))
		questions := make(map[chat.MemberID][]time.Time)
		for range 180 {
			by := chat.MemberID(fmt.Sprint("m", 1+r.IntN(people)))
			n := 1 + r.IntN(p.book().Last+1)
			known := acquainted(p.book())
			var out []chat.Effect
			switch r.IntN(7) {
			case 0:
				out = p.asks(by, fmt.Sprint("offer skill", r.IntN(7)))
			case 1:
				out = p.asks(by, fmt.Sprint("want skill", r.IntN(7)))
			case 2, 3:
				if d := p.book().Deals; len(d) > 0 { // most often somebody whom it concerns
					deal := d[r.IntN(len(d))]
					n, by = deal.N, deal.Legs[r.IntN(len(deal.Legs))].Who
				}
				out = p.asks(by, fmt.Sprint("swap ", []string{"yes", "yes", "yes", "no", "done", "off", "later"}[r.IntN(7)], " ", n))
			case 4:
				out = p.asks(by, fmt.Sprint("swap ", []string{"remove", "keep", "yes", "done"}[r.IntN(4)], " ", n))
			case 5:
				out = p.asks(by, "swaps")
			case 6:
				out = p.wait(time.Duration(r.IntN(60)) * time.Hour)
			}
			for pair := range acquainted(p.book()) {
				known[pair] = true
			}
			for to, words := range told(out) {
				for i := range people {
					other := chat.MemberID(fmt.Sprint("m", i+1))
					if name := p.card(other).Name; strings.Contains(words, name) && other != to && !known[[2]chat.MemberID{to, other}] {
						t.Fatalf("seed %d: %s is told %q", seed, to, words)
					}
				}
				if strings.Contains(words, "may have found a swap") {
					questions[to] = append(questions[to], p.now)
				}
			}
			checkBook(t, p.book())
		}
		for to, at := range questions {
			for i := range at {
				if i >= 2*maxSeen && at[i].Sub(at[i-2*maxSeen]) < week/2 {
					t.Errorf("seed %d: %s is asked all the time", seed, to)
				}
			}
		}
	}
}

// acquainted are the pairs who may know of each other.
func acquainted(s Book) map[[2]chat.MemberID]bool {
	out := make(map[[2]chat.MemberID]bool)
	for _, d := range s.Deals {
		for _, a := range d.Legs {
			for _, b := range d.Legs {
				if d.all(func(l Leg) bool { return l.Yes }) {
					out[[2]chat.MemberID{a.Who, b.Who}] = true
				}
			}
		}
	}
	return out
}

func checkBook(t *testing.T, s Book) {
	t.Helper()
	rows := make(map[int]bool)
	for _, d := range s.Deals {
		members := make(map[chat.MemberID]bool)
		for _, l := range d.Legs {
			if members[l.Who] || rows[l.Offer] || rows[l.Want] {
				t.Fatalf("twice in a swap: %+v", s.Deals)
			}
			members[l.Who], rows[l.Offer], rows[l.Want] = true, true, true
		}
	}
	if len(s.Past) > maxPast || len(s.Rows) > maxRows {
		t.Fatal("the book grows")
	}
}

// 500 members with all lines that they can have are looked through at once, and the book stays small.
func TestALargeCommunity(t *testing.T) {
	p := play(t, 500)
	var s Book
	for n := 1; n < maxRows; n++ {
		words := fmt.Sprintf("%s %d", strings.Repeat("x", 60), n)
		s.Rows = append(s.Rows, Row{N: n, Who: chat.MemberID(fmt.Sprint("m", 1+n%499)), Give: n%2 == 0, Words: words, Ask: noon().Add(rowTime)})
	}
	s.Last = maxRows
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	p.state = raw
	if p.asks("m500", "want "+s.Rows[1].Words); len(p.state) > 1<<20 || len(p.book().Rows) != maxRows {
		t.Errorf("the book has %d bytes", len(p.state))
	}
	if out := told(p.asks("m500", "offer something else")); !strings.Contains(out["m500"], "full") {
		t.Errorf("told %q", out)
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("Colour theories, C++ & the rest \u202e")
	f.Fuzz(func(t *testing.T, in string) {
		got := tokens(chat.OneLine(strings.Fields(in)...))
		again := tokens(strings.Join(got, " "))
		if len(got) > maxTokens || len(got) > 0 && !fits(got, got) || len(again) > len(got) {
			t.Errorf("%q: %q, %q", in, got, again)
		}
	})
}
