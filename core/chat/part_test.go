package chat

import (
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	tests := map[string]struct {
		in   Part
		want string
	}{
		"a photo":             {Part{Kind: Photo}, "[photo]"},
		"all there is":        {Part{Kind: Voice, Line: "hm", Media: Media{Name: "a.ogg", Seconds: 65, Size: 47_900}}, "[voice · a.ogg · hm (1:05) (47 kB)]"},
		"seconds":             {Part{Kind: VideoNote, Media: Media{Seconds: 9}}, "[video note (0:09)]"},
		"an hour":             {Part{Kind: Audio, Media: Media{Seconds: 3671}}, "[audio (61:11)]"},
		"unknown kinds":       {Part{Kind: Other, Line: "a gift"}, "[message · a gift]"},
		"a poll in one line":  {Part{Kind: Poll, Line: "Tea?\n- yes\r\n- no\t!"}, "[poll · Tea? - yes - no !]"},
		"turned letters":      {Part{Kind: File, Media: Media{Name: "cod\u202Egpj.exe"}}, "[file · codgpj.exe]"},
		"Unicode line breaks": {Part{Kind: Sticker, Line: "a\u2028b\u0085c"}, "[sticker · a b c]"},
		"broken bytes":        {Part{Kind: Sticker, Line: "a\xff"}, "[sticker · a\uFFFD]"},
		"a long name":         {Part{Kind: File, Media: Media{Name: strings.Repeat("ñ", 90)}}, "[file · " + strings.Repeat("ñ", 80) + "…]"},
		"a long line":         {Part{Kind: Poll, Line: strings.Repeat("漢", 700)}, "[poll · " + strings.Repeat("漢", 600) + "…]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.in.Describe(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1 kB", 999_999: "999 kB", 1_000_000: "1.0 MB", 1_250_000: "1.2 MB", 2_000_000_000: "2000.0 MB",
	} {
		if got := SizeText(n); got != want {
			t.Errorf("SizeText(%d) = %q, want %q", n, got, want)
		}
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add("photo", "a\nb", "x.jpg", 5, int64(7))
	f.Fuzz(func(t *testing.T, kind, line, name string, seconds int, size int64) {
		got := Part{Kind: PartKind(oneLine(kind, 20)), Line: line, Media: Media{Name: name, Seconds: seconds, Size: size}}.Describe()
		if strings.ContainsAny(got, "\n\r\x00\u0085\u2028\u2029\u202E") || got == "" || len([]rune(got)) > 800 {
			t.Fatalf("not one readable line: %q", got)
		}
	})
}

func TestWhatPlatformsTellByThemselves(t *testing.T) {
	for _, test := range []struct {
		posted Posted
		want   bool
	}{
		{Posted{}, false},
		{Posted{Parts: []Part{{Kind: Title, Line: "Kitchen"}}}, true},
		{Posted{Parts: []Part{{Kind: Call}, {Kind: Notice}}}, true},
		{Posted{Parts: []Part{{Kind: Call}, {Kind: Photo}}}, false},
		{Posted{Text: Plain("hi"), Parts: []Part{{Kind: Topic}}}, false},
		{Posted{Parts: []Part{{Kind: Other}}}, false},
	} {
		if got := test.posted.OfChat(); got != test.want {
			t.Errorf("%+v: %v", test.posted, got)
		}
	}
}

func TestPortraits(t *testing.T) {
	ana := Identity{Platform: Signal, ID: "ana"}
	if who, ok := PortraitOf(Portrait(ana)); !ok || who != ana {
		t.Errorf("portrait of %v is of %v, %v", ana, who, ok)
	}
	if _, ok := PortraitOf(Media{Platform: Signal, Key: "photo"}); ok {
		t.Error("a photo is a portrait")
	}
}
