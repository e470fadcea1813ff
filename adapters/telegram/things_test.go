package telegram

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// somewhere, card and question are things that Telegram has.
func somewhere(kind chat.PartKind) chat.Part {
	return chat.Part{Kind: kind, Line: "somewhere", Place: &chat.Place{Latitude: 52.5, Longitude: 13.4, Name: "The Long Table", Address: "Lane 7"}}
}

func card() chat.Part {
	return chat.Part{Kind: chat.Contact, Line: "Dora", Contact: &chat.ContactCard{Name: "Dora Dill Jr", Phone: "+15550100"}}
}

func question(options ...string) chat.Part {
	return chat.Part{Kind: chat.Poll, Line: "When?", Poll: &chat.Question{Text: "When?", Options: options, Multiple: true}}
}

// shown returns what the bot's messages in a group are, in order: texts, and the kinds of things and files.
func (s *stage) shown(group string) []string {
	var out []string
	for _, m := range s.bySelf(group) {
		line := m.Text.Plain
		for _, p := range m.Things {
			line += "<" + string(p.Kind) + ">"
		}
		for _, f := range m.Media {
			line += "<" + string(f.Kind) + ">"
		}
		out = append(out, line)
	}
	return out
}

func TestThingsAreShownAsWhatTheyAre(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	nameless := somewhere(chat.Venue)
	nameless.Place = &chat.Place{Latitude: 1, Longitude: 2}
	silent := card()
	silent.Contact = &chat.ContactCard{Name: "Dora"}
	lost := somewhere(chat.Location)
	lost.Place = &chat.Place{Latitude: 91}
	for _, test := range []struct {
		text  string
		parts []chat.Part
		want  []string
	}{
		{"", []chat.Part{somewhere(chat.Location)}, []string{"Gita", "<location>"}},
		{"", []chat.Part{somewhere(chat.LiveLocation)}, []string{"Gita", "<live location>"}},
		{"here", []chat.Part{somewhere(chat.Venue)}, []string{"Gita: here", "<venue>"}},
		{"", []chat.Part{nameless}, []string{"Gita", "<location>"}},
		{"", []chat.Part{card()}, []string{"Gita", "<contact>"}},
		{"", []chat.Part{silent}, []string{"Gita: [contact · Dora]"}},
		{"", []chat.Part{lost}, []string{"Gita: [location · somewhere]"}},
		{"", []chat.Part{question("six", "seven")}, []string{"Gita", "<poll>"}},
		{"", []chat.Part{question("six")}, []string{"Gita: [poll · When?]"}},
		{"see", []chat.Part{s.part(chat.Photo, "a.png", "image/png", png(1)), card()}, []string{"Gita: see<photo>", "<contact>"}},
		{"", []chat.Part{{Kind: chat.Dice, Line: "🎲 4"}}, []string{"Gita: [dice · 🎲 4]"}},
	} {
		before := len(s.bySelf(group))
		r := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain(test.text), Parts: test.parts})
		s.same(s.shown(group)[before:], test.want)
		if len(r.Refs) != len(test.want) {
			t.Errorf("%d refs for %q", len(r.Refs), test.want)
		}
	}
	for _, m := range s.bySelf(group) {
		if len(m.Things) == 1 && m.Things[0].Poll != nil {
			s.same(*m.Things[0].Poll, chat.Question{Text: "When?", Options: []string{"six", "seven"}, Multiple: true})
		}
	}
}

func TestAThingThatIsRefusedIsTold(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "sendPoll", Code: 400, Description: "Bad Request: not enough rights to send polls to the chat"})
	r := s.do(chat.Send{To: at(group), As: gita(), Parts: []chat.Part{question("six", "seven")}})
	s.same(s.shown(group), []string{"Gita", "[poll · When?]"})
	s.same(r.Notes, []string{"poll told in a line"})
}

func TestVotesFindTheirPollAfterACrash(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	poll := s.do(chat.Send{To: at(group), Parts: []chat.Part{question("six", "seven")}}).Refs[0]
	crashed := s.cursor.position // what is kept at once, not what an orderly end keeps
	s.stop()
	s.cursor.position = crashed
	s.start()
	if err := s.CastVote(ana, group, poll.ID, 1, 0); err != nil {
		t.Fatal(err)
	}
	e, v := hear(s, func(chat.Event, chat.Voted) bool { return true })
	s.same([]any{e.Chat, e.By.Name, v.Ref, v.Options}, []any{at(group), "Ana", poll, []int{1, 0}})
	if err := s.CastVote(ana, group, poll.ID); err != nil {
		t.Fatal(err)
	}
	hear(s, func(_ chat.Event, v chat.Voted) bool { return len(v.Options) == 0 })
}

func TestEndOfAPoll(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	refs := s.do(chat.Send{To: at(group), As: gita(), Parts: []chat.Part{question("six", "seven")}}).Refs
	end := chat.EndPoll{To: at(group), Target: chat.Target{Refs: refs}}
	s.do(end) // whichever of the messages it is
	s.do(end) // what is so already is done
	for _, e := range s.settled(ana, group) {
		if _, ok := e.Body.(chat.PollEnded); ok {
			t.Error("what we have done ourselves came back")
		}
	}
	text := s.do(chat.Send{To: at(group), Text: chat.Plain("no poll")}).Refs
	_, err := s.try(chat.EndPoll{To: at(group), Target: chat.Target{Refs: text}})
	s.refused(err, chat.NotFound)
	_, err = s.try(chat.Vote{To: at(group), Target: chat.Target{Refs: refs}, As: *gita(), Options: []int{0}})
	s.refused(err, chat.Unsupported)
}

func TestLiveLocationMovesAndStops(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	refs := s.do(chat.Send{To: at(group), As: gita(), Parts: []chat.Part{somewhere(chat.LiveLocation)}}).Refs
	moved := somewhere(chat.LiveLocation)
	moved.Place.Longitude = 14
	edit := func(p chat.Part) {
		s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Parts: []chat.Part{p}})
	}
	edit(moved)
	edit(moved)
	s.restart() // what it was made of is forgotten
	moved.Place = &chat.Place{Latitude: 52.5, Longitude: 15}
	edit(moved)
	rest := somewhere(chat.Location)
	rest.Place.Longitude = 16
	edit(rest)
	s.same(s.shown(group), []string{"Gita", "<location>"})
	if got := s.bySelf(group)[1].Things[0].Place.Longitude; got != 16 {
		t.Errorf("it rests at %v", got)
	}
}

func TestCoveredPicturesStayCovered(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	parts := []chat.Part{
		s.part(chat.Photo, "a.png", "image/png", png(1)), s.part(chat.Video, "b.mp4", "video/mp4", []byte("mp4")),
	}
	for i := range parts {
		parts[i].Hidden = true
	}
	refs := s.do(chat.Send{To: at(group), As: gita(), Parts: parts}).Refs
	s.do(chat.Send{To: at(group), As: gita(), Parts: parts[1:]})
	other := s.part(chat.Photo, "c.png", "image/png", png(2))
	other.Hidden = true
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Parts: []chat.Part{other, parts[1]}})
	for _, m := range s.bySelf(group) {
		if len(m.Media) != 1 || !m.Media[0].Hidden {
			t.Errorf("%s shows %+v", m.ID, m.Media)
		}
	}
}

func TestFilesAndMusicStandInAlbumsOfTheirOwn(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	file := func(n string) chat.Part { return s.part(chat.File, n, "text/plain", []byte(n)) }
	song := func(n string) chat.Part { return s.part(chat.Audio, n, "audio/mpeg", []byte("ID3"+n)) }
	parts := []chat.Part{
		file(`the "first".txt`), file("übermorgen.txt"), song("a.mp3"), song("b.mp3"),
		s.part(chat.Photo, "c.png", "image/png", png(1)), file("last.txt"),
	}
	r := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("all of it"), Parts: parts})
	var names []string
	for _, m := range s.bySelf(group) {
		names = append(names, m.Media[0].Name)
	}
	s.same(names, []string{"the _first_.txt", "übermorgen.txt", "a.mp3", "b.mp3", "c.png", "last.txt"})
	s.same(len(s.Calls("sendMediaGroup")), 2)
	s.same(len(r.Refs), 6)
	s.same(s.texts(group), []string{"Gita: all of it", "", "", "", "", ""})
}

func TestEditsAddAndTakeFiles(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	var parts []chat.Part
	for n := range 4 {
		parts = append(parts, s.part(chat.Photo, "a.png", "image/png", png(byte(n))))
	}
	r := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("three"), Parts: parts[:3]})
	refs := r.Refs
	edit := func(text string, parts ...chat.Part) {
		r := s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain(text), Parts: parts})
		refs = append(refs, r.Refs...)
	}
	edit("two", parts[:2]...)
	s.same(s.shown(group), []string{"Gita: two<photo>", "<photo>"})
	edit("four", parts...)
	s.same(s.shown(group), []string{"Gita: four<photo>", "<photo>", "Gita<photo>", "<photo>"})
	s.same(len(refs), 5)
	edit("four again", parts...)
	s.same(s.shown(group), []string{"Gita: four again<photo>", "<photo>", "Gita<photo>", "<photo>"})
	s.do(chat.Delete{To: at(group), Target: chat.Target{Refs: refs}})
	s.same(len(s.bySelf(group)), 0)
}

func TestAnEditedFileKeepsItsName(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	file := func(name string) chat.Part { return s.part(chat.File, name, "text/plain", []byte(name)) }
	refs := s.do(chat.Send{To: at(group), As: gita(), Parts: []chat.Part{file("one.txt"), file("two.txt")}}).Refs
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Parts: []chat.Part{file("one.txt"), file("drei Brötchen.txt")}})
	if got := s.bySelf(group)[1].Media[0]; got.Name != "drei Brötchen.txt" || string(got.Bytes) != got.Name {
		t.Errorf("people see %q: %q", got.Name, got.Bytes)
	}
	r := s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("no files any more")})
	s.same(s.shown(group), []string{"Gita: no files any more<file>"})
	s.same(r.Notes, []string{"its file is still shown"})
}

// TestEditOfAPhotoThatWasToldInALine keeps the line, and does not try to show the photo after all.
func TestEditOfAPhotoThatWasToldInALine(t *testing.T) {
	s := newStage(t, options())
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	photo := s.part(chat.Photo, "a.png", "image/png", png(1))
	s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "sendPhoto", Code: 400, Description: "Bad Request: IMAGE_PROCESS_FAILED"})
	s.Fail(telegramtest.Fault{Kind: telegramtest.Refuse, Method: "sendDocument", Code: 400, Description: "Bad Request: DOCUMENT_INVALID"})
	refs := s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("our tabel"), Parts: []chat.Part{photo}}).Refs
	s.do(chat.Edit{To: at(group), Target: chat.Target{Refs: refs}, As: gita(), Text: chat.Plain("our table"), Parts: []chat.Part{photo}})
	if got := s.shown(group); len(got) != 1 || !strings.HasPrefix(got[0], "Gita: our table\n[photo · a.png") {
		t.Errorf("people see %q", got)
	}
}

func TestPartsOfTextsAreQuoted(t *testing.T) {
	s := newStage(t, options())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	to, err := s.Say(ana, group, world.Say{Text: chat.Plain("bread at six, soup at seven, ").Append(chat.Styled(chat.Bold, "cake", ""), chat.Plain(" at ten"))})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(quote string, parts ...chat.Part) {
		s.do(chat.Send{To: at(group), As: gita(), Text: chat.Plain("no"), Parts: parts, Answer: &chat.Answer{
			Target: chat.Target{Refs: []chat.Ref{refOf(group, to)}}, Name: "Ana", Quote: quote, Partial: true,
		}})
	}
	answer("soup at seven")
	answer("soup at eight") // she has edited it since
	answer("soup at nine", somewhere(chat.Location))
	answer("cake at ten") // the platform wants the styles, too, and nobody knows them here
	answer("soup at ten", s.part(chat.Photo, "a.png", "image/png", png(1)))
	var got []string
	for _, m := range s.bySelf(group) {
		got = append(got, m.ReplyTo+" "+m.Quote+"|"+m.Text.Plain)
	}
	s.same(got, []string{
		to + " soup at seven|Gita: no", to + " |soup at eight\nGita: no", to + " |soup at nine\nGita: no", " |",
		to + " |cake at ten\nGita: no", to + " |soup at ten\nGita: no",
	})
}

// FuzzThings sends things made of anything: each is shown as what it is, or told in a line, and none is lost.
func FuzzThings(f *testing.F) {
	f.Add("When?", "six", "seven", "+1 555", 52.5, 13.4)
	f.Add("\x00\n", " ", "\u202e", "call me", 91.0, -181.0)
	f.Add(strings.Repeat("漢", 300), strings.Repeat("🍞", 100), "x", "1", 0.0, 0.0)
	f.Add("\xff", "\xffx", "b", "\xff1", math.NaN(), math.Inf(1))
	server := telegramtest.New(telegramtest.Options{Strict: true})
	f.Cleanup(server.Close)
	group := server.NewGroup("Kitchen", server.NewPerson("Olga"))
	a, err := New(Config{Token: server.Token(), API: server.URL()}, nil, &cursor{}, discard())
	if err != nil {
		f.Fatal(err)
	}
	a.calls.http.Transport = straight{server}
	n := 0
	f.Fuzz(func(t *testing.T, first, second, third, phone string, latitude, longitude float64) {
		place := chat.Place{Latitude: latitude, Longitude: longitude, Name: first, Address: second}
		for _, p := range []chat.Part{
			{Kind: chat.Poll, Line: first, Poll: &chat.Question{Text: first, Options: []string{second, third}}},
			{Kind: chat.Contact, Line: first, Contact: &chat.ContactCard{Name: first, Phone: phone}},
			{Kind: chat.Venue, Line: first, Place: &place},
			{Kind: chat.Location, Place: &place},
			{Kind: chat.LiveLocation, Place: &place},
		} {
			n++
			e := chat.Send{To: at(group), As: gita(), Parts: []chat.Part{p}}
			r, err := a.Do(t.Context(), chat.Dispatch{ID: chat.EventID(strconv.Itoa(n)).Effect(1), Effect: e})
			if err != nil || len(r.Refs) == 0 {
				t.Fatalf("%s of %q, %q, %q, %q, %v, %v: %v", p.Kind, first, second, third, phone, latitude, longitude, err)
			}
		}
		if v := server.Violations(); len(v) > 0 {
			t.Fatal(v[0])
		}
	})
}
