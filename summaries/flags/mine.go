package flags

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// mine is what a member sees of what is kept of them: how much they have written in the last weeks, where they have pointed
// to, which rituals they have answered, and what they have said of how they are.
func (s State) mine(who chat.MemberID) any {
	type wrote struct {
		Week     string `json:"week"`
		Messages int    `json:"messages"`
		Promos   int    `json:"promos,omitempty"`
	}
	type visit struct {
		Site string    `json:"site"`
		At   time.Time `json:"at"`
	}
	var out struct {
		Weeks   []wrote  `json:"weeks,omitempty"`
		Sites   []visit  `json:"sites,omitempty"`
		Rituals []string `json:"rituals,omitempty"`
		Energy  int      `json:"energy,omitempty"`
		Drain   int      `json:"drain,omitempty"`
	}
	for _, w := range s.Weeks {
		if n := w.By[who]; n > 0 {
			out.Weeks = append(out.Weeks, wrote{w.Start, n, w.Promos[who]})
		}
	}
	for _, v := range s.Sites[who] {
		out.Sites = append(out.Sites, visit{v.Site, time.Unix(v.At, 0).UTC()})
	}
	for id, turns := range s.Rituals {
		if slices.ContainsFunc(turns, func(t Turn) bool { return slices.Contains(t.Who, who) }) {
			out.Rituals = append(out.Rituals, id)
		}
	}
	slices.Sort(out.Rituals)
	out.Energy, out.Drain = s.Pulse.Energy[who], s.Pulse.Drain[who]
	return out
}
