package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestExpiry lets half a year go by.
func TestExpiry(t *testing.T) {
	r := newRig(t)
	old, at := r.begin("hello")
	r.pass(keepFor - time.Hour)
	fresh, _ := r.begin("hello again")
	s, err := r.talk.shelf()
	if err != nil {
		t.Fatal(err)
	}
	s.expire(r.now())
	if status, _, _ := r.visit("GET", old, nil, nil); status != http.StatusOK {
		t.Errorf("a conversation ended before its time: %d", status)
	}
	r.pass(time.Hour)
	s.expire(r.now())
	for range 2 {
		if status, _, _ := r.visit("GET", old, nil, nil); status != http.StatusNotFound {
			t.Errorf("an old conversation gave %d", status)
		}
		r.page(fresh)
		if _, err := r.talk.Do(t.Context(), chat.Dispatch{ID: "e#1", Effect: chat.Send{To: at, Text: chat.Plain("x")}}); err == nil {
			t.Error("the house speaks in an old conversation")
		}
		r.restart()
	}
	if s.bytes != int64(len(r.read(chat.Chat{ID: "c1." + nameOf(strings.TrimPrefix(fresh, "/c/"))}))) {
		t.Errorf("%d bytes are counted", s.bytes)
	}
}

// TestNothingUnheardExpires keeps what the bus has not taken, however long that lasts.
func TestNothingUnheardExpires(t *testing.T) {
	now := time.Now()
	s, err := openShelf(t.TempDir(), now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	name := newToken()
	c, err := s.begin(name, "c1", record{At: now, Text: chat.Plain("hello")})
	if err != nil {
		t.Fatal(err)
	}
	s.expire(now.Add(2 * keepFor))
	if s.find(name) == nil {
		t.Fatal("what nobody has heard is gone")
	}
	if err := c.taken(1); err != nil {
		t.Fatal(err)
	}
	s.expire(now.Add(2 * keepFor))
	if s.find(name) != nil || s.bytes != 0 {
		t.Errorf("it has not ended, or %d bytes are still counted", s.bytes)
	}
	if _, err := s.add(c, record{Kind: said}); !errors.Is(err, errGone) {
		t.Errorf("adding to it gave %v", err)
	}
}

// TestFailedWritesLeaveNothing puts behind the last word what a write that failed may leave.
func TestFailedWritesLeaveNothing(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("hello")
	file := filepath.Join(r.dir, strings.TrimPrefix(at.ID, "c1.")+suffix)
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"kind":"said","n":2,"text":{"plain":"` + strings.Repeat("x", 500) + "\"}}\n" + `{"kind":"said","n":3,"text":{"plain":"y"}}` + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.write(path, "more")
		r.restart()
	}
	if diff := cmp.Diff([]string{"You hello", "You more", "You more"}, slices.DeleteFunc(lines(t, r.page(path)), isState)); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if n := len(r.house.heard()); n != 3 {
		t.Errorf("the house has heard %d things", n)
	}
}

// TestFull is what happens when there is no room.
func TestFull(t *testing.T) {
	r := newRig(t)
	path, _ := r.begin("hello")
	s, err := r.talk.shelf()
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.bytes += maxBytes
	s.mu.Unlock()
	for _, page := range []string{path, r.gate("c1")} {
		status, _, body := r.visit("POST", page, url.Values{"text": {"more of it"}}, nil)
		if status != http.StatusInsufficientStorage && status != http.StatusServiceUnavailable || !strings.Contains(body, "more of it</textarea>") {
			t.Errorf("%s gave %d: %s", page, status, body)
		}
	}
	if n := len(r.house.heard()); n != 1 {
		t.Errorf("%d things were heard", n)
	}
}

// TestFilesCutAnywhere opens a folder whose file a crash has cut: what is whole is there, and the next words too.
func TestFilesCutAnywhere(t *testing.T) {
	r := newRig(t)
	_, at := r.begin("one")
	r.do("e#1", chat.Send{To: at, Text: chat.Plain("two")})
	r.stop()
	whole := r.read(at)
	_, name, _ := strings.Cut(at.ID, ".")
	for cut := range len(whole) + 1 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name+suffix), []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, partPrefix+"1"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openShelf(dir, r.now(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if _, err := os.Stat(filepath.Join(dir, partPrefix+"1")); err == nil {
			t.Error("a part of a file has stayed")
		}
		c := s.find(name)
		kept := strings.Count(whole[:cut], "\n")
		if c == nil {
			if kept > 0 {
				t.Errorf("cut at %d the conversation is lost", cut)
			}
			continue
		}
		if _, err := s.add(c, record{Kind: said, At: r.now(), Text: chat.Plain("next")}); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		rs, _, err := c.records()
		if err != nil || len(rs) != kept+1 || rs[kept].Text.Plain != "next" {
			t.Errorf("cut at %d: %d lines have become %+v, %v", cut, kept, rs, err)
		}
		s, err = openShelf(dir, r.now(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if again, _, err := s.find(name).records(); err != nil || !cmp.Equal(again, rs) {
			t.Errorf("cut at %d, opened again: %+v, %v", cut, again, err)
		}
		numbers := map[int]bool{}
		for _, r := range rs {
			if r.Kind != taken && r.Kind != begun && numbers[r.N] {
				t.Errorf("cut at %d: two entries are number %d", cut, r.N)
			}
			numbers[r.N] = true
		}
	}
}

// TestForeignFilesAreLeftAlone opens a folder with what is not ours in it.
func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	foreign := map[string]string{"notes.txt": "x", newToken() + suffix: "no record\n", newToken() + suffix + "x": "y"}
	for name, text := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := openShelf(dir, time.Now(), slog.New(slog.DiscardHandler))
	if err != nil || len(s.talks) != 0 {
		t.Fatalf("the folder has %v, %v", s, err)
	}
	for name, text := range foreign {
		if raw, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(raw) != text {
			t.Errorf("%s has become %q, %v", name, raw, err)
		}
	}
	if err := os.WriteFile(keyPath(dir), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openShelf(dir, time.Now(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a broken key is overlooked, and every link would change")
	}
}

// FuzzParse reads wild files: whatever they have in them, numbers rise and a page can be made.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"kind":"said","n":1,"text":{"plain":"x"}}` + "\n" + `{"kind":"answered","n":2,"effects":["e#1"]}` + "\n{"))
	f.Add([]byte(`{"kind":"answered","n":-1}` + "\n" + `{"kind":"answered","n":3}` + "\n" + `{"kind":"taken","n":7}` + "\n"))
	f.Add([]byte(`{"kind":"pressed","n":9,"about":-2,"choice":-1}` + "\n" + `{"kind":"later","n":4}` + "\n\xff\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rs := parse(append([]byte(`{"kind":"begun","community":"c1"}`+"\n"), raw...))
		s := &shelf{talks: map[string]*conversation{}, more: make(chan struct{}, 1)}
		c := s.conversation(newToken(), "c1")
		s.put(c, rs, int64(len(raw)))
		for _, r := range rs {
			if r.Kind != taken && r.N >= c.next {
				t.Fatalf("the next number is %d, and %d is there", c.next, r.N)
			}
			if r.Kind == answered && len(r.Effects) == 0 {
				t.Fatal("an answer has no effect")
			}
		}
		if len(s.queue) != len(c.unsent) {
			t.Fatalf("%d wait, the queue has %d", len(c.unsent), len(s.queue))
		}
		items := itemsOf(rs)
		page{Items: items}.withSilence(time.Time{})
		if entries, _ := shareOf(rs); entries > len(items) {
			t.Fatalf("%d entries of %d are the visitor's", entries, len(items))
		}
	})
}
