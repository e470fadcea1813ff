package telegram

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// straight is the way to a server without a network, on which virtual time would stand still.
type straight struct{ server *telegramtest.Server }

func (s straight) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	s.server.ServeHTTP(answer, r)
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return answer.Result(), nil
}

// silent is an adapter that hears nothing.
type silent struct{ *Adapter }

func (s silent) Run(ctx context.Context, _ adapters.In) error {
	<-ctx.Done()
	return nil
}

// feed is a stream of effects.
type feed struct {
	mu   sync.Mutex // guards what follows
	rows []adapters.Numbered
	more chan struct{}
}

func (f *feed) put(t *testing.T, e chat.Outgoing) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	n := uint64(len(f.rows)) + 1
	data, err := chat.EncodeDispatch(chat.Dispatch{ID: chat.EventID(fmt.Sprintf("load:%d", n)).Effect(1), At: time.Now(), Effect: e})
	if err != nil {
		t.Fatal(err)
	}
	f.rows = append(f.rows, adapters.Numbered{N: n, Chat: e.Where(), Data: data})
	close(f.more)
	f.more = make(chan struct{})
}

func (f *feed) Follow(ctx context.Context, _ chat.Platform, after uint64, fn func(adapters.Numbered)) error {
	for ctx.Err() == nil {
		f.mu.Lock()
		rows, more := f.rows[min(after, uint64(len(f.rows))):], f.more
		f.mu.Unlock()
		for _, r := range rows {
			fn(r)
			after = r.N
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
	return nil
}

func (f *feed) Next(_ context.Context, c chat.Chat, after uint64) (adapters.Numbered, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows[min(after, uint64(len(f.rows))):] {
		if r.Chat == c {
			return r, true, nil
		}
	}
	return adapters.Numbered{}, false, nil
}

// desk is a journal and a bus that keep no more than this test looks at.
type desk struct {
	adapters.Journal
	mu   sync.Mutex // guards what follows
	refs map[chat.EffectID][]chat.Ref
	of   map[chat.EffectID]adapters.Merged
}

func (d *desk) Record(done ...adapters.Done) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range done {
		d.refs[one.Effect] = one.Refs
	}
	return nil
}

func (d *desk) Refs(id chat.EffectID) ([]chat.Ref, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	refs, ok := d.refs[id]
	return refs, ok, nil
}

func (d *desk) SetMerged(m adapters.Merged) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range m.Sections {
		d.of[s.Effect] = m
	}
	return nil
}

func (d *desk) Merged(id chat.EffectID) (adapters.Merged, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, ok := d.of[id]
	return m, ok, nil
}

func (d *desk) done() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.refs)
}

func (*desk) Published(...uint64) error                           { return nil }
func (*desk) Unpublished() ([]adapters.Done, error)               { return nil, nil }
func (*desk) Last() (map[chat.Chat]uint64, error)                 { return nil, nil }
func (*desk) Start() (uint64, error)                              { return 0, nil }
func (*desk) SetStart(uint64) error                               { return nil }
func (*desk) Trim(uint64) error                                   { return nil }
func (*desk) Publish(context.Context, chat.Event) (uint64, error) { return 1, nil }
func (*desk) Applied(context.Context, uint64) error               { return nil }

// load is a minute of a lively room: a message a second by six people, among them answers, edits, reactions, pictures,
// albums, stickers, places and polls.
func load(i int, to chat.Chat, sent func(int) chat.EffectID, part func(chat.PartKind) chat.Part) chat.Outgoing {
	by := &chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: fmt.Sprint("p", i%6)}, Name: fmt.Sprint("Person ", i%6)}
	send := chat.Send{To: to, As: by, Text: chat.Plain(fmt.Sprintf("this is message %d of the evening", i)), Message: chat.MessageID(fmt.Sprint("m", i))}
	target := chat.Target{Effect: sent(i - 5)}
	switch i % 20 {
	case 3:
		return chat.React{To: to, Target: target, As: *by, Emoji: "👍", On: true, Count: 1, Lead: "👍"}
	case 5:
		send.Parts = []chat.Part{part(chat.Photo)}
	case 7:
		send.Parts = []chat.Part{part(chat.Photo), part(chat.Photo), part(chat.Photo)}
	case 9:
		return chat.Edit{To: to, Target: target, As: by, Text: chat.Plain(fmt.Sprintf("this was message %d", i-5))}
	case 11:
		send.Text, send.Parts = chat.Text{}, []chat.Part{part(chat.Sticker)}
	case 13:
		send.Text, send.Parts = chat.Text{}, []chat.Part{somewhere(chat.Location)}
	case 17:
		send.Answer = &chat.Answer{Target: target}
	case 19:
		send.Text, send.Parts = chat.Text{}, []chat.Part{question("six", "seven")}
	}
	return send
}

// TestALivelyRoomIsNotSlowedDown lets sixty messages a minute into one group, of which Telegram takes twenty: fewer than
// one call in a hundred may be sent away with 429. Time is virtual: ten minutes and what is left over of them.
func TestALivelyRoomIsNotSlowedDown(t *testing.T) {
	server := telegramtest.New(telegramtest.Options{Strict: true, Rates: true})
	defer server.Close()
	group := server.NewGroup("Kitchen", server.NewPerson("Olga"))
	synctest.Test(t, func(t *testing.T) {
		bytes := &stage{Server: server, t: t, files: map[string][]byte{}}
		a, err := New(Config{Token: server.Token(), API: server.URL()}, bytes.open, &cursor{}, discard())
		if err != nil {
			t.Fatal(err)
		}
		a.calls.http.Transport = straight{server}
		f, d := &feed{more: make(chan struct{})}, &desk{refs: map[chat.EffectID][]chat.Ref{}, of: map[chat.EffectID]adapters.Merged{}}
		pump := adapters.NewPump(silent{a}, f, d, d, discard())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- pump.Run(ctx) }()
		const minutes = 10
		shelf := map[chat.PartKind]chat.Part{
			chat.Photo: bytes.part(chat.Photo, "a.png", "image/png", png(1)), chat.Sticker: bytes.part(chat.Sticker, "a.webp", "image/webp", []byte("RIFF")),
		}
		id := func(i int) chat.EffectID { return chat.EventID(fmt.Sprintf("load:%d", max(i, 0)+1)).Effect(1) }
		for i := range minutes * 60 {
			f.put(t, load(i, at(group), id, func(k chat.PartKind) chat.Part { return shelf[k] }))
			time.Sleep(time.Second)
		}
		begun := time.Now()
		for d.done() < minutes*60 && time.Since(begun) < 2*time.Hour {
			time.Sleep(time.Second)
		}
		calls, refused := 0, 0
		for _, c := range server.Calls("") {
			calls++
			if c.Code == http.StatusTooManyRequests {
				refused++
			}
		}
		t.Logf("%d effects became %d calls in %s, %d of them refused with 429", d.done(), calls, minutes*time.Minute+time.Since(begun), refused)
		if d.done() < minutes*60 {
			t.Errorf("%d effects are done, want %d", d.done(), minutes*60)
		}
		if refused*100 >= calls {
			t.Errorf("%d of %d calls were refused", refused, calls)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
