package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-telegram/bot"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// fetchLimit is the most bytes that a bot can download (core.telegram.org/bots/api#getfile).
const fetchLimit = 20 << 20

// Open fetches a file by its file_id.
func (a *Adapter) Open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	if m.Platform != chat.Telegram || m.Key == "" {
		return nil, adapters.Refused(chat.NotFound, errors.New("open media: it is not telegram's"))
	}
	if of, ok := chat.PortraitOf(m); ok {
		var err error
		if m, err = a.portrait(ctx, of); err != nil {
			return nil, err
		}
	}
	f, err := a.bot.GetFile(ctx, &bot.GetFileParams{FileID: m.Key})
	if err != nil {
		return nil, openFailure(err)
	}
	if f.FilePath == "" {
		return nil, adapters.Refused(chat.NotFound, errors.New("open media: telegram names no path"))
	}
	if f.FileSize > limit {
		return nil, fmt.Errorf("open media of %d bytes: %w", f.FileSize, adapters.ErrTooLarge)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.config.api()+"/file/bot"+a.config.Token+"/"+f.FilePath, nil)
	if err != nil {
		return nil, adapters.Refused(chat.Invalid, errors.New("open media: the path is none")) // the cause would show the token
	}
	response, err := a.calls.http.Do(r)
	if err != nil {
		return nil, adapters.Retry(0, fmt.Errorf("open media: %w", a.calls.redact(err)))
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, openFailure(&callError{method: "file", code: response.StatusCode, description: http.StatusText(response.StatusCode)})
	}
	return &limited{body: response.Body, left: limit, calls: a.calls}, nil
}

func openFailure(err error) error {
	e := refusal(err)
	switch {
	case e == nil || e.err != nil || e.code >= 500 || e.code == http.StatusUnauthorized:
		return adapters.Retry(0, fmt.Errorf("open media: %w", err))
	case e.code == http.StatusTooManyRequests:
		return adapters.Retry(e.after, fmt.Errorf("open media: %w", err))
	case e.says("too big"):
		return adapters.Refused(chat.TooLarge, fmt.Errorf("open media: %w: %w", adapters.ErrTooLarge, err))
	}
	return adapters.Refused(chat.NotFound, fmt.Errorf("open media: %w", err))
}

// limited reads a body up to a limit and fails beyond it.
type limited struct {
	body  io.ReadCloser
	left  int64
	calls *caller
}

// Read reads; beyond the limit its error wraps adapters.ErrTooLarge.
func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, fmt.Errorf("read media: %w", adapters.ErrTooLarge)
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.body.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return n + int(l.left), fmt.Errorf("read media: %w", adapters.ErrTooLarge)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = l.calls.redact(err)
	}
	return n, err
}

// Close closes the body.
func (l *limited) Close() error { return l.body.Close() }
