// Package web is what Potluck shows a browser: the operator's pages /live, /ready and /metrics, and the talk, the adapter
// by which people who are in none of the chats (any more), or are afraid to use them, hold a private conversation with
// the house. It does not know what is measured, what a report or an appeal is, or which communities there are.
//
// # What
//
// A community has one link, /talk/COMMUNITY.SECRET, which says nothing but who may begin a conversation; the secret is
// made from the community's id with a key in the data folder, so nobody finds it by trying. The house gets it by an
// Invite to the chat web:COMMUNITY, as the receipt's Link. The first message there makes a conversation with a link of
// its own, /c/TOKEN, which is all that leads back to it: there is no account, no cookie and no name.
//
// # Flow
//
// What a visitor sends is written to his conversation's file and onto the disk, then published, and only then the page
// calls it sent. What a kill leaves unpublished is published by the next start, under the same event id. What the house
// says is written to the same file before Do returns; an effect that is there already is not written again.
//
// # Why
//
// The token itself is kept nowhere: a conversation's name, which is its identity on the bus, in the state and on the
// disk, is a hash of it. So whoever reads a log, a backup or a list of members cannot open what was said.
//
// Plain files, one for each conversation, because there are few and each is read whole by its one reader; what is
// deleted or changed is written anew without the old words. They are not part of `potluck backup`.
//
// The page is HTML and forms. The script only lets answers appear by themselves, and shows times in the visitor's zone:
// who fears the most has scripts switched off.
//
// Addresses of visitors are counted in memory under a key that dies with the process, and are written nowhere; the
// HTTP server's own log, which would name them, is off.
package web
