package telegram

import (
	"strings"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/core/chat"
)

// answering is what a message of ours answers; the zero value is nothing.
type answering struct {
	message int
	quote   string // the part of it that is answered
}

// maxQuote is the most characters of a quoted part (core.telegram.org/bots/api#replyparameters).
const maxQuote = 1024

// answered returns the message to reply to. Another chat's message, or one from before the chat migrated, is none:
// the ids mean other messages here.
func answered(answer *chat.Answer, to place) answering {
	if answer == nil || len(answer.Target.Refs) == 0 || answer.Target.Refs[0].Chat != to.chat() {
		return answering{}
	}
	id, err := messageID(answer.Target.Refs[0])
	if err != nil {
		return answering{}
	}
	out := answering{message: id}
	if answer.Partial && answer.Quote != "" && !answer.Thread {
		out.quote = quotable(answer.Quote)
	}
	return out
}

// quotable returns of a quote what can be found in its text again: quotes are cut to 300 characters by the way, and
// what shows that would not be found.
func quotable(quote string) string {
	if utf8.RuneCountInString(quote) >= 300 {
		quote = strings.TrimSuffix(quote, "…")
	}
	if r := []rune(quote); len(r) > maxQuote {
		quote = string(r[:maxQuote])
	}
	return strings.TrimSpace(quote)
}

// parameters returns what the API wants to know; a message that is gone meanwhile is no reason not to send.
func (a answering) parameters() *models.ReplyParameters {
	if a.message == 0 {
		return nil
	}
	return &models.ReplyParameters{MessageID: a.message, AllowSendingWithoutReply: true, Quote: a.quote}
}

// isAboutQuote tells that the quoted part is not in the message: it was edited since, or is styled otherwise.
func (e *callError) isAboutQuote() bool {
	return e.code == 400 && e.says("QUOTE_TEXT_INVALID", "message text quote", "quote not found")
}

// quoting returns the piece with the quoted part in a line above its text, if there is room for it.
func (p piece) quoting(quote string) piece {
	limit := textLimit
	if len(p.parts) > 0 {
		limit = captionLimit
		if !p.leads && !p.named {
			return p
		}
	}
	line := chat.Styled(chat.Quote, strings.Join(strings.Fields(quote), " "), "")
	if text := line.Append(chat.Plain("\n"), p.text).Normal(); text.Len() <= limit {
		p.text = text
	}
	return p
}
