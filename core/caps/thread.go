package caps

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// threadTitle is the name of the rule of the weekly promo thread.
const threadTitle = "promothread"

// Thread is the promo thread that is open in a community.
type Thread struct {
	Room chat.RoomID `json:"room,omitempty"`
	Week time.Time   `json:"week,omitzero"` // when its week began
	Tag  string      `json:"tag,omitempty"`
}

// NewThread returns the rule that opens a promo thread every Monday in the promos' room, pins it, and closes the one
// before.
func NewThread() rule.Rule {
	return rule.Of[Thread]{
		Title: threadTitle,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Posted:
				_, some := c.With(promos)
				return threadKey(c), some && !e.Private && c.ID != ""
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: foldThread,
	}
}

func threadKey(c chat.Community) string { return string(c.ID) + "/promos" }

// foldThread keeps the thread the week's. The room that is first seen opens at once; from then on it is the clock.
func foldThread(c chat.Community, s Thread, e chat.Event) (Thread, []chat.Effect) {
	room, some := c.With(promos)
	week := weekOf(e.Now, c.Zone())
	_, isDue := e.Body.(chat.Due)
	switch {
	case !some:
		old, _ := c.Room(s.Room)
		return Thread{}, closed(c, old, s)
	case !isDue && s.Room == room.ID:
		return s, nil
	case isDue && s.Room == room.ID && !week.After(s.Week): // the clock has been put back, or the zone has changed
		return s, []chat.Effect{nextThread(c, week)}
	}
	old, _ := c.Room(s.Room)
	out := closed(c, old, s)
	s = Thread{Room: room.ID, Week: week, Tag: "promos " + string(room.ID) + " " + week.Format("2006-01-02")}
	until := after(week)
	out = append(out, rule.Everywhere(c, room, s.Tag, func(v rule.Voice) chat.Text { return v.Say("promos.open", "until", until) })...)
	for _, to := range room.Chats {
		out = append(out, chat.Pin{To: to, Target: chat.Target{Tag: s.Tag}})
	}
	return s, append(out, nextThread(c, week))
}

func nextThread(c chat.Community, week time.Time) chat.Effect {
	// A minute before what is queued goes out, so that it stands below the thread.
	return chat.Wake{Rule: threadTitle, Key: threadKey(c), At: opens(after(week)).Add(-time.Minute)}
}

// closed says that a thread is over and unpins it.
func closed(c chat.Community, room chat.Room, s Thread) []chat.Effect {
	if s.Tag == "" {
		return nil
	}
	out := rule.Anew(c, room, s.Tag, func(v rule.Voice) chat.Text { return v.Say("promos.closed") })
	for _, to := range room.Chats {
		out = append(out, chat.Unpin{To: to, Target: chat.Target{Tag: s.Tag}})
	}
	return out
}
