package killtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// The places of the messengers in everything that has one thing for each.
const (
	telegram = iota
	signal
	matrix
	platforms
)

// hall is the three messengers, each behind a gate, with people in rooms of three chats.
type hall struct {
	t      *testing.T
	worlds [platforms]world.World
	gates  [platforms]*gate
	lines  *lines
	home   *matrixtest.Server
	waits  func() int // envelopes that wait for the program at Signal's server
	people [platforms][]person
	rooms  []room
	data   string
	config string
	pages  string
}

type person struct{ id, name string }

// room is the ids of its chats.
type room [platforms]string

// names are those of the people, by messenger; the first of each organises.
func names() [platforms][]string {
	return [platforms][]string{
		{"Ana", "Ben", "Chioma", "Dov"}, {"Elif", "Farid", "Greta", "Hugo"}, {"Inés", "Jun", "Kofi", "Liv"},
	}
}

// newHall opens the messengers and writes the config.
func newHall(t *testing.T, rooms int) *hall {
	t.Helper()
	home, err := matrixtest.New(matrixtest.Options{AppService: true})
	if err != nil {
		t.Fatal(err)
	}
	bots, daemon := telegramtest.New(telegramtest.Options{}), signaltest.New(signaltest.Options{Network: "tcp"})
	t.Cleanup(func() {
		bots.Close()
		daemon.Close()
		home.World().Close()
		home.Close()
	})
	h := &hall{t: t, home: home, lines: newLines(daemon.BotACI()), waits: daemon.Queued, worlds: [platforms]world.World{bots, daemon, home.World()}}
	h.gates = [platforms]*gate{
		newGate(t, strings.TrimPrefix(bots.URL(), "http://"), nil),
		newGate(t, strings.TrimPrefix(daemon.Address(), "tcp://"), h.lines),
		newGate(t, strings.TrimPrefix(home.URL(), "http://"), nil),
	}
	h.data, h.pages = filepath.Join(t.TempDir(), "data"), freeAddress(t)
	h.config = filepath.Join(t.TempDir(), "potluck.toml")
	config := fmt.Sprintf(`data = %q
[telegram]
token = %q
api_url = "http://%s"
[signal]
account = %q
socket = "tcp://%s"
attachments = %q
[matrix]
homeserver = "http://%s"
user_id = %q
appservice = %q
[web]
listen = %q
`, h.data, bots.Token(), h.gates[telegram].address, daemon.Account(), h.gates[signal].address, daemon.AttachmentsDir(),
		h.gates[matrix].address, home.BotID(), home.RegistrationFile(), h.pages)
	if err := os.WriteFile(h.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for p, all := range names() {
		for _, name := range all {
			h.people[p] = append(h.people[p], person{h.worlds[p].NewPerson(name), name})
		}
	}
	h.rooms = make([]room, rooms)
	return h
}

// freeAddress returns a loopback address that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// link makes the rooms' groups and links them as organisers do; the program must run.
func (h *hall) link() {
	h.t.Helper()
	for i := range h.rooms {
		for p, w := range h.worlds {
			var others []string
			for _, other := range h.people[p][1:] {
				others = append(others, other.id)
			}
			h.rooms[i][p] = w.NewGroup(fmt.Sprintf("Room %d", i+1), h.people[p][0].id, others...)
		}
		h.linkRoom(h.rooms[i])
	}
}

func (h *hall) linkRoom(r room) {
	h.t.Helper()
	code := regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
	for p := range platforms {
		h.until("the bot says hello", 20*time.Second, func() error { return h.said(r, p, regexp.MustCompile(`Hello`), 1) })
	}
	for p := 1; p < platforms; p++ {
		h.command(r, telegram, "/link")
		h.until("the bot gives a code", 20*time.Second, func() error { return h.said(r, telegram, code, p) })
		codes := code.FindAllString(strings.Join(h.bot(r, telegram), "\n"), -1)
		h.command(r, p, "!link "+codes[len(codes)-1])
		h.until("the chats are linked", 20*time.Second, func() error {
			return errors.Join(h.said(r, telegram, regexp.MustCompile(`^Connected`), p), h.said(r, p, regexp.MustCompile(`^Connected`), 1))
		})
	}
	h.command(r, telegram, "/set flood off") // the crowd writes faster than anybody reads
	h.until("nobody is held back", 20*time.Second, func() error { return h.said(r, telegram, regexp.MustCompile(`flood`), 1) })
}

// errNotShown is returned by what waits for something to be shown.
var errNotShown = errors.New("not shown yet")

// command types a command as the organiser of a chat.
func (h *hall) command(r room, p int, words string) {
	h.t.Helper()
	if _, err := h.worlds[p].Say(h.people[p][0].id, r[p], world.Say{Text: chat.Plain(words)}); err != nil {
		h.t.Fatalf("type %q: %v", words, err)
	}
}

// bot returns what the bot has said in a chat that is no copy.
func (h *hall) bot(r room, p int) []string {
	var out []string
	for _, m := range h.worlds[p].Messages(r[p]) {
		if m.FromBot && !m.Service && len(numbersIn(m.Text)) == 0 {
			out = append(out, m.Text.Plain)
		}
	}
	return out
}

// said checks that the bot has said something that matches, so many times.
func (h *hall) said(r room, p int, what *regexp.Regexp, times int) error {
	n := 0
	for _, s := range h.bot(r, p) {
		if what.MatchString(s) {
			n++
		}
	}
	if n < times {
		return fmt.Errorf("in %s the bot has said %q %d times, want %d: %q", r[p], what, n, times, h.bot(r, p))
	}
	return nil
}

// until waits until check returns nil, looking again after every change.
func (h *hall) until(what string, patience time.Duration, check func() error) {
	h.t.Helper()
	changed, stop := h.changes()
	defer stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			h.t.Fatalf("waited %s until %s: %v", patience, what, err)
		}
	}
}

// changes returns a channel that gets a value after each change in any of the messengers.
func (h *hall) changes() (changed <-chan struct{}, stop func()) {
	out, over := make(chan struct{}, 1), make(chan struct{})
	for _, w := range h.worlds {
		in, leave := w.Changes()
		go func() {
			defer leave()
			for {
				select {
				case <-over:
					return
				case <-in:
				}
				select {
				case out <- struct{}{}:
				default:
				}
			}
		}()
	}
	return out, func() { close(over) }
}
