package signal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// judge turns what went wrong with a call into the adapter's answers. What is judged already stays.
func (a *Adapter) judge(err error) error {
	var retry *adapters.RetryError
	var refused *adapters.RefusedError
	var called *callError
	switch {
	case err == nil, errors.As(err, &retry), errors.As(err, &refused):
		return err
	case errors.Is(err, errUnsent):
		return adapters.Retry(0, err)
	case errors.Is(err, errUnsure):
		return adapters.Unsure(err)
	case errors.As(err, &called):
		return a.judgeCall(called, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return adapters.Retry(0, err)
	}
	return err
}

func (a *Adapter) judgeCall(called *callError, err error) error {
	switch called.Code {
	case codeIO:
		return adapters.Retry(0, err)
	case codeRateLimit:
		return adapters.Retry(a.limited(called), err)
	case codeUntrusted:
		return adapters.Refused(chat.Forbidden, err)
	case codeAccount:
		a.nudge()
		return adapters.Retry(0, err)
	case codeUser:
		return judgeUser(called, err)
	case codeMethod:
		return adapters.Refused(chat.Unsupported, err)
	}
	return err // a bug, ours or the daemon's: tried again, then a dead letter
}

// judgeUser reads the daemon's sentences; it has no finer codes.
func judgeUser(called *callError, err error) error {
	if r := called.response(); len(r.Results) > 0 {
		return judgeResults(r.Results, err)
	}
	for _, known := range []struct {
		words string
		why   chat.Reason
	}{
		{"Group not found", chat.NotFound},
		{"not a member", chat.Forbidden},
		{"not allowed to send", chat.Forbidden},
		{"not registered", chat.NotFound},
	} {
		if strings.Contains(called.Message, known.words) {
			return adapters.Refused(known.why, err)
		}
	}
	return adapters.Refused(chat.Invalid, err)
}

// isAboutForm tells whether the daemon has refused how a message is written, before it has sent anything: a style it
// does not know, or a mention or an answer of somebody whom it cannot find.
func (e *callError) isAboutForm() bool {
	if e.Code != codeUser || len(e.response().Results) > 0 {
		return false
	}
	for _, words := range []string{"Invalid mention", "Invalid textStyle", "Invalid text style", "is not registered"} {
		if strings.Contains(e.Message, words) {
			return true
		}
	}
	return false
}

// judgeResults decides for a message that reached nobody.
func judgeResults(results []sendResult, err error) error {
	unregistered := 0
	for _, r := range results {
		switch r.Type {
		case "NETWORK_FAILURE", "INVALID_PRE_KEY_FAILURE", "RATE_LIMIT_FAILURE":
			return adapters.Retry(time.Duration(max(r.RetryAfter, 0))*time.Second, err)
		case "UNREGISTERED_FAILURE":
			unregistered++
		}
	}
	if unregistered == len(results) {
		return adapters.Refused(chat.NotFound, err)
	}
	return adapters.Refused(chat.Forbidden, err)
}

// response is what an error carries of the send that failed.
func (e *callError) response() sendResponse {
	var data struct {
		Response sendResponse `json:"response"`
	}
	if json.Unmarshal(e.Data, &data) != nil { // null, or of another shape
		return sendResponse{}
	}
	return data.Response
}

// limited returns the longest wait that Signal asks for, and keeps the captcha it wants, if any.
func (a *Adapter) limited(called *callError) time.Duration {
	var wait int64
	for _, r := range called.response().Results {
		wait = max(wait, r.RetryAfter)
		if r.Token != "" {
			a.setChallenge(r.Token)
		}
	}
	return time.Duration(wait) * time.Second
}

func (a *Adapter) setChallenge(token string) {
	a.mu.Lock()
	again := a.challenge == token
	a.challenge = token
	a.mu.Unlock()
	if !again && token != "" {
		a.log.Warn("signal asks for a captcha before it takes more messages: solve https://signalcaptchas.org/challenge/generate.html from this machine's network, then: potluck captcha 'signalcaptcha://…'")
	}
}

// nudge lets the session look whether the account is still there.
func (a *Adapter) nudge() {
	select {
	case a.poke <- struct{}{}:
	default:
	}
}

// SubmitCaptcha answers the captcha that Signal asked for; the findings of Check say where to solve it. It
// must be solved from the same address on the internet.
func (a *Adapter) SubmitCaptcha(ctx context.Context, captcha string) error {
	c, err := a.link()
	if err != nil {
		return err
	}
	a.mu.Lock()
	token := a.challenge
	a.mu.Unlock()
	params := a.params()
	params["challenge"], params["captcha"] = token, captcha
	err = a.ask(ctx, c, "submitRateLimitChallenge", params, nil)
	var called *callError
	if errors.As(err, &called) && called.Code == codeCaptcha {
		return errors.New("signal did not take the captcha: solve a new one, from the machine's own address, and try again at once")
	}
	if err == nil {
		a.setChallenge("")
	}
	return err
}
