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

// The words of the scenes in which the community looks after itself.
const (
	purposeLine = "We cook together, so that nobody eats alone."
	chiomaBites = "That soup tastes of dishwater, who let Elif near a stove?"
	elifHurt    = "that hurts, and it is not the first time"
	chiomaMore  = "And I am not done yet"
	chiomaSorry = "Sorry, Elif, that was mean of me. Seconds, please!"
	gretaAsks   = "Thank you for telling us. Shall we speak with them?"
	gretaCloses = "said sorry at the table"
)

// purposes lets Ana say what the table is for, which every chat of the community then shows at its top.
func (p *play) purposes(ctx context.Context) error {
	s, ana, err := p.who(chat.Telegram, "Ana")
	if err != nil {
		return err
	}
	if _, err := p.types(s, ana, s.group(kitchen), "purpose "+purposeLine, ""); err != nil {
		return err
	}
	return p.others(ctx, seat{}, func(s seat) error {
		for _, title := range []string{kitchen, backRoom} {
			in := s.group(title)
			pinned := s.world.Pinned(in)
			if !slices.ContainsFunc(s.world.Messages(in), func(m world.Shown) bool {
				return slices.Contains(pinned, m.ID) && strings.Contains(m.Text.Plain, purposeLine)
			}) {
				return fmt.Errorf("%s has no purpose at the top of the %s", nameOf(s.platform), title)
			}
		}
		return nil
	})
}

// card is what the Back rooms show of a report.
type card struct {
	number string                   // of the case
	ids    map[chat.Platform]string // what the card is called on each phone
	choice string                   // the first of its choices
}

// reports lets Elif on Signal report what Chioma on Telegram has said to her: nobody in the Kitchens sees it, and all
// Back rooms do.
func (p *play) reports(ctx context.Context) error {
	if err := p.arrivesFrom(ctx, chat.Telegram, "Chioma", chiomaBites); err != nil {
		return err
	}
	s, elif, err := p.who(chat.Signal, "Elif")
	if err != nil {
		return err
	}
	telegram, chioma, err := p.who(chat.Telegram, "Chioma")
	if err != nil {
		return err
	}
	of, _ := find(s, chiomaBites)
	told, hint := newEar(s, elif.private), newEar(telegram, chioma.private)
	id, err := p.types(s, elif, s.group(kitchen), "report "+elifHurt, of.ID)
	if err != nil {
		return err
	}
	if err := p.others(ctx, seat{}, p.newCard); err != nil {
		return err
	}
	err = p.table.until(ctx, p.table.patience, func() error {
		if m, there := byID(s, s.group(kitchen), id); there && !m.Deleted {
			return errors.New("that Elif has reported something still stands on Signal")
		}
		if !strings.Contains(told.bot(), p.card.number) {
			return errors.New("nobody has told Elif that her report has arrived")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.undisturbed(ctx, s, "Farid", "I like the soup", func() error {
		if heard := hint.bot(); heard != "" {
			return fmt.Errorf("told about the report is Chioma: %q", heard)
		}
		for _, s := range p.seats {
			if strings.Contains(said(s), elifHurt) {
				return fmt.Errorf("%s shows in the Kitchen that Elif has reported something", nameOf(s.platform))
			}
		}
		return nil
	})
}

// newCard looks for the card of Elif's report in a Back room, with its choices and without her name. It remembers it.
func (p *play) newCard(s seat) error {
	m, ok := findIn(s, backRoom, elifHurt)
	where := nameOf(s.platform) + "'s Back room"
	if !ok || !m.FromBot || !strings.Contains(m.Text.Plain, chiomaBites) {
		return fmt.Errorf("%s has no card of the report", where)
	}
	number := regexp.MustCompile(`[0-9]+`).FindString(m.Text.Plain)
	if number == "" {
		return fmt.Errorf("%s has a card without a number", where)
	}
	if strings.Contains(strings.ReplaceAll(m.Text.Plain, chiomaBites, ""), "Elif") {
		return fmt.Errorf("%s shows who has reported", where)
	}
	if s.platform == chat.Telegram {
		if len(m.Choices) == 0 {
			return fmt.Errorf("%s has nothing to choose under the card", where)
		}
		p.card = card{number: number, ids: map[chat.Platform]string{}, choice: m.Choices[0]}
	}
	if s.platform != chat.Telegram && !strings.Contains(m.Text.Plain, p.card.choice) {
		return fmt.Errorf("%s does not say that %q can be chosen", where, p.card.choice)
	}
	p.card.ids[s.platform] = m.ID
	return nil
}

// claims lets Greta on Matrix take the case with the keycap under the card; all see that she has it.
func (p *play) claims(ctx context.Context) error {
	s, greta, err := p.who(chat.Matrix, "Greta")
	if err != nil {
		return err
	}
	if err := s.world.Press(greta.id, s.group(backRoom), p.card.ids[s.platform], 0); err != nil {
		return fmt.Errorf("greta on %s: choose: %w", nameOf(s.platform), err)
	}
	return p.cardShows(ctx, "Greta")
}

// cardShows waits until the same card says something new in all Back rooms.
func (p *play) cardShows(ctx context.Context, words string) error {
	return p.others(ctx, seat{}, func(s seat) error {
		m, ok := byID(s, s.group(backRoom), p.card.ids[s.platform])
		if !ok || !strings.Contains(m.Text.Plain, words) {
			return fmt.Errorf("the card in %s's Back room does not show %q", nameOf(s.platform), short(words))
		}
		return nil
	})
}

// calms lets Dilan on Signal give Chioma on Telegram a time-out, and take it back.
func (p *play) calms(ctx context.Context) error {
	signal, dilan, err := p.who(chat.Signal, "Dilan")
	if err != nil {
		return err
	}
	s, chioma, err := p.who(chat.Telegram, "Chioma")
	if err != nil {
		return err
	}
	in, told := s.group(kitchen), newEar(s, chioma.private)
	before := s.world.Rights(chioma.id, in)
	if _, err := p.types(signal, dilan, signal.group(backRoom), "timeout @chioma 10m for being mean", ""); err != nil {
		return err
	}
	err = p.table.until(ctx, p.table.patience, func() error {
		switch now := s.world.Rights(chioma.id, in); {
		case now.MayWrite || !now.In:
			return fmt.Errorf("with a time-out, Chioma's rights on %s are %+v", nameOf(s.platform), now)
		case told.bot() == "":
			return errors.New("nobody has told Chioma of the time-out")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := s.world.Say(chioma.id, in, world.Say{Text: chat.Plain(chiomaMore)}); err == nil {
		return fmt.Errorf("%s lets Chioma write during the time-out", nameOf(s.platform))
	}
	if _, err := p.types(signal, dilan, signal.group(backRoom), "unmute @chioma", ""); err != nil {
		return err
	}
	err = p.table.until(ctx, p.table.patience, func() error {
		if now := s.world.Rights(chioma.id, in); now != before {
			return fmt.Errorf("after the time-out, Chioma's rights on %s are %+v, before they were %+v", nameOf(s.platform), now, before)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.arrivesFrom(ctx, chat.Telegram, "Chioma", chiomaSorry); err != nil {
		return err
	}
	for _, s := range p.seats {
		if strings.Contains(said(s), chiomaMore) {
			return fmt.Errorf("%s shows what Chioma has written during the time-out", nameOf(s.platform))
		}
	}
	return nil
}

// closes lets Greta ask back, decide and close the case, and Elif hear of it without knowing who else knows.
func (p *play) closes(ctx context.Context) error {
	s, greta, err := p.who(chat.Matrix, "Greta")
	if err != nil {
		return err
	}
	signal, elif, err := p.who(chat.Signal, "Elif")
	if err != nil {
		return err
	}
	for _, d := range []struct{ typed, told string }{
		{"answer " + gretaAsks, gretaAsks}, {"decide acted", ""}, {"close Chioma " + gretaCloses, p.card.number},
	} {
		told := newEar(signal, elif.private)
		if _, err := p.types(s, greta, s.group(backRoom), "case "+p.card.number+" "+d.typed, ""); err != nil {
			return err
		}
		err := p.table.until(ctx, p.table.patience, func() error {
			if heard := told.bot(); d.told != "" && !strings.Contains(heard, d.told) {
				return fmt.Errorf("after %q Elif hears %q, not %q", d.typed, short(heard), d.told)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return p.cardShows(ctx, gretaCloses)
}

// asksForData lets Hugo ask in private what is kept about him; nobody else hears the answer.
func (p *play) asksForData(ctx context.Context) error {
	s, hugo, err := p.who(chat.Matrix, "Hugo")
	if err != nil {
		return err
	}
	heard, others := newEar(s, hugo.private), p.ears(seat{})
	if _, err := p.types(s, hugo, hugo.private, "mydata", ""); err != nil {
		return err
	}
	err = p.table.until(ctx, p.table.patience, func() error {
		for _, want := range []string{"Hugo", "200 C"} {
			if !strings.Contains(heard.bot(), want) {
				return fmt.Errorf("%s does not tell Hugo what is kept about him: there is no %q in it", nameOf(s.platform), want)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.undisturbed(ctx, s, "Hugo", "Good, nothing there that I would mind", func() error {
		for _, e := range others {
			if strings.Contains(e.bot(), "200 C") {
				return fmt.Errorf("%s shows in the Kitchen what Hugo has asked in private", nameOf(e.seat.platform))
			}
		}
		return nil
	})
}

// types lets somebody type a command, as an answer to a message if there is one, and returns what it is called.
func (p *play) types(s seat, who person, in, words, replyTo string) (string, error) {
	id, err := s.world.Say(who.id, in, world.Say{Text: chat.Plain(s.command(words)), ReplyTo: replyTo})
	if err != nil {
		return "", fmt.Errorf("%s on %s: type %q: %w", who.name, nameOf(s.platform), short(words), err)
	}
	return id, nil
}

// arrivesFrom lets somebody speak in the Kitchen and waits until all others show it.
func (p *play) arrivesFrom(ctx context.Context, platform chat.Platform, name, text string) error {
	l, err := p.say(platform, name, text, world.Say{})
	if err != nil {
		return err
	}
	return p.arrives(ctx, l, nil)
}
