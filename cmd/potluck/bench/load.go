package bench

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// load lets people write count messages and returns when all of them are posted. Each room has one writer,
// which plays all of its people in turn.
func (b *bench) load(ctx context.Context, count int, hanging bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	write := func(r *room) {
		if err := b.act(r, hanging); err != nil {
			cancel(err)
		}
	}
	if b.options.Rate == 0 {
		b.flood(ctx, count, write)
	} else {
		b.drip(ctx, count, write)
	}
	return context.Cause(ctx)
}

// flood writes as fast as messages arrive: each room has UnderWay of them on their way.
func (b *bench) flood(ctx context.Context, count int, write func(*room)) {
	var given atomic.Int64
	var writers sync.WaitGroup
	for _, r := range b.rooms {
		writers.Go(func() {
			for given.Add(1) <= int64(count) {
				select {
				case r.under <- struct{}{}:
					write(r)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	writers.Wait()
}

// drip writes at the rate, whatever arrives, to the rooms in turn.
func (b *bench) drip(ctx context.Context, count int, write func(*room)) {
	queues := make([]chan struct{}, len(b.rooms))
	var writers sync.WaitGroup
	for i, r := range b.rooms {
		queues[i] = make(chan struct{}, count)
		writers.Go(func() {
			for range queues[i] {
				if ctx.Err() == nil {
					write(r)
				}
			}
		})
	}
	start := time.Now()
	for n := range count {
		due := time.NewTimer(time.Until(start.Add(time.Duration(float64(n) / b.options.Rate * float64(time.Second)))))
		select {
		case <-due.C:
			queues[n%len(queues)] <- struct{}{}
		case <-ctx.Done():
		}
		due.Stop()
	}
	for _, q := range queues {
		close(q)
	}
	writers.Wait()
}

// act lets somebody in the room do something: nearly always post.
func (b *bench) act(r *room, hanging bool) error {
	p := r.chance.IntN(platforms)
	m := &mark{room: r, from: p, who: r.people[p][r.chance.IntN(peoplePerChat)], measured: true, hanging: hanging}
	if b.options.Mix == All {
		if err := b.change(r); err != nil {
			return err
		}
		b.vary(m)
	}
	return b.say(m, sentence(r.chance))
}

// vary makes some messages answers, and some pictures.
func (b *bench) vary(m *mark) {
	r := m.room
	switch d := r.chance.IntN(20); {
	case d < 3:
		if to := b.old(r); to != nil && !to.doings.gone {
			m.doings.reply = to
		}
	case d == 3:
		m.doings.picture = true
	}
}

// change lets every fifth message be preceded by an edit, a deletion or a reaction to an older one.
func (b *bench) change(r *room) error {
	if r.chance.IntN(5) > 0 {
		return nil
	}
	m := b.old(r)
	if m == nil {
		return nil
	}
	d := &m.doings
	touched := d.gone || d.text != "" || d.emoji != "" || d.picture
	switch r.chance.IntN(3) {
	case 0:
		if touched {
			return nil
		}
		d.text = text("said better, "+sentence(r.chance), m.number)
		return b.worlds[m.from].Edit(m.who, r.chats[m.from], m.ids[m.from], chat.Plain(d.text))
	case 1:
		if touched || m.from == telegram { // a bot on Telegram is not told of deletions
			return nil
		}
		d.gone = true
		return b.worlds[m.from].Delete(m.who, r.chats[m.from], m.ids[m.from])
	default:
		if touched {
			return nil
		}
		d.emoji, d.where = "👍", r.chance.IntN(platforms)
		return b.worlds[d.where].React(r.people[d.where][0], r.chats[d.where], m.ids[d.where], d.emoji, true)
	}
}

// old returns a message of the room that everybody sees, nil if there is none yet.
func (b *bench) old(r *room) *mark {
	b.ledger.mu.Lock()
	defer b.ledger.mu.Unlock()
	if len(r.arrived) == 0 {
		return nil
	}
	m := r.arrived[r.chance.IntN(len(r.arrived))]
	if !m.measured || m.ids[m.from] == "" {
		return nil
	}
	return m
}

// say posts a message.
func (b *bench) say(m *mark, words string) error {
	s := world.Say{}
	if m.doings.picture {
		s.Media = []world.Media{{Kind: chat.Photo, Name: "pot.png", MIME: "image/png", Bytes: b.picture}}
	}
	if m.doings.reply != nil {
		s.ReplyTo = m.doings.reply.ids[m.from]
	}
	s.Text = chat.Plain(text(words, b.ledger.add(m)))
	if _, err := b.worlds[m.from].Say(m.who, m.room.chats[m.from], s); err != nil {
		return fmt.Errorf("post on %s: %w", b.worlds[m.from].Platform(), err)
	}
	return nil
}

// sentence returns what people write, of several lengths.
func sentence(chance *rand.Rand) string {
	all := []string{
		"on my way", "bread at six", "who brings the big pot?", "thank you 🙏 that was lovely",
		"I put the recipe on the table next to the door, under the blue bowl, please take a copy and hand it on",
	}
	return all[chance.IntN(len(all))]
}

// drawing returns a small picture.
func drawing() ([]byte, error) {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range 64 {
		img.Set(i, i, color.White)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("draw picture: %w", err)
	}
	return b.Bytes(), nil
}
