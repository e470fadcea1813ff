package relay

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// End is how a message was taken away. The zero End: by its author, on his messenger.
type End struct {
	// Cause says whose doing it was: empty = the author's.
	Cause string `json:"cause,omitempty"`
	// Wanted: it was asked of the house, so that the message goes where it was asked, too.
	Wanted bool `json:"wanted,omitempty"`
	// By and In are who wanted it, and where he is told what could not be done; zero = nobody is.
	By chat.Identity `json:"by,omitzero"`
	In chat.Chat     `json:"in,omitzero"`
	// Marked are the chats where a copy could not be deleted and says instead that it was.
	Marked []chat.Chat `json:"marked,omitempty"`
	// Told are those of which somebody has been told that the message is still there.
	Told []chat.Chat `json:"told,omitempty"`
}

// Whose doing an End can be besides the author's.
const (
	byModerator = "moderator"
	byTime      = "time"
)

// deleted takes the message away everywhere else: the copies when its author, or somebody who may, has
// deleted the original, even where the room has changed since, for they are his words; the original and the
// other copies when a moderator has deleted a copy.
func deleted(c chat.Community, s State, e chat.Event, b chat.Deleted) (State, []chat.Effect) {
	end := s.End
	if end.Cause == "" && !end.Wanted && !e.By.Identity.IsZero() && !isAuthor(c, e, e.Message) {
		end = End{Cause: byModerator, By: e.By.Identity, In: e.Chat}
	}
	m := e.Message
	var out []chat.Effect
	if original, ok := m.In(m.Original.Chat); ok && !m.Original.IsZero() && (end.Wanted || isElsewhere(m, b.Ref)) {
		out = append(out, chat.Delete{To: m.Original.Chat, Target: original})
	}
	for _, copied := range m.Copies {
		if copied.Chat == m.Original.Chat { // it stands beside a poll, and the rule that has put it there takes it away
			continue
		}
		if copied.Failed == "" && (end.Wanted || copied.Chat != b.Ref.Chat) {
			out = append(out, chat.Delete{To: copied.Chat, Target: chat.Target{Refs: copied.Refs, Effect: copied.Effect}})
		}
	}
	return State{End: end}, out
}

// isElsewhere tells whether what was deleted is not the original of a message.
func isElsewhere(m *chat.Message, r chat.Ref) bool {
	return m.Original.Chat != r.Chat || slices.ContainsFunc(m.Copies, func(c chat.Copy) bool { return isNameOf(c, r) })
}

// isNameOf tells whether a ref names a copy.
func isNameOf(c chat.Copy, r chat.Ref) bool {
	return slices.Contains(c.Refs, r) || slices.Contains(c.Names, r)
}

// isAuthor tells whether an event is the doing of a message's author, by any of his accounts.
func isAuthor(c chat.Community, e chat.Event, m *chat.Message) bool {
	if m.By == e.By.Identity {
		return true
	}
	card, ok := c.Members.Of(m.By)
	return ok && e.Member != "" && card.ID == e.Member
}

// isDot tells whether an edit leaves nothing of a message but a dot.
func isDot(b chat.Edited) bool { return strings.TrimSpace(b.Text.Plain) == "." }

// dotted notes that the author has deleted a message by making a dot of it: the dot goes, too.
func (s State) dotted() State {
	s.End = End{Wanted: true}
	return s
}

// asked deletes the message that a /del answers, if whoever asks may; the command goes in any case.
func asked(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	var out []chat.Effect
	key := mayNot(c, e, b)
	if key != "" {
		v := rule.Speak(c, e)
		out = append(out, rule.Discreetly(e, v.Say(key, "name", nameOf(c, e.ReplyTo))))
	}
	if !e.Private && !b.Chosen && !b.Ref.IsZero() {
		out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
	}
	if key != "" || e.ReplyTo.Gone {
		return s, out
	}
	s.End = End{Wanted: true, By: e.By.Identity, In: e.Chat}
	if !isAuthor(c, e, e.ReplyTo) {
		s.End.Cause = byModerator
	}
	gone := e.ReplyTo.Original
	if gone.IsZero() { // posted by the house in somebody's name
		gone = b.Reply.Ref
	}
	return s, append(out, chat.Emit{Body: chat.Deleted{Ref: gone}})
}

// mayNot is the key of the sentence for one who may not have a message deleted; empty if he may. A moderator may in the
// rooms as they are now, and not what an organiser has written.
func mayNot(c chat.Community, e chat.Event, b chat.Asked) string {
	m := e.ReplyTo
	switch {
	case b.Reply == nil:
		return "del.usage"
	case m == nil:
		return "del.unknown"
	case m.By.IsZero():
		return "del.house"
	case isAuthor(c, e, m):
		return ""
	case e.Level < chat.Moderator:
		return "del.refused"
	}
	if card, ok := c.Members.Of(m.By); ok && card.Level > e.Level {
		return "del.above"
	}
	room, ok := c.RoomOf(e.Chat)
	if !ok || !m.Original.IsZero() && !slices.Contains(room.Chats, m.Original.Chat) {
		return "del.elsewhere"
	}
	return ""
}

// nameOf is what the author of a message is called.
func nameOf(c chat.Community, m *chat.Message) string {
	switch {
	case m != nil && m.By.IsZero():
		return "Potluck"
	case m == nil || m.Name == "":
		return say.Text(c.Language(), "relay.nameless").Plain
	}
	return safe(m.Name)
}

// isLate tells whether a receipt is about what is done to a message after its sending, and this rule's.
func isLate(e chat.Event, b chat.Failed) bool {
	switch b.Of {
	case "delete":
		return e.Message.Gone
	case "edit":
		return e.Message.Gone || isOwn(b.Effect)
	case "react":
		return !e.Message.Gone && b.Why != chat.Expired
	}
	return false
}

// isOwn tells whether an effect was this rule's own idea, not an answer to something that somebody has done.
func isOwn(id chat.EffectID) bool { return strings.HasPrefix(string(id), "due/"+title+"/") }

// failed does what can still be done where a message could not be changed or deleted, or not reacted to.
func (r relay) failed(c chat.Community, s State, e chat.Event, b chat.Failed) (State, []chat.Effect) {
	switch {
	case b.Of == "react":
		return r.alone(c, s, e), nil
	case !e.Message.Gone:
		return s.stop(e.Chat), nil
	case b.Why == chat.NotFound: // then nobody sees it
		return s, nil
	case b.Of == "delete" && e.Chat != e.Message.Original.Chat:
		return s.mark(c, e)
	case b.Of == "delete" && s.End.By.IsZero(), b.Of == "edit" && !slices.Contains(s.End.Marked, e.Chat):
		return s, nil
	case b.Why == chat.Expired:
		return s, nil
	}
	return s.remains(c, e, b.Why)
}

// mark lets a copy that could not be deleted say that it was, once.
func (s State) mark(c chat.Community, e chat.Event) (State, []chat.Effect) {
	target, ok := e.Message.In(e.Chat)
	if !ok || slices.Contains(s.End.Marked, e.Chat) {
		return s, nil
	}
	s.End.Marked = append(slices.Clone(s.End.Marked), e.Chat)
	key := "gone.author"
	switch s.End.Cause {
	case byModerator:
		key = "gone.moderator"
	case byTime:
		key = "gone.vanished"
	}
	edit := chat.Edit{To: e.Chat, Target: target, Text: say.Text(c.Language(), key)}
	if m := e.Message; !m.By.IsZero() {
		as := shown(c, chat.Person{Identity: m.By, Name: m.Name}, m.Author)
		edit.As = &as
	}
	return s, []chat.Effect{edit}
}

// remains tells once that a message could not be taken away from a chat: whoever wanted it gone, else its author.
func (s State) remains(c chat.Community, e chat.Event, why chat.Reason) (State, []chat.Effect) {
	if slices.Contains(s.End.Told, e.Chat) {
		return s, nil
	}
	s.End.Told = append(slices.Clone(s.End.Told), e.Chat)
	m := e.Message
	who, in := s.End.By, s.End.In
	if who.IsZero() {
		who, in = m.By, m.Original.Chat
	}
	if who.IsZero() || in.IsZero() {
		return s, nil
	}
	v := rule.Aloud(c, in.Platform)
	key := "del.remains"
	if who == m.By {
		key = "del.remains.own"
	}
	return s, []chat.Effect{chat.Whisper{To: in, Who: who, Text: v.Say(key,
		"name", nameOf(c, m), "platform", platform(v, e.Chat.Platform), "why", becauseOf(v, why))}}
}

// platform is a platform's name as a voice says it.
func platform(v rule.Voice, p chat.Platform) string { return say.Platform(v.Language, p) }

// because is why a message could not be shown, in words that end a sentence.
func because(v rule.Voice, why chat.Reason) chat.Text { return v.Say("why." + string(why)) }

// becauseOf is why something could not be done to a message that is there.
func becauseOf(v rule.Voice, why chat.Reason) chat.Text {
	switch why {
	case chat.Forbidden:
		return v.Say("why.rights")
	case chat.NotFound:
		return v.Say("why.gone")
	}
	return because(v, why)
}
