package caps

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

// pitch says what makes a message a promo.
type pitch int

// The kinds.
const (
	noPitch  pitch = iota
	tagged         // its author says so: #promo
	wordy          // at least minWords phrases of salespeople
	referral       // a link that pays its author
	again          // the same site for the third time in 60 days
)

const (
	promoTag     = "#promo"
	minWords     = 2
	siteMemory   = 60 * 24 * time.Hour
	siteOften    = 3 // how often one site is pointed to before that is a promo
	strikeMemory = 30 * 24 * time.Hour
	maxKeptSites = 60
)

// pitchIn tells by a message alone whether it is a promo.
func pitchIn(t chat.Text) pitch {
	if slices.Contains(strings.FieldsFunc(strings.ToLower(t.Plain), notInTag), promoTag) {
		return tagged
	}
	for _, l := range linksIn(t) {
		if l.isReferral() {
			return referral
		}
	}
	if phrasesIn(t.Plain) >= minWords {
		return wordy
	}
	return noPitch
}

func notInTag(r rune) bool {
	return r != '#' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// phrasesIn counts how many different phrases of salespeople a text has.
func phrasesIn(s string) int {
	padded := " " + strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		case r == '%':
			return r
		case r == '\'', r == '’':
			return -1
		}
		return ' '
	}, strings.ReplaceAll(s, "%", " % "))), " ") + " "
	n := 0
	for _, p := range phrases() {
		if strings.Contains(padded, " "+p+" ") {
			n++
		}
	}
	return n
}

// phrases are what hardly anybody says who does not sell, in lower case, without marks. None is part of another.
func phrases() []string {
	return []string{
		"% off", "% discount", "affiliate", "available for purchase", "book a call", "book a free call", "book now", "book your spot", "buy now",
		"buy one get one", "check out my", "coupon code", "dm me for", "dm me to", "discount code", "dont miss out", "early bird",
		"enrol now", "enroll now", "flash sale", "follow my", "for a limited time", "free shipping", "free trial", "get yours",
		"grab your", "join my", "last chance", "launch offer", "limited offer", "link in bio", "message me for", "money back guarantee", "my coaching",
		"my course", "my etsy", "my newsletter", "my new course", "my online course", "my online shop", "my shop", "my store",
		"now on sale", "only a few spots", "order now", "order today", "preorder", "pre order", "promo code", "register now", "shop now", "sign up now",
		"sign up today", "special offer", "special price", "spots left", "subscribe to my", "use code", "use my code", "use the code", "webinar",
		"auf meiner webseite", "begrenztes angebot", "gutscheincode", "jetzt bestellen", "jetzt buchen", "jetzt kaufen", "jetzt anmelden",
		"kostenlos testen", "mein kurs", "meinen kurs", "mein shop", "meinen shop", "nur noch heute", "rabattcode", "sonderangebot", "% rabatt",
		"% de descuento", "codigo de descuento", "código de descuento", "compra ahora", "inscríbete ya", "mi curso", "mi tienda", "oferta especial",
		"plazas limitadas", "prueba gratis", "reserva ya", "suscríbete a mi", "últimas plazas",
		"% de réduction", "achetez maintenant", "code promo", "essai gratuit", "inscrivez vous", "ma boutique", "mon atelier payant", "ma formation",
		"offre limitée", "offre spéciale", "places limitées", "réservez vite",
	}
}

// Site is a page's owner that somebody has pointed to.
type Site struct {
	Name string         `json:"name"`
	At   time.Time      `json:"at"`
	In   chat.MessageID `json:"in"`
}

// judge tells whether a message is a promo by itself, or because of where its author has pointed before. Only posts
// count for that: who answers a question with a link helps.
func (s State) judge(c chat.Community, e chat.Event, p chat.Posted) (State, pitch) {
	if _, some := c.With(promos); !some {
		return s, noPitch
	}
	if why := pitchIn(p.Text); why != noPitch {
		return s, why
	}
	if p.Reply != nil {
		return s, noPitch
	}
	allowed := strings.Fields(c.Setting(sites, ""))
	why := noPitch
	for _, l := range linksIn(p.Text) {
		name := l.owner()
		isSame := func(x Site) bool { return x.Name == name }
		if name == "" || slices.Contains(allowed, l.host) || slices.ContainsFunc(s.Sites, func(x Site) bool { return isSame(x) && x.In == e.Message.ID }) {
			continue
		}
		s.Sites = append(s.Sites, Site{Name: name, At: e.Now, In: e.Message.ID})
		n := 0
		for _, x := range s.Sites {
			if isSame(x) {
				n++
			}
		}
		if n >= siteOften {
			why = again
		}
	}
	if n := len(s.Sites); n > maxKeptSites {
		s.Sites = slices.Clone(s.Sites[n-maxKeptSites:])
	}
	return s, why
}

// validSites reads a list of sites: "example.org, blog.example.net", or "none".
func validSites(value string) (string, bool) {
	words := strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
	if len(value) > 500 || len(words) == 0 || len(words) > 20 {
		return "", false
	}
	if len(words) == 1 && words[0] == "none" {
		return "none", true
	}
	for i, w := range words {
		host := linkOf(w).host
		if host == "" {
			return "", false
		}
		words[i] = host
	}
	return strings.Join(words, " "), true
}
