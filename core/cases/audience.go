package cases

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Shown is where the card of a case stands.
type Shown struct {
	// Room is the moderators' room, empty if it stands with single moderators in private.
	Room chat.RoomID `json:"room,omitempty"`
	// Alone are those who have it in private.
	Alone []Holding `json:"alone,omitempty"`
	// Unfit: the room could not be written to, so it is not used for this case.
	Unfit bool `json:"unfit,omitempty"`
	// Stranded: there is nobody who may see it.
	Stranded bool `json:"stranded,omitempty"`
}

// Holding is a card that one moderator has in private; Chat is known once it has arrived there.
type Holding struct {
	Who    chat.MemberID `json:"who"`
	Chat   chat.Chat     `json:"chat,omitzero"`
	Failed bool          `json:"failed,omitempty"`
}

// audience returns where a case may be seen: in the moderators' room, unless somebody who is kept out of the case can
// read there; else by these moderators, each alone.
func (s Case) audience(c chat.Community) (room chat.Room, inRoom bool, team []chat.Card) {
	kept := s.kept(c)
	team = rule.Team(c, chat.Moderator, kept...)
	room, there := c.With(rule.Moderators)
	return room, there && !s.Shown.Unfit && !mayRead(c, room, kept), team
}

// mayRead tells whether one of some members may read the moderators' room: a moderator may whether or not he was seen
// there.
func mayRead(c chat.Community, room chat.Room, who []chat.MemberID) bool {
	return slices.ContainsFunc(who, func(id chat.MemberID) bool {
		card, ok := c.Members.ByID(id)
		return ok && (card.Level >= chat.Moderator ||
			slices.ContainsFunc(room.Chats, func(in chat.Chat) bool { return slices.Contains(card.In, in) }))
	})
}

// isConflict tells whether somebody who would else work on cases is kept out of this one.
func (s Case) isConflict(c chat.Community) bool {
	return slices.ContainsFunc(s.kept(c), func(id chat.MemberID) bool {
		card, ok := c.Members.ByID(id)
		return ok && card.Level >= chat.Moderator
	})
}

// show brings the card to where it may be seen, and takes it from where it may not be any more. changed tells that it
// has other words now.
func (s Case) show(c chat.Community, now time.Time, changed bool) (Case, []chat.Effect) {
	room, inRoom, team := s.audience(c)
	var out []chat.Effect
	if s.Shown.Room != "" && (!inRoom || s.Shown.Room != room.ID) {
		if old, ok := c.Room(s.Shown.Room); ok {
			for _, to := range old.Chats {
				out = append(out, chat.Delete{To: to, Target: chat.Target{Tag: caseTag(s.Number)}})
			}
		}
		s.Shown.Room = ""
	}
	write := func(v rule.Voice) chat.Text { return s.card(c, v, now) }
	if inRoom {
		choices := s.choices(rule.Aloud(c, ""), now, c)
		var taken []chat.Effect
		s, taken = s.takeBack(func(Holding) bool { return true })
		out = append(out, taken...)
		switch {
		case s.Shown.Room == "":
			out = append(out, rule.Everywhere(c, room, caseTag(s.Number), write, choices...)...)
		case changed:
			out = append(out, rule.Anew(c, room, caseTag(s.Number), write, choices...)...)
		}
		s.Shown.Room = room.ID
		return s.found(c, now, out)
	}
	s, alone := s.showAlone(c, team, now, changed, write)
	out = append(out, alone...)
	if len(team) == 0 || !slices.ContainsFunc(s.Shown.Alone, func(h Holding) bool { return !h.Failed }) {
		return s.strand(c, out)
	}
	return s.found(c, now, out)
}

// showAlone brings the card to each of the team in private.
func (s Case) showAlone(c chat.Community, team []chat.Card, now time.Time, changed bool, write func(rule.Voice) chat.Text) (Case, []chat.Effect) {
	isIn := func(id chat.MemberID) bool {
		return slices.ContainsFunc(team, func(card chat.Card) bool { return card.ID == id })
	}
	s, out := s.takeBack(func(h Holding) bool { return !isIn(h.Who) })
	for _, card := range team {
		tag := caseTag(s.Number) + "/" + string(card.ID)
		i := slices.IndexFunc(s.Shown.Alone, func(h Holding) bool { return h.Who == card.ID })
		if i < 0 {
			choices := s.choices(rule.To(c, card, ""), now, c)
			sent := rule.Secretly(c, card, tag, write, choices...)
			if len(sent) > 0 {
				out = append(out, sent...)
				s.Shown.Alone = append(slices.Clone(s.Shown.Alone), Holding{Who: card.ID})
			}
			continue
		}
		if h := s.Shown.Alone[i]; changed && !h.Chat.IsZero() {
			voice := rule.To(c, card, h.Chat.Platform)
			out = append(out, chat.Edit{To: h.Chat, Target: chat.Target{Tag: tag}, Text: write(voice), Choices: s.choices(voice, now, c)})
		}
	}
	return s, out
}

// takeBack takes the card from those who shall not have it any more.
func (s Case) takeBack(from func(Holding) bool) (Case, []chat.Effect) {
	var out []chat.Effect
	var left []Holding
	for _, h := range s.Shown.Alone {
		if !from(h) {
			left = append(left, h)
			continue
		}
		if !h.Chat.IsZero() {
			out = append(out, chat.Delete{To: h.Chat, Target: chat.Target{Tag: caseTag(s.Number) + "/" + string(h.Who)}})
		}
	}
	s.Shown.Alone = left
	return s, out
}

// strand tells the reporters that nobody here can look into it, and to whom they can turn.
func (s Case) strand(c chat.Community, out []chat.Effect) (Case, []chat.Effect) {
	if s.Shown.Stranded || s.Step == Closed {
		return s, out
	}
	s.Shown.Stranded = true
	return s, append(out, s.tell(c, Letter{Kind: "outside", Text: c.Setting(outsideSetting, "")}, 0)...)
}

// found tells the reporters of a stranded case that somebody can look into it now.
func (s Case) found(c chat.Community, now time.Time, out []chat.Effect) (Case, []chat.Effect) {
	if !s.Shown.Stranded {
		return s, out
	}
	s.Shown.Stranded = false
	s.Since, s.Reminded = now, 0
	return s, append(out, s.tell(c, Letter{Kind: "taken", By: now.Add(promise(c))}, 0)...)
}

// arrived notes where the card of one moderator stands, or that it did not come through.
func (s Case) arrived(c chat.Community, e chat.Event) (Case, []chat.Effect) {
	who := chat.MemberID(e.Tag[len(caseTag(s.Number)):])
	if who == "" {
		if _, failed := e.Body.(chat.Failed); failed && s.Shown.Room != "" {
			s.Shown.Unfit = true
			return s.show(c, e.Now, true)
		}
		return s, nil
	}
	i := slices.IndexFunc(s.Shown.Alone, func(h Holding) bool { return "/"+h.Who == who })
	if i < 0 {
		if b, ok := e.Body.(chat.Sent); ok && len(b.Refs) > 0 && s.Number > 0 { // it was taken back while it was on its way
			return s, []chat.Effect{chat.Delete{To: b.Refs[0].Chat, Target: chat.Target{Tag: e.Tag}}}
		}
		return s, nil
	}
	s.Shown.Alone = slices.Clone(s.Shown.Alone)
	switch b := e.Body.(type) {
	case chat.Sent:
		if len(b.Refs) > 0 {
			s.Shown.Alone[i].Chat = b.Refs[0].Chat
		}
	case chat.Failed:
		s.Shown.Alone[i].Failed = true
		return s.show(c, e.Now, false)
	}
	return s, nil
}

// announce tells those who may see the case something about it.
func (s Case) announce(c chat.Community, write func(rule.Voice) chat.Text, choices func(rule.Voice) []chat.Choice) []chat.Effect {
	room, inRoom, team := s.audience(c)
	tag := caseTag(s.Number) + "/said"
	if inRoom {
		return rule.Everywhere(c, room, tag, write, choices(rule.Aloud(c, ""))...)
	}
	var out []chat.Effect
	for _, card := range team {
		out = append(out, rule.Secretly(c, card, tag+"/"+string(card.ID), write, choices(rule.To(c, card, ""))...)...)
	}
	return out
}
