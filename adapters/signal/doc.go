// Package signal carries events and effects between Potluck and Signal, through the JSON-RPC daemon of
// signal-cli. It knows Signal's ids, limits and habits; it does not know rules, rooms or other platforms.
//
// Flow, inwards: one connection of its own only receives. Its reader commits each raw line to a file (the
// inbox) before anything else, because the daemon acknowledges a message to Signal before it writes the
// line and never gives it again. A consumer turns lines into events, hands them to in, and only then
// forgets the lines. While we are not subscribed, messages wait at Signal's server; that is also where
// they wait when in is slow: the reader then stops reading, and the daemon stops taking.
//
// Flow, outwards: a second connection carries the calls, so that a slow inbox never delays an answer.
// Signal has no idempotency key: a call whose answer was lost is told as Unsure.
//
// A message is named "<author's account id>/<sent timestamp in ms>". An edit gives it a further name; the
// memory keeps which names are one message, for those of the bot, where core cannot know.
//
// The daemon tells that a group has changed but not what: a roster per group is kept in the cursor and
// compared with listGroups. Accounts are told by account id (ACI), never by phone number.
package signal
