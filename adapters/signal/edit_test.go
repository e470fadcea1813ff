package signal_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

// shelf gives the bytes "<key>" for every media.
func shelf(_ context.Context, m chat.Media, _ int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader([]byte(m.Key))), nil
}

// startWithFiles is start with a shelf.
func startWithFiles(t *testing.T) *house {
	t.Helper()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.open = shelf
	h.restart()
	h.listening()
	return h
}

func media(kind chat.PartKind, mime string) chat.Part {
	return chat.Part{Kind: kind, Media: chat.Media{Platform: chat.Telegram, Key: "bytes of a " + string(kind), MIME: mime}}
}

// story is a text of three pieces; the words stand in the n-th.
func story(n int, words string) chat.Text {
	var b strings.Builder
	for i := range 3 {
		b.WriteString(strings.Repeat(fmt.Sprintf("chapter %d goes on. ", i), 480))
		if i == n {
			b.WriteString(words)
		}
		b.WriteString("\n\n")
	}
	return chat.Plain(b.String())
}

func TestEditOfALongTextTouchesWhatHasChanged(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	target := chat.Target{Refs: h.do(chat.Send{To: h.chat, Text: story(2, "the end")}).Refs}
	if len(target.Refs) < 3 {
		t.Fatalf("%d pieces", len(target.Refs))
	}
	h.restart()
	h.listening()
	for i := range 10 {
		h.do(chat.Edit{To: h.chat, Target: target, Text: story(2, fmt.Sprint("the end ", i))})
	}
	edited := 0
	for _, m := range h.seen(target.Refs) {
		if m.Edited {
			edited++
		}
	}
	if edited != 1 || !strings.Contains(h.shown(target.Refs[len(target.Refs)-1]).Text.Plain, "the end 9") {
		t.Errorf("%d pieces are edited", edited)
	}
	_, err := h.try(chat.Edit{To: h.chat, Target: target, Text: story(2, "one too many")})
	wantRefused(t, "eleventh edit of a piece", err, chat.TooMany)
	h.do(chat.Edit{To: h.chat, Target: target, Text: story(2, "the end 9")}) // as it is
}

// TestEditThatBreaksOffGoesOn has the first piece's last edit done before the second piece's fails.
func TestEditThatBreaksOffGoesOn(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	target := chat.Target{Refs: h.send("zero")}
	for i := range 9 {
		h.do(chat.Edit{To: h.chat, Target: target, Text: chat.Plain(fmt.Sprint("edit ", i))})
	}
	d := chat.Dispatch{ID: "grows#1", Effect: chat.Edit{To: h.chat, Target: target, Text: story(1, "it has grown")}}
	h.Break(signaltest.Fault{Kind: signaltest.Network, Skip: 2})
	_, err := h.adapter.Do(t.Context(), d)
	wantRetry(t, "third piece", err, 0, false)
	r, err := h.adapter.Do(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, m := range h.seen(append(target.Refs, r.Refs...)) {
		got.WriteString(m.Text.Plain)
	}
	if strings.TrimSpace(got.String()) != strings.TrimSpace(story(1, "it has grown").Plain) {
		t.Errorf("the receipt names %d further pieces with %d letters in all", len(r.Refs), got.Len())
	}
}

// TestWordsOfAVoiceMessageCanBeChanged has them in a message of their own, for no client lets a voice message be edited.
func TestWordsOfAVoiceMessageCanBeChanged(t *testing.T) {
	t.Parallel()
	h := startWithFiles(t)
	parts := []chat.Part{media(chat.Voice, "audio/ogg")}
	target := chat.Target{Refs: h.do(chat.Send{To: h.chat, As: gita(), Text: chat.Plain("litsen"), Parts: parts}).Refs}
	voice := h.shown(target.Refs[0])
	if len(target.Refs) != 2 || len(voice.Media) != 1 || voice.Media[0].Kind != chat.Voice || voice.Text.Plain != "Gita" {
		t.Fatalf("%d messages, the first %+v", len(target.Refs), voice)
	}
	h.do(chat.Edit{To: h.chat, Target: target, As: gita(), Text: chat.Plain("listen"), Parts: parts})
	if m := h.shown(target.Refs[1]); m.Text.Plain != "Gita: listen" {
		t.Errorf("people see %q", m.Text.Plain)
	}
	r := h.do(chat.Send{To: h.chat, As: gita(), Parts: parts})
	if m := h.shown(r.Refs[0]); len(r.Refs) != 1 || m.Text.Plain != "Gita" {
		t.Errorf("without words: %d messages, the first %q", len(r.Refs), m.Text.Plain)
	}
}

// TestCoveredPictureIsNotSeenAtOnce has it sent as a file, which the clients would show if they could see what it is.
func TestCoveredPictureIsNotSeenAtOnce(t *testing.T) {
	t.Parallel()
	h := startWithFiles(t)
	for _, mime := range []string{"image/jpeg", "video/mp4", "image/x-odd"} {
		m := h.shown(h.do(chat.Send{To: h.chat, Parts: []chat.Part{media(chat.File, mime)}}).Refs[0])
		if len(m.Media) != 1 || m.Media[0].Kind != chat.File || m.Media[0].Name == "" {
			t.Errorf("%s is shown as %+v", mime, m.Media)
		}
	}
}

func TestTextIsSaidPlainRatherThanNotAtAll(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	hers := h.says(h.ana, "bread at six")
	text := chat.Styled(chat.Bold, "thank you ", "").Append(chat.Styled(chat.Mention, "@Ana", "signal:"+h.ana), chat.Plain("!"))
	for name, e := range map[string]chat.Send{
		"mention of somebody who is gone": {To: h.chat, Text: text},
		"answer to somebody who is gone":  {To: h.chat, Text: chat.Plain("thank you @Ana!"), Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{hers}}}},
	} {
		h.Break(signaltest.Fault{Kind: signaltest.Unfound, Person: h.ana})
		r := h.do(e)
		if m := h.shown(r.Refs[0]); m.Text.Plain != "thank you @Ana!" || len(m.Text.Spans) > 0 || m.ReplyTo != "" || len(r.Notes) != 1 {
			t.Errorf("%s: people see %+v, notes %q", name, m, r.Notes)
		}
	}
}

var _ adapters.Opener = shelf
