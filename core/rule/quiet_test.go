package rule

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestQuietWeeksFollowTheCommunitysCalendar(t *testing.T) {
	c := chat.Community{Settings: map[string]string{QuietSetting: "2026-12-21..2027-01-03, nonsense,2026-08-15", "zone": "Asia/Karachi"}}
	for at, want := range map[string]bool{
		"2026-12-20T18:59:59Z": false, "2026-12-20T19:00:00Z": true, "2027-01-03T18:59:59Z": true, "2027-01-03T19:00:00Z": false,
		"2026-08-15T12:00:00Z": true, "2026-08-16T12:00:00Z": false,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := Quiet(c, moment); got != want {
			t.Errorf("quiet at %s: %v", at, got)
		}
	}
	if Quiet(chat.Community{}, time.Now()) {
		t.Error("quiet without a quiet week")
	}
}

func TestWhatIsNoDays(t *testing.T) {
	for _, s := range []string{"", "tomorrow", "2026-02-30", "2026-03-02..2026-03-01", "2026-01-01..2029-01-01", "2026-01-01..x"} {
		if _, err := ParseDays(s); !errors.Is(err, ErrDays) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAway(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for sanction, want := range map[string]bool{
		"": false, "ban": true, "timeout " + now.Add(time.Hour).Format(time.RFC3339): true, "timeout " + now.Add(-time.Hour).Format(time.RFC3339): false,
	} {
		if got := Away(chat.Card{Settings: map[string]string{"sanction": sanction}}, now); got != want {
			t.Errorf("away with %q: %v", sanction, got)
		}
	}
	if !Away(chat.Card{Settings: map[string]string{"paused": "on"}}, now) {
		t.Error("who pauses is not away")
	}
}
