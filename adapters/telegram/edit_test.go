package telegram

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// squeezed returns the words of messages, put together.
func squeezed(texts []string) string {
	return strings.Join(strings.Fields(strings.Join(texts, " ")), "")
}

func TestCaptionsAreEdited(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		s := newStage(t, options())
		_, _, group := s.table()
		photo := s.part(chat.Photo, "a.png", "image/png", png(1))
		refs := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("our tabel"), Parts: []chat.Part{photo}}).Refs
		if restarted {
			s.restart()
		}
		edit := func(text string) []chat.Ref {
			t.Helper()
			return s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain(text), Parts: []chat.Part{photo}}).Refs
		}
		edit("our table")
		s.same(s.texts(group), []string{"Gita: our table"})
		s.same(len(s.bySelf(group)[0].Media), 1)
		s.same(len(s.Calls("editMessageMedia")), 0)
		long := strings.Repeat("long ", 400)
		refs = append(refs, edit(long)...)
		s.same(squeezed(s.texts(group)), "Gita:"+strings.ReplaceAll(long, " ", ""))
		s.same(len(refs), 2)
		edit("short again")
		s.same(s.texts(group), []string{"Gita: short again"})
		edit(long)
		s.same(squeezed(s.texts(group)), "Gita:"+strings.ReplaceAll(long, " ", ""))
	}
}

func TestTextAboveItsFilesIsEdited(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		s := newStage(t, options())
		_, _, group := s.table()
		photo := s.part(chat.Photo, "a.png", "image/png", png(1))
		long := strings.Repeat("long ", 400)
		refs := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain(long), Parts: []chat.Part{photo}}).Refs
		s.same(len(refs), 2)
		if restarted {
			s.restart()
		}
		s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("short"), Parts: []chat.Part{photo}})
		s.same(s.texts(group), []string{"Gita: short", "Gita"})
	}
}

func TestGrownMessagesAfterARestart(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	photo := s.part(chat.Photo, "a.png", "image/png", png(1))
	target := chat.Target{Refs: s.do(chat.Send{To: at(group), Text: chat.Plain("x"), Parts: []chat.Part{photo}}).Refs}
	long := strings.Repeat("long ", 400)
	r := s.do(chat.Edit{To: at(group), Target: target, Text: chat.Plain(long), Parts: []chat.Part{photo}})
	target.Refs = append(target.Refs, r.Refs...)
	s.restart() // now [caption, text] looks like [text, file]
	s.do(chat.Edit{To: at(group), Target: target, Text: chat.Plain("short"), Parts: []chat.Part{photo}})
	shown := s.bySelf(group)
	if shown[0].Text.Plain != "short" || len(shown[0].Media) != 1 {
		t.Errorf("people see %q with %d files", shown[0].Text.Plain, len(shown[0].Media))
	}
}

func TestFilesAreExchanged(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	a, b, c := s.part(chat.Photo, "a.png", "image/png", png(1)), s.part(chat.Photo, "b.png", "image/png", png(2)), s.part(chat.Video, "c.mp4", "video/mp4", []byte("film"))
	refs := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("two"), Parts: []chat.Part{a, b}}).Refs
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("other two"), Parts: []chat.Part{a, c}})
	shown := s.bySelf(group)
	if !bytes.Equal(shown[0].Media[0].Bytes, png(1)) || string(shown[1].Media[0].Bytes) != "film" || shown[0].Text.Plain != "Gita: other two" {
		t.Errorf("people see %+v", shown)
	}
	s.same(len(s.Calls("editMessageMedia")), 1)
	voice := s.part(chat.Voice, "v.ogg", "audio/ogg", []byte("OggS"))
	r := s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("sound"), Parts: []chat.Part{a, voice}})
	s.same(r.Notes, []string{"the new voice is not shown"})
}

func TestEditOfAVideoNote(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	note := s.part(chat.VideoNote, "n.mp4", "video/mp4", []byte("film"))
	refs := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("round"), Parts: []chat.Part{note}}).Refs
	s.same(s.texts(group), []string{"Gita: round", ""})
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("rounder"), Parts: []chat.Part{note}})
	s.same(s.texts(group), []string{"Gita: rounder", ""})
}

func TestEditIsTriedAgainWithoutDoubles(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	refs := s.do(chat.Send{To: at(group), Text: chat.Plain("short")}).Refs
	long := strings.Repeat("word ", 2500)
	edit := chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, Text: chat.Plain(long)}
	id := chat.EventID("grow").Effect(1)
	s.Fail(telegramtest.Fault{Kind: telegramtest.Slow, Method: "sendMessage", Delay: time.Millisecond})
	s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, Method: "sendMessage", RetryAfter: 3})
	_, err := s.tryAs(id, edit)
	s.retried(err, 3*time.Second, false)
	r, err := s.tryAs(id, edit)
	if err != nil || len(r.Refs) != 3 {
		t.Errorf("%v, %d refs", err, len(r.Refs))
	}
	s.same(squeezed(s.texts(group)), strings.ReplaceAll(long, " ", ""))
}

func TestOldMessagesAreBlanked(t *testing.T) {
	var ahead atomic.Int64 // how far the platform's clock is ahead of ours
	o := options()
	o.StrictDelete = true
	o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	s := newStage(t, o)
	ana, _, group := s.table()
	text := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("oops")}).Refs
	photo := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("oops"), Parts: []chat.Part{s.part(chat.Photo, "a.png", "image/png", png(1))}}).Refs
	theirs := s.say(ana, group, "hers")
	ahead.Store(int64(50 * time.Hour))
	fresh := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("fresh")}).Refs
	r := s.do(chat.Delete{To: at(group), Target: chat.Target{Refs: append(append(text, photo...), fresh...)}})
	s.same(s.texts(group), []string{"[deleted]", "[deleted]"})
	s.same(len(r.Notes), 2)
	_, err := s.try(chat.Delete{To: at(group), Target: chat.Target{Refs: []chat.Ref{refOf(group, theirs)}}})
	s.refused(err, chat.TooOld)
}

func TestModeratedMessageIsDeleted(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	id := s.say(ana, group, "rude")
	s.do(chat.Delete{To: at(group), Target: chat.Target{Refs: []chat.Ref{refOf(group, id)}}})
	shown := s.Messages(group)
	if !shown[len(shown)-1].Deleted {
		t.Error("it is still there")
	}
	s.do(chat.Delete{To: at(group), Target: chat.Target{Refs: []chat.Ref{refOf(group, id), refOf(group, "999")}}})
}
