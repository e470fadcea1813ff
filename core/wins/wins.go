// Package wins keeps what went well: a job found, a problem solved, something made together. Members note their own, or
// another's with that one's yes; it does not know how wins are counted or drawn, and nobody is compared with anybody.
//
// Nothing is noted that the one whom it is about has not said or agreed to. Somebody else's win waits in the book, sealed,
// until the person says yes in private; without an answer it is gone after a week. A name is shown only where the person
// has left it in.
//
// The log "wins" is for those who count: "win 12 solved" when a win begins to count, "unwin 12 solved" when it no longer
// does. Wins of one person and one kind within seven days count once. Who is left out of the numbers (/nometrics) is left
// out of the log. It has no words of anybody's.
//
// The Friday ritual asks for the list in the house's name: wins week ROOM.
package wins

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state, timers and tags are kept under it.
const title = "wins"

// settingWins is the member's setting that keeps the house from suggesting wins and others from proposing theirs.
const settingWins = "wins"

// New returns the rule of /win and /wins. Its state is one per community.
func New() rule.Rule {
	return rule.Of[Book]{
		Title:  title,
		KeyOf:  keyOf,
		Fold:   fold,
		Mine:   Book.mine,
		Secret: true,
		Ask: []rule.Command{
			{Name: "win", Args: "[job | solved | collab] TEXT | @NAME TEXT | forget NUMBER", Level: chat.Member, Help: "help.win"},
			{Name: "wins", Args: "[month]", Level: chat.Member, Help: "help.wins"},
			{Name: "winmark", Level: chat.Member},
		},
		Options: []rule.Setting{
			{Name: settingWins, Scope: rule.OfMember, Default: "on", Values: []string{"on", "off"}, Help: "setting.my.wins"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key := string(c.ID)
	if key == "" {
		return "", false
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		return key, b.Command == "win" || b.Command == "wins" || b.Command == "winmark"
	case chat.Reacted:
		return key, e.Private && e.Message != nil && e.Message.Community == c.ID && isAskTag(e.Message.Tag)
	case chat.Posted:
		return key, e.Private && e.ReplyTo != nil && isAskTag(e.ReplyTo.Tag)
	case chat.Failed:
		return key, isAskTag(e.Tag)
	case chat.Due:
		return b.Key, true
	case chat.Claimed:
		return key, b.Gone != ""
	case chat.Forgotten:
		return key, true
	}
	return "", false
}

// turn is the work on one event.
type turn struct {
	c   chat.Community
	s   Book
	e   chat.Event
	out []chat.Effect
}

func (t *turn) want(effects ...chat.Effect) { t.out = append(t.out, effects...) }

// say answers for the eyes of the one who asks.
func (t *turn) say(key string, pairs ...any) {
	t.want(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say(key, pairs...)))
}

func fold(c chat.Community, s Book, e chat.Event) (Book, []chat.Effect) {
	t := &turn{c: c, s: s, e: e}
	before := t.s.firstDue()
	t.s = t.s.pruned(e.Now)
	switch b := e.Body.(type) {
	case chat.Asked:
		t.asked(b)
	case chat.Reacted:
		if b.Change != chat.ReactionRemoved && isYesEmoji(b.Emoji) {
			t.answerByTag(e.Message.Tag)
		}
	case chat.Posted:
		if isYes(rule.Speak(c, e), b.Text.Plain) {
			t.answerByTag(e.ReplyTo.Tag)
			t.want(chat.Drop{})
		}
	case chat.Failed:
		t.unreached()
	case chat.Due:
		t.sendAsks()
		t.deliver()
	case chat.Claimed:
		t.s = t.s.renamed(b.Gone, b.Kept)
	case chat.Forgotten:
		t.forgotten(b.Who)
	}
	t.rewake(before)
	return t.s, t.out
}

// rewake sets the timer to when something is to be done next.
func (t *turn) rewake(before time.Time) {
	_, due := t.e.Body.(chat.Due)
	next := t.s.firstDue()
	switch {
	case next.IsZero() && !before.IsZero():
		t.want(chat.Cancel{Rule: title, Key: string(t.c.ID)})
	case !next.IsZero() && (due || !next.Equal(before)):
		t.want(chat.Wake{Rule: title, Key: string(t.c.ID), At: next})
	}
}

func (t *turn) asked(b chat.Asked) {
	switch b.Command {
	case "win":
		t.win(b)
	case "wins":
		t.list(b)
	case "winmark":
		t.mark(b)
	}
}

// win notes a win, proposes somebody else's, or takes one back.
func (t *turn) win(b chat.Asked) {
	if t.e.Member == "" {
		return // the house has none
	}
	if n, ok := forgetNumber(b.Args); ok {
		t.forget(n)
		return
	}
	card, rest, key := whose(t.c, t.e, b)
	if key != "" {
		t.say(key, rule.Meant(t.c, b)...)
		return
	}
	kind, bare, text := read(rest)
	switch n := len([]rune(text)); {
	case n < minText:
		t.say("wins.usage")
		return
	case n > maxText:
		t.say("wins.long", "n", n, "most", maxText)
		return
	case hasLink(text):
		t.say("wins.link")
		return
	}
	if card.ID != t.e.Member {
		t.propose(card, kind, text, b)
		return
	}
	t.own(card, kind, bare, text, b)
}

// whose tells whose win it is: the one's whom the first word names, else the asker's own. The message that the command
// answers means nobody, for people answer all sorts of messages with their good news.
func whose(c chat.Community, e chat.Event, b chat.Asked) (card chat.Card, rest []string, key string) {
	named := len(b.Args) > 0 && strings.HasPrefix(b.Args[0], "@")
	for _, s := range b.Text.Spans {
		named = named || s.Style == chat.Mention && s.Start == 0
	}
	if !named {
		card, _ = c.Members.ByID(e.Member)
		return card, b.Args, ""
	}
	b.Reply, e.ReplyTo = nil, nil
	e.Body = b
	return rule.Target(c, e)
}

// own notes a win of the asker's, and tells the room where it was typed.
func (t *turn) own(card chat.Card, kind string, bare bool, text string, b chat.Asked) {
	if t.s.since(card.ID, t.e.Now.Add(-24*time.Hour)) >= maxADay {
		t.say("wins.enough", "n", maxADay)
		return
	}
	w := t.add(Win{Who: card.ID, Kind: kind, Text: text, Room: t.e.Room, Bare: bare})
	if bare {
		t.takeAway(b)
	}
	posted := t.post(w)
	v := rule.Speak(t.c, t.e)
	var choices []chat.Choice
	if kind == "" {
		choices = kindChoices(v, w)
	}
	if posted && kind != "" {
		return // the room has been told, and so have they
	}
	key := "wins.noted"
	if kind == "" {
		key = "wins.noted.kind"
	}
	t.want(rule.Discreetly(t.e, v.Say(key, "n", w.N), choices...))
}

// takeAway takes the typed command away where others can read it.
func (t *turn) takeAway(b chat.Asked) {
	if !t.e.Private && !b.Chosen && !b.Ref.IsZero() {
		t.want(chat.Delete{To: t.e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
	}
}

// post tells a win in the room where it was typed; false if that is none, or one where nobody may write now.
func (t *turn) post(w Win) bool {
	room, ok := t.c.Room(w.Room)
	if !ok || isCooling(room, t.e.Now) {
		return false
	}
	t.want(rule.Everywhere(t.c, room, w.tag(), func(v rule.Voice) chat.Text { return w.shown(t.c, v) })...)
	return true
}

// isCooling tells whether a room is in a cool-down, in which people write less.
func isCooling(room chat.Room, now time.Time) bool {
	until, err := time.Parse(time.RFC3339, room.Settings["cooldown"])
	return err == nil && now.Before(until)
}

// forget takes a win or a proposal back. The one whom it is about may, who has proposed it until then, and moderators.
func (t *turn) forget(n int) {
	if i := t.s.ask(n); i >= 0 && t.s.Asks[i].By == t.e.Member {
		a := t.s.Asks[i]
		t.s.dropAsk(i)
		t.withdraw(a)
		t.say("wins.withdrawn")
		return
	}
	i := t.s.win(n)
	if i < 0 || !t.mayForget(t.s.Wins[i]) {
		t.say("wins.none")
		return
	}
	w := t.s.Wins[i]
	t.remove(i)
	if w.Who != t.e.Member {
		t.want(chat.Record{Log: "audit", By: t.e.Member, About: w.Who, Line: string(t.e.By.Identity.Platform) + " win: one is taken back"})
	}
	t.say("wins.forgotten")
}

// mayForget tells whether the asker may take a win back: their own, or as a moderator that of somebody who is no more than
// they are.
func (t *turn) mayForget(w Win) bool {
	card, _ := t.c.Members.ByID(w.Who)
	return w.Who == t.e.Member || t.e.Level >= chat.Moderator && card.Level <= t.e.Level
}

// forgotten takes out what concerns somebody who is erased, in the rooms, too.
func (t *turn) forgotten(who chat.MemberID) {
	for i := len(t.s.Wins) - 1; i >= 0; i-- {
		if t.s.Wins[i].Who == who {
			t.unpost(t.s.Wins[i])
			t.s.dropWin(i)
		}
	}
	for i := len(t.s.Asks) - 1; i >= 0; i-- {
		if a := t.s.Asks[i]; a.Who == who || a.By == who {
			t.s.dropAsk(i)
		}
	}
	t.s.forgetNoes(who)
}
