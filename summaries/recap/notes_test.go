package recap

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func (p *player) notes(word string) []chat.Effect {
	return p.see(chat.Event{
		Chat: cellar, Room: "r1", By: ben(), Member: "m2", Level: chat.Member, Body: chat.Asked{Command: commandNotes, Args: strings.Fields(word)},
	})
}

func (p *player) writes(who chat.MemberID, id chat.MessageID) []chat.Effect {
	return p.see(chat.Event{
		Chat: cellar, Room: "r1", By: ben(), Member: who, Message: &chat.Message{ID: id, Author: who}, Body: chat.Posted{Text: chat.Plain("x")},
	})
}

func TestTheLinesOfACall(t *testing.T) {
	p := play(t, table())
	p.writes("m2", "before")
	if _, n := only[chat.Send](p.notes("start")); n != 2 {
		t.Error("the room is not told")
	}
	p.writes("m2", "x1")
	p.writes("m1", "other")
	p.writes("m2", "x2")
	p.see(chat.Event{Chat: cellar, Room: "r1", Message: &chat.Message{ID: "x1", Author: "m2"}, Body: chat.Deleted{}})
	for i := range maxLines + 10 {
		p.writes("m2", chat.MessageID(fmt.Sprint("y", i)))
	}
	p.now = p.now.Add(time.Hour)
	order, n := only[chat.Summarise](p.notes("end"))
	if n != 1 || len(order.Only) != maxLines || order.Only[0] != "x2" || order.Room != "r1" {
		t.Fatalf("%d lines, the first %q", len(order.Only), order.Only[0])
	}
	if _, n := only[chat.Send](p.answer(order.Tag, about("action", "Ben books the hall", "x2"))); n != 2 {
		t.Error("the list is not posted in all chats")
	}
	if out := p.writes("m2", "after"); out != nil || len(p.state().Notes) != 0 {
		t.Errorf("it is noted on: %+v", out)
	}
}

func TestACallThatNobodyEndsIsOverSomeTime(t *testing.T) {
	p := play(t, table())
	p.notes("start")
	p.now = p.now.Add(maxCall + time.Minute)
	p.writes("m2", "x1")
	if s := p.state(); len(s.Notes) != 0 || p.c.Rooms[0].Settings[settingNoting] != "" {
		t.Errorf("got %+v, %v", s, p.c.Rooms[0].Settings)
	}
}

func TestWhoIsInNoRecapTakesNoNotes(t *testing.T) {
	p := play(t, table())
	p.c.Members.(coretest.Folk)[1].Settings["recap"] = "off"
	if p.notes("start"); len(p.state().Notes) != 0 {
		t.Errorf("got %+v", p.state())
	}
}

func TestARecapOfAllRooms(t *testing.T) {
	c := table(settingRecap, "all")
	c.Rooms = append(c.Rooms,
		chat.Room{ID: "r2", Name: "Garden", Chats: []chat.Chat{{Platform: chat.Matrix, ID: "!g"}}},
		chat.Room{ID: "r3", Name: "Pod", Chats: []chat.Chat{{Platform: chat.Matrix, ID: "!p"}}, Settings: map[string]string{settingPrivate: "on", settingRecap: "on"}})
	p := play(t, c)
	p.writes("m2", "x")
	p.now = p.state().Next
	out := p.see(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
	order, n := only[chat.Summarise](out)
	if n != 1 || order.Room != "" {
		t.Fatalf("ordered %+v", out)
	}
	send, n := only[chat.Send](p.answer(order.Tag, about("talk", "Ana: one", "x1")))
	if n != 2 || !strings.HasPrefix(send.Text.Plain, "Recap of all rooms, Sun 1 Mar") {
		t.Errorf("posted %d times: %q", n, send.Text.Plain)
	}
	// who is not in all of them gets that of the room where they are
	if order, _ := only[chat.Summarise](p.ask()); order.Room != "r1" {
		t.Errorf("Ben is told of %q", order.Room)
	}
	if _, n := only[chat.Summarise](p.ask("7d", "Pod")); n != 0 {
		t.Error("Ben is told of a room where they are not")
	}
}

func TestADrafterThatFailsIsTold(t *testing.T) {
	p := play(t, table())
	order, _ := only[chat.Summarise](p.ask())
	send, n := only[chat.Send](p.see(chat.Event{Chat: desk, Tag: order.Tag, Body: chat.Failed{Why: chat.Broken}}))
	if n != 1 || !strings.Contains(send.Text.Plain, "did not work out") || len(p.state().Orders) != 0 {
		t.Errorf("got %+v", send)
	}
}
