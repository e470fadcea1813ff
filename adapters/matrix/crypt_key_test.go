//go:build goolm

package matrix_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// unread waits for the line that is told in a message's place and returns its event.
func (r *sealedRig) unread(message string) chat.Event {
	r.t.Helper()
	e, _ := first(r.rig, func(_ chat.Event, p chat.Posted) bool {
		return p.Ref.ID == message+"~" && len(p.Parts) == 1 && p.Parts[0].Kind == chat.Other
	})
	return e
}

// posted returns the texts of what was told, in order, each id once, as the house takes it.
func posted(events []chat.Event) []string {
	var out []string
	seen := map[chat.EventID]bool{}
	for _, e := range events {
		p, ok := e.Body.(chat.Posted)
		if !ok || seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		if len(p.Parts) > 0 {
			out = append(out, "["+string(p.Parts[0].Kind)+"]")
			continue
		}
		out = append(out, p.Text.Plain)
	}
	return out
}

func (r *sealedRig) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return posted(r.events)
}

func TestLateKeyKeepsTheOrder(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	kitchen, garden := r.world.NewGroup("Kitchen", ana), r.world.NewGroup("Garden", ana)
	r.start()
	r.say(ana, kitchen, "hello")
	r.heard("hello")
	r.say(ana, garden, "hello, garden")
	r.heard("hello, garden")

	r.server.HoldLetters(true)
	r.world.NewKey(ana, kitchen)
	r.say(ana, kitchen, "one")
	two := r.say(ana, kitchen, "two")
	if err := r.world.React(ana, kitchen, two, "👍", true); err != nil {
		t.Fatal(err)
	}
	r.say(ana, garden, "elsewhere life goes on")
	r.heard("elsewhere life goes on")
	if slices.Contains(r.told(), "one") {
		t.Fatal("one was read without a key")
	}
	r.server.HoldLetters(false)
	first(r.rig, func(_ chat.Event, x chat.Reacted) bool { return x.Ref.ID == two })
	if got, want := r.told()[3:], []string{"one", "two"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestMessageWithoutKeyIsToldAndComesLater(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	r.wait = 200 * time.Millisecond
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")

	r.server.LoseLetters(1)
	r.world.NewKey(ana, room)
	lost := r.say(ana, room, "the key of this is lost")
	line := r.unread(lost)
	if line.By.Name != "Ana" {
		t.Errorf("the line is %q's", line.By.Name)
	}
	r.stop()
	r.start()                                              // what waits survives, and the key is asked for anew
	r.say(ana, room, "and this is read with the same key") // her client hears the question, and answers
	r.heard("the key of this is lost")
	first(r.rig, func(_ chat.Event, d chat.Deleted) bool { return d.Ref.ID == lost+"~" })
	r.settled(ana, room)
	n := 0
	for _, text := range r.told() {
		if text == "the key of this is lost" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it came %d times: %q", n, r.told())
	}
}

func TestRedactedBeforeItsKeyComesIsNeverTold(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	r.wait = 100 * time.Millisecond
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	r.server.HoldLetters(true)
	r.world.NewKey(ana, room)
	lost := r.say(ana, room, "she regrets this")
	r.unread(lost)
	if err := r.world.Delete(ana, room, lost); err != nil {
		t.Fatal(err)
	}
	first(r.rig, func(_ chat.Event, d chat.Deleted) bool { return d.Ref.ID == lost+"~" })
	r.server.HoldLetters(false)
	r.settled(ana, room)
	if slices.Contains(r.told(), "she regrets this") {
		t.Error("what was taken back was told")
	}
}

func TestAnswerToTheLineOfAnUnreadMessageReachesTheMessage(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	r.wait = 100 * time.Millisecond
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.server.LoseLetters(1)
	lost := r.say(ana, room, "lost")
	line := r.unread(lost).Body.(chat.Posted)
	_, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("what?"), Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{line.Ref}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.world.Messages(room) {
		if strings.HasSuffix(m.Text.Plain, "what?") && m.ReplyTo != lost {
			t.Errorf("the answer is to %q, want %q", m.ReplyTo, lost)
		}
	}
}

func TestRepeatedKeysAndMessagesAreToldOnce(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.server.RepeatLetters(100)
	for i := range 5 {
		r.world.NewKey(ana, room)
		r.server.Fault(matrixtest.Fault{Path: "/sync", Repeat: 3})
		r.say(ana, room, fmt.Sprintf("message %d", i))
	}
	r.settled(ana, room)
	want := []string{"message 0", "message 1", "message 2", "message 3", "message 4", "so far 1"}
	if got := r.told(); !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}

// reused returns the places in keys that the bot has used for two events.
func (r *sealedRig) reused() (twice []string) {
	used := map[string]string{}
	for id, raw := range r.server.Sealed(r.server.BotID()) {
		var c struct {
			Session    string `json:"session_id"`
			Ciphertext string `json:"ciphertext"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			r.t.Fatal(err)
		}
		if c.Ciphertext == "" {
			continue // it was taken away
		}
		n, err := crypto.ParseMegolmMessageIndex([]byte(c.Ciphertext))
		if err != nil {
			r.t.Fatal(err)
		}
		place := fmt.Sprintf("%s %d", c.Session, n)
		if other, ok := used[place]; ok {
			twice = append(twice, place+" "+other+" "+id)
		}
		used[place] = id
	}
	return twice
}

func TestWhoIsRemovedReadsNothingMore(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	room := r.world.NewGroup("Kitchen", ana, ben)
	r.start()
	send := func(text string) string {
		t.Helper()
		got, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain(text)})
		if err != nil {
			t.Fatal(err)
		}
		return got.Refs[0].ID
	}
	before, again := send("before"), send("before, too")
	if !r.world.CanOpen(ben, room, before) || !r.world.CanOpen(ben, room, again) {
		t.Fatal("Ben cannot read while he is there")
	}
	if err := r.world.KickUser(ana, room, ben); err != nil {
		t.Fatal(err)
	}
	first(r.rig, func(_ chat.Event, l chat.Left) bool { return l.Who.Identity.ID == ben })
	after := send("after")
	if r.world.CanOpen(ben, room, after) {
		t.Error("Ben reads on")
	}
	if !r.world.CanOpen(ana, room, after) {
		t.Error("Ana does not")
	}
	cem := r.world.NewPerson("Cem")
	if err := r.world.Join(cem, room); err != nil {
		t.Fatal(err)
	}
	first(r.rig, func(_ chat.Event, j chat.Joined) bool { return j.Who.Identity.ID == cem })
	new := send("for Cem, too")
	if !r.world.CanOpen(cem, room, new) || r.world.CanOpen(cem, room, after) {
		t.Errorf("Cem reads what is new: %v, and what was before: %v", r.world.CanOpen(cem, room, new), r.world.CanOpen(cem, room, after))
	}
}

func TestNewDeviceOfAMemberReadsFromThenOn(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	if _, err := r.do(chat.Send{To: in(room), Text: chat.Plain("one")}); err != nil {
		t.Fatal(err)
	}
	other := r.world.SignInAnew(ana)
	r.settled(ana, room)
	got, err := r.do(chat.Send{To: in(room), Text: chat.Plain("two")})
	if err != nil {
		t.Fatal(err)
	}
	if !other.CanOpen(room, got.Refs[0].ID) {
		t.Error("her new device was not given the key")
	}
}

func TestRoomThatBecomesEncryptedLater(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{AppService: true})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewOpenGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "in the open")
	r.heard("in the open")
	open, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("by a ghost")})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.world.Ghosts(room)); n != 1 {
		t.Fatalf("%d ghosts are there", n)
	}
	r.world.MakeEncrypted(ana, room)
	r.say(ana, room, "sealed")
	r.heard("sealed")
	got, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("by the bot")})
	if err != nil {
		t.Fatal(err)
	}
	if kind := r.server.Kind(got.Refs[0].ID); kind != "m.room.encrypted" {
		t.Errorf("the server has seen a %s", kind)
	}
	if !r.world.CanOpen(ana, room, got.Refs[0].ID) {
		t.Error("Ana cannot read it")
	}
	_, err = r.do(chat.Edit{To: in(room), As: guest(), Target: chat.Target{Refs: open.Refs}, Text: chat.Plain("changed")})
	refusedFor(t, err, chat.Unsupported)

	r.inject(room, `{"type":"m.room.encryption","state_key":"","content":{}}`)
	r.settled(ana, room)
	got, err = r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("still sealed")})
	if err != nil {
		t.Fatal(err)
	}
	if kind := r.server.Kind(got.Refs[0].ID); kind != "m.room.encrypted" {
		t.Errorf("whoever may change the room's state made the bot write in the open: %s", kind)
	}
}

func TestForgedWordsAreNotBelieved(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	r.wait = 50 * time.Millisecond
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	room := r.world.NewGroup("Kitchen", ana, ben)
	r.start()
	said := r.say(ben, room, "hello")
	r.heard("hello")
	// The same noise in the name of another, and under another event's name.
	raw := r.server.Sealed(ben)[said]
	forged := r.inject(room, fmt.Sprintf(`{"type":"m.room.encrypted","sender":%q,"content":%s}`, ana, raw))
	r.unread(forged)
	// Noise that nobody has seen yet, in the name of another.
	fresh, err := r.world.Seal(ben, room, "m.room.message", map[string]any{"msgtype": "m.text", "body": "I am Ana"})
	if err != nil {
		t.Fatal(err)
	}
	r.unread(r.inject(room, fmt.Sprintf(`{"type":"m.room.encrypted","sender":%q,"content":%s}`, ana, fresh)))
	again := r.inject(room, fmt.Sprintf(`{"type":"m.room.encrypted","sender":%q,"content":%s}`, ben, raw))
	r.unread(again)
	// What the server must see it may not be kept from.
	hidden, err := r.world.Post(ben, room, "m.room.redaction", map[string]string{"redacts": r.say(ana, room, "stays")})
	if err != nil {
		t.Fatal(err)
	}
	r.unread(hidden)
	for _, e := range r.settled(ana, room) {
		if _, ok := e.Body.(chat.Deleted); ok {
			t.Error("Ben has taken Ana's message away")
		}
	}
}

func TestEncryptedFileThatWasChangedIsRefused(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	if _, err := r.world.Say(ana, room, world.Say{Media: []world.Media{{Kind: chat.File, Name: "list.txt", MIME: "text/plain", Bytes: []byte("eggs")}}}); err != nil {
		t.Fatal(err)
	}
	_, p := first(r.rig, func(_ chat.Event, p chat.Posted) bool { return len(p.Parts) == 1 && p.Parts[0].Media.Key != "" })
	m := p.Parts[0].Media
	f, err := r.adapter.Open(t.Context(), m, 100)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	r.server.SpoilMedia()
	_, err = r.adapter.Open(t.Context(), m, 100)
	refusedFor(t, err, chat.Invalid)
}

func TestWhatWaitsForAKeySurvivesARestart(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	hello := r.say(ana, room, "hello")
	r.heard("hello")
	r.server.HoldLetters(true)
	r.world.NewKey(ana, room)
	r.say(ana, room, "one")
	if err := r.world.React(ana, room, hello, "👍", true); err != nil {
		t.Fatal(err)
	}
	r.say(ana, room, "two")
	r.eventually(func() bool { return r.drawer.count("wait") == 3 })
	r.restart()
	r.server.HoldLetters(false)
	r.heard("two")
	if got, want := r.told(), []string{"hello", "one", "two"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	first(r.rig, func(_ chat.Event, x chat.Reacted) bool { return x.Ref.ID == hello })
	r.settled(ana, room)
	if n := r.drawer.count("wait"); n != 0 {
		t.Errorf("%d events still wait", n)
	}
}

func TestWhatWaitsAndComesAgainIsToldOnce(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	r.server.HoldLetters(true)
	r.world.NewKey(ana, room)
	r.drawer.stick(true)
	r.say(ana, room, "one")
	r.eventually(func() bool { return r.drawer.triedToSave() >= 1 })
	r.stop()
	r.begin() // the place is the old one, and so the message comes again
	r.eventually(func() bool { return r.drawer.triedToSave() >= 2 })
	if n := r.drawer.count("wait"); n != 1 {
		t.Errorf("it waits %d times", n)
	}
	r.drawer.stick(false)
	r.server.HoldLetters(false)
	r.heard("one")
	r.settled(ana, room)
	if got, want := r.told(), []string{"hello", "one", "so far 1"}; !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}
