package flags

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// monday is one at nine.
func monday() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// table is a community of n members with the rooms Kitchen and Mods; m0 is its organiser, m1 and m2 are moderators.
func table(n int) chat.Community {
	kitchen := chat.Chat{Platform: chat.Telegram, ID: "kitchen"}
	var all coretest.Folk
	for i := range n {
		id := chat.MemberID(fmt.Sprint("m", i))
		card := chat.Card{
			ID: id, Name: fmt.Sprint("Name", i), Level: chat.Member, Identities: []chat.Identity{{Platform: chat.Telegram, ID: string(id)}},
			In: []chat.Chat{kitchen}, Settings: map[string]string{}, Since: monday().AddDate(-1, 0, 0),
		}
		switch i {
		case 0:
			card.Level = chat.Organiser
		case 1, 2:
			card.Level = chat.Moderator
		}
		all = append(all, card)
	}
	return chat.Community{ID: "c1", Members: all, Settings: map[string]string{}, Rooms: []chat.Room{
		{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen}, Settings: map[string]string{}},
		{ID: "r2", Name: "Mods", Chats: []chat.Chat{{Platform: chat.Telegram, ID: "mods"}}, Settings: map[string]string{rule.Moderators: "on"}},
		{ID: "r3", Name: "Attic", Chats: []chat.Chat{{Platform: chat.Telegram, ID: "attic"}, {Platform: chat.Matrix, ID: "attic"}}, Settings: map[string]string{}},
	}}
}

// player plays events against the rule.
type player struct {
	t     *testing.T
	c     chat.Community
	state []byte
	now   time.Time
}

func play(t *testing.T, n int) *player { return &player{t: t, c: table(n), now: monday()} }

func (p *player) card(i int) *chat.Card { return &p.c.Members.(coretest.Folk)[i] }

func (p *player) decide(e chat.Event) []chat.Effect {
	p.t.Helper()
	e.Now, e.Community = p.now, "c1"
	r := New()
	if _, ok := r.Key(p.c, e); !ok {
		return nil
	}
	state, out, err := r.Decide(p.c, p.state, e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.state = state
	return out
}

func (p *player) read() (s State) {
	p.t.Helper()
	if len(p.state) > 0 {
		if err := json.Unmarshal(p.state, &s); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

func (p *player) says(i int, room chat.RoomID, text string) []chat.Effect {
	p.t.Helper()
	card := p.card(i)
	r, _ := p.c.Room(room)
	return p.decide(chat.Event{
		Room: room, Chat: r.Chats[0], Member: card.ID, Level: card.Level, By: chat.Person{Identity: card.Identities[0]},
		Message: &chat.Message{ID: "x"}, Body: chat.Posted{Text: chat.Plain(text)},
	})
}

// asks lets a member choose or type a command.
func (p *player) asks(i int, command string, args ...string) []chat.Effect {
	p.t.Helper()
	card := p.card(i)
	return p.decide(chat.Event{
		Room: "r2", Chat: p.c.Rooms[1].Chats[0], Member: card.ID, Level: card.Level, By: chat.Person{Identity: card.Identities[0]},
		Body: chat.Asked{Command: command, Args: args, Chosen: true},
	})
}

// week lets the rule be told the numbers of the week before now, and what the logs have.
func (p *player) week(members, settled, wrote, overdue int, audit, promises []chat.Line) []chat.Effect {
	p.t.Helper()
	at := time.Date(p.now.Year(), p.now.Month(), p.now.Day(), 0, 0, 0, 0, time.UTC)
	args := []string{at.AddDate(0, 0, -7).Format(time.RFC3339), at.Format(time.RFC3339), number(members), number(settled), number(wrote), number(overdue), "0"}
	looks := p.decide(chat.Event{By: chat.Person{Identity: chat.House()}, Level: chat.Organiser, Body: chat.Asked{Command: commandNumbers, Args: args}})
	if n := len(slices.DeleteFunc(slices.Clone(looks), func(e chat.Effect) bool { _, is := e.(chat.Look); return !is })); n != 3 {
		p.t.Fatalf("%d looks: %+v", n, looks)
	}
	p.decide(chat.Event{Body: chat.Found{Rule: title, Key: "c1", View: chat.Logged, Lines: audit}})
	p.decide(chat.Event{Body: chat.Found{Rule: title, Key: "c1", View: chat.Logged, Lines: promises}})
	return p.decide(chat.Event{Body: chat.Found{Rule: title, Key: "c1", View: chat.Between}})
}

// told are the tags of what is said to the moderators.
func told(out []chat.Effect) []string {
	var tags []string
	for _, e := range out {
		if s, ok := e.(chat.Send); ok {
			tags = append(tags, s.Tag)
		}
	}
	return tags
}

func TestTwoWeeksRunningAndNotTooOften(t *testing.T) {
	p := play(t, 20)
	var got []string
	for i := range 16 {
		overdue := one(i != 2 && i < 12) // bad, bad, good, then bad until the twelfth week
		for _, tag := range told(p.week(20, 20, 20, overdue, nil, nil)) {
			got = append(got, fmt.Sprintf("%d %s", i, tag))
		}
		p.now = p.now.AddDate(0, 0, 7)
	}
	want := []string{"1 flag:ghosting", "5 flag:ghosting", "9 flag:ghosting", "13 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestFifteenMembers(t *testing.T) {
	for members, want := range map[int]int{14: 0, 15: 1} {
		p := play(t, 20)
		n := 0
		for range 3 {
			n += len(told(p.week(members, members, members, 1, nil, nil)))
			p.now = p.now.AddDate(0, 0, 7)
		}
		if n != want {
			t.Errorf("%d members: told %d times", members, n)
		}
	}
}

func TestASnoozeHoldsForFourWeeks(t *testing.T) {
	p := play(t, 20)
	var weeks []int
	for i := range 12 {
		if len(told(p.week(20, 20, 20, 1, nil, nil))) > 0 {
			weeks = append(weeks, i)
		}
		if i == 4 {
			p.asks(1, commandDo, "snooze", ghosting)
		}
		p.now = p.now.AddDate(0, 0, 7)
	}
	if diff := cmp.Diff([]int{1, 8}, weeks); diff != "" {
		t.Errorf("weeks (-want +got):\n%s", diff)
	}
}

func lines(by chat.MemberID, n int, first time.Time, gap time.Duration) []chat.Line {
	var out []chat.Line
	for i := range n {
		out = append(out, chat.Line{By: by, At: first.Add(time.Duration(i) * gap), Text: "telegram timeout: 2h, rude"})
	}
	return out
}

func TestOnlyTheHouseTellsTheNumbers(t *testing.T) {
	p := play(t, 20)
	args := []string{"2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z", "20", "20", "0", "9", "0"}
	if out := p.asks(0, commandNumbers, args...); slices.ContainsFunc(out, func(e chat.Effect) bool { _, is := e.(chat.Look); return is }) {
		t.Errorf("an organiser can: %+v", out)
	}
}

func TestAnOldButtonDoesNothing(t *testing.T) {
	p := play(t, 20)
	p.says(1, "r1", "hello")
	for _, args := range [][]string{{"archive", "r3"}, {"archive", "r2"}, {"archive", "r9"}, {"keep", "r3"}, {"", ""}, {"x"}} {
		p.asks(0, commandRest, args...)
	}
	if x := p.read().Rooms["r3"]; !x.Rest.IsZero() || !x.Keep.IsZero() {
		t.Errorf("the attic rests though nobody was asked: %+v", x)
	}
	if out := p.asks(1, commandDo, promosRoom, "r1"); slices.ContainsFunc(out, func(e chat.Effect) bool { _, is := e.(chat.Set); return is }) {
		t.Error("a moderator has changed a room")
	}
	if out := p.asks(0, commandDo, promosRoom, "r2"); slices.ContainsFunc(out, func(e chat.Effect) bool { _, is := e.(chat.Set); return is }) {
		t.Error("the moderators' room has become the promos'")
	}
	for _, args := range [][]string{{"2026-03", "energy", "3"}, {"", "energy", "9"}, {"", "drain", "x"}} {
		p.asks(1, commandPulse, args...)
	}
	if s := p.read(); len(s.Pulse.Energy)+len(s.Pulse.Drain) > 0 {
		t.Errorf("an answer to no question: %+v", s.Pulse)
	}
}

// due lets the timer strike.
func (p *player) due() []chat.Effect {
	p.t.Helper()
	p.now = p.read().Woken
	return p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
}

func TestAStillRoomIsClosedOnlyAfterAll(t *testing.T) {
	p := play(t, 5)
	p.says(1, "r3", "hello")
	p.says(1, "r1", "hello")
	p.c.Rooms[0].Settings[protected] = "on"
	day := func() int { return int(p.now.Sub(monday()).Hours() / 24) }
	if out := p.due(); day() != 30 || len(told(out)) != 2 {
		t.Fatalf("on day %d: %+v", day(), out)
	}
	p.due()
	if day() != 60 || !p.read().Rooms["r3"].Asked {
		t.Fatalf("asked on day %d: %+v", day(), p.read().Rooms)
	}
	if !p.read().Woken.IsZero() {
		t.Errorf("while it is the organisers' turn the timer is set for %s", p.read().Woken)
	}
	p.asks(0, commandRest, "keep", "r3")
	if p.due(); day() != 120 {
		t.Fatalf("asked again on day %d", day())
	}
	p.asks(0, commandRest, "archive", "r3")
	p.now = p.read().Woken.Add(3 * time.Hour) // the house has stood still: a word may be on its way
	if out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}}); len(out) != 1 {
		t.Fatalf("late it does %+v", out)
	}
	p.c.Settings["quiet"] = p.now.AddDate(0, 0, 1).Format(time.DateOnly)
	if out := p.due(); len(out) != 1 {
		t.Fatalf("in a quiet week it does %+v", out)
	}
	p.due() // the day behind it, which is late again
	out := p.due()
	shut := 0
	for _, e := range out {
		if s, ok := e.(chat.Shut); ok && s.Tag == restTag+"r3" {
			shut++
		}
	}
	if shut != 2 || day() != 130 {
		t.Fatalf("on day %d: %+v", day(), out)
	}
	out = p.decide(chat.Event{Chat: p.c.Rooms[2].Chats[1], Tag: restTag + "r3", Body: chat.Sent{}})
	if diff := cmp.Diff([]chat.Effect{chat.Unlink{Chat: p.c.Rooms[2].Chats[1]}}, out); diff != "" {
		t.Error(diff)
	}
	out = p.decide(chat.Event{Chat: p.c.Rooms[2].Chats[0], Tag: restTag + "r3", Body: chat.Failed{Why: chat.Unsupported}})
	if len(out) != 2 || out[1] != (chat.Unlink{Chat: p.c.Rooms[2].Chats[0]}) {
		t.Errorf("one that cannot be closed: %+v", out)
	}
}

func TestNothingIsKeptOfWhoIsErased(t *testing.T) {
	p := play(t, 20)
	p.says(4, "r1", "see https://ana.org #promo")
	p.says(1, "r1", "hi")
	p.asks(4, "workload")
	p.decide(chat.Event{Tag: "ritual:goals:1", Body: chat.Sent{Refs: []chat.Ref{{ID: "1"}}}})
	p.decide(chat.Event{
		Room: "r1", Chat: p.c.Rooms[0].Chats[0], Member: "m4", By: chat.Person{Identity: p.card(4).Identities[0]},
		ReplyTo: &chat.Message{Tag: "ritual:goals:1"}, Body: chat.Posted{Text: chat.Plain("me")},
	})
	if !strings.Contains(string(p.state), "m4") {
		t.Fatal("nothing was kept at all")
	}
	p.decide(chat.Event{Body: chat.Forgotten{Who: "m4"}})
	if strings.Contains(string(p.state), "m4") {
		t.Errorf("kept: %s", p.state)
	}
}

// A year of five hundred people stays small, and nothing is said in a burst.
func TestSixtyWeeksOfManyPeople(t *testing.T) {
	p := play(t, 500)
	for i := range 60 {
		for j := range 12 {
			p.says((37*i+j)%500, "r1", fmt.Sprintf("https://site%d.org word%d", j, i))
		}
		p.now = p.now.AddDate(0, 0, 7)
		if n := len(told(p.week(500, 400, 300, i%2, lines("m1", 400, p.now.AddDate(0, 0, -9), time.Minute), nil))); n > 3 {
			t.Fatalf("week %d: %d messages at once", i, n)
		}
	}
	if s := p.read(); len(p.state) > 200<<10 || len(s.Weeks) > maxWeeks || len(s.Waits) > 0 || len(s.Audit) > 0 {
		t.Errorf("%d bytes, %d weeks, %d waits, %d actions", len(p.state), len(s.Weeks), len(s.Waits), len(s.Audit))
	}
}

func FuzzRead(f *testing.F) {
	f.Add("2026-02-23T00:00:00Z 2026-03-02T00:00:00Z 20 20 0 9 0")
	f.Fuzz(func(t *testing.T, line string) {
		if g, ok := read(strings.Fields(line)); ok && (g.Members < 0 || g.Overdue < 0) {
			t.Errorf("%q is read as %+v", line, g)
		}
	})
}
