package matrix_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func mealPoll(multiple bool) chat.Part {
	return chat.Part{Kind: chat.Poll, Line: "When?", Poll: &chat.Question{
		Text: "When?", Options: []string{"at six", "at seven", "never"}, Multiple: multiple,
	}}
}

// asks posts a poll as a person and returns its id.
func (r *rig) asks(person, group string, p chat.Part) string {
	r.t.Helper()
	id, err := r.world.Say(person, group, world.Say{Thing: &p})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// votes returns what was told of somebody's votes, in order.
func votes(events []chat.Event, person string) [][]int {
	var out [][]int
	for _, e := range events {
		if v, ok := e.Body.(chat.Voted); ok && e.By.Identity.ID == person {
			out = append(out, v.Options)
		}
	}
	return out
}

func TestVotesAreReadByPlaceWhateverTheIds(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	poll := r.asks(ana, group, mealPoll(true))
	cast := func(options ...int) {
		t.Helper()
		if err := r.world.CastVote(ben, group, poll, options...); err != nil {
			t.Fatal(err)
		}
	}
	cast(2, 0)
	cast()
	r.stop()
	r.start() // the ids must be asked for again
	cast(1)
	r.inject(group, fmt.Sprintf(`{"type":"org.matrix.msc3381.poll.response","sender":%q,"content":{"org.matrix.msc3381.poll.response":{"answers":["nonsense"]},"m.relates_to":{"rel_type":"m.reference","event_id":%q}}}`, ben, poll))
	r.inject(group, fmt.Sprintf(`{"type":"org.matrix.msc3381.poll.response","sender":%q,"content":{"m.relates_to":{"rel_type":"m.reference","event_id":"$nowhere"}}}`, ben))
	if diff := cmp.Diff([][]int{{0, 2}, nil, {1}, nil}, votes(r.settled(ana, group), ben)); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
}

func TestARedactedVoteGivesBackTheOneBefore(t *testing.T) {
	redactVotes(newRig(t, matrixtest.Options{}).start())
}

func redactVotes(r *rig) {
	t := r.t
	t.Helper()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	poll := r.asks(ana, group, mealPoll(false))
	r.settled(ana, group) // Dendrite shows what it has taken a little later
	if err := r.world.CastVote(ben, group, poll, 0); err != nil {
		t.Fatal(err)
	}
	if err := r.world.CastVote(ben, group, poll, 1); err != nil {
		t.Fatal(err)
	}
	e, _ := first(r, func(_ chat.Event, v chat.Voted) bool { return cmp.Equal(v.Options, []int{1}) })
	if err := r.world.Delete(ana, group, string(e.ID)[len("matrix:"):]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{0}, {1}, {0}}, votes(r.settled(ana, group), ben)); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
}

func TestAnEditedPollIsVotedInByItsNewAnswers(t *testing.T) {
	editPolls(newRig(t, matrixtest.Options{AppService: true}).start())
}

func editPolls(r *rig) {
	t := r.t
	t.Helper()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	poll := r.asks(ana, group, mealPoll(false))
	other := chat.Question{Text: "Where?", Options: []string{"here", "there"}}
	if err := r.world.EditPoll(ben, group, poll, chat.Question{Text: "Why?", Options: []string{"x", "y"}}); err != nil {
		t.Fatal(err)
	}
	if err := r.world.EditPoll(ana, group, poll, other); err != nil {
		t.Fatal(err)
	}
	e, b := first(r, func(chat.Event, chat.Edited) bool { return true })
	if b.Ref.ID != poll || len(b.Parts) != 1 || b.Parts[0].Poll == nil || b.Parts[0].Poll.Text != "Where?" {
		t.Errorf("the edit came as %+v", b)
	}
	vote := chat.Vote{To: in(group), Target: chat.Target{Refs: []chat.Ref{b.Ref}}, As: *guest(), Options: []int{1}}
	for _, restart := range []bool{false, true} {
		if restart {
			r.stop()
			r.start()
		}
		if _, err := r.do(vote); err != nil {
			t.Fatal(err)
		}
	}
	r.settled(ana, group)
	for _, m := range r.world.Messages(group) {
		if m.ID == poll && !cmp.Equal(m.Votes, map[int][]string{1: {"Gita"}}) {
			t.Errorf("people see the votes %v", m.Votes)
		}
	}
	if err := r.world.Delete(ana, group, string(e.ID)[len("matrix:"):]); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, group)
	vote.Options = []int{5}
	_, err := r.do(vote)
	refusedFor(t, err, chat.Invalid)
	vote.Target.Refs[0].ID = "$nothing"
	_, err = r.do(vote)
	refusedFor(t, err, chat.NotFound)
}

func TestAPollEndsByItsAuthorOrAModeratorOnly(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana, ben, eve)
	r.settled(ana, group)
	theirs := r.asks(ben, group, mealPoll(false))
	receipt, err := r.do(chat.Send{To: in(group), As: guest(), Parts: []chat.Part{mealPoll(false)}})
	if err != nil {
		t.Fatal(err)
	}
	ours := receipt.Refs[0].ID
	end := func(by, poll string) {
		t.Helper()
		r.inject(group, fmt.Sprintf(`{"type":"m.poll.end","sender":%q,"content":{"m.poll.results":{},"m.relates_to":{"rel_type":"m.reference","event_id":%q}}}`, by, poll))
	}
	end(eve, theirs)
	end(eve, ours)
	end(ana, ours) // she may remove it, so she may end it
	end(ben, theirs)
	var got []string
	for _, e := range r.settled(ana, group) {
		if b, ok := e.Body.(chat.PollEnded); ok {
			got = append(got, e.By.Name+" "+b.Ref.ID)
		}
	}
	if diff := cmp.Diff([]string{"Ana " + ours, "Ben " + theirs}, got); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
}

func TestTheBotEndsPollsItMayRemove(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	poll := r.asks(ben, group, mealPoll(false))
	end := chat.EndPoll{To: in(group), Target: chat.Target{Refs: []chat.Ref{{Chat: in(group), ID: poll}}}}
	if _, err := r.do(end); err != nil {
		t.Fatal(err)
	}
	if err := r.world.CastVote(ana, group, poll, 1); err == nil {
		t.Error("people still vote in a poll that the bot has ended")
	}
	r.inject(group, fmt.Sprintf(`{"type":"m.room.power_levels","state_key":"","sender":%q,"content":{"users":{%q:100,%q:10}}}`, ana, ana, r.server.BotID()))
	r.settled(ana, group)
	_, err := r.do(end)
	refusedFor(t, err, chat.Forbidden)
}

func TestAClosedPollIsToldInWords(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	p := mealPoll(false)
	p.Poll.Closed = true
	if _, err := r.do(chat.Send{To: in(group), As: guest(), Parts: []chat.Part{p}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Gita: [poll · When?]"}, r.shownByUs(group)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPollOfOursGetsANewQuestion(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	receipt, err := r.do(chat.Send{To: in(group), As: guest(), Parts: []chat.Part{mealPoll(false)}})
	if err != nil {
		t.Fatal(err)
	}
	target := chat.Target{Refs: receipt.Refs}
	next := mealPoll(false)
	next.Poll.Text = "When then?"
	for range 2 { // the second changes nothing
		if _, err := r.do(chat.Edit{To: in(group), Target: target, As: guest(), Parts: []chat.Part{next}}); err != nil {
			t.Fatal(err)
		}
	}
	shown := r.world.Messages(group)
	if last := shown[len(shown)-1]; len(last.Things) != 1 || last.Things[0].Poll.Text != "When then?" {
		t.Errorf("people see %+v", last)
	}
	if _, err := r.do(chat.Delete{To: in(group), Target: target}); err != nil {
		t.Fatal(err)
	}
	if shown := r.world.Messages(group); !shown[len(shown)-1].Deleted {
		t.Error("the poll is still there")
	}
}
