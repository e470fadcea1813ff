package telegram

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// place is a chat of ours taken apart: "-1001234" is a group (or a forum's General topic), "-1001234/56"
// the topic that began with message 56, "1234" the private conversation with that user.
type place struct {
	id     int64
	thread int
}

func (p place) chat() chat.Chat {
	id := strconv.FormatInt(p.id, 10)
	if p.thread != 0 {
		id += "/" + strconv.Itoa(p.thread)
	}
	return chat.Chat{Platform: chat.Telegram, ID: id}
}

func (p place) ref(message int) chat.Ref {
	return chat.Ref{Chat: p.chat(), ID: strconv.Itoa(message)}
}

func parsePlace(c chat.Chat) (place, error) {
	group, thread, isTopic := strings.Cut(c.ID, "/")
	id, err := strconv.ParseInt(group, 10, 64)
	if err != nil || c.Platform != chat.Telegram || id == 0 {
		return place{}, fmt.Errorf("read chat %s: %w", c, chat.ErrID)
	}
	p := place{id: id}
	if isTopic {
		if p.thread, err = strconv.Atoi(thread); err != nil || p.thread <= 0 {
			return place{}, fmt.Errorf("read topic %s: %w", c, chat.ErrID)
		}
	}
	return p, nil
}

// messageID returns the number of a message; a ref of another platform or with another id is an error.
func messageID(r chat.Ref) (int, error) {
	n, err := strconv.Atoi(r.ID)
	if err != nil || n <= 0 || r.Chat.Platform != chat.Telegram {
		return 0, fmt.Errorf("read ref %s: %w", r, chat.ErrID)
	}
	return n, nil
}

func userIdentity(id int64) chat.Identity {
	return chat.Identity{Platform: chat.Telegram, ID: strconv.FormatInt(id, 10)}
}
