package demo

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestParseReadsTheSigns(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  chat.Text
	}{
		{"plain", chat.Text{Plain: "plain"}},
		{"a *loud* word", chat.Text{Plain: "a loud word", Spans: []chat.Span{{Start: 2, End: 6, Style: chat.Bold}}}},
		{"_soft_, `x*y*z`", chat.Text{Plain: "soft, x*y*z", Spans: []chat.Span{
			{Start: 0, End: 4, Style: chat.Italic}, {Start: 6, End: 11, Style: chat.Code},
		}}},
		{"||it is soup||!", chat.Text{Plain: "it is soup!", Spans: []chat.Span{{Start: 0, End: 10, Style: chat.Spoiler}}}},
		{"*both _of_ them*", chat.Text{Plain: "both of them", Spans: []chat.Span{
			{Start: 0, End: 12, Style: chat.Bold}, {Start: 5, End: 7, Style: chat.Italic},
		}}},
		{"🎉 *ü*", chat.Text{Plain: "🎉 ü", Spans: []chat.Span{{Start: 3, End: 4, Style: chat.Bold}}}},
		{"~old~ new", chat.Text{Plain: "old new", Spans: []chat.Span{{Start: 0, End: 3, Style: chat.Strike}}}},
	} {
		t.Run(c.typed, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parse(c.typed)); diff != "" {
				t.Errorf("parse(%q) (-want +got):\n%s", c.typed, diff)
			}
		})
	}
}

func TestParseLeavesTheRestAsTyped(t *testing.T) {
	for _, typed := range []string{
		"2 * 3 * 4", "snake_case_name", "https://a.example/x_y_z", "*open", "a* b*", "* no*", "**", "||||", "``",
		"/link K7QM-2XPA *x*", "!set a_b _c_", "one *two\nthree* four", "",
	} {
		got := parse(typed)
		if got.Plain != typed || len(got.Spans) > 0 {
			t.Errorf("parse(%q) = %+v, want it untouched", typed, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a *b* _c_ `d` ||e|| ~f~", "*_~||x||~_*", "*a *b *c", "\xff*x*", "||*||*||", "مرحبا *بكم* 👩‍👩‍👧", "`*`*`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := parse(s)
		if !utf8.ValidString(got.Plain) {
			t.Fatalf("parse(%q) is not UTF-8", s)
		}
		if diff := cmp.Diff(got.Normal(), got); diff != "" {
			t.Fatalf("parse(%q) is not canonical (-want +got):\n%s", s, diff)
		}
		if got.Len() > chat.Units(chat.Plain(s).Plain) {
			t.Fatalf("parse(%q) has grown to %q", s, got.Plain)
		}
		unparse(got)
	})
}
