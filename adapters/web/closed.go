package web

import (
	"context"
	"errors"
	"io"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Closed is the adapter for chat.Web where no pages are served: it refuses everything as Unsupported, so that whoever asks
// for a link or a page hears that there is none, and nothing waits for ever.
type Closed struct{}

// errClosed is why everything is refused.
var errClosed = errors.New("no pages are served here: web.talk in the config turns them on")

// Platform is Web.
func (Closed) Platform() chat.Platform { return chat.Web }

// Features has nothing.
func (Closed) Features() chat.Features {
	return chat.Features{Platform: chat.Web, Shows: shows(nil), TextLimit: longestAnswer, CaptionLimit: longestAnswer, Idempotent: true}
}

// Run waits until ctx ends.
func (Closed) Run(ctx context.Context, _ adapters.In) error {
	<-ctx.Done()
	return nil
}

// Do refuses.
func (Closed) Do(context.Context, chat.Dispatch) (adapters.Receipt, error) {
	return adapters.Receipt{}, adapters.Refused(chat.Unsupported, errClosed)
}

// Open refuses.
func (Closed) Open(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, adapters.Refused(chat.Unsupported, errClosed)
}

// Check finds nothing: pages are not needed.
func (Closed) Check(context.Context) []adapters.Finding { return nil }
