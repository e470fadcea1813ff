package cases_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/cases"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
)

// house is an engine over a state in memory, with a community of three levels in a room and a moderators' room.
type house struct {
	t      testing.TB
	store  *coretest.Store
	engine *core.Engine
	now    time.Time
	seq    uint64
	n      int
	refs   map[string]chat.Ref // label → message
	said   []chat.Dispatch     // everything, in order
	refuse map[chat.Chat]bool
}

var (
	kitchen     = chat.Chat{Platform: chat.Telegram, ID: "kitchen"}
	mods        = chat.Chat{Platform: chat.Telegram, ID: "mods"}
	codeIn      = regexp.MustCompile(`link ([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})`)
	codeInClaim = regexp.MustCompile(`claim ([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})`)
	caseIn      = regexp.MustCompile(`[Cc]ase (\d+)`)
)

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{
		t: t, store: coretest.NewStore(), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		refs: make(map[string]chat.Ref), refuse: make(map[chat.Chat]bool),
	}
	h.restart()
	h.admin("olga", kitchen, "/link new")
	h.admin("olga", mods, "/link "+h.find(codeIn))
	h.admin("olga", mods, "/room moderators on")
	for _, who := range []string{"mia", "max", "ana", "ben", "cleo"} {
		h.say(who, kitchen, "", "hello")
	}
	h.admin("olga", kitchen, "/role @olga organiser")
	h.say("olga", kitchen, "", "/role @mia moderator")
	h.say("olga", kitchen, "", "/role @max moderator")
	return h
}

func (h *house) restart() {
	h.t.Helper()
	e, err := core.New(core.Config{
		Store: h.store, Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1},
		Rules: []rule.Rule{
			members.NewEnrolment(), cases.NewReports(), cases.NewParties(), cases.NewDesk(), cases.NewCases(), cases.NewEvidence(),
			others(), members.NewRoles(), members.NewClaims(), rooms.NewLinks(), relay.New(),
		},
	})
	if err != nil {
		h.t.Fatalf("start engine: %v", err)
	}
	h.engine = e
}

func person(who string) chat.Person {
	return chat.Person{Identity: chat.Identity{Platform: chat.Telegram, ID: who}, Name: strings.ToUpper(who[:1]) + who[1:], Level: chat.Member}
}

func alone(who string) chat.Chat { return chat.Chat{Platform: chat.Telegram, ID: who} }

// post is what somebody writes; a chat with their own name is the private one.
func (h *house) post(by chat.Person, in chat.Chat, reply, text string) chat.Event {
	h.n++
	p := chat.Posted{Ref: chat.Ref{Chat: in, ID: fmt.Sprint(h.n)}, Text: chat.Plain(text)}
	if reply != "" {
		p.Reply = &chat.Reply{Ref: h.refs[reply]}
	}
	h.refs[text] = p.Ref
	return chat.Event{Chat: in, By: by, Private: in.ID == by.Identity.ID, Body: p}
}

func (h *house) say(who string, in chat.Chat, reply, text string) []chat.Dispatch {
	h.t.Helper()
	return h.happen(h.post(person(who), in, reply, text))
}

func (h *house) admin(who string, in chat.Chat, text string) {
	h.t.Helper()
	p := person(who)
	p.Level = chat.Organiser
	h.happen(h.post(p, in, "", text))
}

// happen folds an event and the receipts of what comes of it, and returns all that the house has said.
func (h *house) happen(e chat.Event) []chat.Dispatch {
	h.t.Helper()
	before := len(h.said)
	queue := []chat.Event{e}
	for len(queue) > 0 {
		e, queue = queue[0], queue[1:]
		h.seq++
		if e.ID == "" {
			e.ID = chat.EventID(fmt.Sprintf("e%d", h.seq))
		}
		e.At = h.now
		data, err := chat.EncodeEvent(e)
		if err != nil {
			h.t.Fatalf("encode: %v", err)
		}
		rows, err := h.engine.Fold([]core.Entry{{Seq: h.seq, At: h.now, Data: data}})
		if err != nil {
			h.t.Fatalf("fold: %v", err)
		}
		for _, r := range rows {
			d, err := chat.DecodeDispatch(r.Data)
			if err != nil {
				h.t.Fatalf("decode: %v", err)
			}
			h.said = append(h.said, d)
			h.n++
			in := d.Effect.Where()
			receipt := chat.Event{ID: chat.EventID(d.ID + "!"), Chat: in}
			if h.refuse[in] {
				receipt.Body = chat.Failed{Effect: d.ID, Why: chat.Forbidden}
			} else {
				receipt.Body = chat.Sent{Effect: d.ID, Refs: []chat.Ref{{Chat: in, ID: fmt.Sprintf("s%d", h.n)}}}
			}
			queue = append(queue, receipt)
		}
	}
	err := h.store.View(func(tx core.Tx) error {
		return tx.Scan("dead", nil, func(_, letter []byte) bool {
			h.t.Fatalf("a dead letter: %s", letter)
			return false
		})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.said[before:]
}

func (h *house) wait(d time.Duration) []chat.Dispatch {
	h.t.Helper()
	before := len(h.said)
	end := h.now.Add(d)
	for {
		next := h.engine.NextDue()
		if next.IsZero() || next.After(end) {
			h.now = end
			return h.said[before:]
		}
		if next.After(h.now) {
			h.now = next
		}
		h.happen(chat.Event{Body: chat.Due{}})
	}
}

// dump returns what a bucket has, keys and values as text.
func (h *house) dump(b core.Bucket) map[string]string {
	out := make(map[string]string)
	for k, v := range h.store.Dump()[b] {
		out[k] = string(v)
	}
	return out
}

// find returns what a pattern finds in what the house has said last.
func (h *house) find(r *regexp.Regexp) string {
	h.t.Helper()
	for i := len(h.said) - 1; i >= 0; i-- {
		if m := r.FindStringSubmatch(textOf(h.said[i].Effect)); m != nil {
			return m[1]
		}
	}
	h.t.Fatalf("nothing like %s was said", r)
	return ""
}

func textOf(e chat.Outgoing) string {
	switch x := e.(type) {
	case chat.Send:
		return x.Text.Plain
	case chat.Edit:
		return x.Text.Plain
	case chat.Whisper:
		return x.Text.Plain
	}
	return ""
}

// heardBy is what of some effects a person reads: in private, or in the rooms.
func heardBy(who string, in []chat.Chat, said []chat.Dispatch) string {
	var out []string
	for _, d := range said {
		to := d.Effect.Where()
		if w, ok := d.Effect.(chat.Whisper); ok {
			to = chat.Chat(w.Who)
			if !w.Secret {
				out = append(out, textOf(d.Effect)) // it may be said in the room
			}
		}
		for _, c := range append(in, alone(who)) {
			if c == to {
				out = append(out, textOf(d.Effect))
			}
		}
	}
	return strings.Join(out, "\n")
}

// others is a rule in the place of those that let somebody be forgotten, or be on duty.
func others() rule.Rule {
	return rule.Of[struct{}]{
		Title: "others",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			_, ok := e.Body.(chat.Posted)
			return "", ok && e.Private
		},
		Fold: func(_ chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			switch p, _ := e.Body.(chat.Posted); p.Text.Plain {
			case "forget me now":
				return s, []chat.Effect{chat.Forget{Who: e.Member}}
			case "on duty now":
				return s, []chat.Effect{chat.Set{Member: e.Member, Key: "duty", Value: "greeter moderator"}}
			}
			return s, nil
		},
	}
}

// forget erases somebody.
func (h *house) forget(who string) {
	h.t.Helper()
	h.say(who, alone(who), "", "forget me now")
	h.wait(time.Minute)
}
