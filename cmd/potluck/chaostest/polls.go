package chaostest

import (
	"fmt"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// ask lets somebody ask everybody.
func (c *crowd) ask(p int, r *room) (bool, error) {
	s := &said{room: r, from: p, poll: &poll{voters: map[person]bool{}}, author: c.somebody(p)}
	c.model.add(s, "poll")
	q := chat.Question{Text: fmt.Sprintf("Bread or soup? (%d)", s.number), Options: []string{"Bread", "Soup"}}
	id, err := c.hall.worlds[p].Say(s.author.id, r.chats[p], world.Say{Thing: &chat.Part{Kind: chat.Poll, Line: q.Text, Poll: &q}})
	s.first = id
	return true, err
}

// vote lets somebody choose in a poll that he sees, if it is one whose votes count.
func (c *crowd) vote(p int, r *room) (bool, error) {
	shown := c.hall.worlds[p].Messages(r.chats[p])
	for i := len(shown) - 1; i >= 0 && i > len(shown)-400; i-- {
		s := shown[i]
		if s.Deleted || len(s.Things) == 0 || s.Things[0].Poll == nil {
			continue
		}
		of := c.model.of(r.logs[p], s)
		if len(of) != 1 || of[0].poll == nil || of[0].old || of[0].poll.ended || p == telegram && !s.FromBot {
			continue
		}
		by := c.somebody(p)
		if of[0].poll.voters[by] && c.chance.IntN(2) == 0 {
			continue
		}
		if err := c.hall.worlds[p].CastVote(by.id, r.chats[p], s.ID, c.chance.IntN(2)); err != nil {
			return false, err
		}
		of[0].poll.voters[by] = true
		return true, nil
	}
	return false, nil
}

// endPolls lets those who have asked end their polls. On Telegram a bot is not told of that.
func (c *crowd) endPolls() error {
	for _, x := range c.model.all {
		if x.poll == nil || x.old || x.from == telegram || len(x.excused) > 0 {
			continue
		}
		if err := c.hall.worlds[x.from].EndPoll(x.author.id, x.room.chats[x.from], x.first); err != nil {
			return fmt.Errorf("end poll %d: %w", x.number, err)
		}
		x.poll.ended = true
	}
	return nil
}
