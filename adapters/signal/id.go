package signal

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// name is a message's name on Signal: who sent it, and when by his own clock.
type name struct {
	author string // ACI
	sent   int64  // ms
}

// String returns "<author>/<sent>", the ID of a chat.Ref.
func (n name) String() string { return n.author + "/" + strconv.FormatInt(n.sent, 10) }

func (n name) ref(c chat.Chat) chat.Ref { return chat.Ref{Chat: c, ID: n.String()} }

// parseName reads what String wrote.
func parseName(id string) (name, error) {
	author, sent, ok := strings.Cut(id, "/")
	if !ok || !isACI(author) {
		return name{}, fmt.Errorf("parse message name %q: %w", id, chat.ErrID)
	}
	ms, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || ms <= 0 {
		return name{}, fmt.Errorf("parse message name %q: %w", id, chat.ErrID)
	}
	return name{author, ms}, nil
}

// isACI tells whether s is an account id: a uuid in lower case, as the daemon writes it.
func isACI(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')
		if dash != (c == '-') || (!dash && !hex) {
			return false
		}
	}
	return true
}

// isGroup tells whether s is a group id: 32 bytes in base64.
func isGroup(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	return err == nil && len(b) == 32 && len(s) == groupIDLength // the decoder passes over line ends
}

// groupIDLength is how many characters base64 makes of a group's 32 bytes.
const groupIDLength = 44

func chatOf(id string) chat.Chat { return chat.Chat{Platform: chat.Signal, ID: id} }

func identity(aci string) chat.Identity { return chat.Identity{Platform: chat.Signal, ID: aci} }
