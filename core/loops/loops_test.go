package loops

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// room is a room of two or three chats, with what the rule remembers of it.
type room struct {
	t     *testing.T
	rule  rule.Rule
	c     chat.Community
	state []byte
	now   time.Time
}

var (
	tg = chat.Chat{Platform: chat.Telegram, ID: "-1"}
	sg = chat.Chat{Platform: chat.Signal, ID: "g"}
	mx = chat.Chat{Platform: chat.Matrix, ID: "!m"}
)

func newRoom(t *testing.T) *room {
	return &room{
		t: t, rule: New("Potluck"), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		c: chat.Community{ID: "c", Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{tg, sg, mx}}}, Members: coretest.Folk{
			card("olga", chat.Organiser), card("mia", chat.Moderator), card("ana", chat.Member), card("ben", chat.Member), card("cleo", chat.Member),
		}},
	}
}

// card is a member of long standing who has an account of the same name everywhere.
func card(name string, l chat.Level) chat.Card {
	card := chat.Card{ID: chat.MemberID(name), Name: name, Handle: name + "~1", Level: l}
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
		card.Identities = append(card.Identities, chat.Identity{Platform: p, ID: name})
	}
	return card
}

// word is a message: who writes what where.
type word struct {
	in       chat.Chat
	id, name string
	text     string
	parts    []chat.Part
	forward  string
}

func (w word) event() chat.Event {
	name := w.name
	if name == "" {
		name = strings.ToUpper(w.id[:1]) + w.id[1:]
	}
	return chat.Event{
		Chat: w.in, Community: "c", Room: "r1", By: chat.Person{Identity: chat.Identity{Platform: w.in.Platform, ID: w.id}, Name: name},
		Body: chat.Posted{Text: chat.Plain(w.text), Parts: w.parts, Forward: w.forward},
	}
}

// fold lets the rule see an event.
func (r *room) fold(e chat.Event) []chat.Effect {
	r.t.Helper()
	e.Now = r.now
	if _, ok := r.rule.Key(r.c, e); !ok {
		return nil
	}
	next, out, err := r.rule.Decide(r.c, r.state, e)
	if err != nil {
		r.t.Fatal(err)
	}
	r.state = next
	return out
}

// say lets somebody write, a second later; it tells whether that is carried, and whether somebody was put aside by it.
func (r *room) say(w word) (carried, told bool) {
	r.t.Helper()
	r.now = r.now.Add(time.Second)
	out := r.fold(w.event())
	carried = !slices.ContainsFunc(out, func(x chat.Effect) bool { return x == chat.Effect(chat.Drop{}) })
	told = slices.ContainsFunc(out, func(x chat.Effect) bool { _, ok := x.(chat.Send); return ok })
	return carried, told
}

func (r *room) read() State {
	var s State
	if r.state != nil {
		if err := json.Unmarshal(r.state, &s); err != nil {
			r.t.Fatal(err)
		}
	}
	return s
}

// again is a message, another one later, and what the other one is.
type again struct {
	before, then word
	want         kind
}

func echoes() map[string]again {
	photo := []chat.Part{{Kind: chat.Photo}}
	long := "we meet at the harbour at six"
	ana := word{in: tg, id: "ana", text: "bread at six"}
	first := func(text string) word { return word{in: tg, id: "ana", text: text} }
	other := func(text string) word { return word{in: mx, id: "relaybot", name: "Relay", text: text} }
	return map[string]again{
		"colon":                    {ana, other("Ana: bread at six"), sure},
		"bold":                     {ana, other("**Ana**: bread at six"), sure},
		"bold with colon":          {ana, other("*Ana:* bread at six"), sure},
		"angles":                   {ana, other("<Ana> bread at six"), sure},
		"square":                   {ana, other("[Ana] bread at six"), sure},
		"platform":                 {ana, other("Ana (Telegram): bread at six"), sure},
		"platform, square":         {ana, other("Ana [TG]: bread at six"), sure},
		"line of its own":          {ana, other("Ana\nbread at six"), sure},
		"colon and a line":         {ana, other("Ana:\nbread at six"), sure},
		"quoted":                   {ana, other("> Ana: bread at six"), sure},
		"quoted lines":             {ana, other("> Ana\n> bread at six"), sure},
		"nested":                   {ana, other("Potluck: Ana: bread at six"), sure},
		"nested thrice":            {ana, other("Bridge: Potluck: Ana (Signal): bread at six"), sure},
		"an emoji before the name": {ana, other("💬 Ana: bread at six"), sure},
		"other case and spaces":    {ana, other("ana:  Bread at  six "), sure},
		"one word":                 {first("ok"), other("Ana: ok"), sure},
		"a sign":                   {first("👍"), other("Ana: 👍"), sure},
		"colons in the text":       {first("note: buy: milk"), other("Ana: note: buy: milk"), sure},
		"a name with a colon":      {word{in: tg, id: "x", name: "Ana: the baker", text: "hi"}, other("Ana: the baker: hi"), sure},
		"a picture":                {word{in: tg, id: "ana", parts: photo}, word{in: mx, id: "relaybot", text: "Ana:", parts: photo}, sure},
		"a picture with words":     {word{in: tg, id: "ana", text: "look", parts: photo}, word{in: mx, id: "relaybot", text: "Ana: look", parts: photo}, sure},
		"our copy in the chat":     {ana, word{in: tg, id: "relaybot", text: "Potluck: Ana: bread at six"}, sure},
		"our copy as our ghost":    {ana, word{in: tg, id: "ghost", name: "Potluck", text: "Ana: bread at six"}, sure},
		"long":                     {first(long), other(long), suspect},
		"a ghost":                  {ana, word{in: mx, id: "tg_ana", name: "Ana", text: "bread at six"}, twin},
		"a ghost of a platform":    {ana, word{in: mx, id: "tg_ana", name: "Ana (Telegram)", text: "bread at six"}, twin},
		"a ghost's picture":        {word{in: tg, id: "ana", parts: photo}, word{in: mx, id: "tg_ana", name: "Ana", parts: photo}, twin},

		"the same words":           {ana, other("bread at six"), none},
		"agreeing":                 {first("+1"), other("+1"), none},
		"another's name":           {ana, other("Ben: bread at six"), none},
		"with a word more":         {ana, other("Ana: bread at six - yes!"), none},
		"quoted and answered":      {ana, other("> Ana: bread at six\nyes!"), none},
		"quoted in the chat":       {ana, word{in: tg, id: "ben", text: "Ana: bread at six"}, none},
		"the name alone":           {ana, other("Ana:"), none},
		"forwarded":                {first(long), word{in: mx, id: "ben", text: long, forward: "Ana"}, none},
		"by the same person":       {first(long), word{in: mx, id: "ana", text: long}, none},
		"long, in the same chat":   {first(long), word{in: tg, id: "ben", text: long}, none},
		"to her":                   {ana, other("Ana: when?"), none},
		"words, not the picture":   {word{in: tg, id: "ana", text: "look", parts: photo}, other("Ana: look"), none},
		"no words at all":          {word{in: tg, id: "ana", text: "…"}, other("Ana: "), none},
		"a nameless author's":      {word{in: tg, id: "x", name: " ", text: "hi"}, other(": hi"), none},
		"a namesake's other words": {ana, word{in: mx, id: "ana2", name: "Ana", text: "bread at seven"}, none},
	}
}

func TestWhatIsAnEcho(t *testing.T) {
	for name, tt := range echoes() {
		r := newRoom(t)
		r.say(tt.before)
		carried, _ := r.say(tt.then)
		got := none
		if s := r.read(); len(s.Echoes) > 0 {
			got = s.Echoes[0].Kind
		}
		if got != tt.want || carried != (tt.want != sure) {
			t.Errorf("%s: kind %d, want %d; carried: %v", name, got, tt.want, carried)
		}
	}
}

func TestTooLateIsNoEcho(t *testing.T) {
	long := "we meet at the harbour at six"
	for _, tt := range []struct {
		said, again string
		until       time.Duration // less a second, which it takes to say it
	}{
		{long, long, suspectTime}, {long, "Ana: " + long, window - time.Second}, {"yes", "Ana: yes", wordTime}, {"yes", "Potluck: Ana: yes", window - time.Second},
	} {
		for late, want := range []int{1, 0} {
			r := newRoom(t)
			r.say(word{in: tg, id: "ana", text: tt.said})
			r.now = r.now.Add(tt.until - time.Second + time.Duration(late)*time.Second)
			if r.say(word{in: mx, id: "relaybot", text: tt.again}); len(r.read().Echoes) != want {
				t.Errorf("%q as %q, late: %d: %d echoes", tt.said, tt.again, late, len(r.read().Echoes))
			}
		}
	}
}

func TestTheSecondSureEchoPutsAside(t *testing.T) {
	r := newRoom(t)
	for i, text := range []string{"hello", "bread?"} {
		r.say(word{in: tg, id: "ana", text: text})
		carried, told := r.say(word{in: mx, id: "relaybot", text: "Ana: " + text})
		if carried || told != (i == 1) {
			t.Fatalf("echo %d: carried %v, told %v", i, carried, told)
		}
	}
	if carried, told := r.say(word{in: mx, id: "relaybot", text: "what is new"}); carried || told {
		t.Errorf("from aside: carried %v, told again %v", carried, told)
	}
	reaction := word{in: mx, id: "relaybot"}.event()
	reaction.Body = chat.Reacted{Emoji: []string{"👍"}, Change: chat.ReactionAdded}
	if diff := cmp.Diff([]chat.Effect{chat.Drop{}}, r.fold(reaction)); diff != "" {
		t.Errorf("its reaction (-want +got):\n%s", diff)
	}
	if carried, _ := r.say(word{in: mx, id: "cleo", text: "what is new"}); !carried {
		t.Error("what Cleo says is not carried")
	}
	r.now = r.now.Add(23 * time.Hour)
	r.say(word{in: tg, id: "ana", text: "hm"})
	if carried, _ := r.say(word{in: mx, id: "relaybot", text: "Ana: hm"}); carried {
		t.Error("an echo from aside is carried")
	}
	r.now = r.now.Add(23 * time.Hour)
	if carried, _ := r.say(word{in: mx, id: "relaybot", text: "good day"}); carried {
		t.Error("carried a day after the first echo and not after the last")
	}
	r.now = r.now.Add(time.Hour)
	if carried, _ := r.say(word{in: mx, id: "relaybot", text: "good day"}); !carried {
		t.Error("not carried a day after the last echo")
	}
}

func TestTheThirdSuspectPutsAside(t *testing.T) {
	r := newRoom(t)
	for i, text := range []string{"we meet at the harbour at six", "and we take the boat to the isle", "bring something warm, please"} {
		r.say(word{in: tg, id: "ana", text: text})
		carried, told := r.say(word{in: mx, id: "quietrelay", text: text})
		if carried != (i < 2) || told != (i == 2) {
			t.Fatalf("echo %d: carried %v, told %v", i, carried, told)
		}
	}
}

func TestModeratorsAreToldAndLift(t *testing.T) {
	r := newRoom(t)
	var out []chat.Effect
	for _, text := range []string{"hello", "bread?"} {
		r.say(word{in: tg, id: "ana", text: text})
		r.now = r.now.Add(time.Second)
		out = r.fold(word{in: mx, id: "relaybot", text: "Ana: " + text}.event())
	}
	var whom []string
	for _, x := range out {
		if w, ok := x.(chat.Whisper); ok {
			whom = append(whom, w.Who.ID)
			if !w.Secret || len(w.Choices) != 1 || w.Choices[0].Ask != "unquarantine matrix:relaybot" {
				t.Errorf("a moderator is told %+v", w)
			}
		}
	}
	if diff := cmp.Diff([]string{"olga", "mia"}, whom); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	asked := chat.Asked{Command: "unquarantine", Args: []string{"matrix:relaybot"}, Text: chat.Plain("matrix:relaybot")}
	_, effects, err := NewLift().Decide(r.c, nil, chat.Event{Chat: tg, Body: asked, Now: r.now, Level: chat.Moderator})
	if err != nil {
		t.Fatal(err)
	}
	emitted, ok := effects[0].(chat.Emit)
	if !ok || !emitted.House {
		t.Fatalf("effects %+v", effects)
	}
	r.fold(chat.Event{Community: "c", Body: emitted.Body, By: chat.Person{Identity: chat.House()}})
	if carried, _ := r.say(word{in: mx, id: "relaybot", text: "something new"}); !carried {
		t.Error("lifted, but not carried")
	}
}

func TestNobodyOfTheTeamIsPutAside(t *testing.T) {
	r := newRoom(t)
	for _, text := range []string{"hello", "bread?", "soup?"} {
		r.say(word{in: tg, id: "ana", text: text})
		if carried, told := r.say(word{in: mx, id: "mia", text: "Ana: " + text}); carried || told {
			t.Errorf("an echo by a moderator: carried %v, told %v", carried, told)
		}
	}
	if carried, _ := r.say(word{in: mx, id: "mia", text: "sorry"}); !carried {
		t.Error("a moderator is put aside")
	}
}

// Whoever relays others' words, too, is put aside all the same, a little later.
func TestARelayWithWordsOfItsOwn(t *testing.T) {
	r := newRoom(t)
	aside := 0
	for i := range 10 {
		text := strings.Repeat("so ", i+1)
		r.say(word{in: mx, id: "relaybot", text: "Zed (IRC): hum " + text})
		r.say(word{in: tg, id: "ana", text: text})
		if carried, told := r.say(word{in: mx, id: "relaybot", text: "Ana: " + text}); carried {
			t.Fatal("an echo is carried")
		} else if told {
			aside = i + 1
		}
	}
	if aside != sureAnyway {
		t.Errorf("put aside at echo %d, want %d", aside, sureAnyway)
	}
}

func TestStrangersWhoAllEcho(t *testing.T) {
	r := newRoom(t)
	told := 0
	for i, text := range []string{"hello", "bread?", "soup?", "cake?", "tea?"} {
		r.say(word{in: tg, id: "ana", text: text})
		ghost := word{in: mx, id: "ghost" + string(rune('a'+i)), name: "Ana", text: text}
		carried, now := r.say(ghost)
		if carried != (i < 2) {
			t.Errorf("stranger %d is carried: %v", i, carried)
		}
		if now {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	for id, want := range map[string]bool{"ghosta": false, "ghostd": false, "newcomer": true, "cleo": true} {
		if carried, _ := r.say(word{in: mx, id: id, text: "good evening from " + id}); carried != want {
			t.Errorf("%s is carried: %v", id, carried)
		}
	}
}

func TestTwoProgramsThatAnswerEachOther(t *testing.T) {
	r := newRoom(t)
	told := 0
	for i := range 120 {
		r.now = r.now.Add(-700 * time.Millisecond)
		w := word{in: tg, id: "oracle", text: "answer " + string(rune('a'+i%26)) + strings.Repeat("!", i)}
		if i%2 == 1 {
			w.in, w.id = mx, "sibyl"
		}
		if _, now := r.say(w); now {
			told++
		}
	}
	s := r.read()
	if told == 0 || told != len(s.Aside) || told > 2 { // the other one is a program, too
		t.Errorf("told %d times, aside %+v", told, s.Aside)
	}
	// One who is alone in writing fast is another rule's affair.
	r = newRoom(t)
	for i := range 90 {
		r.now = r.now.Add(-700 * time.Millisecond)
		if carried, _ := r.say(word{in: tg, id: "ana", text: strings.Repeat("!", i+1)}); !carried {
			t.Fatalf("message %d is not carried", i)
		}
	}
}

func TestRoomsWhereThereIsNothingToGuard(t *testing.T) {
	r := newRoom(t)
	e := word{in: tg, id: "ana", text: "hi"}.event()
	bot := e
	bot.By.Bot = true
	alone := chat.Community{ID: "c", Rooms: []chat.Room{{ID: "r1", Chats: []chat.Chat{tg}}}, Members: coretest.Folk{}}
	if _, ok := r.rule.Key(alone, e); ok {
		t.Error("a room of one chat is guarded")
	}
	if _, ok := r.rule.Key(r.c, bot); ok {
		t.Error("a program is guarded where programs are not carried")
	}
	r.c.Rooms[0].Settings = map[string]string{"bots": "on"}
	if _, ok := r.rule.Key(r.c, bot); !ok {
		t.Error("a program is not guarded where programs are carried")
	}
}
