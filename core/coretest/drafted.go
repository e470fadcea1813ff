package coretest

import (
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// Draft makes the Drafter's answer to an order from what was said in its time.
type Draft func(order chat.Summarise, lines []chat.Line) chat.Summarised

// drafted adds the Drafter's answer to what is to happen.
func (s *stage) drafted(queue []chat.Event, d chat.Dispatch) ([]chat.Event, error) {
	order, ok := d.Effect.(chat.Summarise)
	if _, slow := s.slow[d.Effect.Where()]; !ok || len(s.drafts) == 0 || slow {
		return queue, nil
	}
	lines, err := s.engine.Material(core.Window{
		Community: chat.CommunityID(order.To.ID), Room: order.Room, From: order.From, Until: order.Until,
	}, nil)
	if err != nil {
		return nil, err
	}
	return append(queue, chat.Event{ID: chat.EventID("drafter/" + string(d.ID)), At: s.now, Chat: order.To, Body: s.drafts[0](order, lines)}), nil
}
