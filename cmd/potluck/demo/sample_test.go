package demo

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"net/http"
	"testing"
)

func TestSamplesAreWhatTheySay(t *testing.T) {
	s := &samples{}
	img, err := png.Decode(bytes.NewReader(s.Picture().Bytes))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got.X != pictureWidth || got.Y != pictureHeight {
		t.Errorf("the picture is %v", got)
	}
	voice := s.Voice()
	if got := http.DetectContentType(voice.Bytes); got != "audio/wave" {
		t.Errorf("the voice looks like %s", got)
	}
	if got, want := int(binary.LittleEndian.Uint32(voice.Bytes[4:])), len(voice.Bytes)-8; got != want {
		t.Errorf("the voice says that it has %d bytes, it has %d", got, want)
	}
	voice.Bytes[0] = 'X'
	if s.Voice().Bytes[0] != 'R' {
		t.Error("who changes a sample changes it for all")
	}
}
