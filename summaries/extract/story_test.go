package extract_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/summaries/extract"
)

// story is one conversation of a script: who says what to whom.
type story struct {
	topic string
	lines []said
}

type said struct{ author, to, text string }

// stories reads a script of testdata: "# topic", then "author@to: text".
func stories(t testing.TB, name string) []story {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []story
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if topic, ok := strings.CutPrefix(sc.Text(), "# "); ok {
			out = append(out, story{topic: topic})
			continue
		}
		who, text, ok := strings.Cut(sc.Text(), ": ")
		if !ok || len(out) == 0 {
			t.Fatalf("%s: no line of a script: %q", name, sc.Text())
		}
		author, to, _ := strings.Cut(who, "@")
		s := &out[len(out)-1]
		s.lines = append(s.lines, said{author, to, text})
	}
	return out
}

// room is a chat whose conversations are known.
type room struct {
	extract.Conversation
	talk    map[string]int    // by message id: its conversation, -1 for what belongs to none
	answers map[string]string // by message id: what it answers; itself if it opens
	size    []int             // by conversation
	opener  []string
}

// style is how people in a room write.
type style struct {
	called, replied float64 // how many of the lines to somebody name him, use the reply button
	pause           float64 // mean seconds between two lines of a conversation
	together        float64 // how many conversations go on at a time
	noise           int     // lines that belong to no conversation
}

func irc() style       { return style{called: 0.6, pause: 40, together: 3, noise: 14} }
func messenger() style { return style{called: 0.05, replied: 0.3, pause: 90, together: 2, noise: 10} }

// event is a line of a story in its time.
type event struct {
	at         float64
	talk, line int
	said       said
}

// mix interleaves the conversations of a script.
func mix(scripts []story, st style, seed uint64) room {
	rng := rand.New(rand.NewPCG(seed, 7))
	var events []event
	start := 0.0
	for n, i := range rng.Perm(len(scripts)) {
		if n > 0 {
			start += rng.ExpFloat64() * st.pause * float64(len(scripts[i].lines)) / st.together
		}
		at := start
		for k, l := range scripts[i].lines {
			events = append(events, event{at, i, k, l})
			pause := st.pause
			if k+1 < len(scripts[i].lines) && scripts[i].lines[k+1].author == l.author {
				pause /= 4
			}
			at += 4 + rng.ExpFloat64()*pause
		}
	}
	end := start
	authors := authorsOf(scripts)
	for range st.noise {
		events = append(events, event{rng.Float64() * end, -1, 0, said{authors[rng.IntN(len(authors))], "", noise()[rng.IntN(len(noise()))]}})
	}
	slices.SortStableFunc(events, func(a, b event) int {
		if a.at < b.at {
			return -1
		}
		return 1
	})
	r := room{talk: map[string]int{}, answers: map[string]string{}, size: make([]int, len(scripts)), opener: make([]string, len(scripts))}
	r.Kind = extract.Chat
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ids := map[[2]int]string{}
	for n, e := range events {
		m := extract.Message{ID: fmt.Sprintf("m%d", n), Author: e.said.author, Text: e.said.text, At: begin.Add(time.Duration(e.at) * time.Second)}
		r.talk[m.ID], r.answers[m.ID] = e.talk, m.ID
		if e.talk >= 0 {
			r.size[e.talk]++
			ids[[2]int{e.talk, e.line}] = m.ID
			if e.line == 0 {
				r.opener[e.talk] = m.ID
			} else {
				to := ids[[2]int{e.talk, answered(scripts[e.talk].lines, e.line)}]
				r.answers[m.ID] = to
				switch {
				case rng.Float64() < st.replied:
					m.ReplyTo = to
				case e.said.to != "" && rng.Float64() < st.called:
					m.Text = e.said.to + ": " + m.Text
				}
			}
		}
		r.Messages = append(r.Messages, m)
	}
	return r
}

// answered returns which line of a script a line answers: the last one of whom it is said to, or the one before.
func answered(lines []said, n int) int {
	for j := n - 1; j >= 0 && lines[n].to != "" && lines[n-1].author != lines[n].author; j-- {
		if lines[j].author == lines[n].to {
			return j
		}
	}
	return n - 1
}

func noise() []string {
	return []string{
		"morning all", "haha", "brb", "lunch time", "it is raining again", "good night everybody", "coffee is ready", "the music in this shop is awful",
		"back", "my neighbour is drilling since seven", "who took my chair", "is it friday yet?", "my train is late again", "wow what a day",
		"the cat is on the keyboard", "almost weekend", "somebody baked a cake, it is in the kitchen",
	}
}

func authorsOf(scripts []story) []string {
	var out []string
	for _, s := range scripts {
		for _, l := range s.lines {
			if !slices.Contains(out, l.author) {
				out = append(out, l.author)
			}
		}
	}
	return out
}

// plain makes a chat of a script as it stands, one conversation after another.
func plain(t testing.TB, name, lang string) room {
	r := mix(stories(t, name), style{pause: 60, together: 0.8}, 5)
	r.Lang = lang
	return r
}

// biggest returns the ten biggest conversations of a room.
func (r room) biggest() []int {
	order := make([]int, len(r.size))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return r.size[b] - r.size[a] })
	return order[:min(10, len(order))]
}

// reached returns the share of the ten biggest conversations of which a message is cited, and of which the opener is.
func (r room) reached(cited []string) (talks, openers float64) {
	n := r.biggest()
	for _, i := range n {
		if slices.ContainsFunc(cited, func(id string) bool { return r.talk[id] == i }) {
			talks++
		}
		if slices.Contains(cited, r.opener[i]) {
			openers++
		}
	}
	return talks / float64(len(n)), openers / float64(len(n))
}

func citations(bullets []extract.Bullet) []string {
	var out []string
	for _, b := range bullets {
		out = append(out, b.MessageIDs...)
	}
	return out
}

// meeting is a transcript with small talk between what matters; evidence are the ids of what matters, by topic.
type meeting struct {
	extract.Conversation
	evidence [][]string
	topicOf  map[string]int
}

// hold makes a meeting of about so many turns from a script: lines with a star are what matters.
func hold(t testing.TB, turns int, seed uint64) meeting {
	t.Helper()
	raw, err := os.ReadFile("testdata/meeting.txt")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 11))
	blocks := strings.Split(strings.TrimSpace(string(raw)), "# ")[1:]
	raw, err = os.ReadFile("testdata/chatter.txt")
	if err != nil {
		t.Fatal(err)
	}
	beside := strings.Split(strings.TrimSpace(string(raw)), "\n")
	people := []string{"Organiser", "Treasurer", "Host", "Editor"}
	m := meeting{topicOf: map[string]int{}}
	m.Kind, m.Lang = extract.Call, "en"
	add := func(topic int, author, text string) string {
		id := fmt.Sprintf("t%d", len(m.Messages))
		m.Messages = append(m.Messages, extract.Message{ID: id, Author: author, Text: text})
		m.topicOf[id] = topic
		return id
	}
	for topic, b := range blocks {
		lines := strings.Split(strings.TrimSpace(b), "\n")
		_, list, _ := strings.Cut(lines[0], "| ")
		nouns := strings.Fields(list)
		m.evidence = append(m.evidence, nil)
		padding := turns/len(blocks) - len(lines) + 1
		for n, l := range lines[1:] {
			text, matters := strings.CutPrefix(l, "*")
			author, text, _ := strings.Cut(text, ": ")
			id := add(topic, author, spoken(rng, text))
			if matters {
				m.evidence[topic] = append(m.evidence[topic], id)
			}
			for range (n+1)*padding/(len(lines)-1) - n*padding/(len(lines)-1) {
				add(topic, people[rng.IntN(len(people))], chatter(rng, nouns, &beside))
			}
		}
	}
	return m
}

// spoken puts fillers into a sentence.
func spoken(rng *rand.Rand, s string) string {
	words := strings.Fields(s)
	for range 1 + len(words)/12 {
		i := rng.IntN(len(words))
		words = slices.Insert(words, i, []string{"um,", "uh,", "you know,", "{vocalsound}", words[i]}[rng.IntN(5)])
	}
	return strings.Join(words, " ")
}

// chatter is what people say while they think, or beside the point; beside holds what was not said yet.
func chatter(rng *rand.Rand, nouns []string, beside *[]string) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	switch n := rng.IntN(10); {
	case n < 5 || len(*beside) == 0:
		return pick("Yeah.", "Mm-hmm.", "Okay.", "Right, right.", "Ha, that is true.", "Sorry, go on.", "No no, that is not what I meant.", "Could you say that again, please?",
			"Let me just write that down quickly.", "I don't know, I mean, it is what it is.", "Okay so are we all good with that one?", "Yeah, I guess so.")
	case n == 5:
		return strings.ReplaceAll(pick("Um, so that is the %.", "Well, the %, you know, the % thing.", "And what about the % then?"), "%", pick(nouns...))
	}
	line := ""
	for range 1 + rng.IntN(3) {
		if len(*beside) > 0 {
			i := rng.IntN(len(*beside))
			line += " " + spoken(rng, (*beside)[i])
			*beside = slices.Delete(*beside, i, i+1)
		}
	}
	return strings.TrimSpace(line)
}

// mails reads the thread of mails.
func mails(t testing.TB) extract.Conversation {
	t.Helper()
	raw, err := os.ReadFile("testdata/mail.txt")
	if err != nil {
		t.Fatal(err)
	}
	c := extract.Conversation{Kind: extract.Chat, Lang: "en"}
	for n, mail := range strings.Split(string(raw), "\n---\n") {
		head, body, _ := strings.Cut(mail, "\n")
		c.Messages = append(c.Messages, extract.Message{
			ID: fmt.Sprintf("mail%d", n), Author: strings.TrimPrefix(head, "From: "), Text: body,
			At: time.Date(2026, 5, 4+n, 9, 0, 0, 0, time.UTC),
		})
	}
	return c
}
