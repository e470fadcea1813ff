package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLimits sends too much, and again when the hour is over.
func TestLimits(t *testing.T) {
	r := newRig(t)
	gate := r.gate("c1")
	begin := func(address string) (status int, header http.Header, body string) {
		resp := r.request("POST", gate, url.Values{"text": {"it is <me>"}}, from(address))
		defer resp.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header, b.String()
	}
	for i := range conversationsPerHour {
		if status, _, _ := begin("2001:db8:1:2::" + strconv.Itoa(i+1)); status != http.StatusSeeOther {
			t.Fatalf("conversation %d gave %d", i+1, status)
		}
		r.pass(time.Minute)
	}
	status, header, body := begin("2001:db8:1:2:ffff::9")
	if status != http.StatusTooManyRequests || header.Get("Retry-After") != strconv.Itoa(55*60+1) ||
		!strings.Contains(body, "in 56 min") || !strings.Contains(body, "it is &lt;me&gt;</textarea>") {
		t.Errorf("one too many gave %d, %v, %s", status, header, body)
	}
	for _, other := range []string{"2001:db8:1:3::1", "198.51.100.1", "203.0.113.9, 198.51.100.2"} {
		if status, _, _ := begin(other); status != http.StatusSeeOther {
			t.Errorf("%s pays for another: %d", other, status)
		}
	}
	r.pass(56 * time.Minute)
	if status, _, _ := begin("2001:db8:1:2::1"); status != http.StatusSeeOther {
		t.Errorf("after the hour it gave %d", status)
	}

	path, _ := r.begin("hello")
	for i := range messagesPerHour {
		if status, body := r.write(path, fmt.Sprint("message ", i)); status != http.StatusSeeOther {
			t.Fatalf("message %d gave %d: %s", i+1, status, body)
		}
	}
	before := len(r.house.heard())
	if status, body := r.write(path, "one more"); status != http.StatusTooManyRequests || !strings.Contains(body, "one more</textarea>") {
		t.Errorf("a message too many gave %d: %s", status, body)
	}
	if got := len(r.house.heard()); got != before {
		t.Error("a message too many has been heard")
	}
	r.pass(time.Hour)
	if status, _ := r.write(path, "one more"); status != http.StatusSeeOther {
		t.Errorf("after the hour it gave %d", status)
	}
}

// TestAddressOf is who counts as one visitor.
func TestAddressOf(t *testing.T) {
	for _, test := range []struct{ peer, forwarded, want string }{
		{"127.0.0.1:5", "203.0.113.9", "203.0.113.9"},
		{"[::1]:5", "1.2.3.4, 203.0.113.9", "203.0.113.9"},
		{"10.0.0.2:5", "203.0.113.9 ", "203.0.113.9"},
		{"127.0.0.1:5", "", ""},
		{"127.0.0.1:5", "unknown", ""},
		{"127.0.0.1:5", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"127.0.0.1:5", "::ffff:203.0.113.9", "203.0.113.9"},
		{"198.51.100.7:5", "203.0.113.9", "198.51.100.7"},
		{"[2001:db8::7]:5", "203.0.113.9", "2001:db8::/64"},
		{"@", "203.0.113.9", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.peer
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := addressOf(r); got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}

// TestManyAddresses counts no more than it can, and goes on to limit.
func TestManyAddresses(t *testing.T) {
	l, now := newLimits(), time.Now()
	for i := range maxCounted {
		if wait := l.take(now, l.of("begin", strconv.Itoa(i), 2)); wait != 0 {
			t.Fatalf("address %d waits %s", i, wait)
		}
	}
	taken := 0
	for i := range 1000 {
		if l.take(now.Add(time.Minute), l.of("begin", "more "+strconv.Itoa(i), 2)) == 0 {
			taken++
		}
	}
	if taken != 2*crowd || len(l.done) > maxCounted+1 {
		t.Errorf("the crowd did it %d times, %d are counted", taken, len(l.done))
	}
	if wait := l.take(now.Add(2*time.Hour), l.of("begin", "late", 2)); wait != 0 || len(l.done) > 2 {
		t.Errorf("after the hour one waits %s, %d are counted", wait, len(l.done))
	}
}
