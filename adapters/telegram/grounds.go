package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// grounds is where something is done to whom. A topic is its whole group: people have no rights of their own in one.
type grounds struct {
	to   place
	user int64 // negative: a chat that posts in its own name
}

// The accounts that the platform puts in the place of anonymous administrators, of channels and of itself
// (GroupAnonymousBot, Channel_Bot, Telegram): whoever acts against one of them acts against nobody, or all.
const (
	anonymousAccount = 1087968824
	channelAccount   = 136817688
	serviceAccount   = 777000
)

// ground reads where and to whom something is to be done, and refuses what nobody can mean.
func (a *Adapter) ground(to chat.Chat, who chat.Identity) (grounds, error) {
	at, err := parsePlace(to)
	if err != nil {
		return grounds{}, err
	}
	if err := a.recall(); err != nil {
		return grounds{}, adapters.Retry(0, err)
	}
	user, err := strconv.ParseInt(who.ID, 10, 64)
	if err != nil || user == 0 || who.Platform != chat.Telegram {
		return grounds{}, fmt.Errorf("read person %s: %w", who, chat.ErrID)
	}
	g := grounds{to: place{id: a.follow(at).id}, user: user}
	switch {
	case g.to.id > 0:
		return g, adapters.Refused(chat.Unsupported, errors.New("act on a person: a private conversation has no rights to give or take"))
	case user == g.to.id || user == anonymousAccount:
		return g, adapters.Refused(chat.Forbidden, errors.New("act on a person: an anonymous administrator is the group itself"))
	case user == channelAccount, user == serviceAccount:
		return g, adapters.Refused(chat.Forbidden, errors.New("act on a person: this account stands in for all channels"))
	}
	return g, nil
}

// firstBroad is the highest id of a supergroup or channel; groups above it are basic ones.
const firstBroad = -1_000_000_000_000

// isBasic tells whether it is a basic group, in which nobody can be restricted or kept out.
func (g grounds) isBasic() bool { return g.to.id > firstBroad }

// memberOf returns the parameters that name the person in a chat.
func memberOf(g grounds) func(chatID int64) any {
	return func(chatID int64) any { return memberParams{chatID, g.user} }
}

// on makes a call about the grounds' chat, and again where that chat has become a supergroup.
func (a *Adapter) on(ctx context.Context, g *grounds, method string, params func(chatID int64) any, dest any) error {
	err := a.short(ctx, method, params(g.to.id), dest)
	if e := refusal(err); e != nil && e.migrated != 0 {
		a.memory.moved.put(g.to.id, e.migrated)
		g.to = place{id: e.migrated}
		err = a.short(ctx, method, params(g.to.id), dest)
	}
	return err
}

// standing is what somebody is in a chat.
type standing struct {
	rawMemberStatus
	until   int64           // when that is over by itself, in Unix seconds; 0 = never
	allowed map[string]bool // what somebody restricted may do
}

func (s *standing) isBanned() bool { return s.Status == "kicked" }

// isTimedOut tells whether somebody may do nothing of all that we take in a Restrict.
func (s *standing) isTimedOut() bool {
	return s.Status == "restricted" && isNothing(s.allowed)
}

// isNothing tells whether somebody with these permissions may do nothing but read.
func isNothing(allowed map[string]bool) bool {
	return !slices.ContainsFunc(permissions(), func(p string) bool { return allowed[p] })
}

// UnmarshalJSON reads a ChatMember, and its permissions by their names, so that those of tomorrow are kept too.
func (s *standing) UnmarshalJSON(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return fmt.Errorf("read member: %w", err)
	}
	if err := json.Unmarshal(raw, &s.rawMemberStatus); err != nil {
		return fmt.Errorf("read member: %w", err)
	}
	if err := json.Unmarshal(members["until_date"], &s.until); err != nil {
		s.until = 0 // not told: never
	}
	if s.Status != "restricted" {
		return nil
	}
	s.allowed = map[string]bool{}
	for name, value := range members {
		var on bool
		if len(name) > 4 && name[:4] == "can_" && json.Unmarshal(value, &on) == nil {
			s.allowed[name] = on
		}
	}
	return nil
}

// standing asks what somebody is in a chat. Who has never been there is nobody there, which is no failure.
func (a *Adapter) standing(ctx context.Context, g *grounds) (standing, error) {
	var s standing
	err := a.on(ctx, g, "getChatMember", memberOf(*g), &s)
	if e := refusal(err); e != nil && e.says("member not found", "USER_NOT_PARTICIPANT") {
		return standing{rawMemberStatus: rawMemberStatus{Status: "left"}}, nil
	}
	return s, err
}

// guards lets one thing at a time be done to one person in one group, whichever topic it was asked for in: who
// looks what somebody may do and then changes it must not be overtaken between the two.
type guards [64]sync.Mutex

// hold waits for the grounds and returns what frees them.
func (l *guards) hold(g grounds) (free func()) {
	m := &l[uint64(g.to.id*31+g.user)%uint64(len(l))]
	m.Lock()
	return m.Unlock
}

// unixOf returns a time in Unix seconds, rounded up; 0 for none.
func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(time.Second - time.Nanosecond).Unix()
}
