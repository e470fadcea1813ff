//go:build goolm

package matrixtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"maunium.net/go/mautrix/crypto/attachment"
)

// Encrypt makes all rooms that people begin from now on encrypted, and gives each of them a device with keys. The
// World's calls stay as they are: what they send into such a room is sealed on its way, and what they read is opened.
func (w *World) Encrypt() {
	inner := w.api.http.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	w.api.http = &http.Client{Transport: &sealing{
		inner: inner, base: w.api.base, bot: w.home.BotID, devices: map[string]*sealer{}, files: map[string]*attachment.EncryptedFile{},
		algorithm: map[string]bool{},
	}}
}

// sealing returns what people encrypt with; they must have been told to.
func (w *World) sealing() *sealing { return w.api.http.Transport.(*sealing) }

// sealing is the way of the World's calls to the server, with a device for each person.
type sealing struct {
	inner     http.RoundTripper
	base, bot string

	mu        sync.Mutex                           // guards all below
	devices   map[string]*sealer                   // by token
	files     map[string]*attachment.EncryptedFile // what opens a file, by its address
	algorithm map[string]bool                      // rooms that are encrypted
	plain     bool                                 // the next room begins in the open
}

var _ http.RoundTripper = (*sealing)(nil)

// RoundTrip carries one call.
func (t *sealing) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, p := range path {
		path[i], _ = url.PathUnescape(p) // it was escaped by us
	}
	at := func(i int) string {
		if i < len(path) {
			return path[i]
		}
		return ""
	}
	switch {
	case at(3) == "sync":
		return t.sync(r)
	case at(3) == "createRoom":
		return t.create(r)
	case at(3) == "rooms" && (at(5) == "join" || at(5) == "messages" || at(5) == "event" || at(5) == "relations"):
		if _, err := t.deviceOf(r); err != nil {
			return nil, err
		}
		if at(5) == "join" {
			return t.inner.RoundTrip(r)
		}
		return t.read(r, at(4))
	case at(3) == "rooms" && at(5) == "send" && at(6) != "m.reaction":
		return t.send(r, at(4), at(6), at(7))
	case at(3) == "media" && at(4) == "download":
		return t.download(r, "mxc://"+at(5)+"/"+at(6))
	}
	return t.inner.RoundTrip(r)
}

// deviceOf returns the device of whoever makes a call, making it; nil for the bot, which has its own.
func (t *sealing) deviceOf(r *http.Request) (*sealer, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	t.mu.Lock()
	defer t.mu.Unlock()
	if d, ok := t.devices[token]; ok {
		return d, nil
	}
	d, err := newSealer(r.Context(), t.inner, t.base, token, t.bot)
	if err != nil {
		return nil, err
	}
	t.devices[token] = d
	return d, nil
}

// sync hands what a /sync of the same person brings for his device on to it: the server gives it only once.
func (t *sealing) sync(r *http.Request) (*http.Response, error) {
	resp, err := t.inner.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	t.mu.Lock()
	d := t.devices[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	t.mu.Unlock()
	if d != nil {
		d.hear(r.Context(), b)
	}
	return resp, nil
}

// create begins a room as an encrypted one.
func (t *sealing) create(r *http.Request) (*http.Response, error) {
	if _, err := t.deviceOf(r); err != nil {
		return nil, err
	}
	var q map[string]any
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	t.mu.Lock()
	plain := t.plain
	t.mu.Unlock()
	if plain {
		return t.inner.RoundTrip(withBody(r, r.URL.EscapedPath(), mustJSON(q)))
	}
	q["initial_state"] = []map[string]any{{
		"type": "m.room.encryption", "state_key": "", "content": map[string]string{"algorithm": "m.megolm.v1.aes-sha2"},
	}}
	return t.inner.RoundTrip(withBody(r, r.URL.EscapedPath(), mustJSON(q)))
}

// withBody returns a call with another path, escaped, and body.
func withBody(r *http.Request, path string, body []byte) *http.Request {
	out := r.Clone(r.Context())
	out.URL.RawPath = path
	out.URL.Path, _ = url.PathUnescape(path) // it was escaped by us
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return out
}

// call makes one call in the name of whoever makes another.
func (t *sealing) call(r *http.Request, method, path, kind string, body []byte) (int, []byte, error) {
	q, err := http.NewRequestWithContext(r.Context(), method, t.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("make call: %w", err)
	}
	q.Header.Set("Authorization", r.Header.Get("Authorization"))
	q.Header.Set("Content-Type", kind)
	resp, err := t.inner.RoundTrip(q)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, b, err
}

// isSealed tells whether a room is encrypted.
func (t *sealing) isSealed(r *http.Request, room string) (bool, error) {
	t.mu.Lock()
	known := t.algorithm[room]
	t.mu.Unlock()
	if known {
		return true, nil
	}
	status, _, err := t.call(r, "GET", roomPath(room)+"/state/m.room.encryption", "application/json", nil)
	if err != nil || status != http.StatusOK {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.algorithm[room] = true
	return true, nil
}

// send seals an event on its way into an encrypted room.
func (t *sealing) send(r *http.Request, room, kind, txn string) (*http.Response, error) {
	d, err := t.deviceOf(r)
	if err != nil {
		return nil, err
	}
	sealed, err := t.isSealed(r, room)
	if err != nil {
		return nil, err
	}
	if d == nil || !sealed {
		return t.inner.RoundTrip(r)
	}
	var content map[string]any
	if err := json.NewDecoder(r.Body).Decode(&content); err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	if err := t.sealFiles(r, content); err != nil {
		return nil, err
	}
	b, err := d.seal(r.Context(), room, kind, content)
	if err != nil {
		return nil, err
	}
	return t.inner.RoundTrip(withBody(r, roomPath(room)+"/send/m.room.encrypted/"+txn, b))
}

// sealFiles makes noise of the files of a content: they are fetched, sealed and uploaded again.
func (t *sealing) sealFiles(r *http.Request, content map[string]any) error {
	if inner, ok := content["m.new_content"].(map[string]any); ok {
		if err := t.sealFiles(r, inner); err != nil {
			return err
		}
	}
	uri, _ := content["url"].(string)
	if !strings.HasPrefix(uri, "mxc://") {
		return nil
	}
	t.mu.Lock()
	f := t.files[uri]
	t.mu.Unlock()
	if f == nil {
		status, b, err := t.call(r, "GET", "/_matrix/client/v1/media/download/"+strings.TrimPrefix(uri, "mxc://"), "", nil)
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("fetch file: %d %w", status, err)
		}
		f = attachment.NewEncryptedFile()
		f.EncryptInPlace(b)
		if status, b, err = t.call(r, "POST", "/_matrix/media/v3/upload", "application/octet-stream", b); err != nil || status != http.StatusOK {
			return fmt.Errorf("upload file: %d %w", status, err)
		}
		var out struct {
			URI string `json:"content_uri"`
		}
		if err := json.Unmarshal(b, &out); err != nil {
			return fmt.Errorf("read upload answer: %w", err)
		}
		uri = out.URI
		t.mu.Lock()
		t.files[uri] = f
		t.mu.Unlock()
	}
	delete(content, "url")
	content["file"] = struct {
		URL string `json:"url"`
		*attachment.EncryptedFile
	}{uri, f}
	return nil
}

// read opens the events of an answer.
func (t *sealing) read(r *http.Request, room string) (*http.Response, error) {
	d, err := t.deviceOf(r)
	if err != nil {
		return nil, err
	}
	resp, err := t.inner.RoundTrip(r)
	if err != nil || d == nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	var answer map[string]json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if chunk, ok := answer["chunk"]; ok {
		var events []map[string]json.RawMessage
		if err := json.Unmarshal(chunk, &events); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		for _, e := range slices.Backward(events) { // the oldest first, as its key came first
			t.open(r.Context(), d, room, e)
		}
		answer["chunk"] = mustJSON(events)
	} else {
		t.open(r.Context(), d, room, answer)
	}
	b := mustJSON(answer)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	resp.Header.Set("Content-Length", strconv.Itoa(len(b)))
	return resp, nil
}

// open opens one event; one that cannot be opened stays as it is.
func (t *sealing) open(ctx context.Context, d *sealer, room string, e map[string]json.RawMessage) {
	if string(e["type"]) != `"m.room.encrypted"` {
		return
	}
	kind, content, ok := d.open(ctx, room, e)
	if !ok {
		return
	}
	e["type"] = mustJSON(kind)
	t.openFiles(content)
	e["content"] = mustJSON(content)
}

// openFiles remembers what opens the files of a content, and shows them as if they lay in the open.
func (t *sealing) openFiles(content map[string]json.RawMessage) {
	var inner map[string]json.RawMessage
	if json.Unmarshal(content["m.new_content"], &inner) == nil && inner != nil {
		t.openFiles(inner)
		content["m.new_content"] = mustJSON(inner)
	}
	var f struct {
		URL string `json:"url"`
		attachment.EncryptedFile
	}
	if json.Unmarshal(content["file"], &f) != nil || f.URL == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files[f.URL] = &f.EncryptedFile
	content["url"] = mustJSON(f.URL)
}

// download opens a file on its way.
func (t *sealing) download(r *http.Request, uri string) (*http.Response, error) {
	t.mu.Lock()
	f := t.files[uri]
	t.mu.Unlock()
	resp, err := t.inner.RoundTrip(r)
	if err != nil || f == nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if err := f.DecryptInPlace(b); err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	resp.Header.Set("Content-Length", strconv.Itoa(len(b)))
	return resp, nil
}
