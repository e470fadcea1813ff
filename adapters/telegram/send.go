package telegram

import (
	"context"
	"errors"
	"time"

	"github.com/go-telegram/bot"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// uploadTimeout ends a call that carries files.
const uploadTimeout = 10 * time.Minute

// bearing says what of the text a message of ours bears.
type bearing int

const (
	nothing bearing = iota // a file beside others
	name                   // a file under a text of its own: its caption is the author's name
	words                  // the text, or a part of it
)

// slot is one message of ours: a text, or a file by what it was made of.
type slot struct {
	id    int
	file  string // "" = a text
	bears bearing
	keyed bool // it has buttons, as far as is known
	// instead is the file that a line of this text tells of, for it could not be shown.
	instead string
}

// sentPiece is what became of one piece of a Send.
type sentPiece struct {
	at    place
	slots []slot
	notes []string
}

// Do carries out one effect.
func (a *Adapter) Do(ctx context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	var r adapters.Receipt
	var err error
	repeatable := true
	switch e := d.Effect.(type) {
	case chat.Send:
		repeatable = false
		r, err = a.send(ctx, d.ID, e)
	case chat.Whisper:
		repeatable = false
		r, err = a.whisper(ctx, d.ID, e)
	case chat.Edit:
		r, err = a.edit(ctx, d.ID, e)
	case chat.Delete:
		r, err = a.remove(ctx, e)
	case chat.React:
		r, err = a.react(ctx, e)
	default:
		r, err = a.govern(ctx, d)
	}
	if errors.Is(err, chat.ErrID) {
		err = adapters.Refused(chat.Invalid, err)
	}
	return r, failure(err, repeatable)
}

// send posts a message. What was posted by a try before, it does not post again.
func (a *Adapter) send(ctx context.Context, id chat.EffectID, s chat.Send) (adapters.Receipt, error) {
	to, err := parsePlace(s.To)
	if err != nil {
		return adapters.Receipt{}, err
	}
	pieces, err := plan(s)
	if err != nil {
		return adapters.Receipt{}, err
	}
	to = a.follow(to)
	return a.postAll(ctx, id, to, pieces, answered(s.Answer, to))
}

// sending is a message on its way: what is posted and what is not yet.
type sending struct {
	done []sentPiece
	left []piece
}

// postAll posts pieces one after another, or those that a try before has left. One that is refused behind
// others that are shown is left out with a note: the message as a whole was not refused.
func (a *Adapter) postAll(ctx context.Context, id chat.EffectID, to place, pieces []piece, reply answering) (adapters.Receipt, error) {
	way, begun := a.progress.get(id)
	if !begun {
		way = sending{left: pieces}
	}
	for len(way.left) > 0 {
		if len(way.done) > 0 {
			reply, to = answering{}, way.done[len(way.done)-1].at
		}
		sent, err := a.post(ctx, to, way.left[0], reply)
		if errors.Is(err, errAlbum) {
			way.left = append(apart(way.left[0]), way.left[1:]...)
			continue
		}
		var refused *adapters.RefusedError
		if err = failure(err, false); len(way.done) > 0 && errors.As(err, &refused) {
			sent, err = sentPiece{at: to, notes: []string{"a part of it was refused: " + string(refused.Why)}}, nil
		}
		if err != nil {
			return adapters.Receipt{}, err
		}
		way = sending{done: append(way.done[:len(way.done):len(way.done)], sent), left: way.left[1:]}
		a.progress.put(id, way)
	}
	r, slots := receiptOf(way.done)
	a.noteLayout(r.Refs, slots)
	return r, nil
}

// errAlbum says that an album was refused; its files may pass one by one.
var errAlbum = errors.New("album refused")

// apart returns an album's files as pieces of their own.
func apart(p piece) []piece {
	out := make([]piece, len(p.parts))
	for i, part := range p.parts {
		out[i] = piece{parts: []chat.Part{part}}
	}
	out[0].text, out[0].leads, out[0].named = p.text, p.leads, p.named
	return out
}

func receiptOf(done []sentPiece) (r adapters.Receipt, slots []slot) {
	for _, sent := range done {
		for _, s := range sent.slots {
			r.Refs = append(r.Refs, sent.at.ref(s.id))
			slots = append(slots, s)
		}
		r.Notes = append(r.Notes, sent.notes...)
	}
	return r, slots
}

// noteLayout remembers what a message is made of, for its edits.
func (a *Adapter) noteLayout(refs []chat.Ref, slots []slot) {
	if len(refs) > 0 {
		a.layouts.put(refs[0], slots)
	}
}

// follow returns where a chat goes on, if it is a group that has become a supergroup.
func (a *Adapter) follow(p place) place {
	if next, ok := a.memory.moved.get(p.id); ok {
		return place{id: next}
	}
	return p
}

// post posts one piece, as much of it as the platform takes: without styles that it refuses, a photo that is
// none as a file, and a file that cannot be had or is not taken as a line.
func (a *Adapter) post(ctx context.Context, to place, p piece, reply answering) (sentPiece, error) {
	sent, err := a.attempt(ctx, to, p, reply)
	e := refusal(err)
	switch {
	case err == nil:
		return sent, nil
	case isTopicGone(to, e):
		a.topicGone(to)
		return sent, adapters.Refused(chat.NotFound, err)
	case e != nil && e.migrated != 0:
		a.memory.moved.put(to.id, e.migrated)
		return a.attempt(ctx, place{id: e.migrated}, p, answering{})
	case e != nil && reply.quote != "" && e.isAboutQuote():
		sent, err = a.post(ctx, to, p.quoting(reply.quote), answering{message: reply.message})
		sent.notes = append(sent.notes, "the part that is answered stands in a line")
		return sent, err
	case e != nil && reply.message != 0 && e.says("message to be replied"):
		return a.post(ctx, to, p, answering{})
	case e != nil && e.isAboutEntities() && len(p.text.Spans) > 0:
		plain := p
		plain.text = chat.Plain(p.text.Plain)
		sent, err = a.attempt(ctx, to, plain, reply)
		sent.notes = append(sent.notes, "formatting not shown")
		return sent, err
	case len(p.parts) > 0 && isFileRefused(err):
		return a.postLess(ctx, to, p, reply)
	}
	return sent, err
}

// isFileRefused tells whether it is a piece's files that cannot be shown.
func isFileRefused(err error) bool {
	var refused *adapters.RefusedError
	if errors.As(err, &refused) || errors.Is(err, adapters.ErrTooLarge) {
		return true // who holds the file does not give it
	}
	e := refusal(err)
	return e != nil && e.err == nil && !e.isAboutChat() && (e.code == 400 || e.code == 413)
}

// postLess posts a picture or a sound as a file, and what is no file either as a line.
func (a *Adapter) postLess(ctx context.Context, to place, p piece, reply answering) (sentPiece, error) {
	if len(p.parts) > 1 {
		return sentPiece{}, errAlbum
	}
	part := p.parts[0]
	if isFile(part.Kind) && part.Kind != chat.File {
		as := piece{text: p.text, parts: []chat.Part{part}, leads: p.leads, named: p.named, keys: p.keys}
		as.parts[0].Kind = chat.File
		sent, err := a.attempt(ctx, to, as, reply)
		if err == nil {
			sent.notes = append(sent.notes, string(part.Kind)+" shown as a file")
			return sent, nil
		}
		if !isFileRefused(err) {
			return sent, err
		}
	}
	sent, err := a.attempt(ctx, to, piece{text: withLine(p.text, part), keys: p.keys}, reply)
	switch {
	case err == nil && !p.leads:
		sent.slots[0].file, sent.slots[0].bears = partKey(part), nothing // edits of the text leave it alone
	case err == nil:
		sent.slots[0].instead = partKey(part)
	}
	sent.notes = append(sent.notes, string(part.Kind)+" told in a line")
	return sent, err
}

// attempt makes the one call that posts a piece.
func (a *Adapter) attempt(ctx context.Context, to place, p piece, reply answering) (sentPiece, error) {
	sent := sentPiece{at: to}
	over := a.own.begin(to.id)
	var err error
	switch len(p.parts) {
	case 0:
		var id int
		id, err = a.sendText(ctx, to, p, reply)
		sent.slots = []slot{{id: id, bears: words, keyed: p.keys != nil}}
	case 1:
		var id int
		if isThing(p.parts[0]) {
			id, err = a.sendThing(ctx, to, p, reply)
		} else {
			id, err = a.sendFile(ctx, to, p, reply)
		}
		sent.slots = []slot{{id: id, file: partKey(p.parts[0]), bears: p.bears(), keyed: p.keys != nil}}
	default:
		var ids []int
		ids, err = a.sendAlbum(ctx, to, p, reply)
		for i, id := range ids {
			sent.slots = append(sent.slots, slot{id: id, file: partKey(p.parts[min(i, len(p.parts)-1)])})
			if i == 0 {
				sent.slots[0].bears = p.bears()
			}
		}
	}
	if err != nil {
		over()
		return sentPiece{at: to}, err
	}
	ids := make([]int, 0, len(sent.slots))
	for _, s := range sent.slots {
		ids = append(ids, s.id)
		a.memory.reached(to.id, s.id)
		if to.thread != 0 {
			a.memory.thread(to.id, s.id, to.thread)
		}
	}
	over(ids...)
	return sent, nil
}

func (a *Adapter) sendText(ctx context.Context, to place, p piece, reply answering) (int, error) {
	if p.text.IsEmpty() {
		return 0, adapters.Refused(chat.Invalid, errors.New("send message: it is empty"))
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	text := render(p.text)
	m, err := a.bot.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: to.id, MessageThreadID: to.thread, Text: text.plain,
		Entities: text.entities, ReplyParameters: reply.parameters(), ReplyMarkup: p.keys.markup(),
	})
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}
