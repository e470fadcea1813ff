package matrix

import (
	"context"

	"github.com/potluck-chat/potluck/core/chat"
)

// react gives or takes back a reaction: each ghost has its own; the bot has one for all people from
// elsewhere who give the same emoji.
func (j *job) react(ctx context.Context, e chat.React) error {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return err
	}
	if e.Emoji == "" || len(e.Emoji) > maxEmoji {
		return refuse(chat.Invalid, "%d bytes are no emoji", len(e.Emoji))
	}
	v, err := j.a.voiceFor(ctx, j.s, j.room, &e.As)
	if err != nil {
		return err
	}
	on := e.On
	if v.user == j.a.config.User {
		on = e.Count > 0
	}
	living, err := j.living(ctx, ids[:1])
	if err != nil {
		return err
	}
	target := living[0].id
	given, err := j.related(ctx, target, "m.annotation", "m.reaction")
	if err != nil {
		return err
	}
	has := false
	for _, r := range given {
		if r.Sender != v.user || relationOf(objectOf(r.Content)).key != e.Emoji {
			continue
		}
		has = true
		if !on && choiceOf(objectOf(r.Content)) < 0 {
			if err := j.redact(ctx, r.Sender, r.ID); err != nil {
				return err
			}
		}
	}
	if !on || has {
		return nil
	}
	_, err = j.put(ctx, v.user, "m.reaction", transactionOf(originOf(j.d.ID, "r")), map[string]any{
		"m.relates_to": map[string]string{"rel_type": "m.annotation", "event_id": target, "key": e.Emoji},
		originKey:      originOf(j.d.ID, "r"),
	})
	if codeOf(err) == "M_DUPLICATE_ANNOTATION" {
		return nil
	}
	return err
}
