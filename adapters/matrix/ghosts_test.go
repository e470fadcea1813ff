package matrix_test

import (
	"slices"
	"testing"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestGhostsComeWhenTheySpeakAndHaveTheirNames(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	if got := r.world.Ghosts(group); len(got) != 0 {
		t.Errorf("ghosts before anybody spoke: %v", got)
	}
	say := func(name, text string) {
		t.Helper()
		as := guest()
		as.Name = name
		if _, err := r.do(chat.Send{To: in(group), As: as, Text: chat.Plain(text)}); err != nil {
			t.Fatal(err)
		}
	}
	say("Gita", "one")
	say("Gita G.", "two")
	if got := r.world.Ghosts(group); !slices.Equal(got, []string{"Gita G."}) {
		t.Errorf("ghosts are %v", got)
	}
	events := r.settled(ana, group)
	for _, e := range events {
		if j, ok := e.Body.(chat.Joined); ok && j.Who.Identity.ID != ana {
			t.Errorf("a ghost was told as %+v", j)
		}
	}
}

func TestABannedGhostIsRefusedAndAKickedOneComesBack(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	send := func(text string) error {
		_, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain(text)})
		return err
	}
	if err := send("one"); err != nil {
		t.Fatal(err)
	}
	ghost := "@potluck_telegram_52100473:localhost"
	if err := r.world.KickUser(ana, group, ghost); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, group)
	if err := send("two"); err != nil {
		t.Errorf("a kicked ghost does not come back: %v", err)
	}
	if err := r.world.Ban(ana, group, ghost); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, group)
	refusedFor(t, send("three"), chat.Forbidden)
	if got := r.shownByUs(group); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("people see %q", got)
	}
}

func TestWhereGhostsCannotComeTheBotSpeaks(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroupWithout(ana)
	if err := r.world.SetPower(ana, group, map[string]any{"users": map[string]int{ana: 100}, "invite": 50}); err != nil {
		t.Fatal(err)
	}
	invite(r, ana, group)
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(group) })
	receipt, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain("hello")})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.shownByUs(group); !slices.Equal(got, []string{"Gita: hello"}) || len(receipt.Notes) != 1 {
		t.Errorf("people see %q, notes are %q", got, receipt.Notes)
	}
}

func TestAGhostIsMentionedAsItsPerson(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	id := r.inject(group, `{"type":"m.room.message","sender":"`+ana+`","content":{"msgtype":"m.text","body":"hey Gita",
		"format":"org.matrix.custom.html","formatted_body":"hey <a href=\"https://matrix.to/#/@potluck_telegram_52100473:localhost\">Gita</a>"}}`)
	_, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
	if len(p.Text.Spans) != 1 || p.Text.Spans[0].Value != "telegram:52100473" {
		t.Errorf("it means %+v", p.Text.Spans)
	}
}

func TestNothingIsSaidInTheOpenOfAnEncryptedRoom(t *testing.T) {
	for _, ghosts := range []bool{false, true} {
		r := newRig(t, matrixtest.Options{AppService: ghosts}).start()
		ana := r.world.NewPerson("Ana")
		group := r.world.NewGroup("kitchen", ana)
		r.inject(group, `{"type":"m.room.encryption","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2"}}`)
		r.settled(ana, group)
		_, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain("secret")})
		refusedFor(t, err, chat.Unsupported)
		if _, err := r.do(chat.Send{To: in(group), Text: chat.Plain("I cannot read here")}); err != nil {
			t.Errorf("the house cannot say so: %v", err)
		}
	}
}

func TestDeletingTakesTheEditsAway(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	sent, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain("one")})
	if err != nil {
		t.Fatal(err)
	}
	target := chat.Target{Refs: sent.Refs}
	if _, err := r.do(chat.Edit{To: in(group), Target: target, As: guest(), Text: chat.Plain("two")}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.do(chat.Delete{To: in(group), Target: target}); err != nil {
		t.Fatal(err)
	}
	for _, m := range r.world.Messages(group) {
		if m.FromBot && !m.Service && m.Text.Plain != "" {
			t.Errorf("%q can still be read", m.Text.Plain)
		}
	}
	if _, err = r.do(chat.Delete{To: in(group), Target: target}); err != nil {
		t.Errorf("deleting it again: %v", err)
	}
	_, err = r.do(chat.Edit{To: in(group), Target: target, As: guest(), Text: chat.Plain("three")})
	refusedFor(t, err, chat.NotFound)
}

func TestAMessageOfAMemberCanBeTakenAway(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	id := r.say(ben, group, "one too many")
	if _, err := r.do(chat.Delete{To: in(group), Target: chat.Target{Refs: []chat.Ref{{Chat: in(group), ID: id}}}}); err != nil {
		t.Fatal(err)
	}
	for _, m := range r.world.Messages(group) {
		if m.ID == id && !m.Deleted {
			t.Error("it is still there")
		}
	}
}
