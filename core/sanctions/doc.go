// Package sanctions is what a community does about somebody who breaks its rules: warnings, time-outs, removals, bans,
// how they end, how they are contested and how they are counted. It does not know who reported what, and no
// platform: it says what must be so for a person, and each platform carries it out with the means it has.
//
// Flow: a moderator's command (request.go) becomes a decision about one person (impose.go, undo.go), kept in that
// person's record (record.go). The record is carried out on every account of his in every chat (enforce.go) and held
// at the gate (gate.go), where what he writes ends whether or not his platform has a mute. What is in force is
// mirrored in a setting of his card, so that the gate costs nobody else anything and other rules can see it.
//
// Why a person and not an account: a rule that works on one of three accounts is an invitation to use the other two.
// An account that is claimed later is covered (Claimed), one that comes back after its data were erased, too
// (remnants.go): of those only a pseudonym is kept, and only as long as the sanction lasts.
//
// Why the gate deletes: Signal has no mute, and on the others a moderator of the chat can undo ours. What the house
// does not carry on it also takes away where it stands, so that a time-out means the same everywhere.
//
// Why a ban acts at once and needs a second moderator afterwards: harm does not wait for a quorum, but no single person
// may keep somebody out for long. Unconfirmed it ends after 24 hours, and whoever has let one lapse cannot
// simply do it again.
//
// Why the house itself never goes beyond a time-out of 24 hours: what is decided without a human must end before a
// human would be missed.
package sanctions
