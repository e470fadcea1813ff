// Package draft makes the Drafter's answer from what was said: bullets that quote, or, where a room's people have agreed,
// bullets that a language model has worded and that were checked against the quotes. It is pure: it does not know how the
// messages were read, what time it is, or how a model is reached.
//
// # The way with a model
//
//	lines ─ extract: what matters ─ evidence (names, links, addresses and numbers taken out; orders to models left out)
//	      ─ a prompt, each line marked as a stranger's ─ the model ─ bullets
//	      ─ each checked: its messages exist, its quote is in them, its names and numbers too, and they support it
//	      ─ names and links put back ─ filled up with quotations
//
// What fails a check is dropped. Whatever goes wrong, the recap consists of quotations instead.
package draft

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/say"
	"github.com/potluck-chat/potluck/summaries/extract"
)

// What a bullet has at most, and from how many messages on it says how large its conversation was.
const (
	maxBullets  = 10
	wordsOf     = 25
	maxText     = 160 // characters
	manyInATalk = 5
)

// noRecap in a message keeps it out of every recap.
const noRecap = "#norecap"

// Draft answers an order from the lines of its time, in their order. words may be nil: then all bullets are quotations. Model is
// set in the answer if the model's bullets are in it.
func Draft(order chat.Summarise, lines []chat.Line, words *Wording) chat.Summarised {
	lines = quotable(order, lines)
	out := chat.Summarised{Tag: order.Tag, Messages: len(lines), People: people(lines)}
	bullets := order.Bullets
	if bullets <= 0 || bullets > maxBullets {
		bullets = maxBullets
	}
	switch {
	case len(lines) == 0:
		return out
	case len(order.Only) > 0 && bullets == 1:
		out.Bullets = requoted(lines)
		return out
	case len(order.Only) > 0:
		out.Bullets = noted(order.Language, lines, bullets)
		return out
	}
	talk := conversation(lines, extract.Chat, bullets)
	out.Talks = talks(talk)
	out.Bullets = withNotable(order.Language, lines, talk, quoted(order.Language, lines, extract.Recap(talk)), bullets)
	if words == nil {
		return out
	}
	if worded, ok := words.bullets(order, lines, out.Bullets, bullets); ok {
		out.Bullets, out.Model = worded, words.Model
	}
	return out
}

// quotable leaves out what an order is not about, and what nobody may quote.
func quotable(order chat.Summarise, lines []chat.Line) []chat.Line {
	var out []chat.Line
	for _, l := range lines {
		if strings.TrimSpace(l.Text) == "" || l.Message == "" || strings.Contains(strings.ToLower(l.Text), noRecap) {
			continue
		}
		if len(order.Only) == 0 || slices.Contains(order.Only, l.Message) {
			out = append(out, l)
		}
	}
	return out
}

func people(lines []chat.Line) int {
	seen := make(map[chat.MemberID]bool)
	for _, l := range lines {
		seen[l.By] = true
	}
	return len(seen)
}

// conversation is what extract reads.
func conversation(lines []chat.Line, kind extract.Kind, bullets int) extract.Conversation {
	c := extract.Conversation{Kind: kind, Budget: extract.Budget{Bullets: bullets, WordsPerBullet: wordsOf}}
	for _, l := range lines {
		c.Messages = append(c.Messages, extract.Message{
			ID: string(l.Message), Author: l.Name, At: l.At, Text: l.Text, ReplyTo: string(l.ReplyTo), Reactions: l.Reactions,
		})
	}
	return c
}

// talks counts the conversations: the messages that answer none before.
func talks(c extract.Conversation) (n int) {
	for _, l := range extract.Links(c) {
		if l.ID == l.Answers {
			n++
		}
	}
	return n
}

// reserved is how many bullets of a busy time are kept for what is decided, open, done, shared or coming in conversations too
// small for the others; few bullets are filled up with mere talk, more are not. maxSmall is how many such conversations are
// looked at, the newest.
const (
	reserved = 3
	few      = 3
	maxSmall = 100
)

// maxOf is the most bullets that begin with the same author, where there is a choice.
const maxOf = 3

// withNotable adds what is notable in the conversations that no bullet is about. Where all bullets are taken, it goes before
// the last of the mere talk.
func withNotable(language string, lines []chat.Line, talk extract.Conversation, out []chat.Bullet, limit int) []chat.Bullet {
	notable, of := 0, make(map[string]int)
	for _, b := range out {
		of[b.Name]++
		if b.Section != "talk" {
			notable++
		}
	}
	var mere []chat.Bullet
	for _, small := range untold(lines, talk, out) {
		for _, b := range quoted(language, small, extract.Recap(conversation(small, extract.Chat, 1))) {
			same := slices.ContainsFunc(out, func(x chat.Bullet) bool { return x.Text == b.Text })
			switch i := lastTalk(out); {
			case same || of[b.Name] >= maxOf:
			case b.Section == "talk":
				mere = append(mere, b)
			case len(out) < limit:
				notable++
				of[b.Name]++
				out = append(out, b)
			case i >= 0 && notable < reserved:
				notable++
				of[b.Name]++
				out = append(slices.Delete(out, i, i+1), b)
			}
		}
	}
	for _, b := range mere {
		if len(out) < min(few, limit) {
			out = append(out, b)
		}
	}
	return out
}

// lastTalk returns the place of the last bullet that is mere talk, -1 if there is none.
func lastTalk(bullets []chat.Bullet) int {
	for i, b := range slices.Backward(bullets) {
		if b.Section == "talk" {
			return i
		}
	}
	return -1
}

// openers returns for each message the one that has opened its conversation.
func openers(lines []chat.Line, talk extract.Conversation) map[chat.MessageID]chat.MessageID {
	answers := make(map[string]string, len(lines))
	for _, l := range extract.Links(talk) {
		answers[l.ID] = l.Answers
	}
	out := make(map[chat.MessageID]chat.MessageID, len(lines))
	for _, l := range lines { // who answers stands behind
		out[l.Message] = l.Message
		if to := out[chat.MessageID(answers[string(l.Message)])]; to != "" {
			out[l.Message] = to
		}
	}
	return out
}

// toldIn returns the openers of the conversations that some bullets are about.
func toldIn(bullets []chat.Bullet, opener map[chat.MessageID]chat.MessageID) map[chat.MessageID]bool {
	told := make(map[chat.MessageID]bool)
	for _, b := range bullets {
		for _, id := range b.Cites {
			told[opener[id]] = true
		}
	}
	return told
}

// untold returns the conversations that no bullet is about, the newest first.
func untold(lines []chat.Line, talk extract.Conversation, bullets []chat.Bullet) [][]chat.Line {
	opener := openers(lines, talk)
	told := toldIn(bullets, opener)
	of := make(map[chat.MessageID][]chat.Line)
	var order []chat.MessageID
	for _, l := range lines {
		top := opener[l.Message]
		if of[top] == nil {
			order = append(order, top)
		}
		of[top] = append(of[top], l)
	}
	var out [][]chat.Line
	for _, top := range slices.Backward(order) {
		if !told[top] && len(out) < maxSmall {
			out = append(out, of[top])
		}
	}
	return out
}

// saysNothing tells whether a quotation is no more than a greeting.
func saysNothing(text, name string) bool {
	text = strings.TrimPrefix(text, name+": ")
	return len(strings.Fields(text)) < 3 && len([]rune(text)) < 16
}

// quoted makes of extract's bullets ours.
func quoted(language string, lines []chat.Line, bullets []extract.Bullet) []chat.Bullet {
	names := make(map[string]string, len(lines))
	for _, l := range lines {
		names[string(l.Message)] = l.Name
	}
	var out []chat.Bullet
	for _, b := range bullets {
		if len(b.MessageIDs) == 0 || saysNothing(b.Text, names[b.MessageIDs[0]]) {
			continue
		}
		x := chat.Bullet{Section: sectionOf(b.Section), Text: b.Text, Name: names[b.MessageIDs[0]]}
		for _, id := range b.MessageIDs {
			x.Cites = append(x.Cites, chat.MessageID(id))
		}
		if x.Section == "open" && strings.Contains(x.Text, "://") && !asks(x.Text) {
			x.Section = "link" // what asked was its address
		}
		if x.Section == "talk" && b.Label != "" && b.Messages >= manyInATalk {
			x.Text = fitting(b.Label+": "+x.Text, x.Text)
		}
		if b.Messages >= manyInATalk && b.People > 1 {
			size := say.Text(language, "recap.size", "messages", b.Messages, "people", b.People).Plain
			x.Text = fitting(x.Text+" "+size, x.Text)
		}
		out = append(out, x)
	}
	return out
}

// asks tells whether a text has a question besides in its links.
func asks(text string) bool {
	return slices.ContainsFunc(strings.Fields(text), func(w string) bool { return strings.ContainsAny(w, "?？؟") && !strings.Contains(w, "://") })
}

// fitting returns the longer text if it is not too long.
func fitting(longer, shorter string) string {
	if len([]rune(longer)) <= maxText {
		return longer
	}
	return shorter
}

// sectionOf names a section as bullets have it.
func sectionOf(s extract.Section) string {
	switch s {
	case extract.Decided:
		return "decided"
	case extract.Open:
		return "open"
	case extract.Done:
		return "win"
	case extract.Linked:
		return "link"
	case extract.Coming:
		return "coming"
	}
	return "talk"
}

// requoted quotes a few messages as they are now, in one bullet.
func requoted(lines []chat.Line) []chat.Bullet {
	b := chat.Bullet{Section: "talk", Name: lines[0].Name}
	share := maxText/len(lines) - len(" → ")
	var said []string
	for _, l := range lines {
		b.Cites = append(b.Cites, l.Message)
		said = append(said, l.Name+": "+cut(l.Text, max(12, share-len([]rune(l.Name))-2)))
	}
	b.Text = strings.Join(said, " → ")
	return []chat.Bullet{b}
}

// cut shortens a text to so many characters, between words and never within a link.
func cut(s string, limit int) string {
	words := strings.Fields(s)
	length := 0
	for i, w := range words {
		if i > 0 {
			length++
		}
		if length += len([]rune(w)); length > limit {
			if i == 0 && !strings.Contains(w, "://") {
				return string([]rune(w)[:limit-1]) + "…"
			}
			return strings.TrimRight(strings.Join(words[:i], " "), ",;:–-") + "…"
		}
	}
	return strings.Join(words, " ")
}
