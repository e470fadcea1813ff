package matrix

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// oggOf writes packets as an Ogg file, one page each.
func oggOf(end uint64, packets ...[]byte) []byte {
	var b bytes.Buffer
	for i, p := range packets {
		var lacing []byte
		left := len(p)
		for ; left >= 255; left -= 255 {
			lacing = append(lacing, 255)
		}
		lacing = append(lacing, byte(left))
		page := make([]byte, 27)
		copy(page, "OggS")
		if i == len(packets)-1 {
			binary.LittleEndian.PutUint64(page[6:], end)
		}
		page[26] = byte(len(lacing))
		b.Write(page)
		b.Write(lacing)
		b.Write(p)
	}
	return b.Bytes()
}

func TestAVoiceMessageIsDrawnFromItsPackets(t *testing.T) {
	head, tags := []byte("OpusHead and more"), []byte("OpusTags")
	packet := func(n int) []byte { return make([]byte, n) }
	for _, c := range []struct {
		name string
		file []byte
		want wave
	}{
		{"quiet, loud, half", oggOf(96_000, head, tags, packet(10), packet(310), packet(160)), wave{bars: []int{0, 1024, 512}, milliseconds: 2000}},
		{"all the same", oggOf(48_000, head, tags, packet(40), packet(40)), wave{bars: []int{512, 512}, milliseconds: 1000}},
		{"a packet of 510 bytes", oggOf(480, head, tags, packet(510)), wave{bars: []int{512}, milliseconds: 10}},
		{"no sound", oggOf(0, head, tags), wave{}},
		{"not Opus", oggOf(0, []byte("vorbis"), tags, packet(3)), wave{}},
		{"not Ogg", []byte("RIFF"), wave{}},
		{"nothing", nil, wave{}},
	} {
		if diff := cmp.Diff(c.want, waveOf(c.file), cmp.AllowUnexported(wave{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	many := [][]byte{head, tags}
	for i := range 1234 {
		many = append(many, packet(i%50))
	}
	if n := len(waveOf(oggOf(1, many...)).bars); n != maxWave {
		t.Errorf("a long message has %d bars", n)
	}
}

func FuzzWaveOf(f *testing.F) {
	f.Add(oggOf(96_000, []byte("OpusHead"), []byte("OpusTags"), make([]byte, 300)))
	f.Add([]byte("OggS"))
	f.Fuzz(func(t *testing.T, file []byte) {
		w := waveOf(file)
		if len(w.bars) > maxWave || w.milliseconds < 0 {
			t.Fatalf("%d bars, %d ms", len(w.bars), w.milliseconds)
		}
		for _, b := range w.bars {
			if b < 0 || b > topWave {
				t.Fatalf("bar of %d", b)
			}
		}
	})
}

func TestAVoiceMessageIsSentAsOne(t *testing.T) {
	part := chat.Part{Kind: chat.Voice, Media: chat.Media{Platform: chat.Telegram, Key: "v", Name: "v.ogg", MIME: "audio/ogg", Size: 9}}
	heard := wave{bars: []int{0, 1024}, milliseconds: 2500}
	for _, c := range []struct {
		name  string
		known int // seconds, as its platform says
		want  map[string]any
	}{
		{"length from the file", 0, map[string]any{"duration": int64(2500), "waveform": []int{0, 1024}}},
		{"length from the platform", 3, map[string]any{"duration": int64(3000), "waveform": []int{0, 1024}}},
	} {
		part.Media.Seconds = c.known
		got := fileContent(part, cargo{uri: "mxc://a/b", wave: heard}, rendered{}, false)
		if diff := cmp.Diff(c.want, got["org.matrix.msc1767.audio"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		info, _ := got["info"].(map[string]any)
		if got["msgtype"] != "m.audio" || got["org.matrix.msc3245.voice"] == nil || info["duration"] != c.want["duration"] {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
