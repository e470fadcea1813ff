package recap

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

var (
	kitchen = chat.Chat{Platform: chat.Telegram, ID: "-1"}
	cellar  = chat.Chat{Platform: chat.Signal, ID: "g"}
	desk    = chat.Chat{Platform: chat.Drafter, ID: "c1"}
)

// table is a community of one room on two messengers, with Ana and Ben.
func table(settings ...string) chat.Community {
	card := func(id chat.MemberID, name string, p chat.Platform, in chat.Chat) chat.Card {
		return chat.Card{
			ID: id, Name: name, Level: chat.Member, Identities: []chat.Identity{{Platform: p, ID: strings.ToLower(name)}}, In: []chat.Chat{in},
			Settings: map[string]string{},
		}
	}
	room := chat.Room{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen, cellar}, Settings: map[string]string{}}
	for i := 0; i+1 < len(settings); i += 2 {
		room.Settings[settings[i]] = settings[i+1]
	}
	return chat.Community{
		ID: "c1", Settings: map[string]string{}, Rooms: []chat.Room{room},
		Members: coretest.Folk{card("m1", "Ana", chat.Telegram, kitchen), card("m2", "Ben", chat.Signal, cellar)},
	}
}

// player lets the rule see events one after another, its state through JSON each time.
type player struct {
	t   *testing.T
	c   chat.Community
	r   rule.Rule
	raw []byte
	now time.Time
}

func play(t *testing.T, c chat.Community) *player {
	return &player{t: t, c: c, r: New(chat.Signal), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
}

func (p *player) see(e chat.Event) []chat.Effect {
	p.t.Helper()
	e.Now, e.Community = p.now, p.c.ID
	key, ok := p.r.Key(p.c, e)
	if !ok {
		return nil
	}
	if key != "c1" {
		p.t.Fatalf("state under %q", key)
	}
	next, effects, err := p.r.Decide(p.c, p.raw, e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.raw = next
	for _, x := range effects {
		if s, ok := x.(chat.Set); ok && s.Room == "" {
			p.c.Settings[s.Key] = s.Value
		} else if ok {
			p.c.Rooms[0].Settings[s.Key] = s.Value
		}
	}
	return effects
}

func (p *player) state() (s State) {
	p.t.Helper()
	if len(p.raw) > 0 {
		if err := json.Unmarshal(p.raw, &s); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

func ben() chat.Person {
	return chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: "ben"}, Name: "Ben"}
}

// ask lets Ben ask for a recap in private.
func (p *player) ask(args ...string) []chat.Effect {
	return p.see(chat.Event{
		Chat: chat.Chat(ben().Identity), Private: true, By: ben(), Member: "m2", Level: chat.Member,
		Body: chat.Asked{Command: commandRecap, Args: args},
	})
}

func (p *player) answer(tag string, bullets ...chat.Bullet) []chat.Effect {
	return p.see(chat.Event{Chat: desk, Body: chat.Summarised{Tag: tag, Messages: 40, People: 2, Talks: 7, Bullets: bullets}})
}

func about(section, text string, cites ...chat.MessageID) chat.Bullet {
	return chat.Bullet{Section: section, Text: text, Cites: cites, Name: "Ana"}
}

// first returns the only effect of a kind, the zero value if there is none or there are several.
func only[T chat.Effect](effects []chat.Effect) (out T, n int) {
	for _, e := range effects {
		if x, ok := e.(T); ok {
			out, n = x, n+1
		}
	}
	return out, n
}
