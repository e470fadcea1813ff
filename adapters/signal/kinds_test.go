package signal

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestEveryKindOfContentIsToldAsWhatItIs has Bob say, in the group, all that the daemon's records can carry.
func TestEveryKindOfContentIsToldAsWhatItIs(t *testing.T) {
	file := func(kind chat.PartKind, mime string) chat.Part {
		return chat.Part{Kind: kind, Media: chat.Media{Platform: chat.Signal, Key: "k", MIME: mime}}
	}
	for name, tt := range map[string]struct {
		content string
		want    []chat.Part
	}{
		"photo":     {`"attachments":[{"contentType":"image/jpeg","id":"k"}]`, []chat.Part{file(chat.Photo, "image/jpeg")}},
		"video":     {`"attachments":[{"contentType":"video/mp4","id":"k"}]`, []chat.Part{file(chat.Video, "video/mp4")}},
		"animation": {`"attachments":[{"contentType":"image/gif","id":"k"}]`, []chat.Part{file(chat.Animation, "image/gif")}},
		"recording": {`"attachments":[{"contentType":"audio/aac","id":"k"}]`, []chat.Part{file(chat.Voice, "audio/aac")}},
		"recording that has a name": {
			`"attachments":[{"contentType":"audio/aac","filename":"a.aac","id":"k","isVoiceNote":true}]`,
			[]chat.Part{{Kind: chat.Voice, Media: chat.Media{Platform: chat.Signal, Key: "k", Name: "a.aac", MIME: "audio/aac"}}},
		},
		"music": {
			`"attachments":[{"contentType":"audio/mpeg","filename":"song.mp3","id":"k"}]`,
			[]chat.Part{{Kind: chat.Audio, Media: chat.Media{Platform: chat.Signal, Key: "k", Name: "song.mp3", MIME: "audio/mpeg"}}},
		},
		"file": {`"attachments":[{"contentType":"application/pdf","id":"k"}]`, []chat.Part{file(chat.File, "application/pdf")}},
		"file with words": {
			`"attachments":[{"contentType":"image/png","id":"k","caption":"our table"}]`,
			[]chat.Part{{Kind: chat.Photo, Line: "our table", Media: chat.Media{Platform: chat.Signal, Key: "k", MIME: "image/png"}}},
		},
		"album": {
			`"attachments":[{"contentType":"image/jpeg","id":"k"},{"contentType":"video/mp4","id":"k"}]`,
			[]chat.Part{file(chat.Photo, "image/jpeg"), file(chat.Video, "video/mp4")},
		},
		"sticker": {`"sticker":{"packId":"00ff","stickerId":3}`, []chat.Part{{Kind: chat.Sticker, Media: chat.Media{
			Platform: chat.Signal, Key: "sticker/00ff/3", Name: "sticker.webp", MIME: "image/webp",
		}}}},
		"view once video": {
			`"viewOnce":true,"attachments":[{"contentType":"video/mp4","id":"k"}]`,
			[]chat.Part{{Kind: chat.ViewOnce, Line: "video"}},
		},
		"contact": {
			`"contacts":[{"name":{"given":"Dora","family":"Dill"},"phone":[{"value":"+15550100042"},{"value":"+15550100043"}],` +
				`"email":[{"value":"d@example.org"}],"organization":"Mill"}]`,
			[]chat.Part{{
				Kind: chat.Contact, Line: "Dora Dill · Mill · +15550100042 · +15550100043 · d@example.org",
				Contact: &chat.ContactCard{Name: "Dora Dill", Phone: "+15550100042"},
			}},
		},
		"contact with a nickname": {
			`"contacts":[{"name":{"nickname":"Dodo"}}]`,
			[]chat.Part{{Kind: chat.Contact, Line: "Dodo", Contact: &chat.ContactCard{Name: "Dodo"}}},
		},
		"contact of an organisation": {
			`"contacts":[{"name":{},"organization":"Mill"}]`,
			[]chat.Part{{Kind: chat.Contact, Line: "Mill", Contact: &chat.ContactCard{Name: "Mill"}}},
		},
		"poll with several answers": {
			`"pollCreate":{"question":"What?","allowMultiple":true,"options":["bread","soup"]}`,
			[]chat.Part{{
				Kind: chat.Poll, Line: "What? · 1) bread · 2) soup",
				Poll: &chat.Question{Text: "What?", Options: []string{"bread", "soup"}, Multiple: true},
			}},
		},
		"payment":    {`"payment":{"note":"for the flour","receipt":"AA=="}`, []chat.Part{{Kind: chat.Payment, Line: "for the flour"}}},
		"call":       {`"groupCallUpdate":{"eraId":"7f3a"}`, []chat.Part{{Kind: chat.Call, Line: "a call of the group, in Signal only"}}},
		"gift":       {`"giftBadge":{"level":1}`, []chat.Part{{Kind: chat.Gift, Line: "to be opened in Signal only"}}},
		"story":      {`"storyContext":{"authorUuid":"` + alice + `","sentTimestamp":1790000000001}`, []chat.Part{{Kind: chat.Story, Line: "an answer to that of Alice, to be seen in Signal only"}}},
		"no timer":   {`"isExpirationUpdate":true`, []chat.Part{{Kind: chat.Timer, Line: "messages stay"}}},
		"what comes": {`"hologram":{"depth":3}`, []chat.Part{{Kind: chat.Other, Line: "a kind of message that can be seen in Signal only"}}},
	} {
		events := reader(t).receive(t.Context(), nil, data(tt.content))
		if len(events) != 1 {
			t.Errorf("%s: %d events", name, len(events))
			continue
		}
		p, _ := events[0].Body.(chat.Posted)
		if diff := cmp.Diff(tt.want, p.Parts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlaceIsTakenFromItsPicture(t *testing.T) {
	photo := `"attachments":[{"contentType":"image/jpeg","id":"k"}]`
	for name, tt := range map[string]struct {
		content, text string
		place         *chat.Place
	}{
		"place": {`"message":"https://maps.google.com/maps?q=52.5163%2C13.3777",` + photo, "", &chat.Place{Latitude: 52.5163, Longitude: 13.3777}},
		"with its address": {
			`"message":"see you\n\nKitchen Lane 7\nhttps://maps.google.com/maps?q=-1.0E-5%2C-180.0",` + photo,
			"see you\n\nKitchen Lane 7", &chat.Place{Latitude: -1e-5, Longitude: -180},
		},
		"off the earth":  {`"message":"https://maps.google.com/maps?q=152.5%2C13.3",` + photo, "https://maps.google.com/maps?q=152.5%2C13.3", nil},
		"nowhere":        {`"message":"https://maps.google.com/maps?q=NaN%2C13.3",` + photo, "https://maps.google.com/maps?q=NaN%2C13.3", nil},
		"typed by hand":  {`"message":"https://maps.google.com/maps?q=52.5,13.3",` + photo, "https://maps.google.com/maps?q=52.5,13.3", nil},
		"no picture":     {`"message":"https://maps.google.com/maps?q=52.5%2C13.3"`, "https://maps.google.com/maps?q=52.5%2C13.3", nil},
		"words behind":   {`"message":"https://maps.google.com/maps?q=52.5%2C13.3\nhere",` + photo, "https://maps.google.com/maps?q=52.5%2C13.3\nhere", nil},
		"picture alone":  {photo, "", nil},
		"several photos": {`"message":"https://maps.google.com/maps?q=52.5%2C13.3","attachments":[{"contentType":"image/jpeg","id":"k"},{"contentType":"image/jpeg","id":"l"}]`, "https://maps.google.com/maps?q=52.5%2C13.3", nil},
	} {
		p := reader(t).receive(t.Context(), nil, data(tt.content))[0].Body.(chat.Posted)
		var got *chat.Place
		files := 0
		for _, part := range p.Parts {
			if part.Kind == chat.Photo {
				files++
			} else {
				got = part.Place
			}
		}
		if diff := cmp.Diff(tt.place, got); diff != "" || p.Text.Plain != tt.text || (got != nil) != (files == 0 && name != "no picture") {
			t.Errorf("%s: text %q, %d files, place (-want +got):\n%s", name, p.Text.Plain, files, diff)
		}
	}
}

func TestReactionToAStoryIsNoReactionToAMessage(t *testing.T) {
	line := `"storyContext":{"authorUuid":"` + alice + `","sentTimestamp":1790000000001},"reaction":{"emoji":"👍","targetAuthorUuid":"` +
		alice + `","targetSentTimestamp":1790000000001,"isRemove":false}`
	p, ok := reader(t).receive(t.Context(), nil, data(line))[0].Body.(chat.Posted)
	if !ok || len(p.Parts) != 1 || p.Parts[0].Kind != chat.Story || !strings.Contains(p.Parts[0].Line, "👍") {
		t.Errorf("it is told as %+v", p)
	}
}

func TestQuoteOfAPictureSaysSo(t *testing.T) {
	line := `"message":"nice","quote":{"id":1790000000001,"authorUuid":"` + alice + `","text":"","attachments":[{"contentType":"image/jpeg"}]}`
	p := reader(t).receive(t.Context(), nil, data(line))[0].Body.(chat.Posted)
	if p.Reply == nil || p.Reply.Quote != "[photo]" || p.Reply.Partial {
		t.Errorf("it answers %+v", p.Reply)
	}
}

func TestVoteThatWasOvertakenDoesNotCount(t *testing.T) {
	a := reader(t)
	vote := func(count, option string) []chat.Event {
		return a.receive(t.Context(), nil, data(`"pollVote":{"authorUuid":"`+alice+
			`","targetSentTimestamp":1790000000013,"optionIndexes":[`+option+`],"voteCount":`+count+`}`))
	}
	poll := name{alice, 1790000000013}.ref(chatOf(group))
	for _, step := range []struct {
		count, option string
		want          []chat.Body
	}{
		{"1", "0", []chat.Body{chat.Voted{Ref: poll, Options: []int{0}}}},
		{"3", "", []chat.Body{chat.Voted{Ref: poll}}},
		{"2", "1", nil},
		{"3", "", []chat.Body{chat.Voted{Ref: poll}}}, // the same line again, after a crash
		{"4", "1,99,-1,1000000", []chat.Body{chat.Voted{Ref: poll, Options: []int{1}}}},
	} {
		var got []chat.Body
		for _, e := range vote(step.count, step.option) {
			got = append(got, e.Body)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("vote %s (-want +got):\n%s", step.count, diff)
		}
	}
}

func TestCallIsToldOnce(t *testing.T) {
	a := reader(t)
	call := func(era string) int {
		return len(a.receive(t.Context(), nil, data(`"groupCallUpdate":{"eraId":"`+era+`"}`)))
	}
	long := strings.Repeat("x", 10_000)
	for i, step := range []struct {
		era  string
		want int
	}{{"a", 1}, {"a", 0}, {"b", 1}, {"b", 0}, {long, 1}, {long, 0}, {"", 0}} {
		if got := call(step.era); got != step.want {
			t.Errorf("step %d: told %d times, want %d", i, got, step.want)
		}
	}
	if r, _ := a.groups.get(group); len(r.Call) > 100 {
		t.Errorf("the roster keeps %d bytes of a call's name", len(r.Call))
	}
}

func TestStoriesAreToldWhereTheyStand(t *testing.T) {
	line := func(story string) []byte {
		return []byte(`{"params":{"subscription":0,"result":{"envelope":{"sourceUuid":"` + bob + `","sourceName":"Bob","timestamp":1790000000060,` +
			`"storyMessage":{"allowsReplies":true` + story + `}},"account":"+15550100001"}}}`)
	}
	a := reader(t)
	events := a.receive(t.Context(), nil, line(`,"groupId":"`+group+`"`))
	if len(events) != 1 || events[0].Chat != chatOf(group) || events[0].Body.(chat.Posted).Parts[0].Kind != chat.Story {
		t.Errorf("a story in the group is told as %+v", events)
	}
	if events := a.receive(t.Context(), nil, line("")); len(events) > 0 {
		t.Errorf("a story for everybody is told: %+v", events)
	}
	a.groups.set(group, roster{In: true, Members: []string{alice}})
	if events := a.receive(t.Context(), nil, line(`,"groupId":"`+group+`"`)); len(events) > 0 {
		t.Errorf("a story by somebody who is not in the group is told: %+v", events)
	}
}

func TestGroupTellsWhatHasChanged(t *testing.T) {
	old := roster{Detailed: true, Title: "Table", About: "bread", Timer: 0, Writers: everyMember, Picture: "aa"}
	change := func(f func(*roster)) roster {
		r := old
		f(&r)
		return r
	}
	for name, tt := range map[string]struct {
		old, now roster
		want     []chat.Part
	}{
		"nothing":         {old, old, nil},
		"title":           {old, change(func(r *roster) { r.Title = "Long table" }), []chat.Part{{Kind: chat.Title, Line: "Long table"}}},
		"picture":         {old, change(func(r *roster) { r.Picture = "bb" }), []chat.Part{{Kind: chat.Picture, Line: "a new one, to be seen in Signal only"}}},
		"no picture":      {old, change(func(r *roster) { r.Picture = noPicture }), []chat.Part{{Kind: chat.Picture, Line: "taken away"}}},
		"description":     {old, change(func(r *roster) { r.About = "bread and soup" }), []chat.Part{{Kind: chat.Notice, Line: "about this group: bread and soup"}}},
		"no description":  {old, change(func(r *roster) { r.About = " " }), []chat.Part{{Kind: chat.Notice, Line: "the text about this group is gone"}}},
		"timer":           {old, change(func(r *roster) { r.Timer = 2419200 }), []chat.Part{{Kind: chat.Timer, Line: "messages vanish 4 weeks after they were read"}}},
		"admins alone":    {old, change(func(r *roster) { r.Writers = onlyAdmins }), []chat.Part{{Kind: chat.Notice, Line: "only admins of the group may write now"}}},
		"unknown before":  {roster{Title: "Table"}, old, nil},
		"first picture":   {change(func(r *roster) { r.Picture = "" }), old, nil},
		"title and timer": {old, change(func(r *roster) { r.Title, r.Timer = "T", 90 }), []chat.Part{{Kind: chat.Title, Line: "T"}, {Kind: chat.Timer, Line: "messages vanish 90 seconds after they were read"}}},
	} {
		if diff := cmp.Diff(tt.want, told(tt.old, tt.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]chat.Part{{Kind: chat.Notice, Line: "everybody may write again"}}, told(change(func(r *roster) { r.Writers = onlyAdmins }), old)); diff != "" {
		t.Errorf("everybody (-want +got):\n%s", diff)
	}
}

// TestLongAbsenceIsTold is longer than Signal's server keeps messages.
func TestLongAbsenceIsTold(t *testing.T) {
	now := time.UnixMilli(1790000000000).UTC()
	for _, tt := range []struct {
		away time.Duration
		want []chat.Body
	}{
		{time.Hour, nil},
		{30 * 24 * time.Hour, nil},
		{40 * 24 * time.Hour, []chat.Body{chat.Missed{From: now.Add(-40 * 24 * time.Hour), To: now.Add(-30 * 24 * time.Hour)}}},
	} {
		a := reader(t)
		a.groups.touch(now.Add(-tt.away))
		if err := a.save(); err != nil {
			t.Fatal(err)
		}
		b, err := New(a.cfg, nil, a.cursor, a.log)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.load(); err != nil {
			t.Fatal(err)
		}
		var got []chat.Body
		for _, e := range b.missed(now) {
			got = append(got, e.Body)
			if e.Chat != chatOf(group) || e.ID != b.missed(now.Add(time.Minute))[0].ID {
				t.Errorf("event %+v", e)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("away for %v (-want +got):\n%s", tt.away, diff)
		}
	}
	if got := reader(t).missed(now); len(got) > 0 {
		t.Errorf("at the first start something is missed: %+v", got)
	}
}

func FuzzReadPNG(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x02\x00\x00\x00\x02\x00\x08\x06\x00\x00\x00abcd\x00\x00\x00\x08acTL"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBP"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if kind, width, height := readPNG(b); width < 0 || height < 0 || (kind == "" && width+height > 0) {
			t.Errorf("%q, %d by %d", kind, width, height)
		}
	})
}

func FuzzQuestion(f *testing.F) {
	f.Add("When do we eat?", "six", "seven", true)
	f.Add(strings.Repeat("👩‍👩‍👧‍👦", 40), " ", "x", false)
	f.Fuzz(func(t *testing.T, text, first, second string, multiple bool) {
		p := chat.Part{Kind: chat.Poll, Line: "line", Poll: &chat.Question{Text: text, Options: []string{first, second}, Multiple: multiple}}
		polls, rest, lines, notes := questions(chatOf(group), []chat.Part{p})
		if len(rest) > 0 || len(polls)+len(lines) == 0 || (len(lines) > 0 && len(notes) == 0) {
			t.Fatalf("%d polls, %d other parts, lines %q, notes %q", len(polls), len(rest), lines, notes)
		}
		for _, q := range polls {
			if q.text == "" || chat.Units(q.text) > pollQuestion || (len(lines) > 0 && lines[0] != text) {
				t.Errorf("asked as %q, %q", q.text, lines)
			}
		}
	})
}
