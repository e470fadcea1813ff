package web

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestTalkConfig names what to write.
func TestTalkConfig(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://table.example.org": true, "https://table.example.org/": true, "http://127.0.0.1:8081": true, "http://localhost": true,
		"http://abcdef.onion": true, "http://table.example.org": false, "https://table.example.org/talk": false, "table.example.org": false,
		"https://": false, "": false, "https://u:p@table.example.org": false, "https://table.example.org/?x": false, "ftp://localhost": false,
	} {
		if err := (TalkConfig{Address: address, Listen: "127.0.0.1:1"}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := (TalkConfig{Address: "https://a.b", Listen: "8081"}).Validate(); err == nil {
		t.Error("a port alone is no address")
	}
}

// TestFeaturesAnswerForEveryKind has no empty cell.
func TestFeaturesAnswerForEveryKind(t *testing.T) {
	f := new(Talk).Features()
	if diff := cmp.Diff(slices.Sorted(slices.Values(chat.Kinds())), slices.Sorted(maps.Keys(f.Shows))); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	for k, s := range f.Shows {
		if s.How != chat.Native && s.Note == "" {
			t.Errorf("%s has no note", k)
		}
	}
}

// TestCheck looks from outside through a proxy that leads here, elsewhere or nowhere.
func TestCheck(t *testing.T) {
	r := newRig(t)
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		resp, err := http.Get("http://" + r.talk.config.Listen + req.URL.Path)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		_, _ = b.ReadFrom(resp.Body)
		_, _ = w.Write(b.Bytes())
	}))
	defer here.Close()
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	free := freeAddress()
	running := strings.TrimPrefix(r.url, "http://")
	for _, test := range []struct {
		name, address, listen, dir string
		ok                         bool
	}{
		{"not running, leads here", here.URL, free, r.dir, true},
		{"running, leads here", here.URL, running, r.dir, true},
		{"leads elsewhere", elsewhere.URL, free, r.dir, false},
		{"leads nowhere", "http://127.0.0.1:1", free, r.dir, false},
		{"another program listens", here.URL, strings.TrimPrefix(elsewhere.URL, "http://"), t.TempDir(), false},
		{"not our address", here.URL, "203.0.113.1:80", r.dir, false},
		{"onion", "http://abc.onion", free, r.dir, true},
	} {
		r.talk.config.Listen = test.listen
		talk, err := NewTalk(TalkConfig{Address: test.address, Listen: test.listen, Dir: test.dir}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		found := talk.Check(t.Context())
		if len(found) != 1 || found[0].OK != test.ok || found[0].What == "" || (found[0].Do == "") != test.ok {
			t.Errorf("%s: %+v", test.name, found)
		}
	}
}

// freeAddress returns one that was free a moment ago.
func freeAddress() string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	defer s.Close()
	return s.Listener.Addr().String()
}
