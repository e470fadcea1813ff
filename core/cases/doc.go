// Package cases takes reports and brings each to its end: who reports is answered, who is reported is heard, and nobody
// decides on a matter that is about themselves. It does not know how sanctions are carried out, or where a message is
// shown.
//
// Flow: reports (one state per person) is the way in: a command in a room, a conversation in private or in a browser. desk
// (one per community) gives a report its number, or brings it to the case that there is already. cases (one state per
// case) is what moderators see: a card with what can be done next. parties (one per person and case) is the line to
// somebody whom a case concerns, reporter or reported. evidence (one per case) keeps what was said around the message, as
// it was. They ask one another by orders (order.go), in the same transaction.
//
// Why a case does not know who has reported: it is read by moderators, and some reporters stay anonymous to them. It
// holds a token for each; the token's state alone knows the person, is sealed, and is erased first. Tags, choices and
// logs are not sealed, so they hold a token or a case's number, never both, and no log says anything of a reporter.
//
// Why every reporter has a number on the card, and a name only behind a question that is noted: what stands in a chat
// stays there, long after the name must be forgotten.
//
// Why numbers of cases have gaps: whoever is kept out of a case must not see from the next number that there is one. For
// the same reason a case that is not for somebody's eyes is answered exactly as one that does not exist.
//
// Why nothing is said in the room when a reporter cannot be reached in private: right after a report any word of ours
// there tells the reported person that there was one. What we have to say waits until the reporter writes to us; a
// general hint, that says nothing of reports, comes into the room at some later time.
//
// Why evidence is the house's own record and not the quotation that came with the report: some messengers let the
// one who answers choose the words that are quoted.
package cases
