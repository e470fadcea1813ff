package breakouts

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestEverybodyIsInOneGroup(t *testing.T) {
	h := newHouse(t)
	r := h.gather("6..10 in 10m for 1h Soup", 45)
	h.texts()
	h.wait(10 * time.Minute)
	r = h.round(r.ID)
	var all []chat.MemberID
	for _, g := range r.Groups {
		if len(g.Members) < 6 || len(g.Members) > 10 || len(g.Told) != len(g.Members) || len(g.Greeted) == 0 {
			t.Errorf("group %d: %d members, told %d, greeted in %v", g.N, len(g.Members), len(g.Told), g.Greeted)
		}
		all = append(all, g.Members...)
	}
	slices.Sort(all)
	if len(all) != 45 || len(slices.Compact(all)) != 45 {
		t.Errorf("%d people are in groups", len(all))
	}
	if n := counted(h.texts(), "Your group for Soup is ready"); n != 45 {
		t.Errorf("%d people were told their group", n)
	}
	h.wait(time.Hour)
	if n := counted(h.texts(), "Time is up"); n == 0 {
		t.Error("nobody says that it is over")
	}
	h.wait(archiveIn - time.Minute)
	if texts := h.texts(); len(texts) > 0 {
		t.Errorf("said in the week after: %q", texts)
	}
	h.wait(2 * time.Minute)
	shut := counted(h.texts(), "shut ")
	if len(h.c.Rooms) != 1 {
		t.Errorf("%d rooms are left", len(h.c.Rooms))
	}
	h.wait(dropIn)
	if s := h.read(); len(s.Rounds) != 0 || len(s.Past) != 1 || shut == 0 {
		t.Errorf("after the archive: %d rounds, %d past, %d chats shut", len(s.Rounds), len(s.Past), shut)
	}
	if !h.due.IsZero() {
		t.Error("a timer is left")
	}
}

func TestNothingIsSaidTwice(t *testing.T) {
	h := newHouse(t)
	r := h.gather("in 10m Soup", 12)
	h.wait(10 * time.Minute)
	h.texts()
	for range 3 {
		h.tell(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
		h.asks("m2", "breakoutanswer "+r.ID+" in")
		h.asks("m1", "breakoutbegin "+r.ID+" now")
	}
	if texts := h.texts(); len(texts) != counted(texts, "The groups are made already") {
		t.Errorf("said again: %q", texts)
	}
}

func TestWhatComesTooLateIsLeftOut(t *testing.T) {
	h := newHouse(t)
	r := h.gather("in 10m Soup", 12)
	h.texts()
	h.late(3 * time.Hour)
	if h.round(r.ID) != nil || counted(h.texts(), "I was not running") == 0 || len(h.marks) != 1 {
		t.Errorf("groups are made three hours late; log %q", h.marks)
	}
	h = newHouse(t)
	r = h.gather("in 10m for 1h Soup", 12)
	h.late(2 * time.Hour)
	if r = h.round(r.ID); r.Stage != open || len(r.Groups) != 2 || !r.Ends.Equal(h.now.Add(time.Hour)) {
		t.Errorf("groups are not made an hour and 50 minutes late: %+v", r)
	}
	h.texts()
	h.late(5 * time.Hour)
	if n := counted(h.texts(), "Time is up"); n != 0 || len(h.marks) != 1 {
		t.Errorf("the end is announced four hours late, in %d chats; log %q", n, h.marks)
	}
}

func TestElevenAreOneGroupIfNobodyAnswers(t *testing.T) {
	h := newHouse(t)
	r := h.gather("in 10m Soup", 11)
	h.wait(11 * time.Minute)
	if r = h.round(r.ID); r.Stage != asking {
		t.Fatalf("the round is %s", r.Stage)
	}
	h.asks("m5", "breakoutsplit "+r.ID+" small")
	if r = h.round(r.ID); r.Stage != asking {
		t.Error("a member who has not started it decides")
	}
	h.wait(decideIn)
	if r = h.round(r.ID); len(r.Groups) != 1 || len(r.Groups[0].Members) != 11 {
		t.Errorf("groups: %d", len(r.Groups))
	}
}

func TestOneMoreMakesElevenFit(t *testing.T) {
	h := newHouse(t)
	r := h.gather("in 10m Soup", 11)
	h.wait(11 * time.Minute)
	h.asks("m40", "breakoutanswer "+r.ID+" in")
	h.asks("m1", "breakoutsplit "+r.ID+" large")
	r = h.round(r.ID)
	if len(r.Groups) != 2 || len(r.Groups[0].Members) != 6 {
		t.Errorf("twelve people are in %d groups", len(r.Groups))
	}
}

// Whatever others see must be the same kind of thing whether or not somebody has a wish.
func TestAWishIsShownToNobody(t *testing.T) {
	run := func(wish bool) (others []string, own []string) {
		h := newHouse(t)
		if wish {
			h.whispers("m2", "avoid m3")
			h.whispers("m2", "avoid m4")
		}
		h.gather("3..6 in 10m Soup", 3) // m2, m3 and m4: there is no other way
		h.texts()
		h.wait(10 * time.Minute)
		for _, x := range h.texts() {
			if strings.HasPrefix(x, "to m2: Somebody") {
				own = append(own, x)
				continue
			}
			others = append(others, x)
		}
		return others, own
	}
	plain, none := run(false)
	wished, own := run(true)
	if diff := cmp.Diff(plain, wished); diff != "" {
		t.Errorf("a wish shows (-without +with):\n%s", diff)
	}
	if len(none) != 0 || len(own) != 1 || strings.Contains(own[0], "M3") {
		t.Errorf("told to the one whose wish it is: %q", own)
	}
	if !New().Sealed() {
		t.Error("wishes are kept in the open")
	}
}

func TestWishesAreKept(t *testing.T) {
	h := newHouse(t)
	h.whispers("m2", "avoid m3")
	h.whispers("m5", "avoid m2")
	for range 6 {
		r := h.gather("2..3 in 10m for 10m Soup", 7)
		h.wait(10 * time.Minute)
		r = h.round(r.ID)
		g := r.groupOf("m2")
		if slices.Contains(g.Members, "m3") || slices.Contains(g.Members, "m5") {
			t.Errorf("m2 is with %v", g.Members)
		}
		h.wait(time.Hour)
	}
	if n := len(h.read().Past); n != maxPast {
		t.Errorf("%d rounds are remembered", n)
	}
	for i := range maxAvoid + 3 {
		h.whispers("m2", fmt.Sprint("avoid m", i+10))
	}
	mine := 0
	for _, w := range h.read().Avoid {
		if w.Who == "m2" {
			mine++
		}
	}
	if mine != maxAvoid {
		t.Errorf("m2 has %d wishes", mine)
	}
	h.asks("m7", "avoid m8")
	if slices.Contains(h.read().Avoid, Wish{Who: "m7", Not: "m8"}) {
		t.Error("a wish is heard in a room")
	}
	h.texts()
	h.whispers("m3", "avoid")
	if texts := h.texts(); len(texts) != 1 || strings.Contains(texts[0], "M2") {
		t.Errorf("m3 learns %q", texts)
	}
	h.whispers("m5", "avoid off m2")
	if slices.Contains(h.read().Avoid, Wish{Who: "m5", Not: "m2"}) {
		t.Error("a wish cannot be taken back")
	}
}

func TestTwoWhoAreOne(t *testing.T) {
	h := newHouse(t)
	h.whispers("m2", "avoid m30")
	h.whispers("m31", "avoid m30")
	h.whispers("m31", "avoid m2")
	r := h.gather("6..6 in 10m for 1h Soup", 24)
	h.wait(10 * time.Minute)
	before := h.round(r.ID)
	kept := before.Groups[0].Members[0]
	gone := before.Groups[1].Members[0]
	h.tell(chat.Event{Body: chat.Claimed{Kept: kept, Gone: gone}})
	if r = h.round(r.ID); r.people() != 23 || r.groupOf(gone) != nil || r.groupOf(kept).N != 1 {
		t.Errorf("people are %d", r.people())
	}
	h.tell(chat.Event{Body: chat.Claimed{Kept: "m2", Gone: "m31"}})
	if diff := cmp.Diff([]Wish{{Who: "m2", Not: "m30"}}, h.read().Avoid); diff != "" {
		t.Error(diff)
	}
	h.tell(chat.Event{Body: chat.Forgotten{Who: "m2"}})
	s := h.read()
	if len(s.Avoid) != 0 || strings.Contains(string(h.state), `"m2"`) {
		t.Errorf("of who was erased there is left: %s", h.state)
	}
}

func TestWhoComesLateIsInTheSmallestGroup(t *testing.T) {
	h := newHouse(t)
	r := h.gather("6..7 in 10m for 2h Soup", 13)
	h.wait(10 * time.Minute)
	h.asks("m100", "breakoutanswer "+r.ID+" in")
	if r = h.round(r.ID); len(r.groupOf("m100").Members) != 7 || r.people() != 14 || len(r.groupOf("m100").Told) != 7 {
		t.Errorf("m100 is in a group of %d", len(r.groupOf("m100").Members))
	}
	h.texts()
	h.asks("m101", "breakoutanswer "+r.ID+" in")
	if r = h.round(r.ID); r.groupOf("m101") != nil || counted(h.texts(), "cannot take one more") != 1 {
		t.Error("a full group takes one more")
	}
}

// A group without those whom somebody would rather not be with comes first, but nobody is sent away as long as there is a
// place: that would tell.
func TestAWishSendsNobodyAway(t *testing.T) {
	h := newHouse(t)
	r := h.gather("6..7 in 10m for 2h Soup", 12)
	h.wait(10 * time.Minute)
	h.whispers("m100", "avoid "+string(h.round(r.ID).Groups[0].Members[0]))
	h.texts()
	h.asks("m100", "breakoutanswer "+r.ID+" in")
	if g := h.round(r.ID).groupOf("m100"); g == nil || g.N != 2 || counted(h.texts(), "Somebody whom") != 0 {
		t.Error("m100 is with whom they would rather not be")
	}
	h.whispers("m101", "avoid "+string(h.round(r.ID).Groups[0].Members[1]))
	h.texts()
	h.asks("m101", "breakoutanswer "+r.ID+" in")
	if g := h.round(r.ID).groupOf("m101"); g == nil || g.N != 1 || counted(h.texts(), "to m101: Somebody whom") != 1 {
		t.Error("m101 is sent away, or not told")
	}
}

func TestASmallGroupCanGoOnWithAnother(t *testing.T) {
	h := newHouse(t)
	r := h.gather("4..5 in 10m for 2h Soup", 8)
	h.wait(10 * time.Minute)
	g := h.round(r.ID).Groups[0]
	h.texts()
	h.asks(string(g.Members[0]), "breakoutanswer "+r.ID+" out")
	if n := counted(h.texts(), "has become small"); n != 1 {
		t.Fatalf("asked %d times", n)
	}
	h.asks(string(g.Members[1]), "breakoutmerge "+r.ID+" 1 2 yes")
	if h.round(r.ID).Groups[0].Gone {
		t.Fatal("a member who has not started it puts groups together")
	}
	h.asks("m1", "breakoutmerge "+r.ID+" 1 2 yes")
	if r = h.round(r.ID); !r.Groups[0].Gone || len(r.Groups[1].Members) != 7 || len(r.Groups[1].Told) != 7 {
		t.Errorf("groups: %+v", r.Groups)
	}
	h.texts()
	for _, again := range []string{"1 2 yes", "2 1 yes", "1 1 yes", "9 2 yes", "2 2 yes", "x y z"} {
		h.asks("m1", "breakoutmerge "+r.ID+" "+again)
	}
	if texts := h.texts(); len(h.round(r.ID).Groups[1].Members) != 7 || counted(texts, "I have done nothing") != 6 {
		t.Errorf("old choices: %q", texts)
	}
	h.wait(2*time.Hour + archiveIn + dropIn + time.Minute)
	if len(h.read().Rounds) != 0 {
		t.Error("the round is never over")
	}
}

func TestRoomsThatCannotBeMade(t *testing.T) {
	h := newHouse(t)
	h.deaf, h.poor = chat.Matrix, chat.Telegram
	r := h.gather("6..9 in 10m for 2h Soup", 9)
	h.texts()
	h.wait(10 * time.Minute)
	if texts := h.texts(); counted(texts, "is ready") != 0 {
		t.Errorf("groups are welcomed before all messengers have answered: %q", texts)
	}
	h.wait(patience)
	texts := h.texts()
	if counted(texts, "You meet in the room") != 3 || counted(texts, "Welcome to Soup") != 1 {
		t.Errorf("after a while: %q", texts)
	}
	made := chat.Chat{Platform: chat.Matrix, ID: "late"}
	h.tell(chat.Event{Chat: h.c.Rooms[0].Chats[2], Tag: "breakout:" + r.ID + ":1 open", Body: chat.Sent{Made: made}})
	texts = h.texts()
	if counted(texts, "You meet in the room") != 3 || counted(texts, "I can make no room for it on Telegram") != 3 || counted(texts, "late: Welcome") != 1 {
		t.Errorf("when the last has answered: %q", texts)
	}
}

func TestWhoeverIsGoneIsInNoGroup(t *testing.T) {
	h := newHouse(t)
	r := h.gather("6..10 in 10m Soup", 14)
	card, _ := h.c.Members.ByID("m5")
	folk := h.c.Members.All()
	folk[4].In = nil
	folk[5].Settings = map[string]string{"match": "off"}
	folk[6].Settings = map[string]string{"sanction": "ban"}
	h.tell(chat.Event{Body: chat.Left{Who: chat.Person{Identity: card.Identities[0]}}})
	h.wait(10 * time.Minute)
	if r = h.round(r.ID); r.people() != 11 && r.Stage != asking || len(r.In) != 11 {
		t.Errorf("%d people, %d in", r.people(), len(r.In))
	}
}

func TestOnlyTheHouseTakesOverWhoComes(t *testing.T) {
	h := newHouse(t)
	r := h.gather("in 10m Soup", 0)
	h.asks("m1", "breakoutwith "+r.ID+" m8 m9")
	if len(h.round(r.ID).In) != 0 {
		t.Error("a moderator puts people into groups")
	}
	h.texts()
	h.tell(chat.Event{By: chat.Person{Identity: chat.House()}, Level: chat.Organiser, Body: chat.Asked{
		Command: commandWith, Args: []string{r.ID, "m8", "m9", "m8", "nobody"},
	}})
	texts := h.texts()
	if diff := cmp.Diff([]chat.MemberID{"m8", "m9"}, h.round(r.ID).In); diff != "" {
		t.Error(diff)
	}
	if counted(texts, "You come to the session") != 2 || counted(texts, "who comes to the session: 2") != 1 {
		t.Errorf("said: %q", texts)
	}
}

func TestHostileOrders(t *testing.T) {
	h := newHouse(t)
	h.asks("m1", "breakout in 5m \u202e@everyone\u200b "+strings.Repeat("x", 10_000))
	r := h.read().Rounds[0]
	if n := len([]rune(r.Topic)); n > maxTopic+1 || strings.ContainsRune(r.Topic, '\u202e') || strings.Contains(r.Topic, "@everyone") {
		t.Errorf("the topic is %q", r.Topic)
	}
	for range 2 * maxActive {
		h.asks("m1", "breakout Soup")
	}
	if n := len(h.read().Rounds); n != maxActive {
		t.Errorf("%d rounds are under way", n)
	}
	for _, line := range []string{"breakoutanswer", "breakoutanswer b1", "breakoutanswer b1 yes", "breakoutnotes b1 99999999999", "breakoutsplit b1", "breakoutmerge b1"} {
		h.asks("m2", line)
	}
	for i := range maxPeople + 20 {
		h.asks(fmt.Sprint("m", i+2), "breakoutanswer b1 in")
	}
	if n := len(h.round("b1").In); n != maxPeople {
		t.Errorf("%d people are in", n)
	}
}

func FuzzOrder(f *testing.F) {
	f.Add("6..10 in 30m for 2h Portfolio critique")
	f.Add("n=3-4 for 99999h x")
	f.Add("in in in for 8 8 8")
	f.Fuzz(func(t *testing.T, text string) {
		o, key, word := readOrder(text)
		if len([]rune(word)) > 50 {
			t.Errorf("%q says back %q", text, word)
		}
		if key != "" {
			return
		}
		if o.low < leastLow || o.high > mostHigh || o.low > o.high || o.in < minIn || o.in > maxIn || o.length < minFor || o.length > maxFor {
			t.Errorf("%q is %+v", text, o)
		}
		if o.topic == "" || len([]rune(o.topic)) > maxTopic+1 || strings.ContainsAny(o.topic, "\n\r\u202e") {
			t.Errorf("%q: the topic is %q", text, o.topic)
		}
	})
}
