package adaptertest

import (
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// let puts somebody into a group, once.
func (b *board) let(g *boardGroup, person string) {
	is := func(p string) bool { return p == person }
	g.waiting, g.invited = slices.DeleteFunc(g.waiting, is), slices.DeleteFunc(g.invited, is)
	if slices.Contains(g.members, person) {
		return
	}
	g.members = append(g.members, person)
	b.tell(g, update{kind: "joined", by: person})
}

// out takes somebody out of a group, if he is in.
func (b *board) out(g *boardGroup, person string) {
	if !slices.Contains(g.members, person) {
		return
	}
	g.members = slices.DeleteFunc(g.members, func(p string) bool { return p == person })
	b.tell(g, update{kind: "left", by: person})
}

func (b *board) Knock(person, group, note string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[group]
	if g == nil || slices.Contains(g.banned, person) {
		return errNotYour
	}
	g.waiting = append(g.waiting, person)
	b.tell(g, update{kind: "knocked", by: person, note: note})
	return nil
}

func (b *board) Waiting(group string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.groups[group].waiting)
}

func (b *board) Press(person, group, message string, n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	g, m, err := b.find(group, message)
	if err != nil {
		return err
	}
	if b.plain {
		return b.react(person, b.names[person], group, message, chat.Keycap(n), true, false)
	}
	if n < 0 || n >= len(m.Choices) {
		return errMissing
	}
	b.tell(g, update{kind: "pressed", by: person, message: message, n: n})
	return nil
}

func (b *board) Rights(person, group string) world.Rights {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[group]
	in := slices.Contains(g.members, person)
	power, own := g.power[person]
	return world.Rights{
		In: in, MayWrite: in && !g.muted[person], Banned: slices.Contains(g.banned, person),
		Raw: fmt.Sprintf("power %d (his own: %v)", power, own),
	}
}

func (b *board) Pinned(group string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.groups[group].pins)
}
