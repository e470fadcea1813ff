package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// errRow is wrapped for bytes that the journal did not write.
var errRow = errors.New("not a row of the journal")

// Rows are fields one behind the other, each with its length before it: ids are opaque and may have any
// byte in them.

func encodeDone(d adapters.Done) []byte {
	b := number(d.N)
	b = appendField(b, string(d.Effect))
	b = appendField(b, string(d.Chat.Platform))
	b = appendField(b, d.Chat.ID)
	b = appendField(b, string(d.Receipt))
	return append(b, encodeRefs(d.Refs)...)
}

func decodeDone(b []byte) (d adapters.Done, err error) {
	if len(b) < 8 {
		return adapters.Done{}, fmt.Errorf("decode outcome: %w", errRow)
	}
	d.N, b = binary.BigEndian.Uint64(b), b[8:]
	var effect, platform, id, receipt string
	for _, field := range []*string{&effect, &platform, &id, &receipt} {
		if *field, b, err = cutField(b); err != nil {
			return adapters.Done{}, fmt.Errorf("decode outcome: %w", err)
		}
	}
	d.Effect, d.Chat = chat.EffectID(effect), chat.Chat{Platform: chat.Platform(platform), ID: id}
	if receipt != "" {
		d.Receipt = []byte(receipt)
	}
	if d.Refs, err = decodeRefs(b); err != nil {
		return adapters.Done{}, fmt.Errorf("decode outcome: %w", err)
	}
	return d, nil
}

func encodeRefs(refs []chat.Ref) []byte {
	var b []byte
	for _, r := range refs {
		b = appendField(b, string(r.Chat.Platform))
		b = appendField(b, r.Chat.ID)
		b = appendField(b, r.ID)
	}
	return b
}

func decodeRefs(b []byte) (refs []chat.Ref, err error) {
	for len(b) > 0 {
		var platform, id, message string
		for _, field := range []*string{&platform, &id, &message} {
			if *field, b, err = cutField(b); err != nil {
				return nil, fmt.Errorf("decode refs: %w", err)
			}
		}
		refs = append(refs, chat.Ref{Chat: chat.Chat{Platform: chat.Platform(platform), ID: id}, ID: message})
	}
	return refs, nil
}

func appendField(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutField(b []byte) (string, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", nil, errRow
	}
	b = b[size:]
	return string(b[:n]), b[n:], nil
}

// chatKey names a chat in the journal; no platform's name has a zero byte.
func chatKey(c chat.Chat) []byte { return []byte(string(c.Platform) + "\x00" + c.ID) }

func parseChatKey(b []byte) (chat.Chat, error) {
	p, id, ok := strings.Cut(string(b), "\x00")
	if !ok {
		return chat.Chat{}, fmt.Errorf("parse chat key: %w", errRow)
	}
	return chat.Chat{Platform: chat.Platform(p), ID: id}, nil
}
