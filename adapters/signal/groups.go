package signal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// roster is who was in a group when it was last looked at. It is kept in the cursor, because the daemon
// tells that a group has changed, never what.
type roster struct {
	// N counts the changes: it makes the ids of the events that tell them.
	N int `json:"n"`
	// In: the bot is a member.
	In      bool     `json:"in"`
	Members []string `json:"members"` // ACIs, the bot's not among them, in order
	Admins  []string `json:"admins,omitempty"`
	Admin   bool     `json:"admin,omitempty"` // the bot is one
	// Asking are those who ask to be let in.
	Asking  []string `json:"asking,omitempty"`
	Details string   `json:"details,omitempty"` // the access rule of who may change the group's details, and pin
	Title   string   `json:"title,omitempty"`
	// Detailed: what follows is known.
	Detailed bool   `json:"detailed,omitempty"`
	About    string `json:"about,omitempty"`   // the group's description
	Timer    int    `json:"timer,omitempty"`   // seconds after which messages vanish; 0 = they stay
	Writers  string `json:"writers,omitempty"` // the access rule of who may write
	Picture  string `json:"picture,omitempty"` // see pictureOf; empty = not known
	Call     string `json:"call,omitempty"`    // the era of the last call
	// stale: a change was told and the group could not be looked at since.
	stale bool
}

// groups holds the rosters.
type groups struct {
	mu    sync.Mutex // guards what follows
	byID  map[string]roster
	dirty bool
	seen  time.Time       // when it was last certain that we receive
	moved map[string]bool // by the bot itself, of which the daemon tells nobody, and not looked at since
}

// saved is what the cursor holds.
type saved struct {
	ACI    string            `json:"aci,omitempty"`
	Seen   time.Time         `json:"seen,omitzero"`
	Groups map[string]roster `json:"groups,omitempty"`
}

func (g *groups) get(id string) (roster, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, ok := g.byID[id]
	return r, ok
}

func (g *groups) set(id string, r roster) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byID == nil {
		g.byID = map[string]roster{}
	}
	g.byID[id] = r
	g.dirty = true
}

// spoil notes that a group has changed and could not be looked at.
func (g *groups) spoil(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r, ok := g.byID[id]; ok {
		r.stale = true
		g.byID[id] = r
	}
}

// load takes what the cursor holds; what it cannot read is a first start.
func (a *Adapter) load() error {
	position, err := a.cursor.Load()
	if err != nil {
		return fmt.Errorf("load rosters: %w", err)
	}
	var s saved
	if position != "" {
		if err := json.Unmarshal([]byte(position), &s); err != nil {
			a.log.Warn("signal cursor not readable, groups are looked at anew", "error", err)
		}
	}
	a.groups.mu.Lock()
	a.groups.byID, a.groups.seen = s.Groups, s.Seen
	a.groups.mu.Unlock()
	a.setSelf(cmp.Or(a.self(), s.ACI))
	return nil
}

// save keeps the rosters if they have changed. The events that tell of the changes are durable by now.
func (a *Adapter) save() error {
	a.groups.mu.Lock()
	if !a.groups.dirty {
		a.groups.mu.Unlock()
		return nil
	}
	b, err := json.Marshal(saved{ACI: a.self(), Seen: a.groups.seen, Groups: a.groups.byID})
	a.groups.dirty = err != nil
	a.groups.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode rosters: %w", err)
	}
	if err := a.cursor.Save(string(b)); err != nil {
		return fmt.Errorf("save rosters: %w", err)
	}
	return nil
}

// moment is when and by whom a change was made, as far as it is known.
type moment struct {
	at   time.Time
	by   string // ACI, or empty
	sent int64  // the timestamp of the message that told of it; 0 = none did
}

// refreshAll compares all groups, as the daemon has them, with the rosters. It is done before subscribing:
// the daemon has not received then what waits for us.
func (a *Adapter) refreshAll(ctx context.Context, c *client) ([]chat.Event, error) {
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", a.params(), &list); err != nil {
		return nil, err
	}
	var events []chat.Event
	for _, g := range list {
		more, err := a.compare(ctx, c, g, moment{at: a.now()})
		if err != nil {
			return events, err
		}
		events = append(events, more...)
	}
	return events, nil
}

// refresh looks at one group at Signal's server and returns what has changed in it.
func (a *Adapter) refresh(ctx context.Context, c *client, id string, m moment) ([]chat.Event, error) {
	params := a.params()
	params["groupId"] = []string{id}
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", params, &list); err != nil {
		a.groups.spoil(id)
		return nil, err
	}
	if len(list) == 0 {
		return nil, nil
	}
	return a.compare(ctx, c, list[0], m)
}

// compare makes events of the difference between a group and its roster, accepts an invitation of the bot,
// and remembers the group as it is.
func (a *Adapter) compare(ctx context.Context, c *client, g listedGroup, m moment) ([]chat.Event, error) {
	self := a.self()
	invited := slices.ContainsFunc(g.Pending, func(p listedMember) bool { return p.UUID == self })
	if !g.IsMember && invited && !a.cfg.IgnoreInvites {
		params := a.params()
		params["groupId"] = g.ID
		if err := a.ask(ctx, c, "updateGroup", params, nil); err != nil {
			a.log.Warn("signal group not joined, or nobody there told of it", "error", err)
		}
		params["groupId"] = []string{g.ID}
		var list []listedGroup
		if err := a.ask(ctx, c, "listGroups", params, &list); err != nil {
			return nil, err
		}
		if len(list) > 0 {
			g = list[0]
		}
	}
	old, known := a.groups.get(g.ID)
	now := rosterOf(g, self)
	now.N, now.Picture, now.Call = old.N, old.Picture, old.Call
	if !known && !now.In {
		return nil, nil // a group that the bot has nothing to do with
	}
	if now.In && c != nil && (now.Picture == "" || m.by != "") {
		now.Picture = cmp.Or(a.pictureOf(ctx, c, g.ID), now.Picture)
	}
	if known && !old.stale && old.same(now) {
		return nil, nil
	}
	now.N++
	events := a.changes(ctx, c, old, now, g.ID, m)
	a.groups.set(g.ID, now)
	return events, nil
}

// maxAbout is how many characters of a group's description are kept; the clients allow 480.
const maxAbout = 1000

func rosterOf(g listedGroup, self string) roster {
	r := roster{
		In: g.IsMember, Title: g.Name, Details: g.EditDetails,
		Detailed: true, About: shorten(g.Description, maxAbout), Timer: g.Expires, Writers: g.SendMessage,
	}
	for _, m := range g.Members {
		if m.UUID == "" || m.UUID == self {
			r.Admin = r.Admin || (m.UUID != "" && m.IsAdmin)
			continue
		}
		r.Members = append(r.Members, m.UUID)
		if m.IsAdmin {
			r.Admins = append(r.Admins, m.UUID)
		}
	}
	for _, m := range g.Requesting {
		if isACI(m.UUID) && m.UUID != self {
			r.Asking = append(r.Asking, m.UUID)
		}
	}
	slices.Sort(r.Members)
	slices.Sort(r.Admins)
	slices.Sort(r.Asking)
	return r
}

func (r roster) same(o roster) bool {
	return r.In == o.In && r.Admin == o.Admin && r.Title == o.Title && r.Details == o.Details &&
		r.Detailed == o.Detailed && r.About == o.About && r.Timer == o.Timer && r.Writers == o.Writers && r.Picture == o.Picture &&
		slices.Equal(r.Members, o.Members) && slices.Equal(r.Admins, o.Admins) && slices.Equal(r.Asking, o.Asking)
}

// changes are the events between two rosters.
func (a *Adapter) changes(ctx context.Context, c *client, old, now roster, id string, m moment) []chat.Event {
	event := func(what, who string, body chat.Body) chat.Event { return a.change(id, now, m, what+who, body) }
	var out []chat.Event
	switch {
	case now.In && !old.In:
		if old.N > 0 || !now.isMadeHere() {
			out = append(out, event("arrived", "", chat.Arrived{}))
		}
		old.Title, old.Detailed = "", false // who comes is not told what was changed before
		old.Members = now.Members           // who is there already has not joined now; who asks has no answer yet
	case !now.In && old.In:
		return []chat.Event{event("parted", "", chat.Parted{})}
	case !now.In:
		return nil
	}
	joined, left := missing(now.Members, old.Members), missing(old.Members, now.Members)
	a.look(ctx, c, slices.Concat(joined, left)...)
	for _, who := range joined {
		out = append(out, event("joined:", who, chat.Joined{Who: a.person(who)}))
	}
	for _, who := range left {
		out = append(out, event("left:", who, chat.Left{Who: a.person(who)}))
	}
	if parts := told(old, now); len(parts) > 0 {
		out = append(out, event("told", "", chat.Posted{Ref: a.serviceName(m).ref(chatOf(id)), Parts: parts}))
	}
	return append(out, a.knocked(ctx, c, old, now, id, m)...)
}

// serviceName names a line that Signal itself shows, after the message that told of it.
func (a *Adapter) serviceName(m moment) name {
	n := name{cmp.Or(m.by, a.self()), m.sent}
	if n.sent <= 0 {
		n.sent = max(m.at.UnixMilli(), 1)
	}
	return n
}

// change is an event that a difference between two rosters makes.
func (a *Adapter) change(id string, now roster, m moment, what string, body chat.Body) chat.Event {
	return chat.Event{
		ID: chat.EventID(fmt.Sprintf("signal:%s:%d:%s", id, now.N, what)), At: m.at,
		Chat: chatOf(id), Title: now.Title, By: a.person(m.by), Body: body,
	}
}

// missing returns what of a is not in b; both are in order.
func missing(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool {
		_, found := slices.BinarySearch(b, s)
		return found
	})
}

// person is an account as it is known now; the zero Person for nobody.
func (a *Adapter) person(aci string) chat.Person {
	if aci == "" {
		return chat.Person{}
	}
	name, _ := a.names.get(aci)
	return chat.Person{Identity: identity(aci), Name: name, Bot: aci == a.self()}
}

// level is what the group's own rights give a member.
func (a *Adapter) level(group, aci string) (chat.Level, bool) {
	r, ok := a.groups.get(group)
	if !ok {
		return chat.Member, false
	}
	if _, admin := slices.BinarySearch(r.Admins, aci); admin {
		return chat.Organiser, !r.stale
	}
	return chat.Member, !r.stale
}

// maySetDetails tells whether somebody may change a group's details; of a group that is not known nobody.
func (a *Adapter) maySetDetails(group, aci string) bool {
	r, ok := a.groups.get(group)
	if !ok {
		return false
	}
	_, admin := slices.BinarySearch(r.Admins, aci)
	return admin || (aci == a.self() && r.Admin) || r.Details == everyMember
}

// isMember tells whether somebody is in a group; unknown groups count as all-embracing.
func (a *Adapter) isMember(group, aci string) bool {
	r, ok := a.groups.get(group)
	if !ok || r.stale {
		return true
	}
	_, found := slices.BinarySearch(r.Members, aci)
	return found
}

// staleIDs returns the groups that have to be looked at again.
func (g *groups) staleIDs() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var ids []string
	for id, r := range g.byID {
		if r.stale {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
