package killtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// said is one message of a person and what has become of it: what everybody must see.
type said struct {
	number  int
	room    int
	from    int // the messenger it was posted on
	author  person
	first   string // the name of the original there
	text    string // what it says now, its number included
	edits   int
	picture []byte
	reply   *said
	gone    bool
	votes   []vote
	lines   int // how many things people on Signal did to it, each of which is a line of the daemon
}

// vote is one person's emoji; a person gives a message at most one.
type vote struct {
	where int // the messenger of the person
	by    person
	emoji string
}

// fault is something that people see and must not, or do not see and must.
type fault struct {
	said  *said
	where int
	what  string
	vote  bool // it is about the reactions, not about the words
}

func (f fault) String() string {
	return fmt.Sprintf("message %d of room %d, from %s by %s, on %s: %s", f.said.number, f.said.room,
		platformName(f.said.from), f.said.author.name, platformName(f.where), f.what)
}

func platformName(p int) string { return [platforms]string{"telegram", "signal", "matrix"}[p] }

// verdict is what a reading of all chats finds.
type verdict struct {
	faults []fault
	extra  [platforms]int // how many copies there are too many
	most   [platforms]int // in one chat
	stray  [platforms]int // how many of them are of messages that are gone
}

// model is everything that people have said, and all that was ever shown of it. One goroutine changes and
// checks it.
type model struct {
	all  []*said
	logs [][platforms]*chatLog // by room
}

func newModel(worlds [platforms]world.World, rooms []room) *model {
	m := &model{}
	for _, r := range rooms {
		var logs [platforms]*chatLog
		for p, w := range worlds {
			logs[p] = newChatLog(w, r[p])
		}
		m.logs = append(m.logs, logs)
	}
	return m
}

// read reads on in all chats.
func (m *model) read() {
	for _, logs := range m.logs {
		for _, l := range logs {
			l.read(m)
		}
	}
}

// names returns the names under which a message's original or copies were shown on a messenger.
func (m *model) names(x *said, p int) []string { return m.logs[x.room][p].names[x] }

// add makes a message that is about to be posted; its text ends in its number.
func (m *model) add(s *said, words string) *said {
	s.number = len(m.all)
	s.text = fmt.Sprintf("%s [%d]", words, s.number)
	m.all = append(m.all, s)
	return s
}

// of returns the messages that something shown is of; what is deleted is known by its name.
func (m *model) of(l *chatLog, s world.Shown) []*said {
	var out []*said
	for _, n := range numbersIn(s.Text) {
		if n < len(m.all) {
			out = append(out, m.all[n])
		}
	}
	if known := l.of[s.ID]; len(out) == 0 && known != nil {
		out = append(out, known)
	}
	return out
}

// check reads all chats and returns what is wrong.
func (m *model) check() verdict {
	m.read()
	var v verdict
	for room, logs := range m.logs {
		for p, l := range logs {
			m.checkChat(room, p, l, &v)
		}
	}
	return v
}

// checkChat checks one chat of a room.
func (m *model) checkChat(room, p int, l *chatLog, v *verdict) {
	before := v.extra[p]
	defer func() { v.most[p] = max(v.most[p], v.extra[p]-before) }()
	originals, copies := map[*said]world.Shown{}, map[*said][]world.Shown{}
	deleted := map[*said]int{}
	var order []*said
	for _, s := range l.world.Messages(l.group) {
		if s.Service {
			continue
		}
		for _, x := range m.of(l, s) {
			switch {
			case !s.FromBot:
				originals[x] = s
			case s.Deleted:
				deleted[x]++
			default:
				if len(copies[x]) == 0 {
					order = append(order, x)
				}
				copies[x] = append(copies[x], s)
			}
		}
	}
	report := func(x *said, format string, args ...any) {
		v.faults = append(v.faults, fault{said: x, where: p, what: fmt.Sprintf(format, args...)})
	}
	vote := func(x *said, why string) {
		v.faults = append(v.faults, fault{said: x, where: p, what: why, vote: true})
	}
	for _, x := range m.all {
		switch {
		case x.room != room:
			if len(copies[x]) > 0 {
				report(x, "shown in room %d", room)
			}
		case x.from == p:
			m.checkOriginal(x, p, originals, report, vote)
			if n := len(copies[x]); n > 0 {
				report(x, "came back to where it was written, %d times", n)
			}
		default:
			n := len(copies[x])
			if x.gone && n > 0 && deleted[x] == 0 {
				report(x, "still shown")
				continue
			}
			v.extra[p] += max(0, n-x.wanted())
			if x.gone {
				v.stray[p] += n
			}
			m.checkCopies(x, p, copies[x], report, vote)
		}
	}
	m.checkOrder(order, report)
}

// wanted is how many copies of a message each other messenger must show.
func (x *said) wanted() int {
	if x.gone {
		return 0
	}
	return 1
}

// checkOriginal checks what has come back to the chat where a message was posted.
func (m *model) checkOriginal(x *said, p int, originals map[*said]world.Shown, report func(*said, string, ...any), vote func(*said, string)) {
	s, ok := originals[x]
	switch {
	case !ok && !x.gone:
		report(x, "the original is not there any more")
	case ok && x.gone != s.Deleted:
		report(x, "the original is deleted: %t, want %t", s.Deleted, x.gone)
	case ok && !x.gone:
		if why := x.wrongVotes(s, p); why != "" {
			vote(x, "the original "+why)
		}
	}
}

// checkCopies checks that one of the copies is what it must be; a message that is gone needs none. How many
// there are is counted elsewhere: a duplicate stays as it was.
func (m *model) checkCopies(x *said, p int, copies []world.Shown, report func(*said, string, ...any), vote func(*said, string)) {
	if x.gone {
		return
	}
	if len(copies) == 0 {
		report(x, "lost")
		return
	}
	why, votes := "", ""
	for _, s := range copies {
		if why = m.wrong(x, p, s); why != "" {
			continue
		}
		if votes = x.wrongVotes(s, p); votes == "" {
			return
		}
	}
	if votes != "" {
		vote(x, votes)
		return
	}
	report(x, "%s", why)
}

// wrong says what is wrong with a copy, empty if nothing is.
func (m *model) wrong(x *said, p int, s world.Shown) string {
	switch {
	case !strings.Contains(s.Text.Plain, x.text):
		return fmt.Sprintf("says %q, want %q", s.Text.Plain, x.text)
	case !strings.Contains(s.Name+" "+s.Text.Plain, x.author.name):
		return fmt.Sprintf("does not say that it is from %s: %q: %q", x.author.name, s.Name, s.Text.Plain)
	case x.picture != nil && !slices.ContainsFunc(s.Media, func(f world.Media) bool { return bytes.Equal(f.Bytes, x.picture) }):
		return fmt.Sprintf("has no picture, or another: %d files", len(s.Media))
	case x.reply != nil && !x.reply.gone && m.logs[x.room][p].of[s.ReplyTo] != x.reply && len(m.names(x.reply, x.from)) < 2:
		// What was answered may be the one of two copies that the program does not know of.
		return fmt.Sprintf("does not answer message %d but %q", x.reply.number, s.ReplyTo)
	}
	return ""
}

// wrongVotes says what is wrong with the reactions that come from elsewhere: on Matrix each person's is
// there by a ghost of the same name, on the others the bot gives the one that most people give.
func (x *said) wrongVotes(s world.Shown, p int) string {
	counts, most := map[string]int{}, 0
	for _, v := range x.votes {
		if v.where != p {
			counts[v.emoji]++
			most = max(most, counts[v.emoji])
		}
	}
	if p == matrix {
		for _, v := range x.votes {
			if v.where != p && !slices.ContainsFunc(s.Reactions[v.emoji], func(name string) bool { return strings.Contains(name, v.by.name) }) {
				return fmt.Sprintf("lacks the %s of %s: %v", v.emoji, v.by.name, s.Reactions)
			}
		}
		for emoji, by := range s.Reactions {
			own := 0
			for _, v := range x.votes {
				if v.where == p && v.emoji == emoji {
					own++
				}
			}
			if len(by) != own+counts[emoji] {
				return fmt.Sprintf("has %d times %s, want %d: %v", len(by), emoji, own+counts[emoji], by)
			}
		}
		return ""
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

// checkOrder checks that each author's messages stand in their order.
func (m *model) checkOrder(order []*said, report func(*said, string, ...any)) {
	last := map[person]*said{}
	for _, x := range order {
		if before := last[x.author]; before != nil && before.number > x.number {
			report(x, "stands behind message %d of the same author", before.number)
			continue
		}
		last[x.author] = x
	}
}

// between checks that some messengers show what was said on the others of them.
func (m *model) between(some []int) error {
	v := m.check()
	for _, f := range v.faults {
		if slices.Contains(some, f.where) && slices.Contains(some, f.said.from) {
			return fmt.Errorf("%s", f)
		}
	}
	return nil
}
