package demo

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Community is the name of the demo's community.
const Community = "The Long Table"

// The groups that each messenger has. Link joins the Kitchens, which all are in, and the Back rooms, which only those
// are in who look after the table; the Gardens are left for the visitor to link.
const (
	kitchen  = "Kitchen"
	garden   = "Garden"
	backRoom = "Back room"
)

// ErrSeated is returned by Seat when the people sit already.
var ErrSeated = errors.New("the people sit already")

// Table is one small community in several messengers. Its methods are safe for concurrent use.
type Table struct {
	worlds   []world.World
	log      *slog.Logger
	patience time.Duration // how long a message may be on its way before we say that it did not arrive
	pace     time.Duration // least time between two looks at the worlds for one open page
	samples  *samples
	done     chan struct{}
	closing  sync.Once
	streams  chan struct{}  // one token per open page
	guests   sync.WaitGroup // the goroutine in which people come to where they are asked

	mu     sync.Mutex // guards what follows
	seats  []seat
	linked bool // the Kitchens are one room, and the Back rooms another
	laid   bool // the hosts have greeted, and have their roles
	said   []saidLine
	tried  bool // somebody has answered, edited or reacted in the linked group
	hopes  map[tip]hope
	ticked [tips]bool
}

// seat is one messenger at the table. It is copied, never changed in place.
type seat struct {
	world    world.World
	platform chat.Platform
	people   []person
	groups   []group
}

// person is somebody a visitor can be.
type person struct {
	id, name string
	host     bool   // one of those who look after the table; owns the groups on his messenger
	role     string // what he is called for that in the community
	private  string // his conversation with the bot
}

// group is one of those that a messenger has from the beginning, under the title that it had then.
type group struct{ id, title string }

// New returns a table for the worlds, one per messenger. Nothing happens in them before Seat.
func New(worlds []world.World, log *slog.Logger) *Table {
	return &Table{
		worlds:   slices.Clone(worlds),
		log:      log,
		patience: 30 * time.Second,
		pace:     40 * time.Millisecond,
		samples:  &samples{},
		done:     make(chan struct{}),
		streams:  make(chan struct{}, maxStreams),
		hopes:    map[tip]hope{},
	}
}

// Close ends the open pages' live streams, so that an http.Server can shut down. After it nobody comes any more to a
// group that he is asked to.
func (t *Table) Close() {
	t.closing.Do(func() { close(t.done) })
	t.guests.Wait()
}

// Seat makes the people and their groups in every messenger; the first of each three is the host, who owns
// the groups. From then on everybody comes to each group that he is asked to, until Close. The second call returns
// ErrSeated.
func (t *Table) Seat() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seats) > 0 {
		return ErrSeated
	}
	for i, w := range t.worlds {
		role := "moderator"
		if i == 0 {
			role = "organiser"
		}
		t.seats = append(t.seats, newSeat(w, role, namesFor(i)))
	}
	t.guests.Go(t.come)
	return nil
}

// namesFor returns who sits in the i-th messenger.
func namesFor(i int) []string {
	all := [][]string{{"Ana", "Ben", "Chioma"}, {"Dilan", "Elif", "Farid"}, {"Greta", "Hugo", "Inés"}}
	if i < len(all) {
		return all[i]
	}
	return []string{fmt.Sprintf("Host %d", i+1), fmt.Sprintf("Guest %d", i+1)}
}

func newSeat(w world.World, role string, names []string) seat {
	s := seat{world: w, platform: w.Platform()}
	for _, name := range names {
		s.people = append(s.people, person{id: w.NewPerson(name), name: name})
	}
	s.people[0].host, s.people[0].role = true, role
	var others []string
	for _, p := range s.people[1:] {
		others = append(others, p.id)
	}
	for _, title := range []string{kitchen, garden} {
		s.groups = append(s.groups, group{id: w.NewGroup(title, s.people[0].id, others...), title: title})
	}
	s.groups = append(s.groups, group{id: w.NewGroup(backRoom, s.people[0].id), title: backRoom})
	for i, p := range s.people {
		s.people[i].private = w.Private(p.id)
	}
	return s
}

// all returns the seats as they are now.
func (t *Table) all() []seat {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.seats)
}

// add lets a newcomer sit at a messenger, in none of its groups yet, and open a conversation with the bot.
func (t *Table) add(platform chat.Platform, name string) (person, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, s := range t.seats {
		if s.platform != platform {
			continue
		}
		p := person{id: s.world.NewPerson(name), name: name}
		p.private = s.world.Private(p.id)
		t.seats[i].people = append(slices.Clone(s.people), p)
		return p, nil
	}
	return person{}, fmt.Errorf("seat %s: no %s at this table", name, platform)
}

// seatOf returns the seat of a platform.
func (t *Table) seatOf(p chat.Platform) (seat, bool) {
	for _, s := range t.all() {
		if s.platform == p {
			return s, true
		}
	}
	return seat{}, false
}

func (s seat) host() person { return s.people[0] }

func (s seat) byName(name string) (person, bool) {
	i := slices.IndexFunc(s.people, func(p person) bool { return p.name == name })
	if i < 0 {
		return person{}, false
	}
	return s.people[i], true
}

func (s seat) byID(id string) (person, bool) {
	i := slices.IndexFunc(s.people, func(p person) bool { return p.id == id })
	if i < 0 {
		return person{}, false
	}
	return s.people[i], true
}

// group returns the id of the group with that title, or nothing.
func (s seat) group(title string) string {
	for _, g := range s.groups {
		if g.title == title {
			return g.id
		}
	}
	return ""
}

// hasGroup tells whether a chat is a group of the messenger's, whoever has made it.
func (s seat) hasGroup(id string) bool {
	return slices.ContainsFunc(s.world.Groups(), func(g world.Group) bool { return g.ID == id })
}

// titleOf returns the title that a group had at the beginning, or nothing.
func (s seat) titleOf(id string) string {
	for _, g := range s.groups {
		if g.id == id {
			return g.title
		}
	}
	return ""
}

// command writes a command as people type it there: only on Telegram is the slash the custom, and Matrix
// clients keep it for themselves.
func (s seat) command(words string) string {
	if s.platform == chat.Telegram {
		return "/" + words
	}
	return "!" + words
}

// nameOf returns a platform's name as people write it.
func nameOf(p chat.Platform) string {
	switch p {
	case chat.Telegram:
		return "Telegram"
	case chat.Signal:
		return "Signal"
	case chat.Matrix:
		return "Matrix"
	case chat.Local:
		return "Local"
	}
	return strings.ToUpper(string(p))
}
