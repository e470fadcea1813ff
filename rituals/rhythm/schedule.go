package rhythm

import (
	"encoding/json"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// settingSchedule is the community's setting that tells other rules what is planned: a JSON list of Planned.
	settingSchedule = "schedule"
	// settingScheduleZone is the zone that it was made for: where it is another than the community's, the next event lets
	// the plan be computed anew.
	settingScheduleZone = "schedule.zone"
	// maxSchedule is the most bytes of it.
	maxSchedule = 4096
)

// Planned is one ritual as other rules read it. Those that pause or never come again are not in the list, nor those of rooms
// that not everybody may read; quiet weeks are for the reader to look at.
type Planned struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Rule  string      `json:"rule"`
	Start string      `json:"start"` // on the wall of the zone: "2026-12-07T09:00"
	Zone  string      `json:"zone"`
	Room  chat.RoomID `json:"room"`
}

// schedule is the setting's value, empty if nothing is planned.
func (s State) schedule(c chat.Community) string {
	var list []Planned
	v := rule.Aloud(c, "")
	for _, r := range s.Rituals {
		if !r.Paused && !r.Next.IsZero() && !isHidden(c, r.Room) {
			list = append(list, Planned{ID: r.ID, Name: r.name(v), Rule: r.Rule, Start: r.Start, Zone: c.Zone().String(), Room: r.Room})
		}
	}
	if len(list) == 0 {
		return ""
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return ""
	}
	return string(raw)
}

// fits tells whether all rituals together fit into the setting, those that pause, too.
func (s State) fits(c chat.Community) bool {
	all := State{}
	for _, r := range s.Rituals {
		r.Paused = false
		all.Rituals = append(all.Rituals, r)
	}
	return len(all.schedule(c)) <= maxSchedule
}

// hasMoved tells whether the community's zone is another than the one that its plan was made for. It is asked for every
// message, so it compares names only.
func hasMoved(c chat.Community) bool {
	made := c.Settings[settingScheduleZone]
	return made != "" && made != c.Setting("zone", "UTC")
}
