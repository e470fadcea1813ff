package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// room is three chats, one on each messenger, with people in each.
type room struct {
	chats  [platforms]string
	people [platforms][]string // the first organises
	// under has a value for each message under way where their number is bounded.
	under chan struct{}
	// heard gets what the bot says that is no copy; what nobody waits for is dropped.
	heard   [platforms]chan string
	arrived []*mark // what is shown everywhere, guarded by the ledger's lock
	chance  *rand.Rand
}

const (
	peoplePerChat = 2
	// answerTime is how long the bot may take to answer, and a message to arrive while nothing else happens.
	answerTime = 10 * time.Second
	probes     = 5
)

// names are those of the people: short, long, and beyond ASCII.
func names() []string {
	return []string{"Ana", "Ben", "Chioma", "Dilan", "Elif", "Farid", "Greta von Hohenstein", "Hugo", "Inés", "李雷"}
}

// seat makes a room of three chats that are not linked yet, and lets the eyes watch them.
func (b *bench) seat(i int) *room {
	r := &room{under: make(chan struct{}, b.options.UnderWay), chance: rand.New(rand.NewPCG(uint64(i), 7))}
	all := names()
	for p, w := range b.worlds {
		for n := range peoplePerChat {
			r.people[p] = append(r.people[p], w.NewPerson(all[(i*platforms*peoplePerChat+p*peoplePerChat+n)%len(all)]))
		}
		r.heard[p] = make(chan string, 16)
		r.chats[p] = w.NewGroup(fmt.Sprintf("Room %d", i+1), r.people[p][0], r.people[p][1:]...)
		b.eyes[p].watch(r.chats[p], func(m world.Shown, at time.Time) { b.seen(r, p, m, at) })
	}
	return r
}

// seen takes what an eye sees.
func (b *bench) seen(r *room, p int, m world.Shown, at time.Time) {
	if ns := numbers(m.Text.Plain); len(ns) > 0 {
		b.ledger.see(ns, p, m.ID, r, at)
		return
	}
	if m.FromBot && !m.Service {
		select {
		case r.heard[p] <- m.Text.Plain:
		default:
		}
	}
}

// link connects the room's chats as organisers do: the first asks for a code, the others type it.
func (b *bench) link(ctx context.Context, r *room) error {
	for p := range r.chats {
		if _, err := r.listen(ctx, p, nil); err != nil { // the bot's hello; without one it still may work
			break
		}
	}
	code := regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
	for p := 1; p < platforms; p++ {
		if err := b.command(r, 0, "link"); err != nil {
			return err
		}
		answer, err := r.listen(ctx, 0, code)
		if err != nil {
			return fmt.Errorf("ask for a code: %w", err)
		}
		if err := b.command(r, p, "link "+code.FindString(answer)); err != nil {
			return err
		}
		if _, err := r.listen(ctx, p, nil); err != nil {
			return fmt.Errorf("give the code: %w", err)
		}
	}
	// Nobody is held back here for writing too much: that is what is measured.
	if err := b.command(r, 0, "set flood off"); err != nil {
		return err
	}
	if _, err := r.listen(ctx, 0, regexp.MustCompile(`flood`)); err != nil {
		return fmt.Errorf("let the people write as much as they like: %w", err)
	}
	return b.probe(ctx, r)
}

// command types a command as the organiser of a chat.
func (b *bench) command(r *room, p int, words string) error {
	prefix := "!"
	if p == telegram {
		prefix = "/"
	}
	_, err := b.worlds[p].Say(r.people[p][0], r.chats[p], world.Say{Text: chat.Plain(prefix + words)})
	if err != nil {
		return fmt.Errorf("type %q: %w", words, err)
	}
	return nil
}

var errSilent = errors.New("the bot says nothing")

// listen waits for the bot to say something that matches; nil matches all.
func (r *room) listen(ctx context.Context, p int, what *regexp.Regexp) (string, error) {
	late := time.NewTimer(answerTime)
	defer late.Stop()
	last := errSilent
	for {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-late.C:
			return "", last
		case said := <-r.heard[p]:
			if what == nil || what.MatchString(said) {
				return said, nil
			}
			last = fmt.Errorf("the bot says %q", said)
		}
	}
}

// probe says something on the first messenger until the others show it: then the room is linked. Then
// everybody says something, so that everything that is made once for a person or a chat is made.
func (b *bench) probe(ctx context.Context, r *room) error {
	for try := 0; ; try++ {
		err := b.shown(ctx, r, 0, 0)
		if err == nil {
			break
		}
		if ctx.Err() != nil || try == probes {
			return err
		}
	}
	for p := range r.people {
		for who := range r.people[p] {
			if err := b.shown(ctx, r, p, who); err != nil {
				return err
			}
		}
	}
	return nil
}

// shown lets somebody say something and waits until the other messengers show it.
func (b *bench) shown(ctx context.Context, r *room, p, who int) error {
	m := &mark{room: r, from: p, who: r.people[p][who]}
	if err := b.say(m, "warming up"); err != nil {
		return err
	}
	late := time.NewTimer(answerTime)
	defer late.Stop()
	select {
	case <-m.full:
		return nil
	case <-late.C:
		return fmt.Errorf("a message from %s is not shown on the others after %s", b.worlds[p].Platform(), answerTime)
	case <-ctx.Done():
		return ctx.Err()
	}
}
