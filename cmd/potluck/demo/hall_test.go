package demo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// hall is a messenger in memory, the least that a world must be: what the page and the scenario need is
// proven against it without any platform's own ways. Its bot is played by a steward.
type hall struct {
	platform chat.Platform
	events   *queue

	mu        sync.Mutex // guards what follows
	next      int
	people    map[string]string // id → name
	calmed    map[string]bool   // who may not write
	groups    map[string]*hallGroup
	order     []string // the ids of groups, the oldest first
	listeners map[chan struct{}]bool
}

type hallGroup struct {
	id, title, owner, private string
	members, invited, pinned  []string
	messages                  []world.Shown
}

// happening is what a hall tells its steward.
type happening struct {
	hall           *hall
	what           string // say, edit, delete, react, unreact, press
	person, name   string
	group, message string
	text           chat.Text
	replyTo, emoji string
	media          []world.Media
	owner, private bool
}

var _ world.World = (*hall)(nil)

var errHall = errors.New("the hall refuses")

func newHall(p chat.Platform, events *queue) *hall {
	return &hall{
		platform: p, events: events, people: map[string]string{"bot": "Potluck"}, calmed: map[string]bool{},
		groups: map[string]*hallGroup{}, listeners: map[chan struct{}]bool{},
	}
}

func (h *hall) id(kind string) string {
	h.next++
	return fmt.Sprintf("%s-%s%d", h.platform, kind, h.next)
}

func (h *hall) CastVote(_, _, _ string, _ ...int) error { return world.ErrNone }

func (h *hall) EndPoll(_, _, _ string) error { return world.ErrNone }

func (h *hall) SetPinned(_, _, _ string, _ bool) error { return world.ErrNone }

func (h *hall) Platform() chat.Platform { return h.platform }

func (h *hall) NewPerson(name string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := h.id("person")
	h.people[id] = name
	return id
}

func (h *hall) NewGroup(title, owner string, others ...string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := h.id("group")
	h.groups[id] = &hallGroup{id: id, title: title, owner: owner, members: append([]string{owner}, others...)}
	h.order = append(h.order, id)
	h.notice(h.groups[id], h.people[owner]+" made the group")
	return id
}

func (h *hall) Private(person string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, g := range h.groups {
		if g.private == person {
			return id
		}
	}
	id := h.id("private")
	h.groups[id] = &hallGroup{id: id, title: "Potluck", owner: person, private: person, members: []string{person}}
	return id
}

func (h *hall) notice(g *hallGroup, words string) {
	g.messages = append(g.messages, world.Shown{ID: h.id("line"), Text: chat.Plain(words), Service: true, At: time.Now()})
	h.changed()
}

func (h *hall) changed() {
	for c := range h.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (h *hall) Say(person, group string, s world.Say) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.groups[group]
	if g == nil || !slices.Contains(g.members, person) {
		return "", fmt.Errorf("%s is not in that group: %w", person, errHall)
	}
	if h.calmed[person] && g.private == "" {
		return "", fmt.Errorf("%s may not write: %w", person, errHall)
	}
	m := world.Shown{ID: h.id("m"), Author: person, Name: h.people[person], Text: s.Text, ReplyTo: s.ReplyTo, Media: s.Media, At: time.Now()}
	g.messages = append(g.messages, m)
	h.changed()
	h.events.put(happening{
		hall: h, what: "say", person: person, name: m.Name, group: group, message: m.ID, text: s.Text,
		replyTo: s.ReplyTo, media: s.Media, owner: g.owner == person, private: g.private != "",
	})
	return m.ID, nil
}

// change changes one message and tells the steward.
func (h *hall) change(by happening, allowed func(world.Shown, *hallGroup) bool, change func(*world.Shown)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.groups[by.group]
	if g == nil {
		return fmt.Errorf("no such group: %w", errHall)
	}
	i := slices.IndexFunc(g.messages, func(m world.Shown) bool { return m.ID == by.message })
	if i < 0 || g.messages[i].Deleted || !allowed(g.messages[i], g) {
		return fmt.Errorf("message can't be changed: %w", errHall)
	}
	change(&g.messages[i])
	h.changed()
	if by.person != "bot" {
		by.hall, by.name = h, h.people[by.person]
		h.events.put(by)
	}
	return nil
}

func (h *hall) Edit(person, group, message string, text chat.Text) error {
	own := func(m world.Shown, _ *hallGroup) bool { return m.Author == person }
	return h.change(happening{what: "edit", person: person, group: group, message: message, text: text}, own, func(m *world.Shown) {
		m.Text, m.Edited = text, true
	})
}

func (h *hall) Delete(person, group, message string) error {
	may := func(m world.Shown, g *hallGroup) bool {
		return m.Author == person || g.owner == person || person == "bot"
	}
	return h.change(happening{what: "delete", person: person, group: group, message: message}, may, func(m *world.Shown) { m.Deleted = true })
}

func (h *hall) React(person, group, message, emoji string, on bool) error {
	what := map[bool]string{true: "react", false: "unreact"}[on]
	everybody := func(world.Shown, *hallGroup) bool { return true }
	return h.change(happening{what: what, person: person, group: group, message: message, emoji: emoji}, everybody, func(m *world.Shown) {
		m.Reactions = react(m.Reactions, emoji, h.people[person], on)
	})
}

func react(old map[string][]string, emoji, name string, on bool) map[string][]string {
	out := map[string][]string{}
	for e, names := range old {
		out[e] = slices.Clone(names)
	}
	out[emoji] = slices.DeleteFunc(out[emoji], func(n string) bool { return n == name })
	if on {
		out[emoji] = append(out[emoji], name)
	}
	return out
}

func (h *hall) Join(person, group string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.groups[group]
	g.members = append(g.members, person)
	g.invited = slices.DeleteFunc(g.invited, func(p string) bool { return p == person })
	h.notice(g, h.people[person]+" joined")
	h.events.put(happening{hall: h, what: "joined", name: h.people[person], group: group})
	return nil
}

func (h *hall) Leave(person, group string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.groups[group]
	g.members = slices.DeleteFunc(g.members, func(m string) bool { return m == person })
	h.notice(g, h.people[person]+" left")
	h.events.put(happening{hall: h, what: "left", name: h.people[person], group: group})
	return nil
}

// The hall has no doors; it has pins and buttons.
func (h *hall) Knock(string, string, string) error { return errHall }
func (h *hall) Waiting(string) []string            { return nil }

func (h *hall) Pinned(group string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.groups[group].pinned)
}

func (h *hall) Rights(person, group string) world.Rights {
	in := slices.Contains(h.Members(group), person)
	h.mu.Lock()
	defer h.mu.Unlock()
	return world.Rights{In: in, MayWrite: in && !h.calmed[person]}
}

// calm takes somebody's right to write, or gives it back.
func (h *hall) calm(person string, on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calmed[person] = on
	h.changed()
}

// pin shows a message at the top of its group.
func (h *hall) pin(group, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.groups[group].pinned = append(h.groups[group].pinned, message)
	h.changed()
}

// byName returns who is called so, with any case.
func (h *hall) byName(name string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, called := range h.people {
		if strings.EqualFold(called, strings.TrimPrefix(name, "@")) {
			return id
		}
	}
	return ""
}

func (h *hall) Press(person, group, message string, n int) error {
	everybody := func(m world.Shown, _ *hallGroup) bool { return n >= 0 && n < len(m.Choices) }
	return h.change(happening{what: "press", person: person, group: group, message: message}, everybody, func(m *world.Shown) {
		m.Reactions = react(m.Reactions, m.Choices[n], h.people[person], true)
	})
}

func (h *hall) Rename(person, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.people[person] = name
	h.changed()
}

func (h *hall) Groups() []world.Group {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []world.Group
	for _, id := range h.order {
		out = append(out, world.Group{ID: id, Title: h.groups[id].title, Invited: slices.Clone(h.groups[id].invited)})
	}
	return out
}

func (h *hall) Messages(group string) []world.Shown {
	h.mu.Lock()
	defer h.mu.Unlock()
	if g := h.groups[group]; g != nil {
		return slices.Clone(g.messages)
	}
	return nil
}

func (h *hall) Members(group string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.groups[group].members)
}

func (h *hall) Changes() (<-chan struct{}, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan struct{}, 1)
	h.listeners[c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.listeners, c)
	}
}

// botSays posts as the bot, for an author from elsewhere if there is one: under his name where the hall has
// ghosts (Matrix), else before the text.
func (h *hall) botSays(group, author string, s world.Say, choices ...string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := world.Shown{ID: h.id("m"), Author: "bot", Name: "Potluck", FromBot: true, Text: s.Text, ReplyTo: s.ReplyTo, Media: s.Media, Choices: choices, At: time.Now()}
	if author != "" {
		m.Name, m.Text = h.as(author, s.Text)
	}
	g := h.groups[group]
	g.messages = append(g.messages, m)
	h.changed()
	return m.ID
}

func (h *hall) as(author string, t chat.Text) (string, chat.Text) {
	if h.platform == chat.Matrix {
		return author, t
	}
	return "Potluck", chat.Styled(chat.Bold, author, "").Append(chat.Plain("\n"), t).Trim()
}

// botOpens makes a group of the bot's and asks people to come.
func (h *hall) botOpens(title string, invited ...string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := h.id("group")
	h.groups[id] = &hallGroup{id: id, title: title, owner: "bot", invited: invited}
	h.order = append(h.order, id)
	h.notice(h.groups[id], "Potluck made the group")
	return id
}

// retitle gives a group another title.
func (h *hall) retitle(group, title string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.groups[group].title = title
	h.notice(h.groups[group], "the title changed")
}

// botReacts gives the house's single reaction, or a ghost's.
func (h *hall) botReacts(group, message, emoji, name string, on bool) {
	if h.platform != chat.Matrix {
		name = "Potluck"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, m := range h.groups[group].messages {
		if m.ID == message {
			h.groups[group].messages[i].Reactions = react(m.Reactions, emoji, name, on)
		}
	}
	h.changed()
}

// queue carries happenings, as many as there are.
type queue struct {
	mu    sync.Mutex // guards all
	items []happening
	some  chan struct{}
}

func newQueue() *queue { return &queue{some: make(chan struct{}, 1)} }

func (q *queue) put(h happening) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, h)
	select {
	case q.some <- struct{}{}:
	default:
	}
}

func (q *queue) take() []happening {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.items
	q.items = nil
	return all
}

func words(t chat.Text) []string { return strings.Fields(strings.TrimLeft(t.Plain, "/!")) }
