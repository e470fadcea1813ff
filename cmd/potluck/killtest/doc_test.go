// Package killtest runs the real program as its operator does, as a process of its own on three pretended
// messengers, and does to it what life does: kills it, stops it, cuts its lines. Then it reads what the people
// see and compares that with what they must see. It knows the program by its binary, its config file and the
// messengers alone.
//
// # What
//
// A hall is the three messengers with people in linked rooms. A program is the process. A crowd lets the
// people write, answer, edit, delete and react, and keeps a model of what everybody must see after that; check
// compares it with what the messengers show.
//
// # Why
//
// Signal's daemon gives a message away once: what it has written into the socket of a process that is killed
// before it has read the line is lost, whatever we do. A gate before the daemon notes each line that passes,
// so that such a loss is known by name and counted apart, and every other is a failure.
package killtest
