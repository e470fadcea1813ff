package adaptertest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// onBoard is the platform of the board.
const onBoard chat.Platform = "board"

// What the board refuses.
var (
	errDown    = errors.New("board: unreachable")
	errMissing = errors.New("board: not there")
	errNotYour = errors.New("board: not yours")
)

// limitedError is the board's "too many".
type limitedError struct{ after time.Duration }

func (e limitedError) Error() string { return fmt.Sprintf("board: wait %s", e.after) }

// board is a small messenger in memory: it proves that the contract can be kept.
type board struct {
	mu      sync.Mutex // guards what follows
	next    int
	names   map[string]string
	groups  map[string]*boardGroup
	order   []string // the groups' ids, the oldest first
	updates []update
	more    chan struct{}
	watch   map[chan struct{}]bool
	files   map[string][]byte
	done    map[string]adapters.Receipt // the bot's calls by key, so that a second one does nothing
	plain   bool                        // it has no buttons and no means against those who write
	links   int
	down    bool
	limits  int
	wait    time.Duration
}

type boardGroup struct {
	id, owner string
	title     string
	private   bool
	members   []string
	invited   []string
	messages  []*world.Shown
	by        map[string]map[string]bool // message → emoji + person
	muted     map[string]bool
	power     map[string]int // who has an entry of his own
	banned    []string
	waiting   []string
	pins      []string
}

func newBoardGroup(id, owner string, members ...string) *boardGroup {
	return &boardGroup{
		id: id, owner: owner, private: owner == "", members: members, by: map[string]map[string]bool{}, muted: map[string]bool{},
		power: map[string]int{},
	}
}

// update is one thing that the board tells the bot.
type update struct {
	group, owner      string
	private           bool
	kind              string // added posted edited deleted reacted joined left knocked pressed
	by, name, message string
	own               bool
	text              chat.Text
	reply             string
	media             []chat.Part
	emoji             string
	on                bool
	note              string
	n                 int
	options           []int
	say               world.Say // of a message: what is not in the fields above
	at                time.Time
}

func newBoard() *board {
	return &board{
		names: map[string]string{}, groups: map[string]*boardGroup{}, more: make(chan struct{}),
		watch: map[chan struct{}]bool{}, files: map[string][]byte{}, done: map[string]adapters.Receipt{},
	}
}

var _ world.World = (*board)(nil)

func (b *board) Platform() chat.Platform { return onBoard }

func (b *board) id(prefix string) string {
	b.next++
	return fmt.Sprintf("%s%d", prefix, b.next)
}

func (b *board) NewPerson(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.id("p")
	b.names[id] = name
	return id
}

func (b *board) NewGroup(title, owner string, others ...string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.newGroup(title, owner, append([]string{owner}, others...)...)
	b.tell(g, update{kind: "added", by: owner})
	return g.id
}

// newGroup makes a group that nobody has been told of.
func (b *board) newGroup(title, owner string, members ...string) *boardGroup {
	g := newBoardGroup(b.id("g"), owner, members...)
	g.title = title
	b.groups[g.id] = g
	b.order = append(b.order, g.id)
	return g
}

func (b *board) Private(person string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.alone(person)
}

// alone opens a conversation with the bot.
func (b *board) alone(person string) string {
	id := "private-" + person
	if b.groups[id] == nil {
		b.groups[id] = newBoardGroup(id, "", person)
	}
	return id
}

// tell adds an update; everybody who watches is woken.
func (b *board) tell(g *boardGroup, u update) {
	u.group, u.owner, u.private, u.name, u.at = g.id, g.owner, g.private, b.names[u.by], time.Now().UTC()
	b.updates = append(b.updates, u)
	close(b.more)
	b.more = make(chan struct{})
	for c := range b.watch {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (b *board) Changes() (<-chan struct{}, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{}, 1)
	b.watch[c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watch, c)
	}
}

// find returns a message of a group.
func (b *board) find(group, message string) (*boardGroup, *world.Shown, error) {
	g := b.groups[group]
	if g == nil {
		return nil, nil, errMissing
	}
	i := slices.IndexFunc(g.messages, func(m *world.Shown) bool { return m.ID == message })
	if i < 0 || g.messages[i].Deleted {
		return g, nil, errMissing
	}
	return g, g.messages[i], nil
}

// post adds a message; own tells that the bot did it.
func (b *board) post(group, by, name string, own bool, what world.Say) (string, error) {
	g := b.groups[group]
	if g == nil || (!own && !slices.Contains(g.members, by)) {
		return "", errMissing
	}
	if g.muted[by] && !own {
		return "", errNotYour
	}
	m := &world.Shown{
		ID: b.id("m"), Author: by, Name: name, FromBot: own, Text: what.Text.Normal(), ReplyTo: what.ReplyTo, Media: what.Media,
		At: time.Now(),
	}
	g.messages = append(g.messages, m)
	if what.Thing != nil {
		m.Things = []chat.Part{*what.Thing}
	}
	m.Quote, m.Thread = what.Quote, what.Thread
	u := update{kind: "posted", by: by, message: m.ID, own: own, text: m.Text, reply: m.ReplyTo, say: what}
	for _, f := range what.Media {
		u.media = append(u.media, b.keep(f))
	}
	b.tell(g, u)
	return m.ID, nil
}

// keep stores a file and returns the part that names it.
func (b *board) keep(f world.Media) chat.Part {
	key := b.id("f")
	b.files[key] = f.Bytes
	return chat.Part{Kind: f.Kind, Hidden: f.Hidden, Media: chat.Media{Platform: onBoard, Key: key, Name: f.Name, MIME: f.MIME, Size: int64(len(f.Bytes))}}
}

func (b *board) Say(person, group string, what world.Say) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.plain && (what.Thing != nil || what.Quote != "" || what.Thread != "" || what.Once || what.Vanish != 0 || what.Forward != "") {
		return "", world.ErrNone
	}
	return b.post(group, person, b.names[person], false, what)
}

func (b *board) Edit(person, group, message string, text chat.Text) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.edit(person, group, message, text, nil, false)
}

func (b *board) edit(by, group, message string, text chat.Text, media []world.Media, own bool) error {
	g, m, err := b.find(group, message)
	if err != nil {
		return err
	}
	if m.Author != by {
		return errNotYour
	}
	m.Text, m.Edited = text.Normal(), true
	if media != nil {
		m.Media = media
	}
	u := update{kind: "edited", by: by, message: message, text: m.Text, own: own}
	for _, f := range m.Media {
		u.media = append(u.media, b.keep(f))
	}
	b.tell(g, u)
	return nil
}

func (b *board) Delete(person, group, message string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.remove(person, group, message, false)
}

func (b *board) remove(by, group, message string, own bool) error {
	g, m, err := b.find(group, message)
	if err != nil {
		return err
	}
	if m.Author != by && g.owner != by {
		return errNotYour
	}
	m.Deleted, m.Text, m.Media = true, chat.Text{}, nil
	b.tell(g, update{kind: "deleted", by: by, message: message, own: own})
	return nil
}

func (b *board) React(person, group, message, emoji string, on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.react(person, b.names[person], group, message, emoji, on, false)
}

func (b *board) react(by, name, group, message, emoji string, on, own bool) error {
	g, m, err := b.find(group, message)
	if err != nil {
		return err
	}
	if m.Reactions == nil {
		m.Reactions = map[string][]string{}
	}
	m.Reactions[emoji] = slices.DeleteFunc(slices.Clone(m.Reactions[emoji]), func(n string) bool { return n == name })
	if on {
		m.Reactions[emoji] = append(m.Reactions[emoji], name)
	}
	b.tell(g, update{kind: "reacted", by: by, message: message, emoji: emoji, on: on, own: own})
	return nil
}

func (b *board) Join(person, group string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[group]
	if slices.Contains(g.banned, person) {
		return errNotYour
	}
	b.let(g, person)
	return nil
}

func (b *board) Leave(person, group string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[group]
	g.members = slices.DeleteFunc(g.members, func(m string) bool { return m == person })
	b.tell(g, update{kind: "left", by: person})
	return nil
}

func (b *board) Rename(person, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names[person] = name
}

func (b *board) Groups() []world.Group {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []world.Group
	for _, id := range b.order {
		g := b.groups[id]
		out = append(out, world.Group{ID: id, Title: g.title, Invited: slices.Clone(g.invited)})
	}
	return out
}

func (b *board) Messages(group string) []world.Shown {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []world.Shown
	for _, m := range b.groups[group].messages {
		out = append(out, *m)
	}
	return out
}

func (b *board) Members(group string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.groups[group].members)
}
