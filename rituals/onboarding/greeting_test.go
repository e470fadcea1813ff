package onboarding

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// However people come and go: a chat hears at most one greeting in ten minutes, nobody is named twice in a day, and only the last
// greeting stands.
func TestGreetings(t *testing.T) {
	for seed := range uint64(60) {
		chance := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(t, New(), NewGreetings())
		here := make(map[chat.MemberID]bool)
		for range 60 {
			w.waits(time.Duration(chance.IntN(90))*time.Minute/10, 0)
			if chance.IntN(8) == 0 {
				w.waits(time.Duration(chance.IntN(20))*time.Hour, 0)
			}
			id := chat.MemberID("m" + strconv.Itoa(chance.IntN(12)))
			if here[id] {
				w.leaves(id)
			} else {
				if chance.IntN(3) == 0 {
					w.shut[chat.Identity{Platform: chat.Telegram, ID: string(id)}] = chat.Forbidden
				}
				w.joins(id, chat.Telegram)
			}
			here[id] = !here[id]
		}
		w.waits(time.Hour, 0)
		checkGreetings(t, seed, w)
	}
}

func checkGreetings(t *testing.T, seed uint64, w *world) {
	t.Helper()
	last, named, standing := make(map[chat.Chat]time.Time), make(map[string]time.Time), make(map[chat.Chat]int)
	sent := 0
	for _, s := range w.said {
		switch x := s.effect.(type) {
		case chat.Delete:
			standing[x.To] = 0
		case chat.Send:
			sent++
			if before, ok := last[x.To]; ok && s.at.Sub(before) < 10*time.Minute {
				t.Fatalf("seed %d: %s is greeted %s after the last time", seed, x.To, s.at.Sub(before))
			}
			last[x.To] = s.at
			if standing[x.To]++; standing[x.To] > 1 {
				t.Fatalf("seed %d: two greetings stand in %s", seed, x.To)
			}
			if x.To.Platform != chat.Signal {
				continue
			}
			names, _, _ := strings.Cut(strings.TrimPrefix(x.Text.Plain, "👋 Welcome, "), "!")
			for _, name := range strings.Split(names, ", ") {
				if before, ok := named[name]; ok && s.at.Sub(before) < 24*time.Hour {
					t.Fatalf("seed %d: %s is greeted again after %s", seed, name, s.at.Sub(before))
				}
				named[name] = s.at
			}
		}
	}
	if sent < 3 || len(named) < 3 {
		t.Fatalf("seed %d: %d greetings name %d people", seed, sent, len(named))
	}
}

// A rush is greeted in one line, and the state does not grow with it.
func TestARush(t *testing.T) {
	w := newWorld(t, NewGreetings())
	for i := range 300 {
		w.joins(chat.MemberID("m"+strconv.Itoa(i)), chat.Signal)
	}
	if n := len(w.states["greetings c1/r1"]); n > 3000 {
		t.Errorf("the state has %d bytes", n)
	}
	w.waits(time.Hour, 0)
	want := "👋 Welcome, M0, M1, M2, M3, M4, M5, M6, M7, M8, M9 and 90 more! Good to have you at the table."
	var got []string
	for _, s := range w.said {
		if x, ok := s.effect.(chat.Send); ok && x.To.Platform == chat.Matrix {
			got = append(got, x.Text.Plain)
		}
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("they are greeted: %q", got)
	}
	w.waits(48*time.Hour, 0)
	if state := w.states["greetings c1/r1"]; state != nil || len(w.timers) > 0 {
		t.Errorf("two days later there is %s, and %v", state, w.timers)
	}
}

// Who was shut out and has written in the meantime needs no word in the room; the others are mentioned where they are.
func TestTheWordToThoseWhoMustWriteFirst(t *testing.T) {
	w := newWorld(t, New(), NewGreetings())
	for _, id := range []chat.MemberID{"m1", "m2"} {
		w.shut[chat.Identity{Platform: chat.Telegram, ID: string(id)}] = chat.Forbidden
		w.joins(id, chat.Telegram)
	}
	w.waits(time.Second, 0)
	w.tells("m2", "hello")
	w.waits(time.Hour, 0)
	var got []string
	for _, s := range w.said {
		x, ok := s.effect.(chat.Send)
		if !ok {
			continue
		}
		if strings.Contains(x.Text.Plain, "in private") {
			got = append(got, x.To.String())
			if !strings.Contains(x.Text.Plain, "\nM1: I would") || x.Text.Spans[len(x.Text.Spans)-1].Value != "telegram:m1" {
				t.Errorf("it says %+v", x.Text)
			}
		}
	}
	if len(got) != 1 || got[0] != "telegram:kitchen" {
		t.Errorf("it is said in %v", got)
	}
}

func TestNamesThatAreFit(t *testing.T) {
	for name, want := range map[string]bool{
		"Ana": true, "Ана": true, "J. R. Baker": true, "": false, "buy at www.soap.example": false, "t.me/soap": false,
		"SOAP.COM": false, "HTTPS://soap": false, strings.Repeat("x", 41): false, "@soap": false,
	} {
		if isFit(name) != want {
			t.Errorf("%q is fit: %v", name, !want)
		}
	}
}

func TestTheDoorstep(t *testing.T) {
	knock := func(w *world, p chat.Platform, id string) int {
		before := len(w.said)
		who := chat.Person{Identity: chat.Identity{Platform: p, ID: id}, Name: "Zoe"}
		w.happen(chat.Event{Chat: chat.Chat{Platform: p, ID: "kitchen"}, Room: "r1", By: who, Body: chat.Knocked{Who: who}})
		return len(w.said) - before
	}
	w := newWorld(t, NewDoorstep())
	w.add("banned", chat.Telegram, chat.Guest).Settings = map[string]string{"sanction": "ban"}
	for name, got := range map[string]int{
		"first": knock(w, chat.Telegram, "z") - 1, "again": knock(w, chat.Telegram, "z"), "signal": knock(w, chat.Signal, "z"),
		"matrix": knock(w, chat.Matrix, "z"), "banned": knock(w, chat.Telegram, "banned"),
	} {
		if got != 0 {
			t.Errorf("%s: %d too many words", name, got)
		}
	}
	w.waits(25*time.Hour, 0)
	if len(w.timers) != 0 || w.states["doorstep c1/telegram:z"] != nil {
		t.Errorf("a day later there is %v, %v", w.timers, w.states)
	}
	w.c.Settings["gate"] = "approve"
	if n := knock(w, chat.Telegram, "z"); n != 0 {
		t.Error("it speaks though the gate does")
	}
}
