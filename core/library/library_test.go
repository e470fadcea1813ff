package library

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func who(id chat.MemberID) chat.Identity {
	return chat.Identity{Platform: chat.Telegram, ID: string(id)}
}

// house plays events against both rules, with the events that they lead to.
type house struct {
	t      *testing.T
	c      chat.Community
	states map[string][]byte
	now    time.Time
	events int
}

func open(t *testing.T) *house {
	var all coretest.Folk
	for _, id := range []chat.MemberID{"m1", "m2", "m3"} {
		card := chat.Card{ID: id, Name: "Name" + string(id), Level: chat.Member, Identities: []chat.Identity{who(id)}, Reach: []chat.Identity{who(id)}}
		if id == "m3" {
			card.Level = chat.Moderator
		}
		all = append(all, card)
	}
	return &house{t: t, c: chat.Community{ID: "c1", Members: all}, states: make(map[string][]byte), now: noon()}
}

// happens folds an event and those that the rules emit, and returns the other effects.
func (h *house) happens(e chat.Event) (out []chat.Effect) {
	h.t.Helper()
	h.events = 0
	for queue := []chat.Event{e}; len(queue) > 0; {
		e, queue = queue[0], queue[1:]
		e.Now, e.Community = h.now, "c1"
		if h.events++; h.events > 100 {
			h.t.Fatal("more than 100 events")
		}
		for _, r := range []rule.Rule{New(), NewShelves()} {
			key, ok := r.Key(h.c, e)
			if !ok {
				continue
			}
			place := r.Name() + " " + key
			state, effects, err := r.Decide(h.c, h.states[place], e)
			if err != nil {
				h.t.Fatal(err)
			}
			h.states[place] = state
			for _, x := range effects {
				emit, ok := x.(chat.Emit)
				if !ok {
					out = append(out, x)
					continue
				}
				next := e
				if next.Body = emit.Body; emit.House {
					next.By, next.Member, next.Level = chat.Person{Identity: chat.House()}, "", chat.Organiser
				}
				queue = append(queue, next)
			}
		}
	}
	return out
}

// asks lets a member ask something in private, and returns what they are told.
func (h *house) asks(by chat.MemberID, command, text string) string {
	h.t.Helper()
	card, _ := h.c.Members.ByID(by)
	out := h.happens(chat.Event{
		Chat: chat.Chat(who(by)), Private: true, By: chat.Person{Identity: who(by), Name: card.Name}, Member: by, Level: card.Level,
		Body: chat.Asked{Command: command, Alias: command, Args: strings.Fields(text), Text: chat.Plain(text)},
	})
	var said []string
	for _, x := range out {
		if s, ok := x.(chat.Send); ok {
			said = append(said, s.Text.Plain)
		}
	}
	return strings.Join(said, "\n")
}

// entries are all that stand on the shelves.
func (h *house) entries() map[int]Entry {
	out := make(map[int]Entry)
	for place, raw := range h.states {
		var s Shelf
		if !strings.HasPrefix(place, "shelves") || len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			h.t.Fatal(err)
		}
		for _, x := range s.Entries {
			if _, twice := out[x.N]; twice {
				h.t.Fatalf("two entries have number %d", x.N)
			}
			out[x.N] = x
		}
	}
	return out
}

func (h *house) catalogue() (s Catalogue) {
	if raw := h.states["library c1"]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &s); err != nil {
			h.t.Fatal(err)
		}
	}
	return s
}

// check compares the catalogue with the shelves.
func (h *house) check() {
	h.t.Helper()
	s, all := h.catalogue(), h.entries()
	if s.count() != len(all) {
		h.t.Fatalf("the catalogue has %d entries, the shelves have %d", s.count(), len(all))
	}
	tags, links := make(map[string]int), make(map[string]bool)
	for n, x := range all {
		l, ok := linkOf(x.URL)
		if place, there := s.place(fmt.Sprint(n)); !ok || !there || place != shelf(l.key()) {
			h.t.Fatalf("entry %d (%s) is not where the catalogue says", n, x.URL)
		}
		if links[l.key()] {
			h.t.Fatalf("%s is there twice", l.key())
		}
		links[l.key()] = true
		for _, tag := range x.Tags {
			tags[tag]++
		}
	}
	if diff := cmp.Diff(tags, s.Tags); diff != "" && len(tags)+len(s.Tags) > 0 {
		h.t.Fatalf("the tags (-shelves +catalogue):\n%s", diff)
	}
}

func TestTheCatalogueAndTheShelvesAgree(t *testing.T) {
	for seed := range uint64(10) {
		h := open(t)
		r := rand.New(rand.NewPCG(seed, 3))
		pick := func(words ...string) string { return words[r.IntN(len(words))] }
		for range 120 {
			by := chat.MemberID(pick("m1", "m2", "m3"))
			n := r.IntN(len(h.catalogue().Shelf) + 2)
			tags := pick("#bread", "#oven #bread", "#Film", "", "#a #b #c #d #e #f #bread")
			switch r.IntN(6) {
			case 0, 1, 2:
				h.asks(by, "add", fmt.Sprintf("https://%sexample.org/%d%s %s a summary of some words", pick("", "www."), r.IntN(40), pick("", "/", "?utm_source=x"), tags))
			case 3:
				h.asks(by, "library", fmt.Sprintf("edit %d %s %s", n, tags, pick("other words that are new", "", "short")))
			case 4:
				h.asks(by, "library", fmt.Sprint("remove ", n))
			case 5:
				h.now = h.now.Add(25 * time.Hour)
			}
			h.check()
		}
		h.happens(chat.Event{Body: chat.Claimed{Kept: "m2", Gone: "m1"}})
		h.check()
		h.happens(chat.Event{Body: chat.Forgotten{Who: "m2"}})
		h.check()
		for n, x := range h.entries() {
			if x.By != "m3" {
				t.Errorf("entry %d is still there, by %s", n, x.By)
			}
		}
	}
}

// With as many entries as there can be, as long as they can be, no state is over a megabyte, and what is looked for is found.
func TestAFullLibraryIsSearched(t *testing.T) {
	h := open(t)
	summary := strings.Repeat("کتاب ", 58)
	byShelf := make(map[string][]Entry)
	var s Catalogue
	for n := 1; n <= maxEntries; n++ {
		l, _ := linkOf(fmt.Sprintf("https://example.org/%s%d", strings.Repeat("x", 100), n))
		x := Entry{N: n, URL: l.String(), Tags: []string{"bread", fmt.Sprint("t", n%7)}, Summary: fmt.Sprint(summary, "w", n), By: "m1", At: noon()}
		letter := shelf(l.key())
		byShelf[letter] = append(byShelf[letter], x)
		s.Shelf += letter
	}
	s.Tags = map[string]int{"bread": maxEntries}
	h.states["library c1"] = []byte(encode(s))
	for letter, entries := range byShelf {
		raw := encode(Shelf{Entries: entries})
		if len(raw) > 1<<20 {
			t.Errorf("shelf %s has %d bytes", letter, len(raw))
		}
		h.states["shelves c1/"+letter] = []byte(raw)
	}
	if len(byShelf) != shelves {
		t.Fatalf("%d shelves", len(byShelf))
	}
	if got := h.asks("m2", "find", "w4711"); !strings.HasPrefix(got, "From the library\n\n4711 ") || h.events > shelves+1 {
		t.Errorf("%d events find %.80q", h.events, got)
	}
	if got := h.asks("m2", "library", ""); !strings.Contains(got, "5000 ") || !strings.Contains(got, "4996 ") || strings.Contains(got, "\n4995 ") {
		t.Errorf("the newest are %.3000q", got)
	}
	if got := h.asks("m2", "add", "https://new.example.org #bread one more is too many"); !strings.Contains(got, "full") {
		t.Errorf("one more: %q", got)
	}
}

func TestWhatIsFoundFirst(t *testing.T) {
	h := open(t)
	for _, line := range []string{
		"https://a.org #oven How to bake bread at home", "https://b.org #bread How to bake it at home", "https://c.org/bread #film Something quite different",
		"https://d.org #film Breadth of the river Rhine", "https://e.org #film Nothing of the kind at all",
	} {
		h.asks("m1", "add", line)
	}
	numbers := func(query string) (out []string) {
		for _, block := range strings.Split(h.asks("m2", "find", query), "\n\n")[1:] {
			out = append(out, strings.Fields(block)[0])
		}
		return out
	}
	for query, want := range map[string][]string{
		"bread": {"2", "1", "4", "3"}, "home bread": {"2", "1", "4", "3"}, "#film bread": {"4", "3"}, "#film": {"5", "4", "3"}, "BREAD!": {"2", "1", "4", "3"},
		"https://www.b.org/?utm_source=x": {"2"},
	} {
		if diff := cmp.Diff(want, numbers(query)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestOneMemberDoesNotFillTheLibrary(t *testing.T) {
	h := open(t)
	for n := range maxADay + 3 {
		h.asks("m1", "add", fmt.Sprintf("https://example.org/%d #bread a summary of some words", n))
	}
	if n := len(h.entries()); n != maxADay {
		t.Errorf("%d entries within a day", n)
	}
	h.now = h.now.Add(24 * time.Hour)
	h.asks("m1", "add", "https://example.org/x #bread a summary of some words")
	if n := len(h.entries()); n != maxADay+1 {
		t.Errorf("%d entries on the next day", n)
	}
}

func TestLinks(t *testing.T) {
	for in, want := range map[string]string{
		"https://Example.ORG":                                     "https://example.org",
		"HTTPS://example.org:443/A/b/?utm_source=x&id=7#top":      "https://example.org/A/b/?id=7",
		"http://example.org:80/a":                                 "http://example.org/a",
		"http://example.org:8080/a":                               "http://example.org:8080/a",
		"www.example.org/a.":                                      "https://www.example.org/a",
		"<https://example.org/a>,":                                "https://example.org/a",
		"https://youtu.be/abc?si=1&t=9":                           "https://youtube.com/watch?v=abc",
		"https://m.youtube.com/watch?list=x&v=abc":                "https://youtube.com/watch?v=abc",
		"https://www.youtube.com/shorts/abc?feature=share":        "https://youtube.com/watch?v=abc",
		"https://www.youtube.com/@cook?si=1":                      "https://www.youtube.com/@cook",
		"https://twitter.com/a/status/1?s=20":                     "https://x.com/a/status/1",
		"https://de.m.wikipedia.org/wiki/Brot":                    "https://de.wikipedia.org/wiki/Brot",
		"https://www.amazon.de/Brot/dp/B0/ref=sr_1?tag=ana-21&k=": "https://www.amazon.de/dp/B0",
		"https://matrix.to/#/!room:example.org":                   "https://matrix.to/#/!room:example.org",
		"(https://en.wikipedia.org/wiki/Rye_(bread)).":            "https://en.wikipedia.org/wiki/Rye_(bread)",
		"https://bücher.example/ä":                                "https://bücher.example/ä",
		"https://bank.example@evil.example/":                      "",
		"javascript://example.org/x":                              "",
		"ftp://example.org/x":                                     "",
		"https://localhost/x":                                     "",
		"example.org":                                             "",
		"https://":                                                "",
		"https://example.org:http/":                               "",
		"https://a..org":                                          "",
		"https://example.org/" + strings.Repeat("x", maxURL):      "",
	} {
		l, ok := linkOf(in)
		got := ""
		if ok {
			got = l.String()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestTheSamePage(t *testing.T) {
	for _, same := range [][]string{
		{"https://example.org/a", "http://www.example.org/a/", "https://m.example.org/a?fbclid=1#x", "HTTP://EXAMPLE.org:80/a"},
		{"https://example.org/?b=2&a=1", "https://example.org?a=1&b=2&utm_medium=x"},
		{"https://youtu.be/x", "https://youtube.com/embed/x", "https://m.youtube.com/watch?v=x&t=1"},
	} {
		first, _ := linkOf(same[0])
		for _, other := range same[1:] {
			if l, ok := linkOf(other); !ok || l.key() != first.key() {
				t.Errorf("%s is %q, %s is %q", same[0], first.key(), other, l.key())
			}
		}
	}
	a, _ := linkOf("https://example.org/a")
	for _, other := range []string{"https://example.org/A", "https://example.org/a?id=1", "https://sub.example.org/a", "https://example.org:81/a"} {
		if l, _ := linkOf(other); l.key() == a.key() {
			t.Errorf("%s is taken for another page", other)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("https://example.org/?a=1&utm_x=2#!/x #Tag \u202e some words\nmore")
	f.Add("www.youtube.com/watch?v= #-_ x")
	f.Fuzz(func(t *testing.T, in string) {
		d := read(chat.Plain(in))
		if strings.ContainsFunc(d.summary, unicode.IsControl) || len(d.tags) > maxTags {
			t.Fatalf("%q is read as %+v", in, d)
		}
		if !d.linked {
			return
		}
		again, ok := linkOf(d.link.String())
		if !ok || again.key() != d.link.key() || again.String() != d.link.String() || !isShelf(shelf(again.key())) {
			t.Fatalf("%q is %q, and that is %q, %v", in, d.link, again, ok)
		}
		if slices.Contains(d.tags, "") {
			t.Fatalf("%q has an empty tag", in)
		}
	})
}
