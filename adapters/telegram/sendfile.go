package telegram

import (
	"context"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/core/chat"
)

// sendFile posts one file with its caption.
func (a *Adapter) sendFile(ctx context.Context, to place, p piece, reply answering) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	up := &uploads{ctx: ctx, open: a.open}
	part := p.parts[0]
	m, err := a.callFile(ctx, to, part, up.file(part), fileExtras{render(p.text), reply.parameters(), p.keys.markup()})
	if err := a.uploaded(up, err); err != nil {
		return 0, err
	}
	return m.ID, nil
}

// fileExtras is what comes along with a file.
type fileExtras struct {
	rendered
	reply *models.ReplyParameters
	keys  models.ReplyMarkup
}

// callFile calls the method that a kind of file has.
func (a *Adapter) callFile(ctx context.Context, to place, p chat.Part, file models.InputFile, c fileExtras) (*models.Message, error) {
	width, height, seconds := p.Media.Width, p.Media.Height, p.Media.Seconds
	switch p.Kind {
	case chat.Photo:
		return a.bot.SendPhoto(ctx, &bot.SendPhotoParams{
			ChatID: to.id, HasSpoiler: p.Hidden, MessageThreadID: to.thread, Photo: file,
			Caption: c.plain, CaptionEntities: c.entities, ReplyParameters: c.reply, ReplyMarkup: c.keys,
		})
	case chat.Video:
		return a.bot.SendVideo(ctx, &bot.SendVideoParams{
			ChatID: to.id, HasSpoiler: p.Hidden, MessageThreadID: to.thread, Video: file, Width: width,
			Height: height, Duration: seconds, SupportsStreaming: true, Caption: c.plain, CaptionEntities: c.entities, ReplyParameters: c.reply, ReplyMarkup: c.keys,
		})
	case chat.VideoNote:
		return a.bot.SendVideoNote(ctx, &bot.SendVideoNoteParams{
			ChatID: to.id, MessageThreadID: to.thread, VideoNote: file,
			Duration: seconds, Length: min(width, height), ReplyParameters: c.reply, ReplyMarkup: c.keys,
		})
	case chat.Animation:
		return a.bot.SendAnimation(ctx, &bot.SendAnimationParams{
			ChatID: to.id, HasSpoiler: p.Hidden, MessageThreadID: to.thread, Animation: file,
			Width: width, Height: height, Duration: seconds, Caption: c.plain, CaptionEntities: c.entities, ReplyParameters: c.reply, ReplyMarkup: c.keys,
		})
	case chat.Audio:
		return a.bot.SendAudio(ctx, &bot.SendAudioParams{
			ChatID: to.id, MessageThreadID: to.thread, Audio: file,
			Duration: seconds, Caption: c.plain, CaptionEntities: c.entities, ReplyParameters: c.reply, ReplyMarkup: c.keys,
		})
	case chat.Voice:
		return a.bot.SendVoice(ctx, &bot.SendVoiceParams{
			ChatID: to.id, MessageThreadID: to.thread, Voice: file,
			Duration: seconds, Caption: c.plain, CaptionEntities: c.entities, ReplyParameters: c.reply, ReplyMarkup: c.keys,
		})
	case chat.Sticker:
		return a.bot.SendSticker(ctx, &bot.SendStickerParams{ChatID: to.id, MessageThreadID: to.thread, Sticker: file, ReplyParameters: c.reply, ReplyMarkup: c.keys})
	default:
		return a.bot.SendDocument(ctx, &bot.SendDocumentParams{
			ChatID: to.id, MessageThreadID: to.thread, Document: file,
			Caption: c.plain, CaptionEntities: c.entities, ReplyParameters: c.reply, ReplyMarkup: c.keys, DisableContentTypeDetection: true,
		})
	}
}
