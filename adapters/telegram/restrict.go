package telegram

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// permissions are what a member of a supergroup may do (core.telegram.org/bots/api#chatpermissions, 10.1).
func permissions() []string {
	return strings.Fields(`
		can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes
		can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_react_to_messages
		can_edit_tag can_change_info can_invite_users can_pin_messages can_manage_topics`)
}

// every returns all permissions, granted or not. All granted is no restriction: what the group lets everybody do.
func every(granted bool) map[string]bool {
	out := map[string]bool{}
	for _, p := range permissions() {
		out[p] = granted
	}
	return out
}

// The platform takes an end less than 30 seconds or more than 366 days from when its server reads it for no end
// (core.telegram.org/bots/api#restrictchatmember). We keep away from both, for clocks differ and calls wait.
const (
	nearestEnd = time.Minute
	farthest   = 365 * 24 * time.Hour
)

// endOf returns the end to tell the platform, 0 for none: a Release comes in any case.
func endOf(until, now time.Time) int64 {
	switch left := until.Sub(now); {
	case until.IsZero(), left > farthest:
		return 0
	case left < nearestEnd:
		return unixOf(now.Add(nearestEnd))
	}
	return unixOf(until)
}

type restrictParams struct {
	ChatID      int64           `json:"chat_id"`
	UserID      int64           `json:"user_id"`
	Permissions map[string]bool `json:"permissions"`
	Independent bool            `json:"use_independent_chat_permissions"`
	Until       int64           `json:"until_date,omitempty"`
}

// permit sets what somebody may do, and until when.
func (a *Adapter) permit(ctx context.Context, g *grounds, allowed map[string]bool, until int64) error {
	return a.on(ctx, g, "restrictChatMember", func(chatID int64) any {
		return restrictParams{ChatID: chatID, UserID: g.user, Permissions: allowed, Independent: true, Until: until}
	}, nil)
}

// restrict takes from somebody all that a member may do but read. What he might do before is noted first, and kept
// over restarts, so that a Release can give him that again, and no more. Somebody who is not there is restricted all
// the same: a time-out does not end by leaving and joining.
func (a *Adapter) restrict(ctx context.Context, e chat.Restrict) error {
	g, err := a.governed(e.To, e.Who)
	if err != nil {
		return err
	}
	defer a.guards.hold(g)()
	s, err := a.standing(ctx, &g)
	now := time.Now()
	switch {
	case err != nil:
		return err
	case g.isBasic():
		return errBasic
	case s.isAdministrator():
		return errAdministrator
	case s.isBanned():
		return nil // to restrict him would let him in again
	case !e.Until.IsZero() && !e.Until.After(now):
		return nil // it waited until it was over
	}
	end := endOf(e.Until, now)
	before, known := a.memory.holds.get(presenceKey{g.to.id, g.user})
	next := hold{Allowed: s.allowed, Until: s.until}
	ours := known && !before.Back && s.isTimedOut()
	if ours {
		next = before // what he may do now is our own doing
	}
	next.Over = end
	if err := a.keepHold(g, &next); err != nil {
		return err
	}
	err = a.permit(ctx, &g, every(false), end)
	if !ours && err != nil && isFinal(failure(err, true)) {
		return errors.Join(err, a.keepHold(g, nil))
	}
	return err
}

// expired is how much later by our clock a restriction may end by the platform's.
const expired = 10 * time.Second

// release gives somebody back what he might do before our Restrict. What others have changed since stands: who is
// banned stays banned, and a restriction that is not ours stays as it is.
func (a *Adapter) release(ctx context.Context, e chat.Release) error {
	g, err := a.governed(e.To, e.Who)
	if err != nil {
		return err
	}
	defer a.guards.hold(g)()
	s, err := a.standing(ctx, &g)
	if err != nil {
		return err
	}
	if g.isBasic() {
		return errBasic
	}
	before, known := a.memory.holds.get(presenceKey{g.to.id, g.user})
	now := time.Now()
	// The platform has ended ours by itself, and with it the one that was there before.
	ended := known && (s.Status == "member" || s.Status == "left") && before.Over != 0 && now.Add(expired).Unix() >= before.Over
	var after *hold
	if (s.isTimedOut() && !before.Back) || (ended && before.stands(now)) {
		allowed, until := every(true), int64(0)
		if known && before.stands(now) {
			allowed, until = before.Allowed, before.Until
		}
		if err := a.permit(ctx, &g, allowed, until); err != nil {
			return err
		}
		if isNothing(allowed) {
			after = &hold{Back: true}
		}
	}
	if !known || (before.Back && s.isTimedOut()) {
		return nil
	}
	return a.keepHold(g, after)
}

// What is refused to all who govern.
var (
	errBasic         = adapters.Refused(chat.Unsupported, errors.New("restrict: a basic group knows no restrictions; its owner can make it a supergroup"))
	errAdministrator = adapters.Refused(chat.Forbidden, errors.New("act on a person: it is an administrator of the chat"))
)

// governed is ground for what is done to people only.
func (a *Adapter) governed(to chat.Chat, who chat.Identity) (grounds, error) {
	g, err := a.ground(to, who)
	if err == nil && g.user < 0 {
		err = adapters.Refused(chat.Unsupported, errors.New("act on a person: a channel can be banned, and nothing else"))
	}
	return g, err
}

// keepHold notes what to give back to somebody, or with nil that nothing is, where it outlives a restart.
func (a *Adapter) keepHold(g grounds, h *hold) error {
	if h == nil {
		a.memory.holds.drop(presenceKey{g.to.id, g.user})
	} else {
		a.memory.holds.put(presenceKey{g.to.id, g.user}, *h)
	}
	if err := a.keep(time.Time{}); err != nil {
		return adapters.Retry(0, fmt.Errorf("keep what somebody might do: %w", err))
	}
	return nil
}
