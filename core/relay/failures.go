package relay

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// tellAgain is how long an author is left alone who has been told that a chat takes nothing: what is wrong
// there is not his message, and the next one will fare the same.
const tellAgain = time.Hour

// Failure is what an author has been told: of a chat that takes nothing, or of one message.
type Failure struct {
	// Told is why the author's messages do not get there.
	Told chat.Reason `json:"told,omitempty"`
	// Unchanged are the chats of which he has been told that they do not show a change of the message.
	Unchanged []chat.Chat `json:"unchanged,omitempty"`
}

const failuresTitle = "failures"

// NewFailures returns the rule that tells authors, at once and where they have written it, what could not be shown elsewhere.
// What was given up only because its time was over is not told: something newer has taken its place.
func NewFailures() rule.Rule {
	return rule.Of[Failure]{Title: failuresTitle, KeyOf: failureKey, Fold: foldFailure}
}

// failureKey names what an author has been told of a chat, or the message if the reason is its own.
func failureKey(_ chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Failed:
		m := e.Message
		if m == nil || m.Original.IsZero() || m.Gone || b.Why == chat.Expired {
			return "", false
		}
		if isUnchanged(b) {
			return string(m.ID), true
		}
		c, ok := failedCopy(m, b.Effect)
		if !ok || !isOfChat(b.Why) {
			return string(m.ID), ok
		}
		return "failed " + c.Chat.String() + " " + m.By.String(), true
	}
	return "", false
}

// isUnchanged tells whether an edit of the author's has failed, not one that only told of reactions.
func isUnchanged(b chat.Failed) bool { return b.Of == "edit" && !isOwn(b.Effect) }

// failedCopy finds the copy that could not be made of a person's message.
func failedCopy(m *chat.Message, id chat.EffectID) (chat.Copy, bool) {
	for _, c := range m.Copies {
		if c.Effect == id && c.Failed != "" {
			return c, true
		}
	}
	return chat.Copy{}, false
}

// isOfChat tells whether a reason is the chat's and not the message's.
func isOfChat(why chat.Reason) bool {
	return why == chat.Forbidden || why == chat.NotFound || why == chat.Broken
}

// foldFailure tells the author, where he wrote it, that a copy could not be made or changed.
func foldFailure(c chat.Community, s Failure, e chat.Event) (Failure, []chat.Effect) {
	b, ok := e.Body.(chat.Failed)
	if !ok {
		return Failure{}, nil // the hour is over
	}
	m := e.Message
	if isUnchanged(b) {
		if slices.Contains(s.Unchanged, e.Chat) {
			return s, nil
		}
		s.Unchanged = append(slices.Clone(s.Unchanged), e.Chat)
		return s, []chat.Effect{toAuthor(c, m, "relay.unchanged", e.Chat.Platform, func(v rule.Voice) chat.Text {
			if b.Why == chat.TooMany {
				return v.Say("why.changes")
			}
			return becauseOf(v, b.Why)
		})}
	}
	copied, _ := failedCopy(m, b.Effect)
	if s.Told != "" {
		return s, nil
	}
	why := func(v rule.Voice) chat.Text { return because(v, b.Why) }
	out := []chat.Effect{toAuthor(c, m, "relay.failed", copied.Chat.Platform, why)}
	if isOfChat(b.Why) {
		id, _ := failureKey(c, e)
		s.Told = b.Why
		out = append(out, chat.Wake{Rule: failuresTitle, Key: id, At: e.Now.Add(tellAgain)})
	}
	return s, out
}

// toAuthor tells the author of a message, as an answer to it, what became of it on a platform and why.
func toAuthor(c chat.Community, m *chat.Message, key string, on chat.Platform, why func(rule.Voice) chat.Text) chat.Effect {
	from := m.Original.Chat
	v := rule.Aloud(c, from.Platform)
	return chat.Whisper{
		To: from, Who: m.By, Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{m.Latest()}}, Name: m.Name},
		Text: v.Say(key, "platform", platform(v, on), "why", why(v)),
	}
}
