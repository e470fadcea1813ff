package seats_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Whatever people do, in whatever order: nobody is let in above the cap, and nobody waits while a seat is free.
func TestNeverMoreThanTheCap(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 7))
		h := newHouse(t)
		const most = 6
		h.says("olga", fmt.Sprint("/cap ", most))
		h.says("olga", "/set raid 0")
		h.says("olga", "/set gate "+[]string{"open", "waitlist"}[seed%2])
		for range 120 {
			who := fmt.Sprint("p", r.IntN(14))
			switch r.IntN(9) {
			case 0, 1:
				h.joins(who)
			case 2:
				h.knocks(who)
			case 3:
				h.leaves(who, "olga")
			case 4:
				h.chooses(who, 0)
			case 5:
				h.chooses(who, r.IntN(2))
			case 6:
				h.whispers(who, []string{"join", "waitlist", "waitlist leave"}[r.IntN(3)])
			case 7:
				h.waits(time.Duration(r.IntN(40)) * time.Hour)
			case 8:
				if h.level(who) == chat.Guest {
					continue // an unknown who writes was there before the bot, and has a seat
				}
				h.says(who, "hello")
			}
			if n := h.seated(); n > most {
				t.Fatalf("seed %d: %d have a seat, there are %d", seed, n, most)
			}
		}
		if n := h.seated(); n < most && has(h.whispers("olga", "cap"), "Offered: 0") && !has(h.whispers("olga", "cap"), "waitlist: 0") {
			t.Errorf("seed %d: %d of %d seats are taken, people wait, and nobody is offered one", seed, n, most)
		}
	}
}

func fullHouse(t *testing.T, most int, who ...string) *house {
	t.Helper()
	h := newHouse(t)
	h.says("olga", "/set raid 0")
	h.says("olga", fmt.Sprint("/cap ", most))
	for _, w := range who {
		h.joins(w)
	}
	return h
}

func TestTwoAccountsHoldOnePlace(t *testing.T) {
	h := fullHouse(t, 1, "zoe", "yan", "tea")
	code := codeIn(t, h.whispers("zoe", "claim"))
	h.whispers("tea", "claim "+code)
	out := h.whispers("olga", "waitlist")
	want(t, out, "People on the waitlist: 2", "1. Zoe", "2. Yan", "not Tea")
	h.says("olga", "/cap 2")
	h.chooses("zoe", 0)
	if h.level("tea") != chat.Member || h.level("zoe") != chat.Member {
		t.Error("both accounts of one person have his seat")
	}
	// Somebody who waits turns out to be somebody who has a seat: his knock is answered, and the seat is not counted twice.
	h.knocks("pia")
	code = codeIn(t, h.whispers("zoe", "claim"))
	want(t, h.whispers("pia", "claim "+code), "admit pia", "has a seat already")
	want(t, h.whispers("olga", "waitlist"), "not Pia")
	if n := h.seated(); n != 2 {
		t.Errorf("%d have a seat, want 2", n)
	}
}

func codeIn(t *testing.T, out []string) string {
	t.Helper()
	for _, s := range out {
		if _, rest, ok := strings.Cut(s, "!claim "); ok {
			return rest[:9]
		}
	}
	t.Fatalf("no code in %q", out)
	return ""
}

func TestWhoIsForgottenGivesUpThePlace(t *testing.T) {
	h := fullHouse(t, 1)
	h.knocks("zoe")
	h.joins("yan")
	h.whispers("zoe", "leave")
	h.chooses("zoe", 1)
	h.chooses("zoe", 0)
	h.waits(10 * time.Minute)
	want(t, h.whispers("olga", "waitlist"), "waitlist: 1", "1. Yan")
}

func TestOffersAreNobodyElses(t *testing.T) {
	h := fullHouse(t, 2, "ana", "zoe", "yan")
	h.leaves("ana", "olga")
	want(t, h.whispers("yan", "seat take 1"), "seat is not held")
	want(t, h.whispers("olga", "seat take 1"), "seat is not held")
	want(t, h.whispers("zoe", "seat take 2"), "seat is not held")
	want(t, h.whispers("zoe", "seat come join new in signal:yan signal:kitchen"), "seat for you")
	if h.level("yan") != chat.Guest || h.level("zoe") != chat.Guest {
		t.Fatal("somebody has talked himself in")
	}
	want(t, h.whispers("zoe", "seat take 1"), "You have a seat")
	want(t, h.whispers("zoe", "seat take 1"), "seat is not held")
}

func TestWhomAModeratorBringsNeedsNoWord(t *testing.T) {
	h := newHouse(t)
	h.says("olga", "/set gate approve")
	h.broughtBy("zoe", "olga")
	if h.level("zoe") != chat.Member {
		t.Error("whom an organiser adds is to be approved")
	}
	want(t, h.broughtBy("yan", "zoe"), "remove yan", "whisper yan")
	h.says("olga", "/cap 2")
	want(t, h.broughtBy("tea", "olga"), "remove tea", "number 1 on the waitlist")
}

func TestWhoeverRunsTheChatCanLetSomebodyInByHand(t *testing.T) {
	h := newHouse(t)
	h.says("olga", "/set gate approve")
	h.knocks("zoe")
	h.broughtBy("zoe", "sam") // nobody here, but an admin there
	if h.level("zoe") != chat.Member {
		t.Error("who was let in by hand is sent away again")
	}
	// It is of no use to have been asked once: after a no the open door is none.
	h.knocks("yan")
	card, _ := h.look().Members.Of(account("yan"))
	h.says("olga", "/decline @"+card.Handle)
	want(t, h.joins("yan"), "remove yan")
	// And not above the cap.
	h.knocks("tea")
	h.says("olga", "/cap 2")
	want(t, h.broughtBy("tea", "sam"), "remove tea", "on the waitlist")
}

func TestABanKeepsTheDoorShut(t *testing.T) {
	h := newHouse(t)
	h.joins("zoe")
	h.setCard("zoe", "sanction", "ban")
	h.leaves("zoe", "olga")
	for range 2 {
		want(t, h.knocks("zoe"), "not admit")
	}
	want(t, h.whispers("zoe", "join"), "not invite")
	if h.level("zoe") != chat.Guest {
		t.Error("a banned person has got a seat")
	}
	h.setCard("zoe", "sanction", "ban 2026-03-02T11:00:00Z") // over
	want(t, h.knocks("zoe"), "admit zoe")
}

// setCard sets what another rule would.
func (h *house) setCard(who, key, value string) {
	card, _ := h.look().Members.Of(account(who))
	h.says("olga", strings.Join([]string{"plant", string(card.ID), key, value}, " "))
}

func TestModeratorsHearOfWhatDoesNotWork(t *testing.T) {
	h := fullHouse(t, 1)
	h.refuse["remove"] = chat.Forbidden
	want(t, h.joins("zoe"), "whisper olga: Somebody without a seat")
	want(t, h.joins("yan"), "not whisper olga")
	h.waits(25 * time.Hour)
	want(t, h.joins("tea"), "whisper olga: Somebody without a seat")
	h.refuse = map[string]chat.Reason{"admit": chat.NotFound, "invite": chat.Forbidden}
	h.says("olga", "/cap 9")
	want(t, h.chooses("zoe", 0), "invite zoe", "whisper olga: Zoe (@zoe", "whisper zoe: Your seat is yours")
}

func TestTheRequestThatIsGoneBecomesAnInvitation(t *testing.T) {
	h := newHouse(t)
	h.refuse["admit"] = chat.NotFound
	want(t, h.knocks("zoe"), "admit zoe", "invite zoe")
}

func TestTheQueueHasAnEnd(t *testing.T) {
	h := fullHouse(t, 1)
	for i := range 301 {
		h.knocks(fmt.Sprint("p", i))
	}
	want(t, h.knocks("last"), "decline last", "the waitlist is full, too")
	h.says("olga", "/cap 2000 because all of them")
	if out := h.whispers("olga", "cap"); !has(out, "Offered: 300") {
		t.Errorf("all are offered a seat: %q", out)
	}
}

// The raid's end in a community that approves asks everybody, some at a time.
func TestAfterARaidEverybodyIsAsked(t *testing.T) {
	h := newHouse(t)
	h.says("olga", "/raid on 1h")
	for i := range 50 {
		h.knocks(fmt.Sprint("p", i))
	}
	h.says("olga", "/set gate approve")
	out := h.waits(2 * time.Hour)
	asked := 0
	for _, s := range out {
		if strings.Contains(s, "(1 of 2)") {
			asked++
		}
	}
	if asked != 50 || h.seated() != 1 {
		t.Errorf("%d are asked, %d have a seat", asked, h.seated())
	}
}

func TestARaidIsNoneInALargeCommunityOrOfThoseWhoComeBack(t *testing.T) {
	h := newHouse(t)
	for i := range 5 {
		h.joins(fmt.Sprint("p", i))
	}
	for i := range 5 {
		h.leaves(fmt.Sprint("p", i), fmt.Sprint("p", i))
	}
	for i := range 5 {
		want(t, h.joins(fmt.Sprint("p", i)), "not remove")
	}
	want(t, h.joins("p5"), "remove p5", "by the rule against raids")
}

func TestWhoIsPausedIsNotNudged(t *testing.T) {
	h := newHouse(t)
	h.says("ana", "hello")
	h.says("ana", "/pause")
	h.says("ben", "hello")
	out := h.waits(100 * 24 * time.Hour)
	want(t, out, "whisper ben: It has been quiet", "for two months", "not whisper ana", "not remove")
	h.whispers("ana", "resume")
	want(t, h.waits(31*24*time.Hour), "whisper ana: It has been quiet", "not whisper ben")
	// Nobody is written to at night.
	h.says("ben", "/my zone Pacific/Auckland")
	h.says("ben", "hello")
	h.now = h.now.Add(time.Hour)
	for range 70 * 24 {
		for _, s := range h.waits(time.Hour) {
			zone, err := time.LoadLocation("Pacific/Auckland")
			if err != nil {
				t.Fatal(err)
			}
			if hour := h.now.In(zone).Hour(); strings.HasPrefix(s, "whisper ben") && (hour < 9 || hour > 20) {
				t.Errorf("at %d o'clock: %s", hour, s)
			}
		}
	}
}

func TestStrangersHaveNoPlace(t *testing.T) {
	h := newHouse(t)
	for _, command := range []string{"join", "waitlist", "leave", "seat take 1", "door pick 1 1"} {
		if out := h.whispers("nobody", command); len(out) != 1 {
			t.Errorf("%s by somebody unknown: %q", command, out)
		}
	}
}
