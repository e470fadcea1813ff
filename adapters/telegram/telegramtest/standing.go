package telegramtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

func (m *membership) isBanned() bool { return m != nil && m.status == "kicked" }

// mayReact tells whether a member may react to messages.
func (m *membership) mayReact() bool {
	return m.isIn() && (m.status != "restricted" || m.allowed["can_react_to_messages"])
}

// liftAt notes that something is over by itself at a time.
func (c *conversation) liftAt(until int64) {
	if until != 0 && (c.lifting == 0 || until < c.lifting) {
		c.lifting = until
	}
}

// lift ends restrictions and bans whose time is over. The platform tells nobody.
func (s *Server) lift(c *conversation) {
	now := s.options.Now().Unix()
	if c == nil || c.lifting == 0 || now < c.lifting {
		return
	}
	c.lifting = 0
	for id, m := range c.members {
		switch {
		case m == nil || m.until == 0:
		case now < m.until:
			c.liftAt(m.until)
		case m.isIn():
			c.members[id] = &membership{status: "member"}
		default:
			c.members[id] = &membership{status: "left"}
		}
	}
	s.changed()
}

// Rights tells what a person may do in a group.
func (s *Server) Rights(person, group string) world.Rights {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return world.Rights{}
	}
	m := c.members[u.id]
	return world.Rights{In: m.isIn(), MayWrite: m.mayPost(s.options.Now()), Banned: m.isBanned(), Raw: m.describe()}
}

// describe tells all that a membership is.
func (m *membership) describe() string {
	if m == nil {
		return "left"
	}
	out := m.status
	if m.status == "restricted" && !m.inChat {
		out += " outside"
	}
	var has []string
	for _, set := range []map[string]bool{m.rights, m.allowed} {
		for name, on := range set {
			if on {
				has = append(has, name)
			}
		}
	}
	slices.Sort(has)
	if len(has) > 0 {
		out += ": " + strings.Join(has, ", ")
	}
	if m.until != 0 {
		out += fmt.Sprintf(" until %d", m.until)
	}
	return out
}

// RestrictPerson lets a person do in a group no more than what is allowed, as its owner does; a zero until is for
// ever, and with all permissions there is no restriction.
func (s *Server) RestrictPerson(group, person string, until time.Time, allowed ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	if c.kind != "supergroup" {
		return bad(onlySupergroups)
	}
	if c.members[u.id].isAdministrator() {
		return bad("USER_ADMIN_INVALID")
	}
	set := map[string]bool{}
	for _, p := range memberPermissions() {
		set[p] = slices.Contains(allowed, p)
	}
	date := int64(0)
	if !until.IsZero() {
		date = until.Unix()
	}
	s.restrict(c, u, s.users[c.owner()], set, date)
	return nil
}

// BanPerson removes a person and keeps him out, as the owner does.
func (s *Server) BanPerson(group, person string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	s.exit(c, u, s.users[c.owner()], &membership{status: "kicked"})
	return nil
}
