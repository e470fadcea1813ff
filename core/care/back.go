package care

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	backTitle = "givebacks"
	maxBacks  = 50
	backsKept = 30 * 24 * time.Hour
	// aloudAgain is how long somebody is not told again in the room that something of his is with the house.
	aloudAgain = 30 * time.Minute
	// maxTold is how many messages, and maxToldWords how much of each, somebody is shown who asks what is kept.
	maxTold      = 10
	maxToldWords = 300
)

// Backs are the messages of a member that he has not got back yet.
type Backs struct {
	Items []Back    `json:"items,omitempty"`
	Aloud time.Time `json:"aloud,omitzero"`
}

// Back is one of them.
type Back struct {
	ID    string      `json:"id"`
	At    time.Time   `json:"at"`
	Until time.Time   `json:"until"`
	Room  chat.RoomID `json:"room"`
	Text  chat.Text   `json:"text"`
	// Stuck: he cannot be reached in private; it is given to him when he writes there.
	Stuck bool `json:"stuck,omitempty"`
}

// mine is what a member sees of them: the newest, and how many there are.
func (s Backs) mine(chat.MemberID) any {
	type message struct {
		At    time.Time `json:"at"`
		Words string    `json:"words"`
	}
	var out struct {
		Count    int       `json:"not_given_back,omitempty"`
		Messages []message `json:"newest,omitempty"`
	}
	out.Count = len(s.Items)
	for _, b := range s.Items[max(0, len(s.Items)-maxTold):] {
		out.Messages = append(out.Messages, message{b.At, b.Text.Slice(0, maxToldWords).Plain})
	}
	return out
}

// back asks the rule of NewBacks to give a message back.
func back(e chat.Event, p chat.Posted, until time.Time) chat.Effect {
	text := p.Text
	for _, part := range p.Parts {
		if text.Plain != "" {
			text = text.Append(chat.Plain("\n"))
		}
		text = text.Append(chat.Plain(part.Describe()))
	}
	args := []string{string(e.Member), until.UTC().Format(time.RFC3339), string(e.Room)}
	return chat.Emit{House: true, Body: chat.Asked{Command: "giveback", Alias: "giveback", Args: args, Text: text}}
}

// NewBacks returns the rule that gives people back what they wrote into a room that cools down. It keeps the words until
// they have arrived.
func NewBacks() rule.Rule {
	return rule.Of[Backs]{
		Title: backTitle, KeyOf: backKey, Fold: foldBack, Mine: Backs.mine, Secret: true,
		Join: func(kept, gone Backs) Backs {
			kept.Items = append(kept.Items, gone.Items...)
			slices.SortStableFunc(kept.Items, func(a, b Back) int { return a.At.Compare(b.At) })
			return kept
		},
		Ask: []rule.Command{{Name: "giveback", Level: chat.Organiser}}, // only the house asks it
	}
}

func backKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Asked:
		if b.Command == "giveback" {
			return rule.PersonKey(c.ID, chat.MemberID(firstOf(b.Args))), e.By.Identity == chat.House() && len(b.Args) == 3
		}
		key, ok := rule.ByMember(c, e)
		return key, ok && e.Private
	case chat.Posted, chat.Arrived:
		key, ok := rule.ByMember(c, e)
		return key, ok && e.Private
	case chat.Sent, chat.Failed:
		who, _, ok := parseBack(e.Tag)
		return rule.PersonKey(c.ID, who), ok
	}
	return "", false
}

func firstOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func backTag(who chat.MemberID, id string) string { return backTitle + " " + string(who) + " " + id }

func parseBack(tag string) (who chat.MemberID, id string, ok bool) {
	words := strings.Fields(tag)
	if len(words) != 3 || words[0] != backTitle {
		return "", "", false
	}
	return chat.MemberID(words[1]), words[2], true
}

func foldBack(c chat.Community, s Backs, e chat.Event) (Backs, []chat.Effect) {
	s.Items = slices.DeleteFunc(s.Items, func(b Back) bool { return e.Now.Sub(b.At) > backsKept })
	if e.Now.Sub(s.Aloud) > aloudAgain {
		s.Aloud = time.Time{}
	}
	s, out := s.decide(c, e)
	if len(s.Items) == 0 {
		s.Items = nil
	}
	return s, out
}

func (s Backs) decide(c chat.Community, e chat.Event) (Backs, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		if b.Command == "giveback" {
			return s.take(c, e, b)
		}
	case chat.Sent:
		_, id, _ := parseBack(e.Tag)
		s.Items = slices.DeleteFunc(s.Items, func(b Back) bool { return b.ID == id })
		return s, nil
	case chat.Failed:
		who, id, _ := parseBack(e.Tag)
		return s.stuck(c, e, who, id)
	}
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return s, nil
	}
	var out []chat.Effect
	for i := range s.Items {
		if s.Items[i].Stuck { // he is here now
			s.Items[i].Stuck = false
			out = append(out, s.Items[i].give(c, card)...)
		}
	}
	return s, out
}

// take keeps a message and gives it back.
func (s Backs) take(c chat.Community, e chat.Event, b chat.Asked) (Backs, []chat.Effect) {
	card, ok := c.Members.ByID(chat.MemberID(b.Args[0]))
	until, err := time.Parse(time.RFC3339, b.Args[1])
	if !ok || err != nil {
		return s, nil
	}
	item := Back{ID: rule.Code(e.Seed), At: e.Now, Until: until, Room: chat.RoomID(b.Args[2]), Text: b.Text}
	s.Items = append(s.Items, item)
	s.Items = s.Items[max(0, len(s.Items)-maxBacks):]
	return s, item.give(c, card)
}

func (b Back) give(c chat.Community, card chat.Card) []chat.Effect {
	room, _ := c.Room(b.Room)
	return rule.Secretly(c, card, backTag(card.ID, b.ID), func(v rule.Voice) chat.Text {
		return v.Say("care.back", "room", room.Name, "until", b.Until).Append(chat.Plain("\n\n"), b.Text)
	})
}

// stuck tells somebody in the room, once in a while, that his message is with the house.
func (s Backs) stuck(c chat.Community, e chat.Event, who chat.MemberID, id string) (Backs, []chat.Effect) {
	i := slices.IndexFunc(s.Items, func(b Back) bool { return b.ID == id })
	card, ok := c.Members.ByID(who)
	if i < 0 || !ok {
		return s, nil
	}
	s.Items[i].Stuck = true
	if !s.Aloud.IsZero() {
		return s, nil
	}
	s.Aloud = e.Now
	room, _ := c.Room(s.Items[i].Room)
	until := s.Items[i].Until
	return s, rule.Kindly(c, card, "", func(v rule.Voice) chat.Text {
		return v.Say("care.back.aloud", "name", card.Name, "room", room.Name, "until", until)
	})
}
