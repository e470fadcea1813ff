package demo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

var (
	errSilent = errors.New("the bot has not answered")
	errNoCode = errors.New("the bot's answer has no code in it")
	errNobody = errors.New("nobody sits at the table yet")
)

// Link lays the table: it joins the Kitchens of all messengers, and the Back rooms as the moderators' room, by doing
// what their hosts do: one types /link, reads the code in the bot's answer, the others type /link with it. Then each
// host greets in the Kitchen, and the first makes the others moderators. It needs Seat before; a second call does
// nothing.
func (t *Table) Link(ctx context.Context) error {
	if err := t.linkRooms(ctx); err != nil {
		return err
	}
	return t.lay(ctx)
}

// linkRooms joins the Kitchens and the Back rooms, once.
func (t *Table) linkRooms(ctx context.Context) error {
	t.mu.Lock()
	done := t.linked
	t.mu.Unlock()
	if done {
		return nil
	}
	seats := t.all()
	if len(seats) == 0 {
		return fmt.Errorf("link the kitchens: %w", errNobody)
	}
	if err := t.linkRoom(ctx, seats, kitchen); err != nil {
		return fmt.Errorf("link the kitchens: %w", err)
	}
	if err := t.openBackRoom(ctx, seats); err != nil {
		return fmt.Errorf("open the back room: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.linked = true
	return nil
}

// lay lets the hosts greet and gives them their roles, once. Who has not spoken yet cannot be made a moderator.
func (t *Table) lay(ctx context.Context) error {
	t.mu.Lock()
	done := t.laid
	t.mu.Unlock()
	if done {
		return nil
	}
	seats := t.all()
	if err := t.greet(ctx, seats); err != nil {
		return fmt.Errorf("greet in the kitchens: %w", err)
	}
	if err := t.appoint(ctx, seats); err != nil {
		return fmt.Errorf("appoint the moderators: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.laid = true
	return nil
}

// linkRoom joins the groups with one title: for each further messenger one code, for a code is good once.
func (t *Table) linkRoom(ctx context.Context, seats []seat, title string) error {
	first := seats[0]
	for _, s := range seats[1:] {
		code, err := t.code(ctx, first, title, "link")
		if err != nil {
			return err
		}
		told := newEar(first, first.group(title))
		answer, err := t.ask(ctx, s, title, "link "+code, nil)
		if err != nil {
			return fmt.Errorf("give the code on %s: %w", nameOf(s.platform), err)
		}
		err = t.until(ctx, t.patience, func() error {
			if told.bot() == "" {
				return fmt.Errorf("%s is not told that %s has joined, where the answer was %q", nameOf(first.platform), nameOf(s.platform), answer)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openBackRoom makes the first messenger's Back room a room of the Kitchens' community, joins the others to it and
// says that it is the moderators'.
func (t *Table) openBackRoom(ctx context.Context, seats []seat) error {
	first := seats[0]
	code, err := t.code(ctx, first, kitchen, "link new")
	if err != nil {
		return err
	}
	if _, err := t.ask(ctx, first, backRoom, "link "+code, nil); err != nil {
		return fmt.Errorf("give the code on %s: %w", nameOf(first.platform), err)
	}
	if err := t.linkRoom(ctx, seats, backRoom); err != nil {
		return err
	}
	if _, err := t.ask(ctx, first, backRoom, "room moderators on", nil); err != nil {
		return fmt.Errorf("say whose room it is: %w", err)
	}
	return nil
}

// code asks for a link code in one of the first messenger's groups.
func (t *Table) code(ctx context.Context, s seat, title, words string) (string, error) {
	code := ""
	answer, err := t.ask(ctx, s, title, words, func(answer string) error {
		code = codeIn(answer)
		if code == "" {
			return errNoCode
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("ask for a code on %s (%q): %w", nameOf(s.platform), answer, err)
	}
	return code, nil
}

// codeIn returns the first link code in what the bot says, such as K7QM-2XPA.
func codeIn(s string) string {
	return regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`).FindString(s)
}

// ask types a command as the host and returns what the bot answers, there or in private. enough, if given, says
// whether an answer is the awaited one.
func (t *Table) ask(ctx context.Context, s seat, title, words string, enough func(answer string) error) (string, error) {
	who := s.host()
	heard := newEar(s, s.group(title), who.private)
	if _, err := s.world.Say(who.id, s.group(title), world.Say{Text: chat.Plain(s.command(words))}); err != nil {
		return "", fmt.Errorf("type the command: %w", err)
	}
	answer := ""
	err := t.until(ctx, t.patience, func() error {
		answer = heard.bot()
		if answer == "" {
			return errSilent
		}
		if enough == nil {
			return nil
		}
		return enough(answer)
	})
	return answer, err
}

// greet lets every host say one line and waits until all see all.
func (t *Table) greet(ctx context.Context, seats []seat) error {
	lines := []string{"The table is laid. Who brings what?", "Bread from our side, still warm.", "And we bring the big pot."}
	for i, s := range seats {
		line := lines[i%len(lines)]
		who := s.host()
		if _, err := s.world.Say(who.id, s.group(kitchen), world.Say{Text: chat.Plain(line)}); err != nil {
			return fmt.Errorf("greet on %s: %w", nameOf(s.platform), err)
		}
		err := t.until(ctx, t.patience, func() error {
			for _, other := range seats {
				if other.platform != s.platform && !shows(other, kitchen, line) {
					return fmt.Errorf("%s does not show what %s said on %s", nameOf(other.platform), who.name, nameOf(s.platform))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// appoint makes the further hosts moderators. With that the first one is an organiser of the community's own.
func (t *Table) appoint(ctx context.Context, seats []seat) error {
	for _, s := range seats[1:] {
		name, role := s.host().name, s.host().role
		answer, err := t.ask(ctx, seats[0], backRoom, "role @"+strings.ToLower(name)+" "+role, func(answer string) error {
			if !strings.Contains(answer, name) {
				return fmt.Errorf("the bot does not say that %s is %s now", name, role)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s (%q): %w", name, answer, err)
		}
	}
	return nil
}

// shows tells whether a group has a message of the bot or a ghost with that text in it.
func shows(s seat, title, text string) bool {
	return countShown(s, title, text) > 0
}

func countShown(s seat, title, text string) int {
	n := 0
	for _, m := range s.world.Messages(s.group(title)) {
		if m.FromBot && !m.Deleted && strings.Contains(m.Text.Plain, text) {
			n++
		}
	}
	return n
}

// ear hears what the bot says in some chats from now on.
type ear struct {
	seat  seat
	chats []string
	known map[string][]string // chat → ids of its messages before
}

func newEar(s seat, chats ...string) ear {
	e := ear{seat: s, known: map[string][]string{}}
	for _, c := range chats {
		if c == "" {
			continue
		}
		e.chats = append(e.chats, c)
		for _, m := range s.world.Messages(c) {
			e.known[c] = append(e.known[c], m.ID)
		}
	}
	return e
}

// bot returns all that the bot has said since, one message per line.
func (e ear) bot() string {
	var lines []string
	for _, c := range e.chats {
		for _, m := range e.seat.world.Messages(c) {
			if m.FromBot && !m.Service && !m.Deleted && !slices.Contains(e.known[c], m.ID) {
				lines = append(lines, m.Text.Plain)
			}
		}
	}
	return strings.Join(lines, "\n")
}
