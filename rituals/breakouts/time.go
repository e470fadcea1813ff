package breakouts

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// tend does what is due by now, in all rounds.
func (t *turn) tend() {
	for i := range t.s.Rounds {
		r := &t.s.Rounds[i]
		if r.Stage == gathering && !r.Closes.After(t.e.Now) {
			t.closeInTime(r)
		}
		if r.Stage == asking && !r.Decide.After(t.e.Now) {
			t.decideInTime(r)
		}
		if r.Stage == open {
			for j := range r.Groups {
				t.announce(r, &r.Groups[j])
			}
			if !r.Ends.After(t.e.Now) {
				t.end(r)
			}
		}
		if r.Stage == ended && !r.Archived && !r.Ends.Add(archiveIn).After(t.e.Now) {
			t.archive(r)
		}
	}
}

func (t *turn) closeInTime(r *Round) {
	if t.e.Now.Sub(r.Closes) > late {
		t.missed(r, "the groups of", r.Closes)
		return
	}
	t.close(r)
}

// decideInTime takes the first of the two ways to split, when nobody has chosen one.
func (t *turn) decideInTime(r *Round) {
	switch {
	case t.e.Now.Sub(r.Decide) > late:
		t.missed(r, "the groups of", r.Decide)
		return
	case len(r.In) < 2: // the others have gone meanwhile
		t.strike(r, "breakout.few")
		return
	}
	even, ok := sizes(len(r.In), r.Low, r.High)
	if !ok {
		even, _ = otherwise(len(r.In), r.Low)
	}
	t.split(r, even)
}

// missed gives up a round whose time has gone by while the house did not run.
func (t *turn) missed(r *Round, what string, due time.Time) {
	t.do(chat.Record{Log: "rhythm", Line: what + " breakout " + r.ID + ", due at " + due.UTC().Format(time.RFC3339) + ", were left out: it was too late"})
	t.strike(r, "breakout.missed")
}

// end says that the time of the groups is over. When that comes too late to be said it is only noted.
func (t *turn) end(r *Round) {
	r.Stage = ended
	if t.e.Now.Sub(r.Ends) > late {
		t.do(chat.Record{Log: "rhythm", Line: "the end of breakout " + r.ID + ", due at " + r.Ends.UTC().Format(time.RFC3339) + ", was not announced: it was too late"})
	} else {
		for i := range r.Groups {
			g := &r.Groups[i]
			if g.Gone {
				continue
			}
			t.inRoom(g, func(v rule.Voice) chat.Text {
				return v.Say("breakout.end", "topic", r.Topic, "room", t.roomName(r))
			})
		}
	}
	t.edit(r, func(v rule.Voice) chat.Text { return v.Say("breakout.card.over", "topic", r.Topic) })
}

// archive closes the rooms of the groups: people can still read them.
func (t *turn) archive(r *Round) {
	r.Archived = true
	for i := range r.Groups {
		g := &r.Groups[i]
		t.inRoom(g, func(v rule.Voice) chat.Text { return v.Say("breakout.shut", "room", t.roomName(r)) })
		t.do(g.Room.Shut(t.c)...)
	}
}
