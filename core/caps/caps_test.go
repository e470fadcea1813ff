package caps

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// over lets Ana use up her posts and returns the id of one over the cap.
func over(p *player, text string) string {
	p.t.Helper()
	for range 2 {
		if ok, _ := p.posts("a post"); !ok {
			p.t.Fatal("a post within the cap was held")
		}
		p.now = p.now.Add(time.Hour)
	}
	return held(p, text)
}

func held(p *player, text string) string {
	p.t.Helper()
	if ok, _ := p.posts(text); ok {
		p.t.Fatalf("%q passes", text)
	}
	items := p.kept().Items
	p.now = p.now.Add(time.Hour)
	return "=" + string(items[len(items)-1].ID)
}

func TestWhatCounts(t *testing.T) {
	reply := func(_ *chat.Event, p *chat.Posted) { p.Reply = &chat.Reply{} }
	for name, tt := range map[string]struct {
		change func(*chat.Event, *chat.Posted)
		counts bool
	}{
		"a post":                   {func(*chat.Event, *chat.Posted) {}, true},
		"a forward":                {func(_ *chat.Event, p *chat.Posted) { p.Forward = "News" }, true},
		"a reply":                  {reply, false},
		"an organiser's":           {func(e *chat.Event, _ *chat.Posted) { e.Level = chat.Organiser }, false},
		"a moderator's":            {func(e *chat.Event, _ *chat.Posted) { e.Level = chat.Moderator }, true},
		"a program's":              {func(e *chat.Event, _ *chat.Posted) { e.By.Bot = true }, false},
		"an anonymous one":         {func(e *chat.Event, _ *chat.Posted) { e.By.Anonymous = true }, false},
		"in private":               {func(e *chat.Event, _ *chat.Posted) { e.Private = true }, false},
		"in no room":               {func(e *chat.Event, _ *chat.Posted) { e.Room = "r9" }, false},
		"of nobody":                {func(e *chat.Event, _ *chat.Posted) { e.Member = "" }, false},
		"a guest's":                {func(e *chat.Event, _ *chat.Posted) { e.Level = chat.Guest }, true},
		"with a clock turned back": {func(e *chat.Event, _ *chat.Posted) { e.At = monday().AddDate(-1, 0, 0) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := play(t)
			p.posts("a post", tt.change)
			if got := len(p.kept().Posts) == 1; got != tt.counts {
				t.Errorf("counts: %v, want %v", got, tt.counts)
			}
		})
	}
}

func TestOnePostOfSeveralMessages(t *testing.T) {
	p := play(t)
	album := func(_ *chat.Event, x *chat.Posted) { x.Album = "a" }
	for range 6 { // within two minutes of each other, ten minutes in all
		p.posts("on and on")
		p.now = p.now.Add(100 * time.Second)
	}
	if n := len(p.kept().Posts); n != 1 {
		t.Errorf("%d posts, want 1", n)
	}
	p.now = p.now.Add(time.Second)
	p.posts("after ten minutes")
	if n := len(p.kept().Posts); n != 2 {
		t.Errorf("%d posts after ten minutes, want 2", n)
	}
	p = play(t)
	for range 10 {
		p.posts("", album)
		p.now = p.now.Add(5 * time.Minute)
	}
	if n := len(p.kept().Posts); n != 1 {
		t.Errorf("an album is %d posts, want 1", n)
	}
}

// What is held is whole: every piece in order, with its files.
func TestHeldAlbumsStayTogether(t *testing.T) {
	p := play(t)
	over(p, "first")
	p.posts("look", func(_ *chat.Event, x *chat.Posted) { x.Album = "a" })
	_, out := p.posts("", func(_ *chat.Event, x *chat.Posted) { x.Album, x.Parts = "a", []chat.Part{{Kind: chat.Photo}} })
	if n := len(of[chat.Whisper](out)); n != 0 {
		t.Errorf("a second picture of an album is told of %d times", n)
	}
	items := p.kept().Items
	if len(items) != 2 || len(items[1].Pieces) != 2 || len(items[1].Pieces[1].Parts) != 1 {
		t.Fatalf("items: %+v", items)
	}
	sends := of[chat.Send](p.asks("caps", "drop", "1"))
	if len(sends) != 1 || sends[0].As != nil {
		t.Errorf("dropped: %+v", sends)
	}
}

func TestNoMoreThanCanBeKept(t *testing.T) {
	p := play(t)
	over(p, "0")
	for i := 1; i < maxItems; i++ {
		held(p, fmt.Sprint(i))
	}
	_, out := p.posts("one too many")
	if len(of[chat.Delete](out)) != 0 || len(of[chat.Whisper](out)) != 1 || len(of[chat.Drop](out)) != 1 {
		t.Errorf("what cannot be kept: %+v", out)
	}
	p.now = p.now.Add(3 * time.Minute)
	if _, out = p.posts("another one"); len(out) != 1 {
		t.Errorf("told again: %+v", out)
	}
	if n := p.kept().open(); n != maxItems {
		t.Errorf("%d items, want %d", n, maxItems)
	}
	p = play(t)
	over(p, "short")
	_, out = p.posts(strings.Repeat("a", maxText+1))
	if len(of[chat.Delete](out)) != 0 || p.kept().open() != 1 {
		t.Errorf("a text that is too long is taken away: %d items", p.kept().open())
	}
}

// The receipts of a post that goes out, whatever their order, end with nothing kept, or with everything kept.
func TestReceipts(t *testing.T) {
	for name, tt := range map[string]struct {
		refused map[chat.Chat]chat.Reason
		open    int
		told    int
	}{
		"both take it":      {nil, 0, 0},
		"one refuses":       {map[chat.Chat]chat.Reason{pantry(): chat.TooLarge}, 0, 1},
		"both refuse":       {map[chat.Chat]chat.Reason{pantry(): chat.Forbidden, kitchen(): chat.Broken}, 1, 2},
		"the other refuses": {map[chat.Chat]chat.Reason{kitchen(): chat.Invalid}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := play(t)
			id := over(p, "soup")
			p.asks("caps", "queue", id)
			p.now = monday().AddDate(0, 0, 7)
			out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: rule.PersonKey("c1", "m1")}})
			told := 0
			for _, s := range of[chat.Send](out) {
				receipt := chat.Event{Chat: s.To, Tag: s.Tag, Body: chat.Sent{}}
				if why := tt.refused[s.To]; why != "" {
					receipt.Body = chat.Failed{Why: why}
				}
				told += len(of[chat.Whisper](p.decide(receipt)))
				if again := p.decide(receipt); len(again) != 0 {
					t.Errorf("the same receipt again: %+v", again)
				}
			}
			if s := p.kept(); s.open() != tt.open || len(s.Items) != tt.open || told != tt.told {
				t.Errorf("%d items are open and %d kept, want %d; told %d times, want %d", s.open(), len(s.Items), tt.open, told, tt.told)
			}
			if tt.open == 1 && p.kept().used(false, weekOf(p.now, p.c.Zone())) != 0 {
				t.Error("a post that nobody has seen counts")
			}
		})
	}
}

// Where the original could not be taken away it is not said a second time.
func TestNothingIsSaidTwice(t *testing.T) {
	p := play(t)
	id := over(p, "soup")
	tagged := tag{what: tagDelete, who: "m1", id: chat.MessageID(id[1:])}.String()
	p.decide(chat.Event{Chat: kitchen(), Tag: tagged, Body: chat.Failed{Why: chat.Forbidden}})
	p.asks("caps", "queue", id)
	p.now = monday().AddDate(0, 0, 7)
	due := chat.Event{Body: chat.Due{Rule: title, Key: rule.PersonKey("c1", "m1")}}
	sends := of[chat.Send](p.decide(due))
	if len(sends) != 1 || sends[0].To != pantry() {
		t.Errorf("posted: %+v", sends)
	}
	if again := of[chat.Send](p.decide(due)); len(again) != 0 {
		t.Errorf("posted again: %+v", again)
	}
	if again := of[chat.Send](p.asks("caps", "queue", id)); len(again) != 1 || again[0].As != nil {
		t.Errorf("an old button posts again: %+v", again)
	}
}

func TestWhoIsNotSpokenFor(t *testing.T) {
	for name, change := range map[string]func(*chat.Card, *chat.Room){
		"under a time-out": func(c *chat.Card, _ *chat.Room) {
			c.Settings = map[string]string{sanction: "timeout 2027-01-01T00:00:00Z"}
		},
		"gone":              func(c *chat.Card, _ *chat.Room) { c.In = []chat.Chat{shop()} },
		"without a seat":    func(c *chat.Card, _ *chat.Room) { c.Level = chat.Guest },
		"in a cooling room": func(_ *chat.Card, r *chat.Room) { r.Settings["cooldown"] = "2027-01-01T00:00:00Z" },
	} {
		t.Run(name, func(t *testing.T) {
			p := play(t)
			id := over(p, "soup")
			p.asks("caps", "queue", id)
			members, rooms := p.c.Members.(coretest.Folk), p.c.Rooms
			change(&members[0], &rooms[0])
			p.now = monday().AddDate(0, 0, 7)
			out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: rule.PersonKey("c1", "m1")}})
			if sends := of[chat.Send](out); len(sends) != 0 {
				t.Errorf("posted: %+v", sends)
			}
			if p.kept().open() != 1 {
				t.Error("the post is lost")
			}
			for _, verb := range []string{"queue", "ask", "reply"} {
				for _, s := range of[chat.Send](p.asks("caps", verb, id)) {
					if s.As != nil {
						t.Errorf("caps %s posts: %+v", verb, s)
					}
				}
			}
		})
	}
}

// Only the author decides about an item, only moderators let it through, and none his own.
func TestWhoMayDecide(t *testing.T) {
	p := play(t)
	id := over(p, "soup")
	for _, verb := range []string{"queue", "reply", "ask", "drop", "human"} {
		out := p.asksAs("m2", chat.Moderator, "caps", verb, id)
		if len(out) != 1 || !strings.Contains(of[chat.Send](out)[0].Text.Plain, "no such post") {
			t.Errorf("somebody else's caps %s: %+v", verb, out)
		}
	}
	for _, command := range []string{"capsallow", "capsrefuse", "capsback", "capsleave"} { // nobody has asked yet
		if out := p.asksAs("m2", chat.Moderator, command, "m1", id); len(out) != 1 {
			t.Errorf("%s: %+v", command, out)
		}
	}
	asked := p.asks("caps", "ask", id)
	if len(of[chat.Whisper](asked)) != 1 {
		t.Fatalf("moderators were told %+v", asked)
	}
	if out := p.asksAs("m1", chat.Moderator, "capsallow", "m1", id); len(of[chat.Send](out)) != 1 {
		t.Errorf("her own: %+v", out)
	}
	if out := p.asksAs("m2", chat.Moderator, "capsback", "m1", id); len(out) != 1 {
		t.Errorf("it is no promo: %+v", out)
	}
	if out := p.asksAs("m2", chat.Moderator, "capsallow", "m1", id); len(of[chat.Send](out)) != 3 {
		t.Errorf("let through: %+v", out)
	}
	if out := p.asksAs("m2", chat.Moderator, "capsrefuse", "m1", id); len(out) != 1 {
		t.Errorf("an old card: %+v", out)
	}
	for _, words := range [][]string{{"capsallow"}, {"capsallow", "m1"}, {"capsallow", "m1", ""}, {"capsallow", "m1", "="}, {"capsallow", "", ""}} {
		p.asksAs("m2", chat.Moderator, words...) // must not panic
	}
}

func TestTwoAccountsAreOne(t *testing.T) {
	at := func(h int) time.Time { return monday().Add(time.Duration(h) * time.Hour) }
	kept := State{Posts: []Post{{ID: "a", At: at(0)}, {ID: "c", At: at(2)}}, Items: []Item{{ID: "x", At: at(5), Asked: true}}, Strikes: []time.Time{at(1)}}
	gone := State{Posts: []Post{{ID: "b", At: at(1)}}, Items: []Item{{ID: "w", At: at(3), Due: at(9)}}, Strikes: []time.Time{at(0)}, Full: at(4)}
	got := join(kept, gone)
	want := State{
		Posts: []Post{{ID: "a", At: at(0)}, {ID: "b", At: at(1)}, {ID: "c", At: at(2)}}, Full: at(4), Strikes: []time.Time{at(0), at(1)},
		Items: []Item{{ID: "w", At: at(3), Due: at(9)}, {ID: "x", At: at(5), Asked: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("joined (-want +got):\n%s", diff)
	}
	if !reflect.ValueOf(join(State{}, State{})).IsZero() {
		t.Error("two empty states make one that is not")
	}
	p := play(t)
	p.state, _ = json.Marshal(got)
	out := p.decide(chat.Event{Body: chat.Claimed{Kept: "m1", Gone: "m7"}})
	wakes, cards := of[chat.Wake](out), of[chat.Whisper](out)
	if len(wakes) != 1 || !wakes[0].At.Equal(at(9)) || wakes[0].Key != rule.PersonKey("c1", "m1") {
		t.Errorf("timers: %+v", wakes)
	}
	if len(cards) != 1 || cards[0].Choices[0].Ask != "capsallow m1 =x" {
		t.Errorf("cards: %+v", cards)
	}
}

func TestTheErasedLeaveNoWordsOnCards(t *testing.T) {
	p := play(t)
	p.c.Rooms = append(p.c.Rooms, chat.Room{ID: "r3", Chats: []chat.Chat{{Platform: chat.Matrix, ID: "mods"}}, Settings: map[string]string{rule.Moderators: "on"}})
	p.asks("caps", "ask", over(p, "my secret"))
	out := p.decide(chat.Event{Body: chat.Forgotten{Who: "m1"}})
	edits := of[chat.Edit](out)
	if len(edits) != 1 || strings.Contains(edits[0].Text.Plain, "secret") || len(edits[0].Choices) != 0 || p.state != nil {
		t.Errorf("cards: %+v, state %s", edits, p.state)
	}
}

// Whatever is asked or told, nothing breaks and nobody speaks in her name but through what she chose.
func FuzzHostileWords(f *testing.F) {
	f.Add("caps queue =ii", "caps post m1 ii 0 r1")
	f.Add("capsallow m1 =", "caps delete m1 iii 99")
	f.Add("caps reply 1 ii", "caps held m1 iii -1")
	f.Fuzz(func(t *testing.T, line, tagged string) {
		words := strings.Fields(line)
		if len(words) == 0 || len(line) > 200 {
			t.Skip()
		}
		p := play(t)
		over(p, "soup")
		p.decide(chat.Event{Chat: kitchen(), Tag: tagged, Body: chat.Failed{Why: chat.Forbidden}})
		p.decide(chat.Event{Chat: kitchen(), Tag: tagged, Body: chat.Sent{}})
		out := p.asksAs("m2", chat.Moderator, words...)
		for _, s := range of[chat.Send](out) {
			if s.As != nil {
				t.Errorf("%q by somebody else posts %q", line, s.Text.Plain)
			}
		}
		if p.kept().open() != 1 {
			t.Errorf("%q or %q loses the post", line, tagged)
		}
	})
}

func TestTags(t *testing.T) {
	for _, tt := range []tag{{what: tagPost, who: "m1", id: "2k", n: 3, room: "r1"}, {what: tagHeld, who: "m1", id: "2k.1"}} {
		if got, ok := parseTag(tt.String()); !ok || got != tt {
			t.Errorf("%q is read as %+v, %v", tt, got, ok)
		}
	}
	for _, s := range []string{"", "caps", "care held m1 2 0", "caps held m1 2 x", cardTag(Item{ID: "2"})} {
		if got, ok := parseTag(s); ok {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func TestStuckDeletesAreToldOnceADay(t *testing.T) {
	r, c := NewStays(), table()
	var state []byte
	tell := func(after time.Duration, why chat.Reason) int {
		t.Helper()
		e := chat.Event{Now: monday().Add(after), Chat: kitchen(), Tag: tag{what: tagDelete, who: "m1", id: "2"}.String(), Body: chat.Failed{Why: why}}
		if _, ok := r.Key(c, e); !ok {
			return 0
		}
		next, out, err := r.Decide(c, state, e)
		if err != nil {
			t.Fatal(err)
		}
		state = next
		return len(of[chat.Whisper](out))
	}
	got := []int{tell(0, chat.NotFound), tell(0, chat.Forbidden), tell(23*time.Hour, chat.TooOld), tell(25*time.Hour, chat.Unsupported)}
	if want := []int{0, 1, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("told %v times, want %v", got, want)
	}
}
