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
	e, done, err := a.unlock(ctx, s, room, e, b)
	if err != nil || done {
		return err
	}
	return a.receiveOpen(ctx, s, room, e, b)
}

// receiveOpen turns an event that is readable, and no state, into chat events.
func (a *Adapter) receiveOpen(ctx context.Context, s *session, room string, e rawEvent, b *batch) error {
	c := objectOf(e.Content)
	if a.isOurs(e.Sender) {
		a.echo(room, e, c)
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
		return a.receiveRedaction(ctx, s, room, e, c, b)
	case "m.beacon", "org.matrix.msc3672.beacon":
		a.receiveBeacon(ctx, s, room, e, c, b)
	default:
		if isPollStart(e.Type) || isPollResponse(e.Type) || isPollEnd(e.Type) {
			return a.receivePoll(ctx, s, room, e, c, b)
		}
		if isCall(e.Type) {
			a.receiveCall(ctx, s, room, e, b)
			return nil
		}
		a.receiveUnknown(ctx, s, room, e, c, b)
	}
	return nil
}

func lineOf(line string) message {
	return message{parts: []chat.Part{{Kind: chat.Other, Line: line}}}
}

// echo remembers that an effect of ours is done.
func (a *Adapter) echo(room string, e rawEvent, c object) {
	if origin := c.str(originKey); origin != "" && !e.isRedacted() {
		a.sent.done(room, origin, e.ID)
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
	ev.By.Bot = isBotsWord(c)
	reply := a.reply(ctx, s, room, rel)
	if chat.LooksLikeCommand(m.text) || reply != nil && isNumber(m.text) {
		ev.By.Level, ev.By.Unsure = a.level(ctx, s, room, e.Sender)
	}
	ev.Body = chat.Posted{Ref: ref(room, e.ID), Text: m.text, Parts: m.parts, Reply: reply, Vanish: a.vanish(ctx, s, room, c)}
	b.events = append(b.events, ev)
	b.later(func() {
		a.recent.add(e.ID, note{sender: e.Sender, name: author, quote: quoteOf(m), room: room, thread: rel.thread()})
	})
	return nil
}

// isBotsWord tells whether a message is what bots say to people; answering it is how loops begin.
func isBotsWord(c object) bool { return c.str("msgtype") == "m.notice" }

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
	return a.reveal(ctx, s, room, e), nil
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
	ev.By.Bot = isBotsWord(content)
	ev.Body = chat.Edited{Ref: ref(room, rel.to), Text: m.text, Parts: m.parts}
	b.events = append(b.events, ev)
	b.later(func() {
		a.recent.revised(e.ID, rel.to, note{sender: e.Sender, name: author, quote: quoteOf(m), room: room, thread: original.thread})
	})
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
		if emoji == "" && isMXC(rel.key) {
			emoji = "🖼" // a picture that nobody has put a name to
		}
	}
	emoji = oneLine(emoji)
	if rel.kind != "m.annotation" || !isEventID(rel.to) || emoji == "" {
		return
	}
	if len(emoji) > maxEmoji { // some write a sentence there
		emoji = cut(emoji, maxEmoji-len("…")) + "…"
	}
	ev := a.event(ctx, s, room, e)
	ev.By.Level, ev.By.Unsure = a.level(ctx, s, room, e.Sender) // it may choose what is offered under the message
	ev.Body = chat.Reacted{Ref: ref(room, rel.to), Emoji: []string{emoji}, Change: chat.ReactionAdded, Own: ref(room, e.ID)}
	b.events = append(b.events, ev)
}

// receiveUnknown tells of kinds that nobody here knows what they say for old clients; a kind without words is told
// once per room.
func (a *Adapter) receiveUnknown(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) {
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
	a.tell(ctx, s, room, e, m, relation{}, b)
}

// tell is post for a message that can answer another.
func (a *Adapter) tell(ctx context.Context, s *session, room string, e rawEvent, m message, rel relation, b *batch) {
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Posted{Ref: ref(room, e.ID), Text: m.text, Parts: m.parts, Reply: a.reply(ctx, s, room, rel)}
	b.events = append(b.events, ev)
	b.later(func() {
		a.recent.add(e.ID, note{sender: e.Sender, name: ev.By.Name, quote: quoteOf(m), room: room, thread: rel.thread()})
	})
}
