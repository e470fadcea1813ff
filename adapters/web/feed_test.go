package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCalendarsAreServed asks as a calendar program does: once, and then whether there is news.
func TestCalendarsAreServed(t *testing.T) {
	r := newRig(t)
	r.talk.config.Feed = func(name string) (string, []byte, bool, error) {
		switch name {
		case "calendar/secret.ics":
			return "text/calendar; charset=utf-8", []byte("BEGIN:VCALENDAR\r\n"), true, nil
		case "calendar/broken.ics":
			return "", nil, false, errors.New("the disk is gone")
		}
		return "", nil, false, nil
	}
	server := httptest.NewServer(r.talk.handler(t.Context()))
	defer server.Close()
	get := func(path, etag string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if etag != "" {
			req.Header.Set("If-None-Match", etag)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	resp, body := get("/calendar/secret.ics", "")
	if resp.StatusCode != http.StatusOK || body != "BEGIN:VCALENDAR\r\n" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/calendar") {
		t.Errorf("the calendar is %d %q, %v", resp.StatusCode, body, resp.Header)
	}
	if again, _ := get("/calendar/secret.ics", resp.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("without news the answer is %d", again.StatusCode)
	}
	for path, want := range map[string]int{
		"/calendar/other.ics": http.StatusNotFound, "/calendar/broken.ics": http.StatusInternalServerError,
		"/calendar/" + strings.Repeat("x", 500): http.StatusNotFound, "/calendar/a/b": http.StatusNotFound,
	} {
		if resp, body := get(path, ""); resp.StatusCode != want || strings.Contains(body, "disk") {
			t.Errorf("%.40s is %d %q, want %d", path, resp.StatusCode, body, want)
		}
	}
}
