package privacy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// ours is the community setting with what organisers have added to the notice, a line each.
const ours = "privacy"

// What organisers can add.
const (
	maxLines = 5
	maxLine  = 300 // characters
)

// usualKeep is for how many days words are kept where nobody has changed the setting "keep".
const usualKeep = "30"

// NewNotice returns the rule of /privacy. It has no state.
func NewNotice() rule.Rule {
	return rule.Of[struct{}]{
		Title: "privacy",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			asked, ok := e.Body.(chat.Asked)
			return "", ok && asked.Command == "privacy"
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			asked, _ := e.Body.(chat.Asked)
			word := ""
			if len(asked.Args) > 0 {
				word = strings.ToLower(asked.Args[0])
			}
			switch word {
			case "add":
				return s, add(c, e, chat.OneLine(asked.Args[1:]...))
			case "remove":
				return s, remove(c, e, asked.Args[1:])
			}
			if !e.Private && e.Chat.Platform != chat.Local {
				return s, []chat.Effect{rule.Reply(e, inShort(c, e))}
			}
			return s, []chat.Effect{rule.Reply(e, notice(c, e))}
		},
		Ask: []rule.Command{
			{Name: "privacy", Args: "[add TEXT | remove NUMBER]", Level: chat.Guest, Help: "help.privacy"},
		},
	}
}

// inShort is the text for a room, where it is read by many who have not asked.
func inShort(c chat.Community, e chat.Event) chat.Text {
	voice := rule.Speak(c, e)
	if kept := keptFor(c); kept > 0 {
		return voice.Say("privacy.short", "time", kept)
	}
	return voice.Say("privacy.short.wordless")
}

// keptFor is how long the words of messages are kept.
func keptFor(c chat.Community) time.Duration {
	days, err := strconv.Atoi(c.Setting("keep", usualKeep))
	if err != nil {
		days, _ = strconv.Atoi(usualKeep)
	}
	return time.Duration(days) * 24 * time.Hour
}

// notice is the whole text, for one reader.
func notice(c chat.Community, e chat.Event) chat.Text {
	voice := rule.Speak(c, e)
	words := voice.Say("privacy.wordless")
	if kept := keptFor(c); kept > 0 {
		words = voice.Say("privacy.words", "time", kept)
	}
	parts := []chat.Text{
		voice.Say("privacy.relay"), voice.Say("privacy.card"), voice.Say("privacy.tasks"), voice.Say("privacy.messages"), words,
		voice.Say("privacy.road"), voice.Say("privacy.care"), voice.Say("privacy.operator"), voice.Say("privacy.yours"), voice.Say("privacy.optouts"),
	}
	if own := lines(c); len(own) > 0 {
		text := voice.Say("privacy.ours")
		for i, line := range own {
			text = text.Append(chat.Plain(fmt.Sprintf("\n%d. %s", i+1, line)))
		}
		parts = append(parts, text)
	}
	if card, ok := c.Members.ByID(e.Member); ok {
		if out := chosen(card); len(out) > 0 {
			parts = append(parts, voice.Say("privacy.chosen", "commands", strings.Join(out, ", ")))
		}
	}
	return paragraphs(parts...)
}

// paragraphs puts texts under one another, with a blank line between.
func paragraphs(parts ...chat.Text) chat.Text {
	var out chat.Text
	for i, p := range parts {
		if i > 0 {
			out = out.Append(chat.Plain("\n\n"))
		}
		out = out.Append(p)
	}
	return out
}

// lines are what the community has added.
func lines(c chat.Community) []string {
	return strings.FieldsFunc(c.Setting(ours, ""), func(r rune) bool { return r == '\n' })
}

// refusal returns the sentence for one who may not change the notice; ok if he may.
func refusal(c chat.Community, e chat.Event, voice rule.Voice) (_ chat.Text, ok bool) {
	switch {
	case e.Chat.Platform == chat.Local:
		return chat.Text{}, true
	case e.By.Anonymous:
		return voice.Say("refuse.anonymous"), false
	case e.Level >= chat.Organiser:
		return chat.Text{}, true
	case e.By.Unsure:
		return voice.Say("refuse.unsure"), false
	case c.ID != "" && !c.HasOrganiser():
		return voice.Say("refuse.admins", "level", chat.Organiser), false
	}
	return voice.Say("refuse.level", "level", chat.Organiser), false
}

// add adds a line of the community's own.
func add(c chat.Community, e chat.Event, line string) []chat.Effect {
	voice, own := rule.Speak(c, e), lines(c)
	if text, ok := refusal(c, e, voice); !ok {
		return []chat.Effect{rule.Reply(e, text)}
	}
	switch {
	case c.ID == "":
		return []chat.Effect{rule.Reply(e, voice.Say("privacy.nowhere"))}
	case line == "":
		return []chat.Effect{rule.Reply(e, voice.Say("privacy.empty"))}
	case len([]rune(line)) > maxLine:
		return []chat.Effect{rule.Reply(e, voice.Say("privacy.long", "most", maxLine))}
	case len(own) >= maxLines:
		return []chat.Effect{rule.Reply(e, voice.Say("privacy.full", "most", maxLines))}
	}
	own = append(own, line)
	return changed(e, own, "add "+line, voice.Say("privacy.added", "n", len(own)))
}

// remove takes one of them away.
func remove(c chat.Community, e chat.Event, args []string) []chat.Effect {
	voice, own := rule.Speak(c, e), lines(c)
	if text, ok := refusal(c, e, voice); !ok {
		return []chat.Effect{rule.Reply(e, text)}
	}
	if len(own) == 0 {
		return []chat.Effect{rule.Reply(e, voice.Say("privacy.none"))}
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.Join(args, " "), "."))
	if err != nil || n < 1 || n > len(own) {
		return []chat.Effect{rule.Reply(e, voice.Say("privacy.number", "count", len(own)))}
	}
	gone := own[n-1]
	return changed(e, slices.Delete(own, n-1, n), "remove "+gone, voice.Say("privacy.removed", "line", gone))
}

func changed(e chat.Event, own []string, what string, answer chat.Text) []chat.Effect {
	return []chat.Effect{
		chat.Set{Key: ours, Value: strings.Join(own, "\n")},
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s privacy: %s", e.By.Identity.Platform, what)},
		rule.Reply(e, answer),
	}
}

// hereName is what a community is called where it has a name.
func hereName(c chat.Community, voice rule.Voice) any {
	if c.Name == "" {
		return voice.Say("privacy.unnamed")
	}
	return c.Name
}
