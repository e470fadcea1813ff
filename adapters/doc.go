// Package adapters holds what every platform has in common: the shape of an adapter, the errors it may
// answer with, and the pump, which carries events from an adapter to the bus and effects from the bus to
// the adapter. It does not know any platform, the engine, or what a rule is.
//
// Flow, inwards: an adapter decodes what its platform tells into chat.Events and hands them to in; in
// returns nil only when the events are durable, and only then may the adapter confirm to the platform.
// Everything may be delivered again: an event's id is made from the platform's own name of what happened.
//
// Flow, outwards: the pump reads the effects for its platform in the order of their numbers, keeps two
// lanes per chat, fills the refs in that were not known when the rule decided, degrades, paces, calls Do,
// retries as the adapter's error says, notes the outcome in its journal and then publishes the receipt.
//
// Why two lanes: what is done to people, and a Delete of a message that is there (deeds), must not wait
// behind a long talk or a platform that takes no word for minutes. Promised is: deeds of one chat keep their
// order; words of one chat keep theirs; a deed overtakes words that were decided before it and are not said
// within a second, but no word overtakes a deed; what needs the refs of a Send that waits (an Edit, a Pin, a
// Delete of it) waits with the words; and never are there two calls for one chat at once, so a deed waits
// for the call under way, at most for CallTimeout. An Edit or a reaction that finds its message deleted
// before its turn fails as not found. Because of that the highest number done for a chat does not say what
// has been done before a restart: the journal knows it of each effect, and is asked about every one up to
// that number. A deed that a kill lets be done twice does no harm: what is so already is done.
//
// Why a lane that is full lags instead of making the feed wait: one chat whose platform asks to wait for
// an hour would hold up all the others. The lane forgets what does not fit and reads it again, in order,
// when it has got so far; so memory is bounded, nothing is lost, and nobody waits for another chat.
//
// Why the outcome is noted before it is told: between the platform's yes and the journal lies the one
// place where a kill lets an effect be done twice, and it is as short as can be; the receipt can be
// published as often as it takes, its id is always the same.
//
// Why a retry is for ever and a bug is not: a platform that is down comes back, and a chat's order is worth
// waiting for; an error that says neither retry nor refused would be the same the hundredth time.
package adapters
