package sanctions

import (
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// toPerson tells the person himself: what, why, until when, from whom, and how to contest it.
func toPerson(c chat.Community, s Record, who chat.Card, kind Kind, quote string) []chat.Effect {
	var choices []chat.Choice
	auto, by := s.decider(kind)
	language := c.LanguageOf(who)
	switch {
	case auto:
		choices = []chat.Choice{{Label: rule.Voice{Language: language}.Say("choice.human").Plain, Ask: fmt.Sprintf("human %d", s.Turn)}}
	default:
		choices = []chat.Choice{{Label: rule.Voice{Language: language}.Say("choice.appeal").Plain, Ask: "appeal"}}
	}
	t := tag{verb: "told", turn: s.Turn, member: who.ID}
	return rule.Secretly(c, who, t.String(), func(v rule.Voice) chat.Text {
		out := personText(c, v, s, kind)
		add := func(key string, pairs ...any) { out = out.Append(chat.Plain("\n"), v.Say(key, pairs...)) }
		if quote != "" {
			add("person.quote", "quote", quote)
		}
		reason := s.reasonOf(kind)
		switch {
		case auto:
			name, why := autoReason(reason)
			add("person.auto", "rule", name, "reason", why)
		case reason != "":
			add("person.reason", "reason", reason, "by", signature(c, v, by))
		default:
			add("person.by", "by", signature(c, v, by))
		}
		add("person.appeal")
		return out
	}, choices...)
}

func personText(c chat.Community, v rule.Voice, s Record, kind Kind) chat.Text {
	switch kind {
	case Warn:
		last := s.Warnings[len(s.Warnings)-1]
		return v.Say("person.warn", "community", c.Name, "n", len(s.live(last.At)), "limit", warnLimit(c), "end", last.Until)
	case Timeout:
		return v.Say("person.timeout", "community", c.Name, "end", s.Timeout.Until)
	case Removal:
		return v.Say("person.remove", "community", c.Name)
	}
	if s.Ban.Until.IsZero() {
		return v.Say("person.ban", "community", c.Name)
	}
	return v.Say("person.ban.until", "community", c.Name, "end", s.Ban.Until)
}

// decider tells who has decided the newest of a kind.
func (s Record) decider(kind Kind) (auto bool, by chat.MemberID) {
	switch kind {
	case Warn:
		last := s.Warnings[len(s.Warnings)-1]
		return last.Auto, last.By
	case Timeout:
		return s.Timeout.Auto, s.Timeout.By
	case Ban:
		return s.Ban.Auto, s.Ban.By
	}
	return false, s.Actor
}

// reasonOf returns why the newest of a kind was decided.
func (s Record) reasonOf(kind Kind) string {
	switch kind {
	case Warn:
		return s.Warnings[len(s.Warnings)-1].Reason
	case Timeout:
		return s.Timeout.Reason
	case Ban:
		return s.Ban.Reason
	}
	return s.Past[len(s.Past)-1].Why
}

// autoReason takes the reason of an automatic decision apart: the rule's name before the first colon, and the rest.
func autoReason(reason string) (name, why string) {
	name, why, ok := strings.Cut(reason, ":")
	if !ok || strings.TrimSpace(why) == "" {
		return strings.Trim(reason, ": "), strings.Trim(reason, ": ")
	}
	return strings.TrimSpace(name), strings.TrimSpace(why)
}

// closed answers a moderator's question where only moderators can read the answer, and takes the question away where others
// can read it.
func closed(c chat.Community, e chat.Event, write func(rule.Voice) chat.Text) []chat.Effect {
	if isAmongModerators(c, e) {
		return []chat.Effect{rule.Reply(e, write(rule.Speak(c, e)))}
	}
	card, ok := c.Members.ByID(e.Member)
	if account, has := rule.Door(card); !ok || !has || account.Platform == chat.Telegram && len(card.Reach) == 0 {
		return []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("closed"))}
	}
	out := rule.Secretly(c, card, "", write)
	if asked, typed := e.Body.(chat.Asked); typed && !asked.Chosen && !asked.Ref.IsZero() {
		out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{asked.Ref}}})
	}
	return out
}

// clipped shortens words for a line.
func clipped(s string, most int) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most]) + "…"
}
