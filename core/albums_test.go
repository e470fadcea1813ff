package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// picture is one of an album; id is its ref's.
func picture(by chat.Person, in chat.Chat, album, id, caption string) chat.Event {
	e := post(by, in, id, caption)
	p := e.Body.(chat.Posted)
	p.Album, p.Parts = album, []chat.Part{{Kind: chat.Photo, Media: chat.Media{Platform: in.Platform, Key: id, Name: id}}}
	e.Body = p
	return e
}

// names are the parts' file names.
func names(parts []chat.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Media.Name)
	}
	return strings.Join(out, " ")
}

// said tells the Sends and Edits: where, what text, which parts.
func said(ds []chat.Dispatch) []string {
	var out []string
	for _, d := range ds {
		switch x := d.Effect.(type) {
		case chat.Send:
			out = append(out, fmt.Sprintf("%s %q %s", x.To.Platform, x.Text.Plain, names(x.Parts)))
		case chat.Edit:
			out = append(out, fmt.Sprintf("%s edit %q %s", x.To.Platform, x.Text.Plain, names(x.Parts)))
		case chat.Delete:
			out = append(out, fmt.Sprintf("%s delete %d", x.To.Platform, len(x.Target.Refs)))
		default:
			out = append(out, fmt.Sprintf("%T", x))
		}
	}
	return out
}

// albumTable has kitchen and tea in one room, and what rules see of posts, edits and deletions.
func albumTable(t *testing.T) (*table, *[]chat.Event) {
	t.Helper()
	seen := new([]chat.Event)
	b := newTable(t, append(allRules(), seat("eye", func(_ chat.Community, e chat.Event) []chat.Effect {
		switch e.Body.(type) {
		case chat.Posted, chat.Edited, chat.Deleted:
			*seen = append(*seen, e)
		}
		return nil
	}))...)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "hello", "hello"))
	*seen = nil
	return b, seen
}

func TestAnAlbumIsOneMessage(t *testing.T) {
	b, seen := albumTable(t)
	first := picture(ana(), kitchen, "a", "1", "at the lake")
	first.ID = "first"
	third := picture(ana(), kitchen, "a", "3", "and home")
	p := third.Body.(chat.Posted)
	p.Reply = &chat.Reply{Ref: ref(kitchen, "hello"), Name: "Ana"}
	third.Body = p
	none(t, b.fold(first, picture(ana(), kitchen, "a", "2", "at the lake"), third))
	began := b.now
	b.now = b.now.Add(300 * time.Millisecond)
	none(t, b.fold(picture(ana(), kitchen, "a", "4", "")))
	if b.where("at the lake") != nil {
		t.Errorf("its words lie open in %v", b.where("at the lake"))
	}
	b.restart()
	got := b.wait(999 * time.Millisecond)
	none(t, got)
	if got = b.wait(time.Millisecond); !slices.Equal(said(got), []string{`signal "at the lake\nand home" 1 2 3 4`}) {
		t.Fatalf("said %q", said(got))
	}
	e := (*seen)[0]
	if len(*seen) != 1 || e.ID != "first" || !e.At.Equal(began) || e.ReplyTo == nil {
		t.Fatalf("rules see %d events, the first %+v", len(*seen), e)
	}
	more := []chat.Ref{ref(kitchen, "2"), ref(kitchen, "3"), ref(kitchen, "4")}
	if posted := e.Body.(chat.Posted); !slices.Equal(posted.More, more) || posted.Ref != ref(kitchen, "1") || !slices.Equal(e.Message.More, more) {
		t.Errorf("its names are %s and %v", posted.Ref, posted.More)
	}
	b.fold(sent(got[0], "s1", "s2", "s3", "s4"))
	for _, id := range []string{"1", "2", "3", "4"} { // whichever one answers means the whole
		if to := answers(t, b.fold(reply(ana(), kitchen, "re"+id, id)))[tea]; len(to.Refs) != 4 || to.Refs[0] != ref(tea, "s1") {
			t.Errorf("an answer to %s is one to %+v", id, to)
		}
	}
	if len(b.store.Dump()["album"]) != 0 {
		t.Error("something is still held")
	}
}

func TestWhatEndsAnAlbum(t *testing.T) {
	ben := person(chat.Telegram, "ben")
	in := func(c chat.Chat, by chat.Person, body chat.Body) chat.Event {
		return chat.Event{Chat: c, By: by, Body: body}
	}
	for name, tt := range map[string]struct {
		then  chat.Event
		flush bool
	}{
		"another message":        {post(ben, kitchen, "b", "hi"), true},
		"the author's own words": {post(ana(), kitchen, "b", "hi"), true},
		"an edit of an item":     {in(kitchen, ana(), chat.Edited{Ref: ref(kitchen, "2"), Text: chat.Plain("x")}), true},
		"a deletion":             {in(kitchen, ana(), chat.Deleted{Ref: ref(kitchen, "2")}), true},
		"a reaction":             {in(kitchen, ben, chat.Reacted{Ref: ref(kitchen, "2"), Emoji: []string{"👍"}, Change: chat.ReactionAdded}), true},
		"the author leaves":      {in(kitchen, ana(), chat.Left{Who: ana()}), true},
		"the chat moves":         {in(kitchen, ana(), chat.Migrated{To: chat.Chat{Platform: chat.Telegram, ID: "-200"}}), true},
		"another album":          {picture(ben, kitchen, "b", "b", ""), false},
		"a receipt":              {in(kitchen, chat.Person{}, chat.Sent{Effect: "x#1"}), false},
		"another chat's message": {post(person(chat.Signal, "cleo"), tea, "b", "hi"), false},
	} {
		t.Run(name, func(t *testing.T) {
			b, seen := albumTable(t)
			none(t, b.fold(picture(ana(), kitchen, "a", "1", ""), picture(ana(), kitchen, "a", "2", "")))
			b.fold(tt.then)
			flushed := len(*seen) > 0 && len((*seen)[0].Body.(chat.Posted).More) == 1
			if flushed != tt.flush {
				t.Errorf("it is flushed: %v; rules have seen %+v", flushed, *seen)
			}
			b.wait(time.Minute)
			if n := len(b.store.Dump()["album"]); n != 0 {
				t.Errorf("%d items are held for ever", n)
			}
		})
	}
}

// Items that keep coming, too many items, and items that come late are messages of their own; none is lost.
func TestNoItemIsLost(t *testing.T) {
	shown := func(ds []chat.Dispatch) (out []string) {
		for _, d := range ds {
			out = append(out, strings.Fields(names(d.Effect.(chat.Send).Parts))...)
		}
		return out
	}
	for name, gap := range map[string]time.Duration{"at once": 0, "one a second": 999 * time.Millisecond, "slowly": 2 * time.Second} {
		t.Run(name, func(t *testing.T) {
			b, _ := albumTable(t)
			var got []chat.Dispatch
			var want []string
			for i := range 23 {
				got = append(got, b.fold(picture(ana(), kitchen, "a", fmt.Sprint(i), ""))...)
				got = append(got, b.wait(gap)...)
				want = append(want, fmt.Sprint(i))
				if i%4 == 0 {
					b.restart()
				}
			}
			got = append(got, b.wait(time.Minute)...)
			if diff := cmp.Diff(want, shown(got)); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
			if most := map[string]int{"at once": 3, "one a second": 5, "slowly": 23}[name]; len(got) > most {
				t.Errorf("it is %d messages, want %d", len(got), most)
			}
		})
	}
}

// Two people's albums that come at the same time stay two.
func TestAlbumsSideBySide(t *testing.T) {
	b, _ := albumTable(t)
	ben := person(chat.Telegram, "ben")
	got := b.fold(picture(ana(), kitchen, "a", "1", ""), picture(ben, kitchen, "b", "2", ""), picture(ana(), kitchen, "a", "3", ""), picture(ben, kitchen, "b", "4", ""))
	got = append(got, b.fold(post(ana(), kitchen, "5", "so"))...)
	if diff := cmp.Diff([]string{`signal "" 1 3`, `signal "" 2 4`, `signal "so" `}, said(got)); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

func TestAnItemCountsOnce(t *testing.T) {
	b, _ := albumTable(t)
	one := picture(ana(), kitchen, "a", "1", "")
	one.ID = "one"
	b.fold(one, one, picture(ana(), kitchen, "a", "1", ""))
	if got := said(b.wait(time.Minute)); !slices.Equal(got, []string{`signal "" 1`}) {
		t.Errorf("said %q", got)
	}
	none(t, b.fold(one, picture(ana(), kitchen, "a", "1", "")))
	none(t, b.wait(time.Minute))
}

// A large album is several messages rather than none: the bus takes only so much.
func TestALargeAlbum(t *testing.T) {
	b, _ := albumTable(t)
	var got []chat.Dispatch
	for i := range 10 {
		got = append(got, b.fold(picture(ana(), kitchen, "a", fmt.Sprint(i), fmt.Sprint(i)+strings.Repeat("x", 100_000)))...)
	}
	got = append(got, b.wait(time.Minute)...)
	if len(got) != 5 || !strings.Contains(b.deadLetters(), "Nothing lies here") {
		t.Errorf("%d messages; %s", len(got), b.deadLetters())
	}
}

func TestInPrivateNothingIsHeld(t *testing.T) {
	b, seen := albumTable(t)
	e := picture(ana(), chat.Chat(ana().Identity), "a", "1", "")
	e.Private = true
	b.fold(e)
	if len(*seen) != 1 {
		t.Errorf("rules have seen %d events", len(*seen))
	}
}

// shownAlbum lets an album of n pictures be shown in both chats.
func shownAlbum(b *table, n int, caption string) {
	b.t.Helper()
	for i := range n {
		text := ""
		if i == 0 {
			text = caption
		}
		b.fold(picture(ana(), kitchen, "a", fmt.Sprint(i+1), text))
	}
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprint("s", i+1))
	}
	b.fold(sent(b.wait(time.Second)[0], ids...))
}

func TestEditsOfAnAlbum(t *testing.T) {
	b, _ := albumTable(t)
	shownAlbum(b, 3, "one")
	edit := func(id, text string) []string {
		return said(b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{
			Ref: ref(kitchen, id), Text: chat.Plain(text), Parts: []chat.Part{{Kind: chat.Photo, Media: chat.Media{Name: id + "'"}}},
		}}))
	}
	for _, tt := range []struct{ id, text, want string }{
		{"1", "uno", `signal edit "uno" 1' 2 3`},
		{"3", "tre", `signal edit "uno\ntre" 1' 2 3'`},
		{"1", "", `signal edit "tre" 1' 2 3'`},
	} {
		if got := edit(tt.id, tt.text); !slices.Equal(got, []string{tt.want}) {
			t.Errorf("edit of %s to %q: %q, want %s", tt.id, tt.text, got, tt.want)
		}
		b.restart()
	}
	b.wait(31 * 24 * time.Hour)
	if got := edit("2", "due"); !slices.Equal(got, []string{`signal edit "due" 2'`}) {
		t.Errorf("when nothing is kept any more: %q", got)
	}
}

func TestDeletionsOfAnAlbum(t *testing.T) {
	gone := func(b *table, by chat.Person, id string) []string {
		return said(b.fold(chat.Event{Chat: kitchen, By: by, Body: chat.Deleted{Ref: ref(kitchen, id)}}))
	}
	t.Run("one by one", func(t *testing.T) {
		b, seen := albumTable(t)
		shownAlbum(b, 3, "one")
		*seen = nil
		for _, tt := range []struct{ id, want string }{{"1", `signal edit "" 2 3`}, {"3", `signal edit "" 2`}, {"3", ""}, {"2", "signal delete 3"}} {
			got := strings.Join(gone(b, boss(chat.Telegram, "olga"), tt.id), "; ")
			if got != tt.want {
				t.Errorf("%s goes: %q, want %q", tt.id, got, tt.want)
			}
			b.restart()
		}
		if e := (*seen)[0]; e.By.Identity != ana().Identity || e.Message.Original != ref(kitchen, "2") {
			t.Errorf("the album is changed by %s, and is %s now", e.By.Identity, e.Message.Original)
		}
	})
	t.Run("when nothing is kept any more", func(t *testing.T) {
		b, _ := albumTable(t)
		shownAlbum(b, 3, "one")
		b.wait(31 * 24 * time.Hour)
		if got := gone(b, ana(), "2"); !slices.Equal(got, []string{"signal delete 3"}) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("on the other side", func(t *testing.T) {
		b, _ := albumTable(t)
		shownAlbum(b, 3, "one")
		got := said(b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Deleted{Ref: ref(tea, "s2")}}))
		if !slices.Equal(got, []string{"telegram delete 3"}) {
			t.Errorf("got %q", got)
		}
	})
}

// Who takes away a message that is an album takes away all of it, and a member's is erased whole.
func TestAnAlbumGoesWhole(t *testing.T) {
	h, o := new(host), new(onlooker)
	b := newTable(t, append(allRules(), h.rule(), o.rule())...)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "hello", "hello"))
	shownAlbum(b, 3, "saffron")
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{chat.Delete{To: kitchen, Target: chat.Target{Refs: []chat.Ref{ref(kitchen, "1")}}}}
	}
	if got := said(b.fold(post(ana(), kitchen, "cmd", "/pick"))); !slices.Contains(got, "telegram delete 3") {
		t.Errorf("a rule deletes it: %q", got)
	}
	card, _ := o.member(ana())
	got := deletions(b.forgets(h, card.ID, ben(), tea, time.Minute))
	for _, r := range []string{"telegram:-100 1", "telegram:-100 2", "telegram:-100 3", "signal:Zm9v s1", "signal:Zm9v s3"} {
		if got[r] != 1 {
			t.Errorf("%s is deleted %d times", r, got[r])
		}
	}
	for _, trace := range []string{"saffron", "-100 2"} {
		if in := b.where(trace); in != nil {
			t.Errorf("%q is still in %v", trace, in)
		}
	}
}

// A rule that lets somebody's message be deleted means all of an album, by whatever name it calls it.
func TestARuleDeletesAnAlbumWhole(t *testing.T) {
	h := new(host)
	b := newTable(t, append(allRules(), h.rule())...)
	b.link(kitchen, tea)
	shownAlbum(b, 3, "saffron")
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{chat.Emit{Body: chat.Deleted{Ref: ref(kitchen, "1")}}}
	}
	if got := said(b.fold(post(ana(), kitchen, "cmd", "/pick"))); !slices.Contains(got, "signal delete 3") {
		t.Errorf("what is left of it: %q", got)
	}
}
