package polls

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func TestWhoMayEndAPoll(t *testing.T) {
	ana := chat.Card{ID: "m1", Identities: []chat.Identity{by(chat.Signal, "ana").Identity, by(chat.Matrix, "anam").Identity}}
	tests := map[string]struct {
		who   chat.Person
		level chat.Level
		want  bool
	}{
		"the author":         {by(chat.Signal, "ana"), chat.Member, true},
		"her other account":  {by(chat.Matrix, "anam"), chat.Member, true},
		"a moderator":        {by(chat.Matrix, "mia"), chat.Moderator, true},
		"the platform":       {chat.Person{}, chat.Guest, true},
		"the house":          {chat.Person{Identity: chat.House()}, chat.Organiser, true},
		"somebody":           {by(chat.Matrix, "cleo"), chat.Member, false},
		"her name elsewhere": {by(chat.Matrix, "ana"), chat.Member, false},
	}
	for name, tt := range tests {
		r := newTable(t, ana)
		r.ask(sg, soup())
		r.vote(tg, "eve", 0)
		out := r.fold(chat.Event{Chat: mx, By: tt.who, Level: tt.level, Body: chat.PollEnded{Ref: chat.Ref{Chat: mx, ID: "copy1"}}})
		ended := of[chat.EndPoll](out)
		if s := r.read(); s.Closed != tt.want || (len(ended) == 2) != tt.want || tt.want && (s.Votes != nil || s.Result.People != 1) {
			t.Errorf("%s: closed %v, %d ended, %+v", name, s.Closed, len(ended), s)
		}
		if says := len(of[chat.Send](out)); (says > 0) != (tt.want && name != "the house") {
			t.Errorf("%s: %d results", name, says)
		}
		if again := r.fold(chat.Event{Chat: mx, By: tt.who, Level: tt.level, Body: chat.PollEnded{Ref: chat.Ref{Chat: mx, ID: "copy1"}}}); tt.want && len(again) > 0 {
			t.Errorf("%s, again: %+v", name, again)
		}
		if late := r.vote(tg, "yan", 1); tt.want && len(late) > 0 {
			t.Errorf("%s: a late vote: %+v", name, late)
		}
	}
}

func TestAPollEndsByItself(t *testing.T) {
	r := newTable(t)
	due := chat.Event{Body: chat.Due{Rule: title, Key: "m1"}}
	wakes := of[chat.Wake](r.ask(sg, soup()))
	if len(wakes) != 1 || !wakes[0].At.Equal(r.now.Add(closesAfter)) {
		t.Fatalf("wakes %+v", wakes)
	}
	r.vote(tg, "eve", 0)
	r.now = r.now.Add(closesAfter)
	out := r.fold(due)
	if emits := of[chat.Emit](out); len(emits) != 1 || len(out) != 1 || !emits[0].House {
		t.Fatalf("a month later: %+v", out)
	}
	// /poll that nobody has ever voted in: we do not know where it stands.
	r = newTable(t)
	r.m = &chat.Message{ID: "m1", Community: "c", Room: "r1", By: by(chat.Signal, "ana").Identity}
	q := soup()
	r.fold(chat.Event{Chat: sg, By: by(chat.Signal, "ana"), Body: chat.Posted{Parts: []chat.Part{{Kind: chat.Poll, Poll: &q}}}})
	if r.state == nil {
		t.Fatal("it is not counted")
	}
	r.now = r.now.Add(closesAfter)
	if out := r.fold(due); len(out) > 0 || r.state != nil {
		t.Errorf("a month later: %+v, %s", out, r.state)
	}
}

func TestEditsOfPolls(t *testing.T) {
	edit := func(r *table, change func(*chat.Question)) []chat.Effect {
		q := soup()
		change(&q)
		return r.fold(chat.Event{Chat: mx, By: by(chat.Matrix, "ana"), Body: chat.Edited{Ref: r.m.Original, Parts: []chat.Part{{Kind: chat.Poll, Poll: &q}}}})
	}
	r := newTable(t)
	r.ask(mx, soup())
	for name, change := range map[string]func(*chat.Question){
		"another":  func(q *chat.Question) { q.Options[0] = "Never" },
		"one more": func(q *chat.Question) { q.Options = append(q.Options, "Never") },
		"order":    func(q *chat.Question) { slices.Reverse(q.Options) },
		"nothing":  func(q *chat.Question) { q.Text = "" },
	} {
		out := edit(r, change)
		if !slices.Contains(out, chat.Effect(chat.Drop{})) || len(of[chat.Whisper](out)) != 1 {
			t.Errorf("%s: %+v", name, out)
		}
	}
	if out := edit(r, func(q *chat.Question) { q.Text = "Soup today?" }); len(out) > 0 || r.read().Question.Text != "Soup today?" {
		t.Errorf("another question: %+v", out)
	}
	if edit(r, func(q *chat.Question) { q.Closed = true }); !r.read().Closed {
		t.Error("an edit that closes it does not")
	}
}

func TestWhatIsDeletedWithAPoll(t *testing.T) {
	for name, tt := range map[string]struct {
		ref  func(m *chat.Message) chat.Ref
		want []string
	}{
		"the original": {func(m *chat.Message) chat.Ref { return m.Original }, []string{"copy3"}},
		"our copy":     {func(m *chat.Message) chat.Ref { return m.Copies[2].Refs[0] }, []string{"1"}},
		"elsewhere":    {func(m *chat.Message) chat.Ref { return m.Copies[1].Refs[0] }, []string{"copy3"}},
	} {
		r := newTable(t)
		r.ask(tg, soup())
		r.vote(sg, "ben", 0)
		var refs, tags []string
		ref := tt.ref(r.m)
		for _, d := range of[chat.Delete](r.fold(chat.Event{Chat: ref.Chat, Body: chat.Deleted{Ref: ref}})) {
			if d.Target.Tag != "" {
				tags = append(tags, string(d.To.Platform)+" "+d.Target.Tag)
				continue
			}
			refs = append(refs, d.Target.Refs[0].ID)
		}
		if diff := cmp.Diff(tt.want, refs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"telegram poll:m1", "matrix poll:m1", "telegram poll here:m1"}, tags); diff != "" || r.state != nil {
			t.Errorf("%s: lines (-want +got):\n%s\nstate %s", name, diff, r.state)
		}
	}
}

func TestPollsThatAreTyped(t *testing.T) {
	want := chat.Question{Text: "Bread or soup?", Options: []string{"Bread", "Soup"}}
	for text, ok := range map[string]bool{
		"Bread or soup? / Bread / Soup": true, "Bread or soup?\nBread\nSoup": true, " Bread  or soup? / Bread / Soup / Bread /  ": true,
		"Bread or soup? / Bread": false, "Bread or soup?": false, "": false, " / a / b": false, "a/b/c": false,
		"q / a / " + strings.Repeat("x", 101): false, "close": false, "q / 1 / 2 / 3 / 4 / 5 / 6 / 7 / 8 / 9 / 10 / 11": false,
	} {
		q, got := typed(chat.Plain(text))
		if got != ok || ok && !cmp.Equal(q, want) {
			t.Errorf("%q: %+v, %v", text, q, got)
		}
	}
}

func FuzzTyped(f *testing.F) {
	f.Add("Bread or soup? / Bread / Soup")
	f.Add("q\n\na\nb\r\n / / c")
	f.Add("0\n0\n0\r/ 0")
	f.Fuzz(func(t *testing.T, text string) {
		q, ok := typed(chat.Plain(text))
		if !ok {
			return
		}
		if again, ok := typed(chat.Plain(strings.Join(append([]string{q.Text}, q.Options...), "\n"))); !ok || !cmp.Equal(q, again) {
			t.Errorf("%q is %+v, and that is %+v", text, q, again)
		}
	})
}

func FuzzResult(f *testing.F) {
	f.Add(3, 1, 0, "Soup", "No")
	f.Add(1_000_000, -5, 7, "{people}", "*x*")
	f.Fuzz(func(t *testing.T, people, a, b int, first, second string) {
		q := chat.Question{Text: first, Options: []string{first, second}}
		text := result(rule.Aloud(chat.Community{Members: coretest.Folk{}}, chat.Signal), q, Count{Options: []int{a, b}, People: people})
		if n := strings.Count(text.Plain, "\n"); people != 0 && n != 3 {
			t.Fatalf("%d line ends in %q", n, text.Plain)
		}
		for _, s := range text.Spans {
			if s.Start < 0 || s.Start >= s.End || s.End > text.Len() {
				t.Fatalf("span %+v of %q", s, text.Plain)
			}
		}
	})
}

// A running result in a chat that has moved or was unlinked cannot be changed any more, so nothing waits for that: a timer
// that is set to what was due long ago would come again at once, for ever.
func TestALineInAChatThatHasMovedWaitsForNothing(t *testing.T) {
	r := newTable(t)
	r.ask(mx, soup())
	r.vote(tg, "eve", 0)
	r.vote(sg, "zed", 1)
	r.c.Rooms[0].Chats = []chat.Chat{{Platform: chat.Telegram, ID: "-100"}, sg, mx}
	r.now = r.now.Add(time.Hour)
	r.vote(mx, "ana", 0)
	for range 10 {
		r.now = r.now.Add(time.Hour)
		for _, w := range of[chat.Wake](r.fold(chat.Event{Body: chat.Due{Rule: title, Key: "m1"}})) {
			if !w.At.After(r.now) {
				t.Fatalf("at %s it wakes itself at %s", r.now, w.At)
			}
		}
	}
}
