package sanctions

import (
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// NewAnswers returns the rule that lets somebody answer a question of this package's by replying to it: the reply becomes
// the command that it stands for, in the name of who writes it and with the same checks. It stands behind the gate.
func NewAnswers() rule.Rule {
	return rule.Of[struct{}]{
		Title: "answers",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			_, posted := e.Body.(chat.Posted)
			if !posted || e.ReplyTo == nil || e.By.Bot {
				return "", false
			}
			_, ok := commandOf(e.ReplyTo.Tag)
			return "", ok
		},
		Fold: func(_ chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			p, _ := e.Body.(chat.Posted)
			line, _ := commandOf(e.ReplyTo.Tag)
			text := p.Text.Trim().Plain
			if text == "" {
				return s, nil
			}
			words := strings.Fields(line)
			rest := strings.Join(words[1:], " ")
			return s, []chat.Effect{
				chat.Emit{Body: chat.Asked{
					Ref: p.Ref, Command: words[0], Alias: words[0], Args: append(words[1:], strings.Fields(text)...),
					Text: chat.Plain(strings.TrimSpace(rest + " " + text)),
				}},
				chat.Drop{},
			}
		},
	}
}

// commandOf is the beginning of the command that a reply to a question stands for.
func commandOf(tag string) (line string, ok bool) {
	words := strings.Split(tag, "/")
	switch {
	case len(words) == 4 && words[0] == "appeal-words":
		return "appeals " + words[1] + " " + words[2] + " " + words[3], true
	case len(words) == 2 && words[0] == "review-statement":
		return "statement " + words[1], true
	}
	return "", false
}
