package signal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

func wantRefused(t *testing.T, what string, err error, why chat.Reason) {
	t.Helper()
	var refused *adapters.RefusedError
	if !errors.As(err, &refused) || refused.Why != why {
		t.Errorf("%s: %v, want refused: %s", what, err, why)
	}
}

func wantRetry(t *testing.T, what string, err error, after time.Duration, unsure bool) {
	t.Helper()
	var retry *adapters.RetryError
	if !errors.As(err, &retry) || retry.After != after || retry.Unsure != unsure {
		t.Errorf("%s: %v, want retry after %v, unsure %v", what, err, after, unsure)
	}
}

func TestLostAnswerIsUnsure(t *testing.T) {
	t.Parallel()
	for _, kind := range []signaltest.FaultKind{signaltest.DropBefore, signaltest.DropAfter} {
		h := start(t, signaltest.Options{}, signal.Config{})
		h.listening()
		h.Break(signaltest.Fault{Kind: kind, Method: "send"})
		_, err := h.try(chat.Send{To: h.chat, Text: chat.Plain("maybe")})
		wantRetry(t, string(kind), err, 0, true)
		h.reconnected()
		h.send("surely")
	}
}

func TestDaemonErrorsAreJudged(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	say := chat.Send{To: h.chat, Text: chat.Plain("x")}
	fault := func(f signaltest.Fault) error {
		h.Break(f)
		defer h.Heal()
		_, err := h.try(say)
		return err
	}
	wantRetry(t, "io error", fault(signaltest.Fault{Kind: signaltest.Broken, Method: "send"}), 0, false)
	wantRetry(t, "rate limit", fault(signaltest.Fault{Kind: signaltest.RateLimit, RetryAfter: 90 * time.Second}), 90*time.Second, false)
	wantRetry(t, "network", fault(signaltest.Fault{Kind: signaltest.Network}), 0, false)
	wantRefused(t, "untrusted", fault(signaltest.Fault{Kind: signaltest.Identity}), chat.Forbidden)
	wantRefused(t, "unregistered", fault(signaltest.Fault{Kind: signaltest.Unregistered}), chat.NotFound)
	wantRefused(t, "timeout", nil2(h.try(chat.Send{To: chat.Chat{Platform: chat.Signal, ID: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, Text: chat.Plain("x")})), chat.NotFound)
	h.SetAdmin(h.chat.ID, h.BotACI(), false)
	h.Announce(h.chat.ID, true)
	_, err := h.try(say)
	wantRefused(t, "announcements only", err, chat.Forbidden)
	h.RemoveMember(h.chat.ID, h.BotACI())
	_, err = h.try(say)
	wantRefused(t, "removed", err, chat.Forbidden)
}

func nil2(_ adapters.Receipt, err error) error { return err }

func TestSlowAnswerIsUnsure(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Timeout: 100 * time.Millisecond})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.Slow, Method: "send", Delay: 300 * time.Millisecond})
	_, err := h.try(chat.Send{To: h.chat, Text: chat.Plain("x")})
	wantRetry(t, "slow answer", err, 0, true)
}

func TestPartlyDeliveredMessageIsSentWithANote(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.Identity, Person: h.ana})
	r := h.do(chat.Send{To: h.chat, Text: chat.Plain("x")})
	if len(r.Refs) != 1 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "1 of 2") {
		t.Errorf("receipt %+v", r)
	}
}

func TestRetryOfALongMessageGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	long := chat.Plain(strings.Repeat("bread and soup. ", 1500))
	d := chat.Dispatch{ID: "long#1", Effect: chat.Send{To: h.chat, Text: long}}
	h.Break(signaltest.Fault{Kind: signaltest.Network, Skip: 1})
	_, err := h.adapter.Do(t.Context(), d)
	wantRetry(t, "second piece", err, 0, false)
	r, err := h.adapter.Do(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	n := 0
	for _, m := range h.Messages(h.chat.ID) {
		if m.FromBot {
			got.WriteString(m.Text.Plain)
			n++
		}
	}
	if got.String() != long.Plain || n != len(r.Refs) {
		t.Errorf("people see %d messages with %d letters, want %d with %d", n, got.Len(), len(r.Refs), len(long.Plain))
	}
}

func TestEditsKeepSignalsLimits(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	refs := h.send("zero")
	edit := func(refs []chat.Ref, text string) error {
		_, err := h.try(chat.Edit{To: h.chat, Target: chat.Target{Refs: refs}, Text: chat.Plain(text)})
		return err
	}
	for i := range 10 {
		if err := edit(refs, fmt.Sprint("edit ", i)); err != nil {
			t.Fatalf("edit %d: %v", i, err)
		}
	}
	wantRefused(t, "eleventh edit", edit(refs, "too many"), chat.TooMany)
	h.restart()
	h.listening()
	wantRefused(t, "eleventh edit after a restart", edit(refs, "too many"), chat.TooMany)
	if got := h.shown(refs[0]).Text.Plain; got != "edit 9" {
		t.Errorf("people see %q", got)
	}
	old := []chat.Ref{{Chat: h.chat, ID: fmt.Sprintf("%s/%d", h.BotACI(), time.Now().Add(-25*time.Hour).UnixMilli())}}
	wantRefused(t, "old edit", edit(old, "too late"), chat.TooOld)
	_, err := h.try(chat.Delete{To: h.chat, Target: chat.Target{Refs: old}})
	wantRefused(t, "old delete", err, chat.TooOld)
	hers := h.says(h.ana, "mine")
	wantRefused(t, "edit of another's", edit([]chat.Ref{hers}, "x"), chat.Forbidden)
}

func TestAnswerToAnEditedCopyIsKnownAfterARestart(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	refs := h.send("bread at sx")
	h.do(chat.Edit{To: h.chat, Target: chat.Target{Refs: refs}, Text: chat.Plain("bread at six")})
	h.restart()
	id, err := h.Say(h.ana, h.chat.ID, world.Say{Text: chat.Plain("fine"), ReplyTo: refs[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	e := h.hears(chat.Ref{Chat: h.chat, ID: id})
	if r := e.Body.(chat.Posted).Reply; r == nil || r.Ref != refs[0] {
		t.Errorf("it answers %+v, want %v", r, refs[0])
	}
	if err := h.React(h.ana, h.chat.ID, refs[0].ID, "👍", true); err != nil {
		t.Fatal(err)
	}
	h.heard.first(t, func(e chat.Event) bool {
		r, ok := e.Body.(chat.Reacted)
		return ok && r.Ref == refs[0]
	})
}

func TestGrownMessageIsDeletedWhole(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	target := chat.Target{Refs: h.send("in short")}
	h.do(chat.Edit{To: h.chat, Target: target, Text: chat.Plain(strings.Repeat("at length. ", 2000))})
	h.restart()
	h.listening()
	h.do(chat.Delete{To: h.chat, Target: target})
	for _, m := range h.Messages(h.chat.ID) {
		if m.FromBot && !m.Deleted && !m.Service {
			t.Errorf("a piece is left: %.40q", m.Text.Plain)
		}
	}
	_, err := h.try(chat.Edit{To: h.chat, Target: target, Text: chat.Plain("x")})
	wantRefused(t, "edit of what is deleted", err, chat.NotFound)
}

func TestCopyThatAnAdminDeletedIsGone(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	refs := h.send("not for here")
	h.do(chat.Edit{To: h.chat, Target: chat.Target{Refs: refs}, Text: chat.Plain("not for here!")})
	if err := h.Delete(h.olga, h.chat.ID, refs[0].ID); err != nil {
		t.Fatal(err)
	}
	h.heard.first(t, func(e chat.Event) bool { return e.Body == chat.Deleted{Ref: refs[0]} && e.By.Identity.ID == h.olga })
	_, err := h.try(chat.Edit{To: h.chat, Target: chat.Target{Refs: refs}, Text: chat.Plain("x")})
	wantRefused(t, "edit of what is deleted", err, chat.NotFound)
}

func TestBotDeletesForOthersAsAdminOnly(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	first, second := h.says(h.ana, "one"), h.says(h.ana, "two")
	h.hears(second)
	h.do(chat.Delete{To: h.chat, Target: chat.Target{Refs: []chat.Ref{first}}})
	if !h.shown(first).Deleted {
		t.Error("people still see it")
	}
	h.SetAdmin(h.chat.ID, h.BotACI(), false)
	h.listening()
	_, err := h.try(chat.Delete{To: h.chat, Target: chat.Target{Refs: []chat.Ref{second}}})
	wantRefused(t, "delete without the right", err, chat.Forbidden)
}

func TestBotHasOneReactionForAll(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	ref := h.says(h.ana, "bread at six")
	h.hears(ref)
	react := func(emoji, lead string) error {
		_, err := h.try(chat.React{To: h.chat, Target: chat.Target{Refs: []chat.Ref{ref}}, Emoji: emoji, On: lead != "", Lead: lead})
		return err
	}
	for _, lead := range []string{"👍", "🎉", ""} {
		if err := react("🎉", lead); err != nil {
			t.Fatal(err)
		}
		got := h.shown(ref).Reactions
		if (lead == "" && len(got) > 0) || (lead != "" && (len(got) != 1 || len(got[lead]) != 1)) {
			t.Errorf("after %q people see %v", lead, got)
		}
	}
	wantRefused(t, "letters", react("+1", "+1"), chat.Unsupported)
	wantRefused(t, "custom emoji", react(":soup:", ":soup:"), chat.Unsupported)
}

func TestWhisperFallsBackToTheGroupUnlessSecret(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	who := chat.Identity{Platform: chat.Signal, ID: h.ana}
	h.Break(signaltest.Fault{Kind: signaltest.RateLimit, Person: h.ana, RetryAfter: 24 * time.Hour, Times: 2})
	r := h.do(chat.Whisper{To: h.chat, Who: who, Text: chat.Plain("one post left")})
	m := h.shown(r.Refs[0])
	if r.Refs[0].Chat != h.chat || !strings.Contains(m.Text.Plain, "one post left") || m.Text.Spans[0].Style != chat.Mention {
		t.Errorf("whispered in %v: %+v", r.Refs[0], m.Text)
	}
	h.Heal()
	h.Break(signaltest.Fault{Kind: signaltest.RateLimit, Person: h.ana, RetryAfter: 24 * time.Hour})
	_, err := h.try(chat.Whisper{To: h.chat, Who: who, Text: chat.Plain("your report is heard"), Secret: true})
	wantRetry(t, "secret", err, 24*time.Hour, false)
	for _, m := range h.Messages(h.chat.ID) {
		if strings.Contains(m.Text.Plain, "report") {
			t.Error("a secret is in the open")
		}
	}
}

func TestCaptchaIsToldAndTaken(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	bad := func() (out []string) {
		for _, f := range h.adapter.Check(t.Context()) {
			if !f.OK {
				out = append(out, f.What)
			}
		}
		return out
	}
	if got := bad(); len(got) > 0 {
		t.Fatalf("check complains: %q", got)
	}
	h.Break(signaltest.Fault{Kind: signaltest.RateLimit, Token: "cccccccc-cccc-4ccc-8ccc-cccccccccccc", RetryAfter: 24 * time.Hour, Times: -1})
	_, err := h.try(chat.Send{To: h.chat, Text: chat.Plain("x")})
	wantRetry(t, "captcha", err, 24*time.Hour, false)
	if got := bad(); len(got) != 1 || !strings.Contains(got[0], "captcha") {
		t.Errorf("check says %q", got)
	}
	if err := h.adapter.SubmitCaptcha(t.Context(), "signalcaptcha://x"); err != nil {
		t.Fatal(err)
	}
	h.send("thank you")
	if err := h.adapter.SubmitCaptcha(t.Context(), "signalcaptcha://again"); err == nil {
		t.Error("a second captcha is taken")
	}
}

func TestCheckTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Attachments: "/nowhere/at/all", Outbox: "/nowhere/at/all"})
	h.listening()
	h.SetAdmin(h.chat.ID, h.BotACI(), false)
	h.Reinstall(h.ana)
	h.says(h.ana, "new phone")
	h.listening()
	var got []string
	for _, f := range h.adapter.Check(t.Context()) {
		if !f.OK && f.Do == "" {
			t.Errorf("nothing to do about %q", f.What)
		}
		if !f.OK {
			got = append(got, f.What)
		}
	}
	for _, want := range []string{"attachments", "outbox", "no admin", "safety numbers"} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("check does not tell of %s: %q", want, got)
		}
	}
}

func readAll(r io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

func TestFilesComeFromTheFolderOrThroughTheSocket(t *testing.T) {
	t.Parallel()
	for _, folder := range []bool{true, false} {
		s := signaltest.Options{}
		h := start(t, s, signal.Config{})
		if folder {
			h.cfg.Attachments = h.AttachmentsDir()
			h.restart()
		}
		h.listening()
		want := bytes.Repeat([]byte("soup "), 1000)
		for _, partial := range []bool{false, true} {
			if partial {
				h.Break(signaltest.Fault{Kind: signaltest.PartialFile})
			}
			id, err := h.Say(h.ana, h.chat.ID, world.Say{Media: []world.Media{{Kind: chat.File, Name: "soup.txt", MIME: "text/plain", Bytes: want}}})
			if err != nil {
				t.Fatal(err)
			}
			m := h.hears(chat.Ref{Chat: h.chat, ID: id}).Body.(chat.Posted).Parts[0].Media
			got, err := readAll(h.adapter.Open(t.Context(), m, 1<<20))
			if partial {
				wantRefused(t, "partial file", err, chat.NotFound)
				continue
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("folder %v: %d bytes, %v", folder, len(got), err)
			}
			if _, err := readAll(h.adapter.Open(t.Context(), m, 100)); !errors.Is(err, adapters.ErrTooLarge) {
				t.Errorf("over the limit: %v", err)
			}
		}
		for _, key := range []string{"../socket", "/etc/passwd", ".", "sticker/x/y/z"} {
			if _, err := readAll(h.adapter.Open(t.Context(), chat.Media{Platform: chat.Signal, Key: key}, 1<<20)); err == nil {
				t.Errorf("open of %q works", key)
			}
		}
	}
}

func TestLargeFileGoesThroughTheOutbox(t *testing.T) {
	if testing.Short() {
		t.Skip("moves twenty megabytes")
	}
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	file := bytes.Repeat([]byte("0123456789abcdef"), 20_000_000/16)
	h.open = func(context.Context, chat.Media, int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(file)), nil
	}
	h.cfg.Outbox = t.TempDir()
	h.restart()
	h.listening()
	part := chat.Part{Kind: chat.File, Media: chat.Media{Platform: chat.Matrix, Key: "x", Name: "../../minutes of the year.bin", MIME: "application/octet-stream"}}
	r := h.do(chat.Send{To: h.chat, Text: chat.Plain("all of it"), Parts: []chat.Part{part}})
	m := h.shown(r.Refs[0])
	if len(m.Media) != 1 || m.Media[0].Name != "minutes of the year.bin" || !bytes.Equal(m.Media[0].Bytes, file) {
		t.Errorf("people see %d files", len(m.Media))
	}
	h.cfg.Outbox = ""
	h.restart()
	h.listening()
	r = h.do(chat.Send{To: h.chat, Text: chat.Plain("all of it"), Parts: []chat.Part{part}})
	if m := h.shown(r.Refs[0]); len(m.Media) != 0 || !strings.Contains(m.Text.Plain, "minutes of the year") {
		t.Errorf("without an outbox people see %q and %d files", m.Text.Plain, len(m.Media))
	}
}
