package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func choices(n int) []chat.Choice {
	var out []chat.Choice
	for i := range n {
		out = append(out, chat.Choice{Label: fmt.Sprint("choice ", i), Ask: fmt.Sprint("choose ", i)})
	}
	return out
}

// taps returns which keycaps stand under a message, and how often each.
func (r *rig) taps(group, id string) string {
	r.t.Helper()
	for _, m := range r.world.Messages(group) {
		if m.ID != id {
			continue
		}
		out := ""
		for _, k := range slices.Sorted(maps.Keys(m.Reactions)) {
			out += fmt.Sprint(k[:1], "x", len(m.Reactions[k]), " ")
		}
		return out
	}
	r.t.Errorf("no message %s", id)
	return ""
}

func TestChoicesAreATapAway(t *testing.T) {
	for name, o := range kinds() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, o).start()
			ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
			group := r.world.NewGroup("kitchen", ana, ben)
			r.settled(ana, group)
			send := r.dispatch(chat.Send{To: in(group), Text: chat.Plain("who brings bread?\n1 me\n2 you"), Choices: choices(2)})
			r.server.Fault(matrixtest.Fault{Path: "/send/m.reaction", DropAfter: true})
			_, err := r.adapter.Do(context.Background(), send)
			var retry *adapters.RetryError
			if !errors.As(err, &retry) {
				t.Fatalf("got %v, want retry", err)
			}
			r.server.ForgetTransactions()
			r.stop()
			r.start()
			receipt, err := r.adapter.Do(context.Background(), send)
			if err != nil || len(receipt.Refs) != 1 {
				t.Fatalf("got %v, %v", receipt, err)
			}
			id := receipt.Refs[0].ID
			if got := r.taps(group, id); got != "1x1 2x1 " {
				t.Errorf("there is %q to tap", got)
			}
			if err := r.world.Press(ben, group, id, 1); err != nil {
				t.Fatal(err)
			}
			e, got := first(r, func(_ chat.Event, b chat.Reacted) bool { return b.Ref.ID == id })
			if e.By.Identity != person(ben) || e.By.Level != chat.Member || !slices.Equal(got.Emoji, []string{chat.Keycap(1)}) {
				t.Errorf("tapped: %+v", e)
			}
			target := chat.Target{Refs: receipt.Refs}
			r.must(chat.Edit{To: in(group), Target: target, Text: chat.Plain("who brings soup?"), Choices: choices(3)})
			if got := r.taps(group, id); got != "1x1 2x2 3x1 " {
				t.Errorf("with three choices there is %q", got)
			}
			// A reaction that the bot gives for somebody else is none of its keycaps, and leaves them alone.
			r.must(chat.React{To: in(group), Target: target, As: *guest(), Emoji: chat.Keycap(0), On: true, Count: 1})
			r.must(chat.React{To: in(group), Target: target, As: *guest(), Emoji: chat.Keycap(0)})
			if got := r.taps(group, id); got != "1x1 2x2 3x1 " {
				t.Errorf("after somebody has come and gone there is %q", got)
			}
			r.must(chat.Edit{To: in(group), Target: target, Text: chat.Plain("Ben brings it")})
			if got := r.taps(group, id); got != "2x1 " {
				t.Errorf("when all is decided there is %q", got)
			}
			for _, e := range r.settled(ana, group) {
				if b, ok := e.Body.(chat.Reacted); ok && e.By.Identity != person(ben) {
					t.Errorf("our own reaction comes back: %+v", b)
				}
			}
		})
	}
}

func TestChoicesStandUnderTheLastPiece(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	long := chat.Plain(fmt.Sprintf("%024000d", 1))
	sent := r.must(chat.Send{To: in(group), Text: chat.Plain("short"), Choices: choices(1)})
	added := r.must(chat.Edit{To: in(group), Target: chat.Target{Refs: sent.Refs}, Text: long, Choices: choices(1)})
	if len(added.Refs) == 0 {
		t.Fatal("the long text has made no further message")
	}
	all := append(sent.Refs, added.Refs...)
	for i, ref := range all {
		want := ""
		if i == len(all)-1 {
			want = "1x1 "
		}
		if got := r.taps(group, ref.ID); got != want {
			t.Errorf("under piece %d of %d there is %q, want %q", i, len(all), got, want)
		}
	}
}

func TestWhereTheBotMayNotReactTheNumberIsLeft(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.repower(group, map[string]any{"users": map[string]any{ana: 100}, "events": map[string]int{"m.reaction": 10}})
	receipt := r.must(chat.Send{To: in(group), Text: chat.Plain("1 yes"), Choices: choices(1)})
	if len(receipt.Refs) != 1 || len(receipt.Notes) != 1 {
		t.Errorf("the receipt is %+v", receipt)
	}
}

func TestAChoosersLevelIsTold(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	sent := r.must(chat.Send{To: in(group), Text: chat.Plain("1 yes"), Choices: choices(1)})
	say := func(text, to string) chat.Person {
		t.Helper()
		id, err := r.world.Say(ana, group, world.Say{Text: chat.Plain(text), ReplyTo: to})
		if err != nil {
			t.Fatal(err)
		}
		e, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
		if to != "" && (p.Reply == nil || p.Reply.Ref.ID != to) {
			t.Errorf("%q answers %+v", text, p.Reply)
		}
		return e.By
	}
	for _, c := range []struct {
		text, to string
		want     chat.Level
	}{
		{"1", sent.Refs[0].ID, chat.Organiser},
		{" 9 ", sent.Refs[0].ID, chat.Organiser},
		{"1", "", chat.Guest},
		{"0", sent.Refs[0].ID, chat.Guest},
		{"12", sent.Refs[0].ID, chat.Guest},
		{"yes", sent.Refs[0].ID, chat.Guest},
	} {
		if by := say(c.text, c.to); by.Level != c.want || by.Unsure || by.Nick != ana[1:] {
			t.Errorf("%q is by %+v, want %v", c.text, by, c.want)
		}
	}
	if err := r.world.React(ana, group, sent.Refs[0].ID, chat.Keycap(0), true); err != nil {
		t.Fatal(err)
	}
	if e, _ := first(r, func(chat.Event, chat.Reacted) bool { return true }); e.By.Level != chat.Organiser {
		t.Errorf("tapped by %+v", e.By)
	}
}

func TestAWhisperKeepsItsSecretAndItsNames(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	receipt := r.must(chat.Whisper{To: in(group), Who: person(ana), Text: chat.Plain("1 stay"), Secret: true, Choices: choices(1)})
	private := r.world.Private(ana)
	if len(receipt.Refs) != 1 || receipt.Refs[0].Chat != in(private) || private == group {
		t.Fatalf("the receipt is %+v, her room %s", receipt, private)
	}
	if got := r.taps(private, receipt.Refs[0].ID); got != "1x1 " {
		t.Errorf("there is %q to tap", got)
	}
	id, err := r.world.Say(ana, private, world.Say{Text: chat.Plain("1"), ReplyTo: receipt.Refs[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	e, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
	if !e.Private || e.By.Level != chat.Member || p.Reply == nil || p.Reply.Ref != receipt.Refs[0] {
		t.Errorf("the answer is %+v %+v", e, p.Reply)
	}
	_, err = r.do(chat.Whisper{To: in(group), Who: person("@nobody:localhost"), Text: chat.Plain("hush"), Secret: true})
	refusedFor(t, err, chat.Forbidden)
	if got := r.shownByUs(group); len(got) != 0 {
		t.Errorf("in the room people see %q", got)
	}
}

func TestASealedPrivateRoomIsNotUsed(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group, sealed := r.world.NewGroup("kitchen", ana), r.world.Private(ana)
	r.inject(sealed, `{"type":"m.room.encryption","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2"}}`)
	r.settled(ana, group)
	a := r.must(chat.Whisper{To: in(group), Who: person(ana), Text: chat.Plain("hello")})
	b := r.must(chat.Whisper{To: in(group), Who: person(ana), Text: chat.Plain("again")})
	if a.Refs[0].Chat == in(sealed) || a.Refs[0].Chat != b.Refs[0].Chat {
		t.Errorf("it is said in %v and %v, sealed is %s", a.Refs[0].Chat, b.Refs[0].Chat, sealed)
	}
}
