// Package seats is the community's door: who has a seat, who waits for one, who is asked what before, and how people
// leave. It does not know platforms, what members do once they are in, or who keeps order.
//
// Flow: somebody joins or knocks (arrive.go). The seats, one state per community, decide one after another: he has a
// seat, he waits (queue.go), or he is to be checked first; whoever does not simply come in gets a card, and the house asks
// itself what is next (come.go). The check (gate.go, visit.go) is one state per person: questions that moderators read
// (fit.go) or one that only tells humans from programs (captcha.go). Whoever has passed comes back to the seats. A seat that becomes free is offered to the first who waits (offer.go), and whoever takes it is let in (letin.go).
// Leaving (farewell.go) and pausing (presence.go) are a person's own, and change the seats through his level.
//
// Why a seat is a level: whoever is a member or more has one, a guest has none. So there is no second list that could
// say otherwise, the number of seats taken is counted anew for every decision, and a guest can do nothing by rights that
// every command checks anyway. Other rules see somebody come in as a Joined of a member, or, for one who had to
// wait inside, as an Appointed from guest to member; the Joined of one who has no seat ends here.
//
// Why who writes without having joined has a seat: the platforms do not list who was in a chat before the bot. Those
// people belong there, and are never removed because a bot came later; so do those of a chat that is linked into the
// community, even above the cap.
//
// Why people are removed who join where there is no seat: an open group lets everybody in, and a cap that is only
// written down is none. They lose nothing: their place in the queue is theirs, and they are told so.
//
// Why strangers' names are never said in a room: whoever wants his advertisement read would only have to join under it.
package seats
