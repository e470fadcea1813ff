// Package signaltest is a Signal of its own: signal-cli's JSON-RPC daemon on a socket, the Signal servers
// behind it and the phones of the people in it. It knows nothing of Potluck's adapter or engine.
//
// What it keeps to is signal-cli 0.14.6: one JSON value per line, requests of a connection run at the same
// time, the parameter rules of its namespaces (lists by one or many, singular, plural or dashed names, the
// integer trap), its error codes, three receive modes, subscriptions counted over all connections.
//
//   - A message waits in its account's queue at Signal's server for as long as nobody receives (except in
//     on-start mode, which drops it). It leaves the queue before its line is written, so what is written
//     into a connection that dies is lost, as with the real daemon.
//   - What an account sends never comes back to it.
//   - The daemon accepts an edit or a delete of anything; the phones ignore what Signal's clients ignore:
//     somebody else's message, one older than a day, the eleventh edit. Messages shows the phones.
//   - Who asks to be let in through a group's link is no member, so the daemon takes the request over and tells
//     nobody. A request has no words. Admins decide; the banned cannot ask, and a full group takes nobody.
//   - A poll in private, or with a question of more than 100 units, the daemon sends and the phones ignore; votes are
//     counted by the highest count of each person, and nobody can vote in one that is over.
//   - Whoever answers a message answers all of it; nothing can be covered, nothing shows that it was forwarded.
//   - The record of a call of a group is written as versions after 0.14.6 are said to do.
//   - Three messages stand at the top of a talk, a further one pushes the oldest out, and whoever may not change
//     the group's details pins nothing, whatever the daemon says.
//
// The one kindness: the real daemon can lose an envelope that is between its ack and its handlers at the
// moment of unsubscribing; this one takes an envelope only while somebody listens.
package signaltest
