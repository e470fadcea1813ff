package relay

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// folk are the members of the table that the tests here sit at.
type folk []chat.Card

func (f folk) Of(i chat.Identity) (chat.Card, bool) {
	return f.first(func(c chat.Card) bool { return slices.Contains(c.Identities, i) })
}

func (f folk) ByID(id chat.MemberID) (chat.Card, bool) {
	return f.first(func(c chat.Card) bool { return c.ID == id })
}

func (f folk) first(is func(chat.Card) bool) (chat.Card, bool) {
	i := slices.IndexFunc(f, is)
	if i < 0 {
		return chat.Card{}, false
	}
	return f[i], true
}

func (f folk) All() []chat.Card { return f }

func (f folk) Named(word string) []chat.Card {
	bare := strings.ToLower(strings.TrimPrefix(word, "@"))
	var out []chat.Card
	for _, c := range f {
		if bare == c.Handle || slices.Contains(c.Nicks, bare) || slices.ContainsFunc(c.Identities, func(i chat.Identity) bool { return i.ID == word }) {
			return []chat.Card{c}
		}
		if strings.EqualFold(strings.Join(strings.Fields(c.Name), ""), bare) {
			out = append(out, c)
		}
	}
	return out
}

func (f folk) Pseudonym(i chat.Identity) string { return i.String() }

func kitchen(p chat.Platform) chat.Chat                { return chat.Chat{Platform: p, ID: "kitchen"} }
func account(p chat.Platform, id string) chat.Identity { return chat.Identity{Platform: p, ID: id} }

// member is somebody at home on one platform.
func member(n int, name string, p chat.Platform) chat.Card {
	low := strings.ToLower(name)
	return chat.Card{
		ID: chat.MemberID(fmt.Sprint("m", n)), Name: name, Handle: fmt.Sprintf("%s~%d", low, n), Level: chat.Member,
		Identities: []chat.Identity{account(p, low)}, In: []chat.Chat{kitchen(p)}, Home: p,
	}
}

// table is a community with the room Kitchen on three platforms.
func table() (chat.Community, folk) {
	f := folk{
		member(1, "Ana", chat.Telegram), member(2, "Ben", chat.Signal), member(3, "Cleo", chat.Matrix), member(4, "Mia", chat.Matrix),
		member(5, "Olga", chat.Telegram),
	}
	f[3].Level, f[4].Level = chat.Moderator, chat.Organiser
	return chat.Community{ID: "c1", Rooms: []chat.Room{{
		ID: "r1", Name: "Kitchen", Settings: map[string]string{},
		Chats: []chat.Chat{kitchen(chat.Telegram), kitchen(chat.Signal), kitchen(chat.Matrix)},
	}}, Members: f}, f
}

func ref(p chat.Platform, id string) chat.Ref { return chat.Ref{Chat: kitchen(p), ID: id} }

// bread is a message of Ana's with its copies.
func bread() *chat.Message {
	return &chat.Message{
		ID: "x1", Community: "c1", Room: "r1", Author: "m1", By: account(chat.Telegram, "ana"), Name: "Ana", At: noon,
		Original: ref(chat.Telegram, "t1"), Copies: []chat.Copy{
			{Chat: kitchen(chat.Signal), Effect: "e1#1", Refs: []chat.Ref{ref(chat.Signal, "s1")}},
			{Chat: kitchen(chat.Matrix), Effect: "e1#2", Refs: []chat.Ref{ref(chat.Matrix, "x1")}},
		},
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// facts are as those of the house.
func facts() []Facts {
	return []Facts{
		{Platform: chat.Telegram, Deaf: true, Tally: Tally{Gaps: []time.Duration{10 * time.Second, 20 * time.Second}}},
		{Platform: chat.Signal, Tally: Tally{
			Gaps:  []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour},
			Lines: 5, Edits: 10, Within: 24 * time.Hour,
		}},
	}
}

// seat is a rule with its states, as an engine keeps them: encoded, one timer a key.
type seat struct {
	t      *testing.T
	rule   rule.Rule
	c      chat.Community
	now    time.Time
	states map[string][]byte
	timers map[string]time.Time
}

func sit(t *testing.T, r rule.Rule) (*seat, folk) {
	c, f := table()
	return &seat{t: t, rule: r, c: c, now: noon, states: make(map[string][]byte), timers: make(map[string]time.Time)}, f
}

// happens lets the rule see an event of a member's, and returns what goes to the platforms or happens next.
func (s *seat) happens(by chat.Identity, in chat.Chat, m *chat.Message, b chat.Body) []chat.Effect {
	s.t.Helper()
	e := chat.Event{ID: "e9", At: s.now, Now: s.now, Chat: in, Community: "c1", Room: "r1", Message: m, Body: b}
	if !by.IsZero() {
		e.By = chat.Person{Identity: by, Name: by.ID}
		if card, ok := s.c.Members.Of(by); ok {
			e.By.Name, e.Member, e.Level = card.Name, card.ID, card.Level
		}
	}
	return s.sees(e)
}

func (s *seat) sees(e chat.Event) []chat.Effect {
	s.t.Helper()
	key, mine := s.rule.Key(s.c, e)
	if !mine {
		return nil
	}
	next, effects, err := s.rule.Decide(s.c, s.states[key], e)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.states[key] = next; next == nil {
		delete(s.states, key)
	}
	var out []chat.Effect
	for _, x := range effects {
		switch x := x.(type) {
		case chat.Wake:
			s.timers[x.Key] = x.At
		case chat.Cancel:
			delete(s.timers, x.Key)
		default:
			out = append(out, x)
		}
	}
	return out
}

// waits lets time go by with the timers that are due.
func (s *seat) waits(d time.Duration) []chat.Effect {
	s.t.Helper()
	end := s.now.Add(d)
	var out []chat.Effect
	for range 1000 {
		first := ""
		for key, at := range s.timers {
			if !at.After(end) && (first == "" || at.Before(s.timers[first])) {
				first = key
			}
		}
		if first == "" {
			s.now = end
			return out
		}
		if at := s.timers[first]; at.After(s.now) {
			s.now = at
		}
		delete(s.timers, first)
		e := chat.Event{ID: "due", At: s.now, Now: s.now, Community: "c1", Body: chat.Due{Rule: s.rule.Name(), Key: first}}
		out = append(out, s.sees(e)...)
	}
	s.t.Fatal("a timer that is set again and again")
	return nil
}

// only returns the effects of one kind.
func only[T chat.Effect](effects []chat.Effect) []T {
	var out []T
	for _, e := range effects {
		if x, ok := e.(T); ok {
			out = append(out, x)
		}
	}
	return out
}
