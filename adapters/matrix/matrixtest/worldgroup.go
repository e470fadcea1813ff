package matrixtest

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// listed is a room as the clients of the World's people list it.
type listed struct {
	world.Group
	in     bool  // somebody is in it
	made   int64 // when; who is only asked to come is not told
	turn   int   // when this World got to know it, among those made at the same time
	direct bool  // a conversation of two
}

// listFilter is for a sync that tells of rooms little more than that they are there.
const listFilter = `{"room":{"timeline":{"limit":1},"state":{"types":["m.room.create","m.room.name"]}},"presence":{"not_types":["*"]}}`

// Groups returns the rooms that the people are in or have been asked to; those that nobody is in yet come last.
func (w *World) Groups() []world.Group {
	w.opening.Lock() // a private conversation that is half open looks like a group
	defer w.opening.Unlock()
	w.mu.Lock()
	people, rooms := slices.Clone(w.order), map[string]*listed{}
	for _, id := range w.private {
		rooms[id] = &listed{direct: true}
	}
	w.mu.Unlock()
	for _, person := range people {
		w.list(person, rooms)
	}
	var all []*listed
	for id, r := range rooms {
		if !r.direct {
			r.turn = w.turn(id)
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *listed) int {
		if a.in != b.in {
			return map[bool]int{true: -1, false: 1}[a.in]
		}
		return cmp.Or(cmp.Compare(a.made, b.made), cmp.Compare(a.turn, b.turn), cmp.Compare(a.ID, b.ID))
	})
	out := make([]world.Group, 0, len(all))
	for _, r := range all {
		out = append(out, r.Group)
	}
	return out
}

// list adds the rooms of one person's client. One whom the server does not answer sees none.
func (w *World) list(person string, rooms map[string]*listed) {
	var out syncJSON
	path := v3 + "/sync?timeout=0&filter=" + url.QueryEscape(listFilter)
	if err := w.api.call(w.ctx, w.as(person), "GET", path, nil, &out); err != nil {
		return
	}
	room := func(id string) *listed {
		if rooms[id] == nil {
			rooms[id] = &listed{Group: world.Group{ID: id}}
		}
		return rooms[id]
	}
	for id, joined := range out.Rooms.Join {
		r := room(id)
		r.in = true
		r.learn(person, append(joined.State.Events, joined.Timeline.Events...))
		w.watch(id, person)
	}
	for id, asked := range out.Rooms.Invite {
		r := room(id)
		r.Invited = append(r.Invited, person)
		r.learn(person, asked.State.Events)
	}
}

// learn takes over what a person's client is told of a room.
func (r *listed) learn(person string, events []json.RawMessage) {
	for _, raw := range events {
		var e seen
		if json.Unmarshal(raw, &e) != nil || e.Key == nil {
			continue
		}
		switch {
		case e.Type == "m.room.create":
			r.made = e.At
		case e.Type == "m.room.name":
			r.Title = nameIn(e.Content)
		case e.Type == "m.room.member" && *e.Key == person:
			var m memberContent
			_ = json.Unmarshal(e.Content, &m) // nor is such a member asked to talk alone
			r.direct = r.direct || m.Direct
		}
	}
}

// nameIn returns the name that an m.room.name gives; one that cannot be read is none.
func nameIn(content json.RawMessage) string {
	var c struct {
		Name string `json:"name"`
	}
	_ = json.Unmarshal(content, &c)
	return c.Name
}

// watch lets one of the people look into a room that nobody of them looks into yet: one that the bot has made.
func (w *World) watch(room, person string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.views[room] == nil {
		w.views[room] = newView(person, room, len(w.views))
	}
}

// turn tells how many rooms this World knew before this one.
func (w *World) turn(room string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.views[room]; v != nil {
		return v.turn
	}
	return len(w.views)
}
