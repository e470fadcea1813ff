package polls

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// The limits of chat.Question.
const (
	minOptions  = 2
	maxOptions  = 10
	maxOption   = 100
	maxQuestion = 300
)

// questionIn returns the poll of a message.
func questionIn(parts []chat.Part) (chat.Question, bool) {
	for _, p := range parts {
		if p.Kind == chat.Poll && p.Poll != nil {
			return *p.Poll, true
		}
	}
	return chat.Question{}, false
}

// fits tells whether every messenger takes a poll like that and people can vote in it.
func fits(q chat.Question) bool {
	if q.Closed || q.Text == "" || utf8.RuneCountInString(q.Text) > maxQuestion {
		return false
	}
	if len(q.Options) < minOptions || len(q.Options) > maxOptions {
		return false
	}
	return !slices.ContainsFunc(q.Options, func(o string) bool { return o == "" || utf8.RuneCountInString(o) > maxOption })
}

// posted carries a poll to the room's other chats and begins to count. A poll that is over, or that not all messengers could
// show, is told in words.
func posted(ways Ways, c chat.Community, e chat.Event, p chat.Posted) (Poll, []chat.Effect) {
	room, ok := c.RoomOf(e.Chat)
	if !ok || e.Message.Gone {
		return Poll{}, nil
	}
	q, _ := questionIn(p.Parts)
	alive := fits(q)
	made := p.Ref.IsZero() // by /poll: nobody's messenger shows it yet
	parts := shown(p.Parts, alive)
	as := author(c, e)
	var out []chat.Effect
	for _, to := range room.Chats {
		if to == e.Chat && !made {
			continue
		}
		out = append(out, chat.Send{
			To: to, As: &as, Text: p.Text, Parts: parts, Answer: answer(e, p.Reply, to), Forward: p.Forward, Message: e.Message.ID,
		})
	}
	if !alive || len(out) == 0 {
		return Poll{}, out
	}
	s := Poll{ID: e.Message.ID, From: e.Chat, Room: room.ID, By: e.By.Identity, Question: q, Last: e.Now, Ref: p.Ref}
	if !made && (q.Secret || ways[e.Chat.Platform].Blind) {
		s.Ballot = true
		out = append(out, ballot(c, s, e, parts)...)
	}
	return s, append(out, s.wake(ways, c))
}

// shown returns the parts as they are carried: which answer of a quiz is right is known to its author's messenger alone, so
// elsewhere it is a poll like any other.
func shown(parts []chat.Part, alive bool) []chat.Part {
	out := slices.Clone(parts)
	for i, p := range out {
		if p.Kind != chat.Poll || p.Poll == nil {
			continue
		}
		if !alive {
			out[i].Poll = nil
			continue
		}
		q := *p.Poll
		q.Secret, q.Quiz = false, false
		out[i].Poll = &q
	}
	return out
}

// ballot puts the copy that counts beside an original that tells us nothing.
func ballot(c chat.Community, s Poll, e chat.Event, parts []chat.Part) []chat.Effect {
	v := rule.Aloud(c, e.Chat.Platform)
	text := v.Say("polls.here")
	if s.Question.Secret {
		text = v.Say("polls.here.open")
	}
	only := slices.DeleteFunc(slices.Clone(parts), func(p chat.Part) bool { return p.Kind != chat.Poll })
	original := &chat.Answer{Target: chat.Target{Refs: []chat.Ref{e.Message.Latest()}}, Name: e.By.Name}
	as := author(c, e)
	return []chat.Effect{
		chat.Send{To: e.Chat, Text: text, Answer: original, Tag: hereTag(s)},
		chat.Send{To: e.Chat, As: &as, Parts: only, Message: s.ID},
	}
}

// hereTag names the line above the copy that counts, lineTag the result.
func hereTag(s Poll) string { return "poll here:" + string(s.ID) }

func lineTag(s Poll) string { return linePrefix + string(s.ID) }

const linePrefix = "poll:"

// answer finds what a poll replies to in another chat, as the relay does for other messages.
func answer(e chat.Event, r *chat.Reply, to chat.Chat) *chat.Answer {
	if r == nil {
		return nil
	}
	a := &chat.Answer{Name: r.Name, Quote: r.Quote, Partial: r.Partial, Thread: r.Thread}
	if e.ReplyTo != nil {
		if e.ReplyTo.Gone {
			return nil // it is not to be shown again in a quotation
		}
		a.Target, _ = e.ReplyTo.In(to)
		if e.ReplyTo.Name != "" {
			a.Name = e.ReplyTo.Name
		}
	}
	return a
}

// author is whom a copy is posted for, named as the relay names them: somebody without a name gets a word for one, and who
// calls himself like one of those who look after the community, or like us, is shown with his own short name.
func author(c chat.Community, e chat.Event) chat.Person {
	p := e.By
	if p.Name == "" {
		p.Name = say.Text(c.Language(), "relay.nameless").Plain
	}
	if card, ok := c.Members.Of(p.Identity); ok && passesFor(c, card, p.Name) {
		p.Name += " (@" + card.Handle + ")"
	}
	return p
}

func passesFor(c chat.Community, card chat.Card, name string) bool {
	same := func(other string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(name), ""), strings.Join(strings.Fields(other), ""))
	}
	if same("Potluck") {
		return true
	}
	return slices.ContainsFunc(c.Members.All(), func(other chat.Card) bool {
		return other.Level >= chat.Moderator && other.Level > card.Level && same(other.Name)
	})
}

// edited keeps the answers of a poll that stands elsewhere as they are, and takes a new wording of the question.
func edited(c chat.Community, s Poll, e chat.Event, b chat.Edited) (Poll, []chat.Effect) {
	q, ok := questionIn(b.Parts)
	switch {
	case s.isZero() || s.Closed || !ok:
		return s, nil
	case q.Closed:
		return closed(c, s, e, false)
	case !slices.Equal(q.Options, s.Question.Options) || !fits(q):
		// What is behind this rule would change the copies.
		return s, []chat.Effect{chat.Drop{}, chat.Whisper{
			To: e.Chat, Who: e.By.Identity, Text: rule.Aloud(c, e.Chat.Platform).Say("polls.fixed"),
			Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{e.Message.Latest()}}, Name: e.By.Name},
		}}
	}
	s.Question.Text = q.Text
	return s, nil
}

// failed tells who has asked with /poll that a copy of it could not be made.
func failed(c chat.Community, s Poll, e chat.Event, b chat.Failed) []chat.Effect {
	i := slices.IndexFunc(e.Message.Copies, func(copied chat.Copy) bool { return copied.Effect == b.Effect && copied.Failed != "" })
	if s.isZero() || e.Message.Gone || i < 0 {
		return nil
	}
	v := rule.Aloud(c, s.From.Platform)
	return []chat.Effect{chat.Whisper{
		To: s.From, Who: s.By,
		Text: v.Say("polls.failed", "question", chat.OneLine(s.Question.Text), "platform", say.Platform(v.Language, e.Message.Copies[i].Chat.Platform)),
	}}
}

// deleted takes what we have said about a poll away with it. Its copies elsewhere are the relay's; here are the original and
// our copy of it.
func deleted(s Poll, e chat.Event, b chat.Deleted) (Poll, []chat.Effect) {
	if s.isZero() {
		return s, nil
	}
	out := []chat.Effect{chat.Cancel{Rule: title, Key: string(s.ID)}}
	for _, l := range s.Lines {
		out = append(out, chat.Delete{To: l.Chat, Target: chat.Target{Tag: lineTag(s)}})
	}
	if !s.Ballot {
		return Poll{}, out
	}
	out = append(out, chat.Delete{To: s.From, Target: chat.Target{Tag: hereTag(s)}})
	here, ok := ours(e.Message, s.From)
	switch {
	case ok && slices.Contains(here.Refs, b.Ref):
		out = append(out, chat.Delete{To: s.From, Target: chat.Target{Refs: []chat.Ref{e.Message.Latest()}}})
	case ok:
		out = append(out, chat.Delete{To: s.From, Target: here})
	}
	return Poll{}, out
}
