package draft

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// said makes the lines of a chat, ten minutes apart: "Ana: words", or "Ana>2: words" for an answer to the second.
func said(lines ...string) []chat.Line {
	var out []chat.Line
	for i, l := range lines {
		who, text, _ := strings.Cut(l, ": ")
		who, to, _ := strings.Cut(who, ">")
		x := chat.Line{
			At: time.Date(2026, 3, 2, 12, 10*i, 0, 0, time.UTC), By: chat.MemberID("m-" + who), Name: who, Text: text,
			Message: chat.MessageID(fmt.Sprintf("x%d", i+1)), Room: "r1",
		}
		if to != "" {
			x.ReplyTo = chat.MessageID("x" + to)
		}
		out = append(out, x)
	}
	return out
}

func garden() []chat.Line {
	return said(
		"Ana: Shall we move the seed swap to Saturday at ten in the morning?", "Ben>1: Saturday at ten works for me.",
		"Cleo>1: Agreed, let's do Saturday 10:00 in the greenhouse then.", "Ben: Who has the key of the garden shed at the moment?",
		"Cleo: The water tank is fixed, it holds since noon.", "Ana: The best guide to compost: https://example.org/compost?token=abc",
		"Ben: Which tomatoes do we plant this year, the small ones or the big ones?", "Cleo>7: The small ones were much better last summer.",
		"Ana>7: Small ones from me too, I have yellow seeds left.", "Ben: Reminder: the call about the budget is on Sunday at 20:00.",
	)
}

func order() chat.Summarise {
	return chat.Summarise{To: chat.Chat{Platform: chat.Drafter, ID: "c1"}, Room: "r1", Language: "en", Bullets: 10, Tag: "draft/1"}
}

func TestQuotations(t *testing.T) {
	lines := append(garden(), said("Eve: My password is hunter2 #NoRecap")...)
	lines[len(lines)-1].Message = "secret"
	got := Draft(order(), lines, nil)
	if got.Tag != "draft/1" || got.Messages != 10 || got.People != 3 || got.Talks < 4 || got.Model != "" {
		t.Errorf("counts: %+v", got)
	}
	sections := make(map[string]int)
	for _, b := range got.Bullets {
		sections[b.Section]++
		if len(b.Cites) == 0 || b.Name == "" || strings.Contains(b.Text, "hunter2") || len([]rune(b.Text)) > 2*maxText {
			t.Errorf("bullet %+v", b)
		}
	}
	for _, s := range []string{"win", "link", "coming", "talk"} {
		if sections[s] == 0 {
			t.Errorf("there is no bullet of %s: %+v", s, got.Bullets)
		}
	}
	if got := Draft(order(), nil, nil); len(got.Bullets) != 0 || got.Tag == "" {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestNobodyFillsTheRecapAlone(t *testing.T) {
	lines := []string{"Ana: Who waters the seedlings while I am away next week?", "Ben>1: I can water the seedlings on Monday."}
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("Eve: We decided to buy my great pan number %d on Friday at 10:00, agreed!", i), "Eve: Buy https://pans.example")
	}
	spread := said(lines...)
	for i := range spread {
		spread[i].At = spread[i].At.Add(time.Duration(i) * 5 * time.Hour)
	}
	of := make(map[string]int)
	for _, b := range Draft(order(), spread, nil).Bullets {
		of[b.Name]++
	}
	if of["Eve"] > 4 || of["Ana"]+of["Ben"] == 0 {
		t.Errorf("got %v", of)
	}
}

func TestOneBulletIsQuotedAnew(t *testing.T) {
	o := order()
	o.Only, o.Bullets = []chat.MessageID{"x4", "x5"}, 1
	got := Draft(o, garden(), nil).Bullets
	want := []chat.Bullet{{
		Section: "talk", Cites: []chat.MessageID{"x4", "x5"}, Name: "Ben",
		Text: "Ben: Who has the key of the garden shed at the moment? → Cleo: The water tank is fixed, it holds since noon.",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	o.Only = []chat.MessageID{"gone"}
	if got := Draft(o, garden(), nil); len(got.Bullets) != 0 {
		t.Errorf("of a message that is not there: %+v", got)
	}
}

func TestNotesNameWhoDoesWhat(t *testing.T) {
	lines := said("Ana: decision: we buy the blue one", "Ana: - TODO: @ben books the hall", "Ana: [ ] call the town hall", "Ana: Beschluss: Fest am Freitag",
		"Ana: q: who pays?", "Ana: link: https://example.org/x", "Ana: link://no/mark", "Ana: note: nothing: of that")
	o := order()
	for _, l := range lines {
		o.Only = append(o.Only, l.Message)
	}
	var got []string
	for _, b := range Draft(o, lines, nil).Bullets {
		if b.Section != "talk" {
			got = append(got, b.Section+" "+b.Text)
		}
	}
	want := []string{
		"decided we buy the blue one", "decided Fest am Freitag", "action @ben books the hall", "action call the town hall (nobody yet)",
		"open who pays?", "link https://example.org/x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"Ana: books it": "Ana", "Ana books it": "Ana", "Ana to book it": "Ana", "book it (Ana)": "Ana", "Call them": "", "call them": "",
		"The hall": "", "@zoe and Ana": "zoe", "انا": "",
	} {
		if got := owner(text); got != want {
			t.Errorf("%q is for %q, want %q", text, got, want)
		}
	}
}

func TestWhatDoesNotLeaveTheServer(t *testing.T) {
	lines := said("Ana Meier: hello", "Ben: hello")
	r := newRedactor(lines, "Zoe Ruiz", "Ben")
	for text, want := range map[string]string{
		"write to ana.meier@example.org, Ana":               "write to [mail], P1",
		"Ana Meier and Ana and Anabel, Ben":                 "P1 and P1 and Anabel, P2",
		"call +49 171 2345678 or 0171/2345678":              "call [phone] or [phone]",
		"call (030) 1234567 or 555-123-4567":                "call [phone] or [phone]",
		"pay to DE89 3704 0044 0532 0130 00 please":         "pay to [iban] please",
		"card 4111 1111 1111 1111 ok":                       "card [card] ok",
		"number 4111 1111 1111 1112 ok":                     "number 4111 1111 1111 1112 ok",
		"key sk-abcdefghij1234567890 and ghp_abcdefghijkl1": "key [key] and [key]",
		"bot 123456789:AAFhkjsdfkjhsdkfjhsdkjfhskdjfhksjdh": "bot [key]",
		"token 9fX2kLm0QwErTy8uIoP1aSdF":                    "token [key]",
		"we are at 52.51627, 13.37770 now":                  "we are at [place] now",
		"ask Zoe or @zoe_r~7, not Zoey or Ben":              "ask [somebody] or [somebody], not Zoey or P2",
		"@ben:example.org knows":                            "[account] knows",
		"on 14 June 2026 at 10:00, 25 people":               "on 14 June 2026 at 10:00, 25 people",
		"Donaudampfschifffahrtsgesellschaft is a word":      "Donaudampfschifffahrtsgesellschaft is a word",
	} {
		if got := r.hide(text); got != want {
			t.Errorf("%q leaves as %q, want %q", text, got, want)
		}
	}
	if got := r.hide("see https://example.org/a?key=s3cret."); got != "see L1" || r.links[0] != "https://example.org/a?key=s3cret" {
		t.Errorf("a link leaves as %q", got)
	}
}
