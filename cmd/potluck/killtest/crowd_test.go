package killtest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// crowd lets the people of a hall do things, one after another, and keeps the model of what must be seen.
type crowd struct {
	hall   *hall
	model  *model
	chance *rand.Rand
	// silent keeps the people on Signal from doing anything.
	silent atomic.Bool
	acts   map[string]int // what was done how often
}

func newCrowd(h *hall, seed uint64) *crowd {
	return &crowd{hall: h, model: newModel(h.worlds, h.rooms), chance: rand.New(rand.NewPCG(seed, 1)), acts: map[string]int{}}
}

// act lets somebody do something.
func (c *crowd) act() error {
	c.model.read()
	for {
		kind := c.pick()
		done, err := c.try(kind)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if done {
			c.acts[kind]++
			return nil
		}
	}
}

// pick chooses what is done: mostly, people post.
func (c *crowd) pick() string {
	switch d := c.chance.IntN(100); {
	case d < 50:
		return "post"
	case d < 62:
		return "answer"
	case d < 68:
		return "picture"
	case d < 80:
		return "edit"
	case d < 86:
		return "delete"
	case d < 88:
		return "moderate"
	case d < 96:
		return "react"
	default:
		return "take back"
	}
}

// try does one thing, if there is somebody who can.
func (c *crowd) try(kind string) (done bool, err error) {
	p, r := c.chance.IntN(platforms), c.chance.IntN(len(c.hall.rooms))
	if p == signal && c.silent.Load() {
		return false, nil
	}
	switch kind {
	case "post":
		return true, c.post(&said{room: r, from: p})
	case "picture":
		return true, c.post(&said{room: r, from: p, picture: c.draw()})
	case "answer":
		return c.answer(p, r)
	case "edit":
		return c.edit(p, r)
	case "delete", "moderate":
		return c.remove(p, r, kind == "moderate")
	case "react":
		return c.react(p, r)
	}
	return c.takeBack(p, r)
}

// post lets somebody post a message.
func (c *crowd) post(s *said) error {
	people := c.hall.people[s.from]
	s.author = people[c.chance.IntN(len(people))]
	words := []string{"on my way", "bread at six", "who brings the big pot?", "thank you 🙏 that was lovely", "soup"}
	c.model.add(s, words[c.chance.IntN(len(words))])
	what := world.Say{Text: chat.Plain(s.text)}
	if s.picture != nil {
		what.Media = []world.Media{{Kind: chat.Photo, Name: "pot.png", MIME: "image/png", Bytes: s.picture}}
	}
	if s.reply != nil {
		what.ReplyTo = c.shownAs(s.reply, s.from)
	}
	id, err := c.hall.worlds[s.from].Say(s.author.id, c.hall.rooms[s.room][s.from], what)
	if err != nil {
		return err
	}
	s.first = id
	s.did(s.from)
	return nil
}

// did counts what people on Signal do.
func (x *said) did(p int) {
	if p == signal {
		x.lines++
	}
}

// answer lets somebody answer a message that he sees.
func (c *crowd) answer(p, r int) (bool, error) {
	to := c.seen(p, r)
	if to == nil {
		return false, nil
	}
	return true, c.post(&said{room: r, from: p, reply: to})
}

// seen returns one of the newest messages that a chat has shown, nil if there is none.
func (c *crowd) seen(p, r int) *said {
	var fresh []*said
	for _, e := range slices.Backward(c.model.logs[r][p].shown) {
		if len(fresh) == 30 {
			break
		}
		if !e.said.gone {
			fresh = append(fresh, e.said)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return fresh[c.chance.IntN(len(fresh))]
}

// shownAs returns the newest name of a message on a messenger, empty if it was not shown there.
func (c *crowd) shownAs(x *said, p int) string { return c.model.logs[x.room][p].newest(x) }

// own returns one of the newest messages that were posted in a chat, nil if there is none that fits.
func (c *crowd) own(p, r int, fits func(*said) bool) *said {
	var fresh []*said
	for _, x := range slices.Backward(c.model.all) {
		if len(fresh) == 20 {
			break
		}
		if x.from == p && x.room == r && !x.gone && fits(x) {
			fresh = append(fresh, x)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return fresh[c.chance.IntN(len(fresh))]
}

// edit lets somebody say it better; a message is edited three times at most, for Signal allows only ten.
func (c *crowd) edit(p, r int) (bool, error) {
	x := c.own(p, r, func(x *said) bool { return x.edits < 3 })
	if x == nil {
		return false, nil
	}
	x.edits++
	x.did(p)
	x.text = fmt.Sprintf("said better, %d. time [%d]", x.edits, x.number)
	return true, c.hall.worlds[p].Edit(x.author.id, c.hall.rooms[r][p], x.first, chat.Plain(x.text))
}

// remove lets an author delete his message, or the organiser of another messenger a copy. On Telegram
// nobody does: a bot is not told of it.
func (c *crowd) remove(p, r int, moderate bool) (bool, error) {
	if p == telegram {
		return false, nil
	}
	if !moderate {
		x := c.own(p, r, func(*said) bool { return true })
		if x == nil {
			return false, nil
		}
		x.gone = true
		x.did(p)
		return true, c.hall.worlds[p].Delete(x.author.id, c.hall.rooms[r][p], x.first)
	}
	x := c.seen(p, r)
	if x == nil || x.from == p || c.twice(x, p) {
		return false, nil
	}
	x.gone = true
	x.did(p)
	return true, c.hall.worlds[p].Delete(c.hall.people[p][0].id, c.hall.rooms[r][p], c.shownAs(x, p))
}

// twice tells whether a chat shows more than one copy: then nobody can tell which is the one that counts.
func (c *crowd) twice(x *said, p int) bool { return len(c.model.names(x, p)) > 1 }

// react lets somebody give a message an emoji; he gives each message one at most.
func (c *crowd) react(p, r int) (bool, error) {
	x, who := c.seen(p, r), c.hall.people[p][c.chance.IntN(len(c.hall.people[p]))]
	if x == nil || c.twice(x, p) || slices.ContainsFunc(x.votes, func(v vote) bool { return v.by == who }) {
		return false, nil
	}
	v := vote{where: p, by: who, emoji: []string{"👍", "🔥", "🎉"}[c.chance.IntN(3)]}
	if err := c.hall.worlds[p].React(who.id, c.hall.rooms[r][p], c.shownAs(x, p), v.emoji, true); err != nil {
		return false, nil // it was deleted meanwhile
	}
	x.votes = append(x.votes, v)
	x.did(p)
	return true, nil
}

// takeBack lets somebody take his emoji back.
func (c *crowd) takeBack(p, r int) (bool, error) {
	x := c.seen(p, r)
	if x == nil || c.twice(x, p) {
		return false, nil
	}
	i := slices.IndexFunc(x.votes, func(v vote) bool { return v.where == p })
	if i < 0 {
		return false, nil
	}
	v := x.votes[i]
	if err := c.hall.worlds[p].React(v.by.id, c.hall.rooms[r][p], c.shownAs(x, p), v.emoji, false); err != nil {
		return false, nil // it was deleted meanwhile
	}
	x.votes = slices.Delete(slices.Clone(x.votes), i, i+1)
	x.did(p)
	return true, nil
}

// draw returns a small picture that no other is like.
func (c *crowd) draw() []byte {
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range 64 {
		img.Set(i%16, i/16, color.Gray{Y: uint8(c.chance.IntN(256))})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}
