package killtest

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestReferentialActionsAfterRestart checks that edits, answers, reactions and deletions reach the copies of
// messages from before a clean stop.
func TestReferentialActionsAfterRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program")
	}
	h := newHall(t, 1)
	p := newProgram(t, h.config, h.pages)
	p.start()
	p.ready()
	h.link()
	c := newCrowd(h, 1)
	// One message of each messenger for each thing that can be done to it.
	const edited, answered, reacted, deleted, things = 0, 1, 2, 3, 4
	var before [platforms][things]*said
	for from := range platforms {
		for i := range things {
			s := &said{from: from}
			if err := c.post(s); err != nil {
				t.Fatal(err)
			}
			before[from][i] = s
		}
	}
	h.mustSettle(c.model)
	p.stop()
	p.start()
	p.ready()

	r := h.rooms[0]
	for from, w := range h.worlds {
		x := before[from][edited]
		x.text += " and better"
		x.edits++
		if err := w.Edit(x.author.id, r[from], x.first, chat.Plain(x.text)); err != nil {
			t.Fatal(err)
		}
		for p, w := range h.worlds {
			if err := c.post(&said{from: p, reply: before[from][answered]}); err != nil {
				t.Fatal(err)
			}
			x := before[from][reacted]
			v := vote{where: p, by: h.people[p][1], emoji: "🔥"}
			if err := w.React(v.by.id, r[p], c.shownAs(x, p), v.emoji, true); err != nil {
				t.Fatal(err)
			}
			x.votes = append(x.votes, v)
		}
		// A bot on Telegram is not told of deletions, so there a moderator elsewhere deletes a copy.
		x, where, who := before[from][deleted], from, before[from][deleted].author
		if from == telegram {
			where, who = matrix, h.people[matrix][0]
		}
		if err := h.worlds[where].Delete(who.id, r[where], c.shownAs(x, where)); err != nil {
			t.Fatal(err)
		}
		x.gone = true
	}
	h.mustSettle(c.model)
	p.stop()
}

// mustSettle waits until all chats show what they must, each thing once.
func (h *hall) mustSettle(m *model) {
	h.t.Helper()
	began := time.Now()
	v := h.settled(m, 15*time.Second)
	if len(v.faults) > 0 {
		h.t.Fatalf("%d faults after %s:\n%s", len(v.faults), time.Since(began).Round(time.Millisecond), report(v.faults))
	}
	if v.extra != [platforms]int{} {
		h.t.Fatalf("duplicates on telegram, signal, matrix: %v, want none", v.extra)
	}
}
