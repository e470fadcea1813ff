package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	w := rewrite{a: a, id: id, to: to, as: e.As, files: files, slots: slots, guessed: !known, keys: keysOf(e.Choices), alone: len(slots) == 1}
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
	keys    *keyboard // those it has from now on, under its last message
	alone   bool      // its first message was its last
	keyed   bool      // they are there
}

// run lets the text flow through the messages there are and posts what is left of it.
func (w *rewrite) run(ctx context.Context, text chat.Text) error {
	file := 0
	for i, s := range slices.Clone(w.slots) {
		if now := slices.IndexFunc(w.slots, func(o slot) bool { return o.id == s.id }); now >= 0 {
			s = w.slots[now] // a wrong guess may have been put right meanwhile
		}
		var err error
		switch {
		case s.file == "" && s.instead != "":
			if file < len(w.files) && partKey(w.files[file]) == s.instead {
				text = withLine(text, w.files[file]) // it cannot be shown: the text goes on telling of it
			}
			file++
			text, err = w.changeText(ctx, s, text, i == 0)
		case s.file == "":
			text, err = w.changeText(ctx, s, text, i == 0)
		case w.isOver(s, file):
			w.forget(s)
			err = w.a.deleteOne(ctx, w.to, s.id)
		default:
			text, err = w.changeFile(ctx, s, file, text)
			file++
		}
		if err != nil {
			return err
		}
	}
	if err := w.growFiles(ctx, file); err != nil {
		return err
	}
	if err := w.grow(ctx, messages(text, textLimit)); err != nil {
		return err
	}
	return w.settleKeys(ctx)
}

// with returns the buttons for a message that a change leaves as the only one; an edit without takes those away
// that were there.
func (w *rewrite) with(rest chat.Text) *keyboard {
	if w.alone && rest.IsEmpty() {
		return w.keys
	}
	return nil
}

// done notes that an edit of a message has passed, and with it which buttons it has.
func (w *rewrite) done(id int, keys *keyboard) {
	for i := range w.slots {
		if w.slots[i].id == id {
			w.slots[i].keyed = keys != nil
			w.keyed = w.keyed || keys != nil
		}
	}
}

// settleKeys gives the last message its buttons, if no edit has, and takes away those that no edit has.
func (w *rewrite) settleKeys(ctx context.Context) error {
	if len(w.slots) == 0 {
		return nil
	}
	last := len(w.slots) - 1
	for i, s := range w.slots {
		// A file that was sent before a restart and shows no text of ours may have some.
		unknown := w.guessed && w.as == nil && s.file != "" && s.bears == nothing
		wanted := i == last && w.keys != nil
		if (wanted && w.keyed) || (!wanted && !s.keyed && (i != last || !unknown)) {
			continue
		}
		var keys *keyboard
		if wanted {
			keys = w.keys
		}
		if err := w.a.editKeys(ctx, w.to, s.id, keys); err != nil {
			return err
		}
		w.slots[i].keyed = wanted
	}
	return nil
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
	keys := w.with(rest)
	err := w.a.editText(ctx, w.to, s.id, fits, keys)
	e := refusal(err)
	switch {
	case err == nil:
		w.done(s.id, keys)
	case e != nil && e.says("there is no text in the message") && isFirst:
		w.filesFirst() // the layout was guessed wrong: it is a file with a caption
		return w.setCaption(ctx, s, text)
	case e != nil && e.says("there is no text in the message"):
		return text, nil // and this one without
	case e != nil && e.says("to edit not found") && !isFirst:
		w.forget(s) // it was left over by a shorter edit once
		return text, nil
	}
	return rest, err
}

// filesFirst guesses the other layout: files, the first with the text, and further texts behind them.
func (w *rewrite) filesFirst() {
	for i := range w.slots {
		switch {
		case i == 0:
		case i < len(w.files):
			w.slots[i].file, w.slots[i].bears = unknownFile, nothing
		default:
			w.slots[i].file, w.slots[i].bears = "", words
		}
	}
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
	if n < len(w.files) && isThing(w.files[n]) {
		return text, w.changeThing(ctx, s, w.files[n])
	}
	changed := n < len(w.files) && s.file != unknownFile && s.file != partKey(w.files[n])
	if changed && !isEditable(w.files[n].Kind) {
		w.receipt.Notes = append(w.receipt.Notes, "the new "+string(w.files[n].Kind)+" is not shown")
		changed = false
	}
	if !w.guessed && n >= len(w.files) {
		w.receipt.Notes = append(w.receipt.Notes, "its file is still shown") // a file cannot become a text
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
	s.file, s.keyed = partKey(w.files[n]), false
	w.become(s)
	return rest, nil
}

// setCaption gives a file's caption the beginning of the text and returns the rest. If it turns out to be a
// text, the layout was guessed wrong; a file of a kind without captions keeps none.
func (w *rewrite) setCaption(ctx context.Context, s slot, text chat.Text) (chat.Text, error) {
	fits, rest := cut(text, captionLimit)
	keys := w.with(rest)
	err := w.a.editCaption(ctx, w.to, s.id, fits, keys)
	e := refusal(err)
	if e == nil || !e.says("there is no caption in the message") {
		if s.file == "" && err == nil {
			w.become(slot{id: s.id, file: unknownFile, bears: words})
		}
		if err == nil {
			w.done(s.id, keys)
		}
		return rest, err
	}
	fits, rest = cut(text, textLimit)
	keys = w.with(rest)
	err = w.a.editText(ctx, w.to, s.id, fits, keys)
	if e := refusal(err); e != nil && e.says("there is no text in the message") {
		w.receipt.Notes = append(w.receipt.Notes, "its text cannot be changed")
		s.keyed = s.keyed || (w.guessed && w.as == nil) // it may have buttons from before a restart
		w.become(s)
		return chat.Text{}, nil
	}
	if err == nil {
		w.become(slot{id: s.id, bears: words})
		w.done(s.id, keys)
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
	r, err := w.a.postAll(ctx, id, w.to, cuts, answering{message: w.first})
	if err != nil {
		return err
	}
	w.receipt.Refs = append(w.receipt.Refs, r.Refs...)
	w.receipt.Notes = append(w.receipt.Notes, r.Notes...)
	posted, _ := w.a.layouts.get(r.Refs[0])
	w.slots = append(w.slots, posted...)
	return nil
}
