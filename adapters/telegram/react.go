package telegram

import (
	"context"
	"errors"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// react shows what most people give: a bot has one reaction, and replaces it as a whole.
func (a *Adapter) react(ctx context.Context, r chat.React) (adapters.Receipt, error) {
	refs, to, err := target(r.Target)
	if err != nil {
		return adapters.Receipt{}, err
	}
	id, err := messageID(refs[0])
	if err != nil {
		return adapters.Receipt{}, err
	}
	p := &bot.SetMessageReactionParams{ChatID: to.id, MessageID: id}
	var receipt adapters.Receipt
	if r.Lead != "" {
		emoji, ok := allowedReaction(r.Lead)
		if !ok {
			if r.On {
				return adapters.Receipt{}, adapters.Refused(chat.Unsupported, errors.New("react: telegram has no such reaction"))
			}
			// What the bot gives now is no longer what most people give: better none.
			receipt.Notes = []string{"telegram has no such reaction"}
		} else {
			p.Reaction = []models.ReactionType{{Type: models.ReactionTypeTypeEmoji, ReactionTypeEmoji: &models.ReactionTypeEmoji{Emoji: emoji}}}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = a.bot.SetMessageReaction(ctx, p)
	if err = unchanged(err); err != nil {
		return adapters.Receipt{}, err
	}
	return receipt, nil
}

// reactions are the 73 emoji that a bot may react with (core.telegram.org/bots/api#reactiontypeemoji, 10.1);
// none has a variation selector or a skin tone.
const reactions = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"

// similar pairs emoji that people often give with one that Telegram has.
const similar = "😂🤣 😆🤣 😹🤣 😀😁 😃😁 😄😁 😊😁 🙂😁 😅😁 🧡❤ 💛❤ 💚❤ 💙❤ 💜❤ 🤎❤ 🖤❤ 🤍❤ 🩷❤ 🩵❤ ♥❤ 💕❤ 💖❤ 💗❤ 💓❤ 💞❤ " +
	"🥳🎉 🎊🎉 ✨🎉 😮😱 😲😱 😯😱 😠😡 😞😢 🙁😢 ☹😢 😿😢 🥲😢 😕🤨 ✅👌 ☑👌 ✔👌 👊🤝 💪💯 🌟🤩 ⭐🤩 🙌👏 🤮🤮 😏😎 🥹🥰 😻😍 👋🤗"

// allowedReaction returns the emoji that Telegram has for one, false if it has none.
func allowedReaction(emoji string) (string, bool) {
	bare := strings.Map(func(r rune) rune {
		if r == 0xfe0f || r == 0xfe0e || (r >= 0x1f3fb && r <= 0x1f3ff) {
			return -1
		}
		return r
	}, emoji)
	if bare == "" {
		return "", false
	}
	for _, known := range strings.Fields(reactions) {
		if known == bare {
			return known, true
		}
	}
	for _, pair := range strings.Fields(similar) {
		if other, ok := strings.CutPrefix(pair, bare); ok && other != "" {
			return other, true
		}
	}
	return "", false
}
