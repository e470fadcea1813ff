package smallroom

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// Forget takes the accounts of somebody who is erased out of what is known of the room.
func (r *Room) Forget(who []chat.Identity) {
	for i := range r.Places {
		r.Places[i].Who = slices.DeleteFunc(slices.Clone(r.Places[i].Who), func(o chat.Identity) bool { return slices.Contains(who, o) })
	}
}
