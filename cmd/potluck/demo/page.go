package demo

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// files are the page.
//
//go:embed page/index.html page/style.css page/text.js page/app.js page/live.js
var files embed.FS

// Handler returns the page and its API. It answers only requests for a loopback name, and takes changes
// only from pages of the same origin.
func (t *Table) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", servePage("index.html"))
	mux.HandleFunc("GET /style.css", servePage("style.css"))
	mux.HandleFunc("GET /text.js", servePage("text.js"))
	mux.HandleFunc("GET /app.js", servePage("app.js"))
	mux.HandleFunc("GET /live.js", servePage("live.js"))
	mux.HandleFunc("GET /api/state", t.serveState)
	mux.HandleFunc("GET /api/live", t.serveLive)
	mux.HandleFunc("GET /media", t.serveMedia)
	mux.HandleFunc("POST /api/say", act(t.say))
	mux.HandleFunc("POST /api/edit", act(t.edit))
	mux.HandleFunc("POST /api/delete", act(t.delete))
	mux.HandleFunc("POST /api/react", act(t.react))
	mux.HandleFunc("POST /api/press", act(t.press))
	mux.HandleFunc("POST /api/vote", act(t.vote))
	return guard(mux)
}

func servePage(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := fs.Sub(files, "page")
		if err != nil {
			http.Error(w, "the page is missing from this binary", http.StatusInternalServerError)
			return
		}
		http.ServeFileFS(w, r, page, name)
	}
}

func (t *Table) serveState(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, t.state())
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status is out; a visitor who has left meanwhile is nobody's error.
	_ = json.NewEncoder(w).Encode(v)
}

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses other sites: a foreign name that resolves to this machine (DNS rebinding) and changes that
// another site's page sends.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !isLoopback(r.Host) {
			writeJSON(w, http.StatusForbidden, problem{"this page answers only on this machine: open it as http://localhost"})
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !isSameOrigin(r) {
			writeJSON(w, http.StatusForbidden, problem{"changes are taken only from the demo's own page"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback tells whether a Host header names this machine.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(host, "]"), "["), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// isSameOrigin tells whether a browser says that the request comes from our own page. A request that says
// nothing is refused as well: browsers always say.
func isSameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Scheme == "http" && origin.Host != "" && origin.Host == r.Host
}
