package charter

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// people is a member index over cards in their order.
type people []*chat.Card

var _ chat.MemberIndex = people(nil)

func (p people) Of(i chat.Identity) (chat.Card, bool) {
	for _, card := range p {
		if slices.Contains(card.Identities, i) {
			return *card, true
		}
	}
	return chat.Card{}, false
}

func (p people) ByID(id chat.MemberID) (chat.Card, bool) {
	for _, card := range p {
		if card.ID == id {
			return *card, true
		}
	}
	return chat.Card{}, false
}

func (p people) All() (out []chat.Card) {
	for _, card := range p {
		out = append(out, *card)
	}
	return out
}

func (p people) Named(string) []chat.Card         { return nil }
func (p people) Pseudonym(i chat.Identity) string { return "~" + i.ID }

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func kitchen() chat.Chat { return chat.Chat{Platform: chat.Signal, ID: "kitchen"} }

// community makes one with a room and some members who are in it.
func community(n int) chat.Community {
	var all people
	for i := range n {
		id := fmt.Sprint("m", i+1)
		all = append(all, &chat.Card{
			ID: chat.MemberID(id), Name: id, Level: chat.Member, In: []chat.Chat{kitchen()},
			Identities: []chat.Identity{{Platform: chat.Signal, ID: id}}, Settings: map[string]string{},
		})
	}
	room := chat.Room{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen()}, Settings: map[string]string{}}
	return chat.Community{ID: "c1", Name: "Kitchen", Settings: map[string]string{}, Rooms: []chat.Room{room}, Members: all}
}

func asks(line string, level chat.Level) chat.Event {
	command, text, _ := strings.Cut(line, " ")
	return chat.Event{
		Chat: kitchen(), Room: "r1", Member: "m1", Level: level, Now: noon(), By: chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: "m1"}},
		Body: chat.Asked{Command: command, Args: strings.Fields(text), Text: chat.Plain(text)},
	}
}

// set returns what some effects set of the community.
func set(effects []chat.Effect) map[string]string {
	out := make(map[string]string)
	for _, effect := range effects {
		if x, ok := effect.(chat.Set); ok && x.Member == "" && x.Room == "" {
			out[x.Key] = x.Value
		}
	}
	return out
}

func decide(t *testing.T, r rule.Rule, c chat.Community, state []byte, e chat.Event) ([]byte, []chat.Effect) {
	t.Helper()
	next, effects, err := r.Decide(c, state, e)
	if err != nil {
		t.Fatal(err)
	}
	return next, effects
}

func TestWhoMayWriteTheCharter(t *testing.T) {
	for _, line := range []string{"purpose We bake.", "rules Be kind.", "promises add Bread", "promises remove 1"} {
		for _, level := range []chat.Level{chat.Guest, chat.Member, chat.Moderator, chat.Organiser} {
			for _, who := range []string{"", "anonymous", "unsure"} {
				e := asks(line, level)
				e.By.Anonymous, e.By.Unsure = who == "anonymous", who == "unsure"
				r := New()
				if strings.HasPrefix(line, "promises") {
					r = NewPromises()
				}
				_, effects := decide(t, r, community(1), []byte(`{"list":[{"text":"x"}]}`), e)
				want := level == chat.Organiser && who != "anonymous"
				if got := len(set(effects)) > 0; got != want {
					t.Errorf("%q by %s %s changes something: %v", line, level, who, got)
				}
			}
		}
	}
}

func TestTheLimitsOfTheCharter(t *testing.T) {
	for line, want := range map[string]bool{
		"purpose " + strings.Repeat("ä", maxPurpose):        true,
		"purpose " + strings.Repeat("ä", maxPurpose+1):      false,
		"purpose We bake. We cook.":                         false,
		"purpose …":                                         false,
		"rules " + strings.Repeat("ä", maxRules):            true,
		"rules " + strings.Repeat("ä", maxRules+1):          false,
		"promises add " + strings.Repeat("ä", maxPromise):   true,
		"promises add " + strings.Repeat("ä", maxPromise+1): false,
		"promises add #room":                                false,
		"promises add # x":                                  true,
	} {
		r := New()
		if strings.HasPrefix(line, "promises") {
			r = NewPromises()
		}
		_, effects := decide(t, r, community(1), nil, asks(line, chat.Organiser))
		if got := len(set(effects)) > 0; got != want {
			t.Errorf("%.40q is taken: %v", line, got)
		}
	}
	var state []byte
	for i := range 30 {
		state, _ = decide(t, NewPromises(), community(1), state, asks(fmt.Sprint("promises add bread ", i), chat.Organiser))
	}
	if n := strings.Count(string(state), "bread"); n != maxPromises {
		t.Errorf("%d promises are kept", n)
	}
}

// A button that takes back something older than the last change takes back nothing.
func TestTakingBack(t *testing.T) {
	c := community(1)
	var state []byte
	does := func(line string, chosen bool) map[string]string {
		e := asks(line, chat.Organiser)
		asked, _ := e.Body.(chat.Asked)
		asked.Chosen = chosen
		e.Body = asked
		next, effects := decide(t, New(), c, state, e)
		state = next
		changed := set(effects)
		maps.Copy(c.Settings, changed)
		return changed
	}
	does("purpose We bake.", false)
	does("purpose We cook.", false)
	does("rules Be kind.", false)
	does("rules Be very kind.", false)
	for _, line := range []string{"purpose back 1", "purpose back 0", "rules back 1", "rules back 3"} {
		if changed := does(line, true); len(changed) > 0 {
			t.Errorf("%q changes %v", line, changed)
		}
	}
	if changed := does("rules back 2", true); changed["rules"] != "Be kind." || changed["rules.version"] != "3" {
		t.Errorf("it is taken back as %v", changed)
	}
	if changed := does("rules back 3", false); changed["rules"] != "back 3" {
		t.Errorf("typed, it is a text like any other: %v", changed)
	}
}

// Everybody who has accepted another text is asked once, some at a time and by day, however often the rules change
// back and forth.
func TestAskingAgain(t *testing.T) {
	c := community(70)
	all, _ := c.Members.(people)
	c.Settings["rules"], c.Settings["rules.version"] = "Be kind.", "2"
	for i, card := range all {
		switch {
		case i < 60:
			card.Settings["rules.accepted"] = Hash("Be good.")
		case i < 65:
			card.Settings["rules.accepted"] = Hash("Be kind.")
		case i == 69:
			card.Settings["rules.accepted"], card.In = Hash("Be good."), nil
		}
		if i%10 == 0 {
			card.Settings["zone"] = "Asia/Tokyo" // 21:00, and soon night
		}
	}
	asked := make(map[string]int)
	now, wakes := noon().Add(59*time.Minute), 0
	for !now.IsZero() {
		_, effects := decide(t, NewAcceptance(), c, nil, chat.Event{Now: now, Body: chat.Due{Rule: acceptance, Key: "c1"}})
		said := 0
		now, wakes = time.Time{}, wakes+1
		for _, effect := range effects {
			switch x := effect.(type) {
			case chat.Wake:
				now = x.At
			case chat.Set:
				card := all[slices.IndexFunc(all, func(card *chat.Card) bool { return card.ID == x.Member })]
				card.Settings[x.Key] = x.Value
			case chat.Whisper:
				said++
				asked[x.Who.ID]++
				if !x.Secret || len(x.Choices) != 1 || x.Choices[0].Ask != "accept "+Hash("Be kind.") {
					t.Errorf("asked by %+v", x)
				}
			}
		}
		if said > askedAtOnce || wakes > 10 {
			t.Fatalf("%d are asked at once, in round %d", said, wakes)
		}
	}
	if len(asked) != 60 || wakes != 4 {
		t.Errorf("%d are asked in %d rounds", len(asked), wakes)
	}
	for who, n := range asked {
		if n != 1 {
			t.Errorf("%s is asked %d times", who, n)
		}
	}
}

func TestNobodyIsAskedAtNight(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	for hour := range 24 {
		at := time.Date(2026, 3, 28, hour, 30, 0, 0, oslo) // the clocks change in the night after
		got := daytime(at, oslo)
		if h := got.In(oslo).Hour(); h < 8 || h >= 22 || got.Before(at) || got.Sub(at) > 11*time.Hour {
			t.Errorf("%s becomes %s", at, got)
		}
	}
}

func TestTheSignOfAPromise(t *testing.T) {
	c := community(1)
	march := func(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }
	line := func(day int, text string) chat.Line { return chat.Line{At: march(day), Text: text} }
	lines := []chat.Line{
		line(5, "answers kept"), line(6, "answers kept"), line(3, "friday broken: two hours late"), line(4, "friday kept"),
		{At: march(1).Add(-48 * time.Hour), Text: "monday broken"},
		line(2, "monday kept"),
		{At: march(1).Add(-48 * time.Hour), Text: "tuesday kept"},
		line(2, "wednesday moved"), line(2, "kept"),
	}
	long := march(1).Add(-90 * 24 * time.Hour)
	for name, tt := range map[string]struct {
		p    Promise
		now  time.Time
		want string
	}{
		"nothing tells":            {Promise{Since: long}, march(20), signUnknown},
		"kept":                     {Promise{Bound: "answers", Since: long}, march(20), signKept},
		"once broken":              {Promise{Bound: "friday", Since: long}, march(20), signBroken},
		"broken last month":        {Promise{Bound: "monday", Since: long}, march(20), signKept},
		"kept last month":          {Promise{Bound: "tuesday", Since: long}, march(20), signUnknown},
		"neither":                  {Promise{Bound: "wednesday", Since: long}, march(20), signUnknown},
		"a room that is used":      {Promise{Bound: "room/r1", Since: long, Last: march(2)}, march(20), signKept},
		"a room nobody uses":       {Promise{Bound: "room/r1", Since: long, Last: long}, march(20), signBroken},
		"a room, early in a month": {Promise{Bound: "room/r1", Since: long, Last: long}, march(6), signUnknown},
		"a room, just promised":    {Promise{Bound: "room/r1", Since: march(18)}, march(20), signUnknown},
		"a room that is gone":      {Promise{Bound: "room/r9", Since: long, Last: march(19)}, march(20), signBroken},
	} {
		if got := tt.p.sign(c, tt.now, lines); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// Pins are looked after in every state of the world: see the script A1; here is what scripts cannot show.
func TestPins(t *testing.T) {
	c := community(1)
	c.Settings["purpose"] = "We bake."
	r := NewPins()
	tag := pinTag + kitchen().String()
	due := func(at time.Time) chat.Event {
		return chat.Event{ID: chat.EventID("due/" + at.String()), Now: at, Body: chat.Due{Rule: pins, Key: pinKey("c1", kitchen())}}
	}
	kinds := func(effects []chat.Effect) (out []string) {
		for _, effect := range effects {
			out = append(out, strings.TrimPrefix(fmt.Sprintf("%T", effect), "chat."))
		}
		return out
	}
	posted, effects := decide(t, r, c, nil, due(noon()))
	if diff := cmp.Diff([]string{"Send", "Pin", "Wake"}, kinds(effects)); diff != "" {
		t.Error(diff)
	}
	t.Run("a platform without an answer for three days gets it anew", func(t *testing.T) {
		_, effects := decide(t, r, c, posted, due(noon().Add(73*time.Hour)))
		if diff := cmp.Diff([]string{"Unpin", "Delete", "Send", "Pin", "Wake"}, kinds(effects)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a pin that is not found right after posting is not posted again and again", func(t *testing.T) {
		e := chat.Event{Now: noon().Add(time.Minute), Chat: kitchen(), Tag: tag, Body: chat.Failed{Effect: "x#1", Why: chat.NotFound}}
		if _, effects := decide(t, r, c, posted, e); len(effects) > 0 {
			t.Errorf("it wants %v", kinds(effects))
		}
	})
	t.Run("another effect's failure in the chat is not its own", func(t *testing.T) {
		e := chat.Event{Now: noon(), Chat: kitchen(), Body: chat.Failed{Effect: "x#1", Why: chat.TooOld}}
		if _, effects := decide(t, r, c, posted, e); len(effects) > 0 {
			t.Errorf("it wants %v", kinds(effects))
		}
	})
	t.Run("an older message's deletion is not this one's", func(t *testing.T) {
		e := chat.Event{Now: noon(), Chat: kitchen(), Tag: tag, Message: &chat.Message{ID: "new", Tag: tag}, Body: chat.Sent{}}
		state, _ := decide(t, r, c, posted, e)
		e.Tag, e.Message, e.Body = "", &chat.Message{ID: "old", Tag: tag}, chat.Deleted{}
		after, _ := decide(t, r, c, state, e)
		if diff := cmp.Diff(string(state), string(after)); diff != "" {
			t.Error(diff)
		}
		e.Message = &chat.Message{ID: "new", Tag: tag}
		after, _ = decide(t, r, c, state, e)
		_, effects := decide(t, r, c, after, due(noon().Add(24*time.Hour)))
		if diff := cmp.Diff([]string{"Send", "Pin", "Wake"}, kinds(effects)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a chat that has left keeps nothing", func(t *testing.T) {
		elsewhere := c
		elsewhere.Rooms = nil
		if state, effects := decide(t, r, elsewhere, posted, due(noon())); state != nil || len(effects) > 0 {
			t.Errorf("it keeps %s and wants %v", state, kinds(effects))
		}
	})
	t.Run("without words there is no message", func(t *testing.T) {
		silent := c
		silent.Settings = nil
		state, effects := decide(t, r, silent, posted, due(noon()))
		if diff := cmp.Diff([]string{"Unpin", "Delete"}, kinds(effects)); diff != "" || state != nil {
			t.Errorf("it keeps %s: %s", state, diff)
		}
	})
}
