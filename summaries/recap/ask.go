package recap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Six recaps within five minutes are as many as somebody may ask for.
const (
	maxAsked    = 6
	askedWithin = 5 * time.Minute
	maxAskings  = 600
)

// What can be asked for: no longer than words are kept by default.
const (
	usualSpan = 24 * time.Hour
	maxSpan   = 31 * 24 * time.Hour
)

// Asking is one question, for the limit.
type Asking struct {
	Who chat.MemberID `json:"who"`
	At  time.Time     `json:"at"`
}

// ask answers /recap: privately, wherever it was typed.
func (s State) ask(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	voice := rule.Speak(c, e)
	say := func(key string) []chat.Effect {
		return []chat.Effect{rule.Discreetly(e, voice.Say(key))}
	}
	card, ok := c.Members.ByID(e.Member)
	switch {
	case !ok:
		return s, say("recap.nobody")
	case strings.HasPrefix(card.Settings["sanction"], "ban"):
		return s, say("recap.noroom")
	}
	span, since, rest, ok := spanOf(b.Args)
	if !ok {
		return s, say("recap.how")
	}
	room, key := roomFor(c, e, card, strings.Join(rest, " "))
	if key != "" {
		return s, say(key)
	}
	if s, ok = s.mayAsk(e.Member, e.Now); !ok {
		return s, say("recap.often")
	}
	o := Order{
		Kind: asked, Room: room, Who: e.Member, By: e.By.Identity, Ref: b.Ref, From: e.Now.Add(-span), Until: e.Now,
	}
	if e.Private {
		o.To = e.Chat
	}
	s, out := s.order(c, o, e.Now)
	if len(out) == 0 {
		return s, say("recap.busy")
	}
	if since { // it is asked for when it is known since when
		last := len(s.Orders) - 1
		return s, []chat.Effect{chat.Look{
			Rule: title, Key: fmt.Sprintf("%s since %d", c.ID, s.Orders[last].N), View: chat.Said, Arg: string(e.Member), Limit: 1,
		}}
	}
	return s, out
}

// spanOf reads how far back a recap is to go, and returns the words behind.
func spanOf(args []string) (span time.Duration, since bool, rest []string, ok bool) {
	if len(args) == 0 {
		return usualSpan, false, nil, true
	}
	if strings.EqualFold(args[0], "since") {
		return maxSpan, true, args[1:], true
	}
	span, rest, ok = rule.Duration(args)
	return span, false, rest, ok && span <= maxSpan
}

// roomFor returns what a recap for somebody is of: the room where it was asked for; in private the one that is named, else
// all that every member may read if they are in all of them, else the first that they are in. key says why there is none.
func roomFor(c chat.Community, e chat.Event, card chat.Card, named string) (room chat.RoomID, key string) {
	isIn := func(r chat.Room) bool {
		return slices.ContainsFunc(r.Chats, func(ch chat.Chat) bool { return slices.Contains(card.In, ch) })
	}
	open := openRooms(c)
	mine := without(open, func(r chat.Room) bool { return !isIn(r) })
	if named != "" {
		i := slices.IndexFunc(mine, func(r chat.Room) bool { return strings.EqualFold(r.Name, named) })
		if i < 0 {
			return "", "recap.unknown"
		}
		return mine[i].ID, ""
	}
	if !e.Private && e.Room != "" {
		if here, ok := c.Room(e.Room); !ok || !isOpen(here) {
			return "", "recap.private"
		}
		return e.Room, ""
	}
	switch {
	case len(mine) == 0:
		return "", "recap.noroom"
	case len(mine) > 1 && len(mine) == len(open):
		return "", ""
	}
	return mine[0].ID, ""
}

func (s State) mayAsk(who chat.MemberID, now time.Time) (State, bool) {
	n := 0
	for _, a := range s.Asked {
		if a.Who == who {
			n++
		}
	}
	if n >= maxAsked || len(s.Asked) >= maxAskings {
		return s, false
	}
	s.Asked = append(slices.Clone(s.Asked), Asking{Who: who, At: now})
	return s, true
}

// found goes on with what a look has found: since when a recap is wanted, the original of a bullet, or what somebody wrote
// who wants to be in no recap.
func (r recaps) found(c chat.Community, s State, e chat.Event, b chat.Found) (State, []chat.Effect) {
	words := strings.Fields(b.Key)
	if len(words) < 2 {
		return s, nil
	}
	switch {
	case words[1] == "since" && len(words) == 3:
		return s.since(c, words[2], b.Lines, e.Now)
	case words[1] == "original" && len(words) == 4:
		return s.tell(c, e, words[2], chat.MessageID(words[3]), b.Lines)
	case words[1] == "out":
		ids := make([]chat.MessageID, 0, len(b.Lines))
		for _, l := range b.Lines {
			ids = append(ids, l.Message)
		}
		return r.drop(c, s, func(x Bullet) bool {
			return slices.ContainsFunc(x.Cites, func(id chat.MessageID) bool { return slices.Contains(ids, id) })
		}, e.Now)
	}
	return s, nil
}

// since asks for what was said since somebody's last message.
func (s State) since(c chat.Community, number string, lines []chat.Line, now time.Time) (State, []chat.Effect) {
	n, err := strconv.Atoi(number)
	i := slices.IndexFunc(s.Orders, func(o Order) bool { return o.N == n })
	if err != nil || i < 0 {
		return s, nil
	}
	s.Orders = slices.Clone(s.Orders)
	o := &s.Orders[i]
	o.From = now.Add(-week)
	if len(lines) > 0 && lines[0].At.After(now.Add(-maxSpan)) {
		o.From = lines[0].At.Add(time.Millisecond) // without that one
	}
	return s, []chat.Effect{o.summarise(c)}
}

// Silent are messages of somebody in one hour that must not be quoted: a recap has them in its totals only.
type Silent struct {
	At   time.Time     `json:"at"` // the hour
	Room chat.RoomID   `json:"room"`
	Who  chat.MemberID `json:"who"`
	N    int           `json:"n"`
}

// maxSilent is the most of them that are kept.
const maxSilent = 1000

// noRecap in a message keeps it out of every recap.
const noRecap = "#norecap"

// isSilent tells whether a message must not be quoted.
func isSilent(c chat.Community, e chat.Event) bool {
	p, ok := e.Body.(chat.Posted)
	if !ok || e.Private || e.Message == nil || e.Member == "" {
		return false
	}
	if strings.Contains(p.Text.Plain, "#") && strings.Contains(strings.ToLower(p.Text.Plain), noRecap) {
		return true
	}
	card, ok := c.Members.ByID(e.Member)
	return ok && card.Settings["recap"] == "off"
}

// silent counts a message that must not be quoted.
func (s State) silent(c chat.Community, e chat.Event) State {
	if !isSilent(c, e) {
		return s
	}
	hour := e.Now.Truncate(time.Hour)
	for i, t := range s.Silent {
		if t.At.Equal(hour) && t.Room == e.Room && t.Who == e.Member {
			s.Silent = slices.Clone(s.Silent)
			s.Silent[i].N++
			return s
		}
	}
	s.Silent = append(slices.Clone(s.Silent), Silent{At: hour, Room: e.Room, Who: e.Member, N: 1})
	s.Silent = s.Silent[max(0, len(s.Silent)-maxSilent):]
	return s
}

// silentIn returns how many messages of an order's time must not be quoted, and of how many people.
func (s State) silentIn(c chat.Community, o Order) (messages, people int) {
	var who []chat.MemberID
	for _, t := range s.Silent {
		room, ok := c.Room(t.Room)
		if !ok || !isOpen(room) || o.Room != "" && o.Room != t.Room || t.At.Before(o.From.Truncate(time.Hour)) || !t.At.Before(o.Until) {
			continue
		}
		messages += t.N
		card, known := c.Members.ByID(t.Who)
		if known && card.Settings["recap"] == "off" && !slices.Contains(who, t.Who) { // others are counted with their other words
			who = append(who, t.Who)
		}
	}
	return messages, len(who)
}
