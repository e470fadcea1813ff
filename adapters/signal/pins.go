package signal

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// topmost is what stands at the top of a talk, the newest last, as far as the bot has put it there or was told.
type topmost []onTop

// onTop is one message there, by its first name.
type onTop struct {
	ref   chat.Ref
	stays bool // for ever; else the clients take it down some day and tell nobody
}

// with returns the list after a mark: a message that is put there once more becomes the newest, and what is too
// much goes from the other end, as the clients have it.
func (t topmost) with(k mark) topmost {
	t = slices.DeleteFunc(slices.Clone(t), func(o onTop) bool { return o.ref == k.Of })
	if k.Kind == markPinned || k.Kind == markPinnedAwhile {
		t = append(t, onTop{k.Of, k.Kind == markPinned})
	}
	return t[max(0, len(t)-maxPins):]
}

// isPinned tells whether a message, by its first name, is known to be at the top and to stay there.
func (m *memory) isPinned(first chat.Ref) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.top[first.Chat], onTop{first, true})
}
