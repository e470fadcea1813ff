package cases

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// The names of the rules, and of the command by which they ask one another; nobody else can.
const (
	reportsRule  = "reports"
	deskRule     = "desk"
	casesRule    = "cases"
	partiesRule  = "parties"
	evidenceRule = "evidence"
	inner        = "casework"
)

// order asks a rule of this package to do something to the state with that key.
func order(rule, verb, key string, with any) chat.Effect {
	raw, err := json.Marshal(with)
	if err != nil {
		panic(fmt.Sprintf("encode order %s %s: %v", rule, verb, err)) // cannot happen: they are plain values
	}
	return chat.Emit{House: true, Body: chat.Asked{Command: inner, Args: []string{rule, verb, key, string(raw)}}}
}

// orderFor returns what a rule is asked to do by another of this package.
func orderFor(rule string, e chat.Event) (verb, key string, ok bool) {
	asked, ok := e.Body.(chat.Asked)
	if !ok || asked.Command != inner || e.By.Identity != chat.House() || len(asked.Args) != 4 || asked.Args[0] != rule {
		return "", "", false
	}
	return asked.Args[1], asked.Args[2], true
}

// with returns what came with an order.
func with[T any](e chat.Event) T {
	var out T
	asked, _ := e.Body.(chat.Asked)
	if err := json.Unmarshal([]byte(asked.Args[3]), &out); err != nil {
		panic(fmt.Sprintf("decode order %s %s: %v", asked.Args[0], asked.Args[1], err)) // cannot happen: order wrote it
	}
	return out
}

// caseKey is where a case and its evidence are kept.
func caseKey(in chat.CommunityID, n int) string { return string(in) + "/case/" + strconv.Itoa(n) }

// partyKey is where the line to somebody is kept.
func partyKey(in chat.CommunityID, token string) string { return string(in) + "/party/" + token }

// partyTag is the tag of what is said to somebody. It is in the engine's graph, which is not sealed, so it has no case.
func partyTag(token string) string { return "party/" + token }

// caseTag is the tag of a case's card in the moderators' room.
func caseTag(n int) string { return "case/" + strconv.Itoa(n) }

// numberOf reads the number of a case as people write it: "12", "#12". 0 = none.
func numberOf(word string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(word, "#"))
	if err != nil || n < 1 || n > 1<<30 {
		return 0
	}
	return n
}

// numberIn returns the case that a message of the house's is about, by its tag; 0 = none.
func numberIn(m *chat.Message) int {
	if m == nil {
		return 0
	}
	rest, ok := strings.CutPrefix(m.Tag, "case/")
	if !ok {
		return 0
	}
	word, _, _ := strings.Cut(rest, "/")
	return numberOf(word)
}

// clip cuts a text after a number of characters.
func clip(s string, limit int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// lines puts texts one below the other.
func lines(texts ...chat.Text) chat.Text {
	var out chat.Text
	for i, t := range texts {
		if i > 0 {
			out = out.Append(chat.Plain("\n"))
		}
		out = out.Append(t)
	}
	return out
}
