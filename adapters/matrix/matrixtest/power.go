package matrixtest

import (
	"encoding/json"
	"maps"
)

// powers is the content of m.room.power_levels, with the defaults of room version 10.
type powers struct {
	Users         map[string]int `json:"users"`
	UsersDefault  int            `json:"users_default"`
	Events        map[string]int `json:"events"`
	EventsDefault int            `json:"events_default"`
	StateDefault  int            `json:"state_default"`
	Ban           int            `json:"ban"`
	Kick          int            `json:"kick"`
	Redact        int            `json:"redact"`
	Invite        int            `json:"invite"`
}

// parsePowers reads levels; they must be integers (room version 10 refuses strings).
func parsePowers(content json.RawMessage) (powers, error) {
	p := powers{StateDefault: 50, Ban: 50, Kick: 50, Redact: 50}
	if err := json.Unmarshal(content, &p); err != nil {
		return powers{StateDefault: 50, Ban: 50, Kick: 50, Redact: 50}, fail(400, "M_BAD_JSON", "Invalid power levels")
	}
	return p, nil
}

func (p powers) user(id string) int {
	if n, ok := p.Users[id]; ok {
		return n
	}
	return p.UsersDefault
}

// need returns the level that sending an event asks for.
func (p powers) need(kind string, state bool) int {
	if n, ok := p.Events[kind]; ok {
		return n
	}
	if state {
		return p.StateDefault
	}
	return p.EventsDefault
}

// level returns a user's level in the room; before there are power levels the creator has 100.
func (r *room) level(user string) int {
	if r.state[stateKey{"m.room.power_levels", ""}] != nil {
		return r.power.user(user)
	}
	if c := r.state[stateKey{"m.room.create", ""}]; c != nil && c.sender == user {
		return 100
	}
	return 0
}

// maySend refuses an event for which the sender has no right.
func (r *room) maySend(user, kind string, state bool) error {
	if r.membership(user) != "join" {
		return fail(403, "M_FORBIDDEN", "User "+user+" not in room "+r.id)
	}
	if r.level(user) < r.power.need(kind, state) {
		return fail(403, "M_FORBIDDEN", "You don't have permission to post that to the room.")
	}
	return nil
}

// mayRepower refuses new power levels that give or take what the sender does not have himself.
func (r *room) mayRepower(user string, content json.RawMessage) error {
	next, err := parsePowers(content)
	if err != nil {
		return err
	}
	if r.state[stateKey{"m.room.power_levels", ""}] == nil {
		return nil
	}
	own, old := r.level(user), r.power
	refused := fail(403, "M_FORBIDDEN", "You don't have permission to add or remove a power level above yours")
	for _, pair := range [][2]int{
		{old.UsersDefault, next.UsersDefault},
		{old.EventsDefault, next.EventsDefault},
		{old.StateDefault, next.StateDefault},
		{old.Ban, next.Ban},
		{old.Kick, next.Kick},
		{old.Redact, next.Redact},
		{old.Invite, next.Invite},
	} {
		if pair[0] != pair[1] && max(pair[0], pair[1]) > own {
			return refused
		}
	}
	for kind := range union(old.Events, next.Events) {
		a, b := old.need(kind, true), next.need(kind, true)
		if a != b && max(a, b) > own {
			return refused
		}
	}
	for id := range union(old.Users, next.Users) {
		a, b := old.user(id), next.user(id)
		if a == b {
			continue
		}
		if b > own || a > own || a == own && id != user {
			return refused
		}
	}
	return nil
}

func union(a, b map[string]int) map[string]int {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]int{}
	}
	maps.Copy(all, b)
	return all
}
