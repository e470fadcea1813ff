package signaltest

import (
	"encoding/json"
	"time"
)

// call is one running request.
type call struct {
	server  *Server
	conn    *conn
	account *account // nil where the method needs none
	params  params
}

// method is one method of the daemon.
type method struct {
	run     func(*call) (any, *rpcError)
	account int  // needed, optional or none
	typed   bool // its params are a record: unknown fields are errors, arrays are not
	multi   bool // exists only in multi-account mode
}

const (
	accountNeeded = iota
	accountOptional
	accountNone
)

// nothing is the result of a method without one.
type nothing struct{}

func (s *Server) methodTable() map[string]method {
	return map[string]method{
		"version":            {run: (*call).version, account: accountOptional},
		"listAccounts":       {run: (*call).listAccounts, account: accountNone, multi: true},
		"startLink":          {run: (*call).startLink, account: accountNone, multi: true},
		"finishLink":         {run: (*call).finishLink, account: accountNone, multi: true, typed: true},
		"subscribeReceive":   {run: (*call).subscribe, account: accountOptional},
		"unsubscribeReceive": {run: (*call).unsubscribe, account: accountOptional},
		"receive":            {run: (*call).receive, typed: true},

		"send":                     {run: (*call).send},
		"sendReaction":             {run: (*call).sendReaction},
		"remoteDelete":             {run: (*call).remoteDelete},
		"sendAdminDelete":          {run: (*call).sendAdminDelete},
		"sendTyping":               {run: (*call).sendTyping},
		"sendReceipt":              {run: (*call).sendReceipt},
		"sendPollCreate":           {run: (*call).sendPollCreate},
		"sendPollVote":             {run: (*call).sendPollVote},
		"sendPollTerminate":        {run: (*call).sendPollTerminate},
		"sendPinMessage":           {run: (*call).sendPin},
		"sendUnpinMessage":         {run: (*call).sendUnpin},
		"updateGroup":              {run: (*call).updateGroup},
		"joinGroup":                {run: (*call).joinGroup},
		"quitGroup":                {run: (*call).quitGroup},
		"listGroups":               {run: (*call).listGroups},
		"listContacts":             {run: (*call).listContacts},
		"updateContact":            {run: (*call).accept},
		"updateConfiguration":      {run: (*call).accept},
		"updateProfile":            {run: (*call).updateProfile},
		"getUserStatus":            {run: (*call).getUserStatus},
		"listIdentities":           {run: (*call).listIdentities},
		"trust":                    {run: (*call).trust},
		"block":                    {run: (*call).block},
		"unblock":                  {run: (*call).unblock},
		"getAttachment":            {run: (*call).getAttachment},
		"getSticker":               {run: (*call).getSticker},
		"getAvatar":                {run: (*call).getAvatar},
		"submitRateLimitChallenge": {run: (*call).submitChallenge},
	}
}

// call finds the account and the method and runs it.
func (s *Server) call(c *conn, req request) (any, *rpcError) {
	m, ok := s.methods[req.method]
	if !ok || (m.multi && s.opts.Single) {
		return nil, &rpcError{Code: codeMethod, Message: "Method not implemented"}
	}
	p, rerr := mapParams(req)
	if rerr != nil {
		return nil, rerr
	}
	cl := &call{server: s, conn: c, params: p}
	if rerr := cl.findAccount(m); rerr != nil {
		return nil, rerr
	}
	if f := s.takeFault(Broken, req.method, ""); f != nil {
		return nil, &rpcError{Code: codeIO, Message: "Failed to send message: connection closed (IOException)"}
	}
	return m.run(cl)
}

// mapParams reads the parameters. Only unsubscribeReceive may be called with an array: [id].
func mapParams(req request) (params, *rpcError) {
	p := params{}
	if len(req.params) == 0 || req.params[0] == 'n' {
		return p, nil
	}
	if req.params[0] == '[' {
		var ids []json.RawMessage
		if req.method == "unsubscribeReceive" && json.Unmarshal(req.params, &ids) == nil && len(ids) == 1 {
			return params{"subscription": ids[0]}, nil
		}
		return nil, &rpcError{Code: codeRequest, Message: "Cannot deserialize value of type `java.util.Map`"}
	}
	if err := json.Unmarshal(req.params, &p); err != nil {
		return nil, &rpcError{Code: codeRequest, Message: err.Error()}
	}
	return p, nil
}

func (c *call) findAccount(m method) *rpcError {
	s := c.server
	loaded := s.loaded()
	if s.opts.Single {
		if _, given := c.params["account"]; given && m.typed {
			return &rpcError{Code: codeRequest, Message: `Unrecognized field "account"`}
		}
		c.account = s.accounts[0]
		return nil
	}
	raw, given := c.params["account"]
	if given && m.account == accountNone && m.typed {
		return &rpcError{Code: codeRequest, Message: `Unrecognized field "account"`}
	}
	if given {
		delete(c.params, "account")
		name := scalar(raw)
		for _, a := range loaded {
			if a.Number == name || a.ACI == name {
				c.account = a
				return nil
			}
		}
		return &rpcError{Code: codeParams, Message: "Specified account does not exist"}
	}
	if m.account != accountNeeded {
		return nil
	}
	if len(loaded) != 1 {
		return &rpcError{Code: codeParams, Message: "Method requires valid account parameter"}
	}
	c.account = loaded[0]
	return nil
}

func (c *call) version() (any, *rpcError) {
	return struct {
		Version string `json:"version"`
	}{c.server.opts.Version}, nil
}

func (c *call) accept() (any, *rpcError) { return nothing{}, nil }

type accountNumber struct {
	Number string `json:"number"`
}

func (c *call) listAccounts() (any, *rpcError) {
	out := []accountNumber{}
	for _, a := range c.server.loaded() {
		out = append(out, accountNumber{a.Number})
	}
	return out, nil
}

// subscribe without an account is for all of them: one id for all.
func (c *call) subscribe() (any, *rpcError) {
	s := c.server
	if c.account != nil {
		return s.subscribe(c.account, c.conn, true), nil
	}
	s.mu.Lock()
	id := s.nextSub
	s.nextSub++
	s.mu.Unlock()
	for _, a := range s.loaded() {
		s.addHandler(a, &handler{conn: c.conn, id: id, wrapped: true})
	}
	return id, nil
}

func (c *call) unsubscribe() (any, *rpcError) {
	s := c.server
	id, ok, rerr := c.params.integer("subscription")
	if rerr != nil || !ok {
		return nil, &rpcError{Code: codeRequest, Message: "subscription must be set"}
	}
	s.mu.Lock()
	accounts := append([]*account(nil), s.accounts...)
	s.mu.Unlock()
	found := false
	for _, a := range accounts {
		if s.unsubscribe(a, func(h *handler) bool { return h.wrapped && h.id == id && h.conn == c.conn }) {
			found = true
		}
	}
	if !found {
		return nil, userError("Unknown subscription id")
	}
	return nothing{}, nil
}

func (c *call) receive() (any, *rpcError) {
	timeout, most := 3.0, -1
	for name, raw := range c.params {
		var err error
		switch name {
		case "timeout":
			err = json.Unmarshal(raw, &timeout)
		case "maxMessages":
			err = json.Unmarshal(raw, &most)
		default:
			return nil, &rpcError{Code: codeRequest, Message: `Unrecognized field "` + name + `"`}
		}
		if err != nil {
			return nil, &rpcError{Code: codeRequest, Message: "Cannot deserialize value of field " + name}
		}
	}
	a, s := c.account, c.server
	s.mu.Lock()
	if a.thread != nil || a.polling {
		s.mu.Unlock()
		return nil, userError("Receive command cannot be used if messages are already being received.")
	}
	a.polling = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		a.polling = false
	}()
	return a.poll(c.conn, time.Duration(timeout*float64(time.Second)), most), nil
}

func (c *call) startLink() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	uri := "sgnl://linkdevice?uuid=" + s.uuid() + "&pub_key=" + s.uuid()
	s.links[uri] = make(chan string, 1)
	return struct {
		URI string `json:"deviceLinkUri"`
	}{uri}, nil
}

// finishLink waits until a phone scans the link.
func (c *call) finishLink() (any, *rpcError) {
	s := c.server
	uri := c.params.str("deviceLinkUri")
	s.mu.Lock()
	scanned := s.links[uri]
	s.mu.Unlock()
	if scanned == nil {
		return nil, userError("Invalid device link uri")
	}
	select {
	case number := <-scanned:
		return accountNumber{number}, nil
	case <-c.conn.run.done:
		return nil, &rpcError{Code: codeIO, Message: "Link request timed out"}
	}
}

// ScanLink is an account's phone scanning the code of startLink: from now on the daemon has the account.
func (s *Server) ScanLink(uri string, a Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scanned := s.links[uri]
	if scanned == nil {
		return
	}
	delete(s.links, uri)
	known := false
	for _, old := range s.accounts {
		if old.Number == a.Number {
			old.authorised, known = true, true
		}
	}
	if !known {
		s.addAccount(a)
	}
	scanned <- a.Number
}
