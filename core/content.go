package core

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// content is what is kept of a member's message, so that it can be told to moderators and said again.
type content struct {
	Text  chat.Text   `json:"text,omitzero"`
	Parts []chat.Part `json:"parts,omitempty"`
	// Items are an album's, each with the name of its message; Text and Parts are then empty.
	Items []item `json:"items,omitempty"`
	// Reply is what its platform has shown of the message that it answers.
	Reply *quoted `json:"reply,omitempty"`
	// Forward is whom it is forwarded from.
	Forward string `json:"forward,omitempty"`
	// Shown is what the chats show that show another text than Text: a mention is another there.
	Shown map[chat.Chat]chat.Text `json:"shown,omitempty"`
	// Until is when it vanishes; zero = with the others.
	Until time.Time `json:"until,omitzero"`
	// Cut: a text was too long to be kept whole, or its styles are not known.
	Cut bool `json:"cut,omitempty"`
}

// item is one message of an album.
type item struct {
	Ref   chat.Ref    `json:"ref"`
	Text  chat.Text   `json:"text,omitzero"`
	Parts []chat.Part `json:"parts,omitempty"`
}

// quoted is what was shown of an answered message.
type quoted struct {
	Name    string `json:"name,omitempty"`
	Quote   string `json:"quote,omitempty"`
	Partial bool   `json:"partial,omitempty"`
	Thread  bool   `json:"thread,omitempty"`
}

// contentVersion begins what is kept, before it is sealed. What an older program has kept is plain text, which begins with no
// such character.
const contentVersion = 1

// said returns what a message says: an album's captions and parts are those of its items.
func (c *content) said() (chat.Text, []chat.Part) {
	if len(c.Items) == 0 {
		return c.Text, c.Parts
	}
	return joined(c.Items)
}

func (c *content) isEmpty() bool { return c.Text.Plain == "" && len(c.Parts) == 0 && len(c.Items) == 0 }

// joined makes one text of the captions of an album, each said once, and one list of its parts.
func joined(items []item) (text chat.Text, parts []chat.Part) {
	var captions []string
	for _, i := range items {
		parts = append(parts, i.Parts...)
		if i.Text.IsEmpty() || slices.Contains(captions, i.Text.Plain) {
			continue
		}
		if len(captions) > 0 {
			text = text.Append(chat.Plain("\n"))
		}
		text = text.Append(i.Text)
		captions = append(captions, i.Text.Plain)
	}
	if len(captions) > 1 {
		text = text.Normal()
	}
	return text, parts
}

// shorten cuts a text that is too long to be kept.
func (c *content) shorten() {
	if len(c.Text.Plain) <= maxContent || c.Text.Len() <= maxContent { // a unit has at least one byte
		return
	}
	words := []rune(c.Text.Plain)
	c.Text, c.Cut, c.Shown = chat.Plain(string(words[:min(len(words), maxWords)])), true, nil
}

// remember keeps what a member's message says, sealed, for as long as the community says. An edit does not make that
// longer.
func (f *fold) remember(m *chat.Message, kept content) error {
	key, ok := messageKeyOfID(m.ID)
	c := f.engine.house.communities[m.Community]
	if !ok || c == nil {
		return nil
	}
	k := keptText{at: f.now, in: m.Community}
	if had, ok := keptTextOf(f.tx.Get(bucketWords, key.bytes())); ok {
		k.at = had.at
	}
	k.until = k.at.Add(c.keptFor())
	if !kept.Until.IsZero() && kept.Until.Before(k.until) {
		k.until = kept.Until
	}
	delete(f.fresh, m.ID)
	if kept.isEmpty() || f.isOver(k) {
		return f.tx.Delete(bucketWords, key.bytes())
	}
	kept.shorten()
	raw, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode content of %s: %w", m.ID, err)
	}
	f.fresh[m.ID] = &kept
	k.sealed = f.engine.seal.close("words/"+string(m.ID), append([]byte{contentVersion}, raw...))
	return f.tx.Put(bucketWords, key.bytes(), k.bytes())
}

// unsay forgets what a message says.
func (f *fold) unsay(m *chat.Message) error {
	key, _ := messageKeyOfID(m.ID)
	delete(f.fresh, m.ID)
	return f.tx.Delete(bucketWords, key.bytes())
}

// kept returns what is kept of a message, nil if nothing is.
func (f *fold) kept(m *chat.Message) *content {
	key, _ := messageKeyOfID(m.ID)
	k, ok := keptTextOf(f.tx.Get(bucketWords, key.bytes()))
	if !ok || f.isOver(k) {
		return nil
	}
	if c := f.fresh[m.ID]; c != nil {
		return c
	}
	raw, err := f.engine.seal.open("words/"+string(m.ID), k.sealed)
	if err != nil {
		return nil
	}
	return contentOf(raw)
}

// contentOf reads what remember has kept. What is no such thing is the plain text of an older program, and may be cut.
func contentOf(raw []byte) *content {
	c := new(content)
	if len(raw) == 0 || raw[0] != contentVersion || json.Unmarshal(raw[1:], c) != nil {
		return &content{Text: chat.Plain(string(raw)), Cut: true}
	}
	return c
}

// wordsOf returns the plain words that are kept of a message, at most maxWords characters; empty if nothing is.
func (f *fold) wordsOf(m *chat.Message) string {
	c := f.kept(m)
	if c == nil {
		return ""
	}
	text, _ := c.said()
	if len(text.Plain) <= maxWords {
		return text.Plain
	}
	words := []rune(text.Plain)
	return string(words[:min(len(words), maxWords)])
}

// shows notes that a chat shows a message with another text than it was written with.
func (f *fold) shows(m *chat.Message, in chat.Chat, text chat.Text) error {
	if m.By.IsZero() {
		return nil
	}
	c := f.kept(m)
	if c == nil || c.Cut || m.Original.Chat == in {
		return nil
	}
	said, _ := c.said()
	had, other := c.Shown[in]
	same := isSame(said, text)
	if same && !other || other && isSame(had, text) {
		return nil
	}
	next := *c
	next.Shown = make(map[chat.Chat]chat.Text, len(c.Shown)+1)
	for k, v := range c.Shown {
		next.Shown[k] = v
	}
	if next.Shown[in] = text; same {
		delete(next.Shown, in)
	}
	next.Cut = text.Len() > maxContent
	return f.remember(m, next)
}

func isSame(a, b chat.Text) bool { return a.Plain == b.Plain && slices.Equal(a.Spans, b.Spans) }

// sayAgain fills in what an edit is to say again. It is false where that is not kept whole, or nothing is there any more.
func (f *fold) sayAgain(x chat.Edit, m *chat.Message) (chat.Edit, bool, error) {
	if m == nil || m.Gone {
		return x, false, nil
	}
	c := f.kept(m)
	if c == nil || c.Cut {
		return x, false, nil
	}
	x.Text, x.Parts = c.said()
	x.Forward = c.Forward
	if shown, other := c.Shown[x.To]; other {
		x.Text = shown
	}
	var err error
	x.Answer, err = f.answered(m, c, x.To)
	return x, err == nil, err
}

// stands fills in what a copy with new content has answered all along and whom it is forwarded from.
func (f *fold) stands(x chat.Edit, m *chat.Message) (chat.Edit, error) {
	if m.Gone || m.By.IsZero() {
		return x, nil
	}
	c := f.kept(m)
	if c == nil {
		return x, nil
	}
	x.Forward = c.Forward
	if x.Answer != nil && c.Reply == nil {
		return x, nil
	}
	var err error
	x.Answer, err = f.answered(m, c, x.To)
	return x, err
}

// answered tells in a chat what a message answers; nil if that is nothing, or not there any more.
func (f *fold) answered(m *chat.Message, c *content, in chat.Chat) (*chat.Answer, error) {
	var to *chat.Message
	if m.ReplyTo != "" {
		var err error
		if to, err = f.graph.message(m.ReplyTo); err != nil {
			return nil, err
		}
	}
	if to == nil && c.Reply == nil || to != nil && to.Gone {
		return nil, nil
	}
	a := new(chat.Answer)
	if c.Reply != nil {
		a.Name, a.Quote, a.Partial, a.Thread = c.Reply.Name, c.Reply.Quote, c.Reply.Partial, c.Reply.Thread
	}
	if to != nil {
		a.Target, _ = to.In(in)
		if to.Name != "" {
			a.Name = to.Name
		}
	}
	return a, nil
}

// vanishTimer is the engine's own, by which the words of a message are forgotten that its platform does not show any more.
const vanishTimer = "engine.vanish"

// vanished forgets the words of a message whose time is over.
func (f *fold) vanished(id chat.MessageID) error {
	m, err := f.graph.message(id)
	if m == nil || err != nil {
		return err
	}
	return f.unsay(m)
}
