package sessions

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// usualGap is the least time between two changes of a message, where the platform sets no limit.
const usualGap = 10 * time.Second

// maxNames is how many names the message shows.
const maxNames = 30

// post sends the message where people answer, into every chat of the room.
func (t *turn) post(s *Session) {
	room, ok := t.room(s.Room)
	if !ok {
		return
	}
	s.Date.Posted = t.e.Now
	t.do(rule.Everywhere(t.c, room, s.tag(), func(v rule.Voice) chat.Text { return t.card(s, v) }, t.choices(s)...)...)
	s.Date.Shown = nil
	for _, to := range room.Chats {
		s.Date.Shown = append(s.Date.Shown, Shown{Platform: to.Platform, Count: t.count(s), At: t.e.Now})
	}
}

// repost changes what the message says about more than the numbers, at once.
func (t *turn) repost(s *Session) {
	room, ok := t.room(s.Room)
	if !ok || s.Date == nil {
		return
	}
	for _, to := range room.Chats {
		t.edit(s, to)
	}
}

func (t *turn) edit(s *Session, to chat.Chat) {
	t.do(chat.Edit{
		To: to, Target: chat.Target{Tag: s.tag()}, Text: t.card(s, rule.Aloud(t.c, to.Platform)), Choices: t.choices(s),
	})
	shown := Shown{Platform: to.Platform, Count: t.count(s), At: t.e.Now, Edits: 1}
	i := slices.IndexFunc(s.Date.Shown, func(x Shown) bool { return x.Platform == to.Platform })
	if i < 0 {
		s.Date.Shown = append(s.Date.Shown, shown)
		return
	}
	shown.Edits += s.Date.Shown[i].Edits
	s.Date.Shown[i] = shown
}

// choices are what can be chosen under the message; each says of which date it is.
func (t *turn) choices(s *Session) []chat.Choice {
	var out []chat.Choice
	v := rule.Voice{Language: t.c.Language()}
	ask := commandAnswer + " " + s.ID + " " + s.Date.Name + " "
	out = append(out, chat.Choice{Label: v.Say("session.choose.going").Plain, Ask: ask + string(going)})
	out = append(out, chat.Choice{Label: v.Say("session.choose.maybe").Plain, Ask: ask + string(maybe)})
	return append(out, chat.Choice{Label: v.Say("session.choose.no").Plain, Ask: ask + string(no)})
}

// card is the message of a date.
func (t *turn) card(s *Session, v rule.Voice) chat.Text {
	d := s.Date
	out := v.Say("session.card", "title", s.Title, "when", t.when(v, s.at(d.Name)), "length", s.length())
	if s.Text != "" {
		out = out.Append(chat.Plain("\n"), chat.Plain(s.Text))
	}
	most := max(s.Places, len(d.Going)) // whoever had a place when there were more keeps it
	places := v.Say("session.card.going", "n", len(d.Going))
	switch {
	case s.Places > 0 && len(d.Wait) > 0:
		places = v.Say("session.card.waiting", "n", len(d.Going), "places", most, "wait", len(d.Wait))
	case s.Places > 0:
		places = v.Say("session.card.places", "n", len(d.Going), "places", most)
	}
	out = out.Append(chat.Plain("\n\n"), v.Say("session.card.count", "going", places, "maybe", len(d.Maybe), "no", len(d.No)))
	switch names, n := t.names(d); {
	case n > 0 && n < len(d.Going):
		out = out.Append(chat.Plain("\n"), v.Say("session.card.names.more", "names", names, "n", len(d.Going)-n))
	case n > 0:
		out = out.Append(chat.Plain("\n"), v.Say("session.card.names", "names", names))
	case t.showsNames():
		out = out.Append(chat.Plain("\n"), v.Say("session.card.willname"))
	}
	return out.Append(chat.Plain("\n"), v.Say("session.card.how"))
}

func (t *turn) showsNames() bool { return t.c.Setting(settingNames, "off") == "on" }

// count is what the message of the open date is to say.
func (t *turn) count(s *Session) Count {
	out := s.Date.count()
	if t.showsNames() {
		names, _ := t.names(s.Date)
		out.Names = sumOf([]byte(names))
	}
	return out
}

// names lists who comes, where the community wants that, and says how many those are: nobody is named who has answered
// when names were not shown.
func (t *turn) names(d *Date) (names string, n int) {
	if !t.showsNames() {
		return "", 0
	}
	var out []string
	for _, id := range d.Going {
		card, ok := t.c.Members.ByID(id)
		if ok && card.Name != "" && slices.Contains(d.Named, id) && len(out) < maxNames {
			out = append(out, card.Name)
		}
	}
	return strings.Join(out, ", "), len(out)
}

// shut closes the date that is open, with a last word in its message.
func (t *turn) shut(s *Session, key string) {
	t.strike(s, key)
	if s.Rule != "" {
		s.Last, s.Date = max(s.Last, s.Date.Name), nil
	}
}

// strike takes the choices off the message of a date and says why.
func (t *turn) strike(s *Session, key string) {
	room, ok := t.room(s.Room)
	for _, to := range room.Chats {
		if !ok {
			break
		}
		v := rule.Aloud(t.c, to.Platform)
		t.do(chat.Edit{
			To: to, Target: chat.Target{Tag: s.tag()},
			Text: v.Say(key, "title", s.Title, "when", t.when(v, s.at(s.Date.Name)), "n", len(s.Date.Going)),
		})
	}
}

// over closes a date that people have met on.
func (t *turn) over(s *Session) {
	s.Held = true
	t.shut(s, "session.card.over")
	if s.Rule == "" {
		s.Over = t.e.Now
	}
}

// recount brings the numbers on the messages up to date, as often as the platforms let it.
func (t *turn) recount(s *Session) {
	room, ok := t.room(s.Room)
	for _, to := range room.Chats {
		if at := t.recountAt(s, to.Platform); ok && !at.IsZero() && !at.After(t.e.Now) {
			t.edit(s, to)
		}
	}
}

// recountAt is when the numbers on a platform are to be changed; zero = they are right, or cannot be changed any more.
func (t *turn) recountAt(s *Session, p chat.Platform) time.Time {
	i := slices.IndexFunc(s.Date.Shown, func(x Shown) bool { return x.Platform == p })
	if i < 0 || s.Date.Shown[i].Count == t.count(s) {
		return time.Time{}
	}
	shown, limit := s.Date.Shown[i], t.limits[p]
	gap := usualGap
	if n := len(limit.Gaps); n > 0 {
		gap = limit.Gaps[min(shown.Edits, n-1)]
	}
	at := shown.At.Add(gap)
	late := limit.Within > 0 && at.After(s.Date.Posted.Add(limit.Within))
	if limit.Edits > 0 && shown.Edits >= limit.Edits || late {
		return time.Time{}
	}
	return at
}

// tellWho tells the house's groups who comes to a date: the session, the date and the groups are named.
func (t *turn) tellWho(b chat.Asked) {
	if t.e.By.Identity != chat.House() || len(b.Args) != 3 {
		return
	}
	s := t.session(b.Args[0])
	if s == nil || s.Cancelled || s.Date == nil || s.Date.Name != b.Args[1] {
		return
	}
	args := []string{b.Args[2]}
	for _, who := range s.Date.Going {
		args = append(args, string(who))
	}
	t.do(chat.Emit{Body: chat.Asked{Command: "breakoutwith", Alias: "breakoutwith", Args: args}, House: true})
}
