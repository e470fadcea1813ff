// Package library is the shelf of links that members share: each with a tag and a sentence about it, found by words, and
// never twice. It does not read what a link leads to, and there is no talk in it: answers go where people talk.
//
// Flow: the catalogue (this file) has one small state per community: how many entries there are, on which shelf each
// stands, and how often each tag is used. The entries stand on sixteen shelves (shelves.go), a state each, by their link,
// so that a link can be on one shelf only and the second of its kind meets the first. To look for something is to walk
// along the shelves: each adds what it has and asks the next, and the last one answers. A rule sees one state per event,
// and no shelf grows over a few hundred kilobytes.
//
// The room of the library (room.go) takes entries only; what else is written there is carried to where people talk.
package library

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the name of the catalogue's rule, and setting that of the room that the library has.
const (
	title       = "library"
	settingRoom = "library"
)

const (
	maxEntries = 5000
	maxADay    = 10 // entries that one member adds
	maxListed  = 5
	// maxKinds is the most different tags that are counted.
	maxKinds = 500
)

// Catalogue is what is kept of one community beside the shelves.
type Catalogue struct {
	// Shelf has a letter for each number that was given: where that entry stands, '-' = it is gone.
	Shelf string         `json:"shelf,omitempty"`
	Tags  map[string]int `json:"tags,omitempty"`
	Adds  []Add          `json:"adds,omitempty"` // of the last day
}

// Add is that somebody has added something.
type Add struct {
	Who chat.MemberID `json:"who"`
	At  time.Time     `json:"at"`
}

// mine is what a member sees of the catalogue: when they have added something in the last day.
func (s Catalogue) mine(who chat.MemberID) any {
	var out struct {
		Added []time.Time `json:"added,omitempty"`
	}
	for _, a := range s.Adds {
		if a.Who == who {
			out.Added = append(out.Added, a.At)
		}
	}
	return out
}

// New returns the rule of the catalogue and its commands.
func New() rule.Rule {
	return rule.Of[Catalogue]{
		Title: title,
		KeyOf: catalogueKey,
		Fold:  foldCatalogue,
		Mine:  Catalogue.mine,
		Ask: []rule.Command{
			{Name: "add", Args: "LINK #TAG SUMMARY", Level: chat.Member, Help: "help.add"},
			{Name: "find", Args: "WORDS | #TAG", Level: chat.Member, Help: "help.find"},
			{Name: "library", Args: "[NUMBER | tags | edit NUMBER TEXT | remove NUMBER]", Level: chat.Member, Help: "help.library"},
			{Name: "shelved", Level: chat.Guest},
		},
		Options: []rule.Setting{
			{Name: settingRoom, Scope: rule.OfRoom, Default: "off", Values: []string{"on", "off"}, Help: "setting.room.library"},
		},
	}
}

func catalogueKey(c chat.Community, e chat.Event) (string, bool) {
	key := string(c.ID)
	if key == "" {
		return "", false
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		return key, slices.Contains([]string{"add", "find", "library", "shelved"}, b.Command)
	case chat.Claimed:
		return key, b.Gone != ""
	case chat.Forgotten:
		return key, true
	}
	return "", false
}

func foldCatalogue(c chat.Community, s Catalogue, e chat.Event) (Catalogue, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		switch b.Command {
		case "add":
			return s.add(c, e, b)
		case "find":
			return s, s.find(c, e, b)
		case "library":
			return s, s.library(c, e, b)
		}
		return s.shelved(b), nil
	case chat.Claimed:
		for i := range s.Adds {
			if s.Adds[i].Who == b.Gone {
				s.Adds[i].Who = b.Kept
			}
		}
		return s, s.walk(walkRename, string(b.Gone)+" "+string(b.Kept), true)
	case chat.Forgotten:
		s.Adds = slices.DeleteFunc(s.Adds, func(a Add) bool { return a.Who == b.Who })
		return s, s.walk(walkForget, string(b.Who), true)
	}
	return s, nil
}

// say answers for the eyes of the one who asks.
func say(c chat.Community, e chat.Event, key string, pairs ...any) []chat.Effect {
	return []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say(key, pairs...))}
}

// add checks an entry and brings it to its shelf.
func (s Catalogue) add(c chat.Community, e chat.Event, b chat.Asked) (Catalogue, []chat.Effect) {
	if e.Member == "" {
		return s, nil
	}
	s.Adds = slices.DeleteFunc(s.Adds, func(a Add) bool { return e.Now.Sub(a.At) >= 24*time.Hour })
	mine := 0
	for _, a := range s.Adds {
		if a.Who == e.Member {
			mine++
		}
	}
	d := read(b.Text)
	switch problem := d.problem(); {
	case problem != "":
		n := len([]rune(d.summary))
		return s, say(c, e, problem, "n", n, "least", minSummary, "most", maxSummary)
	case mine >= maxADay:
		return s, say(c, e, "library.enough", "n", maxADay)
	case s.count() >= maxEntries:
		return s, say(c, e, "library.full", "n", maxEntries)
	}
	x := Entry{N: len(s.Shelf) + 1, URL: d.link.String(), Tags: d.tags, Summary: d.summary, By: e.Member, At: e.Now}
	s.Adds = append(s.Adds, Add{Who: e.Member, At: e.Now})
	if room, ok := c.With(settingRoom); ok {
		x.Room = room.ID
	} else if here, ok := c.Room(e.Room); ok && here.Settings["capped"] != "on" {
		x.Room = here.ID // no way around a room's post cap
	}
	return s, []chat.Effect{shelve(b.Ref, false, walkPut, shelf(d.link.key()), encode(x))}
}

// count is how many entries there are.
func (s Catalogue) count() int { return len(s.Shelf) - strings.Count(s.Shelf, "-") }

// place returns the shelf that an entry stands on.
func (s Catalogue) place(number string) (letter string, ok bool) {
	n, err := strconv.Atoi(strings.Trim(number, "#."))
	if err != nil || n < 1 || n > len(s.Shelf) || s.Shelf[n-1] == '-' {
		return "", false
	}
	return s.Shelf[n-1 : n], true
}

// letters are the shelves that something stands on.
func (s Catalogue) letters() string {
	var out []byte
	for i := range len(s.Shelf) {
		if l := s.Shelf[i]; l != '-' && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return string(out)
}

// walk asks all shelves, one after another.
func (s Catalogue) walk(what, arg string, house bool) []chat.Effect {
	letters := s.letters()
	if letters == "" {
		return nil
	}
	return []chat.Effect{shelve(chat.Ref{}, house, what, letters, arg)}
}

// find looks for entries.
func (s Catalogue) find(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	q := read(b.Text)
	switch {
	case len(q.tags) == 0 && !q.linked && len(wordsIn(q.summary)) == 0:
		return say(c, e, "library.find.usage")
	case s.count() == 0:
		return say(c, e, "library.empty")
	}
	return []chat.Effect{shelve(b.Ref, false, walkFind, s.letters(), short(b.Text.Plain, 500))}
}

// library shows the newest entries, one of them or the tags, and changes or removes one.
func (s Catalogue) library(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	verb, rest := "", b.Args
	if len(rest) > 0 {
		verb, rest = strings.ToLower(rest[0]), rest[1:]
	}
	switch verb {
	case "":
		return s.newest(c, e, b)
	case "tags":
		return say(c, e, "library.tags", "tags", s.tagLine())
	case "edit", "remove":
		if len(rest) == 0 || verb == "edit" && len(rest) < 2 {
			return say(c, e, "library.usage")
		}
		letter, ok := s.place(rest[0])
		if !ok {
			return say(c, e, "library.unknown")
		}
		what := walkRemove
		if verb == "edit" {
			what = walkEdit
		}
		return []chat.Effect{shelve(b.Ref, false, what, letter, strings.Join(rest, " "))}
	}
	if letter, ok := s.place(verb); ok {
		return []chat.Effect{shelve(b.Ref, false, walkList, letter, strings.Trim(verb, "#."))}
	}
	if _, err := strconv.Atoi(strings.Trim(verb, "#.")); err == nil {
		return say(c, e, "library.unknown")
	}
	return say(c, e, "library.usage")
}

// newest lists the last entries, from the shelves where they stand.
func (s Catalogue) newest(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	var numbers []string
	var letters []byte
	for n := len(s.Shelf); n > 0 && len(numbers) < maxListed; n-- {
		if l := s.Shelf[n-1]; l != '-' {
			numbers = append(numbers, strconv.Itoa(n))
			if !slices.Contains(letters, l) {
				letters = append(letters, l)
			}
		}
	}
	if len(numbers) == 0 {
		return say(c, e, "library.empty")
	}
	return []chat.Effect{shelve(b.Ref, false, walkList, string(letters), strings.Join(numbers, " "))}
}

// tagLine are the tags that are used most.
func (s Catalogue) tagLine() string {
	tags := slices.SortedFunc(maps.Keys(s.Tags), func(a, b string) int {
		if s.Tags[a] != s.Tags[b] {
			return s.Tags[b] - s.Tags[a]
		}
		return strings.Compare(a, b)
	})
	if len(tags) == 0 {
		return "–"
	}
	var out []string
	for _, t := range tags[:min(len(tags), 40)] {
		out = append(out, "#"+t+" "+strconv.Itoa(s.Tags[t]))
	}
	return strings.Join(out, ", ")
}

// shelved hears what a shelf has done: entries that came or went, and tags that did.
func (s Catalogue) shelved(b chat.Asked) Catalogue {
	var done deed
	if len(b.Args) != 1 || json.Unmarshal([]byte(b.Args[0]), &done) != nil || !isShelf(done.Shelf) {
		return s
	}
	if done.Put == len(s.Shelf)+1 {
		s.Shelf += done.Shelf
	}
	places := []byte(s.Shelf)
	for _, n := range done.Gone {
		if n > 0 && n <= len(places) {
			places[n-1] = '-'
		}
	}
	s.Shelf = string(places)
	if s.Tags == nil {
		s.Tags = make(map[string]int)
	}
	for _, t := range done.Plus {
		if _, known := s.Tags[t]; known || len(s.Tags) < maxKinds {
			s.Tags[t]++
		}
	}
	for _, t := range done.Minus {
		if s.Tags[t]--; s.Tags[t] <= 0 {
			delete(s.Tags, t)
		}
	}
	return s
}

// short returns the beginning of a text.
func short(s string, n int) string {
	r := []rune(s)
	return string(r[:min(len(r), n)])
}
