package telegram

import (
	"bytes"
	"encoding/json"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// absent lets the adapter have been away for so long.
func (s *stage) absent(d time.Duration) time.Time {
	s.t.Helper()
	s.stop()
	var known saved
	if err := json.Unmarshal([]byte(s.cursor.position), &known); err != nil {
		s.t.Fatal(err)
	}
	known.Heard = time.Now().Add(-d).UTC().Truncate(time.Second)
	raw, err := json.Marshal(known)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cursor.position = string(raw)
	return known.Heard
}

func TestWhatWasMissedIsToldInEveryChat(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	kitchen, gone, forum := s.NewGroup("Kitchen", ana), s.NewGroup("Den", ana), s.NewForum("House", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{kitchen, gone, bread} {
		s.settled(ana, group)
	}
	if err := s.RemoveBot(gone); err != nil {
		t.Fatal(err)
	}
	hear(s, func(e chat.Event, _ chat.Parted) bool { return e.Chat == at(gone) })
	s.absent(22 * time.Hour)
	s.start()
	for _, e := range s.settled(ana, kitchen) {
		if _, ok := e.Body.(chat.Missed); ok {
			t.Fatal("told after a short absence")
		}
	}
	since := s.absent(50 * time.Hour)
	s.say(ana, kitchen, "while you were away")
	s.start()
	missed := map[chat.Chat]chat.Missed{}
	for i, e := range s.settled(ana, kitchen) {
		if m, ok := e.Body.(chat.Missed); ok {
			missed[e.Chat] = m
		}
		if p, ok := e.Body.(chat.Posted); ok && p.Text.Plain == "while you were away" && len(missed) == 0 {
			t.Errorf("event %d comes before what was missed before it", i)
		}
	}
	if len(missed) != 2 {
		t.Fatalf("missed in %v", missed)
	}
	for _, group := range []string{kitchen, bread} {
		m := missed[at(group)]
		if !m.From.Equal(since) || time.Since(m.To) < 22*time.Hour || time.Since(m.To) > 24*time.Hour {
			t.Errorf("in %s from %s to %s", group, m.From, m.To)
		}
	}
	s.restart()
	count := 0
	s.settled(ana, kitchen)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events { // repeated ones, too
		if _, ok := e.Body.(chat.Missed); ok {
			count++
		}
	}
	if count != 2 {
		t.Errorf("told %d times", count)
	}
}

// TestAnOutageOfMoreThanADay is the same without a restart: the line was cut.
func TestAnOutageOfMoreThanADay(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	s.settled(ana, group)
	cut := time.Now().Add(-30 * time.Hour).UTC().Truncate(time.Second)
	s.adapter.pulse.Store(cut.UnixNano())
	s.say(ana, group, "there you are")
	e, m := hear(s, func(chat.Event, chat.Missed) bool { return true })
	s.same([]any{e.Chat, m.From}, []any{at(group), cut})
	s.hearText("there you are")
}

func TestTheBotComesBackAndFindsItsMessages(t *testing.T) {
	o := options()
	var seconds atomic.Int64 // the platform's clock is a second later each time somebody looks at it
	o.Now = func() time.Time { return time.Unix(1800000000+seconds.Add(1), 0) }
	s := newStage(t, o)
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	copied := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("soup")}).Refs[0]
	s.settled(ana, group)
	if err := s.RemoveBot(group); err != nil {
		t.Fatal(err)
	}
	hear(s, func(e chat.Event, _ chat.Parted) bool { return e.Chat == at(group) })
	if err := s.AddBot(group); err != nil {
		t.Fatal(err)
	}
	arrived := 0
	id, err := s.Say(ana, group, world.Say{Text: chat.Plain("hot?"), ReplyTo: copied.ID})
	if err != nil {
		t.Fatal(err)
	}
	_, p := hear(s, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
	s.same(p.Reply.Ref, copied)
	for _, e := range s.settled(ana, group) {
		if _, ok := e.Body.(chat.Arrived); ok {
			arrived++
		}
	}
	if arrived != 2 {
		t.Errorf("arrived %d times", arrived)
	}
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: []chat.Ref{copied}}, As: gita(), Text: chat.Plain("hot soup")})
	s.same(s.texts(group), []string{"Gita: hot soup"})
}

func TestPortraits(t *testing.T) {
	s := newStage(t, options())
	ana, ben := s.NewPerson("Ana"), s.NewPerson("Ben")
	if err := s.SetPicture(ana, []byte("her face")); err != nil {
		t.Fatal(err)
	}
	open := func(id string) ([]byte, error) {
		r, err := s.adapter.Open(t.Context(), chat.Portrait(chat.Identity{Platform: chat.Telegram, ID: id}), 1000)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	if b, err := open(ana); err != nil || !bytes.Equal(b, []byte("her face")) {
		t.Errorf("got %q, %v", b, err)
	}
	smallest := s.Calls("getFile")
	if id := smallest[len(smallest)-1].Values["file_id"]; id != s.PictureID(ana, 160) {
		t.Errorf("fetched the size %s", id)
	}
	for _, id := range []string{ben, "999", "-1001234", "1087968824x"} {
		_, err := open(id)
		s.refused(err, chat.NotFound)
	}
}

func TestVanishingIsKnownWithoutItsLine(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	s.settled(ana, group)
	if err := s.SetTimer(group, time.Hour); err != nil { // before the bot came: it saw no line
		t.Fatal(err)
	}
	s.stop()
	s.cursor.position = ""
	s.start()
	s.say(ana, group, "quick")
	if _, p := s.hearText("quick"); p.Vanish != time.Hour {
		t.Errorf("vanishes after %s", p.Vanish)
	}
	if _, err := s.Say(ana, group, world.Say{Thing: &chat.Part{Kind: chat.Timer, Line: "24h"}}); err != nil {
		t.Fatal(err)
	}
	s.say(ana, group, "slow")
	if _, p := s.hearText("slow"); p.Vanish != 24*time.Hour {
		t.Errorf("vanishes after %s", p.Vanish)
	}
	s.same(len(s.Calls("getChat")) <= 2, true)
}
