package telegram

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
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestFailuresAreSorted(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	send := chat.Send{To: at(group), As: gita(), Text: chat.Plain("bread")}
	fail := func(f telegramtest.Fault) error {
		s.Fail(f)
		_, err := s.try(send)
		return err
	}
	s.retried(fail(telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 17}), 17*time.Second, false)
	s.retried(fail(telegramtest.Fault{Kind: telegramtest.ServerError}), 0, false)
	s.retried(fail(telegramtest.Fault{Kind: telegramtest.BadGateway}), 0, true)
	s.retried(fail(telegramtest.Fault{Kind: telegramtest.DropBefore}), 0, true)
	s.retried(fail(telegramtest.Fault{Kind: telegramtest.Refuse, Code: 401, Description: "Unauthorized"}), tokenWait, false)
	s.same(len(s.bySelf(group)), 0)
	s.retried(fail(telegramtest.Fault{Kind: telegramtest.DropAfter}), 0, true)
	s.same(s.texts(group), []string{"Gita: bread"})
	for description, why := range map[string]chat.Reason{
		"Bad Request: chat not found":                                      chat.NotFound,
		"Bad Request: message thread not found":                            chat.NotFound,
		"Bad Request: TOPIC_CLOSED":                                        chat.Forbidden,
		"Bad Request: not enough rights to send text messages to the chat": chat.Forbidden,
		"Bad Request: have no rights to send a message":                    chat.Forbidden,
		"Bad Request: message is too long":                                 chat.TooLarge,
		"Bad Request: a thing of tomorrow":                                 chat.Invalid,
		"Bad Request: CHAT_WRITE_FORBIDDEN":                                chat.Forbidden,
		"Bad Request: need administrator rights in the channel chat":       chat.Forbidden,
		"Bad Request: PEER_ID_INVALID":                                     chat.NotFound,
	} {
		s.refused(fail(telegramtest.Fault{Kind: telegramtest.Refuse, Code: 400, Description: description}), why)
	}
	s.refused(fail(telegramtest.Fault{Kind: telegramtest.Refuse, Code: 403, Description: "Forbidden: bot was kicked from the supergroup chat"}), chat.Forbidden)
	refs := s.do(send).Refs
	s.Fail(telegramtest.Fault{Kind: telegramtest.DropAfter})
	_, err := s.try(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("rye")})
	s.retried(err, 0, false) // to edit twice shows it once
}

func TestUnreachableIsNotUnsure(t *testing.T) {
	a := newAdapter(t, Config{Token: "123456:AAAAAAAAAAAAAAAAAAAAAAAA", API: "http://" + freeAddress(t)}, nil, &cursor{})
	_, err := a.Do(t.Context(), chat.Dispatch{ID: "x#1", Effect: chat.Send{To: at("-5"), Text: chat.Plain("x")}})
	var retry *adapters.RetryError
	if !errors.As(err, &retry) || retry.Unsure {
		t.Errorf("nobody listens there, yet it is %v", err)
	}
	_, openErr := a.Open(t.Context(), chat.Media{Platform: chat.Telegram, Key: "f"}, 10)
	finding := a.Check(t.Context())[0]
	for _, text := range []string{err.Error(), openErr.Error(), finding.What, finding.Do} {
		if strings.Contains(text, "AAAA") {
			t.Errorf("the token is in %q", text)
		}
	}
}

func TestSplitGoesOnWhereItStopped(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	long := strings.Repeat("word ", 2500)
	send := chat.Send{To: at(group), As: gita(), Text: chat.Plain(long)}
	id := chat.EventID("split").Effect(1)
	var refs []chat.Ref
	for try := range 6 {
		// The second message of three does not pass at first.
		if try < 2 {
			s.Fail(telegramtest.Fault{Kind: telegramtest.Slow, Delay: time.Millisecond})
			s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 1})
		}
		r, err := s.tryAs(id, send)
		s.Heal()
		if err == nil {
			refs = r.Refs
			break
		}
		s.retried(err, time.Second, false)
	}
	texts := s.texts(group)
	if len(texts) != 4 || len(refs) != 4 || strings.Join(strings.Fields(strings.Join(texts, " ")), "") != "Gita:"+strings.ReplaceAll(long, " ", "") {
		t.Errorf("%d messages, %d refs", len(texts), len(refs))
	}
	again, err := s.tryAs(id, send)
	if err != nil || len(s.texts(group)) != 4 {
		t.Errorf("the same effect once more: %v, %d messages", err, len(s.texts(group)))
	}
	s.same(again.Refs, refs)
}

func TestNamesAreMadeSafe(t *testing.T) {
	for in, want := range map[string]string{
		"Ana": "Ana", "": "somebody", "  \n ": "somebody", "@channel": "＠channel", "a\u202eb\nc": "ab c", "\u2066x\u2069": "x",
		strings.Repeat("x", 200): strings.Repeat("x", 63) + "…", "bad\xff": "bad", "a\u2028b": "a b",
	} {
		if got := byline(&chat.Person{Name: in}).Plain; got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestBlocksBeginTheirOwnLine(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	for style, want := range map[chat.Style]string{chat.Quote: "Gita:\nx", chat.Pre: "Gita:\nx", chat.Bold: "Gita: x"} {
		s.do(chat.Send{To: at(group), As: gita(), Text: chat.Styled(style, "x", "")})
		texts := s.texts(group)
		s.same(texts[len(texts)-1], want)
	}
}

func TestStylesThatAreRefusedAreDropped(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	for _, words := range []string{"Bad Request: can't parse entities: unexpected", "Bad Request: entity beginning at 3 is odd", "Bad Request: wrong HTTP URL specified"} {
		s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Code: 400, Description: words})
		r := s.do(chat.Send{To: at(group), Text: chat.Styled(chat.Bold, "plain then", "")})
		s.same(r.Notes, []string{"formatting not shown"})
	}
	for _, m := range s.bySelf(group) {
		if m.Text.Plain != "plain then" || len(m.Text.Spans) != 0 {
			t.Errorf("shown is %+v", m.Text)
		}
	}
}

func TestAddressesThatTelegramRefusesAreWrittenOut(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	for address, linked := range map[string]bool{
		"https://example.org/a?b=c#d": true, "http://example.org:8080/": true, "tg://user?id=5": true, "https://пример.рф/": true,
		"http://localhost/": false, "ftp://example.org/": false, "javascript:alert(1)": false, "matrix:r/x": false, "mailto:a@b.c": false,
		"xmpp:a@b.c": false, "http://example.org:99999/": false, "https://": false, "example.org": false, "magnet:?x": false,
		"https://a b.c/": false, "https://user:pw@example.org/": false, "https://[::1]/": false, "https://ex..org/": false, "http://a.b:/": false,
	} {
		r := s.do(chat.Send{To: at(group), Text: chat.Plain("see ").Append(chat.Styled(chat.Hyperlink, "this", address), chat.Plain(" now"))})
		var m world.Shown
		for _, m = range s.bySelf(group) {
			if m.ID == r.Refs[0].ID {
				break
			}
		}
		want := "see this now"
		if !linked {
			want = "see this (" + address + ") now"
		}
		if m.Text.Plain != want || (len(m.Text.Spans) == 1) != linked {
			t.Errorf("%s: %+v", address, m.Text)
		}
	}
}

func TestAlbums(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	var parts []chat.Part
	for i := range 12 {
		parts = append(parts, s.part(chat.Photo, fmt.Sprint(i, ".png"), "image/png", png(byte(i))))
	}
	parts = append(parts, s.part(chat.Voice, "v.ogg", "audio/ogg", []byte("OggS")))
	r := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("the feast"), Parts: parts})
	s.same([]int{len(r.Refs), len(s.Calls("sendMediaGroup")), len(s.Calls("sendPhoto")), len(s.Calls("sendVoice"))}, []int{13, 2, 0, 1})
	for i, m := range s.bySelf(group) {
		if m.ID != r.Refs[i].ID || (i < 12 && !bytes.Equal(m.Media[0].Bytes, png(byte(i)))) {
			t.Errorf("message %d is %s %q", i, m.ID, m.Media[0].Name)
		}
	}
	s.same(s.bySelf(group)[0].Text.Plain, "Gita: the feast")
}

func TestOneBadPhotoDoesNotSpoilAnAlbum(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	parts := []chat.Part{
		s.part(chat.Photo, "a.png", "image/png", png(1)), s.part(chat.Photo, "b.png", "image/png", []byte("no picture")),
		s.part(chat.Photo, "c.png", "image/png", nil),
	}
	parts[2].Media.Size = 0
	missing := s.part(chat.Photo, "d.png", "image/png", png(4))
	delete(s.files, missing.Media.Key)
	r := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("four"), Parts: append(parts, missing)})
	var kinds []string
	for _, m := range s.bySelf(group) {
		kind := "text " + m.Text.Plain
		if len(m.Media) > 0 {
			kind = string(m.Media[0].Kind) + " " + m.Text.Plain
		}
		kinds = append(kinds, kind)
	}
	s.same(kinds, []string{"photo Gita: four", "file ", "text [photo · c.png]", "text [photo · d.png (9 B)]"})
	s.same(len(r.Refs), 4)
	if len(r.Notes) == 0 {
		t.Error("nobody is told that something was shown as less than it was")
	}
}

func TestTelegramsOwnFilesAreNotFetched(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	other := s.NewGroup("Hall", ana)
	if _, err := s.Say(ana, group, world.Say{Media: []world.Media{{Kind: chat.Photo, Name: "a.png", Bytes: png(1)}}}); err != nil {
		t.Fatal(err)
	}
	_, p := hear(s, func(_ chat.Event, p chat.Posted) bool { return len(p.Parts) > 0 })
	s.do(chat.Send{To: at(other), As: gita(), Parts: p.Parts})
	s.same(s.bySelf(other)[0].Media[0].Bytes, png(1))
	s.same(len(s.Calls("getFile")), 0)
}

func TestUploadIsReadAnewForEachTry(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	send := chat.Send{To: at(group), As: gita(), Parts: []chat.Part{s.part(chat.File, "big.bin", "", bytes.Repeat([]byte("x"), 1<<20))}}
	s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 2})
	_, err := s.try(send)
	s.retried(err, 2*time.Second, false)
	s.do(send)
	s.same(len(s.bySelf(group)[0].Media[0].Bytes), 1<<20)
}

// broken fails in the middle of a file.
type broken struct{ left int }

func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("the line broke")
	}
	n := min(b.left, len(p))
	b.left -= n
	return n, nil
}

func TestFileThatBreaksOffIsTriedAgain(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	open := func(context.Context, chat.Media, int64) (io.ReadCloser, error) {
		return io.NopCloser(&broken{100000}), nil
	}
	s.adapter.open = open
	_, err := s.try(chat.Send{To: at(group), Parts: []chat.Part{{Kind: chat.File, Media: chat.Media{Platform: chat.Signal, Key: "k"}}}})
	s.retried(err, 0, false)
	s.same(len(s.bySelf(group)), 0)
}

func TestFilesOverTheLimit(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	s.adapter.open = func(context.Context, chat.Media, int64) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 1000)), tooLarge{})), nil
	}
	s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("film"), Parts: []chat.Part{{Kind: chat.Video, Media: chat.Media{Platform: chat.Signal, Key: "k", Name: "film.mp4"}}}})
	s.same(s.texts(group), []string{"Gita: film\n[video · film.mp4]"})
}

type tooLarge struct{}

func (tooLarge) Read([]byte) (int, error) { return 0, adapters.ErrTooLarge }

func TestStickers(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	for mime, want := range map[string]chat.PartKind{"image/webp": chat.Sticker, "video/webm": chat.Sticker, "image/png": chat.Photo, "image/gif": chat.Animation} {
		s.do(chat.Send{To: at(group), As: gita(), Parts: []chat.Part{s.part(chat.Sticker, "", mime, png(1))}})
		shown := s.bySelf(group)
		if got := shown[len(shown)-1].Media[0].Kind; got != want {
			t.Errorf("a sticker of %s is shown as %s, want %s", mime, got, want)
		}
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{
		"../../etc/passwd": ".._.._etc_passwd", "a\"b\r\nc.txt": "a_b__c.txt", "": "file.txt", "...": "file.txt", "minutes": "minutes.txt",
		"рецепт.pdf": "рецепт.pdf", strings.Repeat("x", 300) + ".pdf": strings.Repeat("x", 60) + "…" + strings.Repeat("x", 46) + ".pdf",
	} {
		if got := fileName(chat.Part{Kind: chat.File, Media: chat.Media{Name: in, MIME: "text/plain; charset=utf-8"}}); got != want {
			t.Errorf("%q is sent as %q, want %q", in, got, want)
		}
	}
}

func TestManySpans(t *testing.T) {
	s := newStage(t, options())
	_, _, group := s.table()
	text := chat.Text{Plain: strings.Repeat("ab ", 1000)}
	for i := range 1000 {
		text.Spans = append(text.Spans, chat.Span{Start: 3 * i, End: 3*i + 1, Style: []chat.Style{chat.Bold, chat.Code}[i%2]})
	}
	s.do(chat.Send{To: at(group), Text: text})
	sent := decoded[[]rawEntity](t, s.Calls("sendMessage")[0].Values["entities"])
	code := 0
	for _, e := range sent {
		if e.Type == "code" {
			code++
		}
	}
	if len(sent) != 100 || code != 100 {
		t.Errorf("%d entities sent, %d of code; want the 100 that the server would keep", len(sent), code)
	}
}

func TestWhispers(t *testing.T) {
	s := newStage(t, options())
	ana, ben, group := s.table()
	s.Private(ana)
	s.do(chat.Whisper{To: at(group), Who: userIdentity(decoded[int64](t, ana)), Text: chat.Plain("psst"), Secret: true})
	s.same(s.texts(ana), []string{"psst"})
	id := s.say(ben, group, "hm?")
	s.hearText("hm?")
	r := s.do(chat.Whisper{
		To: at(group), Who: userIdentity(decoded[int64](t, ben)), Text: chat.Plain("one a day"),
		Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{refOf(group, id)}}},
	})
	s.same(s.bySelf(group)[0].ReplyTo, id)
	if len(r.Notes) != 1 {
		t.Errorf("notes are %q", r.Notes)
	}
	s.do(chat.Whisper{To: at(group), Who: userIdentity(decoded[int64](t, ben)), Text: chat.Plain("two a day")})
	last := s.bySelf(group)[1]
	if last.Text.Plain != "Ben: two a day" || len(last.Text.Spans) != 1 || last.Text.Spans[0].Style != chat.Mention {
		t.Errorf("what is for Ben is said as %+v", last.Text)
	}
	_, err := s.try(chat.Whisper{To: at(group), Who: userIdentity(decoded[int64](t, ben)), Text: chat.Plain("secret"), Secret: true})
	s.refused(err, chat.Forbidden)
	_, err = s.try(chat.Whisper{To: at(group), Who: gita().Identity, Text: chat.Plain("secret")})
	s.refused(err, chat.Invalid)
	s.same(len(s.bySelf(group)), 2)
}

func TestReactionsAreFitted(t *testing.T) {
	for emoji, want := range map[string]string{
		"👍": "👍", "👍️": "👍", "👍🏽": "👍", "❤️": "❤", "❤️‍🔥": "❤‍🔥", "😂": "🤣", "💚": "❤", "🤷🏾‍♀️": "🤷‍♀", "👨🏻‍💻": "👨‍💻", "⚡️": "⚡", "☃️": "☃",
		"🦊": "", "": "", "\ufe0f": "", "text": "", "👍👎": "", "❤ 👍": "",
	} {
		got, ok := allowedReaction(emoji)
		if got != want || ok != (want != "") {
			t.Errorf("%q becomes %q, want %q", emoji, got, want)
		}
	}
	if n := len(strings.Fields(reactions)); n != 73 {
		t.Errorf("%d reactions are known, the API has 73", n)
	}
	for _, pair := range strings.Fields(similar) {
		fits := false
		for _, known := range strings.Fields(reactions) {
			fits = fits || strings.HasSuffix(pair, known)
		}
		if !fits {
			t.Errorf("%q leads to no reaction", pair)
		}
	}
}

func TestReactionOfTheMost(t *testing.T) {
	s := newStage(t, options())
	ana, _, group := s.table()
	target := chat.Target{Refs: []chat.Ref{refOf(group, s.say(ana, group, "bread"))}}
	react := func(emoji string, on bool, lead string) error {
		_, err := s.try(chat.React{To: at(group), Target: target, As: *gita(), Emoji: emoji, On: on, Lead: lead})
		return err
	}
	given := func() string {
		shown := s.Messages(group)
		for emoji := range shown[len(shown)-1].Reactions {
			return emoji
		}
		return ""
	}
	for _, step := range []struct {
		emoji string
		on    bool
		lead  string
		want  string
	}{{"👍", true, "👍", "👍"}, {"❤️", true, "👍", "👍"}, {"👍", false, "❤️", "❤"}, {"❤️", true, "❤️", "❤"}, {"👍", false, "🦊", ""}, {"❤️", false, "", ""}} {
		if err := react(step.emoji, step.on, step.lead); err != nil {
			t.Fatal(err)
		}
		s.same(given(), step.want)
	}
	s.refused(react("🦊", true, "🦊"), chat.Unsupported)
	s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Code: 400, Description: "Bad Request: REACTION_INVALID"})
	s.refused(react("👍", true, "👍"), chat.Unsupported)
}
