package rule

import "github.com/potluck-chat/potluck/core/chat"

// Reply returns the effect that answers a command where it was typed, as a reply to it.
func Reply(e chat.Event, t chat.Text, choices ...chat.Choice) chat.Effect {
	return answer(e, t, choices)
}

func answer(e chat.Event, t chat.Text, choices []chat.Choice) chat.Send {
	var a *chat.Answer
	if asked, ok := e.Body.(chat.Asked); ok && !asked.Ref.IsZero() {
		a = &chat.Answer{Target: chat.Target{Refs: []chat.Ref{asked.Ref}}, Name: e.By.Name}
	}
	return chat.Send{To: e.Chat, Text: t, Answer: a, Choices: choices}
}
