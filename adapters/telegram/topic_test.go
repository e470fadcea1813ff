package telegram

import (
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestTopicsAreCalledWhatTheyAreCalledNow(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	forum := s.NewForum("House", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	if err != nil {
		t.Fatal(err)
	}
	title := func(group, text string) string {
		t.Helper()
		s.say(ana, group, text)
		e, _ := s.hearText(text)
		return e.Title
	}
	s.same(title(forum, "one"), "House · General")
	s.same(title(bread, "two"), "House · Bread")
	if err := s.RenameTopic(ana, bread, "Bread and cake"); err != nil {
		t.Fatal(err)
	}
	s.same(title(bread, "three"), "House · Bread and cake")
	s.restart()
	s.same(title(bread, "four"), "House · Bread and cake")
	if err := s.CloseTopic(ana, bread, true); err != nil {
		t.Fatal(err)
	}
	if err := s.CloseTopic(ana, bread, false); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range s.settled(ana, bread) {
		if p, ok := e.Body.(chat.Posted); ok && len(p.Parts) > 0 && e.Chat == at(bread) {
			lines = append(lines, p.Parts[0].Describe())
		}
	}
	s.same(lines, []string{"[topic · new · Bread]", "[topic · now called Bread and cake]", "[topic · closed]", "[topic · open again]"})
}

// TestNothingLeavesItsTopic looks at every call that posts: without the topic's number it would stand in General.
func TestNothingLeavesItsTopic(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	forum := s.NewForum("House", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	if err != nil {
		t.Fatal(err)
	}
	photo := s.part(chat.Photo, "a.png", "image/png", png(1))
	for _, parts := range [][]chat.Part{
		nil,
		{photo},
		{photo, photo},
		{s.part(chat.File, "a.txt", "text/plain", []byte("a"))},
		{s.part(chat.Voice, "a.ogg", "audio/ogg", []byte("a"))},
		{s.part(chat.Sticker, "a.webp", "image/webp", []byte("RIFF"))},
		{s.part(chat.VideoNote, "a.mp4", "video/mp4", []byte("a"))},
		{s.part(chat.Video, "a.mp4", "video/mp4", []byte("a"))},
		{s.part(chat.Audio, "a.mp3", "audio/mpeg", []byte("a"))},
		{s.part(chat.Animation, "a.gif", "image/gif", []byte("GIF89a"))},
		{somewhere(chat.Location)},
		{somewhere(chat.LiveLocation)},
		{somewhere(chat.Venue)},
		{card()},
		{question("a", "b")},
	} {
		r := s.do(chat.Send{To: at(bread), As: gita(), Text: chat.Plain(strings.Repeat("bread ", 10)), Parts: parts})
		for _, ref := range r.Refs {
			if ref.Chat != at(bread) {
				t.Errorf("ref %v of %+v", ref, parts)
			}
		}
	}
	_, thread, _ := strings.Cut(bread, "/")
	for _, c := range s.Calls("") {
		if strings.HasPrefix(c.Method, "send") && c.Values["message_thread_id"] != thread {
			t.Errorf("%s goes to the topic %q", c.Method, c.Values["message_thread_id"])
		}
	}
	s.same(len(s.bySelf(forum)), 0)
}

func TestWhatWasForADeletedTopicStandsNowhere(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	forum := s.NewForum("House", ana)
	bread, err := s.NewTopic(ana, forum, "Bread")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteTopic(ana, bread); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = s.try(chat.Send{To: at(bread), As: gita(), Text: chat.Plain("for the bakers alone")})
		s.refused(err, chat.NotFound)
	}
	_, err = s.try(chat.Send{To: at(bread), As: gita(), Parts: []chat.Part{question("a", "b")}})
	s.refused(err, chat.NotFound)
	s.same(len(s.bySelf(forum)), 0)
	hear(s, func(e chat.Event, _ chat.Parted) bool { return e.Chat == at(bread) })
	parted := 0
	for _, e := range s.settled(ana, forum) {
		if _, ok := e.Body.(chat.Parted); ok {
			parted++
		}
	}
	if parted != 1 {
		t.Errorf("told %d times", parted)
	}
}
