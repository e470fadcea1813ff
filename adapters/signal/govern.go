package signal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxMembers is a group's hard limit, the bot counted (ServiceConfig.GROUP_MAX_SIZE of signal-cli).
const maxMembers = 1001

// measure is something that can be made so between a group and a person.
type measure struct {
	isSo func(g freshGroup, who string) bool
	// may says why it cannot be made so; nil if it can.
	may    func(g freshGroup, who string) error
	params []string // of updateGroup: the lists to put the person in
}

// freshGroup is a group as Signal's server has it at the moment.
type freshGroup struct {
	listedGroup
	self string // the bot
}

func has(list []listedMember, aci string) bool {
	return slices.ContainsFunc(list, func(m listedMember) bool { return m.UUID == aci })
}

// isIn tells whether somebody is in the group, or is invited and can come in by himself.
func (g freshGroup) isIn(aci string) bool { return has(g.Members, aci) || has(g.Pending, aci) }

func (g freshGroup) isAdmin(aci string) bool {
	return slices.ContainsFunc(g.Members, func(m listedMember) bool { return m.UUID == aci && m.IsAdmin })
}

// lets tells whether the bot has the right that an access rule of the group asks for.
func (g freshGroup) lets(rule string) bool { return g.isAdmin(g.self) || rule == everyMember }

// everyMember is the access rule that lets all members do a thing.
const everyMember = "EVERY_MEMBER"

var (
	errNotAdmin = errors.New("the bot is not an admin of the group")
	errAdmin    = errors.New("an admin of the group is not removed: take his admin's rights first")
	errNotAsked = errors.New("he has not asked to be let in, or has an answer")
	errFull     = fmt.Errorf("a group on Signal has at most %d members", maxMembers)
	errBanned   = errors.New("he is banned from the group")
)

// moderate carries out what is done to people.
func (a *Adapter) moderate(ctx context.Context, e chat.Outgoing) error {
	switch e := e.(type) {
	case chat.Remove:
		return a.makeSo(ctx, e.To, e.Who, removed())
	case chat.Ban:
		return a.makeSo(ctx, e.To, e.Who, banned())
	case chat.Unban:
		return a.makeSo(ctx, e.To, e.Who, unbanned())
	case chat.Admit:
		return a.makeSo(ctx, e.To, e.Who, admitted())
	case chat.Decline:
		return a.makeSo(ctx, e.To, e.Who, declined())
	case chat.Invite:
		return a.makeSo(ctx, e.To, e.Who, invited())
	case chat.Restrict, chat.Release:
		return adapters.Refused(chat.Unsupported, errors.New("signal can keep a whole group from writing, nobody alone"))
	}
	return adapters.Refused(chat.Unsupported, fmt.Errorf("effect %T is not known here", e))
}

// byAdmin is the rule for what admins may do to members. Signal lets an admin remove another, but nobody whom
// the group has made its admin is thrown out by a word to the bot; the other platforms do not let bots do that
// either.
func byAdmin(g freshGroup, who string) error {
	switch {
	case !g.isAdmin(g.self):
		return adapters.Refused(chat.Forbidden, errNotAdmin)
	case g.isAdmin(who):
		return adapters.Refused(chat.Forbidden, errAdmin)
	}
	return nil
}

func removed() measure {
	return measure{
		isSo:   func(g freshGroup, who string) bool { return !g.isIn(who) },
		may:    byAdmin,
		params: []string{"removeMember"},
	}
}

func banned() measure {
	return measure{
		isSo: func(g freshGroup, who string) bool {
			return has(g.Banned, who) && !g.isIn(who) && !has(g.Requesting, who)
		},
		may:    byAdmin,
		params: []string{"removeMember", "ban"}, // a ban alone does not end a membership in all versions
	}
}

func unbanned() measure {
	return measure{
		isSo:   func(g freshGroup, who string) bool { return !has(g.Banned, who) },
		may:    byAdmin,
		params: []string{"unban"},
	}
}

// admitted lets in only those who ask: signal-cli's "member" would add anybody.
func admitted() measure {
	return measure{
		isSo: freshGroup.isIn,
		may: func(g freshGroup, who string) error {
			switch {
			case !g.isAdmin(g.self):
				return adapters.Refused(chat.Forbidden, errNotAdmin)
			case !has(g.Requesting, who):
				return adapters.Refused(chat.NotFound, errNotAsked)
			}
			return g.hasRoom()
		},
		params: []string{"member"},
	}
}

func declined() measure {
	return measure{
		isSo:   func(g freshGroup, who string) bool { return !has(g.Requesting, who) },
		may:    byAdmin,
		params: []string{"removeMember"}, // which refuses a request, without a ban
	}
}

// invited adds somebody; whose settings do not allow that is asked by Signal, and decides himself. Who is banned
// must be let off before: signal-cli's "member" would do that on the way.
func invited() measure {
	return measure{
		isSo: freshGroup.isIn,
		may: func(g freshGroup, who string) error {
			switch {
			case has(g.Banned, who):
				return adapters.Refused(chat.Forbidden, errBanned)
			case !g.lets(g.AddMember), has(g.Requesting, who) && !g.isAdmin(g.self):
				return adapters.Refused(chat.Forbidden, errNotAdmin)
			}
			return g.hasRoom()
		},
		params: []string{"member"},
	}
}

func (g freshGroup) hasRoom() error {
	if len(g.Members)+len(g.Pending) >= maxMembers {
		return adapters.Refused(chat.TooMany, errFull)
	}
	return nil
}

// makeSo looks how things stand, changes them, and looks again. Only the second look tells whether it is done: the
// daemon answers the same when it has done nothing, and with an error when the members could not be told of what
// is done.
func (a *Adapter) makeSo(ctx context.Context, to chat.Chat, who chat.Identity, m measure) error {
	switch {
	case isACI(to.ID):
		return adapters.Refused(chat.Unsupported, errors.New("a private conversation has no members"))
	case !isGroup(to.ID):
		return adapters.Refused(chat.NotFound, errors.New("no such group on Signal"))
	case who.Platform != chat.Signal || !isACI(who.ID):
		return adapters.Refused(chat.NotFound, errors.New("no such person on Signal"))
	}
	select {
	case a.govern <- struct{}{}:
		defer func() { <-a.govern }()
	case <-ctx.Done():
		return fmt.Errorf("wait for another change of a group: %w", ctx.Err())
	}
	c, err := a.link()
	if err != nil {
		return err
	}
	g, err := a.groupNow(ctx, c, to.ID)
	if err != nil {
		return again(err)
	}
	if who.ID == g.self {
		return adapters.Refused(chat.Forbidden, errors.New("the bot does nothing to itself"))
	}
	if m.isSo(g, who.ID) {
		return nil
	}
	if err := m.may(g, who.ID); err != nil {
		return err
	}
	params := a.params()
	params["groupId"] = to.ID
	for _, list := range m.params {
		params[list] = []string{who.ID}
	}
	asked := c.call(ctx, "updateGroup", params, nil)
	a.stir(to.ID)
	return a.confirm(ctx, c, to.ID, who.ID, m, asked)
}

// confirm tells what became of a change: asked is what the daemon said.
func (a *Adapter) confirm(ctx context.Context, c *client, id, who string, m measure, asked error) error {
	g, err := a.groupNow(ctx, c, id)
	switch {
	case err == nil && m.isSo(g, who):
		return nil
	case err != nil && asked == nil:
		return again(err)
	case asked == nil:
		return errors.New("change group: signal-cli says yes and nothing is changed")
	case err == nil:
		if why := m.may(g, who); why != nil {
			return why // a right that was lost in between
		}
	}
	return again(asked)
}

// groupNow asks Signal's server how a group is. It fails, refused, for one that the bot is not in.
func (a *Adapter) groupNow(ctx context.Context, c *client, id string) (freshGroup, error) {
	params := a.params()
	params["groupId"] = []string{id}
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", params, &list); err != nil {
		return freshGroup{}, err
	}
	if len(list) == 0 {
		return freshGroup{}, adapters.Refused(chat.NotFound, errors.New("no such group on Signal"))
	}
	g := freshGroup{list[0], a.self()}
	if !g.IsMember {
		return freshGroup{}, adapters.Refused(chat.Forbidden, errors.New("the bot is not in the group"))
	}
	return g, nil
}

// again makes a lost answer a plain retry: what is looked at first can be asked for twice.
func again(err error) error {
	if errors.Is(err, errUnsure) {
		return adapters.Retry(0, err)
	}
	return err
}
