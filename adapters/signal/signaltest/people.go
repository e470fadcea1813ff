package signaltest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Person is somebody with Signal on his phone.
type Person struct {
	ACI        string
	Number     string // as others see it; empty = hidden, as it is by default
	Name       string // profile name
	Username   string
	InviteOnly bool // cannot be added to groups, only invited
}

type person struct {
	Person
	account   *account // for accounts that the daemon holds
	picture   []byte   // of his profile
	untrusted bool     // his safety number changed
	since     int64
}

var _ world.World = (*Server)(nil)

// Platform returns chat.Signal.
func (s *Server) Platform() chat.Platform { return chat.Signal }

// NewPerson makes an account with a hidden number.
func (s *Server) NewPerson(name string) string {
	return s.AddPerson(Person{Name: name})
}

// AddPerson makes an account and returns its id; an empty ACI is drawn.
func (s *Server) AddPerson(p Person) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.ACI == "" {
		p.ACI = s.uuid()
	}
	s.people[p.ACI] = &person{Person: p, since: s.opts.Now().UnixMilli()}
	return p.ACI
}

func (p *person) address() address {
	return address{UUID: orNull(p.ACI), Number: orNull(p.Number), Username: nil}
}

// label is the number, or else the id: what the daemon calls somebody in its older fields.
func (p *person) label() string {
	if p.Number != "" {
		return p.Number
	}
	return p.ACI
}

func (p *person) target(sent int64) target {
	return target{Author: p.label(), AuthorNumber: orNull(p.Number), AuthorUUID: p.ACI, Sent: sent}
}

func (p *person) mention(start, length int) mention {
	return mention{Name: p.label(), Number: orNull(p.Number), UUID: p.ACI, Start: start, Length: length}
}

// NewGroup makes a group in which the owner and the bot are admins; the bot hears of it as of any change.
func (s *Server) NewGroup(title, owner string, others ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.makeGroup(title, owner, others)
	g.members = append(g.members, groupMember{aci: s.opts.Account.ACI, admin: true})
	s.change(g, owner, s.people[owner].Name+" created the group")
	return g.id
}

// Private returns the id of a person's talk with the bot: the person's own. Nothing has to be opened: the
// bot may answer whoever wrote to it.
func (s *Server) Private(person string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.private(s.opts.Account.ACI, person)
	return person
}

// private returns the talk of two accounts. The lock is held.
func (s *Server) private(a, b string) *conversation {
	key := a + " " + b
	if b < a {
		key = b + " " + a
	}
	t := s.talks[key]
	if t == nil {
		t = newConversation(nil)
		s.talks[key] = t
	}
	return t
}

// place is a talk as a person finds it.
type place struct {
	who   *person
	group *group // nil = private
	talk  *conversation
}

// place finds the talk. The lock is held.
func (s *Server) place(who, where string) (place, error) {
	p := s.people[who]
	if p == nil {
		return place{}, fmt.Errorf("no such person: %s", who)
	}
	if g := s.groups[where]; g != nil {
		if g.member(who) == nil {
			return place{}, errors.New("you are not a member of this group")
		}
		return place{p, g, g.talk}, nil
	}
	if where != who {
		return place{}, fmt.Errorf("no such group: %s", where)
	}
	return place{p, nil, s.private(s.opts.Account.ACI, who)}, nil
}

// send gives the daemon's accounts in the talk an envelope. The lock is held.
func (s *Server) send(p place, at int64, c content, files []queuedFile) {
	if p.group == nil {
		s.queueFor(s.accounts[0], p.who, at, c, nil, files...)
		s.changed()
		return
	}
	for _, m := range p.group.members {
		if to := s.people[m.aci]; to.account != nil && to != p.who {
			s.queueFor(to.account, p.who, at, c, p.group, files...)
		}
	}
	s.changed()
}

// queueFor puts an envelope into an account's queue. The lock is held.
func (s *Server) queueFor(a *account, from *person, at int64, c content, g *group, files ...queuedFile) {
	device, now := 1, s.opts.Now().UnixMilli()
	source := from.label()
	q := queued{author: from.ACI, files: files, payload: payloadOf(a.Number, envelope{
		Source: &source, SourceNumber: orNull(from.Number), SourceUUID: &from.ACI, SourceName: orNull(from.Name),
		SourceDevice: &device, Timestamp: at, ServerReceived: max(now, at), ServerDeliver: max(now, at), content: c,
	}, nil)}
	if g != nil {
		q.group = g.id
	}
	a.push(q)
}

// Join lets a person in by the group's link or by a member's hand.
func (s *Server) Join(who, where string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, p := s.groups[where], s.people[who]
	if g == nil || p == nil {
		return fmt.Errorf("no such group: %s", where)
	}
	if g.linkState == linkApproval && !slices.Contains(g.pending, who) {
		return s.ask(g, who)
	}
	if err := s.join(g, who); err != nil {
		return err
	}
	s.change(g, who, p.Name+" joined the group")
	return nil
}

// Leave takes a person out of the group. The last admin's going makes others admins, as the server does.
func (s *Server) Leave(who, where string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, where)
	if err != nil {
		return err
	}
	if p.group == nil {
		return errors.New("only groups can be left")
	}
	p.group.drop(who)
	if p.group.admins() == 0 {
		for i := range p.group.members {
			p.group.members[i].admin = true
		}
	}
	s.change(p.group, who, p.who.Name+" left the group")
	return nil
}

// Rename changes a profile name; others learn it with the person's next message.
func (s *Server) Rename(who, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[who]; p != nil {
		p.Name = strings.TrimSpace(name)
		s.changed()
	}
}

// Messages returns what the phones show in a group or in a person's private talk with the bot.
func (s *Server) Messages(where string) []world.Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.talk(where)
	if t == nil {
		return nil
	}
	out := make([]world.Shown, 0, len(t.messages))
	for _, m := range t.messages {
		out = append(out, s.shown(m))
	}
	return out
}

// Groups returns the groups.
func (s *Server) Groups() []world.Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.SortedFunc(maps.Values(s.groups), func(a, b *group) int { return a.made - b.made })
	out := make([]world.Group, 0, len(all))
	for _, g := range all {
		shown := world.Group{ID: g.id, Title: g.title}
		for _, aci := range g.pending {
			if s.people[aci].account == nil {
				shown.Invited = append(shown.Invited, aci)
			}
		}
		out = append(out, shown)
	}
	return out
}

// Members returns the people in the group.
func (s *Server) Members(where string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[where]
	if g == nil {
		return nil
	}
	var out []string
	for _, m := range g.members {
		if s.people[m.aci].account == nil {
			out = append(out, m.aci)
		}
	}
	return out
}

// Changes tells of every change of what the phones show.
func (s *Server) Changes() (<-chan struct{}, func()) {
	w := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[w] = struct{}{}
	return w, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, w)
	}
}
