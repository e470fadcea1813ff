package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// fileTime bounds the moving of one file.
const fileTime = 5 * time.Minute

// Open fetches a file of this homeserver, or of another through it.
func (a *Adapter) Open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	if who, ok := chat.PortraitOf(m); ok {
		return a.openPortrait(ctx, who, limit)
	}
	address, sealed, ok := splitFile(m.Key)
	uri, err := id.ParseContentURI(address)
	if m.Platform != chat.Matrix || !ok || err != nil {
		return nil, refuse(chat.NotFound, "%q is no file of Matrix", address)
	}
	s, err := a.connect(ctx)
	if err != nil {
		return nil, failure(err)
	}
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	resp, err := s.bot.Download(ctx, uri)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close() // its answer was an error, told already
		}
		cancel()
		a.lost(s, err)
		return nil, failure(err)
	}
	if resp.ContentLength > limit {
		_ = resp.Body.Close() // nothing of it was wanted
		cancel()
		return nil, adapters.Refused(chat.TooLarge, fmt.Errorf("file has %d bytes: %w", resp.ContentLength, adapters.ErrTooLarge))
	}
	r := &bounded{r: resp.Body, left: limit, cancel: cancel}
	if sealed != nil {
		return unsealed(r, sealed)
	}
	return r, nil
}

// bounded reads at most left bytes.
type bounded struct {
	r      io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

var _ io.ReadCloser = (*bounded)(nil)

// Read fails with ErrTooLarge where more than the limit would follow.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		n, err := io.ReadFull(b.r, one[:])
		if n > 0 {
			return 0, fmt.Errorf("read file: %w", adapters.ErrTooLarge)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		return 0, err
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

// Close ends the download.
func (b *bounded) Close() error {
	defer b.cancel()
	return b.r.Close()
}

// cargo is a file that was moved to the homeserver: its address there, and of a voice message how it sounds.
type cargo struct {
	uri  string
	wave wave
}

// carry moves a file of another platform to the homeserver.
func (a *Adapter) carry(ctx context.Context, s *session, room, user string, m chat.Media) (cargo, error) {
	limit := a.uploadLimit(ctx, s)
	if m.Size > limit {
		return cargo{}, adapters.Refused(chat.TooLarge, adapters.ErrTooLarge)
	}
	r, err := a.open(ctx, m, limit)
	if err != nil {
		return cargo{}, err
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	err = errors.Join(err, r.Close())
	switch {
	case errors.Is(err, adapters.ErrTooLarge) || int64(len(b)) > limit:
		return cargo{}, adapters.Refused(chat.TooLarge, adapters.ErrTooLarge)
	case err != nil:
		return cargo{}, adapters.Retry(0, fmt.Errorf("read file: %w", err))
	}
	cli, err := a.as(s, user)
	if err != nil {
		return cargo{}, err
	}
	c := cargo{wave: waveOf(b)}
	req, opener, err := a.packed(ctx, s, room, b, m)
	if err != nil {
		return cargo{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	resp, err := cli.UploadMedia(ctx, req)
	if err != nil {
		// An upload shows nobody anything: it can be done again.
		var retry *adapters.RetryError
		if err = failure(err); errors.As(err, &retry) {
			err = adapters.Retry(retry.After, retry.Err)
		}
		return cargo{}, err
	}
	c.uri = resp.ContentURI.String() + opener
	return c, nil
}

// isLost tells whether a file can never be had, so that a line must tell it.
func isLost(err error) bool {
	var refused *adapters.RefusedError
	return errors.As(err, &refused)
}

// uploadLimit returns the most bytes that the homeserver takes, asking it once.
func (a *Adapter) uploadLimit(ctx context.Context, s *session) int64 {
	if n := a.upload.Load(); n > 0 {
		return n
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var out struct {
		Size int64 `json:"m.upload.size"`
	}
	_, err := s.bot.MakeRequest(ctx, http.MethodGet, s.bot.BuildClientURL("v1", "media", "config"), nil, &out)
	if err != nil {
		return mediaLimit // the upload itself will tell
	}
	n := int64(mediaLimit)
	if out.Size > 0 {
		n = min(n, out.Size)
	}
	a.upload.Store(n)
	return n
}

// keyOf names a file of any platform, without what opens it.
func keyOf(m chat.Media) string {
	name, _, _ := strings.Cut(m.Key, "#")
	return string(m.Platform) + ":" + name
}

// mimeOf returns the type of a file, if what is said to be one can be.
func mimeOf(m chat.Media) string {
	kind, sub, ok := strings.Cut(strings.ToLower(m.MIME), "/")
	sub, _, _ = strings.Cut(sub, ";")
	if !ok || !isToken(kind) || !isToken(strings.TrimSpace(sub)) {
		return "application/octet-stream"
	}
	return kind + "/" + strings.TrimSpace(sub)
}

func isToken(s string) bool {
	return s != "" && len(s) <= 80 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.+-_") == ""
}

// fileName returns a name without folders, never empty.
func fileName(m chat.Media) string {
	name := oneLine(m.Name)
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '_'
		}
		return r
	}, name)
	if name == "" || strings.Trim(name, ".") == "" {
		return "file" + endingOf(mimeOf(m))
	}
	return name
}

// endingOf returns how the names of files of a type end, so that a file without a name can be opened; empty for others
// than platforms give.
func endingOf(mime string) string {
	return map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4",
		"video/webm": ".webm", "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac",
		"application/pdf": ".pdf",
	}[mime]
}

// fileContent writes a message with a file.
func fileContent(p chat.Part, file cargo, caption rendered, sticker bool) map[string]any {
	mime, name := mimeOf(p.Media), fileName(p.Media)
	info := map[string]any{"mimetype": mime}
	duration := int64(p.Media.Seconds) * 1000
	if p.Kind == chat.Voice && duration == 0 {
		duration = file.wave.milliseconds
	}
	for k, n := range map[string]int64{
		"size": p.Media.Size, "w": int64(p.Media.Width), "h": int64(p.Media.Height), "duration": duration,
	} {
		if n > 0 {
			info[k] = n
		}
	}
	c := map[string]any{"url": file.uri, "info": info, mediaKey: keyOf(p.Media)}
	if sticker {
		c["body"] = name
		if line := oneLine(p.Line); line != "" {
			c["body"] = line
		}
		return c
	}
	c["msgtype"] = msgtypeOf(p.Kind, mime)
	c["filename"] = name
	if p.Kind == chat.Voice {
		c["org.matrix.msc3245.voice"] = map[string]any{}
		audio := map[string]any{"duration": duration}
		if len(file.wave.bars) > 0 {
			audio["waveform"] = file.wave.bars
		}
		c["org.matrix.msc1767.audio"] = audio
	}
	if (p.Kind == chat.Animation || p.Kind == chat.Sticker) && c["msgtype"] == "m.video" {
		info["fi.mau.gif"], info["fi.mau.loop"], info["fi.mau.autoplay"], info["fi.mau.no_audio"] = true, true, true, true
	}
	if caption.body == "" {
		caption.body = name
	}
	caption.put(c)
	return c
}

func msgtypeOf(k chat.PartKind, mime string) string {
	switch {
	case (k == chat.Photo || k == chat.Sticker || k == chat.Animation) && isPicture(mime):
		return "m.image"
	case k == chat.Video || k == chat.VideoNote,
		(k == chat.Animation || k == chat.Sticker) && strings.HasPrefix(mime, "video/"):
		return "m.video"
	case k == chat.Audio || k == chat.Voice:
		return "m.audio"
	default:
		return "m.file"
	}
}
