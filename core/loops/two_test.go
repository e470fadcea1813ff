package loops

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// relay is a Potluck, or another program like it: it sees what is written in its chats, and posts what it carries in the
// others, by its bot or by ghosts.
type relay struct {
	*room
	id     string
	ghosts map[chat.Platform]bool
	told   int
	echoes int // what it has carried that was no person's
}

// post is what stands in a chat; of says which relay has posted it, and whose words they are at the beginning.
type post struct {
	word
	of     string
	person bool
}

// sees lets a relay see a post and returns what it posts then.
func (r *relay) sees(p post) (out []post) {
	if p.of == r.id {
		return nil
	}
	carried, told := r.say(p.word)
	if told {
		r.told++
	}
	if !carried {
		return nil
	}
	if !p.person {
		r.echoes++
	}
	for _, to := range r.c.Rooms[0].Others(p.in) {
		w := word{in: to, id: r.id, name: "Potluck", text: name(p.word) + ": " + p.text, parts: p.parts}
		if r.ghosts[to.Platform] {
			w = word{in: to, id: r.id + "_" + p.id, name: name(p.word), text: p.text, parts: p.parts}
		}
		out = append(out, post{word: w, of: r.id})
	}
	return out
}

func name(w word) string { return w.event().By.Name }

// play lets people write and two relays see everything, each what the other posts, until it is quiet.
func play(t *testing.T, a, b *relay, said []word) (posts int) {
	t.Helper()
	for _, w := range said {
		road := []post{{word: w, person: true}}
		for len(road) > 0 {
			p := road[0]
			road = road[1:]
			if posts++; posts > 1000 {
				t.Fatalf("it goes round and round: %q", p.text)
			}
			road = append(append(road, a.sees(p)...), b.sees(p)...)
		}
		for _, r := range []*relay{a, b} {
			r.now = r.now.Add(20 * time.Second)
		}
	}
	return posts
}

// people say different things, long and short, with and without pictures.
func people(n int) (out []word) {
	for i := range n {
		w := word{in: []chat.Chat{tg, mx}[i%2], id: []string{"ana", "cleo", "ben"}[i%3], text: fmt.Sprintf("this is what I wanted to say, part %d", i)}
		switch i % 4 {
		case 1:
			w.text = fmt.Sprintf("ok %d", i)
		case 3:
			w.text, w.parts = "", []chat.Part{{Kind: chat.Photo}}
		}
		out = append(out, w)
	}
	return out
}

func TestTwoPotlucksInTheSameRooms(t *testing.T) {
	ghosts := map[chat.Platform]bool{chat.Matrix: true}
	for name, tt := range map[string]struct{ a, b map[chat.Platform]bool }{
		"bots": {}, "ghosts": {ghosts, ghosts}, "one with ghosts": {ghosts, nil},
	} {
		make2 := func() (*relay, *relay) {
			a, b := &relay{room: newRoom(t), id: "potluck1", ghosts: tt.a}, &relay{room: newRoom(t), id: "potluck2", ghosts: tt.b}
			for _, r := range []*relay{a, b} {
				r.c.Rooms[0].Chats = []chat.Chat{tg, mx}
			}
			return a, b
		}
		for _, w := range people(12) {
			a, b := make2()
			if play(t, a, b, []word{w}); a.echoes > 1 || b.echoes > 1 {
				t.Errorf("%s: of one message the first carries %d echoes, the second %d", name, a.echoes, b.echoes)
			}
		}
		a, b := make2()
		play(t, a, b, people(24))
		early := a.echoes + b.echoes
		if n := play(t, a, b, people(48)[24:]); a.echoes+b.echoes != early || n != 24*3 {
			t.Errorf("%s: it is not quiet in the end: %d echoes, later %d, %d posts", name, early, a.echoes+b.echoes, n)
		}
		if a.told > 2 || b.told > 2 || a.told+b.told == 0 {
			t.Errorf("%s: %d and %d notices", name, a.told, b.told)
		}
	}
}

// talk is one thing that somebody may say in an ordinary conversation.
func talk(r *rand.Rand, before []word) word {
	everybody := []string{"ana", "ben", "cleo", "mia", "zoe", "yan"}
	w := word{in: []chat.Chat{tg, sg, mx}[r.IntN(3)], id: everybody[r.IntN(len(everybody))]}
	w.id += string(w.in.Platform[:1]) // nobody has claimed anything
	w.name = strings.ToUpper(w.id[:1]) + w.id[1:3]
	if r.IntN(3) == 0 {
		w.name = "Alex" // several are called so
	}
	usual := []string{"+1", "ok", "yes", "good morning", "good morning everybody!", "👍", "haha", "Happy birthday, dear Olga!!!", "same here", "on my way"}
	last := word{text: "hm"}
	if n := len(before); n > 0 {
		last = before[n-1-r.IntN(min(n, 5))]
	}
	switch r.IntN(12) {
	case 0, 1, 2, 3, 4:
		w.text = usual[r.IntN(len(usual))]
	case 5:
		w.text = "> " + last.text + "\n" + usual[r.IntN(len(usual))]
	case 6:
		w.text, w.forward = last.text, last.name
	case 7:
		w.text = last.name + ": " + usual[r.IntN(len(usual))] + fmt.Sprint(r.IntN(100))
	case 8:
		w.parts = []chat.Part{{Kind: chat.Photo}}
	default:
		w.text = fmt.Sprintf("I have a thought of my own, the %d. of today", r.IntN(1_000_000))
	}
	return w
}

func TestOrdinaryTalkIsNeverPutAside(t *testing.T) {
	dropped, all := 0, 0
	for seed := range uint64(60) {
		r, random := newRoom(t), rand.New(rand.NewPCG(seed, 7))
		var before []word
		for i := range 150 {
			w := talk(random, before)
			r.now = r.now.Add(time.Duration(random.IntN(30)) * time.Second)
			carried, told := r.say(w)
			if all++; !carried {
				dropped++
			}
			if told {
				t.Fatalf("seed %d, message %d: %+v puts aside", seed, i, w)
			}
			before = append(before, w)
		}
	}
	// "Ben: ok7" said by two within ten minutes, once as words of his: a copy of what everybody has.
	if dropped*500 > all {
		t.Errorf("%d of %d messages are not carried", dropped, all)
	}
}

// A choir: all say the same long words, one after another, everywhere.
func TestAChoirIsNoLoop(t *testing.T) {
	r := newRoom(t)
	for _, line := range []string{"we want bread, and roses, too", "bread and roses, bread and roses", "hearts starve as well as bodies", "give us bread, but give us roses"} {
		for i := range 12 {
			in := []chat.Chat{tg, sg, mx}[i%3]
			if carried, told := r.say(word{in: in, id: "singer" + string(rune('a'+i)), text: line}); !carried || told {
				t.Fatalf("singer %d: carried %v, told %v", i, carried, told)
			}
		}
	}
}

// Somebody who pastes his neighbours' lines with their names and talks besides is not put aside.
func TestWhoPastesAndTalksIsNotPutAside(t *testing.T) {
	r := newRoom(t)
	for i := range 4 {
		text := fmt.Sprintf("this is my point %d", i)
		r.say(word{in: tg, id: "ana", text: text})
		if _, told := r.say(word{in: sg, id: "ben", text: "Ana: " + text}); told {
			t.Fatalf("put aside at the paste %d", i)
		}
		r.say(word{in: sg, id: "ben", text: fmt.Sprintf("see %d?", i)})
		r.say(word{in: sg, id: "ben", text: fmt.Sprintf("and %d!", i)})
	}
}
