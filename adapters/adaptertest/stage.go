package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// stage is one test: a world, an adapter on it, and what both were seen to do.
type stage struct {
	t        *testing.T
	fx       Fixture
	w        world.World
	adapter  adapters.Adapter
	features chat.Features
	heard    *recorder
	cursor   *memory
	shelf    *shelf
	patience time.Duration
	prefix   string

	running *running

	mu    sync.Mutex // guards what follows
	count int        // effects made
	made  map[chat.Ref]bool
}

// running is an adapter's Run under way.
type running struct {
	cancel context.CancelFunc
	done   chan error
}

func newStage(t *testing.T, fx Fixture, patience time.Duration) *stage {
	s := &stage{
		t: t, fx: fx, w: fx.World, cursor: &memory{}, shelf: &shelf{}, patience: patience, made: map[chat.Ref]bool{},
		prefix: fmt.Sprintf("suite:%x", time.Now().UnixNano()),
	}
	s.heard = newRecorder(s.w.Platform())
	s.renew()
	t.Cleanup(s.end)
	return s
}

// renew makes a fresh adapter, as after a restart.
func (s *stage) renew() {
	s.t.Helper()
	s.adapter = s.fx.Adapter(s.t, s.shelf.open, s.cursor)
	s.features = s.adapter.Features()
}

// start lets the adapter run.
func (s *stage) start() {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel: cancel, done: make(chan error, 1)}
	a := s.adapter
	go func() { r.done <- a.Run(ctx, s.heard.in) }()
	s.running = r
}

// stop ends the adapter's Run and checks that it does so in time and without an error.
func (s *stage) stop() {
	s.t.Helper()
	r := s.running
	s.running = nil
	r.cancel()
	begun := time.Now()
	select {
	case err := <-r.done:
		if err != nil {
			s.t.Errorf("run ended with %v after cancel, want nil", err)
		}
		if took := time.Since(begun); took > time.Second {
			s.t.Errorf("run took %s to end after cancel, want less than 1 s", took)
		}
	case <-time.After(10 * time.Second):
		s.t.Fatal("run does not end after cancel")
	}
}

// restart stops the adapter and starts a fresh one.
func (s *stage) restart() {
	s.t.Helper()
	s.stop()
	s.renew()
	s.start()
}

// end cleans up after a test that failed half-way.
func (s *stage) end() {
	if s.running == nil {
		return
	}
	s.running.cancel()
	select {
	case <-s.running.done:
	case <-time.After(10 * time.Second):
		s.t.Error("run does not end after cancel")
	}
}

// close ends a test: it stops the adapter and checks what holds in every test.
func (s *stage) close() {
	s.t.Helper()
	if s.running != nil {
		s.stop()
	}
	events, _ := s.heard.heard()
	for _, e := range events {
		var ref chat.Ref
		switch b := e.Body.(type) {
		case chat.Posted:
			ref = b.Ref
		case chat.Edited:
			ref = b.Ref
		}
		if s.made[ref] {
			s.t.Errorf("the adapter's own message %v came back as %T", ref, e.Body)
		}
	}
	for _, p := range s.heard.problems {
		s.t.Error(p)
	}
}

// table is a group with people, and the adapter at work in it.
type table struct {
	chat             chat.Chat
	owner, ana, ben  string // ids; the owner is Olga
	ownerName        string
	anaName, benName string
}

// gather starts the adapter and makes a group that it is seen to listen in.
func (s *stage) gather() table {
	s.t.Helper()
	s.start()
	return s.group("The long table")
}

// group makes a further group with the same kind of people.
func (s *stage) group(title string) table {
	s.t.Helper()
	g := table{ownerName: "Olga Ovens", anaName: "Ana Almond", benName: "Ben Broth"}
	g.owner, g.ana, g.ben = s.w.NewPerson(g.ownerName), s.w.NewPerson(g.anaName), s.w.NewPerson(g.benName)
	g.chat = chat.Chat{Platform: s.w.Platform(), ID: s.w.NewGroup(title, g.owner, g.ana, g.ben)}
	s.listening(g)
	return g
}

// listening waits until the adapter hears what is said in the group.
func (s *stage) listening(g table) {
	s.t.Helper()
	_, ok := s.call(g.owner, g.chat)
	if !ok {
		s.t.Fatal("the adapter does not hear what is said in a group")
	}
}

// call says something again and again until the adapter hears it: an adapter that has never run before may
// take what was said before its first contact for history.
func (s *stage) call(person string, in chat.Chat) (chat.Event, bool) {
	s.t.Helper()
	for wait := s.patience / 200; wait < s.patience; wait *= 2 {
		ref := s.saying(person, in, calling)
		if e, ok := s.heard.wait(wait, isPosted(ref)); ok {
			return e, true
		}
	}
	return chat.Event{}, false
}

// calling is said until somebody hears it.
const calling = "is anybody there?"

// say posts as a person and returns the message's ref.
func (s *stage) say(person string, in chat.Chat, what world.Say) chat.Ref {
	s.t.Helper()
	id, err := s.w.Say(person, in.ID, what)
	if err != nil {
		s.t.Fatalf("say %q: %v", what.Text.Plain, err)
	}
	return chat.Ref{Chat: in, ID: id}
}

// saying posts plain text.
func (s *stage) saying(person string, in chat.Chat, text string) chat.Ref {
	s.t.Helper()
	return s.say(person, in, world.Say{Text: chat.Plain(text)})
}

// hear waits for an event.
func (s *stage) hear(what string, match func(chat.Event) bool) chat.Event {
	s.t.Helper()
	e, ok := s.heard.wait(s.patience, match)
	if !ok {
		s.t.Fatalf("no event: %s; heard:\n%s", what, s.transcript())
	}
	return e
}

// hearPosted waits for a message and returns it.
func (s *stage) hearPosted(ref chat.Ref) (chat.Event, chat.Posted) {
	s.t.Helper()
	e := s.hear("posted "+ref.ID, isPosted(ref))
	return e, e.Body.(chat.Posted)
}

// transcript tells the events for a failed test.
func (s *stage) transcript() string {
	var b strings.Builder
	events, _ := s.heard.heard()
	for _, e := range events[max(0, len(events)-20):] {
		fmt.Fprintf(&b, "  %s by %s: %T %.300v\n", e.ID, e.By.Identity, e.Body, e.Body)
	}
	return b.String()
}

// dispatch gives an effect its id and degrades it as the pump does.
func (s *stage) dispatch(e chat.Outgoing) chat.Dispatch {
	s.mu.Lock()
	s.count++
	id := chat.EventID(fmt.Sprintf("%s:%d", s.prefix, s.count)).Effect(1)
	s.mu.Unlock()
	shown, _ := chat.Degrade(e, s.features)
	return chat.Dispatch{ID: id, At: time.Now().UTC().Truncate(time.Millisecond), Effect: shown}
}

// try lets the adapter carry out a dispatch and checks the shape of its answer.
func (s *stage) try(d chat.Dispatch) (adapters.Receipt, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*s.patience)
	defer cancel()
	r, err := s.adapter.Do(ctx, d)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ref := range r.Refs {
		if ref.Chat.Platform != s.w.Platform() || ref.Chat.ID == "" || ref.ID == "" {
			s.t.Errorf("receipt of %T has the ref %v", d.Effect, ref)
		}
		if err == nil {
			s.made[ref] = true
		}
	}
	return r, err
}

// do carries out an effect that must succeed.
func (s *stage) do(e chat.Outgoing) adapters.Receipt {
	s.t.Helper()
	r, err := s.try(s.dispatch(e))
	if err != nil {
		s.t.Fatalf("do %T: %v", e, err)
	}
	if _, ok := e.(chat.Send); ok && len(r.Refs) == 0 {
		s.t.Fatal("the receipt of a send has no refs")
	}
	return r
}

// send posts plain text for the person from elsewhere and returns its refs.
func (s *stage) send(to chat.Chat, text string) []chat.Ref {
	s.t.Helper()
	return s.do(chat.Send{To: to, As: s.guest(), Text: chat.Plain(text)}).Refs
}

// guest is a person of another platform.
func (s *stage) guest() *chat.Person {
	p := s.elsewhere()
	id := "52100473"
	if p == chat.Signal {
		id = "5b2e8d0c-6f0a-4d53-9a57-0d1f5f1f2b11"
	}
	return &chat.Person{Identity: chat.Identity{Platform: p, ID: id}, Name: "Gita Ginger"}
}

// elsewhere is a platform that is not the subject's.
func (s *stage) elsewhere() chat.Platform {
	if s.w.Platform() == chat.Telegram {
		return chat.Signal
	}
	return chat.Telegram
}

// see waits until people in a group see what is wanted.
func (s *stage) see(in chat.Chat, what string, wanted func([]world.Shown) bool) []world.Shown {
	s.t.Helper()
	changed, stop := s.w.Changes()
	defer stop()
	deadline := time.After(s.patience)
	for {
		shown := s.w.Messages(in.ID)
		if wanted(shown) {
			return shown
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("people do not see %s; they see:\n%s", what, describe(s.w.Messages(in.ID)))
		}
	}
}

// seeOne waits until exactly one message of the bot is as wanted, and returns it.
func (s *stage) seeOne(in chat.Chat, what string, match func(world.Shown) bool) world.Shown {
	s.t.Helper()
	var found []world.Shown
	s.see(in, what, func(all []world.Shown) bool {
		found = slices.DeleteFunc(slices.Clone(all), func(m world.Shown) bool { return !m.FromBot || m.Service || !match(m) })
		return len(found) == 1
	})
	return found[0]
}

// seeText waits until exactly one message of the bot has the text in it.
func (s *stage) seeText(in chat.Chat, text string) world.Shown {
	s.t.Helper()
	return s.seeOne(in, fmt.Sprintf("%.80q once", text), has(text))
}

// describe tells what people see, for a failed test.
func describe(all []world.Shown) string {
	var b strings.Builder
	for _, m := range all[max(0, len(all)-20):] {
		fmt.Fprintf(&b, "  %s %s: %.200q %v media=%d reply=%s reactions=%v edited=%v deleted=%v bot=%v\n",
			m.ID, m.Name, m.Text.Plain, m.Text.Spans, len(m.Media), m.ReplyTo, m.Reactions, m.Edited, m.Deleted, m.FromBot)
	}
	return b.String()
}

// has matches a message that is there and has the text.
func has(text string) func(world.Shown) bool {
	return func(m world.Shown) bool { return !m.Deleted && strings.Contains(m.Text.Plain, text) }
}

// isPosted matches the event of a message.
func isPosted(ref chat.Ref) func(chat.Event) bool {
	return func(e chat.Event) bool {
		p, ok := e.Body.(chat.Posted)
		return ok && p.Ref == ref
	}
}

// bare takes the variation selector from an emoji: platforms differ in it and people do not see it.
func bare(emoji string) string { return strings.ReplaceAll(emoji, "\uFE0F", "") }
