package signaltest

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// params are a request's named parameters, looked up by the rules of the daemon's JsonRpcNamespace.
type params map[string]json.RawMessage

// dashed is the command line's spelling of a name: groupId → group-id.
func dashed(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// get finds a scalar: by its exact name or its dashed one. null is as good as absent.
func (p params) get(name string) (json.RawMessage, bool) {
	v, ok := p[name]
	if !ok {
		v, ok = p[dashed(name)]
	}
	return v, ok && !bytes.Equal(v, []byte("null"))
}

// list finds a list: by singular or plural name, as a scalar or an array.
func (p params) list(name string) []string {
	v, ok := p.get(name)
	if !ok {
		v, ok = p.get(name + "s")
	}
	if !ok {
		return nil
	}
	if v[0] != '[' {
		return []string{scalar(v)}
	}
	var raw []json.RawMessage
	_ = json.Unmarshal(v, &raw) // it was syntactically checked with the line
	out := make([]string, 0, len(raw))
	for _, r := range raw {
		out = append(out, scalar(r))
	}
	return out
}

// has tells whether a list or a scalar is there at all.
func (p params) has(name string) bool {
	_, one := p.get(name)
	_, many := p.get(name + "s")
	return one || many
}

// scalar is Java's toString of a JSON scalar.
func scalar(v json.RawMessage) string {
	if len(v) > 0 && v[0] == '"' {
		var s string
		_ = json.Unmarshal(v, &s)
		return s
	}
	return string(v)
}

// str returns a string parameter, empty when absent.
func (p params) str(name string) string {
	v, ok := p.get(name)
	if !ok {
		return ""
	}
	return scalar(v)
}

// flag returns a boolean parameter; anything but a JSON boolean is a ClassCastException.
func (p params) flag(name string) (bool, *rpcError) {
	v, ok := p.get(name)
	if !ok {
		return false, nil
	}
	switch string(v) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, castError("Boolean")
}

// long returns a 64-bit parameter. Jackson maps what fits 32 bits to Integer, which the daemon's cast to
// Long refuses.
func (p params) long(name string) (int64, bool, *rpcError) {
	v, ok := p.get(name)
	if !ok {
		return 0, false, nil
	}
	n, err := longValue(string(v))
	return n, err == nil, err
}

func longValue(v string) (int64, *rpcError) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || (n <= math.MaxInt32 && n >= math.MinInt32) {
		return 0, castError("Long")
	}
	return n, nil
}

// longs returns a list of 64-bit numbers.
func (p params) longs(name string) ([]int64, *rpcError) {
	var out []int64
	for _, v := range p.list(name) {
		n, err := longValue(v)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// integer returns a 32-bit parameter.
func (p params) integer(name string) (int, bool, *rpcError) {
	v, ok := p.get(name)
	if !ok {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(string(v), 10, 32)
	if err != nil {
		return 0, false, castError("Integer")
	}
	return int(n), true, nil
}

func castError(to string) *rpcError {
	return &rpcError{Code: codeInternal, Message: "class cannot be cast to class java.lang." + to + " (ClassCastException)"}
}

func missing(name string) *rpcError {
	return &rpcError{Code: codeInternal, Message: `Cannot use "` + name + `" because it is null (NullPointerException)`}
}
