package signaltest

import (
	"encoding/json"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind string

// The kinds of faults.
const (
	DropBefore   FaultKind = "drop before"  // the connection breaks before the call is executed
	DropAfter    FaultKind = "drop after"   // the call is executed, the connection breaks before the answer
	Slow         FaultKind = "slow"         // the answer comes Delay later
	Broken       FaultKind = "broken"       // error -3: Signal's servers are out of reach
	Network      FaultKind = "network"      // NETWORK_FAILURE for a recipient
	RateLimit    FaultKind = "rate limit"   // RATE_LIMIT_FAILURE for a recipient, with RetryAfter and Token
	Identity     FaultKind = "identity"     // IDENTITY_FAILURE for a recipient
	Unregistered FaultKind = "unregistered" // UNREGISTERED_FAILURE for a recipient
	Unfound      FaultKind = "unfound"      // send: a mention or an answer names a Person whom the daemon cannot find
	Deny         FaultKind = "deny"         // updateGroup: Signal's server says 403
	Ignore       FaultKind = "ignore"       // updateGroup: nothing is done, and the answer is the same as if all were so (0.14.1)
	HalfLine     FaultKind = "half line"    // the next notification is written in half, then the connection breaks
	SlowFile     FaultKind = "slow file"    // the next received attachment takes Delay to download
	PartialFile  FaultKind = "partial file" // the next received attachment ends early
	NoFile       FaultKind = "no file"      // the next received attachment cannot be downloaded
)

// Fault is something that goes wrong, as data.
type Fault struct {
	Kind   FaultKind
	Method string // only calls of this method; empty = of any
	Person string // only for this recipient (ACI); empty = for any
	// Times is how many calls it hits; 0 = one, negative = all until Heal.
	Times int
	// Skip lets so many pass before the first hit.
	Skip       int
	RetryAfter time.Duration // RateLimit: what the server asks for; 0 = it does not say
	Token      string        // RateLimit: the captcha challenge
	Delay      time.Duration // Slow, SlowFile
}

// Break makes things go wrong from now on.
func (s *Server) Break(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal ends all faults that Break began.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) takeFault(kind FaultKind, method, person string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeFaultLocked(kind, method, person)
}

// takeFaultLocked returns the fault that hits this call, if any, and counts it. The lock is held.
func (s *Server) takeFaultLocked(kind FaultKind, method, person string) *Fault {
	for i, f := range s.faults {
		if f.Kind != kind || (f.Method != "" && f.Method != method) || (f.Person != "" && f.Person != person) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		if f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return f
	}
	return nil
}

// KillReceive makes the bot's receive thread die, as it does of a database timeout: the daemon goes on
// answering, but no notification comes until the last subscriber unsubscribes and one subscribes anew.
func (s *Server) KillReceive() {
	s.mu.Lock()
	t := s.accounts[0].thread
	s.mu.Unlock()
	if t != nil {
		t.halt() // the account keeps the dead thread: nobody starts another
	}
}

// Deauthorise takes the daemon's right to the bot's account, as unlinking the device does. Single-account
// daemons end.
func (s *Server) Deauthorise() {
	s.mu.Lock()
	a := s.accounts[0]
	a.authorised = false
	s.mu.Unlock()
	s.unsubscribe(a, func(*handler) bool { return true })
	if s.opts.Single {
		s.Stop(false)
	}
}

// Authorise gives the right back, as linking the device again does. Subscriptions have to be made anew.
func (s *Server) Authorise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[0].authorised = true
}

// Reinstall changes a person's safety number: until the daemon trusts it, his messages come as exceptions
// and sending to him fails.
func (s *Server) Reinstall(person string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[person]; p != nil {
		p.untrusted = true
	}
}

// submitChallenge accepts the token of a rate limit in force, once, with any captcha.
func (c *call) submitChallenge() (any, *rpcError) {
	s := c.server
	token, captcha := c.params.str("challenge"), c.params.str("captcha")
	if token == "" || captcha == "" {
		return nil, missing("challenge")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Kind == RateLimit && f.Token == token {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			return nothing{}, nil
		}
	}
	return nil, &rpcError{
		Code:    codeCaptcha,
		Message: "Captcha rejected, it may be outdated, already used or solved from a different IP address.",
	}
}

// withheld is what the daemon tells of an envelope whose sender it does not trust: all but its content.
func withheld(payload json.RawMessage, author string) json.RawMessage {
	var full struct {
		Envelope envelope `json:"envelope"`
		Account  string   `json:"account"`
	}
	if err := json.Unmarshal(payload, &full); err != nil {
		panic("signaltest: read own envelope: " + err.Error())
	}
	full.Envelope.content = content{}
	return payloadOf(full.Account, full.Envelope, &exception{
		Message: "Untrusted identity: " + author, Type: "UntrustedIdentityException",
	})
}
