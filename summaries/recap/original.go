package recap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// numberIn reads a text that is nothing but the number of a bullet; 0 = it is none.
func numberIn(p chat.Posted) int {
	if len(p.Parts) > 0 || p.Forward != "" || len(p.Text.Plain) > 16 {
		return 0
	}
	n, err := strconv.Atoi(strings.Trim(p.Text.Plain, " .)#\n"))
	if err != nil || n < 1 || n > maxBullets {
		return 0
	}
	return n
}

// isNumber tells whether somebody may mean a bullet: in answer to a recap, or in private without saying to what.
func isNumber(e chat.Event, p chat.Posted) bool {
	if e.By.Bot || e.Member == "" || numberIn(p) == 0 {
		return false
	}
	if e.ReplyTo != nil {
		return strings.HasPrefix(e.ReplyTo.Tag, messageTag)
	}
	return e.Private && p.Reply == nil
}

// original looks for the message that a bullet is about.
func (s State) original(c chat.Community, e chat.Event, p chat.Posted) (State, []chat.Effect) {
	i := slices.IndexFunc(s.Recaps, func(r Recap) bool { return e.ReplyTo != nil && r.tag() == e.ReplyTo.Tag })
	if e.ReplyTo == nil { // the last one that was given here
		for j, r := range s.Recaps {
			if r.To == e.Chat && e.Now.Sub(r.At) < followFor {
				i = j
			}
		}
		if i < 0 {
			return s, nil // it means something else
		}
	}
	voice := rule.Speak(c, e)
	answer := func(key string) []chat.Effect { return []chat.Effect{chat.Drop{}, aside(e, voice.Say(key))} }
	if i < 0 {
		return s, answer("recap.original.old")
	}
	n := numberIn(p)
	if n > len(s.Recaps[i].Bullets) {
		return s, answer("recap.original.none")
	}
	s, ok := s.mayAsk(e.Member, e.Now)
	if !ok {
		return s, answer("recap.often")
	}
	id := s.Recaps[i].Bullets[n-1].Cites[0]
	return s, []chat.Effect{chat.Drop{}, chat.Look{
		Rule: title, Key: fmt.Sprintf("%s original %d %s", c.ID, n, id), View: chat.Around, Arg: string(id), Limit: 1,
	}}
}

// tell gives somebody the message that a bullet is about, as a quotation with a link.
func (s State) tell(c chat.Community, e chat.Event, number string, id chat.MessageID, lines []chat.Line) (State, []chat.Effect) {
	voice := rule.Speak(c, e)
	i := slices.IndexFunc(lines, func(l chat.Line) bool { return l.Message == id })
	if i < 0 || lines[i].Text == "" {
		return s, []chat.Effect{aside(e, voice.Say("recap.original.gone"))}
	}
	line := lines[i]
	room, ok := c.Room(line.Room)
	card, known := c.Members.ByID(line.By)
	silent := known && card.Settings["recap"] == "off" || strings.Contains(strings.ToLower(line.Text), noRecap)
	if !ok || !isOpen(room) || silent {
		return s, []chat.Effect{aside(e, voice.Say("recap.original.gone"))}
	}
	text := voice.Say("recap.original", "number", number, "name", line.Name, "room", room.Name, "at", line.At)
	text = text.Append(chat.Plain(" "), chat.Styled(chat.Cite, "›", string(id)), chat.Plain("\n"), chat.Styled(chat.Quote, line.Text, ""))
	return s, []chat.Effect{aside(e, text.Normal())}
}

// aside says something to who has written: in private, or in the room if that cannot be, for everybody there may read it.
func aside(e chat.Event, t chat.Text) chat.Effect {
	if e.Private {
		return chat.Send{To: e.Chat, Text: t}
	}
	return chat.Whisper{To: e.Chat, Who: e.By.Identity, Text: t}
}
