package adaptertest

import (
	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// openRoom makes a group and asks the people to come; the board's lock is held.
func (a *boardAdapter) openRoom(e chat.Open) (adapters.Receipt, error) {
	if a.board.plain {
		return adapters.Receipt{}, errNoMeans
	}
	if a.flaw == "opens nothing new" {
		return adapters.Receipt{Made: e.Beside}, nil
	}
	if a.flaw == "opens without a title" {
		e.Title = ""
	}
	g := a.board.newGroup(e.Title, bot)
	for _, who := range e.Who {
		if a.flaw != "opens for nobody" {
			g.invited = append(g.invited, who.ID)
		}
	}
	return adapters.Receipt{Made: chat.Chat{Platform: onBoard, ID: g.id}}, nil
}

// shutRoom lets nobody write any more; the board's lock is held.
func (a *boardAdapter) shutRoom(e chat.Shut) error {
	if a.board.plain {
		return errNoMeans
	}
	g := a.board.groups[e.To.ID]
	if g == nil {
		return errMissing
	}
	for _, who := range g.members {
		g.muted[who] = a.flaw != "shuts nothing"
	}
	return nil
}
