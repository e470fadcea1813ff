package prompts

import (
	"slices"

	"github.com/potluck-chat/potluck/core/rule"
)

// question is one of the pool: the house's own, with a key, or the community's.
type question struct {
	id, tag, key, text string
}

func (q question) in(v rule.Voice) string {
	if q.key == "" {
		return q.text
	}
	return v.Say(q.key).Plain
}

// all are the questions of the community and of the house, or those with a tag.
func (s Pool) all(tag string) []question {
	var out []question
	for _, o := range s.Own {
		out = append(out, question{id: o.id(), tag: o.Tag, text: o.Text})
	}
	for _, k := range kinds() {
		for _, key := range k.keys {
			out = append(out, question{id: key, tag: k.tag, key: key})
		}
	}
	return slices.DeleteFunc(out, func(q question) bool { return tag != "" && q.tag != tag })
}

// kind is a tag and the questions of the house that have it.
type kind struct {
	tag  string
	keys []string
}

// kinds are the questions of the house, by the keys of their sentences: more than there are days in which none is asked twice,
// so that a room that is asked every day never hears the same one within 90 days.
func kinds() []kind {
	return []kind{
		{tag: tagStuck, keys: []string{
			"prompt.stuck.1", "prompt.stuck.2", "prompt.stuck.3", "prompt.stuck.4",
			"prompt.stuck.5", "prompt.stuck.6", "prompt.stuck.7", "prompt.stuck.8",
			"prompt.stuck.9", "prompt.stuck.10", "prompt.stuck.11", "prompt.stuck.12",
		}},
		{tag: tagConstrained, keys: []string{
			"prompt.constrained.1", "prompt.constrained.2", "prompt.constrained.3", "prompt.constrained.4",
			"prompt.constrained.5", "prompt.constrained.6", "prompt.constrained.7", "prompt.constrained.8",
			"prompt.constrained.9", "prompt.constrained.10", "prompt.constrained.11", "prompt.constrained.12",
			"prompt.constrained.13", "prompt.constrained.14", "prompt.constrained.15", "prompt.constrained.16",
		}},
		{tag: "light", keys: []string{
			"prompt.light.1", "prompt.light.2", "prompt.light.3", "prompt.light.4",
			"prompt.light.5", "prompt.light.6", "prompt.light.7", "prompt.light.8",
			"prompt.light.9", "prompt.light.10", "prompt.light.11", "prompt.light.12",
			"prompt.light.13", "prompt.light.14",
		}},
		{tag: "craft", keys: []string{
			"prompt.craft.1", "prompt.craft.2", "prompt.craft.3", "prompt.craft.4",
			"prompt.craft.5", "prompt.craft.6", "prompt.craft.7", "prompt.craft.8",
			"prompt.craft.9", "prompt.craft.10", "prompt.craft.11", "prompt.craft.12",
			"prompt.craft.13", "prompt.craft.14",
		}},
		{tag: "learn", keys: []string{
			"prompt.learn.1", "prompt.learn.2", "prompt.learn.3", "prompt.learn.4",
			"prompt.learn.5", "prompt.learn.6", "prompt.learn.7", "prompt.learn.8",
			"prompt.learn.9", "prompt.learn.10", "prompt.learn.11", "prompt.learn.12",
		}},
		{tag: "share", keys: []string{
			"prompt.share.1", "prompt.share.2", "prompt.share.3", "prompt.share.4",
			"prompt.share.5", "prompt.share.6", "prompt.share.7", "prompt.share.8",
			"prompt.share.9", "prompt.share.10", "prompt.share.11", "prompt.share.12",
		}},
		{tag: "thanks", keys: []string{
			"prompt.thanks.1", "prompt.thanks.2", "prompt.thanks.3", "prompt.thanks.4",
			"prompt.thanks.5", "prompt.thanks.6", "prompt.thanks.7", "prompt.thanks.8",
		}},
		{tag: "plan", keys: []string{
			"prompt.plan.1", "prompt.plan.2", "prompt.plan.3", "prompt.plan.4",
			"prompt.plan.5", "prompt.plan.6", "prompt.plan.7", "prompt.plan.8",
		}},
	}
}
