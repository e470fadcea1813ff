// Package storagetest is the contract that the bus, the state and the journal keep: stop after any step,
// start again, nothing lost, nothing twice. It knows the interfaces of the engine and the pumps; it does
// not know JetStream or bbolt.
//
// RunBus, RunStore and RunJournal try an implementation in one process, closing and opening it again at
// random; Kill does it with a process of its own, killed at a random moment. Seeds are printed, and
// STORAGETEST_SEED repeats one.
package storagetest
