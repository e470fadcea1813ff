package signal_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

// parts returns the parts of one kind that were heard, and who sent the last.
func (h *house) parts(k chat.PartKind) (out []chat.Part, by string) {
	for _, e := range h.heard.all() {
		p, ok := e.Body.(chat.Posted)
		if !ok {
			continue
		}
		for _, part := range p.Parts {
			if part.Kind == k {
				out, by = append(out, part), e.By.Identity.ID
			}
		}
	}
	return out, by
}

func TestGroupTellsOfItselfOnce(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	want := map[chat.PartKind]string{
		chat.Title: "Long table", chat.Notice: "about this group: for neighbours", chat.Picture: "a new one, to be seen in Signal only",
		chat.Timer: "messages vanish 1 day after they were read",
	}
	for k := range want {
		line := map[chat.PartKind]string{chat.Title: "Long table", chat.Notice: "for neighbours"}[k]
		if _, err := h.Say(h.ana, h.chat.ID, world.Say{Thing: &chat.Part{Kind: k, Line: line}}); err != nil {
			t.Fatal(err)
		}
		h.listening() // two changes at once would be told as one
	}
	h.restart()
	h.listening()
	for k, line := range want {
		got, by := h.parts(k)
		if len(got) != 1 || got[0].Line != line || by != h.ana {
			t.Errorf("%s: %+v by %s, want %q by Ana", k, got, by, line)
		}
	}
	h.Announce(h.chat.ID, true)
	h.heard.wait(t, func([]chat.Event) bool { notices, _ := h.parts(chat.Notice); return len(notices) == 2 })
}

// TestRestartTellsNothingOld has the cursor of a version that did not know a group's details.
func TestRestartTellsNothingOld(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	for _, k := range []chat.PartKind{chat.Notice, chat.Timer, chat.Picture} {
		if _, err := h.Say(h.ana, h.chat.ID, world.Say{Thing: &chat.Part{Kind: k, Line: "old news"}}); err != nil {
			t.Fatal(err)
		}
		h.listening()
	}
	h.stop()
	if err := h.cursor.Save(`{"aci":"` + h.BotACI() + `","groups":{"` + h.chat.ID + `":{"n":3,"in":true,"members":` +
		`["` + h.ana + `","` + h.olga + `"],"admins":["` + h.olga + `"],"admin":true,"details":"EVERY_MEMBER","title":"Table"}}}`); err != nil {
		t.Fatal(err)
	}
	before := len(h.heard.all())
	h.run()
	h.listening()
	for _, e := range h.heard.all()[before:] {
		if p, ok := e.Body.(chat.Posted); ok && len(p.Parts) > 0 {
			t.Errorf("told again: %+v", p.Parts)
		}
	}
}

func TestGroupWithoutPicturesTellsOfNone(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{IgnoreAvatars: true}, signal.Config{})
	h.listening()
	if _, err := h.Say(h.ana, h.chat.ID, world.Say{Thing: &chat.Part{Kind: chat.Picture, Line: "a cake"}}); err != nil {
		t.Fatal(err)
	}
	h.listening()
	if got, _ := h.parts(chat.Picture); len(got) > 0 {
		t.Errorf("told as %+v", got)
	}
}

func TestWhatIsSentInPrivateIsToldAsWhatItIs(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	private := h.Private(h.ana)
	for _, k := range []chat.PartKind{chat.Payment, chat.Call, chat.Timer, chat.Other} {
		if _, err := h.Say(h.ana, private, world.Say{Thing: &chat.Part{Kind: k, Line: "x"}}); err != nil {
			t.Fatal(err)
		}
		e := h.heard.first(t, func(e chat.Event) bool {
			p, ok := e.Body.(chat.Posted)
			return ok && len(p.Parts) == 1 && p.Parts[0].Kind == k
		})
		if !e.Private || e.Chat.ID != h.ana || e.By.Identity.ID != h.ana || e.Body.(chat.Posted).Parts[0].Line == "" {
			t.Errorf("%s: %+v", k, e)
		}
	}
}

func TestPeopleInACallAreOneCall(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	for _, who := range []string{h.ana, h.olga, h.ana} {
		if err := h.JoinCall(who, h.chat.ID, "one evening"); err != nil {
			t.Fatal(err)
		}
	}
	h.restart()
	if err := h.JoinCall(h.olga, h.chat.ID, "one evening"); err != nil {
		t.Fatal(err)
	}
	h.listening()
	if got, _ := h.parts(chat.Call); len(got) != 1 {
		t.Errorf("%d calls are told", len(got))
	}
}

func TestAnswersToStoriesAreHeard(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	id, err := h.AnswerStory(h.ana, h.chat.ID, h.olga, "what a cake!", "")
	if err != nil {
		t.Fatal(err)
	}
	p := h.hears(chat.Ref{Chat: h.chat, ID: id}).Body.(chat.Posted)
	if p.Text.Plain != "what a cake!" || len(p.Parts) != 1 || p.Parts[0].Kind != chat.Story {
		t.Errorf("it is told as %+v", p)
	}
	if id, err = h.AnswerStory(h.ana, h.chat.ID, h.olga, "", "😍"); err != nil {
		t.Fatal(err)
	}
	h.hears(chat.Ref{Chat: h.chat, ID: id})
}

func TestPortraitIsTheProfilesPicture(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	picture := chat.Portrait(chat.Identity{Platform: chat.Signal, ID: h.ana})
	_, err := readAll(h.adapter.Open(t.Context(), picture, 1<<20))
	wantRefused(t, "no picture", err, chat.NotFound)
	h.SetPortrait(h.ana, []byte("a face"))
	if b, err := readAll(h.adapter.Open(t.Context(), picture, 1<<20)); err != nil || string(b) != "a face" {
		t.Errorf("open: %q, %v", b, err)
	}
	if _, err := readAll(h.adapter.Open(t.Context(), picture, 3)); err == nil {
		t.Error("it opens beyond its limit")
	}
	for _, id := range []string{"x", "..", "+15550100001"} {
		_, err := readAll(h.adapter.Open(t.Context(), chat.Portrait(chat.Identity{Platform: chat.Signal, ID: id}), 1<<20))
		wantRefused(t, id, err, chat.NotFound)
	}
}

func TestStickersAreOfTheKindThatTheirFileIs(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	size := []byte("\x00\x00\x00\x0dIHDR\x00\x00\x02\x00\x00\x00\x01\x00\x08\x06\x00\x00\x00crc!")
	png := slices.Concat([]byte("\x89PNG\r\n\x1a\n"), size)
	for mime, file := range map[string][]byte{
		"image/webp": []byte("RIFF\x10\x00\x00\x00WEBPVP8 "),
		"image/png":  slices.Concat(png, []byte("\x00\x00\x00\x04IDATdatacrc!\x00\x00\x00\x08acTL")),
		"image/apng": slices.Concat(png, []byte("\x00\x00\x00\x08acTL\x00\x00\x00\x02\x00\x00\x00\x00crc!")),
	} {
		id, err := h.Say(h.ana, h.chat.ID, world.Say{Media: []world.Media{{Kind: chat.Sticker, Bytes: file}}})
		if err != nil {
			t.Fatal(err)
		}
		m := h.hears(chat.Ref{Chat: h.chat, ID: id}).Body.(chat.Posted).Parts[0].Media
		if m.MIME != mime || m.Size != int64(len(file)) || (m.Width != 0) != (mime != "image/webp") {
			t.Errorf("a sticker of %s is told as %+v", mime, m)
		}
		if b, err := readAll(h.adapter.Open(t.Context(), m, 1<<20)); err != nil || !bytes.Equal(b, file) {
			t.Errorf("open: %d bytes, %v", len(b), err)
		}
	}
}

func TestStickerThatTheDaemonDoesNotHaveIsToldAllTheSame(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{IgnoreStickers: true}, signal.Config{})
	h.listening()
	id, err := h.Say(h.ana, h.chat.ID, world.Say{Media: []world.Media{{Kind: chat.Sticker, Bytes: []byte("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	m := h.hears(chat.Ref{Chat: h.chat, ID: id}).Body.(chat.Posted).Parts[0].Media
	_, err = readAll(h.adapter.Open(t.Context(), m, 1<<20))
	wantRefused(t, "its file", err, chat.NotFound)
}

func TestStateTellsWhetherWeReceive(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Idle: 20 * time.Millisecond})
	h.listening()
	if s := h.adapter.State(); !s.Receiving || s.Since.IsZero() || s.Heard.IsZero() {
		t.Errorf("while all is well: %+v", s)
	}
	h.until("it has subscribed anew", func(s signal.State) bool { return s.Anew > 0 })
	h.Stop(true)
	h.until("the daemon is away", func(s signal.State) bool { return !s.Receiving && s.Since.IsZero() })
	if err := h.Start(); err != nil {
		t.Fatal(err)
	}
	h.until("it is back", func(s signal.State) bool { return s.Receiving })
}

// until waits until the adapter is in a state; nothing tells of it, as with the operator's page that asks for it.
func (h *house) until(what string, is func(signal.State) bool) {
	h.t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	deadline := time.After(patience)
	for !is(h.adapter.State()) {
		select {
		case <-again.C:
		case <-deadline:
			h.t.Fatalf("not in time: %s; it is %+v", what, h.adapter.State())
		}
	}
}
