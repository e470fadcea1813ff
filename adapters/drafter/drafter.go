// Package drafter carries out what is asked of the Drafter: recaps, made beside the engine so that it never waits for one. It
// is an adapter like any other, so that an order survives a restart and its answer comes through the same door. It does not
// know how a recap is made, nor where the messages are.
package drafter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Deadline is how long one recap may take.
const Deadline = 60 * time.Second

// Draft makes the answer to an order. It ends when ctx does.
type Draft func(ctx context.Context, order chat.Summarise) (chat.Summarised, error)

// Adapter makes one recap at a time.
type Adapter struct {
	draft Draft
	model *Model // nil = none
	turn  chan struct{}

	mu sync.Mutex // guards in
	in adapters.In
}

var _ adapters.Adapter = (*Adapter)(nil)

// New returns an adapter that makes recaps with draft. model is the one that draft may use, for Check; nil = none.
func New(draft Draft, model *Model) *Adapter {
	return &Adapter{draft: draft, model: model, turn: make(chan struct{}, 1)}
}

// Platform returns chat.Drafter.
func (a *Adapter) Platform() chat.Platform { return chat.Drafter }

// Features shows nothing: nobody is spoken to here.
func (a *Adapter) Features() chat.Features {
	shows := make(map[chat.Kind]chat.Support)
	for _, k := range chat.Kinds() {
		shows[k] = chat.Support{How: chat.Refused, Note: "nobody reads here"}
	}
	return chat.Features{Platform: chat.Drafter, Shows: shows, TextLimit: 1 << 20, CaptionLimit: 1 << 20, Idempotent: true}
}

// Run takes the way in, and waits until ctx ends.
func (a *Adapter) Run(ctx context.Context, in adapters.In) error {
	a.mu.Lock()
	a.in = in
	a.mu.Unlock()
	<-ctx.Done()
	a.mu.Lock()
	a.in = nil
	a.mu.Unlock()
	return nil
}

// Do makes a recap and hands it in. An order that is carried out again gives the same event, which counts once.
func (a *Adapter) Do(ctx context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	order, ok := d.Effect.(chat.Summarise)
	if !ok {
		return adapters.Receipt{}, adapters.Refused(chat.Unsupported, fmt.Errorf("the drafter cannot do a %T", d.Effect))
	}
	a.mu.Lock()
	in := a.in
	a.mu.Unlock()
	if in == nil {
		return adapters.Receipt{}, adapters.Retry(time.Second, errors.New("the drafter does not run yet"))
	}
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return adapters.Receipt{}, adapters.Retry(0, ctx.Err())
	}
	made, err := a.make(ctx, order)
	if err != nil {
		return adapters.Receipt{}, adapters.Retry(0, err)
	}
	err = in(ctx, chat.Event{ID: chat.EventID("drafter/" + string(d.ID)), At: time.Now(), Chat: order.To, Body: made})
	if err != nil {
		return adapters.Receipt{}, adapters.Retry(0, fmt.Errorf("hand in recap: %w", err))
	}
	return adapters.Receipt{}, nil
}

// make makes a recap; a model that has not answered when its time is over is not waited for.
func (a *Adapter) make(ctx context.Context, order chat.Summarise) (chat.Summarised, error) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	made, err := a.draft(ctx, order)
	if err != nil {
		return chat.Summarised{}, fmt.Errorf("make recap: %w", err)
	}
	made.Tag = order.Tag
	return made, nil
}

// Open always fails: nobody sends files here.
func (a *Adapter) Open(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, adapters.Refused(chat.Unsupported, errors.New("the drafter has no files"))
}

// Check asks the language model for one word, if there is one.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	if a.model == nil {
		return nil
	}
	if err := a.model.Ping(ctx); err != nil {
		return []adapters.Finding{{
			What: "the language model " + a.model.Name() + " does not answer: " + err.Error(),
			Do:   "look at llm.url, llm.model and llm.key_file; until it answers, recaps are quotations",
		}}
	}
	return []adapters.Finding{{OK: true, What: "the language model " + a.model.Name() + " answers"}}
}
