// Package chat is the words that all rooms of the house speak: ids, persons, texts, parts, events,
// effects, messages, communities and features. It knows no platform's format, keeps nothing, asks nothing
// and imports only the standard library.
//
// What happens is an Event, past tense; what is wanted is an Effect, imperative. A text is plain text
// with spans on UTF-16 units, made canonical once, at the edge where it comes in. An id is opaque to all
// but the adapter of its platform.
package chat
