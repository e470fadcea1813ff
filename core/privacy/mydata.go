package privacy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Shown is when somebody was last shown what is kept about them.
type Shown struct {
	At time.Time `json:"at,omitzero"`
}

const (
	// showAgain is how soon somebody may ask for their data again: the whole log is read for it.
	showAgain = 10 * time.Minute
	// maxShown is how many messages, and how many decisions, are shown.
	maxShown = 100
	// maxShownWords is how many characters of words are shown in all, those of the newest messages first.
	maxShownWords = 6000
)

// NewMyData returns the rule of /mydata.
func NewMyData() rule.Rule {
	return rule.Of[Shown]{
		Title: "mydata",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return rule.PersonKey(c.ID, e.Member), b.Command == "mydata"
			case chat.Found:
				return b.Key, true
			}
			return "", false
		},
		Fold: func(c chat.Community, s Shown, e chat.Event) (Shown, []chat.Effect) {
			if found, ok := e.Body.(chat.Found); ok {
				return s, []chat.Effect{rule.Reply(e, foundText(c, e, found))}
			}
			return show(c, s, e)
		},
		Ask: []rule.Command{
			{Name: "mydata", Level: chat.Guest, Place: rule.InPrivate, Help: "help.mydata"},
		},
		Mine: func(s Shown, _ chat.MemberID) any {
			return struct {
				At time.Time `json:"last_asked,omitzero"`
			}{s.At}
		},
		Join: func(kept, gone Shown) Shown {
			if gone.At.After(kept.At) {
				return gone
			}
			return kept
		},
	}
}

// show tells what is on somebody's card and asks for the rest, which comes with the next events.
func show(c chat.Community, s Shown, e chat.Event) (Shown, []chat.Effect) {
	voice := rule.Speak(c, e)
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return s, []chat.Effect{passing(e, voice.Say("privacy.nobody"))}
	}
	if wait := s.At.Add(showAgain).Sub(e.Now); wait > 0 {
		return s, []chat.Effect{rule.Reply(e, voice.Say("mydata.again", "wait", wait))}
	}
	key := rule.PersonKey(c.ID, card.ID)
	return Shown{At: e.Now}, []chat.Effect{
		rule.Reply(e, voice.Say("mydata.intro", "community", hereName(c, voice))),
		rule.Reply(e, block(cardData(c, card))),
		chat.Look{Rule: "mydata", Key: key, View: chat.Own, Arg: string(card.ID), Limit: maxShown},
		chat.Look{Rule: "mydata", Key: key, View: chat.Said, Arg: string(card.ID), Limit: maxShown},
		chat.Look{Rule: "mydata", Key: key, View: chat.Logged, Arg: "audit " + string(card.ID), Limit: maxShown},
	}
}

// block is JSON as it is shown.
func block(data string) chat.Text { return chat.Styled(chat.Pre, data, "json") }

// person is a member's card as the person sees it.
type person struct {
	Community string            `json:"community"`
	Number    chat.MemberID     `json:"number"`
	Name      string            `json:"name"`
	Handle    string            `json:"handle"`
	UserNames []string          `json:"user_names,omitempty"`
	Level     string            `json:"level"`
	Accounts  []chat.Identity   `json:"accounts"`
	Private   []chat.Identity   `json:"has_written_to_me_in_private_as,omitempty"`
	Chats     []string          `json:"seen_in,omitempty"`
	Since     time.Time         `json:"since,omitzero"`
	Settings  map[string]string `json:"settings,omitempty"`
}

// cardData is the card as JSON.
func cardData(c chat.Community, card chat.Card) string {
	out := person{
		Community: c.Name, Number: card.ID, Name: card.Name, Handle: card.Handle, UserNames: card.Nicks, Level: card.Level.String(),
		Accounts: card.Identities, Private: card.Reach, Since: card.Since, Settings: card.Settings,
	}
	for _, in := range card.In {
		title := in.ID
		if room, ok := c.RoomOf(in); ok && room.Title(in) != "" {
			title = room.Title(in)
		}
		out.Chats = append(out.Chats, title+" ("+say.Platform("en", in.Platform)+")") // data have one language
	}
	return encoded(out, "  ")
}

// encoded is a value as JSON that people can read.
func encoded(value any, indent string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(value); err != nil {
		return "{}" // cannot happen: these are strings, numbers and times
	}
	return strings.TrimSpace(b.String())
}

// list is a JSON object with one list, an entry a line.
func list[T any](name string, entries []T) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  %q: [", name)
	for i, entry := range entries {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n    " + encoded(entry, ""))
	}
	if len(entries) > 0 {
		b.WriteString("\n  ")
	}
	b.WriteString("]\n}")
	return b.String()
}

// message is one of somebody's own, as they see it.
type message struct {
	At         time.Time `json:"at"`
	Room       string    `json:"room,omitempty"`
	Characters int       `json:"characters_kept"`
	Words      string    `json:"words,omitempty"`
}

// decision is a line of the moderators' log about somebody, as they see it.
type decision struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// foundText is one of the further parts of the answer.
func foundText(c chat.Community, e chat.Event, found chat.Found) chat.Text {
	voice := rule.Speak(c, e)
	switch found.View {
	case chat.Own:
		data := tasks(found.Lines)
		return voice.Say("mydata.tasks", "n", len(data)).Append(chat.Plain("\n"), block(list("tasks", data)))
	case chat.Said:
		data := messages(c, found.Lines)
		return voice.Say("mydata.messages", "n", len(data)).Append(chat.Plain("\n"), block(list("messages", data)))
	case chat.Logged:
		data := decisions(found.Lines)
		return voice.Say("mydata.decisions", "n", len(data)).Append(chat.Plain("\n"), block(list("decisions", data)))
	}
	return chat.Text{}
}

// task is what one of the house's tasks keeps for somebody.
type task struct {
	Task string          `json:"task"`
	Kept json.RawMessage `json:"kept"`
}

func tasks(lines []chat.Line) []task {
	var out []task
	for _, line := range lines {
		if json.Valid([]byte(line.Text)) {
			out = append(out, task{Task: line.Name, Kept: json.RawMessage(line.Text)})
		}
	}
	return out
}

func messages(c chat.Community, lines []chat.Line) []message {
	var out []message
	left := maxShownWords
	for _, line := range lines {
		room, _ := c.Room(line.Room)
		m := message{At: line.At, Room: room.Name, Characters: len([]rune(line.Text))}
		if left -= m.Characters; left >= 0 {
			m.Words = line.Text
		}
		out = append(out, m)
	}
	return out
}

// decisions are the lines without the messenger that each begins with, and without those of cases.
func decisions(lines []chat.Line) []decision {
	var out []decision
	for _, line := range lines {
		_, what, ok := strings.Cut(line.Text, " ")
		if !ok || isOfCase(line.Text) || isOfCase(what) {
			continue
		}
		out = append(out, decision{At: line.At, What: what})
	}
	return out
}

// isOfCase tells whether a line is about a report or a case.
func isOfCase(line string) bool {
	return strings.HasPrefix(line, "case") || strings.HasPrefix(line, "report") || strings.HasPrefix(line, "evidence")
}
