package signal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Open fetches the bytes of a received file: from the daemon's folder, if we can read that, else through
// the socket.
func (a *Adapter) Open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	if m.Platform != chat.Signal || m.Key == "" {
		return nil, adapters.Refused(chat.Invalid, errors.New("not a file of Signal"))
	}
	if who, ok := chat.PortraitOf(m); ok {
		return a.openPortrait(ctx, who, limit)
	}
	if pack, id, ok := readStickerKey(m.Key); ok {
		params := a.params()
		params["packId"], params["stickerId"] = pack, id
		return a.download(ctx, "getSticker", params, limit)
	}
	if m.Key != filepath.Base(m.Key) || strings.HasPrefix(m.Key, ".") {
		return nil, adapters.Refused(chat.Invalid, errors.New("not a file of Signal"))
	}
	if a.cfg.Attachments != "" {
		return a.openFile(m, limit)
	}
	if m.Size > limit {
		return nil, fmt.Errorf("file of %d bytes: %w", m.Size, adapters.ErrTooLarge)
	}
	params := a.params()
	params["id"] = m.Key
	r, err := a.download(ctx, "getAttachment", params, limit)
	if whole, ok := r.(*memoryFile); ok && whole.size < m.Size {
		return nil, adapters.Refused(chat.NotFound, errPartial)
	}
	return r, err
}

// openPortrait fetches the picture of somebody's profile. A daemon that is started with --ignore-avatars has none.
func (a *Adapter) openPortrait(ctx context.Context, who chat.Identity, limit int64) (io.ReadCloser, error) {
	if !isACI(who.ID) {
		return nil, adapters.Refused(chat.NotFound, errors.New("no such person on Signal"))
	}
	params := a.params()
	params["profile"] = who.ID
	r, err := a.download(ctx, "getAvatar", params, limit)
	if whole, ok := r.(*memoryFile); ok && whole.size == 0 {
		return nil, adapters.Refused(chat.NotFound, errors.New("the profile has no picture"))
	}
	return r, err
}

// errPartial says that the daemon could not download a file: it leaves what it got.
var errPartial = errors.New("the file was not downloaded whole")

func (a *Adapter) openFile(m chat.Media, limit int64) (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(a.cfg.Attachments, m.Key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, adapters.Refused(chat.NotFound, errors.New("no such file of Signal"))
	}
	if err != nil {
		return nil, fmt.Errorf("open file of Signal: %w", err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < m.Size {
		return nil, errors.Join(adapters.Refused(chat.NotFound, errPartial), f.Close())
	}
	return &limited{r: f, left: limit, close: f.Close}, nil
}

// memoryFile is a file that came through the socket.
type memoryFile struct {
	limited
	size int64
}

func (a *Adapter) download(ctx context.Context, method string, params map[string]any, limit int64) (io.ReadCloser, error) {
	c, err := a.link()
	if err != nil {
		return nil, a.judge(err)
	}
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	var out struct {
		Data []byte `json:"data"`
	}
	err = c.call(ctx, method, params, &out)
	var called *callError
	switch {
	case errors.As(err, &called) && called.Code == codeUser:
		return nil, adapters.Refused(chat.NotFound, err)
	case errors.Is(err, errUnsure):
		return nil, adapters.Retry(0, err) // asking twice does no harm
	case err != nil:
		return nil, a.judge(err)
	}
	return &memoryFile{limited{r: bytes.NewReader(out.Data), left: limit, close: func() error { return nil }}, int64(len(out.Data))}, nil
}

// limited reads up to a limit and fails beyond it.
type limited struct {
	r     io.Reader
	left  int64
	close func() error
}

// Read fails with adapters.ErrTooLarge when there is more than the limit.
func (l *limited) Read(p []byte) (int, error) {
	if l.left > 0 {
		n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
		l.left -= int64(n)
		return n, err
	}
	var one [1]byte
	n, err := l.r.Read(one[:])
	if n > 0 {
		return 0, fmt.Errorf("read file of Signal: %w", adapters.ErrTooLarge)
	}
	return 0, err
}

// Close closes what is read.
func (l *limited) Close() error { return l.close() }
