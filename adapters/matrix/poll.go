package matrix

import (
	"encoding/json"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxAnswers is the most answers of a poll that are told; the proposal (MSC3381) says 20.
const maxAnswers = 20

// pollOf tells the start of a poll in one line; false if the event is none.
func pollOf(kind string, c object) (chat.Part, bool) {
	if kind != "m.poll.start" && kind != "org.matrix.msc3381.poll.start" {
		return chat.Part{}, false
	}
	poll := c.sub("org.matrix.msc3381.poll.start")
	if poll == nil {
		poll = c.sub("m.poll")
	}
	line := plainOf(poll.sub("question"))
	var answers []json.RawMessage
	_ = json.Unmarshal(poll["answers"], &answers) // a poll without answers is told by its question
	var words []string
	for _, raw := range answers[:min(len(answers), maxAnswers)] {
		if w := plainOf(objectOf(raw)); w != "" {
			words = append(words, w)
		}
	}
	if len(words) > 0 {
		line += " — " + strings.Join(words, " / ")
	}
	if line == "" {
		line = plainOf(c)
	}
	return chat.Part{Kind: chat.Poll, Line: cut(line, 2000)}, true
}

// plainOf returns the plain text of an extensible event, in the forms that the proposals had, or its body.
func plainOf(c object) string {
	for _, key := range []string{"org.matrix.msc1767.text", "m.text", "body"} {
		if s := c.str(key); s != "" {
			return oneLine(s)
		}
		var list []object
		if json.Unmarshal(c[key], &list) != nil {
			continue
		}
		for _, o := range list[:min(len(list), 8)] {
			if m := o.str("mimetype"); m == "" || m == "text/plain" {
				return oneLine(o.str("body"))
			}
		}
	}
	return ""
}
