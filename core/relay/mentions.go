package relay

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxCalled is how many people one message calls, in all chats together; those behind them are named and not called.
const maxCalled = 20

// speech makes the texts of one message's copies: it knows who has been looked up, and counts who is called.
type speech struct {
	c      chat.Community
	e      chat.Event
	called int
	found  map[string][]chat.Card
}

func newSpeech(c chat.Community, e chat.Event) *speech {
	return &speech{c: c, e: e, found: make(map[string][]chat.Card)}
}

// in is what the copy of a text says in a chat. Whoever is mentioned is called there if that is where he is at home and
// his messenger has not called him already; elsewhere he is named. Who stands in another's words (a quotation, a forward) is
// named, too, and not called. Nobody calls everybody.
func (s *speech) in(to chat.Chat, t chat.Text) chat.Text {
	if !strings.Contains(t.Plain, "@") && !slices.ContainsFunc(t.Spans, isMention) {
		return t
	}
	p, _ := s.e.Body.(chat.Posted)
	m := mentions{speech: s, to: to, text: t, foreign: p.Forward != ""}
	m.native()
	m.typed()
	slices.SortStableFunc(m.changes, func(a, b change) int { return a.start - b.start })
	out := changed(t, m.changes)
	return changed(out, calls(out))
}

func isMention(s chat.Span) bool { return s.Style == chat.Mention }

// mentions finds those in one text, for one copy.
type mentions struct {
	*speech
	to      chat.Chat
	text    chat.Text
	foreign bool // the words are another's
	changes []change
}

// native takes those that the author's messenger has made.
func (m *mentions) native() {
	for _, s := range m.text.Spans {
		if !isMention(s) {
			continue
		}
		words := m.text.Slice(s.Start, s.End).Plain
		card, native, ok := m.meant(s, words)
		if !ok { // nobody here knows who that is
			m.put(change{start: s.Start, end: s.End, words: safe(words)})
			continue
		}
		one := change{start: s.Start, end: s.End, words: "@" + called(card)}
		if !native && !m.isQuoted(s.Start) {
			if who, here := m.calls(card); here {
				one.style, one.value = chat.Mention, who.String()
			}
		}
		m.put(one)
	}
}

// meant finds the member that a mention means, and whether his messenger has told him of it where it was written.
func (m *mentions) meant(s chat.Span, words string) (card chat.Card, native, ok bool) {
	if s.Value == "" {
		card, ok = m.named(strings.TrimPrefix(words, "@"))
		return card, ok && len(card.On(m.e.Chat.Platform)) > 0, ok
	}
	id, err := chat.ParseIdentity(s.Value)
	if err != nil {
		return chat.Card{}, false, false
	}
	card, ok = m.c.Members.Of(id)
	return card, id.Platform == m.e.Chat.Platform && slices.Contains(card.In, m.e.Chat), ok
}

// typed takes the names that somebody has typed behind an '@'. In code, links and mentions they are none.
func (m *mentions) typed() {
	looked := 0
	if m.foreign {
		return
	}
	for _, w := range ats(m.text.Plain) {
		if m.isCovered(w) {
			continue
		}
		if looked++; looked > maxAts {
			return
		}
		if callsAll(w.word) {
			continue
		}
		card, ok := m.named(w.word)
		if !ok {
			continue
		}
		if who, here := m.calls(card); here {
			m.put(change{start: w.start, end: w.end, words: "@" + called(card), style: chat.Mention, value: who.String()})
		}
	}
}

// isQuoted tells whether what stands at a unit are another's words.
func (m *mentions) isQuoted(unit int) bool {
	return m.foreign || slices.ContainsFunc(m.text.Spans, func(s chat.Span) bool {
		return s.Style == chat.Quote && s.Start <= unit && unit < s.End
	})
}

// isCovered tells whether a word lies where it calls nobody.
func (m *mentions) isCovered(w at) bool {
	return slices.ContainsFunc(m.text.Spans, func(s chat.Span) bool {
		switch s.Style {
		case chat.Quote, chat.Code, chat.Pre, chat.Hyperlink, chat.Mention:
			return s.Start < w.end && w.start < s.End
		}
		return false
	})
}

// named finds the one member that a word means beyond doubt.
func (s *speech) named(word string) (chat.Card, bool) {
	cards, known := s.found[word]
	if !known {
		cards = s.c.Members.Named("@" + word)
		s.found[word] = cards
	}
	if len(cards) != 1 {
		return chat.Card{}, false
	}
	return cards[0], true
}

// calls returns the account by which somebody is called in the copy's chat; false if he is not to be called there.
func (m *mentions) calls(card chat.Card) (chat.Identity, bool) {
	accounts := card.On(m.to.Platform)
	if len(accounts) == 0 || card.ID == m.e.Member || home(card) != m.to.Platform || !slices.Contains(card.In, m.to) {
		return chat.Identity{}, false
	}
	if card.Settings["paused"] == "on" || isHeld(card, m.e.Now) || card.Level < chat.Member || m.called >= maxCalled {
		return chat.Identity{}, false
	}
	m.called++
	return accounts[0], true
}

// put adds a change, unless its place is taken.
func (m *mentions) put(one change) {
	if slices.ContainsFunc(m.changes, func(other change) bool { return other.start < one.end && one.start < other.end }) {
		return
	}
	m.changes = append(m.changes, one)
}

// home is the platform where somebody is spoken to: where he has written last, else where he was seen first.
func home(card chat.Card) chat.Platform {
	if card.Home == "" && len(card.In) > 0 {
		return card.In[0].Platform
	}
	return card.Home
}

// called is a member's name as it stands behind an '@'.
func called(card chat.Card) string {
	name := strings.Join(strings.Fields(card.Name), " ")
	if name == "" || callsAll(name) {
		return card.Handle
	}
	return safe(name)
}

// isHeld tells whether somebody is kept from writing now, or takes a break, as his setting "sanction" says: a word, and when
// it ends.
func isHeld(card chat.Card, now time.Time) bool {
	word, end, ends := strings.Cut(card.Settings["sanction"], " ")
	if word == "" || !ends {
		return word != ""
	}
	until, err := time.Parse(time.RFC3339, end)
	return err != nil || now.Before(until)
}
