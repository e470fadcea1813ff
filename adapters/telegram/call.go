package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// maxAnswer is the most bytes of an answer that are read: a hundred updates fit in it many times.
const maxAnswer = 64 << 20

// callError is a call that did not do what it should. It never holds the token or a message's text.
type callError struct {
	method      string
	code        int           // of the API or of HTTP; 0 = no answer
	description string        // in the API's words
	after       time.Duration // the wait that the API asks for
	migrated    int64         // the supergroup that the chat has become
	reached     bool          // without an answer: the request may have been carried out
	err         error         // without an answer: why
}

// Error tells the method and the refusal.
func (e *callError) Error() string {
	if e.err != nil {
		return fmt.Sprintf("call %s: %v", e.method, e.err)
	}
	return fmt.Sprintf("call %s: %d %s", e.method, e.code, e.description)
}

// Unwrap returns why there was no answer.
func (e *callError) Unwrap() error { return e.err }

// says tells whether a refusal's description has these words in it.
func (e *callError) says(words ...string) bool {
	text := strings.ToLower(e.description)
	for _, w := range words {
		if strings.Contains(text, strings.ToLower(w)) {
			return true
		}
	}
	return false
}

// refusal returns the callError in err, nil if there is none.
func refusal(err error) *callError {
	var e *callError
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// caller makes the calls, for the library and for our own. It turns every answer but a good one into a
// *callError, which the library hands on wrapped; the library's own errors lose the waits and ids.
type caller struct {
	http  *http.Client
	base  string // the API's address with the token: never to be shown
	token string
}

type apiAnswer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter      int64 `json:"retry_after"`
		MigrateToChatID int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// Do carries out a request of the library.
func (c *caller) Do(r *http.Request) (*http.Response, error) {
	result, err := c.send(r)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(apiAnswer{OK: true, Result: narrow(result)})
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// call carries out a method with JSON parameters; dest may be nil.
func (c *caller) call(ctx context.Context, method string, params, dest any) error {
	body, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("encode %s: %w", method, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+method, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request of %s", method) // the cause would show the address
	}
	r.Header.Set("Content-Type", "application/json")
	result, err := c.send(r)
	if err != nil || dest == nil {
		return err
	}
	if err := json.Unmarshal(result, dest); err != nil {
		return fmt.Errorf("decode answer of %s: %w", method, err)
	}
	return nil
}

// send returns the result of a request that was granted.
func (c *caller) send(r *http.Request) (json.RawMessage, error) {
	method := path.Base(r.URL.Path)
	var reached atomic.Bool
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		WroteHeaders: func() { reached.Store(true) },
	}))
	response, err := c.http.Do(r)
	if err != nil {
		return nil, &callError{method: method, reached: reached.Load(), err: c.redact(err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer {
		if err == nil {
			err = fmt.Errorf("answer over %d bytes", maxAnswer)
		}
		return nil, &callError{method: method, reached: true, err: c.redact(err)}
	}
	var a apiAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		// A proxy's page, not the API's words: its text is worth nothing here.
		return nil, &callError{method: method, code: response.StatusCode, description: http.StatusText(response.StatusCode)}
	}
	if a.OK {
		return a.Result, nil
	}
	return nil, refusedBy(method, response, a)
}

func refusedBy(method string, response *http.Response, a apiAnswer) *callError {
	e := &callError{method: method, code: a.Code, description: a.Description, migrated: a.Parameters.MigrateToChatID}
	if e.code == 0 {
		e.code = response.StatusCode
	}
	seconds := a.Parameters.RetryAfter
	if header, err := strconv.ParseInt(response.Header.Get("Retry-After"), 10, 64); seconds == 0 && err == nil {
		seconds = header
	}
	e.after = time.Duration(min(max(seconds, 0), 24*3600)) * time.Second
	return e
}

// redact takes the address, and with it the token, from an error of the net/http package.
func (c *caller) redact(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if strings.Contains(err.Error(), c.token) {
		return errors.New(strings.ReplaceAll(err.Error(), c.token, "***"))
	}
	return err
}

// narrow keeps of messages what we use: the library fails on kinds it does not know, and then a message
// that was sent would count as failed and be sent again.
func narrow(result json.RawMessage) json.RawMessage {
	type message struct {
		MessageID int   `json:"message_id"`
		Date      int64 `json:"date"`
		Chat      struct {
			ID   int64  `json:"id"`
			Type string `json:"type"`
		} `json:"chat"`
	}
	var one message
	if json.Unmarshal(result, &one) == nil && one.MessageID != 0 {
		return encoded(one, result)
	}
	var many []message
	if json.Unmarshal(result, &many) == nil && len(many) > 0 && many[0].MessageID != 0 {
		return encoded(many, result)
	}
	return result
}

func encoded(v any, otherwise json.RawMessage) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return otherwise
	}
	return raw
}
