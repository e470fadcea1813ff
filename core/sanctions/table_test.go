package sanctions_test

import (
	"bytes"
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
	"github.com/potluck-chat/potluck/core/sanctions"
)

var (
	kitchen = chat.Chat{Platform: chat.Telegram, ID: "kitchen"}
	tea     = chat.Chat{Platform: chat.Signal, ID: "tea"}
	garden  = chat.Chat{Platform: chat.Matrix, ID: "garden"}
)

// table is a house with these rules, where people do things and the effects are looked at. Every effect is done at once, but
// for those that refuse says no to.
type table struct {
	t      testing.TB
	store  *coretest.Store
	engine *core.Engine
	now    time.Time
	seq    uint64
	n      int
	refuse func(chat.Outgoing) chat.Reason
	last   map[chat.Chat]chat.Ref // what the house has said last there
}

// eraser lets anybody erase a member, and ask something in the house's name, as other rules do.
func eraser() rule.Rule {
	return rule.Of[struct{}]{
		Title: "eraser",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			asked, ok := e.Body.(chat.Asked)
			return "", ok && (asked.Command == "forgetperson" || asked.Command == "byhouse")
		},
		Fold: func(_ chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			asked, _ := e.Body.(chat.Asked)
			if asked.Command == "byhouse" {
				return s, []chat.Effect{chat.Emit{House: true, Body: chat.Asked{Command: asked.Args[0], Alias: asked.Args[0], Args: asked.Args[1:]}}}
			}
			return s, []chat.Effect{chat.Forget{Who: chat.MemberID(asked.Args[0])}}
		},
		Ask: []rule.Command{{Name: "forgetperson", Help: "help.help"}, {Name: "byhouse", Help: "help.help"}},
	}
}

func allRules() []rule.Rule {
	return []rule.Rule{
		members.NewEnrolment(), sanctions.New(), sanctions.NewRemnants(), sanctions.NewAnswers(), sanctions.NewPetitions(),
		members.NewRoles(), members.NewClaims(), rooms.NewLinks(), sanctions.NewTally(), sanctions.NewModlog(),
		sanctions.NewReviews(), eraser(), relay.New(),
	}
}

// newTable has the kitchen, the tea room and the garden in one room; Olga is the organiser, Mia and Max are moderators.
func newTable(t testing.TB) *table {
	t.Helper()
	b := &table{t: t, store: coretest.NewStore(), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), last: make(map[chat.Chat]chat.Ref)}
	b.restart()
	t.Cleanup(func() {
		for _, letter := range b.store.Dump()["dead"] {
			if !bytes.Contains(letter, []byte("given up after many tries")) { // a platform's no, as the test has it
				t.Errorf("a dead letter: %.300s", letter)
			}
		}
	})
	olga := person(chat.Telegram, "olga")
	olga.Level = chat.Organiser
	for _, to := range []chat.Chat{tea, garden} {
		code := codeIn(b.says(olga, kitchen, "/link"))
		sam := person(to.Platform, map[chat.Platform]string{chat.Signal: "sam", chat.Matrix: "sue"}[to.Platform])
		sam.Level = chat.Organiser
		b.says(sam, to, "/link "+code)
	}
	for _, who := range []chat.Person{person(chat.Matrix, "mia"), person(chat.Signal, "max"), person(chat.Signal, "ben"), person(chat.Matrix, "cleo")} {
		to := tea
		if who.Identity.Platform == chat.Matrix {
			to = garden
		}
		b.says(who, to, "hello")
		b.alone(who, "hello")
	}
	b.says(person(chat.Telegram, "ana"), kitchen, "hello")
	b.says(olga, kitchen, "/role @olga organiser")
	b.says(olga, kitchen, "/role @mia moderator")
	b.says(olga, kitchen, "/role @max moderator")
	b.alone(person(chat.Telegram, "olga"), "hello")
	return b
}

func codeIn(effects []chat.Outgoing) string {
	text := words(effects)
	i := strings.Index(text, "link ")
	for j := i; j >= 0 && j+5+9 <= len(text); {
		if word := text[j+5 : j+14]; len(rule.CleanCode(word)) == 8 && word[4] == '-' {
			return word
		}
		next := strings.Index(text[j+5:], "link ")
		if next < 0 {
			break
		}
		j += 5 + next
	}
	return ""
}

func (b *table) restart() {
	b.t.Helper()
	e, err := core.New(core.Config{Store: b.store, Rules: allRules(), Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1}})
	if err != nil {
		b.t.Fatalf("start engine: %v", err)
	}
	b.engine = e
}

func person(p chat.Platform, name string) chat.Person {
	return chat.Person{Identity: chat.Identity{Platform: p, ID: name}, Name: strings.ToUpper(name[:1]) + name[1:], Level: chat.Member}
}

// happen folds an event and the receipts of what follows, and returns all effects.
func (b *table) happen(e chat.Event) []chat.Outgoing {
	b.t.Helper()
	var out []chat.Outgoing
	queue := []chat.Event{e}
	for len(queue) > 0 {
		e, queue = queue[0], queue[1:]
		b.seq++
		if e.ID == "" {
			b.n++
			e.ID = chat.EventID(fmt.Sprintf("e%d", b.n))
		}
		e.At = b.now
		data, err := chat.EncodeEvent(e)
		if err != nil {
			b.t.Fatalf("encode event: %v", err)
		}
		rows, err := b.engine.Fold([]core.Entry{{Seq: b.seq, At: b.now, Data: data}})
		if err != nil {
			b.t.Fatalf("fold: %v", err)
		}
		for _, row := range rows {
			d, err := chat.DecodeDispatch(row.Data)
			if err != nil {
				b.t.Fatalf("decode effect: %v", err)
			}
			out = append(out, d.Effect)
			queue = append(queue, b.receipt(d))
		}
	}
	return out
}

func (b *table) receipt(d chat.Dispatch) chat.Event {
	to := d.Effect.Where()
	if w, ok := d.Effect.(chat.Whisper); ok {
		to = chat.Chat(w.Who)
	}
	e := chat.Event{ID: chat.EventID(d.ID) + "!", Chat: to}
	if b.refuse != nil {
		if why := b.refuse(d.Effect); why != "" {
			e.Body = chat.Failed{Effect: d.ID, Why: why}
			return e
		}
	}
	sent := chat.Sent{Effect: d.ID}
	switch d.Effect.(type) {
	case chat.Send, chat.Whisper:
		b.n++
		ref := chat.Ref{Chat: to, ID: fmt.Sprint("h", b.n)}
		sent.Refs = []chat.Ref{ref}
		b.last[to] = ref
	}
	e.Body = sent
	return e
}

func (b *table) post(by chat.Person, in chat.Chat, private bool, text string, reply *chat.Reply) []chat.Outgoing {
	b.t.Helper()
	b.n++
	return b.happen(chat.Event{Chat: in, By: by, Private: private, Body: chat.Posted{
		Ref: chat.Ref{Chat: in, ID: fmt.Sprint("m", b.n)}, Text: chat.Plain(text), Reply: reply,
	}})
}

// says is said in a room, alone in private, answers is a reply to what the house has said last in private.
func (b *table) says(by chat.Person, in chat.Chat, text string) []chat.Outgoing {
	b.t.Helper()
	return b.post(by, in, false, text, nil)
}

func (b *table) alone(by chat.Person, text string) []chat.Outgoing {
	b.t.Helper()
	if chosen, ok := choice(text); ok {
		return b.happen(chat.Event{Chat: chat.Chat(by.Identity), Private: true, By: by, Body: chosen})
	}
	return b.post(by, chat.Chat(by.Identity), true, text, nil)
}

// choice is what is chosen and not typed.
func choice(text string) (chat.Asked, bool) {
	words := strings.Fields(text)
	if !slices.Contains([]string{"serve", "judge", "lift", "step", "uphold", "human", "carry"}, words[0]) {
		return chat.Asked{}, false
	}
	return chat.Asked{
		Command: words[0], Alias: words[0], Chosen: true, Args: words[1:], Text: chat.Plain(strings.Join(words[1:], " ")),
	}, true
}

func (b *table) answers(by chat.Person, text string) []chat.Outgoing {
	b.t.Helper()
	in := chat.Chat(by.Identity)
	return b.post(by, in, true, text, &chat.Reply{Ref: b.last[in]})
}

// wait lets time pass, with the timers that come.
func (b *table) wait(d time.Duration) []chat.Outgoing {
	b.t.Helper()
	end := b.now.Add(d)
	var out []chat.Outgoing
	for next := b.engine.NextDue(); !next.IsZero() && !next.After(end); next = b.engine.NextDue() {
		if next.After(b.now) {
			b.now = next
		}
		out = append(out, b.happen(chat.Event{Body: chat.Due{}})...)
	}
	b.now = end
	return out
}

// words are all that the house says in some effects.
func words(effects []chat.Outgoing) string {
	var out []string
	for _, e := range effects {
		switch x := e.(type) {
		case chat.Send:
			out = append(out, x.Text.Plain)
		case chat.Whisper:
			out = append(out, x.Text.Plain)
		case chat.Edit:
			out = append(out, x.Text.Plain)
		}
	}
	return strings.Join(out, "\n")
}

// done tells what is done to people, one line each.
func done(effects []chat.Outgoing) []string {
	var out []string
	for _, e := range effects {
		switch x := e.(type) {
		case chat.Restrict:
			out = append(out, "restrict "+x.Who.String()+" in "+x.To.String())
		case chat.Release:
			out = append(out, "release "+x.Who.String()+" in "+x.To.String())
		case chat.Ban:
			out = append(out, "ban "+x.Who.String()+" in "+x.To.String())
		case chat.Unban:
			out = append(out, "unban "+x.Who.String()+" in "+x.To.String())
		case chat.Remove:
			out = append(out, "remove "+x.Who.String()+" in "+x.To.String())
		case chat.Delete:
			out = append(out, "delete in "+x.To.String())
		}
	}
	return out
}

// carriedOn tells whether something was posted for a member.
func carriedOn(effects []chat.Outgoing) bool {
	for _, e := range effects {
		if s, ok := e.(chat.Send); ok && s.As != nil {
			return true
		}
	}
	return false
}
