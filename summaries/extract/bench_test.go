package extract_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/summaries/extract"
)

// big makes a chat of so many messages out of the scripts, with words that come only here and there, as in life.
func big(t testing.TB, messages int) extract.Conversation {
	rng := rand.New(rand.NewPCG(3, 3))
	c := extract.Conversation{Kind: extract.Chat, Lang: "en"}
	for day := uint64(0); len(c.Messages) < messages; day++ {
		r := mix(stories(t, "channel.txt"), irc(), day)
		for _, m := range r.Messages {
			m.ID = fmt.Sprintf("d%d-%s", day, m.ID)
			m.At = m.At.Add(time.Duration(day) * 4 * time.Hour)
			fields := strings.Fields(m.Text)
			for i := range fields {
				if i > 0 && rng.IntN(4) == 0 {
					fields[i] = fmt.Sprintf("w%d", int(6000*rng.Float64()*rng.Float64()))
				}
			}
			m.Text = strings.Join(fields, " ")
			c.Messages = append(c.Messages, m)
		}
	}
	c.Messages = c.Messages[:messages]
	return c
}

func BenchmarkExtract10k(b *testing.B) {
	c := big(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		extract.Recap(c)
	}
}

func BenchmarkExtractCall10k(b *testing.B) {
	c := big(b, 10_000)
	c.Kind = extract.Call
	b.ReportAllocs()
	for b.Loop() {
		extract.Recap(c)
	}
}
