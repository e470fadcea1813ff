package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// play is the scenario while it is played.
type play struct {
	table  *Table
	seats  []seat
	out    *transcript
	copied int      // messages seen on phones that are not their author's
	words  []string // of what has arrived
	card   card     // of the report
}

// step is one thing that happens at the table and what every phone must show of it.
type step struct {
	title string
	play  func(*play, context.Context) error
}

// steps is the scenario in its order.
func steps() []step {
	return []step{
		{"The hosts link the three Kitchens, and a Back room for themselves", (*play).link},
		{"They greet, and Ana makes the other two moderators", (*play).lay},
		{"Everybody says something, in style", (*play).styles},
		{"Elif on Signal answers Ben on Telegram", (*play).answers},
		{"Ben mends a mistake", (*play).edits},
		{"Hugo and Farid react", (*play).reacts},
		{"They take it back", (*play).unreacts},
		{"Inés regrets a message", (*play).deletes},
		{"Farid sends a picture, Hugo a sound", (*play).files},
		{"Greta has a long recipe", (*play).long},
		{"Right to left, families and flags", (*play).scripts},
		{"Ana says what the table is for", (*play).purposes},
		{"Noor comes to Matrix, is welcomed and leaves again", (*play).visits},
		{"Thirty messages at once, from three sides", (*play).burst},
		{"Commands in the wrong place", (*play).misplaced},
		{"A wrong code links nothing", (*play).miscoded},
		{"Elif reports a message of Chioma's", (*play).reports},
		{"Greta takes the case", (*play).claims},
		{"Dilan gives Chioma a time-out, and takes it back", (*play).calms},
		{"Greta closes the case, and Elif hears of it", (*play).closes},
		{"Hugo asks what is kept about him", (*play).asksForData},
	}
}

// Script plays the scenario and writes to out what every phone shows of each step. It seats the people and
// links the Kitchens if that has not been done. The error names the first thing that did not arrive as it
// should, within the table's patience; what out takes no more of is an error as well.
func (t *Table) Script(ctx context.Context, out io.Writer) error {
	if err := t.Seat(); err != nil && !errors.Is(err, ErrSeated) {
		return fmt.Errorf("seat the people: %w", err)
	}
	p := &play{table: t, seats: t.all(), out: &transcript{to: out}}
	for _, platform := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
		if _, ok := t.seatOf(platform); !ok {
			return fmt.Errorf("play: nobody sits at %s", nameOf(platform))
		}
	}
	began := time.Now()
	p.out.line("%s: %s", Community, p.guests())
	for i, s := range steps() {
		before, at := p.look(), time.Now()
		err := s.play(p, ctx)
		p.seats = t.all()
		p.out.step(i+1, s.title, time.Since(at), p.seats, before, p.look())
		if err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, s.title, err)
		}
	}
	if err := p.once(); err != nil {
		return err
	}
	p.out.line("\nAll %d steps arrived as expected: %d copies on other phones, in %s.", len(steps()), p.copied, time.Since(began).Round(time.Millisecond))
	return p.out.err
}

func (p *play) guests() string {
	var parts []string
	for _, s := range p.seats {
		var names []string
		for _, who := range s.people {
			names = append(names, who.name)
		}
		parts = append(parts, strings.Join(names, ", ")+" on "+nameOf(s.platform))
	}
	return strings.Join(parts, "; ") + "."
}

// line is something that somebody has said in the Kitchen, known by its words.
type line struct {
	seat  seat
	who   person
	words string // in no other message
	id    string
}

// say lets somebody speak in the Kitchen; text is what he would type on the page.
func (p *play) say(platform chat.Platform, name, text string, more world.Say) (line, error) {
	s, who, err := p.who(platform, name)
	if err != nil {
		return line{}, err
	}
	more.Text = parse(text)
	id, err := s.world.Say(who.id, s.group(kitchen), more)
	if err != nil {
		return line{}, fmt.Errorf("%s on %s: say: %w", name, nameOf(platform), err)
	}
	return line{seat: s, who: who, words: more.Text.Plain, id: id}, nil
}

func (p *play) who(platform chat.Platform, name string) (seat, person, error) {
	s, ok := p.table.seatOf(platform)
	who, found := s.byName(name)
	if !ok || !found {
		return seat{}, person{}, fmt.Errorf("there is no %s on %s", name, nameOf(platform))
	}
	return s, who, nil
}

// arrives waits until every other phone shows a line as its author's, and as check wants it.
func (p *play) arrives(ctx context.Context, l line, check func(seat, world.Shown) error) error {
	err := p.others(ctx, l.seat, func(s seat) error {
		m, ok := find(s, l.words)
		if !ok {
			return fmt.Errorf("%s does not show %q of %s", nameOf(s.platform), short(l.words), l.who.name)
		}
		if !m.FromBot || (!strings.Contains(m.Name, l.who.name) && !strings.Contains(m.Text.Plain, l.who.name)) {
			return fmt.Errorf("%s shows %q as if it were not of %s", nameOf(s.platform), short(l.words), l.who.name)
		}
		if check == nil {
			return nil
		}
		return check(s, m)
	})
	if err == nil {
		p.copied += len(p.seats) - 1
		p.words = append(p.words, l.words)
	}
	return err
}

// once returns an error if a phone shows something twice.
func (p *play) once() error {
	for _, s := range p.seats {
		all := said(s)
		for _, words := range p.words {
			if n := strings.Count(all, words); n > 1 {
				return fmt.Errorf("%s shows %q %d times", nameOf(s.platform), short(words), n)
			}
		}
	}
	return nil
}

// others waits until check is content with every phone but one.
func (p *play) others(ctx context.Context, but seat, check func(seat) error) error {
	return p.table.until(ctx, p.table.patience, func() error {
		for _, s := range p.table.all() {
			if s.platform == but.platform {
				continue
			}
			if err := check(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// find returns the newest message in a Kitchen with these words in it, findIn one in any group.
func find(s seat, words string) (world.Shown, bool) { return findIn(s, kitchen, words) }

func findIn(s seat, title, words string) (world.Shown, bool) {
	all := s.world.Messages(s.group(title))
	for _, m := range slices.Backward(all) {
		if !m.Service && !m.Deleted && strings.Contains(m.Text.Plain, words) {
			return m, true
		}
	}
	return world.Shown{}, false
}

// byID returns a message of a group as it is now.
func byID(s seat, group, id string) (world.Shown, bool) {
	for _, m := range s.world.Messages(group) {
		if m.ID == id {
			return m, true
		}
	}
	return world.Shown{}, false
}

// ids returns what a line is called on every phone.
func (p *play) ids(l line) (map[chat.Platform]string, error) {
	out := map[chat.Platform]string{}
	for _, s := range p.seats {
		m, ok := find(s, l.words)
		if !ok {
			return nil, fmt.Errorf("%s does not show %q of %s", nameOf(s.platform), short(l.words), l.who.name)
		}
		out[s.platform] = m.ID
	}
	return out, nil
}

// isStyled returns an error unless a word stands in a style.
func isStyled(s seat, t chat.Text, word string, style chat.Style) error {
	at := strings.Index(t.Plain, word)
	if at < 0 {
		return fmt.Errorf("%s does not show %q", nameOf(s.platform), word)
	}
	start := chat.Units(t.Plain[:at])
	end := start + chat.Units(word)
	for _, span := range t.Normal().Spans {
		if span.Style == style && span.Start <= start && end <= span.End {
			return nil
		}
	}
	return fmt.Errorf("%s does not show %q as %s", nameOf(s.platform), word, style)
}

// plainEmoji drops the variation selector, which some platforms want and others refuse.
func plainEmoji(s string) string { return strings.ReplaceAll(s, "\uFE0F", "") }

// thumbs returns how many give a 👍 to a message.
func thumbs(m world.Shown) int {
	n := 0
	for e, names := range m.Reactions {
		if plainEmoji(e) == "👍" {
			n += len(names)
		}
	}
	return n
}

// short cuts what an error quotes.
func short(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
