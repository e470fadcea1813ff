package telegramtest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The server keeps this many entities of a message and silently drops the rest.
const maxEntities = 100

// priority orders entities that begin and end together, the outer one first. Types that are missing here
// are found by the server itself and ignored when sent.
func priority(kind string) (n int, known bool) {
	switch kind {
	case "blockquote", "expandable_blockquote":
		return 0, true
	case "pre":
		return 10, true
	case "code":
		return 20, true
	case "text_link":
		return 49, true
	case "text_mention":
		return 50, true
	case "bold":
		return 90, true
	case "italic":
		return 91, true
	case "underline":
		return 92, true
	case "strikethrough":
		return 93, true
	case "spoiler":
		return 94, true
	}
	return 0, false
}

func isQuote(kind string) bool { return strings.HasSuffix(kind, "blockquote") }
func isBlock(kind string) bool { return kind == "pre" || kind == "code" }
func isLink(kind string) bool  { return kind == "text_link" || kind == "text_mention" }

// styled is a text as the server stores it.
type styled struct {
	plain    string
	entities []wireEntity // normal form; never changed in place
}

func (t styled) length() int { return utf8.RuneCountInString(t.plain) }

// normalise does to a text what the server does to all it is sent; its errors are the server's.
func normalise(plain string, entities []wireEntity) (styled, error) {
	if !utf8.ValidString(plain) {
		return styled{}, bad("strings must be encoded in UTF-8")
	}
	if len(plain) > 1<<15 {
		return styled{}, bad("text is too long")
	}
	bounds := unitBounds(plain)
	kept := make([]wireEntity, 0, len(entities))
	for _, e := range entities {
		keep, err := checkEntity(e, bounds)
		if err != nil {
			return styled{}, err
		}
		if keep {
			kept = append(kept, e)
		}
	}
	text, kept := cleanRunes(plain, kept)
	text, kept = trim(text, nest(text, kept))
	// What crossed or differed only over the white space that is gone is in its normal form again after this.
	return styled{plain: text, entities: nest(text, kept)}, nil
}

// unitBounds tells for each UTF-16 offset whether a character begins there.
func unitBounds(s string) []bool {
	out := make([]bool, 0, len(s)+1)
	for _, r := range s {
		out = append(out, true)
		if r > 0xffff {
			out = append(out, false)
		}
	}
	return append(out, true)
}

func checkEntity(e wireEntity, bounds []bool) (keep bool, err error) {
	if e.Offset < 0 || e.Offset > 1000000 {
		return false, bad("can't parse entities: Field \"offset\" must be a valid number in MessageEntity")
	}
	if e.Length < 0 || e.Length > 1000000 {
		return false, bad("can't parse entities: Field \"length\" must be a valid number in MessageEntity")
	}
	_, known := priority(e.Type)
	if e.Length == 0 || !known {
		return false, nil
	}
	end := e.Offset + e.Length
	switch {
	case e.Offset >= len(bounds):
		return false, bad("entity begins after the end of the text at UTF-16 offset %d", e.Offset)
	case end >= len(bounds):
		return false, bad("entity ends after the end of the text at UTF-16 offset %d", end)
	case !bounds[e.Offset]:
		return false, bad("entity begins in a middle of a UTF-16 symbol at byte offset %d", e.Offset)
	case !bounds[end]:
		return false, bad("entity ends in a middle of a UTF-16 symbol at byte offset %d", end)
	}
	if e.Type == "text_link" {
		return checkLink(e.URL)
	}
	return true, nil
}

// checkLink refuses what the server's URL parser refuses; one bad link fails the whole message.
func checkLink(url string) (bool, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		scheme, rest = "http", url
		if colon := strings.IndexByte(url, ':'); colon >= 0 && !strings.Contains(url[:colon], ".") && !strings.Contains(url, "@") {
			return false, bad("wrong HTTP URL specified: Unsupported URL protocol")
		}
	}
	switch strings.ToLower(scheme) {
	case "tg", "ton", "tonsite":
		return rest != "", nil
	case "http", "https":
	default:
		return false, bad("wrong HTTP URL specified: Unsupported URL protocol")
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	host, _, _ = strings.Cut(host, "#")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if strings.HasPrefix(host, "[") {
		return true, nil
	}
	name, port, hasPort := strings.Cut(host, ":")
	if hasPort && (port == "" || strings.Trim(port, "0123456789") != "" || len(port) > 5) {
		return false, bad("wrong HTTP URL specified: Wrong port number specified in the URL")
	}
	if !strings.Contains(strings.Trim(name, "."), ".") || strings.ContainsAny(name, " \t\"<>\\") {
		return false, bad("wrong HTTP URL specified: Wrong HTTP URL")
	}
	return true, nil
}

// cleanRunes turns control characters into spaces and removes what the server removes.
func cleanRunes(plain string, entities []wireEntity) (string, []wireEntity) {
	var b strings.Builder
	moved := make([]int, 0, len(plain)+1) // old unit → new unit
	at := 0
	for _, r := range plain {
		moved = append(moved, at)
		if r > 0xffff {
			moved = append(moved, at)
		}
		switch {
		case r == '\r', r >= 0x2028 && r <= 0x202e, r == 0x0333, r == 0x033f, r == 0x030a:
			continue
		case r < ' ' && r != '\n':
			r = ' '
		}
		b.WriteRune(r)
		at += utf16.RuneLen(r)
	}
	moved = append(moved, at)
	return b.String(), move(entities, func(old int) int { return moved[old] })
}

func move(entities []wireEntity, to func(int) int) []wireEntity {
	out := entities[:0:0]
	for _, e := range entities {
		start, end := to(e.Offset), to(e.Offset+e.Length)
		if start < end {
			e.Offset, e.Length = start, end-start
			out = append(out, e)
		}
	}
	return out
}

// trim cuts trailing white space, and leading up to the first entity.
func trim(plain string, entities []wireEntity) (string, []wireEntity) {
	body := strings.TrimRightFunc(plain, unicode.IsSpace)
	limit := units(body)
	first := limit
	for _, e := range entities {
		first = min(first, e.Offset)
	}
	cut := 0
	for cut < first && cut < len(body) && (body[cut] == ' ' || body[cut] == '\n') {
		cut++
	}
	return body[cut:], move(entities, func(old int) int { return max(0, min(old, limit)-cut) })
}

func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// nest brings entities into the server's normal form: sorted, properly nested, no code inside anything but
// a quote, no two links over each other, styles split where they cross and merged where they touch.
func nest(plain string, entities []wireEntity) []wireEntity {
	runes := utf16.Encode([]rune(plain))
	sortEntities(entities)
	solid := solids(entities)
	spans := solid
	for _, kind := range []string{"bold", "italic", "underline", "strikethrough", "spoiler"} {
		spans = append(spans, merged(kind, entities, solid)...)
	}
	spans = slices.DeleteFunc(spans, func(e wireEntity) bool {
		return !isBlock(e.Type) && strings.TrimSpace(string(utf16.Decode(runes[e.Offset:e.Offset+e.Length]))) == ""
	})
	out := split(spans)
	sortEntities(out)
	return firstHundred(out)
}

func sortEntities(list []wireEntity) {
	slices.SortStableFunc(list, func(a, b wireEntity) int {
		pa, _ := priority(a.Type)
		pb, _ := priority(b.Type)
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length), cmp.Compare(pa, pb))
	})
}

// solids returns the quotes, blocks of code and links that stay: the first of those that collide.
func solids(sorted []wireEntity) []wireEntity {
	var quotes, inner []wireEntity
	for _, e := range sorted {
		if isQuote(e.Type) && !slices.ContainsFunc(quotes, func(q wireEntity) bool { return overlap(q, e) }) {
			quotes = append(quotes, e)
		}
	}
	for _, e := range sorted {
		if !isBlock(e.Type) && !isLink(e.Type) {
			continue
		}
		crosses := func(q wireEntity) bool { return overlap(q, e) && !inside(e, q) }
		if slices.ContainsFunc(quotes, crosses) || slices.ContainsFunc(inner, func(o wireEntity) bool { return overlap(o, e) }) {
			continue
		}
		inner = append(inner, e)
	}
	return append(quotes, inner...)
}

func overlap(a, b wireEntity) bool {
	return a.Offset < b.Offset+b.Length && b.Offset < a.Offset+a.Length
}

func inside(a, outer wireEntity) bool {
	return a.Offset >= outer.Offset && a.Offset+a.Length <= outer.Offset+outer.Length
}

// merged returns the runs of one style outside of code.
func merged(kind string, sorted, solid []wireEntity) []wireEntity {
	var runs []wireEntity
	for _, e := range sorted {
		if e.Type != kind {
			continue
		}
		if n := len(runs) - 1; n >= 0 && e.Offset <= runs[n].Offset+runs[n].Length {
			runs[n].Length = max(runs[n].Length, e.Offset+e.Length-runs[n].Offset)
			continue
		}
		runs = append(runs, wireEntity{Type: kind, Offset: e.Offset, Length: e.Length})
	}
	for _, hole := range solid {
		if isBlock(hole.Type) {
			runs = punch(runs, hole)
		}
	}
	return runs
}

func punch(runs []wireEntity, hole wireEntity) []wireEntity {
	var out []wireEntity
	for _, r := range runs {
		if !overlap(r, hole) {
			out = append(out, r)
			continue
		}
		if r.Offset < hole.Offset {
			out = append(out, wireEntity{Type: r.Type, Offset: r.Offset, Length: hole.Offset - r.Offset})
		}
		if end, holeEnd := r.Offset+r.Length, hole.Offset+hole.Length; end > holeEnd {
			out = append(out, wireEntity{Type: r.Type, Offset: holeEnd, Length: end - holeEnd})
		}
	}
	return out
}

// split cuts styles at the edges they cross, so that all entities nest. Quotes and links are never cut.
func split(spans []wireEntity) []wireEntity {
	sortEntities(spans)
	var out []wireEntity
	for len(spans) > 0 {
		e := spans[0]
		spans = spans[1:]
		cut := crossing(e, out, spans)
		if cut == 0 {
			out = append(out, e)
			continue
		}
		rest := e
		e.Length, rest.Offset, rest.Length = cut-e.Offset, cut, e.Offset+e.Length-cut
		out = append(out, e)
		at, _ := slices.BinarySearchFunc(spans, rest, func(a, b wireEntity) int {
			return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
		})
		spans = slices.Insert(spans, at, rest)
	}
	return out
}

// crossing returns where a style must be cut, 0 for nowhere: at the end of an entity it begins in, or at the
// start of a quote or link that it ends in.
func crossing(e wireEntity, before, after []wireEntity) int {
	if isQuote(e.Type) || isBlock(e.Type) || isLink(e.Type) {
		return 0
	}
	end, cut := e.Offset+e.Length, 0
	for _, o := range before {
		if oEnd := o.Offset + o.Length; o.Offset <= e.Offset && oEnd > e.Offset && oEnd < end && (cut == 0 || oEnd < cut) {
			cut = oEnd
		}
	}
	for _, o := range after {
		solid := isQuote(o.Type) || isLink(o.Type)
		if solid && o.Offset > e.Offset && o.Offset < end && o.Offset+o.Length > end && (cut == 0 || o.Offset < cut) {
			cut = o.Offset
		}
	}
	return cut
}

// firstHundred keeps what the server keeps: links, quotes and code first, then the styles.
func firstHundred(list []wireEntity) []wireEntity {
	if len(list) <= maxEntities {
		return list
	}
	kept := make([]wireEntity, 0, maxEntities)
	for _, styles := range []bool{false, true} {
		for _, e := range list {
			n, _ := priority(e.Type)
			if (n >= 90) == styles && len(kept) < maxEntities {
				kept = append(kept, e)
			}
		}
	}
	sortEntities(kept)
	return kept
}
