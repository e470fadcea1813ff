package signaltest

import (
	"encoding/base64"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// queuedFile is an attachment at Signal's server, downloaded when its envelope is received.
type queuedFile struct {
	id    string
	bytes []byte
}

// download writes the files of an envelope into the attachments directory, one after the other as the
// daemon's receive thread does. A fault leaves what the daemon leaves: a partial file, or an empty one.
func (s *Server) download(files []queuedFile, stop <-chan struct{}) {
	for _, f := range files {
		if slow := s.takeFault(SlowFile, "receive", ""); slow != nil {
			select {
			case <-time.After(slow.Delay):
			case <-stop:
			}
		}
		bytes := f.bytes
		if s.takeFault(PartialFile, "receive", "") != nil {
			bytes = bytes[:len(bytes)/2]
		}
		if s.takeFault(NoFile, "receive", "") != nil {
			bytes = nil
		}
		// A failure shows as a missing file, as with the daemon.
		_ = os.WriteFile(filepath.Join(s.AttachmentsDir(), f.id), bytes, 0o600)
	}
}

// cutDataURI reads "data:<mime>[;filename=<encoded>];base64,<data>"; the data must not be empty.
func cutDataURI(uri string) (mime, name, data string, ok bool) {
	head, data, ok := strings.Cut(strings.TrimPrefix(uri, "data:"), ";base64,")
	mime, name, _ = strings.Cut(head, ";filename=")
	return mime, name, data, ok && data != "" && !strings.ContainsAny(mime+name, ";,")
}

// attachments reads the files that send names.
func (c *call) attachments() ([]world.Media, *rpcError) {
	voice, rerr := c.params.flag("voiceNote")
	if rerr != nil {
		return nil, rerr
	}
	var out []world.Media
	for _, raw := range c.params.list("attachment") {
		m, rerr := c.server.outgoingFile(raw)
		if rerr != nil {
			return nil, rerr
		}
		if voice && m.Kind == chat.Audio {
			m.Kind = chat.Voice
		}
		out = append(out, m)
	}
	return out, nil
}

func (s *Server) outgoingFile(raw string) (world.Media, *rpcError) {
	if strings.HasPrefix(raw, "data:") {
		mime, encoded, data, ok := cutDataURI(raw)
		if !ok {
			return world.Media{}, internalError("Failed to parse data URI")
		}
		bytes, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			return world.Media{}, internalError("Illegal base64 character")
		}
		name, err := url.QueryUnescape(encoded)
		if err != nil {
			return world.Media{}, internalError("Illegal hex characters in escape pattern")
		}
		return world.Media{Kind: kindOf(mime), Name: name, MIME: mime, Bytes: bytes}, nil
	}
	path, err := filepath.Abs(raw)
	if err != nil || strings.HasPrefix(path, filepath.Join(s.dir, "data")+string(filepath.Separator)) {
		return world.Media{}, internalError(raw + ": Attachment is not allowed")
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		return world.Media{}, internalError(raw + ": Failed to open file (AttachmentInvalidException)")
	}
	kind := mime.TypeByExtension(filepath.Ext(path))
	if kind == "" {
		kind = "application/octet-stream"
	}
	return world.Media{Kind: kindOf(kind), Name: filepath.Base(path), MIME: kind, Bytes: bytes}, nil
}

// kindOf is how the phones show a file of a content type.
func kindOf(mime string) chat.PartKind {
	switch {
	case mime == "image/gif":
		return chat.Animation
	case strings.HasPrefix(mime, "image/"):
		return chat.Photo
	case strings.HasPrefix(mime, "video/"):
		return chat.Video
	case strings.HasPrefix(mime, "audio/"):
		return chat.Audio
	}
	return chat.File
}

// getAttachment returns a received file.
func (c *call) getAttachment() (any, *rpcError) {
	id := c.params.str("id")
	if id == "" {
		return nil, missing("id")
	}
	bytes, err := os.ReadFile(filepath.Join(c.server.AttachmentsDir(), filepath.Base(id)))
	if err != nil {
		return nil, userError("Could not find attachment with ID: " + id)
	}
	return encoded(bytes), nil
}

func (c *call) getSticker() (any, *rpcError) {
	name := c.params.str("packId") + ":" + c.params.str("stickerId")
	s := c.server
	s.mu.Lock()
	bytes, ok := s.stickers[name]
	s.mu.Unlock()
	if !ok {
		return nil, userError("Could not find sticker with ID: " + name)
	}
	return encoded(bytes), nil
}

func encoded(bytes []byte) any {
	return struct {
		Data string `json:"data"`
	}{base64.StdEncoding.EncodeToString(bytes)}
}

// fileID makes the name under which a received file is stored. The lock is held.
func (s *Server) fileID(contentType string) string {
	ext := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4",
		"audio/aac": ".aac", "audio/mpeg": ".mp3", "audio/ogg": ".oga", "text/plain": ".txt", "text/x-signal-plain": ".txt",
	}[contentType]
	return base64.RawURLEncoding.EncodeToString(s.key()[:15]) + ext
}
