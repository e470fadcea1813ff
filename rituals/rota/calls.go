package rota

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// calls is the name of the rule that brings calls for a role to who has it.
const calls = "calls"

const (
	// maxCalls are the most calls that wait for somebody's morning, and that reach somebody within callsWithin.
	maxCalls    = 10
	callsWithin = time.Hour
	// noneAgain is how long it is not said again that a role is nobody's.
	noneAgain = 12 * time.Hour
	// maxQuoted is how many characters of a message are brought with a call.
	maxQuoted = 300
)

// Calls is what is kept of one member on duty; of a role that nobody has, only Times.
type Calls struct {
	Wait  []Call      `json:"wait,omitempty"`  // for the morning
	Times []time.Time `json:"times,omitempty"` // of the last hour
}

// mine is what whoever is on duty sees of it: the calls are others' words.
func (s Calls) mine(chat.MemberID) any {
	return struct {
		Wait  int         `json:"calls_for_the_morning,omitempty"`
		Times []time.Time `json:"called,omitempty"`
	}{len(s.Wait), s.Times}
}

// Call is one call for a role.
type Call struct {
	Role    string         `json:"role"`
	Name    string         `json:"name"`
	Room    string         `json:"room"`
	Text    string         `json:"text"`
	Message chat.MessageID `json:"message,omitempty"`
	At      time.Time      `json:"at"`
}

// NewCalls returns the rule that tells who is on duty when a message in a room says "@greeter": in private, by the messenger
// they use, and in the morning if it is night where they are. It stands behind the gates.
func NewCalls() rule.Rule {
	return rule.Of[Calls]{
		Title: calls, KeyOf: callKey, Fold: foldCalls, Secret: true, // the words of messages wait in it
		Mine: Calls.mine,
		Join: func(kept, gone Calls) Calls {
			return Calls{Wait: newest(append(slices.Clone(kept.Wait), gone.Wait...)), Times: newest(append(slices.Clone(kept.Times), gone.Times...))}
		},
	}
}

func newest[T any](list []T) []T { return list[max(0, len(list)-maxCalls):] }

func callKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), c.ID != ""
	case chat.Posted:
		if e.Private || e.By.Bot || e.Member == "" || b.Forward != "" || !strings.Contains(b.Text.Plain, "@") {
			return "", false
		}
		id, ok := calledIn(c, b.Text)
		if !ok {
			return "", false
		}
		if card, ok := holder(c, e, id); ok {
			return rule.PersonKey(c.ID, card.ID), card.ID != e.Member
		}
		return string(c.ID) + "/role/" + id, true
	}
	return "", false
}

// calledIn finds the first role that a text calls. What somebody is called goes before what a role is, and code calls nobody.
func calledIn(c chat.Community, text chat.Text) (string, bool) {
	at := 0
	for _, word := range strings.Fields(text.Plain) {
		start := at + strings.Index(text.Plain[at:], word)
		at = start + len(word)
		bare := strings.Trim(word, ".,;:!?()\"'“”")
		id, ok := roleNamed(bare)
		if !ok || !strings.HasPrefix(bare, "@") || len(c.Members.Named(bare)) > 0 {
			continue
		}
		unit := chat.Units(text.Plain[:start])
		covered := slices.ContainsFunc(text.Spans, func(s chat.Span) bool {
			return s.Start <= unit && unit < s.End && slices.Contains([]chat.Style{chat.Code, chat.Pre, chat.Quote, chat.Hyperlink, chat.Mention}, s.Style)
		})
		if !covered {
			return id, true
		}
	}
	return "", false
}

// holder is who is on duty for a role, if they are here and read the room.
func holder(c chat.Community, e chat.Event, id string) (chat.Card, bool) {
	room, ok := c.Room(e.Room)
	if !ok {
		return chat.Card{}, false
	}
	for _, card := range c.Members.All() {
		reads := slices.ContainsFunc(room.Chats, func(in chat.Chat) bool { return slices.Contains(card.In, in) })
		if reads && slices.Contains(strings.Fields(card.Settings[settingDuty]), id) && !rule.Away(card, e.Now) {
			return card, true
		}
	}
	return chat.Card{}, false
}

func foldCalls(c chat.Community, s Calls, e chat.Event) (Calls, []chat.Effect) {
	s.Times = slices.DeleteFunc(slices.Clone(s.Times), func(at time.Time) bool { return e.Now.Sub(at) >= noneAgain })
	switch b := e.Body.(type) {
	case chat.Due:
		return s.deliver(c, e, chat.MemberID(strings.TrimPrefix(b.Key, string(c.ID)+"/")))
	case chat.Claimed:
		if len(s.Wait) == 0 {
			return s, nil
		}
		return s.deliver(c, e, b.Kept)
	case chat.Posted:
		id, _ := calledIn(c, b.Text)
		card, ok := holder(c, e, id)
		if !ok {
			return s.nobody(c, e, id)
		}
		recent := slices.DeleteFunc(slices.Clone(s.Times), func(at time.Time) bool { return e.Now.Sub(at) >= callsWithin })
		if len(recent) >= maxCalls || len(s.Wait) >= maxCalls { // it stands in the room all the same
			return s, nil
		}
		room, _ := c.Room(e.Room)
		call := Call{Role: id, Name: e.By.Name, Room: room.Name, Text: shortened(b.Text.Plain), At: e.Now}
		if e.Message != nil {
			call.Message = e.Message.ID
		}
		s.Times, s.Wait = newest(append(s.Times, e.Now)), append(slices.Clone(s.Wait), call)
		return s.deliver(c, e, card.ID)
	}
	return s, nil
}

func shortened(text string) string {
	if r := []rune(text); len(r) > maxQuoted {
		return string(r[:maxQuoted-1]) + "…"
	}
	return text
}

// nobody tells who calls that the role is nobody's now, once in a while.
func (s Calls) nobody(c chat.Community, e chat.Event, id string) (Calls, []chat.Effect) {
	if len(s.Times) > 0 {
		return s, nil
	}
	s.Times = []time.Time{e.Now}
	v := rule.Speak(c, e)
	key := "rota.call.nobody"
	if id == roleModerator {
		key = "rota.call.nomoderator"
	}
	out := chat.Whisper{To: e.Chat, Who: e.By.Identity, Text: v.Say(key, "role", nameOf(id, v))}
	wake := chat.Wake{Rule: calls, Key: string(c.ID) + "/role/" + id, At: e.Now.Add(noneAgain)}
	return s, []chat.Effect{out, wake}
}

// deliver brings somebody the calls that wait for them, by day.
func (s Calls) deliver(c chat.Community, e chat.Event, who chat.MemberID) (Calls, []chat.Effect) {
	card, ok := c.Members.ByID(who)
	if !ok {
		return Calls{}, nil
	}
	if morning := daytime(e.Now, c.ZoneOf(card)); morning.After(e.Now) {
		return s, []chat.Effect{chat.Wake{Rule: calls, Key: rule.PersonKey(c.ID, who), At: morning}}
	}
	var out []chat.Effect
	for _, call := range s.Wait {
		if e.Now.Sub(call.At) > 24*time.Hour || rule.Away(card, e.Now) {
			continue
		}
		out = append(out, rule.Secretly(c, atHome(card), "", func(v rule.Voice) chat.Text {
			name := any(call.Name)
			if call.Name == "" {
				name = v.Say("rota.call.somebody")
			}
			text := v.Say("rota.call", "name", name, "role", nameOf(call.Role, v), "room", call.Room, "text", call.Text)
			if call.Message == "" {
				return text
			}
			return text.Append(chat.Plain("\n"), chat.Styled(chat.Cite, v.Say("rota.call.there").Plain, string(call.Message)))
		})...)
	}
	s.Wait = nil
	if len(s.Times) == 0 {
		return Calls{}, out
	}
	return s, append(out, chat.Wake{Rule: calls, Key: rule.PersonKey(c.ID, who), At: s.Times[len(s.Times)-1].Add(noneAgain)})
}

// atHome lets somebody be reached on the platform where they write, if the house can write to them there.
func atHome(card chat.Card) chat.Card {
	i := slices.IndexFunc(card.Reach, func(who chat.Identity) bool { return who.Platform == card.Home })
	if i > 0 {
		card.Reach = append([]chat.Identity{card.Reach[i]}, card.Reach...)
	}
	return card
}
