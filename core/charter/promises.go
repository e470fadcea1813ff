package charter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	promises = "promises"
	// The most promises, and the most characters of one.
	maxPromises = 20
	maxPromise  = 160
	// settingPromised is what a room has on that a promise is bound to, so that only there it is watched whether
	// anybody writes.
	settingPromised = "promised"
	// tooEarly is how long into a month a room that nobody has used says nothing yet.
	tooEarly = 7 * 24 * time.Hour
)

// Promise is one thing that members can count on.
type Promise struct {
	Text string `json:"text"`
	// Bound is what keeps it: "room/" and a room's id, or the word under which another rule records in the log
	// "promises" whether it was kept ("answers kept", "answers broken"). Empty = nothing that could be looked at.
	Bound string    `json:"bound,omitempty"`
	Since time.Time `json:"since,omitzero"`
	// Last is when somebody last wrote in the room, to the day.
	Last time.Time `json:"last,omitzero"`
}

// Promised are a community's promises, in the order of their making.
type Promised struct {
	List []Promise `json:"list,omitempty"`
}

// NewPromises returns the rule of /promises.
func NewPromises() rule.Rule {
	return rule.Of[Promised]{
		Title: promises,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return string(c.ID), b.Command == "promises"
			case chat.Found:
				return b.Key, true
			case chat.Posted:
				room, ok := c.Room(e.Room)
				return string(c.ID), ok && !e.By.Bot && room.Settings[settingPromised] == "on"
			}
			return "", false
		},
		Fold: foldPromises,
		Ask: []rule.Command{
			{Name: "promises", Args: "[add TEXT | remove N]", Level: chat.Guest, Help: "help.promises"},
		},
	}
}

func foldPromises(c chat.Community, s Promised, e chat.Event) (Promised, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		return askedPromises(c, s, e, b)
	case chat.Found:
		return s, []chat.Effect{chat.Send{To: e.Chat, Text: list(c, s, e, b.Lines)}}
	case chat.Posted:
		return used(s, e), nil
	}
	return s, nil
}

func askedPromises(c chat.Community, s Promised, e chat.Event, asked chat.Asked) (Promised, []chat.Effect) {
	voice := rule.Speak(c, e)
	refuse := func(key string, pairs ...any) (Promised, []chat.Effect) {
		return s, []chat.Effect{rule.Reply(e, voice.Say(key, pairs...))}
	}
	verb := ""
	if len(asked.Args) > 0 {
		verb = strings.ToLower(asked.Args[0])
	}
	switch {
	case c.ID == "":
		return refuse("charter.nowhere")
	case verb != "add" && verb != "remove" && len(s.List) == 0:
		return refuse("promises.none")
	case verb != "add" && verb != "remove":
		return s, []chat.Effect{chat.Look{Rule: promises, Key: string(c.ID), View: chat.Logged, Arg: promises, Limit: 500}}
	}
	if key, refused := mayNotWrite(e); refused {
		if key == "charter.organisers" {
			key = "promises.organisers"
		}
		return refuse(key)
	}
	if verb == "remove" {
		return remove(s, e, asked, voice)
	}
	return add(s, e, asked, voice)
}

func add(s Promised, e chat.Event, asked chat.Asked, voice rule.Voice) (Promised, []chat.Effect) {
	refuse := func(key string, pairs ...any) (Promised, []chat.Effect) {
		return s, []chat.Effect{rule.Reply(e, voice.Say(key, pairs...))}
	}
	words, bound := boundTo(asked.Args[1:])
	p := Promise{Text: strings.Join(words, " "), Bound: bound, Since: e.Now}
	switch {
	case p.Text == "":
		return refuse("promises.how")
	case len([]rune(p.Text)) > maxPromise:
		return refuse("promises.long", "n", len([]rune(p.Text)), "max", maxPromise)
	case len(s.List) >= maxPromises:
		return refuse("promises.many", "max", maxPromises)
	case slices.ContainsFunc(s.List, func(q Promise) bool { return strings.EqualFold(q.Text, p.Text) }):
		return refuse("charter.same")
	case bound == "room" && e.Room == "":
		return refuse("promises.where")
	}
	var out []chat.Effect
	if bound == "room" {
		p.Bound = "room/" + string(e.Room)
		out = append(out, chat.Set{Room: e.Room, Key: settingPromised, Value: "on"})
	}
	s.List = append(slices.Clone(s.List), p)
	key := "promises.measured"
	switch bound {
	case "":
		key = "promises.unbound"
	case "room":
		key = "promises.added"
	}
	return s, append(out, keep(s),
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s promises: add %s", e.By.Identity.Platform, p.Text)},
		rule.Reply(e, voice.Say(key, "n", len(s.List), "text", p.Text, "word", bound)))
}

// boundTo reads the hashtag at the end of a promise.
func boundTo(words []string) (rest []string, bound string) {
	if len(words) == 0 {
		return nil, ""
	}
	tag, ok := strings.CutPrefix(words[len(words)-1], "#")
	if !ok || tag == "" || len(tag) > 40 || strings.ContainsAny(tag, "/ ") {
		return words, ""
	}
	return words[:len(words)-1], strings.ToLower(tag)
}

func remove(s Promised, e chat.Event, asked chat.Asked, voice rule.Voice) (Promised, []chat.Effect) {
	n := 0
	if len(asked.Args) == 2 {
		n, _ = strconv.Atoi(asked.Args[1])
	}
	if len(s.List) == 0 {
		return s, []chat.Effect{rule.Reply(e, voice.Say("promises.none"))}
	}
	if n < 1 || n > len(s.List) {
		return s, []chat.Effect{rule.Reply(e, voice.Say("promises.number", "count", len(s.List)))}
	}
	gone := s.List[n-1]
	s.List = slices.Delete(slices.Clone(s.List), n-1, n)
	if len(s.List) == 0 {
		s.List = nil
	}
	var out []chat.Effect
	if id, ok := strings.CutPrefix(gone.Bound, "room/"); ok && !slices.ContainsFunc(s.List, func(p Promise) bool { return p.Bound == gone.Bound }) {
		out = append(out, chat.Set{Room: chat.RoomID(id), Key: settingPromised})
	}
	return s, append(out, keep(s),
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s promises: remove %s", e.By.Identity.Platform, gone.Text)},
		rule.Reply(e, voice.Say("promises.removed", "text", gone.Text)))
}

// keep writes the words of the promises where other rules can read them.
func keep(s Promised) chat.Effect {
	var texts []string
	for _, p := range s.List {
		texts = append(texts, p.Text)
	}
	return chat.Set{Key: settingPromises, Value: strings.Join(texts, "\n")}
}

// used notes that somebody has written in a room.
func used(s Promised, e chat.Event) Promised {
	today := e.Now.Truncate(24 * time.Hour)
	for i, p := range s.List {
		if p.Bound == "room/"+string(e.Room) && p.Last.Before(today) {
			s.List = slices.Clone(s.List)
			s.List[i].Last = today
		}
	}
	return s
}

// list shows the promises, and of each whether it was kept this month, as far as anything knows.
func list(c chat.Community, s Promised, e chat.Event, lines []chat.Line) chat.Text {
	voice := rule.Speak(c, e)
	out := voice.Say("promises.intro")
	for i, p := range s.List {
		out = out.Append(chat.Plain("\n"), voice.Say("promises.line", "n", i+1, "sign", p.sign(c, e.Now, lines), "text", p.Text))
	}
	return out.Append(chat.Plain("\n"), voice.Say("promises.legend"))
}

// The signs of a promise.
const (
	signKept    = "✅"
	signBroken  = "⚠️"
	signUnknown = "–"
)

// sign tells how a promise fares in this month of the community's zone.
func (p Promise) sign(c chat.Community, now time.Time, lines []chat.Line) string {
	local := now.In(c.Zone())
	month := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, c.Zone())
	if id, ok := strings.CutPrefix(p.Bound, "room/"); ok {
		return signOfRoom(c, chat.RoomID(id), p, now, month)
	}
	sign := signUnknown
	for _, l := range lines {
		word, outcome, _ := strings.Cut(l.Text, " ")
		if word != p.Bound || p.Bound == "" || l.At.Before(month) {
			continue
		}
		switch {
		case strings.HasPrefix(outcome, "broken"):
			return signBroken
		case strings.HasPrefix(outcome, "kept"):
			sign = signKept
		}
	}
	return sign
}

// signOfRoom: a room keeps what it is for if it is there and somebody has written in it.
func signOfRoom(c chat.Community, id chat.RoomID, p Promise, now, month time.Time) string {
	_, there := c.Room(id)
	from := month
	if p.Since.After(from) {
		from = p.Since
	}
	switch {
	case !there:
		return signBroken
	case !p.Last.Before(month.UTC().Truncate(24 * time.Hour)):
		return signKept
	case now.Sub(from) < tooEarly:
		return signUnknown
	}
	return signBroken
}
