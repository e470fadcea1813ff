package adaptertest

import (
	"errors"
	"slices"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

var errOver = errors.New("board: the poll is over")

func (b *board) CastVote(person, group, message string, options ...int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.vote(b.names[person], group, message, options); err != nil {
		return err
	}
	b.tell(b.groups[group], update{kind: "voted", by: person, message: message, options: slices.Clone(options)})
	return nil
}

// vote sets what somebody chooses.
func (b *board) vote(name, group, message string, options []int) error {
	_, m, err := b.find(group, message)
	switch {
	case err != nil:
		return err
	case len(m.Things) == 0 || m.Things[0].Poll == nil:
		return errMissing
	case m.Things[0].Poll.Closed:
		return errOver
	}
	votes := map[int][]string{}
	for n := range m.Things[0].Poll.Options {
		votes[n] = slices.DeleteFunc(slices.Clone(m.Votes[n]), func(other string) bool { return other == name })
		if slices.Contains(options, n) {
			votes[n] = append(votes[n], name)
		}
	}
	m.Votes = votes
	return nil
}

func (b *board) EndPoll(person, group, message string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.endPoll(group, message); err != nil {
		return err
	}
	b.tell(b.groups[group], update{kind: "poll ended", by: person, message: message})
	return nil
}

func (b *board) endPoll(group, message string) error {
	g, m, err := b.find(group, message)
	if err != nil || len(m.Things) == 0 {
		return errMissing
	}
	poll := *m.Things[0].Poll
	poll.Closed = true
	ended := m.Things[0]
	ended.Poll = &poll
	m.Things = []chat.Part{ended}
	b.tell(g, update{kind: "seen"})
	return nil
}

func (b *board) SetPinned(person, group, message string, on bool) error {
	if b.plain {
		return world.ErrNone
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tell(b.groups[group], update{kind: "pinned", by: person, message: message, on: on})
	return nil
}

// posted makes the event of a message.
func (a *boardAdapter) posted(u update) chat.Posted {
	p := chat.Posted{Ref: a.ref(u, u.message), Text: u.text, Parts: u.media, Forward: u.say.Forward}
	if len(u.media) > 1 {
		p.Album = u.message
	}
	if u.reply != "" && a.flaw != "loses replies" {
		p.Reply = &chat.Reply{Ref: a.ref(u, u.reply), Quote: u.say.Quote, Partial: u.say.Quote != "" && a.flaw != "answers the whole"}
	}
	if u.say.Thread != "" && p.Reply == nil {
		p.Reply = &chat.Reply{Ref: a.ref(u, u.say.Thread), Thread: a.flaw != "knows no threads"}
	}
	if u.say.Thing != nil && a.flaw != "is silent about things" {
		p.Parts = append(p.Parts, *u.say.Thing)
	}
	if a.flaw != "shows for ever" {
		p.Vanish = u.say.Vanish
	}
	if u.say.Once && a.flaw != "carries what is seen once" {
		p.Parts = []chat.Part{{Kind: chat.ViewOnce, Line: "photo"}}
	}
	if a.flaw == "uncovers what comes" && len(p.Parts) > 0 {
		p.Parts[0].Hidden = false
	}
	return p
}

// stand adds what a message answers and what it shows without bytes.
func (a *boardAdapter) stand(what *world.Say, e chat.Send) {
	if answer := e.Answer; answer != nil && len(answer.Target.Refs) > 0 {
		to := answer.Target.Refs[0].ID
		if answer.Thread && !a.board.plain && a.flaw != "leaves threads" {
			what.Thread = to
		} else {
			what.ReplyTo = to
		}
		if answer.Partial && a.flaw != "quotes nothing" {
			what.Quote = answer.Quote
		}
	}
	for _, p := range e.Parts {
		if p.Media.Key == "" && a.flaw != "drops things" {
			what.Thing = &p
		}
	}
}

func (a *boardAdapter) vote(group string, e chat.Vote) error {
	if a.board.plain {
		return errNoMeans
	}
	if a.flaw == "votes for the bot" {
		e.As.Name = "Potluck"
	}
	if err := a.board.vote(e.As.Name, group, e.Target.Refs[0].ID, e.Options); err != nil {
		return err
	}
	a.board.tell(a.board.groups[group], update{kind: "seen"})
	return nil
}
