package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// vault is a rule that keeps a word of everybody who has said one, and a timer.
func vault() rule.Rule {
	return rule.Of[string]{
		Title: "vault", Join: func(kept, _ string) string { return kept },
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			if _, ok := e.Body.(chat.Posted); !ok || e.Private {
				return "", false
			}
			return rule.ByMember(c, e)
		},
		Fold: func(c chat.Community, _ string, e chat.Event) (string, []chat.Effect) {
			return "truffle", []chat.Effect{chat.Wake{Rule: "vault", Key: rule.PersonKey(c.ID, e.Member), At: e.Now.Add(90 * 24 * time.Hour)}}
		},
	}
}

// where returns the parts of the state that have some bytes in a key or a value. What is on its way is no state, and what
// was seen is known by the names that platforms give to what happens.
func (b *table) where(needle string) []string {
	var out []string
	for name, values := range b.store.Dump() {
		for k, v := range values {
			if name != "outbox" && name != "seen" && (strings.Contains(k, needle) || strings.Contains(string(v), needle)) {
				out = append(out, string(name))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forgets lets the host have somebody erased, and returns what happens in a time.
func (b *table) forgets(h *host, who chat.MemberID, by chat.Person, in chat.Chat, d time.Duration) []chat.Dispatch {
	b.t.Helper()
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{chat.Forget{Who: who}}
	}
	h.heard = nil
	got := b.fold(post(by, in, b.fresh(), "/pick"))
	h.do = nil
	return append(got, b.wait(d)...)
}

// ends tells what the rules heard of erasures.
func (h *host) ends() []string {
	var out []string
	for _, e := range h.heard {
		switch x := e.Body.(type) {
		case chat.Forgotten:
			out = append(out, fmt.Sprintf("%s forgotten, %d accounts", x.Who, len(x.Identities)))
		case chat.Forgot:
			out = append(out, fmt.Sprintf("%s forgot, %d messages", x.Who, x.Messages))
		}
	}
	return out
}

func deletions(ds []chat.Dispatch) map[string]int {
	out := make(map[string]int)
	for _, d := range ds {
		if x, ok := d.Effect.(chat.Delete); ok {
			for _, r := range x.Target.Refs {
				out[r.String()]++
			}
		}
	}
	return out
}

// receives folds events and tells the house that what it has said to them has arrived.
func (b *table) receives(events ...chat.Event) (got []chat.Dispatch) {
	b.t.Helper()
	for _, e := range events {
		ds := b.fold(e)
		for i, d := range ds {
			b.fold(sent(d, fmt.Sprint(d.ID, i)))
		}
		got = append(got, ds...)
	}
	return got
}

// proves makes two persons one, as claim does, and lets the codes' time pass.
func (b *table) proves(first, second chat.Person) {
	b.t.Helper()
	private := func(p chat.Person, text string) chat.Event {
		return chat.Event{Chat: chat.Chat(p.Identity), Private: true, By: p, Body: chat.Posted{Text: chat.Plain(text)}}
	}
	code := codeIn(b.t, b.receives(private(first, "claim")))
	b.receives(private(second, "!claim "+code))
}

func erasable(t *testing.T) (*table, *host, *onlooker) {
	h, o := new(host), new(onlooker)
	return newTable(t, append(allRules(), h.rule(), vault(), o.rule())...), h, o
}

func TestForgettingAMember(t *testing.T) {
	b, h, o := erasable(t)
	b.link(kitchen, tea)
	for i := range 250 {
		for _, d := range b.fold(post(ana(), kitchen, fmt.Sprint("k", i), "zanzibar")) {
			b.fold(sent(d, fmt.Sprint("t", i)))
		}
	}
	b.fold(post(person(chat.Signal, "ben"), tea, "b1", "mine stays"))
	card, ok := o.member(ana())
	if !ok || len(b.where("truffle")) == 0 || len(b.where(`"ana"`)) == 0 {
		t.Fatal("nothing is known of her to begin with")
	}
	deleted := deletions(b.forgets(h, card.ID, person(chat.Signal, "ben"), tea, time.Minute))
	if len(deleted) != 500 {
		t.Errorf("%d places are cleared, want 500", len(deleted))
	}
	for place, n := range deleted {
		if n != 1 {
			t.Errorf("%s is cleared %d times", place, n)
		}
	}
	if diff := cmp.Diff([]string{string(card.ID) + " forgotten, 1 accounts", string(card.ID) + " forgot, 250 messages"}, h.ends()); diff != "" {
		t.Errorf("rules heard (-want +got):\n%s", diff)
	}
	if _, still := o.member(ana()); still {
		t.Error("she is still a member")
	}
	for _, trace := range []string{"telegram:ana", `"ana"`, "-100 k7", "zanzibar", rule.PersonKey(o.community.ID, card.ID)} {
		if got := b.where(trace); got != nil {
			t.Errorf("%q is still in %v", trace, got)
		}
	}
	if got := b.where("truffle"); got == nil {
		t.Error("what is kept of ben is gone, too")
	}
	b.restart()
	b.fold(post(ana(), kitchen, "again", "hi"))
	if again, _ := o.member(ana()); again.ID == card.ID || again.ID == "" {
		t.Errorf("she comes back as %+v", again)
	}
}

// The receipts of the deletions tell whose they were, even when the member is gone.
func TestTheReceiptsOfAnErasureHaveItsTag(t *testing.T) {
	b, h, o := erasable(t)
	b.fold(post(ana(), kitchen, "1", "one"), post(ana(), kitchen, "2", "two"))
	card, _ := o.member(ana())
	got := b.forgets(h, card.ID, person(chat.Telegram, "ben"), kitchen, time.Minute)
	h.heard = nil
	for _, d := range got {
		if _, ok := d.Effect.(chat.Delete); ok {
			b.fold(chat.Event{Chat: kitchen, Body: chat.Failed{Effect: d.ID, Why: chat.TooOld}})
		}
	}
	if len(h.heard) != 2 {
		t.Fatalf("%d receipts, want 2", len(h.heard))
	}
	for _, e := range h.heard {
		if e.Tag != "forget/"+string(card.ID) || e.Community != o.community.ID {
			t.Errorf("receipt with tag %q in %q", e.Tag, e.Community)
		}
	}
}

func TestNobodyIsForgottenTwice(t *testing.T) {
	b, h, o := erasable(t)
	for i := range 25 {
		b.fold(post(ana(), kitchen, fmt.Sprint("k", i), "words"))
	}
	card, _ := o.member(ana())
	ben := person(chat.Telegram, "ben")
	got := b.forgets(h, card.ID, ben, kitchen, 0)
	heard := h.ends()
	got = append(got, b.forgets(h, card.ID, ben, kitchen, time.Second)...)
	heard = append(heard, h.ends()...)
	got = append(got, b.forgets(h, card.ID, ben, kitchen, time.Minute)...)
	heard = append(heard, h.ends()...)
	if diff := cmp.Diff([]string{"m2 forgotten, 1 accounts", "m2 forgot, 25 messages"}, heard); diff != "" {
		t.Errorf("rules heard (-want +got):\n%s", diff)
	}
	if n := len(deletions(got)); n != 25 {
		t.Errorf("%d messages are deleted", n)
	}
}

// What was written by either account, before or after they became one person, goes; and so does what was written in a chat
// before it was linked.
func TestEverythingOfAPersonIsFound(t *testing.T) {
	b, h, o := erasable(t)
	ben := person(chat.Signal, "ben")
	b.fold(post(ben, tea, "b0", "before there was a kitchen"))
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "a1", "as ana"), post(ben, tea, "b1", "as ben"))
	b.proves(ana(), ben)
	b.fold(post(ben, tea, "b2", "as both"))
	card, _ := o.member(ben)
	if diff := cmp.Diff([]string{"as both", "as ben", "as ana", "before there was a kitchen"}, texts(b.looks(h, chat.Look{View: chat.Said, Arg: string(card.ID)}))[1:]); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	for _, l := range b.looks(h, chat.Look{View: chat.Said, Arg: string(card.ID)}) {
		if l.Text != "before there was a kitchen" && l.By != card.ID {
			t.Errorf("%q is by %s, who is %s now", l.Text, l.By, card.ID)
		}
	}
	got := deletions(b.forgets(h, card.ID, person(chat.Telegram, "cleo"), kitchen, time.Minute))
	for _, r := range []string{"telegram:-100 a1", "signal:Zm9v b0", "signal:Zm9v b1", "signal:Zm9v b2"} {
		if got[r] != 1 {
			t.Errorf("%s is deleted %d times", r, got[r])
		}
	}
	b.wait(48 * time.Hour) // until the code is forgotten
	for _, trace := range []string{"telegram:ana", "signal:ben"} {
		if got := b.where(trace); got != nil {
			t.Errorf("%s is still in %v", trace, got)
		}
	}
}

// Many messages by several accounts are erased part by part, each once.
func TestManyMessagesOfSeveralAccounts(t *testing.T) {
	b, h, o := erasable(t)
	ben := person(chat.Signal, "ben")
	b.link(kitchen, tea)
	b.claim(ana(), ben)
	for i := range 17 {
		b.fold(post(ana(), kitchen, fmt.Sprint("a", i), "as ana"), post(ben, tea, fmt.Sprint("b", i), "as ben"))
	}
	card, _ := o.member(ana())
	got := deletions(b.forgets(h, card.ID, person(chat.Telegram, "cleo"), kitchen, time.Minute))
	if diff := cmp.Diff([]string{string(card.ID) + " forgotten, 2 accounts", string(card.ID) + " forgot, 34 messages"}, h.ends()); diff != "" {
		t.Errorf("rules heard (-want +got):\n%s", diff)
	}
	for i := range 17 {
		if a, b := got[fmt.Sprint("telegram:-100 a", i)], got[fmt.Sprint("signal:Zm9v b", i)]; a != 1 || b != 1 {
			t.Errorf("messages %d are deleted %d and %d times", i, a, b)
		}
	}
}

// An account that was never here, but is known to be theirs, is forgotten with them.
func TestForgettingAnAccountThatWasNeverHere(t *testing.T) {
	b, h, o := erasable(t)
	ben := person(chat.Signal, "ben")
	b.proves(ana(), ben)
	b.fold(post(ana(), kitchen, "1", "hi"))
	card, _ := o.member(ana())
	if got := b.where("signal:ben"); !slices.Contains(got, "person") || len(card.Identities) != 1 {
		t.Fatalf("to begin with ben is in %v, and she is %v", got, card.Identities)
	}
	b.forgets(h, card.ID, person(chat.Telegram, "cleo"), kitchen, 48*time.Hour)
	for _, trace := range []string{"telegram:ana", "signal:ben"} {
		if got := b.where(trace); got != nil {
			t.Errorf("%s is still in %v", trace, got)
		}
	}
}

// Who says in the middle of it that another account is theirs, too, is forgotten with both.
func TestForgettingSomebodyWhoBecomesAnother(t *testing.T) {
	b, h, o := erasable(t)
	b.link(kitchen, tea)
	ben := person(chat.Signal, "ben")
	b.fold(post(ben, tea, "b1", "first"))
	for i := range 25 {
		b.fold(post(ana(), kitchen, fmt.Sprint("k", i), "words"))
	}
	card, _ := o.member(ana())
	b.forgets(h, card.ID, person(chat.Telegram, "cleo"), kitchen, 0)
	b.proves(ben, ana())
	if kept, _ := o.member(ana()); kept.ID == card.ID {
		t.Fatal("the test needs her to get another id")
	}
	b.wait(48 * time.Hour) // until the code is forgotten, too
	if _, still := o.member(ana()); still {
		t.Error("she is still a member")
	}
	if _, still := o.member(ben); still {
		t.Error("her other account is still a member")
	}
	if got := b.where("telegram:ana"); got != nil {
		t.Errorf("she is still in %v", got)
	}
}

// In another community a member stays what they are: with the claim of their accounts, and with what they mean in private.
func TestForgottenInOneCommunityOnly(t *testing.T) {
	b, h, o := erasable(t)
	other := chat.Chat{Platform: chat.Telegram, ID: "-200"}
	ben := person(chat.Signal, "ben")
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "here"), post(ben, tea, "2", "here"))
	b.claim(ana(), ben)
	b.fold(post(ana(), other, "3", "there"))
	there := o.community
	third := chat.Chat{Platform: chat.Telegram, ID: "-300"} // a larger one
	b.fold(post(ana(), third, "5", "and there"), post(person(chat.Telegram, "dan"), third, "6", "hi"), post(person(chat.Telegram, "eva"), third, "7", "hi"))
	private := chat.Event{Chat: chat.Chat(ana().Identity), Private: true, By: ana()}
	private.Body = chat.Posted{Text: chat.Plain("community 2")}
	b.fold(private)
	b.fold(post(person(chat.Telegram, "cleo"), kitchen, "4", "hi"))
	card, _ := o.member(ana())
	got := deletions(b.forgets(h, card.ID, person(chat.Telegram, "cleo"), kitchen, time.Minute))
	if len(got) != 2 || got["telegram:-200 3"] != 0 {
		t.Errorf("deleted: %v", got)
	}
	b.restart()
	private.Body = chat.Posted{Text: chat.Plain("what do we speak about?")}
	b.fold(private)
	if o.event.Community != there.ID {
		t.Errorf("in private she means %q, not %q any more", o.event.Community, there.ID)
	}
	b.fold(chat.Event{Chat: other, By: chat.Person{Identity: ben.Identity, Name: "ben"}, Body: chat.Joined{Who: ben}})
	if again, ok := o.member(ana()); !ok || len(again.Identities) < 1 {
		t.Errorf("she is %+v over there", again)
	}
	if got := b.where(`["telegram:ana","signal:ben"]`); !slices.Contains(got, "person") {
		t.Errorf("that both are hers is only in %v", got)
	}
}

// What the house has told somebody in private is forgotten, and what could not be handled of them cannot be read any more.
func TestForgettingWhatWasSaidInPrivate(t *testing.T) {
	h, o := new(host), new(onlooker)
	faulty := seat("faulty", func(_ chat.Community, e chat.Event) []chat.Effect {
		if p, ok := e.Body.(chat.Posted); ok && p.Text.Plain == "sesame" {
			panic("no")
		}
		return nil
	})
	b := newTable(t, append(allRules(), h.rule(), faulty, o.rule())...)
	b.fold(post(ana(), kitchen, "1", "sesame"))
	card, _ := o.member(ana())
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{chat.Whisper{To: chat.Chat(ana().Identity), Who: ana().Identity, Text: chat.Plain("psst"), Tag: "hush", Choices: []chat.Choice{{Label: "yes", Ask: "pick"}}}}
	}
	for _, d := range b.fold(post(person(chat.Telegram, "ben"), kitchen, b.fresh(), "/pick")) {
		b.fold(sent(d, "p1"))
	}
	if got := b.where("telegram:ana"); !slices.Contains(got, "choice") || !slices.Contains(got, "ref") {
		t.Fatalf("she is only in %v to begin with", got)
	}
	if len(b.where(`"rule":"faulty"`)) == 0 {
		t.Fatal("there is no dead letter to begin with")
	}
	b.forgets(h, card.ID, person(chat.Telegram, "ben"), kitchen, time.Minute)
	for _, trace := range []string{"telegram:ana", "hush"} {
		if got := b.where(trace); got != nil {
			t.Errorf("%q is still in %v", trace, got)
		}
	}
	err := b.store.View(func(tx core.Tx) error {
		return tx.Scan("dead", nil, func(_, v []byte) bool {
			if strings.Contains(string(v), `"sealed"`) {
				t.Errorf("a dead letter still has its event: %s", v)
			}
			return true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.deadLetters(); !strings.Contains(got, "faulty") {
		t.Errorf("the operator does not see any more that something failed: %s", got)
	}
}
