// Package chaostest lets people on three pretended messengers write, answer, edit, delete, react, vote, pin, come and go
// by the thousand while everything breaks that can break, and then reads what everybody sees. It knows the program only as
// something that can be started, stopped and killed, and nothing of adapters, rules or the bus.
//
// # What
//
// A hall is the messengers with people in linked rooms, each messenger behind a gate. A crowd lets the people act and keeps
// a model of what everybody must see after that. Weather is what goes wrong: the program is ended without notice or killed
// as a process, lines break, stall and refuse, messengers answer with errors and with waits, tell things twice, and move,
// lock out and rename chats. When all is calm again, the model is compared with what the messengers show, and the program's
// ledger must add up with nothing left under way and nothing that could not be read.
//
// # Why
//
// One goroutine acts and breaks, by one seed, so that a run is the same again as far as people choose: who does what, and
// when the weather changes, counted in things done. What people react to and answer is what they see at that moment, and
// that depends on how the machine schedules, so a seed that fails is likely to fail again, not certain to.
//
// Before a line to Signal's daemon is cut, and before the process is killed, people on Signal fall silent for a moment:
// what the daemon has written into a socket that nobody reads any more is lost by its design. The package killtest looks at
// exactly that.
package chaostest
