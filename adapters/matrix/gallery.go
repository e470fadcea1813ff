package matrix

import (
	"encoding/json"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxGallery is the most files of one message that are read.
const maxGallery = 50

// galleryOf reads a message with several files: MSC4274, and the form that Beeper has for it. A client that does not
// know the kind shows the body.
func galleryOf(kind string, c object, whose func(string) string) message {
	list, caption := c["itemtypes"], c
	if kind == "com.beeper.gallery" {
		list = c["com.beeper.gallery.images"]
		caption = object{"body": c["com.beeper.gallery.caption"], "formatted_body": c["com.beeper.gallery.caption_html"]}
		if caption.str("formatted_body") != "" {
			caption["format"] = json.RawMessage(`"org.matrix.custom.html"`)
		}
	}
	m := message{text: textOf(caption, false, whose)}
	var items []json.RawMessage
	_ = json.Unmarshal(list, &items) // what is no list has no files
	for _, raw := range items[:min(len(items), maxGallery)] {
		item := objectOf(raw)
		t := item.str("itemtype")
		if t == "" {
			t = item.str("msgtype")
		}
		one := fileOf(t, item, whose)
		m.parts = append(m.parts, one.parts...)
		if one.text.Plain != "" {
			m.text = below(m.text, one.text).Normal()
		}
	}
	if n := len(items) - maxGallery; n > 0 {
		m.parts = append(m.parts, chat.Part{Kind: chat.Other, Line: "and more files"})
	}
	return m
}
