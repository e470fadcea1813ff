// Package sessions plans what people meet for at a time: one message in a room's chats where everybody says whether they
// come, a list in order for those who find no place any more, reminders, and a calendar that other programs can read. It
// knows of rituals only what the community's setting "schedule" tells; it does not know who sees a page in a browser.
//
// # What is kept
//
// A session is a date and a time on the wall of the zone in which it was planned, and a rule of RFC 5545 if it comes again
// (rituals/recur). Answers belong to one date of it, which is named for ever by the time that it was first planned for; so a
// button under an old message says something of that date and no other. A series has one date open for answers, the next.
//
// # Exactly once
//
// Whether a reminder or a message is due is read from the state and noted there in the same step, so neither a restart nor
// a late timer says anything twice. What comes more than two hours too late is left out, and a line in the log "rhythm"
// says so. Dates of a series that fall into a quiet week are passed over; what was planned for one day stays.
//
// # The calendar for programs
//
// A feed is a page under a name that nobody can guess. It is shown anew whenever what stands in it has changed. Single
// dates are told as instants; a series as its rule, with a time zone and all that the zone's clocks do for five years.
package sessions
