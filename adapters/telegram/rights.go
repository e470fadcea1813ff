package telegram

import (
	"context"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// rightsTimeout bounds how long a command waits for its sender's rights; behind it all messages wait. After
	// a failure nobody asks again for unsureTime, or many commands would make that many waits.
	rightsTimeout = 3 * time.Second
	unsureTime    = 5 * time.Second
	// levelLife is how long an answer holds; a change that the platform tells ends it at once.
	levelLife = 20 * time.Second
)

type memberParams struct {
	ChatID int64 `json:"chat_id"`
	UserID int64 `json:"user_id"`
}

type knownLevel struct {
	level chat.Level
	until time.Time
}

// level returns what the platform's own rights give a person in a chat; false if it does not say.
func (a *Adapter) level(ctx context.Context, chatID, userID int64) (chat.Level, bool) {
	key := presenceKey{chatID, userID}
	if known, ok := a.levels.get(key); ok && time.Now().Before(known.until) {
		return known.level, true
	}
	if time.Now().UnixNano() < a.unsure.Load() {
		return chat.Member, false
	}
	ctx, cancel := context.WithTimeout(ctx, rightsTimeout)
	defer cancel()
	var m rawMemberStatus
	// By a plain call: the library fails on kinds of members that it does not know.
	if err := a.calls.call(ctx, "getChatMember", memberParams{chatID, userID}, &m); err != nil {
		a.unsure.Store(time.Now().Add(unsureTime).UnixNano())
		a.log.Warn("the rights of who gave a command cannot be looked up", "error", err)
		return chat.Member, false
	}
	level := chat.Member
	if m.isAdministrator() {
		level = chat.Organiser
	}
	a.levels.put(key, knownLevel{level, time.Now().Add(levelLife)})
	return level, true
}

// forgetLevel is called when the platform tells that somebody's membership has changed.
func (a *Adapter) forgetLevel(chatID, userID int64) { a.levels.drop(presenceKey{chatID, userID}) }
