package flags

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	promoTag  = "#promo"
	siteOften = 3
	siteFor   = 60 * day
)

// pitchWords are what pitches say; two of them make one.
func pitchWords() []string {
	return []string{
		"price", "discount", "dm me", "book a call", "referral", "promo code", "coupon", "limited offer", "sign up now", "special offer", "buy now",
		"free trial", "my shop", "my course",
		"preis", "rabatt", "gutschein", "jetzt buchen", "jetzt kaufen", "schreib mir privat",
		"precio", "descuento", "escríbeme por privado", "reserva una llamada", "código promocional",
		"prix", "réduction", "écris-moi en privé", "réserve un appel", "code promo",
		"preço", "desconto", "chama no privado", "cupom",
	}
}

// isPromo tells whether a message is a pitch: its author says so, it has two of the words, or it points to a site for the third
// time within 60 days. It remembers the site.
func (s State) isPromo(c chat.Community, e chat.Event, p chat.Posted) bool {
	text := strings.ToLower(p.Text.Plain)
	hits := 0
	for _, word := range pitchWords() {
		hits += strings.Count(text, word)
	}
	promo := hits >= 2 || slices.Contains(strings.Fields(text), promoTag)
	shared := strings.Split(strings.ToLower(c.Setting("sites", "")), ",")
	if _, known := s.Sites[e.Member]; !known && len(s.Sites) >= maxPeople {
		return promo
	}
	visits := slices.DeleteFunc(slices.Clone(s.Sites[e.Member]), func(v Visit) bool { return isOld(v, e.Now) })
	for _, site := range sitesIn(p.Text) {
		if slices.ContainsFunc(shared, func(o string) bool { return strings.TrimSpace(o) == site }) {
			continue
		}
		visits = append(visits, Visit{Site: site, At: e.Now.Unix()})
		often := 0
		for _, v := range visits {
			if v.Site == site {
				often++
			}
		}
		promo = promo || often >= siteOften
	}
	if len(visits) > 0 {
		s.Sites[e.Member] = visits[max(0, len(visits)-maxVisits):]
	} else {
		delete(s.Sites, e.Member)
	}
	return promo
}

// forgetVisits forgets whose pages people have pointed to, once it does not count any more. It is done each week: of
// those who have fallen silent, too.
func (s State) forgetVisits(now time.Time) {
	for who, visits := range s.Sites {
		if visits = slices.DeleteFunc(visits, func(v Visit) bool { return isOld(v, now) }); len(visits) > 0 {
			s.Sites[who] = visits
		} else {
			delete(s.Sites, who)
		}
	}
}

func isOld(v Visit, now time.Time) bool { return now.Unix()-v.At > int64(siteFor/time.Second) }

// sitesIn returns the sites that a text points to, each once, at most ten.
func sitesIn(t chat.Text) []string {
	var out []string
	add := func(address string) {
		site := siteOf(address)
		if site != "" && len(out) < 10 && !slices.Contains(out, site) {
			out = append(out, site)
		}
	}
	for _, span := range t.Spans {
		if span.Style == chat.Hyperlink {
			add(span.Value)
		}
	}
	for _, word := range strings.Fields(t.Plain) {
		if strings.Contains(word, "://") || strings.HasPrefix(strings.ToLower(word), "www.") {
			add(word)
		}
	}
	return out
}

// siteOf returns the part of an address's host that somebody has registered: of "https://shop.ana.co.uk/x" it is "ana.co.uk".
func siteOf(address string) string {
	if len(address) > 2000 {
		return ""
	}
	address = strings.ToLower(address)
	if i := strings.Index(address, "://"); i >= 0 {
		address = address[i+3:]
	}
	host, _, _ := strings.Cut(address, "/")
	host, _, _ = strings.Cut(host, "?")
	host, _, _ = strings.Cut(host, "#")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host, _, _ = strings.Cut(host, ":")
	host = strings.Trim(host, ".,;!)]>\"'")
	labels := strings.Split(host, ".")
	isNumber := strings.Trim(labels[len(labels)-1], "0123456789") == ""
	if isNumber || len(labels) < 2 || len(host) > 253 || slices.Contains(labels, "") || strings.ContainsFunc(host, isNoHost) {
		return ""
	}
	n := 2
	if len(labels) > 2 && len(labels[len(labels)-1]) == 2 && slices.Contains([]string{"co", "com", "org", "net", "ac", "gov", "edu"}, labels[len(labels)-2]) {
		n = 3
	}
	return strings.Join(labels[len(labels)-n:], ".")
}

// isNoHost tells whether a character is in no host's name.
func isNoHost(r rune) bool {
	return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
