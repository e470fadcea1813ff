package adaptertest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// errNoMeans is what the plain board says of what it does not have.
var errNoMeans = errors.New("board: no such thing")

// govern does what moderators and the door want; the board's lock is held.
func (a *boardAdapter) govern(e chat.Outgoing) (adapters.Receipt, error) {
	b := a.board
	g := b.groups[e.Where().ID]
	if g == nil {
		return adapters.Receipt{}, errMissing
	}
	switch e := e.(type) {
	case chat.Pin:
		return adapters.Receipt{}, a.pin(g, e.Target.Refs, true)
	case chat.Unpin:
		return adapters.Receipt{}, a.pin(g, e.Target.Refs, false)
	}
	who, known := aboutWhom(e)
	if !known || who.Platform != onBoard || b.names[who.ID] == "" {
		return adapters.Receipt{}, errMissing
	}
	switch e := e.(type) {
	case chat.Restrict:
		return adapters.Receipt{}, a.restrict(g, who.ID, e.Until)
	case chat.Release:
		return adapters.Receipt{}, a.release(g, who.ID)
	case chat.Remove, chat.Ban:
		return adapters.Receipt{}, a.throwOut(g, who.ID, e)
	case chat.Unban:
		if a.flaw == "takes out by unban" {
			b.out(g, who.ID)
		}
		g.banned = slices.DeleteFunc(g.banned, func(p string) bool { return p == who.ID })
		return adapters.Receipt{}, nil
	case chat.Invite:
		return a.invite(g, who.ID), nil
	}
	return adapters.Receipt{}, a.answer(g, who.ID, e)
}

func aboutWhom(e chat.Outgoing) (chat.Identity, bool) {
	switch e := e.(type) {
	case chat.Restrict:
		return e.Who, true
	case chat.Release:
		return e.Who, true
	case chat.Remove:
		return e.Who, true
	case chat.Ban:
		return e.Who, true
	case chat.Unban:
		return e.Who, true
	case chat.Admit:
		return e.Who, true
	case chat.Decline:
		return e.Who, true
	case chat.Invite:
		return e.Who, true
	}
	return chat.Identity{}, false
}

func (a *boardAdapter) pin(g *boardGroup, refs []chat.Ref, on bool) error {
	if a.board.plain {
		return errNoMeans
	}
	if len(refs) == 0 {
		return errMissing
	}
	if _, _, err := a.board.find(g.id, refs[0].ID); err != nil && on && a.flaw != "pins what is gone" {
		return err
	}
	had := slices.Contains(g.pins, refs[0].ID)
	switch {
	case on && (!had || a.flaw == "pins again"):
		g.pins = append(g.pins, refs[0].ID)
	case !on && a.flaw == "unpins all":
		g.pins = nil
	case !on:
		g.pins = slices.DeleteFunc(g.pins, func(p string) bool { return p == refs[0].ID })
	}
	return nil
}

func (a *boardAdapter) restrict(g *boardGroup, who string, until time.Time) error {
	switch {
	case a.board.plain && a.flaw != "does what it does not have":
		return errNoMeans
	case who == g.owner && a.flaw != "is afraid of nobody":
		return errNotYour
	case a.flaw == "restricts nobody", a.flaw == "takes a moment for nothing" && !until.IsZero() && time.Until(until) < time.Minute:
		return nil
	}
	if a.flaw == "forgets old rights" {
		a.restricted = append(a.restricted, who)
	}
	g.muted[who] = true
	return nil
}

func (a *boardAdapter) release(g *boardGroup, who string) error {
	if a.board.plain {
		return errNoMeans
	}
	forgot := a.flaw == "forgets old rights" && g.muted[who] && !slices.Contains(a.restricted, who)
	if forgot || a.flaw == "gives everybody the same rights" {
		g.power[who] = 0
	}
	delete(g.muted, who)
	return nil
}

func (a *boardAdapter) throwOut(g *boardGroup, who string, e chat.Outgoing) error {
	if who == g.owner && a.flaw != "is afraid of nobody" {
		return errNotYour
	}
	a.board.out(g, who)
	_, ban := e.(chat.Ban)
	ban = (ban && a.flaw != "removes for ban") || a.flaw == "bans for remove"
	if ban && !slices.Contains(g.banned, who) {
		g.banned = append(g.banned, who)
	}
	return nil
}

// answer lets in or not who has knocked.
func (a *boardAdapter) answer(g *boardGroup, who string, e chat.Outgoing) error {
	_, yes := e.(chat.Admit)
	switch waits, in := slices.Contains(g.waiting, who), slices.Contains(g.members, who); {
	case yes && (waits || a.flaw == "admits anybody"):
		a.board.let(g, who)
	case yes && !in:
		return errMissing
	case !yes && in && a.flaw == "declines who is in":
		a.board.out(g, who)
	case !yes:
		g.waiting = slices.DeleteFunc(g.waiting, func(p string) bool { return p == who })
	}
	return nil
}

func (a *boardAdapter) invite(g *boardGroup, who string) adapters.Receipt {
	if a.board.plain {
		a.board.links++
		return adapters.Receipt{Link: fmt.Sprintf("board://join/%d", a.board.links)}
	}
	switch a.flaw {
	case "invites by adding and removing":
		a.board.out(g, who)
	default:
		a.board.let(g, who)
	}
	return adapters.Receipt{}
}
