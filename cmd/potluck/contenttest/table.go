package contenttest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
	"github.com/potluck-chat/potluck/core/chat"
)

// Program is the program that runs on the messengers of a hall.
type Program struct {
	Features map[chat.Platform]chat.Features
	// Do lets the house do something on a messenger, degraded by its features as the pump does it.
	Do func(ctx context.Context, e chat.Outgoing) (adapters.Receipt, error)
}

// Start starts the program on the messengers in a hall and on the one beside it, until the test is over.
type Start func(t *testing.T, h *hall.Hall, beside adapters.Adapter) Program

// patience is how long people wait for something to be shown.
const patience = 20 * time.Second

// table is the messengers with the program between them.
type table struct {
	Program
	hall    *hall.Hall
	worlds  map[chat.Platform]world.World
	beside  *Elsewhere
	stirred chan struct{} // gets a value after each change of what people see
	count   int
}

// platforms returns those that the table of features has, in its order.
func platforms() []chat.Platform { return []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} }

// lay opens the messengers and starts the program.
func lay(t *testing.T, start Start) *table {
	t.Helper()
	h, err := hall.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	b := &table{hall: h, worlds: map[chat.Platform]world.World{}, beside: NewElsewhere(), stirred: make(chan struct{}, 1)}
	b.beside.stirred = b.stir
	var watching sync.WaitGroup
	over := make(chan struct{})
	for _, w := range h.Worlds() {
		b.worlds[w.Platform()] = w
		changed, stop := w.Changes()
		watching.Go(func() {
			defer stop()
			for {
				select {
				case <-changed:
					b.stir()
				case <-over:
					return
				}
			}
		})
	}
	t.Cleanup(func() { close(over); watching.Wait() })
	b.Program = start(t, h, b.beside)
	return b
}

func (b *table) stir() {
	select {
	case b.stirred <- struct{}{}:
	default:
	}
}

// until looks again after each change until check is content, and returns what it said last after the patience.
func (b *table) until(check func() error) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-b.stirred:
		case <-late.C:
			return err
		}
	}
}

// word makes a word that nobody has said before.
func (b *table) word() string {
	b.count++
	return fmt.Sprintf("dish%dx", b.count)
}

// room is one conversation: a group on each messenger, linked. The first of its people organises.
type room struct {
	*table
	groups map[chat.Platform]string
	people map[chat.Platform][2]string // ids
}

// names are those of the people: the organiser and a member of each messenger.
func names(p chat.Platform) [2]string {
	switch p {
	case chat.Telegram:
		return [2]string{"Tara", "Tom"}
	case chat.Signal:
		return [2]string{"Sina", "Sven"}
	case chat.Matrix:
		return [2]string{"Mira", "Max"}
	}
	return [2]string{"Ella", "Elmo"}
}

// name is what somebody is called.
func (r *room) name(p chat.Platform, who int) string { return names(p)[who] }

// group makes a group on one messenger.
type group func(w world.World, title, owner, other string) string

// open makes a room and links it.
func (b *table) open(t *testing.T, title string, made group) *room {
	t.Helper()
	r := b.gather(title, made)
	r.link(t)
	return r
}

// gather makes a group on each messenger.
func (b *table) gather(title string, made group) *room {
	b.word()
	r := &room{table: b, groups: map[chat.Platform]string{elsewhere: strings.ReplaceAll(title, " ", "-")}, people: map[chat.Platform][2]string{}}
	for _, p := range platforms() {
		w := b.worlds[p]
		r.people[p] = [2]string{w.NewPerson(names(p)[0]), w.NewPerson(names(p)[1])}
		if made != nil {
			r.groups[p] = made(w, title, r.people[p][0], r.people[p][1])
		} else {
			r.groups[p] = w.NewGroup(title, r.people[p][0], r.people[p][1])
		}
	}
	for who, name := range names(elsewhere) {
		ids := r.people[elsewhere]
		ids[who] = fmt.Sprintf("%s-%d", name, b.count)
		r.people[elsewhere] = ids
	}
	return r
}

// link makes one room of the groups, in which everybody has spoken once.
func (r *room) link(t *testing.T) {
	t.Helper()
	for _, p := range []chat.Platform{chat.Signal, chat.Matrix, elsewhere} {
		code := codeIn().FindString(r.ask(t, chat.Telegram, "link", codeIn()))
		r.ask(t, p, "link "+code, regexp.MustCompile(`.`))
	}
	r.ask(t, chat.Telegram, "set flood off", regexp.MustCompile("flood"))
	for _, p := range append(platforms(), elsewhere) {
		for who := range 2 {
			r.hear(t, p, who)
		}
	}
	for _, p := range []chat.Platform{chat.Signal, chat.Matrix, elsewhere} {
		r.ask(t, chat.Telegram, "role @"+r.name(p, 0)+" moderator", regexp.MustCompile(r.name(p, 0)))
	}
}

func codeIn() *regexp.Regexp { return regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`) }

// hear lets somebody say something until all others have it.
func (r *room) hear(t *testing.T, p chat.Platform, who int) {
	t.Helper()
	word := r.word()
	if _, err := r.say(p, who, world.Say{Text: chat.Plain("good evening, " + word)}); err != nil {
		t.Fatalf("say good evening on %s: %v", p, err)
	}
	for _, to := range platforms() {
		if to != p {
			r.copyOf(t, to, word)
		}
	}
}

// say posts as somebody.
func (r *room) say(p chat.Platform, who int, s world.Say) (string, error) {
	if p == elsewhere {
		return r.beside.Say(r.people[p][who], r.groups[p], s)
	}
	return r.worlds[p].Say(r.people[p][who], r.groups[p], s)
}

// copyOf waits until a messenger shows a copy with a word in it, and returns it.
func (r *room) copyOf(t *testing.T, p chat.Platform, word string) world.Shown {
	t.Helper()
	var found world.Shown
	if err := r.until(func() (err error) { found, err = r.look(p, word); return err }); err != nil {
		t.Fatal(err)
	}
	return found
}

// look finds the bot's message with a word in it.
func (r *room) look(p chat.Platform, word string) (world.Shown, error) {
	all := r.worlds[p].Messages(r.groups[p])
	for i := len(all) - 1; i >= 0; i-- {
		if m := all[i]; m.FromBot && !m.Deleted && strings.Contains(m.Text.Plain, word) {
			return m, nil
		}
	}
	return world.Shown{}, fmt.Errorf("%s does not show %q; the last it shows are\n%s", p, word, describe(all))
}

// byID returns what a messenger shows under an id.
func (r *room) byID(p chat.Platform, id string) (world.Shown, error) {
	all := r.worlds[p].Messages(r.groups[p])
	i := slices.IndexFunc(all, func(m world.Shown) bool { return m.ID == id })
	if i < 0 {
		return world.Shown{}, fmt.Errorf("%s does not show %s", p, id)
	}
	return all[i], nil
}

var errSilent = errors.New("the bot says nothing")

// ask types a command as the organiser and returns the answer that matches, in the room or in private.
func (r *room) ask(t *testing.T, p chat.Platform, words string, want *regexp.Regexp) string {
	t.Helper()
	answers := r.ear(p)
	prefix := "!"
	if p == chat.Telegram {
		prefix = "/"
	}
	if _, err := r.say(p, 0, world.Say{Text: chat.Plain(prefix + words)}); err != nil {
		t.Fatalf("type %q on %s: %v", words, p, err)
	}
	said := ""
	err := r.until(func() error {
		said = strings.Join(answers(), "\n")
		switch {
		case said == "":
			return errSilent
		case !want.MatchString(said):
			return fmt.Errorf("the bot says %q", said)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%q on %s: %v", words, p, err)
	}
	return said
}

// ear returns what tells what the bot says to the organiser from now on.
func (r *room) ear(p chat.Platform) func() []string {
	if p == elsewhere {
		_, from := r.beside.told(r.groups[p], 0)
		return func() []string { words, _ := r.beside.told(r.groups[p], from); return words }
	}
	w, known := r.worlds[p], map[string]bool{}
	chats := []string{r.groups[p], w.Private(r.people[p][0])}
	for _, c := range chats {
		for _, m := range w.Messages(c) {
			known[c+" "+m.ID] = true
		}
	}
	return func() (words []string) {
		for _, c := range chats {
			for _, m := range w.Messages(c) {
				if m.FromBot && !m.Service && !m.Deleted && !known[c+" "+m.ID] {
					words = append(words, m.Text.Plain)
				}
			}
		}
		return words
	}
}

// describe writes the last of what a messenger shows.
func describe(all []world.Shown) string {
	var b strings.Builder
	for _, m := range all[max(0, len(all)-8):] {
		fmt.Fprintf(&b, "  %s %s: %.300q %v media=%d things=%d reply=%s reactions=%v edited=%v deleted=%v bot=%v\n",
			m.ID, m.Name, m.Text.Plain, m.Text.Spans, len(m.Media), len(m.Things), m.ReplyTo, m.Reactions, m.Edited, m.Deleted, m.FromBot)
	}
	return b.String()
}
