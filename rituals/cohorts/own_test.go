package cohorts

import (
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	coretest.CheckOwn(t, New(), State{Cohorts: []Cohort{{
		N: 1, Name: "Portfolio", By: "m2",
		People: []Person{{Who: "m1", Mid: "on", Vote: "again", Box: []Note{{By: "m3", Word: "mine"}}}, {Who: "m3"}},
		Works:  []Work{{Who: "m1", Name: "Ana", Text: "a lamp"}, {Who: "m3", Name: "Ben", Text: "a chair"}},
	}}}, map[chat.MemberID]string{
		"m1": `[{"cohort":"Portfolio","in":true,"halfway":"on","at_the_end":"again","works":["a lamp"]}]`,
		"m2": `[{"cohort":"Portfolio","begun_by_you":true}]`,
		"m3": `[{"cohort":"Portfolio","in":true,"works":["a chair"]}]`,
		"m9": "",
	})
}
