package seats

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	raidWindow = 10 * time.Minute // in which newcomers are counted
	raidTime   = 6 * time.Hour    // how long everybody waits, if nobody says otherwise
	maxRaid    = 7 * 24 * time.Hour
	raidBelow  = 500 // members; a larger community has more newcomers on an ordinary day
)

// isRaid tells whether everybody waits for now.
func (t *turn) isRaid() bool { return t.e.Now.Before(t.s.Raid) }

// countJoin counts a newcomer; one more than the setting allows within the window, and everybody waits.
func (t *turn) countJoin() {
	now := t.e.Now
	t.tidy()
	t.s.Joins = append(t.s.Joins, now)
	most, err := strconv.Atoi(t.c.Setting("raid", "5"))
	if err != nil || most <= 0 || t.isRaid() || len(t.s.Joins) <= most || t.taken() >= raidBelow {
		return
	}
	n := len(t.s.Joins)
	t.s.Raid, t.s.Joins = now.Add(raidTime), nil
	t.want(record(chat.Event{By: chat.Person{Identity: chat.House()}}, "", "raid on: "+strconv.Itoa(n)+" newcomers in 10 minutes"))
	t.tellRaid("raid.auto", "n", n, "most", most, "until", t.s.Raid)
}

func (t *turn) tellRaid(key string, pairs ...any) {
	v := rule.Aloud(t.c, t.e.Chat.Platform)
	t.want(rule.ToModerators(t.c, title+"/raid", func(v rule.Voice) chat.Text { return v.Say(key, pairs...) }, nil,
		chat.Choice{Label: v.Say("raid.end").Plain, Ask: "raid off"})...)
}

// raid answers the command.
func (t *turn) raid(b chat.Asked) {
	v := rule.Speak(t.c, t.e)
	word := ""
	if len(b.Args) > 0 {
		word = strings.ToLower(b.Args[0])
	}
	switch word {
	case "":
		key := "raid.is.off"
		if t.isRaid() {
			key = "raid.is.on"
		}
		t.want(rule.Reply(t.e, v.Say(key, "until", t.s.Raid, "waiting", len(t.s.Queue))))
	case "on":
		t.raidOn(v, b.Args[1:])
	case "off":
		if !t.isRaid() {
			t.want(rule.Reply(t.e, v.Say("raid.is.off")))
			return
		}
		t.want(record(t.e, "", "raid off"), rule.Reply(t.e, v.Say("raid.off", "waiting", len(t.s.Queue))))
		t.s.Raid = time.Time{}
	default:
		t.want(rule.Reply(t.e, v.Say("raid.usage")))
	}
}

func (t *turn) raidOn(v rule.Voice, args []string) {
	d := raidTime
	if len(args) > 0 {
		var ok bool
		var rest []string
		d, rest, ok = rule.Duration(args)
		switch {
		case rule.IsBareNumber(args[0]):
			t.want(rule.Reply(t.e, v.Say("duration.bare", "word", args[0])))
			return
		case !ok || len(rest) > 0:
			t.want(rule.Reply(t.e, v.Say("raid.usage")))
			return
		}
	}
	t.s.Raid = t.e.Now.Add(min(d, maxRaid))
	t.want(record(t.e, "", "raid on: "+min(d, maxRaid).String()), rule.Reply(t.e, v.Say("raid.on", "until", t.s.Raid)))
	if !t.isModerators(t.e.Chat) {
		t.tellRaid("raid.by", "name", nameless(v, t.e.By.Name), "until", t.s.Raid)
	}
}

// endRaid ends it by its time.
func (t *turn) endRaid() {
	t.s.Raid = time.Time{}
	n := len(t.s.Queue)
	t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text { return v.Say("raid.over", "waiting", n) }, nil)...)
}
