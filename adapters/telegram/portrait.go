package telegram

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// portraitSide is the least width of a picture that is good enough to know somebody by.
const portraitSide = 160

type photosParams struct {
	UserID int64 `json:"user_id"`
	Limit  int   `json:"limit"`
}

// portrait returns the media of a person's profile picture: the smallest size that is large enough. Channels and
// anonymous administrators are chats, whose pictures bots get only by other means: they have none here.
func (a *Adapter) portrait(ctx context.Context, of chat.Identity) (chat.Media, error) {
	none := adapters.Refused(chat.NotFound, errors.New("open portrait: there is none"))
	user, err := strconv.ParseInt(of.ID, 10, 64)
	if err != nil || user <= 0 {
		return chat.Media{}, none
	}
	var found struct {
		Photos [][]rawFile `json:"photos"`
	}
	if err := a.short(ctx, "getUserProfilePhotos", photosParams{user, 1}, &found); err != nil {
		return chat.Media{}, openFailure(err)
	}
	if len(found.Photos) == 0 || len(found.Photos[0]) == 0 {
		return chat.Media{}, none
	}
	sizes := slices.SortedFunc(slices.Values(found.Photos[0]), func(a, b rawFile) int { return a.Width - b.Width })
	best := sizes[len(sizes)-1]
	for _, s := range sizes {
		if s.Width >= portraitSide {
			best = s
			break
		}
	}
	return best.part(chat.Photo, "image/jpeg", "").Media, nil
}
