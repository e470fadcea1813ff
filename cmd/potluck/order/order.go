// Package order has every rule of the house, in the order in which they see an event. It decides nothing else, and
// does not know adapters or storage.
package order

import (
	"github.com/potluck-chat/potluck/core/caps"
	"github.com/potluck-chat/potluck/core/care"
	"github.com/potluck-chat/potluck/core/cases"
	"github.com/potluck-chat/potluck/core/charter"
	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/privacy"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/sanctions"
	"github.com/potluck-chat/potluck/core/seats"
	"github.com/potluck-chat/potluck/rituals/onboarding"
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
		members.NewRoles(),
		members.NewClaims(),
		members.NewHint(),
		rooms.NewHello(),
		rooms.NewLinks(),
		charter.New(),
		charter.NewPins(),
		charter.NewAcceptance(),
		charter.NewPromises(),
		sanctions.NewTally(),
		sanctions.NewModlog(),
		sanctions.NewReviews(),
		care.NewFlood(),
		care.New(),
		care.NewBacks(),
		caps.New(),
		caps.NewThread(),
		caps.NewStays(),
		relay.New(),
		onboarding.NewGreetings(),
		onboarding.NewUnanswered(),
		caps.NewHints(),
	}
}
