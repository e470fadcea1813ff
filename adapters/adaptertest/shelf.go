package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// shelf holds the bytes of media of another platform.
type shelf struct {
	mu    sync.Mutex // guards what follows
	files map[string][]byte
	// gate is asked before a file is given out; its error is the Opener's.
	gate func(context.Context) error
	// endless files are found to be too large only while they are read.
	endless bool
}

// put keeps bytes and returns the media that names them.
func (s *shelf) put(p chat.Platform, m world.Media) chat.Media {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprintf("file-%d", len(s.files))
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	s.files[key] = m.Bytes
	out := chat.Media{Platform: p, Key: key, Name: m.Name, MIME: m.MIME, Size: int64(len(m.Bytes))}
	switch m.Kind {
	case chat.Photo, chat.Sticker, chat.Animation:
		out.Width, out.Height = 1, 1
	case chat.Video, chat.VideoNote:
		out.Width, out.Height, out.Seconds = 64, 64, 2
	case chat.Voice, chat.Audio:
		out.Seconds = 2
	}
	return out
}

func (s *shelf) setGate(gate func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = gate
}

func (s *shelf) setEndless(endless bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endless = endless
}

// errNoFile is what the shelf says of a key it does not have.
var errNoFile = errors.New("no such file")

// open is the Opener that adapters get.
func (s *shelf) open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	s.mu.Lock()
	b, ok := s.files[m.Key]
	gate, endless := s.gate, s.endless
	s.mu.Unlock()
	if gate != nil {
		if err := gate(ctx); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, adapters.Refused(chat.NotFound, errNoFile)
	}
	if endless {
		return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 100_000)), tooLarge{})), nil
	}
	if int64(len(b)) > limit {
		return io.NopCloser(io.MultiReader(bytes.NewReader(b[:limit]), tooLarge{})), nil
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// tooLarge is the end of a file that is cut at its limit.
type tooLarge struct{}

func (tooLarge) Read([]byte) (int, error) {
	return 0, fmt.Errorf("read file: %w", adapters.ErrTooLarge)
}

// sample returns a small file of a kind, made so that it is what its type says as far as anybody looks; n
// makes it differ from others.
func sample(kind chat.PartKind, n byte) world.Media {
	m := world.Media{Kind: kind}
	switch kind {
	case chat.Photo:
		m.Name, m.MIME = "table.png", "image/png"
		m.Bytes = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
			"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\xa7\x1d\x8b\xbe\x00\x00\x00\x00IEND\xaeB`\x82")
	case chat.Video, chat.VideoNote:
		m.Name, m.MIME = "soup.mp4", "video/mp4"
		m.Bytes = []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat")
	case chat.Animation:
		m.Name, m.MIME = "wave.gif", "image/gif"
		m.Bytes = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00" +
			"\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	case chat.Audio:
		m.Name, m.MIME = "song.mp3", "audio/mpeg"
		m.Bytes = []byte("ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64")
	case chat.Voice:
		m.Name, m.MIME = "voice.ogg", "audio/ogg"
		m.Bytes = []byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead")
	case chat.Sticker:
		m.Name, m.MIME = "bread.webp", "image/webp"
		m.Bytes = []byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x02\x004%\xa4\x00\x03p\x00\xfe\xfb\xfd\x50\x00")
	default:
		m.Kind, m.Name, m.MIME = chat.File, "minutes.txt", "text/plain"
		m.Bytes = bytes.Repeat([]byte("we met, we ate, we agreed\r\n"), 200)
	}
	m.Bytes = append(m.Bytes, n)
	return m
}
