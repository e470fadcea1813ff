package extract_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/summaries/extract"
)

const seeds = 12 // rooms of each style

// baselines are simple ways to choose ten messages.
func baselines() map[string]func(c extract.Conversation, seed uint64) []string {
	ids := func(messages []extract.Message) []string {
		var out []string
		for _, m := range messages[:min(10, len(messages))] {
			out = append(out, m.ID)
		}
		return out
	}
	return map[string]func(extract.Conversation, uint64) []string{
		"lead": func(c extract.Conversation, _ uint64) []string { return ids(c.Messages) },
		"random": func(c extract.Conversation, seed uint64) []string {
			m := slices.Clone(c.Messages)
			rand.New(rand.NewPCG(seed, 1)).Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
			return ids(m)
		},
		"longest": func(c extract.Conversation, _ uint64) []string {
			m := slices.Clone(c.Messages)
			slices.SortStableFunc(m, func(a, b extract.Message) int { return cmp.Compare(len(b.Text), len(a.Text)) })
			return ids(m)
		},
		"lexrank": func(c extract.Conversation, _ uint64) []string { return extract.LexRank(c, 10) },
	}
}

// Ten bullets must reach more of the ten biggest conversations than any simple way of choosing ten messages does,
// and most of them where people answer with the reply button.
func TestTheBiggestConversationsAreReached(t *testing.T) {
	for _, tt := range []struct {
		name                string
		style               style
		over                float64 // how much better than the best simple way
		leastTalks, openers float64
	}{
		{"irc", irc(), 0.08, 0.66, 0.45},
		{"messenger", messenger(), 0.04, 0.6, 0.33},
		{"replies", style{replied: 1, pause: 60, together: 2, noise: 10}, 0.15, 0.74, 0.7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var talks, openers float64
			simple := map[string]float64{}
			for seed := range uint64(seeds) {
				r := mix(stories(t, "channel.txt"), tt.style, seed)
				a, b := r.reached(citations(extract.Recap(r.Conversation)))
				talks, openers = talks+a/seeds, openers+b/seeds
				for name, choose := range baselines() {
					a, _ := r.reached(choose(r.Conversation, seed))
					simple[name] += a / seeds
				}
			}
			t.Logf("reached %.2f, openers %.2f; simple ways %v", talks, openers, simple)
			for name, reached := range simple {
				if talks < reached+tt.over {
					t.Errorf("%.2f of the biggest conversations are reached, by %s %.2f", talks, name, reached)
				}
			}
			if talks < tt.leastTalks || openers < tt.openers {
				t.Errorf("reached %.2f (want %.2f), openers %.2f (want %.2f)", talks, tt.leastTalks, openers, tt.openers)
			}
		})
	}
}

// The links must tell conversations apart better than silence or order do.
func TestLinksTellConversationsApart(t *testing.T) {
	for _, tt := range []struct {
		name        string
		style       style
		links, pair float64
	}{
		{"irc", irc(), 0.58, 0.5},
		{"messenger", messenger(), 0.55, 0.45},
		{"named", style{called: 1, pause: 40, together: 3, noise: 10}, 0.72, 0.6},
		{"replies", style{replied: 1, pause: 60, together: 2, noise: 10}, 0.88, 0.8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var links, pair, silence, previous float64
			for seed := range uint64(seeds) {
				r := mix(stories(t, "channel.txt"), tt.style, seed)
				got := map[string]string{}
				right := 0.0
				for _, l := range extract.Links(r.Conversation) {
					got[l.ID] = l.Answers
					if r.answers[l.ID] == l.Answers {
						right++
					}
				}
				links += right / float64(len(got)) / seeds
				pair += r.pairF(got) / seeds
				silence += r.pairF(r.bySilence(2*time.Minute)) / seeds
				previous += r.pairF(r.bySilence(24*time.Hour)) / seeds
			}
			t.Logf("links %.3f, F of pairs %.3f (silence %.3f, all one %.3f)", links, pair, silence, previous)
			if links < tt.links || pair < tt.pair || pair < 2*silence || pair < 2*previous {
				t.Errorf("want links %.2f, F of pairs %.2f and twice that of silence", tt.links, tt.pair)
			}
		})
	}
}

// pairF is the F measure of the pairs of messages that are in one conversation.
func (r room) pairF(links map[string]string) float64 {
	root := func(id string) string {
		for links[id] != id {
			id = links[id]
		}
		return id
	}
	roots := make([]string, len(r.Messages))
	for i, m := range r.Messages {
		roots[i] = root(m.ID)
	}
	var both, got, want float64
	for i, a := range r.Messages {
		for j, b := range r.Messages[:i] {
			together := r.talk[a.ID] == r.talk[b.ID] && r.talk[a.ID] >= 0
			if roots[i] == roots[j] {
				got++
				if together {
					both++
				}
			}
			if together {
				want++
			}
		}
	}
	return 2 * both / max(1, got+want)
}

// bySilence links each message to the one before it, unless there was silence.
func (r room) bySilence(gap time.Duration) map[string]string {
	out := map[string]string{}
	for i, m := range r.Messages {
		out[m.ID] = m.ID
		if i > 0 && m.At.Sub(r.Messages[i-1].At) < gap {
			out[m.ID] = r.Messages[i-1].ID
		}
	}
	return out
}

// Of a meeting, bullets must quote what matters, from most of its topics.
func TestOfAMeetingWhatMattersIsQuoted(t *testing.T) {
	measure := func(choose func(m meeting, seed uint64) [][]string) (precision, topics float64) {
		for seed := range uint64(seeds) {
			m := hold(t, 300+20*int(seed), seed)
			bullets := choose(m, seed)
			hit, good := map[int]bool{}, 0.0
			for _, ids := range bullets {
				if topic := m.evident(ids); topic >= 0 {
					hit[topic] = true
					good++
				}
			}
			precision += good / float64(max(1, len(bullets))) / seeds
			topics += float64(len(hit)) / float64(len(m.evidence)) / seeds
		}
		return precision, topics
	}
	precision, topics := measure(func(m meeting, _ uint64) [][]string {
		var out [][]string
		for _, b := range extract.Recap(m.Conversation) {
			out = append(out, b.MessageIDs)
		}
		return out
	})
	t.Logf("quoted what matters %.2f, topics %.2f", precision, topics)
	if precision < 0.85 || topics < 0.72 {
		t.Errorf("%.2f of the bullets quote what matters, of %.2f of the topics", precision, topics)
	}
	for name, choose := range baselines() {
		p, hit := measure(func(m meeting, seed uint64) [][]string {
			var out [][]string
			for _, id := range choose(m.Conversation, seed) {
				out = append(out, []string{id})
			}
			return out
		})
		t.Logf("%s: %.2f, topics %.2f", name, p, hit)
		if p >= precision || hit >= topics {
			t.Errorf("%s is as good: %.2f of what matters, %.2f of the topics", name, p, hit)
		}
	}
}

// evident returns the topic for which one of the messages is evidence, or -1.
func (m meeting) evident(ids []string) int {
	for _, id := range ids {
		for topic, evidence := range m.evidence {
			if slices.Contains(evidence, id) {
				return topic
			}
		}
	}
	return -1
}
