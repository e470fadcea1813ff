package caps

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	maxLinks = 20
	maxLink  = 2000
)

// link is where a text points to: a host in lower case without "www.", the path behind it and the query.
type link struct {
	host, path, query string
}

// linksIn returns the links of a text, those under its words and those that are written out, each once.
func linksIn(t chat.Text) []link {
	var out []link
	add := func(s string) {
		l := linkOf(s)
		if l.host != "" && len(out) < maxLinks && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	for _, s := range t.Spans {
		if s.Style == chat.Hyperlink {
			add(s.Value)
		}
	}
	for _, word := range strings.Fields(t.Plain) {
		lower := strings.ToLower(word)
		for _, begin := range []string{"https://", "http://", "www."} {
			if i := strings.Index(lower, begin); i >= 0 {
				add(strings.TrimRight(word[min(i, len(word)):], ".,;:!?)]}>\"'»”"))
				break
			}
		}
	}
	return out
}

// linkOf takes a link apart; one without a host that has a dot is none.
func linkOf(s string) link {
	if len(s) > maxLink {
		return link{}
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
			return link{}
		}
		s = rest
	}
	s, _, _ = strings.Cut(s, "#")
	s, query, _ := strings.Cut(s, "?")
	host, path, _ := strings.Cut(s, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, sub := range []string{"www.", "m.", "mobile."} {
		if rest, ok := strings.CutPrefix(host, sub); ok && strings.Contains(rest, ".") {
			host = rest
		}
	}
	if !isHost(host) {
		return link{}
	}
	return link{host: host, path: path, query: query}
}

func isHost(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || strings.ContainsAny(label, " \t\n\"'<>()[]{}|\\^`,;=*%") {
			return false
		}
	}
	return true
}

// isReferral tells whether somebody earns by the link.
func (l link) isReferral() bool {
	amazon := strings.HasPrefix(l.host, "amazon.") || strings.Contains(l.host, ".amazon.")
	if l.host == "amzn.to" {
		return true // Amazon's short links are its partners'
	}
	for _, pair := range strings.Split(l.query, "&") {
		name, value, _ := strings.Cut(strings.ToLower(pair), "=")
		if value == "" {
			continue
		}
		switch name {
		case "aff", "affid", "aff_id", "affiliate", "affiliate_id", "referral", "referral_code", "referralcode", "ref_code", "refcode",
			"refid", "ref_id", "promo_code", "promocode", "coupon", "invite_code", "partner_id":
			return true
		case "tag":
			if amazon {
				return true
			}
		case "ref":
			// Elsewhere it tells a shop's own pages apart.
			if !amazon && !slices.Contains([]string{"github.com", "gitlab.com", "imdb.com", "api.github.com", "bbc.co.uk"}, l.host) {
				return true
			}
		}
	}
	return false
}

// owner names whose page the link points to: the site, or, on one that many share, the part of it that is somebody's;
// empty if the site says nothing about that.
func (l link) owner() string {
	parts := strings.Split(strings.Trim(strings.ToLower(l.path), "/"), "/")
	first := parts[0]
	for _, site := range namesInPath() {
		if l.host != site && !strings.HasSuffix(l.host, "."+site) {
			continue
		}
		switch {
		case slices.Contains([]string{"c", "channel", "shop", "user", "groups", "company", "in", "u", "r", "people"}, first) && len(parts) > 1:
			return site + "/" + first + "/" + parts[1]
		case first == "" || slices.Contains([]string{"watch", "shorts", "playlist", "p", "reel", "posts", "search", "events", "status", "listing"}, first):
			return ""
		}
		return site + "/" + first
	}
	for _, site := range nobodys() {
		if l.host == site || strings.HasSuffix(l.host, "."+site) {
			return ""
		}
	}
	return l.host
}

// namesInPath are sites where the beginning of the path says whose page it is.
func namesInPath() []string {
	return []string{
		"bandcamp.com", "buymeacoffee.com", "codeberg.org", "etsy.com", "eventbrite.com", "facebook.com", "github.com", "gitlab.com", "gofundme.com",
		"gumroad.com", "instagram.com", "ko-fi.com", "linkedin.com", "linktr.ee", "medium.com", "meetup.com", "patreon.com",
		"soundcloud.com", "t.me", "tiktok.com", "twitch.tv", "twitter.com", "udemy.com", "x.com", "youtube.com",
	}
}

// nobodys are sites that everybody points to, whoever has written the page.
func nobodys() []string {
	return []string{
		"apple.com", "archive.org", "arxiv.org", "bbc.co.uk", "bbc.com", "discord.gg", "doi.org", "doodle.com", "dropbox.com", "dudle.inf.tu-dresden.de",
		"framadate.org", "go.dev", "google.com", "googleusercontent.com", "goo.gl", "imdb.com", "imgur.com", "jitsi.org", "jit.si", "mastodon.social",
		"matrix.to", "microsoft.com", "mozilla.org", "npmjs.com", "openstreetmap.org", "pypi.org", "reddit.com", "signal.group", "spotify.com",
		"stackexchange.com", "stackoverflow.com", "theguardian.com", "vimeo.com", "wikimedia.org", "wikipedia.org", "youtu.be", "zoom.us",
	}
}
