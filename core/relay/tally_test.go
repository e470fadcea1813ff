package relay

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func added(p chat.Platform, emoji ...string) chat.Reacted {
	return chat.Reacted{Ref: ref(p, "?"), Emoji: emoji, Change: chat.ReactionAdded}
}

func taken(p chat.Platform, emoji ...string) chat.Reacted {
	return chat.Reacted{Ref: ref(p, "?"), Emoji: emoji, Change: chat.ReactionRemoved}
}

// tails tells where which line was put below a copy.
func tails(effects []chat.Effect) []string {
	var out []string
	for _, e := range only[chat.Edit](effects) {
		out = append(out, string(e.To.Platform)+": "+e.Tail.Plain)
	}
	return out
}

func TestTheLineOfReactions(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	give := func(p chat.Platform, who string, b chat.Reacted) { s.happens(account(p, who), kitchen(p), m, b) }

	give(chat.Matrix, "cleo", added(chat.Matrix, "👍"))
	if got := s.waits(time.Hour); len(got) != 0 {
		t.Errorf("one reaction of one person needs no line, got %v", got)
	}
	give(chat.Matrix, "mia", added(chat.Matrix, "👍"))
	give(chat.Telegram, "olga", added(chat.Telegram, "❤"))
	if got := s.waits(9 * time.Second); len(got) != 0 {
		t.Errorf("before ten seconds are over: %v", got)
	}
	effects := s.waits(time.Second)
	if diff := cmp.Diff([]string{"signal: 👍 2 · ❤ 1"}, tails(effects)); diff != "" {
		t.Errorf("the original gets no line, nor a platform where people have accounts (-want +got):\n%s", diff)
	}
	want := chat.Edit{
		To: kitchen(chat.Signal), Target: chat.Target{Refs: []chat.Ref{ref(chat.Signal, "s1")}, Effect: "e1#1"},
		As: &chat.Person{Identity: account(chat.Telegram, "ana"), Name: "Ana"}, Tail: chat.Plain("👍 2 · ❤ 1"), Again: true,
	}
	if diff := cmp.Diff([]chat.Edit{want}, only[chat.Edit](effects)); diff != "" {
		t.Errorf("the edit (-want +got):\n%s", diff)
	}
	give(chat.Signal, "ben", added(chat.Signal, "👍"))
	if got := s.waits(time.Hour); len(got) != 0 {
		t.Errorf("what is given on Signal everybody there sees: %v", got)
	}
	give(chat.Telegram, "olga", taken(chat.Telegram, "❤"))
	give(chat.Matrix, "mia", taken(chat.Matrix, "👍"))
	if diff := cmp.Diff([]string{"signal: "}, tails(s.waits(time.Hour))); diff != "" {
		t.Errorf("when the one reaction says all again (-want +got):\n%s", diff)
	}
}

// Who reacts by two accounts is one person, and on the platform of the one everybody sees it.
func TestOnePersonCountsOnce(t *testing.T) {
	s, f := sit(t, New(facts()...))
	f[0].Identities = append(f[0].Identities, account(chat.Matrix, "ana2"), account(chat.Signal, "ana3"))
	m := &chat.Message{
		ID: "x2", By: account(chat.Matrix, "cleo"), Name: "Cleo", Author: "m3", Original: ref(chat.Matrix, "o"), At: noon,
		Copies: []chat.Copy{{Chat: kitchen(chat.Telegram), Effect: "e#1"}, {Chat: kitchen(chat.Signal), Effect: "e#2"}},
	}
	s.happens(account(chat.Telegram, "ana"), kitchen(chat.Telegram), m, added(chat.Telegram, "👍"))
	s.happens(account(chat.Matrix, "ana2"), kitchen(chat.Matrix), m, added(chat.Matrix, "👍"))
	if got := s.waits(time.Minute); len(got) != 0 {
		t.Errorf("one person by two accounts: %v", got)
	}
	effects := s.happens(account(chat.Matrix, "mia"), kitchen(chat.Matrix), m, added(chat.Matrix, "👍"))
	for _, r := range only[chat.React](effects) {
		if want := map[chat.Platform]int{chat.Telegram: 1, chat.Signal: 2}[r.To.Platform]; r.Count != want {
			t.Errorf("counted on %s: %d, not %d", r.To.Platform, r.Count, want)
		}
	}
	if diff := cmp.Diff([]string{"signal: 👍 2"}, tails(s.waits(time.Minute))); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	s.happens(account(chat.Signal, "ana3"), kitchen(chat.Signal), m, added(chat.Signal, "👍"))
	if diff := cmp.Diff([]string{"signal: "}, tails(s.waits(time.Hour))); diff != "" {
		t.Errorf("by his account on Signal he is seen there (-want +got):\n%s", diff)
	}
}

func TestAnEditKeepsTheLineAndCountsNotAgainstIt(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	for _, who := range []string{"cleo", "mia"} {
		s.happens(account(chat.Matrix, who), kitchen(chat.Matrix), m, added(chat.Matrix, "👍"))
	}
	got := s.happens(account(chat.Telegram, "ana"), kitchen(chat.Telegram), m, chat.Edited{Ref: m.Original, Text: chat.Plain("at seven")})
	if diff := cmp.Diff([]string{"signal: 👍 2", "matrix: "}, tails(got)); diff != "" {
		t.Errorf("the edit takes the line along at once (-want +got):\n%s", diff)
	}
	if got := s.waits(time.Hour); len(got) != 0 {
		t.Errorf("and nothing is left to do: %v", got)
	}
}

// However people react, a copy on Signal is changed at most five times for it, and never so often that its author could not
// change it any more; when all is said, the lines say what is.
func TestTheLinesKeepTheirLimits(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, _ := sit(t, New(facts()...))
		m := bread()
		lines, edits := 0, 0
		for range 300 {
			var effects []chat.Effect
			switch p, who := chat.Matrix, []string{"cleo", "mia", "zoe"}[r.IntN(3)]; r.IntN(12) {
			case 0:
				effects = s.happens(account(chat.Telegram, "ana"), kitchen(chat.Telegram), m, chat.Edited{Ref: m.Original, Text: chat.Plain("x")})
				edits++
				if len(only[chat.Edit](effects)) != 2 {
					t.Fatalf("an author's edit reaches both copies: %v", effects)
				}
				effects = nil
			case 1:
				effects = s.waits(time.Duration(r.IntN(300)) * time.Minute)
			case 2, 3, 4:
				effects = s.happens(account(p, who), kitchen(p), m, taken(p, "👍", "❤"))
			default:
				effects = s.happens(account(p, who), kitchen(p), m, added(p, []string{"👍", "❤", "😀"}[r.IntN(3)]))
			}
			for _, e := range only[chat.Edit](effects) {
				if e.To.Platform != chat.Signal || !e.Again {
					t.Fatalf("a line where none belongs: %+v", e)
				}
				lines++
				if edits+lines > 8 {
					t.Fatalf("seed %d: %d edits and %d lines", seed, edits, lines)
				}
			}
		}
		if lines > 5 {
			t.Errorf("seed %d: %d lines on Signal", seed, lines)
		}
	}
}

// On Telegram there is no limit but the pace: in the end the line says what is.
func TestTheLineIsRightInTheEnd(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		s, _ := sit(t, New(facts()...))
		m := bread()
		m.By, m.Original = account(chat.Signal, "ben"), ref(chat.Signal, "o")
		m.Copies[0] = chat.Copy{Chat: kitchen(chat.Telegram), Effect: "e1#1"}
		given := map[string]bool{}
		tail, last := "", time.Time{}
		note := func(effects []chat.Effect) {
			for _, e := range only[chat.Edit](effects) {
				if !last.IsZero() && s.now.Sub(last) < 20*time.Second {
					t.Fatalf("seed %d: two lines within %v", seed, s.now.Sub(last))
				}
				tail, last = e.Tail.Plain, s.now
			}
		}
		for range 100 {
			who := []string{"cleo", "mia", "zoe", "yan"}[r.IntN(4)]
			if r.IntN(2) == 0 {
				note(s.happens(account(chat.Matrix, who), kitchen(chat.Matrix), m, added(chat.Matrix, "👍")))
				given[who] = true
			} else {
				note(s.happens(account(chat.Matrix, who), kitchen(chat.Matrix), m, taken(chat.Matrix, "👍")))
				delete(given, who)
			}
			for range r.IntN(10) {
				note(s.waits(time.Second))
			}
		}
		for range 60 {
			note(s.waits(time.Second))
		}
		want := map[int]string{2: "👍 2", 3: "👍 3", 4: "👍 4"}[len(given)]
		if tail != want {
			t.Errorf("seed %d: the line says %q, and %d people react", seed, tail, len(given))
		}
	}
}

func TestARefusedLineIsNotTriedAgain(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	for _, who := range []string{"cleo", "mia"} {
		s.happens(account(chat.Matrix, who), kitchen(chat.Matrix), m, added(chat.Matrix, "👍"))
	}
	if got := len(s.waits(time.Minute)); got != 1 {
		t.Fatalf("%d lines", got)
	}
	failed := chat.Failed{Effect: "due/relay/x1/1/2.0#1", Why: chat.TooOld, Of: "edit"}
	if got := s.happens(chat.Identity{}, kitchen(chat.Signal), m, failed); len(got) != 0 {
		t.Errorf("nobody is told of it: %v", got)
	}
	s.happens(account(chat.Telegram, "olga"), kitchen(chat.Telegram), m, added(chat.Telegram, "👍"))
	if got := s.waits(24 * time.Hour); len(got) != 0 {
		t.Errorf("asked again: %v", got)
	}
	told, _ := sit(t, NewFailures())
	if got := told.happens(chat.Identity{}, kitchen(chat.Signal), m, failed); len(got) != 0 {
		t.Errorf("the author is told of a line: %v", got)
	}
}

// Where the bot's one reaction is refused, because the platform has no such emoji, the line tells even a single one.
func TestARefusedReactionIsToldInTheLine(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	s.happens(account(chat.Matrix, "cleo"), kitchen(chat.Matrix), m, added(chat.Matrix, "🥗"))
	refused := func(p chat.Platform) {
		failed := chat.Failed{Effect: "e9#2", Why: chat.Unsupported, Of: "react"}
		if got := s.happens(chat.Identity{}, kitchen(p), m, failed); len(got) != 0 {
			t.Errorf("said at once: %v", got)
		}
	}
	refused(chat.Telegram) // the original: nothing can be done
	refused(chat.Matrix)   // there are no lines
	refused(chat.Signal)
	if diff := cmp.Diff([]string{"signal: 🥗 1"}, tails(s.waits(time.Minute))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.happens(account(chat.Matrix, "cleo"), kitchen(chat.Matrix), m, taken(chat.Matrix, "🥗"))
	if diff := cmp.Diff([]string{"signal: "}, tails(s.waits(time.Hour))); diff != "" {
		t.Errorf("taken back (-want +got):\n%s", diff)
	}
}

// On Matrix people can react with any words: a line stays a line, and calls nobody.
func TestALineStaysALine(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	s.happens(account(chat.Matrix, "cleo"), kitchen(chat.Matrix), m, added(chat.Matrix, "so\nmany words that nobody reads", "@all"))
	for i := range 20 {
		s.happens(account(chat.Matrix, "mia"), kitchen(chat.Matrix), m, added(chat.Matrix, string(rune('a'+i))))
	}
	want := []string{"signal: so many words that… 1 · @\u2060all 1 · a 1 · b 1 · c 1 · d 1"}
	if diff := cmp.Diff(want, tails(s.waits(time.Minute))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
