package sanctions

import (
	"fmt"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// cardTag names the card that asks for the confirmation of a decision.
func cardTag(who chat.MemberID, turn int) string { return fmt.Sprintf("sanction/%s/%d", who, turn) }

// askToConfirm shows the moderators a decision that needs a second one of them.
func askToConfirm(c chat.Community, s Record, who chat.Card, kind Kind) []chat.Effect {
	h := s.Timeout
	if kind == Ban {
		h = s.Ban
	}
	if kind != Ban && kind != Timeout || h.Confirm.IsZero() {
		return nil
	}
	write := func(v rule.Voice) chat.Text {
		by := v.Say("sanction.team")
		if card, ok := c.Members.ByID(h.By); ok {
			by = chat.Plain(card.Name)
		}
		key := "confirm.ban"
		switch {
		case kind == Timeout:
			key = "confirm.timeout"
		case !h.Until.IsZero():
			key = "confirm.ban.until"
		}
		return v.Say(key, "name", who.Name, "by", by, "end", h.Until, "reason", h.Reason, "until", h.Confirm)
	}
	v := rule.Aloud(c, chat.Local)
	return rule.ToModerators(c, cardTag(who.ID, h.Turn), write, []chat.MemberID{who.ID},
		chat.Choice{Label: v.Say("choice.uphold").Plain, Ask: fmt.Sprintf("uphold %s %d", who.ID, h.Turn)},
		chat.Choice{Label: v.Say("choice.lift").Plain, Ask: fmt.Sprintf("lift %s %d", who.ID, h.Turn)})
}

// settleCard changes the card where all can see it.
func settleCard(c chat.Community, who chat.Card, turn int, write func(rule.Voice) chat.Text) []chat.Effect {
	room, ok := c.With(rule.Moderators)
	if !ok {
		return nil
	}
	return rule.Anew(c, room, cardTag(who.ID, turn), write)
}

// uphold is the second moderator's word for a decision.
func uphold(c chat.Community, s Record, e chat.Event, who chat.Card, asked chat.Asked) (Record, []chat.Effect) {
	voice := rule.Speak(c, e)
	refuse := func(key string) (Record, []chat.Effect) {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say(key, "name", who.Name))}
	}
	if who.ID == "" || len(asked.Args) < 2 {
		return refuse("card.old")
	}
	turn, err := strconv.Atoi(asked.Args[1])
	kind, h := Timeout, s.Timeout
	if s.Ban.isOn(e.Now) && s.Ban.Turn == turn {
		kind, h = Ban, s.Ban
	}
	switch {
	case err != nil || !h.isOn(e.Now) || h.Turn != turn:
		return refuse("card.old")
	case h.Confirm.IsZero():
		return refuse("confirm.already")
	case e.Member == h.By, e.Member == "" && e.Chat.Platform != chat.Local:
		return refuse("confirm.own")
	case e.Member == who.ID:
		return refuse("sanction.self")
	}
	h.Confirm, h.Upheld = time.Time{}, e.Member
	s = s.with(kind, h)
	by, _ := c.Members.ByID(e.Member)
	out := settleCard(c, who, turn, func(v rule.Voice) chat.Text {
		return v.Say("confirm.settled", "name", who.Name, "by", by.Name)
	})
	out = append(out, audit(e, who.ID, turn, "uphold", "stands now", s.mirror(), ""))
	return s, append(out, rule.Discreetly(e, voice.Say("confirm.done", "name", who.Name)))
}
