package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
)

// Limits of what a visitor sends.
const (
	maxForm    = 64 << 10 // bytes of a request's body: 4000 characters of four bytes, escaped
	maxText    = 4000     // characters of one message
	maxEntries = 500      // messages and presses of his in one conversation
	maxWords   = 1 << 20  // bytes of his messages in one conversation
)

// words reads what a visitor has written. A notice says why it is not taken.
func words(r *http.Request) (text, once string, status int, n notice) {
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return "", "", http.StatusRequestEntityTooLarge, notice{Long: true}
		}
		return "", "", http.StatusBadRequest, notice{Empty: true}
	}
	text, once = tidy(r.PostForm.Get("text")), r.PostForm.Get("once")
	switch {
	case text == "":
		return "", "", http.StatusUnprocessableEntity, notice{Empty: true}
	case utf8.RuneCountInString(text) > maxText:
		return "", "", http.StatusUnprocessableEntity, notice{Long: true, Text: text}
	case !isCode(once):
		once = newToken()
	}
	return text, once, http.StatusOK, notice{}
}

// tidy makes what a form has sent a text: lines end as everywhere, and what no messenger shows is left out.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r == '\r' {
			return '\n'
		}
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// begin makes a conversation of the first words and leads to it.
func (t *Talk) begin(w http.ResponseWriter, r *http.Request, s *shelf, in chat.CommunityID) {
	text, once, status, n := words(r)
	if status != http.StatusOK {
		t.pages.gate(w, status, n)
		return
	}
	if token := t.begun.token(once, text); token != "" && s.find(nameOf(token)) != nil {
		lead(w, r, "/c/"+token)
		return
	}
	now, from := t.clock(), addressOf(r)
	wait := t.limits.take(now, t.limits.of("begin", from, conversationsPerHour), t.limits.of("write", from, messagesPerAddress))
	if wait > 0 {
		t.pages.gate(w, tooMany(w, wait), notice{Wait: minutes(wait), Text: text})
		return
	}
	token := newToken()
	c, err := s.begin(nameOf(token), in, record{At: now.UTC(), Text: chat.Plain(text), Once: once})
	if err != nil {
		t.log.Error("a conversation could not begin; look for room on the disk, and for what fills data/web", "error", err)
		t.pages.gate(w, http.StatusServiceUnavailable, notice{Failed: true, Text: text})
		return
	}
	t.begun.began(once, text, token)
	c.settle(r.Context(), 1, t.patience)
	lead(w, r, "/c/"+token)
}

// write adds what a visitor writes.
func (t *Talk) write(w http.ResponseWriter, r *http.Request, s *shelf, c *conversation) {
	text, once, status, n := words(r)
	if status != http.StatusOK {
		t.showWith(w, r, c, status, n)
		return
	}
	rs, _, err := c.records()
	if err != nil {
		t.unreadable(w, err)
		return
	}
	if isRepeated(rs, once, text) {
		lead(w, r, "/c/"+r.PathValue("token"))
		return
	}
	entries, bytes := shareOf(rs)
	if entries >= maxEntries || bytes+len(text) > maxWords || !s.hasBytes() {
		t.showWith(w, r, c, http.StatusInsufficientStorage, notice{Full: true, Text: text})
		return
	}
	now := t.clock()
	wait := t.limits.take(now, t.limits.of("say", c.name, messagesPerHour), t.limits.of("write", addressOf(r), messagesPerAddress))
	if wait > 0 {
		t.showWith(w, r, c, tooMany(w, wait), notice{Wait: minutes(wait), Text: text})
		return
	}
	t.add(w, r, s, c, record{Kind: said, At: now.UTC(), Text: chat.Plain(text), Once: once})
}

// isRepeated tells whether a form is sent a second time: the same form with the same words.
func isRepeated(rs []record, once, text string) bool {
	for _, r := range rs {
		if r.Kind == said && r.Once == once && r.Text.Plain == text {
			return true
		}
	}
	return false
}

// add keeps what a visitor says or presses, waits a little for what comes of it and leads back to the page.
func (t *Talk) add(w http.ResponseWriter, r *http.Request, s *shelf, c *conversation, what record) {
	n, err := s.add(c, what)
	if errors.Is(err, errGone) {
		t.pages.lost(w)
		return
	}
	if err != nil {
		t.log.Error("what a visitor sent could not be kept; look for room on the disk", "error", err)
		t.showWith(w, r, c, http.StatusServiceUnavailable, notice{Failed: true, Text: what.Text.Plain})
		return
	}
	c.settle(r.Context(), n, t.patience)
	lead(w, r, "/c/"+r.PathValue("token"))
}

// againAfter is how long a second press of the same button counts as the same press.
const againAfter = time.Minute

// press chooses a choice of a message as it stands on the visitor's page.
func (t *Talk) press(w http.ResponseWriter, r *http.Request, s *shelf, c *conversation) {
	if err := r.ParseForm(); err != nil {
		t.showWith(w, r, c, http.StatusBadRequest, notice{Stale: true})
		return
	}
	rs, _, err := c.records()
	if err != nil {
		t.unreadable(w, err)
		return
	}
	about, _ := strconv.Atoi(r.PostForm.Get("about"))
	revision, _ := strconv.Atoi(r.PostForm.Get("revision"))
	choice, bad := strconv.Atoi(r.PostForm.Get("choice"))
	i := find(rs, about)
	if bad != nil || i < 0 || rs[i].Kind != answered || rs[i].Revision != revision || choice < 0 || choice >= len(rs[i].Choices) {
		t.showWith(w, r, c, http.StatusConflict, notice{Stale: true})
		return
	}
	now := t.clock()
	what := record{
		Kind: pressed, At: now.UTC(), Text: chat.Plain(rs[i].Choices[choice].Label), About: about, Choice: choice, Revision: revision,
	}
	for _, old := range rs {
		if old.Kind == pressed && old.About == about && old.Choice == choice && old.Revision == revision && now.Sub(old.At) < againAfter {
			lead(w, r, "/c/"+r.PathValue("token"))
			return
		}
	}
	if entries, _ := shareOf(rs); entries >= maxEntries {
		t.showWith(w, r, c, http.StatusInsufficientStorage, notice{Full: true})
		return
	}
	if wait := t.limits.take(now, t.limits.of("press", c.name, pressesPerHour)); wait > 0 {
		t.showWith(w, r, c, tooMany(w, wait), notice{Wait: minutes(wait)})
		return
	}
	t.add(w, r, s, c, what)
}

// lead sends the browser to a page by GET, so that loading that again sends nothing again.
func lead(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to+"#write", http.StatusSeeOther)
}

func tooMany(w http.ResponseWriter, wait time.Duration) int {
	w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	return http.StatusTooManyRequests
}

// minutes returns how many to wait, at least one.
func minutes(d time.Duration) int { return int(d/time.Minute) + 1 }
