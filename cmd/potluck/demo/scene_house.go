package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// recipeLines is enough for several messages where the limit is 4096.
const recipeLines = 64

func (p *play) long(ctx context.Context) error {
	var recipe []string
	for n := range recipeLines {
		recipe = append(recipe, fmt.Sprintf("Step %02d: stir, taste, wait for a song, and tell the story of who taught you this; then go on.", n+1))
	}
	l, err := p.say(chat.Matrix, "Greta", strings.Join(recipe, "\n"), world.Say{})
	if err != nil {
		return err
	}
	err = p.others(ctx, l.seat, func(s seat) error {
		if n, ok := inOrder(said(s), recipe); !ok {
			return fmt.Errorf("%s does not show line %d of the long recipe once and in its place", nameOf(s.platform), n+1)
		}
		return nil
	})
	if err == nil {
		p.copied += len(p.seats) - 1
	}
	return err
}

// said returns all that a Kitchen shows, one text after another.
func said(s seat) string {
	var all []string
	for _, m := range s.world.Messages(s.group(kitchen)) {
		if !m.Deleted && !m.Service {
			all = append(all, m.Text.Plain)
		}
	}
	return strings.Join(all, "\n")
}

// inOrder tells whether each of the words is there once and behind the one before; else which is not.
func inOrder(all string, words []string) (wrong int, ok bool) {
	from := 0
	for i, w := range words {
		at := strings.Index(all[from:], w)
		if at < 0 || strings.Count(all, w) != 1 {
			return i, false
		}
		from += at + len(w)
	}
	return 0, true
}

func (p *play) scripts(ctx context.Context) error {
	for _, d := range []struct {
		platform   chat.Platform
		name, text string
	}{
		{chat.Telegram, "Chioma", "Nnọọ! 👩‍👩‍👧‍👦 🏳️‍🌈 🇳🇬 👍🏿"},
		{chat.Signal, "Farid", "سلام دوستان، نان تازه می\u200cآورم 🍞 (2 kg)"},
		{chat.Matrix, "Inés", "שבת שלום, mañana traigo crème brûlée e\u0301 🧑‍🍳"},
	} {
		l, err := p.say(d.platform, d.name, d.text, world.Say{})
		if err != nil {
			return err
		}
		if err := p.arrives(ctx, l, nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) visits(ctx context.Context) error {
	noor, err := p.table.add(chat.Matrix, "Noor")
	if err != nil {
		return err
	}
	s, _ := p.table.seatOf(chat.Matrix)
	told := p.ears(s)
	if err := s.world.Join(noor.id, s.group(kitchen)); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if err := p.hear(ctx, told, "Noor", "comes"); err != nil {
		return err
	}
	if err := p.welcomed(ctx, s, noor); err != nil {
		return err
	}
	if err := p.arrivesFrom(ctx, chat.Matrix, "Noor", "Hello all, may I sit here for a while?"); err != nil {
		return err
	}
	told = p.ears(s)
	if err := s.world.Leave(noor.id, s.group(kitchen)); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	if err := p.hear(ctx, told, "Noor", "leaves"); err != nil {
		return err
	}
	if slices.Contains(s.world.Members(s.group(kitchen)), noor.id) {
		return fmt.Errorf("%s has Noor in the Kitchen after she left", nameOf(s.platform))
	}
	return nil
}

// welcomed waits until the bot has told a newcomer in private what the table is for. It writes to nobody first at night,
// so she asks for it.
func (p *play) welcomed(ctx context.Context, s seat, who person) error {
	if _, err := p.types(s, who, who.private, "welcome next", ""); err != nil {
		return err
	}
	return p.table.until(ctx, p.table.patience, func() error {
		for _, m := range s.world.Messages(who.private) {
			if m.FromBot && strings.Contains(m.Text.Plain, who.name) && strings.Contains(m.Text.Plain, purposeLine) {
				return nil
			}
		}
		return fmt.Errorf("%s does not welcome %s in private", nameOf(s.platform), who.name)
	})
}

// ears listen to the bot in the Kitchens of all but one.
func (p *play) ears(but seat) []ear {
	var out []ear
	for _, s := range p.seats {
		if s.platform != but.platform {
			out = append(out, newEar(s, s.group(kitchen)))
		}
	}
	return out
}

// hear waits until all ears have heard a word.
func (p *play) hear(ctx context.Context, ears []ear, word, why string) error {
	return p.table.until(ctx, p.table.patience, func() error {
		for _, e := range ears {
			if !strings.Contains(e.bot(), word) {
				return fmt.Errorf("%s does not tell that %s %s", nameOf(e.seat.platform), word, why)
			}
		}
		return nil
	})
}

// spoons is how many messages each of six sends in the burst: the house takes more than ten within a minute for a
// flood.
const spoons = 5

// eaters are who sends them.
func eaters() map[chat.Platform][]string {
	return map[chat.Platform][]string{
		chat.Telegram: {"Ben", "Chioma"}, chat.Signal: {"Elif", "Farid"}, chat.Matrix: {"Hugo", "Inés"},
	}
}

func (p *play) burst(ctx context.Context) error {
	errs := make([]error, len(p.seats))
	var talking sync.WaitGroup
	for i, s := range p.seats {
		talking.Go(func() { errs[i] = p.spoonsFrom(s) })
	}
	talking.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	// Platforms let a bot post about one message a second in a chat, so a burst may take its time.
	err := p.table.until(ctx, 4*p.table.patience, func() error {
		for _, s := range p.seats {
			for _, name := range slices.Concat(slices.Collect(maps.Values(eaters()))...) {
				if n, ok := inOrder(said(s), spoonsOf(name)); !ok {
					return fmt.Errorf("%s does not show message %d of %s's once and in its place", nameOf(s.platform), n+1, name)
				}
			}
		}
		return nil
	})
	if err == nil {
		p.copied += 2 * spoons * len(p.seats) * (len(p.seats) - 1)
	}
	return err
}

// spoonsFrom lets the eaters of a messenger speak in turn.
func (p *play) spoonsFrom(s seat) error {
	for n := range spoons {
		for _, name := range eaters()[s.platform] {
			if _, err := p.say(s.platform, name, spoonsOf(name)[n], world.Say{}); err != nil {
				return err
			}
		}
	}
	return nil
}

func spoonsOf(name string) []string {
	var out []string
	for n := range spoons {
		out = append(out, fmt.Sprintf("%s puts spoon %02d on the table", name, n+1))
	}
	return out
}

func (p *play) misplaced(ctx context.Context) error {
	telegram, ben, err := p.who(chat.Telegram, "Ben")
	if err != nil {
		return err
	}
	quiet := p.ears(telegram)
	if err := p.answered(ctx, telegram, ben, telegram.group(kitchen), "link"); err != nil {
		return fmt.Errorf("ben may not link: %w", err)
	}
	signal, dilan, err := p.who(chat.Signal, "Dilan")
	if err != nil {
		return err
	}
	if err := p.answered(ctx, signal, dilan, dilan.private, "link"); err != nil {
		return fmt.Errorf("dilan links in private: %w", err)
	}
	return p.undisturbed(ctx, telegram, "Chioma", "Never mind the bot, who has the big spoon?", func() error {
		for _, e := range quiet {
			if strings.Contains(e.bot(), "link") {
				return fmt.Errorf("%s shows a command that was typed on another phone", nameOf(e.seat.platform))
			}
		}
		return nil
	})
}

// answered types a command and waits until the bot answers, there or in private.
func (p *play) answered(ctx context.Context, s seat, who person, chatID, words string) error {
	heard := newEar(s, chatID)
	if who.private != chatID {
		heard = newEar(s, chatID, who.private)
	}
	if _, err := s.world.Say(who.id, chatID, world.Say{Text: chat.Plain(s.command(words))}); err != nil {
		return fmt.Errorf("type the command: %w", err)
	}
	return p.table.until(ctx, p.table.patience, func() error {
		answer := heard.bot()
		if answer == "" {
			return fmt.Errorf("%s: %w", nameOf(s.platform), errSilent)
		}
		if code := codeIn(answer); code != "" && strings.TrimSpace(words) == "link" {
			return fmt.Errorf("%s gives a code where it should not", nameOf(s.platform))
		}
		return nil
	})
}

// undisturbed lets somebody speak and, when that has arrived everywhere, looks that what must not happen has
// not: what was typed before has been through the house by then.
func (p *play) undisturbed(ctx context.Context, s seat, name, text string, look func() error) error {
	l, err := p.say(s.platform, name, text, world.Say{})
	if err != nil {
		return err
	}
	if err := p.arrives(ctx, l, nil); err != nil {
		return err
	}
	return look()
}

func (p *play) miscoded(ctx context.Context) error {
	s, dilan, err := p.who(chat.Signal, "Dilan")
	if err != nil {
		return err
	}
	if err := p.answered(ctx, s, dilan, s.group(garden), "link ZZZZ-ZZZZ"); err != nil {
		return fmt.Errorf("dilan gives a wrong code: %w", err)
	}
	const alone = "Nobody hears me among the beans"
	if _, err := s.world.Say(dilan.id, s.group(garden), world.Say{Text: chat.Plain(alone)}); err != nil {
		return fmt.Errorf("speak in the garden: %w", err)
	}
	return p.undisturbed(ctx, s, "Dilan", "The garden is still on its own; dinner is here", func() error {
		for _, other := range p.seats {
			for _, title := range []string{kitchen, garden} {
				if shows(other, title, alone) {
					return fmt.Errorf("%s shows in the %s what was said in a Garden that is not linked", nameOf(other.platform), title)
				}
			}
		}
		return nil
	})
}
