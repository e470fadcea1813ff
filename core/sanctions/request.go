package sanctions

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// request is a command about somebody, as it was understood.
type request struct {
	c     chat.Community
	e     chat.Event
	asked chat.Asked
	voice rule.Voice

	kind     Kind
	undo     bool
	me       bool // he asks for himself
	quiet    bool // no word in the room
	purge    bool // the message that is answered goes, too
	timed    bool // a duration is asked for by the command's name
	public   bool
	target   chat.Card
	problem  string // key of the sentence that says why nobody is meant
	duration time.Duration
	clamped  bool
	reason   string
}

// The bounds of what can be asked for.
const (
	shortest       = time.Minute
	longestTimeout = 28 * 24 * time.Hour
	longestBan     = rule.MaxDuration
	usualTimeout   = time.Hour
	usualBreak     = 24 * time.Hour
	// longestAuto is the most that the house imposes without a human.
	longestAuto = 24 * time.Hour
	// alone is the longest time-out that one moderator can give alone, confirmIn how long a longer one waits for another.
	alone     = 7 * 24 * time.Hour
	confirmIn = 24 * time.Hour
	// maxReason is the most characters of a reason.
	maxReason = 500
)

// kindOf returns what a command imposes, or undoes.
func kindOf(command string) (k Kind, undo, ok bool) {
	switch command {
	case "warn", "unwarn":
		k = Warn
	case "timeout", "untimeout":
		k = Timeout
	case "remove":
		k = Removal
	case "ban", "unban":
		k = Ban
	}
	return k, strings.HasPrefix(command, "un"), k != ""
}

// newRequest reads a command. Whom it is about is found here; everything else may still be wrong.
func newRequest(c chat.Community, e chat.Event, asked chat.Asked) request {
	r := request{c: c, e: e, asked: asked, voice: rule.Speak(c, e)}
	r.kind, r.undo, _ = kindOf(asked.Command)
	switch asked.Alias {
	case "swarn", "smute", "stimeout", "sban", "skick", "sremove":
		r.quiet = true
	case "dwarn", "dmute", "dtimeout", "dban", "dkick", "dremove":
		r.purge = !asked.Chosen
	case "tmute", "tban":
		r.timed = true
	}
	rest := asked.Args
	switch {
	case r.kind == Timeout && len(rest) > 0 && strings.EqualFold(rest[0], "me"):
		r.me, rest = true, rest[1:]
		r.target, _ = c.Members.ByID(e.Member)
	case r.kind == Timeout && r.undo && len(rest) == 0 && asked.Reply == nil && r.level() < chat.Moderator:
		r.me = true
		r.target, _ = c.Members.ByID(e.Member)
	default:
		r.target, rest, r.problem = rule.Target(c, e)
		if r.isAuto() && r.problem != "" && len(asked.Args) > 0 {
			if card, ok := c.Members.ByID(chat.MemberID(asked.Args[0])); ok {
				r.target, rest, r.problem = card, asked.Args[1:], ""
			}
		}
	}
	if r.kind == Warn && len(rest) > 0 && strings.EqualFold(rest[0], "public") {
		r.public, rest = true, rest[1:]
	}
	r.quiet = r.quiet || r.kind == Warn && !r.public
	if !r.undo && r.kind != Removal {
		r.duration, rest, _ = rule.Duration(rest)
	}
	r.reason = chat.OneLine(rest...)
	r.target = named(r.target)
	return r
}

// named gives somebody without a name his short one, so that every sentence says who is meant.
func named(card chat.Card) chat.Card {
	if card.Name == "" && card.Handle != "" {
		card.Name = "@" + card.Handle
	}
	return card
}

// isAuto tells whether the house asks, not a person.
func (r request) isAuto() bool { return r.e.By.Identity == chat.House() }

// level is what the one who asks may.
func (r request) level() chat.Level { return levelOf(r.e) }

// levelOf is the level of an event's author; the operator at the machine may what organisers may.
func levelOf(e chat.Event) chat.Level {
	if e.Chat.Platform == chat.Local && e.By.Identity != chat.House() {
		return chat.Organiser
	}
	return e.Level
}

// refusal returns the sentence that says why the command cannot be done as it is, with what fills it; empty = it can.
func (r *request) refusal(s Record) (key string, pairs []any) {
	if key, pairs := r.unallowed(); key != "" {
		return key, pairs
	}
	if r.undo {
		return "", nil
	}
	if key, pairs := r.unclear(); key != "" {
		return key, pairs
	}
	name := []any{"name", r.target.Name}
	switch {
	case r.isAuto() || r.me:
	case r.reason == "" && r.kind != Removal:
		return "reason.none", nil
	case len([]rune(r.reason)) > maxReason:
		return "sanction.reason.long", []any{"most", maxReason}
	case s.Lapsed != "" && s.Lapsed == r.e.Member && r.e.Now.Sub(s.LapsedAt) < alone && r.needsAnother() && r.hasAnother():
		return "sanction.lapsed", name
	}
	return "", nil
}

// unallowed says why the one who asks may not do that to the one who is meant.
func (r *request) unallowed() (key string, pairs []any) {
	name := []any{"name", r.target.Name}
	level := r.level()
	switch {
	case r.me && r.target.ID == "":
		return "set.nobody", nil
	case r.me:
		return "", nil
	case level < chat.Moderator && r.e.By.Unsure:
		return "refuse.unsure", nil
	case level < chat.Moderator:
		return "refuse.level", []any{"level", chat.Moderator}
	case r.problem != "":
		return r.problem, rule.Meant(r.c, r.asked)
	case r.target.ID == r.e.Member && r.kind == Timeout && !r.undo:
		return "sanction.self.break", nil
	case r.target.ID == r.e.Member:
		return "sanction.self", nil
	case r.target.Level > level, r.target.Level == level && level < chat.Organiser,
		r.isAuto() && r.target.Level == chat.Organiser:
		return "sanction.above", name
	}
	return "", nil
}

// unclear says what is wrong with the duration, and brings it within its bounds.
func (r *request) unclear() (key string, pairs []any) {
	words := strings.Fields(r.reason)
	if r.kind != Removal && len(words) > 0 && !r.isAuto() {
		bare := rule.IsBareNumber(words[0]) && r.duration == 0 && r.kind != Warn
		if bare {
			return "duration.bare", []any{"word", words[0]}
		}
		if looksLikeDuration(words[0]) {
			return "sanction.duration", []any{"word", words[0]}
		}
	}
	low, high := shortest, longestTimeout
	switch {
	case r.timed && r.duration == 0:
		return "sanction.timed", nil
	case r.kind == Timeout && r.duration == 0 && r.me:
		r.duration = usualBreak
	case r.kind == Timeout && r.duration == 0:
		r.duration = usualTimeout
	case r.duration == 0:
		return "", nil // a warning for as long as is set, a ban for good
	case r.kind != Timeout:
		high = longestBan
	}
	if r.isAuto() {
		high = longestAuto
	}
	bounded := min(max(r.duration, low), high)
	r.clamped = bounded != r.duration
	r.duration = bounded
	return "", nil
}

// looksLikeDuration tells whether a word that could not be read as a duration was meant as one: "400d", "3x".
func looksLikeDuration(word string) bool {
	digits := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' })
	if digits <= 0 {
		return false
	}
	unit := strings.ToLower(strings.TrimLeft(word, "0123456789"))
	units := []string{"s", "m", "h", "d", "w", "mo", "y", "min", "mins", "hour", "hours", "day", "days", "week", "weeks"}
	return slices.Contains(units, unit)
}

// needsAnother tells whether a second moderator must confirm what is asked for.
func (r *request) needsAnother() bool {
	switch {
	case r.isAuto() || r.me:
		return false
	case r.kind == Ban:
		return true
	case r.kind == Timeout:
		return r.duration > alone || r.target.Level == chat.Organiser
	}
	return false
}

// hasAnother tells whether there is one who could.
func (r *request) hasAnother() bool { return hasAnother(r.c, r.target, r.e.Member) }

// hasAnother tells whether somebody else can judge what was done to a person: a moderator who is not under a sanction
// himself. Whatever the person's level is, to judge is not to act against him.
func hasAnother(c chat.Community, about chat.Card, except ...chat.MemberID) bool {
	for _, card := range rule.Team(c, chat.Moderator, append(except, about.ID)...) {
		if card.Settings[Mirror] == "" {
			return true
		}
	}
	return false
}
