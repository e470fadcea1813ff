package cohorts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// worded takes what somebody answers: to the last question it is what they have made; in private it is brought to the room.
func (s *State) worded(c chat.Community, e chat.Event, b chat.Posted) []chat.Effect {
	v := rule.Speak(c, e)
	co := s.byNumber(numberOf(e.ReplyTo.Tag))
	if co == nil || co.person(e.Member) == nil || co.Since.IsZero() {
		if e.Private {
			return []chat.Effect{rule.Discreetly(e, v.Say("cohort.settled")), chat.Drop{}}
		}
		return nil
	}
	card, _ := c.Members.ByID(e.Member)
	name := smallroom.Title(card.Name, maxName)
	if name == "" {
		name = v.Say("cohort.somebody").Plain
	}
	word := smallroom.Title(b.Text.Plain, maxWord)
	if strings.HasPrefix(e.ReplyTo.Tag, tagLast) && word != "" {
		co.made(e, name, word)
	}
	switch {
	case !e.Private:
		return nil
	case word == "":
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.words")), chat.Drop{}}
	}
	co.Notes++
	n := Note{By: e.Member, Kind: noteTalk, Name: name, Word: word}
	out := co.tell(c, n, co.tag(tagSaid)+":"+strconv.Itoa(co.Notes), e.Now, false)
	return append(out, rule.Reply(e, v.Say("cohort.work.noted")), chat.Drop{})
}

// made keeps what somebody has made; what they say later takes its place.
func (co *Cohort) made(e chat.Event, name, word string) {
	w := Work{Who: e.Member, Name: name, Text: word}
	if e.Message != nil {
		w.Message = e.Message.ID
	}
	co.Works = slices.DeleteFunc(co.Works, func(o Work) bool { return o.Who == w.Who })
	co.Works = append(co.Works, w)
}

// corrected follows a message that was changed, or is gone.
func (s *State) corrected(id chat.MessageID, text string) {
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		for at := range co.Works {
			if co.Works[at].Message == id && id != "" {
				co.Works[at].Text = smallroom.Title(text, maxWord)
			}
		}
		co.Works = slices.DeleteFunc(co.Works, func(w Work) bool { return w.Text == "" })
	}
}
