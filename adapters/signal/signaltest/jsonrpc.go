package signaltest

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
)

// The error codes of the daemon.
const (
	codeSyntax    = -32700
	codeRequest   = -32600
	codeMethod    = -32601
	codeParams    = -32602
	codeInternal  = -32603
	codeUser      = -1
	codeIO        = -3
	codeUntrusted = -4
	codeRateLimit = -5
	codeCaptcha   = -6
)

// rpcError is the error object of an answer.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func userError(message string) *rpcError { return &rpcError{Code: codeUser, Message: message} }

func internalError(message string) *rpcError {
	return &rpcError{Code: codeInternal, Message: message + " (UnexpectedErrorException)"}
}

// request is a JSON-RPC request as the daemon maps it.
type request struct {
	version string
	method  string
	params  json.RawMessage
	id      json.RawMessage // nil = a notification, nobody waits for an answer
}

// handleLine runs a line and returns the line to answer with (nil = none), or that the connection is to be
// dropped.
func (s *Server) handleLine(c *conn, line []byte) (answer []byte, drop bool) {
	trimmed := bytes.TrimSpace(line)
	if len(trimmed) == 0 {
		return failure(nil, &rpcError{Code: codeSyntax, Message: "Empty input line"}), false
	}
	if trimmed[0] == '{' && json.Valid(trimmed) {
		return s.handleRequest(c, trimmed)
	}
	// Only the first value of a line counts.
	var value json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(trimmed)).Decode(&value); err != nil {
		return failure(nil, &rpcError{Code: codeSyntax, Message: err.Error()}), false
	}
	switch value[0] {
	case '{':
		return s.handleRequest(c, value)
	case '[':
		return s.handleBatch(c, value)
	default:
		return failure(nil, &rpcError{Code: codeRequest, Message: "unexpected type: " + nodeType(value)}), false
	}
}

func (s *Server) handleBatch(c *conn, value json.RawMessage) ([]byte, bool) {
	var members []json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil || len(members) == 0 {
		return failure(nil, &rpcError{Code: codeRequest, Message: "invalid request"}), false
	}
	var mu sync.Mutex // guards answers and dropped
	var answers [][]byte
	dropped := false
	var wg sync.WaitGroup
	for _, m := range members {
		wg.Go(func() {
			a, drop := s.handleRequest(c, m)
			mu.Lock()
			defer mu.Unlock()
			dropped = dropped || drop
			if a != nil {
				answers = append(answers, a)
			}
		})
	}
	wg.Wait()
	if dropped || len(answers) == 0 {
		return nil, dropped
	}
	return append(append([]byte{'['}, bytes.Join(answers, []byte(","))...), ']'), false
}

// handleRequest runs one request object.
func (s *Server) handleRequest(c *conn, value json.RawMessage) ([]byte, bool) {
	req, ignored, bad := parseRequest(value)
	if ignored {
		return nil, false
	}
	if bad != nil {
		return failure(req.id, bad), false
	}
	name := req.method
	if s.takeFault(DropBefore, name, "") != nil {
		return nil, true
	}
	result, rerr := s.call(c, req)
	drop := s.takeFault(DropAfter, name, "") != nil
	if f := s.takeFault(Slow, name, ""); f != nil {
		pause(c.run, f.Delay)
	}
	pause(c.run, s.opts.Latency)
	switch {
	case drop:
		return nil, true
	case req.id == nil:
		return nil, false
	case rerr != nil:
		return failure(req.id, rerr), false
	default:
		return success(req.id, result), false
	}
}

// parseRequest maps an object to a request. Ignored are answers: nobody asked for them.
func parseRequest(value json.RawMessage) (req request, ignored bool, bad *rpcError) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil || fields == nil {
		return req, false, &rpcError{Code: codeRequest, Message: "unexpected type: " + nodeType(value)}
	}
	if fields["result"] != nil || fields["error"] != nil {
		return req, true, nil
	}
	for name, raw := range fields {
		switch name {
		case "jsonrpc":
			_ = json.Unmarshal(raw, &req.version) // not a string is a wrong version, told below
		case "method":
			_ = json.Unmarshal(raw, &req.method) // likewise
		case "params":
			req.params = raw
		case "id":
			req.id = raw
		default:
			bad = &rpcError{Code: codeRequest, Message: `Unrecognized field "` + name + `"`}
		}
	}
	switch {
	case bad != nil:
	case len(req.id) > 0 && (req.id[0] == '{' || req.id[0] == '['):
		req.id, bad = nil, &rpcError{Code: codeRequest, Message: "id field must be a scalar"}
	case req.version != "2.0":
		bad = &rpcError{Code: codeRequest, Message: "only jsonrpc version 2.0 is supported"}
	case req.method == "":
		bad = &rpcError{Code: codeRequest, Message: "method field must be set"}
	case len(req.params) > 0 && !bytes.Contains([]byte("{[n"), req.params[:1]):
		bad = &rpcError{Code: codeRequest, Message: "unexpected type: " + nodeType(req.params)}
	}
	return req, false, bad
}

func nodeType(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return "STRING"
	case 't', 'f':
		return "BOOLEAN"
	case 'n':
		return "NULL"
	case '{':
		return "OBJECT"
	case '[':
		return "ARRAY"
	default:
		return "NUMBER"
	}
}

func success(id json.RawMessage, result any) []byte {
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","result":`)
	encode(&b, result)
	b.WriteString(`,"id":`)
	b.Write(id)
	b.WriteByte('}')
	return b.Bytes()
}

func failure(id json.RawMessage, e *rpcError) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","error":`)
	encode(&b, e)
	b.WriteString(`,"id":`)
	b.Write(id)
	b.WriteByte('}')
	return b.Bytes()
}

// encode writes v as Jackson does: without escaping < > & and without a newline. Our own types always
// encode; a failure would be a bug of this package.
func encode(w io.Writer, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("signaltest: encode answer: " + err.Error())
	}
	_, _ = w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n"))) // a buffer does not fail
}
