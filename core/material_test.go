package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// does lets the host do something when somebody asks.
func (b *table) does(h *host, effects ...chat.Effect) []chat.Dispatch {
	b.t.Helper()
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return effects
	}
	out := b.fold(post(ana(), kitchen, b.fresh(), "/pick"))
	h.do = nil
	return out
}

// TestMaterialIsWhatEverybodyMayRead has an opt-out, a private room, another community and words that are gone.
func TestMaterialIsWhatEverybodyMayRead(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	from := b.now
	for i := range 4 {
		b.fold(post(ana(), kitchen, fmt.Sprintf("k%d", i), fmt.Sprintf("line %d", i)))
	}
	in := h.heard[len(h.heard)-1].Community
	b.fold(post(ana(), kitchen, "k9", "not this one #NoRecap"), post(ben(), tea, "t1", "ben's line"))
	b.fold(post(ana(), chat.Chat{Platform: chat.Telegram, ID: "-200"}, "o1", "elsewhere"))
	b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Deleted{Ref: ref(kitchen, "k2")}})
	b.wait(time.Hour)
	until := b.now.Add(time.Second)
	window := core.Window{Community: in, From: from.Add(-time.Second), Until: until}
	read := func() []string {
		t.Helper()
		lines, err := b.engine.Material(window, func(state []byte) int { return len(state) })
		if err != nil {
			t.Fatal(err)
		}
		return texts(lines)
	}
	if diff := cmp.Diff([]string{"line 0", "line 1", "line 3", "ben's line"}, read()); diff != "" {
		t.Errorf("material (-want +got):\n%s", diff)
	}
	found := b.looks(h, chat.Look{View: chat.Between, Arg: window.From.Format(time.RFC3339) + " " + until.Format(time.RFC3339), Limit: 2})
	if diff := cmp.Diff([]string{"line 3", "ben's line"}, texts(found)); diff != "" {
		t.Errorf("between (-want +got):\n%s", diff)
	}
	var c chat.Community
	h.do = func(seen chat.Community, _ chat.Event) []chat.Effect { c = seen; return nil }
	b.fold(post(ana(), kitchen, b.fresh(), "/pick"))
	h.do = nil
	card, _ := c.Members.Of(ben().Identity)
	b.does(h, chat.Set{Member: card.ID, Key: "recap", Value: "off"})
	if diff := cmp.Diff([]string{"line 0", "line 1", "line 3"}, read()); diff != "" {
		t.Errorf("without Ben (-want +got):\n%s", diff)
	}
	b.does(h, chat.Set{Room: c.Rooms[0].ID, Key: "private", Value: "on"})
	if got := read(); len(got) != 0 {
		t.Errorf("of a private room there are %q", got)
	}
	window.Room = c.Rooms[0].ID
	if got := read(); len(got) != 3 {
		t.Errorf("of the private room itself there are %q", got)
	}
}

func TestPagesAreTheirCommunitys(t *testing.T) {
	b, h := hosted(t)
	b.fold(post(ana(), kitchen, "1", "hi"))
	want := func(data string) {
		t.Helper()
		mime, got, ok, err := b.engine.Page("calendar/secret.ics")
		if err != nil || ok != (data != "") || string(got) != data || ok && mime != "text/calendar" {
			t.Errorf("page is %q (%s), %v, %v, want %q", got, mime, ok, err, data)
		}
	}
	want("")
	b.does(h, chat.Show{Page: "calendar/secret.ics", Type: "text/calendar", Data: []byte("one\x00two")})
	want("one\x00two")
	h.do = func(chat.Community, chat.Event) []chat.Effect {
		return []chat.Effect{chat.Show{Page: "calendar/secret.ics", Type: "text/calendar", Data: []byte("theirs")}}
	}
	b.fold(post(ben(), chat.Chat{Platform: chat.Telegram, ID: "-200"}, "o1", "elsewhere"))
	h.do = nil
	want("one\x00two")
	b.does(h, chat.Show{Page: "calendar/secret.ics"})
	want("")
}

// TestLinksLeadToTheReadersPlatform sends a link to a message into both chats of its room.
func TestLinksLeadToTheReadersPlatform(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "k1", "bread at six"))
	id := h.heard[len(h.heard)-1].Message.ID
	text := chat.Plain("see ").Append(chat.Styled(chat.Cite, "bread", string(id)), chat.Plain(" and "), chat.Styled(chat.Cite, "nothing", "zzz"))
	var sends []chat.Send
	for _, d := range b.does(h, chat.Send{To: kitchen, Text: text}, chat.Send{To: tea, Text: text}) {
		if s, ok := d.Effect.(chat.Send); ok {
			sends = append(sends, s)
		}
	}
	for _, s := range sends {
		var leads []string
		for _, span := range s.Text.Spans {
			leads = append(leads, span.Value)
		}
		want := []string{ref(kitchen, "k1").String()}
		if s.To == tea {
			want = nil // nobody has carried it there
		}
		if diff := cmp.Diff(want, leads); diff != "" || s.Text.Plain != "see bread and nothing" {
			t.Errorf("in %s it leads (-want +got):\n%s", s.To, diff)
		}
	}
	if len(sends) != 2 {
		t.Errorf("%d were sent, want 2", len(sends))
	}
}
