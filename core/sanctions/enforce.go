package sanctions

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Undone is something that a platform has refused to do to one account in one chat.
type Undone struct {
	Verb  string        `json:"verb"`
	Chat  chat.Chat     `json:"chat"`
	Who   chat.Identity `json:"who"`
	Why   chat.Reason   `json:"why"`
	Tries int           `json:"tries"`
	At    time.Time     `json:"at,omitzero"` // when it is tried again; zero = it is being tried, or never again
	Final bool          `json:"final,omitempty"`
}

// tellAfter is how long refusals are gathered before the moderators are told, so that they hear of all in one line.
const tellAfter = 10 * time.Second

// retries are the pauses before something is tried again.
func retries() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}
}

// tag is what comes back with the receipt of an effect.
type tag struct {
	verb   string
	turn   int
	member chat.MemberID
	who    chat.Identity // zero = does not matter
}

// String writes the tag.
func (t tag) String() string {
	who := "-"
	if !t.who.IsZero() {
		who = t.who.String()
	}
	return strings.Join([]string{title, t.verb, strconv.Itoa(t.turn), string(t.member), who}, " ")
}

// readTag reads what String wrote.
func readTag(s string) (t tag, ok bool) {
	words := strings.SplitN(s, " ", 5)
	if len(words) != 5 || words[0] != title {
		return tag{}, false
	}
	turn, err := strconv.Atoi(words[2])
	if err != nil {
		return tag{}, false
	}
	t = tag{verb: words[1], turn: turn, member: chat.MemberID(words[3])}
	if words[4] != "-" {
		if t.who, err = chat.ParseIdentity(words[4]); err != nil {
			return tag{}, false
		}
	}
	return t, true
}

// effect is what a tag's verb means in a chat.
func (t tag) effect(in chat.Chat, until time.Time) chat.Effect {
	switch t.verb {
	case "restrict":
		return chat.Restrict{To: in, Who: t.who, Until: until, Tag: t.String()}
	case "release":
		return chat.Release{To: in, Who: t.who, Tag: t.String()}
	case "remove":
		return chat.Remove{To: in, Who: t.who, Tag: t.String()}
	case "ban":
		return chat.Ban{To: in, Who: t.who, Tag: t.String()}
	case "unban":
		return chat.Unban{To: in, Who: t.who, Tag: t.String()}
	}
	return chat.Invite{To: in, Who: t.who, Tag: t.String()}
}

// everywhere does something to every account of a person in every chat of the community on its platform.
func everywhere(c chat.Community, s Record, who chat.Card, verb string, until time.Time) []chat.Effect {
	var out []chat.Effect
	for _, room := range c.Rooms {
		for _, in := range room.Chats {
			for _, account := range who.On(in.Platform) {
				out = append(out, tag{verb: verb, turn: s.Turn, member: who.ID, who: account}.effect(in, until))
			}
		}
	}
	return out
}

// inForce carries out what holds for him, everywhere.
func inForce(c chat.Community, s Record, who chat.Card, now time.Time) []chat.Effect {
	h, kind, ok := s.hold(now)
	switch {
	case !ok:
		return nil
	case kind == Ban:
		return everywhere(c, s, who, "ban", h.Until)
	}
	return everywhere(c, s, who, "restrict", h.Until)
}

// enforceIn carries it out in one chat that has come to the community.
func enforceIn(c chat.Community, s Record, e chat.Event, who chat.Card, asked chat.Asked) []chat.Effect {
	if e.By.Identity != chat.House() || len(asked.Args) != 2 {
		return nil
	}
	in, err := chat.ParseChat(asked.Args[1])
	if _, there := c.RoomOf(in); err != nil || !there {
		return nil
	}
	var out []chat.Effect
	for _, account := range who.On(in.Platform) {
		out = append(out, s.holdIn(in, account, who.ID, e.Now)...)
	}
	return out
}

// failed notes that a platform has refused something.
func failed(c chat.Community, s Record, e chat.Event, who chat.Card, b chat.Failed) (Record, []chat.Effect) {
	t, _ := readTag(e.Tag)
	switch t.verb {
	case "told":
		return s, toActor(c, s, who, func(v rule.Voice) chat.Text { return v.Say("sanction.unreached", "name", who.Name) })
	case "delete":
		return cannotDelete(c, s, e, who, b)
	case "restrict", "release", "remove", "ban", "unban":
	default:
		return s, nil
	}
	// Who is not there needs nothing done, a platform without a mute is what the gate is for, and a break of his own
	// concerns nobody else.
	mute := t.verb == "restrict" || t.verb == "release"
	if t.turn != s.Turn || b.Why == chat.NotFound || mute && (b.Why == chat.Unsupported || s.Timeout.Own) {
		return s, nil
	}
	i := slices.IndexFunc(s.Undone, func(u Undone) bool { return u.Verb == t.verb && u.Chat == e.Chat && u.Who == t.who })
	s.Undone = slices.Clone(s.Undone)
	if i < 0 {
		i = len(s.Undone)
		s.Undone = append(s.Undone, Undone{Verb: t.verb, Chat: e.Chat, Who: t.who})
	}
	u := &s.Undone[i]
	u.Why, u.At = b.Why, time.Time{}
	if u.Tries >= len(retries()) || b.Why == chat.Unsupported || b.Why == chat.Invalid {
		u.Final = true
	} else {
		u.At = e.Now.Add(retries()[u.Tries])
		u.Tries++
	}
	first := !s.Told && s.Tell.IsZero()
	allFinal := !slices.ContainsFunc(s.Undone, func(u Undone) bool { return !u.Final })
	if first || allFinal && s.Told {
		s.Tell = e.Now.Add(tellAfter)
	}
	return s, nil
}

// cannotDelete tells the moderators once that what he writes stays where it is.
func cannotDelete(c chat.Community, s Record, e chat.Event, who chat.Card, b chat.Failed) (Record, []chat.Effect) {
	h, kind, ok := s.hold(e.Now)
	if !ok || h.Stuck || b.Why == chat.NotFound {
		return s, nil
	}
	h.Stuck = true
	return s.with(kind, h), toActor(c, s, who, func(v rule.Voice) chat.Text {
		return v.Say("sanction.stuck", "name", who.Name, "platform", say.Platform(v.Language, e.Chat.Platform))
	})
}

// carried notes that something was done after all, and passes the link of an invitation on.
func carried(c chat.Community, s Record, e chat.Event, who chat.Card, b chat.Sent) (Record, []chat.Effect) {
	t, _ := readTag(e.Tag)
	if t.verb == "invite" && b.Link != "" {
		return s, rule.Secretly(c, who, "", func(v rule.Voice) chat.Text {
			return v.Say("sanction.link", "link", b.Link, "platform", say.Platform(v.Language, e.Chat.Platform))
		})
	}
	if t.turn != s.Turn || len(s.Undone) == 0 {
		return s, nil
	}
	s.Undone = slices.DeleteFunc(slices.Clone(s.Undone), func(u Undone) bool {
		return u.Verb == t.verb && u.Chat == e.Chat && u.Who == t.who
	})
	if len(s.Undone) > 0 {
		return s, nil
	}
	s.Undone, s.Tell = nil, time.Time{}
	if !s.Told {
		return s, nil
	}
	s.Told = false
	return s, toActor(c, s, who, func(v rule.Voice) chat.Text { return v.Say("undone.done", "name", who.Name) })
}

// again tries what was refused, and tells the moderators what is not done yet.
func again(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	var out []chat.Effect
	h, _, _ := s.hold(e.Now)
	s.Undone = slices.Clone(s.Undone)
	for i := range s.Undone {
		u := &s.Undone[i]
		if u.At.IsZero() || u.At.After(e.Now) {
			continue
		}
		u.At = time.Time{}
		out = append(out, tag{verb: u.Verb, turn: s.Turn, member: who.ID, who: u.Who}.effect(u.Chat, h.Until))
	}
	if s.Tell.IsZero() || s.Tell.After(e.Now) {
		return s, out
	}
	s.Tell = time.Time{}
	left := s.Undone
	if len(left) == 0 {
		return s, out
	}
	s.Told = true
	return s, append(out, toActor(c, s, who, func(v rule.Voice) chat.Text { return undoneText(c, v, who, left) })...)
}

// undoneText lists what could not be done, and says whether it is tried again.
func undoneText(c chat.Community, v rule.Voice, who chat.Card, left []Undone) chat.Text {
	final := !slices.ContainsFunc(left, func(u Undone) bool { return !u.Final })
	out := v.Say("undone.yet", "name", who.Name)
	if final {
		out = v.Say("undone.never", "name", who.Name)
	}
	for _, u := range left {
		room, _ := c.RoomOf(u.Chat)
		out = out.Append(chat.Plain("\n"), v.Say("undone.line",
			"room", room.Name, "platform", say.Platform(v.Language, u.Chat.Platform), "why", whyText(v, u.Why)))
	}
	return out
}

func whyText(v rule.Voice, why chat.Reason) chat.Text {
	switch why {
	case chat.Forbidden:
		return v.Say("undone.forbidden")
	case chat.Unsupported:
		return v.Say("undone.unsupported")
	}
	return v.Say("undone.other")
}

// toActor tells the moderators something about a sanction: in their room if they have one that he cannot read, else the
// one who decided, else all of them.
func toActor(c chat.Community, s Record, who chat.Card, write func(rule.Voice) chat.Text) []chat.Effect {
	if room, ok := c.With(rule.Moderators); ok && who.Level < chat.Moderator && !isIn(who, room) {
		return rule.Everywhere(c, room, "", write)
	}
	if actor, ok := c.Members.ByID(s.Actor); ok && actor.ID != who.ID {
		return rule.Secretly(c, actor, "", write)
	}
	return rule.ToModerators(c, "", write, []chat.MemberID{who.ID})
}

// isIn tells whether somebody was seen in a room.
func isIn(who chat.Card, room chat.Room) bool {
	return slices.ContainsFunc(room.Chats, func(in chat.Chat) bool { return slices.Contains(who.In, in) })
}
