package matrix

import (
	"bytes"
	"encoding/binary"
)

const (
	// maxWave is how many bars a voice message's picture has (MSC3246 says at most 120), topWave its highest.
	maxWave, topWave = 100, 1024
	// opusRate is what the positions in a file of Opus count, in a second (RFC 7845).
	opusRate = 48_000
)

// wave is how loud a voice message is, from its beginning to its end, and how long it lasts.
type wave struct {
	bars         []int // 0 to topWave
	milliseconds int64
}

// waveOf draws a voice message that is Opus in Ogg, as Telegram's and Signal's are. The bars are no measured loudness:
// what is louder needs more bytes, and the sizes of the packets lie there to be read. It is zero for anything else.
func waveOf(file []byte) wave {
	sizes, last, ok := opusPackets(file)
	if !ok || len(sizes) == 0 {
		return wave{}
	}
	n := min(len(sizes), maxWave)
	bars, least, most := make([]int, n), 0, 0
	for i := range bars {
		from, to := i*len(sizes)/n, (i+1)*len(sizes)/n
		for _, size := range sizes[from:to] {
			bars[i] += size
		}
		bars[i] /= to - from
		if i == 0 || bars[i] < least {
			least = bars[i]
		}
		most = max(most, bars[i])
	}
	for i := range bars {
		if most > least {
			bars[i] = (bars[i] - least) * topWave / (most - least)
		} else {
			bars[i] = topWave / 2
		}
	}
	return wave{bars: bars, milliseconds: min(max(last, 0)/(opusRate/1000), 24*3600*1000)}
}

// opusPackets returns the sizes of the packets with sound of an Ogg file (RFC 3533), and the position of its end.
func opusPackets(file []byte) (sizes []int, last int64, ok bool) {
	const header = 27
	packets, size := 0, 0
	for len(file) >= header && bytes.HasPrefix(file, []byte("OggS")) {
		segments := int(file[header-1])
		body := header + segments
		if len(file) < body {
			break
		}
		if packets == 0 && !bytes.HasPrefix(file[body:], []byte("OpusHead")) {
			return nil, 0, false
		}
		if at := int64(binary.LittleEndian.Uint64(file[6:])); at > last {
			last = at
		}
		whole := body
		for _, lacing := range file[header:body] {
			size += int(lacing)
			whole += int(lacing)
			if lacing == 255 {
				continue // the packet goes on
			}
			if packets++; packets > 2 { // the first two are the head and the tags
				sizes = append(sizes, size)
			}
			size = 0
		}
		if whole > len(file) {
			break
		}
		file = file[whole:]
	}
	return sizes, last, packets > 0
}
