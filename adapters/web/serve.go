package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
)

// policy lets the pages use their own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// handler returns the pages; requests end with ctx.
func (t *Talk) handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /alive", t.serveAlive)
	mux.HandleFunc("GET /style.css", t.pages.serveFile("style.css"))
	mux.HandleFunc("GET /talk.js", t.pages.serveFile("talk.js"))
	mux.HandleFunc("GET /calendar/{name}", t.serveCalendar)
	mux.HandleFunc("GET /talk/{gate}", t.atGate(t.showGate))
	mux.HandleFunc("POST /talk/{gate}", t.atGate(t.begin))
	mux.HandleFunc("GET /c/{token}", t.inConversation(t.show))
	mux.HandleFunc("POST /c/{token}", t.inConversation(t.write))
	mux.HandleFunc("POST /c/{token}/press", t.inConversation(t.press))
	mux.HandleFunc("GET /c/{token}/news", t.inConversation(t.news))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { t.pages.lost(w) })
	return t.guard(ctx, mux)
}

// guard sets what every answer has, refuses forms that another site's page sends, lets requests end with ctx and
// survives a panic, which the server itself would log with the visitor's address.
func (t *Talk) guard(run context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if r.Method == http.MethodPost {
			// The secret is in the path, so another site has nothing to send; it could only begin conversations.
			if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
				http.Error(w, "forms are taken from this site's own pages only", http.StatusForbidden)
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(run, cancel)()
		defer func() {
			if v := recover(); v != nil {
				t.log.Error("a page of the talk panics", "stack", string(debug.Stack()))
				http.Error(w, "something is wrong here; please try again later", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// serveAlive says which Potluck this is, for `potluck check`.
func (t *Talk) serveAlive(w http.ResponseWriter, _ *http.Request) {
	s, err := t.shelf()
	if err != nil {
		http.Error(w, "not yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, s.key.secret(aliveWord)) // who has gone needs no answer
}

// atGate lets those in who have the community's link.
func (t *Talk) atGate(serve func(http.ResponseWriter, *http.Request, *shelf, chat.CommunityID)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := t.shelf()
		if err != nil {
			t.pages.broken(w)
			return
		}
		id, ok := s.key.community(r.PathValue("gate"))
		if !ok {
			t.pages.lost(w)
			return
		}
		serve(w, r, s, id)
	}
}

// inConversation finds the conversation that a token opens.
func (t *Talk) inConversation(serve func(http.ResponseWriter, *http.Request, *shelf, *conversation)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := t.shelf()
		if err != nil {
			t.pages.broken(w)
			return
		}
		token := r.PathValue("token")
		if !isCode(token) {
			t.pages.lost(w)
			return
		}
		c := s.find(nameOf(token))
		if c == nil {
			t.pages.lost(w)
			return
		}
		serve(w, r, s, c)
	}
}

func (t *Talk) showGate(w http.ResponseWriter, _ *http.Request, _ *shelf, _ chat.CommunityID) {
	t.pages.gate(w, http.StatusOK, notice{})
}

func (t *Talk) show(w http.ResponseWriter, r *http.Request, _ *shelf, c *conversation) {
	t.showWith(w, r, c, http.StatusOK, notice{})
}

// showWith shows the conversation and a notice above the form.
func (t *Talk) showWith(w http.ResponseWriter, r *http.Request, c *conversation, status int, n notice) {
	rs, version, err := c.records()
	if err != nil {
		t.unreadable(w, err)
		return
	}
	path := "/c/" + r.PathValue("token")
	shown := page{Link: t.config.Address + path, Path: path, Version: t.version(version), Items: itemsOf(rs)}
	t.pages.conversation(w, status, n, shown.withSilence(t.clock()))
}

func (t *Talk) unreadable(w http.ResponseWriter, err error) {
	if errors.Is(err, errGone) {
		t.pages.lost(w)
		return
	}
	t.log.Error("a conversation cannot be read", "error", err)
	t.pages.broken(w)
}

func (t *Talk) version(n int) string { return t.epoch + "-" + strconv.Itoa(n) }
