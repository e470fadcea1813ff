package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// The server waits at most 50 seconds and gives at most 100 updates (telegram-bot-api, Client.h).
const (
	pollTimeout = 50 * time.Second
	pollLimit   = 100
	keepEvery   = 30 * time.Second
)

// asked are the kinds of updates that we read; a list that is not sent would leave the last one in force.
func asked() []string {
	return []string{
		"message", "edited_message", "channel_post", "edited_channel_post", "message_reaction", "my_chat_member", "chat_member",
		"callback_query", "chat_join_request", "poll", "poll_answer",
	}
}

type pollParams struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"`
	Allowed []string `json:"allowed_updates"`
}

// poll asks for updates until ctx ends. The offset of a poll confirms all updates before it, so it grows only
// when their events are durable; after a restart the server gives again what was not confirmed.
func (a *Adapter) poll(ctx context.Context, in adapters.In) error {
	var offset int64
	var kept time.Time
	wait := newBackoff()
	for ctx.Err() == nil {
		batch, err := a.fetch(ctx, offset)
		if err != nil {
			if fatal := a.mend(err); fatal != nil {
				return fatal
			}
			a.afterFailure(ctx, err, wait)
			continue
		}
		a.beat()
		a.tellMissed(ctx, in)
		wait = newBackoff()
		if next, ok := a.take(ctx, in, batch); ok && next != 0 {
			offset = next
		}
		if time.Since(kept) > keepEvery {
			kept = time.Now()
			a.note(kept)
		}
	}
	a.note(time.Now())
	return nil
}

func (a *Adapter) fetch(ctx context.Context, offset int64) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout+15*time.Second)
	defer cancel()
	var batch []json.RawMessage
	err := a.calls.call(ctx, "getUpdates", pollParams{offset, pollLimit, int(pollTimeout / time.Second), asked()}, &batch)
	return batch, err
}

// afterFailure waits as the failure asks.
func (a *Adapter) afterFailure(ctx context.Context, err error, wait *backoff) {
	if ctx.Err() != nil {
		return
	}
	e := refusal(err)
	switch {
	case e != nil && e.code == http.StatusConflict && e.says("webhook"):
		a.log.Warn("a webhook is set for this bot: it is removed, for the config says to poll")
		if err := a.short(ctx, "deleteWebhook", struct{}{}, nil); err == nil {
			return
		}
	case e != nil && e.code == http.StatusConflict:
		a.log.Error("another program fetches this bot's messages: stop it, or give one of the two a bot of its own", "error", err)
	default:
		a.complain(ctx, err, wait)
	}
	wait.pause(ctx, askedWait(err))
}

// take hands the events of a batch in and returns the offset that confirms it. Every update is decoded by
// itself; one that cannot be read is confirmed like the others, or the batch would come again for ever.
func (a *Adapter) take(ctx context.Context, in adapters.In, batch []json.RawMessage) (next int64, ok bool) {
	var events []chat.Event
	var done []func()
	for _, raw := range batch {
		var u struct {
			ID int64 `json:"update_id"`
		}
		if json.Unmarshal(raw, &u) == nil && u.ID >= next {
			next = u.ID + 1
		}
		e, d := a.receiver.receive(ctx, raw)
		events, done = append(events, e...), append(done, d...)
	}
	if ctx.Err() != nil || !a.publish(ctx, in, events) {
		return 0, false
	}
	for _, note := range done {
		note()
	}
	return next, true
}

// publish hands events in until they are durable; false if ctx ends before.
func (a *Adapter) publish(ctx context.Context, in adapters.In, events []chat.Event) bool {
	for wait := newBackoff(); len(events) > 0; {
		err := in(ctx, events...)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		a.log.Error("messages cannot be made durable; they stay with telegram meanwhile", "error", err)
		wait.pause(ctx, 0)
		if ctx.Err() != nil {
			return false
		}
	}
	return true
}
