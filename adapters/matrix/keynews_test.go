//go:build goolm

package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix/crypto"

	"github.com/potluck-chat/potluck/core/chat"
)

// paper is a vault in memory.
type paper struct {
	mu  sync.Mutex // guards all
	all map[string][]byte
}

func (p *paper) Get(key string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.all[key]), nil
}

func (p *paper) Scan(prefix string, fn func(string, []byte) bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(p.all)) {
		if strings.HasPrefix(k, prefix) && !fn(k, p.all[k]) {
			return nil
		}
	}
	return nil
}

func (p *paper) Put(changes map[string][]byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, v := range changes {
		if v == nil {
			delete(p.all, k)
		} else {
			p.all[k] = bytes.Clone(v)
		}
	}
	return nil
}

// noPlace is a cursor that keeps nothing.
type noPlace struct{}

func (noPlace) Load() (string, error) { return "", nil }
func (noPlace) Save(string) error     { return nil }

func noOpener(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, errors.New("no files")
}

// nowhere is a network that carries nothing.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no network") }

// newLooseKeyring returns a device that no server knows.
func newLooseKeyring(t testing.TB) *keyring {
	t.Helper()
	a, err := New(Config{Homeserver: "http://nowhere.example", User: "@bot:localhost", Password: "x"}, Options{Open: noOpener, Cursor: noPlace{}})
	if err != nil {
		t.Fatal(err)
	}
	a.http.Transport = nowhere{}
	s := &session{}
	if s.bot, err = a.client(a.config.User, "token"); err != nil {
		t.Fatal(err)
	}
	k, err := a.newKeyring(s, &paper{all: map[string][]byte{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.speakAs("token", "POTLUCK", false); err != nil {
		t.Fatal(err)
	}
	k.mach = crypto.NewOlmMachine(k.client, nil, k.store, roomStates{k})
	if err := k.mach.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.keys = k
	return k
}

// FuzzNews looks whether anything that a server or another device writes can do more than be passed over.
func FuzzNews(f *testing.F) {
	for _, s := range []string{
		`{"type":"m.room.encrypted","sender":"@a:b","content":{"algorithm":"m.olm.v1.curve25519-aes-sha2","sender_key":"x","ciphertext":{"y":{"type":0,"body":"AwA"}}}}`,
		`{"type":"m.room_key_request","sender":"@a:b","content":{"action":"request","body":{"algorithm":"m.megolm.v1.aes-sha2","room_id":"!a:b","session_id":"s"},"request_id":"1","requesting_device_id":"D"}}`,
		`{"type":"m.room_key.withheld","sender":"@a:b","content":{"algorithm":"m.megolm.v1.aes-sha2","room_id":"!a:b","session_id":"s","code":"m.blacklisted"}}`,
		`{"type":"m.secret.request","sender":"@bot:localhost","content":{"action":"request","name":"x","request_id":"1","requesting_device_id":"D"}}`,
		`{"algorithm":"m.megolm.v1.aes-sha2","sender_key":"x","session_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","ciphertext":"AwgA"}`,
		`{"type":3}`, `[]`,
	} {
		f.Add([]byte(s))
	}
	k := newLooseKeyring(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		var n news
		n.ToDevice.Events = []json.RawMessage{raw}
		if _, err := k.hear(context.Background(), n, false); err != nil {
			t.Fatal(err)
		}
		e := rawEvent{ID: "$x", Sender: "@a:b", Type: "m.room.encrypted", Content: raw}
		if open, err := k.read(context.Background(), "!a:b", e); err == nil {
			t.Errorf("read %s as %s", raw, open.Content)
		}
	})
}
