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
// compared with listGroups; so it is found who has come and gone, and what the group is called and looks like now.
// Accounts are told by account id (ACI), never by phone number. Groups of Signal's first kind, whose ids changed
// when they became those of today, are none here: no chat ever gets another name.
//
// What Signal has no record for is told in a line, what nobody knows yet in one that says so, and of what may be
// seen once only the kind. A poll of the bot's stands behind a message with its author's name: a poll has no room
// for it. The words of a voice message stand behind it, for they could never be changed. Of a message of several
// pieces the memory keeps what each says, because a piece can be changed ten times only. A text that the daemon does
// not take with its form is said plain.
//
// Of people who ask to be let in the daemon tells nothing at all, because a request does not come from a
// member: the groups are looked at for them every half a minute, and every five minutes at Signal's server. A
// request has no words, so a knock has no note. There are no buttons and no time-outs for one person: choices
// are numbered lines, and what somebody under a time-out writes is deleted by a Delete each.
//
// What is done to people is looked at before, so that it is done once and nobody is let in who has not asked,
// and after, because the daemon's answer does not tell whether anything was done. Nobody can be asked what is
// pinned: the memory keeps what the bot and others have put at the top, so that a pin is not announced twice.
package signal
