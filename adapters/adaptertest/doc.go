// Package adaptertest is the contract that makes a folder a platform: what Run checks, the pump, the
// engine and the rules rely on. It knows people, chats and effects; it does not know any platform: whatever
// differs between them is data (chat.Features, Fixture.Skips).
//
// A test starts an adapter on a world with people in it. What people do there must arrive as events; what
// Do is given must be seen there. Effects go through chat.Degrade first, as they do in the pump, so a
// platform may show less than it was given, but only what its table says, and what the table says is native
// must be shown. Waiting is for a change that people see or for an event, never for time to pass.
package adaptertest
