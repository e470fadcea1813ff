package onboarding

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// settingSchedule is the community's setting where the rituals that are planned stand as JSON.
const settingSchedule = "schedule"

// planned is one of them.
type planned struct {
	Name  string `json:"name"`
	Rule  string `json:"rule"`
	Start string `json:"start"`
	Zone  string `json:"zone"`
	next  time.Time
}

// maxPlanned is how many of them a newcomer is told.
const maxPlanned = 5

// comingUp are the rituals that come next, each with its first time that is in no quiet week, the soonest first.
func comingUp(c chat.Community, now time.Time) []planned {
	var list []planned
	if json.Unmarshal([]byte(c.Settings[settingSchedule]), &list) != nil {
		return nil
	}
	var out []planned
	for _, p := range list {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil {
			continue
		}
		start, err := time.Parse("2006-01-02T15:04", p.Start)
		if err != nil {
			continue
		}
		recurrence, err := recur.Parse(p.Rule, start, zone)
		if err != nil {
			continue
		}
		for _, at := range recurrence.Between(now, now.AddDate(1, 0, 0), 366) {
			if !rule.Quiet(c, at) {
				p.next = at
				out = append(out, p)
				break
			}
		}
	}
	slices.SortStableFunc(out, func(a, b planned) int { return a.next.Compare(b.next) })
	return out[:min(len(out), maxPlanned)]
}

// rhythm is the third message: what happens here when, and what one can count on.
func rhythm(c chat.Community, v rule.Voice, now time.Time) chat.Text {
	soon := comingUp(c, now)
	var out chat.Text
	switch {
	case isSet(c, "rituals"):
		out = v.Say("welcome.rhythm", "rituals", c.Settings["rituals"])
	case len(soon) == 0:
		out = v.Say("welcome.open")
	}
	if len(soon) > 0 {
		if !out.IsEmpty() {
			out = out.Append(chat.Plain("\n"))
		}
		out = out.Append(v.Say("welcome.soon"))
	}
	for _, p := range soon {
		out = out.Append(chat.Plain("\n"), v.Say("welcome.soon.line", "name", p.Name, "at", p.next))
	}
	if len(soon) > 0 && !isSet(c, "rituals") {
		out = out.Append(chat.Plain("\n"), v.Say("welcome.soon.free"))
	}
	promises := strings.Split(c.Settings["promises"], "\n")
	if promises[0] == "" {
		return out
	}
	out = out.Append(chat.Plain("\n"), v.Say("welcome.promises"))
	for _, p := range promises[:min(len(promises), 5)] {
		out = out.Append(chat.Plain("\n"), v.Say("welcome.promise", "text", p))
	}
	return out
}
