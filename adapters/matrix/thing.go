package matrix

import (
	"context"

	"github.com/potluck-chat/potluck/core/chat"
)

// isThing tells whether Matrix shows a part that has no bytes as more than a line: a place as a map, a poll to vote in.
func isThing(p chat.Part) bool {
	switch p.Kind {
	case chat.Location:
		return p.Place != nil
	case chat.Poll:
		return p.Poll != nil && !p.Poll.Closed && len(p.Poll.Options) > 0 && len(p.Poll.Options) <= maxAnswers
	}
	return false
}

// captionOf adds to a text what nobody would see of a thing: a place's name, because clients show the map alone, and
// whose it is, where the bot speaks for him: it is the text that has his name in front.
func captionOf(things []chat.Part, v voice, text chat.Text) chat.Text {
	for _, p := range things {
		if p.Kind != chat.Location {
			continue
		}
		if line := nameOfPlace(*p.Place); line != "" {
			text = below(text, chat.Plain(line))
		}
	}
	if len(things) == 0 || v.name == "" || text.Plain != "" {
		return text
	}
	if things[0].Kind == chat.Poll {
		return chat.Plain("📊")
	}
	return chat.Plain("📍 " + mapLink(*things[0].Place))
}

// sendThing posts a part that is an event of its own.
func (j *job) sendThing(ctx context.Context, v voice, as *chat.Person, part string, p chat.Part, at anchor) error {
	kind, content := thingContent(p)
	id, err := j.post(ctx, v, kind, part, func() (map[string]any, error) {
		j.dress(content, v, as, at)
		return content, nil
	})
	if err != nil {
		return err
	}
	if p.Kind == chat.Poll {
		_, b, _ := pollOf(objectFrom(content))
		b.author = v.user
		j.a.polls.set(id, b)
	}
	j.r.Refs = append(j.r.Refs, ref(j.room, id))
	return nil
}

// thingContent writes a thing and the type of its event.
func thingContent(p chat.Part) (string, map[string]any) {
	if p.Kind == chat.Poll {
		return pollKey, pollContent(*p.Poll)
	}
	return "m.room.message", placeContent(*p.Place)
}

// editThing gives a poll or a place new content.
func (j *job) editThing(ctx context.Context, v voice, as *chat.Person, old standing, p chat.Part) error {
	kind, content := thingContent(p)
	j.dress(content, v, as, anchor{})
	if err := j.replaceAs(ctx, v, old, kind, content); err != nil {
		return err
	}
	if p.Kind == chat.Poll {
		_, b, _ := pollOf(objectFrom(content))
		b.author = v.user
		j.a.polls.set(old.id, b)
	}
	return nil
}
