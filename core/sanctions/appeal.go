package sanctions

import (
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Appeal is somebody's word against what was decided about him: the open one, or the last.
type Appeal struct {
	N    int           `json:"n,omitempty"`
	Open bool          `json:"open,omitempty"`
	At   time.Time     `json:"at,omitzero"`
	Text string        `json:"text,omitempty"`
	Kind Kind          `json:"kind,omitempty"`
	Turn int           `json:"turn,omitempty"` // the decision that it is about
	By   chat.MemberID `json:"by,omitempty"`   // who has made that
	// Human: it was decided without one, and that is all he asks for.
	Human   bool      `json:"human,omitempty"`
	Decided time.Time `json:"decided,omitzero"`
	Remind  time.Time `json:"remind,omitzero"`
	// Asking is until when what he says in private is taken for the words of an appeal.
	Asking time.Time `json:"asking,omitzero"`
}

// mine is what a member sees of their record: their own words. What was decided about them they see in the log.
func (s Record) mine(chat.MemberID) any {
	return struct {
		Text string    `json:"appeal,omitempty"`
		At   time.Time `json:"at,omitzero"`
	}{s.Appeal.Text, s.Appeal.At}
}

const (
	maxAppeal   = 1000 // characters
	appealAgain = 14 * 24 * time.Hour
	remindAfter = 48 * time.Hour
	askingFor   = time.Hour
)

func appealCommands() []rule.Command {
	return []rule.Command{
		{Name: "appeal", Args: "[TEXT]", Level: chat.Guest, Help: "help.appeal"},
		{Name: "appeals", Args: "[@NAME lift|keep ANSWER]", Level: chat.Moderator, Help: "help.appeals"},
	}
}

// contested returns what an appeal would be about: what is in force, else the newest of what was done lately.
func (s Record) contested(now time.Time) (kind Kind, turn int, by chat.MemberID, ok bool) {
	if h, kind, ok := s.hold(now); ok && !h.Own {
		return kind, h.Turn, h.By, true
	}
	if live := s.live(now); len(live) > 0 {
		last := live[len(live)-1]
		return Warn, last.Turn, last.By, true
	}
	for _, p := range slices.Backward(s.Past) {
		if now.Sub(p.At) < 30*24*time.Hour {
			return p.Kind, p.Turn, p.By, true
		}
	}
	return "", 0, "", false
}

// appeal opens an appeal, asks for its words, or says why there can be none.
func appeal(c chat.Community, s Record, e chat.Event, who chat.Card, asked chat.Asked) (Record, []chat.Effect) {
	voice := rule.Speak(c, e)
	var out []chat.Effect
	say := func(key string, pairs ...any) []chat.Effect {
		return append(out, rule.Discreetly(e, voice.Say(key, pairs...)))
	}
	if !e.Private && !asked.Ref.IsZero() && !asked.Chosen {
		out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{asked.Ref}}})
	}
	kind, turn, by, ok := s.contested(e.Now)
	text := words(asked)
	human := asked.Command == "human"
	switch {
	case who.ID == "" || !ok:
		return s, say("appeal.nothing")
	case human && (len(asked.Args) == 0 || asked.Args[0] != fmt.Sprint(turn)):
		return s, say("card.old")
	case s.Appeal.Open:
		return s, say("appeal.open")
	case s.Appeal.Turn == turn && !s.Appeal.Decided.IsZero() && e.Now.Sub(s.Appeal.Decided) < appealAgain:
		return s, say("appeal.again", "end", s.Appeal.Decided.Add(appealAgain))
	case len([]rune(text)) > maxAppeal:
		return s, say("appeal.long", "n", len([]rune(text)), "most", maxAppeal)
	case text == "" && !human:
		s.Appeal.Asking = e.Now.Add(askingFor)
		return s, say("appeal.ask", "most", maxAppeal)
	}
	s.Appeal = Appeal{
		N: s.Appeal.N + 1, Open: true, At: e.Now, Text: text, Kind: kind, Turn: turn, By: by, Human: human,
		Remind: e.Now.Add(remindAfter),
	}
	out = say("appeal.done")
	out = append(out, audit(e, who.ID, turn, "appeal", "is asked for", s.mirror(), ""))
	return s, append(out, appealCard(c, s, who)...)
}

// words are what stands behind a command, in its own lines.
func words(asked chat.Asked) string {
	if asked.Command == "human" {
		return ""
	}
	return asked.Text.Trim().Plain
}

// privately takes what somebody says in private for the words of his appeal, if he was asked for them.
func privately(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	p, _ := e.Body.(chat.Posted)
	if who.ID == "" || s.Appeal.Asking.IsZero() || p.Text.IsEmpty() {
		return s, nil
	}
	if e.ReplyTo != nil && e.ReplyTo.Tag != "" {
		if _, ours := readTag(e.ReplyTo.Tag); !ours {
			return s, nil // he answers something else
		}
	}
	if e.Now.After(s.Appeal.Asking) {
		s.Appeal.Asking = time.Time{}
		return s, nil
	}
	s, out := appeal(c, s, e, who, chat.Asked{Ref: p.Ref, Command: "appeal", Alias: "appeal", Text: p.Text})
	if len([]rune(p.Text.Trim().Plain)) <= maxAppeal {
		s.Appeal.Asking = time.Time{}
	}
	return s, append(out, chat.Drop{})
}

// appealTag names the card of an appeal.
func appealTag(who chat.MemberID, n int) string { return fmt.Sprintf("appeal/%s/%d", who, n) }

// appealCard shows the moderators an open appeal.
func appealCard(c chat.Community, s Record, who chat.Card) []chat.Effect {
	a := s.Appeal
	if !a.Open {
		return nil
	}
	write := func(v rule.Voice) chat.Text {
		by := v.Say("sanction.house")
		if card, ok := c.Members.ByID(a.By); ok {
			by = chat.Plain(card.Name)
		}
		out := v.Say("appeal.card", "name", who.Name, "what", kindText(v, a.Kind), "by", by, "reason", s.reasonAt(a.Kind, a.Turn))
		if a.Text != "" {
			out = out.Append(chat.Plain("\n"), v.Say("appeal.text", "text", a.Text))
		} else {
			out = out.Append(chat.Plain("\n"), v.Say("appeal.human"))
		}
		return out.Append(chat.Plain("\n"), v.Say("appeal.how", "name", who.Name))
	}
	v := rule.Aloud(c, chat.Local)
	return rule.ToModerators(c, appealTag(who.ID, a.N), write, []chat.MemberID{who.ID},
		chat.Choice{Label: v.Say("choice.lift").Plain, Ask: fmt.Sprintf("appeals %s %d lift", who.ID, a.N)},
		chat.Choice{Label: v.Say("choice.keep").Plain, Ask: fmt.Sprintf("appeals %s %d keep", who.ID, a.N)})
}

// reasonAt is why a decision was made, "–" if that is not kept any more.
func (s Record) reasonAt(kind Kind, turn int) string {
	h := s.Timeout
	if kind == Ban {
		h = s.Ban
	}
	if h.Turn == turn && h.Reason != "" {
		return h.Reason
	}
	for _, w := range s.Warnings {
		if w.Turn == turn && kind == Warn {
			return w.Reason
		}
	}
	for _, p := range s.Past {
		if p.Turn == turn && p.Why != "" {
			return p.Why
		}
	}
	return "–"
}

// kindText names what was imposed.
func kindText(v rule.Voice, kind Kind) chat.Text {
	switch kind {
	case Warn:
		return v.Say("kind.warn")
	case Timeout:
		return v.Say("kind.timeout")
	case Removal:
		return v.Say("kind.remove")
	}
	return v.Say("kind.ban")
}

// remind asks the moderators again, as long as an appeal has no answer.
func remind(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	if !s.Appeal.Open {
		s.Appeal.Remind = time.Time{}
		return s, nil
	}
	if s.Appeal.Remind.After(e.Now) {
		return s, nil
	}
	s.Appeal.Remind = e.Now.Add(remindAfter)
	return s, appealCard(c, s, who)
}
