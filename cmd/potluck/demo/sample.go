package demo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// samples are files that a visitor can send without having one: they are drawn and played by the program,
// once, when first asked for.
type samples struct {
	once    sync.Once
	picture []byte
	voice   []byte
}

func (s *samples) make() {
	s.once.Do(func() {
		s.picture = drawTable()
		s.voice = playBells()
	})
}

// Picture is a table from above, with a pot and three bowls.
func (s *samples) Picture() world.Media {
	s.make()
	return world.Media{Kind: chat.Photo, Name: "table.png", MIME: "image/png", Bytes: bytes.Clone(s.picture)}
}

// Voice is a dinner bell of one second.
func (s *samples) Voice() world.Media {
	s.make()
	return world.Media{Kind: chat.Voice, Name: "bell.wav", MIME: "audio/wav", Bytes: bytes.Clone(s.voice)}
}

// sampleThing is something without bytes that a visitor can send; nil if there is none of that name.
func sampleThing(name string) *chat.Part {
	switch name {
	case "poll":
		options := []string{"Friday", "Saturday", "Sunday"}
		return &chat.Part{Kind: chat.Poll, Line: "When do we eat together?", Poll: &chat.Question{Text: "When do we eat together?", Options: options}}
	case "place":
		return &chat.Part{Kind: chat.Location, Line: "here", Place: &chat.Place{Latitude: 52.5163, Longitude: 13.3777}}
	}
	return nil
}

// The picture's size; what is drawn is measured in these units.
const pictureWidth, pictureHeight = 480, 320

func drawTable() []byte {
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	on := vessels()
	for y := range pictureHeight {
		for x := range pictureWidth {
			img.SetRGBA(x, y, smooth(on, float64(x), float64(y)))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // writing to memory does not fail
	}
	return b.Bytes()
}

// vessel is something round with food in it.
type vessel struct {
	x, y, radius float64
	clay, food   rgb
}

// vessels are what stands on the table, the pot in the middle.
func vessels() []vessel {
	return []vessel{
		{240, 160, 74, rgb{64, 66, 74}, rgb{226, 122, 48}},
		{105, 105, 46, rgb{84, 160, 214}, rgb{244, 226, 172}},
		{382, 108, 46, rgb{76, 105, 220}, rgb{134, 182, 82}},
		{352, 258, 46, rgb{38, 170, 134}, rgb{186, 64, 58}},
		{122, 250, 46, rgb{232, 226, 214}, rgb{186, 122, 66}},
	}
}

// smooth is the mean colour of a pixel, so that edges are not jagged.
func smooth(on []vessel, x, y float64) color.RGBA {
	const n = 2
	var r, g, b float64
	for i := range n * n {
		c := tableAt(on, x+(float64(i%n)+.5)/n, y+(float64(i/n)+.5)/n)
		r, g, b = r+c[0], g+c[1], b+c[2]
	}
	return color.RGBA{uint8(r / n / n), uint8(g / n / n), uint8(b / n / n), 255}
}

type rgb [3]float64

func (c rgb) times(f float64) rgb { return rgb{min(255, c[0]*f), min(255, c[1]*f), min(255, c[2]*f)} }

// tableAt is the colour of a point: a vessel, its shadow on the cloth, the cloth, or wood.
func tableAt(on []vessel, x, y float64) rgb {
	shade := 1.0
	for _, v := range on {
		if far := math.Hypot(x-v.x, y-v.y) / v.radius; far <= 1 {
			return v.at(x, y, far)
		}
		if math.Hypot(x-v.x-5, y-v.y-8) < v.radius+3 {
			shade = .82
		}
	}
	if math.Hypot((x-240)/228, (y-160)/150) < 1 {
		return cloth(x, y).times(shade)
	}
	grain := math.Sin(y/5+3*math.Sin(x/70)) + .5*math.Sin(y/1.7+x/40)
	return rgb{122, 78, 48}.times(1 + .07*grain)
}

// cloth is gingham: two stripes, darker where they cross.
func cloth(x, y float64) rgb {
	c := rgb{252, 246, 236}
	if math.Mod(x, 36) < 18 {
		c = rgb{c[0] * .96, c[1] * .72, c[2] * .70}
	}
	if math.Mod(y+9, 36) < 18 {
		c = rgb{c[0] * .96, c[1] * .72, c[2] * .70}
	}
	return c
}

// at is the colour of a point in a vessel; far is 0 in its middle and 1 at its edge.
func (v vessel) at(x, y, far float64) rgb {
	light := 1 + .25*((v.x-x)+(v.y-y))/v.radius/2
	switch {
	case far > .9:
		return v.clay.times(light * 1.12)
	case far > .78:
		return v.clay.times(1.75 - light)
	}
	bits := math.Sin(x/4.3+math.Sin(y/6)*2) * math.Sin(y/3.7+math.Sin(x/5)*2)
	if bits > .72 {
		return v.food.times(1.28)
	}
	return v.food.times(light * (1 + .06*bits))
}

// playBells is a WAV file: three notes of a small bell, 16 bits, one channel.
func playBells() []byte {
	const rate = 16000
	notes := []float64{523.25, 659.25, 783.99}
	sound := make([]int16, rate*5/4)
	for i := range sound {
		at, v := float64(i)/rate, 0.0
		for n, hz := range notes {
			since := at - float64(n)*.22
			if since >= 0 {
				v += math.Exp(-5*since) * (math.Sin(2*math.Pi*hz*since) + .4*math.Sin(2*math.Pi*2.76*hz*since))
			}
		}
		sound[i] = int16(v * 8000)
	}
	var b bytes.Buffer
	size := uint32(2 * len(sound))
	b.WriteString("RIFF")
	for _, v := range []any{
		36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16),
		[]byte("data"), size, sound,
	} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err) // writing to memory does not fail
		}
	}
	return b.Bytes()
}
