package matrix_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// shownAs returns the messages of our side that still stand.
func (r *rig) shownAs(group string) []world.Shown {
	var out []world.Shown
	for _, m := range r.world.Messages(group) {
		if m.FromBot && !m.Service && !m.Deleted {
			out = append(out, m)
		}
	}
	return out
}

// seeUs waits until what our side has posted, and still stands, is as wanted, and returns it: servers show what they have
// taken a little later.
func (r *rig) seeUs(group string, wanted func([]world.Shown) bool) []world.Shown {
	r.t.Helper()
	changed, stop := r.world.Changes()
	defer stop()
	for deadline := time.After(r.patience); ; {
		shown := r.shownAs(group)
		if wanted(shown) {
			return shown
		}
		select {
		case <-changed:
		case <-deadline:
			r.t.Errorf("people see %+v", shown)
			return shown
		}
	}
}

// seeTexts waits until our side's texts are these and no others.
func (r *rig) seeTexts(group string, texts ...string) {
	r.t.Helper()
	r.seeUs(group, func(shown []world.Shown) bool {
		return slices.EqualFunc(shown, texts, func(m world.Shown, text string) bool { return m.Text.Plain == text })
	})
}

func TestAnswersStandInTheThreadOfWhatTheyAnswer(t *testing.T) {
	answerInThreads(newRig(t, matrixtest.Options{AppService: true}).start())
}

func answerInThreads(r *rig) {
	t := r.t
	t.Helper()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	root := r.say(ana, group, "who brings what?")
	within, err := r.world.Say(ana, group, world.Say{Text: chat.Plain("bread"), Thread: root})
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.start() // nothing is remembered
	r.settled(ana, group)
	answer := func(to string, thread bool, text string) []chat.Ref {
		t.Helper()
		receipt, err := r.do(chat.Send{
			To: in(group), As: guest(), Text: chat.Plain(text),
			Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{{Chat: in(group), ID: to}}}, Name: "Ana", Quote: "bread", Thread: thread},
		})
		if err != nil {
			t.Fatal(err)
		}
		return receipt.Refs
	}
	refs := answer(within, false, strings.Repeat("a long answer ", 1500)) // it was written before the adapter ran
	if len(refs) < 2 {
		t.Fatalf("%d messages", len(refs))
	}
	answer(root, true, "into the thread")
	answer(within, true, "into the thread, by one of its messages")
	answer(refs[1].ID, false, "to our own in the thread")
	answer(root, false, "beside the thread")
	var got [][2]string
	for _, m := range r.seeUs(group, func(shown []world.Shown) bool { return len(shown) == len(refs)+4 }) {
		got = append(got, [2]string{m.ReplyTo, m.Thread})
	}
	want := [][2]string{{within, root}, {"", root}, {"", root}, {"", root}, {refs[1].ID, root}, {root, ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer and thread (-want +got):\n%s", diff)
	}
}

func TestWhatWasSaidBeforeARoomWasReplacedIsStillKnown(t *testing.T) {
	replaceRoom(newRig(t, matrixtest.Options{}).start())
}

func replaceRoom(r *rig) {
	t := r.t
	t.Helper()
	ana := r.world.NewPerson("Ana")
	old := r.world.NewGroup("kitchen", ana)
	first1, second := r.say(ana, old, "bread at six"), r.say(ana, old, "soup at seven")
	receipt, err := r.do(chat.Send{To: in(old), As: guest(), Text: chat.Plain("I come")})
	if err != nil {
		t.Fatal(err)
	}
	r.settled(ana, old)
	next, err := r.world.Upgrade(old)
	if err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(next) })
	r.settled(ana, next)
	reply := func(to string) *chat.Reply {
		t.Helper()
		id, err := r.world.Say(ana, next, world.Say{Text: chat.Plain("as I said"), ReplyTo: to})
		if err != nil {
			t.Fatal(err)
		}
		_, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
		return p.Reply
	}
	if got := reply(first1); got.Ref.Chat != in(old) || got.Quote != "bread at six" {
		t.Errorf("the answer is to %+v", got)
	}
	r.stop()
	r.start() // nothing is remembered
	if got := reply(second); got.Ref.Chat != in(old) || got.Quote != "soup at seven" {
		t.Errorf("after a restart the answer is to %+v", got)
	}
	secret := r.world.NewGroup("secret", ana)
	r.settled(ana, secret)
	if got := reply(r.say(ana, secret, "nobody else may read this")); got.Quote != "" || got.Ref.Chat != in(next) {
		t.Errorf("an answer from another room quotes %+v", got)
	}
	answer := &chat.Answer{Target: chat.Target{Refs: []chat.Ref{{Chat: in(old), ID: first1}}}, Name: "Ana", Quote: "bread at six"}
	if _, err := r.do(chat.Send{To: in(next), As: guest(), Text: chat.Plain("too early"), Answer: answer}); err != nil {
		t.Fatal(err)
	}
	r.seeTexts(next, "Gita:\nAna: bread at six\ntoo early") // nothing can point to what is in the old room
	target := chat.Target{Refs: receipt.Refs}
	if _, err := r.do(chat.Edit{To: in(next), Target: target, As: guest(), Text: chat.Plain("I come late")}); err != nil {
		t.Fatal(err)
	}
	r.seeTexts(old, "Gita: I come late")
	if _, err := r.do(chat.Delete{To: in(next), Target: target}); err != nil {
		t.Fatal(err)
	}
	r.seeTexts(old)
}

func TestABotThatWasRemovedComesBackByInvitation(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group, other := r.world.NewGroupWithout(ana), r.world.NewGroup("garden", ana)
	invite(r, ana, group)
	if err := r.world.Join(ben, group); err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(group) })
	before := r.say(ana, group, "bread at six")
	r.settled(ana, group)
	if err := r.world.KickUser(ana, group, r.server.BotID()); err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, _ chat.Parted) bool { return e.Chat == in(group) })
	_, err := r.do(chat.Send{To: in(group), Text: chat.Plain("hello?")})
	refusedFor(t, err, chat.Forbidden)
	r.say(ana, group, "while it was away")
	r.settled(ana, other)
	arrivals := len(r.until("", func(_ []chat.Event) bool { return true }))
	invite(r, ana, group)
	r.until("it comes back", func(events []chat.Event) bool {
		for _, e := range events[arrivals:] {
			if _, ok := e.Body.(chat.Arrived); ok && e.Chat == in(group) {
				return true
			}
		}
		return false
	})
	id, err := r.world.Say(ben, group, world.Say{Text: chat.Plain("there you are"), ReplyTo: before})
	if err != nil {
		t.Fatal(err)
	}
	if _, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id }); p.Reply.Quote != "bread at six" {
		t.Errorf("it answers %+v", p.Reply)
	}
	if got := texts(r.settled(ana, group)); strings.Contains(strings.Join(got, "\n"), "while it was away") {
		t.Errorf("what was said without the bot is told: %q", got)
	}
	if _, err := r.do(chat.Send{To: in(group), Text: chat.Plain("thanks")}); err != nil {
		t.Error(err)
	}
}
