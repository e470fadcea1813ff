package sessions

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// reply is what somebody says to a date.
type reply string

// The replies. Whoever says going when all places are taken waits for one.
const (
	going   reply = "going"
	maybe   reply = "maybe"
	no      reply = "no"
	waiting reply = "waiting"
)

// Date is one time of a session, and who comes. Nobody is in two of the lists; each has the order in which people have said
// so.
type Date struct {
	Name  string          `json:"name"`
	Going []chat.MemberID `json:"going,omitempty"`
	Wait  []chat.MemberID `json:"wait,omitempty"`
	Maybe []chat.MemberID `json:"maybe,omitempty"`
	No    []chat.MemberID `json:"no,omitempty"`
	// Named are those who have said that they come when it was plain that their name would be shown.
	Named []chat.MemberID `json:"named,omitempty"`
	// Day are those who were reminded the day before, or need not be.
	Day []chat.MemberID `json:"day,omitempty"`
	// Soon and Begun: that it begins soon, and that it begins, has been said.
	Soon  bool `json:"soon,omitempty"`
	Begun bool `json:"begun,omitempty"`
	// Posted is when its message was; Shown is what that says on each platform.
	Posted time.Time `json:"posted,omitzero"`
	Shown  []Shown   `json:"shown,omitempty"`
}

// Shown is what the message of a date says on a platform.
type Shown struct {
	Platform chat.Platform `json:"platform"`
	Count    Count         `json:"count"`
	Edits    int           `json:"edits,omitempty"`
	At       time.Time     `json:"at"`
}

// Count is how many have said what.
type Count struct {
	Going, Wait, Maybe, No int
	Names                  string `json:",omitempty"` // the sum of the names, where they are shown
}

func (d *Date) count() Count {
	return Count{Going: len(d.Going), Wait: len(d.Wait), Maybe: len(d.Maybe), No: len(d.No)}
}

func (d *Date) size() int { return len(d.Going) + len(d.Wait) + len(d.Maybe) + len(d.No) }

// of returns what somebody has said; empty = nothing.
func (d *Date) of(who chat.MemberID) reply {
	switch {
	case slices.Contains(d.Going, who):
		return going
	case slices.Contains(d.Wait, who):
		return waiting
	case slices.Contains(d.Maybe, who):
		return maybe
	case slices.Contains(d.No, who):
		return no
	}
	return ""
}

func (d *Date) list(r reply) *[]chat.MemberID {
	switch r {
	case going:
		return &d.Going
	case waiting:
		return &d.Wait
	case maybe:
		return &d.Maybe
	}
	return &d.No
}

func (d *Date) isFree(places int) bool { return places == 0 || len(d.Going) < places }

// say notes what somebody says. It returns where he stands now, and who has got a place by it. Who says the same again
// keeps his place, in the list of those who wait, too. full: there are so many answers that his cannot be kept.
func (d *Date) say(who chat.MemberID, what reply, places int) (now reply, promoted []chat.MemberID, full bool) {
	was := d.of(who)
	if was == what || was == waiting && what == going {
		return was, nil, false
	}
	if was == "" && d.size() >= maxAnswers {
		return "", nil, true
	}
	if was != "" {
		l := d.list(was)
		*l = drop(*l, who)
	}
	promoted = d.promote(places) // before him: those who wait have asked first
	now = what
	if what == going && (len(d.Wait) > 0 || !d.isFree(places)) {
		now = waiting
	}
	l := d.list(now)
	*l = append(*l, who)
	return now, promoted, false
}

// promote gives the free places to those who wait, in order, and returns them.
func (d *Date) promote(places int) []chat.MemberID {
	var out []chat.MemberID
	for len(d.Wait) > 0 && d.isFree(places) {
		out = append(out, d.Wait[0])
		d.Going = append(d.Going, d.Wait[0])
		d.Wait = drop(d.Wait, d.Wait[0])
	}
	return out
}

// rename puts one member in the place of another; "" takes him off. It returns who has got a place by it. Where both were
// in the lists the better answer counts.
func (d *Date) rename(gone, kept chat.MemberID, places int) []chat.MemberID {
	d.Day, d.Named = renameIn(d.Day, gone, kept), renameIn(d.Named, gone, kept)
	was := d.of(gone)
	if was == "" {
		return nil
	}
	order := []reply{going, waiting, maybe, no}
	l := d.list(was)
	switch has := d.of(kept); {
	case kept == "":
		*l = drop(*l, gone)
	case has == "":
		*l = renameIn(*l, gone, kept)
	case slices.Index(order, has) <= slices.Index(order, was):
		*l = drop(*l, gone)
	default:
		other := d.list(has)
		*other = drop(*other, kept)
		*l = renameIn(*l, gone, kept)
	}
	return d.promote(places)
}

// drop returns a list without one, nil if it is empty.
func drop(list []chat.MemberID, who chat.MemberID) []chat.MemberID {
	out := slices.DeleteFunc(slices.Clone(list), func(m chat.MemberID) bool { return m == who })
	if len(out) == 0 {
		return nil
	}
	return out
}

// renameIn puts kept in the place of gone, or drops gone where kept is there already, or empty.
func renameIn(list []chat.MemberID, gone, kept chat.MemberID) []chat.MemberID {
	i := slices.Index(list, gone)
	if i < 0 {
		return list
	}
	if kept == "" || slices.Contains(list, kept) {
		return drop(list, gone)
	}
	list = slices.Clone(list)
	list[i] = kept
	return list
}

// concerned are those who have said that they come, might come, or wait for a place.
func (d *Date) concerned() []chat.MemberID { return slices.Concat(d.Going, d.Wait, d.Maybe) }
