package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxNote is the most characters of a Knocked's note.
const maxNote = 500

// knock tells that somebody asks to be let in. The platform has no note to it: what comes along is what the person
// tells about himself.
func (r *receiver) knock(raw json.RawMessage) []chat.Event {
	var k rawKnock
	if err := json.Unmarshal(raw, &k); err != nil || k.Chat.ID == 0 || k.From.ID == 0 {
		r.log.Warn("telegram sent a request to join that cannot be read")
		return nil
	}
	r.memory.person(k.From)
	note := []rune(chat.Plain(k.Bio).Plain)
	who := k.From.person()
	return []chat.Event{{
		ID: chat.EventID(fmt.Sprintf("tg:knocked:%d:%d:%d", k.Chat.ID, k.From.ID, k.Date)), At: when(k.Date),
		Chat: place{id: k.Chat.ID}.chat(), Title: k.Chat.name(), By: who,
		Body: chat.Knocked{Who: who, Note: string(note[:min(len(note), maxNote)])},
	}}
}

// admit lets somebody in who has asked.
func (a *Adapter) admit(ctx context.Context, e chat.Admit) error {
	g, err := a.ground(e.To, e.Who)
	if err != nil {
		return err
	}
	err = a.on(ctx, &g, "approveChatJoinRequest", memberOf(g), nil)
	switch is, known := a.isInside(ctx, g, err); {
	case !known:
		return err
	case !is:
		return adapters.Refused(chat.NotFound, fmt.Errorf("admit: nobody asks, or not any more: %w", err))
	}
	return nil
}

// decline does not let somebody in who has asked. Who does not ask any more is not in by that; who is in was let in
// by somebody else, and a Decline puts nobody out.
func (a *Adapter) decline(ctx context.Context, e chat.Decline) error {
	g, err := a.ground(e.To, e.Who)
	if err != nil {
		return err
	}
	err = a.on(ctx, &g, "declineChatJoinRequest", memberOf(g), nil)
	if e := refusal(err); e != nil && e.says("USER_ALREADY_PARTICIPANT", "HIDE_REQUESTER_MISSING") {
		return nil
	}
	return err
}

// isInside tells whether somebody whose request is not there any more is in the chat; known is false where err says
// something else.
func (a *Adapter) isInside(ctx context.Context, g grounds, err error) (is, known bool) {
	e := refusal(err)
	switch {
	case e != nil && e.says("USER_ALREADY_PARTICIPANT"):
		return true, true
	case e != nil && e.says("HIDE_REQUESTER_MISSING"):
		s, err := a.standing(ctx, &g)
		return s.isIn(), err == nil
	}
	return false, false
}

// linkLife is how long the link of an invitation lets its one person in. It does not live for ever, because nobody
// but whoever has it knows that it is there.
const linkLife = 30 * 24 * time.Hour

type linkParams struct {
	ChatID int64  `json:"chat_id"`
	Name   string `json:"name"`
	Limit  int    `json:"member_limit"`
	Expire int64  `json:"expire_date"`
}

// invite makes a link for one person, for a bot can add nobody. It is the same when the effect is tried again.
func (a *Adapter) invite(ctx context.Context, id chat.EffectID, e chat.Invite) (adapters.Receipt, error) {
	g, err := a.ground(e.To, e.Who)
	if err != nil {
		return adapters.Receipt{}, err
	}
	s, err := a.standing(ctx, &g)
	switch {
	case err != nil:
		return adapters.Receipt{}, err
	case s.isIn():
		return adapters.Receipt{}, nil
	case s.isBanned():
		return adapters.Receipt{}, adapters.Refused(chat.Forbidden, errors.New("invite: the person is banned there"))
	}
	link, made := a.links.get(id)
	if !made {
		if link, err = a.makeLink(ctx, g); err != nil {
			return adapters.Receipt{}, err
		}
		a.links.put(id, link)
	}
	return adapters.Receipt{Link: link}, nil
}

func (a *Adapter) makeLink(ctx context.Context, g grounds) (string, error) {
	called, _ := a.memory.names.get(g.user)
	var answer struct {
		Link string `json:"invite_link"`
	}
	err := a.on(ctx, &g, "createChatInviteLink", func(chatID int64) any {
		return linkParams{ChatID: chatID, Name: linkName(called), Limit: 1, Expire: time.Now().Add(linkLife).Unix()}
	}, &answer)
	if err == nil && answer.Link == "" {
		err = adapters.Retry(0, errors.New("invite: telegram names no link"))
	}
	return answer.Link, err
}

// linkName is what the group's administrators see in the list of its links, in at most 32 characters.
func linkName(person string) string {
	name := []rune("for one person")
	if person = tidyName(person); person != "" {
		name = []rune("for " + person)
	}
	return string(name[:min(len(name), 32)])
}
