package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// source reads a file of another platform while it is being uploaded. It opens at the first read, so that an
// album's files are not all open at once, and each try makes a new one: an upload consumes it.
type source struct {
	ctx    context.Context
	cancel context.CancelFunc
	open   adapters.Opener
	media  chat.Media
	name   string // of the file, as people see it

	mu     sync.Mutex // guards what follows: the library reads in a goroutine of its own
	body   io.ReadCloser
	failed error
	closed bool
}

// newSource makes a source for one call; close it when the call is over.
func newSource(ctx context.Context, open adapters.Opener, p chat.Part) *source {
	ctx, cancel := context.WithCancel(ctx)
	return &source{ctx: ctx, cancel: cancel, open: open, media: p.Media, name: fileName(p)}
}

// Read opens what is not open yet and reads.
func (s *source) Read(p []byte) (int, error) {
	body, err := s.opened()
	if err != nil {
		return 0, err
	}
	n, err := body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.fail(err)
	}
	return n, err
}

func (s *source) opened() (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, io.ErrClosedPipe
	}
	if s.body != nil || s.failed != nil {
		return s.body, s.failed
	}
	body, err := s.open(s.ctx, s.media, uploadLimit)
	if err != nil {
		s.failed = err
		return nil, err
	}
	s.body = body
	return body, nil
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && !s.closed {
		s.failed = fmt.Errorf("read media: %w", err)
	}
}

// close ends the source and returns why it could not be read, if it could not.
func (s *source) close() error {
	s.cancel() // an open under way ends now
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.body != nil {
		_ = s.body.Close() // what was read is all that counts
	}
	return s.failed
}

// uploads are the sources of one call.
type uploads struct {
	ctx     context.Context
	open    adapters.Opener
	sources []*source
}

// file returns a part's file as a parameter of its own: by its id where Telegram has it, else as an upload.
func (u *uploads) file(p chat.Part) models.InputFile {
	if p.Media.Platform == chat.Telegram {
		return &models.InputFileString{Data: p.Media.Key}
	}
	s := newSource(u.ctx, u.open, p)
	u.sources = append(u.sources, s)
	return &models.InputFileUpload{Filename: s.name, Data: s}
}

// attach returns a part's file as a member of an album: its id, or the field that it is uploaded in.
func (u *uploads) attach(p chat.Part) string {
	if p.Media.Platform == chat.Telegram {
		return p.Media.Key
	}
	u.sources = append(u.sources, newSource(u.ctx, u.open, p))
	return "attach://" + fieldName(len(u.sources)-1)
}

// close ends the sources and returns the first that could not be read, -1 and nil if all could.
func (u *uploads) close() (failed error) {
	for _, s := range u.sources {
		if err := s.close(); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// fileName returns a name that is safe in a header and tells the platform what the file is.
func fileName(p chat.Part) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\"<>|:*?`, r) || r == 0xfffd {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(p.Media.Name, "_"))
	if r := []rune(name); len(r) > 120 {
		name = string(r[:60]) + "…" + string(r[len(r)-50:])
	}
	if strings.Trim(name, "._ ") == "" {
		name = strings.ReplaceAll(string(p.Kind), " ", "-")
	}
	if path.Ext(name) == "" {
		name += extension(p)
	}
	return name
}

func extension(p chat.Part) string {
	mime, _, _ := strings.Cut(p.Media.MIME, ";")
	known := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
		"video/mp4": ".mp4", "video/webm": ".webm", "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a",
		"audio/aac": ".aac", "application/pdf": ".pdf", "text/plain": ".txt", "application/x-tgsticker": ".tgs",
	}
	return known[strings.TrimSpace(mime)]
}
