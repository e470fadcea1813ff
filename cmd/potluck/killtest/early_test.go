package killtest

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
)

// TestActionsBeforeReceipt lets people on Matrix react to, answer and delete copies that they see while the
// program still waits for the homeserver's answer, so that it does not know yet what the copies are called.
func TestActionsBeforeReceipt(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program")
	}
	h := newHall(t, 1)
	p := newProgram(t, h.config, h.pages)
	p.start()
	p.ready()
	h.link()
	c := newCrowd(h, 4)
	r := h.rooms[0]
	// The ghost of the author is made first, so that its making is not what is slow.
	if err := c.post(&said{from: telegram}); err != nil {
		t.Fatal(err)
	}
	h.mustSettle(c.model)
	for _, thing := range []string{"reaction", "answer", "deletion"} {
		t.Run(thing, func(t *testing.T) {
			h.home.Fault(matrixtest.Fault{Method: "PUT", Path: "/send/m.room.message", Delay: time.Second})
			x := &said{from: telegram}
			if err := c.post(x); err != nil {
				t.Fatal(err)
			}
			h.until("Matrix shows the copy", 10*time.Second, func() error {
				c.model.read()
				if c.shownAs(x, matrix) == "" {
					return errNotShown
				}
				return nil
			})
			who := h.people[matrix][0]
			var err error
			switch thing {
			case "reaction":
				x.votes = append(x.votes, vote{where: matrix, by: who, emoji: "🔥"})
				err = h.worlds[matrix].React(who.id, r[matrix], c.shownAs(x, matrix), "🔥", true)
			case "answer":
				err = c.post(&said{from: matrix, reply: x})
			case "deletion":
				x.gone = true
				err = h.worlds[matrix].Delete(who.id, r[matrix], c.shownAs(x, matrix))
			}
			if err != nil {
				t.Fatal(err)
			}
			if v := h.settled(c.model, 4*time.Second); len(v.faults) > 0 {
				t.Errorf("%d faults:\n%s", len(v.faults), report(v.faults))
			}
		})
	}
	p.stop()
}
