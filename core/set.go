package core

import (
	"maps"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// set changes a setting of the community, of one of its rooms or of a member.
func (f *fold) set(e *chat.Event, x chat.Set) error {
	c := f.engine.house.communities[e.Community]
	switch {
	case c == nil:
		return nil
	case x.Member != "":
		card := c.members[x.Member]
		if card == nil {
			return nil
		}
		card.Settings = with(card.Settings, x.Key, x.Value)
		return c.saveMember(f.tx, card)
	case x.Room != "":
		c.Rooms = slices.Clone(c.Rooms)
		for i := range c.Rooms {
			if c.Rooms[i].ID == x.Room {
				c.Rooms[i].Settings = with(c.Rooms[i].Settings, x.Key, x.Value)
				if x.Key == "name" && x.Value != "" {
					c.Rooms[i].Name = x.Value
				}
			}
		}
	default:
		c.Settings = with(c.Settings, x.Key, x.Value)
		if x.Key == "name" && x.Value != "" {
			c.Name = x.Value
		}
	}
	return c.save(f.tx)
}

// with returns settings of which one is changed; rules may still be reading the old ones.
func with(settings map[string]string, key, value string) map[string]string {
	out := maps.Clone(settings)
	if value == "" {
		delete(out, key)
		return out
	}
	if out == nil {
		out = make(map[string]string)
	}
	out[key] = value
	return out
}

// appoint gives a member a level.
func (f *fold) appoint(e *chat.Event, x chat.Appoint) error {
	c := f.engine.house.communities[e.Community]
	if c == nil || c.members[x.Who] == nil {
		return nil
	}
	card := c.members[x.Who]
	from := card.Level
	if from == x.Level {
		return nil
	}
	card.Level = x.Level
	if e.Member == card.ID {
		e.Level = card.Level
	}
	f.emitIn(e, e.Community, chat.Appointed{Who: x.Who, From: from, To: x.Level})
	return c.saveMember(f.tx, card)
}
