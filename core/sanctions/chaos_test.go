package sanctions_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/sanctions"
)

// Whatever people and platforms do: no rule stumbles, nothing of somebody who is held is carried on, and nobody who has no level
// gets anything done to another.
func TestABusyDay(t *testing.T) {
	for seed := range uint64(8) {
		b := newTable(t)
		b.crowd(4)
		r := rand.New(rand.NewPCG(seed, 9))
		people := []chat.Person{olga(), mia(), maxim(), ben(), cleo(), person(chat.Telegram, "ana"), person(chat.Signal, "pa"), person(chat.Signal, "pb")}
		names := []string{"@ben", "@cleo", "@ana", "@pa", "@pb", "@max", "@olga", "me", "nobody", ""}
		verbs := []string{
			"warn", "swarn", "mute", "dmute", "smute", "ban", "tban", "kick", "unwarn", "unmute", "unban", "ladder", "appeal", "appeals",
			"sanctions", "modlog", "modcounts", "review", "statement", "uphold", "lift", "step", "human", "serve", "judge", "carry",
			"enforce", "restore", "tally", "remnant", "timeout", "untimeout", "forgetperson", "claim",
		}
		tails := []string{"2h x", "30d x", "8d scams", "x", "", "1 lift ok", "lift ok", "1", "1 1", "1 yes", "@ana x", "public y", "5m", "keep no"}
		b.refuse = func(chat.Outgoing) chat.Reason {
			if r.IntN(6) > 0 {
				return ""
			}
			return []chat.Reason{chat.Forbidden, chat.NotFound, chat.Unsupported, chat.Broken}[r.IntN(4)]
		}
		where := map[chat.Platform]chat.Chat{chat.Telegram: kitchen, chat.Signal: tea, chat.Matrix: garden}
		for range 250 {
			who := people[r.IntN(len(people))]
			verb, name := verbs[r.IntN(len(verbs))], names[r.IntN(len(names))]
			if r.IntN(3) == 0 {
				name = fmt.Sprint("m", 1+r.IntN(16))
			}
			line := strings.TrimSpace(verb + " " + name + " " + tails[r.IntN(len(tails))])
			if verb == "forgetperson" && (r.IntN(6) > 0 || !strings.HasPrefix(name, "m")) || verb == "claim" {
				line = "claim"
			}
			var out []chat.Outgoing
			held := b.isHeld(who)
			switch r.IntN(4) {
			case 0:
				out = b.says(who, where[who.Identity.Platform], "/"+line)
			case 1:
				out = b.answers(who, "words that answer something")
			case 2:
				out = b.says(who, where[who.Identity.Platform], "hello")
			default:
				out = b.alone(who, line)
			}
			if held && carriedOn(out) {
				t.Fatalf("seed %d: %s is held, and %q is carried on", seed, who.Name, line)
			}
			if isMember(who) && !strings.HasPrefix(line, "forgetperson") {
				for _, act := range done(out) {
					if !strings.Contains(act, who.Identity.ID) && !strings.HasPrefix(act, "delete") {
						t.Fatalf("seed %d: %s says %q, and that does %s", seed, who.Name, line, act)
					}
				}
			}
			if r.IntN(5) == 0 {
				b.wait(time.Duration(r.IntN(40)) * time.Hour)
			}
			if r.IntN(50) == 0 {
				b.restart()
			}
		}
		b.refuse = nil
		b.wait(62 * 24 * time.Hour)
	}
}

// isHeld tells what the card of somebody says.
func (b *table) isHeld(who chat.Person) bool {
	b.t.Helper()
	for _, raw := range b.store.Dump()["member"] {
		var card chat.Card
		if err := json.Unmarshal(raw, &card); err != nil {
			b.t.Fatal(err)
		}
		if !slices.Contains(card.Identities, who.Identity) {
			continue
		}
		_, end, ends := strings.Cut(card.Settings[sanctions.Mirror], " ")
		if !ends {
			return card.Settings[sanctions.Mirror] != ""
		}
		until, err := time.Parse(time.RFC3339, end)
		if err != nil {
			b.t.Fatal(err)
		}
		return b.now.Before(until)
	}
	return false
}

func isMember(p chat.Person) bool {
	return !strings.Contains("Olga Mia Max", p.Name)
}
