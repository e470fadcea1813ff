package privacy

import (
	"cmp"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// voice is how the house speaks to somebody whom it does not know any more.
func (s Erasure) voice(c chat.Community) rule.Voice {
	return rule.Voice{Language: cmp.Or(s.Language, c.Language()), Prefix: say.Prefix(s.Door.Platform), Zone: c.Zone()}
}

// tell tells the person something, in private or not at all.
func (s Erasure) tell(t chat.Text) []chat.Effect {
	if s.Door.IsZero() {
		return nil
	}
	return []chat.Effect{chat.Whisper{To: chat.Chat(s.Door), Who: s.Door, Text: t, Secret: true}}
}

// account says what was done, what could not be, and what is kept.
func account(c chat.Community, s Erasure) chat.Text {
	voice := s.voice(c)
	name := any(s.Community)
	if s.Community == "" {
		name = voice.Say("privacy.unnamed")
	}
	parts := []chat.Text{voice.Say("forgot.done", "community", name, "messages", s.Messages, "deleted", s.Deleted)}
	stuck := slices.Clone(s.Stuck)
	slices.SortFunc(stuck, func(a, b Stuck) int { return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Why, b.Why)) })
	for _, k := range stuck {
		parts = append(parts, voice.Say(stuckKey(k.Why), "platform", platformName(voice, k.Platform), "n", k.N))
	}
	if len(stuck) > 0 {
		parts = append(parts, voice.Say("forgot.help"))
	} else if s.Deleted > 0 {
		parts = append(parts, voice.Say("forgot.all"))
	}
	return paragraphs(append(parts, voice.Say("forget.keep"), voice.Say("forget.stay"), voice.Say("forgot.bye"))...)
}

// stuckKey is the sentence that says why a platform has not deleted something.
func stuckKey(why chat.Reason) string {
	switch why {
	case chat.TooOld:
		return "forgot.stuck.old"
	case chat.Forbidden:
		return "forgot.stuck.forbidden"
	case chat.Unsupported:
		return "forgot.stuck.unsupported"
	}
	return "forgot.stuck.broken"
}

// platformName is what a messenger is called in a language.
func platformName(voice rule.Voice, p chat.Platform) string { return say.Platform(voice.Language, p) }

// passing answers in private what leaves no trace: of an answer by Send the house would remember where it has gone, and
// it goes to somebody whom it does not know, or not for long.
func passing(e chat.Event, t chat.Text) chat.Effect {
	if !e.Private {
		return rule.Discreetly(e, t)
	}
	return chat.Whisper{To: e.Chat, Who: e.By.Identity, Text: t, Secret: true}
}
