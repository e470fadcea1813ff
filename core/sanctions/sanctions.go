package sanctions

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the name of the rule that keeps the records.
const title = "sanctions"

// New returns the gate that holds people to what was decided about them, and the commands that decide. It stands behind
// the rule that knows who is a member, and before everything that carries or answers what is written. The records are not
// sealed: whoever brings a backup back must not open the door to everybody who is kept out.
func New() rule.Rule {
	return rule.Of[Record]{
		Title: title, KeyOf: keyOf, Fold: foldAll, Join: unite, Mine: Record.mine,
		Ask: slices.Concat(commands(), appealCommands()),
		Options: []rule.Setting{
			{Name: "warnlimit", Default: "3", Valid: rule.Number(2, 10), Shape: "shape.warnlimit", Help: "setting.warnlimit"},
			{Name: "warndays", Default: "30", Valid: rule.Number(1, 365), Shape: "shape.days", Help: "setting.warndays"},
			{Name: "signed", Default: "team", Values: []string{"team", "names"}, Help: "setting.signed"},
		},
	}
}

func commands() []rule.Command {
	return []rule.Command{
		{Name: "warn", Aliases: []string{"swarn", "dwarn"}, Args: "@NAME [DURATION] REASON", Level: chat.Moderator, Help: "help.warn"},
		{Name: "unwarn", Args: "@NAME", Level: chat.Moderator, Help: "help.unwarn"},
		{
			Name: "timeout", Aliases: []string{"mute", "tmute", "smute", "dmute", "stimeout", "dtimeout"},
			Args: "me DURATION | @NAME DURATION REASON", Level: chat.Member, Help: "help.timeout",
		},
		{Name: "untimeout", Aliases: []string{"unmute"}, Args: "me | @NAME", Level: chat.Member, Help: "help.untimeout"},
		{
			Name: "remove", Aliases: []string{"kick", "skick", "dkick", "sremove", "dremove"},
			Args: "@NAME [REASON]", Level: chat.Moderator, Help: "help.remove",
		},
		{Name: "ban", Aliases: []string{"tban", "sban", "dban"}, Args: "@NAME [DURATION] REASON", Level: chat.Moderator, Help: "help.ban"},
		{Name: "unban", Args: "@NAME", Level: chat.Moderator, Help: "help.unban"},
		{Name: "ladder", Args: "[@NAME]", Level: chat.Moderator, Help: "help.ladder"},
		// These are only chosen, or asked by the house.
		{Name: "uphold", Level: chat.Moderator},
		{Name: "lift", Level: chat.Moderator},
		{Name: "step", Level: chat.Moderator},
		{Name: "human", Level: chat.Guest},
		{Name: "enforce", Level: chat.Organiser},
		{Name: "restore", Level: chat.Organiser},
	}
}

// nobody is the key where a command names no one: nothing is kept there.
func nobody(c chat.Community) string { return rule.PersonKey(c.ID, "-") }

// keyOf finds the person whose record an event concerns.
func keyOf(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted, chat.Edited, chat.Reacted:
		return gateKey(c, e, e.Member)
	case chat.Joined:
		return gateKeyOf(c, b.Who.Identity)
	case chat.Knocked:
		return gateKeyOf(c, b.Who.Identity)
	case chat.Asked:
		return askedKey(c, e, b)
	case chat.Due:
		return b.Key, true
	case chat.Sent, chat.Failed:
		if t, ok := readTag(e.Tag); ok {
			return rule.PersonKey(c.ID, t.member), true
		}
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), true
	case chat.Forgotten:
		return rule.PersonKey(c.ID, b.Who), true
	}
	return "", false
}

func askedKey(c chat.Community, e chat.Event, asked chat.Asked) (string, bool) {
	if isHeld(c, e) && !isRight(asked) {
		return rule.ByMember(c, e)
	}
	if _, _, ok := kindOf(asked.Command); ok {
		if r := newRequest(c, e, asked); r.target.ID != "" {
			return rule.PersonKey(c.ID, r.target.ID), true
		}
		return nobody(c), true
	}
	switch asked.Command {
	case "ladder":
		card, _, _ := rule.Target(c, e)
		return keyFor(c, card.ID), true
	case "appeal", "human":
		if isStranger(e) {
			return "", false // nobody knows whose record it is
		}
		return keyFor(c, e.Member), true
	case "appeals":
		if len(asked.Args) == 0 {
			return "", false // the list is the tally's
		}
		return keyFor(c, newVerdict(c, e, asked).card.ID), true
	case "uphold", "lift", "step", "enforce", "restore":
		if len(asked.Args) == 0 {
			return nobody(c), true
		}
		card, _ := c.Members.ByID(chat.MemberID(asked.Args[0]))
		return keyFor(c, card.ID), true
	}
	return "", false
}

// keyFor is the key of a member, or of nobody.
func keyFor(c chat.Community, who chat.MemberID) string {
	if who == "" {
		return nobody(c)
	}
	return rule.PersonKey(c.ID, who)
}

// foldAll folds an event and then sees to what follows from any change: the timer, the card's mirror, the list of all that
// is in force.
func foldAll(c chat.Community, s Record, e chat.Event) (Record, []chat.Effect) {
	who := whose(c, e)
	before := s
	if _, due := e.Body.(chat.Due); due {
		s.Awake = time.Time{} // it has gone off
	}
	s, out := fold(c, s, e, who)
	if who.ID == "" {
		return Record{}, out
	}
	_, claimed := e.Body.(chat.Claimed)
	if m := s.mirror(); m != before.mirror() || claimed {
		out = append(out, chat.Set{Member: who.ID, Key: Mirror, Value: m})
	}
	if s.mirror() != before.mirror() || s.Appeal.Open != before.Appeal.Open || claimed {
		out = append(out, s.listed(who.ID))
	}
	next := s.deadline()
	out = append(out, rule.Rewake(title, rule.PersonKey(c.ID, who.ID), s.Awake, next)...)
	s.Awake = next
	return s, out
}

// whose finds the card of the person whose record keyOf has named.
func whose(c chat.Community, e chat.Event) chat.Card {
	key, ok := keyOf(c, e)
	if !ok {
		return chat.Card{}
	}
	id, _ := strings.CutPrefix(key, rule.PersonKey(c.ID, ""))
	card, _ := c.Members.ByID(chat.MemberID(id))
	return named(card)
}

func fold(c chat.Community, s Record, e chat.Event, who chat.Card) (Record, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Posted, chat.Edited, chat.Reacted:
		return written(c, s, e, who)
	case chat.Joined, chat.Knocked:
		return s, comes(s, e, who)
	case chat.Due:
		return due(c, s, e, who)
	case chat.Sent:
		return carried(c, s, e, who, b)
	case chat.Failed:
		return failed(c, s, e, who, b)
	case chat.Claimed:
		return claimed(c, s, e, who, b)
	case chat.Forgotten:
		return s, forgotten(c, s, e, b)
	case chat.Asked:
		return asked(c, s, e, who, b)
	}
	return s, nil
}

func asked(c chat.Community, s Record, e chat.Event, who chat.Card, b chat.Asked) (Record, []chat.Effect) {
	if isHeld(c, e) && !isRight(b) {
		return heldBack(c, s, e, b)
	}
	if _, undo, ok := kindOf(b.Command); ok {
		r := newRequest(c, e, b)
		if key, pairs := r.refusal(s); key != "" {
			return s, r.answer(key, pairs, nil)
		}
		if undo {
			return undone(s, r)
		}
		return impose(s, r)
	}
	switch b.Command {
	case "ladder":
		return s, ladder(c, s, e, who)
	case "uphold":
		return uphold(c, s, e, who, b)
	case "lift":
		return lift(c, s, e, who, b)
	case "step":
		return step(c, s, e, who, b)
	case "appeal", "human":
		return appeal(c, s, e, who, b)
	case "appeals":
		return decideAppeal(c, s, e, newVerdict(c, e, b))
	case "enforce":
		return s, enforceIn(c, s, e, who, b)
	case "restore":
		return restore(c, s, e, who, b)
	}
	return s, nil
}
