// Package extract turns a conversation into the best ten bullets, each a quotation with the ids of what it quotes.
// It is pure and works offline: the same messages give the same bullets. It does not know where messages come
// from, what time it is, how a bullet looks on a platform, or any language model.
//
// # Flow
//
//	Recap ─ clean (invisible signs, mail quotes, spoken fillers) ─ tokens (fold, stem, stop words)
//	      ├ a chat:           link (which line answers which) ─ talks ─ the weightiest ─ opener → outcome
//	      ├ a call, a thread: units ─ segments ─ coverage × prior, a few from each segment
//	      └ a short talk:     units ─ prior, what comes first, nothing twice
//	      ─ sections (decided, open, done, links, coming, talk) ─ bullets within the budget
//
// # Why
//
// A busy room holds several conversations at a time. Ten good sentences of it miss most of them, so a chat is
// first taken apart into conversations by a linear scorer of pairs (link.go, score.go; cut.go looks back once more
// when all answers are known), and each conversation speaks with its opener and its outcome. Where one talk goes on for long, submodular coverage of a sentence graph and of repeated
// words, spread over segments, holds up on every kind of text; a prior fitted on English meetings (prior.go)
// bends it, and is off in other languages.
//
// Nothing here is quadratic in the number of messages: a line has at most 60 candidates to answer, a unit at most
// 32 neighbours in the graph. There are no globals: word lists are built for each recap, in about half a
// millisecond.
package extract
