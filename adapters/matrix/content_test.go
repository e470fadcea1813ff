package matrix

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzReceive reads whatever a server may send as an event.
func FuzzReceive(f *testing.F) {
	for _, s := range []string{
		`{"event_id":"$a","type":"m.room.message","sender":"@a:b","content":{"msgtype":"m.text","body":"x"}}`,
		`{"event_id":"$a","type":"m.sticker","sender":"@a:b","content":{"body":"x","url":"mxc://a/b","info":{"size":1e99,"w":-1,"duration":"x"}}}`,
		`{"event_id":"$a","type":"m.room.message","sender":"@a:b","content":{"msgtype":"m.location","body":"x","geo_uri":"geo:1,2"}}`,
		`{"event_id":"$a","type":"m.poll.start","sender":"@a:b","content":{"m.poll":{"question":{"m.text":[{"body":"q"}]},"answers":[{"m.text":[{"body":"q"}]}]}}}`,
		`{"event_id":"$a","type":"m.poll.response","sender":"@a:b","content":{"m.selections":["1"],"m.poll":{"answers":[{"m.id":"1","m.text":[{"body":"q"}]}]}}}`,
		`{"event_id":"$a","type":"m.room.message","sender":"@a:b","content":{"msgtype":"m.gallery","body":"x","itemtypes":[{"itemtype":"m.image","url":"mxc://a/b"}]}}`,
		`{"event_id":"$a","type":"m.room.message","sender":"@a:b","unsigned":7,"content":{"msgtype":"m.emote","format":"org.matrix.custom.html","formatted_body":"<b>x"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := decodeEvent(json.RawMessage(b))
		if !ok {
			return
		}
		c := objectOf(e.Content)
		rel := relationOf(c)
		m := messageOf(e.Type, c, "Ana", rel.reply != "", own)
		part, poll, isPoll := pollOf(c)
		if isPoll && part.Poll != nil && len(poll.ids) != len(part.Poll.Options) {
			t.Fatalf("%d answers have %d ids", len(part.Poll.Options), len(poll.ids))
		}
		for _, i := range poll.chosen(c) {
			if i < 0 || i >= len(poll.ids) {
				t.Fatalf("answer %d of %d is chosen", i, len(poll.ids))
			}
		}
		for _, p := range append(m.parts, part) {
			if !utf8.ValidString(p.Line) || p.Media.Size < 0 || p.Media.Width < 0 || p.Media.Seconds < 0 {
				t.Fatalf("part %+v", p)
			}
			if p.Media.Key != "" && !isMXC(p.Media.Key) {
				t.Fatalf("address %q", p.Media.Key)
			}
			_ = p.Describe()
		}
		if diff := cmp.Diff(m.text, m.text.Normal(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("not canonical:\n%s", diff)
		}
		if q := quoteOf(m); utf8.RuneCountInString(q) > 300 {
			t.Fatalf("quote of %d characters", utf8.RuneCountInString(q))
		}
	})
}

// FuzzEscapeLocal goes from any id to a ghost's and back.
func FuzzEscapeLocal(f *testing.F) {
	f.Add("52100473")
	f.Add("5b2e8d0c-6f0a")
	f.Add("Ünïcode _=/\x00")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := unescapeLocal(escapeLocal(s))
		if !ok || got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
