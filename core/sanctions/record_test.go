package sanctions

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func randomHold(r *rand.Rand) Hold {
	if r.IntN(3) == 0 {
		return Hold{}
	}
	h := Hold{Turn: 1 + r.IntN(5), Since: noon, Own: r.IntN(4) == 0}
	if h.Own || r.IntN(2) == 0 {
		h.Until = noon.Add(time.Duration(1+r.IntN(100)) * time.Hour)
	}
	if !h.Own && r.IntN(2) == 0 {
		h.Confirm = noon.Add(24 * time.Hour)
	}
	return h
}

func randomRecord(r *rand.Rand) Record {
	s := Record{Turn: 5 + r.IntN(5), Timeout: randomHold(r), Ban: randomHold(r)}
	s.Ban.Own = false
	for range r.IntN(25) {
		s.Warnings = append(s.Warnings, Warning{Turn: r.IntN(9), At: noon.Add(time.Duration(r.IntN(999)) * time.Minute), Until: noon.Add(48 * time.Hour)})
		s.Past = append(s.Past, Step{Kind: Warn, At: noon.Add(time.Duration(r.IntN(999)) * time.Minute)})
	}
	return s
}

// timeHasCome is a record when its timers have done their work.
func timeHasCome(s Record, now time.Time) Record {
	for _, kind := range []Kind{Timeout, Ban} {
		h := s.Timeout
		if kind == Ban {
			h = s.Ban
		}
		if end := h.end(); !end.IsZero() && !end.After(now) {
			s = s.with(kind, Hold{})
		}
	}
	return s
}

// Two accounts that become one person are never freer together than either was, at any time.
func TestNobodyIsFreerAsOne(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b := randomRecord(r), randomRecord(r)
		s := unite(a, b)
		for hours := range 110 {
			now := noon.Add(time.Duration(hours) * time.Hour)
			for _, one := range []Record{a, b} {
				h, kind, ok := timeHasCome(one, now).hold(now)
				if !ok || h.Own {
					continue
				}
				got, gotKind, held := timeHasCome(s, now).hold(now)
				if !held || kind == Ban && gotKind != Ban {
					t.Fatalf("seed %d, hour %d: %+v and %+v become %+v, %s", seed, hours, a, b, got, gotKind)
				}
			}
		}
		if len(s.Warnings) > maxWarnings || len(s.Past) > maxPast || s.Turn < max(a.Turn, b.Turn) {
			t.Fatalf("seed %d: %+v", seed, s)
		}
		for i := 1; i < len(s.Warnings); i++ {
			if s.Warnings[i].At.Before(s.Warnings[i-1].At) {
				t.Fatalf("seed %d: warnings out of order", seed)
			}
		}
	}
}

func TestMirror(t *testing.T) {
	until := noon.Add(time.Hour)
	for want, s := range map[string]Record{
		"":                             {Warnings: []Warning{{Turn: 1}}},
		"ban":                          {Ban: Hold{Since: noon}, Timeout: Hold{Since: noon, Until: until}},
		"ban 2026-03-02T13:00:00Z":     {Ban: Hold{Since: noon, Until: until}},
		"timeout 2026-03-02T13:00:00Z": {Timeout: Hold{Since: noon, Until: until}},
		"break 2026-03-02T13:00:00Z":   {Timeout: Hold{Since: noon, Until: until, Own: true}},
	} {
		got := s.mirror()
		if got != want {
			t.Errorf("mirror is %q, want %q", got, want)
		}
		word, end, ok := mirrored(got)
		if ok != (want != "") || ok && !strings.HasPrefix(want, word) || strings.Contains(want, " ") && !end.Equal(until) {
			t.Errorf("%q is read as %s until %s, %v", got, word, end, ok)
		}
	}
	for _, bad := range []string{"x", "timeout", "break", "ban soon", "timeout 2026", "ban ", "bans"} {
		if word, _, ok := mirrored(bad); ok {
			t.Errorf("%q is read as %q", bad, word)
		}
	}
}

func TestEndAndDeadline(t *testing.T) {
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	for name, tt := range map[string]struct {
		s    Record
		want time.Time
	}{
		"nothing":          {Record{}, time.Time{}},
		"a ban for good":   {Record{Ban: Hold{Since: noon}}, time.Time{}},
		"unconfirmed":      {Record{Ban: Hold{Since: noon, Confirm: at(24)}}, at(24)},
		"ends before":      {Record{Ban: Hold{Since: noon, Until: at(2), Confirm: at(24)}}, at(2)},
		"the first of two": {Record{Ban: Hold{Since: noon, Until: at(5)}, Timeout: Hold{Since: noon, Until: at(3)}}, at(3)},
		"a further try":    {Record{Ban: Hold{Since: noon}, Undone: []Undone{{At: at(1)}, {}}}, at(1)},
		"a reminder":       {Record{Appeal: Appeal{Remind: at(48)}}, at(48)},
	} {
		if got := tt.s.deadline(); !got.Equal(tt.want) {
			t.Errorf("%s: deadline %s, want %s", name, got, tt.want)
		}
	}
}

func TestTheLadderClimbs(t *testing.T) {
	const day = 24 * time.Hour
	step := func(kind Kind, long time.Duration, ago time.Duration) Step {
		return Step{Kind: kind, For: long, At: noon.Add(-ago)}
	}
	live := Warning{Until: noon.Add(day)}
	for name, tt := range map[string]struct {
		s    Record
		want int
	}{
		"a clean sheet":             {Record{}, 0},
		"two warnings":              {Record{Warnings: []Warning{live, live}}, 0},
		"three warnings":            {Record{Warnings: []Warning{live, live, live}}, 1},
		"three, one of them over":   {Record{Warnings: []Warning{live, live, {Until: noon}}}, 0},
		"an hour":                   {Record{Past: []Step{step(Timeout, time.Hour, day)}}, 1},
		"a day":                     {Record{Past: []Step{step(Timeout, day, day)}}, 2},
		"five days":                 {Record{Past: []Step{step(Timeout, 5*day, day)}}, 3},
		"a week":                    {Record{Past: []Step{step(Timeout, 7*day, day)}}, 4},
		"four weeks":                {Record{Past: []Step{step(Timeout, 28*day, day)}}, 5},
		"four weeks, long ago":      {Record{Past: []Step{step(Timeout, 28*day, 181*day)}}, 0},
		"taken out":                 {Record{Past: []Step{step(Removal, 0, day)}}, 2},
		"kept out":                  {Record{Past: []Step{step(Ban, 0, day)}}, 5},
		"a long one before a short": {Record{Past: []Step{step(Timeout, 7*day, 9*day), step(Timeout, time.Hour, day)}}, 4},
	} {
		if got := tt.s.next(noon, 3); got != tt.want {
			t.Errorf("%s: the next rung is %d, want %d", name, got, tt.want)
		}
	}
	var s Record
	for i := range 60 {
		s = s.remember(Step{Turn: i, At: noon.Add(time.Duration(i) * 10 * day)})
		if len(s.Past) > maxPast {
			t.Fatalf("%d steps are kept", len(s.Past))
		}
	}
}

func TestTheStateIsKeptAsItIs(t *testing.T) {
	for seed := range uint64(50) {
		s := randomRecord(rand.New(rand.NewPCG(seed, 2)))
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got Record
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got); diff != "" {
			t.Errorf("record (-before +after):\n%s", diff)
		}
	}
}

func FuzzTags(f *testing.F) {
	f.Add("sanctions restrict 3 m7 telegram:1", "matrix", "@a b:c")
	f.Fuzz(func(t *testing.T, s, platform, id string) {
		if read, ok := readTag(s); ok && read.turn >= 0 {
			if again, ok := readTag(read.String()); !ok || again != read {
				t.Errorf("%q is read as %+v, and that as %+v", s, read, again)
			}
		}
		who, err := chat.ParseIdentity(platform + ":" + id)
		if err != nil {
			return
		}
		want := tag{verb: "ban", turn: 2, member: "m1", who: who}
		if got, ok := readTag(want.String()); !ok || got != want {
			t.Errorf("%+v is read as %+v", want, got)
		}
	})
}

func TestWordsBehindACommand(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"@ana":                 "",
		"@ana keep":            "",
		"@ana keep no":         "no",
		" @ana \n keep  a\nb ": "a\nb",
		"@ana\tlift\tone two":  "one two",
	} {
		if got := behind(text, 2); got != want {
			t.Errorf("behind two words of %q stands %q, want %q", text, got, want)
		}
	}
}

func TestChanceIsFairAndTheSame(t *testing.T) {
	counts := make([]int, 5)
	for i := range 5000 {
		seed := [16]byte{byte(i), byte(i >> 8)}
		a, b := chance(seed), chance(seed)
		for range 3 {
			if x, y := a(5), b(5); x != y {
				t.Fatalf("seed %d: %d and %d", i, x, y)
			}
		}
		counts[chance(seed)(5)]++
	}
	for n, c := range counts {
		if c < 850 || c > 1150 {
			t.Errorf("%d came %d times of 5000", n, c)
		}
	}
}

func TestTheLogTellsWhenItWasChanged(t *testing.T) {
	v := rule.Voice{Language: "en", Prefix: "/", Zone: time.UTC}
	line := chat.Line{At: noon, Text: "telegram warn: #1", Sum: "ab"}
	c := chat.Community{Members: noMembers{}}
	whole := modlogText(c, v, chat.Card{}, []chat.Line{line}).Plain
	broken := modlogText(c, v, chat.Card{}, []chat.Line{{At: noon, Text: "check line 4"}, line}).Plain
	if !strings.Contains(whole, "is whole") || strings.Contains(broken, "is whole") || !strings.Contains(broken, "check line 4") {
		t.Errorf("whole: %s\nbroken: %s", whole, broken)
	}
}

// noMembers is the index of a community where nobody is.
type noMembers struct{}

func (noMembers) Of(chat.Identity) (chat.Card, bool)   { return chat.Card{}, false }
func (noMembers) ByID(chat.MemberID) (chat.Card, bool) { return chat.Card{}, false }
func (noMembers) All() []chat.Card                     { return nil }
func (noMembers) Named(string) []chat.Card             { return nil }
func (noMembers) Pseudonym(chat.Identity) string       { return "" }

func TestCountsAreBounded(t *testing.T) {
	var s Tally
	for i := range 40 {
		month := noon.AddDate(0, i, 0).Format("2006-01")
		for j := range 100 {
			s = s.count(month, "warn", strings.Repeat("x", j))
		}
	}
	if len(s.Months) != maxMonths {
		t.Errorf("%d months are kept", len(s.Months))
	}
	last := s.Months[noon.AddDate(0, 39, 0).Format("2006-01")]
	if last["warn"] != 100 || len(last) > maxRules+1 {
		t.Errorf("the last month has %d warnings and %d counts", last["warn"], len(last))
	}
}
