package telegram

import (
	"context"
	"errors"

	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

type albumParams struct {
	ChatID int64                   `json:"chat_id"`
	Thread int                     `json:"message_thread_id,omitempty"`
	Reply  *models.ReplyParameters `json:"reply_parameters,omitempty"`
	Media  []albumItem             `json:"media"`
}

// albumItem is a file as a member of an album or of an edit. The library's own types give uploads the names of their
// form fields, which people would see.
type albumItem struct {
	Type     string                 `json:"type"`
	Media    string                 `json:"media"`
	Caption  string                 `json:"caption,omitempty"`
	Entities []models.MessageEntity `json:"caption_entities,omitempty"`
	Width    int                    `json:"width,omitempty"`
	Height   int                    `json:"height,omitempty"`
	Duration int                    `json:"duration,omitempty"`
	Streams  bool                   `json:"supports_streaming,omitempty"`
	Hidden   bool                   `json:"has_spoiler,omitempty"`
	Plain    bool                   `json:"disable_content_type_detection,omitempty"`
}

// itemOf returns a file as an item; media is its id or the upload it comes in.
func itemOf(p chat.Part, media string, caption rendered) albumItem {
	item := albumItem{Media: media, Caption: caption.plain, Entities: caption.entities}
	switch p.Kind {
	case chat.Photo:
		item.Type, item.Hidden = "photo", p.Hidden
	case chat.Video:
		item.Type, item.Hidden, item.Streams = "video", p.Hidden, true
		item.Width, item.Height, item.Duration = p.Media.Width, p.Media.Height, p.Media.Seconds
	case chat.Animation:
		item.Type, item.Hidden = "animation", p.Hidden
		item.Width, item.Height, item.Duration = p.Media.Width, p.Media.Height, p.Media.Seconds
	case chat.Audio:
		item.Type, item.Duration = "audio", p.Media.Seconds
	default:
		item.Type, item.Plain = "document", true
	}
	return item
}

// sendAlbum posts files as one album, the caption on the first.
func (a *Adapter) sendAlbum(ctx context.Context, to place, p piece, reply answering) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	up := &uploads{ctx: ctx, open: a.open}
	caption := render(p.text)
	params := albumParams{ChatID: to.id, Thread: to.thread, Reply: reply.parameters()}
	for _, part := range p.parts {
		params.Media = append(params.Media, itemOf(part, up.attach(part), caption))
		caption = rendered{}
	}
	var list []struct {
		ID int `json:"message_id"`
	}
	if err := a.uploaded(up, a.calls.upload(ctx, "sendMediaGroup", params, up, &list)); err != nil {
		return nil, err
	}
	ids := make([]int, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	return ids, nil
}

// uploaded returns why a call with files failed: that a file could not be read comes before what the
// platform says of half a request.
func (a *Adapter) uploaded(up *uploads, err error) error {
	failed := up.close()
	if err == nil || failed == nil || errors.Is(failed, context.Canceled) {
		return err
	}
	if isOutcome(failed) || errors.Is(failed, adapters.ErrTooLarge) {
		return failed
	}
	return adapters.Retry(0, failed)
}
