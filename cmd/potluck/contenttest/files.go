package contenttest

import (
	"encoding/binary"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// file returns a small file of a kind, with n in it so that it differs from all others.
func file(kind chat.Kind, n int) world.Media {
	m := world.Media{Kind: chat.PartKind(kind)}
	switch kind {
	case "photo", "hidden media":
		m.Kind, m.Name, m.MIME, m.Hidden = chat.Photo, "table.png", "image/png", kind == "hidden media"
		m.Bytes = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
			"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\xa7\x1d\x8b\xbe\x00\x00\x00\x00IEND\xaeB`\x82")
	case "video", "video note":
		m.Name, m.MIME = "soup.mp4", "video/mp4"
		m.Bytes = []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat")
	case "animation":
		m.Name, m.MIME = "wave.gif", "image/gif"
		m.Bytes = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00" +
			"\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	case "audio":
		m.Name, m.MIME, m.Bytes = "song.mp3", "audio/mpeg", []byte("ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64")
	case "voice":
		m.Name, m.MIME = "voice.ogg", "audio/ogg"
		m.Bytes = []byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead")
	case "sticker":
		m.Name, m.MIME = "bread.webp", "image/webp"
		m.Bytes = []byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x02\x004%\xa4\x00\x03p\x00\xfe\xfb\xfd\x50\x00")
	case "animated sticker":
		m.Kind, m.Name, m.MIME, m.Bytes = chat.Sticker, "dance.tgs", "application/x-tgsticker", []byte("\x1f\x8b\x08\x00dance")
	case "video sticker":
		m.Kind, m.Name, m.MIME, m.Bytes = chat.Sticker, "dance.webm", "video/webm", []byte("\x1aE\xdf\xa3\x01\x00\x00\x00dance webm")
	default:
		m.Kind, m.Name, m.MIME = chat.File, "minutes.txt", "text/plain"
		m.Bytes = []byte(strings.Repeat("we met, we ate, we agreed\r\n", 20))
	}
	m.Bytes = binary.BigEndian.AppendUint32(m.Bytes, uint32(n))
	return m
}

// thing returns something without bytes of a kind; words are what its line has and nothing else.
func thing(k chat.Kind, words string) *chat.Part {
	p := &chat.Part{Kind: chat.PartKind(k), Line: words}
	switch k {
	case "location", "live location":
		p.Place = &chat.Place{Latitude: 52.5163, Longitude: 13.3777}
	case "venue":
		p.Place = &chat.Place{Latitude: 52.5163, Longitude: 13.3777, Name: words, Address: "Kitchen Lane 7"}
	case "contact":
		p.Contact = &chat.ContactCard{Name: "Dora " + words, Phone: "+15550100042"}
	case "poll":
		p.Poll = &chat.Question{Text: "When, " + words + "?", Options: []string{"at six", "at seven", "never"}}
	case "checklist":
		p.Line = words + " · bread · soup"
	}
	return p
}
