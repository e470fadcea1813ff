package signaltest

// SetPortrait gives a person's profile a picture; none takes it away.
func (s *Server) SetPortrait(person string, picture []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[person]; p != nil {
		p.picture = picture
	}
}

// getAvatar returns a picture that the daemon has downloaded.
func (c *call) getAvatar() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	var picture []byte
	if id := c.params.str("groupId"); id != "" {
		if _, known := c.account.known[id]; !known {
			return nil, userError("Group not found: " + id)
		}
		picture = c.account.known[id].picture
	} else {
		name := c.params.str("profile")
		if name == "" {
			name = c.params.str("contact")
		}
		r, rerr := s.resolve(name)
		if rerr != nil {
			return nil, rerr
		}
		if r.who != nil {
			picture = r.who.picture
		}
	}
	if len(picture) == 0 || s.opts.IgnoreAvatars {
		return nil, userError("Could not find avatar")
	}
	return encoded(picture), nil
}
