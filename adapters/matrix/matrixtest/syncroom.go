package matrixtest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// syncRoom writes what one room has for the caller.
func (s *Server) syncRoom(c *call, f filter, r *room, since, repeat int, v *syncJSON) {
	m := r.members[c.user]
	switch m.membership {
	case "invite":
		if m.event.pos > since {
			v.Rooms.Invite[r.id] = r.invitation(m)
		}
	case "join":
		fresh := m.joinedAt > since
		out := s.timeline(c, f, r, since, len(r.timeline), fresh, repeat)
		if m.changedAt > since || since == 0 {
			out.Summary = map[string]int{"m.joined_member_count": r.joined}
		}
		if fresh || len(out.Timeline.Events) > 0 || len(out.State.Events) > 0 {
			v.Rooms.Join[r.id] = out
		}
	case "leave", "ban":
		if m.changedAt <= since || since == 0 || m.forgotten {
			return
		}
		if m.wasIn {
			v.Rooms.Leave[r.id] = s.timeline(c, f, r, max(since, m.joinedAt), r.after(m.changedAt), false, 0)
			return
		}
		v.Rooms.Leave[r.id] = joinedJSON{Timeline: timelineJSON{Events: []json.RawMessage{m.event.raw}}}
	}
}

// invitation returns the stripped state that an invited account sees.
func (r *room) invitation(m *member) invitedJSON {
	var out invitedJSON
	strip := func(e *event) {
		out.State.Events = append(out.State.Events, mustJSON(wire{
			Type: e.kind, Sender: e.sender, Key: e.key, Content: e.content, ID: e.id, At: e.at,
		}))
	}
	for _, kind := range []string{
		"m.room.create", "m.room.join_rules", "m.room.name", "m.room.avatar", "m.room.topic",
		"m.room.canonical_alias", "m.room.encryption",
	} {
		if e := r.state[stateKey{kind, ""}]; e != nil {
			strip(e)
		}
	}
	if inviter := r.members[m.event.sender]; inviter != nil {
		strip(inviter.event)
	}
	strip(m.event)
	return out
}

// timeline writes the events behind since and before the index end: at most the filter's limit, the
// newest, with the state that changed in the gap. A fresh room comes with all its state, and with older
// events if its history is open.
func (s *Server) timeline(c *call, f filter, r *room, since, end int, fresh bool, repeat int) joinedJSON {
	from := r.after(since)
	if fresh {
		from = 0
		if m := r.members[c.user]; !r.historyOpen() {
			from = r.after(m.joinedAt - 1)
		}
	}
	from = max(from-repeat, 0)
	start := max(from, end-f.Room.Timeline.Limit)
	out := joinedJSON{
		Timeline: timelineJSON{Events: []json.RawMessage{}, Limited: start > from || fresh && start > 0},
		State:    eventsJSON{Events: []json.RawMessage{}},
	}
	for _, e := range r.timeline[start:end] {
		if f.shows(e) {
			out.Timeline.Events = append(out.Timeline.Events, e.seenBy(c.who))
		}
	}
	if start < end {
		out.Timeline.Prev = "t" + strconv.Itoa(r.timeline[start].pos)
	}
	for _, e := range r.before(start, from, fresh) {
		if types := f.Room.State.Types; types != nil && !slices.ContainsFunc(types, e.is) {
			continue
		}
		out.State.Events = append(out.State.Events, e.raw)
	}
	return out
}

func (f filter) shows(e *event) bool {
	t := f.Room.Timeline
	return (t.Types == nil || slices.ContainsFunc(t.Types, e.is)) && !slices.ContainsFunc(t.NotTypes, e.is)
}

// is tells whether the event's type matches a filter's, which may end in *.
func (e *event) is(pattern string) bool {
	if p, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(e.kind, p)
	}
	return e.kind == pattern
}

// before returns the state at the start of a timeline: all of it in a fresh room, else what changed in
// the gap from the index from.
func (r *room) before(start, from int, fresh bool) []*event {
	if fresh {
		from = 0
	}
	latest := map[stateKey]*event{}
	for _, e := range r.timeline[from:max(start, from)] {
		if e.key != nil {
			latest[stateKey{e.kind, *e.key}] = e
		}
	}
	all := make([]*event, 0, len(latest))
	for _, e := range latest {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *event) int { return a.pos - b.pos })
	return all
}

// parsePos reads a position; the empty one is the beginning.
func parsePos(s, prefix string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(s, prefix))
	if err != nil || n < 0 || !strings.HasPrefix(s, prefix) {
		return 0, fail(400, "M_UNKNOWN", "Invalid token "+s)
	}
	return n, nil
}
