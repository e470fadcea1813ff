package state

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

func FuzzDone(f *testing.F) {
	f.Add(uint64(1), "telegram:update 1#1", "telegram", "-100", "refs and\x00more", []byte(`{"kind":"sent"}`))
	f.Add(uint64(0), "", "", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, n uint64, effect, platform, id, message string, receipt []byte) {
		c := chat.Chat{Platform: chat.Platform(platform), ID: id}
		want := adapters.Done{
			N: n, Effect: chat.EffectID(effect), Chat: c, Refs: []chat.Ref{{Chat: c, ID: message}, {ID: effect}},
			Receipt: bytes.Clone(receipt),
		}
		if len(receipt) == 0 {
			want.Receipt = nil
		}
		got, err := decodeDone(encodeDone(want))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// FuzzDecodeDone reads what a damaged disk may hold: an error, or something that is written as it was read.
func FuzzDecodeDone(f *testing.F) {
	f.Add([]byte("12345678\x01a\x01b\x01c\x01d\x01e\x01f\x01g"))
	f.Add([]byte("12345678\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("1234"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := decodeDone(b)
		if err != nil {
			return
		}
		again, err := decodeDone(encodeDone(d))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzChatKey(f *testing.F) {
	f.Add("telegram", "-100")
	f.Add("matrix", "!a\x00:b")
	f.Fuzz(func(t *testing.T, platform, id string) {
		if bytes.IndexByte([]byte(platform), 0) >= 0 {
			return
		}
		want := chat.Chat{Platform: chat.Platform(platform), ID: id}
		if got, err := parseChatKey(chatKey(want)); err != nil || got != want {
			t.Errorf("%q came back as %q (%v)", want, got, err)
		}
	})
}
