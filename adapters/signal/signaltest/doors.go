package signaltest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// The ways into a group through its link (linkState).
const (
	linkEnabled  = "enabled"
	linkApproval = "enabledWithApproval"
	linkDisabled = "disabled"
)

// Knock asks to be let in through the group's link. An admin lets admins decide about that first, if they do
// not yet. Signal has no words for a request: the note is told to nobody.
func (s *Server) Knock(who, where, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, p := s.groups[where], s.people[who]
	if g == nil || p == nil {
		return fmt.Errorf("no such group: %s", where)
	}
	if g.linkState != linkApproval {
		g.linkState = linkApproval
		by := g.admin(who)
		s.change(g, by, s.people[by].Name+" turned on the group link with admin approval")
	}
	return s.ask(g, who)
}

// ask puts somebody among those who request to join. The lock is held.
func (s *Server) ask(g *group, who string) error {
	switch {
	case g.member(who) != nil:
		return errors.New("already a member of the group")
	case slices.Contains(g.banned, who):
		return errors.New("banned from the group")
	case slices.Contains(g.requesting, who):
		return errors.New("you have asked to join already")
	}
	g.requesting = append(g.requesting, who)
	g.revision++
	g.talk.serve(s.people[who].Name+" requested to join", s.opts.Now())
	if !s.opts.UnheardKnocks {
		s.whisperChange(g, who)
	}
	s.changed()
	return nil
}

// whisperChange gives the accounts of the daemon in the group a change by somebody who is not in it. The daemon
// takes the change over, and then tells nobody: the sender is not a member
// (IncomingMessageHandler.isNotAllowedToSendToGroup). The lock is held.
func (s *Server) whisperChange(g *group, by string) {
	for _, m := range g.members {
		if p := s.people[m.aci]; p.account != nil {
			p.account.push(queued{author: by, group: g.id, silent: true})
		}
	}
}

// Waiting returns who has asked to be let in, in order, and has no answer yet.
func (s *Server) Waiting(where string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[where]
	if g == nil {
		return nil
	}
	return slices.Clone(g.requesting)
}

// Withdraw takes a person's request to join back.
func (s *Server) Withdraw(who, where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[where]
	g.requesting = slices.DeleteFunc(g.requesting, func(id string) bool { return id == who })
	g.revision++
	s.whisperChange(g, who)
	s.changed()
}

// Admit lets somebody in who has asked, as an admin among the people does.
func (s *Server) Admit(group, who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if slices.Contains(g.requesting, who) && s.join(g, who) == nil {
		by := g.admin(who)
		s.change(g, by, s.people[by].Name+" approved the request of "+s.people[who].Name)
	}
}

// Take makes somebody, the bot too, a member, as an admin among the people does.
func (s *Server) Take(who, group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if err := s.join(g, who); err != nil {
		return err
	}
	by := g.admin(who)
	s.change(g, by, s.people[by].Name+" added "+s.people[who].Name)
	return nil
}

// Rights tells what a person may do in a group. Raw is what the group's own lists make of him.
func (s *Server) Rights(who, where string) world.Rights {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[where]
	if g == nil {
		return world.Rights{}
	}
	r := world.Rights{Banned: slices.Contains(g.banned, who), Raw: "nobody"}
	m := g.member(who)
	switch {
	case m != nil && m.admin:
		r.Raw = "admin"
	case m != nil:
		r.Raw = "member"
	case slices.Contains(g.pending, who):
		r.Raw = "invited"
	case slices.Contains(g.requesting, who):
		r.Raw = "requesting"
	case r.Banned:
		r.Raw = "banned"
	}
	r.In = m != nil
	r.MayWrite = m != nil && (m.admin || g.sendMessages == everyMember)
	return r
}

// Press chooses the n-th choice of a message by a reaction with its keycap: Signal has no buttons.
func (s *Server) Press(who, where, id string, n int) error {
	if n < 0 || n >= chat.MaxChoices {
		return errors.New("there is no such keycap")
	}
	return s.React(who, where, id, chat.Keycap(n), true)
}

// AddByAdmins lets only admins add members to the group, or everybody again.
func (s *Server) AddByAdmins(group string, only bool) {
	s.setAccess(group, only, func(g *groupState) *string { return &g.addMember })
}

// EditByAdmins lets only admins change the group's details and pin messages, or everybody again.
func (s *Server) EditByAdmins(group string, only bool) {
	s.setAccess(group, only, func(g *groupState) *string { return &g.editDetails })
}

func (s *Server) setAccess(group string, only bool, field func(*groupState) *string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	*field(&g.groupState) = everyMember
	if only {
		*field(&g.groupState) = onlyAdmins
	}
	s.change(g, g.admin(""), "")
}
