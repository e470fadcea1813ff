package relay

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestPins(t *testing.T) {
	for _, tt := range []struct {
		by   string
		set  string
		want int
	}{{"mia", "", 2}, {"mia", "on", 2}, {"mia", "off", 0}, {"cleo", "", 0}, {"zed", "", 0}} {
		s, _ := sit(t, NewPins())
		s.c.Rooms[0].Settings["pins"] = tt.set
		m := bread()
		got := s.happens(account(chat.Matrix, tt.by), kitchen(chat.Matrix), m, chat.Pinned{Ref: ref(chat.Matrix, "x1"), On: true})
		if pins := only[chat.Pin](got); len(pins) != tt.want || len(got) != tt.want {
			t.Errorf("%s with pins %q: %+v", tt.by, tt.set, got)
		}
		got = s.happens(account(chat.Matrix, tt.by), kitchen(chat.Matrix), m, chat.Pinned{Ref: ref(chat.Matrix, "x1")})
		if unpins := only[chat.Unpin](got); len(unpins) != tt.want {
			t.Errorf("%s takes it down with pins %q: %+v", tt.by, tt.set, got)
		}
		failed := chat.Failed{Effect: "e#1", Of: "pin", Why: chat.Forbidden}
		told := only[chat.Whisper](append(
			s.happens(chat.Identity{}, kitchen(chat.Signal), m, failed), s.happens(chat.Identity{}, kitchen(chat.Telegram), m, failed)...))
		if len(told) != min(tt.want, 1) || len(told) > 0 && told[0].Who.ID != "mia" {
			t.Errorf("%s with pins %q is told %+v", tt.by, tt.set, told)
		}
	}
}

func TestGaps(t *testing.T) {
	s, _ := sit(t, NewGaps())
	s.c.Settings = map[string]string{"zone": "Europe/Berlin"}
	gap := chat.Missed{From: noon.Add(-26 * time.Hour), To: noon.Add(-time.Hour)}
	tell := func(p chat.Platform, b chat.Missed) []chat.Send {
		return only[chat.Send](s.happens(chat.Identity{}, kitchen(p), nil, b))
	}
	got := tell(chat.Telegram, gap)
	if len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	if want := "Between Sun 1 Mar 11:00 and Mon 2 Mar 12:00 I could not listen on Telegram. What was written there then is not here."; got[1].Text.Plain != want {
		t.Errorf("says %q", got[1].Text.Plain)
	}
	if !contains(got[0].Text.Plain, "What was written here then is not on the other messengers") {
		t.Errorf("says where it was: %q", got[0].Text.Plain)
	}
	again := gap
	again.To = noon
	if len(tell(chat.Telegram, gap)) != 0 || len(tell(chat.Telegram, again)) != 0 {
		t.Error("the same gap is told twice")
	}
	if len(tell(chat.Matrix, gap)) != 3 {
		t.Error("another platform's gap is not told")
	}
	if len(tell(chat.Telegram, chat.Missed{From: noon, To: noon.Add(time.Hour)})) != 3 {
		t.Error("the next gap is not told")
	}
	if len(tell(chat.Telegram, chat.Missed{From: noon.Add(2 * time.Hour), To: noon})) != 0 {
		t.Error("what is no time at all is told")
	}
}

// However many come and go, each is told once: by name, or counted in a line with others.
func TestNobodyWhoComesIsLost(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		s, _ := sit(t, NewArrivals())
		came, counted, lines, minute := 0, 0, 0, 0
		count := func(effects []chat.Effect) {
			for _, x := range only[chat.Send](effects) {
				if x.To.Platform != chat.Signal {
					continue
				}
				lines++
				minute++
				var n int
				if i := strings.Index(x.Text.Plain, "more, "); i >= 0 {
					if _, err := fmt.Sscanf(x.Text.Plain[i:], "more, %d", &n); err != nil {
						t.Fatalf("%q: %v", x.Text.Plain, err)
					}
				} else {
					n = strings.Count(x.Text.Plain, ",") + 1
				}
				counted += n
			}
		}
		for range 150 {
			who := chat.Person{Identity: account(chat.Telegram, fmt.Sprint("n", came)), Name: fmt.Sprint("N", came)}
			from, body := chat.Telegram, chat.Body(chat.Joined{Who: who})
			if r.IntN(3) == 0 {
				body = chat.Left{Who: who}
			}
			if r.IntN(2) == 0 {
				from = chat.Matrix
			}
			came++
			count(s.happens(who.Identity, kitchen(from), nil, body))
			if r.IntN(4) == 0 {
				minute = 0
				count(s.waits(time.Duration(r.IntN(90)) * time.Second))
				if minute > 8 {
					t.Errorf("seed %d: %d lines at once", seed, minute)
				}
			}
		}
		count(s.waits(time.Hour))
		if counted != came {
			t.Errorf("seed %d: %d came, %d are told of in %d lines", seed, came, counted, lines)
		}
		if len(s.timers) != 0 {
			t.Errorf("seed %d: a timer is left", seed)
		}
	}
}

func TestARushIsOneLine(t *testing.T) {
	s, _ := sit(t, NewArrivals())
	var said []string
	note := func(effects []chat.Effect) {
		for _, x := range only[chat.Send](effects) {
			said = append(said, string(x.To.Platform)+": "+x.Text.Plain)
		}
	}
	s.c.Rooms[0].Chats = s.c.Rooms[0].Chats[:2]
	for i := range 17 {
		who := chat.Person{Identity: account(chat.Telegram, fmt.Sprint(i)), Name: fmt.Sprint("N", i)}
		note(s.happens(who.Identity, kitchen(chat.Telegram), nil, chat.Joined{Who: who}))
	}
	note(s.waits(time.Minute))
	want := []string{
		"signal: N0 has joined on Telegram.", "signal: N1 has joined on Telegram.", "signal: N2 has joined on Telegram.",
		"signal: N3 has joined on Telegram.", "signal: N4 has joined on Telegram.",
		"signal: New on Telegram: N5, N6, N7, N8, N9, N10, N11, N12 and more, 12 people in all.",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAuthorIsToldOfAChangeOnce(t *testing.T) {
	s, _ := sit(t, NewFailures())
	m := bread()
	fail := func(p chat.Platform, why chat.Reason) []chat.Whisper {
		return only[chat.Whisper](s.happens(chat.Identity{}, kitchen(p), m, chat.Failed{Effect: "e2#1", Of: "edit", Why: why}))
	}
	if got := fail(chat.Signal, chat.Expired); len(got) != 0 {
		t.Errorf("a newer change has taken its place: %+v", got)
	}
	got := fail(chat.Signal, chat.TooOld)
	if len(got) != 1 || got[0].Who != m.By || !contains(got[0].Text.Plain, "Your change is not shown on Signal") {
		t.Errorf("%+v", got)
	}
	if got := fail(chat.Signal, chat.TooOld); len(got) != 0 {
		t.Errorf("told twice: %+v", got)
	}
	if got := fail(chat.Matrix, chat.TooOld); len(got) != 1 {
		t.Errorf("not told of another platform: %+v", got)
	}
}

func TestAnAnswerKeepsWhatItAnswers(t *testing.T) {
	s, _ := sit(t, New())
	m := bread()
	reply := &chat.Reply{Ref: ref(chat.Telegram, "old"), Name: "Zoe @all", Quote: "what she wrote", Partial: true, Thread: true}
	sends := only[chat.Send](s.happens(m.By, kitchen(chat.Telegram), m, chat.Posted{Ref: m.Original, Text: chat.Plain("yes"), Reply: reply}))
	want := &chat.Answer{Name: "Zoe @\u2060all", Quote: "what she wrote", Partial: true, Thread: true}
	if diff := cmp.Diff(want, sends[0].Answer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(s.states) != 0 {
		t.Errorf("words are kept unsealed: %v", s.states)
	}
}

func TestWhatIsNotCarried(t *testing.T) {
	question := chat.Part{Kind: chat.Poll, Line: "Bread?", Poll: &chat.Question{Text: "Bread?", Options: []string{"yes", "no"}}}
	for name, tt := range map[string]struct {
		posted chat.Posted
		bot    bool
		set    map[string]string
		want   int
	}{
		"a poll":             {posted: chat.Posted{Parts: []chat.Part{question}}},
		"a poll in words":    {posted: chat.Posted{Parts: []chat.Part{{Kind: chat.Poll, Line: "Bread?"}}}, want: 2},
		"another bot":        {posted: chat.Posted{Text: chat.Plain("beep")}, bot: true},
		"another bot wanted": {posted: chat.Posted{Text: chat.Plain("beep")}, bot: true, set: map[string]string{"bots": "on"}, want: 2},
	} {
		s, _ := sit(t, New())
		s.c.Rooms[0].Settings = tt.set
		m := bread()
		tt.posted.Ref = m.Original
		e := chat.Event{
			ID: "e", At: noon, Now: noon, Chat: kitchen(chat.Telegram), Community: "c1", Message: m,
			By: chat.Person{Identity: m.By, Name: "Ana", Bot: tt.bot}, Body: tt.posted,
		}
		if got := only[chat.Send](s.sees(e)); len(got) != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestPartsAreCarriedAsTheyAre(t *testing.T) {
	s, _ := sit(t, New())
	m := bread()
	parts := []chat.Part{
		{Kind: chat.Venue, Line: "x", Place: &chat.Place{Latitude: 1, Longitude: 2, Name: "Bakery"}},
		{Kind: chat.Photo, Media: chat.Media{Platform: chat.Telegram, Key: "k"}, Hidden: true},
		{Kind: chat.Contact, Contact: &chat.ContactCard{Name: "Bo", Phone: "+1"}},
		{Kind: chat.ViewOnce, Line: "photo", Media: chat.Media{Platform: chat.Telegram, Key: "secret"}},
	}
	sends := only[chat.Send](s.happens(m.By, kitchen(chat.Telegram), m, chat.Posted{Ref: m.Original, Parts: parts}))
	want := append([]chat.Part{}, parts...)
	want[3].Media = chat.Media{}
	if diff := cmp.Diff(want, sends[0].Parts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if parts[3].Media.Key == "" {
		t.Error("the event itself was changed")
	}
}
