package sanctions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// verdict is a moderator's answer to an appeal, as it was typed or chosen.
type verdict struct {
	asked   chat.Asked
	card    chat.Card
	n       int // the appeal that it is for, as the card says; 0 = the open one
	known   bool
	lift    bool
	words   string
	problem string
}

// newVerdict reads "@ana lift ANSWER", or "lift ANSWER" in answer to the card, or what a choice asks, "m7 2 lift ANSWER".
func newVerdict(c chat.Community, e chat.Event, asked chat.Asked) verdict {
	v := verdict{asked: asked}
	rest := asked.Args
	id, n, onCard := "", 0, false
	if e.ReplyTo != nil {
		id, n, onCard = readAppealTag(e.ReplyTo.Tag)
	}
	switch {
	case len(rest) > 1 && isNumber(rest[1]):
		v.card, _ = c.Members.ByID(chat.MemberID(rest[0]))
		v.n, _ = strconv.Atoi(rest[1])
		rest = rest[2:]
	case onCard && len(rest) > 0 && isVerdict(rest[0]):
		v.card, _ = c.Members.ByID(chat.MemberID(id))
		v.n = n
	default:
		v.card, rest, v.problem = rule.Target(c, e)
	}
	v.card = named(v.card)
	if len(rest) > 0 && isVerdict(rest[0]) {
		v.known, v.lift = true, strings.EqualFold(rest[0], "lift")
		v.words = behind(asked.Text.Plain, len(asked.Args)-len(rest)+1)
		if asked.Text.Plain == "" {
			v.words = strings.Join(rest[1:], " ")
		}
	}
	return v
}

func isVerdict(word string) bool {
	return strings.EqualFold(word, "lift") || strings.EqualFold(word, "keep")
}

func isNumber(word string) bool {
	n, err := strconv.Atoi(word)
	return err == nil && n > 0
}

// behind returns a text without its first n words.
func behind(text string, n int) string {
	for range n {
		text = strings.TrimSpace(text)
		i := strings.IndexAny(text, " \t\n\r\u00a0")
		if i < 0 {
			return ""
		}
		text = text[i:]
	}
	return strings.TrimSpace(text)
}

// readAppealTag reads whose appeal a card is about.
func readAppealTag(tag string) (who string, n int, ok bool) {
	words := strings.Split(tag, "/")
	if len(words) != 3 || words[0] != "appeal" {
		return "", 0, false
	}
	n, err := strconv.Atoi(words[2])
	return words[1], n, err == nil
}

// decideAppeal answers an appeal: by somebody who had no part in what is contested, and never without a word to the person.
func decideAppeal(c chat.Community, s Record, e chat.Event, v verdict) (Record, []chat.Effect) {
	voice := rule.Speak(c, e)
	refuse := func(key string, pairs ...any) (Record, []chat.Effect) {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say(key, pairs...))}
	}
	name := []any{"name", v.card.Name}
	switch {
	case v.problem != "":
		return refuse(v.problem, rule.Meant(c, v.asked)...)
	case v.card.ID == "":
		return refuse("card.old")
	case !s.Appeal.Open, v.n != 0 && v.n != s.Appeal.N:
		return refuse("appeals.none", name...)
	case !v.known:
		return refuse("appeals.how", "handle", v.card.Handle)
	case v.card.ID == e.Member:
		return refuse("sanction.self")
	case slices.Contains(s.actors(), e.Member) && hasAnother(c, v.card, s.actors()...):
		return refuse("appeals.own", name...)
	case len([]rune(v.words)) > maxAppeal:
		return refuse("appeal.long", "n", len([]rune(v.words)), "most", maxAppeal)
	case v.words == "":
		return s, []chat.Effect{askForWords(e, voice, v)}
	}
	return settle(c, s, e, v)
}

// actors are those who had a part in what is contested.
func (s Record) actors() []chat.MemberID {
	out := []chat.MemberID{s.Appeal.By}
	h := s.Timeout
	if s.Appeal.Kind == Ban {
		h = s.Ban
	}
	if s.Appeal.Kind == Ban || s.Appeal.Kind == Timeout {
		out = append(out, h.By, h.Upheld)
	}
	return slices.DeleteFunc(out, func(m chat.MemberID) bool { return m == "" })
}

// askForWords asks the moderator what the person is to read.
func askForWords(e chat.Event, voice rule.Voice, v verdict) chat.Effect {
	word := "keep"
	if v.lift {
		word = "lift"
	}
	return chat.Send{
		To: e.Chat, Text: voice.Say("appeals.words", "name", v.card.Name, "handle", v.card.Handle, "word", word),
		Tag: fmt.Sprintf("appeal-words/%s/%d/%s", v.card.ID, max(v.n, 0), word),
	}
}

// settle does what the answer says and tells everybody concerned.
func settle(c chat.Community, s Record, e chat.Event, v verdict) (Record, []chat.Effect) {
	voice := rule.Speak(c, e)
	a := s.Appeal
	a.Open, a.Remind, a.Decided, a.Text = false, time.Time{}, e.Now, ""
	s.Appeal = a
	var out []chat.Effect
	outcome := "keeps"
	if v.lift {
		outcome = "lifts"
		s, out = granted(c, s, e, v.card, a)
	}
	out = append(out, audit(e, v.card.ID, a.Turn, "appeal", outcome, s.mirror(), ""))
	out = append(out, rule.Secretly(c, v.card, tag{verb: "told", turn: s.Turn, member: v.card.ID}.String(), func(w rule.Voice) chat.Text {
		key := "appeal.kept"
		if v.lift {
			key = "appeal.lifted"
		}
		out := w.Say(key, "community", c.Name, "answer", v.words)
		if h, kind, ok := s.hold(e.Now); ok && v.lift {
			out = out.Append(chat.Plain("\n"), heldText(w, h, kind)) // something else holds still
		}
		return out
	})...)
	if room, ok := c.With(rule.Moderators); ok {
		by, _ := c.Members.ByID(e.Member)
		out = append(out, rule.Anew(c, room, appealTag(v.card.ID, a.N), func(w rule.Voice) chat.Text {
			if v.lift {
				return w.Say("appeals.lifted", "name", v.card.Name, "by", by.Name)
			}
			return w.Say("appeals.kept", "name", v.card.Name, "by", by.Name)
		})...)
	}
	return s, append(out, rule.Discreetly(e, voice.Say("appeals.done", "name", v.card.Name)))
}

// granted takes back what was contested, if it is still there.
func granted(c chat.Community, s Record, e chat.Event, who chat.Card, a Appeal) (Record, []chat.Effect) {
	s.Past = struck(s.Past, a.Turn)
	switch {
	case a.Kind == Ban && s.Ban.isOn(e.Now), a.Kind == Timeout && s.Timeout.isOn(e.Now):
		return release(c, s, e, who, a.Kind, "an appeal was right")
	case a.Kind == Warn:
		i := slices.IndexFunc(s.live(e.Now), func(w Warning) bool { return w.Turn == a.Turn })
		if i >= 0 {
			s, out := withdraw(c, s, e, who, a.Turn, "an appeal was right")
			return s, out[:1] // the answer itself tells him
		}
	}
	return s, nil
}
