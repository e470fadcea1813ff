package breakouts

import (
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// The sizes of what people write.
const (
	maxTopic = 60 // characters
	maxRoom  = 26 // of a topic in the title of a room: on Signal a title has 32
	maxWord  = 60 // bytes of a message that can be nothing but an answer
	maxName  = 40 // characters of a name
	maxNames = 40 // that are listed
)

// replyOf reads a message that is nothing but whether somebody is in, in the community's language, the member's own or
// English.
func (t *turn) replyOf(text string) (reply, bool) {
	languages := []string{t.c.Language(), "en"}
	if card, ok := t.c.Members.ByID(t.e.Member); ok {
		languages = append(languages, t.c.LanguageOf(card))
	}
	for _, language := range languages {
		if r, ok := replyIn(language, text); ok {
			return r, true
		}
	}
	return "", false
}

// replyIn reads it in one language. Whoever is ready to take notes says so behind a word for being in: "in, notes".
func replyIn(language, text string) (reply, bool) {
	said := strings.TrimFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	said = strings.ReplaceAll(said, "’", "'")
	said = strings.Join(strings.FieldsFunc(said, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",،;.+&", r) }), " ")
	var words [3][]string // for being in, for not being in, for taking notes
	for i, group := range strings.SplitN(rule.Voice{Language: language}.Say("breakout.words").Plain, ";", len(words)) {
		for w := range strings.SplitSeq(group, ",") {
			words[i] = append(words[i], strings.ToLower(strings.TrimSpace(w)))
		}
	}
	switch {
	case said == "":
		return "", false
	case slices.Contains(words[0], said):
		return isIn, true
	case slices.Contains(words[1], said):
		return isOut, true
	}
	for _, w := range words[0] {
		if notes, ok := strings.CutPrefix(said, w+" "); ok && slices.Contains(words[2], notes) {
			return withNotes, true
		}
	}
	return "", false
}

// clip makes what somebody has typed short enough to be said back.
func clip(s string) string { return smallroom.Title(s, 40) }

// names lists some members.
func (t *turn) names(who []chat.MemberID) string {
	var out []string
	for _, id := range who {
		if card, ok := t.c.Members.ByID(id); ok && len(out) < maxNames {
			out = append(out, nameOf(card))
		}
	}
	return strings.Join(out, ", ")
}

func nameOf(card chat.Card) string {
	if card.Name == "" {
		return card.Handle
	}
	return smallroom.Title(card.Name, maxName)
}

// zone is the name of the community's time zone.
func (t *turn) zone() string { return t.c.Zone().String() }

// roomName is what people know the room of a round as.
func (t *turn) roomName(r *Round) string {
	room, _ := t.c.Room(r.Room)
	return room.Name
}

// without returns a list without one, nil if it is empty.
func without(list []chat.MemberID, who chat.MemberID) []chat.MemberID {
	out := slices.DeleteFunc(slices.Clone(list), func(m chat.MemberID) bool { return m == who })
	if len(out) == 0 {
		return nil
	}
	return out
}

// renamed puts kept in the place of gone, or drops gone where kept is there already.
func renamed(list []chat.MemberID, gone, kept chat.MemberID) []chat.MemberID {
	i := slices.Index(list, gone)
	if i < 0 {
		return list
	}
	if slices.Contains(list, kept) {
		return without(list, gone)
	}
	list = slices.Clone(list)
	list[i] = kept
	return list
}
