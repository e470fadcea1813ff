package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// host is a rule with a command "pick" that does what do says and notes what it is asked.
type host struct {
	do    func(c chat.Community, e chat.Event) []chat.Effect
	asked []chat.Event
	heard []chat.Event // all that is no command
}

func (h *host) rule() rule.Rule {
	r := seat("host", func(c chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); ok {
			h.asked = append(h.asked, e)
		} else {
			h.heard = append(h.heard, e)
		}
		if h.do == nil {
			return nil
		}
		return h.do(c, e)
	}).(rule.Of[int])
	r.Ask = []rule.Command{
		{Name: "pick", Aliases: []string{"@pickers"}, Level: chat.Member, Help: "help.links"},
		{Name: "order", Level: chat.Moderator},
	}
	return r
}

func hosted(t *testing.T) (*table, *host) {
	h := new(host)
	return newTable(t, append(allRules(), h.rule())...), h
}

// offer lets the house say something with choices in some chats and returns the effects.
func (b *table) offer(h *host, tag string, in ...chat.Chat) []chat.Dispatch {
	b.t.Helper()
	h.do = func(_ chat.Community, e chat.Event) (out []chat.Effect) {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		for _, to := range in {
			out = append(out, chat.Send{To: to, Text: chat.Plain("tea?"), Tag: tag, Choices: []chat.Choice{
				{Label: "yes", Ask: "pick yes please"}, {Label: "no", Ask: "pick no"}, {Label: "all", Ask: "order all"},
			}})
		}
		return out
	}
	got := b.fold(post(ana(), in[0], b.fresh(), "/pick"))
	h.do, h.asked, h.heard = nil, nil, nil
	return got
}

func (b *table) fresh() string {
	b.n++
	return "f" + string(rune('a'+b.n%26)) + string(rune('a'+b.n/26))
}

func TestChoosingIsAsking(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "hi"))
	card := b.offer(h, "card", kitchen)[0]
	b.fold(sent(card, "99"))
	at := ref(kitchen, "99")
	for name, e := range map[string]chat.Event{
		"button":          {Chat: kitchen, By: ana(), Body: chat.Pressed{Ref: at, N: 0}},
		"keycap":          {Chat: kitchen, By: ana(), Body: chat.Reacted{Ref: at, Emoji: []string{chat.Keycap(0)}, Change: chat.ReactionAdded}},
		"keycap, bare":    {Chat: kitchen, By: ana(), Body: chat.Reacted{Ref: at, Emoji: []string{"1\u20E3"}, Change: chat.ReactionsAre}},
		"number":          {Chat: kitchen, By: ana(), Body: chat.Posted{Ref: ref(kitchen, "n1"), Text: chat.Plain(" 1 "), Reply: &chat.Reply{Ref: at}}},
		"keycap, written": {Chat: kitchen, By: ana(), Body: chat.Posted{Ref: ref(kitchen, "n2"), Text: chat.Plain(chat.Keycap(0)), Reply: &chat.Reply{Ref: at}}},
	} {
		h.asked = nil
		none(t, b.fold(e))
		if len(h.asked) != 1 {
			t.Errorf("%s: asked %d times", name, len(h.asked))
			continue
		}
		got, _ := h.asked[0].Body.(chat.Asked)
		if diff := cmp.Diff([]string{"yes", "please"}, got.Args); diff != "" || got.Command != "pick" || !got.Chosen || h.asked[0].ReplyTo.Tag != "card" {
			t.Errorf("%s: %+v %s", name, got, diff)
		}
	}
}

func TestWhatIsNoChoice(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "hi"))
	card := b.offer(h, "card", kitchen)[0]
	b.fold(sent(card, "99"), post(ana(), kitchen, "mine", "my words"))
	at := ref(kitchen, "99")
	robot := ana()
	robot.Bot = true
	for name, e := range map[string]chat.Event{
		"beyond":           {Chat: kitchen, By: ana(), Body: chat.Pressed{Ref: at, N: 3}},
		"before":           {Chat: kitchen, By: ana(), Body: chat.Pressed{Ref: at, N: -1}},
		"unknown message":  {Chat: kitchen, By: ana(), Body: chat.Pressed{Ref: ref(kitchen, "no"), N: 0}},
		"somebody's words": {Chat: kitchen, By: ana(), Body: chat.Pressed{Ref: ref(kitchen, "mine"), N: 0}},
		"a program":        {Chat: kitchen, By: robot, Body: chat.Pressed{Ref: at, N: 0}},
		"another emoji":    {Chat: kitchen, By: ana(), Body: chat.Reacted{Ref: at, Emoji: []string{"👍"}, Change: chat.ReactionAdded}},
		"taken back":       {Chat: kitchen, By: ana(), Body: chat.Reacted{Ref: at, Emoji: []string{chat.Keycap(0)}, Change: chat.ReactionRemoved}},
		"a bare number":    {Chat: kitchen, By: ana(), Body: chat.Posted{Ref: ref(kitchen, "n3"), Text: chat.Plain("1")}},
		"more words":       {Chat: kitchen, By: ana(), Body: chat.Posted{Ref: ref(kitchen, "n4"), Text: chat.Plain("1 of them"), Reply: &chat.Reply{Ref: at}}},
		"a zero":           {Chat: kitchen, By: ana(), Body: chat.Posted{Ref: ref(kitchen, "n5"), Text: chat.Plain("0"), Reply: &chat.Reply{Ref: at}}},
	} {
		b.fold(e)
		if len(h.asked) != 0 {
			t.Errorf("%s: %+v", name, h.asked)
			h.asked = nil
		}
	}
	// What the level does not allow is refused to the one who chooses, and nobody else sees it.
	got := one[chat.Whisper](t, b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Pressed{Ref: at, N: 2}}))
	if got.Who != ana().Identity || len(h.asked) != 0 {
		t.Errorf("%+v, asked %+v", got, h.asked)
	}
}

func TestChoicesChangeWithTheMessage(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	cards := b.offer(h, "card", kitchen, tea)
	b.fold(sent(cards[0], "99"), sent(cards[1], "98"))
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if p, ok := e.Body.(chat.Posted); !ok || p.Text.Plain != "change" {
			return nil
		}
		var out []chat.Effect
		for _, to := range []chat.Chat{kitchen, tea, garden} { // in the garden there is no such message
			out = append(out, chat.Edit{To: to, Target: chat.Target{Tag: "card"}, Choices: []chat.Choice{{Label: "new", Ask: "pick new"}}})
		}
		return append(out, chat.Pin{To: tea, Target: chat.Target{Tag: "card"}}, chat.Delete{To: tea, Target: chat.Target{Tag: "no such"}})
	}
	var got []string
	for _, d := range b.fold(post(ana(), kitchen, "1", "change")) {
		switch x := d.Effect.(type) {
		case chat.Edit:
			got = append(got, "edit "+x.Target.Refs[0].ID)
		case chat.Pin:
			got = append(got, "pin "+x.Target.Refs[0].ID)
		}
	}
	if diff := cmp.Diff([]string{"edit 99", "edit 98", "pin 98"}, got); diff != "" {
		t.Error(diff)
	}
	b.fold(chat.Event{Chat: tea, By: person(chat.Signal, "ben"), Body: chat.Pressed{Ref: ref(tea, "98"), N: 0}})
	b.fold(chat.Event{Chat: tea, By: person(chat.Signal, "ben"), Body: chat.Pressed{Ref: ref(tea, "98"), N: 1}})
	if len(h.asked) != 1 || h.asked[0].Body.(chat.Asked).Args[0] != "new" {
		t.Errorf("asked %+v", h.asked)
	}
}

func TestInPrivateTheNumberAloneChooses(t *testing.T) {
	b, h := hosted(t)
	b.fold(post(ana(), kitchen, "1", "hi"))
	mine := chat.Chat{Platform: chat.Telegram, ID: "ana"}
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok || len(h.asked) > 1 {
			return nil
		}
		return []chat.Effect{chat.Whisper{To: kitchen, Who: ana().Identity, Text: chat.Plain("?"), Tag: "q", Choices: []chat.Choice{{Label: "a", Ask: "pick a"}}}}
	}
	d := b.fold(post(ana(), kitchen, "2", "/pick"))
	receipt := sent(d[0])
	receipt.Chat, receipt.Body = mine, chat.Sent{Effect: d[0].ID, Refs: []chat.Ref{ref(mine, "77")}}
	b.fold(receipt)
	private := post(ana(), mine, "3", "1")
	private.Private = true
	b.fold(private)
	if len(h.asked) != 2 || h.asked[1].Community == "" || h.asked[1].Member == "" {
		t.Fatalf("asked %+v", h.asked)
	}
	// An answer to it is known by its tag.
	private = post(ana(), mine, "4", "well")
	private.Private = true
	p := private.Body.(chat.Posted)
	p.Reply = &chat.Reply{Ref: ref(mine, "77")}
	private.Body = p
	b.fold(private)
	last := h.heard[len(h.heard)-1]
	if last.ReplyTo == nil || last.ReplyTo.Tag != "q" {
		t.Errorf("heard %+v", last)
	}
}

func TestReceiptsTellTheirTag(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "hi"))
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{
			chat.Ban{To: tea, Who: ana().Identity, Tag: "b"},
			chat.Invite{To: kitchen, Who: ana().Identity, Tag: "i"},
			chat.Whisper{To: kitchen, Who: ana().Identity, Tag: "w", Secret: true},
		}
	}
	d := b.fold(post(ana(), kitchen, "2", "/pick"))
	h.heard = nil
	b.fold(
		chat.Event{Chat: tea, Body: chat.Failed{Effect: d[0].ID, Why: chat.Forbidden}},
		chat.Event{Chat: kitchen, Body: chat.Sent{Effect: d[1].ID, Link: "https://x"}},
		chat.Event{Chat: kitchen, Body: chat.Failed{Effect: d[2].ID, Why: chat.Forbidden}},
		chat.Event{Chat: tea, Body: chat.Failed{Effect: d[0].ID, Why: chat.Forbidden}}, // told already
	)
	var got []string
	for _, e := range h.heard {
		got = append(got, e.Tag)
		if e.Community == "" {
			t.Errorf("the receipt of %q has no community", e.Tag)
		}
	}
	if diff := cmp.Diff([]string{"b", "i", "w", ""}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatTheHousePostsForSomebodyIsHis(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "hi"))
	by := ana()
	h.do = func(_ chat.Community, e chat.Event) (out []chat.Effect) {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		for _, to := range []chat.Chat{kitchen, tea} {
			out = append(out, chat.Send{To: to, As: &by, Text: chat.Plain("from the queue"), Tag: "queued"})
		}
		return out
	}
	d := b.fold(post(person(chat.Signal, "ben"), tea, "2", "/pick"))
	h.do = nil
	b.fold(sent(d[0], "88"), sent(d[1], "87"))
	h.heard = nil
	answer := post(person(chat.Signal, "ben"), tea, "3", "thank you")
	p := answer.Body.(chat.Posted)
	p.Reply = &chat.Reply{Ref: ref(tea, "87")}
	answer.Body = p
	b.fold(answer)
	if m := h.heard[0].ReplyTo; m == nil || m.Author == "" || m.By != ana().Identity || m.Name != "ana" || len(m.Copies) != 2 {
		t.Fatalf("answered is %+v", m)
	}
	said := b.looks(h, chat.Look{View: chat.Said, Arg: string(h.heard[0].ReplyTo.Author)})
	if !slices.Contains(texts(said), "from the queue") {
		t.Errorf("she has said %q", texts(said))
	}
}

func TestAnOldChoiceIsAskedWhereItWasOffered(t *testing.T) {
	b, h := hosted(t)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "1", "hi"))
	home := h.heard[len(h.heard)-1].Community
	mine := chat.Chat{Platform: chat.Telegram, ID: "ana"}
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if asked, ok := e.Body.(chat.Asked); !ok || asked.Chosen {
			return nil
		}
		return []chat.Effect{chat.Whisper{To: kitchen, Who: ana().Identity, Tag: "q", Choices: []chat.Choice{{Label: "a", Ask: "pick a"}}}}
	}
	d := b.fold(post(ana(), kitchen, "2", "/pick"))
	receipt := sent(d[0])
	receipt.Body = chat.Sent{Effect: d[0].ID, Refs: []chat.Ref{ref(mine, "77")}}
	b.fold(receipt)
	h.do = nil
	// She belongs to a larger community by now, which is what she means when she writes in private.
	other := []chat.Chat{{Platform: chat.Telegram, ID: "-300"}, {Platform: chat.Signal, ID: "o"}, {Platform: chat.Matrix, ID: "!o"}}
	b.link(other...)
	b.fold(post(ana(), other[0], "9", "hi"))
	h.asked = nil
	b.fold(chat.Event{Chat: mine, Private: true, By: ana(), Body: chat.Posted{Text: chat.Plain("pick b")}},
		chat.Event{Chat: mine, Private: true, By: ana(), Body: chat.Pressed{Ref: ref(mine, "77")}})
	if len(h.asked) != 2 || h.asked[0].Community == home || h.asked[1].Community != home || h.asked[1].Member == "" {
		t.Errorf("asked %+v", h.asked)
	}
}

// A chat that the house makes bears a mark that nobody can guess from what is known of the effect.
func TestWhatIsOpenedIsMarked(t *testing.T) {
	b, h := hosted(t)
	h.do = func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Asked); !ok {
			return nil
		}
		return []chat.Effect{chat.Open{Beside: kitchen, Title: "one"}, chat.Open{Beside: kitchen, Title: "two"}}
	}
	marks := map[string]bool{}
	for _, d := range b.fold(post(ana(), kitchen, b.fresh(), "/pick")) {
		if open, ok := d.Effect.(chat.Open); ok {
			marks[open.Mark] = true
			if len(open.Mark) != 32 || strings.Contains(open.Mark, string(d.ID)) {
				t.Errorf("%s bears %q", d.ID, open.Mark)
			}
		}
	}
	if len(marks) != 2 {
		t.Errorf("two chats bear %v", marks)
	}
}
