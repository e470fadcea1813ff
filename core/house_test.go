package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// onlooker is a rule that takes down what it can see of a community at the last event.
type onlooker struct {
	community chat.Community
	event     chat.Event
}

func (o *onlooker) rule() rule.Rule {
	return seat("onlooker", func(c chat.Community, e chat.Event) []chat.Effect {
		o.community, o.event = c, e
		return nil
	})
}

// member returns the card of a person as the rules see it now.
func (o *onlooker) member(p chat.Person) (chat.Card, bool) { return o.community.Members.Of(p.Identity) }

func watched(t *testing.T) (*table, *onlooker) {
	o := new(onlooker)
	b := newTable(t, append(allRules(), o.rule())...)
	return b, o
}

// claim makes two persons one, through the bot in private.
func (b *table) claim(first, second chat.Person) {
	b.t.Helper()
	private := func(p chat.Person, text string) chat.Event {
		c := chat.Chat{Platform: p.Identity.Platform, ID: p.Identity.ID}
		return chat.Event{Chat: c, Private: true, By: p, Body: chat.Posted{Text: chat.Plain(text)}}
	}
	code := codeIn(b.t, b.fold(private(first, "claim")))
	got := one[chat.Send](b.t, b.fold(private(second, "!claim "+code)))
	if !strings.Contains(got.Text.Plain, "Thank you") {
		b.t.Fatalf("claim: %s", got.Text.Plain)
	}
}

func TestEverybodyWhoIsSeenIsAMember(t *testing.T) {
	b, o := watched(t)
	b.fold(post(ana(), kitchen, "1", "hi"))
	card, ok := o.member(ana())
	if !ok || card.Level != chat.Member || card.Name != "ana" || o.event.Member != card.ID || o.event.Message.Author != card.ID {
		t.Errorf("card %+v, event %+v", card, o.event)
	}
	bot := person(chat.Telegram, "robot")
	bot.Bot = true
	anonymous := person(chat.Telegram, "channel")
	anonymous.Anonymous = true
	b.fold(post(bot, kitchen, "2", "beep"), post(anonymous, kitchen, "3", "we"),
		chat.Event{Chat: kitchen, By: ana(), Body: chat.Joined{Who: person(chat.Telegram, "new")}})
	for p, want := range map[*chat.Person]bool{&bot: false, &anonymous: false} {
		if _, ok := o.member(*p); ok != want {
			t.Errorf("%s is a member: %v", p.Name, ok)
		}
	}
	if _, ok := o.member(person(chat.Telegram, "new")); !ok {
		t.Error("who joins is no member")
	}
	renamed := ana()
	renamed.Name = "Ana\nMaria\u202E "
	b.fold(post(renamed, kitchen, "4", "hi"))
	if card, _ := o.member(ana()); card.Name != "Ana Maria" {
		t.Errorf("name is %q", card.Name)
	}
}

func TestTheHigherLevelCounts(t *testing.T) {
	b, o := watched(t)
	b.fold(post(ana(), kitchen, "1", "hi"))
	guest := ana()
	guest.Level = chat.Guest // the adapter has not looked
	b.fold(post(guest, kitchen, "2", "hi"))
	if o.event.Level != chat.Member {
		t.Errorf("level is %s", o.event.Level)
	}
	b.fold(post(boss(chat.Telegram, "ana"), kitchen, "3", "hi"))
	if card, _ := o.member(ana()); o.event.Level != chat.Organiser || card.Level != chat.Member {
		t.Errorf("level is %s, the card says %s", o.event.Level, card.Level)
	}
}

func TestLinkingMovesMembers(t *testing.T) {
	b, o := watched(t)
	eva := person(chat.Signal, "eva")
	b.fold(post(ana(), kitchen, "1", "hi"), post(ben(), tea, "1", "hi"), post(eva, tea, "2", "hi"))
	b.claim(ben(), mia()) // while nobody of the garden is here
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "2", "hi"))
	for _, p := range []chat.Person{ana(), ben(), eva} {
		if _, ok := o.member(p); !ok {
			t.Errorf("%s is no member of the room", p.Name)
		}
	}
	b.link(kitchen, garden)
	b.restart()
	b.fold(post(mia(), garden, "3", "hi"))
	first, _ := o.member(ben())
	second, _ := o.member(mia())
	if first.ID == "" || first.ID != second.ID || len(second.Identities) != 2 {
		t.Errorf("ben is %+v, mia is %+v, and they are one", first, second)
	}
	if n := len(b.store.Dump()["community"]); n != 1 {
		t.Errorf("%d communities are left, want one", n)
	}
}

func TestAClaimHoldsEverywhere(t *testing.T) {
	b, o := watched(t)
	b.claim(ana(), ben()) // before either has been seen anywhere
	b.restart()
	b.link(kitchen, tea, garden)
	b.fold(post(ana(), kitchen, "1", "hi"), post(ben(), tea, "1", "hi"), post(mia(), garden, "1", "hi"))
	one, _ := o.member(ana())
	two, _ := o.member(ben())
	if one.ID == "" || one.ID != two.ID {
		t.Errorf("claimed before: %+v, %+v", one, two)
	}
	// A third account of the same person, already a member of its own.
	var claimed []chat.Event
	b.rules = append(b.rules, seat("claimed", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Claimed); ok {
			claimed = append(claimed, e)
		}
		return nil
	}))
	b.restart()
	b.claim(ben(), mia())
	b.fold(post(mia(), garden, "2", "hi"))
	three, _ := o.member(mia())
	if three.ID != one.ID || len(three.Identities) != 3 {
		t.Errorf("claimed later: %+v", three)
	}
	if len(claimed) != 1 || claimed[0].Body.(chat.Claimed).Kept != one.ID || claimed[0].Community != o.event.Community {
		t.Errorf("claimed: %+v", claimed)
	}
	b.claim(mia(), ana()) // once more changes nothing
	b.fold(post(ana(), kitchen, "3", "hi"))
	if again, _ := o.member(ana()); !slices.Equal(again.Identities, three.Identities) {
		t.Errorf("claimed again: %+v", again)
	}
}

func TestAMigratedChatKeepsItsRoom(t *testing.T) {
	b, o := watched(t)
	b.link(kitchen, tea)
	old := b.fold(post(ben(), tea, "1", "hi"))
	b.fold(sent(old[0], "k1"))
	super := chat.Chat{Platform: chat.Telegram, ID: "-100200"}
	b.fold(post(ana(), super, "1", "is this new?")) // may come before the news that it is
	before := o.event.Community
	b.fold(chat.Event{Chat: kitchen, Body: chat.Migrated{To: super}})
	room, ok := o.community.RoomOf(super)
	if !ok || len(room.Chats) != 2 || room.Chats[0] != super || o.event.Community == before {
		t.Fatalf("room %+v, event %+v", room, o.event)
	}
	b.restart()
	got := one[chat.Send](t, b.fold(post(ana(), super, "2", "here we are")))
	if got.To != tea {
		t.Errorf("relayed to %s", got.To)
	}
	if to := one[chat.Send](t, b.fold(post(ben(), tea, "2", "good"))).To; to != super {
		t.Errorf("relayed to %s", to)
	}
	// Refs from before still name their messages.
	r := reply(ana(), super, "3", "x")
	r.Body = chat.Posted{Ref: ref(super, "3"), Text: chat.Plain("re"), Reply: &chat.Reply{Ref: ref(kitchen, "k1")}}
	if target := answers(t, b.fold(r))[tea]; len(target.Refs) != 1 || target.Refs[0] != ref(tea, "1") {
		t.Errorf("a reply to an old message finds %+v", target)
	}
	for _, to := range []chat.Chat{super, {}} { // news that is none
		b.fold(chat.Event{Chat: super, Body: chat.Migrated{To: to}})
	}
	b.fold(chat.Event{Chat: kitchen, Body: chat.Migrated{To: super}}, post(ana(), super, "4", "still here"))
	if room, _ := o.community.RoomOf(super); len(room.Chats) != 2 {
		t.Errorf("room after nonsense: %+v", room)
	}
}

func TestUnlinking(t *testing.T) {
	b, o := watched(t)
	b.link(kitchen, tea)
	b.fold(post(boss(chat.Telegram, "olga"), kitchen, "s", "/set joins off"), post(ben(), tea, "1", "hi"))
	copies := b.fold(post(ana(), kitchen, "1", "old words"))
	b.fold(sent(copies[0], "s1"))
	mine := b.fold(post(ben(), tea, "2", "ben's words"))
	b.fold(sent(mine[0], "k2"))
	b.fold(post(boss(chat.Signal, "sam"), tea, "u", "!unlink"))

	if titles := o.community.Rooms[0].Titles; len(titles) != 1 {
		t.Errorf("the room that is left has the titles %v", titles)
	}
	none(t, b.fold(post(ben(), tea, "3", "only here")))
	if _, ok := o.member(ben()); !ok || o.community.Setting("joins", "on") != "off" {
		t.Errorf("the chat alone has lost its members or settings: %+v", o.community)
	}
	// What is written stays where it is written; a chat has no say over what was another's.
	edit := chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("new words")}}
	none(t, b.fold(edit))
	none(t, b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Reacted{Ref: ref(tea, "s1"), Emoji: []string{"👍"}, Change: chat.ReactionAdded}}))
	none(t, b.fold(chat.Event{Chat: tea, By: boss(chat.Signal, "sam"), Body: chat.Deleted{Ref: ref(tea, "s1")}}))
	// But an author's words are his: deleting them reaches the copies.
	gone := one[chat.Delete](t, b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Deleted{Ref: ref(tea, "2")}}))
	if gone.To != kitchen {
		t.Errorf("deleted in %s", gone.To)
	}
	// Ana's message was not gone with its copy.
	b.link(kitchen, garden)
	if target := answers(t, b.fold(reply(ana(), kitchen, "4", "1"))); len(target) != 1 {
		t.Errorf("a reply goes to %+v", target)
	}
}

func TestLinkIsRefusedWhenThingsHaveChanged(t *testing.T) {
	third := chat.Chat{Platform: chat.Telegram, ID: "-300"}
	b := newTable(t, append(allRules(), seat("linker", func(_ chat.Community, e chat.Event) []chat.Effect {
		p, ok := e.Body.(chat.Reacted)
		if !ok {
			return nil
		}
		return []chat.Effect{chat.Link{Community: chat.CommunityID(p.Emoji[0]), Room: chat.RoomID(p.Emoji[1]), Chat: third}}
	}))...)
	b.link(kitchen, tea)
	community := ""
	for id := range b.store.Dump()["community"] {
		community = id
	}
	b.fold(post(ana(), third, "1", "hi"))
	for room, want := range map[string]string{"r1": "already has a chat on Telegram", "r99": "not there any more"} {
		got := one[chat.Send](t, b.fold(chat.Event{Chat: third, By: ana(), Body: chat.Reacted{Ref: ref(third, "1"), Emoji: []string{community, room}}}))
		if got.To != third || !strings.Contains(got.Text.Plain, want) {
			t.Errorf("link to %s: %+v", room, got)
		}
	}
	got := one[chat.Send](t, b.fold(chat.Event{Chat: third, By: ana(), Body: chat.Reacted{Ref: ref(third, "1"), Emoji: []string{"c999", "r1"}}}))
	if !strings.Contains(got.Text.Plain, "not there any more") {
		t.Errorf("link to nowhere: %+v", got)
	}
}

func TestTitles(t *testing.T) {
	b, o := watched(t)
	titled := func(title string) chat.Event {
		e := post(ana(), kitchen, title, "hi")
		e.Title = title
		return e
	}
	b.fold(titled("Kitchen\n\u202EEvil\x00"), post(ben(), tea, "1", "hi"))
	b.link(kitchen, tea)
	b.fold(titled("Big Kitchen"))
	room := o.community.Rooms[0]
	want := map[chat.Chat]string{kitchen: "Big Kitchen", tea: "T" + tea.ID}
	if diff := cmp.Diff(want, room.Titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if room.Title(kitchen) != "Big Kitchen" || room.Name == "" || strings.ContainsAny(room.Name, "\n\u202E\x00") {
		t.Errorf("room %+v", room)
	}
	b.fold(titled(strings.Repeat("x", 5000)))
	if got := o.community.Rooms[0].Title(kitchen); len(got) > 200 {
		t.Errorf("a title of %d bytes", len(got))
	}
}
