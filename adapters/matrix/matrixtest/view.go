package matrixtest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// view is a room as its people's clients show it, read on from where it was left.
type view struct {
	owner, room string
	turn        int // how many rooms the World knew before

	mu      sync.Mutex // guards all below; held while reading on
	seen    map[string]bool
	lines   []*line
	byID    map[string]*line
	members map[string]string // who is in it → display name
	names   map[string]string // everybody who ever was
	waiting []string          // who has knocked and has no answer, in order
	edits   map[string]string // edit → its message
	given   map[string]reaction
	files   map[string][]byte
	// responses are the votes in polls: event → the poll.
	responses map[string]*line
}

// line is a message or a service line.
type line struct {
	shown     world.Shown
	original  chat.Text
	edits     []edit
	reactions []reaction
	url       string
	first     edit // the file as it was posted
	survey    *survey
}

type edit struct {
	id     string
	text   chat.Text
	url    string
	media  []world.Media
	things []chat.Part
}

type reaction struct{ id, message, sender, emoji string }

func newView(owner, room string, turn int) *view {
	return &view{
		owner: owner, room: room, turn: turn, responses: map[string]*line{}, seen: map[string]bool{}, byID: map[string]*line{}, members: map[string]string{}, names: map[string]string{},
		edits: map[string]string{}, given: map[string]reaction{}, files: map[string][]byte{},
	}
}

// Messages returns what a person in the room sees now.
func (w *World) Messages(group string) []world.Shown {
	v := w.look(group)
	if v == nil {
		return nil
	}
	defer v.mu.Unlock()
	out := make([]world.Shown, 0, len(v.lines))
	for _, l := range v.lines {
		m := l.shown
		m.Name = v.nameOf(m.Author)
		if l.survey != nil && !m.Deleted {
			m.Things, m.Votes = []chat.Part{l.survey.part()}, l.survey.votes(v.nameOf)
		}
		m.Reactions = map[string][]string{}
		for _, r := range l.reactions {
			m.Reactions[r.emoji] = append(m.Reactions[r.emoji], v.nameOf(r.sender))
		}
		if l.url != "" && !m.Deleted {
			m.Media = []world.Media{m.Media[0]}
			m.Media[0].Bytes = w.bytesOf(v, l.url)
		}
		out = append(out, m)
	}
	return out
}

// Members returns the people in the room.
func (w *World) Members(group string) []string {
	v := w.look(group)
	if v == nil {
		return nil
	}
	defer v.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, id := range w.order {
		if _, in := v.members[id]; in {
			out = append(out, id)
		}
	}
	return out
}

// Ghosts returns the display names of the accounts in the room that are no people and not the bot.
func (w *World) Ghosts(group string) []string {
	v := w.look(group)
	if v == nil {
		return nil
	}
	defer v.mu.Unlock()
	var out []string
	for id, name := range v.members {
		if id != w.home.BotID && !w.isPerson(id) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (w *World) isPerson(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.people[id]
	return ok
}

// look reads a room on and returns its view, locked; nil if it is not a room of this world.
func (w *World) look(group string) *view {
	w.mu.Lock()
	v := w.views[group]
	w.mu.Unlock()
	if v == nil {
		return nil
	}
	v.mu.Lock()
	w.readOn(group, v)
	return v
}

type seen struct {
	ID       string          `json:"event_id"`
	Type     string          `json:"type"`
	Sender   string          `json:"sender"`
	Key      *string         `json:"state_key"`
	At       int64           `json:"origin_server_ts"`
	Redacts  string          `json:"redacts"`
	Content  json.RawMessage `json:"content"`
	Unsigned struct {
		Because json.RawMessage `json:"redacted_because"`
	} `json:"unsigned"`
}

// readOn reads backwards from now until it meets a page with something it knows: Dendrite cannot page
// forwards from the beginning, and sorts what was sent at the same time anew.
func (w *World) readOn(group string, v *view) {
	var news []seen
	for from, known := "", false; !known; {
		q := url.Values{"dir": {"b"}, "limit": {"50"}}
		if from != "" {
			q.Set("from", from)
		}
		var page struct {
			Chunk []seen `json:"chunk"`
			End   string `json:"end"`
		}
		if err := w.api.call(w.ctx, w.reading(v), "GET", roomPath(group)+"/messages?"+q.Encode(), nil, &page); err != nil {
			return // nobody who could look is left in the room
		}
		for _, e := range page.Chunk {
			if v.seen[e.ID] {
				known = true
				continue
			}
			news = append(news, e)
		}
		if len(page.Chunk) == 0 || page.End == "" || page.End == from {
			break
		}
		from = page.End
	}
	for _, e := range slices.Backward(news) {
		if !v.seen[e.ID] {
			v.seen[e.ID] = true
			w.show(v, e)
		}
	}
}

// reading returns the login of somebody in the room, its owner if he still is.
func (w *World) reading(v *view) login {
	if _, in := v.members[v.owner]; in || len(v.members) == 0 {
		return w.as(v.owner)
	}
	for id := range v.members {
		if w.isPerson(id) {
			return w.as(id)
		}
	}
	return w.as(v.owner)
}

func (w *World) show(v *view, e seen) {
	switch {
	case e.Key != nil:
		w.showState(v, e)
	case e.Type == "m.room.redaction":
		v.takeAway(redactedBy(e))
	case e.Type == "m.reaction":
		v.showReaction(e)
	case e.Type == "m.room.message" || e.Type == "m.sticker":
		w.showMessage(v, e)
	case e.Type == pollStart || e.Type == pollResponse || e.Type == pollEnd:
		w.showPoll(v, e)
	case e.Type == "m.room.encrypted":
		v.add(&line{shown: w.shown(e, chat.Plain("Unable to decrypt"))})
	}
}

// redactedBy returns what a redaction is about, wherever the room version puts it.
func redactedBy(e seen) string {
	if e.Redacts != "" {
		return e.Redacts
	}
	var c struct {
		Redacts string `json:"redacts"`
	}
	_ = json.Unmarshal(e.Content, &c) // a redaction of nothing takes nothing away
	return c.Redacts
}

func (w *World) shown(e seen, text chat.Text) world.Shown {
	return world.Shown{
		ID: e.ID, Author: e.Sender, FromBot: !w.isPerson(e.Sender), Text: text, At: time.UnixMilli(e.At),
	}
}

func (v *view) add(l *line) {
	l.original = l.shown.Text
	v.lines = append(v.lines, l)
	v.byID[l.shown.ID] = l
}

func (w *World) showState(v *view, e seen) {
	say := ""
	switch e.Type {
	case "m.room.member":
		var m memberContent
		_ = json.Unmarshal(e.Content, &m) // no membership: shown as gone
		before, was := v.members[*e.Key]
		v.waiting = slices.DeleteFunc(v.waiting, func(id string) bool { return id == *e.Key })
		if m.Membership == "knock" {
			v.waiting = append(v.waiting, *e.Key)
		}
		if m.Membership == "join" {
			v.members[*e.Key], v.names[*e.Key] = m.Name, m.Name
		} else {
			delete(v.members, *e.Key)
		}
		switch {
		case m.Membership == "join" && !was:
			say = m.Name + " joined"
		case m.Membership == "join" && before != m.Name:
			say = before + " is now " + m.Name
		case m.Membership == "leave" && was:
			say = before + " left"
		case m.Membership == "ban":
			say = *e.Key + " was banned"
		}
	case "m.room.name":
		say = "the title changed to “" + nameIn(e.Content) + "”"
	case "m.room.avatar":
		say = "the picture changed"
	case "m.room.topic":
		say = "the topic changed"
	case "m.room.tombstone":
		say = "This room has been replaced"
	}
	if say != "" {
		l := &line{shown: w.shown(e, chat.Plain(say))}
		l.shown.Service = true
		v.add(l)
	}
}

func (v *view) showReaction(e seen) {
	rel := relationOf(e.Content)
	l := v.byID[rel.To]
	if rel.Type != "m.annotation" || l == nil {
		return
	}
	r := reaction{e.ID, rel.To, e.Sender, rel.Key}
	l.reactions = append(l.reactions, r)
	v.given[e.ID] = r
}

// takeAway shows a message as deleted, or a reaction or an edit not at all.
func (v *view) takeAway(id string) {
	if r, ok := v.given[id]; ok {
		l := v.byID[r.message]
		l.reactions = slices.DeleteFunc(l.reactions, func(x reaction) bool { return x.id == id })
		return
	}
	if l := v.responses[id]; l != nil {
		l.survey.responses = slices.DeleteFunc(l.survey.responses, func(r response) bool { return r.id == id })
		return
	}
	if of := v.edits[id]; of != "" {
		l := v.byID[of]
		l.edits = slices.DeleteFunc(l.edits, func(x edit) bool { return x.id == id })
		l.refresh()
		return
	}
	if l := v.byID[id]; l != nil {
		l.shown.Deleted, l.original, l.first = true, chat.Text{}, edit{}
		l.refresh()
	}
}

// refresh shows the newest content that is left: that of an edit survives the redaction of its original.
func (l *line) refresh() {
	l.shown.Text, l.shown.Edited = l.original, len(l.edits) > 0
	l.shown.Media, l.url, l.shown.Things = l.first.media, l.first.url, l.first.things
	if n := len(l.edits); n > 0 {
		last := l.edits[n-1]
		l.shown.Text, l.shown.Media, l.url, l.shown.Things = last.text, last.media, last.url, last.things
	}
	if l.shown.Deleted {
		l.shown.Media, l.shown.Things = nil, nil
	}
}

func (w *World) showMessage(v *view, e seen) {
	var c content
	_ = json.Unmarshal(e.Content, &c) // what cannot be read is shown empty
	if c.Relates.Type == "m.replace" && c.New != nil {
		l := v.byID[c.Relates.To]
		if l == nil || l.shown.Author != e.Sender {
			return
		}
		v.edits[e.ID] = c.Relates.To
		l.edits = append(l.edits, edit{e.ID, c.New.text(), c.New.URL, c.New.files(e.Type), c.New.place()})
		l.refresh()
		return
	}
	l := &line{shown: w.shown(e, c.text()), url: c.URL, first: edit{url: c.URL, media: c.files(e.Type), things: c.place()}}
	l.stand(e.Content)
	l.shown.Deleted = isTaken(e)
	l.shown.Media, l.shown.Things = l.first.media, l.first.things
	v.add(l)
}

func (v *view) nameOf(id string) string {
	if n := v.names[id]; n != "" {
		return n
	}
	return id
}

// bytesOf downloads a file once.
func (w *World) bytesOf(v *view, uri string) []byte {
	if b, ok := v.files[uri]; ok {
		return b
	}
	path := "/_matrix/client/v1/media/download/" + strings.TrimPrefix(uri, "mxc://")
	b, _, err := w.api.raw(w.ctx, w.reading(v), "GET", path, "", nil)
	if err != nil {
		return nil // a client shows a broken picture
	}
	v.files[uri] = b
	return b
}

// event reads an event as a person of the room. Dendrite does not know one for some milliseconds after it has taken it.
func (w *World) event(api client, person, room, id string, out any) (err error) {
	for range 50 {
		if err = api.call(w.ctx, w.as(person), "GET", roomPath(room)+"/event/"+seg(id), nil, out); err == nil {
			return nil
		}
		pause(w.ctx, 20*time.Millisecond)
	}
	return err
}
