package library

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Shelf is the entries of one letter, the oldest first.
type Shelf struct {
	Entries []Entry `json:"entries,omitempty"`
}

// maxTold is how many of their entries on a shelf somebody is shown who asks what is kept.
const maxTold = 5

// mine is what a member sees of a shelf: their newest entries, and how many there are.
func (s Shelf) mine(who chat.MemberID) any {
	type entry struct {
		N       int       `json:"number"`
		URL     string    `json:"link"`
		Tags    []string  `json:"tags"`
		Summary string    `json:"words"`
		At      time.Time `json:"at"`
	}
	var out struct {
		Count   int     `json:"entries,omitempty"`
		Entries []entry `json:"newest,omitempty"`
	}
	for _, x := range s.Entries {
		if x.By == who {
			out.Entries = append(out.Entries, entry{N: x.N, URL: x.URL, Tags: x.Tags, Summary: x.Summary, At: x.At})
		}
	}
	out.Count = len(out.Entries)
	out.Entries = out.Entries[max(0, out.Count-maxTold):]
	return out
}

// What shelves are asked: the word, the letters of those that are still to be asked, and what is behind it.
const (
	walkPut    = "put"    // an entry
	walkFind   = "find"   // the query, and what was found so far
	walkList   = "list"   // numbers, and what was found so far
	walkEdit   = "edit"   // a number and the new text
	walkRemove = "remove" // a number
	walkRename = "rename" // two members who are one
	walkForget = "forget" // a member
)

// hit is an entry that answers a query.
type hit struct {
	Entry Entry `json:"entry"`
	Score int   `json:"score"`
}

// deed is what a shelf tells the catalogue.
type deed struct {
	Shelf string   `json:"shelf"`
	Put   int      `json:"put,omitempty"`
	Gone  []int    `json:"gone,omitempty"`
	Plus  []string `json:"plus,omitempty"`
	Minus []string `json:"minus,omitempty"`
}

// shelve asks the first of some shelves for something.
func shelve(ref chat.Ref, house bool, what, letters, arg string, more ...string) chat.Effect {
	args := append([]string{what, letters, arg}, more...)
	return chat.Emit{House: house, Body: chat.Asked{Ref: ref, Command: "shelve", Alias: "shelve", Args: args}}
}

// tell lets the catalogue know; in the house's name where the house has asked, for that happens in no chat.
func (w *walker) tell(d deed) {
	d.Shelf = w.letter
	house := w.e.By.Identity == chat.House()
	w.want(chat.Emit{House: house, Body: chat.Asked{Command: "shelved", Alias: "shelved", Args: []string{encode(d)}}})
}

// encode writes a value of ours; it consists of strings, numbers and times.
func encode(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(raw)
}

// NewShelves returns the rule of the shelves. Only the catalogue asks it.
func NewShelves() rule.Rule {
	return rule.Of[Shelf]{
		Title: "shelves",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			b, ok := e.Body.(chat.Asked)
			if !ok || b.Command != "shelve" || b.Chosen || len(b.Args) < 3 || len(b.Args[1]) == 0 || !isShelf(b.Args[1][:1]) {
				return "", false
			}
			return string(c.ID) + "/" + b.Args[1][:1], c.ID != ""
		},
		Fold: foldShelf,
		Mine: Shelf.mine,
		Ask:  []rule.Command{{Name: "shelve", Level: chat.Guest}},
	}
}

func foldShelf(c chat.Community, s Shelf, e chat.Event) (Shelf, []chat.Effect) {
	b, _ := e.Body.(chat.Asked)
	w := &walker{c: c, e: e, b: b, letter: b.Args[1][:1], s: s}
	switch b.Args[0] {
	case walkPut:
		w.put()
	case walkFind, walkList:
		w.gather()
	case walkEdit, walkRemove:
		w.change()
	case walkRename:
		w.rename()
	case walkForget:
		w.forget()
	}
	if len(w.s.Entries) == 0 {
		w.s.Entries = nil
	}
	return w.s, w.out
}

// walker is the work on one shelf.
type walker struct {
	c      chat.Community
	e      chat.Event
	b      chat.Asked
	letter string
	s      Shelf
	out    []chat.Effect
}

func (w *walker) want(effects ...chat.Effect) { w.out = append(w.out, effects...) }

// on asks the next shelf; false if this was the last.
func (w *walker) on(house bool, more ...string) bool {
	rest := w.b.Args[1][1:]
	if rest != "" {
		w.want(shelve(w.b.Ref, house, w.b.Args[0], rest, w.b.Args[2], more...))
	}
	return rest != ""
}

// put places an entry, unless its link is there already.
func (w *walker) put() {
	var x Entry
	l := link{}
	if err := json.Unmarshal([]byte(w.b.Args[2]), &x); err == nil {
		l, _ = linkOf(x.URL)
	}
	if l.host == "" {
		return
	}
	for _, other := range w.s.Entries {
		if has, _ := linkOf(other.URL); has.key() == l.key() {
			v := rule.Speak(w.c, w.e)
			w.want(rule.Discreetly(w.e, v.Say("library.there").Append(chat.Plain("\n"), other.shown(w.c, v))))
			if here, ok := w.c.Room(w.e.Room); ok && here.Settings[settingRoom] == "on" {
				w.takeAway()
			}
			return
		}
	}
	w.s.Entries = append(w.s.Entries, x)
	w.tell(deed{Put: x.N, Plus: x.Tags})
	room, ok := w.c.Room(x.Room)
	if ok {
		w.want(rule.Everywhere(w.c, room, x.tag(), func(v rule.Voice) chat.Text { return x.shown(w.c, v) })...)
	}
	if ok && w.e.Room == room.ID && !w.e.Private {
		w.takeAway()
		return // it stands there now, for all messengers
	}
	w.want(say(w.c, w.e, "library.added", "n", x.N)...)
}

// takeAway takes what was typed away, for the house says it.
func (w *walker) takeAway() {
	if !w.b.Ref.IsZero() {
		w.want(chat.Delete{To: w.e.Chat, Target: chat.Target{Refs: []chat.Ref{w.b.Ref}}})
	}
}

// tag names the message by which a room was told of an entry.
func (x Entry) tag() string { return "library " + strconv.Itoa(x.N) }

// gather adds what this shelf has to what was found on those before; the last one answers.
func (w *walker) gather() {
	var found []hit
	if len(w.b.Args) > 3 && json.Unmarshal([]byte(w.b.Args[3]), &found) != nil {
		return
	}
	score := w.scorer()
	for _, x := range w.s.Entries {
		if n := score(x); n > 0 {
			found = append(found, hit{x, n})
		}
	}
	slices.SortStableFunc(found, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Entry.N, a.Entry.N))
	})
	found = found[:min(len(found), maxListed)]
	if !w.on(false, encode(found)) {
		w.answer(found)
	}
}

// scorer tells how well an entry fits what is looked for.
func (w *walker) scorer() func(Entry) int {
	if w.b.Args[0] == walkFind {
		q := read(chat.Plain(w.b.Args[2]))
		return func(x Entry) int { return x.score(q) }
	}
	numbers := strings.Fields(w.b.Args[2])
	return func(x Entry) int {
		if slices.Contains(numbers, strconv.Itoa(x.N)) {
			return 1
		}
		return 0
	}
}

func (w *walker) answer(found []hit) {
	v := rule.Speak(w.c, w.e)
	if len(found) == 0 {
		w.want(say(w.c, w.e, "library.nothing")...)
		return
	}
	out := v.Say("library.found")
	if w.b.Args[0] == walkList {
		out = v.Say("library.newest")
		if len(strings.Fields(w.b.Args[2])) == 1 {
			out = chat.Text{}
		}
	}
	for _, h := range found {
		if out.Plain != "" {
			out = out.Append(chat.Plain("\n\n"))
		}
		out = out.Append(h.Entry.shown(w.c, v))
	}
	w.want(rule.Discreetly(w.e, out))
}

// change edits an entry or takes it away, for the one who has added it or a moderator.
func (w *walker) change() {
	number, text, _ := strings.Cut(w.b.Args[2], " ")
	n, err := strconv.Atoi(strings.Trim(number, "#."))
	i := slices.IndexFunc(w.s.Entries, func(x Entry) bool { return x.N == n })
	if err != nil || i < 0 {
		w.want(say(w.c, w.e, "library.unknown")...)
		return
	}
	x := w.s.Entries[i]
	owner, _ := w.c.Members.ByID(x.By)
	if x.By != w.e.Member && (w.e.Level < chat.Moderator || owner.Level > w.e.Level) {
		w.want(say(w.c, w.e, "library.notyours")...)
		return
	}
	if w.b.Args[0] == walkRemove {
		w.s.Entries = slices.Delete(w.s.Entries, i, i+1)
		w.tell(deed{Gone: []int{x.N}, Minus: x.Tags})
		w.unpost(x)
		w.record(x, "remove")
		w.want(say(w.c, w.e, "library.removed", "n", x.N)...)
		return
	}
	d := read(chat.Plain(text))
	old := x.Tags
	if len(d.tags) > 0 {
		x.Tags = d.tags
	}
	if d.summary != "" {
		x.Summary = d.summary
	}
	length := len([]rune(x.Summary))
	switch {
	case d.linked:
		w.want(say(w.c, w.e, "library.relink")...)
		return
	case length < minSummary:
		w.want(say(w.c, w.e, "library.short", "n", length, "least", minSummary)...)
		return
	case length > maxSummary:
		w.want(say(w.c, w.e, "library.long", "n", length, "most", maxSummary)...)
		return
	}
	w.s.Entries[i] = x
	w.tell(deed{Plus: x.Tags, Minus: old})
	if room, ok := w.c.Room(x.Room); ok {
		w.want(rule.Anew(w.c, room, x.tag(), func(v rule.Voice) chat.Text { return x.shown(w.c, v) })...)
	}
	w.record(x, "edit")
	w.want(say(w.c, w.e, "library.edited", "n", x.N)...)
}

// record writes down that a moderator has changed another's entry.
func (w *walker) record(x Entry, what string) {
	if x.By != w.e.Member {
		line := string(w.e.By.Identity.Platform) + " library " + what + ": " + strconv.Itoa(x.N)
		w.want(chat.Record{Log: "audit", By: w.e.Member, About: x.By, Line: line})
	}
}

// unpost takes away what a room was told of an entry; what is too old to be deleted everywhere is emptied.
func (w *walker) unpost(x Entry) {
	room, ok := w.c.Room(x.Room)
	if !ok {
		return
	}
	if w.e.Now.Sub(x.At) > 20*time.Hour {
		w.want(rule.Anew(w.c, room, x.tag(), func(v rule.Voice) chat.Text { return v.Say("library.gone") })...)
		return
	}
	for _, to := range room.Chats {
		w.want(chat.Delete{To: to, Target: chat.Target{Tag: x.tag()}})
	}
}

// rename gives one account's entries to the member that it has turned out to be.
func (w *walker) rename() {
	gone, kept, _ := strings.Cut(w.b.Args[2], " ")
	for i := range w.s.Entries {
		if w.s.Entries[i].By == chat.MemberID(gone) {
			w.s.Entries[i].By = chat.MemberID(kept)
		}
	}
	w.on(true)
}

// forget takes away what somebody has added who is erased.
func (w *walker) forget() {
	who := chat.MemberID(w.b.Args[2])
	var done deed
	w.s.Entries = slices.DeleteFunc(w.s.Entries, func(x Entry) bool {
		if x.By != who {
			return false
		}
		done.Gone, done.Minus = append(done.Gone, x.N), append(done.Minus, x.Tags...)
		w.unpost(x)
		return true
	})
	if len(done.Gone) > 0 {
		w.tell(done)
	}
	w.on(true)
}
