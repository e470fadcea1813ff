package signaltest

import (
	"slices"
	"strings"
)

// refused is the server's no to a change of a group.
func refused() *rpcError {
	return &rpcError{
		Code:    codeInternal,
		Message: "Failed to send message: [403] Authorization failed! (AuthorizationFailedException) (UnexpectedErrorException)",
	}
}

func (c *call) updateGroup() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.params.str("groupId")
	if id == "" {
		return c.createGroup()
	}
	g := s.groups[id]
	if g == nil || !c.account.knows(g) {
		return nil, userError("Group not found: " + id)
	}
	if s.takeFaultLocked(Deny, "updateGroup", "") != nil {
		return nil, refused()
	}
	if s.takeFaultLocked(Ignore, "updateGroup", "") != nil {
		return nothing{}, nil
	}
	return c.changeGroup(g)
}

// createGroup makes a group of the account and the members. The lock is held.
func (c *call) createGroup() (any, *rpcError) {
	s, self := c.server, c.account.ACI
	g := s.newGroup("", "")
	g.members = []groupMember{{aci: self, admin: true}}
	if _, rerr := c.applyChanges(g); rerr != nil {
		delete(s.groups, g.id)
		return nil, rerr
	}
	out := c.toldMembers(g)
	out.groupID = g.id
	s.change(g, self, s.people[self].Name+" created the group")
	c.account.refresh(g.id)
	return out, nil
}

func (c *call) changeGroup(g *group) (any, *rpcError) {
	s, self := c.server, c.account.ACI
	before := g.clone()
	lines, rerr := c.applyChanges(g)
	if rerr != nil {
		g.groupState = before
		return nil, rerr
	}
	if len(lines) == 0 {
		return nothing{}, nil
	}
	out := c.toldMembers(g)
	s.change(g, self, strings.Join(lines, ", "))
	c.account.refresh(g.id)
	return verdict(out) // the change stands, whoever could be told of it
}

// toldMembers is the result: the new revision was sent to all members, one by one. The lock is held.
func (c *call) toldMembers(g *group) sent {
	s := c.server
	out := s.newSent(s.stamp(c.account.ACI))
	met := s.troubleFor("updateGroup")
	defer s.spend(met)
	for _, m := range g.members {
		if m.aci == c.account.ACI {
			continue
		}
		p := s.people[m.aci]
		out.results = append(out.results, s.outcome(met, recipient{p, p.address()}))
	}
	return out
}

// groupStep is one kind of change, in the daemon's order.
type groupStep struct {
	param string
	// rights: admin, or the access rule that says who may.
	rule  func(g *group) string
	apply func(g *group, p *person) (line string)
}

// applyChanges carries out the changes and returns what was done; nothing when all is already so. The lock
// is held.
func (c *call) applyChanges(g *group) ([]string, *rpcError) {
	s, self := c.server, c.account.ACI
	var lines []string
	name := s.people[self].Name
	if slices.Contains(g.pending, self) {
		g.drop(self)
		g.members = append(g.members, groupMember{aci: self})
		lines = append(lines, name+" accepted the invitation")
	}
	if g.member(self) == nil {
		return nil, userError("User is not a member in group: " + g.title + " (" + g.id + ")")
	}
	for _, step := range groupSteps() {
		for _, raw := range c.params.list(step.param) {
			r, rerr := s.resolve(raw)
			if rerr != nil {
				return nil, rerr
			}
			if r.who == nil && (r.address.UUID == nil || step.param == "member") {
				return nil, userError("The user " + raw + " is not registered.")
			}
			who := r.who
			if who == nil {
				who = s.somebody(*r.address.UUID) // the server knows no accounts: it bans whom it is told
			}
			line := step.apply(g, who)
			if line == "" {
				continue
			}
			if !g.may(self, step.rule(g)) || len(g.members) > maxMembers {
				return nil, refused()
			}
			lines = append(lines, name+" "+line)
		}
	}
	more, rerr := c.applySettings(g)
	return append(lines, more...), rerr
}

// may tells whether the account has the right that the access rule asks for.
func (g *groupState) may(aci, rule string) bool {
	m := g.member(aci)
	return m != nil && (m.admin || rule == everyMember)
}

func groupSteps() []groupStep {
	admins := func(*group) string { return onlyAdmins }
	return []groupStep{
		{"member", func(g *group) string { return g.addMember }, addMember},
		{"removeMember", admins, func(g *group, p *person) string {
			if !g.drop(p.ACI) {
				return ""
			}
			return "removed " + p.Name
		}},
		{"admin", admins, setAdmin(true, "made an admin of ")},
		{"removeAdmin", admins, setAdmin(false, "took the admin's rights from ")},
		{"ban", admins, func(g *group, p *person) string {
			if slices.Contains(g.banned, p.ACI) {
				return ""
			}
			g.drop(p.ACI)
			g.banned = append(g.banned, p.ACI)
			return "banned " + p.Name
		}},
		{"unban", admins, func(g *group, p *person) string {
			if !slices.Contains(g.banned, p.ACI) {
				return ""
			}
			g.banned = slices.DeleteFunc(g.banned, func(id string) bool { return id == p.ACI })
			return "unbanned " + p.Name
		}},
	}
}

func addMember(g *group, p *person) string {
	if g.member(p.ACI) != nil || slices.Contains(g.pending, p.ACI) {
		return ""
	}
	approved := slices.Contains(g.requesting, p.ACI)
	g.drop(p.ACI)
	g.banned = slices.DeleteFunc(g.banned, func(id string) bool { return id == p.ACI })
	if p.InviteOnly && !approved {
		g.pending = append(g.pending, p.ACI)
		return "invited " + p.Name
	}
	g.members = append(g.members, groupMember{aci: p.ACI})
	return "added " + p.Name
}

func setAdmin(admin bool, line string) func(*group, *person) string {
	return func(g *group, p *person) string {
		m := g.member(p.ACI)
		if m == nil || m.admin == admin {
			return ""
		}
		m.admin = admin
		return line + p.Name
	}
}

// applySettings carries out all changes that are not about people. The lock is held.
func (c *call) applySettings(g *group) ([]string, *rpcError) {
	var lines []string
	name := c.server.people[c.account.ACI].Name
	set := func(param string, field *string, rule, line string, value func(string) (string, bool)) *rpcError {
		if !c.params.has(param) {
			return nil
		}
		v, ok := value(c.params.str(param))
		if !ok {
			return userError("Invalid value for " + param + ": " + c.params.str(param))
		}
		if v == *field {
			return nil
		}
		if !g.may(c.account.ACI, rule) {
			return refused()
		}
		*field = v
		lines = append(lines, name+" changed "+line)
		return nil
	}
	any := func(v string) (string, bool) { return v, true }
	for _, f := range []struct {
		param string
		field *string
		rule  string
		line  string // what the phones say was changed
		value func(string) (string, bool)
	}{
		{"link", &g.linkState, onlyAdmins, "the group link", linkStateOf},
		{"setPermissionAddMember", &g.addMember, onlyAdmins, "who can add members", permissionOf},
		{"setPermissionEditDetails", &g.editDetails, onlyAdmins, "who can edit the group", permissionOf},
		{"setPermissionSendMessages", &g.sendMessages, onlyAdmins, "who can send messages", permissionOf},
		{"name", &g.title, g.editDetails, "the group name", any},
		{"description", &g.description, g.editDetails, "the group description", any},
	} {
		if rerr := set(f.param, f.field, f.rule, f.line, f.value); rerr != nil {
			return nil, rerr
		}
	}
	seconds, given, rerr := c.params.integer("expiration")
	if rerr != nil {
		return nil, rerr
	}
	if given && seconds != g.expiration {
		if !g.may(c.account.ACI, g.editDetails) {
			return nil, refused()
		}
		g.expiration = seconds
		lines = append(lines, name+" changed the timer")
	}
	if label := c.params.str("memberLabel"); label != "" {
		m := g.member(c.account.ACI)
		m.label, m.labelSymbol = label, c.params.str("memberLabelEmoji")
		lines = append(lines, name+" is now "+label)
	}
	return lines, nil
}

// undash reads the dashed form of a value as the camel case one: only-admins → onlyAdmins.
func undash(v string) string {
	parts := strings.Split(v, "-")
	for i, p := range parts[1:] {
		if p != "" {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

func permissionOf(v string) (string, bool) {
	switch undash(v) {
	case "everyMember":
		return everyMember, true
	case "onlyAdmins":
		return onlyAdmins, true
	}
	return "", false
}

func linkStateOf(v string) (string, bool) {
	v = undash(v)
	return v, v == linkEnabled || v == linkApproval || v == linkDisabled
}

func (c *call) joinGroup() (any, *rpcError) {
	s, self := c.server, c.account.ACI
	s.mu.Lock()
	defer s.mu.Unlock()
	uri := c.params.str("uri")
	if uri == "" {
		return nil, missing("uri")
	}
	for _, g := range s.groups {
		if g.linkState == linkDisabled || linkPrefix+g.link != uri {
			continue
		}
		if g.linkState == linkApproval {
			if err := s.ask(g, self); err != nil {
				return nil, internalError(err.Error())
			}
			return sent{groupID: g.id, onlyRequested: true, order: shuffle(s.rng, 4)}, nil
		}
		if err := s.join(g, self); err != nil {
			return nil, internalError(err.Error())
		}
		out := c.toldMembers(g)
		out.groupID = g.id
		s.change(g, self, s.people[self].Name+" joined the group")
		c.account.refresh(g.id)
		return out, nil
	}
	return nil, userError("Group link is not valid: " + uri)
}

func (c *call) quitGroup() (any, *rpcError) {
	s, self := c.server, c.account.ACI
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.params.str("groupId")
	g := s.groups[id]
	if g == nil || !c.account.knows(g) {
		return nil, userError("Group not found: " + id)
	}
	m := g.member(self)
	if m == nil && !slices.Contains(g.pending, self) {
		return nothing{}, nil
	}
	for _, raw := range c.params.list("admin") {
		if r, rerr := s.resolve(raw); rerr == nil && r.who != nil && g.member(r.who.ACI) != nil {
			g.member(r.who.ACI).admin = true
		}
	}
	if m != nil && m.admin && g.admins() == 1 && len(g.members) > 1 {
		return nil, userError("You need to specify a new admin with --admin: User is last admin in group: " + g.title + " (" + g.id + ")")
	}
	g.drop(self)
	out := c.toldMembers(g)
	s.change(g, self, s.people[self].Name+" left the group")
	c.account.refresh(g.id)
	return out, nil
}
