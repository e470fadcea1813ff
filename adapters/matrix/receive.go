package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// originKey is the field of a content that says which effect made it.
const originKey = "chat.potluck.origin"

// batch collects what a /sync turns into.
type batch struct {
	events []chat.Event
	notes  []func() // what to remember once the events are durable
}

func (b *batch) later(f func()) { b.notes = append(b.notes, f) }

// receive turns one event of a room's timeline into chat events. Its error means that something could not
// be looked up now: the whole batch must come again.
func (a *Adapter) receive(ctx context.Context, s *session, room string, e rawEvent, b *batch) error {
	if e.Key != nil {
		return a.receiveState(ctx, s, room, e, b)
	}
	c := objectOf(e.Content)
	if a.isOurs(e.Sender) {
		a.echo(e, c)
		return nil
	}
	if c.has(originKey) || e.isRedacted() {
		return nil // another house's copy, or nothing any more
	}
	switch e.Type {
	case "m.room.message", "m.sticker":
		return a.receiveMessage(ctx, s, room, e, c, b)
	case "m.reaction":
		a.receiveReaction(ctx, s, room, e, c, b)
	case "m.room.redaction":
		a.receiveRedaction(ctx, s, room, e, c, b)
	case "m.room.encrypted":
		if a.once("encrypted " + room) {
			a.post(ctx, s, room, e, lineOf("encrypted, and the bot cannot read it; later ones are not shown"), b)
		}
	case "m.call.invite":
		a.post(ctx, s, room, e, lineOf("a call"), b)
	default:
		a.receiveUnknown(ctx, s, room, e, c, b)
	}
	return nil
}

func lineOf(line string) message {
	return message{parts: []chat.Part{{Kind: chat.Other, Line: line}}}
}

// echo remembers that an effect of ours is done.
func (a *Adapter) echo(e rawEvent, c object) {
	if origin := c.str(originKey); origin != "" && !e.isRedacted() {
		a.sent.done(origin, e.ID)
	}
}

// event returns an event of the room by the sender, without a body yet.
func (a *Adapter) event(ctx context.Context, s *session, room string, e rawEvent) chat.Event {
	return chat.Event{
		ID: chat.EventID("matrix:" + e.ID), At: timeOf(e.At),
		Chat: chat.Chat{Platform: chat.Matrix, ID: room}, Title: a.title(ctx, s, room),
		Private: a.isPrivate(ctx, s, room), By: a.person(ctx, s, room, e.Sender),
	}
}

// timeOf reads a server's time; one that cannot be is the beginning of time.
func timeOf(ms int64) time.Time {
	return time.UnixMilli(min(max(ms, 1), 253402300799000)).UTC()
}

func (a *Adapter) person(ctx context.Context, s *session, room, user string) chat.Person {
	return a.named(user, a.nameOf(ctx, s, room, user))
}

// named returns an account with its name. Its id without the '@' is what people of Matrix call each other by;
// people from elsewhere have none here.
func (a *Adapter) named(user, name string) chat.Person {
	p := chat.Person{Identity: a.identity(user), Name: name}
	if p.Identity.Platform == chat.Matrix {
		p.Nick = strings.TrimPrefix(user, "@")
	}
	return p
}

// identity returns who an account is: of a ghost the person from elsewhere.
func (a *Adapter) identity(user string) chat.Identity {
	if who, ok := a.personOf(user); ok {
		return who
	}
	return chat.Identity{Platform: chat.Matrix, ID: user}
}

func (a *Adapter) whose(user string) string { return a.identity(user).String() }

func (a *Adapter) receiveMessage(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) error {
	if c.str("msgtype") == "m.notice" {
		return nil // what bots say to people; answering it is how loops begin
	}
	rel := relationOf(c)
	if rel.kind == "m.replace" {
		return a.receiveEdit(ctx, s, room, e, c, rel, b)
	}
	author := a.nameOf(ctx, s, room, e.Sender)
	m := messageOf(e.Type, c, author, rel.reply != "", a.whose)
	if m.isEmpty() {
		return nil
	}
	ev := a.event(ctx, s, room, e)
	reply := a.reply(ctx, s, room, rel)
	if chat.LooksLikeCommand(m.text) || reply != nil && isNumber(m.text) {
		ev.By.Level, ev.By.Unsure = a.level(ctx, s, room, e.Sender)
	}
	ev.Body = chat.Posted{Ref: ref(room, e.ID), Text: m.text, Parts: m.parts, Reply: reply}
	b.events = append(b.events, ev)
	b.later(func() { a.recent.add(e.ID, note{e.Sender, author, quoteOf(m)}) })
	return nil
}

// isNumber tells whether a text can be the number of a choice.
func isNumber(t chat.Text) bool {
	n := strings.TrimSpace(t.Plain)
	return len(n) == 1 && n[0] >= '1' && n[0] <= '0'+chat.MaxChoices
}

func ref(room, event string) chat.Ref {
	return chat.Ref{Chat: chat.Chat{Platform: chat.Matrix, ID: room}, ID: event}
}

// quoteOf returns how a message is quoted.
func quoteOf(m message) string {
	q := m.text.Plain
	if q == "" && len(m.parts) > 0 {
		q = m.parts[0].Describe()
	}
	if r := []rune(q); len(r) > 299 {
		return string(r[:299]) + "…"
	}
	return q
}

// reply tells what a message answers; one in a thread answers the thread's beginning.
func (a *Adapter) reply(ctx context.Context, s *session, room string, rel relation) *chat.Reply {
	to := rel.reply
	if to == "" && rel.kind == "m.thread" {
		to = rel.to
	}
	if !isEventID(to) {
		return nil
	}
	r := &chat.Reply{Ref: ref(room, to)}
	n, ok := a.recent.get(to)
	if !ok {
		n, ok = a.lookUp(ctx, s, room, to)
	}
	if ok {
		r.Name, r.Quote = n.name, n.quote
	}
	return r
}

// lookUp asks for an old message, to quote it; not to have it is no failure.
func (a *Adapter) lookUp(ctx context.Context, s *session, room, id string) (note, bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	e, err := a.fetchEvent(ctx, s, room, id)
	if err != nil {
		return note{}, false
	}
	c := objectOf(e.Content)
	n := note{sender: e.Sender, name: a.nameOf(ctx, s, room, e.Sender)}
	if a.isOurs(e.Sender) {
		n.name = cleanName(c.sub("com.beeper.per_message_profile").str("displayname"))
		if n.name == "" {
			n.name = a.nameOf(ctx, s, room, e.Sender)
		}
	}
	n.quote = quoteOf(messageOf(e.Type, c, n.name, false, a.whose))
	return n, true
}

// fetchEvent asks for one event of a room.
func (a *Adapter) fetchEvent(ctx context.Context, s *session, room, id string) (rawEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var raw json.RawMessage
	_, err := s.bot.MakeRequest(ctx, http.MethodGet, s.bot.BuildClientURL("v3", "rooms", room, "event", id), nil, &raw)
	if err != nil {
		a.lost(s, err)
		return rawEvent{}, err
	}
	e, ok := decodeEvent(raw)
	if !ok {
		return rawEvent{}, refuse(chat.NotFound, "event %s is not readable", id)
	}
	return e, nil
}

// receiveEdit tells of an edit, if it is by the author: servers do not look after that.
func (a *Adapter) receiveEdit(ctx context.Context, s *session, room string, e rawEvent, c object, rel relation, b *batch) error {
	if !isEventID(rel.to) {
		return nil
	}
	original, known := a.recent.get(rel.to)
	if !known {
		raw, err := a.fetchEvent(ctx, s, room, rel.to)
		if err != nil && !isAnswer(err) {
			return err
		}
		original.sender = raw.Sender
	}
	if original.sender != e.Sender {
		return nil
	}
	content := c.sub("m.new_content")
	if content == nil {
		return nil
	}
	author := a.nameOf(ctx, s, room, e.Sender)
	m := messageOf("m.room.message", content, author, false, a.whose)
	if m.isEmpty() {
		return nil
	}
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Edited{Ref: ref(room, rel.to), Text: m.text, Parts: m.parts}
	b.events = append(b.events, ev)
	b.later(func() { a.recent.add(rel.to, note{e.Sender, author, quoteOf(m)}) })
	return nil
}

// maxEmoji is the most bytes of a reaction: an emoji with joiners, or a word.
const maxEmoji = 64

func (a *Adapter) receiveReaction(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) {
	rel := relationOf(c)
	emoji := rel.key
	if isMXC(emoji) || emoji == "" {
		emoji = c.str("shortcode")
		if emoji == "" {
			emoji = c.str("com.beeper.reaction.shortcode")
		}
	}
	emoji = oneLine(emoji)
	if rel.kind != "m.annotation" || !isEventID(rel.to) || emoji == "" || len(emoji) > maxEmoji {
		return
	}
	ev := a.event(ctx, s, room, e)
	ev.By.Level, ev.By.Unsure = a.level(ctx, s, room, e.Sender) // it may choose what is offered under the message
	ev.Body = chat.Reacted{Ref: ref(room, rel.to), Emoji: []string{emoji}, Change: chat.ReactionAdded, Own: ref(room, e.ID)}
	b.events = append(b.events, ev)
}

// receiveRedaction tells that a message or a reaction is gone. From room version 11 on the target is in
// the content.
func (a *Adapter) receiveRedaction(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) {
	target := e.Redacts
	if target == "" {
		target = c.str("redacts")
	}
	if !isEventID(target) {
		return
	}
	b.later(func() { a.messages.goes(target) })
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Deleted{Ref: ref(room, target)}
	b.events = append(b.events, ev)
}

// receiveUnknown tells polls, and of kinds that nobody here knows what they say for old clients; a kind
// without words is told once per room.
func (a *Adapter) receiveUnknown(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) {
	if part, ok := pollOf(e.Type, c); ok {
		a.post(ctx, s, room, e, message{parts: []chat.Part{part}}, b)
		return
	}
	if isSilent(e.Type) {
		return
	}
	if line := plainOf(c); line != "" {
		a.post(ctx, s, room, e, lineOf(line), b)
		return
	}
	if a.once("kind " + room + " " + e.Type) {
		a.post(ctx, s, room, e, lineOf("of the kind "+oneLine(e.Type)), b)
	}
}

// isSilent tells whether people never see events of a kind.
func isSilent(kind string) bool {
	for _, p := range []string{
		"m.call.", "org.matrix.msc3401.", "org.matrix.msc4075.", "m.key.", "m.room_key", "m.receipt", "m.typing",
		"m.beacon", "org.matrix.msc3672.", "m.poll.", "org.matrix.msc3381.poll.", "m.rtc.", "org.matrix.msc4143.",
		"m.policy.", "m.space.", "m.room.", "io.element.", "im.vector.", "com.beeper.",
	} {
		if len(kind) >= len(p) && kind[:len(p)] == p {
			return true
		}
	}
	return false
}

// post tells a message that is made of what we say about it.
func (a *Adapter) post(ctx context.Context, s *session, room string, e rawEvent, m message, b *batch) {
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Posted{Ref: ref(room, e.ID), Text: m.text, Parts: m.parts}
	b.events = append(b.events, ev)
	b.later(func() { a.recent.add(e.ID, note{e.Sender, ev.By.Name, quoteOf(m)}) })
}
