package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// The lines that later steps come back to.
const (
	benBrings  = "I bring lentils and bread tomorow"
	benMended  = "I bring lentils and bread tomorrow"
	elifPraise = "Then I make the soup, Ben!"
	inesSecret = "It is a surprise party for Ana"
)

func (p *play) link(ctx context.Context) error { return p.table.linkRooms(ctx) }

func (p *play) lay(ctx context.Context) error { return p.table.lay(ctx) }

func (p *play) styles(ctx context.Context) error {
	type styled struct {
		word  string
		style chat.Style
	}
	for _, d := range []struct {
		platform    chat.Platform
		name, typed string
		styled      []styled
	}{
		{chat.Telegram, "Ben", "I bring *lentils* and _bread_ tomorow", []styled{{"lentils", chat.Bold}, {"bread", chat.Italic}}},
		{chat.Signal, "Elif", "The salt is ||behind the jar||, ~not in it~", []styled{{"behind the jar", chat.Spoiler}, {"not in it", chat.Strike}}},
		{chat.Matrix, "Hugo", "Set the oven to `200 C` and *do _not_ open it*", []styled{{"200 C", chat.Code}, {"not", chat.Italic}, {"open it", chat.Bold}}},
	} {
		l, err := p.say(d.platform, d.name, d.typed, world.Say{})
		if err != nil {
			return err
		}
		err = p.arrives(ctx, l, func(s seat, m world.Shown) error {
			for _, want := range d.styled {
				if err := isStyled(s, m.Text, want.word, want.style); err != nil {
					return err
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

func (p *play) answers(ctx context.Context) error {
	s, _, err := p.who(chat.Signal, "Elif")
	if err != nil {
		return err
	}
	of, _ := find(s, benBrings)
	l, err := p.say(chat.Signal, "Elif", elifPraise, world.Say{ReplyTo: of.ID})
	if err != nil {
		return err
	}
	return p.arrives(ctx, l, func(s seat, m world.Shown) error {
		if of, ok := find(s, benBrings); !ok || m.ReplyTo != of.ID {
			return fmt.Errorf("%s does not show what Elif answers to", nameOf(s.platform))
		}
		return nil
	})
}

func (p *play) edits(ctx context.Context) error {
	s, ben, err := p.who(chat.Telegram, "Ben")
	if err != nil {
		return err
	}
	l := line{seat: s, who: ben, words: benBrings}
	ids, err := p.ids(l)
	if err != nil {
		return err
	}
	if err := s.world.Edit(ben.id, s.group(kitchen), ids[s.platform], parse("I bring *lentils* and _bread_ tomorrow")); err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	l.words = benMended
	return p.arrives(ctx, l, func(s seat, m world.Shown) error {
		if m.ID != ids[s.platform] {
			return fmt.Errorf("%s shows the edit as another message", nameOf(s.platform))
		}
		if !m.Edited {
			return fmt.Errorf("%s does not mark the message as edited", nameOf(s.platform))
		}
		if _, still := find(s, benBrings); still {
			return fmt.Errorf("%s shows the old text as well", nameOf(s.platform))
		}
		return isStyled(s, m.Text, "lentils", chat.Bold)
	})
}

// fans are who reacts to Ben, and where.
func fans() map[chat.Platform]string {
	return map[chat.Platform]string{chat.Matrix: "Hugo", chat.Signal: "Farid"}
}

func (p *play) react(on bool) error {
	for _, s := range p.seats {
		name, ok := fans()[s.platform]
		if !ok {
			continue
		}
		fan, _ := s.byName(name)
		m, ok := find(s, benMended)
		if !ok {
			return fmt.Errorf("%s does not show %q", nameOf(s.platform), benMended)
		}
		if err := s.world.React(fan.id, s.group(kitchen), m.ID, "👍", on); err != nil {
			return fmt.Errorf("%s on %s: react: %w", name, nameOf(s.platform), err)
		}
	}
	return nil
}

func (p *play) reacts(ctx context.Context) error {
	if err := p.react(true); err != nil {
		return err
	}
	// Where the bot has one reaction for all, it shows as one; on the fans' own phones theirs come to it.
	return p.others(ctx, seat{}, func(s seat) error {
		want := 1
		if fans()[s.platform] != "" {
			want = 2
		}
		if m, _ := find(s, benMended); thumbs(m) < want {
			return fmt.Errorf("%s shows %d 👍 on Ben's message, not %d", nameOf(s.platform), thumbs(m), want)
		}
		return nil
	})
}

func (p *play) unreacts(ctx context.Context) error {
	if err := p.react(false); err != nil {
		return err
	}
	return p.others(ctx, seat{}, func(s seat) error {
		if m, _ := find(s, benMended); thumbs(m) > 0 {
			return fmt.Errorf("%s still shows %d 👍 on Ben's message", nameOf(s.platform), thumbs(m))
		}
		return nil
	})
}

func (p *play) deletes(ctx context.Context) error {
	l, err := p.say(chat.Matrix, "Inés", inesSecret, world.Say{})
	if err != nil {
		return err
	}
	if err := p.arrives(ctx, l, nil); err != nil {
		return err
	}
	ids, err := p.ids(l)
	if err != nil {
		return err
	}
	if err := l.seat.world.Delete(l.who.id, l.seat.group(kitchen), l.id); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return p.others(ctx, seat{}, func(s seat) error {
		if m, there := byID(s, s.group(kitchen), ids[s.platform]); there && !m.Deleted {
			return fmt.Errorf("%s still has what Inés has deleted", nameOf(s.platform))
		}
		if _, still := find(s, inesSecret); still {
			return fmt.Errorf("%s still shows what Inés has deleted", nameOf(s.platform))
		}
		return nil
	})
}

func (p *play) files(ctx context.Context) error {
	picture, err := p.say(chat.Signal, "Farid", "The table so far, everybody", world.Say{Media: []world.Media{p.table.samples.Picture()}})
	if err != nil {
		return err
	}
	if err := p.shows(ctx, picture, "picture", isPicture); err != nil {
		return err
	}
	sound, err := p.say(chat.Matrix, "Hugo", "", world.Say{Media: []world.Media{p.table.samples.Voice()}})
	if err != nil {
		return err
	}
	return p.shows(ctx, sound, "sound", func(m world.Media) error {
		if len(m.Bytes) == 0 {
			return errors.New("it is empty")
		}
		return nil
	})
}

// shows waits until every other phone has a new file from the bot that check is content with.
func (p *play) shows(ctx context.Context, l line, what string, check func(world.Media) error) error {
	err := p.others(ctx, l.seat, func(s seat) error {
		all := s.world.Messages(s.group(kitchen))
		for i := len(all) - 1; i >= 0 && i >= len(all)-3; i-- {
			if !all[i].FromBot || len(all[i].Media) == 0 {
				continue
			}
			if err := check(all[i].Media[0]); err != nil {
				return fmt.Errorf("%s shows the %s of %s, but %w", nameOf(s.platform), what, l.who.name, err)
			}
			return nil
		}
		return fmt.Errorf("%s does not show the %s of %s", nameOf(s.platform), what, l.who.name)
	})
	if err == nil {
		p.copied += len(p.seats) - 1
	}
	return err
}

func isPicture(m world.Media) error {
	c, _, err := image.DecodeConfig(bytes.NewReader(m.Bytes))
	if err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	if m.Kind != chat.Photo || c.Width == 0 {
		return fmt.Errorf("it is a %s", m.Kind)
	}
	return nil
}
