package signal

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
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
	if p.Kind == chat.File && isShown(f.mime) {
		// The clients show every picture and every film at once. What was sent as a file, or covered, must not be.
		f.name = f.nameOr("file" + extension(f.mime))
		f.mime = ""
	}
	if f.mime == "" || f.mime == longText {
		f.mime = "application/octet-stream"
	}
	return f
}

// isShown tells whether the clients show files of a content type as what they are.
func isShown(mime string) bool {
	return strings.HasPrefix(mime, "image/") || strings.HasPrefix(mime, "video/")
}

// extension is the usual end of a name of a picture or a film.
func extension(mime string) string {
	_, of, _ := strings.Cut(mime, "/")
	switch of {
	case "jpeg":
		return ".jpg"
	case "png", "gif", "webp", "mp4", "webm", "heic":
		return "." + of
	}
	return ""
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
