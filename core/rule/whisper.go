package rule

import "github.com/potluck-chat/potluck/core/chat"

// Door returns the account by which the house best reaches a member in private: the one that has written to it
// last; else one on a platform where a bot may write first; else any. false if he has no account at all.
func Door(card chat.Card) (chat.Identity, bool) {
	if len(card.Reach) > 0 {
		return card.Reach[0], true
	}
	for _, i := range card.Identities {
		if i.Platform != chat.Telegram { // there nobody is written to before he has written
			return i, true
		}
	}
	if len(card.Identities) == 0 {
		return chat.Identity{}, false
	}
	return card.Identities[0], true
}

// Secretly returns the effect that tells a member something that nobody else may read; it is refused where he
// cannot be reached in private, and the Failed then has the tag. nil if he has no account.
func Secretly(c chat.Community, card chat.Card, tag string, write func(Voice) chat.Text, choices ...chat.Choice) []chat.Effect {
	who, ok := Door(card)
	if !ok {
		return nil
	}
	return []chat.Effect{chat.Whisper{
		To: chat.Chat(who), Who: who, Text: write(To(c, card, who.Platform)), Secret: true, Tag: tag, Choices: choices,
	}}
}

// Kindly returns the effect that tells a member something that is his own affair but no secret: in private if that can
// be, else in the room's chat where he is. nil if he has no account.
func Kindly(c chat.Community, card chat.Card, tag string, write func(Voice) chat.Text, choices ...chat.Choice) []chat.Effect {
	who, ok := Door(card)
	if !ok {
		return nil
	}
	to := chat.Chat(who)
	for _, in := range card.In {
		if in.Platform == who.Platform {
			to = in
			break
		}
	}
	return []chat.Effect{chat.Whisper{
		To: to, Who: who, Text: write(To(c, card, who.Platform)), Tag: tag, Choices: choices,
	}}
}

// Discreetly answers a command for the asker's eyes alone: in private, or, typed in a room, by a whisper there.
func Discreetly(e chat.Event, t chat.Text, choices ...chat.Choice) chat.Effect {
	if e.Private || e.Chat.Platform == chat.Local {
		return answer(e, t, choices)
	}
	var a *chat.Answer
	if asked, ok := e.Body.(chat.Asked); ok && !asked.Ref.IsZero() && !asked.Chosen {
		a = &chat.Answer{Target: chat.Target{Refs: []chat.Ref{asked.Ref}}, Name: e.By.Name}
	}
	return chat.Whisper{To: e.Chat, Who: e.By.Identity, Text: t, Answer: a, Choices: choices}
}

// Everywhere returns the effects that say something in all chats of a room, as one message of the house's with that tag.
func Everywhere(c chat.Community, room chat.Room, tag string, write func(Voice) chat.Text, choices ...chat.Choice) []chat.Effect {
	var out []chat.Effect
	for _, to := range room.Chats {
		out = append(out, chat.Send{To: to, Text: write(Aloud(c, to.Platform)), Tag: tag, Choices: choices})
	}
	return out
}

// Anew returns the effects that change what Everywhere has said.
func Anew(c chat.Community, room chat.Room, tag string, write func(Voice) chat.Text, choices ...chat.Choice) []chat.Effect {
	var out []chat.Effect
	for _, to := range room.Chats {
		out = append(out, chat.Edit{
			To: to, Target: chat.Target{Tag: tag}, Text: write(Aloud(c, to.Platform)), Choices: choices,
		})
	}
	return out
}
