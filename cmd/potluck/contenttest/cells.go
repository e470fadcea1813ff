package contenttest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// look tells what is wrong with what the people of one messenger see, nil when all is as it should be.
type look func(a *act, to chat.Platform) error

// trial is how one kind is proved.
type trial struct {
	// do lets somebody do it in the messenger a.from. It returns world.ErrNone where people have no such thing.
	do func(t *testing.T, a *act) error
	// from are the messengers whose people can do it; nil = all whose people do not refuse. The fourth always can.
	from []chat.Platform
	// house does it where only the house can: it looks by itself, whatever the table says.
	house func(t *testing.T, a *act, to chat.Platform, s chat.Support) error
	// native, less and none are what people see by the table's answer; on are those of single messengers.
	native, less, none look
	on                 map[chat.Platform]look
	// apart: it changes the room for what comes later, and gets one of its own.
	apart bool
}

// act is one thing that somebody does in one messenger, and what it is to be known by in the others.
type act struct {
	*room
	kind   chat.Kind
	from   chat.Platform
	words  string // that nothing else has
	file   world.Media
	files  []world.Media
	by     string                            // who has done it, if not the member
	id     string                            // what the messenger itself calls it
	before map[chat.Platform]map[string]bool // what was there
	copies map[chat.Platform]string          // ids of copies that were there before it was done
}

// trials returns how each kind is proved.
func trials() map[chat.Kind]trial {
	all := map[chat.Kind]trial{}
	for _, some := range []map[chat.Kind]trial{textTrials(), changeTrials(), fileTrials(), thingTrials(), peopleTrials(), houseTrials()} {
		for k, one := range some {
			all[k] = one
		}
	}
	return all
}

// Cells proves every cell of the table.
func Cells(t *testing.T, start Start) {
	b := lay(t, start)
	kitchen := b.open(t, "Kitchen", nil)
	all := trials()
	for _, k := range chat.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			one, ok := all[k]
			if !ok {
				t.Fatalf("nobody has said how %q is proved", k)
			}
			switch {
			case one.house != nil:
				b.gather("Table of "+string(k), nil).proveHouse(t, k, one)
			case one.apart:
				b.open(t, "Table of "+string(k), nil).prove(t, k, one)
			default:
				kitchen.prove(t, k, one)
			}
		})
	}
	for k := range all {
		if !slices.Contains(chat.Kinds(), k) {
			t.Errorf("%q is no kind", k)
		}
	}
}

// prove lets people do it in each messenger, and the fourth's where no other's can for some destination.
func (r *room) prove(t *testing.T, k chat.Kind, one trial) {
	t.Helper()
	proved := map[chat.Platform]bool{}
	for _, from := range append(platforms(), elsewhere) {
		open := slices.DeleteFunc(platforms(), func(p chat.Platform) bool { return p == from || from == elsewhere && proved[p] })
		if len(open) == 0 || from != elsewhere && one.from != nil && !slices.Contains(one.from, from) {
			continue
		}
		a := r.act(k, from)
		err := one.do(t, a)
		if errors.Is(err, world.ErrNone) && from != elsewhere {
			continue
		}
		if err != nil {
			t.Errorf("do it on %s: %v", from, err)
			continue
		}
		if from == elsewhere {
			t.Logf("on %v nobody's people but their own can do it: told by a pretended fourth messenger", open)
		}
		for _, to := range open {
			proved[to] = true
			sees := one.sees(k, r.Features[to])
			if sees == nil {
				t.Errorf("nobody has said what %s shows of what is %s there", to, r.Features[to].Shows[k].How)
				continue
			}
			if err := r.until(func() error { return sees(a, to) }); err != nil {
				t.Errorf("from %s to %s, %s: %v", from, to, r.Features[to].Shows[k].How, err)
			}
		}
	}
}

// sees returns what people of a messenger are to see.
func (one trial) sees(k chat.Kind, f chat.Features) look {
	if own := one.on[f.Platform]; own != nil {
		return own
	}
	return map[chat.How]look{chat.Native: one.native, chat.Degraded: one.less, chat.Refused: one.none}[f.Shows[k].How]
}

func (r *room) proveHouse(t *testing.T, k chat.Kind, one trial) {
	t.Helper()
	for _, to := range platforms() {
		if err := one.house(t, r.act(k, to), to, r.Features[to].Shows[k]); err != nil {
			t.Errorf("on %s: %v", to, err)
		}
	}
}

func (r *room) act(k chat.Kind, from chat.Platform) *act {
	a := &act{room: r, kind: k, from: from, words: r.word(), before: map[chat.Platform]map[string]bool{}, copies: map[chat.Platform]string{}}
	a.file = file(k, r.count)
	for _, p := range platforms() {
		a.before[p] = map[string]bool{}
		for _, m := range r.worlds[p].Messages(r.groups[p]) {
			a.before[p][m.ID] = true
		}
	}
	return a
}

// post says something as the member, and keeps its name.
func (a *act) post(s world.Say) (err error) {
	a.id, err = a.say(a.from, 1, s)
	return err
}

// posted says something and waits until it stands everywhere.
func (a *act) posted(t *testing.T, s world.Say) error {
	t.Helper()
	if err := a.post(s); err != nil {
		return err
	}
	for _, p := range platforms() {
		if p != a.from {
			a.copies[p] = a.copyOf(t, p, s.Text.Plain).ID
		}
	}
	return nil
}

// fresh returns what the bot shows in a messenger since it was done.
func (a *act) fresh(to chat.Platform) (out []world.Shown) {
	for _, m := range a.worlds[to].Messages(a.groups[to]) {
		if m.FromBot && !a.before[to][m.ID] && !m.Deleted {
			out = append(out, m)
		}
	}
	return out
}

// said finds the message that has the words and its author's name.
func (a *act) said(to chat.Platform) (world.Shown, error) {
	all := a.fresh(to)
	for _, m := range all {
		if !strings.Contains(m.Text.Plain, a.words) {
			continue
		}
		if name := cmp.Or(a.by, a.name(a.from, 1)); !strings.Contains(m.Name+m.Text.Plain, name) {
			return m, fmt.Errorf("nobody can see that %s has written %q (by %s)", name, m.Text.Plain, m.Name)
		}
		return m, nil
	}
	return world.Shown{}, fmt.Errorf("%q is not shown; new are\n%s", a.words, describe(all))
}

// copied returns the copy that stood there before.
func (a *act) copied(to chat.Platform) (world.Shown, error) { return a.byID(to, a.copies[to]) }

// in is the chat of a messenger.
func (a *act) in(p chat.Platform) chat.Chat { return chat.Chat{Platform: p, ID: a.groups[p]} }

// who is the member of a messenger.
func (a *act) who(p chat.Platform) chat.Identity {
	return chat.Identity{Platform: p, ID: a.people[p][1]}
}
