package privacy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// members is an index of cards.
type members []chat.Card

func (m members) Of(i chat.Identity) (chat.Card, bool) {
	for _, card := range m {
		for _, own := range card.Identities {
			if own == i {
				return card, true
			}
		}
	}
	return chat.Card{}, false
}

func (m members) ByID(id chat.MemberID) (chat.Card, bool) {
	for _, card := range m {
		if card.ID == id {
			return card, true
		}
	}
	return chat.Card{}, false
}

func (m members) All() []chat.Card { return m }

func (m members) Named(word string) (out []chat.Card) {
	for _, card := range m {
		if strings.EqualFold(card.Name, strings.TrimPrefix(word, "@")) {
			out = append(out, card)
		}
	}
	return out
}

func (m members) Pseudonym(chat.Identity) string { return "" }

var (
	start    = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	anaHere  = chat.Identity{Platform: chat.Telegram, ID: "ana"}
	anaThere = chat.Identity{Platform: chat.Signal, ID: "aci"}
)

func kitchen() chat.Community {
	return chat.Community{ID: "c1", Name: "Kitchen", Members: members{
		{ID: "m1", Name: "Olga", Level: chat.Organiser, Identities: []chat.Identity{{Platform: chat.Telegram, ID: "olga"}}},
		{ID: "m2", Name: "Ana", Handle: "ana~2", Level: chat.Member, Identities: []chat.Identity{anaHere, anaThere}, Reach: []chat.Identity{anaThere}},
	}}
}

// house plays events to the erasure rule as the engine would: it keeps the state and the timer.
type house struct {
	t     *testing.T
	c     chat.Community
	rule  rule.Of[Erasure]
	state map[string]Erasure
	wake  map[string]time.Time
	now   time.Time
	said  []string // what Ana is told
	erase []chat.MemberID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	r, ok := NewErasure().(rule.Of[Erasure])
	if !ok {
		t.Fatal("the rule is of another kind")
	}
	return &house{t: t, c: kitchen(), rule: r, state: map[string]Erasure{}, wake: map[string]time.Time{}, now: start}
}

func (h *house) happens(e chat.Event) {
	h.t.Helper()
	e.Now, e.Community = h.now, h.c.ID
	key, mine := h.rule.KeyOf(h.c, e)
	if !mine {
		return
	}
	s, effects := h.rule.Fold(h.c, h.state[key], e)
	h.state[key] = s
	if cmp.Equal(s, Erasure{}) {
		delete(h.state, key)
	}
	for _, effect := range effects {
		switch x := effect.(type) {
		case chat.Wake:
			h.wake[x.Key] = x.At
		case chat.Cancel:
			delete(h.wake, x.Key)
		case chat.Send:
			h.said = append(h.said, x.Text.Plain)
		case chat.Whisper:
			if !x.Secret || x.Who != anaThere {
				h.t.Errorf("%q is whispered to %v, secret %v", x.Text.Plain, x.Who, x.Secret)
			}
			h.said = append(h.said, x.Text.Plain)
		case chat.Forget:
			h.erase = append(h.erase, x.Who)
		}
	}
}

func (h *house) asks(text string) {
	h.t.Helper()
	h.happens(chat.Event{
		Chat: chat.Chat(anaThere), Private: true, By: chat.Person{Identity: anaThere, Name: "Ana"}, Member: "m2", Level: chat.Member,
		Body: chat.Asked{Command: "forget", Alias: "forget", Args: strings.Fields(text)},
	})
}

// wait lets time pass and the timers come.
func (h *house) wait(d time.Duration) {
	h.t.Helper()
	end := h.now.Add(d)
	for {
		first := ""
		for key, at := range h.wake {
			if !at.After(end) && (first == "" || at.Before(h.wake[first])) {
				first = key
			}
		}
		if first == "" {
			h.now = end
			return
		}
		if at := h.wake[first]; at.After(h.now) {
			h.now = at
		}
		delete(h.wake, first)
		h.happens(chat.Event{Body: chat.Due{Rule: "erasure", Key: first}})
	}
}

func (h *house) begins() {
	h.t.Helper()
	h.asks("me")
	h.asks("yes")
	if !cmp.Equal(h.erase, []chat.MemberID{"m2"}) {
		h.t.Fatalf("erased: %v", h.erase)
	}
	h.happens(chat.Event{Body: chat.Forgotten{Who: "m2", Identities: []chat.Identity{anaHere, anaThere}}})
}

// ends tells that the engine is through: nobody knows her any more.
func (h *house) ends(messages int) {
	h.t.Helper()
	h.c.Members = members{}
	h.happens(chat.Event{Body: chat.Forgot{Who: "m2", Messages: messages}})
}

func (h *house) receipt(p chat.Platform, why chat.Reason) {
	h.t.Helper()
	e := chat.Event{Chat: chat.Chat{Platform: p, ID: "g"}, Tag: "forget/m2", Body: chat.Sent{Effect: "x"}}
	if why != "" {
		e.Body = chat.Failed{Effect: "x", Why: why}
	}
	h.happens(e)
}

func (h *house) last() string {
	h.t.Helper()
	if len(h.said) == 0 {
		h.t.Fatal("nothing is said")
	}
	return h.said[len(h.said)-1]
}

func TestTheAccountCountsWhatCouldNotBeDeleted(t *testing.T) {
	h := newHouse(t)
	h.begins()
	h.receipt(chat.Matrix, "")
	h.receipt(chat.Telegram, chat.TooOld)
	h.ends(3)
	h.receipt(chat.Telegram, chat.TooOld)
	h.receipt(chat.Signal, chat.Forbidden)
	h.receipt(chat.Signal, chat.Broken)
	h.receipt(chat.Matrix, chat.NotFound)
	said := len(h.said)
	h.wait(time.Hour)
	if len(h.said) != said+1 {
		t.Fatalf("she is told %d times: %q", len(h.said)-said, h.said[said:])
	}
	for _, want := range []string{
		"erased: 3.", "copies: 2.", "Not deleted on Telegram: 2. They are older", "Not deleted on Signal: 1. I was not allowed",
		"Not deleted on Signal: 1. I tried several times", "ask an administrator",
	} {
		if !strings.Contains(h.last(), want) {
			t.Errorf("the account does not say %q:\n%s", want, h.last())
		}
	}
	if len(h.state) != 0 || len(h.wake) != 0 {
		t.Errorf("what is left of her: %+v, timers %v", h.state, h.wake)
	}
	h.receipt(chat.Telegram, chat.TooOld) // a late one
	h.wait(48 * time.Hour)
	if len(h.state) != 0 || len(h.said) != said+1 {
		t.Errorf("after a late receipt: %+v, %q", h.state, h.said[said+1:])
	}
}

// A platform that takes its time is waited for, and she hears once in between; one that never ends is not.
func TestTheAccountWaitsForThePlatforms(t *testing.T) {
	h := newHouse(t)
	h.begins()
	h.ends(900)
	said := len(h.said)
	for range 40 { // 160 minutes
		h.wait(4 * time.Minute)
		h.receipt(chat.Telegram, "")
	}
	if got := h.said[said:]; len(got) != 1 || !strings.Contains(got[0], "still at it") {
		t.Fatalf("meanwhile she hears %q", got)
	}
	h.wait(4 * time.Minute)
	if len(h.said) != said+1 {
		t.Fatalf("it is not quiet for long enough, and she hears %q", h.last())
	}
	h.wait(time.Minute)
	if !strings.Contains(h.last(), "It is done") || !strings.Contains(h.last(), "copies: 40.") {
		t.Errorf("at the end she hears %q", h.last())
	}

	h = newHouse(t)
	h.begins()
	h.ends(9)
	for range 30 * 15 {
		h.wait(4 * time.Minute)
		h.receipt(chat.Telegram, chat.TooOld)
	}
	if !strings.Contains(h.last(), "It is done") || len(h.state) != 0 {
		t.Errorf("after a day: %q, %+v", h.last(), h.state)
	}
}

func TestAQuestionLapses(t *testing.T) {
	for name, tt := range map[string]struct {
		live func(h *house)
		yes  bool
	}{
		"at once":            {func(h *house) { h.asks("me") }, true},
		"at the last moment": {func(h *house) { h.asks("me"); h.wait(15 * time.Minute) }, true},
		"a moment later":     {func(h *house) { h.asks("me"); h.wait(15*time.Minute + time.Second) }, false},
		"asked again":        {func(h *house) { h.asks("me"); h.wait(10 * time.Minute); h.asks(""); h.wait(10 * time.Minute) }, true},
		"never asked":        {func(*house) {}, false},
		"no, then yes":       {func(h *house) { h.asks("me"); h.asks("no") }, false},
		"something else":     {func(h *house) { h.asks("it") }, false},
		"asked as another":   {func(h *house) { h.asks("me"); h.happens(chat.Event{Body: chat.Claimed{Kept: "m1", Gone: "m2"}}) }, false},
		"somebody else asked": {func(h *house) {
			h.happens(chat.Event{Member: "m1", Private: true, Body: chat.Asked{Command: "forget"}})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			tt.live(h)
			h.asks("yes")
			if got := len(h.erase) > 0; got != tt.yes {
				t.Errorf("erased: %v; the house says %q", h.erase, h.last())
			}
			h.wait(time.Hour)
			if _, open := h.state["c1/erasure/m2"]; open {
				t.Errorf("after an hour there is still %+v", h.state)
			}
		})
	}
}

// Once it has begun a second yes changes nothing, and neither does a second Forgotten.
func TestItBeginsOnce(t *testing.T) {
	h := newHouse(t)
	h.begins()
	h.receipt(chat.Matrix, "")
	h.asks("yes")
	h.asks("no")
	h.happens(chat.Event{Body: chat.Forgotten{Who: "m2"}})
	h.ends(1)
	h.wait(time.Hour)
	if len(h.erase) != 1 || !strings.Contains(h.last(), "copies: 1.") {
		t.Errorf("erased %v; %q", h.erase, h.last())
	}
}

// Whoever lets somebody be erased, the person hears of the end; who becomes another member on the way hears it as that.
func TestErasedByAnotherRule(t *testing.T) {
	h := newHouse(t)
	h.happens(chat.Event{Body: chat.Forgotten{Who: "m2", Identities: []chat.Identity{anaHere, anaThere}}})
	h.ends(0)
	h.wait(time.Hour)
	if len(h.said) != 1 || !strings.Contains(h.said[0], "It is done") {
		t.Errorf("she hears %q", h.said)
	}
	h = newHouse(t)
	h.begins()
	h.happens(chat.Event{Body: chat.Claimed{Kept: "m7", Gone: "m2"}})
	said := len(h.said)
	h.wait(48 * time.Hour)
	if len(h.state) != 0 || len(h.wake) != 0 || len(h.said) != said {
		t.Errorf("left of the old name: %+v %v %q", h.state, h.wake, h.said[said:])
	}
}
