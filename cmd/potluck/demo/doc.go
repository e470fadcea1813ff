// Package demo is what `potluck demo` shows: a small community that sits in several messengers, a page on
// which a visitor types as any of its people, and a scenario that plays without a browser. It knows the
// messengers only as their people do (world.World): neither the engine, nor an adapter, nor the bus.
//
// # What
//
// A Table seats the people and makes their groups (Seat), lets the hosts link two of the groups and take their roles
// the way hosts do, by typing (Link), serves the page (Handler) and plays the scenario (Script). Whoever is asked to a
// group that the bot has made comes to it, and has it on his phone.
//
// # Flow
//
//	page ─ POST /api/say … ─▶ world.World ─▶ (the house, unknown here) ─▶ world.World ─ /api/live ─▶ page
//
// Each phone on the page shows what its own messenger shows, never what we hope it shows: the page and the
// scenario read the same World.Messages. So both are also a test of everything behind them.
//
// # Why
//
// The page is one HTML file, one style sheet and three scripts without a toolchain, served from the binary,
// because a demo that needs an install is not seen. It is for the visitor's own machine: it answers only
// to loopback names and takes changes only from its own pages, so that no other site in the same browser
// can type here.
package demo
