package telegramtest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // photos may be GIFs,
	_ "image/jpeg" // JPEGs
	_ "image/png"  // and PNGs
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// file is bytes that the platform holds.
type file struct {
	id     string
	unique string
	path   string
	until  time.Time // how long the path may be fetched
	upload
}

// attachment is what a message shows besides text.
type attachment struct {
	kind   chat.PartKind
	file   *file
	width  int
	height int
	hidden bool // covered until somebody wants to see it
	place  *wireLocation
	venue  *wireVenue
	person *wireContact
	dice   *wireDice
	poll   *poll
	told   *chat.Part     // a thing that the fake only tells of
	extra  map[string]any // and how
	future bool
}

const pathLife = time.Hour

// attach stores bytes as a message's media.
func (s *Server) attach(kind chat.PartKind, u *upload) *attachment {
	s.nextFile++
	f := &file{id: fmt.Sprintf("AgACfake%08d%s", s.nextFile, kind[:2]), unique: fmt.Sprintf("AQADfake%08d", s.nextFile), upload: *u}
	if f.mime == "" || f.mime == "application/octet-stream" {
		f.mime = http.DetectContentType(u.bytes)
	}
	s.files[f.id] = f
	if kind == chat.Photo {
		s.files[f.id+"s"] = f // its small size
	}
	a := &attachment{kind: kind, file: f}
	if size, _, err := image.DecodeConfig(bytes.NewReader(u.bytes)); err == nil {
		a.width, a.height = size.Width, size.Height
	}
	return a
}

func (a *attachment) wire() (m wireMedia) {
	if a.file == nil {
		return a.wireThing()
	}
	w := wireFile{FileID: a.file.id, FileUniqueID: a.file.unique, FileSize: int64(len(a.file.bytes))}
	width, height, zero, no := max(a.width, 1), max(a.height, 1), 0, false
	named := w
	named.FileName, named.MIMEType = a.file.name, a.file.mime
	switch a.kind {
	case chat.Photo:
		w.Width, w.Height = &width, &height
		small := w
		half := (width + 1) / 2
		small.FileID, small.FileUniqueID, small.Width, small.FileSize = w.FileID+"s", w.FileUniqueID+"s", &half, 1
		m.Photo = []wireFile{small, w}
	case chat.Video:
		named.Width, named.Height, named.Duration = &width, &height, &zero
		m.Video = &named
	case chat.Animation:
		document := named
		named.Width, named.Height, named.Duration = &width, &height, &zero
		m.Animation, m.Document = &named, &document
	case chat.VideoNote:
		w.Length, w.Duration = &width, &zero
		m.VideoNote = &w
	case chat.Audio:
		named.Duration = &zero
		m.Audio = &named
	case chat.Voice:
		w.MIMEType, w.Duration = a.file.mime, &zero
		m.Voice = &w
	case chat.Sticker:
		animated, video := a.stickerKind()
		w.Type, w.Width, w.Height, w.Emoji = "regular", &width, &height, "🙂"
		w.IsAnimated, w.IsVideo = &no, &no
		if animated {
			w.IsAnimated = &animated
		}
		if video {
			w.IsVideo = &video
		}
		m.Sticker = &w
	default:
		m.Document = &named
	}
	return m
}

func (a *attachment) stickerKind() (animated, video bool) {
	b := a.file.bytes
	return bytes.HasPrefix(b, []byte{0x1f, 0x8b}), bytes.HasPrefix(b, []byte{0x1a, 0x45, 0xdf, 0xa3})
}

// uploaded returns the bytes of a file parameter: uploaded under its name, attached, or known by file_id.
func (s *Server) uploaded(c *call, field, value string) (*upload, error) {
	if u := c.files[field]; u != nil {
		return checkSize(u)
	}
	if name, ok := strings.CutPrefix(value, "attach://"); ok {
		if u := c.files[name]; u != nil {
			return checkSize(u)
		}
		return nil, bad("file %q not found in the request", name)
	}
	if f := s.files[value]; f != nil {
		return &f.upload, nil
	}
	if strings.HasPrefix(value, "http") {
		return nil, bad("failed to get HTTP URL content")
	}
	if value == "" {
		return nil, bad("there is no %s in the request", field)
	}
	return nil, bad("wrong file identifier/HTTP URL specified")
}

func checkSize(u *upload) (*upload, error) {
	if len(u.bytes) == 0 {
		return nil, bad("file must be non-empty")
	}
	if len(u.bytes) > maxUpload {
		return nil, &apiError{code: 413, description: "Request Entity Too Large"}
	}
	return u, nil
}

// checkPhoto refuses what the platform cannot show as a photo.
func checkPhoto(u *upload) error {
	if len(u.bytes) > maxPhoto {
		return bad("file is too big for a photo")
	}
	if !strings.HasPrefix(http.DetectContentType(u.bytes), "image/") {
		return bad("IMAGE_PROCESS_FAILED")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(u.bytes))
	if err != nil {
		return nil // a kind of picture that this fake cannot measure
	}
	w, h := size.Width, size.Height
	if w+h > 10000 || w > 20*h || h > 20*w {
		return bad("PHOTO_INVALID_DIMENSIONS")
	}
	return nil
}

func getFile(s *Server, c *call) (any, error) {
	f := s.files[c.values["file_id"]]
	if f == nil {
		return nil, bad("wrong file_id or the file is temporarily unavailable")
	}
	if len(f.bytes) > maxDownload {
		return nil, bad("file is too big")
	}
	if f.path == "" || s.options.Now().After(f.until) {
		delete(s.paths, f.path)
		f.path = fmt.Sprintf("files/file_%d_%d%s", len(s.paths), s.options.Now().UnixNano(), path.Ext(f.name))
		f.until = s.options.Now().Add(pathLife)
		s.paths[f.path] = f
	}
	return wireFile{FileID: f.id, FileUniqueID: f.unique, FileSize: int64(len(f.bytes)), FilePath: f.path}, nil
}

// serveFile answers /file/bot<token>/<path>.
func (s *Server) serveFile(w http.ResponseWriter, _ *http.Request, rest string) {
	token, name, _ := strings.Cut(rest, "/")
	if token != botToken {
		reply(w, nil, &apiError{code: 401, description: "Unauthorized"})
		return
	}
	if fault := s.takeFault(&call{method: "file", values: map[string]string{}}); fault != nil {
		fault.write(w)
		return
	}
	s.mu.Lock()
	f := s.paths[name]
	gone := f == nil || s.options.Now().After(f.until)
	s.mu.Unlock()
	if gone {
		reply(w, nil, &apiError{code: 404, description: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(f.bytes)
}
