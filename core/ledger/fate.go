package ledger

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

func platform(v rule.Voice, p chat.Platform) string { return say.Platform(v.Language, p) }

// fate tells what became of the message that a command answers, a line for each of the room's chats.
func fate(c chat.Community, s State, e chat.Event, b chat.Asked) chat.Text {
	v := rule.Speak(c, e)
	m := e.ReplyTo
	switch {
	case m == nil && b.Reply == nil:
		return v.Say("ledger.how")
	case m == nil:
		return v.Say("ledger.unknown")
	case e.Private && slices.ContainsFunc(m.Copies, func(copied chat.Copy) bool { return copied.Chat == e.Chat }):
		return v.Say("ledger.whisper", "at", m.At)
	}
	room, ok := c.RoomOf(e.Chat)
	if !ok && !m.Original.IsZero() {
		room, ok = c.RoomOf(m.Original.Chat)
	}
	if !ok || e.Private || m.Community != c.ID {
		return v.Say("ledger.unknown") // what is in a room is told to those in it
	}
	out := []chat.Text{origin(v, m)}
	if m.Gone {
		return joined(append(out, v.Say("ledger.gone")))
	}
	for _, to := range room.Chats {
		if to == m.Original.Chat && !m.Original.IsZero() || isMine(m) && lastCopy(m, to) < 0 {
			continue
		}
		out = append(out, inChat(v, m, to))
	}
	if given := s.tally(v); given != "" {
		out = append(out, v.Say("ledger.reactions", "reactions", given))
	}
	return joined(out)
}

func joined(lines []chat.Text) chat.Text {
	var out chat.Text
	for i, l := range lines {
		if i > 0 {
			out = out.Append(chat.Plain("\n"))
		}
		out = out.Append(l)
	}
	return out
}

// origin tells whose message it is, and where and when it was written.
func origin(v rule.Voice, m *chat.Message) chat.Text {
	switch {
	case !m.Original.IsZero():
		return v.Say("ledger.written", "platform", platform(v, m.Original.Chat.Platform), "at", m.At)
	case !m.By.IsZero():
		return v.Say("ledger.posted", "name", m.Name, "at", m.At)
	}
	return v.Say("ledger.mine", "at", m.At)
}

// isMine tells whether a message is the house's own, and in nobody's name.
func isMine(m *chat.Message) bool { return m.Original.IsZero() && m.By.IsZero() }

// lastCopy finds the copy in a chat, the last if it was tried more than once; -1 if there is none.
func lastCopy(m *chat.Message, in chat.Chat) int {
	for i := len(m.Copies) - 1; i >= 0; i-- {
		if m.Copies[i].Chat == in {
			return i
		}
	}
	return -1
}

// inChat tells how a message stands in one chat.
func inChat(v rule.Voice, m *chat.Message, to chat.Chat) chat.Text {
	where := platform(v, to.Platform)
	i := lastCopy(m, to)
	if i < 0 {
		return v.Say("ledger.not.carried", "platform", where)
	}
	copied := m.Copies[i]
	at := clock(v, copied.Told, m.At)
	switch {
	case copied.Failed == chat.NotFound && len(copied.Refs) > 0:
		return v.Say("ledger.taken", "platform", where)
	case copied.Failed != "":
		return v.Say("ledger.failed", "platform", where, "why", reason(v, copied.Failed))
	case len(copied.Refs) == 0 && copied.Told.IsZero():
		return v.Say("ledger.underway", "platform", where, "at", clock(v, m.At, m.At))
	case len(copied.Notes) > 0:
		return v.Say("ledger.less", "platform", where, "at", at, "notes", strings.Join(copied.Notes, "; "))
	case copied.Told.IsZero():
		return v.Say("ledger.shown", "platform", where)
	}
	return v.Say("ledger.shown.at", "platform", where, "at", at)
}

// clock writes a time to the second where it is the day of another one, else with its day.
func clock(v rule.Voice, t, day time.Time) chat.Text {
	t, day = t.In(v.Zone), day.In(v.Zone)
	if t.IsZero() {
		return chat.Text{}
	}
	if slices.Equal([]int{t.Year(), t.YearDay()}, []int{day.Year(), day.YearDay()}) {
		return chat.Plain(t.Format("15:04:05"))
	}
	return say.Time(v.Language, t)
}

// reason says why a platform has not shown something, and what to do.
func reason(v rule.Voice, why chat.Reason) chat.Text {
	switch why {
	case chat.Forbidden:
		return v.Say("ledger.forbidden")
	case chat.NotFound:
		return v.Say("ledger.not.found")
	case chat.TooLarge:
		return v.Say("ledger.too.large")
	case chat.TooOld:
		return v.Say("ledger.too.old")
	case chat.TooMany:
		return v.Say("ledger.too.many")
	case chat.Unsupported:
		return v.Say("ledger.unsupported")
	case chat.Invalid:
		return v.Say("ledger.invalid")
	case chat.Expired:
		return v.Say("ledger.expired")
	}
	return v.Say("ledger.broken")
}
