package matrixtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// doorstep is where a person waits who has knocked.
type doorstep struct{ user, room string }

// Knock asks to be let into a room; its owner lets people knock, if he does not yet. A person who is invited then
// comes in at once, as one does who waits for it.
func (w *World) Knock(person, group, note string) error {
	if owner := w.owner(group); owner != "" {
		if err := w.openToKnocks(owner, group); err != nil {
			return err
		}
	}
	err := w.api.call(w.ctx, w.as(person), "POST", v3+"/knock/"+seg(group), map[string]string{"reason": note}, nil)
	var no *refusal
	if errors.As(err, &no) && no.status == 404 { // Dendrite has no such call
		var p profile
		must(w.api.call(w.ctx, w.as(person), "GET", v3+"/profile/"+seg(person), nil, &p))
		err = w.putMembership(person, group, map[string]string{"membership": "knock", "reason": note, "displayname": p.Name})
	}
	if err != nil {
		return err
	}
	at := doorstep{person, group}
	if w.fake == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.doorsteps[at] = true
		return nil
	}
	w.fake.mu.Lock()
	defer w.fake.mu.Unlock()
	w.fake.doorsteps[at] = true
	return nil
}

func (w *World) putMembership(person, group string, content map[string]string) error {
	return w.api.call(w.ctx, w.as(person), "PUT", roomPath(group)+"/state/m.room.member/"+seg(person), content, nil)
}

// openToKnocks lets people knock at a room.
func (w *World) openToKnocks(owner, group string) error {
	var rule struct {
		Rule string `json:"join_rule"`
	}
	path := roomPath(group) + "/state/m.room.join_rules"
	if err := w.api.call(w.ctx, w.as(owner), "GET", path, nil, &rule); err != nil || rule.Rule == "knock" {
		return err
	}
	return w.api.call(w.ctx, w.as(owner), "PUT", path, map[string]string{"join_rule": "knock"}, nil)
}

// Waiting returns who has knocked and has no answer yet.
func (w *World) Waiting(group string) []string {
	v := w.look(group)
	if v == nil {
		return nil
	}
	defer v.mu.Unlock()
	return slices.Clone(v.waiting)
}

// Press reacts with the keycap of a choice; one that was given before is taken back first, as a second tap does.
func (w *World) Press(person, group, message string, n int) error {
	if n < 0 || n >= chat.MaxChoices {
		return fail(400, "M_INVALID_PARAM", "No such choice")
	}
	w.mu.Lock()
	_, again := w.given[given{person, group, message, chat.Keycap(n)}]
	w.mu.Unlock()
	if again {
		if err := w.React(person, group, message, chat.Keycap(n), false); err != nil {
			return err
		}
	}
	return w.React(person, group, message, chat.Keycap(n), true)
}

// Rights tells what a person may do in a room; its Raw also tells whether his level is his own or everybody's.
func (w *World) Rights(person, group string) world.Rights {
	var r world.Rights
	w.mu.Lock()
	v := w.views[group]
	w.mu.Unlock()
	if v == nil {
		return r
	}
	v.mu.Lock()
	reader := w.reading(v)
	v.mu.Unlock()
	var m memberContent
	var levels json.RawMessage
	if err := w.api.call(w.ctx, reader, "GET", roomPath(group)+"/state/m.room.member/"+seg(person), nil, &m); err == nil {
		r.In, r.Banned = m.Membership == "join", m.Membership == "ban"
	}
	if err := w.api.call(w.ctx, reader, "GET", roomPath(group)+"/state/m.room.power_levels", nil, &levels); err != nil {
		return r
	}
	p, err := parsePowers(levels)
	if err != nil {
		return r
	}
	r.MayWrite = r.In && p.user(person) >= p.need("m.room.message", false)
	r.Raw = fmt.Sprintf("power %d", p.user(person))
	if _, own := p.Users[person]; !own {
		r.Raw += " as everybody"
	}
	return r
}

// Pinned returns the pins of a room, the newest last.
func (w *World) Pinned(group string) []string {
	v := w.look(group)
	if v == nil {
		return nil
	}
	reader := w.reading(v)
	v.mu.Unlock()
	var out struct {
		Pinned []string `json:"pinned"`
	}
	if err := w.api.call(w.ctx, reader, "GET", roomPath(group)+"/state/m.room.pinned_events", nil, &out); err != nil {
		return nil
	}
	return out.Pinned
}

// comeIn lets a person in who has knocked on a real homeserver and is invited now.
func (w *World) comeIn(as login, room string) {
	w.mu.Lock()
	var who string
	for at := range w.doorsteps {
		if l := w.people[at.user]; at.room == room && l == as {
			who = at.user
			delete(w.doorsteps, at)
		}
	}
	w.mu.Unlock()
	if who != "" {
		// Whoever let him in may have thought better of it; then he stays outside.
		_ = w.api.call(w.ctx, as, "POST", roomPath(room)+"/join", empty{}, nil)
	}
}
