package rhythm

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

func place() chat.Community {
	return chat.Community{ID: "c1", Rooms: []chat.Room{
		{ID: "r1", Name: "Kitchen", Chats: chats()}, {ID: "r2", Name: "Bread corner", Chats: chats()[:1]},
	}}
}

func TestTimesThatPeopleType(t *testing.T) {
	for typed, want := range map[string]struct {
		rule, clock, text, said string
		room                    chat.RoomID
	}{
		"every monday 09:00: hi":                  {"FREQ=WEEKLY;BYDAY=MO", "09:00", "hi", "every week on Mon at 09:00", ""},
		"Every Monday: hi":                        {"FREQ=WEEKLY;BYDAY=MO", "09:00", "hi", "every week on Mon at 09:00", ""},
		"every Monday 9:00: in this week: hi":     {"FREQ=WEEKLY;BYDAY=MO", "09:00", "in this week: hi", "every week on Mon at 09:00", ""},
		"every monday at 9 hi there":              {"FREQ=WEEKLY;BYDAY=MO", "09:00", "hi there", "every week on Mon at 09:00", ""},
		"every 2 weeks on tue 19:00\nhi: there":   {"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "19:00", "hi: there", "every 2 weeks on Tue at 19:00", ""},
		"every other week on tue at 7pm: hi":      {"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "19:00", "hi", "every 2 weeks on Tue at 19:00", ""},
		"every second tuesday 7:30 pm: hi":        {"FREQ=MONTHLY;BYDAY=2TU", "19:30", "hi", "every month on the second Tue at 19:30", ""},
		"every second week on tue 19h30: hi":      {"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "19:30", "hi", "every 2 weeks on Tue at 19:30", ""},
		"monthly first thursday 18:00: hi":        {"FREQ=MONTHLY;BYDAY=1TH", "18:00", "hi", "every month on the first Thu at 18:00", ""},
		"every last friday of the month noon: hi": {"FREQ=MONTHLY;BYDAY=-1FR", "12:00", "hi", "every month on the last Fri at 12:00", ""},
		"monthly on thursday 18:00: hi":           {"FREQ=MONTHLY;BYDAY=1TH", "18:00", "hi", "every month on the first Thu at 18:00", ""},
		"monthly day 15 8:00: hi":                 {"FREQ=MONTHLY;BYMONTHDAY=15", "08:00", "hi", "every month on day 15 at 08:00", ""},
		"every month on the 31st 12am: hi":        {"FREQ=MONTHLY;BYMONTHDAY=31", "00:00", "hi", "every month on day 31 at 00:00", ""},
		"monthly 10:00: hi":                       {"FREQ=MONTHLY;BYMONTHDAY=1", "10:00", "hi", "every month on day 1 at 10:00", ""},
		"daily 8:00: hi":                          {"FREQ=DAILY", "08:00", "hi", "every day at 08:00", ""},
		"every day 8.15: hi":                      {"FREQ=DAILY", "08:15", "hi", "every day at 08:15", ""},
		"every 3 days 8: hi":                      {"FREQ=DAILY;INTERVAL=3", "08:00", "hi", "every 3 days at 08:00", ""},
		"every weekday 8:00: hi":                  {"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "08:00", "hi", "every week on Mon, Tue, Wed, Thu, Fri at 08:00", ""},
		"every mon, thu and sat 8:00: hi":         {"FREQ=WEEKLY;BYDAY=MO,TH,SA", "08:00", "hi", "every week on Mon, Thu, Sat at 08:00", ""},
		"every sat,sun 8:00: hi":                  {"FREQ=WEEKLY;BYDAY=SA,SU", "08:00", "hi", "every week on Sat, Sun at 08:00", ""},
		"weekly 8:00: hi":                         {"FREQ=WEEKLY;BYDAY=WE", "08:00", "hi", "every week on Wed at 08:00", ""},
		"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1 20:00: hi": {
			"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "20:00", "hi", "by the rule FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1 at 20:00", "",
		},
		"every friday 18:00 in Bread corner: hi": {"FREQ=WEEKLY;BYDAY=FR", "18:00", "hi", "every week on Fri at 18:00", "r2"},
		"every friday 18:00 in kitchen":          {"FREQ=WEEKLY;BYDAY=FR", "18:00", "", "every week on Fri at 18:00", "r1"},
	} {
		p, wrong := readPlan(place(), "en", typed, wordsOf(typed), clock{hour: 9}, time.Wednesday)
		if wrong != nil {
			t.Errorf("%q is not understood: %+v", typed, *wrong)
			continue
		}
		if p.rule != want.rule || p.clock.String() != want.clock || p.text != want.text || p.room != want.room {
			t.Errorf("%q is read as %+v at %s", typed, p, p.clock)
		}
		r := Ritual{Rule: p.rule, Start: "2026-03-04T" + p.clock.String()}
		if got := spoken(rule.Voice{Language: "en"}, r).Plain; got != want.said {
			t.Errorf("%q is told as %q, want %q", typed, got, want.said)
		}
		if _, ok := r.recurrence(time.UTC); !ok {
			t.Errorf("%q: the rule %q is none", typed, p.rule)
		}
	}
}

func TestWhatIsNoTime(t *testing.T) {
	for typed, key := range map[string]string{
		"every fryday 18:00: hi": "ritual.when", "every sat,sum 18:00: hi": "ritual.when", "every": "ritual.how", "": "ritual.how", "18:00: hi": "ritual.how", "every 25:00 monday: hi": "ritual.when",
		"every friday 18:00 in the cellar: hi": "ritual.noroom", "every friday 18:00 in": "ritual.noroom",
	} {
		if p, wrong := readPlan(place(), "en", typed, wordsOf(typed), clock{hour: 9}, time.Wednesday); wrong == nil || wrong.key != key {
			t.Errorf("%q is read as %+v, %+v", typed, p, wrong)
		}
	}
}

// FuzzReadPlan looks that no words make a rule that cannot be kept, and that what is said back stays short and whole.
func FuzzReadPlan(f *testing.F) {
	f.Add("every 2 weeks on tue 19:00 in Kitchen: hi")
	f.Add("FREQ=WEEKLY;COUNT=3 9: \u202e")
	f.Add("monthly last 31st day 31 12 pm:")
	f.Add("every 365 days 7:30\n:\n\n\n\nx")
	f.Fuzz(func(t *testing.T, typed string) {
		if len(typed) > 2000 || !utf8.ValidString(typed) {
			t.Skip()
		}
		p, wrong := readPlan(place(), "en", typed, wordsOf(typed), clock{hour: 9}, time.Wednesday)
		if wrong != nil {
			if wrong.key == "" || utf8.RuneCountInString(wrong.word) > 2*maxName+1 {
				t.Fatalf("%q: %+v", typed, *wrong)
			}
			return
		}
		if len(p.rule) > maxRule || p.clock.hour > 23 || p.clock.minute > 59 {
			t.Fatalf("%q: %+v", typed, p)
		}
		r, ok := Ritual{ID: "x", Rule: p.rule}.begun(p.clock, time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), time.UTC)
		if spoken(rule.Voice{Language: "en"}, r).IsEmpty() {
			t.Fatalf("%q has no words", p.rule)
		}
		if _, err := recur.Parse(p.rule, time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), time.UTC); ok && err != nil {
			t.Fatalf("%q: %v", p.rule, err)
		}
		if ok && !r.Next.After(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)) {
			t.Fatalf("%q comes next at %v", p.rule, r.Next)
		}
	})
}
