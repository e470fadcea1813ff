package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// maxFeedName is the most characters of a calendar's name.
const maxFeedName = 120

// serveCalendar gives a calendar to programs that ask for it again and again. Whoever has its address may read it.
func (t *Talk) serveCalendar(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if t.config.Feed == nil || len(name) > maxFeedName {
		t.pages.lost(w)
		return
	}
	mime, data, ok, err := t.config.Feed("calendar/" + name)
	if err != nil {
		t.log.Error("a calendar cannot be read", "error", err)
		t.pages.broken(w)
		return
	}
	if !ok {
		t.pages.lost(w)
		return
	}
	sum := sha256.Sum256(data)
	w.Header().Set("Content-Type", mime)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
