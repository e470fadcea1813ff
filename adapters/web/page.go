package web

import (
	"bytes"
	"embed"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/html"

	"github.com/potluck-chat/potluck/core/chat"
)

// files are the pages' own.
//
//go:embed page/style.css page/talk.js
var files embed.FS

// pages writes what a visitor sees.
type pages struct{}

// notice says why something was not taken. Text is what the visitor wrote, given back to him.
type notice struct {
	Empty, Long, Full, Failed, Stale bool
	Wait                             int // minutes until he may go on
	Text                             string
}

// page is a conversation as it is shown.
type page struct {
	Link, Path, Version string
	Items               []item
	Unanswered          bool // the last word is the visitor's
	Silent              bool // nothing has ever answered, though it has had the time
}

// view is what a page is made of.
type view struct {
	page
	notice
	Once string // names the form
}

// item is one entry.
type item struct {
	N        int
	Mine     bool
	Pressed  bool
	Gone     bool
	Waiting  bool // not on the bus yet
	Changed  bool
	At       time.Time
	Name     string
	Text     []node
	Choices  []chat.Choice
	Revision int
}

// When returns the time for a machine, Shown for a human who has no script.
func (i item) When() string { return i.At.UTC().Format(time.RFC3339) }

// Shown returns the time in UTC; the page's script writes it in the visitor's zone.
func (i item) Shown() string { return i.At.UTC().Format("2 Jan 2006, 15:04") + " UTC" }

// itemsOf returns the entries in their order.
func itemsOf(rs []record) []item {
	onBus := map[int]bool{}
	for _, r := range rs {
		if r.Kind == taken {
			onBus[r.N] = true
		}
	}
	var out []item
	for _, r := range rs {
		if r.Kind == taken || r.Kind == begun {
			continue
		}
		out = append(out, item{
			N: r.N, Mine: r.Kind != answered, Pressed: r.Kind == pressed, Gone: r.Gone,
			Waiting: r.Kind != answered && !onBus[r.N], Changed: r.Revision > 0 && r.Kind == answered,
			At: r.At, Name: r.Name, Text: nodesOf(r.Text), Choices: r.Choices, Revision: r.Revision,
		})
	}
	return out
}

// silentAfter is how long the house has for its first answer, which needs no human.
const silentAfter = 2 * time.Minute

// withSilence notes who has spoken last, and whether the house has spoken at all.
func (p page) withSilence(now time.Time) page {
	n := len(p.Items)
	if n == 0 {
		return p
	}
	p.Unanswered = p.Items[n-1].Mine && !p.Items[n-1].Waiting
	p.Silent = now.Sub(p.Items[0].At) > silentAfter
	for _, i := range p.Items {
		p.Silent = p.Silent && i.Mine
	}
	return p
}

// node is a piece of a text: words, or a style over further pieces.
type node struct {
	Style chat.Style // empty for words
	Words string
	URL   string
	Kids  []node
}

// nodesOf makes a text the tree that the page shows.
func nodesOf(t chat.Text) []node {
	open := [][]node{nil}
	add := func(n node) { open[len(open)-1] = append(open[len(open)-1], n) }
	t.Normal().Walk(
		func(chat.Span) { open = append(open, nil) },
		func(s string) { add(node{Words: s}) },
		func(s chat.Span) {
			n := node{Style: s.Style, Kids: open[len(open)-1]}
			open = open[:len(open)-1]
			if s.Style == chat.Hyperlink {
				n.URL = safeURL(s.Value)
			}
			add(n)
		})
	return open[0]
}

// safeURL returns an address that can be opened without harm, else nothing.
func safeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto" {
		return ""
	}
	return u.String()
}

// gate shows the page on which a conversation begins.
func (p *pages) gate(w http.ResponseWriter, status int, n notice) {
	p.show(w, status, gatePage(view{notice: n, Once: newToken()}))
}

// conversation shows a conversation.
func (p *pages) conversation(w http.ResponseWriter, status int, n notice, c page) {
	p.show(w, status, conversationPage(view{page: c, notice: n, Once: newToken()}))
}

// lost answers for an address that leads nowhere, whatever it may have been.
func (p *pages) lost(w http.ResponseWriter) { p.show(w, http.StatusNotFound, lostPage()) }

// broken answers where only the operator can help.
func (p *pages) broken(w http.ResponseWriter) {
	p.show(w, http.StatusInternalServerError, brokenPage())
}

func (p *pages) show(w http.ResponseWriter, status int, page *html.Node) {
	var out bytes.Buffer
	if err := html.Render(&out, page); err != nil {
		http.Error(w, "something is wrong here; please try again later", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // who has gone needs no answer
}

// serveFile serves one of the pages' own files.
func (p *pages) serveFile(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "page/"+name) }
}
