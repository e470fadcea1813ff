package telegramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sizes the server takes, from core.telegram.org/bots/api#sending-files.
const (
	maxUpload   = 50 << 20
	maxPhoto    = 10 << 20
	maxDownload = 20 << 20
	maxRequest  = maxUpload + 1<<20
)

// call is one request: all its parameters as strings, whichever of the four encodings carried them.
type call struct {
	name   string // as it came
	method string // in lower case
	values map[string]string
	files  map[string]*upload
}

type upload struct {
	name  string
	mime  string
	bytes []byte
}

// readCall reads the query, then the body as its content type says.
func readCall(w http.ResponseWriter, r *http.Request, method string) (*call, error) {
	c := &call{
		name: r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], method: method,
		values: map[string]string{}, files: map[string]*upload{},
	}
	for name, v := range r.URL.Query() {
		c.values[name] = v[0]
	}
	if r.Body == nil {
		return c, nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if err := c.readBody(r); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, &apiError{code: 413, description: "Request Entity Too Large"}
		}
		return nil, bad("%v", err)
	}
	for _, v := range c.values {
		if !utf8.ValidString(v) {
			return nil, bad("strings must be encoded in UTF-8")
		}
	}
	return c, nil
}

func (c *call) readBody(r *http.Request) error {
	kind, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil // no body, or one the server does not look at
	}
	switch kind {
	case "application/json":
		return c.readJSON(r.Body)
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return fmt.Errorf("can't parse form: %w", err)
		}
		for name, v := range r.PostForm {
			c.values[name] = v[0]
		}
		return nil
	case "multipart/form-data":
		return c.readMultipart(multipart.NewReader(r.Body, options["boundary"]))
	}
	return nil
}

func (c *call) readJSON(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil || len(bytes.TrimSpace(raw)) == 0 {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return errors.New("can't parse parameters: Can't parse JSON object")
	}
	for name, m := range members {
		var text string
		switch {
		case string(m) == "null":
		case json.Unmarshal(m, &text) == nil:
			c.values[name] = text
		default:
			c.values[name] = string(m)
		}
	}
	return nil
}

func (c *call) readMultipart(form *multipart.Reader) error {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil // the end as it should be; a form that breaks off is another error
		}
		if err != nil {
			if len(c.values)+len(c.files) == 0 && errors.Is(err, io.EOF) {
				return nil // the Go library sends an empty body for calls without parameters
			}
			return err
		}
		raw, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FileName() == "" {
			c.values[part.FormName()] = string(raw)
			continue
		}
		c.files[part.FormName()] = &upload{name: part.FileName(), mime: part.Header.Get("Content-Type"), bytes: raw}
	}
}

// number returns an integer parameter, 0 when it is missing or none.
func (c *call) number(name string) int64 {
	n, _ := strconv.ParseInt(c.values[name], 10, 64)
	return n
}

// truth returns a boolean parameter.
func (c *call) truth(name string) bool {
	v := strings.ToLower(c.values[name])
	return v == "true" || v == "1" || v == "yes"
}

// object reads a JSON parameter into dest; a missing one leaves it as it is.
func (c *call) object(name string, dest any) error {
	v := c.values[name]
	if v == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(v), dest); err != nil {
		return bad("can't parse %s: Can't parse JSON object", name)
	}
	return nil
}
