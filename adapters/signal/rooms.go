package signal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxTitle is the most characters of a group's name (the clients' limit).
const maxTitle = 32

// madeAs begins the description of a group that the bot has made; the mark of the effect that it came from stands behind it.
// By that it is known again.
const madeAs = "Potluck "

// isMadeHere tells whether a group that was not known before is one that the bot has made.
func (r roster) isMadeHere() bool {
	mark, ok := strings.CutPrefix(r.About, madeAs)
	return ok && r.Admin && mark != "" && !strings.Contains(mark, " ")
}

// openGroup makes a group with the bot as its admin and the people as members; who does not let strangers add him is asked by
// Signal. A broken answer does not tell whether the group is there, so the next try looks for it first.
func (a *Adapter) openGroup(ctx context.Context, e chat.Open) (adapters.Receipt, error) {
	if !isGroup(e.Beside.ID) {
		return adapters.Receipt{}, adapters.Refused(chat.NotFound, errors.New("no such group on Signal"))
	}
	var who []string
	for _, i := range e.Who {
		if i.Platform == chat.Signal && isACI(i.ID) && i.ID != a.self() {
			who = append(who, i.ID)
		}
	}
	if len(who) >= maxMembers {
		return adapters.Receipt{}, adapters.Refused(chat.TooMany, errFull)
	}
	select {
	case a.govern <- struct{}{}:
		defer func() { <-a.govern }()
	case <-ctx.Done():
		return adapters.Receipt{}, fmt.Errorf("wait for another change of a group: %w", ctx.Err())
	}
	c, err := a.link()
	if err != nil {
		return adapters.Receipt{}, err
	}
	title := shorten(e.Title, maxTitle)
	about, made := madeAs+e.Mark, ""
	if e.Mark != "" {
		if made, err = a.groupAbout(ctx, c, about); err != nil {
			return adapters.Receipt{}, again(err)
		}
	}
	if made == "" {
		params := a.params()
		params["name"], params["description"], params["setPermissionAddMember"] = title, about, "everyMember"
		if len(who) > 0 {
			params["member"] = who
		}
		var answer struct {
			GroupID string `json:"groupId"`
		}
		if err := c.call(ctx, "updateGroup", params, &answer); err != nil {
			return adapters.Receipt{}, again(err)
		}
		made = answer.GroupID
	}
	if !isGroup(made) {
		return adapters.Receipt{}, errors.New("open group: signal-cli does not name it")
	}
	a.stir(made)
	return adapters.Receipt{Made: chat.Chat{Platform: chat.Signal, ID: made}}, nil
}

// groupAbout returns the group of the bot's that has a description; empty if there is none.
func (a *Adapter) groupAbout(ctx context.Context, c *client, about string) (string, error) {
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", a.params(), &list); err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(g listedGroup) bool { return g.IsMember && g.Description == about })
	if i < 0 {
		return "", nil
	}
	return list[i].ID, nil
}

// shutGroup lets nobody but admins write in a group.
func (a *Adapter) shutGroup(ctx context.Context, e chat.Shut) error {
	if !isGroup(e.To.ID) {
		return adapters.Refused(chat.NotFound, errors.New("no such group on Signal"))
	}
	c, err := a.link()
	if err != nil {
		return err
	}
	g, err := a.groupNow(ctx, c, e.To.ID)
	switch {
	case err != nil:
		return again(err)
	case g.SendMessage == onlyAdmins:
		return nil
	case !g.isAdmin(g.self):
		return adapters.Refused(chat.Forbidden, errNotAdmin)
	}
	params := a.params()
	params["groupId"], params["setPermissionSendMessages"] = e.To.ID, "onlyAdmins"
	if err := c.call(ctx, "updateGroup", params, nil); err != nil {
		return again(err)
	}
	a.stir(e.To.ID)
	return nil
}
