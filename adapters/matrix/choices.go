package matrix

import (
	"context"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
)

// choiceKey is the field of a reaction's content that says which choice it is the keycap of.
const choiceKey = "chat.potluck.choice"

// offer makes the choices under a message of the house's own a tap: the bot gives it their keycaps, so that people
// only need to join in, on the last event that was made. The lines themselves are in the text. Where the bot may not react, the number is left.
func (j *job) offer(ctx context.Context, choices []chat.Choice) error {
	if len(j.r.Refs) == 0 {
		return nil
	}
	id := j.r.Refs[len(j.r.Refs)-1].ID
	for i := range min(len(choices), chat.MaxChoices) {
		if err := j.keycap(ctx, id, i); err != nil {
			return err
		}
	}
	return nil
}

// keycap gives a message the keycap of the i-th choice, once.
func (j *job) keycap(ctx context.Context, id string, i int) error {
	_, err := j.post(ctx, voice{user: j.a.config.User}, "m.reaction", "k"+strconv.Itoa(i)+id, func() (map[string]any, error) {
		return map[string]any{
			"m.relates_to": map[string]string{"rel_type": "m.annotation", "event_id": id, "key": chat.Keycap(i)},
			choiceKey:      i,
		}, nil
	})
	if codeOf(err) == "M_DUPLICATE_ANNOTATION" {
		return nil
	}
	if isRefusal(err) {
		j.note("chosen by answering with the number")
		return nil
	}
	return err
}

// reoffer gives an edited message the keycaps of the choices that it has now, on the last of its events, and takes
// away those of choices that are gone.
func (j *job) reoffer(ctx context.Context, choices []chat.Choice, ids []string) error {
	n, last := min(len(choices), chat.MaxChoices), ids[len(ids)-1]
	var has [chat.MaxChoices]bool
	for _, id := range ids {
		given, err := j.related(ctx, id, "m.annotation", "m.reaction")
		if err != nil {
			return err
		}
		for _, r := range given {
			i := choiceOf(objectOf(r.Content))
			if r.Sender != j.a.config.User || i < 0 || r.isRedacted() {
				continue
			}
			if id == last && i < n && !has[i] {
				has[i] = true
				continue
			}
			if err := j.redact(ctx, r.Sender, r.ID); err != nil {
				return err
			}
		}
	}
	for i := range n {
		if has[i] {
			continue
		}
		if err := j.keycap(ctx, last, i); err != nil {
			return err
		}
	}
	return nil
}

// choiceOf returns which choice, from 0, a reaction of ours is the keycap of, -1 if it is none: the bot also reacts
// for people from elsewhere, with the same emoji.
func choiceOf(content object) int {
	if !content.has(choiceKey) {
		return -1
	}
	return int(min(content.num(choiceKey), chat.MaxChoices-1))
}
