package signaltest

import "slices"

// Records of listGroups, fields in the daemon's order.

type listedGroup struct {
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	Description     string         `json:"description"`
	IsMember        bool           `json:"isMember"`
	IsBlocked       bool           `json:"isBlocked"`
	Expiration      int            `json:"messageExpirationTime"`
	Members         []listedMember `json:"members"`
	Pending         []listedWho    `json:"pendingMembers"`
	Requesting      []listedWho    `json:"requestingMembers"`
	Admins          []listedWho    `json:"admins"`
	Banned          []listedWho    `json:"banned"`
	AddMember       string         `json:"permissionAddMember"`
	EditDetails     string         `json:"permissionEditDetails"`
	SendMessage     string         `json:"permissionSendMessage"`
	GroupInviteLink *string        `json:"groupInviteLink"`
}

type listedWho struct {
	Number *string `json:"number"`
	UUID   string  `json:"uuid"`
}

type listedMember struct {
	listedWho
	IsAdmin    bool   `json:"isAdmin"`
	LabelEmoji string `json:"labelEmoji,omitempty"`
	Label      string `json:"label,omitempty"`
}

// listGroups with ids asks the server; without, it tells what the daemon last knew.
func (c *call) listGroups() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []listedGroup{}
	if c.params.has("groupId") {
		for _, id := range c.params.list("groupId") {
			if g := s.groups[id]; g != nil && c.account.knows(g) {
				c.account.refresh(id)
				out = append(out, s.listed(c.account, id))
			}
		}
		return out, nil
	}
	ids := make([]string, 0, len(c.account.known))
	for id := range c.account.known {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		out = append(out, s.listed(c.account, id))
	}
	return out, nil
}

// listed is a group as the account knows it. The lock is held.
func (s *Server) listed(a *account, id string) listedGroup {
	g := a.known[id]
	l := listedGroup{
		ID: id, Name: g.title, Description: g.description, IsMember: g.member(a.ACI) != nil, IsBlocked: a.blocked[id],
		Expiration: g.expiration, Members: []listedMember{}, Pending: s.who(g.pending), Requesting: s.who(g.requesting),
		Admins: []listedWho{}, Banned: s.who(g.banned),
		AddMember: g.addMember, EditDetails: g.editDetails, SendMessage: g.sendMessages,
	}
	for _, m := range g.members {
		who := s.who([]string{m.aci})[0]
		l.Members = append(l.Members, listedMember{who, m.admin, m.labelSymbol, m.label})
		if m.admin {
			l.Admins = append(l.Admins, who)
		}
	}
	if g.linkState != linkDisabled {
		l.GroupInviteLink = orNull(linkPrefix + g.link)
	}
	return l
}

const linkPrefix = "https://signal.group/#"

func (s *Server) who(acis []string) []listedWho {
	out := make([]listedWho, 0, len(acis))
	for _, aci := range acis {
		w := listedWho{UUID: aci}
		if p := s.people[aci]; p != nil {
			w.Number = orNull(p.Number)
		}
		out = append(out, w)
	}
	return out
}
