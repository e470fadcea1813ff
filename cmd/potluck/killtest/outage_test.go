package killtest

import (
	"testing"
	"time"
)

// TestDestinationOutage cuts the line to one messenger after the other for a while, and checks that everything
// arrives there afterwards, in order and once, and that the others do not wait for it.
func TestDestinationOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program")
	}
	h := newHall(t, 1)
	p := newProgram(t, h.config, h.pages)
	p.start()
	p.ready()
	h.link()
	c := newCrowd(h, 2)
	for away := range platforms {
		t.Run(platformName(away), func(t *testing.T) {
			h.gates[away].shut()
			others := []int{(away + 1) % platforms, (away + 2) % platforms}
			for i := range 30 {
				from := others[i%2]
				if i%3 == 2 {
					from = away // people there go on, too
				}
				if err := c.post(&said{from: from}); err != nil {
					t.Fatal(err)
				}
				if i%5 == 4 {
					if _, err := c.edit(from, 0); err != nil {
						t.Fatal(err)
					}
				}
			}
			h.until("the other two see each other", 10*time.Second, func() error { return c.model.between(others) })
			h.gates[away].unshut()
			c.hall.mustSettle(c.model)
		})
	}
	p.stop()
}
