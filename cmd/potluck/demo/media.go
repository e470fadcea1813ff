package demo

import (
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// serveMedia gives the bytes of one file of one message, as the message has it now. What a browser cannot
// show safely comes as a download.
func (t *Table) serveMedia(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	file, ok := t.file(chat.Platform(q.Get("platform")), q.Get("chat"), q.Get("message"), q.Get("n"))
	if !ok {
		writeJSON(w, http.StatusNotFound, problem{"that file is not there (any more)"})
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("Content-Type", file.MIME)
	if showAs(file) == "file" {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	}
	h.Set("Content-Length", strconv.Itoa(len(file.Bytes)))
	_, _ = w.Write(file.Bytes) // a visitor who has left meanwhile is nobody's error
}

func (t *Table) file(p chat.Platform, chatID, message, n string) (world.Media, bool) {
	s, ok := t.seatOf(p)
	if !ok || !s.has(chatID) {
		return world.Media{}, false
	}
	i, err := strconv.Atoi(n)
	if err != nil {
		return world.Media{}, false
	}
	for _, m := range s.world.Messages(chatID) {
		if m.ID != message || m.Deleted || i < 0 || i >= len(m.Media) {
			continue
		}
		return m.Media[i], true
	}
	return world.Media{}, false
}

// has tells whether a chat is one that the page shows.
func (s seat) has(chatID string) bool {
	isPrivate := func(p person) bool { return chatID != "" && p.private == chatID }
	return s.hasGroup(chatID) || slices.ContainsFunc(s.people, isPrivate)
}
