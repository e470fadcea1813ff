package sessions

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// check tells what is wrong with a date.
func check(t *testing.T, d *Date, places, most int) {
	t.Helper()
	seen := make(map[chat.MemberID]bool)
	for _, who := range slices.Concat(d.Going, d.Wait, d.Maybe, d.No) {
		if seen[who] || who == "" {
			t.Fatalf("%q is in two lists: %+v", who, d)
		}
		seen[who] = true
	}
	if len(d.Wait) > 0 && d.isFree(places) {
		t.Fatalf("somebody waits while there are places: %+v", d)
	}
	if most > 0 && len(d.Going) > most {
		t.Fatalf("%d come where %d can: %+v", len(d.Going), most, d)
	}
	if d.size() > maxAnswers {
		t.Fatalf("%d answers", d.size())
	}
}

// Whatever people say in whatever order: nobody has two answers, nobody loses a place that they have, nobody waits while
// there is one, and those who wait get theirs in order.
func TestPlacesGoRoundInOrder(t *testing.T) {
	for seed := range int64(200) {
		random := rand.New(rand.NewSource(seed))
		d, places, most := &Date{}, random.Intn(5), 0
		most = places
		for range 200 {
			who := chat.MemberID(fmt.Sprint("m", random.Intn(12)))
			going0, wait := slices.Clone(d.Going), slices.Clone(d.Wait)
			var gone chat.MemberID
			var promoted []chat.MemberID
			switch random.Intn(20) {
			case 0:
				places = random.Intn(6)
				promoted = d.promote(places)
			case 1:
				gone = who
				promoted = d.rename(who, "", places)
			case 2:
				kept := chat.MemberID(fmt.Sprint("m", random.Intn(12)))
				if kept == who {
					continue
				}
				gone = who
				promoted = d.rename(who, kept, places)
				if d.of(who) != "" {
					t.Fatalf("%q is still there: %+v", who, d)
				}
			default:
				what := []reply{going, maybe, no}[random.Intn(3)]
				_, promoted, _ = d.say(who, what, places)
				if what != going {
					gone = who
				}
				if got := d.of(who); got != what && (what != going || got != waiting) {
					t.Fatalf("%q says %q and is %q", who, what, got)
				}
			}
			most = max(places, len(d.Going))
			if places == 0 {
				most = 0
			}
			check(t, d, places, most)
			for _, x := range going0 {
				if x != gone && d.of(x) != going {
					t.Fatalf("%q has lost a place: %+v", x, d)
				}
			}
			if len(promoted) > 0 && gone == "" {
				if diff := cmp.Diff(wait[:len(promoted)], promoted); diff != "" {
					t.Fatalf("promoted out of order:\n%s", diff)
				}
			}
		}
	}
}

func TestFewerPlacesTakeNobodysAway(t *testing.T) {
	d := &Date{}
	for _, who := range []chat.MemberID{"a", "b", "c"} {
		d.say(who, going, 3)
	}
	if got := d.promote(1); got != nil || len(d.Going) != 3 {
		t.Fatalf("%v, %+v", got, d)
	}
	if now, _, _ := d.say("d", going, 1); now != waiting {
		t.Errorf("d is %q", now)
	}
	for i, who := range []chat.MemberID{"a", "b"} {
		if _, promoted, _ := d.say(who, no, 1); promoted != nil {
			t.Errorf("%d: %v has got a place that is not there", i, promoted)
		}
	}
	if _, promoted, _ := d.say("c", no, 1); !slices.Equal(promoted, []chat.MemberID{"d"}) {
		t.Errorf("promoted %v", promoted)
	}
}

func TestTheListsHaveAnEnd(t *testing.T) {
	d := &Date{}
	for n := range maxAnswers {
		if _, _, full := d.say(chat.MemberID(fmt.Sprint(n)), maybe, 0); full {
			t.Fatalf("full at %d", n)
		}
	}
	if _, _, full := d.say("one more", going, 0); !full {
		t.Error("there is no end")
	}
	if _, _, full := d.say("7", going, 0); full {
		t.Error("who is in a list cannot change any more")
	}
}
