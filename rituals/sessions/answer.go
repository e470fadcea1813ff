package sessions

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// typed is an answer to the message of a date: a word says as much as a button. In a room it is a message like any other,
// too; in private it is the rule's alone.
func (t *turn) typed(b chat.Posted) {
	id, date, ok := cardTag(t.e.ReplyTo)
	what, isReply := replyOf(b.Text.Plain, t.languages()...)
	if !ok || !isReply || len(b.Parts) > 0 || b.Forward != "" || t.e.By.Bot || t.e.Member == "" || t.e.Level < chat.Member {
		return
	}
	if !t.e.Private && !t.isAnswerable(id, date) {
		return // people may say what they like below what is over
	}
	t.answered(id, date, what)
	if t.e.Private {
		t.do(chat.Drop{})
	}
}

// reacted is an emoji under the message of a date; the keycaps are choices.
func (t *turn) reacted(b chat.Reacted) {
	id, date, ok := cardTag(t.e.Message)
	if !ok || len(b.Emoji) == 0 || t.e.By.Bot || t.e.Member == "" || t.e.Level < chat.Member {
		return
	}
	if what, isReply := replyIn(b.Emoji[len(b.Emoji)-1]); isReply && t.isAnswerable(id, date) {
		t.answered(id, date, what)
	}
}

// isAnswerable tells whether a date is the one that people can answer now.
func (t *turn) isAnswerable(id, date string) bool {
	s := t.session(id)
	return s != nil && s.Over.IsZero() && s.Date != nil && s.Date.Name == date
}

// answered notes whether somebody comes, and tells him in private where he stands.
func (t *turn) answered(id, date string, what reply) {
	s := t.session(id)
	who := t.e.Member
	switch {
	case who == "" || !slices.Contains([]reply{going, maybe, no}, what):
		return
	case s == nil:
		t.answer("session.over")
		return
	case s.Cancelled:
		t.answer("session.iscancelled", "title", s.Title)
		return
	case !s.Over.IsZero() || s.Date == nil || s.Date.Name != date:
		t.olddate(s, date)
		return
	}
	t.touch(who)
	before := s.Date.of(who)
	now, promoted, full := s.Date.say(who, what, s.Places)
	if full {
		t.answer("session.full")
		return
	}
	if what == going && t.showsNames() && !slices.Contains(s.Date.Named, who) {
		s.Date.Named = append(s.Date.Named, who)
	}
	if t.e.Now.After(t.dayDue(s, who)) && !slices.Contains(s.Date.Day, who) {
		s.Date.Day = append(s.Date.Day, who) // he knows
	}
	for _, next := range promoted {
		t.promoted(s, next)
	}
	t.confirm(s, who, before, now)
}

// olddate answers who chooses under the message of a date that is over, cancelled or not open yet.
func (t *turn) olddate(s *Session, date string) {
	if m, ok := s.move(date); ok && m.To == "" {
		t.answer("session.iscancelled", "title", s.Title)
		return
	}
	t.answer("session.over")
}

// confirm tells somebody how his answer was understood. That he waits for a place he has to learn wherever he is; all
// else is said in private or not at all.
func (t *turn) confirm(s *Session, who chat.MemberID, before, now reply) {
	at := s.at(s.Date.Name)
	if now == waiting {
		v := t.personal()
		t.do(rule.Discreetly(t.e, v.Say("session.youwait", "title", s.Title, "n", slices.Index(s.Date.Wait, who)+1)))
		return
	}
	card, ok := t.c.Members.ByID(who)
	if !ok || before == now && !t.e.Private {
		return
	}
	t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
		switch now {
		case going:
			if at.Sub(t.e.Now) < dayBefore {
				return v.Say("session.yougo.soon", "title", s.Title, "when", t.when(v, at))
			}
			return v.Say("session.yougo", "title", s.Title, "when", t.when(v, at))
		case maybe:
			return v.Say("session.youmaygo", "title", s.Title, "when", t.when(v, at))
		}
		return v.Say("session.youdonot", "title", s.Title)
	})...)
}
