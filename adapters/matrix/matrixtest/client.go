package matrixtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// client makes calls of the client-server API in anybody's name.
type client struct {
	base string
	http *http.Client
}

// inside carries calls into a server of this package without a network, so no fault or latency meets
// them.
type inside struct{ mux http.Handler }

func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	t.mux.ServeHTTP(w, r)
	return w.Result(), nil
}

var _ http.RoundTripper = inside{}

// login is who makes a call: a token, and for an application service whom it plays.
type login struct {
	token string
	plays string
}

// call does one call with a JSON body (nil = none) and reads the answer into out (nil = not wanted). A
// refusal is returned in the server's words.
func (c client) call(ctx context.Context, as login, method, path string, body, out any) error {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(mustJSON(body))
	}
	b, _, err := c.raw(ctx, as, method, path, "application/json", r)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read answer of %s: %w", path, err)
	}
	return nil
}

func (c client) raw(ctx context.Context, as login, method, path, kind string, body io.Reader) ([]byte, http.Header, error) {
	if as.plays != "" {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		path += sep + "user_id=" + url.QueryEscape(as.plays)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, nil, fmt.Errorf("make request: %w", err)
	}
	r.Header.Set("Content-Type", kind)
	if as.token != "" {
		r.Header.Set("Authorization", "Bearer "+as.token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("call homeserver: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, nil, fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var e struct {
			Code string `json:"errcode"`
			Text string `json:"error"`
		}
		_ = json.Unmarshal(b, &e) // an answer that is no JSON has no code
		return nil, nil, fail(resp.StatusCode, e.Code, e.Text)
	}
	return b, resp.Header, nil
}

// seg escapes one segment of a path.
func seg(s string) string { return url.PathEscape(s) }

// RegisterByService makes an account of an application service on a homeserver and returns its id.
func RegisterByService(ctx context.Context, homeserver string, r Registration, name string) (string, error) {
	var out struct {
		User string `json:"user_id"`
	}
	c := client{base: homeserver, http: &http.Client{}}
	err := c.call(ctx, login{token: r.AS}, "POST", v3+"/register", map[string]any{
		"type": "m.login.application_service", "username": name, "inhibit_login": true,
	}, &out)
	return out.User, err
}
