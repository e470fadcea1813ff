package care

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// write lets m1 write some messages, a while apart, which were written another while apart before they arrived.
func write(p *player, n int, arriving, written time.Duration, album string) (timeouts int) {
	p.t.Helper()
	at := p.now.Add(-time.Duration(n) * written)
	for range n {
		p.now, at = p.now.Add(arriving), at.Add(written)
		out := p.decide(chat.Event{
			At: at, Chat: kitchen(), Room: "r1", Member: "m1", Level: chat.Member, By: chat.Person{Identity: who("m1")},
			Body: chat.Posted{Album: album},
		})
		for _, e := range of[chat.Emit](out) {
			a := e.Body.(chat.Asked)
			if !e.House || a.Command != "timeout" || a.Args[0] != "@m1" || a.Args[1] != "10m" || !strings.HasPrefix(a.Args[2], "flood") {
				p.t.Errorf("asked: %+v", e)
			}
			timeouts++
		}
	}
	return timeouts
}

func TestFloods(t *testing.T) {
	const s = time.Second
	for name, tt := range map[string]struct {
		n                 int
		arriving, written time.Duration
		album             string
		want              int
	}{
		"ten in a minute":                      {10, s, s, "", 0},
		"eleven in a minute":                   {11, s, s, "", 1},
		"eleven in just more than a minute":    {11, 6100 * time.Millisecond, 6100 * time.Millisecond, "", 0},
		"forty at once, one is enough":         {40, s, s, "", 1},
		"an album of thirty":                   {30, s, s, "a", 0},
		"what was written in an hour, at once": {30, 0, 2 * time.Minute, "", 0},
		"a clock that tells anything":          {41, 0, 2 * time.Minute, "", 1},
		"slowly for long":                      {300, 7 * s, 7 * s, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := play(t, NewFlood())
			if got := write(p, tt.n, tt.arriving, tt.written, tt.album); got != tt.want {
				t.Errorf("%d time-outs, want %d", got, tt.want)
			}
			if len(p.state) > 3000 {
				t.Errorf("%d bytes are kept", len(p.state))
			}
		})
	}
	p := play(t, NewFlood())
	if write(p, 11, s, s, "") != 1 {
		t.Fatal("no time-out")
	}
	p.now = p.now.Add(11 * time.Minute)
	if got := write(p, 11, s, s, ""); got != 1 {
		t.Errorf("after the time-out: %d", got)
	}
}

func TestWhoIsNoFlood(t *testing.T) {
	for name, change := range map[string]func(*chat.Event){
		"a moderator": func(e *chat.Event) { e.Level = chat.Moderator },
		"a program":   func(e *chat.Event) { e.By.Bot = true },
		"in private":  func(e *chat.Event) { e.Private = true },
		"nobody":      func(e *chat.Event) { e.Member = "" },
	} {
		e := chat.Event{Chat: kitchen(), Room: "r1", Member: "m1", Level: chat.Member, Body: chat.Posted{}}
		change(&e)
		if key, ok := NewFlood().Key(table(), e); ok {
			t.Errorf("%s has the key %q", name, key)
		}
	}
}

func TestTwoAccountsFloodTogether(t *testing.T) {
	a, b := play(t, NewFlood()), play(t, NewFlood())
	write(a, 6, time.Second, time.Second, "")
	write(b, 4, time.Second, time.Second, "")
	state, personal, err := NewFlood().Unite(a.state, b.state)
	if err != nil || !personal {
		t.Fatalf("personal %v: %v", personal, err)
	}
	a.state = state
	if got := write(a, 1, time.Second, time.Second, ""); got != 1 {
		t.Errorf("%d time-outs", got)
	}
}

// What is given back is kept until it has arrived, and comes when somebody can be reached.
func TestGivingBack(t *testing.T) {
	p := play(t, NewBacks())
	give := func(text string, by chat.Identity) []chat.Effect {
		return p.decide(chat.Event{
			Chat: kitchen(), Room: "r1", By: chat.Person{Identity: by}, Seed: [16]byte{byte(len(text)), 1},
			Body: chat.Asked{Command: "giveback", Args: []string{"m1", "2026-03-02T13:00:00Z", "r1"}, Text: chat.Plain(text)},
		})
	}
	if out := give("forged", who("m9")); len(out) != 0 || p.state != nil {
		t.Fatalf("an organiser asks for it: %+v", out)
	}
	one := of[chat.Whisper](give("one", chat.House()))
	two := of[chat.Whisper](give("three", chat.House()))
	if len(one) != 1 || len(two) != 1 || !one[0].Secret || !strings.Contains(one[0].Text.Plain, "one") || one[0].Tag == two[0].Tag {
		t.Fatalf("given back: %+v, %+v", one, two)
	}
	p.decide(chat.Event{Tag: one[0].Tag, Body: chat.Sent{}})
	said := of[chat.Whisper](p.decide(chat.Event{Tag: two[0].Tag, Body: chat.Failed{Why: chat.Forbidden}}))
	if len(said) != 1 || said[0].Secret || strings.Contains(said[0].Text.Plain, "three") {
		t.Errorf("said in the room: %+v", said)
	}
	private := chat.Event{Chat: chat.Chat(who("m1")), Private: true, Member: "m1", Level: chat.Member, Body: chat.Arrived{}}
	again := of[chat.Whisper](p.decide(private))
	if len(again) != 1 || !strings.Contains(again[0].Text.Plain, "three") {
		t.Fatalf("given again: %+v", again)
	}
	if twice := p.decide(private); len(twice) != 0 {
		t.Errorf("given twice: %+v", twice)
	}
	p.decide(chat.Event{Tag: again[0].Tag, Body: chat.Sent{}})
	p.now = p.now.Add(time.Hour)
	p.decide(private)
	if p.state != nil {
		t.Errorf("kept: %s", p.state)
	}
}

func TestBacksAreBounded(t *testing.T) {
	p := play(t, NewBacks())
	for i := range 2 * maxBacks {
		p.decide(chat.Event{
			By: chat.Person{Identity: chat.House()}, Seed: [16]byte{byte(i), 2},
			Body: chat.Asked{Command: "giveback", Args: []string{"m1", "2026-03-02T13:00:00Z", "r1"}, Text: chat.Plain(fmt.Sprint(i))},
		})
	}
	var s Backs
	if err := json.Unmarshal(p.state, &s); err != nil || len(s.Items) != maxBacks {
		t.Errorf("%d are kept, %v", len(s.Items), err)
	}
	for _, args := range [][]string{nil, {"m1"}, {"m1", "x", "r1"}, {"m99", "2026-03-02T13:00:00Z", "r1"}} {
		e := chat.Event{By: chat.Person{Identity: chat.House()}, Body: chat.Asked{Command: "giveback", Args: args}}
		if out := p.decide(e); len(out) != 0 {
			t.Errorf("%v: %+v", args, out)
		}
	}
}

func FuzzHostileWords(f *testing.F) {
	f.Add("cooldown in r1 1", "care delete r1 0", "givebacks m1 x")
	f.Add("checkin talk r1", "care check r1 2", "")
	f.Fuzz(func(t *testing.T, line, tagged, back string) {
		if len(strings.Fields(line)) == 0 || len(line) > 200 {
			t.Skip()
		}
		p, b := play(t, New()), play(t, NewBacks())
		pile(p)
		p.decide(chat.Event{Chat: kitchen(), Tag: tagged, Body: chat.Failed{Why: chat.Forbidden}})
		p.asks("m1", line)
		p.asks("m9", line)
		for _, body := range []chat.Body{chat.Failed{}, chat.Sent{}} {
			if out := b.decide(chat.Event{Tag: back, Body: body}); len(out) != 0 {
				t.Errorf("%q: %+v", back, out)
			}
		}
		if _, out, err := New().Decide(p.c, p.state, chat.Event{Now: p.now.Add(24 * time.Hour), Body: chat.Due{Key: line}}); err != nil || len(of[chat.Emit](out)) != 0 {
			t.Errorf("%v, %+v", err, out)
		}
	})
}
