// Package telegramtest is a Telegram with people, groups and one bot in it, that speaks the Bot API over
// loopback and refuses what the real server refuses. It does not know our adapter: every library that
// lets its server address be set can talk to it.
//
// # What
//
// Server implements world.World (what people do and see) and the Bot API (what the bot does and sees):
// all four parameter encodings, long polling that confirms on the next offset, webhooks with secret and
// retries, the normalisation of text and entities, the rules of replies, quotes, edits, deletions, reactions,
// albums, topics, files, places that move, contacts, polls and their votes, timers, portraits, buttons, pins,
// memberships, restrictions, bans, requests to join, links and migration, and the platform's own error texts. The many
// kinds of messages that nobody acts upon (Tell) it tells as the API writes them and does no more with.
//
// # Flow
//
// A person's action or a bot's call changes the state under one lock; what the bot may see of it becomes an
// update in one queue, from which either getUpdates or the webhook lanes deliver. Faults (Fault) are data
// that a call meets on its way: refused before it counts, or lost after it counted.
//
// # Why
//
// The behaviour is written after the public Bot API text (10.1), whose names, types and limits lie trimmed
// in testdata, and after what tdlib/telegram-bot-api and tdlib/td do where the text is silent. With
// Options.Strict every request and every emitted update is checked against that schema, so a misspelt
// parameter cannot pass a test unseen. What the fake does not do: parse_mode (400), business, inline,
// payments, sticker sets, stories, and the adaptive flood limits that no text specifies.
package telegramtest
