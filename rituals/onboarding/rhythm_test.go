package onboarding

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

func TestNewcomersHearWhatComesNext(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	schedule := `[{"id":"goals","name":"Goals","rule":"FREQ=WEEKLY;BYDAY=MO","start":"2026-03-02T09:00","zone":"Europe/Oslo","room":"r1"},
		{"id":"wins","name":"Wins","rule":"FREQ=WEEKLY;BYDAY=FR","start":"2026-03-06T09:00","zone":"Europe/Oslo","room":"r1"},
		{"id":"over","name":"Over","rule":"FREQ=DAILY;COUNT=1","start":"2026-02-06T09:00","zone":"Europe/Oslo","room":"r1"},
		{"id":"x","name":"X","rule":"FREQ=NEVER","start":"2026-02-06T09:00","zone":"Europe/Oslo"}, {"zone":"Nowhere"}, {"zone":"UTC","start":"soon"}]`
	for name, test := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"nothing": {nil, "Nothing is fixed in our calendar yet: the table is open whenever you are."},
		"a plan":  {map[string]string{"schedule": schedule}, "This comes next here:\n• Wins: Fri 6 Mar 09:00\n• Goals: Mon 9 Mar 09:00\nCome to whatever suits you."},
		"a quiet week": {
			map[string]string{"schedule": schedule, "zone": "Europe/Oslo", rule.QuietSetting: "2026-03-03..2026-03-09"},
			"This comes next here:\n• Wins: Fri 13 Mar 09:00\n• Goals: Mon 16 Mar 09:00\nCome to whatever suits you.",
		},
		"words and a plan": {
			map[string]string{"schedule": schedule, "rituals": "bread."},
			"This is our rhythm: bread.\nCome to whatever suits you, nobody counts.\nThis comes next here:\n• Wins: Fri 6 Mar 09:00\n• Goals: Mon 9 Mar 09:00",
		},
		"no JSON": {map[string]string{"schedule": "[{"}, "Nothing is fixed in our calendar yet: the table is open whenever you are."},
	} {
		got := rhythm(chat.Community{ID: "c1", Settings: test.settings}, rule.Voice{Language: "en", Zone: oslo}, now).Plain
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// In a quiet week a newcomer is welcomed and shown how to start; the rest waits until it is over, and then does not come all
// at once. Who asks for the next message has it.
func TestQuietWeeksHoldTheLastThree(t *testing.T) {
	w := newWorld(t, New())
	w.c.Settings[rule.QuietSetting] = "2026-03-27..2026-04-02"
	w.joins("m1", chat.Matrix)
	w.joins("m2", chat.Signal)
	w.waits(5*24*time.Hour, 0)
	w.tells("m2", "/welcome next 3")
	count := func(who chat.MemberID) int { numbers, _ := w.course(who); return len(numbers) }
	if count("m1") != 2 || count("m2") != 3 {
		t.Errorf("%d messages in a quiet week, %d for who asks", count("m1"), count("m2"))
	}
	w.waits(48*time.Hour, 0) // until Friday at noon: the first after it has come in the morning or is to come
	if n := count("m1"); n > 3 {
		t.Errorf("%d messages at once behind it", n)
	}
	w.waits(72*time.Hour, 0)
	if count("m1") != messages || count("m2") != messages {
		t.Errorf("%d and %d messages in the end", count("m1"), count("m2"))
	}
}
