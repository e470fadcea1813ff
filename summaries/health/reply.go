package health

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// newcomer is how long somebody is one.
	newcomer = 14 * day
	// soon is how soon the next word in the room is taken for an answer that is not marked as one.
	soon = 10 * time.Minute
	// helpTag marks a question that has no question mark.
	helpTag = "#help"
)

// Post is what a newcomer wrote and hopes to be answered: the first post, and every later question.
type Post struct {
	ID       chat.MessageID `json:"id"`
	Who      chat.MemberID  `json:"who"`
	Room     chat.RoomID    `json:"room"`
	At       time.Time      `json:"at"`
	Answered time.Time      `json:"answered,omitzero"`
	// ByOrganiser: an organiser was the first to answer.
	ByOrganiser bool `json:"byorganiser,omitempty"`
	// Passed: somebody else has written in the room since.
	Passed bool `json:"passed,omitempty"`
}

// posted counts a message: as one that was written, as an answer to newcomers, and as a newcomer's that wants one.
func (s State) posted(c chat.Community, e chat.Event, p chat.Posted) State {
	if e.By.Bot || e.By.Anonymous || e.Member == "" {
		return s
	}
	s = s.answers(c, e, p)
	before := s.People[e.Member]
	s = s.acted(c, e, true)
	card, ok := c.Members.ByID(e.Member)
	person, counted := s.People[e.Member]
	at := moment(e)
	room, _ := c.Room(e.Room)
	isNew := ok && card.Level < chat.Moderator && !card.Since.IsZero() && at.Sub(card.Since) < newcomer
	if !isNew || !counted || e.Message == nil || room.Settings[rule.Moderators] == "on" {
		return s
	}
	person.Began = true
	s.People[e.Member] = person
	if before.Began && !isQuestion(p.Text) {
		return s
	}
	s.Posts = append(slices.Clone(s.Posts), Post{ID: e.Message.ID, Who: e.Member, Room: e.Room, At: at})
	if len(s.Posts) > maxPosts {
		s.Posts = s.Posts[len(s.Posts)-maxPosts:]
	}
	return s
}

// isQuestion tells whether a message asks for something.
func isQuestion(t chat.Text) bool {
	text := strings.TrimSpace(t.Plain)
	for _, mark := range []string{"?", "？", "؟"} {
		if strings.HasSuffix(text, mark) {
			return true
		}
	}
	return slices.Contains(strings.Fields(strings.ToLower(text)), helpTag)
}

// answers notes which posts a message answers: the one that it replies to or whose thread it stands in, those of somebody
// whom it names, and what was the last word in the room for at most ten minutes.
func (s State) answers(c chat.Community, e chat.Event, p chat.Posted) State {
	if len(s.Posts) == 0 {
		return s
	}
	at := moment(e)
	named := mentioned(c, p.Text)
	s.Posts = slices.Clone(s.Posts)
	for i, post := range s.Posts {
		if post.Who == e.Member || !post.Answered.IsZero() {
			continue
		}
		explicit := e.ReplyTo != nil && e.ReplyTo.ID == post.ID || slices.Contains(named, post.Who)
		next := post.Room == e.Room && !post.Passed && !at.Before(post.At) && at.Sub(post.At) <= soon
		if post.Room == e.Room {
			s.Posts[i].Passed = true
		}
		if (explicit || next) && !at.Before(post.At) {
			s.Posts[i].Answered = at
			s.Posts[i].ByOrganiser = e.Level >= chat.Organiser
		}
	}
	return s
}

// mentioned returns the members whom a text names.
func mentioned(c chat.Community, t chat.Text) []chat.MemberID {
	var out []chat.MemberID
	for _, span := range t.Spans {
		if span.Style != chat.Mention || len(out) >= 50 {
			continue
		}
		platform, id, ok := strings.Cut(span.Value, ":")
		if card, known := c.Members.Of(chat.Identity{Platform: chat.Platform(platform), ID: id}); ok && known {
			out = append(out, card.ID)
		}
	}
	return out
}

// waiting returns the newcomers who have no answer yet, each once.
func (s State) waiting(c chat.Community, now time.Time) []chat.Card {
	var out []chat.Card
	for _, p := range s.Posts {
		card, ok := c.Members.ByID(p.Who)
		isOn := slices.ContainsFunc(out, func(o chat.Card) bool { return o.ID == p.Who })
		if ok && !isOn && p.Answered.IsZero() && counts(card, now) && within(p.At, now, 4*week) {
			out = append(out, card)
		}
	}
	return out
}
