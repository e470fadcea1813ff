package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/core/chat"
)

// organiserPower is the power level from which on an account counts as one of the room's admins: Matrix
// gives 50 the right to remove messages and people.
const organiserPower = 50

// creatorPower is more than any level that can be given.
const creatorPower = 1_000_000_000

// powers is what we need of m.room.power_levels.
type powers struct {
	Users         map[string]level `json:"users"`
	UsersDefault  level            `json:"users_default"`
	Events        map[string]level `json:"events"`
	EventsDefault level            `json:"events_default"`
	StateDefault  *level           `json:"state_default"`
	Redact        *level           `json:"redact"`
	Kick          *level           `json:"kick"`
	Ban           *level           `json:"ban"`
	Invite        level            `json:"invite"`
}

// powersOf reads power levels; unreadable ones give nobody anything.
func powersOf(content json.RawMessage) powers {
	var p powers
	_ = json.Unmarshal(content, &p) // what could be read of them is in p
	return p
}

// or50 returns a level, 50 where the room does not say: the specification's default for what moderators do.
func (l *level) or50() int {
	if l == nil {
		return organiserPower
	}
	return int(*l)
}

// forState returns the level that writing a state event asks for.
func (p powers) forState(kind string) int {
	if n, ok := p.Events[kind]; ok {
		return int(n)
	}
	return p.StateDefault.or50()
}

// floor returns the least level with which anything can be written in the room.
func (p powers) floor() int {
	least := min(int(p.EventsDefault), p.StateDefault.or50())
	for _, n := range p.Events {
		least = min(least, int(n))
	}
	return least
}

// level is a power level: a number, or in rooms before version 10 a number in a string.
type level int

// UnmarshalJSON reads a level of any room version.
func (l *level) UnmarshalJSON(b []byte) error {
	var n json.Number
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		n = json.Number(s)
	} else {
		n = json.Number(b)
	}
	i, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		i = 0 // what is no number gives nobody anything
	}
	*l = level(min(max(i, 1-creatorPower), creatorPower-1))
	return nil
}

// creation is what we need of m.room.create.
type creation struct {
	Version     string   `json:"room_version"`
	Creators    []string `json:"additional_creators"`
	Predecessor struct {
		Room string `json:"room_id"`
	} `json:"predecessor"`
}

// power returns an account's power level in a room.
func (a *Adapter) power(ctx context.Context, s *session, room, user string) (int, error) {
	c, err := a.state(ctx, s, room, "m.room.power_levels", "")
	if err != nil {
		return 0, err
	}
	return a.powerIn(ctx, s, room, powersOf(c), user)
}

// powerIn returns an account's power level by the power levels that its room has.
func (a *Adapter) powerIn(ctx context.Context, s *session, room string, p powers, user string) (int, error) {
	if n, ok := p.Users[user]; ok {
		return int(n), nil
	}
	creator, err := a.isCreator(ctx, s, room, user)
	if err != nil {
		return 0, err
	}
	if creator {
		return creatorPower, nil
	}
	return int(p.UsersDefault), nil
}

// isCreator tells whether an account has all rights for ever, as the creators of rooms have from room
// version 12 on; they are not listed among the levels.
func (a *Adapter) isCreator(ctx context.Context, s *session, room, user string) (bool, error) {
	raw, err := a.state(ctx, s, room, "m.room.create", "")
	if err != nil {
		return false, err
	}
	var c creation
	_ = json.Unmarshal(raw, &c) // an unreadable creation names no creators
	if v, err := strconv.Atoi(c.Version); err != nil || v < 12 {
		return false, nil
	}
	for _, id := range c.Creators {
		if id == user {
			return true, nil
		}
	}
	sender, err := a.creator(ctx, s, room)
	return sender == user, err
}

// creator returns who sent a room's m.room.create: its content does not say so any more.
func (a *Adapter) creator(ctx context.Context, s *session, room string) (string, error) {
	if c, ok := a.rooms.get(room, "m.room.create", "sender"); ok {
		return textField(c, "sender"), nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var e json.RawMessage
	url := s.bot.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", room, "state", "m.room.create", ""},
		map[string]string{"format": "event"})
	if _, err := s.bot.MakeRequest(ctx, http.MethodGet, url, nil, &e); err != nil {
		return "", err
	}
	a.rooms.learn(room, "m.room.create", "sender", e)
	return textField(e, "sender"), nil
}

// level returns what the room's own rights give to an account, for what looks like a command or a choice.
func (a *Adapter) level(ctx context.Context, s *session, room, user string) (level chat.Level, unsure bool) {
	n, err := a.power(ctx, s, room, user)
	switch {
	case err != nil:
		return chat.Guest, true
	case n >= organiserPower && !a.isPrivate(ctx, s, room):
		return chat.Organiser, false
	default:
		return chat.Member, false
	}
}
