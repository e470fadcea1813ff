package bus

import (
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
)

func FuzzEffectSubject(f *testing.F) {
	f.Add("telegram", "-1001")
	f.Add("matrix", "!room:example.org")
	f.Add("signal", "a.b *>\x00\n")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, platform, id string) {
		want := chat.Chat{Platform: chat.Platform(platform), ID: id}
		s, err := effectSubject(3, want)
		if err != nil {
			return
		}
		if strings.Count(s, ".") != 3 || strings.ContainsAny(s, " \t\r\n*>\x00") {
			t.Errorf("%q is not a subject of four tokens", s)
		}
		if got, err := parseEffectSubject(s); err != nil || got != want {
			t.Errorf("%q came back as %q (%v)", want, got, err)
		}
	})
}

func FuzzParseEffectSubject(f *testing.F) {
	f.Add("fx.0.telegram.cLTEwMDE")
	f.Add("fx.0.telegram.LTEwMDE")
	f.Add("fx.0..c")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseEffectSubject(s)
		if err != nil {
			return
		}
		again, err := chatToken(c.ID)
		if err != nil {
			return // longer than we write
		}
		if !strings.HasSuffix(s, "."+again) {
			t.Errorf("%q names %q, which is written %q", s, c, again)
		}
	})
}

func FuzzMessageID(f *testing.F) {
	f.Add("telegram:1", "telegram:2")
	f.Add("a b", "a\nb")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := messageID(chat.EventID(a)), messageID(chat.EventID(b))
		if (a == b) != (x == y) {
			t.Errorf("%q and %q became %q and %q", a, b, x, y)
		}
		if strings.ContainsAny(x, "\r\n\x00") || len(x) > maxMessageID {
			t.Errorf("%q is not fit for a header", x)
		}
	})
}

func TestVersionsAreCompared(t *testing.T) {
	for _, c := range []struct {
		v, than string
		older   bool
	}{
		{"2.9.10", "2.12.3", true},
		{"2.12.3", "2.12.3", false},
		{"v2.15.2", "2.12.3", false},
		{"2.12.2", "2.12.3", true},
		{"3.0.0", "2.12.3", false},
		{"2.15.2-RC.1", "2.15.2", false},
		{"", "2.12.3", true},
		{"nonsense", "0.0.1", true},
	} {
		if got := isOlder(c.v, c.than); got != c.older {
			t.Errorf("%q older than %q: %t", c.v, c.than, got)
		}
	}
}
