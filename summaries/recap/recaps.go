package recap

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// messageTag begins the tags of recaps as they are posted.
const messageTag = "recap/"

// What a recap has at most.
const (
	maxBullets = 10
	maxCites   = 3
	// fewMessages make a quiet week, of which quietBullets are told.
	fewMessages  = 15
	quietBullets = 3
	maxTries     = 3
)

// Recap is one that was given.
type Recap struct {
	N    int  `json:"n"`
	Kind kind `json:"kind"`
	// Room is what it is about, empty = all open rooms; In is where it was posted, To where it was given in private.
	Room     chat.RoomID   `json:"room,omitempty"`
	In       chat.RoomID   `json:"in,omitempty"`
	To       chat.Chat     `json:"to,omitzero"`
	Who      chat.MemberID `json:"who,omitempty"`
	At       time.Time     `json:"at"`
	From     time.Time     `json:"from"`
	Until    time.Time     `json:"until"`
	Messages int           `json:"messages"`
	People   int           `json:"people"`
	Talks    int           `json:"talks"`
	// Worded: a language model might have worded it; Model names the one that has, empty = it consists of quotations.
	Worded  bool     `json:"worded,omitempty"`
	Model   string   `json:"model,omitempty"`
	Late    bool     `json:"late,omitempty"`
	Bullets []Bullet `json:"bullets,omitempty"`
	Edits   int      `json:"edits,omitempty"`
}

// Bullet is one line of it.
type Bullet struct {
	Section string           `json:"section"`
	Text    string           `json:"text"`
	Cites   []chat.MessageID `json:"cites"`
	Name    string           `json:"name,omitempty"`
	Changes int              `json:"changes,omitempty"`
}

// answered shows what the Drafter has made.
func (r recaps) answered(c chat.Community, s State, e chat.Event, b chat.Summarised) (State, []chat.Effect) {
	i := slices.IndexFunc(s.Orders, func(o Order) bool { return o.tag() == b.Tag })
	if i < 0 || e.Chat.Platform != chat.Drafter {
		return s, nil
	}
	o := s.Orders[i]
	s.Orders = slices.Delete(slices.Clone(s.Orders), i, i+1)
	if o.Again { // somebody has left themselves out while it was made
		if o.Tries++; o.Tries >= maxTries {
			return s, o.regret(c, "recap.failed")
		}
		o.Again = false
		return s.order(c, o, e.Now)
	}
	if o.Kind == mending {
		return r.mended(c, s, o, b, e.Now)
	}
	made := o.recap(c, b, s, e.Now)
	if len(made.Bullets) == 0 {
		if o.Kind == weekly { // nothing is to be told, so nothing is said
			return s, nil
		}
		return s, o.regret(c, "recap.nothing")
	}
	s.Recaps = append(slices.Clone(s.Recaps), made)
	s.Recaps = s.Recaps[max(0, len(s.Recaps)-maxRecaps):]
	return s, r.give(c, o, made)
}

// recap makes of an answer what is shown: what must not be quoted is left out once more.
func (o Order) recap(c chat.Community, b chat.Summarised, s State, now time.Time) Recap {
	silent, people := s.silentIn(c, o)
	made := Recap{
		N: o.N, Kind: o.Kind, Room: o.Room, In: o.In, To: o.To, Who: o.Who, At: now, From: o.From, Until: o.Until, Late: o.Late,
		Messages: b.Messages + silent, People: b.People + people, Talks: b.Talks, Worded: o.Worded, Model: clean(b.Model, 100),
	}
	if o.Kind == notes {
		made.Messages, made.People, made.Talks = b.Messages, b.People, 0
	}
	if room, ok := c.Room(o.Room); o.Room != "" && (!ok || !isOpen(room)) {
		return made // it has become a room of a few meanwhile
	}
	limit := maxBullets
	if made.isQuiet() {
		limit = quietBullets
	}
	for _, x := range b.Bullets {
		if len(made.Bullets) < limit && o.mayShow(c, x) {
			made.Bullets = append(made.Bullets, bulletOf(x))
		}
	}
	order := sections()
	slices.SortStableFunc(made.Bullets, func(a, b Bullet) int { return slices.Index(order, a.Section) - slices.Index(order, b.Section) })
	return made
}

// isQuiet tells whether so little was said that three bullets tell it.
func (r Recap) isQuiet() bool { return r.Kind == weekly && r.Messages < fewMessages }

// mayShow tells whether a bullet is about messages that are still as they were, of people who may be quoted.
func (o Order) mayShow(c chat.Community, b chat.Bullet) bool {
	if len(b.Cites) == 0 || strings.TrimSpace(b.Text) == "" {
		return false
	}
	if slices.ContainsFunc(b.Cites, func(id chat.MessageID) bool { return slices.Contains(o.Changed, id) }) {
		return false
	}
	return !slices.ContainsFunc(c.Members.All(), func(card chat.Card) bool {
		return card.Settings["recap"] == "off" && (card.Name == b.Name || isNamed(b.Text, card.Name))
	})
}

// leastName is the shortest first name that is looked for in what others say.
const leastName = 3

// isNamed tells whether a text names somebody, by the whole name or its first word.
func isNamed(text, name string) bool {
	first, _, _ := strings.Cut(name, " ")
	for _, word := range []string{name, first} {
		if len([]rune(word)) >= leastName && hasWord(text, word) {
			return true
		}
	}
	return false
}

// hasWord tells whether a text has a word, not as a part of another.
func hasWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at+i])
		after, _ := utf8.DecodeRuneInString(text[at+i+len(word):])
		if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return true
		}
		at += i + len(word)
	}
}

func bulletOf(b chat.Bullet) Bullet {
	section := b.Section
	if !slices.Contains(sections(), section) {
		section = "talk"
	}
	return Bullet{
		Section: section, Text: clean(b.Text, maxText), Cites: slices.Clone(b.Cites[:min(maxCites, len(b.Cites))]), Name: clean(b.Name, maxText),
	}
}

// give posts a recap, or gives it to who has asked.
func (r recaps) give(c chat.Community, o Order, made Recap) []chat.Effect {
	if o.Kind != asked {
		room, ok := c.Room(o.In)
		if !ok {
			return nil
		}
		return r.everywhere(c, room, made)
	}
	card, ok := c.Members.ByID(o.Who)
	if !ok {
		return nil
	}
	tag := made.tag()
	if !o.To.IsZero() {
		voice := rule.To(c, card, o.To.Platform)
		return []chat.Effect{chat.Send{To: o.To, Text: r.render(c, voice, o.To.Platform, made), Tag: tag}}
	}
	who := o.By // on the messenger where it was asked for
	voice := rule.To(c, card, who.Platform)
	return []chat.Effect{chat.Whisper{
		To: chat.Chat(who), Who: who, Text: r.render(c, voice, who.Platform, made), Secret: true, Tag: tag,
	}}
}

func (r recaps) everywhere(c chat.Community, room chat.Room, made Recap) []chat.Effect {
	var out []chat.Effect
	for _, to := range room.Chats {
		out = append(out, chat.Send{To: to, Text: r.render(c, rule.Aloud(c, to.Platform), to.Platform, made), Tag: made.tag()})
	}
	return out
}

// regret tells who has asked that there is no recap.
func (o Order) regret(c chat.Community, key string) []chat.Effect {
	if o.Kind == weekly || o.Kind == mending {
		return nil
	}
	if o.Kind == notes {
		room, ok := c.Room(o.In)
		if !ok {
			return nil
		}
		return rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say(key) })
	}
	card, ok := c.Members.ByID(o.Who)
	if !ok {
		return nil
	}
	voice := rule.To(c, card, o.By.Platform)
	if !o.To.IsZero() {
		return []chat.Effect{chat.Send{To: o.To, Text: voice.Say(key)}}
	}
	to := o.Ref.Chat
	if to.IsZero() {
		to = chat.Chat(o.By)
	}
	return []chat.Effect{chat.Whisper{To: to, Who: o.By, Text: voice.Say(key)}}
}

// sent notes in which private chat a recap is, to change it there.
func (s State) sent(e chat.Event) State {
	for i, r := range s.Recaps {
		if r.tag() == e.Tag && r.Kind == asked && r.To != e.Chat {
			s.Recaps = slices.Clone(s.Recaps)
			s.Recaps[i].To = e.Chat
		}
	}
	return s
}

// failed tells who cannot be reached in private how to get the recap, and who waits that there is none.
func (s State) failed(c chat.Community, e chat.Event, b chat.Failed) (State, []chat.Effect) {
	if i := slices.IndexFunc(s.Orders, func(o Order) bool { return o.tag() == e.Tag }); i >= 0 {
		o := s.Orders[i]
		s.Orders = slices.Delete(slices.Clone(s.Orders), i, i+1)
		if o.Kind == weekly {
			return s, []chat.Effect{chat.Record{Log: logRhythm, Line: "recap skipped: " + string(b.Why)}}
		}
		return s, o.regret(c, "recap.failed")
	}
	i := slices.IndexFunc(s.Recaps, func(r Recap) bool { return r.tag() == e.Tag && r.Kind == asked && r.To.IsZero() })
	if i < 0 {
		return s, nil
	}
	who := s.Recaps[i].Who
	s.Recaps = slices.Delete(slices.Clone(s.Recaps), i, i+1)
	card, ok := c.Members.ByID(who)
	if !ok {
		return s, nil
	}
	return s, rule.Kindly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("recap.unreached") })
}
