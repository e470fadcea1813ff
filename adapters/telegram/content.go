package telegram

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// contentHash is equal for messages that look the same: text, styles and files, not file_ids, which differ
// each time.
func contentHash(m *rawMessage) (out [8]byte) {
	h := sha256.New()
	for _, s := range []string{m.Text, m.Caption} {
		writeString(h, s)
	}
	for _, list := range [][]rawEntity{m.Entities, m.CaptionEntities} {
		for _, e := range list {
			user := int64(0)
			if e.User != nil {
				user = e.User.ID
			}
			writeString(h, e.Type)
			writeString(h, e.URL)
			writeString(h, e.Language)
			_ = binary.Write(h, binary.LittleEndian, []int64{int64(e.Offset), int64(e.Length), user})
		}
	}
	for _, p := range m.uniques() {
		writeString(h, p)
	}
	copy(out[:], h.Sum(nil))
	return out
}

func writeString(h hash.Hash, s string) {
	_ = binary.Write(h, binary.LittleEndian, int64(len(s)))
	_, _ = h.Write([]byte(s))
}

// uniques returns what tells a message's media from another's. How many have voted in a poll is not among it.
func (m *rawMedia) uniques() []string {
	var out []string
	files := []*rawFile{m.Animation, m.Video, m.VideoNote, m.Audio, m.Voice, m.Document, m.Sticker}
	for i := range m.Photo {
		files = append(files, &m.Photo[i])
	}
	for _, f := range files {
		if f != nil {
			out = append(out, f.Unique)
		}
	}
	if p, ok := m.thing(); ok {
		out = append(out, string(p.Kind), p.Line)
	}
	return out
}
