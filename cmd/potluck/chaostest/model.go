package chaostest

import "fmt"

// said is one message of a person and what has become of it: what everybody must see.
type said struct {
	number   int
	room     *room
	from     int // the messenger it was posted on
	author   person
	first    string // the name of the original there
	text     string // what it says now, its number included
	italic   bool   // it is, and was not changed since
	edits    int
	pictures [][]byte
	poll     *poll
	reply    *said
	gone     bool
	goneOn   int  // the messenger where it was deleted
	passing  bool // it was on its way when its room moved: it arrives, and nobody does anything to it
	old      bool // it stands in a chat that has moved since: nobody does anything to it any more
	votes    []vote
	unseen   map[int]bool // messengers that have not shown it
	excused  map[int]bool // messengers that could not: the bot was locked out
}

// poll is what people chose: how many of them is what its result must say.
type poll struct {
	voters map[person]bool
	ended  bool
	twice  bool // somewhere it stands twice, and votes in the one that the program does not know of count nowhere
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
	stray string // the name of what is shown and should not be, where only the program's state can tell whether it knows it
}

// split parts the faults from those that the program's state must decide.
func (v verdict) split() (faults, strays []fault) {
	for _, f := range v.faults {
		if f.stray != "" {
			strays = append(strays, f)
		} else {
			faults = append(faults, f)
		}
	}
	return faults, strays
}

func (f fault) String() string {
	return fmt.Sprintf("message %d of room %d, from %s by %s, on %s: %s", f.said.number, f.said.room.number,
		nameOf(f.said.from), f.said.author.name, nameOf(f.where), f.what)
}

// verdict is what a reading of chats finds.
type verdict struct {
	faults []fault
	extra  [platforms]int // how many copies there are too many
	most   [platforms]int // in one chat
	merged int            // messages that stand in one with others
}

// model is everything that people have said, and all that was ever shown of it. One goroutine changes and checks it.
type model struct {
	rooms []*room
	all   []*said
	open  int // messages that not all chats have shown
	moved verdict
}

// add makes a message that is about to be posted; its text ends in its number.
func (m *model) add(s *said, words string) *said {
	s.number = len(m.all)
	s.text = fmt.Sprintf("%s [%d]", words, s.number)
	s.unseen, s.excused = map[int]bool{}, map[int]bool{}
	for p := range platforms {
		if p != s.from && s.poll == nil {
			s.unseen[p] = true
		}
	}
	if s.poll == nil {
		m.open++
	}
	m.all = append(m.all, s)
	return s
}

// read reads on in all chats.
func (m *model) read() {
	for _, r := range m.rooms {
		for p, l := range r.logs {
			l.read(m, func(x *said) { m.seen(x, p) })
		}
	}
}

// seen notes that a messenger shows a message, or never will.
func (m *model) seen(x *said, p int) {
	if x.unseen[p] {
		delete(x.unseen, p)
		if len(x.unseen) == 0 {
			m.open--
		}
	}
}

// over notes that a message need not be shown any more.
func (m *model) over(x *said) {
	for p := range platforms {
		m.seen(x, p)
	}
}

// missing tells which messages not all chats have shown.
func (m *model) missing() string {
	var faults []fault
	for _, x := range m.all {
		for p := range platforms {
			if x.unseen[p] {
				faults = append(faults, fault{said: x, where: p, what: "not shown yet"})
			}
		}
	}
	return report(faults)
}

// check reads the chats of some rooms and returns what is wrong.
func (m *model) check(rooms ...*room) verdict {
	m.read()
	v := verdict{extra: m.moved.extra, most: m.moved.most, merged: m.moved.merged}
	for _, r := range rooms {
		for p := range platforms {
			before := v.extra[p]
			c := m.look(r, p)
			c.check(&v)
			v.most[p] = max(v.most[p], v.extra[p]-before)
		}
	}
	return v
}
