package rule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// people is a member index over a few cards.
type people []chat.Card

var _ chat.MemberIndex = people(nil)

func (p people) Of(i chat.Identity) (chat.Card, bool) {
	for _, card := range p {
		for _, own := range card.Identities {
			if own == i {
				return card, true
			}
		}
	}
	return chat.Card{}, false
}

func (p people) ByID(id chat.MemberID) (chat.Card, bool) {
	for _, card := range p {
		if card.ID == id {
			return card, true
		}
	}
	return chat.Card{}, false
}

func (p people) All() []chat.Card { return p }

func (p people) Named(word string) (out []chat.Card) {
	bare := strings.ToLower(strings.TrimPrefix(word, "@"))
	for _, card := range p {
		if card.Handle == bare || strings.EqualFold(card.Name, bare) || card.Identities[0].ID == word {
			out = append(out, card)
		}
	}
	return out
}

func (p people) Pseudonym(i chat.Identity) string { return "~" + i.ID }

func TestWhomACommandIsAbout(t *testing.T) {
	ana := chat.Card{ID: "m1", Name: "Ana", Handle: "ana~1", Identities: []chat.Identity{{Platform: chat.Telegram, ID: "7"}}}
	ben := chat.Card{ID: "m2", Name: "Ben", Handle: "ben~2", Identities: []chat.Identity{{Platform: chat.Matrix, ID: "@ben:h.org"}}}
	two := chat.Card{ID: "m3", Name: "Ben", Handle: "ben~3", Identities: []chat.Identity{{Platform: chat.Signal, ID: "u"}}}
	c := chat.Community{ID: "c", Members: people{ana, ben, two}}
	mention := chat.Text{Plain: "Ana 2h why", Spans: []chat.Span{{Start: 0, End: 3, Style: chat.Mention, Value: "telegram:7"}}}
	hers, stranger := &chat.Message{Author: "m1"}, &chat.Message{By: chat.Identity{Platform: chat.Signal, ID: "nobody"}}
	bens := &chat.Message{By: two.Identities[0]} // written before he was a member
	tests := map[string]struct {
		args    string
		text    chat.Text
		replyTo *chat.Message
		reply   bool
		who     chat.MemberID
		rest    string
		key     string
	}{
		"handle":               {args: "@ana~1 2h why", who: "m1", rest: "2h why"},
		"name":                 {args: "ana 2h", who: "m1", rest: "2h"},
		"comma":                {args: "@ana, 2h", who: "m1", rest: "2h"},
		"matrix id":            {args: "@ben:h.org x", who: "m2", rest: "x"},
		"matrix.to":            {args: "https://matrix.to/#/%40ben%3Ah.org?via=h.org x", who: "m2", rest: "x"},
		"matrix uri":           {args: "matrix:u/ben:h.org", who: "m2"},
		"mention":              {args: "Ana 2h why", text: mention, who: "m1", rest: "2h why"},
		"reply":                {args: "2h why", replyTo: hers, reply: true, who: "m1", rest: "2h why"},
		"reply to early words": {args: "2h", replyTo: bens, reply: true, who: "m3", rest: "2h"},
		"reply, another named": {args: "@ben~2 2h", replyTo: hers, reply: true, who: "m2", rest: "2h"},
		"reply, word no name":  {args: "ana is rude", replyTo: hers, reply: true, who: "m1", rest: "ana is rude"},
		"reply to the house":   {args: "2h", replyTo: stranger, reply: true, key: "target.reply", rest: "2h"},
		"reply to the unknown": {args: "2h", reply: true, key: "target.reply", rest: "2h"},
		"several":              {args: "@ben 2h", key: "target.several", rest: "2h"},
		"unknown":              {args: "@zoe 2h", key: "target.unknown", rest: "2h"},
		"nobody":               {key: "target.none"},
	}
	for name, tt := range tests {
		asked := chat.Asked{Args: strings.Fields(tt.args), Text: tt.text}
		if tt.text.Plain == "" {
			asked.Text = chat.Plain(tt.args)
		}
		if tt.reply {
			asked.Reply = &chat.Reply{}
		}
		card, rest, key := Target(c, chat.Event{Body: asked, ReplyTo: tt.replyTo})
		if card.ID != tt.who || key != tt.key || strings.Join(rest, " ") != tt.rest {
			t.Errorf("%s: %s, %q, %q", name, card.ID, rest, key)
		}
	}
	if _, _, key := Target(c, chat.Event{Body: chat.Posted{}}); key != "target.none" {
		t.Errorf("no command at all: %q", key)
	}
}

func TestDurations(t *testing.T) {
	tests := map[string]struct {
		d    time.Duration
		rest string
	}{
		"1h30m why":      {90 * time.Minute, "why"},
		"2d 4h":          {52 * time.Hour, ""},
		"2D 4H rude":     {52 * time.Hour, "rude"},
		"1mo":            {30 * 24 * time.Hour, ""},
		"1w 1m 1s x":     {7*24*time.Hour + time.Minute + time.Second, "x"},
		"30 min":         {0, "30 min"},
		"0h":             {0, "0h"},
		"":               {0, ""},
		"-1h":            {0, "-1h"},
		"1h2":            {0, "1h2"},
		"1hour":          {0, "1hour"},
		"367d":           {0, "367d"},
		"300d 300d":      {300 * 24 * time.Hour, "300d"},
		"9999999h":       {0, "9999999h"},
		"999999mo":       {0, "999999mo"},
		"99999999999999": {0, "99999999999999"},
	}
	for text, want := range tests {
		d, rest, ok := Duration(strings.Fields(text))
		if d != want.d || strings.Join(rest, " ") != want.rest || ok != (want.d > 0) {
			t.Errorf("%q is %s, %q, %v", text, d, rest, ok)
		}
	}
	if !IsBareNumber("30") || IsBareNumber("30m") || IsBareNumber("x") || IsBareNumber("") {
		t.Error("bare numbers")
	}
}

func FuzzDuration(f *testing.F) {
	f.Add("1h30m rude")
	f.Add("9w9w9w9w9w9w9mo")
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Fields(text)
		d, rest, ok := Duration(words)
		if ok != (d > 0) || d < 0 || d > MaxDuration || len(rest) > len(words) {
			t.Errorf("%q: %s, %q, %v", text, d, rest, ok)
		}
		if diff := cmp.Diff(words[len(words)-len(rest):], rest); diff != "" && len(rest) > 0 {
			t.Errorf("%q: the rest is not what is left:\n%s", text, diff)
		}
	})
}

func TestHowSomebodyIsReached(t *testing.T) {
	tg, sg := chat.Identity{Platform: chat.Telegram, ID: "7"}, chat.Identity{Platform: chat.Signal, ID: "u"}
	kitchen := chat.Chat{Platform: chat.Telegram, ID: "-1"}
	write := func(v Voice) chat.Text { return chat.Plain(v.Prefix) }
	c := chat.Community{ID: "c", Members: people{}}
	both := chat.Card{Identities: []chat.Identity{tg, sg}, In: []chat.Chat{kitchen}}
	if who, _ := Door(both); who != sg {
		t.Errorf("who has written nowhere is reached on %s", who)
	}
	both.Reach = []chat.Identity{tg}
	secret := Secretly(c, both, "t", write)[0].(chat.Whisper)
	if secret.Who != tg || secret.To != chat.Chat(tg) || !secret.Secret || secret.Text.Plain != "/" || secret.Tag != "t" {
		t.Errorf("a secret: %+v", secret)
	}
	kind := Kindly(c, both, "", write)[0].(chat.Whisper)
	if kind.Who != tg || kind.To != kitchen || kind.Secret {
		t.Errorf("no secret: %+v", kind)
	}
	if len(Secretly(c, chat.Card{}, "", write)) != 0 || len(Kindly(c, chat.Card{}, "", write)) != 0 {
		t.Error("somebody without an account is told something")
	}
}

func TestModeratorsAreToldWhereThoseConcernedCannotRead(t *testing.T) {
	identity := func(id string) []chat.Identity { return []chat.Identity{{Platform: chat.Signal, ID: id}} }
	mia := chat.Card{ID: "m1", Level: chat.Moderator, Identities: identity("mia")}
	max := chat.Card{ID: "m2", Level: chat.Moderator, Identities: identity("max")}
	ana := chat.Card{ID: "m3", Level: chat.Member, Identities: identity("ana")}
	mods := chat.Chat{Platform: chat.Signal, ID: "mods"}
	room := chat.Room{ID: "r1", Chats: []chat.Chat{mods}, Settings: map[string]string{Moderators: "on"}}
	c := chat.Community{ID: "c", Rooms: []chat.Room{room}, Members: people{mia, max, ana}}
	to := func(c chat.Community, except ...chat.MemberID) (out []string) {
		for _, e := range ToModerators(c, "t", func(Voice) chat.Text { return chat.Plain("x") }, except) {
			out = append(out, e.(chat.Outgoing).Where().ID)
		}
		return out
	}
	if diff := cmp.Diff([]string{"mods"}, to(c)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"mods"}, to(c, "m3", "m9")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"max"}, to(c, "m1")); diff != "" {
		t.Error(diff)
	}
	ana.In = []chat.Chat{mods}
	c.Members = people{mia, max, ana}
	if diff := cmp.Diff([]string{"mia", "max"}, to(c, "m3")); diff != "" {
		t.Error(diff)
	}
	c.Rooms = nil
	if diff := cmp.Diff([]string{"mia", "max"}, to(c)); diff != "" {
		t.Error(diff)
	}
}
