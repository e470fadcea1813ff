// Package bench measures the relay: it opens three messengers on loopback, seats people in rooms of three
// linked chats, lets them write, and counts what the people on the other two messengers see, and when. It
// knows the messengers as their people do, and nothing of the program between them: no adapter, no engine,
// no bus. Whoever calls it starts the program.
//
// # What
//
// Relay runs one measurement at full speed and returns a Result; Outage lets people write on while Telegram is away. What counts is what is shown: a message has arrived when
// both other messengers show its copy, the time is that from just before it is posted until a copy is shown,
// and the loss and the duplicates are counted once more at the end by reading every chat from its beginning.
//
// # Flow
//
//	load ─ Say ─▶ messenger ─▶ (the program) ─▶ two other messengers ─▶ eye ─▶ ledger ─▶ Result
//
// One eye for each messenger waits for its changes and reads on in every chat. The ledger matches what is
// shown with what was said by a number in the text. Without a rate each room has a few messages under way at
// most, so that not the length of a queue is measured but the relay.
//
// # Why
//
// All runs in one process, because a reader of the numbers should need one command. The memory it reports is
// therefore that of the program and the three messengers together.
package bench
