package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// What one address and one conversation may do in an hour. Where the address is not known, or there are too many to
// count, everybody together may do crowd times as much.
const (
	conversationsPerHour = 5  // of one address
	messagesPerAddress   = 60 // of one address, in all its conversations
	messagesPerHour      = 20 // in one conversation
	pressesPerHour       = 60 // in one conversation
	crowd                = 20
	maxCounted           = 50_000
)

// limits counts what is done. It lives in memory, under a key of its own, so that no address is ever kept.
type limits struct {
	key [32]byte

	mu    sync.Mutex // guards what follows
	done  map[string][]time.Time
	swept time.Time // when what has become old was last taken out
}

func newLimits() *limits {
	l := &limits{done: map[string][]time.Time{}}
	_, _ = rand.Read(l.key[:]) // never fails: crypto/rand ends the program rather
	return l
}

// take counts one more for each of the counts unless one of them is used up; then it returns how long to wait.
func (l *limits) take(now time.Time, counts ...count) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range counts {
		counts[i] = l.fitting(counts[i], now)
		times := l.recent(counts[i].key, now)
		if len(times) >= counts[i].most {
			return times[len(times)-counts[i].most].Add(time.Hour).Sub(now)
		}
	}
	for _, c := range counts {
		l.done[c.key] = append(l.recent(c.key, now), now)
	}
	return 0
}

// count is how often something may be done in an hour.
type count struct {
	key  string
	most int
}

// of returns the count of what somebody does; an empty who is everybody unknown.
func (l *limits) of(what, who string, most int) count {
	if who == "" {
		return count{key: what, most: most * crowd}
	}
	mac := hmac.New(sha256.New, l.key[:])
	mac.Write([]byte(who))
	return count{key: what + " " + string(mac.Sum(nil)), most: most}
}

// fitting returns the count itself, or, where no more can be counted apart, that of the crowd; l.mu is held.
func (l *limits) fitting(c count, now time.Time) count {
	if _, counted := l.done[c.key]; counted || len(l.done) < maxCounted {
		return c
	}
	if now.Sub(l.swept) >= time.Minute {
		l.swept = now
		for key := range l.done {
			if len(l.recent(key, now)) == 0 {
				delete(l.done, key)
			}
		}
	}
	if len(l.done) < maxCounted {
		return c
	}
	what, _, _ := strings.Cut(c.key, " ")
	return count{key: what, most: c.most * crowd}
}

// recent returns the times within the last hour; l.mu is held.
func (l *limits) recent(key string, now time.Time) []time.Time {
	times := l.done[key]
	for len(times) > 0 && now.Sub(times[0]) >= time.Hour {
		times = times[1:]
	}
	return times
}

// addressOf returns where a request comes from, empty if that is not known: the peer, or, where a proxy of ours is the
// peer, what that says. What a visitor writes into the header himself stands before it. Of IPv6 the network counts, for
// one visitor has all of it.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	if ip = ip.Unmap(); ip.IsLoopback() || ip.IsPrivate() {
		told := r.Header.Values("X-Forwarded-For")
		if len(told) == 0 {
			return ""
		}
		parts := strings.Split(told[len(told)-1], ",")
		if ip, err = netip.ParseAddr(strings.TrimSpace(parts[len(parts)-1])); err != nil {
			return ""
		}
		ip = ip.Unmap()
	}
	if ip.Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
