package telegram

import (
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestARoomIsATopicOfTheGroup(t *testing.T) {
	s := newStage(t, options())
	olga, ana := s.NewPerson("Olga"), s.NewPerson("Ana")
	forum := s.NewForum("House", olga, ana)
	open := chat.Open{Beside: at(forum), Title: "Pair of\nbakers " + strings.Repeat("x", 200)}
	r, err := s.tryAs("test:open#1", open)
	if err != nil || r.Made.ID == forum || !strings.HasPrefix(r.Made.ID, forum+"/") {
		t.Fatalf("made %v, %v", r.Made, err)
	}
	s.restart()
	if again, err := s.tryAs("test:open#1", open); err != nil || again.Made != r.Made {
		t.Errorf("again: %v, %v", again.Made, err)
	}
	s.same(len(s.Calls("createForumTopic")), 1)
	s.do(chat.Send{To: r.Made, Text: chat.Plain("here you are")})
	s.say(ana, r.Made.ID, "thanks")
	if e, _ := s.hearText("thanks"); e.Chat != r.Made || !strings.HasPrefix(e.Title, "House · Pair of bakers") {
		t.Errorf("in %v, titled %q", e.Chat, e.Title)
	}
	shut := chat.Shut{To: r.Made}
	s.do(shut)
	s.do(shut) // what is so already is done
	if _, err := s.Say(ana, r.Made.ID, world.Say{Text: chat.Plain("one more")}); err == nil {
		t.Error("people can write in a room that is shut")
	}
	s.do(chat.Send{To: r.Made, Text: chat.Plain("the house can")})
	if err := s.DeleteTopic(olga, r.Made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.try(shut)
	s.refused(err, chat.NotFound)
}

func TestWhereThereAreNoTopicsThereAreNoRooms(t *testing.T) {
	s := newStage(t, options())
	olga := s.NewPerson("Olga")
	for _, group := range []string{s.NewGroup("Kitchen", olga), s.NewBasicGroup("Den", olga)} {
		_, err := s.try(chat.Open{Beside: at(group), Title: "Pair"})
		s.refused(err, chat.Unsupported)
		_, err = s.try(chat.Shut{To: at(group)})
		s.refused(err, chat.Unsupported)
	}
	forum := s.NewForum("House", olga)
	if err := s.SetBotRights(forum, "can_pin_messages"); err != nil {
		t.Fatal(err)
	}
	_, err := s.try(chat.Open{Beside: at(forum), Title: "Pair"})
	s.refused(err, chat.Forbidden)
	_, err = s.try(chat.Open{Beside: at(forum), Title: " "})
	s.refused(err, chat.Invalid)
}

func TestCitationsLeadToTheirMessages(t *testing.T) {
	for ref, want := range map[string]string{
		"telegram:-1001234567890 42":    "https://t.me/c/1234567890/42",
		"telegram:-1001234567890/56 42": "https://t.me/c/1234567890/56/42",
		"telegram:-1234567 42":          "", // a basic group
		"telegram:1234567 42":           "", // a private conversation
		"telegram:-1001234567890 x":     "",
		"telegram:-1012345678901 42":    "https://t.me/c/12345678901/42",
		"signal:abc 42":                 "",
		"m17":                           "",
	} {
		text := chat.Plain("as ").Append(chat.Styled(chat.Cite, "Ana said", ref))
		r := render(text)
		got := ""
		if len(r.entities) == 1 && r.entities[0].Offset == 3 && r.entities[0].Length == 8 {
			got = r.entities[0].URL
		}
		if got != want || r.plain != "as Ana said" || len(r.entities) > 1 {
			t.Errorf("%s: %q, %+v, want %q", ref, r.plain, r.entities, want)
		}
	}
}

func TestPulse(t *testing.T) {
	s := newStage(t, options())
	olga := s.NewPerson("Olga")
	s.settled(olga, s.NewGroup("Kitchen", olga))
	if at, every := s.adapter.Pulse(); at.IsZero() || every != pollTimeout {
		t.Errorf("at %s, every %s", at, every)
	}
	if at, _ := newAdapter(t, Config{Token: s.Token(), API: s.URL()}, nil, &cursor{}).Pulse(); !at.IsZero() {
		t.Errorf("answered at %s before anybody asked", at)
	}
}
