// Package privacy is how a person sees what the house keeps about them, says no to some of it, and has all of it erased.
// It does not know how messages are found and deleted, which is the engine's, or what other rules keep.
//
// Flow: notice (/privacy) tells anybody what is kept, why and for how long, in the house's words and the community's
// own. mydata shows somebody, in private and in four parts, their card, what the rules keep of them, their messages
// and what was decided about them. optouts are four words, each a setting of the member's that the rules which
// recap, count, ask and match look at. erasure is /forget me: a question, a yes, the engine's Forget, and at the end
// an honest account of what could not be deleted.
//
// Why the account comes from here whoever has asked for the erasing (the person, the rule of /leave, the operator): it
// begins with a Forgotten and ends with a Forgot, and both reach every rule.
//
// Why the account waits for a few quiet minutes: nobody tells a rule how many deletions there are, and platforms carry
// them out at their own pace. Its state lives until then under a key that the erasing does not touch, sealed, with one
// account of the person's, and is then gone as well.
//
// Why each rule tells itself what it keeps of a person (rule.Of's Mine): only it knows what of its state is theirs to see and
// what is another's, and a rule that comes later is not forgotten here. Which rules tell nothing, and why, stands in a test
// where all rules are put together.
//
// Why mydata leaves out who has decided something and by which messenger: a community can choose to speak as a team, and
// the messenger alone often tells who it was. Lines about cases are left out altogether, for they could tell of a report.
package privacy
