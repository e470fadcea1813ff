package order

import "testing"

// untold are the rules that keep nothing that is a member's to see, and why.
func untold() map[string]string {
	const (
		stateless = "has no state"
		byAccount = "knows accounts or names for a while, not members"
		byMessage = "knows what was done to one message, by account"
		ofChat    = "knows chats and rooms, not people"
		inCase    = "what a report or a case holds would tell of others"
		inLog     = "what was decided stands in the log, which is the last part of the answer"
	)
	return map[string]string{
		"guesses": byAccount, "doorstep": byAccount, "claims": byAccount, "hint": byAccount, "vanishing": byAccount, "loops": byAccount,
		"petitions": byAccount, "arrivals": byAccount,
		"enrolment": stateless, "privacy": stateless, "optouts": stateless, "answers": stateless, "roles": stateless, "acceptance": stateless,
		"modlog": stateless, "recapnotice": stateless, "page": stateless, "looplift": stateless, "libraryroom": stateless,
		"hello": ofChat, "links": ofChat, "charter": ofChat, "pins": ofChat, "promises": ofChat, "capstays": ofChat, "promothread": ofChat,
		"gaps": ofChat, "stillness": ofChat, "prompts": ofChat,
		"relay": byMessage, "polls": byMessage, "failures": byMessage, "pinned": byMessage, "why": byMessage,
		"reports": inCase, "parties": inCase, "desk": inCase, "cases": inCase, "evidence": inCase,
		"care":  "knows by account who was asked whether all is well, and besides only who has answered whom, and flags",
		"tally": inLog, "remnants": inLog + "; it knows those who were erased",
		"erasure": "tells the person itself how the erasing ended, and is gone then",
	}
}

// Every rule tells people what it keeps of them, or says here why it has nothing to tell.
func TestEveryRuleTellsWhatItKeeps(t *testing.T) {
	why := untold()
	for _, r := range Rules() {
		_, tells, err := r.About(nil, "m1")
		reason := why[r.Name()]
		delete(why, r.Name())
		switch {
		case err != nil:
			t.Errorf("%s: %v", r.Name(), err)
		case tells && reason != "":
			t.Errorf("%s tells what it keeps, and is said to have nothing to tell", r.Name())
		case !tells && reason == "":
			t.Errorf("%s does not tell what it keeps of people: give it a Mine, or say here why it has none", r.Name())
		}
	}
	for name := range why {
		t.Errorf("there is no rule %s", name)
	}
}
