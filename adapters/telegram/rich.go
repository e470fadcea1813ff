package telegram

import (
	"encoding/json"
	"strings"
)

// maxFlat bounds the text made of a rich message.
const maxFlat = 600

// flatten returns the words of a rich message (Bot API 10.1: blocks of blocks of text) in reading order,
// without knowing the kinds of blocks: strings under "text" and the like, from the outside in.
func flatten(raw json.RawMessage) string {
	var b strings.Builder
	var walk func(raw json.RawMessage, apart bool, depth int)
	walk = func(raw json.RawMessage, apart bool, depth int) {
		if depth > 50 || b.Len() > maxFlat {
			return
		}
		var text string
		var list []json.RawMessage
		var object map[string]json.RawMessage
		switch {
		case json.Unmarshal(raw, &text) == nil:
			b.WriteString(text)
		case json.Unmarshal(raw, &list) == nil:
			for _, item := range list {
				walk(item, apart, depth+1)
				if apart {
					b.WriteByte(' ')
				}
			}
		case json.Unmarshal(raw, &object) == nil:
			for _, name := range []string{"label", "summary", "text", "expression", "alternative_text", "blocks", "items", "cells", "caption", "credit"} {
				block := name == "blocks" || name == "items" || name == "cells"
				walk(object[name], block, depth+1)
				if _, has := object[name]; has && (name == "label" || name == "summary") {
					b.WriteByte(' ')
				}
			}
		}
	}
	walk(raw, false, 0)
	return strings.Join(strings.Fields(strings.ToValidUTF8(b.String(), "\uFFFD")), " ")
}
