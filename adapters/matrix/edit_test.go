package matrix_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestWhatIsNotTakenWithItsFormattingGoesAsPlainText(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true})
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.start()
	r.settled(ana, group)
	refusal := matrixtest.Fault{Path: "/send/", Status: 400, ErrCode: "M_BAD_JSON"}
	r.server.Fault(refusal)
	receipt, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Styled(chat.Bold, "bread", "")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"as plain text"}, receipt.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	r.server.Fault(refusal)
	edit := chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs}, Text: chat.Styled(chat.Bold, "soup", "")}
	if _, err := r.do(edit); err != nil {
		t.Fatal(err)
	}
	shown := r.shownAs(group)
	if len(shown) != 1 || shown[0].Text.Plain != "soup" || len(shown[0].Text.Spans) != 0 {
		t.Errorf("people see %+v", shown)
	}
	refusal.Times = 2
	r.server.Fault(refusal)
	_, err = r.do(chat.Send{To: in(group), Text: chat.Styled(chat.Bold, "never", "")})
	refusedFor(t, err, chat.Invalid)
	r.server.ClearFaults()
	refusal.Times = 1
	r.server.Fault(refusal)
	_, err = r.do(chat.Send{To: in(group), Text: chat.Plain("plain already")})
	refusedFor(t, err, chat.Invalid)
}

func TestAnEditTouchesOnlyWhatHasChanged(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	opened := 0
	r.withFiles(func(context.Context, chat.Media, int64) (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader("a file")), nil
	})
	r.start()
	r.settled(ana, group)
	photo := func(key string) chat.Part {
		return chat.Part{Kind: chat.Photo, Media: chat.Media{Platform: chat.Telegram, Key: key, MIME: "image/png", Name: key + ".png"}}
	}
	// Three long texts in one message: the words of the last one change.
	long := strings.Repeat("bread and soup ", 1700)
	receipt, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain(long + "end")})
	if err != nil {
		t.Fatal(err)
	}
	if len(receipt.Refs) != 3 {
		t.Fatalf("%d messages, want 3", len(receipt.Refs))
	}
	edit := chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs}, Text: chat.Plain(long + "END")}
	if _, err := r.do(edit); err != nil {
		t.Fatal(err)
	}
	edited := func() []bool {
		var out []bool
		for _, m := range r.shownAs(group) {
			out = append(out, m.Edited)
		}
		return out
	}
	if diff := cmp.Diff([]bool{false, false, true}, edited()); diff != "" {
		t.Errorf("texts edited (-want +got):\n%s", diff)
	}
	if _, err := r.do(chat.Delete{To: in(group), Target: edit.Target}); err != nil {
		t.Fatal(err)
	}
	// An album: the second photo is another.
	album := chat.Send{To: in(group), As: guest(), Text: chat.Plain("dishes"), Parts: []chat.Part{photo("a"), photo("b"), photo("c")}}
	if receipt, err = r.do(album); err != nil {
		t.Fatal(err)
	}
	opened = 0
	parts := []chat.Part{photo("a"), photo("x"), photo("c")}
	if _, err := r.do(chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs}, Text: album.Text, Parts: parts}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{false, true, false}, edited()); diff != "" || opened != 1 {
		t.Errorf("%d files opened; photos edited (-want +got):\n%s", opened, diff)
	}
	// One photo less, and after a restart.
	r.stop()
	r.start()
	if _, err := r.do(chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs}, Text: album.Text, Parts: parts[:2]}); err != nil {
		t.Fatal(err)
	}
	if got := len(edited()); got != 2 {
		t.Errorf("%d photos are left, want 2", got)
	}
	// Somebody has taken the first away: it does not come back, and the caption goes to the second.
	if err := r.world.Delete(ana, group, receipt.Refs[0].ID); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, group)
	if _, err := r.do(chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs[:2]}, Text: chat.Plain("one dish"), Parts: parts[:2]}); err != nil {
		t.Fatal(err)
	}
	if shown := r.shownAs(group); len(shown) != 1 || shown[0].ID != receipt.Refs[1].ID || shown[0].Text.Plain != "Gita: one dish" {
		t.Errorf("people see %+v", shown)
	}
}

func TestAPlaceMoves(t *testing.T) {
	for _, service := range []bool{false, true} {
		r := newRig(t, matrixtest.Options{AppService: service}).start()
		ana := r.world.NewPerson("Ana")
		group := r.world.NewGroup("kitchen", ana)
		place := func(lat float64) []chat.Part {
			return []chat.Part{{Kind: chat.Location, Place: &chat.Place{Latitude: lat, Longitude: -13.4, Name: "The hall"}}}
		}
		receipt, err := r.do(chat.Send{To: in(group), As: guest(), Parts: place(52.5)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.do(chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs}, Parts: place(-1e-5)}); err != nil {
			t.Fatal(err)
		}
		shown := r.shownAs(group)
		if len(shown) != 2 || !strings.HasSuffix(shown[0].Text.Plain, "The hall") || shown[0].Edited {
			t.Fatalf("people see %+v", shown)
		}
		want := chat.Place{Latitude: -1e-5, Longitude: -13.4, Name: "The hall"}
		if got := shown[1].Things; len(got) != 1 || *got[0].Place != want {
			t.Errorf("the place is %+v", got)
		}
		if _, err := r.do(chat.Edit{To: in(group), As: guest(), Target: chat.Target{Refs: receipt.Refs}, Text: chat.Plain("no more")}); err != nil {
			t.Fatal(err)
		}
		if shown := r.shownAs(group); len(shown) != 1 || !strings.HasSuffix(shown[0].Text.Plain, "no more") {
			t.Errorf("after the place was taken away people see %+v", shown)
		}
	}
}

func TestEveryCallOfAGhostWaitsAsItIsTold(t *testing.T) {
	for _, path := range []string{"/register", "/displayname", "/join", "/send/", "/upload"} {
		r := newRig(t, matrixtest.Options{AppService: true})
		ana := r.world.NewPerson("Ana")
		group := r.world.NewGroup("kitchen", ana)
		r.withFiles(func(context.Context, chat.Media, int64) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("a file")), nil
		})
		r.start()
		r.settled(ana, group)
		d := r.dispatch(chat.Send{To: in(group), As: guest(), Text: chat.Plain("bread"), Parts: []chat.Part{
			{Kind: chat.File, Media: chat.Media{Platform: chat.Telegram, Key: "a", Name: "a.txt"}},
		}})
		r.server.Fault(matrixtest.Fault{Path: path, Method: map[bool]string{true: "PUT"}[path == "/displayname"], Status: 429, RetryAfter: 3 * time.Second})
		_, err := r.adapter.Do(context.Background(), d)
		var retry *adapters.RetryError
		if !errors.As(err, &retry) || retry.After != 3*time.Second || retry.Unsure {
			t.Errorf("429 of %s: %v", path, err)
		}
		if _, err := r.adapter.Do(context.Background(), d); err != nil {
			t.Errorf("429 of %s, second attempt: %v", path, err)
		}
		if shown := r.shownAs(group); len(shown) != 1 || len(shown[0].Media) != 1 {
			t.Errorf("429 of %s: people see %+v", path, shown)
		}
		r.stop()
	}
}

func TestACoveredPhotoIsAFileThatCanBeOpened(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true})
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.withFiles(func(context.Context, chat.Media, int64) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("a photo")), nil
	})
	r.start()
	photo := chat.Part{Kind: chat.Photo, Hidden: true, Media: chat.Media{Platform: chat.Telegram, Key: "a", MIME: "image/jpeg"}}
	send, notes := chat.Degrade(chat.Send{To: in(group), As: guest(), Parts: []chat.Part{photo}}, r.adapter.Features())
	if _, err := r.do(send); err != nil {
		t.Fatal(err)
	}
	shown := r.shownAs(group)
	if len(shown) != 1 || len(shown[0].Media) != 1 || shown[0].Media[0].Kind != chat.File || shown[0].Media[0].Name != "file.jpg" || len(notes) != 1 {
		t.Errorf("people see %+v; notes %q", shown, notes)
	}
}
