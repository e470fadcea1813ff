package cases_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// mentions tells whether a text says anything of a case or a report.
func mentions(text string) bool {
	low := strings.ToLower(text)
	return strings.Contains(low, "case") || strings.Contains(low, "report")
}

func TestTheReportedPersonAndTheRoomLearnNothing(t *testing.T) {
	h := newHouse(t)
	h.say("ana", kitchen, "", "plums are for fools")
	h.said = nil
	h.say("ben", kitchen, "plums are for fools", "/report rude")
	n := h.find(caseIn)
	h.say("mia", mods, "", "/case "+n+" claim")
	h.say("mia", mods, "", "/case "+n+" answer we look into it")
	h.say("ben", alone("ben"), "", "/case "+n+" please do")
	h.say("mia", mods, "", "/case "+n+" evidence")
	h.say("mia", mods, "", "/case "+n+" decide acted")
	h.say("mia", mods, "", "/case "+n+" close she stops")
	h.wait(100 * 24 * time.Hour)
	if got := heardBy("ana", []chat.Chat{kitchen}, h.said); mentions(got) {
		t.Errorf("Ana and the room read:\n%s", got)
	}
	h.said = nil
	h.say("ben", kitchen, "plums are for fools", "/report again")
	n = h.find(caseIn)
	h.say("mia", mods, "", "/case "+n+" hear How do you see it?")
	h.say("mia", mods, "", "/case "+n+" export reported")
	if got := heardBy("ana", []chat.Chat{kitchen}, h.said); strings.Contains(got, "Ben:") && !strings.Contains(got, "Ben: hello") || !strings.Contains(got, "How do you see it?") || strings.Contains(got, "again") {
		t.Errorf("Ana reads:\n%s", got)
	}
}

// What is not sealed can be read by whoever gets hold of a backup: nothing in it brings a reporter and a case together.
func TestNothingUnsealedJoinsAReporterAndACase(t *testing.T) {
	h := newHouse(t)
	h.say("ana", kitchen, "", "plums are for fools")
	h.say("ben", kitchen, "plums are for fools", "/report "+"secretwords")
	h.say("cleo", alone("cleo"), "", "report anonymously @ana "+"secretwords too")
	n := h.find(caseIn)
	h.say("mia", mods, "", "/case "+n+" answer tell me more")
	h.say("cleo", alone("cleo"), "", "there is secretwords more")
	for bucket, values := range h.store.Dump() {
		if bucket == "outbox" {
			continue // what is on its way must say where it goes
		}
		for k, v := range values {
			all := k + " " + string(v)
			if strings.Contains(all, "secretwords") {
				t.Errorf("%s has the words of a report: %q", bucket, all)
			}
			for _, who := range []string{"telegram:ben", "telegram:cleo", "Ben", "Cleo"} {
				if strings.Contains(all, who) && (strings.Contains(all, "case/") || strings.Contains(all, "case "+n)) {
					t.Errorf("%s joins %s and a case: %q", bucket, who, all)
				}
			}
		}
	}
	for _, l := range h.dump("log") {
		if strings.Contains(l, "Ben") || strings.Contains(l, "Cleo") || strings.Contains(l, "opened") && strings.Contains(l, `"by"`) {
			t.Errorf("a log tells of a reporter: %s", l)
		}
	}
}

func TestEverythingIsErased(t *testing.T) {
	h := newHouse(t)
	h.say("ana", kitchen, "", "plums are for fools")
	h.say("ben", kitchen, "plums are for fools", "/report")
	n := h.find(caseIn)
	h.say("cleo", alone("cleo"), "", "report anonymously @ana it goes on")
	m := h.find(caseIn)
	if got := len(h.dump("rule.parties")); got != 2 {
		t.Fatalf("%d lines", got)
	}
	for _, number := range []string{n, m} {
		h.say("mia", mods, "", "/case "+number+" decide none")
		h.say("mia", mods, "", "/case "+number+" close all is well")
	}
	if got := len(h.dump("rule.parties")); got != 1 {
		t.Errorf("%d lines are left after the end; the anonymous one should be gone at once", got)
	}
	h.wait(90*24*time.Hour - time.Minute)
	if len(h.dump("rule.parties")) != 1 || len(h.dump("rule.evidence")) == 0 || len(h.dump("rule.cases")) != 2 {
		t.Error("something was erased too early")
	}
	h.wait(2 * time.Minute)
	for _, bucket := range []core.Bucket{"rule.parties", "rule.evidence", "rule.cases"} {
		for k := range h.dump(bucket) {
			t.Errorf("%s still has %q", bucket, k)
		}
	}
}

// Whoever is kept out of a case reads nothing of it, whatever happens: moderators and members do at random what they can.
func TestWhoIsKeptOutReadsNothing(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		h := newHouse(t)
		h.say("mia", kitchen, "", "do as I say")
		h.said = nil
		h.say("ana", kitchen, "do as I say", "/report this is bullying")
		n := h.find(caseIn)
		verbs := []string{"", " claim", " release", " clarify", " decide", " decide acted", " decide none", " decide more", " close it is done", " answer hello there", " evidence", " who", " log", " export reporter", " reopen", " nonsense"}
		var mine []chat.Dispatch
		for range 25 {
			who := []string{"olga", "max"}[r.IntN(2)]
			in := []chat.Chat{mods, kitchen, alone(who)}[r.IntN(3)]
			switch r.IntN(6) {
			case 0:
				h.wait(time.Duration(r.IntN(30)) * time.Hour)
			case 1:
				h.say("ana", alone("ana"), "", "case "+n+" it goes on")
			case 2:
				mine = append(mine, h.say("mia", []chat.Chat{mods, alone("mia")}[r.IntN(2)], "", "/case "+n+verbs[r.IntN(len(verbs))])...)
			default:
				h.say(who, in, "", "/case "+n+verbs[r.IntN(len(verbs))])
			}
		}
		answers := heardBy("mia", nil, mine)
		for _, d := range h.said {
			to := d.Effect.Where()
			if w, ok := d.Effect.(chat.Whisper); ok {
				to = chat.Chat(w.Who)
			}
			text := textOf(d.Effect)
			known := strings.HasPrefix(text, "I know no case") || strings.Contains(answers, text)
			if (to == alone("mia") || to == mods || to == kitchen) && mentions(text) && !known {
				t.Fatalf("seed %d: Mia reads in %s: %s", seed, to, text)
			}
		}
		for line := range strings.SplitSeq(answers, "\n") {
			if line != "" && !strings.HasPrefix(line, "I know no case "+n) {
				t.Fatalf("seed %d: Mia is answered: %s", seed, line)
			}
		}
		for _, l := range h.dump("log") {
			if strings.Contains(l, "case") && strings.Contains(l, fmt.Sprintf("%s closed", n)) {
				t.Fatalf("seed %d: the audit, which Mia reads, has %s", seed, l)
			}
		}
	}
}

// A member who is reported and turns out to be a moderator's second account is kept out as that moderator.
func TestASecondAccountIsKeptOutToo(t *testing.T) {
	h := newHouse(t)
	h.say("ben", kitchen, "", "you are all fools")
	h.say("ana", kitchen, "you are all fools", "/report")
	n := h.find(caseIn)
	h.say("max", alone("max"), "", "claim")
	code := h.find(codeInClaim)
	h.said = nil
	h.say("ben", alone("ben"), "", "claim "+code)
	h.wait(time.Minute)
	if got := heardBy("olga", nil, h.said); !strings.Contains(got, "Case "+n) {
		t.Errorf("the card is not with Olga alone now: %v", h.said)
	}
	h.said = nil
	h.say("max", alone("max"), "", "case "+n)
	if got := heardBy("max", nil, h.said); !strings.Contains(got, "I know no case") {
		t.Errorf("Max reads about himself: %s", got)
	}
}
