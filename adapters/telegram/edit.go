package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-telegram/bot"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// edit gives a copy new content: its texts the new text, cut anew, its files new ones where they differ. What
// no longer fits into the messages there are becomes further ones, which the receipt names; messages that are
// left over are deleted.
func (a *Adapter) edit(ctx context.Context, id chat.EffectID, e chat.Edit) (adapters.Receipt, error) {
	refs, to, err := target(e.Target)
	if err != nil {
		return adapters.Receipt{}, err
	}
	text, files := withLines(e.Text, e.Parts)
	if text.IsEmpty() {
		text = chat.Text{}
	}
	if text.Plain == "" && len(files) == 0 {
		return adapters.Receipt{}, adapters.Refused(chat.Invalid, errors.New("edit message: the new content is empty"))
	}
	text = signed(e.As, legible(text.Normal()))
	slots, known, err := a.slots(refs, len(files))
	if err != nil {
		return adapters.Receipt{}, err
	}
	w := rewrite{a: a, id: id, to: to, as: e.As, files: files, slots: slots, guessed: !known}
	if w.first, err = messageID(refs[0]); err != nil {
		return adapters.Receipt{}, err
	}
	if err := w.run(ctx, text); err != nil {
		return adapters.Receipt{}, err
	}
	a.layouts.put(refs[0], w.slots)
	return w.receipt, nil
}

// slots returns what a message is made of: as remembered, or, after a restart, guessed from how messages are
// planned: texts first, then files. A wrong guess is put right by the platform's refusal.
func (a *Adapter) slots(refs []chat.Ref, files int) (_ []slot, known bool, _ error) {
	if known, ok := a.layouts.get(refs[0]); ok {
		return slices.Clone(known), true, nil
	}
	out := make([]slot, len(refs))
	for i, ref := range refs {
		n, err := messageID(ref)
		if err != nil {
			return nil, false, err
		}
		out[i] = slot{id: n, bears: words}
		if i >= len(refs)-files {
			out[i].file, out[i].bears = unknownFile, nothing
		}
	}
	if len(refs) <= files {
		out[0].bears = words
	}
	return out, false, nil
}

// unknownFile stands for a file that we sent before a restart.
const unknownFile = "?"

// rewrite is one edit under way.
type rewrite struct {
	a       *Adapter
	id      chat.EffectID
	to      place
	as      *chat.Person
	files   []chat.Part
	slots   []slot
	guessed bool
	first   int // the message that further ones answer
	grown   int // how often texts were posted
	receipt adapters.Receipt
}

// run lets the text flow through the messages there are and posts what is left of it.
func (w *rewrite) run(ctx context.Context, text chat.Text) error {
	file := 0
	for i, s := range slices.Clone(w.slots) {
		var err error
		if s.file == "" {
			text, err = w.changeText(ctx, s, text, i == 0)
		} else {
			text, err = w.changeFile(ctx, s, file, text)
			file++
		}
		if err != nil {
			return err
		}
	}
	return w.grow(ctx, messages(text, textLimit))
}

// cut returns what of a text fits into one message, and the rest.
func cut(t chat.Text, limit int) (fits, rest chat.Text) {
	if t.Len() <= limit {
		return t, chat.Text{}
	}
	fits = t.Split(limit, chat.Units)[0]
	return fits, t.Slice(fits.Len(), t.Len())
}

// changeText gives a text message the beginning of the text and returns the rest.
func (w *rewrite) changeText(ctx context.Context, s slot, text chat.Text, isFirst bool) (chat.Text, error) {
	if text.IsEmpty() {
		if w.guessed && len(w.files) > 0 {
			return text, nil // it may be a file
		}
		w.forget(s)
		return text, w.a.deleteOne(ctx, w.to, s.id)
	}
	fits, rest := cut(text, textLimit)
	err := w.a.editText(ctx, w.to, s.id, fits)
	e := refusal(err)
	switch {
	case e != nil && e.says("there is no text in the message") && isFirst:
		return w.setCaption(ctx, s, text) // the layout was guessed wrong: it is a file with a caption
	case e != nil && e.says("there is no text in the message"):
		return text, nil // and this one without
	case e != nil && e.says("to edit not found") && !isFirst:
		w.forget(s) // it was left over by a shorter edit once
		return text, nil
	}
	return rest, err
}

// forget takes a message that is gone from the layout.
func (w *rewrite) forget(gone slot) {
	w.slots = slices.DeleteFunc(w.slots, func(o slot) bool { return o.id == gone.id })
}

// become notes what a message has turned out, or been made, to be.
func (w *rewrite) become(s slot) {
	for i := range w.slots {
		if w.slots[i].id == s.id {
			w.slots[i] = s
		}
	}
}

// changeFile replaces the n-th file if it is another now, gives it the beginning of the text if its caption is
// where the text stands, and returns the rest.
func (w *rewrite) changeFile(ctx context.Context, s slot, n int, text chat.Text) (chat.Text, error) {
	changed := n < len(w.files) && s.file != unknownFile && s.file != fileKey(w.files[n])
	if changed && !isEditable(w.files[n].Kind) {
		w.receipt.Notes = append(w.receipt.Notes, "the new "+string(w.files[n].Kind)+" is not shown")
		changed = false
	}
	if !changed {
		if s.bears == words {
			return w.setCaption(ctx, s, text)
		}
		return text, nil
	}
	caption, rest := chat.Text{}, text
	switch s.bears {
	case words:
		caption, rest = cut(text, captionLimit)
	case name:
		caption = byline(w.as)
	case nothing:
	}
	if err := w.a.editMedia(ctx, w.to, s.id, w.files[n], caption); err != nil {
		return text, err
	}
	s.file = fileKey(w.files[n])
	w.become(s)
	return rest, nil
}

// setCaption gives a file's caption the beginning of the text and returns the rest. If it turns out to be a
// text, the layout was guessed wrong; a file of a kind without captions keeps none.
func (w *rewrite) setCaption(ctx context.Context, s slot, text chat.Text) (chat.Text, error) {
	fits, rest := cut(text, captionLimit)
	err := w.a.editCaption(ctx, w.to, s.id, fits)
	e := refusal(err)
	if e == nil || !e.says("there is no caption in the message") {
		if s.file == "" && err == nil {
			w.become(slot{id: s.id, file: unknownFile, bears: words})
		}
		return rest, err
	}
	fits, rest = cut(text, textLimit)
	err = w.a.editText(ctx, w.to, s.id, fits)
	if e := refusal(err); e != nil && e.says("there is no text in the message") {
		w.receipt.Notes = append(w.receipt.Notes, "its text cannot be changed")
		return chat.Text{}, nil
	}
	if err == nil {
		w.become(slot{id: s.id, bears: words})
	}
	return rest, err
}

func isEditable(k chat.PartKind) bool {
	return k == chat.Photo || k == chat.Video || k == chat.Animation || k == chat.Audio || k == chat.File
}

// grow posts the texts that found no message to go into.
func (w *rewrite) grow(ctx context.Context, cuts []piece) error {
	if len(cuts) == 0 {
		return nil
	}
	w.grown++
	id := chat.EffectID(fmt.Sprintf("%s/%d", w.id, w.grown)) // the same when the edit is tried again
	r, err := w.a.postAll(ctx, id, w.to, cuts, w.first)
	if err != nil {
		return err
	}
	w.receipt.Refs = append(w.receipt.Refs, r.Refs...)
	w.receipt.Notes = append(w.receipt.Notes, r.Notes...)
	for _, ref := range r.Refs {
		n, err := messageID(ref)
		if err != nil {
			return err
		}
		w.slots = append(w.slots, slot{id: n, bears: words})
	}
	return nil
}

// unchanged makes success of the refusal to change nothing.
func unchanged(err error) error {
	if e := refusal(err); e != nil && e.says("message is not modified") {
		return nil
	}
	return err
}

// plainly calls change with the rendered text, and again without styles if the platform refuses those.
func plainly(t chat.Text, change func(rendered) error) error {
	err := change(render(t))
	if e := refusal(err); e != nil && e.isAboutEntities() && len(t.Spans) > 0 {
		err = change(render(chat.Plain(t.Plain)))
	}
	return unchanged(err)
}

func (a *Adapter) editText(ctx context.Context, to place, id int, t chat.Text) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return plainly(t, func(r rendered) error {
		_, err := a.bot.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: to.id, MessageID: id, Text: r.plain, Entities: r.entities})
		return err
	})
}

type captionParams struct {
	ChatID   int64  `json:"chat_id"`
	ID       int    `json:"message_id"`
	Caption  string `json:"caption"`
	Entities any    `json:"caption_entities,omitempty"`
}

// editCaption makes a plain call: the library leaves an empty caption out and misspells another parameter.
func (a *Adapter) editCaption(ctx context.Context, to place, id int, t chat.Text) error {
	return plainly(t, func(r rendered) error {
		p := captionParams{ChatID: to.id, ID: id, Caption: r.plain}
		if len(r.entities) > 0 {
			p.Entities = r.entities
		}
		return a.short(ctx, "editMessageCaption", p, nil)
	})
}

func (a *Adapter) editMedia(ctx context.Context, to place, id int, p chat.Part, caption chat.Text) error {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	return plainly(caption, func(r rendered) error {
		up := &uploads{ctx: ctx, open: a.open}
		name, data := up.attach(p)
		_, err := a.bot.EditMessageMedia(ctx, &bot.EditMessageMediaParams{ChatID: to.id, MessageID: id, Media: inputMedia(p, name, data, r)})
		return a.uploaded(up, err)
	})
}
