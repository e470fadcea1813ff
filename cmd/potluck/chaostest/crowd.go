package chaostest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// crowd lets the people of a hall do things, one after another, and keeps the model of what must be seen.
type crowd struct {
	hall   *hall
	model  *model
	chance *rand.Rand
	silent bool // people on Signal do nothing
	acts   map[string]int
	total  int
	guests int
}

func newCrowd(h *hall, seed uint64) *crowd {
	return &crowd{hall: h, model: &model{rooms: h.rooms}, chance: rand.New(rand.NewPCG(seed, 1)), acts: map[string]int{}}
}

// habit is something that people do, and how often of a hundred times.
type habit struct {
	name string
	part int
	do   func(c *crowd, p int, r *room) (bool, error)
}

func habits() []habit {
	return []habit{
		{"post", 38, (*crowd).write},
		{"style", 5, (*crowd).stress},
		{"answer", 10, (*crowd).answer},
		{"picture", 5, func(c *crowd, p int, r *room) (bool, error) { return c.show(p, r, 1) }},
		{"album", 2, func(c *crowd, p int, r *room) (bool, error) { return c.show(p, r, 2+c.chance.IntN(3)) }},
		{"poll", 1, (*crowd).ask},
		{"vote", 2, (*crowd).vote},
		{"edit", 12, (*crowd).edit},
		{"delete", 4, (*crowd).remove},
		{"moderate", 2, (*crowd).moderate},
		{"react", 9, (*crowd).react},
		{"take back", 3, (*crowd).takeBack},
		{"flicker", 2, (*crowd).flicker},
		{"pin", 1, (*crowd).pin},
		{"command", 2, (*crowd).command},
		{"come and go", 2, (*crowd).comeAndGo},
	}
}

// act lets somebody do something.
func (c *crowd) act() error {
	if c.total%8 == 0 {
		c.model.read()
	}
	for {
		d, p, r := c.chance.IntN(100), c.chance.IntN(platforms), c.hall.rooms[c.chance.IntN(len(c.hall.rooms))]
		for _, h := range habits() {
			if d -= h.part; d >= 0 {
				continue
			}
			if c.silent && p == signal {
				break
			}
			done, err := h.do(c, p, r)
			if err != nil {
				return fmt.Errorf("%s on %s in room %d: %w", h.name, nameOf(p), r.number, err)
			}
			if done {
				c.acts[h.name]++
				c.total++
				return nil
			}
			break
		}
	}
}

func (c *crowd) words() string {
	all := []string{"on my way", "bread at six", "who brings the big pot?", "thank you 🙏 that was lovely", "soup", "شكراً جزيلاً"}
	return all[c.chance.IntN(len(all))]
}

// post lets somebody post a message.
func (c *crowd) post(s *said, words string) (bool, error) {
	people := c.hall.people[s.from]
	s.author = people[c.chance.IntN(len(people))]
	c.model.add(s, words)
	what := world.Say{Text: chat.Plain(s.text)}
	if s.italic {
		what.Text.Spans = []chat.Span{{Start: 0, End: 4, Style: chat.Italic}}
	}
	for i, b := range s.pictures {
		what.Media = append(what.Media, world.Media{Kind: chat.Photo, Name: fmt.Sprintf("pot%d.png", i), MIME: "image/png", Bytes: b})
	}
	if s.reply != nil {
		what.ReplyTo = s.room.logs[s.from].only(s.reply)
	}
	id, err := c.hall.worlds[s.from].Say(s.author.id, s.room.chats[s.from], what)
	s.first = id
	return true, err
}

func (c *crowd) write(p int, r *room) (bool, error) {
	return c.post(&said{room: r, from: p}, c.words())
}

func (c *crowd) stress(p int, r *room) (bool, error) {
	return c.post(&said{room: r, from: p, italic: true}, "this is lovely")
}

func (c *crowd) answer(p int, r *room) (bool, error) {
	to := c.seen(p, r)
	if to == nil {
		return false, nil
	}
	return c.post(&said{room: r, from: p, reply: to}, c.words())
}

func (c *crowd) show(p int, r *room, count int) (bool, error) {
	s := &said{room: r, from: p}
	for range count {
		s.pictures = append(s.pictures, c.draw())
	}
	return c.post(s, c.words())
}

// seen returns one of the newest messages that a chat shows by one name, nil if there is none.
func (c *crowd) seen(p int, r *room) *said {
	var fresh []*said
	for _, e := range slices.Backward(r.logs[p].shown) {
		if len(fresh) == 30 {
			break
		}
		x := e.said
		if !x.gone && !x.old && !x.passing && len(x.excused) == 0 && len(x.pictures) < 2 && r.logs[p].only(x) != "" {
			fresh = append(fresh, x)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return fresh[c.chance.IntN(len(fresh))]
}

// own returns one of the newest messages that were posted in a chat, nil if there is none that fits.
func (c *crowd) own(p int, r *room, fits func(*said) bool) *said {
	var fresh []*said
	for _, x := range slices.Backward(c.model.all[max(0, len(c.model.all)-2000):]) {
		if len(fresh) == 20 {
			break
		}
		if x.from == p && x.room == r && !x.gone && !x.old && !x.passing && len(x.excused) == 0 && fits(x) {
			fresh = append(fresh, x)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return fresh[c.chance.IntN(len(fresh))]
}

// edit lets somebody say it better; a message is edited three times at most, for Signal allows only ten.
func (c *crowd) edit(p int, r *room) (bool, error) {
	x := c.own(p, r, func(x *said) bool { return x.edits < 3 && x.poll == nil && len(x.pictures) < 2 })
	if x == nil {
		return false, nil
	}
	x.edits++
	x.italic = false
	x.text = fmt.Sprintf("said better, %d. time [%d]", x.edits, x.number)
	return true, c.hall.worlds[p].Edit(x.author.id, r.chats[p], x.first, chat.Plain(x.text))
}

// remove lets an author delete his message. On Telegram, where a bot is not told of that, he answers it with a command.
func (c *crowd) remove(p int, r *room) (bool, error) {
	x := c.own(p, r, func(x *said) bool { return x.poll == nil && len(x.pictures) < 2 })
	if x == nil {
		return false, nil
	}
	x.gone, x.goneOn = true, p
	c.model.over(x)
	if p == telegram {
		_, err := c.hall.worlds[p].Say(x.author.id, r.chats[p], world.Say{Text: chat.Plain("/del"), ReplyTo: x.first})
		return true, err
	}
	return true, c.hall.worlds[p].Delete(x.author.id, r.chats[p], x.first)
}

// moderate lets an organiser delete the copy of a message.
func (c *crowd) moderate(p int, r *room) (bool, error) {
	x := c.seen(p, r)
	if p == telegram || x == nil || x.from == p {
		return false, nil
	}
	x.gone, x.goneOn = true, p
	c.model.over(x)
	return true, c.hall.worlds[p].Delete(c.hall.people[p][0].id, r.chats[p], r.logs[p].only(x))
}

// react lets somebody give a message an emoji; he gives each message one at most.
func (c *crowd) react(p int, r *room) (bool, error) {
	x, v := c.seen(p, r), vote{where: p, by: c.somebody(p), emoji: []string{"👍", "🔥", "🎉"}[c.chance.IntN(3)]}
	if x == nil || slices.ContainsFunc(x.votes, func(o vote) bool { return o.by == v.by }) || !c.emoji(x, v, true) {
		return false, nil // one that was deleted meanwhile takes none
	}
	x.votes = append(x.votes, v)
	return true, nil
}

func (c *crowd) somebody(p int) person { return c.hall.people[p][c.chance.IntN(len(c.hall.people[p]))] }

func (c *crowd) emoji(x *said, v vote, on bool) bool {
	return c.hall.worlds[v.where].React(v.by.id, x.room.chats[v.where], x.room.logs[v.where].only(x), v.emoji, on) == nil
}

// takeBack lets somebody take his emoji back.
func (c *crowd) takeBack(p int, r *room) (bool, error) {
	var x *said
	for range 10 {
		x = c.seen(p, r)
		if x == nil {
			return false, nil
		}
		if slices.ContainsFunc(x.votes, func(v vote) bool { return v.where == p }) {
			break
		}
	}
	i := slices.IndexFunc(x.votes, func(v vote) bool { return v.where == p })
	if i < 0 || !c.emoji(x, x.votes[i], false) {
		return false, nil
	}
	x.votes = slices.Delete(slices.Clone(x.votes), i, i+1)
	return true, nil
}

// flicker lets somebody give an emoji, take it back and give another at once: only the last counts, whatever overtakes what.
func (c *crowd) flicker(p int, r *room) (bool, error) {
	x, by := c.seen(p, r), c.somebody(p)
	if x == nil || slices.ContainsFunc(x.votes, func(o vote) bool { return o.by == by }) {
		return false, nil
	}
	first, last := vote{p, by, "👍"}, vote{p, by, "🔥"}
	if !c.emoji(x, first, true) {
		return false, nil
	}
	if !c.emoji(x, first, false) || !c.emoji(x, last, true) {
		return false, fmt.Errorf("message %d was deleted between two reactions", x.number)
	}
	x.votes = append(x.votes, last)
	return true, nil
}

func (c *crowd) pin(p int, r *room) (bool, error) {
	x := c.seen(p, r)
	if x == nil {
		return false, nil
	}
	// What is pinned already, or was deleted meanwhile, is no harm.
	return c.hall.worlds[p].SetPinned(c.hall.people[p][0].id, r.chats[p], r.logs[p].only(x), c.chance.IntN(3) > 0) == nil, nil
}

func (c *crowd) command(p int, r *room) (bool, error) {
	prefix := "!"
	if p == telegram {
		prefix = "/"
	}
	say := world.Say{Text: chat.Plain(prefix + []string{"help", "links", "why", "members", "notthere"}[c.chance.IntN(5)])}
	if x := c.seen(p, r); x != nil && strings.HasSuffix(say.Text.Plain, "why") {
		say.ReplyTo = r.logs[p].only(x)
	}
	_, err := c.hall.worlds[p].Say(c.somebody(p).id, r.chats[p], say)
	return true, err
}

// comeAndGo lets a guest join, say hello and leave.
func (c *crowd) comeAndGo(p int, r *room) (bool, error) {
	w := c.hall.worlds[p]
	c.guests++
	who := w.NewPerson(fmt.Sprintf("Guest %d", c.guests))
	if err := w.Join(who, r.chats[p]); err != nil {
		return false, err
	}
	_, err := w.Say(who, r.chats[p], world.Say{Text: chat.Plain("hello")})
	if c.chance.IntN(2) == 0 {
		return true, errors.Join(err, w.Leave(who, r.chats[p]))
	}
	return true, err
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
