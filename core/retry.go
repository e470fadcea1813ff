package core

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// shownLetters is how many dead letters one list shows, and how many are tried again at once.
const shownLetters = 20

// deadLetters answers what the operator asks of the dead letters: the list, or to try one or all of them again.
func (f *fold) deadLetters(c chat.Community, e *chat.Event, asked chat.Asked) ([]chat.Effect, error) {
	language := c.Language()
	reply := func(t chat.Text) []chat.Effect { return []chat.Effect{rule.Reply(*e, t)} }
	if len(asked.Args) < 2 || asked.Args[1] != "retry" {
		list, err := f.listLetters(language)
		return reply(list), err
	}
	if len(asked.Args) < 3 {
		return reply(say.Text(language, "dead.retry.how")), nil
	}
	passes := func(l letter) bool { return l.Again == "" && l.canBeTried(f.now) }
	one, err := strconv.ParseUint(strings.TrimSuffix(asked.Args[2], "."), 10, 64)
	switch {
	case err == nil:
		passes = func(l letter) bool { return l.N == one }
	case asked.Args[2] != "all":
		return reply(say.Text(language, "dead.retry.how")), nil
	}
	letters, _, err := f.letters(1<<30, passes)
	if err != nil {
		return nil, err
	}
	if len(letters) == 0 {
		return reply(say.Text(language, "dead.retry.none")), nil
	}
	slices.SortStableFunc(letters, func(a, b filed) int { return a.At.Compare(b.At) }) // so that each has its turn
	counts, err := f.retryAll(e, letters[:min(len(letters), shownLetters)])
	if err != nil {
		return nil, err
	}
	text := say.Text(language, "dead.retry.done", "done", counts.done, "sent", counts.sent, "failed", counts.failed, "lost", counts.lost)
	if more := len(letters) - shownLetters; more > 0 {
		text = text.Append(chat.Plain("\n"), say.Text(language, "dead.retry.more", "count", more))
	}
	return reply(text), nil
}

// tried counts what has become of letters: handled now, on the way again, failed again, or not kept any more.
type tried struct{ done, sent, failed, lost int }

func (f *fold) retryAll(e *chat.Event, letters []filed) (counts tried, err error) {
	for _, l := range letters {
		p, ok := f.open(l.key, l.letter)
		var count *int
		switch {
		case l.Again != "":
			count = &counts.sent
		case !ok || p.isEmpty():
			count = &counts.lost
		case p.Entry != nil:
			count, err = f.retryEntry(&counts, l, p)
		case p.Event != nil:
			count, err = f.retryRule(e, &counts, l, p)
		default:
			count, err = f.retryEffect(e, &counts, l, p)
		}
		if err != nil {
			return counts, fmt.Errorf("try dead letter %d again: %w", l.N, err)
		}
		*count++
	}
	return counts, nil
}

// stays notes that a letter could not be handled again.
func (f *fold) stays(l filed, cause string) error {
	l.At, l.Error = f.now, cause
	return f.saveLetter(l.key, l.letter)
}

func (f *fold) leaves(l filed) error { return f.tx.Delete(bucketDead, l.key.bytes()) }

// retryEntry folds an entry that could not be read: this program may know what it means. It had not been noted as seen.
func (f *fold) retryEntry(counts *tried, l filed, p parcel) (*int, error) {
	e, err := chat.DecodeEvent(p.Entry)
	if err = firstError(err, checkID(e)); err != nil {
		return &counts.failed, f.stays(l, err.Error())
	}
	known, err := f.seen(e.ID)
	if err == nil && !known {
		f.emits = append(f.emits, e)
	}
	return &counts.done, firstError(err, f.leaves(l))
}

// retryRule lets the rule that has failed, and no other, see its event: the others have.
func (f *fold) retryRule(_ *chat.Event, counts *tried, l filed, p parcel) (*int, error) {
	i := slices.IndexFunc(f.engine.rules, func(r rule.Rule) bool { return r.Name() == l.Rule })
	if i < 0 {
		return &counts.lost, nil
	}
	e, err := chat.DecodeEvent(p.Event)
	if err != nil {
		return &counts.failed, f.stays(l, err.Error())
	}
	e.Now, e.Seed, e.Tag, e.Community = f.now, f.seed(e.ID), p.Tag, f.still(p.Community)
	e.ID = chat.EventID(string(e.ID) + "~" + strconv.FormatUint(f.entry.Seq, 36)) // its effects get names of their own
	if err := firstError(f.where(&e), f.who(&e)); err != nil {
		return nil, err
	}
	if at := f.engine.house.chats[e.Chat]; at.community == e.Community {
		e.Room = at.room
	}
	if e.Message, err = f.graph.message(p.Message); err != nil {
		return nil, err
	}
	if e.ReplyTo, err = f.graph.message(p.ReplyTo); err != nil {
		return nil, err
	}
	f.again = &l
	defer func() { f.again = nil }()
	if _, err := f.decide(f.engine.rules[i], &e); err != nil {
		return nil, err
	}
	if f.again == nil { // it has been buried again
		return &counts.failed, nil
	}
	return &counts.done, f.leaves(l)
}

// retryEffect puts an effect on its way again, as a new one. What is out of date is let be: a copy of a message that is gone.
func (f *fold) retryEffect(by *chat.Event, counts *tried, l filed, p parcel) (*int, error) {
	d, err := chat.DecodeDispatch(p.Dispatch)
	if err != nil {
		return &counts.failed, f.stays(l, err.Error())
	}
	m, err := f.graph.message(p.About)
	if err != nil {
		return nil, err
	}
	_, deletes := d.Effect.(chat.Delete)
	if p.About != "" && (m == nil || m.Gone && !deletes) {
		return &counts.done, f.leaves(l)
	}
	x := f.newest(d.Effect, m)
	f.made++
	id := by.ID.Effect(f.made)
	row, err := f.pack(id, x)
	if err != nil {
		return &counts.failed, f.stays(l, err.Error())
	}
	u := underway{of: deedOf(x), to: x.Where().Platform, tag: p.Told, letter: l.key}
	if m != nil {
		u.message, _ = messageKeyOfID(m.ID)
		if i := copyOf(m, cmp.Or(l.Last, d.ID)); i >= 0 {
			m.Copies[i].Effect, m.Copies[i].Failed = id, ""
			f.graph.touch(m)
		}
	}
	l.Again = id
	return &counts.sent, firstError(f.saveLetter(l.key, l.letter), f.post(id, u, row))
}

// newest lets an effect that shows a member's message show what it says now.
func (f *fold) newest(x chat.Outgoing, m *chat.Message) chat.Outgoing {
	if m == nil {
		return x
	}
	c := f.kept(m)
	if c == nil || c.Cut {
		return x
	}
	text, parts := c.said()
	if shown, other := c.Shown[x.Where()]; other {
		text = shown
	}
	switch y := x.(type) {
	case chat.Send:
		y.Text, y.Parts = text, parts
		return y
	case chat.Edit:
		y.Text, y.Parts = text, parts
		return y
	}
	return x
}

// retried notes what has become of an effect by which a letter was tried again; empty = it is done.
func (f *fold) retried(u underway, why chat.Reason) error {
	if u.letter == (messageKey{}) {
		return nil
	}
	letters, _, err := f.letters(1<<30, func(l letter) bool { return l.Again != "" })
	if err != nil {
		return err
	}
	i := slices.IndexFunc(letters, func(l filed) bool { return l.key == u.letter })
	if i < 0 {
		return nil
	}
	l := letters[i]
	if why == "" {
		return f.leaves(l)
	}
	l.Again, l.Last = "", l.Again
	return f.stays(l, "tried again: "+string(why))
}

// listLetters tells of the newest letters.
func (f *fold) listLetters(language string) (chat.Text, error) {
	letters, all, err := f.letters(shownLetters, func(letter) bool { return true })
	if err != nil {
		return chat.Text{}, err
	}
	if all == 0 {
		return say.Text(language, "dead.none"), nil
	}
	var out chat.Text
	for _, l := range letters {
		cause, _, _ := strings.Cut(l.Error, "\n")
		p, ok := f.open(l.key, l.letter)
		out = out.Append(chat.Plain(strconv.FormatUint(l.N, 10)+". "), say.Text(language, "dead.line",
			"when", l.At.Format("2006-01-02 15:04:05"), "event", whatIs(p), "rule", l.Rule, "error", cause))
		switch {
		case l.Again != "":
			out = out.Append(chat.Plain(" "), say.Text(language, "dead.again"))
		case !ok || p.isEmpty():
			out = out.Append(chat.Plain(" "), say.Text(language, "dead.lost"))
		}
		out = out.Append(chat.Plain("\n"))
	}
	if more := all - len(letters); more > 0 {
		out = out.Append(say.Text(language, "dead.older", "count", more), chat.Plain("\n"))
	}
	return out.Append(say.Text(language, "dead.retry.how")), nil
}

// whatIs names what is in a parcel, without a word of what members write.
func whatIs(p parcel) string {
	if p.Dispatch != nil {
		if d, err := chat.DecodeDispatch(p.Dispatch); err == nil {
			return deedOf(d.Effect) + " → " + string(d.Effect.Where().Platform)
		}
	}
	if e, err := chat.DecodeEvent(bytes.Join([][]byte{p.Entry, p.Event}, nil)); err == nil {
		return string(e.ID[:min(len(e.ID), 80)])
	}
	if p.Entry == nil {
		return "–"
	}
	return "unreadable event"
}
