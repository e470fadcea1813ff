package signaltest

import (
	"slices"
	"strings"
)

// Records of listContacts, fields in the daemon's order.

type listedContact struct {
	Number         *string       `json:"number"`
	UUID           string        `json:"uuid"`
	Username       *string       `json:"username"`
	Name           string        `json:"name"`
	GivenName      *string       `json:"givenName"`
	FamilyName     *string       `json:"familyName"`
	NickName       *string       `json:"nickName"`
	NickGivenName  *string       `json:"nickGivenName"`
	NickFamilyName *string       `json:"nickFamilyName"`
	Note           *string       `json:"note"`
	Color          *string       `json:"color"`
	IsArchived     bool          `json:"isArchived"`
	IsBlocked      bool          `json:"isBlocked"`
	IsHidden       bool          `json:"isHidden"`
	Expiration     int           `json:"messageExpirationTime"`
	ProfileSharing bool          `json:"profileSharing"`
	Unregistered   bool          `json:"unregistered"`
	Profile        listedProfile `json:"profile"`
}

type listedProfile struct {
	LastUpdate        int64   `json:"lastUpdateTimestamp"`
	GivenName         string  `json:"givenName"`
	FamilyName        *string `json:"familyName"`
	About             *string `json:"about"`
	AboutEmoji        *string `json:"aboutEmoji"`
	HasAvatar         bool    `json:"hasAvatar"`
	MobileCoinAddress *string `json:"mobileCoinAddress"`
}

// listContacts lists people only with allRecipients: nobody here is in the
// account's address book.
func (c *call) listContacts() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	all, rerr := c.params.flag("allRecipients")
	if rerr != nil {
		return nil, rerr
	}
	asked := c.params.list("recipient")
	out := []listedContact{}
	for _, p := range s.everybody() {
		named := slices.Contains(asked, p.ACI) || (p.Number != "" && slices.Contains(asked, p.Number))
		if p.account == c.account || !all || (len(asked) > 0 && !named) {
			continue
		}
		out = append(out, listedContact{
			Number: orNull(p.Number), UUID: p.ACI, Username: orNull(p.Username), IsBlocked: c.account.blocked[p.ACI],
			ProfileSharing: true, Profile: listedProfile{LastUpdate: p.since, GivenName: p.Name},
		})
	}
	return out, nil
}

// everybody returns all people in a fixed order. The lock is held.
func (s *Server) everybody() []*person {
	out := make([]*person, 0, len(s.people))
	for _, p := range s.people {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *person) int { return strings.Compare(a.ACI, b.ACI) })
	return out
}

type userStatus struct {
	Recipient    string  `json:"recipient"`
	Number       string  `json:"number,omitempty"`
	Username     string  `json:"username,omitempty"`
	UUID         *string `json:"uuid"`
	IsRegistered bool    `json:"isRegistered"`
}

func (c *call) getUserStatus() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.takeFaultLocked(RateLimit, "getUserStatus", ""); f != nil {
		return nil, &rpcError{Code: codeRateLimit, Message: "Rate limit reached"}
	}
	out := []userStatus{}
	for _, number := range c.params.list("recipient") {
		u := userStatus{Recipient: number, Number: number}
		if r, rerr := s.resolve(number); rerr == nil && r.who != nil {
			u.UUID, u.IsRegistered = &r.who.ACI, true
		}
		out = append(out, u)
	}
	for _, name := range c.params.list("username") {
		u := userStatus{Recipient: name, Username: name}
		if r, rerr := s.resolve("u:" + name); rerr == nil {
			u.UUID, u.IsRegistered = &r.who.ACI, true
		}
		out = append(out, u)
	}
	return out, nil
}

type listedIdentity struct {
	Number       *string `json:"number"`
	UUID         string  `json:"uuid"`
	Fingerprint  string  `json:"fingerprint"`
	SafetyNumber string  `json:"safetyNumber"`
	Scannable    string  `json:"scannableSafetyNumber"`
	TrustLevel   string  `json:"trustLevel"`
	Added        int64   `json:"addedTimestamp"`
}

func (c *call) listIdentities() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	only := c.params.str("number")
	out := []listedIdentity{}
	for _, p := range s.everybody() {
		if p.account != nil || (only != "" && only != p.ACI && only != p.Number) {
			continue
		}
		level := "TRUSTED_UNVERIFIED"
		if p.untrusted {
			level = "UNTRUSTED"
		}
		out = append(out, listedIdentity{
			Number: orNull(p.Number), UUID: p.ACI, Fingerprint: "05 0a 1b 2c",
			SafetyNumber: "00000 11111 22222 33333 44444 55555 66666 77777 88888 99999 00000 11111",
			Scannable:    "CAISIg==", TrustLevel: level, Added: p.since,
		})
	}
	return out, nil
}

// trust takes a person's keys; what waited for that is received now.
func (c *call) trust() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	name := c.params.str("recipient")
	all, rerr := c.params.flag("trustAllKnownKeys")
	if rerr != nil {
		return nil, rerr
	}
	if name == "" {
		return nil, missing("recipient")
	}
	if !all && c.params.str("verifiedSafetyNumber") == "" {
		return nil, userError("You need to specify the fingerprint/safety number you have verified with -v SAFETY_NUMBER")
	}
	r, rerr := s.resolve(name)
	if rerr != nil {
		return nil, rerr
	}
	if r.who == nil {
		return nil, userError("The user " + name + " is not registered.")
	}
	r.who.untrusted = false
	held := c.account.held
	c.account.held = nil
	for _, q := range held {
		c.account.push(q)
	}
	return nothing{}, nil
}

func (c *call) block() (any, *rpcError)   { return c.setBlocked(true) }
func (c *call) unblock() (any, *rpcError) { return c.setBlocked(false) }

func (c *call) setBlocked(on bool) (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range c.params.list("recipient") {
		r, rerr := s.resolve(name)
		if rerr != nil {
			return nil, rerr
		}
		if r.who != nil {
			c.account.blocked[r.who.ACI] = on
		}
	}
	for _, id := range c.params.list("groupId") {
		c.account.blocked[id] = on
	}
	return nothing{}, nil
}

func (c *call) updateProfile() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if name := c.params.str("givenName"); name != "" {
		s.people[c.account.ACI].Name = strings.TrimSpace(name + " " + c.params.str("familyName"))
	}
	return nothing{}, nil
}
