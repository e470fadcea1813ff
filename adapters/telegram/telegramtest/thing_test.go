package telegramtest

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestThingsAreRefusedInThePlatformsWords(t *testing.T) {
	s := start(t, Options{}) // the schema would find some of it before
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Talk", ana)
	text := must(t, ask(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "no poll"}))
	id := json.Number(string(mustRaw(t, text.Result, "message_id"))).String()
	place := map[string]any{"latitude": 52.5, "longitude": 13.4}
	options := func(texts ...string) map[string]any { return map[string]any{"question": "When?", "options": texts} }
	for _, test := range []struct {
		method string
		params map[string]any
		want   string
	}{
		{"sendLocation", map[string]any{"latitude": 91, "longitude": 0}, "wrong latitude or longitude"},
		{"sendLocation", map[string]any{"latitude": 1, "longitude": 1, "live_period": 5}, "wrong live location period specified"},
		{"sendVenue", with(place, "title", "T", "address", " "), "venue title and address must be non-empty"},
		{"sendContact", map[string]any{"phone_number": "call me", "first_name": "Bo"}, "phone number is empty"},
		{"sendContact", map[string]any{"phone_number": "+1", "first_name": " "}, "first name is empty"},
		{"sendPoll", options(), "poll must have 1-12 options"},
		{"sendPoll", options("a", strings.Repeat("b", 101)), "poll options length must not exceed 100"},
		{"sendPoll", with(options("a", "b"), "type", "quiz"), "correct option identifiers must be specified"},
		{"stopPoll", map[string]any{"message_id": id}, "message is not a poll"},
		{"stopPoll", map[string]any{"message_id": 999}, "message with poll to stop not found"},
		{"editMessageLiveLocation", with(place, "message_id", id), "message can't be edited"},
		{"closeForumTopic", map[string]any{"message_thread_id": 5}, "the chat is not a forum"},
		{"sendMessage", map[string]any{"text": "x", "reply_parameters": map[string]any{"message_id": json.Number(id), "quote": "a poll"}}, "QUOTE_TEXT_INVALID"},
	} {
		test.params["chat_id"] = group
		if a := ask(t, s, test.method, test.params); a.Code != 400 || a.Description != "Bad Request: "+test.want {
			t.Errorf("%s %v: %d %s", test.method, test.params, a.Code, a.Description)
		}
	}
}

func with(params map[string]any, more ...any) map[string]any {
	out := maps.Clone(params)
	for i := 0; i < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

func TestVotesKeepTheRulesOfTheirPoll(t *testing.T) {
	s := start(t, fast())
	ana, ben, eve := s.NewPerson("Ana"), s.NewPerson("Ben"), s.NewPerson("Eve")
	group := s.NewGroup("Talk", ana, ben)
	say := func(q chat.Question) string {
		t.Helper()
		id, err := s.Say(ana, group, world.Say{Thing: &chat.Part{Kind: chat.Poll, Poll: &q}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	one := say(chat.Question{Text: "When?", Options: []string{"six", "seven"}})
	quiz := say(chat.Question{Text: "What?", Options: []string{"rye", "oat"}, Quiz: true, Secret: true})
	drain(t, s)
	for _, test := range []struct {
		who, poll string
		options   []int
		ok        bool
	}{
		{ben, one, []int{0}, true},
		{ben, one, []int{1}, true},
		{ben, one, []int{0, 1}, false},
		{ben, one, []int{2}, false},
		{eve, one, []int{0}, false},
		{ben, quiz, []int{0}, true},
		{ben, quiz, []int{1}, false},
	} {
		if err := s.CastVote(test.who, group, test.poll, test.options...); (err == nil) != test.ok {
			t.Errorf("%v in %s: %v", test.options, test.poll, err)
		}
	}
	if err := s.EndPoll(ben, group, one); err == nil {
		t.Error("a poll is ended by somebody else")
	}
	if list := updates(t, s, nil); len(list) != 0 {
		t.Errorf("the bot is told of votes in a member's poll: %v", list)
	}
	if err := s.EndPoll(ana, group, one); err != nil {
		t.Error(err)
	}
	if list := updates(t, s, nil); len(list) != 1 || !strings.Contains(string(list[0]["poll"]), `"is_closed":true`) {
		t.Errorf("the bot is told %v", list)
	}
	shown := s.Messages(group)
	if v := shown[len(shown)-2].Votes; len(v[1]) != 1 || v[1][0] != "Ben" {
		t.Errorf("people see the votes %v", v)
	}
	if v := shown[len(shown)-1].Votes; v != nil {
		t.Errorf("people see the votes %v of a poll where nobody may", v)
	}
}

func TestPeopleHaveNoSuchThing(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Talk", ana)
	for name, say := range map[string]world.Say{
		"an invitation": {Thing: &chat.Part{Kind: chat.Invitation}},
		"a topic":       {Thing: &chat.Part{Kind: chat.Topic, Line: "x"}},
		"once":          {Text: chat.Plain("x"), Once: true},
		"a thread":      {Text: chat.Plain("x"), Thread: "1"},
	} {
		if _, err := s.Say(ana, group, say); !errors.Is(err, world.ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatVanishesIsGone(t *testing.T) {
	now := time.Unix(1800000000, 0)
	s := start(t, Options{Strict: true, Now: func() time.Time { return now }})
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Talk", ana)
	if _, err := s.Say(ana, group, world.Say{Text: chat.Plain("quick"), Vanish: time.Hour}); err != nil {
		t.Fatal(err)
	}
	shown := func() world.Shown { all := s.Messages(group); return all[len(all)-1] }
	if shown().Deleted {
		t.Error("it is gone at once")
	}
	now = now.Add(time.Hour)
	if !shown().Deleted {
		t.Error("it is still there")
	}
}
