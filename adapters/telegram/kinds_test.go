package telegram

import (
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

type members = map[string]any

// arrivals are messages as the Bot API tells them, and what the house hears. "-" stands for nothing.
func arrivals() []struct {
	service bool
	told    members
	want    string
} {
	user := members{"id": 5000000001, "is_bot": false, "first_name": "Olga"}
	photo := []members{{"file_id": "p", "file_unique_id": "u", "width": 160, "height": 160}}
	sticker := members{
		"file_id": "s", "file_unique_id": "su", "type": "regular", "width": 512, "height": 512,
		"is_animated": true, "is_video": false, "emoji": "🎁",
	}
	tasks := []members{{"id": 1, "text": "rye"}, {"id": 2, "text": "salt", "completion_date": 5}}
	list := members{"message_id": 3, "date": 1, "chat": members{"id": -5, "type": "group"}, "checklist": members{"title": "Shop", "tasks": tasks}}
	return []struct {
		service bool
		told    members
		want    string
	}{
		{false, members{"dice": members{"emoji": "🎯", "value": 6}}, "[dice · 🎯 6]"},
		{false, members{"checklist": list["checklist"]}, "[checklist · Shop · ☐ rye · ☑ salt]"},
		{false, members{"story": members{"chat": members{"id": -7, "type": "channel", "title": "News", "username": "news"}, "id": 4}}, "[story · by News · https://t.me/news/s/4]"},
		{false, members{"game": members{"title": "Chess", "description": "for two", "photo": photo}}, "[game · Chess · for two]"},
		{false, members{"invoice": members{"title": "Soup", "description": "hot", "start_parameter": "x", "currency": "EUR", "total_amount": 1205}}, "[invoice · Soup · 12.05 EUR · hot]"},
		{false, members{"paid_media": members{"star_count": 5, "paid_media": []members{{"type": "preview"}, {"type": "preview"}}}}, "[paid media · 2 files for 5 stars]"},
		{false, members{"giveaway": members{"chats": []members{}, "winners_selection_date": 1800000000, "winner_count": 3, "prize_description": "bread"}}, "[gift · a giveaway for 3 winners · bread · drawn on 2027-01-15]"},
		{false, members{"giveaway_winners": members{"chat": members{"id": -5, "type": "group"}, "giveaway_message_id": 1, "winners_selection_date": 1, "winner_count": 1, "winners": []members{user}}}, "[gift · 1 winner of a giveaway · Olga]"},
		{false, members{"rich_message": members{"blocks": []members{{"type": "paragraph", "text": "soup"}}}}, "[message · rich message · soup]"},
		{true, members{"giveaway_created": members{}}, "[gift · a giveaway has begun]"},
		{true, members{"giveaway_completed": members{"winner_count": 2}}, "[gift · a giveaway is over, with 2 winners]"},
		{true, members{"gift": members{"gift": members{"id": "g", "sticker": sticker, "star_count": 50}, "text": "for you"}}, "[gift · 🎁 · 50 stars · for you]"},
		{true, members{"boost_added": members{"boost_count": 1}}, "[gift · 1 boost for the group]"},
		{true, members{"successful_payment": members{"currency": "XTR", "total_amount": 7, "invoice_payload": "", "telegram_payment_charge_id": "", "provider_payment_charge_id": ""}}, "[payment · 7 stars paid]"},
		{true, members{"refunded_payment": members{"currency": "JPY", "total_amount": 700, "invoice_payload": "", "telegram_payment_charge_id": ""}}, "[payment · 700 JPY given back]"},
		{true, members{"video_chat_started": members{}}, "[call · a video chat has begun]"},
		{true, members{"video_chat_ended": members{"duration": 3700}}, "[call · the video chat is over after 1 hour 1 minute]"},
		{true, members{"video_chat_scheduled": members{"start_date": 1800000000}}, "[call · a video chat is planned for 2027-01-15 08:00 UTC]"},
		{true, members{"video_chat_participants_invited": members{"users": []members{user, user}}}, "[call · invited to the video chat: Olga, Olga]"},
		{true, members{"new_chat_title": "The bakery"}, "[title · The bakery]"},
		{true, members{"new_chat_photo": photo}, "[picture · a new one]"},
		{true, members{"delete_chat_photo": true}, "[picture · none any more]"},
		{true, members{"message_auto_delete_timer_changed": members{"message_auto_delete_time": 0}}, "[timer · off]"},
		{true, members{"forum_topic_closed": members{}}, "[topic · closed]"},
		{true, members{"forum_topic_reopened": members{}}, "[topic · open again]"},
		{true, members{"general_forum_topic_hidden": members{}}, "[topic · General is hidden]"},
		{true, members{"general_forum_topic_unhidden": members{}}, "[topic · General is shown again]"},
		{true, members{"chat_background_set": members{"type": members{"type": "chat_theme", "theme_name": "🍞"}}}, "[notice · a new background]"},
		{true, members{"proximity_alert_triggered": members{"traveler": user, "watcher": user, "distance": 20}}, "[notice · Olga is within 20 m of Olga]"},
		{true, members{"checklist_tasks_done": members{"checklist_message": list, "marked_as_done_task_ids": []int{1}, "marked_as_not_done_task_ids": []int{9}}}, "[checklist · Shop · ☑ rye · ☐ 1 task]"},
		{true, members{"checklist_tasks_added": members{"tasks": tasks[:1]}}, "[checklist · new: · ☐ rye]"},
		{true, members{"poll_option_added": members{"option_persistent_id": "4", "option_text": "at nine"}}, "[notice · a new option in the poll: at nine]"},
		{true, members{"poll_option_deleted": members{"option_persistent_id": "4", "option_text": "at nine"}}, "[notice · an option taken from the poll: at nine]"},
		{true, members{"chat_owner_changed": members{"new_owner": user}}, "[notice · Olga owns the group now]"},
		{true, members{"chat_owner_left": members{}}, "[notice · the owner has left the group]"},
		{true, members{"write_access_allowed": members{}}, "-"},
		{true, members{"users_shared": members{"request_id": 1, "users": []members{{"user_id": 5}}}}, "-"},
		{true, members{"web_app_data": members{"data": "x", "button_text": "y"}}, "-"},
		{true, members{"connected_website": "example.org"}, "-"},
	}
}

func TestEveryKindThatTelegramTells(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	for _, a := range arrivals() {
		id, err := s.Tell(ana, group, a.service, a.told)
		if err != nil {
			t.Fatal(err)
		}
		got := "-"
		for _, e := range s.settled(ana, group) {
			if p, ok := e.Body.(chat.Posted); ok && p.Ref.ID == id {
				got = p.Text.Plain
				for _, part := range p.Parts {
					got += part.Describe()
				}
				if e.By.Name != "Ana" {
					t.Errorf("%v is by %q", a.told, e.By.Name)
				}
			}
		}
		if got != a.want {
			t.Errorf("%v\n got %s\nwant %s", a.told, got, a.want)
		}
	}
}

// TestNoKindIsTwoThings keeps what is told from standing among what says nothing, for then a broken one would be silent.
func TestNoKindIsTwoThings(t *testing.T) {
	silent := " " + strings.Join(silentKinds(), " ") + " "
	for _, a := range arrivals() {
		for name := range a.told {
			if isSilent := strings.Contains(silent, " "+name+" "); isSilent != (a.want == "-") {
				t.Errorf("%s: silent %v, told as %s", name, isSilent, a.want)
			}
		}
	}
}

func TestPollsThatAreTooLargeAreTold(t *testing.T) {
	twelve := rawPoll{Question: "Which?"}
	for _, o := range strings.Split("abcdefghijkl", "") {
		twelve.Options = append(twelve.Options, rawOption{o})
	}
	for name, p := range map[string]rawPoll{
		"twelve options": twelve,
		"one option":     {Question: "Which?", Options: []rawOption{{"a"}}},
		"a long option":  {Question: "Which?", Options: []rawOption{{"a"}, {strings.Repeat("b", 101)}}},
		"a long one":     {Question: strings.Repeat("?", 301), Options: []rawOption{{"a"}, {"b"}}},
	} {
		got := p.part()
		if got.Poll != nil || !strings.Contains(got.Line, p.Options[len(p.Options)-1].Text) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	small := rawPoll{Question: "Which?", Options: twelve.Options[:10], Type: "quiz", Anonymous: true, Multiple: true, Closed: true}
	if q := small.part().Poll; q == nil || len(q.Options) != 10 || !q.Quiz || !q.Secret || !q.Multiple || !q.Closed {
		t.Errorf("ten options: %+v", q)
	}
}

func TestLiveLocationsAreToldOnceAMinute(t *testing.T) {
	o := options()
	now := time.Unix(1800000000, 0)
	clock := make(chan time.Time, 1)
	clock <- now
	o.Now = func() time.Time { n := <-clock; clock <- n; return n }
	step := func(d time.Duration) { n := <-clock; clock <- n.Add(d) }
	s := newStage(t, o)
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	id, err := s.Say(ana, group, world.Say{Thing: &chat.Part{Kind: chat.LiveLocation, Place: &chat.Place{Latitude: 1, Longitude: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 { // five minutes, two steps a minute
		step(30 * time.Second)
		if err := s.Move(group, id, chat.Place{Latitude: 1, Longitude: float64(2 + i)}, false); err != nil {
			t.Fatal(err)
		}
	}
	step(time.Second)
	if err := s.Move(group, id, chat.Place{Latitude: 1, Longitude: 99}, true); err != nil {
		t.Fatal(err)
	}
	var told []chat.Part
	for _, e := range s.settled(ana, group) {
		if b, ok := e.Body.(chat.Edited); ok && b.Ref.ID == id {
			told = append(told, b.Parts...)
		}
	}
	if len(told) != 6 {
		t.Fatalf("%d steps are told, want 5 and the last: %+v", len(told), told)
	}
	if last := told[5]; last.Kind != chat.Location || last.Place.Longitude != 99 {
		t.Errorf("the last step is %+v", last)
	}
}

func TestPinsByMembers(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	rules := s.say(ana, group, "the rules")
	if err := s.SetPinned(ana, group, rules, true); err != nil {
		t.Fatal(err)
	}
	e, p := hear(s, func(_ chat.Event, p chat.Pinned) bool { return p.On })
	s.same([]any{e.By.Name, e.Chat, p.Ref}, []any{"Ana", at(group), refOf(group, rules)})
	if err := s.SetPinned(ana, group, rules, false); err != nil {
		t.Fatal(err)
	}
	s.do(chat.Pin{To: at(group), Target: chat.Target{Refs: []chat.Ref{refOf(group, rules)}}})
	pins := 0
	for _, e := range s.settled(ana, group) {
		if _, ok := e.Body.(chat.Pinned); ok {
			pins++
		}
	}
	if pins != 1 {
		t.Errorf("%d pins are told, want the member's alone", pins)
	}
}

func TestQuotesThatTheServerHasCutAreNoChoice(t *testing.T) {
	base := `{"message_id":5,"date":1,"text":"x","chat":{"id":-5,"type":"group","title":"G"},"from":{"id":7,"first_name":"Ana","is_bot":false},
		"reply_to_message":{"message_id":4,"date":1,"text":"so it is, they say","chat":{"id":-5,"type":"group"}},"quote":{"position":0,"text":"so it is"`
	for end, want := range map[string]bool{`}}`: false, `,"is_manual":true}}`: true} {
		events, _ := lone(t).message(t.Context(), []byte(base+end))
		if r := events[0].Body.(chat.Posted).Reply; r == nil || r.Quote != "so it is" || r.Partial != want {
			t.Errorf("%s: %+v", end, r)
		}
	}
}

func TestQuotesLeaveCoveredWhatWasCovered(t *testing.T) {
	for _, test := range []struct {
		plain    string
		entities []rawEntity
		want     string
	}{
		{"the murderer is Bo 🍞!", []rawEntity{{Type: "spoiler", Offset: 16, Length: 5}}, "the murderer is ████!"},
		{"ab", []rawEntity{{Type: "spoiler", Length: 2}, {Type: "bold", Length: 1}}, "██"},
		{"ab", []rawEntity{{Type: "spoiler", Offset: 5, Length: 2}, {Type: "spoiler", Offset: -1, Length: 9}}, "ab"},
		{"", nil, ""},
	} {
		if got := covered(test.plain, test.entities); got != test.want {
			t.Errorf("%q: %q, want %q", test.plain, got, test.want)
		}
	}
}
