package polls

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

var (
	tg = chat.Chat{Platform: chat.Telegram, ID: "-1"}
	sg = chat.Chat{Platform: chat.Signal, ID: "g"}
	mx = chat.Chat{Platform: chat.Matrix, ID: "!m"}
)

// table is a room of three chats with one poll in it.
type table struct {
	t     *testing.T
	rule  rule.Rule
	c     chat.Community
	state []byte
	now   time.Time
	m     *chat.Message
}

func newTable(t *testing.T, folk ...chat.Card) *table {
	return &table{
		t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		rule: New(Ways{chat.Telegram: {Blind: true}, chat.Signal: {Edits: 8, Window: 23 * time.Hour}, chat.Matrix: {Ghosts: true}}),
		c: chat.Community{
			ID: "c", Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{tg, sg, mx}}}, Members: coretest.Folk(folk),
		},
	}
}

func by(p chat.Platform, name string) chat.Person {
	return chat.Person{Identity: chat.Identity{Platform: p, ID: name}, Name: strings.ToUpper(name[:1]) + name[1:]}
}

// fold lets the rule see an event about the poll.
func (r *table) fold(e chat.Event) []chat.Effect {
	r.t.Helper()
	e.Now = r.now
	e.Community, e.Room = "c", "r1"
	if e.Message == nil {
		e.Message = r.m
	}
	if _, ok := r.rule.Key(r.c, e); !ok {
		return nil
	}
	next, out, err := r.rule.Decide(r.c, r.state, e)
	if err != nil {
		r.t.Fatal(err)
	}
	r.state = next
	return out
}

// ask posts a poll, and lets its copies arrive.
func (r *table) ask(in chat.Chat, q chat.Question) []chat.Effect {
	r.t.Helper()
	original := chat.Ref{Chat: in, ID: "1"}
	who := by(in.Platform, "ana")
	r.m = &chat.Message{ID: "m1", Community: "c", Room: "r1", By: who.Identity, Name: who.Name, Original: original}
	out := r.fold(chat.Event{Chat: in, By: who, Body: chat.Posted{Ref: original, Parts: []chat.Part{{Kind: chat.Poll, Line: "poll", Poll: &q}}}})
	for i, x := range out {
		if s, ok := x.(chat.Send); ok && s.Message == "m1" {
			r.m.Copies = append(r.m.Copies, chat.Copy{Chat: s.To, Effect: "e", Refs: []chat.Ref{{Chat: s.To, ID: fmt.Sprint("copy", i)}}})
		}
	}
	return out
}

// vote lets somebody vote where the poll is to be voted in.
func (r *table) vote(in chat.Chat, name string, options ...int) []chat.Effect {
	r.t.Helper()
	target, ok := place(r.m, in)
	if !ok {
		r.t.Fatalf("there is no poll in %s", in)
	}
	return r.fold(chat.Event{Chat: in, By: by(in.Platform, name), Body: chat.Voted{Ref: target.Refs[0], Options: options}})
}

func (r *table) read() Poll {
	var s Poll
	if r.state != nil {
		if err := json.Unmarshal(r.state, &s); err != nil {
			r.t.Fatal(err)
		}
	}
	return s
}

func (r *table) count() Count { return r.read().count(r.c) }

func soup() chat.Question {
	return chat.Question{Text: "Soup?", Options: []string{"Yes", "No", "Later"}}
}

func of[T chat.Effect](all []chat.Effect) (out []T) {
	for _, x := range all {
		if t, ok := x.(T); ok {
			out = append(out, t)
		}
	}
	return out
}

func TestWhatIsCarried(t *testing.T) {
	long := strings.Repeat("ä", 101)
	many := soup()
	many.Options = strings.Fields("1 2 3 4 5 6 7 8 9 10 11")
	tests := map[string]struct {
		in     chat.Chat
		change func(*chat.Question)
		copies int
		native bool
		ballot bool
	}{
		"telegram":         {in: tg, copies: 3, native: true, ballot: true},
		"signal":           {in: sg, copies: 2, native: true},
		"matrix":           {in: mx, copies: 2, native: true},
		"a secret one":     {in: mx, change: func(q *chat.Question) { q.Secret = true }, copies: 3, native: true, ballot: true},
		"closed":           {in: tg, change: func(q *chat.Question) { q.Closed = true }, copies: 2},
		"a long answer":    {in: tg, change: func(q *chat.Question) { q.Options[1] = long }, copies: 2},
		"one answer":       {in: tg, change: func(q *chat.Question) { q.Options = q.Options[:1] }, copies: 2},
		"eleven answers":   {in: tg, change: func(q *chat.Question) { q.Options = many.Options }, copies: 2},
		"an empty answer":  {in: sg, change: func(q *chat.Question) { q.Options[0] = "" }, copies: 2},
		"a quiz elsewhere": {in: sg, change: func(q *chat.Question) { q.Quiz = true }, copies: 2, native: true},
	}
	for name, tt := range tests {
		r, q := newTable(t), soup()
		if tt.change != nil {
			tt.change(&q)
		}
		sends := of[chat.Send](r.ask(tt.in, q))
		copies := 0
		for _, s := range sends {
			if s.Message == "" {
				continue
			}
			copies++
			p := s.Parts[0].Poll
			if (p != nil) != tt.native || s.Parts[0].Line == "" || p != nil && (p.Secret || p.Quiz) || s.As == nil {
				t.Errorf("%s: a copy %+v", name, s)
			}
		}
		if s := r.read(); copies != tt.copies || s.Ballot != tt.ballot || s.isZero() == tt.native {
			t.Errorf("%s: %d copies, ballot %v, counted %v", name, copies, s.Ballot, !s.isZero())
		}
		if tt.native && q.Quiz != (name == "a quiz elsewhere") {
			t.Errorf("%s: the event was changed", name)
		}
	}
	alone := newTable(t)
	alone.c.Rooms[0].Chats = []chat.Chat{tg}
	if out := alone.ask(tg, soup()); len(out) > 0 || alone.state != nil {
		t.Errorf("in a room of one chat: %+v", out)
	}
}

func TestWhoseVotesCount(t *testing.T) {
	ben := chat.Card{ID: "m7", Name: "Ben", Identities: []chat.Identity{by(chat.Signal, "ben").Identity, by(chat.Matrix, "benx").Identity}}
	zed := chat.Card{ID: "m8", Identities: []chat.Identity{by(chat.Signal, "zed").Identity}, Settings: map[string]string{"sanction": "ban"}}
	r := newTable(t, ben, zed)
	r.ask(tg, soup())
	want := func(people int, options ...int) {
		t.Helper()
		if diff := cmp.Diff(Count{Options: options, People: people}, r.count()); diff != "" {
			t.Fatalf("counted (-want +got):\n%s", diff)
		}
	}
	r.vote(sg, "ben", 0)
	want(1, 1, 0, 0)
	r.vote(mx, "benx", 1) // his other account: the last counts
	want(1, 0, 1, 0)
	r.vote(tg, "ana", 2, 0) // one may choose only one
	want(2, 1, 1, 0)
	r.vote(sg, "eve", -1, 99, 3) // there are no such answers
	want(2, 1, 1, 0)
	r.vote(sg, "zed", 0) // banned
	want(2, 1, 1, 0)
	r.fold(chat.Event{Chat: tg, By: by(chat.Telegram, "eve"), Body: chat.Voted{Ref: r.m.Original, Options: []int{0}}})
	want(2, 1, 1, 0) // in the original, of which it was said that it does not count
	r.vote(mx, "benx")
	want(1, 1, 0, 0)
	r.c.Rooms = []chat.Room{{ID: "r1", Chats: []chat.Chat{tg, mx}}, {ID: "r2", Chats: []chat.Chat{sg}}}
	r.vote(sg, "yan", 0) // in a chat that has left the room
	want(1, 1, 0, 0)
}

func TestAClaimThatComesLaterAndAMemberWhoIsForgotten(t *testing.T) {
	r := newTable(t)
	r.ask(sg, soup())
	r.vote(sg, "ben", 0)
	r.vote(mx, "benx", 1)
	if got := r.count(); got.People != 2 {
		t.Fatalf("two accounts: %+v", got)
	}
	ben := chat.Card{ID: "m7", Identities: []chat.Identity{by(chat.Signal, "ben").Identity, by(chat.Matrix, "benx").Identity}}
	cleo := chat.Card{ID: "m9", Identities: []chat.Identity{by(chat.Matrix, "cleo").Identity}}
	r.c.Members = coretest.Folk{ben, cleo}
	r.vote(mx, "cleo", 2)
	if diff := cmp.Diff(Count{Options: []int{0, 1, 1}, People: 2}, r.count()); diff != "" {
		t.Errorf("after the claim (-want +got):\n%s", diff)
	}
	r.c.Members = coretest.Folk{ben}
	if diff := cmp.Diff(Count{Options: []int{0, 1, 0}, People: 1}, r.count()); diff != "" {
		t.Errorf("after one is forgotten (-want +got):\n%s", diff)
	}
}

func TestGhostsVoteAsTheirPeopleDo(t *testing.T) {
	ben := chat.Card{ID: "m7", Identities: []chat.Identity{by(chat.Signal, "ben").Identity, by(chat.Telegram, "bent").Identity, by(chat.Matrix, "benx").Identity}}
	r := newTable(t, ben)
	r.ask(sg, soup())
	told := func(out []chat.Effect) (lines []string) {
		for _, v := range of[chat.Vote](out) {
			lines = append(lines, fmt.Sprint(v.To.Platform, " ", v.As.Identity.ID, v.Options))
		}
		return lines
	}
	for i, tt := range []struct {
		out  []chat.Effect
		want []string
	}{
		{r.vote(sg, "ben", 0), []string{"matrix ben[0]"}},
		{r.vote(sg, "ben", 0), nil}, // nothing has changed
		{r.vote(tg, "bent", 1), []string{"matrix ben[]", "matrix bent[1]"}},
		{r.vote(mx, "benx", 2), []string{"matrix bent[]"}},
		{r.vote(sg, "ben"), []string{"matrix ben[]"}},
		{r.vote(sg, "ben"), nil},
	} {
		if diff := cmp.Diff(tt.want, told(tt.out)); diff != "" {
			t.Errorf("vote %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestNoMoreThanSoManyAreCounted(t *testing.T) {
	r := newTable(t)
	r.ask(mx, soup())
	edits := 0
	for i := range maxVoters + 20 {
		r.now = r.now.Add(time.Second)
		edits += len(of[chat.Edit](r.vote(sg, fmt.Sprint("v", i), i%3)))
	}
	r.now = r.now.Add(time.Hour)
	last := of[chat.Edit](r.fold(chat.Event{Body: chat.Due{Rule: title, Key: "m1"}}))
	if got := r.count(); got.People != maxVoters || !got.Full || len(r.read().Votes) != maxVoters {
		t.Errorf("%+v, %d votes", got, len(r.read().Votes))
	}
	if len(last) == 0 || !strings.Contains(last[0].Text.Plain, "Not everybody is counted") {
		t.Errorf("the result does not say so: %+v", last)
	}
	if edits == 0 || edits > 40 {
		t.Errorf("%d votes within minutes have changed the lines %d times", maxVoters, edits)
	}
	if len(r.state) > 80_000 {
		t.Errorf("the state has %d bytes", len(r.state))
	}
	r.vote(sg, "v3", 2) // who was counted may still choose otherwise
	if got := r.read().Votes[maxVoters-1]; got.By.ID != "v3" || got.Options[0] != 2 {
		t.Errorf("the last vote is %+v", got)
	}
}

// A poll that is voted in every minute for two days: where edits are few they last for the day, and nothing is shown that
// was shown before.
func TestTheResultIsNoFlicker(t *testing.T) {
	r := newTable(t)
	r.ask(mx, soup())
	edits, begun := make(map[chat.Platform][]time.Duration), r.now
	next := time.Time{}
	look := func(out []chat.Effect) {
		for _, e := range of[chat.Edit](out) {
			edits[e.To.Platform] = append(edits[e.To.Platform], r.now.Sub(begun))
		}
		for _, w := range of[chat.Wake](out) {
			next = w.At
		}
	}
	for i := range 48 * 20 {
		at := begun.Add(time.Duration(3*i) * time.Minute)
		for !next.IsZero() && next.Before(at) {
			r.now, next = next, time.Time{}
			look(r.fold(chat.Event{Body: chat.Due{Rule: title, Key: "m1"}}))
		}
		r.now = at
		look(r.vote(tg, "eve", i%2))
		look(r.vote(sg, "zed", (i+1)%2))
		look(r.vote(mx, fmt.Sprint("v", i%40), i%3))
	}
	if n := len(edits[chat.Signal]); n != 8 || edits[chat.Signal][7] > 23*time.Hour || edits[chat.Signal][7] < 12*time.Hour {
		t.Errorf("edits on Signal: %v", edits[chat.Signal])
	}
	if n := len(edits[chat.Telegram]); n < 150 || n > 200 {
		t.Errorf("%d edits on Telegram in two days", n)
	}
	if first := edits[chat.Telegram][0]; first < 15*time.Second || first > 4*time.Minute {
		t.Errorf("the first after %s", first)
	}
}
