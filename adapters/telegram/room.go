package telegram

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxTopicName is the most characters of a topic's name (core.telegram.org/bots/api#createforumtopic).
const maxTopicName = 128

type topicParams struct {
	ChatID int64  `json:"chat_id"`
	Thread int    `json:"message_thread_id,omitempty"`
	Name   string `json:"name,omitempty"`
}

// openRoom makes a topic in the same group: bots can make no groups. Whoever is in the group is in its topics. An effect
// that is carried out again finds the topic it has made; only what is cut off between the platform's yes and our note
// makes a second one.
func (a *Adapter) openRoom(ctx context.Context, id chat.EffectID, o chat.Open) (adapters.Receipt, error) {
	beside, err := parsePlace(o.Beside)
	if err != nil {
		return adapters.Receipt{}, err
	}
	if err := a.recall(); err != nil {
		return adapters.Receipt{}, adapters.Retry(0, err)
	}
	if made, ok := a.memory.rooms.get(id); ok {
		return adapters.Receipt{Made: made.chat()}, nil
	}
	to := a.follow(beside)
	name := tidyName(o.Title)
	if name == "" {
		return adapters.Receipt{}, adapters.Refused(chat.Invalid, errors.New("open room: it has no name"))
	}
	if r := []rune(name); len(r) > maxTopicName {
		name = string(r[:maxTopicName])
	}
	if to.id > firstBroad {
		return adapters.Receipt{}, adapters.Refused(chat.Unsupported, errors.New("open room: only supergroups have topics"))
	}
	var made struct {
		Thread int `json:"message_thread_id"`
	}
	err = a.short(ctx, "createForumTopic", topicParams{ChatID: to.id, Name: name}, &made)
	if e := refusal(err); e != nil && e.says("is not a forum", "CHANNEL_FORUM_MISSING") {
		return adapters.Receipt{}, adapters.Refused(chat.Unsupported, err)
	}
	if err != nil {
		return adapters.Receipt{}, err
	}
	room := place{id: to.id, thread: made.Thread}
	a.memory.topics.put(room, name)
	a.memory.places.put(room, true)
	a.memory.rooms.put(id, room)
	a.note(time.Time{})
	return adapters.Receipt{Made: room.chat()}, nil
}

// shut closes a topic: people can read it and no longer write. A whole group cannot be shut without taking from each
// what he may do there, which nobody could give back.
func (a *Adapter) shut(ctx context.Context, s chat.Shut) error {
	to, err := parsePlace(s.To)
	if err != nil {
		return err
	}
	if to.thread == 0 {
		return adapters.Refused(chat.Unsupported, errors.New("shut room: it is a whole group"))
	}
	err = a.short(ctx, "closeForumTopic", topicParams{ChatID: to.id, Thread: to.thread}, nil)
	e := refusal(err)
	switch {
	case e != nil && e.says("TOPIC_NOT_MODIFIED"):
		return nil
	case e != nil && (isTopicGone(to, e) || e.says("TOPIC_ID_INVALID")):
		a.topicGone(to)
		return adapters.Refused(chat.NotFound, err)
	}
	return err
}

// linkTo returns the address that leads to a message, for those who are in its chat; empty where messages have none
// (core.telegram.org/api/links#message-links: private conversations and basic groups).
func linkTo(ref chat.Ref) string {
	at, err := parsePlace(ref.Chat)
	if err != nil || at.id > firstBroad {
		return ""
	}
	if _, err := messageID(ref); err != nil {
		return ""
	}
	group := strconv.FormatInt(firstBroad-at.id, 10)
	if at.thread != 0 {
		group += "/" + strconv.Itoa(at.thread)
	}
	return "https://t.me/c/" + group + "/" + ref.ID
}
