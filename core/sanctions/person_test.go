package sanctions_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func olga() chat.Person  { return person(chat.Telegram, "olga") }
func mia() chat.Person   { return person(chat.Matrix, "mia") }
func maxim() chat.Person { return person(chat.Signal, "max") }
func ben() chat.Person   { return person(chat.Signal, "ben") }
func cleo() chat.Person  { return person(chat.Matrix, "cleo") }

// held makes a ban that is confirmed.
func (b *table) held(command string) {
	b.t.Helper()
	b.says(mia(), garden, command)
	b.alone(maxim(), "uphold "+b.idOf("ben")+" 1")
}

// idOf finds a member's id by what whois says of his handle.
func (b *table) idOf(name string) string {
	b.t.Helper()
	text := words(b.alone(olga(), "whois @"+name))
	_, rest, ok := strings.Cut(text, "~")
	if !ok {
		b.t.Fatalf("whois %s: %q", name, text)
	}
	number := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })[0]
	return "m" + number
}

func TestATimeoutEndsOnTimeAfterARestart(t *testing.T) {
	b := newTable(t)
	b.says(mia(), garden, "!mute @ben 2h insults")
	b.wait(119 * time.Minute)
	b.restart()
	if carriedOn(b.says(ben(), tea, "a minute early")) {
		t.Error("what he writes a minute early is carried on")
	}
	got := done(b.wait(time.Minute))
	if diff := cmp.Diff([]string{"release signal:ben in signal:tea"}, got); diff != "" {
		t.Errorf("at the end (-want +got):\n%s", diff)
	}
	if !carriedOn(b.says(ben(), tea, "on time")) {
		t.Error("what he writes afterwards is not carried on")
	}
}

// Even if no timer comes, what he writes after the end is his again.
func TestTheGateKnowsTheTimeItself(t *testing.T) {
	b := newTable(t)
	b.says(mia(), garden, "!mute @ben 1h insults")
	b.now = b.now.Add(time.Hour)
	if !carriedOn(b.says(ben(), tea, "on time")) {
		t.Error("what he writes at the end is not carried on")
	}
}

func TestErasureIsNoWayOut(t *testing.T) {
	for name, tt := range map[string]struct {
		command  string
		onErase  []string
		comeBack []string
		after    time.Duration
		then     bool // he is heard after that
	}{
		"a ban for good": {"!ban @ben scams", nil, []string{"ban signal:ben in signal:tea"}, 48 * time.Hour, false},
		"a ban with an end": {
			"!ban @ben 2d scams", []string{"unban signal:ben in signal:tea"}, []string{"ban signal:ben in signal:tea"}, 48 * time.Hour, true,
		},
		"a time-out": {
			"!mute @ben 2d insults",
			[]string{"release signal:ben in signal:tea"},
			[]string{"restrict signal:ben in signal:tea"},
			48 * time.Hour, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTable(t)
			b.held(tt.command)
			var acts []string
			for _, a := range done(b.eraseBen()) {
				if !strings.HasPrefix(a, "delete") {
					acts = append(acts, a)
				}
			}
			if diff := cmp.Diff(tt.onErase, acts); diff != "" {
				t.Errorf("when he is erased (-want +got):\n%s", diff)
			}
			back := b.happen(chat.Event{Chat: tea, By: ben(), Body: chat.Joined{Who: ben()}})
			if diff := cmp.Diff(tt.comeBack, done(back)); diff != "" {
				t.Errorf("when he comes back (-want +got):\n%s", diff)
			}
			if carriedOn(b.says(ben(), tea, "hello")) {
				t.Error("what he writes is carried on")
			}
			b.wait(tt.after)
			if got := carriedOn(b.says(ben(), tea, "hello again")); got != tt.then {
				t.Errorf("after %s he is heard: %v, want %v", tt.after, got, tt.then)
			}
		})
	}
}

// eraseBen erases Ben as the rule for it does; under a sanction he may ask for that, too.
func (b *table) eraseBen() []chat.Outgoing {
	b.t.Helper()
	out := b.alone(olga(), "byhouse forgetperson "+b.idOf("ben"))
	return append(out, b.wait(time.Minute)...)
}

// Somebody who was erased and only writes, without having been seen to come, is held, too.
func TestWhoWasErasedAndWritesIsHeld(t *testing.T) {
	b := newTable(t)
	b.held("!ban @ben scams")
	b.eraseBen()
	out := b.says(ben(), tea, "hello")
	if carriedOn(out) {
		t.Error("it is carried on")
	}
	if diff := cmp.Diff([]string{"delete in signal:tea", "ban signal:ben in signal:tea"}, done(out)); diff != "" {
		t.Errorf("what is done (-want +got):\n%s", diff)
	}
}

func TestAChatThatComesCatchesUp(t *testing.T) {
	b := newTable(t)
	b.held("!ban @ben scams")
	b.says(mia(), garden, "!mute @cleo 2h noise")
	boss := olga()
	boss.Level = chat.Organiser
	code := codeIn(b.says(boss, kitchen, "/link new"))
	cellar := chat.Chat{Platform: chat.Signal, ID: "cellar"}
	sam := person(chat.Signal, "sam")
	sam.Level = chat.Organiser
	got := done(b.says(sam, cellar, "/link "+code))
	if diff := cmp.Diff([]string{"ban signal:ben in signal:cellar"}, got); diff != "" {
		t.Errorf("in the new chat (-want +got):\n%s", diff)
	}
}

func TestNobodyForgesTheHouse(t *testing.T) {
	b := newTable(t)
	id := b.idOf("ben")
	for _, command := range []string{
		"restore " + id + " ban m1", "enforce " + id + " signal:tea", "tally count ban x", "tally list " + id + " ban x", "remnant 00 ban m1",
	} {
		out := b.alone(olga(), command)
		if got := done(out); len(got) > 0 {
			t.Errorf("%q does %v", command, got)
		}
	}
	if !carriedOn(b.says(ben(), tea, "hello")) {
		t.Error("he is held")
	}
	if text := words(b.alone(ben(), "modcounts")); !strings.Contains(text, "bans 0") {
		t.Errorf("it is counted: %s", text)
	}
	if text := words(b.alone(olga(), "sanctions")); !strings.Contains(text, "Nobody") {
		t.Errorf("it is listed: %s", text)
	}
}

func TestTheHouseNeverGoesFar(t *testing.T) {
	b := newTable(t)
	for command, want := range map[string]int{
		"byhouse ban @ben flood: x": 0, "byhouse remove @ben flood: x": 0, "byhouse timeout @olga 1h flood: x": 0,
	} {
		if got := done(b.says(mia(), garden, command)); len(got) != want {
			t.Errorf("%q does %v", command, got)
		}
	}
	b.alone(mia(), "byhouse timeout @ben 20d flood: much")
	if carriedOn(b.says(ben(), tea, "hello")) {
		t.Error("the house's time-out does not hold")
	}
	b.wait(24 * time.Hour)
	if !carriedOn(b.says(ben(), tea, "hello")) {
		t.Error("the house's time-out is longer than a day")
	}
	// What a human has decided, the house does not shorten.
	b.says(mia(), garden, "!mute @ben 3d insults")
	b.alone(mia(), "byhouse timeout @ben 10m flood: much")
	b.wait(time.Hour)
	if carriedOn(b.says(ben(), tea, "hello")) {
		t.Error("the house has shortened a human's time-out")
	}
}

func TestASanctionOfEitherAccountIsTheirs(t *testing.T) {
	b := newTable(t)
	ben2 := person(chat.Telegram, "benny")
	b.says(ben2, kitchen, "hello")
	b.alone(ben2, "hello")
	b.says(mia(), garden, "!mute @benny 3d insults")
	b.says(mia(), garden, "!mute @ben 1d insults")
	b.says(mia(), garden, "!warn @ben rude")
	text := words(b.alone(ben2, "claim"))
	_, code, _ := strings.Cut(text, "claim ")
	got := done(b.alone(ben(), "claim "+code[:9]))
	if diff := cmp.Diff([]string{"restrict telegram:benny in telegram:kitchen", "restrict signal:ben in signal:tea"}, got); diff != "" {
		t.Errorf("when the accounts are claimed (-want +got):\n%s", diff)
	}
	b.wait(25 * time.Hour)
	if carriedOn(b.says(ben(), tea, "hello")) || carriedOn(b.says(ben2, kitchen, "hello")) {
		t.Error("the shorter one ends the longer one")
	}
	if got := len(done(b.wait(48 * time.Hour))); got != 2 {
		t.Errorf("%d releases, want 2", got)
	}
	if text := words(b.alone(mia(), "ladder @benny")); !strings.Contains(text, "1 of 3") {
		t.Errorf("the warning is gone: %s", text)
	}
}

// One moderator alone can still keep somebody out: there is nobody to ask.
func TestWhoIsAloneNeedsNobody(t *testing.T) {
	b := newTable(t)
	b.says(olga(), kitchen, "/role @mia member")
	b.says(olga(), kitchen, "/role @max member")
	text := words(b.says(olga(), kitchen, "/ban @ben scams"))
	if !strings.Contains(text, "there is none") {
		t.Errorf("it is not said that nobody can confirm: %s", text)
	}
	b.wait(72 * time.Hour)
	if carriedOn(b.says(ben(), tea, "hello")) {
		t.Error("the ban has lapsed though nobody could have confirmed it")
	}
}

func TestAnAppealOnTheWeb(t *testing.T) {
	b := newTable(t)
	id := b.community()
	page := chat.Chat{Platform: chat.Web, ID: id + ".k1"}
	stranger := chat.Person{Identity: chat.Identity(page), Level: chat.Guest}
	if text := words(b.post(stranger, page, true, "appeal", nil)); !strings.Contains(text, "the name that you had") {
		t.Errorf("it is not said how: %s", text)
	}
	out := b.post(stranger, page, true, "appeal @ben It was not me, really.", nil)
	if text := words(out); !strings.Contains(text, "It was not me, really.") || !strings.Contains(text, "with the moderators now") {
		t.Errorf("the appeal: %s", text)
	}
	if text := words(b.post(stranger, page, true, "appeal @ben It was not me!", nil)); strings.Contains(text, "not me") {
		t.Errorf("a second one passes: %s", text)
	}
	back := b.answers(mia(), "We look at it tonight.")
	var read string
	for _, e := range back {
		if s, ok := e.(chat.Send); ok && s.To == page {
			read = s.Text.Plain
		}
	}
	if !strings.Contains(read, "We look at it tonight.") || strings.Contains(read, "Mia") {
		t.Errorf("on the web stands %q", read)
	}
	if text := words(b.post(stranger, page, true, "appeal thank you", nil)); !strings.Contains(text, "\"thank you\"") {
		t.Errorf("his answer: %s", text)
	}
	if got := done(out); len(got) > 0 || carriedOn(b.answers(ben(), "me too")) {
		t.Errorf("somebody on the web does %v", got)
	}
}

// community finds the community's id: it is the only one.
func (b *table) community() string {
	b.t.Helper()
	for key := range b.store.Dump()["community"] {
		return key
	}
	b.t.Fatal("no community")
	return ""
}
