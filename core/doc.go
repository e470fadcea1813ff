// Package core is the engine: one event in, one transaction, its effects out. It knows the order of the
// rules, the members, the rooms and the messages; it does not know any platform, the bus's or the
// state's technique, or what a rule decides.
//
// Flow: Run reads the inbox from the saved position on. At the door (door.go) an event gets its community,
// room, member and message; a text that is a command becomes an Asked (command.go). The rules decide one
// after another (fold.go); what they want of the house is done in the same transaction (apply.go), what
// they want of a platform gets a number and lies in the outbox (outbox.go), from where it is published,
// each number only onto the one before.
//
// Why a message is the engine's word and not the relay's: edits, replies, reactions and every command that
// answers a message need to know whose it is and where its copies are, so the graph of messages and refs
// is kept here once, and rules get the finished answer with the event.
//
// Why events are deduplicated by a set and not by a cursor per source: Telegram's update ids jump after a
// quiet week and Matrix delivers rooms in any order; a set of ids, kept for longer than any platform
// delivers again, is right for all of them.
//
// Why the subject of an event names the platform and not the community: only the fold knows which
// community a chat belongs to, and a chat that has just been linked must not overtake itself on two
// subjects. The partition leads, so that more of them need no migration.
//
// Why what a claim joins is kept apart from the communities: a person who has said once which accounts are
// his is one member wherever he comes later, and a community that is linked away takes no claim with it.
//
// Why a chat that has left a room has no say over the room's messages: who runs a chat can take it out, and
// could else delete and read on elsewhere. Only an author's own words can be taken back everywhere.
package core
