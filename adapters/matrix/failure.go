package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxWait bounds how long a server may make us wait.
const maxWait = 15 * time.Minute

// failure turns an error of a call into the pump's words. A broken connection or a server's own failure
// is unsure: the call may have been done.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var retry *adapters.RetryError
	var refused *adapters.RefusedError
	if errors.As(err, &retry) || errors.As(err, &refused) {
		return err
	}
	var he mautrix.HTTPError
	if !errors.As(err, &he) || he.Response == nil {
		return networkFailure(err)
	}
	switch status := he.Response.StatusCode; {
	case status == http.StatusTooManyRequests:
		return adapters.Retry(waitOf(he), brief(err))
	case status >= 500 || status < 400:
		return adapters.Unsure(brief(err))
	case status == http.StatusUnauthorized:
		return adapters.Retry(0, brief(err))
	case status == http.StatusRequestTimeout:
		return adapters.Unsure(brief(err))
	default:
		return adapters.Refused(reasonOf(he), brief(err))
	}
}

func networkFailure(err error) error {
	if errors.Is(err, context.Canceled) {
		return adapters.Retry(0, err)
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return adapters.Retry(0, brief(err))
	}
	return adapters.Unsure(brief(err))
}

// brief keeps an error's chain for errors.Is, and shortens what it says: an answer of a proxy may be a
// whole page, and an address may hold a token.
func brief(err error) error {
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.RespError == nil && he.Response != nil {
		return fmt.Errorf("homeserver answers %s", he.Response.Status)
	}
	return err
}

func reasonOf(he mautrix.HTTPError) chat.Reason {
	code := codeOf(he)
	switch he.Response.StatusCode {
	case http.StatusForbidden:
		return chat.Forbidden
	case http.StatusNotFound:
		if code == "M_UNRECOGNIZED" {
			return chat.Unsupported
		}
		return chat.NotFound
	case http.StatusRequestEntityTooLarge:
		return chat.TooLarge
	case http.StatusMethodNotAllowed:
		return chat.Unsupported
	}
	if code == "M_TOO_LARGE" {
		return chat.TooLarge
	}
	return chat.Invalid
}

// codeOf returns the errcode of an answer, empty if it has none.
func codeOf(err error) string {
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.RespError != nil {
		return he.RespError.ErrCode
	}
	return ""
}

// statusOf returns the HTTP status of an answer, 0 if there was none.
func statusOf(err error) int {
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.Response != nil {
		return he.Response.StatusCode
	}
	return 0
}

// isAnswer tells whether an error is the server's own word, which asking again will hardly change: one
// room's fault must not hold up all others.
func isAnswer(err error) bool {
	st := statusOf(err)
	return st != 0 && st != http.StatusTooManyRequests && st != http.StatusUnauthorized &&
		st != http.StatusBadGateway && st != http.StatusServiceUnavailable && st != http.StatusGatewayTimeout
}

// waitOf reads how long a 429 asks to wait: Dendrite says it in the body only, Synapse also in a header,
// rounded up to seconds.
func waitOf(he mautrix.HTTPError) time.Duration {
	var wait time.Duration
	if he.RespError != nil {
		switch ms := he.RespError.ExtraData["retry_after_ms"].(type) {
		case float64:
			wait = time.Duration(min(max(ms, 0), float64(maxWait/time.Millisecond))) * time.Millisecond
		case json.Number:
			n, _ := ms.Int64() // a fraction is no number of milliseconds: the pump then backs off by itself
			wait = time.Duration(n) * time.Millisecond
		}
	}
	if wait == 0 {
		s, err := strconv.Atoi(he.Response.Header.Get("Retry-After"))
		if err == nil {
			wait = time.Duration(s) * time.Second
		}
	}
	return min(max(wait, 0), maxWait)
}

// refuse returns a refusal with a cause in our own words.
func refuse(why chat.Reason, format string, args ...any) error {
	return adapters.Refused(why, fmt.Errorf(format, args...))
}
