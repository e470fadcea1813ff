package signal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// file is a file on its way out.
type file struct {
	kind  chat.PartKind
	name  string
	mime  string
	bytes []byte
}

func (f file) size() int64 { return int64(len(f.bytes)) }

// files fetches the bytes of parts; what cannot be had for good becomes a line.
func (a *Adapter) files(ctx context.Context, parts []chat.Part) (files []file, lines, notes []string, err error) {
	for _, p := range parts {
		b, err := a.fetch(ctx, p.Media)
		var refused *adapters.RefusedError
		switch {
		case err == nil && len(b) > 0:
			files = append(files, fileOf(p, b))
			continue
		case err == nil:
			err = adapters.Refused(chat.NotFound, errors.New("empty file"))
		case errors.As(err, &refused), errors.Is(err, adapters.ErrTooLarge):
		default:
			return nil, nil, nil, err
		}
		a.log.Debug("file told in a line", "kind", string(p.Kind), "error", err)
		lines = append(lines, p.Describe())
		notes = append(notes, string(p.Kind)+" told in a line, it could not be fetched")
	}
	return files, lines, notes, nil
}

func (a *Adapter) fetch(ctx context.Context, m chat.Media) ([]byte, error) {
	if m.Key == "" {
		return nil, adapters.Refused(chat.NotFound, errors.New("nobody has the bytes"))
	}
	limit := a.features.MediaLimit
	r, err := a.open(ctx, m, limit)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read media: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("read media: %w", adapters.ErrTooLarge)
	}
	return b, nil
}

// isMIME tells whether s is a content type that can stand in a data URI as it is.
func isMIME(s string) bool {
	kind, of, ok := strings.Cut(s, "/")
	plain := func(s string) bool {
		return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.+_-") == ""
	}
	return ok && plain(kind) && plain(of)
}

// fileOf gives a file the type and the name by which the clients show it as what it is.
func fileOf(p chat.Part, b []byte) file {
	f := file{kind: p.Kind, name: cleanFileName(p.Media.Name), mime: strings.ToLower(strings.TrimSpace(p.Media.MIME)), bytes: b}
	if base, _, err := mime.ParseMediaType(f.mime); err == nil {
		f.mime = base
	}
	if !isMIME(f.mime) {
		f.mime = map[chat.PartKind]string{
			chat.Photo: "image/jpeg", chat.Video: "video/mp4", chat.Animation: "video/mp4", chat.Audio: "audio/mpeg",
			chat.Voice: "audio/ogg", chat.Sticker: "image/webp",
		}[p.Kind]
	}
	if f.mime == "" || f.mime == longText {
		f.mime = "application/octet-stream"
	}
	return f
}

// cleanFileName returns the last element of a file name, without what does not belong into one.
func cleanFileName(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 120 {
		s = string(r[len(r)-120:])
	}
	return strings.TrimSpace(s)
}

// attach writes files as send's attachments: in the request itself, or in the outbox folder where they are
// too large for that. clean removes what was written.
func (a *Adapter) attach(files []file) (attachments []string, clean func(), err error) {
	var folders []string
	clean = func() {
		for _, dir := range folders {
			_ = os.RemoveAll(dir)
		}
	}
	for _, f := range files {
		if f.size() <= maxInline {
			attachments = append(attachments, f.dataURI())
			continue
		}
		dir, err := os.MkdirTemp(a.cfg.Outbox, "signal-")
		if err != nil {
			return nil, clean, fmt.Errorf("make outbox folder: %w", err)
		}
		folders = append(folders, dir)
		// The daemon has another user id: it must be able to read, and shows the file's name.
		path := filepath.Join(dir, f.nameOr("file"))
		if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, f.bytes, 0o644)); err != nil {
			return nil, clean, fmt.Errorf("write outbox: %w", err)
		}
		attachments = append(attachments, path)
	}
	return attachments, clean, nil
}

func (f file) nameOr(other string) string {
	if f.name == "" || f.name == "." || f.name == ".." {
		return other
	}
	return f.name
}

func (f file) dataURI() string {
	var b strings.Builder
	b.Grow(base64.StdEncoding.EncodedLen(len(f.bytes)) + 200)
	b.WriteString("data:" + f.mime)
	if f.name != "" && f.kind != chat.Voice {
		b.WriteString(";filename=" + url.QueryEscape(f.name))
	}
	b.WriteString(";base64,")
	b.WriteString(base64.StdEncoding.EncodeToString(f.bytes))
	return b.String()
}

// Open fetches the bytes of a received file: from the daemon's folder, if we can read that, else through
// the socket.
func (a *Adapter) Open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	if m.Platform != chat.Signal || m.Key == "" {
		return nil, adapters.Refused(chat.Invalid, errors.New("not a file of Signal"))
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
