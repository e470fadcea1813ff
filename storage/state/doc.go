// Package state keeps what the engine and the platforms' pumps must not forget, in bbolt files. It knows
// buckets, keys and bytes, files, versions and power cuts; it does not know what a state means.
//
// Store is the engine's file, one per partition: every Update is one transaction and on the disk when it
// returns. Steps are its migrations, in one slice whose index is the version. Backup writes a copy while
// everything runs, Restore looks a copy through before it replaces anything.
//
// Journal is a platform's file. Many lanes record at once. An outcome is written to a plain file beside it,
// the notes, which a killed process finds again, and some milliseconds later committed together with all
// others that came meanwhile.
//
// Why the notes: a lane that waits for the disk before it goes on makes a burst half as fast, and all a lane
// needs to know is that a kill will not make it do the effect again. A power cut may: the last moments'
// effects are then carried out twice, which on Telegram and Signal people see.
//
// Why a mark for unflushed files: without flushing, a killed process loses nothing, because the kernel
// has what was written, but a power cut may have written the root of a tree and not its leaves. A file
// opened so carries the machine's boot id until it is closed; found with another one it is looked
// through from end to end before it is believed.
package state
