package care

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func kitchen() chat.Chat { return chat.Chat{Platform: chat.Telegram, ID: "kitchen"} }

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func who(id chat.MemberID) chat.Identity {
	return chat.Identity{Platform: chat.Telegram, ID: string(id)}
}

// table is a community with one room; m1 to m8 are members, m9 is a moderator.
func table() chat.Community {
	var all coretest.Folk
	for _, n := range "123456789" {
		id := chat.MemberID("m" + string(n))
		card := chat.Card{ID: id, Name: string(id), Handle: string(id), Level: chat.Member, Identities: []chat.Identity{who(id)}, In: []chat.Chat{kitchen()}}
		if id == "m9" {
			card.Level = chat.Moderator
		}
		all = append(all, card)
	}
	return chat.Community{
		ID: "c1", Members: all, Settings: map[string]string{},
		Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen()}}},
	}
}

// player plays events against one rule and keeps one state.
type player struct {
	t     *testing.T
	c     chat.Community
	r     rule.Rule
	state []byte
	now   time.Time
}

func play(t *testing.T, r rule.Rule) *player { return &player{t: t, c: table(), r: r, now: noon()} }

func (p *player) decide(e chat.Event) []chat.Effect {
	p.t.Helper()
	e.Now, e.Community = p.now, p.c.ID
	if _, ok := p.r.Key(p.c, e); !ok {
		return nil
	}
	state, out, err := p.r.Decide(p.c, p.state, e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.state = state
	return out
}

// says lets a member write; to whom he answers may be empty.
func (p *player) says(by, to chat.MemberID, mentions ...chat.MemberID) []chat.Effect {
	p.t.Helper()
	card, _ := p.c.Members.ByID(by)
	text := chat.Text{Plain: strings.Repeat("x", len(mentions)+1)}
	for i, m := range mentions {
		text.Spans = append(text.Spans, chat.Span{Start: i, End: i + 1, Style: chat.Mention, Value: who(m).String()})
	}
	e := chat.Event{
		Chat: kitchen(), Room: "r1", Member: by, Level: card.Level, By: chat.Person{Identity: who(by), Name: card.Name},
		Message: &chat.Message{ID: "x"}, Body: chat.Posted{Ref: chat.Ref{Chat: kitchen(), ID: "1"}, Text: text},
	}
	if to != "" {
		e.ReplyTo = &chat.Message{ID: "y", Community: "c1", Room: "r1", Author: to}
	}
	return p.decide(e)
}

// asks lets a member ask a command in private.
func (p *player) asks(by chat.MemberID, line string) []chat.Effect {
	p.t.Helper()
	words := strings.Fields(line)
	card, _ := p.c.Members.ByID(by)
	return p.decide(chat.Event{
		Chat: chat.Chat(who(by)), Private: true, Member: by, Level: card.Level, By: chat.Person{Identity: who(by), Name: card.Name},
		Body: chat.Asked{Command: words[0], Alias: words[0], Chosen: true, Args: words[1:]},
	})
}

func (p *player) kept() State {
	p.t.Helper()
	var s State
	if len(p.state) > 0 {
		if err := json.Unmarshal(p.state, &s); err != nil {
			p.t.Fatal(err)
		}
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

// passes tells whether a message goes on to the relay.
func passes(out []chat.Effect) bool { return len(of[chat.Drop](out)) == 0 }
