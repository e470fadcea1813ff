package signaltest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// polls returns the polls that people see there.
func (w *fixtureWorld) polls(where string) (out []chat.Question) {
	for _, m := range w.Messages(where) {
		for _, p := range m.Things {
			if p.Poll != nil {
				out = append(out, *p.Poll)
			}
		}
	}
	return out
}

func TestPhonesIgnorePollsThatTheyDoNotHave(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	poll := func(to, where, question string) {
		c.must("sendPollCreate", map[string]any{to: where, "question": question, "options": []string{"Fri", "Sat"}})
	}
	poll("recipient", bob, "When?")
	if got := w.polls(bob); len(got) > 0 {
		t.Errorf("in private people see %+v", got)
	}
	poll("groupId", testGroup, strings.Repeat("x", 101))
	if got := w.polls(testGroup); len(got) > 0 {
		t.Errorf("of a long question people see %+v", got)
	}
	poll("groupId", testGroup, strings.Repeat("x", 100))
	if got := w.polls(testGroup); len(got) != 1 || !got[0].Multiple {
		t.Errorf("people see %+v", got)
	}
}

func TestVotesFollowTheRulesOfThePoll(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	id, err := w.Ask(alice, testGroup, "When?", false, "Fri", "Sat")
	if err != nil {
		t.Fatal(err)
	}
	votes := func() map[int][]string {
		all := w.Messages(testGroup)
		return all[len(all)-1].Votes
	}
	if err := w.CastVote(bob, testGroup, id, 1); err != nil || !slices.Equal(votes()[1], []string{"Bob"}) {
		t.Errorf("vote: %v, people see %v", err, votes())
	}
	for _, options := range [][]int{{0, 1}, {2}, {-1}} {
		if err := w.CastVote(bob, testGroup, id, options...); err == nil {
			t.Errorf("the vote %v is taken", options)
		}
	}
	if err := w.CastVote(bob, testGroup, id); err != nil || len(votes()) > 0 {
		t.Errorf("taken back: %v, people see %v", err, votes())
	}
	if err := w.EndPoll(bob, testGroup, id); err == nil {
		t.Error("Bob ends Alice's poll")
	}
	if err := w.EndPoll(alice, testGroup, id); err != nil || !w.polls(testGroup)[0].Closed {
		t.Errorf("end: %v, people see %+v", err, w.polls(testGroup))
	}
	if w.CastVote(bob, testGroup, id, 0) == nil || w.EndPoll(alice, testGroup, id) == nil {
		t.Error("a poll that is over goes on")
	}
}

func TestPicturesAreThoseThatTheDaemonHas(t *testing.T) {
	t.Parallel()
	for _, ignored := range []bool{false, true} {
		w := newFixtureWorld(t, Options{IgnoreAvatars: ignored})
		c := dialTest(t, w.Server)
		picture := func(params map[string]any) string {
			a := c.call("getAvatar", params)
			if a.Error != nil {
				return a.Error.Message
			}
			return string(a.Result)
		}
		none, face := "Could not find avatar", `{"data":"YSBmYWNl"}`
		if got := picture(map[string]any{"profile": bob}); got != none {
			t.Errorf("without a picture: %s", got)
		}
		w.SetPortrait(bob, []byte("a face"))
		if got := picture(map[string]any{"profile": bob}); (got == face) == ignored || (got == none) != ignored {
			t.Errorf("ignored %v: %s", ignored, got)
		}
		if got := picture(map[string]any{"groupId": otherGroup}); got != "Group not found: "+otherGroup {
			t.Errorf("of an unknown group: %s", got)
		}
	}
}

func TestPeopleHaveWhatSignalHas(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	for _, say := range []world.Say{
		{Thing: &chat.Part{Kind: chat.Dice}},
		{Thing: &chat.Part{Kind: chat.Payment}},
		{Text: textOf("x"), Forward: "Bob"},
		{Text: textOf("x"), Thread: "y"},
		{Media: []world.Media{{Kind: chat.Photo, Hidden: true}}},
	} {
		if _, err := w.Say(bob, testGroup, say); !errors.Is(err, world.ErrNone) {
			t.Errorf("say %+v: %v", say, err)
		}
	}
	w.EditByAdmins(testGroup, true)
	if _, err := w.Say(bob, testGroup, world.Say{Thing: &chat.Part{Kind: chat.Title, Line: "Mine"}}); err == nil || errors.Is(err, world.ErrNone) {
		t.Errorf("who may not change the title: %v", err)
	}
	if _, err := w.Say(bob, testGroup, world.Say{Thing: &chat.Part{Kind: chat.Poll}}); err == nil {
		t.Error("a poll of nothing is posted")
	}
}
