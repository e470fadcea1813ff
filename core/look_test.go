package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// looks lets the host ask a question and returns the answer.
func (b *table) looks(h *host, look chat.Look) []chat.Line {
	b.t.Helper()
	look.Rule = "host"
	h.heard = nil
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{look}
	}
	b.fold(post(ana(), kitchen, b.fresh(), "/pick"))
	h.do = nil
	for _, e := range h.heard {
		if f, ok := e.Body.(chat.Found); ok {
			return f.Lines
		}
	}
	b.t.Fatalf("nothing was found for %+v; heard %+v", look, h.heard)
	return nil
}

func texts(lines []chat.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Text)
	}
	return out
}

func TestLooking(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	other := chat.Chat{Platform: chat.Telegram, ID: "-200"}
	var message chat.MessageID
	for i := range 9 {
		b.fold(post(ana(), kitchen, fmt.Sprintf("k%d", i), fmt.Sprintf("line %d", i)), post(ana(), other, fmt.Sprintf("o%d", i), "elsewhere"))
		if i == 4 {
			message = h.heard[len(h.heard)-2].Message.ID
		}
	}
	if diff := cmp.Diff([]string{"line 2", "line 3", "line 4", "line 5", "line 6"}, texts(b.looks(h, chat.Look{View: chat.Around, Arg: string(message), Limit: 2}))); diff != "" {
		t.Errorf("around:\n%s", diff)
	}
	who := h.heard[0].Member
	said := b.looks(h, chat.Look{View: chat.Said, Arg: string(who), Limit: 4})
	if diff := cmp.Diff([]string{"", "", "line 8", "line 7"}, texts(said)); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{Ref: ref(kitchen, "k3"), Text: chat.Plain("line three")}},
		chat.Event{Chat: kitchen, By: ana(), Body: chat.Deleted{Ref: ref(kitchen, "k5")}})
	if diff := cmp.Diff([]string{"line three", "line 4", ""}, texts(b.looks(h, chat.Look{View: chat.Around, Arg: string(message), Limit: 1}))); diff != "" {
		t.Errorf("around, changed:\n%s", diff)
	}
	b.wait(31 * 24 * time.Hour)
	if got := texts(b.looks(h, chat.Look{View: chat.Around, Arg: string(message), Limit: 1})); strings.Join(got, "") != "" {
		t.Errorf("after a month the words are still there: %q", got)
	}
	if got := b.looks(h, chat.Look{View: chat.Around, Arg: "zzz", Limit: 1}); len(got) != 0 {
		t.Errorf("around nothing: %v", got)
	}
}

// A member is told what rules keep of them in the states of their community, and of no other.
func TestLookingForWhatIsSomebodysOwn(t *testing.T) {
	h := new(host)
	notes := func(title string, key func(c chat.Community, e chat.Event) (string, bool), join func(kept, gone []chat.MemberID) []chat.MemberID) rule.Rule {
		return rule.Of[[]chat.MemberID]{
			Title: title, KeyOf: key, Join: join, Secret: true,
			Fold: func(_ chat.Community, s []chat.MemberID, e chat.Event) ([]chat.MemberID, []chat.Effect) {
				return append(s, e.Member), nil
			},
			Mine: func(s []chat.MemberID, who chat.MemberID) any {
				n := 0
				for _, m := range s {
					if m == who {
						n++
					}
				}
				if n > 9 {
					panic("too many")
				}
				return n
			},
		}
	}
	said := func(e chat.Event) bool { p, ok := e.Body.(chat.Posted); return ok && p.Text.Plain == "count me" }
	b := newTable(t, append(allRules(),
		notes("rooms", func(c chat.Community, e chat.Event) (string, bool) {
			return string(c.ID) + "/" + string(e.Room), said(e)
		}, nil),
		notes("all", func(c chat.Community, e chat.Event) (string, bool) { return string(c.ID), said(e) }, nil),
		notes("each", func(c chat.Community, e chat.Event) (string, bool) { return rule.PersonKey(c.ID, e.Member), said(e) },
			func(kept, _ []chat.MemberID) []chat.MemberID { return kept }),
		notes("near", func(c chat.Community, e chat.Event) (string, bool) { return string(c.ID) + "0", said(e) }, nil), // another community's
		h.rule(),
	)...)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "count me"), post(ana(), kitchen, "2", "count me"), post(ben(), tea, "3", "count me"),
		post(ana(), chat.Chat{Platform: chat.Telegram, ID: "-200"}, "4", "count me"))
	var anas, bens chat.MemberID
	for _, e := range h.heard {
		if p, ok := e.Body.(chat.Posted); ok && e.Chat == kitchen && p.Text.Plain == "count me" {
			anas = e.Member
		} else if ok && e.Chat == tea && p.Text.Plain == "count me" {
			bens = e.Member
		}
	}
	own := func(who chat.MemberID, limit int) (out []string) {
		for _, l := range b.looks(h, chat.Look{View: chat.Own, Arg: string(who), Limit: limit}) {
			if l.About != who {
				t.Errorf("%+v is not about %s", l, who)
			}
			out = append(out, l.Name+" "+l.Text)
		}
		return out
	}
	if diff := cmp.Diff([]string{"rooms 2", "all 2", "each 2"}, own(anas, 0)); diff != "" {
		t.Errorf("ana's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"rooms 1", "all 1"}, own(bens, 2)); diff != "" {
		t.Errorf("ben's first two (-want +got):\n%s", diff)
	}
	if got := own("m99", 0); len(got) != 0 {
		t.Errorf("a stranger's: %q", got)
	}
	for range 8 {
		b.fold(post(ana(), kitchen, b.fresh(), "count me"))
	}
	if got := own(anas, 0); len(got) != 0 || !strings.Contains(b.deadLetters(), "panics") {
		t.Errorf("of states that cannot be told are told %q; dead letters: %s", got, b.deadLetters())
	}
	if diff := cmp.Diff([]string{"rooms 1", "all 1", "each 1"}, own(bens, 0)); diff != "" {
		t.Errorf("ben's, then (-want +got):\n%s", diff)
	}
}

func TestTheLogShowsThatItWasChanged(t *testing.T) {
	b, h := hosted(t)
	b.fold(post(ana(), kitchen, "1", "hi"))
	record := func(line string, about chat.MemberID) {
		h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
			if _, ok := e.Body.(chat.Asked); !ok {
				return nil
			}
			return []chat.Effect{chat.Record{Log: "audit", Line: line, About: about}}
		}
		b.fold(post(ana(), kitchen, b.fresh(), "/pick"))
	}
	for i := range 5 {
		record(fmt.Sprint("line ", i), chat.MemberID(fmt.Sprint("m", i%2)))
	}
	if diff := cmp.Diff([]string{"line 4", "line 3", "line 2"}, texts(b.looks(h, chat.Look{View: chat.Logged, Arg: "audit", Limit: 3}))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"line 3", "line 1"}, texts(b.looks(h, chat.Look{View: chat.Logged, Arg: "audit m1"}))); diff != "" {
		t.Error(diff)
	}
	for name, harm := range map[string]func(tx core.Tx, keys [][]byte, values [][]byte) error{
		"a changed line": func(tx core.Tx, keys, values [][]byte) error {
			return tx.Put("log", keys[2], []byte(strings.Replace(string(values[2]), "line 2", "line x", 1)))
		},
		"a line taken out":        func(tx core.Tx, keys, _ [][]byte) error { return tx.Delete("log", keys[1]) },
		"the end taken away":      func(tx core.Tx, keys, _ [][]byte) error { return tx.Delete("log", keys[4]) },
		"two lines in each other": func(tx core.Tx, keys, values [][]byte) error { return tx.Put("log", keys[0], values[1]) },
	} {
		var keys, values [][]byte
		err := b.store.Update(func(tx core.Tx) error {
			err := tx.Scan("log", nil, func(k, v []byte) bool {
				keys, values = append(keys, append([]byte(nil), k...)), append(values, append([]byte(nil), v...))
				return true
			})
			if err != nil {
				return err
			}
			return harm(tx, keys, values)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(b.looks(h, chat.Look{View: chat.Logged, Arg: "audit"})); !strings.Contains(strings.Join(got, "\n"), "chain is broken") {
			t.Errorf("%s is not seen: %q", name, got)
		}
		err = b.store.Update(func(tx core.Tx) error {
			for i := range keys {
				if err := tx.Put("log", keys[i], values[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(b.looks(h, chat.Look{View: chat.Logged, Arg: "audit"})); strings.Contains(strings.Join(got, "\n"), "broken") {
			t.Fatalf("after mending: %q", got)
		}
	}
}
