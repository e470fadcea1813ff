package recap

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

// given returns a player with a weekly recap of three bullets.
func given(t *testing.T) *player {
	t.Helper()
	p := play(t, table(settingRecap, "on"))
	p.see(chat.Event{Chat: kitchen, Room: "r1", Member: "m2", Message: &chat.Message{}, Body: chat.Posted{Text: chat.Plain("x")}})
	p.now = p.state().Next
	order, _ := only[chat.Summarise](p.see(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}}))
	p.answer(order.Tag, about("talk", "Ana: one", "x1"), about("talk", "Ana: two", "x2", "x3"), about("talk", "Ana: three", "x4"))
	return p
}

func (p *player) edits(id chat.MessageID) []chat.Effect {
	return p.see(chat.Event{Chat: kitchen, Room: "r1", Member: "m1", Message: &chat.Message{ID: id, Author: "m1"}, Body: chat.Edited{}})
}

func TestARecapIsNotChangedForEver(t *testing.T) {
	p := given(t)
	for i := range maxChanges { // of one bullet
		order, n := only[chat.Summarise](p.edits("x3"))
		if n != 1 || order.Bullets != 1 || len(order.Only) != 2 {
			t.Fatalf("change %d: %+v", i, order)
		}
		if _, n := only[chat.Edit](p.answer(order.Tag, about("talk", fmt.Sprintf("Ana: two, %d", i), "x2", "x3"))); n != 2 {
			t.Fatalf("change %d is not shown", i)
		}
	}
	edit, n := only[chat.Edit](p.edits("x3"))
	if n != 2 || strings.Contains(edit.Text.Plain, "two") || !strings.Contains(edit.Text.Plain, "2. Ana: three") {
		t.Errorf("the bullet goes on: %q", edit.Text.Plain)
	}
	for i := range 20 {
		if order, n := only[chat.Summarise](p.edits("x1")); n == 1 {
			p.answer(order.Tag, about("talk", fmt.Sprintf("Ana: one, %d", i), "x1"))
		}
		if order, n := only[chat.Summarise](p.edits("x4")); n == 1 {
			p.answer(order.Tag, about("talk", fmt.Sprintf("Ana: three, %d", i), "x4"))
		}
	}
	if made := p.state().Recaps[0]; len(made.Bullets) > 0 {
		t.Errorf("it is changed on and on: %+v", made)
	}
}

func TestWhatIsGoneIsDropped(t *testing.T) {
	p := given(t)
	gone := chat.Event{Chat: kitchen, Room: "r1", Message: &chat.Message{ID: "x2", Author: "m1", Gone: true}, Body: chat.Sent{Of: "delete"}}
	edit, n := only[chat.Edit](p.see(gone))
	if n != 2 || strings.Contains(edit.Text.Plain, "two") {
		t.Errorf("got %q", edit.Text.Plain)
	}
	order, _ := only[chat.Summarise](p.edits("x4"))
	if edit, _ := only[chat.Edit](p.answer(order.Tag)); strings.Contains(edit.Text.Plain, "three") {
		t.Errorf("got %q", edit.Text.Plain)
	}
	p.now = p.now.Add(followFor + time.Hour)
	if out := p.edits("x1"); out != nil || len(p.state().Recaps[0].Bullets) != 0 {
		t.Errorf("after a day: %+v, %+v", out, p.state().Recaps)
	}
	p.now = p.now.Add(keepFor)
	p.edits("x9")
	if s := p.state(); len(s.Recaps) != 0 {
		t.Errorf("kept for ever: %+v", s)
	}
}

func TestWhoIsErasedIsForgotten(t *testing.T) {
	p := given(t)
	p.c.Members.(coretest.Folk)[0].Name = "Zoe" // their name now
	look, n := only[chat.Look](p.see(chat.Event{Body: chat.Forgotten{Who: "m1"}}))
	if n != 1 || look.View != chat.Said || look.Arg != "m1" {
		t.Fatalf("got %+v", look)
	}
	edit, n := only[chat.Edit](p.see(chat.Event{Body: chat.Found{Rule: title, Key: look.Key, Lines: []chat.Line{{Message: "x1"}, {Message: "x3"}}}}))
	if n != 2 || strings.Contains(edit.Text.Plain, "one") || strings.Contains(edit.Text.Plain, "two") || !strings.Contains(edit.Text.Plain, "1. Ana: three") {
		t.Errorf("got %q", edit.Text.Plain)
	}
}

func TestWhoIsInNoRecapIsNotNamedInIt(t *testing.T) {
	for text, want := range map[string]bool{
		"Ben: Thanks to Ana for the cake": true, "Ben: Ana!": true, "Ben: Anabel was here": false, "Ben: (Ana)": true, "Ben: anagram": false, "": false,
	} {
		if got := isNamed(text, "Ana Meier"); got != want {
			t.Errorf("%q names her: %v", text, got)
		}
	}
	p := play(t, table())
	p.c.Members.(coretest.Folk)[0].Settings["recap"] = "off"
	order, _ := only[chat.Summarise](p.ask())
	told := func(text string) chat.Bullet {
		return chat.Bullet{Section: "talk", Text: text, Cites: []chat.MessageID{"x1"}, Name: "Ben"}
	}
	send, _ := only[chat.Send](p.answer(order.Tag, told("Ben: Thanks to Ana for the cake"), told("Ben: The cake was good")))
	if strings.Contains(send.Text.Plain, "Ana") || !strings.Contains(send.Text.Plain, "cake was good") {
		t.Errorf("it says %q", send.Text.Plain)
	}
	p = given(t)
	p.c.Members.(coretest.Folk)[0].Settings["recap"] = "off"
	out := p.see(chat.Event{Chat: kitchen, Room: "r1", Member: "m1", Body: chat.Asked{Command: commandOut}})
	if edit, n := only[chat.Edit](out); n != 2 || strings.Contains(edit.Text.Plain, "Ana") {
		t.Errorf("what was posted says %q", edit.Text.Plain)
	}
}
