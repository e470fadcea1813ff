package sanctions

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	modlogTitle = "modlog"
	// modlogLines is how many lines are shown at once.
	modlogLines = 20
)

// NewModlog returns the rule of /modlog: what the log of the moderators' decisions says, and that nobody has changed it.
func NewModlog() rule.Rule {
	return rule.Of[struct{}]{
		Title: modlogTitle,
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return "", b.Command == modlogTitle
			case chat.Found:
				return "", true
			}
			return "", false
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return s, lookUp(c, e, b)
			case chat.Found:
				about, _ := c.Members.ByID(chat.MemberID(b.Key))
				return s, closed(c, e, func(v rule.Voice) chat.Text { return modlogText(c, v, about, b.Lines) })
			}
			return s, nil
		},
		Ask: []rule.Command{{Name: modlogTitle, Args: "[@NAME]", Level: chat.Moderator, Help: "help.modlog"}},
	}
}

func lookUp(c chat.Community, e chat.Event, asked chat.Asked) []chat.Effect {
	arg := "audit"
	who := chat.Card{}
	if len(asked.Args) > 0 || asked.Reply != nil {
		var problem string
		if who, _, problem = rule.Target(c, e); problem != "" {
			return []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say(problem, rule.Meant(c, asked)...))}
		}
		arg += " " + string(who.ID)
	}
	return []chat.Effect{chat.Look{Rule: modlogTitle, Key: string(who.ID), View: chat.Logged, Arg: arg, Limit: modlogLines}}
}

// modlogText shows the lines, the newest first, and whether the chain is whole: a line without a sum is the engine's word
// that it is not.
func modlogText(c chat.Community, v rule.Voice, about chat.Card, lines []chat.Line) chat.Text {
	broken := ""
	lines = slices.Clone(lines)
	lines = slices.DeleteFunc(lines, func(l chat.Line) bool {
		if l.Sum == "" {
			broken = l.Text
		}
		return l.Sum == ""
	})
	var out chat.Text
	switch {
	case len(lines) == 0 && about.ID != "":
		out = v.Say("modlog.none.person", "name", about.Name)
	case len(lines) == 0:
		out = v.Say("modlog.none")
	case about.ID != "":
		out = v.Say("modlog.person", "name", about.Name)
	default:
		out = v.Say("modlog.intro")
	}
	for _, l := range lines {
		out = out.Append(chat.Plain("\n"), v.Say("modlog.line", "when", l.At, "by", nameOf(c, v, l.By), "about", nameOf(c, v, l.About),
			"what", clipped(strings.ReplaceAll(l.Text, "\n", " "), 300)))
	}
	if broken != "" {
		return out.Append(chat.Plain("\n"), v.Say("modlog.broken", "where", broken))
	}
	return out.Append(chat.Plain("\n"), v.Say("modlog.whole"))
}

// nameOf is what a member is called, "–" for nobody.
func nameOf(c chat.Community, v rule.Voice, who chat.MemberID) chat.Text {
	if who == "" {
		return chat.Plain("–")
	}
	if card, ok := c.Members.ByID(who); ok {
		return chat.Plain(named(card).Name)
	}
	return v.Say("modlog.gone")
}
