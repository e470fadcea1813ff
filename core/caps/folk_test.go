package caps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func kitchen() chat.Chat { return chat.Chat{Platform: chat.Telegram, ID: "kitchen"} }
func pantry() chat.Chat  { return chat.Chat{Platform: chat.Signal, ID: "kitchen"} }
func shop() chat.Chat    { return chat.Chat{Platform: chat.Telegram, ID: "shop"} }

func monday() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// table is a community with a capped room, the promos' and no moderators' one. Ana writes, Max is a moderator.
func table() chat.Community {
	card := func(id, name string, level chat.Level) chat.Card {
		return chat.Card{
			ID: chat.MemberID(id), Name: name, Handle: strings.ToLower(name) + "~1", Level: level, In: []chat.Chat{kitchen(), shop()},
			Identities: []chat.Identity{{Platform: chat.Telegram, ID: name}}, Reach: []chat.Identity{{Platform: chat.Telegram, ID: name}},
		}
	}
	return chat.Community{
		ID: "c1", Settings: map[string]string{"zone": "Europe/Oslo"},
		Members: coretest.Folk{card("m1", "Ana", chat.Member), card("m2", "Max", chat.Moderator)},
		Rooms: []chat.Room{
			{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen(), pantry()}, Settings: map[string]string{capped: "on"}},
			{ID: "r2", Name: "Shop", Chats: []chat.Chat{shop()}, Settings: map[string]string{promos: "on"}},
		},
	}
}

// player plays events for Ana against the rule.
type player struct {
	t     *testing.T
	c     chat.Community
	state []byte
	now   time.Time
	n     int
}

func play(t *testing.T) *player { return &player{t: t, c: table(), now: monday()} }

// decide gives an event to the rule and returns what it wants.
func (p *player) decide(e chat.Event) []chat.Effect {
	p.t.Helper()
	e.Now, e.Community = p.now, p.c.ID
	r := New()
	key, ok := r.Key(p.c, e)
	if !ok {
		return nil
	}
	if key != rule.PersonKey("c1", "m1") {
		state, out, err := r.Decide(p.c, nil, e)
		if err != nil || state != nil {
			p.t.Fatalf("somebody else's state: %s, %v", state, err)
		}
		return out
	}
	state, out, err := r.Decide(p.c, p.state, e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.state = state
	return out
}

// by makes an event of Ana's in the kitchen.
func (p *player) by(body chat.Body) chat.Event {
	return chat.Event{
		Chat: kitchen(), Room: "r1", Member: "m1", Level: chat.Member, Body: body,
		By: chat.Person{Identity: chat.Identity{Platform: chat.Telegram, ID: "Ana"}, Name: "Ana"},
	}
}

// posts lets Ana write a message, and tells whether it passes.
func (p *player) posts(text string, more ...func(*chat.Event, *chat.Posted)) (passes bool, out []chat.Effect) {
	p.t.Helper()
	p.n++
	body := chat.Posted{Ref: chat.Ref{Chat: kitchen(), ID: fmt.Sprint("x", p.n)}, Text: chat.Plain(text)}
	e := p.by(nil)
	e.Message = &chat.Message{ID: chat.MessageID("i" + strings.Repeat("i", p.n)), Room: "r1", By: e.By.Identity, Original: body.Ref}
	for _, change := range more {
		change(&e, &body)
	}
	e.Body = body
	out = p.decide(e)
	return !slices.ContainsFunc(out, func(x chat.Effect) bool { _, drop := x.(chat.Drop); return drop }), out
}

// asks lets Ana ask a command in private.
func (p *player) asks(words ...string) []chat.Effect {
	p.t.Helper()
	return p.asksAs("m1", chat.Member, words...)
}

func (p *player) asksAs(who chat.MemberID, level chat.Level, words ...string) []chat.Effect {
	p.t.Helper()
	e := p.by(chat.Asked{Command: words[0], Alias: words[0], Args: words[1:], Text: chat.Plain(strings.Join(words[1:], " "))})
	card, _ := p.c.Members.ByID(who)
	e.Private, e.Room, e.Member, e.Level = true, "", who, level
	e.By = chat.Person{Identity: card.Identities[0], Name: card.Name}
	e.Chat = chat.Chat(card.Identities[0])
	return p.decide(e)
}

// kept returns the rule's state.
func (p *player) kept() State {
	p.t.Helper()
	var s State
	r := rule.Of[State]{
		Title: "look", KeyOf: func(chat.Community, chat.Event) (string, bool) { return "", true },
		Fold: func(_ chat.Community, got State, _ chat.Event) (State, []chat.Effect) { s = got; return got, nil },
	}
	if _, _, err := r.Decide(p.c, p.state, chat.Event{}); err != nil {
		p.t.Fatal(err)
	}
	return s
}

// of returns the effects of one kind.
func of[T chat.Effect](effects []chat.Effect) []T {
	var out []T
	for _, x := range effects {
		if x, ok := x.(T); ok {
			out = append(out, x)
		}
	}
	return out
}
