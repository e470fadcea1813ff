package chaostest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
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

func nameOf(p int) string { return [platforms]string{"telegram", "signal", "matrix"}[p] }

// patience is how long people wait for an answer of the bot.
const patience = 30 * time.Second

// hall is the messengers, each behind a gate, with people in rooms of three chats.
type hall struct {
	t      *testing.T
	bots   *telegramtest.Server
	daemon *signaltest.Server
	home   *matrixtest.Server
	worlds [platforms]world.World
	gates  [platforms]*gate
	people [platforms][]person
	rooms  []*room
	data   string
	config string // the path of the file
	stir   chan struct{}
	close  func()
}

type person struct{ id, name string }

// room is three linked chats, as they are called now.
type room struct {
	number int
	chats  [platforms]string
	logs   [platforms]*chatLog
	basic  bool // its chat on Telegram is a group that can become a supergroup
}

// names are those of the people, by messenger; the first of each organises.
func names() [platforms][]string {
	return [platforms][]string{
		{"Ana", "Ben", "Chioma", "Dov"}, {"Elif", "Farid", "Greta", "Hugo"}, {"Inés", "Jun", "Kofi", "Liv"},
	}
}

// newHall opens the messengers and writes the config.
func newHall(t *testing.T) *hall {
	t.Helper()
	home, err := matrixtest.New(matrixtest.Options{AppService: true})
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{
		t: t, home: home, bots: telegramtest.New(telegramtest.Options{}), daemon: signaltest.New(signaltest.Options{Network: "tcp"}),
		stir: make(chan struct{}, 1),
	}
	h.worlds = [platforms]world.World{h.bots, h.daemon, home.World()}
	h.gates = [platforms]*gate{
		newGate(t, strings.TrimPrefix(h.bots.URL(), "http://")),
		newGate(t, strings.TrimPrefix(h.daemon.Address(), "tcp://")),
		newGate(t, strings.TrimPrefix(home.URL(), "http://")),
	}
	stop := h.watch()
	h.close = sync.OnceFunc(func() {
		for _, g := range h.gates {
			g.close()
		}
		stop()
		h.bots.Close()
		h.daemon.Close()
		home.World().Close()
		home.Close()
	})
	t.Cleanup(h.close)
	h.writeConfig()
	for p, all := range names() {
		for _, name := range all {
			h.people[p] = append(h.people[p], person{h.worlds[p].NewPerson(name), name})
		}
	}
	return h
}

// statePath is where the program keeps its state.
func (h *hall) statePath() string { return filepath.Join(h.data, "state.db") }

func (h *hall) writeConfig() {
	h.t.Helper()
	dir := h.t.TempDir()
	h.data, h.config = filepath.Join(dir, "data"), filepath.Join(dir, "potluck.toml")
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
`, h.data, h.bots.Token(), h.gates[telegram].address(), h.daemon.Account(), h.gates[signal].address(), h.daemon.AttachmentsDir(),
		h.gates[matrix].address(), h.home.BotID(), h.home.RegistrationFile())
	if err := os.WriteFile(h.config, []byte(config), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// newRoom makes three groups. Every third room's on Telegram is a basic group, which will become a supergroup.
func (h *hall) newRoom(i int) *room {
	r := &room{number: i, basic: i%3 == 0}
	for p, w := range h.worlds {
		var others []string
		for _, other := range h.people[p][1:] {
			others = append(others, other.id)
		}
		title := fmt.Sprintf("Room %d", i+1)
		if p == telegram && r.basic {
			r.chats[p] = h.bots.NewBasicGroup(title, h.people[p][0].id, others...)
		} else {
			r.chats[p] = w.NewGroup(title, h.people[p][0].id, others...)
		}
		r.logs[p] = newChatLog(w, r.chats[p])
	}
	return r
}

// link makes rooms and links them as organisers do; the program must run.
func (h *hall) link(rooms int) {
	h.t.Helper()
	h.until("the program looks at Matrix", func() error {
		if h.home.Syncs(h.home.BotID()) == 0 {
			return errors.New("it has not asked for anything")
		}
		return nil
	})
	for i := range rooms {
		h.rooms = append(h.rooms, h.newRoom(i))
	}
	for _, r := range h.rooms {
		code := regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
		for p := range platforms {
			h.until("the bot says hello", func() error { return h.said(r, p, regexp.MustCompile(`Hello`), 1) })
		}
		for p := 1; p < platforms; p++ {
			h.command(r, telegram, 0, "/link", "")
			h.until("the bot gives a code", func() error { return h.said(r, telegram, code, p) })
			codes := code.FindAllString(strings.Join(h.bot(r, telegram), "\n"), -1)
			h.command(r, p, 0, "!link "+codes[len(codes)-1], "")
			h.until("the chats are linked", func() error {
				connected := regexp.MustCompile(`^Connected`)
				return errors.Join(h.said(r, telegram, connected, p), h.said(r, p, connected, 1))
			})
		}
		h.command(r, telegram, 0, "/set flood off", "") // the crowd writes faster than anybody reads
		h.until("nobody is held back", func() error { return h.said(r, telegram, regexp.MustCompile(`flood`), 1) })
	}
}

// command types a command as somebody, maybe as an answer.
func (h *hall) command(r *room, p, who int, words, to string) {
	h.t.Helper()
	if _, err := h.worlds[p].Say(h.people[p][who].id, r.chats[p], world.Say{Text: chat.Plain(words), ReplyTo: to}); err != nil {
		h.t.Fatalf("type %q on %s: %v", words, nameOf(p), err)
	}
}

// bot returns what the bot has said in a chat that is no copy.
func (h *hall) bot(r *room, p int) []string {
	var out []string
	for _, m := range h.worlds[p].Messages(r.chats[p]) {
		if m.FromBot && !m.Service && len(numbersIn(m.Text)) == 0 {
			out = append(out, m.Text.Plain)
		}
	}
	return out
}

// said checks that the bot has said something that matches, so many times.
func (h *hall) said(r *room, p int, what *regexp.Regexp, times int) error {
	n := 0
	for _, s := range h.bot(r, p) {
		if what.MatchString(s) {
			n++
		}
	}
	if n < times {
		return fmt.Errorf("on %s the bot has said %q %d times, want %d: %q", nameOf(p), what, n, times, h.bot(r, p))
	}
	return nil
}

// until looks again after every change, and now and then, until check is content.
func (h *hall) until(what string, check func() error) {
	h.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		again := time.NewTimer(50 * time.Millisecond)
		select {
		case <-h.stir:
		case <-again.C:
		case <-late.C:
			h.t.Fatalf("waited %s until %s: %v", patience, what, err)
		}
		again.Stop()
	}
}

// watch lets stir get a value after each change of what people see; stop ends that and waits.
func (h *hall) watch() (stop func()) {
	over := make(chan struct{})
	var watching sync.WaitGroup
	for _, w := range h.worlds {
		changed, leave := w.Changes()
		watching.Go(func() {
			defer leave()
			for {
				select {
				case <-over:
					return
				case <-changed:
				}
				select {
				case h.stir <- struct{}{}:
				default:
				}
			}
		})
	}
	return func() { close(over); watching.Wait() }
}
