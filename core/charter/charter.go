// Package charter is what a community says of itself: its purpose in one sentence, what members can count on, its
// house rules and who has accepted them, and the pinned message that shows them in every chat. It does not know what
// happens to whoever breaks a rule, or who is welcomed.
//
// Purpose, rules and promises are settings of the community, so that other rules read them without knowing this one.
// What a member has accepted is a setting of his and names the text by its hash, not by its version: whoever has
// accepted a text need not do so again when it comes back.
package charter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// The settings that say what the community is.
const (
	settingPurpose  = "purpose"
	settingRules    = "rules"
	settingVersion  = "rules.version" // counts the changes of the rules
	settingHash     = "rules.hash"    // names their text
	settingPromises = "promises"      // the promises' words, one a line
)

// The most characters.
const (
	maxPurpose = 200
	maxRules   = 1200
)

// Former is what the last changes have replaced, so that a slip can be taken back.
type Former struct {
	Purpose  string `json:"purpose,omitempty"`
	Purposes int    `json:"purposes,omitempty"` // counts the changes of the purpose
	Rules    string `json:"rules,omitempty"`
}

// New returns the rule of /purpose and /rules.
func New() rule.Rule {
	return rule.Of[Former]{
		Title: "charter",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return string(c.ID), b.Command == "purpose" || b.Command == "rules"
			case chat.Linked:
				return string(c.ID), c.ID != ""
			}
			return "", false
		},
		Fold: fold,
		Ask: []rule.Command{
			{Name: "purpose", Args: "[SENTENCE]", Level: chat.Guest, Help: "help.purpose"},
			{Name: "rules", Aliases: []string{"coc"}, Args: "[TEXT]", Level: chat.Guest, Help: "help.rules"},
		},
		Options: []rule.Setting{
			{Name: settingPinned, Scope: rule.OfRoom, Default: "on", Values: []string{"on", "off"}, Help: "setting.room.pinned"},
		},
	}
}

func fold(c chat.Community, s Former, e chat.Event) (Former, []chat.Effect) {
	voice := rule.Speak(c, e)
	switch b := e.Body.(type) {
	case chat.Linked:
		room, _ := c.RoomOf(b.Chat)
		return s, wakePins(c, room.Chats, e.Now)
	case chat.Asked:
		if c.ID == "" {
			return s, []chat.Effect{rule.Reply(e, voice.Say("charter.nowhere"))}
		}
		if b.Command == "rules" {
			return foldRules(c, s, e, b, voice)
		}
		return foldPurpose(c, s, e, b, voice)
	}
	return s, nil
}

// foldPurpose shows the purpose, or changes it.
func foldPurpose(c chat.Community, s Former, e chat.Event, asked chat.Asked, voice rule.Voice) (Former, []chat.Effect) {
	refuse := func(key string, pairs ...any) (Former, []chat.Effect) {
		return s, []chat.Effect{rule.Reply(e, voice.Say(key, pairs...))}
	}
	text := strings.Join(strings.Fields(asked.Text.Plain), " ")
	before := c.Settings[settingPurpose]
	shown := voice.Say("purpose.none")
	if before != "" {
		shown = voice.Say("purpose.shown", "purpose", before)
	}
	if text == "" {
		return s, []chat.Effect{rule.Reply(e, shown)}
	}
	if key, refused := mayNotWrite(e); refused {
		return refuse(key, "now", shown)
	}
	change, back := takesBack(asked)
	switch {
	case back && change != s.Purposes:
		return refuse("charter.since", "now", shown)
	case back:
		text = s.Purpose
	case len([]rune(text)) > maxPurpose:
		return refuse("purpose.long", "n", len([]rune(text)), "max", maxPurpose)
	case Sentences(asked.Text.Plain) != 1:
		return refuse("purpose.sentences", "n", Sentences(asked.Text.Plain))
	case text == before:
		return refuse("charter.same")
	}
	s.Purpose, s.Purposes = before, s.Purposes+1
	answer := voice.Say("purpose.gone")
	if text != "" {
		answer = voice.Say("purpose.done", "purpose", text)
	}
	out := []chat.Effect{
		chat.Set{Key: settingPurpose, Value: text},
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s purpose: %s", e.By.Identity.Platform, text)},
		rule.Reply(e, answer, chat.Choice{Label: voice.Say("charter.back").Plain, Ask: "purpose back " + strconv.Itoa(s.Purposes)}),
	}
	return s, append(out, wakePins(c, chatsOf(c), e.Now)...)
}

// foldRules shows the house rules, or changes them: that is a new version, and who has accepted another text is asked
// again, a little later, so that a second thought of the organiser's is not a second message.
func foldRules(c chat.Community, s Former, e chat.Event, asked chat.Asked, voice rule.Voice) (Former, []chat.Effect) {
	refuse := func(key string, pairs ...any) (Former, []chat.Effect) {
		return s, []chat.Effect{rule.Reply(e, voice.Say(key, pairs...))}
	}
	text := strings.TrimSpace(asked.Text.Plain)
	before := c.Settings[settingRules]
	shown := voice.Say("rules.none")
	if before != "" {
		shown = voice.Say("rules.shown", "rules", before, "version", version(c), "hash", Hash(before))
	}
	if text == "" {
		return s, []chat.Effect{rule.Reply(e, shown, acceptChoice(c, e.Member, voice)...)}
	}
	if key, refused := mayNotWrite(e); refused {
		return refuse(key, "now", shown)
	}
	change, back := takesBack(asked)
	switch {
	case back && change != version(c):
		return refuse("charter.since", "now", shown)
	case back:
		text = s.Rules
	case len([]rune(text)) > maxRules:
		return refuse("rules.long", "n", len([]rune(text)), "max", maxRules)
	case text == before:
		return refuse("charter.same")
	}
	s.Rules = before
	next, hash, answer := version(c)+1, "", voice.Say("rules.gone")
	if text != "" {
		hash = Hash(text)
		key := "rules.done"
		if next == 1 {
			key = "rules.first"
		}
		answer = voice.Say(key, "version", next, "hash", hash)
	}
	line := fmt.Sprintf("%s rules: version %d, %s", e.By.Identity.Platform, next, hash)
	out := []chat.Effect{
		chat.Set{Key: settingRules, Value: text},
		chat.Set{Key: settingVersion, Value: strconv.Itoa(next)},
		chat.Set{Key: settingHash, Value: hash},
		chat.Record{Log: "audit", By: e.Member, Line: line},
		chat.Wake{Rule: acceptance, Key: string(c.ID), At: e.Now.Add(secondThought)},
		rule.Reply(e, answer, chat.Choice{Label: voice.Say("charter.back").Plain, Ask: "rules back " + strconv.Itoa(next)}),
	}
	return s, append(out, wakePins(c, chatsOf(c), e.Now)...)
}

// mayNotWrite tells why somebody may only read what the community says of itself.
func mayNotWrite(e chat.Event) (key string, refused bool) {
	switch {
	case e.By.Anonymous:
		return "refuse.anonymous", true
	case e.Level >= chat.Organiser:
		return "", false
	case e.By.Unsure:
		return "refuse.unsure", true
	}
	return "charter.organisers", true
}

// takesBack reads the choice that takes a change back, and which change.
func takesBack(asked chat.Asked) (change int, ok bool) {
	if !asked.Chosen || len(asked.Args) != 2 || asked.Args[0] != "back" {
		return 0, false
	}
	change, err := strconv.Atoi(asked.Args[1])
	return change, err == nil
}

// Hash returns the short name of a text, the same wherever the text is: ten letters and digits.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:5])
}

// version counts how often the rules have changed.
func version(c chat.Community) int {
	n, _ := strconv.Atoi(c.Settings[settingVersion])
	return n
}

// chatsOf returns all chats of the community.
func chatsOf(c chat.Community) []chat.Chat {
	var out []chat.Chat
	for _, r := range c.Rooms {
		out = append(out, r.Chats...)
	}
	return out
}

// wakePins lets the pinned messages of some chats be looked at, now.
func wakePins(c chat.Community, chats []chat.Chat, now time.Time) []chat.Effect {
	var out []chat.Effect
	for _, to := range chats {
		out = append(out, chat.Wake{Rule: pins, Key: pinKey(c.ID, to), At: now})
	}
	return out
}
