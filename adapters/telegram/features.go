package telegram

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// uploadLimit is the most bytes that a bot can send (core.telegram.org/bots/api#sending-files), photoLimit as
// a photo; larger photos go as files.
const (
	uploadLimit = 50_000_000
	photoLimit  = 10_000_000
)

// Features is what Telegram can show of what comes from elsewhere.
func (a *Adapter) Features() chat.Features { return Features() }

// Features is what every adapter of this package answers.
func Features() chat.Features {
	shows := map[chat.Kind]chat.Support{}
	for _, k := range chat.Kinds() {
		shows[k] = chat.Support{How: chat.Native}
	}
	degraded := func(note string, kinds ...chat.Kind) {
		for _, k := range kinds {
			shows[k] = chat.Support{How: chat.Degraded, Note: note}
		}
	}
	degraded("the author's name stands before the text", "name")
	degraded("the bot gives the emoji that most people give", "reaction")
	degraded("its source is named in a line", "forward")
	degraded("told in a line", "dice", "checklist", "game", "invoice", "gift", "payment", "story", "call", "invitation",
		"title", "picture", "timer", "topic", "notice", "paid media", "other")
	degraded("told in a line; it can be seen on its own platform alone", "view once")
	degraded("counted in a line, for a bot cannot vote", "vote")
	degraded("as plain text; nobody is called", "mention of all")
	degraded("as the emoji that it stands for", "custom emoji")
	degraded("in an answer to the first message", "thread")
	degraded("shown until it is deleted when its time is over", "vanish")
	degraded("told in a line, if the community wants that", "join", "leave")
	degraded("to those alone who have written to the bot; others are told in the group, if it is no secret", "private")
	degraded("a link for one person, for bots can add nobody", "invite")
	degraded("a topic of the same group, if it has topics", "new room")
	degraded("topics are closed; a whole group stays open", "archive")
	shows["avatar"] = chat.Support{How: chat.Refused, Note: "the bot's own picture is shown"}
	return chat.Features{
		Platform: chat.Telegram, Shows: shows, TextLimit: textLimit, CaptionLimit: captionLimit,
		MediaLimit: uploadLimit, FetchLimit: fetchLimit,
		// One message a second and twenty a minute in a group, thirty a second over all
		// (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this); short bursts pass. Two a minute are
		// left for what an effect needs beyond what is counted: a name above a sticker or a place, a second try.
		Pace: chat.Pace{Chat: time.Second, Burst: 3, ChatMinute: 18, Second: 25},
	}
}
