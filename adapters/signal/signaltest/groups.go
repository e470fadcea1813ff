package signaltest

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
)

// The access rules of a group.
const (
	everyMember = "EVERY_MEMBER"
	onlyAdmins  = "ONLY_ADMINS"
)

// group is a group at Signal's server.
type group struct {
	id   string
	made int // how many there were before
	talk *conversation
	groupState
}

// groupState is what the members of a group know of it, as of a revision.
type groupState struct {
	title, description string
	revision           int
	members            []groupMember
	pending            []string // invited, by account id
	requesting         []string
	banned             []string
	addMember          string // access rules
	editDetails        string
	sendMessages       string
	link               string // its path; made with the group, used while linkState is not disabled
	linkState          string // linkEnabled, linkApproval or linkDisabled
	picture            []byte
	expiration         int // seconds; 0 = messages stay
}

type groupMember struct {
	aci         string
	admin       bool
	label       string
	labelSymbol string
}

func (g groupState) clone() groupState {
	g.members = slices.Clone(g.members)
	g.pending = slices.Clone(g.pending)
	g.requesting = slices.Clone(g.requesting)
	g.banned = slices.Clone(g.banned)
	return g
}

// newGroup makes a group; id empty = a new one. The lock is held.
func (s *Server) newGroup(id, title string) *group {
	if id == "" && len(s.groupIDs) > 0 {
		id, s.groupIDs = s.groupIDs[0], s.groupIDs[1:]
	}
	if id == "" {
		id = base64.StdEncoding.EncodeToString(s.key())
	}
	g := &group{id: id, made: len(s.groups), groupState: groupState{
		title: title, addMember: everyMember, editDetails: everyMember, sendMessages: everyMember,
		link: base64.RawURLEncoding.EncodeToString(s.key()), linkState: linkDisabled,
	}}
	g.talk = newConversation(g)
	s.groups[id] = g
	return g
}

// key makes 32 random bytes. The lock is held.
func (s *Server) key() []byte {
	var b []byte
	for range 4 {
		b = binary.LittleEndian.AppendUint64(b, s.rng.Uint64())
	}
	return b
}

func (g *groupState) member(aci string) *groupMember {
	for i := range g.members {
		if g.members[i].aci == aci {
			return &g.members[i]
		}
	}
	return nil
}

// knows tells whether the account has ever had to do with the group: the daemon has it in its store. The
// lock is held.
func (a *account) knows(g *group) bool {
	_, stored := a.known[g.id]
	return stored || g.member(a.ACI) != nil || slices.Contains(g.pending, a.ACI) || slices.Contains(g.requesting, a.ACI)
}

func (g *groupState) admins() int {
	n := 0
	for _, m := range g.members {
		if m.admin {
			n++
		}
	}
	return n
}

// drop takes an account out of all the group's lists but that of the banned.
func (g *groupState) drop(aci string) (found bool) {
	before := len(g.members) + len(g.pending) + len(g.requesting)
	g.members = slices.DeleteFunc(g.members, func(m groupMember) bool { return m.aci == aci })
	is := func(id string) bool { return id == aci }
	g.pending = slices.DeleteFunc(g.pending, is)
	g.requesting = slices.DeleteFunc(g.requesting, is)
	return len(g.members)+len(g.pending)+len(g.requesting) < before
}

// info is the group as messages in it carry it; nil for a private message.
func (g *group) info(kind string) *groupInfo {
	if g == nil {
		return nil
	}
	return &groupInfo{GroupID: g.id, GroupName: g.title, Revision: g.revision, Type: kind}
}

// refuses tells why an account cannot send to the group.
func (g *group) refuses(aci string, content bool) *rpcError {
	name := g.title + " (" + g.id + ")"
	m := g.member(aci)
	if m == nil {
		return userError("User is not a member in group: " + name)
	}
	if content && g.sendMessages == onlyAdmins && !m.admin {
		return userError("User is not allowed to send message to group: " + name)
	}
	return nil
}

// change makes a new revision, shows a line on the phones and tells the accounts of the daemon that are in
// the group, except the one that made it, that something changed – not what, as the daemon does not
// either. also gets told, too: who just left the group does not see it any more otherwise. The lock is held.
func (s *Server) change(g *group, by string, line string, also ...string) {
	g.revision++
	if line != "" {
		g.talk.serve(line, s.opts.Now())
	}
	from := s.people[by]
	tell := append([]string(nil), also...)
	for _, m := range g.members {
		tell = append(tell, m.aci)
	}
	tell = append(tell, g.pending...)
	for _, aci := range tell {
		p := s.people[aci]
		if p == nil || p.account == nil || aci == by {
			continue
		}
		at := s.stamp(by)
		s.queueFor(p.account, from, at, content{DataMessage: &dataMessage{Timestamp: at, GroupInfo: g.info("UPDATE")}}, g)
	}
	s.changed()
}

// refresh takes over the group as the server has it, if it is newer. The lock is held.
func (a *account) refresh(id string) {
	g := a.server.groups[id]
	if g == nil {
		return
	}
	if known, ok := a.known[id]; !ok || known.revision != g.revision {
		a.known[id] = g.clone()
	}
}

// join makes a person a member, however he came in. The lock is held.
func (s *Server) join(g *group, aci string) error {
	switch {
	case g.member(aci) != nil:
		return errors.New("already a member of the group")
	case slices.Contains(g.banned, aci):
		return errors.New("banned from the group")
	case len(g.members) >= maxMembers:
		return errors.New("the group is full")
	}
	g.drop(aci)
	g.members = append(g.members, groupMember{aci: aci})
	return nil
}

// maxMembers is a group's hard limit (ServiceConfig.GROUP_MAX_SIZE).
const maxMembers = 1001

// Invite makes a group in which the bot is invited but no member yet, as when a stranger adds it.
func (s *Server) Invite(title, owner string, others ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.makeGroup(title, owner, others)
	g.pending = append(g.pending, s.opts.Account.ACI)
	s.change(g, owner, "Group created")
	return g.id
}

// makeGroup makes a group of a person with others. The lock is held.
func (s *Server) makeGroup(title, owner string, others []string) *group {
	g := s.newGroup("", title)
	g.members = append(g.members, groupMember{aci: owner, admin: true})
	for _, o := range others {
		g.members = append(g.members, groupMember{aci: o})
	}
	return g
}

// SetAdmin gives a member of a group the admin's rights or takes them, as an admin among the people does.
func (s *Server) SetAdmin(group, who string, admin bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if m := g.member(who); m != nil {
		m.admin = admin
		s.change(g, g.admin(who), s.people[who].Name+" admin: "+strconv.FormatBool(admin))
	}
}

// Retitle changes a group's title as a member does.
func (s *Server) Retitle(person, group, title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	g.title = title
	s.change(g, person, s.people[person].Name+" changed the group name to “"+title+"”")
}

// Announce lets only admins post in the group, or everybody again.
func (s *Server) Announce(group string, only bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	g.sendMessages = everyMember
	if only {
		g.sendMessages = onlyAdmins
	}
	s.change(g, g.admin(""), "")
}

// RemoveMember takes anybody, the bot too, out of the group, as an admin among the people does.
func (s *Server) RemoveMember(group, who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	by := g.admin(who)
	if g.drop(who) {
		s.change(g, by, s.people[by].Name+" removed "+s.people[who].Name, who)
	}
}

// admin returns an admin of the group other than this one, or any member.
func (g *groupState) admin(not string) string {
	for _, m := range g.members {
		if m.admin && m.aci != not {
			return m.aci
		}
	}
	for _, m := range g.members {
		if m.aci != not {
			return m.aci
		}
	}
	return not
}
