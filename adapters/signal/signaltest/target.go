package signaltest

import (
	"bytes"
	"slices"
	"strings"
)

// address is a recipient as the daemon tells it.
type address struct {
	UUID     *string `json:"uuid"`
	Number   *string `json:"number"`
	Username *string `json:"username"`
}

// recipient is somebody to send to; who is nil when Signal knows nobody of that address.
type recipient struct {
	who     *person
	address address
}

// targets is the target block of the sending methods.
type targets struct {
	groups []*group
	people []recipient
}

// sendResult tells what became of one recipient.
type sendResult struct {
	Address    address `json:"recipientAddress"`
	GroupID    string  `json:"groupId,omitempty"`
	Type       string  `json:"type"`
	Token      string  `json:"token,omitempty"`
	RetryAfter int64   `json:"retryAfterSeconds,omitempty"`
}

// sent is the result of the sending methods. Its keys come in any order, as those of Java's Map.of do.
type sent struct {
	timestamp     int64
	results       []sendResult
	groupID       string
	onlyRequested bool
	order         []int
}

// MarshalJSON writes the keys in the order that was drawn.
func (t sent) MarshalJSON() ([]byte, error) {
	type field struct {
		name  string
		value any
	}
	results := t.results
	if results == nil {
		results = []sendResult{}
	}
	fields := []field{{"timestamp", t.timestamp}, {"results", results}}
	if t.groupID != "" {
		fields = append(fields, field{"groupId", t.groupID})
	}
	if t.onlyRequested {
		fields = append(fields, field{"onlyRequested", true})
	}
	var b bytes.Buffer
	b.WriteByte('{')
	first := true
	for _, i := range t.order {
		if i >= len(fields) {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(`"` + fields[i].name + `":`)
		encode(&b, fields[i].value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// newSent starts a result. The lock is held.
func (s *Server) newSent(timestamp int64) sent {
	return sent{timestamp: timestamp, order: shuffle(s.rng, 4)}
}

// isUUID tells whether s is a uuid, in whatever case.
func isUUID(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) != 5 || strings.Trim(s, "0123456789abcdefABCDEF-") != "" {
		return false
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != n {
			return false
		}
	}
	return true
}

// resolve finds a RECIPIENT: E.164, an ACI, PNI:<uuid> or u:<username>. The lock is held.
func (s *Server) resolve(name string) (recipient, *rpcError) {
	switch {
	case strings.HasPrefix(name, "+"):
		for _, p := range s.people {
			if p.Number == name {
				return recipient{p, p.address()}, nil
			}
		}
		return recipient{address: address{Number: &name}}, nil
	case strings.HasPrefix(name, "u:"):
		for _, p := range s.people {
			if p.Username != "" && p.Username == name[2:] {
				return recipient{p, p.address()}, nil
			}
		}
		return recipient{}, userError("The user " + name + " is not registered.")
	case isUUID(strings.TrimPrefix(name, "PNI:")):
		id := strings.ToLower(name)
		if p := s.people[id]; p != nil {
			return recipient{p, p.address()}, nil
		}
		return recipient{address: address{UUID: &id}}, nil
	default:
		return recipient{}, userError("Invalid recipient identifier: " + name)
	}
}

// targets reads the target block. The lock is held.
func (c *call) targets() (targets, *rpcError) {
	s := c.server
	var t targets
	for _, id := range c.params.list("groupId") {
		g := s.groups[id]
		if g == nil || !c.account.knows(g) {
			return t, userError("Group not found: " + id)
		}
		t.groups = append(t.groups, g)
	}
	names := c.params.list("recipient")
	for _, u := range c.params.list("username") {
		names = append(names, "u:"+strings.TrimPrefix(u, "u:"))
	}
	self, rerr := c.params.flag("noteToSelf")
	if rerr != nil {
		return t, rerr
	}
	if self {
		names = append(names, c.account.ACI)
	}
	for _, n := range names {
		r, rerr := s.resolve(n)
		if rerr != nil {
			return t, rerr
		}
		t.people = append(t.people, r)
	}
	if len(t.groups)+len(t.people) == 0 {
		return t, userError("No recipients given")
	}
	return t, nil
}

// author resolves a required author parameter to an account id. The lock is held.
func (c *call) author(param string) (string, *rpcError) {
	name := c.params.str(param)
	if name == "" {
		return "", missing(param)
	}
	r, rerr := c.server.resolve(name)
	if rerr != nil {
		return "", rerr
	}
	if r.who != nil {
		return r.who.ACI, nil
	}
	if r.address.UUID == nil {
		return "", userError("The user " + name + " is not registered.")
	}
	return *r.address.UUID, nil // an account id needs no looking up
}

// somebody is the person with an account id, known or not. The lock is held.
func (s *Server) somebody(aci string) *person {
	if p := s.people[aci]; p != nil {
		return p
	}
	return &person{Person: Person{ACI: aci}}
}

// outgoing is one thing an account sends.
type outgoing struct {
	method  string
	content bool // a message: refused in announcement groups to all but admins
	// show changes what the phones show; nil = nothing to see.
	show func(*conversation)
	// envelope is what other accounts of the daemon receive; nil = nothing.
	envelope func(g *groupInfo) content
}

// deliver sends to all targets at one timestamp. The lock is held.
func (c *call) deliver(t targets, at int64, o outgoing) (any, *rpcError) {
	s := c.server
	for _, g := range t.groups {
		if rerr := g.refuses(c.account.ACI, o.content); rerr != nil {
			return nil, rerr
		}
	}
	out := s.newSent(at)
	trouble := s.troubleFor(o.method)
	defer s.spend(trouble)
	for _, g := range t.groups {
		reached := len(g.members) == 1
		for _, m := range g.members {
			if m.aci == c.account.ACI {
				continue
			}
			p := s.people[m.aci]
			r := s.outcome(trouble, recipient{p, p.address()})
			r.GroupID = g.id
			out.results = append(out.results, r)
			if r.Type == "SUCCESS" {
				reached = true
				c.arrive(p, at, o, g)
			}
		}
		if reached && o.show != nil {
			o.show(g.talk)
		}
	}
	for _, to := range t.people {
		r := s.outcome(trouble, to)
		out.results = append(out.results, r)
		if r.Type != "SUCCESS" {
			continue
		}
		c.arrive(to.who, at, o, nil)
		if o.show != nil {
			o.show(s.private(c.account.ACI, to.who.ACI))
		}
	}
	s.changed()
	return verdict(out)
}

// arrive is what happens on the recipient's side apart from what he sees.
func (c *call) arrive(to *person, at int64, o outgoing, g *group) {
	s := c.server
	if to.account != nil && to.account != c.account && o.envelope != nil {
		from := s.people[c.account.ACI]
		s.queueFor(to.account, from, at, o.envelope(g.info("DELIVER")), g)
	}
	if s.opts.Receipts && to.account == nil && o.content {
		at := s.stamp(to.ACI)
		s.queueFor(c.account, to, at, content{ReceiptMessage: &receiptMessage{
			When: at, IsDelivery: true, Timestamps: []int64{s.stamps[c.account.ACI]},
		}}, nil)
	}
}

// trouble is a fault that one call meets at some of its recipients.
type trouble struct {
	fault *Fault
	hit   bool
}

// troubleFor returns the faults that the recipients of a call meet. The lock is held.
func (s *Server) troubleFor(method string) []*trouble {
	var out []*trouble
	for _, f := range s.faults {
		if failureOf(f.Kind) == "" || (f.Method != "" && f.Method != method) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		out = append(out, &trouble{fault: f})
	}
	return out
}

// spend counts the faults that have hit. The lock is held.
func (s *Server) spend(met []*trouble) {
	for _, t := range met {
		if t.hit && t.fault.Times > 0 {
			t.fault.Times--
		}
		if t.hit && t.fault.Times == 0 {
			s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return f == t.fault })
		}
	}
}

// failureOf is the result type of a fault that recipients meet; empty for the other kinds.
func failureOf(kind FaultKind) string {
	switch kind {
	case Identity:
		return "IDENTITY_FAILURE"
	case Network:
		return "NETWORK_FAILURE"
	case Unregistered:
		return "UNREGISTERED_FAILURE"
	case RateLimit:
		return "RATE_LIMIT_FAILURE"
	}
	return ""
}

// outcome decides whether a recipient gets it. The lock is held.
func (s *Server) outcome(met []*trouble, to recipient) sendResult {
	r := sendResult{Address: to.address, Type: "SUCCESS"}
	if to.who == nil {
		r.Type = "UNREGISTERED_FAILURE"
		return r
	}
	if to.who.untrusted {
		r.Type = "IDENTITY_FAILURE"
		return r
	}
	for _, t := range met {
		if t.fault.Person != "" && t.fault.Person != to.who.ACI {
			continue
		}
		t.hit = true
		r.Type = failureOf(t.fault.Kind)
		r.Token = t.fault.Token
		r.RetryAfter = int64(t.fault.RetryAfter.Seconds())
		return r
	}
	return r
}

// verdict turns results without any success into the daemon's errors.
func verdict(t sent) (any, *rpcError) {
	if len(t.results) == 0 {
		return t, nil
	}
	types := map[string]bool{}
	for _, r := range t.results {
		types[r.Type] = true
	}
	if types["SUCCESS"] {
		return t, nil
	}
	e := &rpcError{Code: codeUser, Message: "Failed to send message", Data: struct {
		Response sent `json:"response"`
	}{t}}
	if len(types) == 1 && types["IDENTITY_FAILURE"] {
		e.Code, e.Message = codeUntrusted, "Failed to send message due to untrusted identities"
	}
	if len(types) == 1 && types["RATE_LIMIT_FAILURE"] {
		e.Code, e.Message = codeRateLimit, "Failed to send message due to rate limiting"
	}
	return nil, e
}
