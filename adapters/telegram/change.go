package telegram

import (
	"context"

	"github.com/go-telegram/bot"

	"github.com/potluck-chat/potluck/core/chat"
)

// unchanged makes success of the refusal to change nothing.
func unchanged(err error) error {
	if e := refusal(err); e != nil && e.says("message is not modified") {
		return nil
	}
	return err
}

// plainly calls change with the rendered text, and again without styles if the platform refuses those.
func plainly(t chat.Text, change func(rendered) error) error {
	err := change(render(t))
	if e := refusal(err); e != nil && e.isAboutEntities() && len(t.Spans) > 0 {
		err = change(render(chat.Plain(t.Plain)))
	}
	return unchanged(err)
}

func (a *Adapter) editText(ctx context.Context, to place, id int, t chat.Text, keys *keyboard) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return plainly(t, func(r rendered) error {
		_, err := a.bot.EditMessageText(ctx, &bot.EditMessageTextParams{
			ChatID: to.id, MessageID: id, Text: r.plain, Entities: r.entities, ReplyMarkup: keys.markup(),
		})
		return err
	})
}

type captionParams struct {
	ChatID   int64  `json:"chat_id"`
	ID       int    `json:"message_id"`
	Caption  string `json:"caption"`
	Entities any    `json:"caption_entities,omitempty"`
	Keys     any    `json:"reply_markup,omitempty"`
}

// editCaption makes a plain call: the library leaves an empty caption out and misspells another parameter.
func (a *Adapter) editCaption(ctx context.Context, to place, id int, t chat.Text, keys *keyboard) error {
	return plainly(t, func(r rendered) error {
		p := captionParams{ChatID: to.id, ID: id, Caption: r.plain, Keys: keys.markup()}
		if len(r.entities) > 0 {
			p.Entities = r.entities
		}
		return a.short(ctx, "editMessageCaption", p, nil)
	})
}

func (a *Adapter) editMedia(ctx context.Context, to place, id int, p chat.Part, caption chat.Text) error {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	return plainly(caption, func(r rendered) error {
		up := &uploads{ctx: ctx, open: a.open}
		params := mediaParams{ChatID: to.id, ID: id, Media: itemOf(p, up.attach(p), r)}
		return a.uploaded(up, a.calls.upload(ctx, "editMessageMedia", params, up, nil))
	})
}

type mediaParams struct {
	ChatID int64     `json:"chat_id"`
	ID     int       `json:"message_id"`
	Media  albumItem `json:"media"`
}

type keysParams struct {
	ChatID int64 `json:"chat_id"`
	ID     int   `json:"message_id"`
	Keys   any   `json:"reply_markup,omitempty"`
}

// editKeys gives a message other buttons; nil takes them away.
func (a *Adapter) editKeys(ctx context.Context, to place, id int, keys *keyboard) error {
	return unchanged(a.short(ctx, "editMessageReplyMarkup", keysParams{ChatID: to.id, ID: id, Keys: keys.markup()}, nil))
}
