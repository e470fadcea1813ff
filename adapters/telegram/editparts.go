package telegram

import (
	"context"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// isOver tells of a file that the message has no longer and that bears nothing of its text. What we have guessed we
// take nothing away for.
func (w *rewrite) isOver(s slot, n int) bool {
	return !w.guessed && n >= len(w.files) && s.bears != words
}

// growFiles posts the files that the message has got in addition to the n that it had.
func (w *rewrite) growFiles(ctx context.Context, n int) error {
	if w.guessed || n >= len(w.files) {
		return nil
	}
	pieces := group(w.files[n:])
	for i := range pieces {
		if w.as != nil && hasCaption(pieces[i].parts[0].Kind) {
			pieces[i].text, pieces[i].named = byline(w.as), true
		}
	}
	return w.grow(ctx, pieces)
}

// changeThing moves a place that moves. All else of what has no bytes can be changed by nobody.
func (w *rewrite) changeThing(ctx context.Context, s slot, p chat.Part) error {
	key := partKey(p)
	if s.file == key || s.file == unknownFile && p.Kind != chat.LiveLocation {
		return nil
	}
	moves := s.file == unknownFile || strings.HasPrefix(s.file, string(chat.LiveLocation)+":")
	if !moves || p.Kind != chat.LiveLocation && p.Kind != chat.Location {
		w.receipt.Notes = append(w.receipt.Notes, "the new "+string(p.Kind)+" is not shown")
		return nil
	}
	err := w.a.move(ctx, w.to, s.id, p)
	if e := refusal(err); e != nil && e.says("can't be edited") {
		w.receipt.Notes = append(w.receipt.Notes, "it no longer moves")
		err = nil
	}
	if err == nil {
		s.file = key
		w.become(s)
	}
	return err
}
