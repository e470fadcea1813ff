package chaostest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// glance is one chat as it is shown now.
type glance struct {
	m         *model
	room      *room
	p         int
	originals map[*said]world.Shown
	copies    map[*said][]world.Shown
	deleted   map[*said]int
	polls     map[*said]int
	pictures  map[string]int
	alone     map[string]bool // names of messages that show one message only
	texts     []string        // of what the bot says beside copies
	order     []*said
}

// look reads one chat.
func (m *model) look(r *room, p int) *glance {
	g := &glance{
		m: m, room: r, p: p, originals: map[*said]world.Shown{}, copies: map[*said][]world.Shown{}, deleted: map[*said]int{}, polls: map[*said]int{},
		pictures: map[string]int{}, alone: map[string]bool{},
	}
	l := r.logs[p]
	for _, s := range l.world.Messages(l.group) {
		if s.Service {
			continue
		}
		if !s.Deleted {
			for _, f := range s.Media {
				g.pictures[string(f.Bytes)]++
			}
		}
		of := m.of(l, s)
		if len(of) == 0 && s.FromBot {
			g.texts = append(g.texts, s.Text.Plain)
		}
		g.alone[s.ID] = len(of) == 1
		for _, x := range of {
			switch {
			case x.poll != nil && !s.Deleted && len(s.Things) == 0: // the line with the asker's name
			case x.poll != nil && !s.Deleted:
				g.polls[x]++
			case !s.FromBot:
				g.originals[x] = s
			case s.Deleted:
				g.deleted[x]++
			default:
				if len(g.copies[x]) == 0 {
					g.order = append(g.order, x)
				}
				g.copies[x] = append(g.copies[x], s)
			}
		}
	}
	return g
}

// of returns the messages that something shown is of; what is deleted is known by its name.
func (m *model) of(l *chatLog, s world.Shown) []*said {
	var out []*said
	numbers := numbersIn(s.Text)
	for _, t := range s.Things {
		if t.Poll != nil {
			numbers = append(numbers, pollNumbers(t.Poll.Text)...)
		}
	}
	for _, n := range numbers {
		if n < len(m.all) {
			out = append(out, m.all[n])
		}
	}
	if len(out) == 0 {
		return l.of[s.ID]
	}
	return out
}

// check says what is wrong with the chat.
func (g *glance) check(v *verdict) {
	for _, x := range g.m.all {
		report := func(format string, args ...any) {
			v.faults = append(v.faults, fault{said: x, where: g.p, what: fmt.Sprintf(format, args...)})
		}
		n := len(g.copies[x])
		switch {
		case x.room != g.room:
			if n > 0 {
				report("shown in room %d", g.room.number)
			}
		case x.old:
		case x.poll != nil:
			g.checkPoll(x, report)
		case x.from == g.p:
			g.checkOriginal(x, report)
			if n > 0 {
				report("came back to where it was written: %q", g.copies[x][0].Text.Plain)
			}
		case x.excused[g.p]:
		default:
			g.checkCopies(x, v, report)
		}
	}
	g.checkOrder(v)
}

// checkPoll checks that a poll is there once to vote in. On Telegram a person's own poll shows its votes to nobody, so the
// bot's stands below it. The result must count each voter once.
func (g *glance) checkPoll(x *said, report func(string, ...any)) {
	want := 1
	if x.from == telegram && g.p == telegram {
		want = 2
	}
	if n := g.polls[x]; n < want {
		report("the poll is there %d times, want %d", n, want)
	}
	x.poll.twice = x.poll.twice || g.polls[x] > want
	if !x.poll.ended || x.poll.twice {
		return
	}
	last := fmt.Sprintf("People who have voted: %d", len(x.poll.voters))
	if len(x.poll.voters) == 0 {
		last = "Nobody has voted"
	}
	question := fmt.Sprintf("(%d)", x.number)
	ok := slices.ContainsFunc(g.texts, func(s string) bool {
		return strings.Contains(s, "The poll is over") && strings.Contains(s, question) && strings.Contains(s, last)
	})
	if !ok {
		report("no result with %q", last)
	}
}

// checkOriginal checks what has come back to the chat where a message was posted.
func (g *glance) checkOriginal(x *said, report func(string, ...any)) {
	s, ok := g.originals[x]
	switch {
	case !ok && !x.gone:
		report("the original is not there any more")
	case ok && x.gone != s.Deleted && !x.twice(x.goneOn):
		report("the original is deleted: %t, want %t", s.Deleted, x.gone)
	case ok && !x.gone:
		if why := x.wrongVotes(s, g.p); why != "" {
			report("the original %s", why)
		}
	}
}

// checkCopies checks that one of the copies is what it must be, and counts those too many.
func (g *glance) checkCopies(x *said, v *verdict, report func(string, ...any)) {
	copies := g.copies[x]
	if x.gone {
		if len(copies) > 0 && g.deleted[x] == 0 && !x.twice(x.goneOn) {
			report("still shown")
			if g.p != matrix { // a copy that nobody knows of, and one that was deleted before anybody looked
				v.faults[len(v.faults)-1].stray = copies[0].ID
			}
			return
		}
		v.extra[g.p] += len(copies) // a second copy that the program does not know of stays
		return
	}
	v.extra[g.p] += max(0, len(copies)-1)
	if len(copies) == 0 {
		report("lost")
		return
	}
	if len(copies) == 1 && !g.alone[copies[0].ID] {
		v.merged++
	}
	why := ""
	for _, s := range copies {
		if why = g.wrong(x, s); why == "" {
			if g.p == matrix && len(copies) > 1 {
				report("shown %d times", len(copies))
			}
			return
		}
	}
	report("%s", why)
}

// wrong says what is wrong with a copy, empty if nothing is.
func (g *glance) wrong(x *said, s world.Shown) string {
	switch {
	case !strings.Contains(s.Text.Plain, x.text):
		return fmt.Sprintf("says %q, want %q", s.Text.Plain, x.text)
	case !strings.Contains(s.Name+" "+s.Text.Plain, x.author.name):
		return fmt.Sprintf("does not say that it is from %s: %q: %q", x.author.name, s.Name, s.Text.Plain)
	case x.italic && !slices.ContainsFunc(s.Text.Spans, func(p chat.Span) bool { return p.Style == chat.Italic }):
		return fmt.Sprintf("is not italic: %v", s.Text.Spans)
	case x.reply != nil && !g.answers(x, s):
		return fmt.Sprintf("does not answer message %d but %q", x.reply.number, s.ReplyTo)
	}
	for i, picture := range x.pictures {
		if n := g.pictures[string(picture)]; n < 1 {
			return fmt.Sprintf("lacks picture %d of %d", i+1, len(x.pictures))
		}
	}
	if !g.alone[s.ID] {
		return "" // a reaction to one of several is one to all
	}
	return x.wrongVotes(s, g.p)
}

// answers tells whether a message points to what is answered. That may be the one of two copies that the program does not
// know of, or gone, or in a chat that has moved.
func (g *glance) answers(x *said, s world.Shown) bool {
	to := x.reply
	return to.gone || to.old || to.excused[g.p] || slices.Contains(g.room.logs[g.p].of[s.ReplyTo], to) || to.twice(x.from)
}

// twice tells whether a messenger has shown a message twice: what people do to the first, before the second is there, may
// be to the one that the program does not know of.
func (x *said) twice(p int) bool { return len(x.room.logs[p].names[x]) > 1 }

// wrongVotes says what is wrong with the reactions that come from elsewhere: on Matrix each person's is there by a ghost of
// the same name, on the others the bot gives the one that most people give.
func (x *said) wrongVotes(s world.Shown, p int) string {
	counts, most := map[string]int{}, 0
	if slices.ContainsFunc(x.votes, func(v vote) bool { return x.twice(v.where) }) {
		return ""
	}
	for _, v := range x.votes {
		if v.where != p {
			counts[v.emoji]++
			most = max(most, counts[v.emoji])
		}
	}
	if p == matrix {
		return x.wrongGhosts(s, counts)
	}
	given := ""
	for emoji, by := range s.Reactions {
		if slices.Contains(by, "Potluck") {
			given += emoji
		}
	}
	if given == "" && most == 0 || counts[given] == most && most > 0 {
		return ""
	}
	return fmt.Sprintf("has %q of the bot, want one of the most given of %v", given, counts)
}

func (x *said) wrongGhosts(s world.Shown, counts map[string]int) string {
	for _, v := range x.votes {
		if v.where != matrix && !slices.ContainsFunc(s.Reactions[v.emoji], func(name string) bool { return strings.Contains(name, v.by.name) }) {
			return fmt.Sprintf("lacks the %s of %s: %v", v.emoji, v.by.name, s.Reactions)
		}
	}
	for emoji, by := range s.Reactions {
		own := 0
		for _, v := range x.votes {
			if v.where == matrix && v.emoji == emoji {
				own++
			}
		}
		if len(by) != own+counts[emoji] {
			return fmt.Sprintf("has %d times %s, want %d: %v", len(by), emoji, own+counts[emoji], by)
		}
	}
	return ""
}

// checkOrder checks that each author's messages stand in their order, by the first copy of each.
func (g *glance) checkOrder(v *verdict) {
	last := map[person]*said{}
	for _, x := range g.order {
		if x.passing {
			continue
		}
		if before := last[x.author]; before != nil && before.number > x.number {
			v.faults = append(v.faults, fault{said: x, where: g.p, what: fmt.Sprintf("stands behind message %d of the same author", before.number)})
			continue
		}
		last[x.author] = x
	}
}

// pollNumbers returns the number that a question carries.
func pollNumbers(question string) []int {
	n := 0
	_, rest, ok := strings.Cut(question, "(")
	if _, err := fmt.Sscanf(rest, "%d)", &n); !ok || err != nil {
		return nil
	}
	return []int{n}
}
