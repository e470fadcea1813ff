// Package order has every rule of the house, in the order in which they see an event. It decides nothing else, and
// does not know adapters or storage.
package order

import (
	"time"

	"github.com/potluck-chat/potluck/core/caps"
	"github.com/potluck-chat/potluck/core/care"
	"github.com/potluck-chat/potluck/core/cases"
	"github.com/potluck-chat/potluck/core/charter"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/ledger"
	"github.com/potluck-chat/potluck/core/library"
	"github.com/potluck-chat/potluck/core/loops"
	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/polls"
	"github.com/potluck-chat/potluck/core/privacy"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/sanctions"
	"github.com/potluck-chat/potluck/core/seats"
	"github.com/potluck-chat/potluck/core/swaps"
	"github.com/potluck-chat/potluck/core/wins"
	"github.com/potluck-chat/potluck/rituals/breakouts"
	"github.com/potluck-chat/potluck/rituals/cohorts"
	"github.com/potluck-chat/potluck/rituals/onboarding"
	"github.com/potluck-chat/potluck/rituals/pods"
	"github.com/potluck-chat/potluck/rituals/prompts"
	"github.com/potluck-chat/potluck/rituals/rhythm"
	"github.com/potluck-chat/potluck/rituals/rota"
	"github.com/potluck-chat/potluck/rituals/sessions"
	"github.com/potluck-chat/potluck/summaries/flags"
	"github.com/potluck-chat/potluck/summaries/health"
	"github.com/potluck-chat/potluck/summaries/recap"
)

// Rules returns them: gates first, then those that know who and where, then the relay, then those that only remember.
func Rules() []rule.Rule {
	return []rule.Rule{
		rooms.NewGuesses(),
		onboarding.NewDoorstep(), // before the seats, which take a knock for themselves
		seats.NewSeats(),         // before the enrolment: only here a newcomer can be told from a member
		members.NewEnrolment(),
		privacy.NewNotice(), // before all gates: nobody loses these
		privacy.NewMyData(),
		privacy.NewOptOuts(),
		privacy.NewErasure(),
		cases.NewReports(), // before all gates: whoever is kept from writing can still report
		cases.NewParties(),
		cases.NewDesk(),
		cases.NewCases(),
		cases.NewEvidence(),
		cases.NewPage(),
		sanctions.New(),
		sanctions.NewRemnants(),
		sanctions.NewAnswers(),
		sanctions.NewPetitions(),
		seats.NewGate(),
		seats.NewFarewell(),
		onboarding.New(), // a newcomer's pause is his welcome's first, and his first private word no chat
		seats.NewPresence(),
		recap.New(chat.Signal), // before the hint and the relay: a number that answers a recap is no chat; Signal has no links
		recap.NewNotice(),
		wins.New(), // before the hint: an answer to its questions is no chat
		wins.NewThanks(),
		members.NewRoles(),
		members.NewClaims(),
		breakouts.New(),                  // before the hint, as sessions are, and before /link, which would greet in the rooms that it makes
		sessions.New(limitsOfSessions()), // before the hint: a word as an answer to a session is no chat
		cohorts.New(),                    // as the pods behind it
		pods.New(),                       // before the hint: a word as an answer to a pod's question is no chat; before /link: its rooms are linked quietly
		members.NewHint(),
		rooms.NewHello(),
		rooms.NewLinks(),
		charter.New(),
		charter.NewPins(),
		charter.NewAcceptance(),
		charter.NewPromises(),
		library.New(),
		library.NewShelves(),
		swaps.New(),
		sanctions.NewTally(),
		sanctions.NewModlog(),
		sanctions.NewReviews(),
		loops.New("Potluck"), // before people are asked to write less: another relay is no person
		loops.NewLift(),
		care.NewFlood(),
		care.New(),
		care.NewBacks(),
		library.NewRoom(), // before the cap: what is carried elsewhere is judged there
		caps.New(),
		caps.NewThread(),
		caps.NewStays(),
		relay.NewVanishing(),
		polls.New(waysOfPolls()), // before the relay: the copies of polls are its
		relay.New(facts()...),
		relay.NewFailures(),
		relay.NewPins(),
		relay.NewArrivals(),
		relay.NewGaps(),
		rhythm.New(),  // behind the gates: what they hold back is no answer to a ritual
		prompts.New(), // behind the rituals: its offer comes after what they say
		prompts.NewStillness(),
		prompts.NewAsks(),
		rota.New(),
		rota.NewCalls(),
		onboarding.NewGreetings(),
		onboarding.NewUnanswered(),
		caps.NewHints(),
		ledger.New(),
		health.New(), // last: what the gates hold back was not said
		flags.New(),
	}
}

// facts is what the relay must know of the platforms. On Telegram a bot may change its messages at any time and learns of no
// deletion; on Signal a message can be changed ten times within a day. On Matrix people from elsewhere react by accounts of
// their own.
func facts() []relay.Facts {
	return []relay.Facts{
		{Platform: chat.Telegram, Deaf: true, Tally: relay.Tally{Gaps: []time.Duration{10 * time.Second, 20 * time.Second}}},
		{Platform: chat.Signal, Tally: relay.Tally{
			Gaps:  []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour},
			Lines: 5, Edits: 10, Within: 24 * time.Hour,
		}},
	}
}

// limitsOfSessions says how often the numbers in a session's message are changed: on Signal rarely, for a message can be
// changed 10 times within a day there, and two of those are left for what else changes.
func limitsOfSessions() sessions.Limits {
	return sessions.Limits{
		chat.Signal: {
			Gaps:  []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 4 * time.Hour},
			Edits: 8, Within: 23 * time.Hour,
		},
	}
}

// waysOfPolls says how polls are on each platform: whose members' own polls tell nobody the votes, where people from
// elsewhere have accounts that vote, and how often a message may be edited there (Signal: 10 times within 24 h, of which
// two are left for what else may have to be changed).
func waysOfPolls() polls.Ways {
	return polls.Ways{
		chat.Telegram: {Blind: true},
		chat.Signal:   {Edits: 8, Window: 23 * time.Hour},
		chat.Matrix:   {Ghosts: true},
	}
}
