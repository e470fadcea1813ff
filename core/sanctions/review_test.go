package sanctions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// crowd lets some more people be members.
func (b *table) crowd(n int) []chat.Person {
	b.t.Helper()
	var out []chat.Person
	for i := range n {
		p := person(chat.Signal, fmt.Sprintf("p%c", 'a'+i))
		b.says(p, tea, "hello")
		b.alone(p, "hello")
		out = append(out, p)
	}
	return out
}

// whispersTo returns to whom a text was whispered.
func whispersTo(effects []chat.Outgoing, part string) []string {
	var out []string
	for _, e := range effects {
		if w, ok := e.(chat.Whisper); ok && strings.Contains(w.Text.Plain, part) {
			out = append(out, w.Who.ID)
		}
	}
	return out
}

func TestTheLotFallsOnWhoIsNotInvolved(t *testing.T) {
	b := newTable(t)
	b.crowd(6)
	b.says(mia(), garden, "!mute @pa 2d noise")
	first := whispersTo(b.alone(mia(), "review @ben @cleo quarrels"), "drawn by lot")
	if len(first) != 2 {
		t.Fatalf("%v are asked, want 2", first)
	}
	asked := first
	for len(asked) < 20 {
		before := len(asked)
		who := person(chat.Signal, asked[before-1])
		switch who.Identity.ID {
		case "ana":
			who = person(chat.Telegram, "ana")
		case "sue":
			who = person(chat.Matrix, "sue")
		}
		more := whispersTo(b.alone(who, "serve "+b.idOf("ben")+" 1 no"), "drawn by lot")
		if len(more) == 0 {
			break
		}
		asked = append(asked, more...)
	}
	for _, who := range asked {
		if strings.Contains("ben cleo mia max olga pa", who) {
			t.Errorf("%s is asked", who)
		}
	}
	if len(asked) < 4 {
		t.Errorf("only %v are asked", asked)
	}
}

func TestWhoCannotBeReachedIsNotWaitedFor(t *testing.T) {
	b := newTable(t)
	b.crowd(6)
	unreachable := ""
	b.refuse = func(e chat.Outgoing) chat.Reason {
		w, ok := e.(chat.Whisper)
		if ok && strings.Contains(w.Text.Plain, "drawn by lot") && (unreachable == "" || unreachable == w.Who.ID) {
			unreachable = w.Who.ID
			return chat.Forbidden
		}
		return ""
	}
	asked := whispersTo(b.alone(mia(), "review @ben @cleo quarrels"), "drawn by lot")
	if len(asked) != 3 {
		t.Errorf("%v are asked, want three: one of them cannot be reached", asked)
	}
}

func TestAReviewGoesOnWithoutThoseWhoAreSilent(t *testing.T) {
	b := newTable(t)
	b.crowd(4)
	b.alone(mia(), "review @ben @cleo quarrels")
	out := b.wait(72 * time.Hour)
	if got := whispersTo(out, "is ready"); !cmp.Equal(got, []string{"olga"}) {
		t.Errorf("the panel is %v, want the organiser alone", got)
	}
	if text := words(out); !strings.Contains(text, "have not written anything") {
		t.Errorf("it is not said that nobody has written: %s", text)
	}
	b.alone(olga(), "judge "+b.idOf("ben")+" 1 6")
	// One voice alone decides nothing.
	if text := words(b.wait(72 * time.Hour)); strings.Contains(text, "kept out") {
		t.Errorf("one voice is an outcome: %s", text)
	}
	if !carriedOn(b.says(ben(), tea, "hello")) {
		t.Error("he is held")
	}
	b.wait(31 * 24 * time.Hour)
	if text := words(b.alone(mia(), "review @ben @cleo again quarrels")); !strings.Contains(text, "begins") {
		t.Errorf("a second review: %s", text)
	}
}

func TestAReviewIsForgottenAndItsWordsBefore(t *testing.T) {
	b := newTable(t)
	people := append(b.crowd(2), person(chat.Signal, "sam"), person(chat.Matrix, "sue"))
	b.says(olga(), kitchen, "/role @max member")
	id := b.idOf("ben")
	b.alone(mia(), "review @ben @cleo quarrels")
	for _, p := range append(people, maxim()) {
		b.alone(p, "serve "+id+" 1 yes")
	}
	b.alone(person(chat.Telegram, "ana"), "serve "+id+" 1 yes")
	b.alone(ben(), "statement @ben unforgettable words")
	b.alone(cleo(), "statement @ben "+strings.Repeat("x", 1001))
	b.wait(72 * time.Hour)
	for _, p := range append(people, maxim(), olga(), person(chat.Telegram, "ana"), cleo(), mia(), ben()) {
		b.alone(p, "judge "+id+" 1 3")
	}
	b.wait(72 * time.Hour)
	text := words(b.alone(mia(), "modlog @ben"))
	if !strings.Contains(text, "with 3 votes: a warning") {
		t.Errorf("the log: %s", text)
	}
	if n := len(b.store.Dump()["rule.reviews"]); n != 1 {
		t.Errorf("%d reviews are kept, want the outcome of one", n)
	}
	b.wait(31 * 24 * time.Hour)
	if n := len(b.store.Dump()["rule.reviews"]); n != 0 {
		t.Errorf("%d reviews are kept after a month", n)
	}
}

// The same happens again when everything is folded again.
func TestTheSameDayIsTheSame(t *testing.T) {
	day := func() (string, int) {
		b := newTable(t)
		b.crowd(5)
		out := b.says(mia(), garden, "!ban @ben scams")
		out = append(out, b.alone(mia(), "review @cleo @ben quarrels")...)
		out = append(out, b.alone(ben(), "appeal not me")...)
		out = append(out, b.wait(100*time.Hour)...)
		n := 0
		for _, keys := range b.store.Dump() {
			n += len(keys)
		}
		var all strings.Builder
		for _, e := range out {
			raw, err := chat.EncodeDispatch(chat.Dispatch{Effect: e})
			if err != nil {
				t.Fatal(err)
			}
			all.Write(raw)
		}
		return all.String(), n
	}
	a, n := day()
	for range 3 {
		if b, m := day(); a != b || n != m {
			t.Fatalf("another day, with %d for %d keys:\n%s", m, n, cmp.Diff(a, b))
		}
	}
}

func TestAModeratorUnderASanctionDecidesNothing(t *testing.T) {
	b := newTable(t)
	b.says(mia(), garden, "!warn @cleo shouting")
	b.alone(cleo(), "appeal I was happy")
	b.alone(olga(), "timeout @max 2d please rest")
	id := b.idOf("cleo")
	for _, command := range []string{
		"warn @ben x", "timeout @ben 2h x", "ban @ben x", "unwarn @cleo", "appeals @cleo lift ok", "appeals " + id + " 1 lift ok",
		"lift " + id + " 1", "review @ben x", "modlog", "sanctions", "ladder @ben", "untimeout @max", "untimeout me", "timeout me 1m",
	} {
		out := b.alone(maxim(), command)
		if text := words(out); len(out) != 1 || !strings.Contains(text, "You have a time-out until") &&
			!strings.Contains(text, "while a decision about you holds") {
			t.Errorf("%q is answered with %q", command, text)
		}
	}
	b.wait(48 * time.Hour)
	if text := words(b.alone(maxim(), "appeals @cleo lift ok")); !strings.Contains(text, "gets your answer") {
		t.Errorf("afterwards: %s", text)
	}
}

func TestNobodyActsUpwards(t *testing.T) {
	b := newTable(t)
	for _, who := range []string{"@olga", "@mia", "@max"} {
		for _, command := range []string{"warn", "timeout", "ban", "remove", "unban", "untimeout"} {
			out := b.alone(maxim(), command+" "+who+" 2h x")
			if got := done(out); len(got) > 0 || len(out) != 1 {
				t.Errorf("max: %s %s does %v and says %q", command, who, got, words(out))
			}
		}
	}
}
