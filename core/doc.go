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
//
// Why choosing is asking: a button, a keycap as a reaction and a number as an answer become the command that the
// choice stands for (choice.go), asked in the name of whoever chose. So there is one place that checks who may
// what, the same card works on every platform, and an old button can do no more than typing could. There is no
// Pressed for rules.
//
// Why rules name their messages by a tag: a rule is pure and cannot know the id that its effect will get. With
// a tag it can change, pin and delete what it has said, and knows what an answer or a receipt is about.
//
// Why the community's levels are its own from the first appointment on: whoever runs a linked chat on a
// messenger would else be an organiser of the whole community. He can always take his chat out (/unlink).
//
// Why the key of the seal is not in the state: reports, evidence and the words of messages must tell nothing
// to whoever finds a backup. The nonce is made from place and content, so that a replay writes the same bytes.
//
// Why a Look is answered in the same transaction, not from read models beside it: what is asked for so far is
// small and bounded (a room around one message, a member's last words, the end of a log), and an answer that
// a replay repeats needs no second consistency.
//
// Why albums are put together here (albums.go): every rule that counts, holds back or carries messages would else have to
// know that ten of them are one. The items wait in the state, not in memory, so that a restart loses none.
//
// Why there is one record for every effect under way (underway.go): its receipt is then understood after any time and counts
// once, the ledger can be checked against it (ledger.go), and the outbox knows which effects may have to be tried again. It
// costs a row that is written and taken away, about 1 % of a message's way.
//
// Why only the rule that failed sees a dead letter again (retry.go): the others have handled the event, and what they would do
// a second time people would see twice.
package core
