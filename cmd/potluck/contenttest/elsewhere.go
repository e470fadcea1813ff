package contenttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Elsewhere is a pretended fourth messenger, whose people have everything that the words of the house can say. It stands
// for a platform where no fake's people can do a thing. Its zero value is not ready; use NewElsewhere.
type Elsewhere struct {
	ready   chan struct{} // closed when in is set
	stirred func()

	mu    sync.Mutex // guards what follows
	in    adapters.In
	count int
	files map[string][]byte
	posts map[chat.Ref]chat.Posted
	heard []chat.Outgoing
	names map[chat.EffectID][]chat.Ref
}

const elsewhere chat.Platform = "elsewhere"

var _ adapters.Adapter = (*Elsewhere)(nil)

// NewElsewhere returns the messenger with nobody in it.
func NewElsewhere() *Elsewhere {
	return &Elsewhere{
		ready: make(chan struct{}), files: map[string][]byte{}, posts: map[chat.Ref]chat.Posted{},
		names: map[chat.EffectID][]chat.Ref{}, stirred: func() {},
	}
}

// Platform returns its name.
func (w *Elsewhere) Platform() chat.Platform { return elsewhere }

// Features shows everything.
func (w *Elsewhere) Features() chat.Features {
	f := chat.Features{
		Platform: elsewhere, Shows: map[chat.Kind]chat.Support{}, TextLimit: 1 << 16, CaptionLimit: 1 << 16,
		MediaLimit: 1 << 30, FetchLimit: 1 << 30,
	}
	for _, k := range chat.Kinds() {
		f.Shows[k] = chat.Support{How: chat.Native}
	}
	return f
}

// Run gives what people do there to in until ctx ends.
func (w *Elsewhere) Run(ctx context.Context, in adapters.In) error {
	w.mu.Lock()
	w.in = in
	w.mu.Unlock()
	close(w.ready)
	<-ctx.Done()
	return nil
}

// Do takes whatever it is told.
func (w *Elsewhere) Do(_ context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.stirred()
	if refs, again := w.names[d.ID]; again {
		return adapters.Receipt{Refs: refs}, nil
	}
	w.heard = append(w.heard, d.Effect)
	var refs []chat.Ref
	switch d.Effect.(type) {
	case chat.Send, chat.Whisper:
		w.count++
		refs = []chat.Ref{{Chat: d.Effect.Where(), ID: fmt.Sprint("m", w.count)}}
	}
	w.names[d.ID] = refs
	return adapters.Receipt{Refs: refs}, nil
}

// Open reads a file that somebody has sent there.
func (w *Elsewhere) Open(_ context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.files[m.Key]
	switch {
	case !ok:
		return nil, adapters.Refused(chat.NotFound, errors.New("no such file"))
	case int64(len(b)) > limit:
		return nil, adapters.Refused(chat.TooLarge, adapters.ErrTooLarge)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// Check finds nothing.
func (w *Elsewhere) Check(context.Context) []adapters.Finding { return nil }

// told returns what the house has said in a chat there since the n-th thing it did, and how many it has done by now.
func (w *Elsewhere) told(group string, from int) (words []string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.heard[from:] {
		if e.Where().ID != group {
			continue
		}
		switch e := e.(type) {
		case chat.Send:
			words = append(words, e.Text.Plain)
		case chat.Whisper:
			words = append(words, e.Text.Plain)
		}
	}
	return words, len(w.heard)
}

// happen tells what somebody has done, and returns when it is durable.
func (w *Elsewhere) happen(person, group string, body func(chat.Ref) chat.Body) (string, error) {
	<-w.ready
	w.mu.Lock()
	w.count++
	in := chat.Chat{Platform: elsewhere, ID: group}
	ref := chat.Ref{Chat: in, ID: fmt.Sprint("m", w.count)}
	e := chat.Event{
		ID: chat.EventID(fmt.Sprint("elsewhere/", w.count)), At: time.Now(), Chat: in, Title: group, Body: body(ref),
		By: chat.Person{Identity: chat.Identity{Platform: elsewhere, ID: person}, Name: nameOf(person), Level: chat.Member},
	}
	if p, ok := e.Body.(chat.Posted); ok {
		w.posts[ref] = p
		if chat.LooksLikeCommand(p.Text) {
			e.By.Level = chat.Organiser
		}
	}
	give := w.in
	w.mu.Unlock()
	return ref.ID, give(context.Background(), e)
}

// nameOf is what somebody there is called: his id has a number behind it.
func nameOf(person string) string {
	name, _, _ := strings.Cut(person, "-")
	return name
}

func (w *Elsewhere) ref(group, message string) chat.Ref {
	return chat.Ref{Chat: chat.Chat{Platform: elsewhere, ID: group}, ID: message}
}

// shelve keeps a file and returns where it is; w.mu is held.
func (w *Elsewhere) shelve(m world.Media) chat.Part {
	key := fmt.Sprint("file", len(w.files)+1)
	w.files[key] = slices.Clone(m.Bytes)
	return chat.Part{Kind: m.Kind, Hidden: m.Hidden, Media: chat.Media{
		Platform: elsewhere, Key: key, Name: m.Name, MIME: m.MIME, Size: int64(len(m.Bytes)),
	}}
}

// Say posts anything.
func (w *Elsewhere) Say(person, group string, s world.Say) (string, error) {
	return w.happen(person, group, func(ref chat.Ref) chat.Body {
		p := chat.Posted{Ref: ref, Text: s.Text.Normal(), Forward: s.Forward, Vanish: s.Vanish}
		for _, m := range s.Media {
			part := w.shelve(m)
			if s.Once {
				part = chat.Part{Kind: chat.ViewOnce, Line: string(m.Kind)}
			}
			p.Parts = append(p.Parts, part)
		}
		if s.Thing != nil {
			p.Parts = append(p.Parts, *s.Thing)
		}
		switch {
		case s.Thread != "":
			p.Reply = &chat.Reply{Ref: w.ref(group, s.Thread), Name: nameOf(person), Thread: true}
		case s.ReplyTo != "":
			p.Reply = &chat.Reply{Ref: w.ref(group, s.ReplyTo), Name: nameOf(person), Quote: s.Quote, Partial: s.Quote != ""}
		}
		return p
	})
}

// Edit changes a message's text, and its files if there are any.
func (w *Elsewhere) Edit(person, group, message string, text chat.Text, files ...world.Media) error {
	_, err := w.happen(person, group, func(chat.Ref) chat.Body {
		of := w.ref(group, message)
		parts := w.posts[of].Parts
		if len(files) > 0 {
			parts = nil
		}
		for _, m := range files {
			parts = append(parts, w.shelve(m))
		}
		return chat.Edited{Ref: of, Text: text.Normal(), Parts: parts}
	})
	return err
}

// Delete removes a message.
func (w *Elsewhere) Delete(person, group, message string) error {
	return w.did(person, group, chat.Deleted{Ref: w.ref(group, message)})
}

// did tells of something that is no new message.
func (w *Elsewhere) did(person, group string, b chat.Body) error {
	_, err := w.happen(person, group, func(chat.Ref) chat.Body { return b })
	return err
}
