package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPages asks for each page as a tool would.
func TestPages(t *testing.T) {
	var problems []string
	server := httptest.NewServer(Handler(Sources{
		Problems: func() []string { return problems },
		Samples: func() []Sample {
			return []Sample{
				{Name: "potluck_events_total", Help: "events", Value: 3, Counter: true, Labels: map[string]string{"platform": "signal", "leg": `"a\b`}},
				{Name: "potluck_queue", Help: "queue", Value: 1.5},
				{Name: "potluck_wait", Help: "wait", Value: 3, Sum: 4.5, Histogram: map[float64]uint64{1: 2, 10: 3}},
			}
		},
	}))
	defer server.Close()
	expect(t, server.URL+"/live", http.StatusOK, "alive\n")
	expect(t, server.URL+"/ready", http.StatusOK, "ready\n")
	problems = []string{"signal is away"}
	expect(t, server.URL+"/ready", http.StatusServiceUnavailable, "signal is away\n")
	expect(t, server.URL+"/metrics", http.StatusOK, `potluck_events_total{leg="\"a\\b",platform="signal"} 3`)
	expect(t, server.URL+"/metrics", http.StatusOK, "# TYPE potluck_queue gauge\npotluck_queue 1.5")
	expect(t, server.URL+"/metrics", http.StatusOK, "potluck_wait_bucket{le=\"1\"} 2\npotluck_wait_bucket{le=\"10\"} 3\npotluck_wait_bucket{le=\"+Inf\"} 3\npotluck_wait_sum 4.5")
	expect(t, server.URL+"/other", http.StatusNotFound, "")
}

func expect(t *testing.T, url string, status int, part string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read %s: %v", url, err)
	}
	if resp.StatusCode != status || !strings.Contains(string(body), part) {
		t.Errorf("%s: got %d %q, want %d with %q", url, resp.StatusCode, body, status, part)
	}
}
