package relay

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxTold is how many emoji a line of reactions names.
const maxTold = 6

// Line is the line of reactions below one copy.
type Line struct {
	Chat   chat.Chat   `json:"chat"`
	Target chat.Target `json:"target"`
	Says   string      `json:"says,omitempty"` // what stands there
	Made   int         `json:"made,omitempty"` // how often it has been changed for reactions' sake
	Last   time.Time   `json:"last,omitzero"`
	Due    time.Time   `json:"due,omitzero"` // when it is to be changed; zero = it says what is
	// Over: the platform has refused to change it once, and is not asked again.
	Over bool `json:"over,omitempty"`
	// Alone: the platform has refused the bot's own reaction, so the line alone can say what is given.
	Alone bool `json:"alone,omitempty"`
}

// should is what a line is to say: nothing where the one reaction that the bot has says it all.
func (s State) should(c chat.Community, l Line) string {
	counts := s.counts(c, l.Chat.Platform)
	if len(counts) == 0 || !l.Alone && len(counts) == 1 && counts[0].People == 1 {
		return ""
	}
	var out []string
	for _, n := range counts[:min(len(counts), maxTold)] {
		out = append(out, short(n.Emoji)+" "+strconv.Itoa(n.People))
	}
	return strings.Join(out, " · ")
}

// maxEmoji is the most characters of one reaction in a line: on Matrix people can react with any words.
const maxEmoji = 20

func short(emoji string) string {
	emoji = strings.Join(strings.Fields(emoji), " ")
	if r := []rune(emoji); len(r) > maxEmoji {
		emoji = strings.TrimSpace(string(r[:maxEmoji-1])) + "…"
	}
	return safe(emoji)
}

// tally plans the lines that have to change after a reaction to a person's message. On the original itself nothing can be
// changed, it is not ours.
func (r relay) tally(c chat.Community, s State, e chat.Event) State {
	m := e.Message
	if s.Bare || m.By.IsZero() {
		return s
	}
	planned := false
	for _, copied := range m.Copies {
		way := r.facts[copied.Chat.Platform].Tally
		target, ok := m.In(copied.Chat)
		if !ok || len(way.Gaps) == 0 {
			continue
		}
		s.At = m.At
		l, _ := s.line(copied.Chat)
		l.Target = target
		s = s.withLine(way.plan(s, l, s.should(c, l), e.Now))
		planned = true
	}
	if !planned || len(s.Lines) == 0 {
		s.As, s.At = chat.Person{}, time.Time{}
		return s
	}
	s.As = shown(c, chat.Person{Identity: m.By, Name: m.Name}, m.Author)
	return s
}

// plan says when a line is to be changed so that it says what it should.
func (t Tally) plan(s State, l Line, should string, now time.Time) Line {
	switch {
	case l.Says == should || l.Over || t.isUsedUp(s, l, now):
		l.Due = time.Time{}
	case l.Due.IsZero():
		l.Due = now.Add(t.Gaps[0])
		if after := l.Last.Add(t.Gaps[min(l.Made, len(t.Gaps)-1)]); !l.Last.IsZero() && after.After(l.Due) {
			l.Due = after
		}
	}
	return l
}

// isUsedUp tells whether a copy cannot be changed any more for reactions' sake. Two changes are left to its author.
func (t Tally) isUsedUp(s State, l Line, now time.Time) bool {
	const left = 2
	switch {
	case t.Lines > 0 && l.Made >= t.Lines:
		return true
	case t.Edits > 0 && l.Made+s.Edits >= t.Edits-left:
		return true
	}
	return t.Within > 0 && !now.Before(s.At.Add(t.Within))
}

// line returns the line below the copy in a chat.
func (s State) line(in chat.Chat) (Line, bool) {
	i := slices.IndexFunc(s.Lines, func(l Line) bool { return l.Chat == in })
	if i < 0 {
		return Line{Chat: in}, false
	}
	return s.Lines[i], true
}

// withLine returns the state with another line for its chat; one that says nothing and never did is not kept.
func (s State) withLine(l Line) State {
	lines := slices.DeleteFunc(slices.Clone(s.Lines), func(other Line) bool { return other.Chat == l.Chat })
	if l.Says != "" || l.Made > 0 || l.Over || l.Alone || !l.Due.IsZero() {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b Line) int { return strings.Compare(a.Chat.String(), b.Chat.String()) })
	s.Lines = lines
	if len(lines) == 0 {
		s.Lines = nil
	}
	return s
}

// tell changes the lines whose time has come, in the chats that are still the community's.
func (r relay) tell(c chat.Community, s State, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	for _, l := range slices.Clone(s.Lines) {
		if l.Due.IsZero() || now.Before(l.Due) {
			continue
		}
		l.Due = time.Time{}
		should := s.should(c, l)
		_, here := c.RoomOf(l.Chat)
		if l.Says != should && here && !l.Over && !r.facts[l.Chat.Platform].Tally.isUsedUp(s, l, now) {
			as := s.As
			out = append(out, chat.Edit{To: l.Chat, Target: l.Target, As: &as, Again: true, Tail: chat.Plain(should)})
			l.Says, l.Made, l.Last = should, l.Made+1, now
		}
		s = s.withLine(l)
	}
	return s, out
}

// retold is the line for a copy that its author's edit changes anyhow.
func (r relay) retold(c chat.Community, s State, e chat.Event, to chat.Chat, target chat.Target) (State, chat.Text) {
	if s.Bare || len(r.facts[to.Platform].Tally.Gaps) == 0 {
		return s, chat.Text{}
	}
	l, _ := s.line(to)
	should := s.should(c, l)
	if should != l.Says {
		l.Last = e.Now
	}
	l.Target, l.Says, l.Due = target, should, time.Time{}
	return s.withLine(l), chat.Plain(should)
}

// stop asks a platform no more to change a line that it has refused to change.
func (s State) stop(in chat.Chat) State {
	l, ok := s.line(in)
	if !ok {
		return s
	}
	l.Over, l.Due = true, time.Time{}
	return s.withLine(l)
}

// alone lets the line tell what the bot's own reaction cannot.
func (r relay) alone(c chat.Community, s State, e chat.Event) State {
	way := r.facts[e.Chat.Platform].Tally
	if e.Chat == e.Message.Original.Chat || s.Bare || len(way.Gaps) == 0 {
		return s
	}
	l, _ := s.line(e.Chat)
	l.Alone = true
	return r.tally(c, s.withLine(l), e)
}
