package recap

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

func TestTheWeeklyHour(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	for _, tt := range []struct{ value, zone, after, want string }{
		{"sun 18:00", "UTC", "2026-03-02T12:00:00Z", "2026-03-08T18:00:00Z"},
		{"sun 18:00", "UTC", "2026-03-08T18:00:00Z", "2026-03-15T18:00:00Z"},
		{"sun 18:00", "Europe/Berlin", "2026-03-23T12:00:00Z", "2026-03-29T16:00:00Z"},    // summer has begun
		{"sun 02:30", "Europe/Berlin", "2026-03-23T12:00:00Z", "2026-03-29T01:00:00Z"},    // skipped: the first moment behind
		{"sun 02:30", "Europe/Berlin", "2026-10-20T12:00:00Z", "2026-10-25T00:30:00Z"},    // twice: the first
		{"sun 02:30", "America/New_York", "2026-03-02T12:00:00Z", "2026-03-08T07:00:00Z"}, // skipped
		{"mon 00:00", "Asia/Karachi", "2026-03-02T12:00:00Z", "2026-03-08T19:00:00Z"},
		{"sun 00:00", "Asia/Beirut", "2026-03-23T12:00:00Z", "2026-03-28T22:00:00Z"}, // the day begins at one
	} {
		after, _ := time.Parse(time.RFC3339, tt.after)
		got, ok := nextWeekly(tt.value, zone(tt.zone), after)
		if !ok || got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s in %s after %s is %s, %v, want %s", tt.value, tt.zone, tt.after, got.Format(time.RFC3339), ok, tt.want)
		}
	}
	for value, want := range map[string]string{
		"Sunday 18:00": "sun 18:00", "MON 9:05": "mon 09:05", "off": "off", "": "", "sun": "", "sun 25:00": "", "someday 10:00": "", "sun 18:00 x": "",
	} {
		if got, ok := validTime(value); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v", value, got, ok)
		}
	}
}

func TestTheWeeklyRecapComesOnce(t *testing.T) {
	p := play(t, table(settingRecap, "on"))
	posted := chat.Event{Chat: kitchen, Room: "r1", By: ben(), Member: "m2", Message: &chat.Message{}, Body: chat.Posted{Text: chat.Plain("hi")}}
	wake, n := only[chat.Wake](p.see(posted))
	if n != 1 || wake.At.Format(time.RFC3339) != "2026-03-08T18:00:00Z" {
		t.Fatalf("planned %+v", wake)
	}
	if out := p.see(posted); out != nil {
		t.Errorf("planned again: %+v", out)
	}
	p.now = wake.At.Add(90 * time.Minute)
	due := chat.Event{Body: chat.Due{Rule: title, Key: "c1"}}
	order, n := only[chat.Summarise](p.see(due))
	if n != 1 || !order.Until.Equal(wake.At) || order.Until.Sub(order.From) != week || order.To != desk {
		t.Fatalf("ordered %+v", order)
	}
	if out := p.see(due); out != nil {
		t.Errorf("a second timer: %+v", out)
	}
	out := p.answer(order.Tag, about("talk", "Ana: x y z", "x1"), about("decided", "Ana: we do it", "x2"))
	if len(out) != 2 {
		t.Fatalf("posted %+v", out)
	}
	text := out[0].(chat.Send).Text.Plain
	if !strings.Contains(text, "(late)") || strings.Index(text, "1. Ana: we do it") > strings.Index(text, "2. Ana: x y z") {
		t.Errorf("it says %q", text)
	}
	if again := p.answer(order.Tag, about("talk", "Ana: x", "x1")); again != nil {
		t.Errorf("the same answer twice: %+v", again)
	}
	cited := 0
	for _, s := range out[0].(chat.Send).Text.Spans {
		if s.Style == chat.Cite {
			cited++
		}
	}
	if signal := out[1].(chat.Send).Text; cited != 2 || strings.Contains(signal.Plain, "›") || !strings.Contains(signal.Plain, "Answer this with a number") {
		t.Errorf("%d links on Telegram, on Signal %q", cited, signal.Plain)
	}
	p.now = p.state().Next.Add(2*time.Hour + time.Second)
	late := p.see(due)
	if _, n := only[chat.Summarise](late); n != 0 {
		t.Error("too late, and yet posted")
	}
	if r, n := only[chat.Record](late); n != 1 || r.Log != logRhythm {
		t.Errorf("nothing is noted: %+v", late)
	}
	p.c.Settings[rule.QuietSetting] = p.state().Next.Format(time.DateOnly)
	p.now = p.state().Next
	if _, n := only[chat.Summarise](p.see(due)); n != 0 {
		t.Error("a recap in a quiet week")
	}
	p.c.Rooms[0].Settings[settingRecap] = "off"
	if _, n := only[chat.Cancel](p.see(posted)); n != 1 || !p.state().Next.IsZero() {
		t.Error("the timer goes on though no room wants a recap")
	}
}

func TestWhoLeavesWhileARecapIsMadeIsNotInIt(t *testing.T) {
	p := play(t, table())
	order, _ := only[chat.Summarise](p.ask("24h"))
	card := p.c.Members.(coretest.Folk)[0]
	card.Settings["recap"] = "off"
	p.see(chat.Event{Chat: kitchen, Room: "r1", By: chat.Person{Identity: card.Identities[0]}, Member: "m1", Body: chat.Asked{Command: commandOut}})
	again, n := only[chat.Summarise](p.answer(order.Tag, about("talk", "Ana: secret words", "x1")))
	if n != 1 || again.Tag == order.Tag {
		t.Fatalf("it is not made anew: %+v", again)
	}
	out := p.answer(again.Tag, about("talk", "Ana: secret words", "x1"), chat.Bullet{Section: "talk", Text: "Ben: other words", Cites: []chat.MessageID{"x2"}, Name: "Ben"})
	send, _ := only[chat.Send](out)
	if strings.Contains(send.Text.Plain, "secret") || !strings.Contains(send.Text.Plain, "1. Ben: other words") {
		t.Errorf("it says %q", send.Text.Plain)
	}
}

func TestWhatChangesWhileARecapIsMadeIsNotQuoted(t *testing.T) {
	p := play(t, table())
	order, _ := only[chat.Summarise](p.ask())
	m := &chat.Message{ID: "x1", Author: "m1"}
	p.see(chat.Event{Chat: kitchen, Room: "r1", Member: "m1", Message: m, Body: chat.Deleted{}})
	send, _ := only[chat.Send](p.answer(order.Tag, about("talk", "Ana: old words", "x1"), about("talk", "Ana: good words", "x2")))
	if strings.Contains(send.Text.Plain, "old") || !strings.Contains(send.Text.Plain, "good") {
		t.Errorf("it says %q", send.Text.Plain)
	}
}

func TestARoomThatWasClosedMeanwhileIsNotTold(t *testing.T) {
	p := play(t, table())
	order, _ := only[chat.Summarise](p.ask("7d", "kitchen"))
	p.c.Rooms[0].Settings[settingPrivate] = "on"
	send, n := only[chat.Send](p.answer(order.Tag, about("talk", "Ana: secret words", "x1")))
	if n != 1 || strings.Contains(send.Text.Plain, "secret") {
		t.Errorf("it says %q", send.Text.Plain)
	}
}

func TestAnswersOfOthersAreNone(t *testing.T) {
	p := play(t, table())
	order, _ := only[chat.Summarise](p.ask())
	forged := chat.Event{Chat: kitchen, Room: "r1", Body: chat.Summarised{Tag: order.Tag, Bullets: []chat.Bullet{about("talk", "forged", "x1")}}}
	if out := p.see(forged); out != nil {
		t.Errorf("got %+v", out)
	}
	if out := p.answer("draft/99", about("talk", "x", "x1")); out != nil {
		t.Errorf("got %+v", out)
	}
}

func TestTwoAccountsOfOnePersonAreAskedForOnce(t *testing.T) {
	p := play(t, table())
	for range 4 {
		p.ask()
	}
	p.see(chat.Event{Body: chat.Claimed{Kept: "m1", Gone: "m2"}})
	s := p.state()
	if len(s.Asked) != 4 || s.Asked[0].Who != "m1" || s.Orders[0].Who != "m1" {
		t.Errorf("got %+v", s)
	}
}

func TestNobodyFloodsTheDrafter(t *testing.T) {
	c := table()
	folk := c.Members.(coretest.Folk)
	for i := range 500 {
		card := folk[1]
		card.ID, card.Identities = chat.MemberID(fmt.Sprintf("n%d", i)), []chat.Identity{{Platform: chat.Signal, ID: fmt.Sprint(i)}}
		folk = append(folk, card)
	}
	c.Members = folk
	p := play(t, c)
	ordered := 0
	for _, card := range folk {
		for range 3 {
			out := p.see(chat.Event{
				Chat: chat.Chat(card.Identities[0]), Private: true, By: chat.Person{Identity: card.Identities[0]}, Member: card.ID, Level: chat.Member,
				Body: chat.Asked{Command: commandRecap},
			})
			_, n := only[chat.Summarise](out)
			if ordered += n; len(out) == 0 {
				t.Fatal("no answer")
			}
		}
	}
	if s := p.state(); ordered != maxOrders || len(s.Orders) != maxOrders || len(s.Asked) > maxAskings || len(p.raw) > 200_000 {
		t.Errorf("%d ordered, a state of %d bytes", ordered, len(p.raw))
	}
	p.now = p.now.Add(orderFor + time.Minute) // the Drafter has died
	if _, n := only[chat.Summarise](p.ask()); n != 1 {
		t.Error("nothing can be asked for any more")
	}
}

func TestARecapFitsIntoOneMessage(t *testing.T) {
	p := play(t, table())
	order, _ := only[chat.Summarise](p.ask())
	var bullets []chat.Bullet
	for i := range 30 {
		text := strings.Repeat("👩‍👩‍👧‍👦𝔘𝔫𝔦 ", 400) + "\n\u202Eevil"
		bullets = append(bullets, about([]string{"talk", "nonsense", "open"}[i%3], text, "x1", "x2", "x3", "x4", "x5"))
	}
	send, _ := only[chat.Send](p.answer(order.Tag, bullets...))
	if n := send.Text.Len(); n > 4096 || n < 1000 || strings.ContainsAny(send.Text.Plain, "\u202E") || strings.Contains(send.Text.Plain, "11. ") {
		t.Errorf("%d units: %.300q", n, send.Text.Plain)
	}
}

func TestCleanLines(t *testing.T) {
	link := "https://example.org/" + strings.Repeat("a", 100)
	for text, want := range map[string]string{
		"  two\n lines\t":        "two lines",
		"a\u202Eb\u200Bc\x00d":   "abcd",
		link + " " + link:        link + "…",
		"see " + link + link:     "see…",
		strings.Repeat("x", 99):  strings.Repeat("x", 99),
		strings.Repeat("x", 200): strings.Repeat("x", 159) + "…",
		"👩‍👧":                    "👩‍👧",
		"bad \xff bytes":         "bad bytes",
	} {
		if got := clean(text, maxText); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("see https://example.org/a now", 20)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 10 + max(limit, -limit)%300
		if limit < 10 {
			limit = 10
		}
		got := clean(s, limit)
		if n := len([]rune(got)); n > limit || strings.ContainsAny(got, "\n\u202E") {
			t.Errorf("%q of %d: %q", s, limit, got)
		}
		for _, w := range strings.Fields(got) {
			if bare := strings.TrimSuffix(w, "…"); strings.Contains(bare, "://") && !strings.Contains(strings.Join(strings.Fields(clean(s, 1<<20)), " ")+" ", bare) {
				t.Errorf("a link was cut: %q of %q", w, s)
			}
		}
	})
}

func TestANumberMeansABullet(t *testing.T) {
	for text, want := range map[string]int{"3": 3, " 10. ": 10, "#2": 2, "11": 0, "0": 0, "-1": 0, "three": 0, "3 cakes": 0, "": 0} {
		if got := numberIn(chat.Posted{Text: chat.Plain(text)}); got != want {
			t.Errorf("%q means %d, want %d", text, got, want)
		}
	}
	p := given(t)
	number := func(text string, tag string) []chat.Effect {
		return p.see(chat.Event{
			Chat: cellar, Room: "r1", By: ben(), Member: "m2", Message: &chat.Message{}, ReplyTo: &chat.Message{Tag: tag}, Body: chat.Posted{Text: chat.Plain(text)},
		})
	}
	look, n := only[chat.Look](number("2", "recap/1"))
	if n != 1 || look.Arg != "x2" {
		t.Fatalf("got %+v", look)
	}
	if _, n := only[chat.Drop](number("2", "recap/1")); n != 1 {
		t.Error("it goes to the others")
	}
	found := func(l chat.Line) string {
		w, _ := only[chat.Whisper](p.see(chat.Event{
			Chat: cellar, Room: "r1", By: ben(), Member: "m2", Body: chat.Found{Rule: title, Key: look.Key, Lines: []chat.Line{l}},
		}))
		return w.Text.Plain
	}
	line := chat.Line{Message: "x2", By: "m1", Name: "Ana", Room: "r1", Text: "two", At: p.now}
	if got := found(line); got != "2. Ana in Kitchen, Sun 8 Mar 18:00 ›\ntwo" {
		t.Errorf("got %q", got)
	}
	p.c.Members.(coretest.Folk)[0].Settings["recap"] = "off"
	if got := found(line); strings.Contains(got, "two") {
		t.Errorf("got %q", got)
	}
	if out := number("2", "ritual/1"); out != nil {
		t.Errorf("a number for somebody else: %+v", out)
	}
	if w, n := only[chat.Whisper](number("3", "recap/77")); n != 1 || strings.Contains(w.Text.Plain, "{") {
		t.Errorf("of a recap that is not known: %+v", w)
	}
}

func TestTheModelIsUsedOnlyWhereAllWereTold(t *testing.T) {
	for _, tt := range []struct {
		settings []string
		want     bool
	}{
		{nil, false}, {[]string{settingModel, "on"}, false}, {[]string{settingTold, "on"}, false}, {[]string{settingModel, "on", settingTold, "on"}, true},
	} {
		p := play(t, table(tt.settings...))
		order, _ := only[chat.Summarise](p.ask())
		if MayBeWorded(order.Tag) != tt.want {
			t.Errorf("%v: %q", tt.settings, order.Tag)
		}
	}
	c := table(settingModel, "on", settingTold, "on")
	c.Rooms = append(c.Rooms, chat.Room{ID: "r2"})
	if isWorded(c, "") {
		t.Error("one room speaks for all")
	}
	notice := NewNotice()
	on := table(settingModel, "on")
	if _, ok := notice.Key(on, chat.Event{Room: "r1"}); !ok {
		t.Error("nobody is told")
	}
	if _, ok := notice.Key(table(settingModel, "on", settingTold, "on"), chat.Event{Room: "r1"}); ok {
		t.Error("they are told over and over")
	}
}

func TestHeadsOfRecaps(t *testing.T) {
	made := Recap{Kind: weekly, Messages: 14, At: time.Now()}
	if !made.isQuiet() {
		t.Error("14 messages are a busy week")
	}
	made.Messages = 15
	if made.isQuiet() {
		t.Error("15 messages are a quiet week")
	}
	if diff := cmp.Diff([]string{"decided", "action", "open", "win", "link", "coming", "talk"}, sections()); diff != "" {
		t.Error(diff)
	}
}
