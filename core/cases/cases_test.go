package cases_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// A hundred people report one message: it is one case, nobody's report is lost, and no transaction leads to too much.
func TestACrowdReportsOneMessage(t *testing.T) {
	h := newHouse(t)
	h.say("ana", kitchen, "", "plums are for fools")
	for i := range 100 {
		who := fmt.Sprintf("p%d", i)
		h.say(who, kitchen, "plums are for fools", "/report "+strings.Repeat("words ", 400))
	}
	n := h.find(caseIn)
	if got := len(h.dump("rule.cases")); got != 1 {
		t.Fatalf("%d cases", got)
	}
	h.said = nil
	h.say("mia", mods, "", "/case "+n)
	if got := heardBy("", []chat.Chat{mods}, h.said); !strings.Contains(got, "reported it: 100") || len([]rune(got)) > 4096 {
		t.Errorf("the card has %d characters: %s", len([]rune(got)), got)
	}
	h.say("mia", mods, "", "/case "+n+" answer we see it")
	h.say("mia", mods, "", "/case "+n+" decide acted")
	h.said = nil
	h.say("mia", mods, "", "/case "+n+" close it is settled")
	for i := range 30 {
		if got := heardBy(fmt.Sprintf("p%d", i), nil, h.said); !strings.Contains(got, "we have acted") {
			t.Errorf("p%d does not learn how it ended: %q", i, got)
		}
	}
	h.say("mia", mods, "", "/case "+n+" reopen")
	if got := len(h.dump("rule.parties")); got != 30 {
		t.Errorf("%d lines", got)
	}
}

func TestAccuracyIsShownOnlyWhenItSaysSomething(t *testing.T) {
	h := newHouse(t)
	for i := range 6 {
		h.now = h.now.Add(2 * time.Hour)
		h.said = nil
		h.say("ben", alone("ben"), "", fmt.Sprintf("report @ana number %d", i))
		card := heardBy("", []chat.Chat{mods}, h.said)
		if got, want := strings.Contains(card, "% were right"), i >= 5; got != want {
			t.Errorf("report %d: %s", i, card)
		}
		if i == 5 && !strings.Contains(card, "about 20 %") {
			t.Errorf("one of five was right: %s", card)
		}
		n := h.find(caseIn)
		h.say("mia", mods, "", "/case "+n+" decide "+map[bool]string{true: "acted", false: "none"}[i == 2])
		h.say("mia", mods, "", "/case "+n+" close it is settled")
	}
}

func TestTwentyADayAreEnough(t *testing.T) {
	h := newHouse(t)
	for i := range 30 {
		h.now = h.now.Add(40 * time.Minute)
		h.say("ben", alone("ben"), "", fmt.Sprintf("report @ana number %d", i))
	}
	if got := len(h.dump("rule.cases")); got != 20 {
		t.Errorf("%d reports in 20 hours", got)
	}
	h.wait(5 * time.Hour)
	h.say("ben", alone("ben"), "", "report @ana one more")
	if got := len(h.dump("rule.cases")); got != 21 {
		t.Errorf("%d after a day", got)
	}
}

// Both accounts of one person are one reporter.
func TestTwoAccountsAreOneReporter(t *testing.T) {
	h := newHouse(t)
	h.say("ana", kitchen, "", "plums are for fools")
	h.say("ben", alone("ben"), "", "claim")
	code := h.find(codeInClaim)
	for i := range 6 {
		h.say("ben", alone("ben"), "", fmt.Sprintf("report @ana ben %d", i))
		h.say("cleo", alone("cleo"), "", fmt.Sprintf("report @ana cleo %d", i))
	}
	h.say("cleo", alone("cleo"), "", "claim "+code)
	h.said = nil
	h.say("ben", alone("ben"), "", "report @ana once more")
	if got := heardBy("ben", nil, h.said); !strings.Contains(got, "many reports") {
		t.Errorf("twelve in an hour by one person, and then: %s", got)
	}
	h.wait(2 * time.Hour)
	h.say("ben", kitchen, "plums are for fools", "/report first")
	n := h.find(caseIn)
	h.said = nil
	h.say("cleo", kitchen, "plums are for fools", "/report second")
	if got := heardBy("cleo", nil, h.said) + heardBy("ben", nil, h.said); !strings.Contains(got, "You have told me about that before: it is case "+n) {
		t.Errorf("the second account hears: %s", got)
	}
}

// Who has asked to stay anonymous stays so when they report the same again.
func TestAnonymousStaysAnonymous(t *testing.T) {
	h := newHouse(t)
	h.say("ana", kitchen, "", "plums are for fools")
	h.say("ben", kitchen, "plums are for fools", "/report")
	n := h.find(caseIn)
	h.say("ben", alone("ben"), "", "1") // the first choice under the answer
	h.say("ben", kitchen, "plums are for fools", "/report again")
	h.said = nil
	h.say("mia", mods, "", "/case "+n+" who")
	if got := heardBy("mia", []chat.Chat{mods}, h.said); strings.Contains(got, "Ben") || !strings.Contains(got, "wants to stay anonymous") {
		t.Errorf("Mia is told: %s", got)
	}
	if got := len(h.dump("rule.parties")); got != 1 {
		t.Errorf("%d lines to one person", got)
	}
}

// What cannot be said now waits, and is said in order when it can.
func TestNothingForAReporterIsLost(t *testing.T) {
	h := newHouse(t)
	h.refuse[alone("ben")] = true
	h.say("ana", kitchen, "", "plums are for fools")
	h.say("ben", kitchen, "plums are for fools", "/report")
	h.refuse[alone("ben")] = false
	n := h.find(caseIn)
	h.refuse[alone("ben")] = true
	h.say("mia", mods, "", "/case "+n+" answer first")
	h.say("mia", mods, "", "/case "+n+" answer second")
	h.wait(50 * time.Hour)
	h.refuse[alone("ben")] = false
	h.said = nil
	h.say("ben", alone("ben"), "", "hello")
	got := heardBy("ben", nil, h.said)
	for _, want := range []string{"Thank you for telling me", "first", "second"} {
		at := strings.Index(got, want)
		if at < 0 {
			t.Fatalf("%q is not in, or not in order: %s", want, got)
		}
		got = got[at:]
	}
	h.said = nil
	h.say("ben", alone("ben"), "", "hello again")
	if got := heardBy("ben", nil, h.said); strings.Contains(got, "second") {
		t.Errorf("said twice: %s", got)
	}
}

// A card that cannot stand in the moderators' room goes to each of them alone; if that fails, too, the reporter is told.
func TestACardFindsItsWay(t *testing.T) {
	h := newHouse(t)
	h.refuse[mods] = true
	h.said = nil
	h.say("ben", alone("ben"), "", "report @ana plums")
	for _, who := range []string{"olga", "mia", "max"} {
		if got := heardBy(who, nil, h.said); !strings.Contains(got, "About Ana") {
			t.Errorf("%s has no card: %s", who, got)
		}
	}
	for _, who := range []string{"olga", "mia", "max"} {
		h.refuse[alone(who)] = true
	}
	h.said = nil
	h.say("cleo", alone("cleo"), "", "report @ana plums")
	if got := heardBy("cleo", nil, h.said); !strings.Contains(got, "nobody here just now") {
		t.Errorf("Cleo hears: %s", got)
	}
}

func TestWhoAsksToBeForgottenIsGone(t *testing.T) {
	h := newHouse(t)
	h.say("ben", alone("ben"), "", "report @ana plums")
	n := h.find(caseIn)
	h.say("ben", alone("ben"), "", "case "+n+" and pears")
	if len(h.dump("rule.parties")) != 1 {
		t.Fatal("no line")
	}
	h.forget("ben")
	for _, bucket := range []core.Bucket{"rule.parties", "rule.reports"} {
		for k := range h.dump(bucket) {
			t.Errorf("%s has %q", bucket, k)
		}
	}
	h.said = nil
	h.say("mia", mods, "", "/case "+n+" answer are you there?")
	if got := heardBy("", []chat.Chat{mods}, h.said); !strings.Contains(got, "nobody any more") {
		t.Errorf("Mia hears: %s", got)
	}
}

// After a quarter of the promised time only those on duty are reminded, if somebody is.
func TestWhoIsOnDutyIsRemindedFirst(t *testing.T) {
	h := newHouse(t)
	h.say("mia", alone("mia"), "", "on duty now")
	h.say("max", alone("max"), "", "on duty now")
	h.say("ana", kitchen, "", "plums are for fools")
	h.say("ben", alone("ben"), "", "report @max plums")
	h.said = nil
	h.wait(12 * time.Hour)
	if got := heardBy("mia", nil, h.said); !strings.Contains(got, "waiting for a human answer for 12 h") {
		t.Errorf("Mia is told: %s", got)
	}
	for _, who := range []string{"max", "olga", "ben"} {
		if got := heardBy(who, []chat.Chat{mods, kitchen}, h.said); got != "" {
			t.Errorf("%s reads: %s", who, got)
		}
	}
}

// Numbers have gaps, so that nobody sees from the next one that there is a case that is kept from them.
func TestNumbersHaveGaps(t *testing.T) {
	h := newHouse(t)
	gaps, last := 0, 0
	for i := range 20 {
		h.now = h.now.Add(2 * time.Hour)
		h.say("ben", alone("ben"), "", fmt.Sprintf("report @ana number %d", i))
		var n int
		if _, err := fmt.Sscan(h.find(caseIn), &n); err != nil || n <= last {
			t.Fatalf("number %d after %d", n, last)
		}
		if n > last+1 {
			gaps++
		}
		last = n
	}
	if gaps < 5 {
		t.Errorf("%d gaps in twenty numbers", gaps)
	}
}

// Everybody who writes anything as a number or a verb gets an answer, and nothing breaks.
func FuzzCase(f *testing.F) {
	for _, s := range []string{"", "12", "#12 claim", "12 answer", "-1", "999999999999", "12 decide x", "12 export", "12 who 4711", "12 answer #1234"} {
		f.Add(s)
	}
	h := newHouse(f)
	h.say("ben", alone("ben"), "", "report @ana plums")
	n := h.find(caseIn)
	f.Fuzz(func(t *testing.T, words string) {
		h.t = t
		for _, who := range []string{"mia", "ben", "ana"} {
			h.said = nil
			h.say(who, alone(who), "", "/case "+strings.Replace(words, "12", n, 1))
			if len(h.said) == 0 {
				t.Errorf("%s is not answered", who)
			}
		}
	})
}

// Somebody who reports their own words first is still the one reported when others do.
func TestNobodyHidesBehindTheirOwnReport(t *testing.T) {
	h := newHouse(t)
	h.say("mia", kitchen, "", "do as I say")
	h.say("mia", kitchen, "do as I say", "/report help me")
	h.said = nil
	h.say("ana", kitchen, "do as I say", "/report she bullies us")
	if got := heardBy("mia", []chat.Chat{mods, kitchen}, h.said); mentions(got) {
		t.Errorf("Mia reads: %s", got)
	}
	if got := heardBy("max", nil, h.said); !strings.Contains(got, "About Mia") {
		t.Errorf("Max reads: %s", got)
	}
}

// What speaks for a chat, and other programs, cannot be answered; nobody is left to think they were heard.
func TestWhoCannotReport(t *testing.T) {
	h := newHouse(t)
	group := person("group")
	group.Anonymous = true
	said := h.happen(h.post(group, kitchen, "", "/report look"))
	if len(said) != 2 || !strings.Contains(textOf(said[1].Effect), "turn anonymity off") {
		t.Errorf("the house says: %v", said)
	}
	robot := person("robot")
	robot.Bot = true
	if said := h.happen(h.post(robot, alone("robot"), "", "report @ana")); len(said) != 0 {
		t.Errorf("to a program the house says: %v", said)
	}
	if said := h.say("nobody", alone("nobody"), "", "report @ana"); len(said) != 1 || !strings.Contains(textOf(said[0].Effect), "which community") {
		t.Errorf("to a stranger the house says: %v", said)
	}
	if got := len(h.dump("rule.cases")); got != 0 {
		t.Errorf("%d cases", got)
	}
}

// The orders by which the rules speak with each other are nobody's to give.
func TestNobodyElseGivesOrders(t *testing.T) {
	h := newHouse(t)
	h.say("ben", alone("ben"), "", "report @ana plums")
	before := h.dump("rule.cases")
	h.say("olga", alone("olga"), "", `casework cases gone c1/case/1 {"token":"x"}`)
	h.say("olga", alone("olga"), "", `casework desk erased c1 {}`)
	h.say("ana", alone("ana"), "", "reporting hide AAAAAAAA")
	h.say("ana", alone("ana"), "", "reporting leave AAAAAAAA")
	if diff := cmp.Diff(before, h.dump("rule.cases")); diff != "" {
		t.Errorf("something has changed:\n%s", diff)
	}
}

// After a restart everything goes on: the clock, the claim, the lines.
func TestARestartChangesNothing(t *testing.T) {
	play := func(restart bool) []string {
		h := newHouse(t)
		var out []string
		step := func(said []chat.Dispatch) {
			for _, d := range said {
				out = append(out, d.Effect.Where().String()+" "+textOf(d.Effect))
			}
			if restart {
				h.restart()
			}
		}
		h.say("ana", kitchen, "", "plums are for fools")
		step(h.say("ben", kitchen, "plums are for fools", "/report"))
		n := h.find(caseIn)
		step(h.say("mia", mods, "", "/case "+n+" claim"))
		step(h.wait(49 * time.Hour))
		step(h.say("mia", mods, "", "/case "+n+" answer we are late"))
		step(h.say("ben", alone("ben"), "", "you are"))
		step(h.wait(20 * time.Hour))
		return out
	}
	if diff := cmp.Diff(play(false), play(true)); diff != "" {
		t.Errorf("(-through +restarted):\n%s", diff)
	}
}
