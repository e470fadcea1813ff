package signal

import (
	"context"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// body is what a message means; nil for what nobody needs to hear.
func (a *Adapter) body(ctx context.Context, c *client, e *envelope, d *dataMessage, event *chat.Event) chat.Body {
	switch {
	case d.Reaction != nil && d.StoryContext == nil:
		a.rate(event) // it may choose
		return a.reacted(d.Reaction, event.Chat)
	case d.RemoteDelete != nil:
		return chat.Deleted{Ref: a.memory.first(name{e.SourceUUID, d.RemoteDelete.Timestamp}.ref(event.Chat))}
	case d.AdminDelete != nil:
		if !isACI(d.AdminDelete.Author) {
			return nil
		}
		ref := a.memory.first(name{d.AdminDelete.Author, d.AdminDelete.Sent}.ref(event.Chat))
		a.forget(ref)
		return chat.Deleted{Ref: ref}
	case d.PinMessage != nil || d.UnpinMessage != nil:
		pinned, ok := a.pinned(d.pinning, e.SourceUUID, event.Chat)
		if !ok {
			return nil
		}
		a.rate(event) // who may pin everywhere is asked by his level
		return pinned
	case d.PollVote != nil:
		return a.voted(d.PollVote, e.SourceUUID, event.Chat)
	case d.PollTerminate != nil:
		if d.PollTerminate.Sent <= 0 {
			return nil
		}
		return chat.PollEnded{Ref: a.memory.first(name{e.SourceUUID, d.PollTerminate.Sent}.ref(event.Chat))}
	}
	return a.posted(ctx, c, e, d, event)
}

// posted is a message that people see; nil if there is nothing to see.
func (a *Adapter) posted(ctx context.Context, c *client, e *envelope, d *dataMessage, event *chat.Event) chat.Body {
	if d.StoryContext != nil && event.Private {
		return nil // an answer to the bot's story, which has none
	}
	text, parts := a.content(ctx, c, d)
	parts = append(parts, a.service(d, event.Chat)...)
	if text.Plain == "" && len(parts) == 0 {
		if d.GroupCall != nil || strange(e.DataMessage) == "" {
			return nil // a call that is known, a profile key, a change of the group
		}
		parts = []chat.Part{{Kind: chat.Other, Line: "a kind of message that can be seen in Signal only"}}
	}
	reply := a.reply(ctx, c, d.Quote, event.Chat)
	if chat.LooksLikeCommand(text) || ((reply != nil || event.Private) && isChoice(text)) {
		a.rate(event)
	}
	p := chat.Posted{Ref: name{e.SourceUUID, d.Timestamp}.ref(event.Chat), Text: text, Parts: parts, Reply: reply}
	if !d.TimerChange {
		p.Vanish = seconds(d.Expires)
	}
	return p
}

// maxTimer bounds what a message's timer may say; the clients offer up to four weeks.
const maxTimer = 366 * 24 * 60 * 60

func seconds(n int) time.Duration { return time.Duration(min(max(n, 0), maxTimer)) * time.Second }

// isChoice tells whether a text is nothing but a number that can choose: a digit, or its keycap.
func isChoice(t chat.Text) bool {
	word := strings.TrimSuffix(strings.TrimSpace(t.Plain), "\u20E3")
	word = strings.TrimSuffix(word, "\uFE0F")
	return len(word) == 1 && word[0] >= '0' && word[0] <= '9'
}

// rate gives the sender the level that he has in the chat.
func (a *Adapter) rate(event *chat.Event) {
	event.By.Level = chat.Member
	if event.Private {
		return
	}
	level, sure := a.level(event.Chat.ID, event.By.Identity.ID)
	event.By.Level, event.By.Unsure = level, !sure
}

func (a *Adapter) reacted(r *reaction, in chat.Chat) chat.Body {
	if !isACI(r.Author) || r.Sent <= 0 {
		return nil
	}
	body := chat.Reacted{Ref: a.memory.first(name{r.Author, r.Sent}.ref(in)), Change: chat.ReactionsAre}
	if !r.IsRemove && r.Emoji != "" {
		body.Emoji = []string{r.Emoji}
	}
	return body
}

// content is a message's text and parts.
func (a *Adapter) content(ctx context.Context, c *client, d *dataMessage) (chat.Text, []chat.Part) {
	parts := d.parts()
	if d.Sticker != nil {
		parts = append(parts, a.stickerPart(ctx, c, *d.Sticker))
	}
	text := readText(d.Message, d.Mentions, d.TextStyles, a.called(ctx, c, d.Mentions))
	if rest, p, ok := d.place(text); ok {
		return rest, []chat.Part{p} // the picture of the map is no more than that
	}
	return text, parts
}

// called returns what mentioned people are called.
func (a *Adapter) called(ctx context.Context, c *client, mentions []mention) func(string) string {
	acis := make([]string, 0, len(mentions))
	for _, m := range mentions[:min(len(mentions), 100)] {
		acis = append(acis, m.UUID)
	}
	a.look(ctx, c, acis...)
	return func(aci string) string {
		if aci == a.self() {
			return "Potluck"
		}
		if name, ok := a.names.get(aci); ok {
			return name
		}
		return "somebody"
	}
}

// maxQuote is how many characters of a quoted text a chat.Reply may have.
const maxQuote = 300

// reply is what a message answers. Signal quotes whole messages; of one without words the kind of its file is told.
func (a *Adapter) reply(ctx context.Context, c *client, q *quote, in chat.Chat) *chat.Reply {
	if q == nil || !isACI(q.Author) || q.ID <= 0 {
		return nil
	}
	text := readText(q.Text, q.Mentions, nil, a.called(ctx, c, q.Mentions))
	r := &chat.Reply{
		Ref:   a.memory.first(name{q.Author, q.ID}.ref(in)),
		Quote: shorten(strings.TrimSpace(text.Plain), maxQuote),
	}
	if r.Quote == "" && len(q.Files) > 0 {
		r.Quote = chat.Part{Kind: attachment{ContentType: q.Files[0].ContentType}.kind()}.Describe()
	}
	if q.Author != a.self() {
		r.Name, _ = a.names.get(q.Author)
	}
	return r
}
