package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters/drafter"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/summaries/draft"
	recaps "github.com/potluck-chat/potluck/summaries/recap"
)

// model returns the language model that may word recaps, nil if there is none.
func (c Config) model() *drafter.Model {
	if c.LLM.URL == "" {
		return nil
	}
	return drafter.NewModel(c.llm())
}

func (c Config) llm() drafter.Config {
	return drafter.Config{URL: c.LLM.URL, Model: c.LLM.Model, Key: c.LLM.Key}
}

// drafts returns what makes recaps: from the engine's messages, and with the model only where a room has agreed.
func (p *program) drafts(model *drafter.Model) drafter.Draft {
	return func(ctx context.Context, order chat.Summarise) (chat.Summarised, error) {
		lines, err := p.engine.Material(core.Window{
			Community: chat.CommunityID(order.To.ID), Room: order.Room, From: order.From, Until: order.Until,
		}, reacted)
		if err != nil {
			return chat.Summarised{}, err
		}
		var words *draft.Wording
		if model != nil && recaps.MayBeWorded(order.Tag) {
			if words, err = p.wording(ctx, model, order); err != nil {
				return chat.Summarised{}, err
			}
		}
		return draft.Draft(order, lines, words), nil
	}
}

// wording lets a model word one recap. That it has not is told at the recap's foot; why is told here.
func (p *program) wording(ctx context.Context, model *drafter.Model, order chat.Summarise) (*draft.Wording, error) {
	names, err := p.names(order)
	if err != nil {
		return nil, err
	}
	mark := make([]byte, 6)
	if _, err := rand.Read(mark); err != nil {
		return nil, fmt.Errorf("make mark: %w", err)
	}
	return &draft.Wording{Model: model.Name(), Mark: hex.EncodeToString(mark), Names: names, Ask: func(q draft.Prompt) (draft.Answer, error) {
		a, err := model.Ask(ctx, drafter.Request{System: q.System, User: q.User, Schema: q.Schema, Plainer: q.Plainer})
		if err != nil && !errors.Is(err, context.Canceled) {
			p.log.Warn("the language model did not word a recap; it consists of quotations", "error", err)
		}
		return draft.Answer{Text: a.Text, PromptTokens: a.PromptTokens, Stopped: a.Stopped}, err
	}}, nil
}

// namesFor is how far back people are looked for who may be named in what somebody says.
const namesFor = 31 * 24 * time.Hour

// names returns what people are called who have written of late.
func (p *program) names(order chat.Summarise) ([]string, error) {
	lines, err := p.engine.Material(core.Window{
		Community: chat.CommunityID(order.To.ID), From: order.Until.Add(-namesFor), Until: order.Until,
	}, nil)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	var out []string
	for _, l := range lines {
		if !seen[l.Name] {
			seen[l.Name] = true
			out = append(out, l.Name)
		}
	}
	return out, nil
}

// reacted returns how many people have reacted to a message, from what the relay keeps of it.
func reacted(state []byte) int {
	var s relay.State
	if len(state) == 0 || json.Unmarshal(state, &s) != nil {
		return 0
	}
	who := make(map[chat.Identity]bool)
	for _, v := range s.Votes {
		who[v.By] = true
	}
	return len(who)
}
