package telegram

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// whisper tells one person something. A bot can write first to nobody: where the person has not opened the
// private conversation, it is said in the chat, if it is no secret.
func (a *Adapter) whisper(ctx context.Context, id chat.EffectID, w chat.Whisper) (adapters.Receipt, error) {
	user, err := strconv.ParseInt(w.Who.ID, 10, 64)
	if err != nil || w.Who.Platform != chat.Telegram {
		return adapters.Receipt{}, adapters.Refused(chat.Invalid, errors.New("whisper: it is for nobody here"))
	}
	in, err := parsePlace(w.To)
	if err != nil {
		return adapters.Receipt{}, err
	}
	s := chat.Send{Text: w.Text, Answer: w.Answer, Choices: w.Choices}
	if user > 0 {
		s.To = place{id: user}.chat()
		r, err := a.send(ctx, id, s)
		e := refusal(err)
		alone := e != nil && (e.code == http.StatusForbidden || (e.code == http.StatusBadRequest && e.says("chat not found")))
		if !alone || (in.id == user && !w.Secret) {
			return r, err
		}
	}
	if w.Secret {
		return adapters.Receipt{}, adapters.Refused(chat.Forbidden, errors.New("whisper: the person has not opened a private conversation with the bot"))
	}
	s.To = w.To
	if answered(w.Answer, a.follow(in)) == (answering{}) {
		s.Text = a.addressed(user, w.Text)
	}
	r, err := a.send(ctx, id, s)
	r.Notes = append(r.Notes, "said in the group, for the person has no private conversation with the bot")
	return r, err
}

// addressed puts the name of the one meant before a text, so that he is called and nobody else feels meant.
func (a *Adapter) addressed(user int64, t chat.Text) chat.Text {
	called, _ := a.memory.names.get(user)
	if called = tidyName(called); called == "" {
		return t
	}
	return chat.Styled(chat.Mention, called, userIdentity(user).String()).Append(chat.Plain(": "), t).Normal()
}
