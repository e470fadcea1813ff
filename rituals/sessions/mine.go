package sessions

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// mine is what a member sees of what is kept of them: what they have said to dates, what they have planned, and that they have
// a calendar; not its address, which opens it to whoever knows it.
func (s State) mine(who chat.MemberID) any {
	type session struct {
		ID    string    `json:"id,omitempty"`
		Title string    `json:"title"`
		At    time.Time `json:"at,omitzero"`
		Named bool      `json:"shows_your_name,omitempty"`
	}
	var out struct {
		Going   []session `json:"comes_to,omitempty"`
		Wait    []session `json:"waits_for,omitempty"`
		Maybe   []session `json:"maybe,omitempty"`
		No      []session `json:"declined,omitempty"`
		Planned []session `json:"planned,omitempty"`
		Drafts  []session `json:"drafts,omitempty"`
		Feed    bool      `json:"calendar,omitempty"`
	}
	for _, x := range s.Sessions {
		one := session{ID: x.ID, Title: x.Title}
		if x.By == who {
			out.Planned = append(out.Planned, one)
		}
		if x.Date == nil {
			continue
		}
		one.At, one.Named = x.at(x.Date.Name), slices.Contains(x.Date.Named, who)
		switch x.Date.of(who) {
		case going:
			out.Going = append(out.Going, one)
		case waiting:
			out.Wait = append(out.Wait, one)
		case maybe:
			out.Maybe = append(out.Maybe, one)
		case no:
			out.No = append(out.No, one)
		}
	}
	for _, d := range s.Drafts {
		if d.By == who && d.New != nil {
			out.Drafts = append(out.Drafts, session{Title: d.New.Title})
		}
	}
	out.Feed = slices.ContainsFunc(s.Feeds, func(f Feed) bool { return f.Who == who && who != "" })
	return out
}
