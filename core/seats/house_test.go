package seats_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/seats"
)

// house is a community on one platform with the rules of the door, and a spy that sees all of it before every event.
type house struct {
	t      *testing.T
	engine *core.Engine
	seq    uint64
	now    time.Time
	seen   chat.Community // as the last event began
	offers map[chat.Identity]chat.Ref
	refuse map[string]chat.Reason // effects that fail, by what they are
}

func kitchen() chat.Chat { return chat.Chat{Platform: chat.Signal, ID: "kitchen"} }

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{
		t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		offers: make(map[chat.Identity]chat.Ref), refuse: make(map[string]chat.Reason),
	}
	spy := rule.Of[struct{}]{
		Title: "spy",
		KeyOf: func(c chat.Community, _ chat.Event) (string, bool) {
			if c.ID != "" {
				h.seen = c
			}
			return "", false
		},
	}
	e, err := core.New(core.Config{Store: coretest.NewStore(), Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1}, Rules: []rule.Rule{
		spy, planter(), seats.NewSeats(), members.NewEnrolment(), seats.NewGate(), seats.NewFarewell(), seats.NewPresence(),
		members.NewRoles(), members.NewClaims(), rooms.NewLinks(), relay.New(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.engine = e
	h.says("olga", "hello")
	h.fold(h.event("olga", kitchen(), chat.Posted{Ref: h.ref(kitchen()), Text: chat.Plain("/role @olga organiser")}, chat.Organiser))
	return h
}

// planter sets members' settings as other rules would: "plant MEMBER KEY VALUE".
func planter() rule.Rule {
	return rule.Of[struct{}]{
		Title: "planter",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			p, ok := e.Body.(chat.Posted)
			return "", ok && strings.HasPrefix(p.Text.Plain, "plant ")
		},
		Fold: func(_ chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			p, _ := e.Body.(chat.Posted)
			words := strings.SplitN(p.Text.Plain, " ", 4)
			return s, []chat.Effect{chat.Set{Member: chat.MemberID(words[1]), Key: words[2], Value: words[3]}, chat.Drop{}}
		},
	}
}

func (h *house) ref(in chat.Chat) chat.Ref { return chat.Ref{Chat: in, ID: fmt.Sprint("r", h.seq)} }

func account(who string) chat.Identity { return chat.Identity{Platform: chat.Signal, ID: who} }

func (h *house) event(who string, in chat.Chat, body chat.Body, level chat.Level) chat.Event {
	return chat.Event{
		Chat: in, Private: in.ID == who, Body: body,
		By: chat.Person{Identity: account(who), Name: strings.ToUpper(who[:1]) + who[1:], Level: level},
	}
}

func (h *house) says(who, text string) []string {
	return h.fold(h.event(who, kitchen(), chat.Posted{Ref: h.ref(kitchen()), Text: chat.Plain(text)}, chat.Member))
}

func (h *house) whispers(who, text string) []string {
	in := chat.Chat(account(who))
	if words := strings.Fields(text); slices.Contains([]string{"seat", "door", "fine"}, words[0]) { // chosen, not typed
		return h.fold(h.event(who, in, chat.Asked{Command: words[0], Alias: words[0], Chosen: true, Args: words[1:]}, chat.Member))
	}
	return h.fold(h.event(who, in, chat.Posted{Ref: h.ref(in), Text: chat.Plain(text)}, chat.Member))
}

func (h *house) joins(who string) []string { return h.broughtBy(who, who) }

func (h *house) broughtBy(who, by string) []string {
	e := h.event(by, kitchen(), nil, chat.Member)
	e.Body = chat.Joined{Who: h.event(who, kitchen(), nil, chat.Member).By}
	return h.fold(e)
}

func (h *house) knocks(who string) []string {
	e := h.event(who, kitchen(), nil, chat.Member)
	e.Body = chat.Knocked{Who: e.By}
	return h.fold(e)
}

// leaves tells that somebody is gone, taken out by another.
func (h *house) leaves(who, by string) []string {
	e := h.event(by, kitchen(), nil, chat.Member)
	e.Body = chat.Left{Who: h.event(who, kitchen(), nil, chat.Member).By}
	return h.fold(e)
}

// chooses lets somebody choose under the last message that offered him something.
func (h *house) chooses(who string, n int) []string {
	return h.fold(h.event(who, chat.Chat(account(who)), chat.Pressed{Ref: h.offers[account(who)], N: n}, chat.Member))
}

// waits lets time pass and what is due happen.
func (h *house) waits(d time.Duration) (out []string) {
	end := h.now.Add(d)
	for next := h.engine.NextDue(); !next.IsZero() && !next.After(end); next = h.engine.NextDue() {
		if next.After(h.now) {
			h.now = next
		}
		out = append(out, h.fold(chat.Event{Body: chat.Due{}})...)
	}
	h.now = end
	return out
}

// fold plays an event with the receipts of its effects, and tells the effects in a word each.
func (h *house) fold(e chat.Event) (out []string) {
	h.t.Helper()
	queue := []chat.Event{e}
	for len(queue) > 0 {
		e, queue = queue[0], queue[1:]
		h.seq++
		e.ID, e.At = chat.EventID(fmt.Sprint("e", h.seq)), h.now
		data, err := chat.EncodeEvent(e)
		if err != nil {
			h.t.Fatal(err)
		}
		rows, err := h.engine.Fold([]core.Entry{{Seq: h.seq, At: h.now, Data: data}})
		if err != nil {
			h.t.Fatal(err)
		}
		for i, row := range rows {
			d, err := chat.DecodeDispatch(row.Data)
			if err != nil {
				h.t.Fatal(err)
			}
			word, to := h.word(d.Effect)
			out = append(out, word)
			receipt := chat.Event{Chat: to, Body: chat.Sent{Effect: d.ID, Refs: []chat.Ref{{Chat: to, ID: fmt.Sprint("s", h.seq, ".", i)}}}}
			if kind, _, _ := strings.Cut(word, " "); h.refuse[kind] != "" {
				receipt.Body = chat.Failed{Effect: d.ID, Why: h.refuse[kind]}
			} else {
				h.offered(d.Effect, receipt.Body)
			}
			queue = append(queue, receipt)
		}
	}
	return out
}

// offered remembers what somebody can choose under in private.
func (h *house) offered(e chat.Outgoing, receipt chat.Body) {
	sent, _ := receipt.(chat.Sent)
	switch x := e.(type) {
	case chat.Whisper:
		if len(x.Choices) > 0 {
			h.offers[x.Who] = sent.Refs[0]
		}
	case chat.Send:
		if len(x.Choices) > 0 {
			h.offers[chat.Identity(x.To)] = sent.Refs[0]
		}
	}
}

func (h *house) word(e chat.Outgoing) (string, chat.Chat) {
	switch x := e.(type) {
	case chat.Whisper:
		return "whisper " + x.Who.ID + ": " + x.Text.Plain, chat.Chat(x.Who)
	case chat.Send:
		return "send " + x.To.ID + ": " + x.Text.Plain, x.To
	case chat.Remove:
		return "remove " + x.Who.ID, x.To
	case chat.Admit:
		return "admit " + x.Who.ID, x.To
	case chat.Decline:
		return "decline " + x.Who.ID, x.To
	case chat.Invite:
		return "invite " + x.Who.ID, x.To
	case chat.Delete:
		return "delete", x.To
	}
	return fmt.Sprintf("%T", e), e.Where()
}

// look lets the spy see how things are now.
func (h *house) look() chat.Community {
	h.fold(chat.Event{Chat: kitchen(), Body: chat.Parted{}})
	return h.seen
}

func (h *house) level(who string) chat.Level {
	card, _ := h.look().Members.Of(account(who))
	return card.Level
}

func (h *house) seated() int {
	n := 0
	for _, card := range h.look().Members.All() {
		if card.Level >= chat.Member {
			n++
		}
	}
	return n
}

func has(out []string, part string) bool {
	return slices.ContainsFunc(out, func(s string) bool { return strings.Contains(s, part) })
}

func want(t *testing.T, out []string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if not, ok := strings.CutPrefix(p, "not "); ok {
			if has(out, not) {
				t.Errorf("there is %q in %q", not, out)
			}
			continue
		}
		if !has(out, p) {
			t.Errorf("there is no %q in %q", p, out)
		}
	}
}
