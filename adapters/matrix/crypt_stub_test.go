//go:build !goolm

package matrix_test

import (
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestWithoutEncryptionARoomIsToldOnceWhatIsMissing(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.inject(room, `{"type":"m.room.encryption","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2"}}`)
	for range 3 {
		r.inject(room, `{"type":"m.room.encrypted","sender":"`+ana+`","content":{"algorithm":"m.megolm.v1.aes-sha2"}}`)
	}
	n := 0
	for _, e := range r.settled(ana, room) {
		if p, ok := e.Body.(chat.Posted); ok && len(p.Parts) == 1 {
			n++
			if !strings.Contains(p.Parts[0].Line, "built without encryption") || !strings.Contains(p.Parts[0].Line, "release build") {
				t.Errorf("told %q", p.Parts[0].Line)
			}
		}
	}
	if n != 1 {
		t.Errorf("told %d times", n)
	}
	_, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("soup")})
	refusedFor(t, err, chat.Unsupported)
	_, err = r.do(chat.Open{Beside: in(room), Title: "Small", Mark: "m"})
	refusedFor(t, err, chat.Unsupported)
}
