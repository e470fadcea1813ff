package seats

import (
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// In every language each question has a word of its own, and the right one is among those that are offered, once.
func TestTheSmallQuestionsCanBeAnswered(t *testing.T) {
	for _, language := range say.Languages() {
		all := tasks(rule.Voice{Language: language})
		seen := make(map[string]bool)
		for _, one := range all {
			word := bare(one.word)
			if word == "" || seen[word] || strings.Contains(word, " ") || one.question == "" || len([]rune(word)) > 40 {
				t.Errorf("%s: %q answers %q", language, one.word, one.question)
			}
			seen[word] = true
		}
	}
	for a := range 256 {
		for b := range 8 {
			g := &visit{e: chat.Event{Seed: [16]byte{byte(a), byte(a * 7), byte(b)}}, s: Applicant{By: chat.Identity{Platform: chat.Signal, ID: "z"}, Kind: byKnock}}
			g.c.Members = none{}
			g.test("captcha.hello")
			order, right := g.s.Test.Order, 0
			seen := make(map[int]bool)
			for _, n := range order {
				if n == g.s.Test.Task {
					right++
				}
				if seen[n] || n < 0 || n >= 6 {
					t.Fatalf("words %v", order)
				}
				seen[n] = true
			}
			w, ok := g.out[0].(chat.Whisper)
			if len(order) != choicesN || right != 1 || !ok || !w.Secret || len(w.Choices) != choicesN+1 {
				t.Fatalf("task %d, words %v, %+v", g.s.Test.Task, order, g.out)
			}
		}
	}
}

// none has no members.
type none struct{}

func (none) Of(chat.Identity) (chat.Card, bool)   { return chat.Card{}, false }
func (none) ByID(chat.MemberID) (chat.Card, bool) { return chat.Card{}, false }
func (none) All() []chat.Card                     { return nil }
func (none) Named(string) []chat.Card             { return nil }
func (none) Pseudonym(i chat.Identity) string     { return i.String() }

func TestNobodyIsWrittenToAtNight(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Oslo", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC) // over the days on which clocks change
		for m := range 15 * 24 * 4 {
			at := start.Add(time.Duration(m) * 15 * time.Minute)
			got := byDay(zone, at)
			if hour := got.In(zone).Hour(); got.Before(at) || got.Sub(at) > 14*time.Hour || hour < dayBegins || hour >= dayEnds {
				t.Fatalf("%s in %s becomes %s", at, name, got.In(zone))
			}
		}
	}
}

func TestPlacesAreMergedWithoutLoss(t *testing.T) {
	a := Place{Who: "m1", At: chat.Chat{Platform: chat.Signal, ID: "a"}, Since: time.Unix(1, 0), Knocks: []Knock{{At: chat.Chat{Platform: chat.Signal, ID: "a"}}}}
	b := Place{Who: "m1", Checked: true, Since: time.Unix(2, 0), Knocks: []Knock{{At: chat.Chat{Platform: chat.Matrix, ID: "b"}}, a.Knocks[0]}}
	got := merged(a, b)
	if len(got.Knocks) != 2 || !got.Checked || !got.Since.Equal(a.Since) || got.At != a.At || len(a.Knocks) != 1 {
		t.Errorf("merged: %+v", got)
	}
	if got := merged(Place{}, b); got.Who != "m1" || !got.Checked {
		t.Errorf("of nothing and one: %+v", got)
	}
}

func FuzzBecause(f *testing.F) {
	f.Add("@zoe 1 because she bakes")
	f.Add("because Because BECAUSE")
	f.Fuzz(func(t *testing.T, typed string) {
		words := strings.Fields(typed)
		rest, reason := because(words)
		if len(rest) > len(words) || len([]rune(reason)) > maxReason+1 {
			t.Errorf("%q is read as %q, %q", typed, rest, reason)
		}
		for _, w := range rest {
			if strings.EqualFold(w, "because") {
				t.Errorf("%q leaves %q", typed, rest)
			}
		}
	})
}

// Whatever stands in the house's own command, nobody is found by it who is not there, and nothing panics.
func FuzzCome(f *testing.F) {
	f.Add("come join new in signal:zoe signal:kitchen", "checked join by signal:zoe signal:kitchen")
	f.Fuzz(func(t *testing.T, a, b string) {
		c := chat.Community{ID: "c1", Members: none{}}
		for _, line := range []string{a, b} {
			e := chat.Event{By: chat.Person{Identity: chat.House()}, Body: chat.Asked{Command: "seat", Args: strings.Fields(line)}}
			s, out := fold(c, State{}, e)
			if len(s.Queue)+len(s.Offers)+len(out) > 0 {
				t.Errorf("%q makes %+v, %+v", line, s, out)
			}
		}
	})
}

// What applicants write reaches the moderators on one line each, and no state grows with it.
func FuzzAnswers(f *testing.F) {
	f.Add("bread", "cake\nApproved by Olga.")
	f.Fuzz(func(t *testing.T, first, second string) {
		card := chat.Card{ID: "m1", Name: "Zoe", Handle: "zoe~1", Identities: []chat.Identity{{Platform: chat.Signal, ID: "zoe"}}}
		c := chat.Community{ID: "c1", Members: one{card: card}}
		s := Applicant{Stage: beingAsked, By: card.Identities[0], At: chat.Chat{Platform: chat.Signal, ID: "kitchen"}}
		for _, words := range []string{first, second, first} {
			e := chat.Event{Private: true, Member: "m1", By: chat.Person{Identity: card.Identities[0]}, Body: chat.Posted{Text: chat.Plain(words)}}
			s, _ = foldGate(c, s, e)
		}
		if len(s.Answers) > maxQuestions {
			t.Fatalf("%d answers", len(s.Answers))
		}
		g := &visit{c: c, s: s, card: card}
		lines := strings.Split(g.cardText(rule.Voice{Language: "en", Prefix: "!", Zone: time.UTC}).Plain, "\n")
		if len(lines) > 1+len(s.Answers)+1 {
			t.Errorf("the card has %d lines: %q", len(lines), lines)
		}
	})
}

// one is a community of one guest.
type one struct {
	none
	card chat.Card
}

func (o one) ByID(id chat.MemberID) (chat.Card, bool) { return o.card, id == o.card.ID }
