package bus

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxChatID keeps a subject far below the server's limit for a protocol line (4 KiB with the headers'
// sizes and the reply subject). Platforms' own ids have at most 255 bytes (Matrix).
const maxChatID = 1024

// maxMessageID is the length up to which an event's id is used as the message id as it is.
const maxMessageID = 200

var errSubject = errors.New("not a subject of ours")

// platformToken returns p as a subject token. Platforms are named by us in lower case letters; anything
// else is a bug of the caller.
func platformToken(p chat.Platform) (string, error) {
	if p == "" || len(p) > 32 {
		return "", fmt.Errorf("platform %q: %w", p, errSubject)
	}
	for _, r := range p {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return "", fmt.Errorf("platform %q: %w", p, errSubject)
		}
	}
	return string(p), nil
}

// chatToken writes a chat's id as one subject token: base64url, because ids have dots, spaces, colons and
// whatever else a platform likes, behind a letter, because a token is never empty.
func chatToken(id string) (string, error) {
	if len(id) > maxChatID {
		return "", fmt.Errorf("chat id of %d bytes: %w", len(id), errSubject)
	}
	return "c" + base64.RawURLEncoding.EncodeToString([]byte(id)), nil
}

func chatID(token string) (string, error) {
	enc, ok := strings.CutPrefix(token, "c")
	if !ok {
		return "", fmt.Errorf("chat token %q: %w", token, errSubject)
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(enc)
	// The decoder passes over line ends, of which we write none.
	if err != nil || strings.ContainsAny(enc, "\r\n") {
		return "", fmt.Errorf("chat token %q: %w", token, errSubject)
	}
	return string(id), nil
}

func eventSubject(partition int, from chat.Platform) (string, error) {
	p, err := platformToken(from)
	if err != nil {
		return "", err
	}
	return "ev." + strconv.Itoa(partition) + "." + p, nil
}

func effectSubject(partition int, to chat.Chat) (string, error) {
	p, err := platformToken(to.Platform)
	if err != nil {
		return "", err
	}
	c, err := chatToken(to.ID)
	if err != nil {
		return "", err
	}
	return "fx." + strconv.Itoa(partition) + "." + p + "." + c, nil
}

// parseEffectSubject reads what effectSubject wrote.
func parseEffectSubject(s string) (chat.Chat, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 || parts[0] != "fx" || parts[2] == "" {
		return chat.Chat{}, fmt.Errorf("parse subject %q: %w", s, errSubject)
	}
	id, err := chatID(parts[3])
	if err != nil {
		return chat.Chat{}, fmt.Errorf("parse subject: %w", err)
	}
	return chat.Chat{Platform: chat.Platform(parts[2]), ID: id}, nil
}

// messageID makes an event's id fit for a header, where control characters would be rewritten and two
// ids become one: such ids, and long ones, are hashed. A hashed one has a space, a plain one never.
func messageID(id chat.EventID) string {
	if len(id) <= maxMessageID && isPlain(string(id)) {
		return string(id)
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256 " + base64.RawURLEncoding.EncodeToString(sum[:])
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
