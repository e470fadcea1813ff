package order

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/state"
)

// BenchmarkFold folds messages, each with two copies and their receipts, in batches of 64 messages over the real state.
func BenchmarkFold(b *testing.B) {
	store, err := state.Open(filepath.Join(b.TempDir(), "s.db"), state.Options{}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	e, err := core.New(core.Config{Store: store, Log: slog.New(slog.DiscardHandler), Rules: Rules(), Secret: [32]byte{1}})
	if err != nil {
		b.Fatal(err)
	}
	seq := uint64(0)
	entry := func(ev chat.Event) core.Entry {
		seq++
		ev.ID = chat.EventID(fmt.Sprintf("e%d", seq))
		data, err := chat.EncodeEvent(ev)
		if err != nil {
			b.Fatal(err)
		}
		return core.Entry{Seq: seq, At: time.Now(), Data: data}
	}
	tg, sg, mx := chat.Chat{Platform: "telegram", ID: "-100"}, chat.Chat{Platform: "signal", ID: "g"}, chat.Chat{Platform: "matrix", ID: "!m"}
	by := chat.Person{Identity: chat.Identity{Platform: "telegram", ID: "7"}, Name: "Ana", Level: chat.Organiser}
	post := func(c chat.Chat, text string) chat.Event {
		return chat.Event{At: time.Now(), Chat: c, By: by, Body: chat.Posted{Ref: chat.Ref{Chat: c, ID: fmt.Sprint(seq)}, Text: chat.Plain(text)}}
	}
	fold := func(batch ...core.Entry) []core.Row {
		rows, err := e.Fold(batch)
		if err != nil {
			b.Fatal(err)
		}
		return rows
	}
	code := func(rows []core.Row) string {
		d, _ := chat.DecodeDispatch(rows[0].Data)
		p := d.Effect.(chat.Send).Text.Plain
		for i := range p {
			if i+6 < len(p) && p[i:i+6] == "/link " {
				return p[i+6 : i+15]
			}
		}
		b.Fatal(p)
		return ""
	}
	c := code(fold(entry(post(tg, "/link"))))
	fold(entry(post(sg, "/link "+c)))
	c = code(fold(entry(post(tg, "/link"))))
	fold(entry(post(mx, "/link "+c)))
	b.ResetTimer()
	for range b.N {
		var batch []core.Entry
		for range 64 {
			batch = append(batch, entry(post(tg, "a message of usual length, as people write them")))
		}
		rows := fold(batch...)
		batch = batch[:0]
		for _, r := range rows {
			d, _ := chat.DecodeDispatch(r.Data)
			batch = append(batch, entry(chat.Event{At: time.Now(), Chat: r.To, Body: chat.Sent{Effect: d.ID, Refs: []chat.Ref{{Chat: r.To, ID: fmt.Sprintf("x%d", r.N)}}}}))
		}
		if len(batch) != 128 {
			b.Fatalf("%d effects", len(batch))
		}
		fold(batch...)
	}
	b.ReportMetric(float64(64*b.N)/b.Elapsed().Seconds(), "messages/s")
}
