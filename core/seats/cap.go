package seats

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// cap shows how many seats there are, or changes that.
func (t *turn) cap(b chat.Asked) {
	v := rule.Speak(t.c, t.e)
	args, reason := because(b.Args)
	if len(args) == 0 {
		t.want(rule.Reply(t.e, v.Say("cap.show", "cap", t.limit(), "taken", t.taken(), "offered", len(t.s.Offers), "waiting", len(t.s.Queue))))
		return
	}
	if t.e.Level < chat.Organiser {
		t.want(rule.Reply(t.e, v.Say("refuse.level", "level", chat.Organiser)))
		return
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 || n > maxCap || len(args) > 1 {
		t.want(rule.Reply(t.e, v.Say("cap.number", "most", maxCap)))
		return
	}
	old := t.limit()
	if need, have := t.teamNeeded(), len(rule.Team(t.c, chat.Moderator)); n > old && have < need && reason == "" {
		t.want(rule.Reply(t.e, v.Say("cap.team", "members", t.taken(), "need", need, "have", have, "per", perMods, "cap", n)))
		return
	}
	line := fmt.Sprintf("cap: %d -> %d", old, n)
	if reason != "" {
		line += ", " + reason
	}
	t.want(chat.Set{Key: "cap", Value: strconv.Itoa(n)}, record(t.e, "", line))
	settings := maps.Clone(t.c.Settings)
	if settings == nil {
		settings = make(map[string]string)
	}
	settings["cap"] = strconv.Itoa(n)
	t.c.Settings = settings // the seats that this makes are offered in the same turn
	if n < t.taken() {
		t.want(rule.Reply(t.e, v.Say("cap.below", "cap", n, "taken", t.taken())))
		return
	}
	t.want(rule.Reply(t.e, v.Say("cap.done", "cap", n)))
}

// teamNeeded is how many moderators the members of now need: a community grows only as fast as those who look after it.
func (t *turn) teamNeeded() int { return max(1, (t.taken()+perMods-1)/perMods) }
