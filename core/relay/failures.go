package relay

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/say"
)

// tellAgain is how long an author is left alone who has been told that a chat takes nothing: what is wrong
// there is not his message, and the next one will fare the same.
const tellAgain = time.Hour

// failedCopy finds the copy that could not be made of a person's message.
func failedCopy(m *chat.Message, id chat.EffectID) (chat.Copy, bool) {
	if m == nil || m.Original.IsZero() || m.Gone {
		return chat.Copy{}, false
	}
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

// failureKey names what an author has been told of a chat, or the message if the reason is its own.
func failureKey(e chat.Event, b chat.Failed) (string, bool) {
	c, ok := failedCopy(e.Message, b.Effect)
	if !ok {
		return "", false
	}
	if !isOfChat(b.Why) {
		return string(e.Message.ID), true
	}
	return "failed " + c.Chat.String() + " " + e.Message.By.String(), true
}

// failed tells the author, where he wrote it, that a copy could not be made.
func failed(c chat.Community, s State, e chat.Event, b chat.Failed) (State, []chat.Effect) {
	m := e.Message
	copied, ok := failedCopy(m, b.Effect)
	if !ok || s.Told != "" {
		return s, nil
	}
	language, from := c.Language(), m.Original.Chat
	why := say.Text(language, "why."+string(b.Why), "prefix", say.Prefix(from.Platform))
	out := []chat.Effect{chat.Whisper{
		To: from, Who: m.By, Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{m.Latest()}}, Name: m.Name},
		Text: say.Text(language, "relay.failed", "platform", say.Platform(language, copied.Chat.Platform), "why", why),
	}}
	if isOfChat(b.Why) {
		key, _ := failureKey(e, b)
		s.Told = b.Why
		out = append(out, chat.Wake{Rule: "relay", Key: key, At: e.Now.Add(tellAgain)})
	}
	return s, out
}
