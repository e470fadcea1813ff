package matrix_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// An operator learns that the homeserver is away although nobody says anything.
func TestPulse(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	r.adapter = newAdapter(t, r.config, noFiles, r.cursor)
	if at, _ := r.adapter.Pulse(); !at.IsZero() {
		t.Errorf("answered at %s before anybody asked", at)
	}
	begun := time.Now()
	r.start()
	if at, every := r.adapter.Pulse(); at.Before(begun) || every <= 0 {
		t.Errorf("answered at %s, every %s", at, every)
	}
}

func TestWhatPeopleSendIsToldInWords(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	media := func(kind chat.PartKind, m chat.Media) []chat.Part {
		m.Platform = chat.Matrix
		return []chat.Part{{Kind: kind, Media: m}}
	}
	line := func(kind chat.PartKind, s string) []chat.Part { return []chat.Part{{Kind: kind, Line: s}} }
	for _, c := range []struct {
		name, kind, content string
		want                *chat.Posted // nil = nothing is told
	}{
		{"text", "m.room.message", `{"msgtype":"m.text","body":"hi"}`, &chat.Posted{Text: chat.Plain("hi")}},
		{"emote", "m.room.message", `{"msgtype":"m.emote","body":"waves"}`, &chat.Posted{Text: chat.Plain("* Ana waves")}},
		{"notice", "m.room.message", `{"msgtype":"m.notice","body":"beep"}`, &chat.Posted{Text: chat.Plain("beep")}},
		{"verification", "m.room.message", `{"msgtype":"m.key.verification.request","body":"verify me","to":"@x:y"}`, nil},
		{"server notice", "m.room.message", `{"msgtype":"m.server_notice","body":"we move"}`, &chat.Posted{Parts: line(chat.Notice, "we move")}},
		{
			"custom emoji", "m.room.message", `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":"so <img data-mx-emoticon src=\"mxc://a/b\" alt=\":bread:\">!"}`,
			&chat.Posted{Text: chat.Plain("so :bread:!")},
		},
		{
			"covered picture", "m.room.message", `{"msgtype":"m.image","body":"a.png","url":"mxc://localhost/abc","page.codeberg.everypizza.msc4193.spoiler":true}`,
			&chat.Posted{Parts: []chat.Part{{Kind: chat.Photo, Hidden: true, Media: chat.Media{Platform: chat.Matrix, Key: "mxc://localhost/abc", Name: "a.png"}}}},
		},
		{
			"covered file", "m.room.message", `{"msgtype":"m.file","body":"a.zip","url":"mxc://localhost/abc","page.codeberg.everypizza.msc4193.spoiler":true}`,
			&chat.Posted{Parts: media(chat.File, chat.Media{Key: "mxc://localhost/abc", Name: "a.zip"})},
		},
		{
			"gallery", "m.room.message", `{"msgtype":"dm.filament.gallery","body":"dishes","itemtypes":[{"itemtype":"m.image","body":"a.png","url":"mxc://l/a"},{"itemtype":"m.video","body":"b.mp4","url":"mxc://l/b"}]}`,
			&chat.Posted{Text: chat.Plain("dishes"), Parts: append(
				media(chat.Photo, chat.Media{Key: "mxc://l/a", Name: "a.png"}), media(chat.Video, chat.Media{Key: "mxc://l/b", Name: "b.mp4"})...)},
		},
		{
			"gallery of Beeper", "m.room.message", `{"msgtype":"com.beeper.gallery","body":"use another client","com.beeper.gallery.caption":"dishes","com.beeper.gallery.images":[{"msgtype":"m.image","body":"a.png","url":"mxc://l/a"}]}`,
			&chat.Posted{Text: chat.Plain("dishes"), Parts: media(chat.Photo, chat.Media{Key: "mxc://l/a", Name: "a.png"})},
		},
		{"call", "org.matrix.msc4075.rtc.notification", `{"notification_type":"ring"}`, &chat.Posted{Parts: line(chat.Call, "begun")}},
		{"ringing again", "m.call.invite", `{"call_id":"1"}`, nil},
		{
			"vanishing", "m.room.message", `{"msgtype":"m.text","body":"hi","com.beeper.disappearing_timer":{"type":"after_send","timer":60000}}`,
			&chat.Posted{Text: chat.Plain("hi"), Vanish: time.Minute},
		},
		{
			"html wins", "m.room.message", `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":"<b>y</b>"}`,
			&chat.Posted{Text: chat.Styled(chat.Bold, "y", "")},
		},
		{
			"empty html", "m.room.message", `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":"<b></b>"}`,
			&chat.Posted{Text: chat.Plain("x")},
		},
		{
			"image", "m.room.message", `{"msgtype":"m.image","body":"a.png","url":"mxc://localhost/abc","info":{"mimetype":"image/png","size":5,"w":2,"h":3}}`,
			&chat.Posted{Parts: media(chat.Photo, chat.Media{Key: "mxc://localhost/abc", Name: "a.png", MIME: "image/png", Size: 5, Width: 2, Height: 3})},
		},
		{
			"caption", "m.room.message", `{"msgtype":"m.image","body":"our table","filename":"a.png","url":"mxc://localhost/abc"}`,
			&chat.Posted{Text: chat.Plain("our table"), Parts: media(chat.Photo, chat.Media{Key: "mxc://localhost/abc", Name: "a.png"})},
		},
		{
			"voice", "m.room.message", `{"msgtype":"m.audio","body":"v.ogg","url":"mxc://localhost/v","info":{"duration":2600},"org.matrix.msc3245.voice":{}}`,
			&chat.Posted{Parts: media(chat.Voice, chat.Media{Key: "mxc://localhost/v", Name: "v.ogg", Seconds: 3})},
		},
		{
			"encrypted file", "m.room.message", `{"msgtype":"m.file","body":"f.pdf","file":{"url":"mxc://localhost/f"}}`,
			&chat.Posted{Parts: media(chat.File, chat.Media{Name: "f.pdf"})},
		},
		{
			"bad address", "m.room.message", `{"msgtype":"m.file","body":"f.pdf","url":"https://evil.example/f"}`,
			&chat.Posted{Parts: media(chat.File, chat.Media{Name: "f.pdf"})},
		},
		{
			"sticker", "m.sticker", `{"body":"cat","url":"mxc://localhost/c","info":{"mimetype":"image/webp"}}`,
			&chat.Posted{Parts: []chat.Part{{Kind: chat.Sticker, Line: "cat", Media: chat.Media{Platform: chat.Matrix, Key: "mxc://localhost/c", Name: "cat", MIME: "image/webp"}}}},
		},
		{
			"place", "m.room.message", `{"msgtype":"m.location","body":"the hall","geo_uri":"geo:52.5,13.4;u=10"}`,
			&chat.Posted{Parts: []chat.Part{{
				Kind: chat.Location, Line: "the hall https://www.openstreetmap.org/?mlat=52.5&mlon=13.4",
				Place: &chat.Place{Latitude: 52.5, Longitude: 13.4},
			}}},
		},
		{"place beyond the earth", "m.room.message", `{"msgtype":"m.location","body":"the moon","geo_uri":"geo:520,13.4"}`, &chat.Posted{Parts: line(chat.Location, "the moon")}},
		{
			"poll whose answers have no ids", "org.matrix.msc3381.poll.start", `{"org.matrix.msc3381.poll.start":{"question":{"org.matrix.msc1767.text":"When?"},"answers":[{"org.matrix.msc1767.text":"six"},{"org.matrix.msc1767.text":"seven"}]}}`,
			&chat.Posted{Parts: line(chat.Poll, "When? — six / seven")},
		},
		{
			"stable poll", "m.poll.start", `{"m.poll":{"kind":"m.disclosed","max_selections":2,"question":{"m.text":[{"body":"When?"}]},"answers":[{"m.id":"a","m.text":[{"body":"six"}]},{"m.id":"b","m.text":[{"body":"seven"}]}]}}`,
			&chat.Posted{Parts: []chat.Part{{
				Kind: chat.Poll, Line: "When? — six / seven",
				Poll: &chat.Question{Text: "When?", Options: []string{"six", "seven"}, Multiple: true},
			}}},
		},
		{"poll answer", "org.matrix.msc3381.poll.response", `{"answers":["1"]}`, nil},
		{"unknown message", "m.room.message", `{"msgtype":"m.hologram","body":"a hologram"}`, &chat.Posted{Parts: line(chat.Other, "a hologram")}},
		{"unknown without words", "m.room.message", `{"msgtype":"m.hologram"}`, &chat.Posted{Parts: line(chat.Other, "of the kind m.hologram")}},
		{"unknown event with words", "org.example.thing", `{"body":"a thing"}`, &chat.Posted{Parts: line(chat.Other, "a thing")}},
		{"unknown event", "org.example.mute", `{}`, &chat.Posted{Parts: line(chat.Other, "of the kind org.example.mute")}},
		{"unknown event again", "org.example.mute", `{}`, nil},
		{"wrong types", "m.room.message", `{"msgtype":7,"body":["x"],"m.relates_to":"y","info":3}`, nil},
		{"no object", "m.room.message", `"text"`, nil},
		{"another house's copy", "m.room.message", `{"msgtype":"m.text","body":"x","chat.potluck.origin":"e#1"}`, nil},
	} {
		id := r.inject(group, fmt.Sprintf(`{"type":%q,"sender":%q,"content":%s}`, c.kind, ana, c.content))
		var got *chat.Posted
		for _, e := range r.settled(ana, group) {
			if p, ok := e.Body.(chat.Posted); ok && p.Ref.ID == id {
				got = &p
			}
		}
		if c.want != nil {
			c.want.Ref = chat.Ref{Chat: in(group), ID: id}
		}
		if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestRepliesAndThreadsNameWhatTheyAnswer(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	old := r.say(ana, group, "said long ago")
	r.start()
	r.settled(ana, group)
	for _, c := range []struct{ name, content, text, to string }{
		{"old reply with fallback", `{"msgtype":"m.text","body":"> <@x:y> said long ago\n\nyes","m.relates_to":{"m.in_reply_to":{"event_id":"` + old + `"}}}`, "yes", old},
		{"thread", `{"msgtype":"m.text","body":"in a thread","m.relates_to":{"rel_type":"m.thread","event_id":"` + old + `","is_falling_back":true,"m.in_reply_to":{"event_id":"$other"}}}`, "in a thread", old},
		{"quote that is no reply", `{"msgtype":"m.text","body":"> a quote\n\nyes"}`, "> a quote\n\nyes", ""},
	} {
		id := r.inject(group, `{"type":"m.room.message","sender":"`+ana+`","content":`+c.content+`}`)
		_, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id })
		if p.Text.Plain != c.text {
			t.Errorf("%s: text is %q", c.name, p.Text.Plain)
		}
		switch {
		case c.to == "" && p.Reply != nil:
			t.Errorf("%s: it answers %+v", c.name, p.Reply)
		case c.to != "" && (p.Reply == nil || p.Reply.Ref.ID != c.to || p.Reply.Quote != "said long ago" || p.Reply.Name != "Ana"):
			t.Errorf("%s: it answers %+v", c.name, p.Reply)
		}
	}
}

func TestOnlyTheAuthorCanEdit(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	ana, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana, eve)
	old := r.say(ana, group, "said before the house was there")
	r.start()
	fresh := r.say(ana, group, "said now")
	edit := `{"type":"m.room.message","sender":%q,"content":{"msgtype":"m.text","body":"*","m.new_content":{"msgtype":"m.text","body":%q},"m.relates_to":{"rel_type":"m.replace","event_id":%q}}}`
	for _, target := range []string{old, fresh} {
		r.inject(group, fmt.Sprintf(edit, eve, "Eve was here", target))
		r.inject(group, fmt.Sprintf(edit, ana, "corrected "+target, target))
	}
	var got []string
	for _, e := range r.settled(ana, group) {
		if ed, ok := e.Body.(chat.Edited); ok {
			got = append(got, e.By.Name+": "+ed.Text.Plain)
		}
	}
	if diff := cmp.Diff([]string{"Ana: corrected " + old, "Ana: corrected " + fresh}, got); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
}

func TestCreaturesOfTheNetworkCannotBreakIDs(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	for _, raw := range []string{
		`{"type":"m.room.message","sender":"no id","content":{"msgtype":"m.text","body":"x"}}`,
		`{"type":"m.room.message","event_id":"$with space","content":{"msgtype":"m.text","body":"x"}}`,
		`{"type":"m.reaction","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a b","key":"x"}}}`,
		`{"type":"m.reaction","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":" "}}}`,
		`{"type":"org.matrix.msc3381.poll.end","content":{"m.relates_to":{"rel_type":"m.reference","event_id":"$a b"}}}`,
		`{"type":"org.matrix.msc3672.beacon","content":{"m.relates_to":{"rel_type":"m.reference","event_id":"$a"},"geo_uri":"geo:91,0"}}`,
		`{"type":"m.room.pinned_events","state_key":"","content":{"pinned":["a b",["$c"]]}}`,
		`{"type":"m.room.redaction","redacts":"nothing","content":{}}`,
		`{"type":"m.room.member","state_key":"nobody","content":{"membership":"join"}}`,
		`{"type":"m.room.member","state_key":"@odd:localhost","content":"join"}`,
		`{"type":"m.room.power_levels","state_key":"","content":{"users":{"` + ana + `":"high"}}}`,
	} {
		r.inject(group, raw)
	}
	for _, e := range r.settled(ana, group) {
		if _, ok := e.Body.(chat.Posted); !ok && e.Body != (chat.Arrived{}) {
			if _, joined := e.Body.(chat.Joined); joined {
				continue
			}
			if _, left := e.Body.(chat.Left); !left {
				t.Errorf("it was told: %T %+v", e.Body, e.Body)
			}
		}
	}
}

func TestReactionsThatAreNoEmojiAreToldInWords(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	id := r.say(ana, group, "bread")
	r.settled(ana, group)
	for _, c := range []struct{ key, more, want string }{
		{"👍", "", "👍"},
		{"yes\\nplease", "", "yes please"},
		{"mxc://localhost/cat", `,"shortcode":":cat:"`, ":cat:"},
		{"mxc://localhost/cat", `,"com.beeper.reaction.shortcode":":cat:"`, ":cat:"},
		{"mxc://localhost/cat", "", "🖼"},
		{strings.Repeat("ä", 100), "", strings.Repeat("ä", 30) + "…"},
	} {
		own := r.inject(group, fmt.Sprintf(`{"type":"m.reaction","sender":%q,"content":{"m.relates_to":{"rel_type":"m.annotation","event_id":%q,"key":"%s"}%s}}`, ana, id, c.key, c.more))
		_, b := first(r, func(_ chat.Event, b chat.Reacted) bool { return b.Own.ID == own })
		if diff := cmp.Diff([]string{c.want}, b.Emoji); diff != "" || b.Ref.ID != id {
			t.Errorf("%s on %s (-want +got):\n%s", c.key, b.Ref.ID, diff)
		}
	}
}

func TestARoomThatCannotBeReadIsToldOnce(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	for range 2 {
		r.inject(group, fmt.Sprintf(`{"type":"m.room.encrypted","sender":%q,"content":{"algorithm":"m.megolm.v1.aes-sha2","ciphertext":"AwgA"}}`, ana))
	}
	if got := parts(r.settled(ana, group), group); len(got) != 1 || !strings.HasPrefix(got[0], "Ana [message · encrypted, and ") {
		t.Errorf("it was told as %q", got)
	}
}
