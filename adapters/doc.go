// Package adapters holds what every platform has in common: the shape of an adapter, the errors it may
// answer with, and the pump, which carries events from an adapter to the bus and effects from the bus to
// the adapter. It does not know any platform, the engine, or what a rule is.
//
// Flow, inwards: an adapter decodes what its platform tells into chat.Events and hands them to in; in
// returns nil only when the events are durable, and only then may the adapter confirm to the platform.
// Everything may be delivered again: an event's id is made from the platform's own name of what happened.
//
// Flow, outwards: the pump reads the effects for its platform in the order of their numbers, keeps one
// lane per chat, fills the refs in that were not known when the rule decided, paces, calls Do, retries as
// the adapter's error says, notes the outcome in its journal and then publishes the receipt.
package adapters
