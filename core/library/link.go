package library

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

const (
	maxURL  = 500 // bytes
	shelves = 16
)

// link is where an entry points to, taken apart. It is not the whole grammar of URLs, but what people paste.
type link struct {
	scheme, host, path string
	query              []string // "name=value", in the order of the link
	fragment           string   // only where it names the page ("#/…")
}

// linkOf reads a link of the web; false for what is none, or hides where it leads (a name before the host).
func linkOf(s string) (link, bool) {
	if len(s) > 2*maxURL {
		return link{}, false
	}
	s = bared(s)
	if len(s) > maxURL || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }) {
		return link{}, false
	}
	l := link{scheme: "https"}
	scheme, rest, ok := strings.Cut(s, "://")
	switch {
	case ok:
		l.scheme = strings.ToLower(scheme)
	case strings.HasPrefix(strings.ToLower(s), "www."):
		rest = s
	default:
		return link{}, false
	}
	if l.scheme != "https" && l.scheme != "http" {
		return link{}, false
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	if strings.HasPrefix(fragment, "/") || strings.HasPrefix(fragment, "!/") {
		l.fragment = fragment // the page itself, on sites that are one program
	}
	rest, query, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	host, port, _ := strings.Cut(strings.ToLower(host), ":")
	host = strings.TrimSuffix(host, ".")
	if !isHost(host) || !isPort(port) {
		return link{}, false
	}
	l.host, l.path = host, "/"+path
	if port != "" && port != "80" && port != "443" {
		l.host += ":" + port
	}
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && !isTracking(strings.ToLower(name)) {
			l.query = append(l.query, part)
		}
	}
	return l.plain(), true
}

// bared takes off what people put around a link; a bracket that belongs to the link stays.
func bared(s string) string {
	for {
		was := s
		s = strings.TrimLeft(strings.TrimRight(s, ".,;:!?<>[]\"'«»“”"), "<([\"'«»“”")
		if strings.Count(s, ")") > strings.Count(s, "(") {
			s = strings.TrimSuffix(s, ")")
		}
		if s == was {
			return s
		}
	}
}

func isHost(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		}) {
			return false
		}
	}
	return true
}

func isPort(s string) bool {
	return len(s) <= 5 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// isTracking tells whether a parameter only says where a reader comes from.
func isTracking(name string) bool {
	return strings.HasPrefix(name, "utm_") || slices.Contains([]string{
		"fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok",
		"_hsenc", "_hsmi", "vero_id", "ref_src", "ref_url", "wt_mc", "spm", "oly_anon_id", "oly_enc_id", "_openstat", "at_medium", "at_campaign",
		"cmpid", "ncid", "s_cid", "share_id", "sharesource",
	}, name)
}

// plain undoes what well-known sites do to the links that they let people copy.
func (l link) plain() link {
	bare := l.bare()
	switch {
	case bare == "youtu.be":
		return l.youtube(strings.Trim(l.path, "/"))
	case bare == "youtube.com":
		first, id, _ := strings.Cut(strings.Trim(l.path, "/"), "/")
		if slices.Contains([]string{"shorts", "embed", "live", "v"}, first) {
			return l.youtube(id)
		}
		if first == "watch" {
			return l.youtube(l.value("v"))
		}
		return l.without("si", "feature", "pp")
	case bare == "open.spotify.com":
		return l.without("si", "context")
	case bare == "twitter.com" || bare == "x.com":
		l.host = "x.com"
		return l.without("s", "t")
	case bare == "old.reddit.com" || bare == "new.reddit.com":
		l.host = "reddit.com"
	case strings.Contains(bare, ".m.wikipedia.org"):
		l.host = strings.Replace(l.host, ".m.wikipedia.org", ".wikipedia.org", 1)
	case strings.HasPrefix(bare, "amazon."):
		parts := strings.Split(l.path, "/")
		if i := slices.Index(parts, "dp"); i >= 0 && i+1 < len(parts) {
			l.path, l.query = "/dp/"+parts[i+1], nil
		}
	}
	return l
}

// youtube is the link of a film, whatever list it was seen in.
func (l link) youtube(id string) link {
	if id == "" || strings.ContainsAny(id, "/&") {
		return l
	}
	return link{scheme: "https", host: "youtube.com", path: "/watch", query: []string{"v=" + id}}
}

func (l link) value(name string) string {
	for _, part := range l.query {
		if v, ok := strings.CutPrefix(part, name+"="); ok {
			return v
		}
	}
	return ""
}

func (l link) without(names ...string) link {
	l.query = slices.DeleteFunc(slices.Clone(l.query), func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return slices.Contains(names, name)
	})
	return l
}

// bare is the host without what says nothing about the site.
func (l link) bare() string {
	for _, sub := range []string{"www.", "m.", "mobile."} {
		if rest, ok := strings.CutPrefix(l.host, sub); ok && strings.Contains(rest, ".") {
			return rest
		}
	}
	return l.host
}

// String is the link as it is shown.
func (l link) String() string {
	path := l.path
	if path == "/" && len(l.query) == 0 && l.fragment == "" {
		path = ""
	}
	return l.scheme + "://" + l.host + path + l.tail(l.query)
}

func (l link) tail(query []string) (out string) {
	if len(query) > 0 {
		out = "?" + strings.Join(query, "&")
	}
	if l.fragment != "" {
		out += "#" + l.fragment
	}
	return out
}

// key is the same for all links that lead to the same page.
func (l link) key() string {
	query := slices.Clone(l.query)
	slices.Sort(query)
	return l.bare() + strings.TrimRight(l.path, "/") + l.tail(query)
}

// shelf names the shelf that an entry with that key stands on: a letter.
func shelf(key string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return string(rune('a' + h.Sum32()%shelves))
}

func isShelf(letter string) bool {
	return len(letter) == 1 && letter[0] >= 'a' && letter[0] < 'a'+shelves
}
