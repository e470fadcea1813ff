package adaptertest

import (
	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// openRoom makes a group; the board's lock is held.
func (a *boardAdapter) openRoom(e chat.Open) (adapters.Receipt, error) {
	if a.board.plain {
		return adapters.Receipt{}, errNoMeans
	}
	if a.flaw == "opens nothing new" {
		return adapters.Receipt{Made: e.Beside}, nil
	}
	g := newBoardGroup(a.board.id("g"), bot)
	for _, who := range e.Who {
		if a.flaw == "opens for nobody" {
			g.banned = append(g.banned, who.ID)
			continue
		}
		g.members = append(g.members, who.ID)
	}
	a.board.groups[g.id] = g
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
