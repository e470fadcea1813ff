package order_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/order"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// year is a community of 150 people on three messengers whose time passes as fast as it is computed.
type year struct {
	t      *testing.T
	store  *coretest.Store
	engine *core.Engine
	now    time.Time
	seq    uint64
	n      int
	chance *rand.Rand
	posted map[string][]time.Time // words of the house in the Telegram room → when
	told   []telling              // what the house has told people in private
	codes  []string
	cards  []chat.Ref // sessions that were announced in the Telegram room, until their goers have answered
}

// telling is one word to one person.
type telling struct {
	who  chat.Identity
	text string
	at   time.Time
	tag  string
}

func kitchenOn(p chat.Platform) chat.Chat { return chat.Chat{Platform: p, ID: "kitchen"} }

func privateOf(i chat.Identity) chat.Chat {
	return chat.Chat{Platform: i.Platform, ID: "private-" + i.ID}
}

// restart makes a new engine over the same state, as after a kill between two events.
func (y *year) restart() {
	e, err := core.New(core.Config{Store: y.store, Rules: order.Rules(), Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1}})
	if err != nil {
		y.t.Fatalf("start engine: %v", err)
	}
	y.engine = e
}

// fold lets something happen, and every platform say yes to what follows.
func (y *year) fold(e chat.Event) {
	queue := []chat.Event{e}
	for len(queue) > 0 {
		e, queue = queue[0], queue[1:]
		y.n++
		if e.ID == "" {
			e.ID = chat.EventID(fmt.Sprint("e", y.n))
		}
		e.At = y.now
		raw, err := chat.EncodeEvent(e)
		if err != nil {
			y.t.Fatal(err)
		}
		y.seq++
		rows, err := y.engine.Fold([]core.Entry{{Seq: y.seq, At: y.now, Data: raw}})
		if err != nil {
			y.t.Fatal(err)
		}
		for _, row := range rows {
			d, err := chat.DecodeDispatch(row.Data)
			if err != nil {
				y.t.Fatal(err)
			}
			queue = append(queue, y.show(d))
		}
	}
}

// show notes what people see and returns the platform's yes.
func (y *year) show(d chat.Dispatch) chat.Event {
	to := d.Effect.Where()
	sent := chat.Sent{Effect: d.ID}
	switch x := d.Effect.(type) {
	case chat.Send:
		if x.As == nil && to == kitchenOn(chat.Telegram) {
			first, _, _ := strings.Cut(x.Text.Plain, "\n")
			y.posted[first] = append(y.posted[first], y.now)
		}
		y.codes = append(y.codes, regexp.MustCompile(`link ([A-Z0-9]{4}-[A-Z0-9]{4})`).FindAllString(x.Text.Plain, 1)...)
		sent.Refs = []chat.Ref{{Chat: to, ID: fmt.Sprint("h", y.n, "-", d.ID)}}
		if strings.HasPrefix(x.Tag, "session:") && to == kitchenOn(chat.Telegram) && len(x.Choices) > 0 {
			y.cards = append(y.cards, sent.Refs[0])
		}
	case chat.Whisper:
		y.told = append(y.told, telling{who: x.Who, text: x.Text.Plain, at: y.now, tag: x.Tag})
		to = privateOf(x.Who)
		sent.Refs = []chat.Ref{{Chat: to, ID: fmt.Sprint("w", y.n, "-", d.ID)}}
	}
	return chat.Event{ID: chat.EventID(d.ID) + "!sent", Chat: d.Effect.Where(), Body: sent}
}

// wait lets time pass, and starts the house anew at random moments.
func (y *year) wait(d time.Duration) {
	end := y.now.Add(d)
	for next := y.engine.NextDue(); !next.IsZero() && !next.After(end); next = y.engine.NextDue() {
		if next.After(y.now) {
			y.now = next
		}
		y.fold(chat.Event{Body: chat.Due{}})
		if y.chance.IntN(40) == 0 {
			y.restart()
		}
	}
	y.now = end
}

// says posts in a room or in private.
func (y *year) says(who chat.Person, in chat.Chat, text string) {
	if strings.HasPrefix(text, "/") {
		who.Level = max(who.Level, chat.Member)
	}
	y.fold(chat.Event{
		Chat: in, Title: "Kitchen", By: who, Private: strings.HasPrefix(in.ID, "private"),
		Body: chat.Posted{Ref: chat.Ref{Chat: in, ID: fmt.Sprint("m", y.n)}, Text: chat.Plain(text)},
	})
}

// newYear makes the community: 50 people on each messenger, each messenger in a zone of its own.
func newYear(t *testing.T) (y *year, olga chat.Person, people []chat.Person) {
	y = &year{
		t: t, store: coretest.NewStore(), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), chance: rand.New(rand.NewPCG(7, 7)),
		posted: map[string][]time.Time{},
	}
	y.restart()
	person := func(p chat.Platform, id string) chat.Person {
		return chat.Person{Identity: chat.Identity{Platform: p, ID: id}, Name: strings.ToUpper(id[:1]) + id[1:]}
	}
	olga = person(chat.Telegram, "olga")
	olga.Level = chat.Organiser
	for _, p := range []chat.Platform{chat.Signal, chat.Matrix} {
		y.codes = nil
		y.says(olga, kitchenOn(chat.Telegram), "/link")
		if len(y.codes) == 0 {
			t.Fatal("no code to connect the chats with")
		}
		host := person(p, "host")
		host.Level = chat.Organiser
		y.says(host, kitchenOn(p), "/"+y.codes[0])
	}
	y.says(olga, kitchenOn(chat.Telegram), "/role @olga organiser")
	for _, line := range []string{"/set zone Europe/Berlin", "/set letter off", "/set joins off", "/rituals init", "/prompt on", "/set raid 0"} {
		y.says(olga, kitchenOn(chat.Telegram), line)
	}
	zones := map[chat.Platform]string{chat.Telegram: "Europe/Berlin", chat.Signal: "America/New_York", chat.Matrix: "Australia/Sydney"}
	for i := range 50 {
		for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
			who := person(p, fmt.Sprintf("%s%d", p[:2], i))
			people = append(people, who)
			y.says(who, kitchenOn(p), "hello")
			y.says(who, privateOf(who.Identity), "tz "+zones[p])
			y.now = y.now.Add(11 * time.Second)
		}
	}
	return y, olga, people
}

// TestAYear lets a community live for a year: people write on most days, the clocks change in three zones, there are two
// quiet times, and the house is started anew again and again.
func TestAYear(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes some seconds")
	}
	y, olga, people := newYear(t)
	for _, days := range []string{"2026-07-13..2026-07-26", "2026-12-21..2026-12-31"} {
		y.says(olga, privateOf(olga.Identity), "/quiet "+days)
	}
	volunteers := people[:12]
	for _, who := range volunteers {
		y.says(who, privateOf(who.Identity), "rota volunteer greeter")
		y.wait(time.Minute)
	}
	y.says(olga, privateOf(olga.Identity), "session new Open desk | every thursday 19:00 | 45m")
	y.says(olga, privateOf(olga.Identity), "1")
	goers := []chat.Person{people[0], people[3], people[6]}
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for y.now.Before(end) {
		y.wait(time.Duration(4+y.chance.IntN(9)) * time.Hour)
		if y.chance.IntN(3) > 0 {
			who := people[y.chance.IntN(len(people))]
			y.says(who, kitchenOn(who.Identity.Platform), fmt.Sprintf("something about bread, number %d", y.n))
		}
		for _, card := range y.cards {
			for _, who := range goers {
				y.fold(chat.Event{Chat: card.Chat, Title: "Kitchen", By: who, Body: chat.Pressed{Ref: card, N: 0}})
			}
		}
		y.cards = nil
		for _, w := range y.askedOnDuty() {
			y.says(chat.Person{Identity: w, Name: w.ID}, privateOf(w), "1")
		}
	}
	checkRituals(t, y)
	checkPrompts(t, y)
	checkReminders(t, y, goers)
	checkNights(t, y)
	checkDuty(t, y, volunteers)
	if lines, err := core.CheckLedger(y.store); err != nil {
		t.Errorf("the ledger: %v, %+v", err, lines)
	}
	if dead := y.store.Dump()["dead"]; len(dead) != 0 {
		t.Errorf("%d dead letters", len(dead))
	}
}

// askedOnDuty returns who has been asked to be on duty since the last time.
func (y *year) askedOnDuty() (out []chat.Identity) {
	for i, w := range y.told {
		if strings.HasPrefix(w.text, "Would you be greeter") && !strings.HasSuffix(w.tag, " answered") {
			y.told[i].tag += " answered"
			out = append(out, w.who)
		}
	}
	return out
}

// checkRituals compares when the rituals were opened with when they were due on Berlin's clocks.
func checkRituals(t *testing.T, y *year) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(at time.Time) bool {
		day := at.In(berlin).Format(time.DateOnly)
		return day >= "2026-07-13" && day <= "2026-07-26" || day >= "2026-12-21"
	}
	for title, rule := range map[string]string{
		"Goals": "FREQ=WEEKLY;BYDAY=MO", "Show your mess": "FREQ=WEEKLY;BYDAY=WE", "Wins and thanks": "FREQ=WEEKLY;BYDAY=FR", "Ask anything": "FREQ=MONTHLY;BYDAY=1TH",
	} {
		r, err := recur.Parse(rule, time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC), berlin)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(r.Between(time.Date(2026, 1, 1, 13, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC), 100), quiet)
		if got := y.posted[title]; !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s was opened %d times, due %d times:\n%v\n%v", title, len(got), len(want), got, want)
		}
	}
}

// checkPrompts looks that no question came twice within 90 days.
func checkPrompts(t *testing.T, y *year) {
	t.Helper()
	asked := 0
	for text, times := range y.posted {
		if !strings.HasPrefix(text, "💬") {
			continue
		}
		asked += len(times)
		for i := 1; i < len(times); i++ {
			if times[i].Sub(times[i-1]) < 90*24*time.Hour {
				t.Errorf("%q was asked again after %s", text, times[i].Sub(times[i-1]))
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d questions in a year", asked)
	}
	t.Logf("%d questions", asked)
}

// checkReminders looks that each of those who come was reminded once, half an hour before each Thursday's seven o'clock in
// Berlin, and never for a quiet time.
func checkReminders(t *testing.T, y *year, goers []chat.Person) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	reminded := map[string]int{}
	weeks := map[string]bool{}
	for _, w := range y.told {
		if !strings.HasPrefix(w.text, "In 30 min: Open desk") {
			continue
		}
		local := w.at.In(berlin)
		if local.Weekday() != time.Thursday || local.Format("15:04") != "18:30" {
			t.Errorf("%s was reminded on %s", w.who, local)
		}
		day := local.Format(time.DateOnly)
		if day >= "2026-07-13" && day <= "2026-07-26" || day >= "2026-12-21" {
			t.Errorf("%s was reminded in a quiet week, on %s", w.who, day)
		}
		weeks[day] = true
		reminded[day+" "+w.who.String()]++
	}
	for what, times := range reminded {
		if times != 1 {
			t.Errorf("%s: %d reminders", what, times)
		}
	}
	if len(weeks) < 45 || len(reminded) != len(weeks)*len(goers) {
		t.Errorf("%d reminders in %d weeks", len(reminded), len(weeks))
	}
	t.Logf("%d reminders in %d weeks", len(reminded), len(weeks))
}

// checkNights looks that the house began no private word in anybody's night, but within a moment of his own.
func checkNights(t *testing.T, y *year) {
	t.Helper()
	zones := map[chat.Platform]string{chat.Telegram: "Europe/Berlin", chat.Signal: "America/New_York", chat.Matrix: "Australia/Sydney"}
	for _, w := range y.told {
		if !strings.HasPrefix(w.text, "Would you be greeter") {
			continue
		}
		zone, err := time.LoadLocation(zones[w.who.Platform])
		if err != nil {
			t.Fatal(err)
		}
		if hour := w.at.In(zone).Hour(); hour < 8 || hour >= 22 {
			t.Errorf("%s was asked at %s", w.who, w.at.In(zone))
		}
	}
}

// checkDuty looks that the turns were given fairly: all have been willing all the year.
func checkDuty(t *testing.T, y *year, volunteers []chat.Person) {
	t.Helper()
	turns := map[chat.Identity]int{}
	for _, w := range y.told {
		if strings.HasPrefix(w.text, "Would you be greeter") {
			turns[w.who]++
		}
	}
	least, most := 1000, 0
	for _, who := range volunteers {
		least, most = min(least, turns[who.Identity]), max(most, turns[who.Identity])
	}
	if least == 0 || most-least > 1 {
		t.Errorf("the turns are given unfairly: %v", turns)
	}
	t.Logf("turns of each volunteer: %d to %d", least, most)
}
