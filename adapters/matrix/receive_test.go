package matrix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

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
		{"notice", "m.room.message", `{"msgtype":"m.notice","body":"beep"}`, nil},
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
			&chat.Posted{Parts: line(chat.Location, "the hall https://www.openstreetmap.org/?mlat=52.5&mlon=13.4")},
		},
		{
			"poll", "org.matrix.msc3381.poll.start", `{"org.matrix.msc3381.poll.start":{"question":{"org.matrix.msc1767.text":"When?"},"answers":[{"org.matrix.msc1767.text":"six"},{"org.matrix.msc1767.text":"seven"}]}}`,
			&chat.Posted{Parts: line(chat.Poll, "When? — six / seven")},
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
		{
			"encrypted", "m.room.encrypted", `{"algorithm":"m.megolm.v1.aes-sha2","ciphertext":"AwgA"}`,
			&chat.Posted{Parts: line(chat.Other, "encrypted, and the bot cannot read it; later ones are not shown")},
		},
		{"encrypted again", "m.room.encrypted", `{"algorithm":"m.megolm.v1.aes-sha2","ciphertext":"AwgA"}`, nil},
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
		`{"type":"m.reaction","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":"` + strings.Repeat("x", 100) + `"}}}`,
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
